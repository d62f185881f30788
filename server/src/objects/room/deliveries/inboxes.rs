//! News for the inboxes of people: what they read here, and messages that were deleted for them alone.

use std::rc::Rc;

use protocol::machines::room::{Outbound, Room};
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;
use protocol::words::retry::retry_delay_ms;
use wasm_bindgen_futures::spawn_local;

use crate::calls::HiddenCall;
use crate::calls::person::{HideMessage, MarkRead, ReadCall};
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::request::Request;
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::objects::room::tables::change_tables::Hiding;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Returns `true` if a person's own object has to be notified of a read mark. It may hold entries, or other devices that show the number of
/// unread messages (`presence.md`).
pub fn needs_notification(room: &Room, store: &RoomSql, user: &str) -> Result<bool, Fault> {
    Ok(room.card_of(user).is_some_and(|card| card.elsewhere) || store.was_sent(user)?)
}

/// Removes read messages from inboxes (`push.md` 1). Only the inboxes concerned are called. The alarm repeats a failed call.
pub fn clear_read(object: &Rc<RoomObject>, out: &Outbound) {
    for (user, seq) in &out.read_to {
        let Ok(room) = object
            .with(|room, store| Ok(needs_notification(room, store, user)?.then(|| room.id().as_str().to_owned())))
        else {
            continue;
        };
        let (Some(room), Ok(user)) = (room, UserId::parse(user)) else { continue };
        let (object, seq) = (Rc::clone(object), *seq);
        spawn_local(async move {
            telemetry::logged("inbox-read", clear_inbox(&object, user, room, seq, 0).await);
        });
    }
}

/// Clears the next inbox that is due. Returns `true` if there was one.
pub async fn clear_due(object: &RoomObject) -> Result<bool, Fault> {
    let now = runtime::now_ms();
    let due = object.with(|room, store| {
        let next = store.next_clearing()?.filter(|next| next.due_at <= now);
        Ok(next.map(|next| (next, room.id().as_str().to_owned())))
    });
    let Ok(Some((next, room))) = due else {
        return Ok(false);
    };
    match UserId::parse(&next.user) {
        Ok(user) => clear_inbox(object, user, room, next.seq, next.tries + 1).await?,
        Err(_) => object.settle(|store| store.cleared(&next.user, next.seq))?,
    }
    Ok(true)
}

async fn clear_inbox(object: &RoomObject, user: UserId, room: String, seq: u64, tries: u32) -> Result<(), Fault> {
    let call = ReadCall { places: vec![(room, seq)], is_receipt: true };
    match MarkRead::ask(&object.env, user.as_str(), &call).await {
        Ok(()) => object.settle(|store| store.cleared(user.as_str(), seq)),
        Err(error) => {
            telemetry::call_failed("inbox-read", &error);
            let due_at = runtime::now_ms() + retry_delay_ms(tries);
            object.settle(|store| store.clear_later(user.as_str(), seq, due_at, tries))?;
            object.base.ring_by(due_at);
            Ok(())
        }
    }
}

/// Notifies the other devices of people who deleted a message for themselves. A device that misses this learns it from `welcome`. Returns
/// `true` if an inbox may have such a message: it is called until it answers, after earlier deliveries.
pub fn send_hidden(object: &Rc<RoomObject>, out: &Outbound) -> bool {
    let mut is_due = false;
    for (user, message) in &out.hidden_for {
        let room = object.with(|room, store| Ok((room.id().as_str().to_owned(), store.was_sent(user)?)));
        let (Ok((room, was_sent)), Ok(user)) = (room, UserId::parse(user)) else { continue };
        is_due |= was_sent;
        if !was_sent {
            let (object, message) = (Rc::clone(object), message.clone());
            spawn_local(async move { _ = Outcome::of("hidden", hide(&object, user, room, message).await) });
        }
    }
    is_due
}

impl Job for Hiding {
    const KIND: &'static str = "hidings";
    type Context = RoomObject;

    async fn run(&self, object: &RoomObject, _: Attempt<'_>) -> Outcome {
        let Ok(user) = UserId::parse(&self.user) else { return Outcome::Done };
        let sent = match object.with(|room, _| Ok(room.id().as_str().to_owned())) {
            Ok(room) => hide(object, user, room, self.message.clone()).await,
            Err(denied) => Err(denied.into()),
        };
        Outcome::of("hidden", sent)
    }
}

async fn hide(object: &RoomObject, user: UserId, room: String, message: String) -> Result<(), CallError> {
    HideMessage::ask(&object.env, user.as_str(), &HiddenCall { room, message }).await
}
