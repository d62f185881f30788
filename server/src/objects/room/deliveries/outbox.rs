//! Delivers events to the inboxes of people who were not in the room on every device (`push.md` 1): a transactional outbox.
//!
//! The row was written with the event. It is removed only after the person's object has stored the event, so a crash between the two costs a
//! repetition, never a message.

use std::rc::Rc;

use protocol::machines::room::{GroupStore, InboxUpdate, OutboxEntry, RoomStore};
use protocol::wire::messenger::{self, EventView};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, UserId};
use protocol::words::limits::{OUTBOX_RETRY_MS_MAX, PAGE_EVENTS_DEFAULT};
use protocol::words::principal::Principal;
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::retry::retry_delay_ms;

use super::{inboxes, notifications};
use crate::calls::person::DeliverToInbox;
use crate::calls::{InboxCall, InboxEvent, InboxReader};
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::kit::sql::{self, Database, number};
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::objects::room::tables::change_tables::Hiding;
use crate::objects::room::tables::file_tables::FileNews;
use crate::{runtime, telemetry};

/// Number of consecutive deliveries in which a person may turn out to be another reader.
const READERS_IN_A_ROW: u32 = 3;

/// The step that makes jobs of rows in tables of their own. These stay, empty, for an earlier version after a rollback.
pub const AS_JOBS: &[&str] = &[
    "INSERT INTO jobs (kind, key, body, due_at, tries) SELECT 'file_news', id, '{}', due_at, tries FROM file_news",
    "DELETE FROM file_news",
    "INSERT INTO jobs (kind, key, body, due_at, tries) SELECT 'hidings', user || ' ' || message, \
     json_object('user', user, 'message', message), due_at, tries FROM hidings",
    "DELETE FROM hidings",
];

/// Delivers what is due, and sets the alarm that repeats what failed.
pub async fn deliver(object: &Rc<RoomObject>) {
    if deliver_due(object).await
        && let Ok(Some(at)) = object.with(|_, store| Ok(alarm_at(object, store)?))
    {
        object.base.ring_by(at.max(runtime::now_ms()));
    }
}

/// Delivers what is due, for a caller that sets the alarm itself ([`alarm_at`]). Only one run is active at a time: `false` while another one
/// is.
pub async fn deliver_due(object: &RoomObject) -> bool {
    if object.runs.is_delivering.replace(true) {
        return false;
    }
    loop {
        match deliver_some(object).await {
            Ok(true) => {}
            Ok(false) => {
                object.runs.outbox_paused_until.set(0);
                break;
            }
            Err(fault) => {
                telemetry::fault("outbox", &fault);
                object.runs.outbox_paused_until.set(runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
                break;
            }
        }
    }
    object.runs.is_delivering.set(false);
    true
}

/// Returns the time at which the alarm looks for deliveries. After a fault some may be due that would fail at once, so the alarm waits.
pub fn alarm_at(object: &RoomObject, store: &RoomSql) -> Result<Option<Millis>, Fault> {
    Ok(due_at(store)?.map(|at| at.max(object.runs.outbox_paused_until.get())))
}

/// Returns the time at which the next delivery of any kind is due. A message to somebody who has yet to hear of their standing waits for
/// that.
fn due_at(store: &RoomSql) -> Result<Option<Millis>, Fault> {
    let pending = store.notifications()?;
    let is_free = |entry: &OutboxEntry| pending.iter().all(|notification| notification.about != entry.user);
    let messages = store.outbox()?.into_iter().filter(is_free).map(|entry| entry.due_at);
    let clearing_at = store.next_clearing()?.map(|next| next.due_at);
    let others = [clearing_at, store.jobs.due_at(&store.sql)?].into_iter().flatten();
    Ok(messages.chain(pending.iter().map(|notification| notification.due_at)).chain(others).min())
}

/// Delivers one portion. Changes of membership come first, so that nobody receives messages of a group that they do not know yet.
async fn deliver_some(object: &RoomObject) -> Result<bool, Fault> {
    if notifications::send_due(object).await? {
        return Ok(true);
    }
    if inboxes::clear_due(object).await? {
        return Ok(true);
    }
    let sql = sql::of(&object.base.state);
    object.jobs.run_due::<Hiding>(&sql, object).await?;
    object.jobs.run_due::<FileNews>(&sql, object).await?;
    match next_due(object) {
        Some(entry) => deliver_one(object, &entry).await.map(|()| true),
        None => Ok(false),
    }
}

fn waiting(object: &RoomObject) -> Vec<OutboxEntry> {
    object.with(|_, store| Ok(store.outbox()?)).unwrap_or_default()
}

fn next_due(object: &RoomObject) -> Option<OutboxEntry> {
    let now = runtime::now_ms();
    let pending = notifications::waiting(object);
    let is_due = |entry: &OutboxEntry| {
        entry.due_at <= now && pending.iter().all(|notification| notification.about != entry.user)
    };
    waiting(object).into_iter().filter(is_due).min_by_key(|entry| entry.due_at)
}

/// Reports to the directory the number of deliveries of any kind of which an attempt failed, and the ages of jobs.
pub async fn report_backlog(object: &RoomObject, asks: bool) {
    let known = object.with(|room, store| {
        let name = Namespace::Room.object_name(room.id().as_str());
        Ok((name, count_backlog(&store.sql)?, store.jobs.ages(&store.sql)?))
    });
    if let Ok((name, depth, ages)) = known {
        object.backlog.send(&object.env, name, depth, ages, asks).await;
    }
}

fn count_backlog(sql: &Database) -> Result<u64, Fault> {
    let count = |table| format!("(SELECT COUNT(*) FROM {table} WHERE tries > 0)");
    number(sql, &format!("SELECT {}", ["outbox", "news", "clearings", "jobs"].map(count).join(" + ")), &[])
}

async fn deliver_one(object: &RoomObject, entry: &OutboxEntry) -> Result<(), Fault> {
    let mut tries = 0..READERS_IN_A_ROW;
    let delivered = loop {
        let (question, last_seq) = match question(object, entry) {
            Ok(found) => found,
            Err(denied) => {
                telemetry::fault("outbox", &Fault(denied.to_string()));
                return put_off(object, entry);
            }
        };
        let answer = DeliverToInbox::ask(&object.env, &entry.user, &question).await;
        match answer {
            Ok(None) => break Ok(last_seq),
            // The inbox stored nothing, because its reader is not the one for whom unread messages were counted.
            Ok(Some(reader)) if tries.next().is_some() => {
                object.runs.readers.borrow_mut().insert(entry.user.clone(), reader);
            }
            Ok(Some(_)) => break Err(Refusal::Overloaded { retry_after_ms: 1_000 }.into()),
            Err(error) => break Err(error),
        }
    };
    match delivered {
        Ok(last_seq) => object.settle(|store| {
            if entry.stored_to >= entry.from_seq {
                store.note_sent(&entry.user, last_seq)?;
            }
            store.outbox_done(entry, last_seq)
        }),
        Err(error) => {
            telemetry::call_failed("inbox", &error);
            put_off(object, entry)
        }
    }
}

/// Returns the call to the inbox, and the position up to which it goes.
fn question(object: &RoomObject, entry: &OutboxEntry) -> Result<(InboxCall, u64), Denied> {
    let reader = object.runs.readers.borrow().get(&entry.user).cloned();
    object.with(|room, store| {
        let (updates, last_seq) = room.updates(store, entry, PAGE_EVENTS_DEFAULT)?;
        let events = updates.into_iter().map(|update| inbox_event(room.id().as_str(), update));
        let events = events.map(|event| InboxEvent { was_here: event.seq > entry.stored_to, ..event }).collect();
        let user = UserId::parse(&entry.user)?;
        let floor = match room.floor_of(store, &principal_of(room.id(), &user, reader.as_ref())) {
            Ok(floor) => floor,
            Err(Denied::Refused(_)) => 0,
            Err(broken) => return Err(broken),
        };
        let privacy = reader.as_ref().map(|reader| &reader.privacy);
        let unread = room.unread(store, &entry.user, privacy, floor)?.1;
        let (epoch, events) = (room.log().epoch(), count_unread(events, &unread));
        let counted_for = reader.as_ref().map(InboxReader::key);
        Ok((InboxCall { room: room.id().as_str().to_owned(), epoch, events, counted_for }, last_seq))
    })
}

/// Returns the principal with which the person, present or not, reads here. Without `reader` it has no session.
pub fn principal_of(room: &RoomId, user: &UserId, reader: Option<&InboxReader>) -> Principal {
    let (session, visible_from) =
        reader.map_or_else(Default::default, |reader| (reader.session.clone(), reader.visible_from));
    Principal::reader(user.clone(), room, session, visible_from)
}

/// Returns every event with the number of unread messages up to it.
fn count_unread(mut events: Vec<InboxEvent>, unread: &[u64]) -> Vec<InboxEvent> {
    for event in &mut events {
        event.unread = unread.partition_point(|seq| *seq <= event.seq) as u64;
    }
    events
}

/// Returns the message that an inbox stores of an event.
fn inbox_event(room: &str, update: InboxUpdate) -> InboxEvent {
    let InboxUpdate { event, target, message } = update;
    let json = message.map(|message| messenger::event_json(room, &message, EventView::Replay)).unwrap_or_default();
    let (seq, ts, sender) = (event.seq, event.ts, event.actor.unwrap_or_default());
    InboxEvent { seq, ts, sender, json, target, unread: 0, was_here: false }
}

/// Repeats a delivery later, each time after a longer pause. If it stayed due, the alarm would go off at once, again and again.
fn put_off(object: &RoomObject, entry: &OutboxEntry) -> Result<(), Fault> {
    let due_at: Millis = runtime::now_ms() + retry_delay_ms(entry.tries);
    object.settle(|store| store.outbox_retry(&entry.user, due_at))
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
