//! Rooms in which a person has sockets (`core.md` 1.5 and 5): rooms report them, and are notified when a session ends.
//!
//! A room sends its report a moment after it accepted a socket. If the session has ended by then, the answer says so. So no order of events
//! leaves a socket to an ended session.

use std::rc::Rc;

use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::limits::{PRINCIPAL_SOCKETS_MAX, SOCKET_DOUBT_MS, SOCKET_PLACE_MS};
use protocol::words::refusal::{Fault, Refusal};
use wasm_bindgen_futures::spawn_local;

use super::notifications::{self, NEVER};
use crate::calls::room::SendSessionChange;
use crate::calls::{EndedSession, EnterAnswer, EnterCall, SessionCall, SessionChange};
use crate::kit::call;
use crate::kit::request::Request;
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::tables::ListenerKind;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Returns the end of a session that is not known, or not any more.
pub fn ended(session: &str) -> EndedSession {
    EndedSession { session: session.to_owned(), code: CloseCode::Unauthenticated.code(), reason: "expired".to_owned() }
}

/// Handles the report of a room: all sessions with sockets there. Only changes are written.
pub fn entered(object: &Rc<PersonObject>, call: &EnterCall) -> Result<EnterAnswer, Fault> {
    let (refused, surplus) = object.with(|memory| enter(memory, call, runtime::now_ms()))?;
    if surplus > 0 {
        notifications::notify_soon(object);
    }
    count_sockets(object)?;
    let card = object.with(|memory| Ok(memory.person.card()))?;
    Ok(EnterAnswer { card: Some(card), ended: refused, surplus })
}

/// Stores the report of a room. Returns the sessions that have ended, and the number of sockets above the limit.
fn enter(memory: &mut PersonMemory, call: &EnterCall, now: Millis) -> Result<(Vec<EndedSession>, usize), Fault> {
    let (sql, room) = (&memory.sql, call.room.as_str());
    let (alive, known) = (sql.sessions()?, sql.live_in(room)?);
    let (mut refused, mut is_here) = (Vec::new(), false);
    for session in &call.sessions {
        if !alive.iter().any(|(id, _)| id == session) {
            refused.push(ended(session));
        } else if known.contains(session) {
            is_here = true;
        } else {
            sql.add_live(session, room)?;
            is_here = true;
        }
    }
    for session in known.iter().filter(|session| !call.sessions.contains(session)) {
        sql.remove_live(session, room)?;
    }
    if !is_here {
        sql.unlisten(ListenerKind::Room, room)?;
    } else if known.is_empty() {
        sql.note_activity(room, now)?;
        sql.listen(ListenerKind::Room, room, NEVER, memory.person.card().version)?;
        if room.starts_with("dm_") {
            sql.add_direct(room, now)?;
        }
    }
    let before = memory.socket_count()?;
    sql.set_sockets(room, call.sockets)?;
    let count = memory.socket_count()?;
    let came = count.saturating_sub(before);
    let surplus = count.saturating_sub(PRINCIPAL_SOCKETS_MAX).min(call.sockets as usize);
    if surplus > 0 {
        sql.doubt_rooms()?;
    }
    memory.take_places(room, came);
    Ok((refused, surplus))
}

/// Notifies the shards of this person's sessions when there are many sockets. They are notified at once, as the next join may be on its way.
fn count_sockets(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let changed = object.with(|memory| {
        let count = memory.socket_count()?;
        Ok(memory.person.has_sockets(count))
    })?;
    if !changed.any() {
        return Ok(());
    }
    object.apply(changed)?;
    let object = Rc::clone(object);
    spawn_local(async move {
        telemetry::logged("presence_telling", notifications::update_session_cards(&object).await);
    });
    Ok(())
}

/// Reserves a place for one more socket in a room, if there is one (`messenger.md` 5.1).
pub fn reserve_place(object: &Rc<PersonObject>, room: &str) -> Result<(), CallError> {
    if !object.wake(None)? {
        return Ok(());
    }
    if object.with(|memory| memory.reserve_place(room, runtime::now_ms()))? {
        return Ok(());
    }
    doubt_sockets(object)?;
    Err(Refusal::TooManySockets.into())
}

/// Asks the rooms for their number of sockets when no place seems to be left: sockets may have ended without a report.
pub fn doubt_sockets(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let now = runtime::now_ms();
    let is_new = object.with(|memory| {
        let is_new = memory.doubted_at + SOCKET_DOUBT_MS <= now;
        if is_new {
            memory.doubted_at = now;
            memory.sql.doubt_rooms()?;
        }
        Ok(is_new)
    })?;
    if is_new {
        notifications::notify_soon(object);
    }
    Ok(())
}

impl PersonMemory {
    /// Returns `false` if there is no place for one more socket.
    fn reserve_place(&mut self, room: &str, now: Millis) -> Result<bool, Fault> {
        self.reserved_places.retain(|(_, since)| since + SOCKET_PLACE_MS > now);
        let is_reserved = self.socket_count()? + self.reserved_places.len() < PRINCIPAL_SOCKETS_MAX;
        if is_reserved {
            self.reserved_places.push((room.to_owned(), now));
        }
        Ok(is_reserved)
    }

    /// Removes reservations for sockets that a room has reported: `count` of them.
    fn take_places(&mut self, room: &str, mut count: usize) {
        self.reserved_places.retain(|(reserved_in, _)| {
            let is_taken = reserved_in == room && count > 0;
            count -= usize::from(is_taken);
            !is_taken
        });
    }
}

/// Notifies rooms with sockets of a session of its change. A room that has accepted the end of a session is not notified again.
pub async fn forward_change(object: &Rc<PersonObject>, call: &SessionCall) -> Result<(), CallError> {
    let SessionCall { session, what } = call;
    let rooms = object.with(|memory| memory.sql.rooms_of(session))?;
    let sent = call::in_portions(rooms.iter().map(|room| forward_to_room(object, room, session, what))).await;
    let is_over = matches!(what, SessionChange::Ended { .. });
    let mut result = Ok(());
    for (room, sent) in rooms.iter().zip(sent) {
        match sent {
            Ok(()) if is_over => object.with(|memory| {
                memory.sql.remove_live(session, room)?;
                if memory.sql.live_in(room)?.is_empty() {
                    memory.sql.unlisten(ListenerKind::Room, room)?;
                }
                Ok(())
            })?,
            Ok(()) => {}
            Err(error) => result = Err(error),
        }
    }
    result
}

async fn forward_to_room(
    object: &PersonObject,
    room: &str,
    session: &str,
    what: &SessionChange,
) -> Result<(), CallError> {
    let question = SessionCall { session: session.to_owned(), what: what.clone() };
    SendSessionChange::ask(&object.env, room, &question).await
}

#[cfg(test)]
#[path = "rooms_tests.rs"]
mod tests;
