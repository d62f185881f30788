//! Calls of the Worker and of other objects to a room.

use std::rc::Rc;

use protocol::content::files::file_ids;
use protocol::log::Cursor;
use protocol::machines::room::{Join, LimitRule, Notification, Write};
use protocol::people::moderation::Standing;
use protocol::wire::messenger::{self, EventView};
use protocol::words::event::{Kind, Millis};
use protocol::words::ids::RoomId;
use protocol::words::refusal::{Denied, Refusal};
use worker::{Request, Response, WebSocketPair};

use super::bots::{cast, integrations, own_bots};
use super::deliveries::outbox;
use super::leaving::{deletion, export};
use super::messages::{changes, files, held, pins, reported};
use super::metrics::{counted, door_of};
use super::object::{RoomObject, attach};
use super::people::{groups, privacy};
use super::reading::{backfill, embedding, history, pages, search};
use super::{demo, duties};
use crate::calls::backfill::ReadBackfill;
use crate::calls::group::ReadInvited;
use crate::calls::hub::{ListDeadLetters, RemoveDead, RetryDead};
use crate::calls::integrations::{AddIntegration, ListIntegrations, RemoveIntegration, WriteIntegrationMessage};
use crate::calls::moderation::{self, RemoveMessage, SendModeration};
use crate::calls::own_bots::{AddOwnBot, ChangeOwnBot, EndPrograms, ListOwnBots, OpenOwnBot, RemoveOwnBot};
use crate::calls::person::ReservePlace;
use crate::calls::reports::ReadReported;
use crate::calls::room::{
    AskDemo, CardCall, ChangeGroup, ChangeMessage, ExportLines, FindEmoticon, FindFile, ForgetPerson, JOIN,
    JOIN_HEADER, JoinCall, MakeDemo, MakeGroup, OpenRoom, PostAnswer, PostCall, PostMessage, ReadEmbedPage,
    ReadEmbedding, ReadEvents, ReadHistory, ReadPage, ReadPeople, ReadSummary, RoomCall, RoomSummary, SearchRoom,
    SendCard, SendPrivacy, SendSessionChange, SetEmbedding, SetPin, WakeRoom,
};
use crate::calls::writing_rules::{JudgeHeld, ListHeld};
use crate::calls::{SessionCall, SessionChange};
use crate::kit::body::{Json, Record};
use crate::kit::call::{self, refuse};
use crate::kit::gathering::Gathering;
use crate::kit::jobs;
use crate::kit::namespace::Namespace;
use crate::kit::request::{Request as _, answers};
use crate::outbound::dead_letters;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// A join whose session was checked may come after the notification of its end, but not later than this.
const ENDED_MS: Millis = 10_000;

/// Answers one call.
pub(super) async fn answer_request(object: &Rc<RoomObject>, mut request: Request) -> worker::Result<Response> {
    if request.path().trim_start_matches('/') == JOIN {
        return join(object, &request).await;
    }
    answers! { request:
        ReadPage => |call| pages::page(object, &call).await.map(Json),
        ReadHistory => |call| history::history(object, &call).await.map(Json),
        PostMessage => |call| post(object, &call).await,
        ChangeMessage => |call| changes::change(object, &call).await,
        SetPin => |call| pins::pin(object, &call).await.map(Json),
        SearchRoom => |call| search::search(object, &call).await,
        FindFile => |call| files::find_shown_file(object, &call).await,
        FindEmoticon => |call| files::emoticon(object, &call).await,
        OpenRoom => |call| open(object, &call).await,
        ReadSummary => |call| summary(object, &call).await,
        ReadPeople => |reader| groups::people(object, &reader),
        ReadInvited => |call| groups::invited(object, &call),
        MakeGroup => |call| groups::make(object, &call).await,
        ChangeGroup => |call| groups::change(object, &call).await,
        MakeDemo => |call| demo::make(object, &call).await,
        AskDemo => |call| demo::answer(object, &call).await.map(Json),
        SendSessionChange => |call| session(object, call),
        SendPrivacy => |call| privacy::update_settings(object, &call),
        SendCard => |call| card(object, &call).await,
        ExportLines => |call| export::export(object, &call).await,
        ForgetPerson => |call| deletion::forget(object, &call).await,
        ReadBackfill => |call| backfill::read_backfill(object, &call),
        ReadEvents => |seqs| backfill::read_events(object, &seqs),
        WakeRoom => |()| wake(object).await,
        RemoveMessage => |call| changes::remove(object, &call).await,
        SendModeration => |Record(standing)| learn_moderation(standing),
        ListHeld => |()| held::list(object).map(Record),
        JudgeHeld => |call| held::judge(object, &call),
        ReadReported => |call| reported::read(object, &call).await.map(Record),
        ListIntegrations => |by| integrations::list(object, &by),
        AddIntegration => |call| integrations::add(object, &call),
        RemoveIntegration => |call| integrations::remove(object, &call),
        WriteIntegrationMessage => |call| integrations::write(object, &call),
        ReadEmbedding => |by| embedding::read(object, &by),
        SetEmbedding => |call| embedding::set(object, &call),
        ReadEmbedPage => |()| embedding::page(object),
        ListOwnBots => |by| own_bots::list(object, &by),
        AddOwnBot => |call| own_bots::add(object, &call),
        ChangeOwnBot => |call| own_bots::change(object, &call),
        RemoveOwnBot => |call| own_bots::remove(object, &call),
        OpenOwnBot => |call| own_bots::open(object, &call),
        EndPrograms => |call| own_bots::end_programs(object, &call),
        ListDeadLetters => |call| dead_letters::list(object, &call).await,
        RetryDead => |call| dead_letters::retry(object, &call).await,
        RemoveDead => |call| dead_letters::remove(object, &call).await,
    }
}

/// Wakes the object for the cron, which knows that work waits here (`messagehub.md` 8).
async fn wake(object: &Rc<RoomObject>) -> Result<(), CallError> {
    if object.exists()? {
        duties::ring(object, true).await;
    } else {
        // A room whose day is over has nothing left that could wait, whatever its last report said.
        let name = Namespace::Room.object_name(object.id()?.as_str());
        object.backlog.send(&object.env, name, 0, jobs::gauges(duties::KINDS, &[]), true).await;
    }
    Ok(())
}

/// Replaces this isolate's copy of the state of moderation, so that the room of an act applies it at once (`moderation.md` 2.1).
fn learn_moderation(standing: Standing) -> Result<(), CallError> {
    moderation::keep(standing);
    Ok(())
}

/// Accepts a socket in one synchronous step without a call, unless the person's settings changed since the room last received them. The
/// person's own object is notified of the socket afterwards (`people::presence`).
async fn join(object: &Rc<RoomObject>, request: &Request) -> worker::Result<Response> {
    let call: JoinCall = call::header(request, JOIN_HEADER)?;
    let (browser, subprotocol) = (call.browser, call.subprotocol.clone());
    let pair = WebSocketPair::new()?;
    match let_in(object, call, &pair).await {
        Ok(()) => {}
        Err(CallError::Refused(refusal)) if browser => {
            pair.server.accept()?;
            runtime::close_quietly(&pair.server, refusal.close_code(), &refusal.close_reason());
        }
        Err(error) => return refuse(error),
    }
    runtime::accepted(pair.client, subprotocol.as_deref())
}

async fn let_in(object: &Rc<RoomObject>, call: JoinCall, pair: &WebSocketPair) -> Result<(), CallError> {
    let began_at = runtime::now_ms();
    let id = object.id_for(&call.principal)?;
    object.wake_known(&id)?;
    object.with(|room, _| Ok(room.has_place_for(&call.principal, call.device.as_deref())?))?;
    let is_asked = ask_for_place(object, &id, &call).await?;
    if privacy::learn(object, &id, &call.principal.user, &call.card).await? || is_asked {
        // The object may have been reset or woken during the await.
        object.wake_known(&id)?;
    }
    if object.runs.ended.borrow().contains_key(&call.principal.session) {
        return Err(Refusal::Unauthenticated.into());
    }
    object.base.state.accept_web_socket(&pair.server);
    let cursor = call.since.map(|seq| Cursor { seq, epoch: call.epoch.clone() });
    let joined = object.turn(|room, store, now, out| {
        let known = room.card_of(call.principal.user.as_str()).filter(|known| known.version > call.card.version);
        let join = Join {
            id: runtime::new_uuid(),
            principal: call.principal.clone(),
            card: known.unwrap_or(&call.card).clone(),
            wire: call.wire,
            device: call.device.clone(),
            is_paged: call.is_paged,
            cursor: cursor.clone(),
        };
        let conn = room.join(store, now, join, out)?;
        if call.has_no_heartbeat {
            room.expect_no_heartbeat(conn);
        }
        object.base.sockets.add(conn, &pair.server);
        if let Some(connection) = room.connection(conn) {
            attach(&pair.server, connection);
        }
        Ok(())
    });
    if let Err(Denied::Refused(refusal)) = &joined {
        runtime::close_quietly(&pair.server, refusal.close_code(), &refusal.close_reason());
    }
    joined?;
    let (user, door) = (Some(call.principal.user.as_str()), door_of(call.wire));
    object.metrics.opened(user, door);
    if let Some(cursor) = &cursor {
        let (head, is_good) = object.with(|room, _| Ok((room.log().head(), room.log().accepts(cursor))))?;
        let (reason, since) = if is_good { ("resume", cursor.seq) } else { ("reset", 0) };
        object.metrics.replayed(user, door, reason, head.saturating_sub(since), began_at);
    }
    object.arrange_report();
    Ok(())
}

/// Asks the object of a person with many sockets if there may be one more. All others are accepted without a call (decision 0007).
async fn ask_for_place(object: &Rc<RoomObject>, room: &RoomId, call: &JoinCall) -> Result<bool, CallError> {
    let freed = object.with(|room, _| Ok(room.freed_by(&call.principal, call.device.as_deref())))?;
    if !call.card.crowded || freed > 0 {
        return Ok(false);
    }
    ReservePlace::ask(&object.env, call.principal.user.as_str(), &room.to_string()).await?;
    Ok(true)
}

async fn post(object: &Rc<RoomObject>, call: &PostCall) -> Result<PostAnswer, CallError> {
    let id = object.id_for(&call.principal)?;
    object.refresh_moderation(&id).await;
    object.wake_known(&id)?;
    // A writer may not be welcome in a direct conversation of which nothing is known yet.
    privacy::learn_of_both(object, &id).await?;
    object.wake_known(&id)?;
    cast::check_awake(object, &call.principal.user, &call.id).await?;
    object.wake_known(&id)?;
    let posted = object.turn(|room, store, now, out| {
        let write = Write { id: call.id.clone(), kind: Kind::Chat, body: call.body.clone() };
        room.post(store, now, &call.principal, write, out)
    });
    let posted = counted(object, LimitRule::Chat, posted)?;
    if !file_ids(&call.body).is_empty() {
        // The writer of this message may send other people to its files.
        outbox::deliver(object).await;
    }
    let event = messenger::event_json(id.as_str(), &posted.event, EventView::Replay);
    Ok(PostAnswer { event, duplicate: posted.duplicate })
}

async fn open(object: &Rc<RoomObject>, call: &RoomCall) -> Result<RoomSummary, CallError> {
    let id = object.id_for(&call.principal)?;
    object.wake_known(&id)?;
    privacy::learn_of_both(object, &id).await?;
    object.wake_known(&id)?;
    let user = call.principal.user.as_str();
    object.turn(|room, store, _, _| Ok(room.invite(store, user)?))?;
    summary(object, call).await
}

async fn summary(object: &Rc<RoomObject>, call: &RoomCall) -> Result<RoomSummary, CallError> {
    let id = object.id_for(&call.principal)?;
    if object.wake_existing()?.is_none() {
        return Ok(RoomSummary::default());
    }
    let privacy = if call.with_unread { privacy::of_reader(object, &id, &call.principal).await? } else { None };
    object.wake_known(&id)?;
    object.end_turn();
    Ok(object.with(|room, store| {
        if !room.has_begun() {
            return Ok(RoomSummary::default());
        }
        let (floor, user) = (room.floor_of(store, &call.principal)?, call.principal.user.as_str());
        let (mut read_seq, mut unread, mut pinned, mut embed) = (0, Vec::new(), None, None);
        if call.with_unread {
            (read_seq, unread) = room.unread(store, user, privacy.as_ref(), floor)?;
            pinned = room.pinned_for(store, user, privacy.as_ref(), floor)?;
            embed = room.embedding_for(store, user)?;
        }
        let last = match call.with_last {
            true => room.last_message(store, &call.principal, privacy.as_ref())?,
            false => None,
        };
        Ok(RoomSummary {
            exists: true,
            epoch: room.log().epoch(),
            last_seq: room.log().head(),
            oldest: room.log().oldest().max(floor + 1),
            read_seq,
            unread: unread.len() as u64,
            here: room.here_for(user).len(),
            group: room.group().map(|group| groups::summary_of(group, user)),
            pin: pinned.map(|pinned| messenger::pin_json(id.as_str(), &pinned)),
            embed,
            last: last.map(|message| messenger::event_json(id.as_str(), &message, EventView::Replay)),
        })
    })?)
}

fn session(object: &Rc<RoomObject>, call: SessionCall) -> Result<(), CallError> {
    let SessionCall { session, what } = call;
    if matches!(what, SessionChange::Ended { .. }) {
        let now = runtime::now_ms();
        let mut ended = object.runs.ended.borrow_mut();
        ended.retain(|_, at| *at + ENDED_MS > now);
        ended.insert(session.clone(), now);
    }
    if !object.wake(None)? {
        return Ok(());
    }
    object.turn(|room, store, now, out| {
        match &what {
            SessionChange::Ended { code, reason } => {
                room.end_session(store, now, &session, *code, reason, out)?;
                demo::session_ended(room, store, now, &session, out)?;
            }
            SessionChange::Slid { expires_at } => {
                room.notify_session(&session, &Notification::Session { expires_at: *expires_at }, out);
            }
            SessionChange::Ending { expires_in_ms } => {
                room.notify_session(&session, &Notification::SessionEnding { expires_in_ms: *expires_in_ms }, out);
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Shows a person's new card to those who may see it, by the privacy settings of the same time. A card that shows the person as offline, or
/// of a person who is not here, needs no newer settings. Settings that permit more come by themselves.
async fn card(object: &Rc<RoomObject>, call: &CardCall) -> Result<bool, CallError> {
    if !object.wake(None)? {
        return Ok(false);
    }
    let (id, is_here) = object.with(|room, _| Ok((room.id().clone(), room.is_here(call.user.as_str()))))?;
    let shows = is_here && call.card.is_seen();
    if shows && privacy::learn(object, &id, &call.user, &call.card).await? && !object.wake(None)? {
        return Ok(false);
    }
    Ok(object.turn(|room, store, now, out| {
        room.set_card(store, now, call.user.as_str(), &call.card, out)?;
        Ok(room.is_here_for(call.user.as_str()))
    })?)
}
