//! Inputs and timers of a room client, and the changes that it shows once per step.

use super::copy::HistoryPage;
use super::state::RoomClient;
use crate::client::effect::{Effect, Input, Show};
use crate::client::frames::{PinFrame, ServerFrame, read_pin, read_server_text};
use crate::client::link::{ConnectionState, LinkEffect};
use crate::client::pinned::PinnedRow;
use crate::content::room_commands::RoomCommand;
use crate::words::event::Millis;
use crate::words::limits::CLOCK_BACK_MS_MAX;

impl RoomClient {
    /// Handles one input. The owner carries out the effects in their order, before the next input.
    pub fn handle(&mut self, now: Millis, input: Input) -> Vec<Effect> {
        if now + CLOCK_BACK_MS_MAX < self.last_now {
            self.outbox.release();
            self.seeing.release();
            let effects = self.link.woke(now);
            self.run_link(effects);
        }
        if now < self.last_now {
            // A person who is still typing sends another frame within two seconds.
            self.forget_typists();
        }
        self.last_now = now;
        self.take(now, input);
        self.due(now);
        self.flush(now);
        self.notify_changes();
        std::mem::take(&mut self.effects)
    }

    /// Returns the time of the next [`Input::Time`]. It may change with every input.
    pub fn wake_at(&self) -> Option<Millis> {
        let open = self.link.is_open();
        let when_live = if self.link.is_live() { self.outbox.wake_at() } else { None };
        let asks = [&self.catch_up, &self.older, &self.people.asked]
            .map(|ask| ask.as_ref().and_then(|ask| ask.again_at).filter(|_| open));
        let reports = self.report.due_at.filter(|_| open);
        let seen = self.seeing.due_at().filter(|_| self.link.is_live());
        let typing = self.typists.values().map(|typist| typist.until).min();
        asks.into_iter().chain([self.link.wake_at(), when_live, reports, seen, typing]).flatten().min()
    }

    // ---- inputs

    fn take(&mut self, now: Millis, input: Input) {
        let effects = match input {
            Input::Open => {
                self.show_outbox();
                self.link.open(now)
            }
            Input::SocketClosed { code, reason } => {
                self.before_closed(code);
                let effects = self.link.closed(now, code, &reason);
                if let Some(code) = self.refusal() {
                    self.fail_all(code);
                }
                effects
            }
            Input::NetworkUp => self.link.network_up(now),
            Input::NetworkDown => self.link.network_down(now),
            Input::Reached => self.link.reached(now),
            Input::Hurry => self.link.hurry(now),
            Input::Woke => self.link.woke(now),
            Input::Close => self.link.close(),
            Input::Time => return,
            Input::SocketOpened => return self.link.opened(now),
            Input::Text(text) => return self.receive(now, &text),
            Input::Post(entry) => {
                self.post(entry);
                self.open_again(now)
            }
            Input::Earlier(entries) => {
                self.earlier(entries);
                return self.refusal().into_iter().for_each(|code| self.fail_all(code));
            }
            Input::Retry { id } => {
                self.retry(&id);
                self.open_again(now)
            }
            Input::NotMade { code } => {
                self.is_not_made = true;
                return self.fail_all(&code);
            }
            Input::Discard { id } => return self.discard(&id),
            Input::Dropped { id } => return self.dropped(&id),
            Input::Typing(is_typing) => return self.type_key(now, is_typing),
            Input::LoadOlder => {
                self.wants_older = true;
                return self.ask_older(now);
            }
            Input::LoadPeople => return self.ask_people(now),
            Input::LoadTo(seq) => {
                self.wants_to = Some(seq);
                return self.go_on_to(now);
            }
            Input::Pinned(text) => return self.pinned_answered(&text),
            Input::Looking(is_looked_at) => return self.look(is_looked_at),
        };
        self.run_link(effects);
    }

    /// Handles one text message of the socket, which also proves that the socket is alive.
    fn receive(&mut self, now: Millis, text: &str) {
        if !self.link.is_open() {
            return;
        }
        self.link.mark_alive(now);
        for frame in read_server_text(text) {
            // After a welcome for another person, all frames are ignored.
            if self.link.is_open() {
                self.frame(now, frame);
            }
        }
    }

    fn frame(&mut self, now: Millis, frame: ServerFrame) {
        match frame {
            ServerFrame::Welcome { own: Some(own), .. } if own != self.own_user => {
                let effects = self.link.close();
                self.run_link(effects);
                self.show(Show::SomebodyElse);
            }
            ServerFrame::Welcome {
                own: _,
                epoch,
                head,
                oldest,
                timestamp,
                heartbeat_ms,
                expires_at,
                resumed,
                receipts,
                hidden,
                pin,
                reviewed,
                commands,
            } => {
                if let Some(heartbeat_ms) = heartbeat_ms {
                    self.link.set_heartbeat(heartbeat_ms);
                }
                if self.offset.guess(now, timestamp) {
                    self.show(Show::ClockOffset(self.offset.ms()));
                }
                if let Some(expires_at) = expires_at {
                    self.show(Show::Session { expires_at });
                }
                (self.reviewed, self.is_waiting_sent) = (reviewed, false);
                self.welcomed(epoch, oldest, resumed);
                self.receipts_came(receipts, head);
                hidden.into_iter().for_each(|id| self.show(Show::Gone { id }));
                self.pin_came(pin.map(|pin| *pin), head);
                self.commands_came(commands);
            }
            ServerFrame::History { rid, events, head, next, more, oldest } => {
                let page = HistoryPage { events, head, next, more, truncated_to: oldest };
                self.history(now, rid.as_deref(), page);
            }
            ServerFrame::Receipt { user, seq, is_read } => self.receipt(user, seq, is_read),
            ServerFrame::Pin(pin) => self.pin_came(pin, self.copy.seq),
            ServerFrame::Waiting(count) => self.waiting_came(count),
            ServerFrame::Commands(commands) => self.commands_came(commands),
            ServerFrame::GroupChanged => self.show(Show::GroupChanged),
            ServerFrame::Event(event) => self.live_event(now, &event),
            ServerFrame::Lag { .. } => self.lagging(now),
            ServerFrame::Reset => self.reset(now),
            ServerFrame::Ack { id, seq, timestamp } => self.acked(&id, seq, timestamp),
            ServerFrame::Error { code, message, id, retry_after_ms } => {
                self.refused(now, code, message, id, retry_after_ms);
            }
            ServerFrame::Typing { user, name, is_typing } => self.typist(now, user, name, is_typing),
            ServerFrame::Participants { all, count } => self.people_came(all, count),
            ServerFrame::ParticipantsDelta { joined, left, count } => self.people_changed(now, joined, left, count),
            ServerFrame::ParticipantsPage { rid, items, next, count } => {
                self.people_loaded(now, rid.as_deref(), items, next, count);
            }
            ServerFrame::Pong { t, timestamp } => self.clock_answer(now, t, timestamp),
            ServerFrame::Session { expires_at } => self.show(Show::Session { expires_at }),
            ServerFrame::SessionEnding { expires_in_ms } => self.show(Show::SessionEnding { expires_in_ms }),
            // Frames of the presence socket have no meaning here.
            _ => {}
        }
    }

    // ---- connection

    /// Returns the code for messages to a room that has refused this person for good. A direct conversation may only not be made yet.
    fn refusal(&self) -> Option<&'static str> {
        match self.link.state() {
            ConnectionState::Ended(4403) => Some("FORBIDDEN"),
            ConnectionState::Ended(4404) if !self.room.starts_with("dm_") => Some("NOT_FOUND"),
            _ => None,
        }
    }

    /// Opens the link of a room that has refused this person or could not be made, because the reason may have ended.
    fn open_again(&mut self, now: Millis) -> Vec<LinkEffect> {
        let is_not_made = std::mem::take(&mut self.is_not_made);
        let has_ended = matches!(self.link.state(), ConnectionState::Ended(_));
        if self.refusal().is_some() || (is_not_made && has_ended) { self.link.open(now) } else { Vec::new() }
    }

    /// Handles a socket that is about to close: a message that was too large for it is not sent again.
    fn before_closed(&mut self, code: u16) {
        if code == 1009
            && let Some(id) = self.outbox.in_flight().map(str::to_owned)
        {
            self.fail(&id, "TOO_LARGE");
        }
        self.lost();
    }

    // ---- time and effects

    fn due(&mut self, now: Millis) {
        let effects = self.link.time(now);
        self.run_link(effects);
        self.expire_typists(now);
        if self.link.is_open() {
            self.ask_again(now);
            self.report_cursor(now);
            self.send_seen(now);
        }
    }

    /// Shows the changes of a step once.
    fn notify_changes(&mut self) {
        self.show_seen();
        let cursor = self.copy.saved();
        if cursor.is_some() && cursor != self.saved_cursor {
            self.saved_cursor.clone_from(&cursor);
            self.effects.extend(cursor.map(Effect::SaveCursor));
        }
        let connection = self.link.state();
        if self.shown_connection != Some(connection) {
            self.shown_connection = Some(connection);
            self.show(Show::Connection(connection));
        }
    }

    /// Stores the number of messages in the room that wait for review.
    pub(super) fn waiting_came(&mut self, count: u32) {
        self.is_waiting_sent = true;
        if std::mem::replace(&mut self.waiting, count) != count {
            self.show(Show::Waiting(count));
        }
    }

    fn commands_came(&mut self, commands: Vec<RoomCommand>) {
        if commands != self.commands {
            self.commands.clone_from(&commands);
            self.show(Show::Commands(commands));
        }
    }

    /// Stores the pin, whose message is up to date to position `as_of`.
    fn pin_came(&mut self, pin: Option<PinFrame>, as_of: u64) {
        let pinned = pin.map(|pin| PinnedRow::of(pin, self.pinned.as_ref(), &self.own_user, as_of));
        if pinned != self.pinned {
            self.pinned.clone_from(&pinned);
            self.show(Show::Pinned(pinned.map(Box::new)));
        }
    }

    /// Stores the message of the pin, unless another one is pinned by now.
    fn pinned_answered(&mut self, text: &str) {
        let is_wanted =
            |pin: &PinFrame| self.pinned.as_ref().is_some_and(|it| it.row.is_none() && it.message == pin.message);
        if let Some(pin) = read_pin(text).filter(is_wanted) {
            self.pin_came(Some(pin), self.copy.seq);
        }
    }
}
