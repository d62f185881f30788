//! One person with many devices: the view that others have of them, and its changes over time (`presence.md` 2).
//!
//! [`Person`] is a machine over a [`Record`]. Its owner stores the record when an operation reports a change, and notifies watchers and
//! rooms. Sockets, storage and watchers belong to the owner.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::views::PresenceViews;
use super::{Card, PresenceChange};
use crate::people::contacts::{Audience, Audiences};
use crate::words::event::Millis;
use crate::words::limits::{
    PRESENCE_GRACE_MS, PRESENCE_REST_MS, PRESENCE_SILENCE_MS_MAX, PRESENCE_UNTIL_MS_MAX, PRINCIPAL_SOCKETS_ASKED,
};
use crate::words::personas;
use crate::words::principal::UserKind;
use crate::words::refusal::Refusal;
use crate::words::status::{OFFLINE, Status, Visible};

/// A device's place in the owner's memory.
pub type DeviceKey = u32;

/// State of a person that survives a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub user: String,
    pub kind: UserKind,
    pub name: String,
    pub avatar: String,
    pub message: String,
    /// Most recent explicit choice.
    pub choice: Status,
    /// Time at which the status returns to online.
    pub until: Option<Millis>,
    /// Words in the place of the personal message while the choice lasts.
    pub status_text: Option<String>,
    /// All devices are idle: a person who chose online appears away.
    #[serde(default)]
    pub idle: bool,
    /// End of a presence that was set over REST; 0 if there is none.
    pub rest_until: Millis,
    /// The last device closed its socket: the person appears online until this time, however often the object sleeps in between.
    pub grace_until: Option<Millis>,
    pub shown: Visible,
    /// Grows with every change of `shown` or of the card.
    pub version: u64,
    /// Grows with every change of contacts, blocks and settings; 0 when there never was one.
    #[serde(default)]
    pub privacy: u64,
    /// Version of the last change of the card: rooms need no notification when a device connects or closes.
    #[serde(default)]
    pub card_version: u64,
    /// `true` while the person has many sockets: see [`Card::crowded`].
    #[serde(default)]
    pub crowded: bool,
    /// See [`Card::elsewhere_since`].
    #[serde(default)]
    pub elsewhere_since: Millis,
    /// `true` if the time since which the person is offline is hidden (`settings.md` 1).
    #[serde(default)]
    pub hides_last_seen: bool,
    /// Audiences to which the person means to show their presence and their picture.
    #[serde(default)]
    pub audiences: Audiences,
    /// Audiences of the person's presence and picture: as of when they last did not appear offline.
    #[serde(default)]
    pub shown_to: Audiences,
    /// A browser of the person has web push: events are sent to their object even where they are in the room.
    #[serde(default)]
    pub has_push: bool,
    /// See [`Card::is_unproved`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unproved: bool,
    /// The owner has proved the address of the account, which stays so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_proved: bool,
}

impl Record {
    /// Returns the status for the person themselves and their rooms: the chosen one, or away because of idleness.
    pub fn status(&self) -> Status {
        if self.is_auto() { Status::Away } else { self.choice }
    }

    /// Returns the text beside the name: the status text if there is one, else the personal message.
    pub fn words(&self) -> &str {
        self.status_text.as_deref().unwrap_or(&self.message)
    }

    /// Returns `true` if the status is away because all devices are idle.
    pub fn is_auto(&self) -> bool {
        self.idle && self.choice == Status::Online
    }

    /// Returns `true` if the person lost all devices without a close event: they appear online although there is neither a grace period nor
    /// a presence over REST.
    pub fn was_cut_off(&self) -> bool {
        self.shown.status != OFFLINE && self.grace_until.is_none() && self.rest_until == 0
    }

    pub fn new(user: &str, kind: UserKind, name: &str, avatar: &str, message: &str) -> Self {
        let shown = Visible {
            id: user.to_owned(),
            display_name: name.to_owned(),
            status: OFFLINE.to_owned(),
            personal_message: message.to_owned(),
            avatar_id: avatar.to_owned(),
            since: 0,
            is_account: kind == UserKind::User && UserKind::of_id(user) != UserKind::User,
        };
        Self {
            user: user.to_owned(),
            kind,
            name: name.to_owned(),
            avatar: avatar.to_owned(),
            message: message.to_owned(),
            choice: Status::Online,
            until: None,
            status_text: None,
            idle: false,
            rest_until: 0,
            grace_until: None,
            shown,
            version: 1,
            privacy: 0,
            card_version: 1,
            crowded: false,
            elsewhere_since: 0,
            hides_last_seen: false,
            audiences: Audiences::default(),
            shown_to: Audiences::default(),
            has_push: false,
            is_unproved: false,
            is_proved: false,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PresenceDelta {
    /// The view for others has changed: notify watchers.
    pub shown: bool,
    /// The card for rooms has changed (it has the true status, for nudges).
    pub card: bool,
}

impl PresenceDelta {
    /// Returns `true` if there is anything to store.
    pub fn any(self) -> bool {
        self.shown || self.card
    }
}

/// Status, name, picture, and the flag for several sessions or web push.
type PresenceCard = (Status, String, String, bool);

#[derive(Clone, Debug)]
pub struct Device {
    /// Public id of its session.
    pub session: String,
    /// Time at which it showed last that it lives.
    pub alive_at: Millis,
    /// Nothing is done there.
    pub idle: bool,
    /// It has no window in view.
    pub hidden: bool,
}

impl Device {
    /// It has a window in view, and something is done there.
    fn is_looked_at(&self) -> bool {
        !self.hidden && !self.idle
    }
}

#[derive(Clone, Debug)]
pub struct Person {
    record: Record,
    devices: BTreeMap<DeviceKey, Device>,
    /// Card that was sent to rooms.
    sent_card: PresenceCard,
}

impl Person {
    /// Restores a person from `record`; `devices` are those whose sockets outlived the sleep.
    ///
    /// A person whose sockets were lost without a close event gets the grace period: after a restart devices reconnect within seconds. A
    /// person who had left before the sleep goes on with the rest of their own.
    pub fn restore(mut record: Record, devices: impl IntoIterator<Item = (DeviceKey, Device)>, now: Millis) -> Self {
        let devices: BTreeMap<_, _> = devices.into_iter().collect();
        let was_here = record.shown.status != OFFLINE;
        let lost = (was_here && devices.is_empty()).then_some(now + PRESENCE_GRACE_MS);
        record.grace_until = lost.map(|fresh| record.grace_until.unwrap_or(fresh));
        let sent_card = card_of(&record, &devices);
        Self { record, devices, sent_card }
    }

    pub fn record(&self) -> &Record {
        &self.record
    }

    pub fn shown(&self) -> &Visible {
        &self.record.shown
    }

    /// Returns the views of the person for each viewer. `blocked`: the view of each blocked person.
    pub fn looks(&self, contacts: BTreeSet<String>, blocked: BTreeMap<String, Visible>) -> PresenceViews {
        let Record { shown, shown_to, name, avatar, .. } = &self.record;
        PresenceViews::new(shown.clone(), *shown_to, contacts, blocked).with_profile(name, avatar)
    }

    pub fn card(&self) -> Card {
        let (status, name, avatar, elsewhere) = card_of(&self.record, &self.devices);
        let Record { card_version: version, privacy, crowded, elsewhere_since, .. } = self.record;
        let (is_account, is_unproved) = (self.record.shown.is_account, self.record.is_unproved);
        Card { status, name, avatar, version, privacy, elsewhere, elsewhere_since, crowded, is_account, is_unproved }
    }

    fn renew_card(&mut self) {
        self.record.version += 1;
        self.record.card_version = self.record.version;
    }

    /// Sets the number of sockets that the person has in all.
    pub fn has_sockets(&mut self, count: usize) -> PresenceDelta {
        // Between the two bounds the flag does not change, so that not every join and leave is reported.
        let crowded = count >= if self.record.crowded { PRINCIPAL_SOCKETS_ASKED / 2 } else { PRINCIPAL_SOCKETS_ASKED };
        if crowded == self.record.crowded {
            return PresenceDelta::default();
        }
        self.record.crowded = crowded;
        self.renew_card();
        PresenceDelta { shown: false, card: true }
    }

    pub fn has_devices(&self) -> bool {
        !self.devices.is_empty()
    }

    fn devices_that(&self, are_meant: impl Fn(&Device) -> bool) -> Vec<DeviceKey> {
        self.devices.iter().filter(|(_, device)| are_meant(device)).map(|(key, _)| *key).collect()
    }

    /// Sessions of the connected devices.
    pub fn live_sessions(&self) -> impl Iterator<Item = &str> {
        self.devices.values().map(|device| device.session.as_str())
    }

    /// Handles a new device. While all devices are idle it counts as idle as well, until it reports otherwise: a reconnect does not prove
    /// that the person is there.
    pub fn arrive(&mut self, now: Millis, key: DeviceKey, session: &str) -> PresenceDelta {
        let idle = self.record.idle;
        self.devices.insert(key, Device { session: session.to_owned(), alive_at: now, idle, hidden: false });
        self.record.grace_until = None;
        self.settle(now)
    }

    /// A device showed that it lives.
    pub fn mark_alive(&mut self, now: Millis, key: DeviceKey) {
        if let Some(device) = self.devices.get_mut(&key) {
            device.alive_at = device.alive_at.max(now);
        }
    }

    /// A device closed its socket, or its connection broke: the person stays for the grace.
    pub fn part(&mut self, now: Millis, key: DeviceKey) -> PresenceDelta {
        if self.devices.remove(&key).is_some() && self.devices.is_empty() {
            self.record.grace_until = Some(now + PRESENCE_GRACE_MS);
        }
        self.settle(now)
    }

    /// Handles the end of a session: its devices are removed at once. Returns the devices whose sockets must be closed.
    pub fn end_session(&mut self, now: Millis, session: &str) -> (Vec<DeviceKey>, PresenceDelta) {
        let ended = self.devices_that(|device| device.session == session);
        for key in &ended {
            self.devices.remove(key);
        }
        (ended, self.settle(now))
    }

    /// Handles the replacement of a session by the next one of the same device, which reconnects: as if its connection had broken. Returns
    /// the devices whose sockets must be closed.
    pub fn part_session(&mut self, now: Millis, session: &str) -> (Vec<DeviceKey>, PresenceDelta) {
        let parted = self.devices_that(|device| device.session == session);
        let mut changed = PresenceDelta::default();
        for key in &parted {
            let one = self.part(now, *key);
            changed = PresenceDelta { shown: changed.shown || one.shown, card: changed.card || one.card };
        }
        (parted, changed)
    }

    /// Handles the end of the last session: there is no grace period, and no presence over REST.
    pub fn leave_at_once(&mut self, now: Millis) -> PresenceDelta {
        self.record.grace_until = None;
        self.record.rest_until = 0;
        self.settle(now)
    }

    /// Changes the person's appearance on a device, which is not idle then.
    pub fn choose_on(&mut self, now: Millis, key: DeviceKey, change: PresenceChange) -> Result<PresenceDelta, Refusal> {
        let idle = change.idle.or(change.status.map(|_| false));
        let before = self.devices.get(&key).cloned();
        if let (Some(idle), Some(device)) = (idle, self.devices.get_mut(&key)) {
            device.idle = idle;
        }
        if let (Some(visible), Some(device)) = (change.visible, self.devices.get_mut(&key)) {
            device.hidden = !visible;
        }
        self.choose(now, change).inspect_err(|_| {
            if let (Some(before), Some(device)) = (before, self.devices.get_mut(&key)) {
                *device = before;
            }
        })
    }

    /// Returns `true` if nothing is done on that device.
    pub fn is_idle(&self, key: DeviceKey) -> bool {
        self.devices.get(&key).is_some_and(|device| device.idle)
    }

    /// Returns `true` if that device has no window in view.
    pub fn is_hidden(&self, key: DeviceKey) -> bool {
        self.devices.get(&key).is_some_and(|device| device.hidden)
    }

    /// Returns `true` if a device is in view and not idle.
    pub fn is_looking(&self) -> bool {
        self.devices.values().any(Device::is_looked_at)
    }

    /// Returns the time of that device's last frame, if the device is in view as far as it is known.
    pub fn looked_at(&self, key: DeviceKey) -> Option<Millis> {
        self.devices.get(&key).filter(|device| device.is_looked_at()).map(|device| device.alive_at)
    }

    /// Notes if a browser has web push from now on.
    pub fn has_push(&mut self, now: Millis, has_push: bool) -> PresenceDelta {
        self.record.has_push = has_push;
        self.settle(now)
    }

    /// Changes the person's appearance.
    pub fn choose(&mut self, now: Millis, change: PresenceChange) -> Result<PresenceDelta, Refusal> {
        if change.until.is_some_and(|until| until <= now || until > now + PRESENCE_UNTIL_MS_MAX) {
            return Err(Refusal::validation("until", "The end must be within the next 24 hours."));
        }
        let PresenceChange {
            status,
            display_name,
            personal_message,
            avatar_id,
            until,
            status_text,
            idle: _,
            visible: _,
        } = change;
        // A status text belongs to one status, and a new personal message must become visible.
        if status.is_some() || personal_message.is_some() {
            self.record.status_text = status_text.filter(|words| status.is_some() && !words.is_empty());
        }
        if let Some(status) = status {
            self.record.choice = status;
            self.record.until = until;
        } else if until.is_some() {
            self.record.until = until;
        }
        if let Some(name) = display_name {
            self.record.name = name;
        }
        if let Some(message) = personal_message {
            self.record.message = message;
        }
        if let Some(avatar) = avatar_id {
            self.record.avatar = avatar;
        }
        Ok(self.settle(now))
    }

    /// Presence without a socket (`POST /api/presence`): holds for a while.
    pub fn choose_by_rest(&mut self, now: Millis, change: PresenceChange) -> Result<PresenceDelta, Refusal> {
        let changed = self.choose(now, change)?;
        self.record.rest_until = now + PRESENCE_REST_MS;
        let settled = self.settle(now);
        Ok(PresenceDelta { shown: changed.shown || settled.shown, card: changed.card || settled.card })
    }

    /// A new player or a fresh sign-in begins with this profile.
    pub fn begin(&mut self, now: Millis, name: &str, avatar: &str, message: &str, status: Status) -> PresenceDelta {
        self.record.name = name.to_owned();
        self.record.avatar = avatar.to_owned();
        self.record.message = message.to_owned();
        self.come_back(now, Some(status))
    }

    /// Makes a guest or a persona an account (`account.md` 10). Others see it at once, also if the person appears offline: nobody can sign in
    /// as the persona any more, which is visible to everybody.
    pub fn become_account(&mut self) -> PresenceDelta {
        if self.record.kind == UserKind::User {
            return PresenceDelta::default();
        }
        self.record.kind = UserKind::User;
        self.record.shown.is_account = true;
        self.renew_card();
        PresenceDelta { shown: true, card: true }
    }

    /// Notes that the owner has proved the address of the account (`account.md` 3). Nobody who knows less takes that back.
    pub fn note_proof(&mut self) -> PresenceDelta {
        self.record.is_proved = true;
        self.set_unproved(false)
    }

    /// Sets if the address of the account has yet to be proved before the person may write (`account.md` 3). A sign-in may have read the
    /// account before the proof.
    pub fn set_unproved(&mut self, is_unproved: bool) -> PresenceDelta {
        let is_unproved = is_unproved && !self.record.is_proved;
        if self.record.is_unproved == is_unproved {
            return PresenceDelta::default();
        }
        self.record.is_unproved = is_unproved;
        self.renew_card();
        PresenceDelta { shown: false, card: true }
    }

    /// Handles a change of contacts, blocks or settings: rooms have to be notified, and with `looks_new` watchers, too.
    pub fn privacy_changed(&mut self, looks_new: bool) -> PresenceDelta {
        self.record.privacy += 1;
        // The card contains the version of the privacy, so a room with a new socket knows that it is behind.
        self.renew_card();
        PresenceDelta { shown: false, card: looks_new }
    }

    /// Sets if others see since when the person is offline: from the next departure on. A person who is offline now does not change, because
    /// that would reveal *Appear offline*.
    pub fn show_last_seen(&mut self, is_shown: bool) {
        self.record.hides_last_seen = !is_shown;
    }

    /// Sets the audiences of presence and picture: from now on, or from the next time on that the person does not appear offline, for the
    /// same reason. [`Person::privacy_changed`] then reports the change.
    pub fn show_to(&mut self, audiences: Audiences) {
        self.record.audiences = audiences;
        if self.record.shown.status != OFFLINE {
            self.record.shown_to = audiences;
        }
    }

    /// Removes the settings of a persona's last player, which do not concern the next. The time of the last departure is removed too if it
    /// was not for everybody.
    pub fn forget_settings(&mut self) {
        self.record.hides_last_seen = false;
        if self.record.shown_to.presence != Audience::Everyone && self.record.shown.status == OFFLINE {
            self.record.shown.since = 0;
        }
        self.record.audiences = Audiences::default();
        self.record.shown_to = Audiences::default();
    }

    /// Returns the view as if the person had left at `now`: blocked people have it from the time of the block.
    pub fn as_if_gone(&self, now: Millis) -> Visible {
        let mut record = self.record.clone();
        if record.shown.status != OFFLINE {
            record.shown.status = OFFLINE.to_owned();
            record.shown.since = gone_since(&record, now);
        }
        show_profile(&mut record, false);
        record.shown
    }

    /// Handles the sign-in of a person with a profile: only the status may change.
    pub fn come_back(&mut self, now: Millis, status: Option<Status>) -> PresenceDelta {
        if let Some(status) = status {
            self.record.choice = status;
            self.record.until = None;
            self.record.status_text = None;
        }
        self.settle(now)
    }

    /// Returns the time at which [`Person::tick`] has something to do.
    pub fn wake_at(&self) -> Option<Millis> {
        let silence = self.devices.values().map(|device| device.alive_at + PRESENCE_SILENCE_MS_MAX).min();
        let rest = (self.record.rest_until > 0).then_some(self.record.rest_until);
        [silence, self.record.grace_until, self.record.until, rest].into_iter().flatten().min()
    }

    /// Carries out the work that is due. Returns the devices that were silent for too long: their sockets are closed with 4408.
    ///
    /// There is no grace period for them, because they had it while they were silent.
    pub fn tick(&mut self, now: Millis) -> (Vec<DeviceKey>, PresenceDelta) {
        let silent = self.devices_that(|device| device.alive_at + PRESENCE_SILENCE_MS_MAX <= now);
        for key in &silent {
            self.devices.remove(key);
        }
        if self.record.until.is_some_and(|until| until <= now) {
            self.record.until = None;
            self.record.status_text = None;
            self.record.choice = Status::Online;
        }
        (silent, self.settle(now))
    }

    fn is_here(&self, now: Millis) -> bool {
        self.has_devices() || self.record.rest_until > now || self.record.grace_until.is_some_and(|until| until > now)
    }

    /// Brings what others see in line with what is true.
    fn settle(&mut self, now: Millis) -> PresenceDelta {
        self.record.grace_until = self.record.grace_until.filter(|until| *until > now);
        if self.record.rest_until <= now {
            self.record.rest_until = 0;
        }
        let is_here = self.is_here(now);
        // Without a device the flag stays during the grace period. A presence over REST means that a person is there.
        let is_idle =
            if self.has_devices() { self.devices.values().all(|device| device.idle) } else { self.record.idle };
        self.record.idle = is_idle && is_here && self.record.rest_until == 0;
        let status = if is_here { self.record.status().seen() } else { OFFLINE };
        let record = &mut self.record;
        let mut changed = PresenceDelta::default();
        if record.shown.status != status {
            record.shown.status = status.to_owned();
            record.shown.since = if status == OFFLINE { gone_since(record, now) } else { now };
            changed.shown = true;
        }
        if status != OFFLINE {
            record.shown_to = record.audiences;
        }
        changed.shown |= show_profile(record, status != OFFLINE);
        let card = card_of(record, &self.devices);
        if card != self.sent_card {
            let ((.., was_elsewhere), (.., is_elsewhere)) = (&self.sent_card, &card);
            if was_elsewhere != is_elsewhere {
                record.elsewhere_since = if *is_elsewhere { now } else { 0 };
            }
            self.sent_card = card;
            changed.card = true;
        }
        if changed.any() {
            record.version += 1;
        }
        if changed.card {
            record.card_version = record.version;
        }
        changed
    }
}

/// Returns the time since which a person is offline who leaves at `now`, as far as it is visible to others; 0 = hidden.
fn gone_since(record: &Record, now: Millis) -> Millis {
    if record.hides_last_seen { 0 } else { now }
}

/// Updates the visible profile. Returns `true` if it has changed.
///
/// While a person appears offline nothing of it changes: a changed name would reveal that. A persona then has the profile of the cast, so
/// that nothing of one player is left for the next. A persona that became an account has no next player.
fn show_profile(record: &mut Record, is_seen: bool) -> bool {
    let words = record.status_text.as_deref().unwrap_or(&record.message);
    let (name, avatar, message) = match personas::find(&record.user) {
        _ if is_seen => (record.name.as_str(), record.avatar.as_str(), words),
        Some(persona) if record.kind == UserKind::Persona => (persona.name, persona.avatar, persona.message_en),
        _ => return false,
    };
    let shown = &mut record.shown;
    if shown.display_name == name && shown.avatar_id == avatar && shown.personal_message == message {
        return false;
    }
    shown.display_name = name.to_owned();
    shown.avatar_id = avatar.to_owned();
    shown.personal_message = message.to_owned();
    true
}

fn card_of(record: &Record, devices: &BTreeMap<DeviceKey, Device>) -> PresenceCard {
    let mut sessions = devices.values().map(|device| device.session.as_str());
    let first = sessions.next();
    let is_elsewhere = record.has_push || sessions.any(|session| Some(session) != first);
    (record.status(), record.name.clone(), record.avatar.clone(), is_elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::presence::views::LiftedBlock;

    fn mia() -> Person {
        Person::restore(Record::new("user_7", UserKind::Persona, "Mia", "av_07", "back on the train"), [], 0)
    }

    fn stored(key: DeviceKey, alive_at: Millis, idle: bool) -> (DeviceKey, Device) {
        (key, Device { session: "a".to_owned(), alive_at, idle, hidden: false })
    }

    fn status(status: Status) -> PresenceChange {
        PresenceChange { status: Some(status), ..PresenceChange::default() }
    }

    #[test]
    fn a_guest_or_a_persona_becomes_an_account_once() {
        for (user, kind) in [("g_0123456789abc", UserKind::Guest), ("user_7", UserKind::Persona)] {
            let mut person = Person::restore(Record::new(user, kind, "Mia", "av_07", "here"), [], 0);
            person.arrive(1, 1, "s");
            let before = (person.card(), person.shown().clone());
            assert!(!before.0.is_account && before.1.kind() == kind);
            assert_eq!(person.become_account(), PresenceDelta { shown: true, card: true });
            let (card, shown) = (person.card(), person.shown().clone());
            assert!(card.is_account && card.version > before.0.version);
            assert_eq!((shown.kind(), shown.id.as_str()), (UserKind::User, user));
            assert_eq!(person.become_account(), PresenceDelta::default());
            let text = serde_json::to_string(person.record()).unwrap();
            let again = Person::restore(serde_json::from_str(&text).unwrap(), [], 2);
            assert_eq!((again.record().kind, again.card().is_account), (UserKind::User, true));
        }
    }

    #[test]
    fn a_proof_is_not_taken_back_by_a_sign_in_that_knows_less() {
        let mut person = Person::restore(Record::new("u_mia", UserKind::User, "Mia", "av_07", ""), [], 0);
        let changed = PresenceDelta { shown: false, card: true };
        assert_eq!((person.set_unproved(true), person.card().is_unproved), (changed, true));
        assert_eq!((person.note_proof(), person.card().is_unproved), (changed, false));
        let text = serde_json::to_string(person.record()).unwrap();
        let mut again = Person::restore(serde_json::from_str(&text).unwrap(), [], 2);
        assert_eq!((again.set_unproved(true), again.card().is_unproved), (PresenceDelta::default(), false));
        assert_eq!(again.note_proof(), PresenceDelta::default());
    }

    #[test]
    fn an_account_that_was_a_persona_keeps_its_profile_when_it_goes() {
        let mut person = Person::restore(Record::new("user_7", UserKind::Persona, "Mia", "av_07", ""), [], 0);
        person.arrive(1, 1, "s");
        person.become_account();
        person.choose(2, PresenceChange { display_name: Some("N.".to_owned()), ..PresenceChange::default() }).unwrap();
        person.end_session(3, "s");
        person.leave_at_once(3);
        assert_eq!((person.shown().status.as_str(), person.shown().display_name.as_str()), (OFFLINE, "N."));
    }

    #[test]
    fn whom_presence_is_not_shown_to_learns_of_no_coming_and_going_by_the_profile() {
        let hidden = Audiences { presence: Audience::Contacts, picture: Audience::Nobody };
        let seen = |person: &Person| person.looks(BTreeSet::new(), BTreeMap::new()).to_a_stranger();
        let named = |name: &str| PresenceChange { display_name: Some(name.to_owned()), ..PresenceChange::default() };
        for (user, kind, last) in [("user_7", UserKind::Persona, "Mia"), ("u_ada", UserKind::User, "N.")] {
            let mut person = Person::restore(Record::new(user, kind, "Mia", "av_07", "hi"), [], 0);
            person.arrive(0, 1, "a");
            person.show_to(hidden);
            person.choose(10, named("M.")).unwrap();
            let before = seen(&person);
            person.choose(20, status(Status::AppearOffline)).unwrap();
            assert_eq!(seen(&person), before, "appearing offline");
            assert!(person.choose(30, named("N.")).unwrap().any(), "watchers are told of an edit");
            let edited = seen(&person);
            assert_eq!((&*edited.display_name, &*edited.status, edited.since), (last, OFFLINE, 0));
            person.choose(40, status(Status::Online)).unwrap();
            assert_eq!(seen(&person), edited, "coming");
            person.part(50, 1);
            person.tick(50 + PRESENCE_GRACE_MS);
            assert_eq!(seen(&person), edited, "going");
            person.arrive(60_000, 2, "a");
            person.end_session(61_000, "a");
            person.leave_at_once(61_000);
            if kind == UserKind::Persona {
                person.forget_settings();
            }
            assert_eq!(seen(&person), edited, "signing out");
        }
    }

    #[test]
    fn somebody_looks_who_has_a_window_in_view_and_does_something_there() {
        let visible = |visible| PresenceChange { visible: Some(visible), ..PresenceChange::default() };
        let idle = |idle| PresenceChange { idle: Some(idle), ..PresenceChange::default() };
        let mut person = mia();
        assert!(!person.is_looking());
        person.arrive(10, 1, "a");
        assert!(person.is_looking(), "a device that says nothing is looked at");
        person.mark_alive(15, 1);
        assert_eq!([person.looked_at(1), person.looked_at(2)], [Some(15), None]);
        assert!(!person.choose_on(20, 1, visible(false)).unwrap().any(), "nobody is told of it");
        assert!(!person.is_looking() && person.is_hidden(1) && person.looked_at(1).is_none());
        person.arrive(30, 2, "b");
        assert!(person.is_looking());
        person.choose_on(40, 2, idle(true)).unwrap();
        assert!(!person.is_looking());
        person.choose_on(50, 1, visible(true)).unwrap();
        assert!(person.is_looking());
        let refused = PresenceChange { visible: Some(false), until: Some(1), ..PresenceChange::default() };
        assert!(person.choose_on(60, 1, refused).is_err());
        person.part(70, 1);
        assert!(!person.is_looking(), "only the idle one is left");
    }

    #[test]
    fn rooms_tell_of_whoever_is_told_by_web_push() {
        let mut person = mia();
        person.arrive(10, 1, "a");
        assert!(!person.card().elsewhere);
        assert!(person.has_push(20, true).card && person.card().elsewhere);
        assert!(!person.has_push(30, true).any());
        assert!(person.has_push(40, false).card && !person.card().elsewhere);
    }

    #[test]
    fn the_last_choice_of_any_device_is_shown() {
        let mut person = mia();
        assert!(person.arrive(10, 1, "a").shown);
        assert!(!person.arrive(20, 2, "b").shown, "a second device changes nothing");
        person.choose(30, status(Status::Busy)).unwrap();
        person.choose(40, status(Status::Away)).unwrap();
        assert_eq!((person.shown().status.as_str(), person.shown().since), ("away", 40));
        person.part(50, 1);
        assert_eq!(person.shown().status, "away", "the other device is still here");
        assert!(!person.tick(50 + PRESENCE_GRACE_MS).1.shown, "also when the grace is over");
    }

    #[test]
    fn away_by_itself_when_nothing_is_done_on_any_device_and_back_with_the_first_action_on_one() {
        let idle = |idle| PresenceChange { idle: Some(idle), ..PresenceChange::default() };
        let seen = |person: &Person| person.shown().status.clone();
        let mut person = mia();
        person.arrive(0, 1, "a");
        person.arrive(0, 2, "b");
        assert!(!person.choose_on(10, 1, idle(true)).unwrap().shown, "something is done on the other one");
        let changed = person.choose_on(20, 2, idle(true)).unwrap();
        assert!(changed.shown && changed.card && person.record().is_auto());
        assert_eq!((seen(&person), person.card().status), ("away".to_owned(), Status::Away));
        // A device reconnects, the object sleeps, all devices reconnect: the person is still idle.
        person.part(30, 1);
        assert!(!person.arrive(31, 3, "a").shown);
        let mut person = Person::restore(person.record().clone(), [stored(4, 40, true)], 40);
        assert!(!person.part(41, 4).shown && !person.arrive(42, 5, "a").shown && person.is_idle(5));
        person.arrive(43, 6, "b");
        assert!(person.choose_on(50, 6, idle(false)).unwrap().shown && !person.record().is_auto());
        assert_eq!(seen(&person), "online");
        person.part(60, 6);
        assert_eq!(seen(&person), "away", "the device where something was done has gone");
        // A choice is something done, and the last word.
        person.choose_on(70, 5, status(Status::Busy)).unwrap();
        person.choose_on(80, 5, idle(true)).unwrap();
        assert_eq!(seen(&person), "busy");
        person.choose_on(90, 5, status(Status::Online)).unwrap();
        assert_eq!(seen(&person), "online");
        person.choose_on(100, 5, status(Status::Away)).unwrap();
        person.choose_on(110, 5, idle(true)).unwrap();
        person.choose_on(120, 5, idle(false)).unwrap();
        assert_eq!(seen(&person), "away", "chosen, so it stays");
        // A refusal changes nothing; a person who left and returns is not idle.
        let refused = PresenceChange { until: Some(1), ..idle(true) };
        assert!(person.choose_on(130, 5, refused).is_err() && !person.is_idle(5));
        person.choose_on(140, 5, status(Status::Online)).unwrap();
        person.choose_on(141, 5, idle(true)).unwrap();
        person.part(150, 5);
        person.tick(150 + PRESENCE_GRACE_MS);
        person.arrive(60_000, 7, "a");
        assert_eq!(seen(&person), "online");
    }

    #[test]
    fn rooms_hear_when_a_second_session_comes_and_goes() {
        let mut person = mia();
        assert!(!person.arrive(10, 1, "a").card && !person.arrive(20, 2, "a").card);
        assert!(!person.card().elsewhere, "two tabs are one device");
        let changed = person.arrive(30, 3, "b");
        assert!(changed.card && !changed.shown && person.card().elsewhere);
        assert!(!person.arrive(40, 4, "c").card);
        assert_eq!(person.card().elsewhere_since, 30);
        assert!(!person.part(50, 4).card && person.part(60, 3).card && !person.card().elsewhere);
        assert_eq!(person.card().elsewhere_since, 0);
    }

    #[test]
    fn a_closed_socket_has_ten_seconds_of_grace() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        assert!(!person.part(5_000, 1).shown);
        assert_eq!(person.wake_at(), Some(15_000));
        assert!(!person.tick(14_999).1.shown);
        assert!(person.tick(15_000).1.shown);
        assert_eq!((person.shown().status.as_str(), person.shown().since), ("offline", 15_000));
        assert_eq!(person.wake_at(), None);
    }

    #[test]
    fn the_next_session_of_the_same_browser_is_not_seen() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        person.arrive(0, 2, "a");
        let (closed, changed) = person.part_session(5_000, "a");
        assert_eq!((closed, changed.any()), (vec![1, 2], false));
        assert!(!person.arrive(6_000, 3, "b").any());
        person.part_session(7_000, "b");
        assert!(person.tick(17_000).1.shown, "who does not come back is gone after the grace");
    }

    #[test]
    fn an_account_comes_back_as_it_was() {
        let mut person = mia();
        person.choose(0, status(Status::Busy)).unwrap();
        person.come_back(10, None);
        assert_eq!((person.record().choice, person.record().message.as_str()), (Status::Busy, "back on the train"));
        person.come_back(20, Some(Status::AppearOffline));
        assert_eq!(person.record().choice, Status::AppearOffline);
    }

    #[test]
    fn coming_back_within_the_grace_is_not_seen() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        person.part(5_000, 1);
        assert!(!person.arrive(9_000, 2, "a").any());
        assert!(!person.tick(15_000).1.shown);
    }

    #[test]
    fn a_silent_device_is_given_up_without_grace() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        person.mark_alive(14_000, 1);
        assert_eq!(person.wake_at(), Some(44_000));
        assert!(person.tick(43_999).0.is_empty());
        let (silent, changed) = person.tick(44_000);
        assert_eq!(silent, [1]);
        assert!(changed.shown);
        assert_eq!(person.shown().status, OFFLINE);
    }

    #[test]
    fn logout_of_the_last_session_is_seen_at_once() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        person.arrive(0, 2, "b");
        let (closed, changed) = person.end_session(10, "a");
        assert_eq!((closed, changed.shown), (vec![1], false));
        let (closed, _) = person.end_session(20, "b");
        assert_eq!(closed, [2]);
        person.leave_at_once(20);
        assert_eq!((person.shown().status.as_str(), person.shown().since), ("offline", 20));
    }

    #[test]
    fn appear_offline_equals_offline_whatever_happens_behind_it() {
        let (mut hidden, mut gone) = (mia(), mia());
        for person in [&mut hidden, &mut gone] {
            person.arrive(0, 1, "a");
        }
        hidden.choose(1_000, status(Status::AppearOffline)).unwrap();
        gone.end_session(1_000, "a");
        gone.leave_at_once(1_000);
        assert_eq!(hidden.shown(), gone.shown());
        // A new name, a lost device and a new one: nothing of it is visible.
        let rename = PresenceChange { display_name: Some("M.".into()), ..PresenceChange::default() };
        assert!(!hidden.choose(2_000, rename).unwrap().shown);
        assert!(!hidden.arrive(3_000, 2, "a").shown);
        hidden.part(4_000, 1);
        hidden.part(4_000, 2);
        assert!(!hidden.tick(14_000).1.shown);
        assert_eq!(hidden.shown(), gone.shown());
    }

    #[test]
    fn an_absent_persona_is_seen_as_the_cast_has_it() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        let message = PresenceChange { personal_message: Some("only mine".into()), ..PresenceChange::default() };
        person.choose(1_000, message).unwrap();
        assert_eq!(person.shown().personal_message, "only mine");
        person.end_session(2_000, "a");
        assert_eq!(person.shown().personal_message, "back on the train");
    }

    #[test]
    fn rooms_are_told_the_true_status_and_every_change_has_a_new_version() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        let before = person.card().version;
        let changed = person.choose(1_000, status(Status::AppearOffline)).unwrap();
        assert!(changed.card && changed.shown);
        assert_eq!(person.card().status, Status::AppearOffline);
        assert!(person.card().version > before);
    }

    #[test]
    fn until_ends_a_status_and_lies_within_a_day() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        let busy_until = |until| PresenceChange { until: Some(until), ..status(Status::Busy) };
        person.choose(0, busy_until(20_000)).unwrap();
        person.mark_alive(20_000, 1);
        assert!(person.tick(20_000).1.shown);
        assert_eq!(person.shown().status, "online");
        assert!(person.choose(30_000, busy_until(30_000)).is_err());
        assert!(person.choose(30_000, busy_until(30_000 + PRESENCE_UNTIL_MS_MAX + 1)).is_err());
    }

    #[test]
    fn the_words_of_a_status_stand_for_the_personal_message_and_end_with_it() {
        let saying =
            |words: &str, until| PresenceChange { status_text: Some(words.to_owned()), until, ..status(Status::Busy) };
        let seen = |person: &Person| (person.shown().status.clone(), person.shown().personal_message.clone());
        let both = |status: &str, words: &str| (status.to_owned(), words.to_owned());
        let mut person = mia();
        person.arrive(0, 1, "a");
        person.choose(0, saying("exam week", Some(20_000))).unwrap();
        assert_eq!(seen(&person), both("busy", "exam week"));
        let mut person = Person::restore(person.record().clone(), [stored(1, 10, false)], 10);
        person.mark_alive(20_000, 1);
        assert!(person.tick(20_000).1.shown);
        assert_eq!(seen(&person), both("online", "back on the train"), "both end at the same moment");
        // Without an end they stay until another status is chosen.
        person.choose(30_000, saying("in the library", None)).unwrap();
        person.choose(30_001, status(Status::Busy)).unwrap();
        assert_eq!(seen(&person), both("busy", "back on the train"));
        // A new personal message is visible at once, and stays.
        person.choose(40_000, saying("exam week", None)).unwrap();
        let message = PresenceChange { personal_message: Some("done!".to_owned()), ..PresenceChange::default() };
        person.choose(40_001, message).unwrap();
        assert_eq!(seen(&person), both("busy", "done!"));
        // Words alone are the words of no status, and none are none.
        person.choose(50_000, PresenceChange { status: None, ..saying("lost", None) }).unwrap();
        assert_eq!(seen(&person), both("busy", "done!"));
        person.choose(50_001, saying("", None)).unwrap();
        assert_eq!(seen(&person), both("busy", "done!"));
        // A hidden person's status text is invisible.
        person.choose(60_000, PresenceChange { status: Some(Status::AppearOffline), ..saying("here", None) }).unwrap();
        assert_eq!(seen(&person), both("offline", "back on the train"), "as the cast has an absent persona");
    }

    #[test]
    fn presence_by_rest_holds_five_minutes_without_a_socket() {
        let mut person = mia();
        assert!(person.choose_by_rest(0, status(Status::Away)).unwrap().shown);
        assert_eq!(person.wake_at(), Some(300_000));
        assert!(!person.tick(299_999).1.shown);
        assert!(person.tick(300_000).1.shown);
        assert_eq!(person.shown().status, OFFLINE);
    }

    #[test]
    fn blocked_sees_what_offline_looks_like_and_nothing_new() {
        let (mut here, mut gone) = (mia(), mia());
        for person in [&mut here, &mut gone] {
            person.arrive(0, 1, "a");
            let message = PresenceChange { personal_message: Some("only mine".into()), ..PresenceChange::default() };
            person.choose(500, message).unwrap();
        }
        let view = here.as_if_gone(1_000);
        gone.end_session(1_000, "a");
        assert_eq!(view, *gone.shown());
        assert_eq!(here.shown().status, "online");
        assert_eq!(gone.as_if_gone(5_000), *gone.shown(), "who is away already stays as they are");
    }

    #[test]
    fn a_block_that_has_ended_is_not_seen_whatever_was_done_meanwhile() {
        let (blocked_at, lifted_at) = (1_000, 3_000);
        let came = || {
            let mut person = mia();
            person.arrive(0, 1, "a");
            let view = person.as_if_gone(blocked_at);
            (person, view)
        };
        let seen = |person: &Person, view: &Visible| {
            let lifted = LiftedBlock { view: view.clone(), at: lifted_at };
            let looks = person.looks(BTreeSet::new(), BTreeMap::new());
            looks.with_lifted([("u_eve".to_owned(), lifted)].into()).to("u_eve")
        };
        let (here, view) = came();
        assert_eq!(seen(&here, &view), Visible { since: lifted_at, ..here.shown().clone() });
        let (mut hidden, view) = came();
        let rename = PresenceChange { display_name: Some("M.".into()), ..PresenceChange::default() };
        hidden.choose(1_500, rename).unwrap();
        hidden.choose(2_000, status(Status::AppearOffline)).unwrap();
        assert_eq!((seen(&hidden, &view), hidden.shown().since), (view, 2_000));
        // The player of a persona leaves: all their blocks end.
        let (mut gone, view) = came();
        gone.end_session(lifted_at, "a");
        gone.leave_at_once(lifted_at);
        gone.forget_settings();
        assert_eq!((seen(&gone, &view), gone.shown().since), (view, lifted_at));
    }

    #[test]
    fn who_hides_when_they_were_here_last_leaves_without_a_time_however_they_leave() {
        let (mut gone, mut hidden, mut silent) = (mia(), mia(), mia());
        for person in [&mut gone, &mut hidden, &mut silent] {
            person.arrive(100, 1, "a");
            person.show_last_seen(false);
            assert_eq!(person.shown().since, 100, "since when somebody is here is no secret");
        }
        let blocked = gone.as_if_gone(900);
        gone.end_session(1_000, "a");
        hidden.choose(1_000, status(Status::AppearOffline)).unwrap();
        silent.tick(100 + PRESENCE_SILENCE_MS_MAX);
        assert_eq!((gone.shown().status.as_str(), gone.shown().since), (OFFLINE, 0));
        assert_eq!([hidden.shown(), silent.shown(), &blocked], [gone.shown(); 3]);
        // The view of a person who appears offline does not change: that would reveal that they are here.
        hidden.show_last_seen(true);
        hidden.mark_alive(2_000, 1);
        hidden.tick(2_001);
        assert_eq!(hidden.shown(), gone.shown());
        hidden.choose(3_000, status(Status::Online)).unwrap();
        hidden.end_session(4_000, "a");
        assert_eq!(hidden.shown().since, 4_000);
    }

    #[test]
    fn who_is_seen_as_offline_is_shown_to_others_no_sooner_than_they_are_here_again() {
        let nobody = Audiences { presence: Audience::Nobody, picture: Audience::Contacts };
        let mut person = mia();
        person.arrive(100, 1, "a");
        person.show_to(nobody);
        assert_eq!(person.record().shown_to, nobody);
        person.choose(200, status(Status::AppearOffline)).unwrap();
        person.show_to(Audiences::default());
        person.mark_alive(300, 1);
        person.tick(301);
        assert_eq!(person.record().shown_to, nobody, "it would tell that they are here");
        person.choose(400, status(Status::Busy)).unwrap();
        assert_eq!(person.record().shown_to, Audiences::default());
        person.show_to(nobody);
        person.end_session(500, "a");
        assert_eq!((person.record().shown_to, person.shown().since), (nobody, 500));
        person.forget_settings();
        assert_eq!(
            (person.record().shown_to, person.shown().since),
            (Audiences::default(), 0),
            "when they left is not told on"
        );
    }

    #[test]
    fn sleeping_within_the_grace_does_not_prolong_it() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        person.part(5_000, 1);
        let mut woken = Person::restore(person.record().clone(), [], 14_999);
        assert_eq!(woken.wake_at(), Some(15_000));
        assert!(!woken.tick(14_999).1.shown);
        let mut late = Person::restore(person.record().clone(), [], 15_001);
        assert!(late.tick(15_001).1.shown, "the object slept past the end of the grace");
        assert_eq!(late.shown().status, OFFLINE);
    }

    #[test]
    fn who_lost_all_devices_without_a_word_was_cut_off_once() {
        let mut person = mia();
        assert!(!person.record().was_cut_off(), "who was never here");
        person.arrive(0, 1, "a");
        let cut_off = person.record().clone();
        assert!(cut_off.was_cut_off());
        let again = Person::restore(cut_off, [], 50_000);
        assert!(!again.record().was_cut_off(), "from then on they have the grace");
        person.part(5_000, 1);
        assert!(!person.record().was_cut_off(), "who closed their last socket");
        person.tick(15_000);
        assert!(!person.record().was_cut_off(), "who is gone");
        person.choose_by_rest(20_000, status(Status::Away)).unwrap();
        assert!(!person.record().was_cut_off(), "who is here without a socket");
    }

    #[test]
    fn after_a_restart_nobody_goes_offline_before_the_grace_is_over() {
        let mut person = mia();
        person.arrive(0, 1, "a");
        let mut again = Person::restore(person.record().clone(), [], 50_000);
        assert!(!again.tick(50_001).1.shown);
        assert_eq!(again.shown().status, "online");
        assert_eq!(again.wake_at(), Some(60_000));
        assert!(again.tick(60_000).1.shown);
        let mut woken = Person::restore(person.record().clone(), [stored(1, 45_000, false)], 50_000);
        assert!(!woken.tick(60_001).1.shown, "a socket that outlived the sleep counts");
    }
}
