//! Integrations of a group (`integrations.md`): their rows, and the calls about them. Every rule is in `protocol::machines::room`.

use std::rc::Rc;

use protocol::machines::room::{Integration, IntegrationMessage, IntegrationStore, LimitRule, Maker};
use protocol::wire::messenger::{self, EventView};
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;

use crate::calls::integrations::{AddIntegrationCall, IntegrationMessageCall, IntegrationRow};
use crate::calls::own_bots::RemoveProgramCall;
use crate::calls::room::PostAnswer;
use crate::kit::sql::{exec, rows};
use crate::objects::room::metrics::counted;
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::runtime;
use crate::runtime::call_error::CallError;

pub const STEP: &[&str] =
    &["CREATE TABLE integrations (id TEXT PRIMARY KEY, name TEXT NOT NULL, secret_hash TEXT NOT NULL, \
     made_at INTEGER NOT NULL, used_at INTEGER) STRICT, WITHOUT ROWID"];

impl IntegrationStore for RoomSql {
    fn integrations(&self) -> Result<Vec<Integration>, Fault> {
        let query = "SELECT id, name, secret_hash, made_at, used_at, maker, maker_from FROM integrations \
                     ORDER BY made_at, id";
        rows(&self.sql, query, &[], |row| {
            Ok(Integration {
                id: row.text(0)?,
                name: row.text(1)?,
                secret_hash: row.text(2)?,
                made_at: row.number(3)?,
                used_at: row.number_or_null(4)?,
                maker: Maker { user: row.text(5)?, visible_from: row.number(6)? },
            })
        })
    }

    fn save_integration(&mut self, integration: &Integration) -> Result<(), Fault> {
        let Integration { id, name, secret_hash, maker, made_at, used_at } = integration;
        let [id, name, secret_hash, user] = [id, name, secret_hash, &maker.user].map(|text| text.as_str().into());
        let (made_at, used_at, from) = ((*made_at).into(), (*used_at).into(), maker.visible_from.into());
        let values = [id, name, secret_hash, made_at, used_at, user, from];
        exec(&self.sql, "INSERT OR REPLACE INTO integrations VALUES (?, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn forget_integration(&mut self, id: &str) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM integrations WHERE id = ?", &[id.into()])
    }
}

pub fn list(object: &Rc<RoomObject>, by: &UserId) -> Result<Vec<IntegrationRow>, CallError> {
    object.wake_by_id()?;
    Ok(object.with(|room, store| {
        let all = room.integrations(store, by.as_str())?.into_iter();
        let row = |one: Integration| {
            let made_by = room.maker_of(&one.maker).to_owned();
            IntegrationRow { made_by, ..IntegrationRow::from(one) }
        };
        Ok(all.map(row).collect())
    })?)
}

pub fn add(object: &Rc<RoomObject>, call: &AddIntegrationCall) -> Result<IntegrationRow, CallError> {
    object.wake_by_id()?;
    let integration = Integration {
        id: call.id.clone(),
        name: call.name.clone(),
        secret_hash: call.secret_hash.clone(),
        maker: Maker { user: call.by.to_string(), visible_from: call.visible_from },
        made_at: runtime::now_ms(),
        used_at: None,
    };
    object.turn(|room, store, _, out| {
        object.trace.replace(call.trace.clone());
        room.add_integration(store, call.by.as_str(), &integration, out)
    })?;
    Ok(integration.into())
}

pub fn remove(object: &Rc<RoomObject>, call: &RemoveProgramCall) -> Result<(), CallError> {
    object.wake_by_id()?;
    Ok(object.turn(|room, store, _, out| {
        object.trace.replace(call.trace.clone());
        room.remove_integration(store, call.by.as_str(), &call.id, out)
    })?)
}

pub fn write(object: &Rc<RoomObject>, call: &IntegrationMessageCall) -> Result<PostAnswer, CallError> {
    let id = object.wake_by_id()?;
    let message = IntegrationMessage {
        integration: call.integration.clone(),
        secret_hash: call.secret_hash.clone(),
        id: call.id.clone(),
        name: call.name.clone(),
        content: call.content.clone(),
    };
    let said = object.turn(|room, store, now, out| room.integration_says(store, now, &message, out));
    let said = counted(object, LimitRule::Chat, said)?;
    let event = messenger::event_json(id.as_str(), &said.event, EventView::Replay);
    Ok(PostAnswer { event, duplicate: said.duplicate })
}

#[cfg(test)]
#[path = "integrations_tests.rs"]
mod tests;
