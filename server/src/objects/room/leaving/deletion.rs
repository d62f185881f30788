//! Removal of a deleted person from a room (`leaving.md` 2). The person's own object repeats the call until it is done.

use std::rc::Rc;

use protocol::log::LogStore;
use protocol::machines::room::{Erasure, LeavingStore};
use protocol::words::event::Event;
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;

use crate::calls::leaving::{ForgetCall, ForgetSender, InboxForgetCall, Portion};
use crate::kit::call;
use crate::kit::request::Request;
use crate::kit::sealed::Column;
use crate::kit::sql::{Database, exec, rows};
use crate::objects::room::deliveries::outbox;
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::{BODY, EVENT, RoomSql, VIEW, file_tables};
use crate::runtime::call_error::CallError;

/// Number of events that one search for a person's own events reads.
const SPAN: u64 = 20_000;

/// Removes one portion in one turn. After the last one no inbox has anything of the person.
pub async fn forget(object: &Rc<RoomObject>, call: &ForgetCall) -> Result<Portion, CallError> {
    let user = UserId::parse(&call.user)?;
    if object.wake_existing()?.is_none() {
        return Ok(Portion { is_done: true, ..Portion::default() });
    }
    let ForgetCall { after, was_here, keeps_words, visible_from, .. } = *call;
    let erasure = Erasure { after, was_here, keeps_words, visible_from };
    let done = object.turn(|room, store, now, out| room.forget_person(store, now, &user, &erasure, out))?;
    if let Some(next) = done.next {
        return Ok(Portion { next, was_here: done.was_here, ..Portion::default() });
    }
    if done.was_here {
        // Deliveries that were on the way have to arrive before they can be taken back.
        outbox::deliver(object).await;
        if object.runs.is_delivering.get() {
            return Err(CallError::Busy(Fault("a delivery to an inbox is in progress".into())));
        }
        forget_in_inboxes(object, call).await?;
    }
    Ok(Portion { is_done: true, was_here: done.was_here, ..Portion::default() })
}

/// Removes the person's messages from the inboxes of this room's people, and the person's name where it says who brought them in.
async fn forget_in_inboxes(object: &RoomObject, call: &ForgetCall) -> Result<(), CallError> {
    let (people, question) = object.with(|room, store| {
        let after = if call.visible_from > 0 { store.seq_at(call.visible_from)? } else { 0 };
        let room = room.id().as_str().to_owned();
        Ok((waiting_or_here(&store.sql)?, InboxForgetCall { room, sender: call.user.clone(), after }))
    })?;
    let asked = people.iter().map(|person| ForgetSender::ask(&object.env, person, &question));
    call::in_portions(asked).await.into_iter().try_for_each(|answer| answer.map(drop))
}

/// Returns everybody who has or awaits an inbox entry of this room, and its members.
fn waiting_or_here(sql: &Database) -> Result<Vec<String>, Fault> {
    let query = "SELECT user FROM told UNION SELECT user FROM outbox UNION SELECT user FROM members";
    rows(sql, query, &[], |row| row.text(0))
}

/// Deletes rows of a person, by their id.
const OWN: [&str; 11] = [
    "held",
    "reviews",
    "outbox",
    "receipts",
    "told",
    "clearings",
    "hidings",
    "hidden",
    "limits",
    "people",
    "bot_answers",
];

impl LeavingStore for RoomSql {
    fn written_by(&self, user: &str, after: u64, limit: u32) -> Result<(Vec<Event>, u64), Fault> {
        let head = rows(&self.sql, "SELECT max(seq) FROM events", &[], |row| row.number_or_null(0))?;
        let head = head.into_iter().flatten().next().unwrap_or(0);
        let to = head.min(after.saturating_add(SPAN));
        let query = format!("SELECT {EVENT} FROM events WHERE seq BETWEEN ? AND ? AND actor = ? ORDER BY seq LIMIT ?");
        let values = [(after + 1).into(), to.into(), user.into(), limit.into()];
        let found = rows(&self.sql, &query, &values, |row| self.event(row))?;
        let is_cut = found.len() >= limit as usize;
        let searched_to = found.last().filter(|_| is_cut).map_or(to, |event| event.seq);
        Ok((found, searched_to))
    }

    fn unname(&mut self, seq: u64, name: &str) -> Result<(), Fault> {
        file_tables::detach(self, seq, seq)?;
        let query = "SELECT body, view FROM events WHERE seq = ?";
        let found = rows(&self.sql, query, &[seq.into()], |row| Ok((row.text(0)?, row.text_or_null(1))))?;
        let Some((body, view)) = found.into_iter().next() else { return Ok(()) };
        let body = self.resealed_without_files(&BODY, seq, body)?;
        let view = view.map(|view| self.resealed_without_files(&VIEW, seq, view)).transpose()?;
        let query = "UPDATE events SET name = ?, session = NULL, body = ?, view = ? WHERE seq = ?";
        exec(&self.sql, query, &[name.into(), body.as_str().into(), view.as_deref().into(), seq.into()])
    }

    fn silence(&mut self, seq: u64, body: &str) -> Result<(), Fault> {
        self.silence_with(seq, body)
    }

    fn reacted_to_by(&self, user: &str) -> Result<Vec<u64>, Fault> {
        rows(&self.sql, "SELECT DISTINCT target FROM reactions WHERE user = ?", &[user.into()], |row| row.number(0))
    }

    fn forget_person(&mut self, user: &str) -> Result<(), Fault> {
        let forget = |table: &&str| exec(&self.sql, &format!("DELETE FROM {table} WHERE user = ?"), &[user.into()]);
        OWN.iter().try_for_each(forget)?;
        self.forget_hidings_of(user)?;
        file_tables::let_go(self)?;
        // The index still has removed tokens in its pages until they are rewritten.
        exec(&self.sql, "INSERT INTO words (words) VALUES ('optimize')", &[])
    }
}

impl RoomSql {
    /// Returns a stored body without its files. A digest stays as it is.
    fn resealed_without_files(&self, column: &Column, seq: u64, stored: String) -> Result<String, Fault> {
        let body = self.sql.open_text(column, seq, stored)?;
        if !body.starts_with('{') {
            return self.sql.seal(column, seq, &body);
        }
        let query = "SELECT json_remove(?, '$.files', '$.emoticons')";
        let without = rows(&self.sql, query, &[body.as_str().into()], |row| row.text(0))?.pop();
        self.sql.seal(column, seq, &without.unwrap_or(body))
    }
}

#[cfg(test)]
#[path = "deletion_tests.rs"]
mod tests;
