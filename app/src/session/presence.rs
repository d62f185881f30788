//! The presence socket: presence of people, messages outside of open conversations, and events of the session.

use leptos::prelude::*;
use protocol::client::{ConnectionState, PresenceEffect, PresenceInput, PresenceShow, Row, RowKind};
use protocol::machines::presence::PresenceChange;
use protocol::words::event::Millis;
use protocol::words::status::{Status, Visible};

use super::deferred_tasks::DraftEvent;
use super::deferred_tasks::HomeEvent;
use super::engine::State;
use crate::browser::socket::Socket;
use crate::browser::{SocketEvent, clock, device};
use crate::store::relations::PersonRef;
use crate::store::roster::{RosterPerson, seen};

const PATH: &str = "/api/ws/presence";

impl State {
    /// Connects, and subscribes to all people of the list.
    pub(super) fn open_presence(&mut self) {
        self.presence_input(PresenceInput::Open);
        self.watch_everybody();
    }

    /// Passes an input to the presence machine and carries out its effects.
    pub(super) fn presence_input(&mut self, input: PresenceInput) {
        if self.is_elsewhere && input == PresenceInput::Open {
            return;
        }
        for effect in self.presence.client.handle(clock::now_ms(), input) {
            match effect {
                PresenceEffect::Connect => self.connect_presence(),
                PresenceEffect::Send(text) => {
                    if let Some(socket) = &self.presence.socket {
                        socket.send(&text);
                    }
                }
                PresenceEffect::Disconnect { code } => {
                    if let Some(socket) = self.presence.socket.take() {
                        socket.close(code);
                    }
                }
                PresenceEffect::Show(show) => self.show_presence(*show),
            }
        }
    }

    pub(super) fn presence_time(&mut self, now: Millis) {
        if self.presence.wake_at().is_some_and(|at| at <= now) {
            self.presence_input(PresenceInput::Time);
        }
    }

    fn connect_presence(&mut self) {
        self.presence.generation += 1;
        let (generation, caller) = (self.presence.generation, self.caller.clone());
        self.presence.socket = Socket::open(PATH, move |event| {
            caller.run(move |state| state.presence_event(generation, event));
        });
        if self.presence.socket.is_none() {
            let closed = SocketEvent::Closed { code: 1006, reason: String::new() };
            self.caller.clone().run(move |state| state.presence_event(generation, closed));
        }
    }

    fn presence_event(&mut self, generation: u32, event: SocketEvent) {
        if generation != self.presence.generation {
            return;
        }
        match event {
            SocketEvent::Opened => {
                // A release closes all sockets.
                if generation > 1 {
                    device::check_for_release();
                }
                self.session.presence_openings.set(generation);
                self.presence_input(PresenceInput::SocketOpened);
            }
            SocketEvent::Text(text) => self.presence_input(PresenceInput::Text(text)),
            SocketEvent::Closed { code, reason } => {
                self.presence.socket = None;
                self.presence_input(PresenceInput::SocketClosed { code, reason });
            }
        }
    }

    fn show_presence(&mut self, show: PresenceShow) {
        match show {
            PresenceShow::Connection(ConnectionState::Ended(code)) => self.connection_ended(code),
            // Missed events are loaded, although the socket cannot deliver them.
            PresenceShow::Connection(state @ (ConnectionState::Live | ConnectionState::Waiting { .. })) => {
                if state == ConnectionState::Live {
                    self.check_mute();
                }
                self.catch_up();
            }
            PresenceShow::Connection(_) => {}
            PresenceShow::SomebodyElse => self.somebody_else(),
            PresenceShow::OwnStatus(status) => {
                if let Some(status) = Status::parse(&status) {
                    self.own_status_is(status);
                }
            }
            PresenceShow::Everybody(everybody) => everybody.into_iter().for_each(|person| self.show_person(person)),
            PresenceShow::Person(person) => self.show_person(person),
            PresenceShow::Notification { room, row, unread, shakes } => {
                self.notified(&room, row.map(|row| *row), unread, shakes);
            }
            PresenceShow::Unread { room, unread } => self.recounted(&room, unread),
            PresenceShow::Hidden { room, message } => {
                if let Some(open) = self.room(&room) {
                    open.conversation.remove(&message, clock::day_of);
                    self.rows_changed(&room);
                    self.end_edit_of(&room, &message);
                } else {
                    self.load_last(&room);
                }
            }
            PresenceShow::Draft(draft) => self.dispatch_draft_event(DraftEvent::Received(draft)),
            PresenceShow::Home { version } => self.dispatch_home_event(HomeEvent::Heard(version)),
            PresenceShow::Address { is_verified } => self.address_changed(is_verified),
            PresenceShow::Dropped { room, message } => self.message_dropped(&room, &message),
            PresenceShow::Moderation { kind, until } => self.show_moderation(&kind, until),
            PresenceShow::RoomAdded { room, by } => self.room_added(&room, &by),
            PresenceShow::RoomRemoved { room } => self.room_removed(&room),
            PresenceShow::Contact { event, user, name, is_by_invite } => {
                match event.as_str() {
                    "accepted" => self.contact_accepted(&PersonRef { id: user, name }, is_by_invite),
                    "removed" => self.forget_unopened_with(&user),
                    _ => {}
                }
                self.load_contacts();
            }
            PresenceShow::Session { expires_at } => self.session_slid(expires_at),
            PresenceShow::SessionEnding { expires_in_ms } => self.session_ending(expires_in_ms),
            PresenceShow::SignedOut { reason } => self.signed_out(&reason),
            PresenceShow::Refused { code, retry_after_ms, own_status, .. } => {
                // A refused choice of a status does not mean that the person is back.
                if let Some(status) = own_status {
                    self.session.me.update(|me| me.status = status);
                }
                self.show_refusal(&code, retry_after_ms);
            }
        }
    }

    fn show_person(&mut self, visible: Visible) {
        if visible.id == self.own_id {
            self.update_profile([visible.display_name, visible.personal_message, visible.avatar_id]);
            // A status that others see as offline may be Appear Offline, or this device is not counted yet.
            if let Some(status) = seen(&visible.status) {
                self.own_status_is(status);
            }
            return;
        }
        let status = seen(&visible.status);
        let before = self.session.roster.person(&visible.id).map(|row| row.get_untracked());
        let is_stranger = before.as_ref().is_some_and(|before| before.is_stranger);
        let is_first = self.presence.reported.insert(visible.id.clone(), ()).is_none();
        let is_change = !is_first && before.is_some_and(|before| before.status.is_some() != status.is_some());
        let person = RosterPerson {
            id: visible.id,
            display_name: visible.display_name,
            status,
            personal_message: visible.personal_message,
            avatar_id: visible.avatar_id,
            since: visible.since,
            is_stranger,
            is_account: visible.is_account,
            ..RosterPerson::default()
        };
        if is_change && !is_stranger {
            self.announce_person(&person);
        }
        self.session.roster.put_person(person);
    }

    /// Sets the own status. A person who is online again is back, whatever device changed the status.
    fn own_status_is(&mut self, status: Status) {
        let before = self.session.me.with_untracked(|me| me.status);
        self.session.me.update(|me| me.status = status);
        if status == Status::Online && before != Status::Online {
            self.came_back();
        }
    }

    /// Handles a message outside of the open conversations, or one whose log is not loaded yet.
    fn notified(&mut self, room: &str, row: Option<Row>, unread: u64, shakes: bool) {
        if let Some(row) = &row
            && let Some(partner) = self.partner_of(room)
        {
            self.know_person(&partner, &row.sender_name, false);
        }
        let unread = unread.min(u64::from(u32::MAX)) as u32;
        if self.counts_unread(room) {
            // The room's own socket delivers the event.
            if let Some(seq) = row.and_then(|row| row.seq) {
                self.counted_late(room, seq, unread);
            }
            return;
        }
        self.note_unread(room, Some(unread));
        self.set_listed_unread(room, unread);
        let Some(row) = row.filter(|row| row.kind.is_message()) else { return };
        self.questions.changed(room);
        self.last_came(room, Some(&row));
        if !row.is_own {
            if row.kind == RowKind::Nudge {
                self.play_nudge(room, &row.id, &row.sender, shakes);
            }
            self.announce(room, &row, false);
        }
    }

    /// Handles a smaller unread count of the server. A conversation that counts by itself gets the read position on its own socket.
    fn recounted(&mut self, room: &str, unread: u64) {
        if !self.counts_unread(room) {
            let unread = unread.min(u64::from(u32::MAX)) as u32;
            self.note_unread(room, Some(unread));
            self.set_listed_unread(room, unread);
            self.load_last(room);
        }
    }

    /// Adds an unknown sender (a guest, for example) to the list and requests their presence. A stranger is known only as a member of a
    /// group, and stays out of the list.
    pub(super) fn know_person(&mut self, user: &str, name: &str, is_stranger: bool) {
        let is_arranged = || self.session.arrangement.with_untracked(|arrangement| arrangement.has(user));
        let is_stranger =
            is_stranger && self.room_with(user).is_none_or(|room| self.room(&room).is_none()) && !is_arranged();
        if !is_stranger {
            self.session.roster.welcome(user);
        }
        // The person at this device is never in the list, not even as a member of a group.
        if user != self.own_id && self.session.roster.person(user).is_none() {
            self.session.roster.put_person(RosterPerson {
                id: user.to_owned(),
                display_name: name.to_owned(),
                is_stranger,
                ..RosterPerson::default()
            });
            self.watch_everybody();
        }
    }

    pub(super) fn watch_everybody(&mut self) {
        self.watch(false);
    }

    /// Subscribes to the same people in the reverse order of discovery, because an unchanged list is not sent.
    pub(super) fn watch_again(&mut self) {
        self.watch(true);
    }

    fn watch(&mut self, are_newest_first: bool) {
        let people = self.session.roster.people.get_untracked();
        let people = people.iter().map(|handle| handle.person.with_untracked(|person| person.id.clone()));
        let mut people: Vec<String> = people.collect();
        if are_newest_first {
            people.reverse();
        }
        // The list includes the person: a status may end by itself, or be changed on another device.
        people.insert(0, self.own_id.clone());
        self.presence_input(PresenceInput::Watch(people));
    }

    // ---- Commands

    /// Sets the status, which the sign-in page of this device offers the next time.
    pub fn choose_status(&mut self, status: Status) {
        self.set_presence(PresenceChange { status: Some(status), ..PresenceChange::default() });
        self.save_appearance(status.as_str());
    }

    /// Sets the own status with a text that replaces the personal message while the status lasts. With an end, the status becomes online
    /// after it.
    pub fn set_status_saying(&mut self, status: Status, words: String, until: Option<Millis>) {
        let (status, status_text) = (Some(status), Some(words));
        self.set_presence(PresenceChange { status, status_text, until, ..PresenceChange::default() });
    }

    /// Shows the chosen status at once; the machine sends it to the server.
    pub(super) fn set_presence(&mut self, change: PresenceChange) {
        if let Some(status) = change.status {
            self.own_status_is(status);
        }
        self.presence_input(PresenceInput::Set(change));
    }
}
