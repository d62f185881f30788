//! Tells people who were not here what was written (`messenger.md` 9): a transactional outbox.
//!
//! The row was written with the event. It goes away only after the person's object has stored it, so a crash between the two
//! costs a repetition, never a message.

use std::rc::Rc;

use protocol::doors::messenger::{self, EventView};
use protocol::event::Millis;
use protocol::ids::UserId;
use protocol::limits::PAGE_EVENTS_DEFAULT;
use protocol::log::LogStore;
use protocol::refusal::{Denied, Fault};
use protocol::room::{OutboxEntry, RoomStore, retry_delay_ms};

use super::call::{self, CallError};
use super::calls::{InboxCall, InboxEvent};
use super::namespace::Namespace;
use super::room::RoomObject;
use super::runtime;
use crate::telemetry;

/// Delivers what is due. One delivery runs at a time; what fails is tried again by the alarm.
pub(super) async fn deliver(object: &Rc<RoomObject>) {
    if object.is_delivering.replace(true) {
        return;
    }
    while let Some(entry) = next_due(object) {
        if deliver_one(object, &entry).await.is_err() {
            break;
        }
    }
    object.is_delivering.set(false);
    arrange_retry(object);
}

fn waiting(object: &RoomObject) -> Vec<OutboxEntry> {
    object.look(|_, store| Ok(store.outbox()?)).unwrap_or_default()
}

fn next_due(object: &RoomObject) -> Option<OutboxEntry> {
    let now = runtime::now_ms();
    waiting(object).into_iter().filter(|entry| entry.due_at <= now).min_by_key(|entry| entry.due_at)
}

fn arrange_retry(object: &RoomObject) {
    if let Some(at) = waiting(object).iter().map(|entry| entry.due_at).min() {
        object.arrange_alarm(at.max(runtime::now_ms()));
    }
}

async fn deliver_one(object: &RoomObject, entry: &OutboxEntry) -> Result<(), Fault> {
    let question = match question(object, entry) {
        Ok(question) => question,
        Err(denied) => return give_up(object, &denied),
    };
    let last_seq = question.events.last().map_or(entry.to_seq, |event| event.seq);
    let answer: Result<serde_json::Value, CallError> =
        call::call(&object.env, Namespace::Person, &entry.user, "inbox", &question).await;
    match answer {
        Ok(_) => object.settle(|store| store.outbox_done(&entry.user, last_seq)),
        Err(error) => {
            telemetry::call_failed("inbox", &error);
            let due_at: Millis = runtime::now_ms() + retry_delay_ms(entry.tries);
            object.settle(|store| store.outbox_retry(&entry.user, due_at))
        }
    }
}

fn question(object: &RoomObject, entry: &OutboxEntry) -> Result<InboxCall, Denied> {
    object.look(|room, store| {
        let events = store.read(entry.from_seq, entry.to_seq, PAGE_EVENTS_DEFAULT)?;
        let room_id = room.id().as_str();
        let events = events.iter().map(|event| InboxEvent {
            seq: event.seq,
            ts: event.ts,
            sender: event.actor.clone().unwrap_or_default(),
            json: messenger::event_json(room_id, event, EventView::Replay),
        });
        let events = events.collect();
        Ok(InboxCall { user: UserId::parse(&entry.user)?, room: room_id.to_owned(), epoch: room.log().epoch(), events })
    })
}

fn give_up(object: &RoomObject, denied: &Denied) -> Result<(), Fault> {
    let fault = Fault(denied.to_string());
    telemetry::fault("outbox", &fault);
    object.arrange_alarm(runtime::now_ms() + retry_delay_ms(16));
    Err(fault)
}
