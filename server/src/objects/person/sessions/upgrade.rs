//! A guest or a persona becomes an account (`account.md` 10). The shard of the address has the account first; this object, which decides the
//! person's kind, follows. A row says so beforehand, and a sign-in with the address repairs what stopped in between.

use std::rc::Rc;

use protocol::machines::presence::PresenceDelta;
use protocol::people::session::{hash_hex, shard_of};
use protocol::wire::messenger::address_json;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::personas::is_persona;
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};

use super::ends;
use crate::calls::account::{AddAccount, FindAccount, find_account};
use crate::calls::auth::{EndCall, EndSession};
use crate::calls::leaving::AccountSummary;
use crate::calls::person::{ClaimCall, UpgradeCall};
use crate::kit::request::Request;
use crate::objects::person::leaving::deletion;
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::people::{listing, privacy};
use crate::objects::person::tables::Fact;
use crate::objects::person::tables::upgrade_tables::Upgrade;
use crate::objects::person::watching::notifications;
use crate::outbound::mail;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Time after which an upgrade without an answer counts as lost: whoever waited for it may be gone.
const UPGRADE_MS: Millis = 30_000;
/// Time after which a sign-in during an upgrade may be repeated.
const RETRY_MS: Millis = 1_000;

/// Stores the account at its shard, and makes the person one. Only one upgrade is active at a time, and no other player begins meanwhile.
pub async fn upgrade(object: &Rc<PersonObject>, call: &UpgradeCall) -> Result<(), CallError> {
    if !object.wake_if_known()? {
        return Err(Refusal::Unauthenticated.into());
    }
    deletion::check_stays(object)?;
    object.with(|memory| Ok(check(memory, &call.session)))??;
    if is_under_way(object) {
        return Err(Refusal::Conflict.into());
    }
    object.runs.upgrading_until.set(runtime::now_ms() + UPGRADE_MS);
    let added = add_account(object, call).await;
    object.runs.upgrading_until.set(0);
    added?;
    settle(object, call.verified_at.is_none())?;
    listing::send_now(object).await;
    // The session is that of an account before the answer arrives. The alarm repeats what failed.
    Ok(notifications::update_session_cards(object).await?)
}

/// Returns `true` while an upgrade waits for the shard of its address.
fn is_under_way(object: &PersonObject) -> bool {
    object.runs.upgrading_until.get() > runtime::now_ms()
}

/// Refuses an account, and a session that has ended since the Worker asked for it.
fn check(memory: &PersonMemory, session: &str) -> Result<(), CallError> {
    if !matches!(memory.person.record().kind, UserKind::Guest | UserKind::Persona) {
        return Err(Refusal::Forbidden.into());
    }
    let is_here = memory.sql.sessions()?.iter().any(|(id, _)| id == session);
    if is_here { Ok(()) } else { Err(Refusal::Unauthenticated.into()) }
}

/// Stores the account at the shard of its address. Before that a row here says so: the answer may be lost, and this object may stop.
async fn add_account(object: &PersonObject, call: &UpgradeCall) -> Result<(), CallError> {
    let (session, at) = (call.session.clone(), runtime::now_ms());
    let Some(account) = &call.account else {
        // An earlier call has stored it.
        let begun = Upgrade { session, email_hash: String::new(), is_pending: true, at };
        return Ok(object.with(|memory| memory.sql.save_upgrade(&begun))?);
    };
    let begun = Upgrade { session, email_hash: hash_hex(&account.email), is_pending: true, at };
    let before = object.with(|memory| memory.sql.upgrade())?.filter(|upgrade| upgrade.is_pending);
    if let Some(pending) = before.as_ref().filter(|pending| pending.email_hash != begun.email_hash) {
        check_is_void(object, pending, at).await?;
    }
    object.with(|memory| memory.sql.save_upgrade(&begun))?;
    let shard = shard_of(&begun.email_hash).unwrap_or_default();
    let added = AddAccount::ask(&object.env, shard, account).await;
    let was_pending = before.is_some_and(|pending| pending.email_hash == begun.email_hash);
    if matches!(added, Err(CallError::Refused(_))) && !was_pending {
        object.with(|memory| memory.sql.forget_upgrade())?;
    }
    added
}

/// Refuses another address while an earlier one may have become the account's.
async fn check_is_void(object: &PersonObject, pending: &Upgrade, now: Millis) -> Result<(), CallError> {
    // A call that was sent shortly before this object stopped may arrive after this question.
    let may_arrive = pending.at + UPGRADE_MS > now;
    let is_void = !may_arrive && account_of(object, object.user()?.as_str(), pending).await?.email.is_none();
    if is_void { Ok(()) } else { Err(Refusal::Conflict.into()) }
}

/// Returns the account that a pending upgrade stored, if it did. An address that is not known is that of an account.
async fn account_of(object: &PersonObject, user: &str, pending: &Upgrade) -> Result<AccountSummary, CallError> {
    match shard_of(&pending.email_hash) {
        Some(shard) => FindAccount::ask(&object.env, shard, &user.to_owned()).await,
        None => find_account(&object.env, user).await,
    }
}

/// Returns `true` if a guest may be forgotten. If their upgrade stopped after the account was stored, it is carried out instead.
pub async fn may_forget(object: &Rc<PersonObject>, user: &str) -> Result<bool, CallError> {
    let pending = object.with(|memory| memory.sql.upgrade())?.filter(|upgrade| upgrade.is_pending);
    let Some(pending) = pending else {
        return Ok(true);
    };
    if is_under_way(object) {
        return Ok(false);
    }
    let account = account_of(object, user, &pending).await?;
    if account.email.is_none() {
        object.with(|memory| memory.sql.forget_upgrade())?;
        return Ok(true);
    }
    settle(object, account.verified_at.is_none())?;
    Ok(false)
}

/// Makes the person an account, in one step. `is_unproved`: as far as is known, the owner has not proved the address.
fn settle(object: &Rc<PersonObject>, is_unproved: bool) -> Result<(), Fault> {
    let (now, is_required) = (runtime::now_ms(), mail::requires_proof(&object.env, object.config));
    let changed = object.with(|memory| become_account(memory, is_unproved, is_required, now))?;
    object.apply(changed)
}

fn become_account(
    memory: &mut PersonMemory,
    is_unproved: bool,
    is_required: bool,
    now: Millis,
) -> Result<PresenceDelta, Fault> {
    settle_settings(memory)?;
    finish_upgrade(memory, now)?;
    note_proof(memory, UserKind::User, is_unproved && is_required, is_required);
    let changed = memory.person.become_account();
    listing::note(memory, now)?;
    memory.store()?;
    Ok(changed)
}

/// Notes which session became the account. What a persona's earlier players saw stays closed: the account begins where that session began.
fn finish_upgrade(memory: &PersonMemory, now: Millis) -> Result<(), Fault> {
    let begun = memory.sql.upgrade()?.map(|upgrade| upgrade.session).unwrap_or_default();
    let session = memory.sql.sessions()?.into_iter().find(|(id, _)| *id == begun);
    if let Some((_, began_at)) = session.as_ref().filter(|_| is_persona(&memory.person.record().user)) {
        let visible_from = memory.sql.fact(Fact::VisibleFrom)?.max(*began_at);
        memory.sql.set_fact(Fact::VisibleFrom, visible_from)?;
    }
    let session = session.map(|(id, _)| id).unwrap_or_default();
    memory.sql.save_upgrade(&Upgrade { session, email_hash: String::new(), is_pending: false, at: now })
}

/// Notes what a sign-in knows of the address. Where accounts have to prove it, one that may write has proved it, and that stays so.
pub fn note_proof(memory: &mut PersonMemory, kind: UserKind, is_unproved: bool, is_required: bool) -> PresenceDelta {
    if kind == UserKind::User && is_required && !is_unproved {
        memory.person.note_proof()
    } else {
        memory.person.set_unproved(is_unproved)
    }
}

/// Stores settings that were never changed: those of an account would begin otherwise.
fn settle_settings(memory: &PersonMemory) -> Result<(), Fault> {
    let settings = privacy::settings_in(memory)?;
    memory.sql.save_settings(&settings)
}

/// Lets the person write, whose address is proved. All sessions know of it before the answer, and rooms soon. All devices show it.
pub async fn confirm_address(object: &Rc<PersonObject>) -> Result<(), CallError> {
    if !object.wake_if_known()? {
        return Ok(());
    }
    let changed = object.with(|memory| Ok(memory.person.note_proof()))?;
    object.apply(changed)?;
    object.send_to_all(&address_json())?;
    notifications::update_session_cards(object).await?;
    Ok(notifications::notify_listeners(object).await?)
}

/// Refuses a sign-in as a persona that belongs to an account, or is about to.
pub fn check_free(object: &PersonObject) -> Result<(), CallError> {
    let kind = object.with(|memory| Ok(memory.person.record().kind))?;
    if kind == UserKind::User || is_under_way(object) { Err(Refusal::PersonaTaken.into()) } else { Ok(()) }
}

/// Carries out the rest of an upgrade that stopped after the account was stored: its owner signs in. The session that was being upgraded goes
/// on, if it lives. A persona may have had another player since, whose session ends; what that player wrote and received is closed to the
/// account.
pub async fn repair(object: &Rc<PersonObject>, call: &ClaimCall) -> Result<(), CallError> {
    let kind = object.with(|memory| Ok(memory.person.record().kind))?;
    match kind {
        UserKind::User | UserKind::Bot => return Ok(()),
        // The session that is being upgraded must not end.
        _ if is_under_way(object) => return Err(Refusal::Overloaded { retry_after_ms: RETRY_MS }.into()),
        UserKind::Persona => end_player(object).await?,
        UserKind::Guest => {}
    }
    Ok(settle(object, call.is_unproved)?)
}

async fn end_player(object: &Rc<PersonObject>) -> Result<(), CallError> {
    let own = object.with(|memory| memory.sql.upgrade())?.map(|upgrade| upgrade.session).unwrap_or_default();
    for (session, _) in object.with(|memory| memory.sql.sessions())?.into_iter().filter(|(id, _)| *id != own) {
        let shard = shard_of(&session).unwrap_or_default().to_owned();
        let (code, reason) = (CloseCode::Superseded.code(), "takeover".to_owned());
        let question = EndCall { session: session.clone(), user: object.user()?.to_string(), code, reason };
        match EndSession::ask(&object.env, &shard, &question).await {
            Ok(()) => {}
            // The shard knows the session no more.
            Err(CallError::Refused(_)) => ends::forget_dead(object, session).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
