//! The pinned message: its row, and pinning over REST (`messenger.md` 3.4). Every rule is in `protocol::machines::room`.

use std::rc::Rc;

use protocol::machines::room::{LimitRule, Pin, PinStore};
use protocol::wire::messenger::pin_answer_json;
use protocol::words::refusal::Fault;

use crate::calls::room::PinCall;
use crate::kit::sql::{exec, first_row};
use crate::objects::room::metrics::counted;
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::objects::room::tables::RoomSql;
use crate::runtime::call_error::CallError;

pub const STEP: &[&str] = &["CREATE TABLE pin (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, \
     message TEXT NOT NULL, author TEXT NOT NULL, said_at INTEGER NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL) STRICT"];

impl PinStore for RoomSql {
    fn pin(&self) -> Result<Option<Pin>, Fault> {
        let query = "SELECT seq, message, author, said_at, user, at FROM pin";
        first_row(&self.sql, query, &[], |row| {
            Ok(Pin {
                seq: row.number(0)?,
                message: row.text(1)?,
                author: row.text(2)?,
                said_at: row.number(3)?,
                by: row.text(4)?,
                at: row.number(5)?,
            })
        })
    }

    fn save_pin(&mut self, pin: Option<&Pin>) -> Result<(), Fault> {
        let Some(Pin { seq, message, author, said_at, by, at }) = pin else {
            return exec(&self.sql, "DELETE FROM pin", &[]);
        };
        let texts = [message.as_str().into(), author.as_str().into(), by.as_str().into()];
        let [message, author, by] = texts;
        let values = [(*seq).into(), message, author, (*said_at).into(), by, (*at).into()];
        exec(&self.sql, "INSERT OR REPLACE INTO pin VALUES (1, ?, ?, ?, ?, ?, ?)", &values)
    }
}

/// Pins a message or removes the pin. Returns the pin as the caller may see it.
pub async fn pin(object: &Rc<RoomObject>, call: &PinCall) -> Result<String, CallError> {
    if call.message.is_none() && object.is_unmade(&call.principal)? {
        return Ok(pin_answer_json(None));
    }
    // The privacy settings of people, present or not, decide who sees the pin.
    privacy::wake_for_actor(object, &call.principal).await?;
    let done = object.turn(|room, store, now, out| match &call.message {
        Some(message) => room.pin(store, now, &call.principal, message, out).map(Some),
        None => room.unpin(store, now, &call.principal, out).map(|()| None),
    });
    Ok(pin_answer_json(counted(object, LimitRule::Mutate, done)?.as_ref()))
}
