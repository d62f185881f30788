//! Sends the events of a room to the database (`wasmchannel.md` 6). The log itself is the outbox: a row stores the position up to which
//! events were sent. The alarm that sends the rest was set with the event. Nothing of it is on the way of a message
//! (`docs/decisions/0040-idle-work.md`).

use protocol::log::{LogStore, RetentionStore};
use protocol::machines::room::{ChangeStore, Room, SearchStore, counted, reactions_json};
use protocol::trust::sealing::{AssociatedData, is_about_keys};
use protocol::wire::wasmchannel::{
    gone_message, is_projected, left_message, pointer_message, queue_message, sealed_event, trim_message,
};
use protocol::words::event::{Event, Millis};
use protocol::words::limits::{PROJECTION_GATHER_MS_MAX, PROJECTION_GATHER_MS_MIN, QUEUE_PACK_ROWS_MAX};
use protocol::words::refusal::Fault;
use protocol::words::spread::place_in;
use protocol::words::time::remaining_ms;

use super::search;
use crate::kit::shell::broken;
use crate::kit::sql::{exec, first_row, number, rows};
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::projection::queue;
use crate::{runtime, telemetry};

/// Time until the next alarm if one alarm cannot send everything. A busy room must still handle the frames of its people.
const PACE_MS: Millis = 250;
/// Time after which a failed call of the queue is repeated.
const RETRY_MS: Millis = 5_000;
/// Events of a portion, which are one message of the queue if they are short. Their cost delays this object where both share a thread.
const PORTION: u32 = QUEUE_PACK_ROWS_MAX;
/// Calls of the queue for one alarm.
const PORTIONS_AT_ONCE: usize = 40;
/// Pause between two calls, in which the room handles frames.
const PAUSE_MS: Millis = 5;

/// Table name by which sealed rows of the database differ from those of a room.
const DATABASE_TABLE: &str = "d1.messages";

pub const STEP: &[&str] = &["ALTER TABLE room ADD COLUMN told_seq INTEGER NOT NULL DEFAULT 0"];
/// The step that brings the position up to which the log was trimmed.
pub const BOUND_STEP: &[&str] = &["ALTER TABLE room ADD COLUMN told_bound INTEGER NOT NULL DEFAULT 1"];

impl RoomSql {
    /// Returns the position up to which events were sent to the database.
    pub fn projected(&self) -> Result<u64, Fault> {
        number(&self.sql, "SELECT told_seq FROM room", &[])
    }

    fn set_projected(&self, seq: u64) -> Result<(), Fault> {
        exec(&self.sql, "UPDATE room SET told_seq = ?", &[seq.into()])
    }

    /// Returns the position before which the database has removed everything.
    pub fn sent_bound(&self) -> Result<u64, Fault> {
        Ok(first_row(&self.sql, "SELECT told_bound FROM room", &[], |row| row.number(0))?.unwrap_or(1))
    }

    fn set_sent_bound(&self, seq: u64) -> Result<(), Fault> {
        exec(&self.sql, "UPDATE room SET told_bound = max(told_bound, ?)", &[seq.into()])
    }

    /// Returns the position of the message that event `seq` changes.
    fn target_of(&self, seq: u64) -> Result<Option<u64>, Fault> {
        first_row(&self.sql, "SELECT target FROM changes WHERE seq = ?", &[seq.into()], |row| row.number(0))
    }
}

/// Returns the time at which the next event has to be sent or indexed. New events are gathered first.
pub fn due_at(room: &Room, store: &RoomSql, now: Millis) -> Result<Option<Millis>, Fault> {
    let (sent, head) = (store.projected()?, room.log().head());
    if search::has_portion(room, store.indexed_to()?) || (sent >= head && store.sent_bound()? < room.kept_from()) {
        return Ok(Some(now + PACE_MS));
    }
    if sent >= head {
        return Ok(None);
    }
    let first = store.time_of((sent + 1).max(room.log().oldest()))?;
    Ok(Some(now + first.map_or(0, |ts| gathering_ms(room, ts, now)).max(PACE_MS)))
}

fn unsent(room: &Room, store: &RoomSql, sent: u64, limit: u32) -> Result<Vec<Event>, Fault> {
    store.read((sent + 1).max(room.log().oldest()), room.log().head(), limit)
}

/// Returns the time at which an event of `ts` is reported. Rooms in which people write at the same time report one after the other.
fn gathered_at(room: &str, ts: Millis) -> Millis {
    ts + PROJECTION_GATHER_MS_MIN + place_in(PROJECTION_GATHER_MS_MAX - PROJECTION_GATHER_MS_MIN, room)
}

/// Returns the milliseconds until an event of `ts` is reported.
fn gathering_ms(room: &Room, ts: Millis, now: Millis) -> Millis {
    remaining_ms(gathered_at(room.id().as_str(), ts), now, PROJECTION_GATHER_MS_MAX)
}

/// Sets the alarm for what a turn at `now` wrote. It is set even if the room has broken down since, because what is stored does not wait for
/// the next visitor.
pub fn arrange(object: &RoomObject, now: Millis) {
    let at = object.with(|room, _| Ok(gathered_at(room.id().as_str(), now)));
    object.base.ring_by(at.unwrap_or(now + PROJECTION_GATHER_MS_MAX));
}

/// Sends the next events. The next alarm sends the rest and repeats what failed.
pub async fn deliver(object: &RoomObject) {
    let sent = async {
        for _ in 0..PORTIONS_AT_ONCE {
            if !deliver_some(object).await? {
                return send_bound(object).await;
            }
            runtime::sleep(PAUSE_MS).await;
        }
        Ok(())
    };
    if let Err(fault) = sent.await {
        telemetry::fault("projection", &fault);
        if is_about_keys(&fault) {
            return object.wait_for_keys();
        }
        object.base.ring_by(runtime::now_ms() + RETRY_MS);
    }
}

/// Sends the position up to which the log was trimmed, or deleted with its group.
async fn send_bound(object: &RoomObject) -> Result<(), Fault> {
    let bound = object.with(|room, store| {
        let bound = room.kept_from();
        let message = || trim_message(&room.id().log_name(), &room.log().epoch(), bound);
        Ok((bound > store.sent_bound()?).then(|| (bound, message())))
    });
    if let Some((bound, message)) = bound.map_err(broken)? {
        if !is_private(object) {
            queue::send(&object.env, &[message]).await?;
        }
        object.settle(|store| store.set_sent_bound(bound))?;
    }
    Ok(())
}

async fn deliver_some(object: &RoomObject) -> Result<bool, Fault> {
    let portion = object.with(|room, store| {
        let (sent, head) = (store.projected()?, room.log().head());
        if sent >= head {
            return Ok(None);
        }
        let events = unsent(room, store, sent, PORTION)?;
        // The alarm runs for other work too.
        let is_young = |event: &Event| gathering_ms(room, event.ts, runtime::now_ms()) > 0;
        if events.len() < PORTION as usize && events.first().is_some_and(is_young) {
            return Ok(None);
        }
        let last = events.last().map_or(head, |event| event.seq);
        let (log, epoch) = (room.id().log_name(), room.log().epoch());
        // Where messages are sealed, the queue contains positions only. Its consumer requests the content (`/tell`).
        let entries = match store.sql.seals() && queue::is_there(&object.env) {
            true => events
                .iter()
                .filter(|event| is_projected(event))
                .map(|event| pointer_message(&log, event.seq))
                .collect(),
            false => messages(store, &log, &epoch, &events)?,
        };
        Ok(Some((entries, last)))
    });
    let Some((entries, last)) = portion.map_err(broken)? else {
        return Ok(false);
    };
    if !is_private(object) {
        queue::send(&object.env, &entries).await?;
    }
    object.settle(|store| store.set_projected(last))?;
    Ok(true)
}

/// Returns `true` for a demo room, of which nothing is sent to the database (`demo.md`).
fn is_private(object: &RoomObject) -> bool {
    object.with(|_, store| Ok(store.is_demo)).unwrap_or(false)
}

/// Index of the messages that a deleted person reacted to, so that the whole log need not be read.
pub const REACTED_STEP: &[&str] = &["CREATE INDEX events_reacted ON events (actor, seq) WHERE kind = 'reaction'"];

pub fn messages(store: &RoomSql, log: &str, epoch: &str, events: &[Event]) -> Result<Vec<String>, Fault> {
    let mut messages = Vec::new();
    for event in events {
        match gone_message(log, epoch, event) {
            Some(removal) => {
                messages.push(removal);
                messages.append(&mut left_reactions(store, log, epoch, event)?);
            }
            None => messages.extend(message(store, log, epoch, event)?),
        }
    }
    Ok(messages)
}

/// Returns the present reactions of all messages to which a deleted person had reacted. No event says that those of the person were removed.
fn left_reactions(store: &RoomSql, log: &str, epoch: &str, removal: &Event) -> Result<Vec<String>, Fault> {
    // The query names the kind as the index does: otherwise SQLite cannot use the index.
    let query = "SELECT DISTINCT c.target, t.id FROM events e INDEXED BY events_reacted JOIN changes c ON c.seq = e.seq \
                 JOIN events t ON t.seq = c.target WHERE e.actor = ? AND e.kind = 'reaction' AND e.seq < ? ORDER BY c.target";
    let values = [removal.actor.as_deref().into(), removal.seq.into()];
    let targets = rows(&store.sql, query, &values, |row| Ok((row.number(0)?, row.text(1)?)))?;
    let messages = targets.iter().map(|(target, id)| {
        let reactions = reactions_json(&counted(&store.reactions(*target)?));
        Ok(left_message(log, epoch, removal, (*target, id), &reactions))
    });
    messages.collect()
}

fn message(store: &RoomSql, log: &str, epoch: &str, event: &Event) -> Result<Option<String>, Fault> {
    if !store.sql.seals() {
        return message_of(store, log, epoch, event);
    }
    let row = event.seq.to_string();
    let place = AssociatedData { log, table: DATABASE_TABLE, column: "content", row: &row };
    message_of(store, log, epoch, &sealed_event(event, |words| store.sql.seal_for(place, words))?)
}

fn message_of(store: &RoomSql, log: &str, epoch: &str, event: &Event) -> Result<Option<String>, Fault> {
    if !event.kind.is_change() {
        return Ok(queue_message(log, epoch, event, None, "[]"));
    }
    let target = store.target_of(event.seq)?;
    let reactions = target.map(|target| store.reactions(target)).transpose()?.unwrap_or_default();
    Ok(queue_message(log, epoch, event, target, &reactions_json(&counted(&reactions))))
}

#[cfg(test)]
#[path = "projection_tests.rs"]
mod tests;
