//! The presence sockets of a person (`presence.md` 1): accepting them, their frames, and their end.

use std::rc::Rc;

use protocol::machines::presence::{DeviceKey, PresenceChange, PresenceDelta};
use protocol::machines::room::{BadFrame, ClientFrame, Notification, frame_id, frame_rid};
use protocol::people::names;
use protocol::people::session::SessionRules;
use protocol::wire::messenger::{frame_json, frames_in, presence_welcome_json};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::limits::{
    PRESENCE_FRAME_BYTES_MAX, PRESENCE_GRACE_MS, PRINCIPAL_LOG_SOCKETS_MAX, PRINCIPAL_SOCKETS_MAX, SESSION_ENDING_MS,
};
use protocol::words::rate::Rule;
use protocol::words::refusal::{Fault, Refusal};
use worker::{Request, Response, WebSocket, WebSocketIncomingMessage, WebSocketPair};

use super::returns;
use crate::calls::moderation;
use crate::calls::person::{DEVICE_HEADER, DeviceCall};
use crate::kit::call::{self};
use crate::kit::socket_events::CUT;
use crate::kit::trace::Trace;
use crate::objects::person::belongings::files;
use crate::objects::person::object::{ConnectedDevice, PersonMemory, PersonObject, SocketAttachment, record_of};
use crate::objects::person::people::contacts;
use crate::objects::person::watching::{notifications, rooms};
use crate::objects::person::web_push;
use crate::platform::analytics;
use crate::projection::audit_log;
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Sockets};
use crate::telemetry;

/// Name of the presence sockets in data points.
const DOOR: &str = "presence";
/// Interval at which the time of the last frame is written to a socket's attachment. It is well below the time after which a silent device
/// is closed.
const LAST_FRAME_NOTE_MS: Millis = 10_000;

pub async fn connect(object: &Rc<PersonObject>, request: &Request) -> worker::Result<Response> {
    let call: DeviceCall = call::header(request, DEVICE_HEADER)?;
    let pair = WebSocketPair::new()?;
    match let_in(object, &call, &pair) {
        Ok(()) => returns::note_opened(object, &call),
        Err(CallError::Refused(refusal)) if call.browser => {
            pair.server.accept()?;
            runtime::close_quietly(&pair.server, refusal.close_code(), &refusal.close_reason());
        }
        Err(error) => return call::refuse(error),
    }
    runtime::accepted(pair.client, call.subprotocol.as_deref())
}

fn let_in(object: &Rc<PersonObject>, call: &DeviceCall, pair: &WebSocketPair) -> Result<(), CallError> {
    let principal = &call.principal;
    let fresh = record_of(&principal.user, principal.kind, &principal.name, &principal.avatar);
    object.wake(Some(fresh))?;
    // The Worker checked the session a moment ago, but only this object knows if it has ended since.
    let sessions = object.with(|memory| memory.sql.sessions())?;
    let known = sessions.iter().find(|(id, _)| *id == principal.session);
    let (_, began_at) = known.ok_or(Refusal::Unauthenticated)?;
    // An older socket of the same machine is closed in favour of the new one.
    let (older, devices, sockets) = object.with(|memory| {
        let is_older = |device: &ConnectedDevice| call.device.is_some() && device.attachment.device == call.device;
        let older: Vec<DeviceKey> =
            memory.devices.iter().filter(|(_, device)| is_older(device)).map(|(key, _)| *key).collect();
        let left = memory.socket_count()?.saturating_sub(older.len());
        Ok((older.clone(), memory.devices.len() - older.len(), left))
    })?;
    if devices >= PRINCIPAL_LOG_SOCKETS_MAX || sockets >= PRINCIPAL_SOCKETS_MAX {
        rooms::doubt_sockets(object)?;
        return Err(Refusal::TooManySockets.into());
    }
    let now = runtime::now_ms();
    let ends_in_ms = ends_in_ms(&SessionRules::of(&object.config.limits), principal.expires_at, *began_at, now);
    let session = principal.session.clone();
    let mut attachment = SocketAttachment {
        id: runtime::new_uuid(),
        session,
        batch: call.batch,
        device: call.device.clone(),
        joined_at: now,
        idle: false,
        hidden: false,
        heard_at: now,
        bad_frames: String::new(),
    };
    object.base.state.accept_web_socket(&pair.server);
    attachment.idle = object.with(|memory| Ok(memory.person.record().idle))?;
    attach(&pair.server, &attachment)?;
    let (key, welcome, known, changed, unknown) = object.with(|memory| {
        let key = memory.next_key;
        memory.next_key += 1;
        let welcome = |own| presence_welcome_json(&attachment.id, now, own, principal.expires_at);
        let changed = memory.person.arrive(now, key, &attachment.session);
        let contacts = memory.sql.contact_ids()?;
        memory.sql.add_wishes(&attachment.id, &contacts, true)?;
        let (known, unknown) = contacts::known_and_unknown(&memory.sql, &contacts)?;
        let welcome = welcome(memory.person.record());
        memory.devices.insert(key, ConnectedDevice::new(attachment.clone()));
        Ok((key, welcome, known, changed, unknown))
    })?;
    object.base.sockets.add(key, &pair.server);
    analytics::point(&object.env, now, Some(principal.user.as_str()), &["socket_open", DOOR, ""], &[0.0, 0.0]);
    // A device that connects in the last minute has missed the notification that the others received (`sign-in.md` 2).
    let ending = ends_in_ms.map(|expires_in_ms| frame_json("", &Notification::SessionEnding { expires_in_ms }));
    object.send_frame(&[key], &welcome);
    contacts::show_all(object, key, known, unknown);
    if let Some(frame) = &ending {
        object.send_frame(&[key], frame);
    }
    object.apply(changed)?;
    for key in older {
        expel(object, key, CloseCode::Superseded.code(), "superseded")?;
    }
    Ok(())
}

fn attach(socket: &WebSocket, attachment: &SocketAttachment) -> worker::Result<()> {
    let text = serde_json::to_string(attachment).map_err(worker::Error::from);
    text.and_then(|text| socket.serialize_attachment(text))
}

/// Stores the time of a device's last frame, so that the object does not take the device for silent after a sleep.
fn note_last_frame(object: &PersonObject, key: DeviceKey, now: Millis) -> Result<(), Fault> {
    let spoke = object.with(|memory| {
        memory.person.mark_alive(now, key);
        let device =
            memory.devices.get_mut(&key).filter(|device| now >= device.attachment.heard_at + LAST_FRAME_NOTE_MS);
        Ok(device.map(|device| {
            device.attachment.heard_at = now;
            device.attachment.clone()
        }))
    })?;
    save_attachment(object, key, spoke)
}

/// Writes the attachment of a device's socket if it has changed.
fn save_attachment(object: &PersonObject, key: DeviceKey, attachment: Option<SocketAttachment>) -> Result<(), Fault> {
    if let (Some(attachment), Some(socket)) = (attachment, object.base.sockets.get(key)) {
        attach(&socket, &attachment).map_err(|error| Fault(error.to_string()))?;
    }
    Ok(())
}

/// Returns the time left of a session that cannot slide any more, if that is short enough to notify the person.
fn ends_in_ms(rules: &SessionRules, expires_at: Millis, began_at: Millis, now: Millis) -> Option<Millis> {
    let is_final = expires_at >= began_at + rules.age_ms_max;
    Some(expires_at.saturating_sub(now)).filter(|left_ms| is_final && *left_ms <= SESSION_ENDING_MS)
}

pub async fn received(object: &Rc<PersonObject>, socket: &WebSocket, message: WebSocketIncomingMessage) {
    let text = match message {
        WebSocketIncomingMessage::String(text) => text,
        WebSocketIncomingMessage::Binary(_) => {
            return runtime::close_quietly(socket, CloseCode::WrongType.code(), "text frames only");
        }
    };
    let result = match object.wake(None) {
        Ok(true) => match Sockets::key(socket) {
            Some(key) => frames(object, key, &text).await,
            None => return runtime::close_quietly(socket, CloseCode::Policy.code(), "no session"),
        },
        Ok(false) => return runtime::close_quietly(socket, CloseCode::Policy.code(), "no session"),
        Err(fault) => Err(fault),
    };
    if let Err(fault) = result {
        telemetry::fault("presence_frame", &fault);
        runtime::close_quietly(socket, CloseCode::Broken.code(), "storage failure");
    }
}

async fn frames(object: &Rc<PersonObject>, key: DeviceKey, text: &str) -> Result<(), Fault> {
    let is_batch = object.with(|memory| Ok(memory.devices.get(&key).is_some_and(|device| device.attachment.batch)))?;
    let Some(read) = frames_in(text, is_batch, PRESENCE_FRAME_BYTES_MAX) else {
        return expel(object, key, CloseCode::TooLarge.code(), "frame too large");
    };
    for one in read {
        frame(object, key, one).await?;
    }
    Ok(())
}

async fn frame(object: &Rc<PersonObject>, key: DeviceKey, frame: Result<ClientFrame, BadFrame>) -> Result<(), Fault> {
    let now = runtime::now_ms();
    let Some(allowed) = charge_frame(object, key, now)? else {
        return Ok(());
    };
    let names = (frame_id(&frame), frame_rid(&frame));
    let result = match (allowed, frame) {
        (Err(refusal), _) => Err(refusal.into()),
        (Ok(()), Err(bad)) => Err(bad.refusal.into()),
        (Ok(()), Ok(frame)) => act(object, key, now, frame).await,
    };
    match result {
        Ok(()) => Ok(()),
        Err(CallError::Refused(refusal)) => refuse(object, key, now, names, refusal),
        Err(CallError::Busy(fault) | CallError::Broken(fault)) => Err(fault),
    }
}

/// Counts a frame of a socket that is still open. A flood closes the socket.
fn charge_frame(object: &Rc<PersonObject>, key: DeviceKey, now: Millis) -> Result<Option<Result<(), Refusal>>, Fault> {
    let rule = &object.config.rules.frame;
    let flood = rule.flood();
    note_last_frame(object, key, now)?;
    let charged = object.with(|memory| {
        let device = memory.devices.get_mut(&key);
        Ok(device.map(|device| (device.flood.charge(&flood, now), device.frames.charge(rule, now))))
    })?;
    match charged {
        Some((Err(_), _)) => {
            object.refusals.count(&object.base.state, &object.env, "presence_frame");
            // The audit log has a row for it (`leaving.md` 4).
            expel(object, key, CloseCode::RateLimited.code(), "retry-after=10")?;
            object.with(|memory| {
                let actor = memory.person.record().user.as_str();
                let entry =
                    audit_log::AuditEntry { actor, action: "rate_limit_close", target: "presence", result: "ok" };
                audit_log::write(&memory.sql.0, now, &entry, &Trace::default())
            })?;
            Ok(None)
        }
        Some((Ok(()), allowed)) => Ok(Some(allowed)),
        None => Ok(None),
    }
}

async fn act(object: &Rc<PersonObject>, key: DeviceKey, now: Millis, frame: ClientFrame) -> Result<(), CallError> {
    match frame {
        ClientFrame::Presence(change) => {
            object.with(|memory| {
                if memory.person.looked_at(key).is_some() { web_push::note_seen(memory, now) } else { Ok(()) }
            })?;
            let changed = choose(object, now, change, How::On(key))?;
            note_attention(object, key)?;
            Ok(object.apply(changed)?)
        }
        ClientFrame::Watch { user_ids } => notifications::watch(object, key, user_ids).await,
        ClientFrame::Ping { t } => {
            object.send_frame(&[key], &frame_json("", &Notification::Pong { t, now }));
            Ok(())
        }
        _ => Err(Refusal::UnknownType.into()),
    }
}

/// Stores if a device is idle, and if it is in view.
fn note_attention(object: &PersonObject, key: DeviceKey) -> Result<(), Fault> {
    let noted = object.with(|memory| {
        let (idle, hidden) = (memory.person.is_idle(key), memory.person.is_hidden(key));
        let differs =
            |device: &&mut ConnectedDevice| device.attachment.idle != idle || device.attachment.hidden != hidden;
        let device = memory.devices.get_mut(&key).filter(differs);
        Ok(device.map(|device| {
            (device.attachment.idle, device.attachment.hidden) = (idle, hidden);
            device.attachment.clone()
        }))
    })?;
    save_attachment(object, key, noted)
}

/// Source of a change of the presence.
#[derive(Clone, Copy)]
pub enum How {
    On(DeviceKey),
    InRoom,
    /// From a call over REST: the change holds for a while without a device.
    ByRest,
}

/// Changes the appearance of the person, within its rate.
pub fn choose(
    object: &PersonObject,
    now: Millis,
    change: PresenceChange,
    how: How,
) -> Result<PresenceDelta, CallError> {
    let avatar = change.avatar_id.clone();
    if let Some(avatar) = avatar.as_deref()
        && !names::is_avatar(avatar)
        && !files::has_avatar(object, avatar)?
    {
        return Err(Refusal::validation("avatarId", "This picture is not known.").into());
    }
    let mut memory = object.base.memory.borrow_mut();
    let PersonMemory { person, changes, .. } = memory.as_mut().ok_or_else(|| Fault("no person is loaded".into()))?;
    changes.check(&object.config.rules.presence, now)?;
    let user = person.record().user.clone();
    if let Some(name) = &change.display_name {
        let record = person.record();
        names::check_later_name(&user, record.kind, &record.name, name)?;
        if *name != record.name {
            moderation::known_now(&object.env).check_name(record.kind, name)?;
        }
    }
    let display_name = change.display_name.as_deref().map(|name| names::shown_name(&user, name));
    let change = PresenceChange { display_name, ..change };
    // A change that is visible to nobody does not count.
    let is_attention = change.idle.is_some() || change.visible.is_some();
    let is_free =
        is_attention && PresenceChange { idle: None, visible: None, ..change.clone() } == PresenceChange::default();
    let changed = match how {
        How::On(key) => person.choose_on(now, key, change)?,
        How::InRoom => person.choose(now, change)?,
        How::ByRest => person.choose_by_rest(now, change)?,
    };
    if changed.any() || !is_free {
        changes.charge(&object.config.rules.presence, now)?;
    }
    drop(memory);
    if let Some(avatar) = avatar {
        files::show_avatar(object, &avatar)?;
    }
    Ok(changed)
}

/// Refuses a frame. A socket that sends only unusable frames is closed (`messenger.md` 5.2).
fn refuse(
    object: &Rc<PersonObject>,
    key: DeviceKey,
    now: Millis,
    (id, rid): (Option<String>, Option<String>),
    refusal: Refusal,
) -> Result<(), Fault> {
    if matches!(refusal, Refusal::RateLimited { .. }) {
        object.refusals.count(&object.base.state, &object.env, "presence");
    }
    let counted = object.with(|memory| {
        let device = memory.devices.get_mut(&key).filter(|_| refusal.is_bad_frame());
        Ok(device.map(|device| {
            let is_last = device.bad_frames.charge(&Rule::bad_frames(), now).is_err();
            device.attachment.bad_frames = device.bad_frames.text();
            (is_last, device.attachment.clone())
        }))
    })?;
    let is_last = counted.as_ref().is_some_and(|(is_last, _)| *is_last);
    save_attachment(object, key, counted.map(|(_, attachment)| attachment))?;
    object.send_frame(&[key], &frame_json("", &Notification::Error { id, rid, refusal, fatal: is_last }));
    if is_last { expel(object, key, CloseCode::Policy.code(), "too many unusable frames") } else { Ok(()) }
}

/// Closes a socket and forgets its device. Later frames of it are ignored.
fn expel(object: &Rc<PersonObject>, key: DeviceKey, code: u16, reason: &str) -> Result<(), Fault> {
    object.close_device(key, code, reason);
    let changed = forget(object, key, code, |memory, now| Ok(memory.person.part(now, key)))?;
    object.apply(changed)
}

/// Forgets devices to which a send failed. Their end is the time of their last heartbeat.
pub fn close_failed(object: &Rc<PersonObject>) {
    for key in object.runs.failed_sends.take() {
        if let Some(socket) = object.base.sockets.get(key) {
            close_socket(object, &socket, None);
        }
    }
}

/// Handles a closed socket. With a `code`, its device was there until now; without one, its connection broke at an unknown time.
pub fn close_socket(object: &Rc<PersonObject>, socket: &WebSocket, code: Option<u16>) {
    let result = object.wake(None).and_then(|is_somebody| match Sockets::key(socket) {
        Some(key) if is_somebody => {
            let last_frame_at = runtime::last_heartbeat_at(&object.base.state, socket).unwrap_or(0);
            let changed = forget(object, key, code.unwrap_or(CUT), |memory, now| {
                memory.person.mark_alive(if code.is_some() { now } else { last_frame_at }, key);
                let viewed_until = memory.person.looked_at(key);
                let changed = memory.person.part(now, key);
                if let Some(last_frame_at) = viewed_until {
                    web_push::note_device_closed(memory, last_frame_at, now + PRESENCE_GRACE_MS)?;
                }
                Ok(changed)
            })?;
            object.apply(changed)
        }
        _ => Ok(()),
    });
    telemetry::logged("presence_close", result);
}

/// Removes a device from memory and tables. `code` closed its socket; `part` changes the state of the person.
pub fn forget(
    object: &PersonObject,
    key: DeviceKey,
    code: u16,
    part: impl FnOnce(&mut PersonMemory, Millis) -> Result<PresenceDelta, Fault>,
) -> Result<PresenceDelta, Fault> {
    object.base.sockets.remove(key);
    object.with(|memory| {
        let now = runtime::now_ms();
        if let Some(ConnectedDevice { attachment, .. }) = memory.devices.remove(&key) {
            memory.sql.forget_wishes(&attachment.id)?;
            let (user, lifetime_ms) = (memory.person.record().user.as_str(), now.saturating_sub(attachment.joined_at));
            // A contact list has no log whose events could be counted.
            let doubles = [(lifetime_ms / 1_000) as f64, 0.0];
            analytics::point(&object.env, now, Some(user), &["socket_close", DOOR, &code.to_string()], &doubles);
        }
        part(memory, now)
    })
}

/// Closes devices that have been silent for too long, and carries out whatever else is due for the person.
pub fn give_up_silent(object: &Rc<PersonObject>, now: Millis) -> Result<(), Fault> {
    let (silent, changed) = object.with(|memory| {
        let mut viewed_until = Vec::new();
        for key in memory.devices.keys().copied().collect::<Vec<_>>() {
            let last_frame_at =
                object.base.sockets.get(key).and_then(|socket| runtime::last_heartbeat_at(&object.base.state, &socket));
            memory.person.mark_alive(last_frame_at.unwrap_or(0), key);
            viewed_until.extend(memory.person.looked_at(key).map(|last_frame_at| (key, last_frame_at)));
        }
        let (silent, changed) = memory.person.tick(now);
        for (_, last_frame_at) in viewed_until.into_iter().filter(|(key, _)| silent.contains(key)) {
            web_push::note_device_closed(memory, last_frame_at, now)?;
        }
        Ok((silent, changed))
    })?;
    for key in silent {
        let code = CloseCode::Silent.code();
        object.close_device(key, code, "heartbeat timeout");
        forget(object, key, code, |_, _| Ok(PresenceDelta::default()))?;
    }
    object.apply(changed)
}
