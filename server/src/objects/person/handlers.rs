//! Calls that the Worker, rooms and other people may make to a person.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::machines::presence::{PresenceChange, PresenceViews};
use protocol::people::contacts::{Privacy, Relation};
use protocol::wire::messenger::{hidden_for_me_json, notification_json, room_added_json};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::status::Status;
use worker::{Request, Response};

use super::belongings::{drafts, emoticons, files, home};
use super::leaving::{deletion, export, export_files};
use super::object::{PersonMemory, PersonObject, record_of};
use super::people::{asking, contacts, group_calls, groups, handles, hidden_from, invites, privacy, reports};
use super::sessions::devices::How;
use super::sessions::{devices, ends, life, upgrade};
use super::tables::{Fact, push_tables};
use super::watching::{notifications, rooms, unread};
use super::{duties, web_push};
use crate::calls::backfill::ReadBackfill;
use crate::calls::belongings::{
    AddEmoticon, ChangeEmoticon, CheckEmoticon, CountEmoticonChange, ListDrafts, ListEmoticons, ReadHome,
    RemoveEmoticon, SaveDraft, WriteHome,
};
use crate::calls::contacts::{
    ActOnContact, BlockPerson, ChangeSettings, ExchangeHalves, HideFrom, ListBlocked, ListContacts, ListHiddenFrom,
    ReadClock, ReadPrivacy, ReadStanding,
};
use crate::calls::files::{ChargeQuota, LinkFile, NoteFile, ReadFile};
use crate::calls::group::{AdmitToGroup, CountInvitations, EndOwnPrograms, ListGroups, ReportMembership};
use crate::calls::handles::{ChangeHandle, FindByHandle};
use crate::calls::invites::{ConfirmInvite, EndInvite, ListInvites, MakeInvite, ReleaseInvite, ShowInvite, UseInvite};
use crate::calls::leaving::{BeginExport, ForgetSender, LeaveForGood, ReadExport};
use crate::calls::moderation::TellModeration;
use crate::calls::person::{
    AddDirect, CONNECT_DEVICE, ChangePresence, ClaimPerson, ConfirmAddress, DeliverToInbox, DirectCall, DirectRow,
    HideMessage, InboxRow, ListConversations, ListDirects, ListInbox, ListSessionIds, MarkRead, NotifyWatcher,
    PostPresence, Profile, ReadCall, ReadPersonView, ReadProfile, ReadViewerPlaces, RenewSession, ReportSockets,
    ReservePlace, SubscribeWatcher, UpgradePerson, WakePerson,
};
use crate::calls::push::{
    AddSubscription, ChoosePush, EndSubscription, ReadPush, RemoveSubscription, SetPushLevel, TestPush,
};
use crate::calls::reports::ReportPerson;
use crate::calls::room::{SendSessionChange, TalkRow};
use crate::calls::{EnterAnswer, EnterCall, HiddenCall, InboxCall, InboxEvent, InboxReader, PresenceWire};
use crate::kit::body::Record;
use crate::kit::request::answers;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Answers one call. Those about devices, sessions and presence are here. Each function below has another subject, and passes all other
/// calls on to the next.
pub(super) async fn answer_request(object: &Rc<PersonObject>, mut request: Request) -> worker::Result<Response> {
    if request.path().trim_start_matches('/') == CONNECT_DEVICE {
        return devices::connect(object, &request).await;
    }
    answers! { request:
        ClaimPerson => |call| life::claim(object, call).await,
        RenewSession => |call| life::renew(object, &call),
        UpgradePerson => |call| upgrade::upgrade(object, &call).await,
        ConfirmAddress => |()| upgrade::confirm_address(object).await,
        SendSessionChange => |call| ends::receive_change(object, &call).await,
        ListSessionIds => |()| sessions(object),
        ReadProfile => |()| profile(object),
        ChangePresence => |change| presence(object, change),
        PostPresence => |change| rest_presence(object, change),
        ReservePlace => |room| rooms::reserve_place(object, &room),
        ReportSockets => |call| enter(object, &call),
        WakePerson => |()| wake(object).await,
        else => about_people(object, request).await
    }
}

/// Answers calls about watchers, privacy and contacts, handles, invites and reports.
async fn about_people(object: &Rc<PersonObject>, mut request: Request) -> worker::Result<Response> {
    answers! { request:
        SubscribeWatcher => |call| notifications::subscribe_watcher(object, &call),
        ReadPersonView => |call| notifications::read_view(object, &call),
        ReadViewerPlaces => |()| notifications::viewer_places(object),
        NotifyWatcher => |view| notifications::receive_change(object, &view),
        ReadPrivacy => |call| privacy::read_privacy(object, &call),
        ReadStanding => |others| privacy::standing(object, &others),
        ChangeSettings => |change| privacy::settings(object, change).await,
        ReadClock => |call| privacy::clock(object, &call),
        BlockPerson => |call| privacy::block(object, call).await,
        ListBlocked => |()| privacy::blocked(object),
        HideFrom => |call| hidden_from::hide_from(object, call).await,
        ListHiddenFrom => |()| hidden_from::list_hidden_from(object),
        ExchangeHalves => |call| contacts::receive_half(object, &call),
        ActOnContact => |call| contacts::act(object, call).await,
        ListContacts => |()| contacts::list_contacts(object),
        ChangeHandle => |call| handles::act(object, &call).await,
        FindByHandle => |call| handles::show_handle(object, &call),
        MakeInvite => |call| invites::make(object, &call),
        ListInvites => |()| invites::list_invites(object),
        EndInvite => |call| invites::end_invite(object, &call),
        ShowInvite => |call| invites::show_invite(object, &call),
        UseInvite => |call| invites::come(object, &call).await,
        ConfirmInvite => |call| invites::finish_use(object, &call),
        ReleaseInvite => |call| invites::back(object, &call),
        ReportPerson => |call| reports::report(object, &call),
        TellModeration => |frame| tell_moderation(object, &frame),
        else => about_rooms(object, request).await
    }
}

/// Answers calls about groups and direct conversations, and about messages for a person who is not in the room on every device.
async fn about_rooms(object: &Rc<PersonObject>, mut request: Request) -> worker::Result<Response> {
    answers! { request:
        AdmitToGroup => |call| groups::admit(object, &call),
        ReportMembership => |call| groups::update_membership(object, &call),
        ListGroups => |()| groups::list_groups(object),
        CountInvitations => |call| asking::count_invitations(object, &call).await,
        EndOwnPrograms => |made_since| group_calls::end_own_programs(object, made_since).await,
        AddDirect => |call| direct(object, &call),
        ListDirects => |()| directs(object),
        ListConversations => |()| talks(object),
        DeliverToInbox => |call| deliver(object, &call),
        HideMessage => |call| hidden(object, &call),
        ListInbox => |()| inbox(object),
        MarkRead => |call| mark_read(object, &call),
        else => about_belongings(object, request).await
    }
}

/// Answers calls about web push, files, drafts, what the account arranges and emoticons, about the archive of a person's data, and about the deletion of a person.
async fn about_belongings(object: &Rc<PersonObject>, mut request: Request) -> worker::Result<Response> {
    answers! { request:
        ReadPush => |call| web_push::state(object, &call),
        AddSubscription => |call| web_push::add(object, &call),
        RemoveSubscription => |call| web_push::remove(object, &call),
        EndSubscription => |call| web_push::end(object, &call),
        ChoosePush => |call| web_push::choose(object, &call),
        SetPushLevel => |call| web_push::set_level(object, &call),
        TestPush => |()| web_push::test(object).await,
        ChargeQuota => |call| files::charge(object, &call),
        NoteFile => |call| files::finish_upload(object, &call),
        ReadFile => |id| files::find(object, &id),
        LinkFile => |call| files::linked(object, &call),
        SaveDraft => |call| drafts::put(object, call),
        ListDrafts => |()| drafts::list_drafts(object),
        ReadHome => |since| home::read(object, since),
        WriteHome => |Record(fields)| home::write(object, &fields),
        ListEmoticons => |()| emoticons::list_emoticons(object).map(Record),
        CountEmoticonChange => |()| emoticons::charge(object).map(Record),
        AddEmoticon => |call| emoticons::add(object, &call).map(Record),
        ChangeEmoticon => |call| emoticons::change(object, &call).map(Record),
        RemoveEmoticon => |id| emoticons::remove(object, &id),
        CheckEmoticon => |file| emoticons::is_allowed(object, &file),
        BeginExport => |call| export::begin(object, &call),
        ReadExport => |call| export::read_state(object, &call),
        LeaveForGood => |call| deletion::ask(object, &call).await,
        ForgetSender => |call| deletion::forget_entries(object, &call),
        ReadBackfill => |call| export_files::read_backfill(object, &call),
    }
}

/// Wakes the object for the cron, which knows that work of this person waits (`messagehub.md` 8). A person who is not known has no such
/// work.
async fn wake(object: &Rc<PersonObject>) -> Result<(), CallError> {
    duties::ring(object).await;
    Ok(duties::report_backlog(object, true).await?)
}

fn sessions(object: &PersonObject) -> Result<Vec<String>, CallError> {
    object.read_known(|memory| Ok(memory.sql.sessions()?.into_iter().map(|(id, _)| id).collect()))
}

fn profile(object: &PersonObject) -> Result<Profile, CallError> {
    if !object.wake_if_known()? {
        return Ok(profile_of_nobody(&object.user()?));
    }
    Ok(profile_in(object)?)
}

fn profile_in(object: &PersonObject) -> Result<Profile, Fault> {
    object.with(|memory| {
        let record = memory.person.record();
        Ok(Profile {
            choice: record.choice,
            name: record.name.clone(),
            avatar: record.avatar.clone(),
            message: record.words().to_owned(),
            kind: record.kind,
            handle: handles::own(&memory.sql.0)?.handle,
            views: memory.views()?,
            notification_choices: push_tables::choices(&memory.sql.0)?.unwrap_or_default(),
            restored_at: memory.sql.fact(Fact::RestoredAt)?,
            exists: true,
        })
    })
}

fn profile_of_nobody(user: &UserId) -> Profile {
    let record = record_of(user, UserKind::Guest, user.as_str(), "");
    let (name, avatar, message) = (record.name, record.avatar, record.message);
    let (kind, views) = (record.kind, PresenceViews::plain(record.shown));
    Profile {
        choice: Status::Online,
        name,
        avatar,
        message,
        kind,
        handle: None,
        views,
        notification_choices: String::new(),
        restored_at: 0,
        exists: false,
    }
}

fn change_of(wire: PresenceWire) -> Result<PresenceChange, Refusal> {
    let PresenceWire { status, display_name, personal_message, avatar_id, until } = wire;
    let status =
        status.map(|word| Status::parse(&word).ok_or(Refusal::validation("status", "Unknown status."))).transpose()?;
    Ok(PresenceChange {
        status,
        display_name,
        personal_message,
        avatar_id,
        until,
        status_text: None,
        idle: None,
        visible: None,
    })
}

fn presence(object: &Rc<PersonObject>, change: PresenceWire) -> Result<(), CallError> {
    object.wake_if_known()?;
    let changed = devices::choose(object, runtime::now_ms(), change_of(change)?, How::InRoom)?;
    Ok(object.apply(changed)?)
}

fn rest_presence(object: &Rc<PersonObject>, change: PresenceWire) -> Result<Profile, CallError> {
    object.wake_if_known()?;
    let changed = devices::choose(object, runtime::now_ms(), change_of(change)?, How::ByRest)?;
    object.apply(changed)?;
    Ok(profile_in(object)?)
}

fn enter(object: &Rc<PersonObject>, call: &EnterCall) -> Result<EnterAnswer, CallError> {
    if object.wake_if_known()? {
        return Ok(rooms::entered(object, call)?);
    }
    Ok(EnterAnswer {
        card: None,
        ended: call.sessions.iter().map(|session| rooms::ended(session)).collect(),
        surplus: 0,
    })
}

fn direct(object: &PersonObject, call: &DirectCall) -> Result<(), CallError> {
    object.wake_known()?;
    let by_blocked = |memory: &PersonMemory| -> Result<bool, Fault> {
        Ok(match &call.opened_by {
            Some(by) => memory.sql.hides()?.blocks(by.as_str()),
            None => false,
        })
    };
    // A conversation that a blocked person opens stays invisible until the block ends. The blocked person sees the same answer as without
    // the block.
    let now = runtime::now_ms();
    let is_new = object.with(|memory| match by_blocked(memory)? {
        true => memory.sql.add_unseen_direct(&call.room, now).map(|()| false),
        false => memory.sql.add_direct(&call.room, now),
    })?;
    if let Some(by) = call.opened_by.as_ref().filter(|_| is_new) {
        object.send_to_all(&room_added_json(&call.room_json, by.as_str()))?;
    }
    Ok(())
}

fn directs(object: &PersonObject) -> Result<Vec<DirectRow>, CallError> {
    object.read_known(|memory| memory.sql.directs())
}

fn talks(object: &PersonObject) -> Result<Vec<TalkRow>, CallError> {
    object.read_known(|memory| memory.sql.talks())
}

/// Stores entries from a room, each once, however often they are delivered (`push.md` 1).
fn deliver(object: &Rc<PersonObject>, call: &InboxCall) -> Result<Option<InboxReader>, CallError> {
    // A guest who is forgotten has no inbox, so the room need not try again.
    if !object.wake_if_known()? {
        return Ok(None);
    }
    // Devices receive the same number as every list shows (`messenger.md` 8): the room counts it for the current reader.
    let user = object.user()?;
    let reader = object.with(|memory| reader_in(memory, &user, &call.room))?;
    let is_counted = match &call.counted_for {
        Some(key) => *key == reader.key(),
        None => reader.is_anybody(),
    };
    if !is_counted {
        return Ok(Some(reader));
    }
    if call.events.iter().all(|event| event.was_here && event.target.is_none()) {
        note_push(object, call)?;
        send_to_other_devices(object, call)?;
        return Ok(None);
    }
    let StoredEntries { fresh, is_pushed } = store_entries(object, call)?;
    if is_pushed {
        object.arrange_alarm()?;
        web_push::send_soon(object);
    }
    for event in fresh {
        let takes_nudge = object.with(|memory| takes_nudge(memory, event))?;
        object.send_to_all(&notification_json(&event.json, event.unread, takes_nudge))?;
    }
    send_to_other_devices(object, call)?;
    if call.events.iter().any(|event| event.target.is_some() && event.json.is_empty()) {
        unread::recount(object, [call.room.as_str()]);
    }
    Ok(None)
}

/// New entries of a delivery, and if a notification waits to be sent.
#[derive(Default)]
struct StoredEntries<'a> {
    fresh: Vec<&'a InboxEvent>,
    is_pushed: bool,
}

fn store_entries<'a>(object: &PersonObject, call: &'a InboxCall) -> Result<StoredEntries<'a>, Fault> {
    let now = runtime::now_ms();
    let oldest = now.saturating_sub(object.inbox_ms());
    object.in_step(|| object.with(|memory| store_in(memory, call, now, oldest)))
}

/// Stores the entries that the person may see, unless the person left the group, and removes those before `oldest`.
fn store_in<'a>(
    memory: &PersonMemory,
    call: &'a InboxCall,
    now: Millis,
    oldest: Millis,
) -> Result<StoredEntries<'a>, Fault> {
    let mut stored = StoredEntries::default();
    if memory.sql.has_left_group(&call.room, now)? {
        return Ok(stored);
    }
    for event in seen_of(memory, call, now)? {
        if let Some(target) = event.target {
            memory.sql.change_entry(&call.room, target, &event.json)?;
            web_push::note_change(memory, &call.room, target, event)?;
        } else if !event.was_here && memory.sql.add_entry(&call.room, event)? {
            stored.fresh.push(event);
        }
    }
    stored.is_pushed = web_push::note(memory, call, now)?;
    memory.sql.trim_inbox(oldest)?;
    Ok(stored)
}

/// Returns the events that the person may see, and notes the time of the room's last activity.
fn seen_of<'a>(memory: &PersonMemory, call: &'a InboxCall, now: Millis) -> Result<Vec<&'a InboxEvent>, Fault> {
    let visible_from = memory.sql.fact(Fact::VisibleFrom)?;
    let hides = memory.sql.hides()?;
    let is_seen = |event: &&InboxEvent| event.ts > visible_from && !hides.covers(&event.sender, event.ts);
    let seen: Vec<&InboxEvent> = call.events.iter().filter(is_seen).collect();
    if let Some(last) = seen.last() {
        memory.sql.note_activity(&call.room, last.ts)?;
    }
    if call.room.starts_with("dm_") {
        let is_unseen = |event: &InboxEvent| event.ts > visible_from && hides.covers(&event.sender, event.ts);
        if !seen.is_empty() {
            memory.sql.add_direct(&call.room, now)?;
        } else if call.events.iter().any(is_unseen) {
            memory.sql.add_unseen_direct(&call.room, now)?;
        }
    }
    Ok(seen)
}

/// Returns the person as the current reader. A persona's player reads nothing of an earlier player.
fn reader_in(memory: &PersonMemory, user: &UserId, room: &str) -> Result<InboxReader, Fault> {
    let Principal { session, visible_from, .. } = unread::reader(memory)?;
    let privacy = privacy::privacy_for(memory, user, room)?;
    Ok(InboxReader {
        // Contacts change nothing about what a person may read, and neither do people to whom the person appears offline.
        privacy: Privacy { contacts: BTreeSet::new(), hidden_from: BTreeSet::new(), ..privacy },
        visible_from,
        session,
    })
}

/// Adds notifications for events in a room where a device of the person is: another device that is not in view may need them.
fn note_push(object: &Rc<PersonObject>, call: &InboxCall) -> Result<(), Fault> {
    if object.in_step(|| object.with(|memory| web_push::note(memory, call, runtime::now_ms())))? {
        object.arrange_alarm()?;
        web_push::send_soon(object);
    }
    Ok(())
}

/// The other devices are notified of events in a room that is open on one device; nothing is stored.
fn send_to_other_devices(object: &PersonObject, call: &InboxCall) -> Result<(), Fault> {
    let (keys, seen) = object.with(|memory| {
        let open = memory.sql.live_in(&call.room)?;
        let others = memory.devices.iter().filter(|(_, device)| !open.contains(&device.attachment.session));
        let keys: Vec<u32> = others.map(|(key, _)| *key).collect();
        let (visible_from, hides) = (memory.sql.fact(Fact::VisibleFrom)?, memory.sql.hides()?);
        let is_delivered = |event: &&InboxEvent| event.was_here && event.target.is_none();
        let is_seen = |event: &&InboxEvent| {
            is_delivered(event) && event.ts > visible_from && !hides.covers(&event.sender, event.ts)
        };
        Ok((keys, call.events.iter().filter(is_seen).collect::<Vec<&InboxEvent>>()))
    })?;
    for event in seen.into_iter().filter(|_| !keys.is_empty()) {
        let takes_nudge = object.with(|memory| takes_nudge(memory, event))?;
        object.send_frame(&keys, &notification_json(&event.json, event.unread, takes_nudge));
    }
    Ok(())
}

/// Returns `true` if the person accepts a nudge of its sender now (`messenger.md` 5.4). The room cannot decide that for a person who is not
/// in it.
fn takes_nudge(memory: &PersonMemory, event: &InboxEvent) -> Result<bool, Fault> {
    let is_contact = memory.sql.relation(&event.sender)? == Relation::Contact;
    let is_wanted = privacy::settings_in(memory)?.nudges.holds(is_contact);
    Ok(is_wanted && memory.person.record().status().takes_shakes())
}

/// Removes a message that was deleted for this person alone from the inbox, and from all devices.
fn hidden(object: &Rc<PersonObject>, call: &HiddenCall) -> Result<(), CallError> {
    if object.wake_if_known()? {
        object.with(|memory| {
            push_tables::forget_message(&memory.sql.0, &call.room, &call.message)?;
            memory.sql.forget_entry(&call.room, &call.message)
        })?;
        object.send_to_all(&hidden_for_me_json(&call.room, &call.message))?;
        unread::recount(object, [call.room.as_str()]);
    }
    Ok(())
}

fn inbox(object: &PersonObject) -> Result<Vec<InboxRow>, CallError> {
    let oldest = runtime::now_ms().saturating_sub(object.inbox_ms());
    object.read_known(|memory| {
        memory.sql.trim_inbox(oldest)?;
        memory.sql.inbox()
    })
}

/// Stores how far the person has read, on whatever device. A receipt changes the number of unread messages, which all devices get.
fn mark_read(object: &Rc<PersonObject>, call: &ReadCall) -> Result<(), CallError> {
    if !object.wake_if_known()? {
        return Ok(());
    }
    object.in_step(|| object.with(|memory| mark_read_in(memory, call)))?;
    if call.is_receipt {
        unread::recount(object, call.places.iter().map(|(room, _)| room.as_str()));
    }
    Ok(())
}

/// Ends what waits up to these positions. After a receipt, events up to its position that arrive late do not wait either. A client that
/// empties the inbox may name any position, so it ends only what waits now.
fn mark_read_in(memory: &PersonMemory, call: &ReadCall) -> Result<(), Fault> {
    call.places.iter().try_for_each(|(room, seq)| {
        push_tables::was_read(&memory.sql.0, room, 0, *seq)?;
        if call.is_receipt { memory.sql.read_to(room, *seq) } else { memory.sql.see(room, *seq) }
    })
}

/// Sends a frame about an act of a moderator to all devices (`moderation.md` 3). Whoever is away finds the act on the page `/moderation`.
fn tell_moderation(object: &PersonObject, frame: &str) -> Result<(), CallError> {
    if object.wake_if_known()? {
        object.send_to_all(frame)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "handlers_tests.rs"]
mod tests;
