//! What a room tells the objects of its people and sessions, after a turn or about a socket.
//!
//! All of it is news that may come late or twice: every call can be repeated, and nothing here holds up a frame.

use std::rc::Rc;

use protocol::doors::messenger::PresenceChange;
use protocol::event::Millis;
use protocol::ids::RoomId;
use protocol::limits::SESSION_SLIDE_MS;
use protocol::presence::Status;
use protocol::principal::Principal;
use protocol::refusal::{Denied, Fault};
use protocol::room::{Card, ConnKey, Notice, Outbound, Room};
use wasm_bindgen_futures::spawn_local;

use super::call::{self, CallError};
use super::calls::{EnterCall, PresenceCall, PresenceWire, Slid, SlideCall, SocketCall};
use super::namespace::Namespace;
use super::room::RoomObject;
use super::room_changes;
use super::room_sql::RoomSql;
use crate::telemetry;

/// How a person shows, asked from their own object, which from now on tells this room of changes.
///
/// When it cannot be asked, the person shows as the session knows them: a room must not depend on a second object.
pub(super) async fn card_of(object: &Rc<RoomObject>, room: &RoomId, principal: &Principal) -> Card {
    let known = object.look(|room, _| Ok(room.card_of(principal.user.as_str()).cloned()));
    if let Ok(Some(card)) = known {
        return card;
    }
    let question = enter_call(room.as_str(), principal);
    let answer = call::call(&object.env, Namespace::Person, principal.user.as_str(), "enter", &question).await;
    answer.unwrap_or_else(|_: CallError| {
        let (name, avatar) = (principal.name.clone(), principal.avatar.clone());
        Card { status: Status::Online, name, avatar, version: 0, privacy: 0 }
    })
}

fn enter_call(room: &str, principal: &Principal) -> EnterCall {
    EnterCall {
        user: principal.user.clone(),
        kind: principal.kind,
        room: room.to_owned(),
        name: principal.name.clone(),
        avatar: principal.avatar.clone(),
    }
}

/// A socket is gone: leaves the room, and tells the person and the session if it was their last here.
pub(super) fn leave(object: &Rc<RoomObject>, room: &mut Room, now: Millis, conn: ConnKey, out: &mut Outbound) {
    let Some(principal) = room.connection(conn).map(|connection| connection.principal.clone()) else {
        return;
    };
    room.leave(now, conn, out);
    tell_of_leaving(object, room, &principal);
}

/// Gives up silent sockets, and tells whoever has to know.
pub(super) fn sweep(
    object: &Rc<RoomObject>,
    room: &mut Room,
    store: &mut RoomSql,
    now: Millis,
    heard: impl Fn(ConnKey) -> Option<Millis>,
    out: &mut Outbound,
) -> Result<(), Fault> {
    let before = principals(room);
    room.sweep(store, now, heard, out)?;
    tell_of_all_who_left(object, room, &before);
    Ok(())
}

/// Ends the sockets of a session, and tells whoever has to know.
pub(super) fn end_session(
    object: &Rc<RoomObject>,
    room: &mut Room,
    now: Millis,
    session: &str,
    code: u16,
    reason: &str,
    out: &mut Outbound,
) {
    let before = principals(room);
    room.end_session(now, session, code, reason, out);
    tell_of_all_who_left(object, room, &before);
}

/// Does something to the room, and tells whoever has to know of those whose sockets it closed.
pub(super) fn telling_of_leaving<T>(
    object: &Rc<RoomObject>,
    room: &mut Room,
    work: impl FnOnce(&mut Room) -> Result<T, Denied>,
) -> Result<T, Denied> {
    let before = principals(room);
    let done = work(room)?;
    tell_of_all_who_left(object, room, &before);
    Ok(done)
}

fn principals(room: &Room) -> Vec<(ConnKey, Principal)> {
    let connections =
        room.targets().into_iter().filter_map(|target| Some((target.conn, room.connection(target.conn)?)));
    connections.map(|(conn, connection)| (conn, connection.principal.clone())).collect()
}

fn tell_of_all_who_left(object: &Rc<RoomObject>, room: &Room, before: &[(ConnKey, Principal)]) {
    for (_, principal) in before.iter().filter(|(conn, _)| room.connection(*conn).is_none()) {
        tell_of_leaving(object, room, principal);
    }
}

fn tell_of_leaving(object: &Rc<RoomObject>, room: &Room, principal: &Principal) {
    let room_id = room.id().as_str().to_owned();
    if !room.is_here(principal.user.as_str()) {
        let question = enter_call(&room_id, principal);
        tell(object, Namespace::Person, principal.user.as_str().to_owned(), "leave", question);
    }
    if !room.has_session(&principal.session) {
        let log = room.id().log_name();
        let question = SocketCall { session: principal.session.clone(), log, open: false };
        tell(object, Namespace::Auth, shard_of(&principal.session), "socket", question);
    }
}

/// Reports what a turn did: sessions that slide, presence that changes.
pub(super) fn report(object: &Rc<RoomObject>, now: Millis, out: &Outbound) {
    for session in &out.active_sessions {
        slide(object, now, session);
    }
    for (conn, change) in &out.presence {
        forward_presence(object, *conn, change);
    }
    room_changes::tell_read(object, out);
    if !out.hidden_for.is_empty()
        && let Ok(room) = object.look(|room, _| Ok(room.id().as_str().to_owned()))
    {
        room_changes::tell_hidden(object, &room, out);
    }
}

/// Slides a session, at most once per [`SESSION_SLIDE_MS`].
fn slide(object: &Rc<RoomObject>, now: Millis, session: &str) {
    {
        let mut slid_at = object.slid_at.borrow_mut();
        if slid_at.get(session).is_some_and(|at| now < at + SESSION_SLIDE_MS) {
            return;
        }
        slid_at.insert(session.to_owned(), now);
    }
    let (object, session) = (Rc::clone(object), session.to_owned());
    spawn_local(async move {
        let question = SlideCall { sessions: vec![session.clone()] };
        let shard = shard_of(&session);
        let slid: Result<Vec<Slid>, CallError> =
            call::call(&object.env, Namespace::Auth, &shard, "slide", &question).await;
        match slid {
            Ok(slid) => tell_expiry(&object, &slid),
            Err(error) => telemetry::call_failed("slide", &error),
        }
    });
}

fn tell_expiry(object: &Rc<RoomObject>, slid: &[Slid]) {
    let _ = object.turn(|room, _, _, out| {
        for Slid { session, expires_at, ending_in_ms } in slid {
            let notice = match ending_in_ms {
                Some(expires_in_ms) => Notice::SessionEnding { expires_in_ms: *expires_in_ms },
                None => Notice::Session { expires_at: *expires_at },
            };
            room.tell_session(session, &notice, out);
        }
        Ok(())
    });
}

/// Hands a presence frame to the person's own object; what it refuses is told to the sender.
fn forward_presence(object: &Rc<RoomObject>, conn: ConnKey, change: &PresenceChange) {
    let principal = object.look(|room, _| Ok(room.connection(conn).map(|connection| connection.principal.clone())));
    let Ok(Some(principal)) = principal else {
        return;
    };
    let question = PresenceCall { user: principal.user.clone(), change: PresenceWire::from(change) };
    let object = Rc::clone(object);
    spawn_local(async move {
        let user = question.user.as_str();
        let answer: Result<serde_json::Value, CallError> =
            call::call(&object.env, Namespace::Person, user, "presence", &question).await;
        if let Err(error) = answer {
            let refusal = protocol::refusal::Refusal::from(error);
            let _ = object.turn(|_, _, _, out| {
                out.one(conn, Notice::Error { id: None, rid: None, refusal: refusal.clone(), fatal: false });
                Ok(())
            });
        }
    });
}

impl From<&PresenceChange> for PresenceWire {
    fn from(change: &PresenceChange) -> Self {
        Self {
            status: change.status.map(|status| status.as_str().to_owned()),
            display_name: change.display_name.clone(),
            personal_message: change.personal_message.clone(),
            avatar_id: change.avatar_id.clone(),
            until: change.until,
        }
    }
}

/// The shard that keeps a session: the first character of its public id.
fn shard_of(session: &str) -> String {
    session.chars().take(1).collect()
}

fn tell(
    object: &Rc<RoomObject>,
    namespace: Namespace,
    id: String,
    verb: &'static str,
    question: impl serde::Serialize + 'static,
) {
    let object = Rc::clone(object);
    spawn_local(async move {
        if let Err(error) = call::call_raw(&object.env, namespace, &id, verb, &question).await {
            telemetry::call_failed(verb, &error);
        }
    });
}
