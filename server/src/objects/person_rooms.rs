//! Rooms in which a person has sockets (`core.md` 1.5 and 5): rooms report them, and are told when a session ends.
//!
//! A room reports a moment after a socket was let in. If the session has ended by then, the answer says so: no order of events
//! leaves a socket to a dead session.

use std::rc::Rc;

use protocol::limits::PRINCIPAL_SOCKETS_MAX;
use protocol::refusal::Fault;
use serde_json::Value;

use super::call::{self, CallError};
use super::calls::{EndedSession, EnterCall, Entered, SessionCall, SessionNews};
use super::namespace::Namespace;
use super::person::PersonObject;
use super::person_news::{self, NEVER};
use super::person_sql::ListenerKind;
use super::runtime;

/// A session that is not known (any more).
pub(super) fn ended(session: &str) -> EndedSession {
    EndedSession { session: session.to_owned(), code: 4401, reason: "expired".to_owned() }
}

/// All sessions with sockets in a room. Only what is new is written.
pub(super) fn entered(object: &Rc<PersonObject>, call: &EnterCall) -> Result<Entered, Fault> {
    let room = call.room.as_str();
    let mut refused = Vec::new();
    let surplus = object.with(|memory| {
        let sql = &memory.sql;
        let (alive, known) = (sql.sessions()?, sql.live_in(room)?);
        let mut is_here = false;
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
            sql.note_activity(room, runtime::now_ms())?;
            sql.listen(ListenerKind::Room, room, NEVER, memory.person.card().version)?;
            if room.starts_with("dm_") {
                sql.add_direct(room, runtime::now_ms())?;
            }
        }
        sql.set_sockets(room, call.sockets)?;
        let surplus = memory.socket_count()?.saturating_sub(PRINCIPAL_SOCKETS_MAX).min(call.sockets as usize);
        if surplus > 0 {
            sql.doubt_rooms()?;
        }
        Ok(surplus)
    })?;
    if surplus > 0 {
        person_news::tell_soon(object);
    }
    let card = object.with(|memory| Ok(memory.person.card()))?;
    Ok(Entered { card: Some(card), ended: refused, surplus })
}

/// Tells rooms with sockets of a session what became of it. Who has heard of an end is told no more.
pub(super) async fn tell_of_session(object: &Rc<PersonObject>, call: &SessionCall) -> Result<(), CallError> {
    let SessionCall { session, what, .. } = call;
    let rooms = object.with(|memory| memory.sql.rooms_of(session))?;
    let told = call::in_portions(rooms.iter().map(|room| tell_room(object, room, session, what))).await;
    let is_over = matches!(what, SessionNews::Ended { .. });
    let mut result = Ok(());
    for (room, told) in rooms.iter().zip(told) {
        match told {
            Ok(_) if is_over => object.with(|memory| {
                memory.sql.remove_live(session, room)?;
                if memory.sql.live_in(room)?.is_empty() {
                    memory.sql.unlisten(ListenerKind::Room, room)?;
                }
                Ok(())
            })?,
            Ok(_) => {}
            Err(error) => result = Err(error),
        }
    }
    result
}

async fn tell_room(object: &PersonObject, room: &str, session: &str, what: &SessionNews) -> Result<Value, CallError> {
    let question = SessionCall { owner: room.to_owned(), session: session.to_owned(), what: what.clone() };
    call::call(&object.env, Namespace::Room, room, "session", &question).await
}
