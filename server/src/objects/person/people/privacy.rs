//! A person's blocks and settings, the part of them that rooms need, and sending it to the rooms (`settings.md` 1, `messenger.md` 4).
//!
//! A blocked person receives no hint of the block: they see the same as if a friend had gone offline.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::machines::presence::PresenceDelta;
use protocol::people::contacts::{Privacy, Relation, Settings, SettingsChange};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, UserId};
use protocol::words::limits::BLOCKS_MAX;
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::retry::retry_delay_ms;
use protocol::words::status::Visible;

use crate::calls::contacts::{BlockCall, ClockCall, ContactStanding, PrivacyCall, PrivacyOfCall};
use crate::calls::room::SendPrivacy;
use crate::kit::call;
use crate::kit::request::Request;
use crate::objects::person::object::{PersonMemory, PersonObject, record_of};
use crate::objects::person::tables::leaving_tables::is_forgotten;
use crate::objects::person::watching::notifications;
use crate::projection::audit_log;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

// ---- what is asked

/// Returns the privacy settings that a room needs of this person.
pub fn read_privacy(object: &PersonObject, call: &PrivacyOfCall) -> Result<Privacy, CallError> {
    let user = object.user()?;
    if !object.wake_if_known()? || object.with(|memory| is_forgotten(&memory.sql.0))? {
        return Ok(Privacy::of_kind(UserKind::of_id(user.as_str())));
    }
    Ok(object.with(|memory| {
        let privacy = privacy_for(memory, &user, &call.room)?;
        if call.subscribes {
            memory.sql.save_room_version(&call.room, privacy.version)?;
        }
        Ok(privacy)
    })?)
}

/// Returns the relation of each of the given people to this person.
pub fn standing(object: &PersonObject, others: &[UserId]) -> Result<Vec<ContactStanding>, CallError> {
    if !object.wake_if_known()? {
        return Ok(vec![ContactStanding::default(); others.len()]);
    }
    Ok(object.with(|memory| standing_in(memory, others))?)
}

fn standing_in(memory: &PersonMemory, others: &[UserId]) -> Result<Vec<ContactStanding>, Fault> {
    let (hides, settings) = (memory.sql.hides()?, settings_in(memory)?);
    let standing = |other: &UserId| {
        let is_contact = memory.sql.relation(other.as_str())? == Relation::Contact;
        let (is_blocked, may_write) = (hides.blocks(other.as_str()), settings.who_can_write.holds(is_contact));
        Ok(ContactStanding { is_contact, is_blocked, may_write })
    };
    others.iter().map(standing).collect()
}

pub fn settings_in(memory: &PersonMemory) -> Result<Settings, Fault> {
    let kind = memory.person.record().kind;
    Ok(memory.sql.settings()?.unwrap_or_else(|| Settings::of_kind(kind)))
}

fn privacy_in(memory: &PersonMemory) -> Result<Privacy, Fault> {
    Ok(Privacy {
        version: memory.person.record().privacy,
        settings: settings_in(memory)?,
        contacts: memory.sql.contact_ids()?.into_iter().collect::<BTreeSet<_>>(),
        hides: memory.sql.hides()?,
        hidden_from: memory.sql.hidden_from()?.into_iter().collect(),
    })
}

/// Returns the settings for a room. A direct conversation needs those about its two people only.
pub fn privacy_for(memory: &PersonMemory, user: &UserId, room: &str) -> Result<Privacy, Fault> {
    let privacy = privacy_in(memory)?;
    let direct = RoomId::parse(room, &protocol::words::ids::RoomRules::default()).ok();
    Ok(match direct.as_ref().and_then(|room| room.partner_of(user)) {
        Some(partner) => privacy.about(partner.as_str()),
        None => privacy,
    })
}

/// Notes a change, so that rooms which need the settings are behind from now on.
pub fn has_changed(memory: &mut PersonMemory, has_new_view: bool) -> Result<PresenceDelta, Fault> {
    memory.sql.add_live_rooms()?;
    Ok(memory.person.privacy_changed(has_new_view))
}

// ---- what the person does

pub async fn block(object: &Rc<PersonObject>, call: BlockCall) -> Result<(), CallError> {
    if object.user()? == call.other {
        return Err(Refusal::validation("userId", "You can't block yourself.").into());
    }
    object.wake_if_known()?;
    let now = runtime::now_ms();
    let changed = object.step(|memory| Ok(block_in(memory, &call, now)??))?;
    follow(object, changed).await
}

pub fn block_in(
    memory: &mut PersonMemory,
    call: &BlockCall,
    now: Millis,
) -> Result<Result<Option<PresenceDelta>, Refusal>, Fault> {
    let (other, mut hides) = (call.other.as_str(), memory.sql.hides()?);
    let is_full = hides.blocked().count() >= BLOCKS_MAX;
    if call.is_blocked && is_full && !hides.blocks(other) {
        return Ok(Err(Refusal::over_limit("userId", "You can't block any more people.", BLOCKS_MAX)));
    }
    let is_changed = if call.is_blocked { hides.block(other, now) } else { hides.unblock(other, now) };
    if !is_changed {
        return Ok(Ok(None));
    }
    if call.is_blocked {
        match view_to_store(memory, other, now)? {
            Some((seen, as_stranger)) => memory.sql.save_block(other, &seen, &as_stranger, now)?,
            None => memory.sql.renew_block(other, now)?,
        }
        memory.sql.decline_unseen(other, now)?;
    } else {
        memory.sql.lift_block(other, now)?;
    }
    memory.sql.save_hides(&hides)?;
    let action = if call.is_blocked { "block" } else { "unblock" };
    let actor = memory.person.record().user.as_str();
    let act = audit_log::AuditEntry { actor, action, target: other, result: "ok" };
    audit_log::write(&memory.sql.0, now, &act, &call.trace)?;
    Ok(Ok(Some(has_changed(memory, true)?)))
}

/// Returns the two views that `other` has from now on if the person seems to go: as the two are to each other now, and as a stranger. `None` if
/// `other` already sees a stored view, which must stay as it is.
pub fn view_to_store(memory: &PersonMemory, other: &str, now: Millis) -> Result<Option<(Visible, Visible)>, Fault> {
    let views = memory.views()?;
    if memory.sql.has_stored_view(other)? || views.frozen_view_for(other).is_some() {
        return Ok(None);
    }
    let offline = memory.person.as_if_gone(now);
    Ok(Some((views.of(offline.clone(), other), views.of_stranger(offline))))
}

pub fn blocked(object: &PersonObject) -> Result<Vec<(String, u64)>, CallError> {
    object.read_known(|memory| memory.sql.blocked_ids())
}

pub async fn settings(object: &Rc<PersonObject>, change: SettingsChange) -> Result<Settings, CallError> {
    wake_or_begin(object)?;
    let changed = object.step(|memory| Ok(change_in(memory, &change)?))?;
    follow(object, changed).await?;
    Ok(object.with(|memory| settings_in(memory))?)
}

/// Loads the person, who begins with a new record if they are not known yet.
fn wake_or_begin(object: &PersonObject) -> Result<bool, Fault> {
    let user = object.user()?;
    object.wake(Some(record_of(&user, UserKind::of_id(user.as_str()), user.as_str(), "")))
}

fn change_in(memory: &mut PersonMemory, change: &SettingsChange) -> Result<Option<PresenceDelta>, Fault> {
    let before = settings_in(memory)?;
    let settings = before.with(change);
    if settings == before {
        return Ok(None);
    }
    memory.sql.save_settings(&settings)?;
    memory.person.show_last_seen(settings.last_seen);
    let shown_before = memory.person.record().shown_to;
    memory.person.show_to(settings.audiences());
    let has_new_view = memory.person.record().shown_to != shown_before;
    Ok(Some(has_changed(memory, has_new_view)?))
}

/// Returns or changes the time zone that the person publishes (`settings.md` 2). Everybody who may write to the person can read it. A
/// blocked person does not learn of changes.
pub fn clock(object: &Rc<PersonObject>, call: &ClockCall) -> Result<String, CallError> {
    let Some(by) = &call.by else {
        wake_or_begin(object)?;
        return Ok(object.with(|memory| {
            if let Some(zone) = &call.zone {
                memory.sql.save_zone(zone)?;
            }
            memory.sql.zone()
        })?);
    };
    object.read_known(|memory| zone_for(memory, by.as_str()))
}

fn zone_for(memory: &PersonMemory, by: &str) -> Result<String, Fault> {
    let is_contact = memory.sql.relation(by)? == Relation::Contact;
    let (may_write, zone) = (settings_in(memory)?.who_can_write.holds(is_contact), memory.sql.zone()?);
    // A person who has removed the time zone shows it to nobody. Otherwise a blocked person still receives the one of the time of the block.
    let then = memory.sql.view_of_blocked(by)?.filter(|_| !zone.is_empty()).map(|(_, zone)| zone);
    Ok(if may_write { then.unwrap_or(zone) } else { String::new() })
}

/// Tells watchers and rooms of a change.
pub async fn follow(object: &Rc<PersonObject>, changed: Option<PresenceDelta>) -> Result<(), CallError> {
    if let Some(changed) = changed {
        object.apply(changed)?;
        // Rooms that the person enters from now on receive the settings from the session.
        notifications::update_session_cards(object).await?;
        send_to_rooms(object).await?;
    }
    Ok(())
}

// ---- telling rooms

/// Sends the settings to every room that is behind. Only one run is active at a time. The alarm repeats what failed.
pub async fn send_to_rooms(object: &Rc<PersonObject>) -> Result<(), Fault> {
    object.run_alone(&object.runs.is_sending_privacy, send_to_all_rooms(object)).await
}

async fn send_to_all_rooms(object: &Rc<PersonObject>) -> Result<(), Fault> {
    loop {
        let (user, version, behind) = object.with(|memory| {
            let record = memory.person.record();
            let behind = memory.sql.rooms_behind(record.privacy, runtime::now_ms())?;
            Ok((record.user.clone(), record.privacy, behind))
        })?;
        if behind.is_empty() {
            return Ok(());
        }
        let sent = call::in_portions(behind.iter().map(|room| send_to_room(object, &user, &room.name))).await;
        object.with(|memory| {
            for (room, result) in behind.iter().zip(sent) {
                match result {
                    Ok(true) => memory.sql.mark_room_sent(&room.name, version)?,
                    Ok(false) => memory.sql.forget_room_version(&room.name)?,
                    Err(error) => {
                        telemetry::call_failed("privacy", &error);
                        let due_at = runtime::now_ms() + retry_delay_ms(room.tries);
                        memory.sql.delay_room(&room.name, due_at)?;
                    }
                }
            }
            Ok(())
        })?;
    }
}

async fn send_to_room(object: &PersonObject, user: &str, room: &str) -> Result<bool, CallError> {
    let user = UserId::parse(user)?;
    let (privacy, card) = object.with(|memory| Ok((privacy_for(memory, &user, room)?, memory.person.card())))?;
    let hidden = Some(card).filter(|card| !card.is_seen());
    let question = PrivacyCall { user, privacy, hidden };
    SendPrivacy::ask(&object.env, room, &question).await
}

#[cfg(test)]
#[path = "privacy_tests.rs"]
mod tests;
