//! Notifications of presence (`core.md` 1.5): watchers and rooms are notified of this person, and this person's devices are notified of the
//! people they watch.
//!
//! The last version that was sent is stored for every listener. The alarm repeats the notification until the listener has received the
//! current version.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::machines::presence::{DeviceKey, PresenceDelta, PresenceTies};
use protocol::people::contacts::Relation;
use protocol::people::session::shard_of;
use protocol::wire::messenger::update_json;
use protocol::words::bot_cast;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, UserId};
use protocol::words::limits::{PRESENCE_COALESCE_MS, PRESENCE_WATCH_MAX, WATCH_LEASE_MS};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::retry::retry_delay_ms;
use protocol::words::status::{OFFLINE, Visible};
use protocol::words::time::remaining_ms;
use wasm_bindgen_futures::spawn_local;

use super::strangers;
use crate::calls::auth::{SessionCardCall, UpdateCard};
use crate::calls::person::{NotifyWatcher, PersonView, SubscribeWatcher, VersionedView, ViewerPlaces, WatchCall};
use crate::calls::room::{CardCall, SendCard};
use crate::kit::call;
use crate::kit::request::Request;
use crate::objects::person::object::{PersonMemory, PersonObject, record_of};
use crate::objects::person::tables::{Behind, ListenerKind};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Watches are renewed this long after they began, well before the lease ends.
pub const RENEW_MS: Millis = WATCH_LEASE_MS * 4 / 5;
/// Time after which a person whose object did not answer is asked again.
const RENEW_AGAIN_MS: Millis = 60_000;
/// Time after which the alarm repeats the work of the timer in memory, if that was lost.
pub const ALARM_AFTER_MS: Millis = 2_000;
/// Rooms and sessions are notified until the person leaves them, or until they refuse further notifications.
pub const NEVER: Millis = protocol::words::limits::SEQ_MAX;

// ---- telling others

pub fn spawn_notifying(object: &Rc<PersonObject>) {
    let object = Rc::clone(object);
    spawn_local(async move {
        telemetry::logged("presence_telling", notify_listeners(&object).await);
    });
}

impl PersonObject {
    /// Stores the change of an operation, and starts the notification of everybody concerned.
    pub fn apply(self: &Rc<Self>, changed: PresenceDelta) -> Result<(), Fault> {
        self.store()?;
        if changed.shown {
            show_to_own_devices(self)?;
        }
        if changed.any() {
            notify_soon(self);
        }
        self.arrange_alarm()
    }
}

/// Notifies listeners of a change now, or together with the changes of the half second after the last notification.
pub fn notify_soon(object: &Rc<PersonObject>) {
    let now = runtime::now_ms();
    match remaining_ms(object.runs.notified_at.get() + PRESENCE_COALESCE_MS, now, PRESENCE_COALESCE_MS) {
        0 => {
            object.runs.notified_at.set(now);
            spawn_notifying(object);
        }
        wait_ms => object.notify_timer.arrange(now, now + wait_ms),
    }
}

/// Notifies every listener that is behind, side by side. Only one run is active at a time. It goes on until no listener is behind.
pub async fn notify_listeners(object: &Rc<PersonObject>) -> Result<(), Fault> {
    object.run_alone(&object.runs.is_notifying, notify_all(object)).await
}

async fn notify_all(object: &Rc<PersonObject>) -> Result<(), Fault> {
    for round in 0.. {
        let now = runtime::now_ms();
        let wait_ms = remaining_ms(object.runs.notified_at.get() + PRESENCE_COALESCE_MS, now, PRESENCE_COALESCE_MS);
        if round > 0 && wait_ms > 0 {
            // Changes that came in the meantime are sent with the next notification.
            object.notify_timer.arrange(now, now + wait_ms);
            return Ok(());
        }
        object.runs.notified_at.set(now);
        let (views, version, card) =
            object.with(|memory| Ok((memory.views()?, memory.person.record().version, memory.person.card())))?;
        let behind = |kind, version| object.with(|memory| memory.sql.behind(kind, version, now));
        let watchers = behind(ListenerKind::Watcher, version)?;
        let rooms = behind(ListenerKind::Room, card.version)?;
        update_session_cards(object).await?;
        if watchers.is_empty() && rooms.is_empty() {
            return Ok(());
        }
        let sent_to_watchers = call::in_portions(watchers.iter().map(|one| {
            // A blocked watcher receives the same as if this person had gone offline at the time of the block.
            notify_watcher(object, &one.name, VersionedView { visible: views.to(&one.name), version })
        }))
        .await;
        let sent_to_rooms =
            call::in_portions(rooms.iter().map(|one| notify_room(object, &one.name, views.id(), &card))).await;
        note(object, ListenerKind::Watcher, &watchers, sent_to_watchers, version)?;
        note(object, ListenerKind::Room, &rooms, sent_to_rooms, card.version)?;
    }
    Ok(())
}

/// Sends the current appearance to the shards of this person's sessions.
pub async fn update_session_cards(object: &PersonObject) -> Result<(), Fault> {
    let (card, behind) = object.with(|memory| {
        let card = memory.person.card();
        let behind = memory.sql.behind(ListenerKind::Session, card.version, runtime::now_ms())?;
        Ok((card, behind))
    })?;
    let sent = call::in_portions(behind.iter().map(|one| update_session_card(object, &one.name, &card))).await;
    note(object, ListenerKind::Session, &behind, sent, card.version)
}

/// Stores the result for each listener. A listener that no longer watches is removed. One that could not be reached is tried again later.
fn note(
    object: &PersonObject,
    kind: ListenerKind,
    behind: &[Behind],
    results: Vec<Result<bool, CallError>>,
    version: u64,
) -> Result<(), Fault> {
    object.with(|memory| {
        for (listener, result) in behind.iter().zip(results) {
            match result {
                Ok(true) => memory.sql.mark_listener_sent(kind, &listener.name, version)?,
                Ok(false) => memory.sql.unlisten(kind, &listener.name)?,
                Err(error) => {
                    telemetry::call_failed("presence", &error);
                    let due_at = runtime::now_ms() + retry_delay_ms(listener.tries);
                    memory.sql.delay_listener(kind, &listener.name, due_at)?;
                }
            }
        }
        Ok(())
    })
}

async fn notify_watcher(object: &PersonObject, watcher: &str, view: VersionedView) -> Result<bool, CallError> {
    NotifyWatcher::ask(&object.env, watcher, &view).await
}

async fn notify_room(
    object: &PersonObject,
    room: &str,
    user: &str,
    card: &protocol::machines::presence::Card,
) -> Result<bool, CallError> {
    let question = CardCall { user: UserId::parse(user)?, card: card.clone() };
    SendCard::ask(&object.env, room, &question).await
}

async fn update_session_card(
    object: &PersonObject,
    session: &str,
    card: &protocol::machines::presence::Card,
) -> Result<bool, CallError> {
    let question = SessionCardCall { session: session.to_owned(), card: card.clone() };
    let shard = shard_of(session).unwrap_or_default();
    UpdateCard::ask(&object.env, shard, &question).await
}

/// Registers another person as a watcher of this person. Returns `None` if the two may not see each other.
pub fn subscribe_watcher(object: &PersonObject, call: &WatchCall) -> Result<Option<VersionedView>, CallError> {
    object.read_known(|memory| {
        let Some(visible) = memory.views()?.visible_for(call.watcher.as_str(), ties(memory, call)?) else {
            // The watcher receives no notifications either. Otherwise the ones about invisible changes would reveal that this person hides
            // and has not left.
            memory.sql.unlisten(ListenerKind::Watcher, call.watcher.as_str())?;
            return Ok(None);
        };
        // The end varies by a tenth, so that leases that began together do not end together.
        let spread = WATCH_LEASE_MS / 10;
        let jitter = u64::from(u16::from_be_bytes(runtime::random_bytes())) * 2 * spread / u64::from(u16::MAX);
        let until = runtime::now_ms() + WATCH_LEASE_MS - spread + jitter;
        let view = VersionedView { visible, version: memory.person.record().version };
        memory.sql.listen(ListenerKind::Watcher, call.watcher.as_str(), until, view.version)?;
        Ok(Some(view))
    })
}

/// Returns the ties by which the watcher may see the presence of this person. A blocked watcher has the same ties as without the block.
fn ties(memory: &PersonMemory, call: &WatchCall) -> Result<PresenceTies, Fault> {
    let own = UserId::parse(&memory.person.record().user);
    let direct = own.and_then(|own| RoomId::direct(own, call.watcher.clone()));
    let is_partner = match direct {
        Ok(room) => memory.sql.has_direct(room.as_str())?,
        Err(_) => false,
    };
    Ok(PresenceTies {
        is_public: memory.person.record().kind == protocol::words::principal::UserKind::Persona,
        is_contact: memory.sql.relation(call.watcher.as_str())? == Relation::Contact,
        is_partner,
        shares_group: call.is_companion || memory.sql.private_groups()?.iter().any(|group| call.groups.contains(group)),
        shares_room: memory.sql.rooms()?.iter().any(|room| call.rooms.contains(room)),
    })
}

/// Returns the person's view for a single request, with the presence if the requester may watch it.
pub fn read_view(object: &PersonObject, call: &WatchCall) -> Result<PersonView, CallError> {
    if !object.wake_if_known()? {
        let kind = protocol::words::principal::UserKind::Guest;
        let user = object.user()?;
        let record = record_of(&user, kind, user.as_str(), "");
        return Ok(PersonView { visible: record.shown, shows_presence: false, kind: record.kind, exists: false });
    }
    Ok(object.with(|memory| {
        let (views, viewer) = (memory.views()?, call.watcher.as_str());
        let visible = views.visible_for(viewer, ties(memory, call)?);
        let shows_presence = visible.is_some();
        let visible = visible.unwrap_or_else(|| views.to(viewer).without_presence());
        // A blocked person does not learn that a guest became an account.
        let kind = visible.kind();
        Ok(PersonView { visible, shows_presence, kind, exists: true })
    })?)
}

/// Returns the rooms and private groups of this person, which count when this person watches others.
pub fn viewer_places(object: &PersonObject) -> Result<ViewerPlaces, CallError> {
    object.read_known(|memory| Ok(ViewerPlaces { rooms: memory.sql.rooms()?, groups: memory.sql.private_groups()? }))
}

/// Ends the watch of a former contact, unless they may watch for another reason.
pub fn end_contact_watch(memory: &PersonMemory, watcher: &str) -> Result<(), Fault> {
    let record = memory.person.record();
    let is_public = record.kind == protocol::words::principal::UserKind::Persona;
    let direct = UserId::parse(&record.user).and_then(|own| RoomId::direct(own, UserId::parse(watcher)?));
    let is_partner = direct.is_ok_and(|room| memory.sql.has_direct(room.as_str()).unwrap_or(false));
    if is_public || is_partner { Ok(()) } else { memory.sql.unlisten(ListenerKind::Watcher, watcher) }
}

// ---- watching others

/// Handles a device's request to watch people. The answer is an update for each of them who may be seen.
pub async fn watch(object: &Rc<PersonObject>, key: DeviceKey, user_ids: Vec<String>) -> Result<(), CallError> {
    if user_ids.len() > PRESENCE_WATCH_MAX {
        return Err(Refusal::over_limit("userIds", "At most 200 people can be watched.", PRESENCE_WATCH_MAX).into());
    }
    let wanted: BTreeSet<String> = user_ids.into_iter().filter(|id| UserId::parse(id).is_ok()).collect();
    let wanted: Vec<String> = wanted.into_iter().collect();
    let asked = strangers::check_strangers(object, &wanted)?;
    let own = object.with(|memory| {
        if let Some(device) = memory.devices.get(&key) {
            memory.sql.set_wishes(&device.attachment.id, &wanted)?;
        }
        Ok(memory.person.shown().clone())
    })?;
    let nobody = strangers::nobody_of(object, asked).await?;
    let known = wanted.iter().filter(|user| !nobody.contains(*user));
    let found = call::in_portions(known.map(|user| view_person(object, user, &own))).await;
    for visible in found.into_iter().flatten() {
        object.send_frame(&[key], &update_json(&visible));
    }
    Ok(object.arrange_alarm()?)
}

/// Returns the view of somebody: the stored one, or the one from their own object.
pub async fn view_person(object: &Rc<PersonObject>, user: &str, own: &Visible) -> Option<Visible> {
    if user == own.id {
        return Some(own.clone());
    }
    let stored = || object.with(|memory| memory.sql.seen(user)).ok().flatten().map(|view| view.visible);
    if let Some(visible) = stored() {
        return Some(visible);
    }
    match register(object, user).await {
        // Their object may have sent a change in the meantime. The stored view is the newest.
        Ok(registered) => registered.map(|registered| stored().unwrap_or(registered.visible)),
        Err(error) => {
            telemetry::call_failed("watch", &error);
            None
        }
    }
}

/// Registers with the object of the watched person. Stores the answer, because later notifications only bring what is newer.
async fn register(object: &Rc<PersonObject>, user: &str) -> Result<Option<WatchResult>, CallError> {
    // A bot never changes, so there is nothing to register.
    if let Some(bot) = bot_cast::find(user) {
        let view = VersionedView { visible: bot.shown(), version: 1 };
        let to_notify = take(object, user, &view, true)?;
        return Ok(Some(WatchResult { visible: view.visible, to_notify }));
    }
    let (watcher, rooms, groups) = object
        .with(|memory| Ok((memory.person.record().user.clone(), memory.sql.rooms()?, memory.sql.private_groups()?)))?;
    let question = WatchCall { watcher: UserId::parse(&watcher)?, rooms, groups, is_companion: false };
    let Some(view) = SubscribeWatcher::ask(&object.env, user, &question).await? else {
        return Ok(None);
    };
    let to_notify = take(object, user, &view, true)?;
    Ok(Some(WatchResult { visible: view.visible, to_notify }))
}

struct WatchResult {
    visible: Visible,
    /// Devices that watch this person, if the view differs from the one that they know.
    to_notify: Vec<DeviceKey>,
}

/// Sends the new view of a former contact to the devices that still watch them. Both objects know of the end by now.
pub fn show_former_contact(object: &Rc<PersonObject>, user: &str) {
    let (object, user) = (Rc::clone(object), user.to_owned());
    spawn_local(async move {
        telemetry::logged("look_again", show_again(&object, &user).await);
    });
}

async fn show_again(object: &Rc<PersonObject>, user: &str) -> Result<(), Fault> {
    if object.with(|memory| memory.sql.connections_watching(user))?.is_empty() {
        return Ok(());
    }
    match register(object, user).await {
        Ok(Some(_)) => {
            let keys = object.with(|memory| devices_watching(memory, user))?;
            send_saved_view(object, user, &keys)
        }
        Ok(None) => stop_watching(object, user),
        Err(error) => {
            telemetry::call_failed("watch", &error);
            renew_in(object, user, ALARM_AFTER_MS)?;
            object.arrange_alarm()
        }
    }
}

/// Sends devices the stored view of somebody. It is the newest, as their object may have sent a change in the meantime.
fn send_saved_view(object: &PersonObject, user: &str, keys: &[DeviceKey]) -> Result<(), Fault> {
    if let Some(view) = object.with(|memory| memory.sql.seen(user))? {
        object.send_frame(keys, &update_json(&view.visible));
    }
    Ok(())
}

/// Forgets a watched person whom this person may not watch any more. Devices receive the other person as offline, unless they show that
/// already: a new `since` would reveal that the other person hides and has not left.
fn stop_watching(object: &PersonObject, user: &str) -> Result<(), Fault> {
    let (keys, view) = object.with(|memory| Ok((devices_watching(memory, user)?, memory.sql.seen(user)?)))?;
    if let Some(VersionedView { visible, .. }) = view.filter(|view| view.visible.status != OFFLINE) {
        object.send_frame(&keys, &update_json(&visible.without_presence()));
    }
    object.with(|memory| memory.sql.forget_watched(user))
}

fn devices_watching(memory: &PersonMemory, user: &str) -> Result<Vec<DeviceKey>, Fault> {
    let connections = memory.sql.connections_watching(user)?;
    let own = memory.devices.iter().filter(|(_, device)| connections.contains(&device.attachment.id));
    Ok(own.map(|(key, _)| *key).collect())
}

/// Stores the view of somebody if it is newer than the stored one. Returns the devices that watch them. `is_renewal`: a lease began with it.
fn take(object: &PersonObject, user: &str, view: &VersionedView, is_renewal: bool) -> Result<Vec<DeviceKey>, Fault> {
    object.with(|memory| {
        let is_wanted = !memory.sql.connections_watching(user)?.is_empty();
        let known = memory.sql.seen(user)?;
        let is_newer = known.as_ref().is_none_or(|known| known.version < view.version);
        let has_new_view = known.as_ref().is_none_or(|known| known.visible != view.visible);
        let newest = if is_newer { view } else { known.as_ref().unwrap_or(view) };
        if !is_wanted {
            return Ok(Vec::new());
        }
        memory.sql.save_seen(user, newest, runtime::now_ms(), is_renewal)?;
        if is_newer && has_new_view { devices_watching(memory, user) } else { Ok(Vec::new()) }
    })
}

/// Handles the change of a watched person. Returns `false` if no device here watches them any more.
pub fn receive_change(object: &PersonObject, view: &VersionedView) -> Result<bool, CallError> {
    if !object.wake_if_known()? {
        return Ok(false);
    }
    let user = view.visible.id.as_str();
    let Visible { display_name, is_account, .. } = &view.visible;
    object.with(|memory| memory.sql.rename_contact(user, display_name, *is_account))?;
    let keys = take(object, user, view, false)?;
    if !keys.is_empty() {
        object.send_frame(&keys, &update_json(&view.visible));
    }
    Ok(!object.with(|memory| memory.sql.connections_watching(user))?.is_empty())
}

/// Devices that watch their own person see the same as others do.
fn show_to_own_devices(object: &PersonObject) -> Result<(), Fault> {
    let (keys, visible) = object.with(|memory| {
        let visible = memory.person.shown().clone();
        Ok((devices_watching(memory, &visible.id)?, visible))
    })?;
    if !keys.is_empty() {
        object.send_frame(&keys, &update_json(&visible));
    }
    Ok(())
}

/// Registers again before leases end. The answer also brings changes whose notification was lost.
pub async fn renew_watches(object: &Rc<PersonObject>, now: Millis) -> Result<(), Fault> {
    let due = object.with(|memory| memory.sql.to_renew(now.saturating_sub(RENEW_MS)))?;
    let results = call::in_portions(due.iter().map(|user| register(object, user))).await;
    for (user, result) in due.iter().zip(results) {
        match result {
            Ok(Some(WatchResult { to_notify, .. })) => send_saved_view(object, user, &to_notify)?,
            Ok(None) => stop_watching(object, user)?,
            Err(error) => {
                telemetry::call_failed("watch", &error);
                renew_in(object, user, RENEW_AGAIN_MS)?;
            }
        }
    }
    Ok(())
}

/// Delays the renewal of a watch by `wait_ms`: the lease is stored as if it had begun long enough before.
fn renew_in(object: &PersonObject, user: &str, wait_ms: Millis) -> Result<(), Fault> {
    let renewed_at = (runtime::now_ms() + wait_ms).saturating_sub(RENEW_MS);
    object.with(|memory| memory.sql.set_renewed_at(user, renewed_at))
}
