//! Reports of a room to the objects of its people and sessions, after a turn or about a socket.
//!
//! All of them may come late or twice: every call can be repeated, and no frame waits for one.

use std::rc::Rc;

use protocol::machines::presence::PresenceChange;
use protocol::machines::room::{Notification, Outbound, Report};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::{REPORTS_AT_ONCE, SESSION_SLIDE_MS};
use protocol::words::socket::ConnKey;
use wasm_bindgen_futures::spawn_local;

use super::privacy;
use crate::calls::auth::SlideSessions;
use crate::calls::person::{ChangePresence, ReportSockets};
use crate::calls::{EndedSession, EnterAnswer, EnterCall, PresenceWire, SessionExpiry, SlideCall};
use crate::kit::request::Request;
use crate::objects::room::object::RoomObject;
use crate::{runtime, telemetry};

/// Time without a use after which a use counts as the last one for now.
const USE_SETTLES_MS: Millis = 4_000;

/// Reports to people's own objects that they are here, as far as that is due: a few at a time, so that a large group that joins at once does
/// not wait for the reports.
pub fn report_people(object: &Rc<RoomObject>) {
    let now = runtime::now_ms();
    while object.runs.reports_under_way.get() < REPORTS_AT_ONCE {
        let Some(report) = object.change(|room, _| room.take_report(now)).flatten() else {
            break;
        };
        object.runs.reports_under_way.set(object.runs.reports_under_way.get() + 1);
        let object = Rc::clone(object);
        spawn_local(async move {
            report_person(&object, report).await;
            object.runs.reports_under_way.set(object.runs.reports_under_way.get().saturating_sub(1));
            report_people(&object);
        });
    }
    object.arrange_reports();
}

async fn report_person(object: &Rc<RoomObject>, report: Report) {
    let Ok(user) = UserId::parse(&report.user) else {
        return;
    };
    let Some(id) = object.change(|room, _| room.id().clone()) else {
        return;
    };
    let question = EnterCall {
        room: id.as_str().to_owned(),
        sessions: report.sessions.iter().cloned().collect(),
        sockets: report.sockets,
    };
    let answer = ReportSockets::ask(&object.env, &report.user, &question).await;
    // A card that shows somebody needs the settings of the same version, so it waits for them. Nothing else waits.
    let learned = match &answer {
        Ok(EnterAnswer { card: Some(card), .. }) if card.is_seen() => {
            privacy::learn(object, &id, &user, card).await.map(|_| true)
        }
        Ok(EnterAnswer { card, .. }) => Ok(card.is_some()),
        Err(error) => {
            telemetry::call_failed("enter", error);
            Ok(false)
        }
    };
    let _ = object.turn(|room, store, now, out| {
        room.reported(now, &report, answer.is_ok() && learned.is_ok(), out);
        let Ok(EnterAnswer { card, ended, surplus }) = &answer else {
            return Ok(());
        };
        if let (Some(card), Ok(true)) = (card, &learned) {
            room.set_card(store, now, &report.user, card, out)?;
        }
        for EndedSession { session, code, reason } in ended {
            room.end_session(store, now, session, *code, reason, out)?;
        }
        room.close_newest(now, &report.user, *surplus, out);
        Ok(())
    });
}

/// Reports the effects of a turn: sessions in use, and changes of presence.
pub fn report(object: &Rc<RoomObject>, now: Millis, out: &Outbound) {
    for (session, is_persona) in &out.active_sessions {
        slide(object, now, session, *is_persona);
    }
    for (conn, change) in &out.presence {
        forward_presence(object, *conn, change);
    }
}

/// Reports the use of a session, at most once per [`SESSION_SLIDE_MS`]. For a persona the shard also receives the last use before a pause:
/// from then on the time counts until others may take over (`sign-in.md` 1).
fn slide(object: &Rc<RoomObject>, now: Millis, session: &str, is_persona: bool) {
    {
        let mut slid_at = object.runs.slid_at.borrow_mut();
        if slid_at.get(session).is_some_and(|at| now < at + SESSION_SLIDE_MS) {
            if is_persona {
                object.runs.used_at.borrow_mut().insert(session.to_owned(), now);
                object.uses.arrange(now, now + USE_SETTLES_MS);
            }
            return;
        }
        slid_at.insert(session.to_owned(), now);
    }
    object.runs.used_at.borrow_mut().remove(session);
    report_use(object, session, now);
}

/// Reports last uses that are long enough ago.
pub fn report_uses(object: &Rc<RoomObject>) {
    let now = runtime::now_ms();
    let mut reported = Vec::new();
    object.runs.used_at.borrow_mut().retain(|session, at| {
        let is_settled = *at + USE_SETTLES_MS <= now;
        if is_settled {
            reported.push((session.clone(), *at));
        }
        !is_settled
    });
    for (session, at) in reported {
        report_use(object, &session, at);
    }
    if let Some(at) = object.runs.used_at.borrow().values().min() {
        object.uses.arrange(now, at + USE_SETTLES_MS);
    }
}

fn report_use(object: &Rc<RoomObject>, session: &str, used_at: Millis) {
    let (object, session) = (Rc::clone(object), session.to_owned());
    spawn_local(async move {
        let question = SlideCall { sessions: vec![session.clone()], used_at };
        let shard = shard_of(&session);
        match SlideSessions::ask(&object.env, &shard, &question).await {
            Ok(slid) => send_expiry(&object, &slid),
            Err(error) => telemetry::call_failed("slide", &error),
        }
    });
}

fn send_expiry(object: &Rc<RoomObject>, slid: &[SessionExpiry]) {
    let _ = object.turn(|room, _, _, out| {
        for SessionExpiry { session, expires_at, ending_in_ms } in slid {
            let notification = match ending_in_ms {
                Some(expires_in_ms) => Notification::SessionEnding { expires_in_ms: *expires_in_ms },
                None => Notification::Session { expires_at: *expires_at },
            };
            room.notify_session(session, &notification, out);
        }
        Ok(())
    });
}

/// Forwards a presence frame to the person's own object. A refusal goes to the sender.
fn forward_presence(object: &Rc<RoomObject>, conn: ConnKey, change: &PresenceChange) {
    let principal = object.with(|room, _| Ok(room.connection(conn).map(|connection| connection.principal.clone())));
    let Ok(Some(principal)) = principal else {
        return;
    };
    let (object, change) = (Rc::clone(object), PresenceWire::from(change));
    spawn_local(async move {
        if let Err(error) = ChangePresence::ask(&object.env, principal.user.as_str(), &change).await {
            let refusal = protocol::words::refusal::Refusal::from(error);
            let _ = object.turn(|_, _, _, out| {
                out.one(conn, Notification::Error { id: None, rid: None, refusal: refusal.clone(), fatal: false });
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

/// Returns the shard of a session: the first character of its public id.
fn shard_of(session: &str) -> String {
    session.chars().take(1).collect()
}
