//! Tells people's objects how they stand to a group, and the directory which groups are public (`core.md` 1.1).
//!
//! The row was written with the change. What is told is how things are now, with the change's version: a repetition, or
//! a word that comes late, changes nothing.

use protocol::machines::room::{DIRECTORY, Group, GroupNotification, GroupStore, Membership, Role, Room};
use protocol::wire::messenger::group_json;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::retry::retry_delay_ms;

use super::RoomObject;
use crate::calls::directory::{AddName, NameCall, UpdateGroup};
use crate::calls::group::{MembershipCall, PublicGroupCall, ReportMembership};
use crate::kit::request::Request;
use crate::kit::{call, directory};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Objects that are told side by side.
const SIDE_BY_SIDE: usize = 20;

/// Returns the news that has not been told yet.
pub(super) fn waiting(object: &RoomObject) -> Vec<GroupNotification> {
    object.with(|_, store| Ok(store.news()?)).unwrap_or_default()
}

/// Tells what is due. True when there was something.
pub(super) async fn send_due(object: &RoomObject) -> Result<bool, Fault> {
    let now = runtime::now_ms();
    let due: Vec<GroupNotification> =
        waiting(object).into_iter().filter(|news| news.due_at <= now).take(SIDE_BY_SIDE).collect();
    let told = call::in_portions(due.iter().map(|news| send(object, news))).await;
    for (news, result) in due.iter().zip(told) {
        match result {
            Ok(()) => object.settle(|store| store.news_done(&news.about, news.version))?,
            Err(error) => {
                telemetry::call_failed("membership", &error);
                let due_at: Millis = runtime::now_ms() + retry_delay_ms(news.tries);
                object.settle(|store| store.news_retry(&news.about, due_at))?;
            }
        }
    }
    Ok(!due.is_empty())
}

/// Tells one person, if there is anything to tell, before they have their answer: the next thing they ask for may be the list of
/// their groups. What fails is left to the outbox.
pub(super) async fn send_to(object: &RoomObject, user: &UserId) {
    for news in waiting(object).into_iter().filter(|news| news.about == user.as_str()) {
        if send(object, &news).await.is_ok() {
            let done = object.settle(|store| store.news_done(&news.about, news.version));
            done.unwrap_or_else(|fault| telemetry::fault("membership", &fault));
        }
    }
}

async fn send(object: &RoomObject, news: &GroupNotification) -> Result<(), CallError> {
    if news.about != DIRECTORY {
        let question = object.with(|room, _| membership(room, news))?;
        return ReportMembership::ask(&object.env, &news.about, &question).await;
    }
    let room = object.with(|room, _| Ok(room.id().as_str().to_owned()))?;
    let shard = directory::shard_of(&room);
    let listing = object.with(|room, _| Ok(room.group().map(|group| listing(room, group, news))))?;
    match listing {
        Some(question) => UpdateGroup::ask(&object.env, &shard, &question).await,
        None => AddName::ask(&object.env, &shard, &NameCall { kind: "room".to_owned(), name: room }).await,
    }
}

fn membership(room: &Room, news: &GroupNotification) -> Result<MembershipCall, Denied> {
    let group = room.group().ok_or(Denied::Refused(Refusal::NotFound))?;
    let member = group.find(&news.about).filter(|member| member.standing != Membership::Barred);
    let by = member.map(|member| member.by.clone()).unwrap_or_default();
    let by_name = group.find(&by).map(|member| member.name.clone()).unwrap_or_default();
    Ok(MembershipCall {
        user: UserId::parse(&news.about)?,
        room: room.id().as_str().to_owned(),
        version: news.version,
        standing: member.map(|member| member.standing),
        role: member.map_or(Role::Member, |member| member.role),
        name: group.record.name.clone(),
        by,
        by_name,
        room_json: group_json(room, group, &news.about),
        is_private: !group.is_public(),
    })
}

fn listing(room: &Room, group: &Group, news: &GroupNotification) -> PublicGroupCall {
    PublicGroupCall {
        room: room.id().as_str().to_owned(),
        version: news.version,
        name: group.record.name.clone(),
        member_count: group.people().count(),
        is_gone: group.record.is_deleted,
    }
}
