//! A guest or a persona becomes an account (`account.md` 10). The shard of the address has the account first; this object, which decides the
//! person's kind, follows. A sign-in with the address repairs what stopped in between.

use std::rc::Rc;

use protocol::people::session::{hash_hex, shard_of};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};

use super::{PersonMemory, PersonObject, leaving, listing, notifications, privacy, sessions};
use crate::calls::account::{AddAccount, RegisterCall};
use crate::calls::auth::{EndCall, EndSession};
use crate::calls::person::{ClaimCall, UpgradeCall, UserCall};
use crate::kit::request::Request;
use crate::outbound::mail;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Time after which an upgrade without an answer counts as lost: whoever waited for it may be gone.
const UPGRADE_MS: Millis = 30_000;
/// Time after which a sign-in during an upgrade may be repeated.
const RETRY_MS: Millis = 1_000;

/// Stores the account at its shard, and makes the person one. Only one upgrade is active at a time, and no other player begins meanwhile.
pub(super) async fn upgrade(object: &Rc<PersonObject>, call: &UpgradeCall) -> Result<(), CallError> {
    if !object.wake_for(&call.user)? {
        return Err(Refusal::Unauthenticated.into());
    }
    leaving::check_stays(object)?;
    object.with(|memory| Ok(check(memory, &call.session)))??;
    if is_under_way(object) {
        return Err(Refusal::Conflict.into());
    }
    object.upgrading_until.set(runtime::now_ms() + UPGRADE_MS);
    let added = add_account(object, call.account.as_ref()).await;
    object.upgrading_until.set(0);
    added?;
    settle(object)?;
    listing::send_now(object).await;
    // The session is that of an account before the answer arrives. The alarm repeats what failed.
    Ok(notifications::update_session_cards(object).await?)
}

/// Returns `true` while an upgrade waits for the shard of its address.
fn is_under_way(object: &PersonObject) -> bool {
    object.upgrading_until.get() > runtime::now_ms()
}

/// Refuses an account, and a session that has ended since the Worker asked for it.
fn check(memory: &PersonMemory, session: &str) -> Result<(), CallError> {
    if !matches!(memory.person.record().kind, UserKind::Guest | UserKind::Persona) {
        return Err(Refusal::Forbidden.into());
    }
    let is_here = memory.sql.sessions()?.iter().any(|(id, _)| id == session);
    if is_here { Ok(()) } else { Err(Refusal::Unauthenticated.into()) }
}

async fn add_account(object: &PersonObject, account: Option<&RegisterCall>) -> Result<(), CallError> {
    let Some(account) = account else {
        return Ok(());
    };
    let hash = hash_hex(&account.email);
    AddAccount::ask(&object.env, shard_of(&hash).unwrap_or_default(), account).await
}

/// Makes the person an account, in one step.
fn settle(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let is_unproved = mail::requires_proof(&object.env, object.config);
    let changed = object.with(|memory| {
        settle_settings(memory)?;
        memory.person.set_unproved(is_unproved);
        let changed = memory.person.become_account();
        listing::note(memory, runtime::now_ms())?;
        memory.store()?;
        Ok(changed)
    })?;
    object.apply(changed)
}

/// Stores settings that were never changed: those of an account would begin otherwise.
fn settle_settings(memory: &PersonMemory) -> Result<(), Fault> {
    let settings = privacy::settings_in(memory)?;
    memory.sql.save_settings(&settings)
}

/// Lets the person write, whose address is proved. All sessions know of it before the answer, and rooms soon.
pub(super) async fn confirm_address(object: &Rc<PersonObject>, call: &UserCall) -> Result<(), CallError> {
    if !object.wake_for(&call.user)? {
        return Ok(());
    }
    let changed = object.with(|memory| Ok(memory.person.set_unproved(false)))?;
    object.apply(changed)?;
    notifications::update_session_cards(object).await?;
    Ok(notifications::notify_listeners(object).await?)
}

/// Refuses a sign-in as a persona that belongs to an account, or is about to.
pub(super) fn check_free(object: &PersonObject) -> Result<(), CallError> {
    let kind = object.with(|memory| Ok(memory.person.record().kind))?;
    if kind == UserKind::User || is_under_way(object) { Err(Refusal::PersonaTaken.into()) } else { Ok(()) }
}

/// Carries out the rest of an upgrade that stopped after the account was stored: its owner signs in. A persona may have had another player
/// since, whose session ends; what that player wrote and received is closed to the account.
pub(super) async fn repair(object: &Rc<PersonObject>, call: &ClaimCall) -> Result<(), CallError> {
    let kind = object.with(|memory| Ok(memory.person.record().kind))?;
    match kind {
        UserKind::User | UserKind::Bot => return Ok(()),
        // The session that is being upgraded must not end.
        _ if is_under_way(object) => return Err(Refusal::Overloaded { retry_after_ms: RETRY_MS }.into()),
        UserKind::Persona => end_player(object, call).await?,
        UserKind::Guest => {}
    }
    Ok(settle(object)?)
}

async fn end_player(object: &Rc<PersonObject>, call: &ClaimCall) -> Result<(), CallError> {
    for (session, _) in object.with(|memory| memory.sql.sessions())? {
        let shard = shard_of(&session).unwrap_or_default().to_owned();
        let (code, reason) = (CloseCode::Superseded.code(), "takeover".to_owned());
        let question = EndCall { session: session.clone(), user: call.user.to_string(), code, reason };
        match EndSession::ask(&object.env, &shard, &question).await {
            Ok(()) => {}
            // The shard knows the session no more.
            Err(CallError::Refused(_)) => sessions::forget_dead(object, call.user.as_str(), session).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
