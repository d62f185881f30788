//! A person's groups (`people.md` 2): the list of them, invitations, and free places for more.
//!
//! The list is a copy. Each group's own object is authoritative, and notifies this one through its outbox.

use std::rc::Rc;

use protocol::machines::room::{Actor, GroupChange, Membership};
use protocol::people::contacts::Relation;
use protocol::wire::messenger::{room_added_json, room_invited_json, room_removed_json};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::GROUPS_PER_USER_MAX;
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};

use super::{group_calls, privacy};
use crate::calls::group::{AdmitAnswer, AdmitCall, ChangeGroupCall, GroupRow, MembershipCall};
use crate::calls::room::ChangeGroup;
use crate::kit::request::Request;
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::tables::group_tables::LEFT;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

pub fn list_groups(object: &PersonObject) -> Result<Vec<GroupRow>, CallError> {
    object.read_known(|memory| memory.sql.groups())
}

/// Returns if somebody may bring the person into a group, and how: a contact at once, others after an invitation. Personas accept at once,
/// as they do with requests (`people.md` 3).
///
/// A blocked sender learns nothing: the invitation is never shown. The same holds for a sender from whom the person takes no invitations
/// (`settings.md` 1). So the answer is the same in both cases.
pub fn admit(object: &PersonObject, call: &AdmitCall) -> Result<AdmitAnswer, CallError> {
    object.wake_known()?;
    let now = runtime::now_ms();
    let admitted = object.with(|memory| admitted(memory, call, now))?;
    let full = || Refusal::over_limit("userIds", "Someone here is in too many groups.", GROUPS_PER_USER_MAX);
    admitted.ok_or_else(|| full().into())
}

/// Returns `None` if there is no place for one more group.
fn admitted(memory: &PersonMemory, call: &AdmitCall, now: Millis) -> Result<Option<AdmitAnswer>, Fault> {
    let is_asked = is_asked(memory, &call.by)?;
    // This is the name that the sender may see: a changed name would reveal that this person is active.
    let name = memory.views()?.to(call.by.as_str()).display_name;
    let known = memory.sql.known(&call.room)?.map(|known| known.standing);
    let is_member = known.as_deref() == Some(Membership::Member.as_str());
    // Invitations do not count as groups, and one more takes the place of the oldest: strangers could otherwise fill the list. Nor does a
    // persona's list fill, whom strangers bring in at once: its oldest group goes. A bot has no list.
    let kind = memory.person.record().kind;
    if !is_member && !is_asked && kind != UserKind::Bot {
        if kind != UserKind::Persona && memory.sql.count_others(&call.room, now)? >= GROUPS_PER_USER_MAX as u64 {
            return Ok(None);
        }
        memory.sql.reserve_place(&call.room, now)?;
    }
    Ok(Some(AdmitAnswer { name, is_asked }))
}

fn is_asked(memory: &PersonMemory, by: &UserId) -> Result<bool, Fault> {
    let accepts_at_once = matches!(memory.person.record().kind, UserKind::Persona | UserKind::Bot);
    let is_contact = memory.sql.relation(by.as_str())? == Relation::Contact;
    let is_own = memory.person.record().user == by.as_str();
    Ok(!is_own && (!accepts_invitations_of(memory, by.as_str())? || !(accepts_at_once || is_contact)))
}

/// Returns `true` if invitations of `by` reach the person.
fn accepts_invitations_of(memory: &PersonMemory, by: &str) -> Result<bool, Fault> {
    let is_contact = memory.sql.relation(by)? == Relation::Contact;
    Ok(!memory.sql.hides()?.blocks(by) && privacy::settings_in(memory)?.who_can_add.holds(is_contact))
}

/// Takes the oldest groups out of a list that has too many of a kind that strangers can add, and notes that the person goes there. Returns
/// them.
fn surplus(memory: &PersonMemory, now: Millis) -> Result<Vec<String>, Fault> {
    let mut dropped = memory.sql.let_oldest_go(Membership::Invited)?;
    if memory.person.record().kind == UserKind::Persona {
        dropped.extend(memory.sql.let_oldest_go(Membership::Member)?);
    }
    dropped.iter().try_for_each(|room| group_calls::enqueue_decline(memory, room, now))?;
    Ok(dropped)
}

/// Stores the person's standing in a group. A notification that is older than the stored state changes nothing.
pub fn update_membership(object: &Rc<PersonObject>, call: &MembershipCall) -> Result<(), CallError> {
    // A person who is gone needs no notification, and nobody reads the groups of a bot.
    if UserKind::of_id(object.user()?.as_str()) == UserKind::Bot || !object.wake_if_known()? {
        return Ok(());
    }
    let now = runtime::now_ms();
    let (frame, dropped) =
        object.in_step(|| object.with(|memory| Ok((take(memory, call, now)?, surplus(memory, now)?))))?;
    if !dropped.is_empty() {
        group_calls::spawn_sending(object);
        object.arrange_alarm()?;
    }
    let removals = dropped.iter().map(|room| room_removed_json(room));
    frame.into_iter().chain(removals).try_for_each(|frame| Ok(object.send_to_all(&frame)?))
}

/// Stores the notification of a group. Returns the frame for the person's devices.
fn take(memory: &PersonMemory, call: &MembershipCall, now: Millis) -> Result<Option<String>, Fault> {
    let known = memory.sql.known(&call.room)?;
    if known.as_ref().is_some_and(|known| known.version >= call.version) {
        return Ok(None);
    }
    let standing = match call.standing {
        Some(Membership::Member) => Membership::Member.as_str(),
        // The invitation of a blocked sender is not shown, nor is one that the person's settings refuse.
        Some(Membership::Invited) if accepts_invitations_of(memory, &call.by)? => Membership::Invited.as_str(),
        _ => LEFT,
    };
    memory.sql.save_membership(call, standing, now)?;
    if standing == LEFT {
        memory.sql.forget_entries(&call.room)?;
    } else if standing == Membership::Member.as_str() {
        group_calls::forget_decline(&memory.sql.0, &call.room)?;
    }
    let (before, was_reserved) = match &known {
        Some(known) => (known.standing.as_str(), known.standing == LEFT && known.accepting_at > 0),
        None => (LEFT, false),
    };
    // This also covers a reserved place: a page may already know the outcome from the answer to its call.
    let was_there = before != LEFT || was_reserved;
    Ok(match call.standing {
        _ if before == standing && !was_reserved => None,
        Some(Membership::Member) => Some(room_added_json(&call.room_json, &call.by)),
        Some(Membership::Invited) if standing != LEFT => {
            Some(room_invited_json(&call.room_json, &call.by, &call.by_name))
        }
        _ if was_there => Some(room_removed_json(&call.room)),
        _ => None,
    })
}

/// Removes a guest who is forgotten from every group. Returns `true` if all groups have accepted that.
pub async fn leave_all(object: &PersonObject) -> Result<bool, Fault> {
    let (rows, by) = object.with(|memory| {
        let record = memory.person.record();
        let user = UserId::parse(&record.user).map_err(|refusal| Fault(refusal.to_string()))?;
        Ok((memory.sql.groups()?, Actor { user, name: record.name.clone() }))
    })?;
    let mut all_know = true;
    for row in rows {
        let change = GroupChange::Remove { user: by.user.clone() };
        let question = ChangeGroupCall { by: by.clone(), change, trace: Default::default() };
        match ChangeGroup::ask(&object.env, &row.room, &question).await {
            Ok(()) | Err(CallError::Refused(_)) => {}
            Err(error) => {
                telemetry::call_failed("group-change", &error);
                all_know = false;
            }
        }
    }
    Ok(all_know)
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
