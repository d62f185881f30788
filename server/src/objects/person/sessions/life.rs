//! Sessions of a person (`sign-in.md` 1 and 2): the conditions for a new one, the extension of living ones, and the end of a guest.

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::machines::presence::PresenceDelta;
use protocol::machines::room::Notification;
use protocol::people::names;
use protocol::people::session::{check_takeover, shard_of};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::is_demo;
use protocol::words::limits::{ALIVE_REPORT_MS, DEMO_PERSON_LIFE_MS, GUEST_LIFE_MS};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::status::Status;
use protocol::words::time::remaining_ms;

use super::ends::{forget_dead, send_notice};
use super::upgrade;
use crate::calls::SessionExpiry;
use crate::calls::auth::{EndCall, EndSession, KeepSessionsAlive, ReadIdleTimes};
use crate::calls::person::{ClaimAnswer, ClaimCall, RenewCall};
use crate::kit::request::Request;
use crate::objects::person::belongings::files;
use crate::objects::person::leaving::deletion;
use crate::objects::person::object::{PersonObject, record_of};
use crate::objects::person::people::{contacts, groups, listing};
use crate::objects::person::tables::{Fact, ListenerKind, push_tables};
use crate::objects::person::watching::notifications::NEVER;
use crate::outbound::mail;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// A session that was claimed this recently may not exist at its shard yet, so it counts as in use.
const CLAIM_MS: Millis = 10_000;

/// Begins a session of this person. A persona has one live session (`sign-in.md` 1).
pub async fn claim(object: &Rc<PersonObject>, call: ClaimCall) -> Result<ClaimAnswer, CallError> {
    let user = object.user()?;
    object.wake(Some(record_of(&user, call.kind, &call.name, &call.avatar)))?;
    if call.kind == UserKind::Persona {
        upgrade::check_free(object)?;
    }
    let is_restored = deletion::take_back(object, &user)?;
    match call.kind {
        UserKind::Persona => {
            make_room(object, &call).await?;
            upgrade::check_free(object)?;
        }
        UserKind::User => upgrade::repair(object, &call).await?,
        UserKind::Guest | UserKind::Bot => {}
    }
    // There is no await from here on: among several simultaneous calls exactly one finds the persona free.
    let (now, is_required) = (runtime::now_ms(), mail::requires_proof(&object.env, object.config));
    let ClaimCall { kind, name, avatar, message, status, session, family, is_unproved, .. } = call;
    let changed = object
        .with(|memory| {
            let is_free = kind != UserKind::Persona || memory.sql.sessions()?.is_empty();
            if !is_free {
                return Ok(None);
            }
            for id in [Some(&session), family.as_ref()].into_iter().flatten() {
                memory.sql.add_session(id, now)?;
            }
            if let Some(family) = &family {
                push_tables::note_browser(&memory.sql.0, family, &session)?;
            }
            memory.sql.set_fact(Fact::LeftAt, 0)?;
            if is_restored {
                memory.sql.set_fact(Fact::RestoredAt, now)?;
            }
            // An account goes on with its record; everybody else begins with a new one.
            let is_known = kind == UserKind::User && memory.sql.record()?.is_some();
            let changed = if is_known {
                memory.person.come_back(now, status)
            } else {
                let name = names::shown_name(user.as_str(), &name);
                memory.person.begin(now, &name, &avatar, &message, status.unwrap_or(Status::Online))
            };
            let proof = upgrade::note_proof(memory, kind, is_unproved, is_required);
            memory.sql.listen(ListenerKind::Session, &session, NEVER, memory.person.card().version)?;
            listing::note(memory, now)?;
            Ok(Some(PresenceDelta { shown: changed.shown, card: changed.card || proof.card }))
        })?
        .ok_or(Refusal::PersonaTaken)?;
    // A new player of a persona does not show the avatar of an earlier player.
    let avatar = object.with(|memory| Ok(memory.person.record().avatar.clone()))?;
    files::show_avatar(object, &avatar)?;
    object.apply(changed)?;
    listing::send_now(object).await;
    claimed(object)
}

fn claimed(object: &PersonObject) -> Result<ClaimAnswer, CallError> {
    Ok(object.with(|memory| {
        let (visible_from, card) = (memory.sql.fact(Fact::VisibleFrom)?, memory.person.card());
        Ok(ClaimAnswer { visible_from, player_session: memory.player_session()?, card })
    })?)
}

/// Replaces the session of a remembered browser: nothing changes but its id.
pub fn renew(object: &Rc<PersonObject>, call: &RenewCall) -> Result<ClaimAnswer, CallError> {
    let Principal { user, kind, name, avatar, .. } = &call.principal;
    object.wake(Some(record_of(user, *kind, name, avatar)))?;
    deletion::check_stays(object)?;
    object.with(|memory| {
        memory.sql.add_session(&call.session, runtime::now_ms())?;
        push_tables::note_renewed(&memory.sql.0, &call.principal.session, &call.session)?;
        memory.sql.listen(ListenerKind::Session, &call.session, NEVER, memory.person.card().version)?;
        memory.sql.set_fact(Fact::LeftAt, 0)
    })?;
    object.apply(PresenceDelta::default())?;
    claimed(object)
}

/// Ends sessions of the persona that have already expired, and with consent one that is not in use.
async fn make_room(object: &Rc<PersonObject>, call: &ClaimCall) -> Result<(), CallError> {
    for (session, began_at) in object.with(|memory| memory.sql.sessions())? {
        let idle_ms = if runtime::now_ms() < began_at + CLAIM_MS { Some(0) } else { idle_ms(object, &session).await? };
        let Some(idle_ms) = idle_ms else {
            forget_dead(object, session).await?;
            continue;
        };
        check_takeover(idle_ms, call.takeover)?;
        let shard = shard_of(&session).unwrap_or_default().to_owned();
        let user = object.user()?.to_string();
        let question = EndCall { session, user, code: CloseCode::Superseded.code(), reason: "takeover".to_owned() };
        EndSession::ask(&object.env, &shard, &question).await?;
    }
    Ok(())
}

/// Returns the time for which a session has not been used; `None` when it is dead.
async fn idle_ms(object: &PersonObject, session: &str) -> Result<Option<Millis>, CallError> {
    let shard = shard_of(session).unwrap_or_default().to_owned();
    let idle = ReadIdleTimes::ask(&object.env, &shard, &vec![session.to_owned()]).await?;
    Ok(idle.into_iter().next().flatten())
}

/// Heartbeats do not wake the object, so it reports the sessions of living devices from here (`sign-in.md` 2).
pub async fn report_living(object: &Rc<PersonObject>, now: Millis) -> Result<(), Fault> {
    if remaining_ms(object.runs.reported_at.get() + ALIVE_REPORT_MS, now, ALIVE_REPORT_MS) > 0 {
        return Ok(());
    }
    object.runs.reported_at.set(now);
    let mut by_shard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    object.with(|memory| {
        for session in memory.person.live_sessions() {
            let sessions = by_shard.entry(shard_of(session).unwrap_or_default().to_owned()).or_default();
            if !sessions.iter().any(|known| known == session) {
                sessions.push(session.to_owned());
            }
        }
        Ok(())
    })?;
    for (shard, sessions) in by_shard {
        match KeepSessionsAlive::ask(&object.env, &shard, &sessions).await {
            Ok(slid) => {
                for SessionExpiry { session, expires_at, .. } in slid {
                    send_notice(object, &session, &Notification::Session { expires_at })?;
                }
            }
            Err(error) => telemetry::call_failed("alive", &error),
        }
    }
    Ok(())
}

/// Returns the time for which a guest is stored after the last use.
pub fn guest_life_ms(user: &str) -> Millis {
    if is_demo(user) { DEMO_PERSON_LIFE_MS } else { GUEST_LIFE_MS }
}

/// Forgets a guest a day after the last use (`sign-in.md` 1). Returns `true` if that has just happened.
pub async fn forget_guest_if_due(object: &Rc<PersonObject>, now: Millis) -> Result<bool, Fault> {
    let due = object.with(|memory| {
        let left_at = memory.sql.fact(Fact::LeftAt)?;
        let is_asked_later = listing::due_at(memory, now)?.is_some_and(|at| at > now);
        let record = memory.person.record();
        let is_over = left_at > 0 && left_at + guest_life_ms(&record.user) <= now && !is_asked_later;
        Ok((record.kind == UserKind::Guest && is_over).then(|| record.user.clone()))
    })?;
    let Some(user) = due else {
        return Ok(false);
    };
    // An upgrade that stopped may have stored an account, whose owner has not come back yet.
    match upgrade::may_forget(object, &user).await {
        Ok(true) => {}
        Ok(false) => return Ok(false),
        Err(error) => {
            telemetry::call_failed("upgrade", &error);
            return Ok(false);
        }
    }
    // The alarm repeats this until every group has accepted it. The guest is forgotten then.
    if !groups::leave_all(object).await?
        || !contacts::end_all_contacts(object).await?
        || !listing::forget(object, user).await?
    {
        return Ok(false);
    }
    object.with(|memory| memory.sql.wipe())?;
    files::show_avatar(object, "")?;
    *object.base.memory.borrow_mut() = None;
    Ok(true)
}
