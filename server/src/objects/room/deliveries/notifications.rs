//! Notifies people's objects of their standing in a group, and the directory of public groups (`core.md` 1.1).
//!
//! The row was written with the change. The notification contains the current state with the change's version, so a repetition or a late one
//! changes nothing.

use protocol::machines::room::{DIRECTORY, Group, GroupNotification, GroupStore, Membership, Role, Room};
use protocol::wire::messenger::group_json;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::retry::retry_delay_ms;

use crate::calls::directory::{AddName, NameCall, UpdateGroup};
use crate::calls::group::{MembershipCall, PublicGroupCall, ReportMembership};
use crate::kit::request::Request;
use crate::kit::{call, directory};
use crate::objects::room::object::RoomObject;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

const SIDE_BY_SIDE: usize = 20;

/// Returns the notifications that have not been sent yet.
pub fn waiting(object: &RoomObject) -> Vec<GroupNotification> {
    object.with(|_, store| Ok(store.notifications()?)).unwrap_or_default()
}

/// Sends the notifications that are due. Returns `true` if there were any.
pub async fn send_due(object: &RoomObject) -> Result<bool, Fault> {
    let now = runtime::now_ms();
    let due: Vec<GroupNotification> =
        waiting(object).into_iter().filter(|notification| notification.due_at <= now).take(SIDE_BY_SIDE).collect();
    let sent = call::in_portions(due.iter().map(|notification| send(object, notification))).await;
    for (notification, result) in due.iter().zip(sent) {
        match result {
            Ok(()) => object.settle(|store| store.notification_done(&notification.about, notification.version))?,
            Err(error) => {
                telemetry::call_failed("membership", &error);
                let due_at: Millis = runtime::now_ms() + retry_delay_ms(notification.tries);
                object.settle(|store| store.notification_retry(&notification.about, due_at))?;
            }
        }
    }
    Ok(!due.is_empty())
}

/// Notifies one person before their call is answered, if there is a notification: they may request the list of their groups next. The outbox
/// repeats a failed one.
pub async fn send_to(object: &RoomObject, user: &UserId) {
    for notification in waiting(object).into_iter().filter(|notification| notification.about == user.as_str()) {
        if send(object, &notification).await.is_ok() {
            let done = object.settle(|store| store.notification_done(&notification.about, notification.version));
            done.unwrap_or_else(|fault| telemetry::fault("membership", &fault));
        }
    }
}

async fn send(object: &RoomObject, notification: &GroupNotification) -> Result<(), CallError> {
    if notification.about != DIRECTORY {
        let question = object.with(|room, _| membership(room, notification))?;
        return ReportMembership::ask(&object.env, &notification.about, &question).await;
    }
    let listing_of = |room: &Room| room.group().map(|group| listing(room, group, notification));
    let (room, listing) = object.with(|room, _| Ok((room.id().as_str().to_owned(), listing_of(room))))?;
    let shard = directory::shard_of(&room);
    match listing {
        Some(question) => UpdateGroup::ask(&object.env, &shard, &question).await,
        None => AddName::ask(&object.env, &shard, &NameCall { kind: "room".to_owned(), name: room }).await,
    }
}

fn membership(room: &Room, notification: &GroupNotification) -> Result<MembershipCall, Denied> {
    let group = room.group().ok_or(Denied::Refused(Refusal::NotFound))?;
    let member = group.find(&notification.about).filter(|member| member.standing != Membership::Barred);
    let by = member.map(|member| member.by.clone()).unwrap_or_default();
    let by_name = group.find(&by).map(|member| member.name.clone()).unwrap_or_default();
    Ok(MembershipCall {
        room: room.id().as_str().to_owned(),
        version: notification.version,
        standing: member.map(|member| member.standing),
        role: member.map_or(Role::Member, |member| member.role),
        name: group.record.name.clone(),
        by,
        by_name,
        room_json: group_json(room, group, &notification.about),
        is_private: !group.is_public(),
    })
}

fn listing(room: &Room, group: &Group, notification: &GroupNotification) -> PublicGroupCall {
    PublicGroupCall {
        room: room.id().as_str().to_owned(),
        version: notification.version,
        name: group.record.name.clone(),
        member_count: group.people().count(),
        is_gone: group.record.is_deleted,
    }
}
