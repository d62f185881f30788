//! A room in pages of other sites (`embed.md`): the row of its permission, and the calls about it. Every rule is in
//! `protocol::machines::room`.

use std::rc::Rc;

use protocol::machines::room::{EmbedMode, Embedding, EmbeddingStore};
use protocol::wire::messenger::embedded_message;
use protocol::words::ids::{RoomForm, UserId};
use protocol::words::refusal::{Denied, Fault, Refusal};

use crate::calls::room::{EmbedPage, SetEmbeddingCall};
use crate::kit::gathering::Gathering;
use crate::kit::sql::{exec, rows};
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::runtime::call_error::CallError;

pub const STEP: &[&str] = &["CREATE TABLE embedding (one INTEGER PRIMARY KEY CHECK (one = 1), \
     origins TEXT NOT NULL, mode TEXT NOT NULL) STRICT"];

/// Stands between two origins in their column: no origin has a blank.
const BETWEEN: &str = " ";

impl EmbeddingStore for RoomSql {
    fn embedding(&self) -> Result<Option<Embedding>, Fault> {
        let found = rows(&self.sql, "SELECT origins, mode FROM embedding", &[], |row| {
            let (origins, mode) = (row.text(0)?, row.text(1)?);
            let mode = EmbedMode::parse(&mode).ok_or_else(|| Fault(format!("unknown mode {mode} of an embedding")))?;
            Ok(Embedding { origins: origins.split(BETWEEN).map(str::to_owned).collect(), mode })
        })?;
        Ok(found.into_iter().next())
    }

    fn save_embedding(&mut self, embedding: Option<&Embedding>) -> Result<(), Fault> {
        let Some(Embedding { origins, mode }) = embedding else {
            return exec(&self.sql, "DELETE FROM embedding", &[]);
        };
        let origins = origins.join(BETWEEN);
        let values = [origins.as_str().into(), mode.as_str().into()];
        exec(&self.sql, "INSERT OR REPLACE INTO embedding VALUES (1, ?, ?)", &values)
    }
}

pub fn read(object: &Rc<RoomObject>, by: &UserId) -> Result<Embedding, CallError> {
    object.wake_by_id()?;
    Ok(object.with(|room, store| room.embedding(store, by.as_str()))?)
}

/// Changes or ends the permission of a group.
pub fn set(object: &Rc<RoomObject>, call: &SetEmbeddingCall) -> Result<(), CallError> {
    object.wake_by_id()?;
    Ok(object.turn(|room, store, _, out| {
        object.trace.replace(call.trace.clone());
        room.set_embedding(store, call.by.as_str(), call.embedding.as_ref(), out)
    })?)
}

/// Reads what a page of another site shows. A room that does not exist is not made: one of the deployment is empty.
pub fn page(object: &Rc<RoomObject>) -> Result<EmbedPage, CallError> {
    let id = object.id()?;
    let of_deployment = object.config.embeds.get(id.as_str()).filter(|_| *id.form() == RoomForm::Public);
    if !object.exists()? {
        let embedding = of_deployment.cloned().ok_or(Refusal::NotFound)?;
        return Ok(EmbedPage { group: None, embedding, seq: 0, messages: Vec::new() });
    }
    object.wake_known(&id)?;
    object.end_turn();
    Ok(object.with(|room, store| {
        let embedding = match of_deployment {
            Some(embedding) => Some(embedding.clone()),
            None => room.embedding_in_force(store)?,
        };
        let embedding = embedding.ok_or(Denied::Refused(Refusal::NotFound))?;
        let group = room.group().map(|group| group.record.name.clone());
        let messages = room.newest_messages(store)?.iter().map(embedded_message).collect();
        Ok(EmbedPage { group, embedding, seq: room.log().head(), messages })
    })?)
}

#[cfg(test)]
#[path = "embedding_tests.rs"]
mod tests;
