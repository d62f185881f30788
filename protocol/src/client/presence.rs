//! The presence client: one device's socket to the person's own object (`presence.md` 1).
//!
//! It keeps the state that outlives a socket: an unconfirmed change of the own status, and the list of watched people. The page stores other
//! people's appearance.

use super::choice::{MessageCalls, merged, presence_frame};
use super::frames::{ServerFrame, read_server_text};
use super::link::{ConnectionState, Link, LinkEffect};
use super::presence_show::PresenceShow;
use crate::codec::json::json_text;
use crate::machines::presence::PresenceChange;
use crate::words::event::Millis;
use crate::words::limits::{CLOCK_BACK_MS_MAX, PATIENCE_MS, PRESENCE_HEARTBEAT_MS, PRESENCE_WATCH_MAX};
use crate::words::status::{Status, Visible};

/// Input of [`PresenceClient::handle`]. Inputs of the socket are as in [`super::Input`].
#[derive(Clone, Debug, PartialEq)]
pub enum PresenceInput {
    /// Connect; also after [`PresenceInput::Close`] and after a new sign-in.
    Open,
    SocketOpened,
    Text(String),
    /// The socket has closed, or failed to open.
    SocketClosed {
        /// Its close code; 1006 when there is none.
        code: u16,
        reason: String,
    },
    /// The time [`PresenceClient::wake_at`] has come.
    Time,
    NetworkUp,
    NetworkDown,
    /// The server answered another request.
    Reached,
    /// The person pressed something, or returned to the page.
    Hurry,
    /// The page was hidden or the device slept.
    Woke,
    /// The person changed their appearance; absent members stay as they are.
    Set(PresenceChange),
    /// A call with a new personal message begins. It removes status texts that were chosen before; later ones wait for its answer.
    MessageAsked,
    /// The earliest open call was answered: `true` if the server has stored the message.
    MessageAnswered(bool),
    /// `true` if this device is idle. It is sent on a change, and on each new socket if this value or the welcome's is `true`.
    Idle(bool),
    /// `true` if a window of this device is visible.
    Visible(bool),
    /// Visible people beyond the contacts; replaces the earlier list.
    Watch(Vec<String>),
    Close,
}

/// Effect that the owner carries out, as in [`super::Effect`].
#[derive(Clone, Debug, PartialEq)]
pub enum PresenceEffect {
    /// Open a socket; later events of an earlier one are ignored.
    Connect,
    /// Send one text message.
    Send(String),
    /// Close the socket and ignore its later events.
    Disconnect {
        /// 1000 or 4000–4999.
        code: u16,
    },
    Show(Box<PresenceShow>),
}

/// One device's presence socket.
#[derive(Debug)]
pub struct PresenceClient {
    own_user: String,
    link: Link,
    /// Change that the server has not confirmed yet.
    change: Option<PresenceChange>,
    /// Number of the probe that followed the change, whose answer confirms it.
    barrier: Option<u64>,
    barriers: u64,
    /// Time at which a temporarily refused change is sent again.
    again_at: Option<Millis>,
    calls: MessageCalls,
    /// Own status, as the server has sent it.
    own_status: Option<Status>,
    /// `true` if this socket has received the own appearance, and therefore receives each change of it, in order.
    receives_own: bool,
    idle: bool,
    hidden: bool,
    watched: Vec<String>,
    last_now: Millis,
    shown_connection: Option<ConnectionState>,
    effects: Vec<PresenceEffect>,
}

impl PresenceClient {
    /// Returns a closed client. `random_seed` seeds the jitter of retries.
    pub fn new(own_user: &str, random_seed: u64) -> Self {
        Self {
            own_user: own_user.to_owned(),
            link: Link::new(PRESENCE_HEARTBEAT_MS, random_seed),
            change: None,
            barrier: None,
            barriers: 0,
            again_at: None,
            calls: MessageCalls::default(),
            own_status: None,
            receives_own: false,
            idle: false,
            hidden: false,
            watched: Vec::new(),
            last_now: 0,
            shown_connection: None,
            effects: Vec::new(),
        }
    }

    pub fn connection(&self) -> ConnectionState {
        self.link.state()
    }

    /// Returns the time of the next [`PresenceInput::Time`].
    pub fn wake_at(&self) -> Option<Millis> {
        let again_at = self.again_at.filter(|_| self.link.is_live());
        [self.link.wake_at(), again_at].into_iter().flatten().min()
    }

    /// Handles one input. The owner carries out the effects in their order, before the next input.
    pub fn handle(&mut self, now: Millis, input: PresenceInput) -> Vec<PresenceEffect> {
        if now + CLOCK_BACK_MS_MAX < self.last_now {
            let effects = self.link.woke(now);
            self.run_link(effects);
        }
        self.last_now = now;
        self.take(now, input);
        let effects = self.link.time(now);
        self.run_link(effects);
        if self.again_at.is_some_and(|at| at <= now) {
            self.again_at = None;
            self.send_change(now);
        }
        let connection = self.link.state();
        if self.shown_connection != Some(connection) {
            self.shown_connection = Some(connection);
            self.show(PresenceShow::Connection(connection));
        }
        std::mem::take(&mut self.effects)
    }

    fn take(&mut self, now: Millis, input: PresenceInput) {
        let effects = match input {
            PresenceInput::Open => self.link.open(now),
            PresenceInput::SocketClosed { code, reason } => {
                self.lost();
                self.link.closed(now, code, &reason)
            }
            PresenceInput::NetworkUp => self.link.network_up(now),
            PresenceInput::NetworkDown => self.link.network_down(now),
            PresenceInput::Reached => self.link.reached(now),
            PresenceInput::Hurry => self.link.hurry(now),
            PresenceInput::Woke => self.link.woke(now),
            PresenceInput::Close => self.link.close(),
            PresenceInput::Time => return,
            PresenceInput::SocketOpened => return self.link.opened(now),
            PresenceInput::Text(text) => return self.receive(now, &text),
            PresenceInput::Set(change) => return self.choose(now, change),
            PresenceInput::MessageAsked => {
                self.calls.ask();
                // A status text in flight may arrive before or after the message, so it is sent again after the answer.
                self.barrier = self.barrier.filter(|_| !self.waits_for_call());
                return;
            }
            PresenceInput::MessageAnswered(is_taken) => return self.message_answered(now, is_taken),
            PresenceInput::Idle(idle) => {
                if self.idle != idle {
                    self.idle = idle;
                    self.choose(now, PresenceChange { idle: Some(idle), ..PresenceChange::default() });
                }
                return;
            }
            PresenceInput::Visible(visible) => {
                if self.hidden == visible {
                    self.hidden = !visible;
                    self.choose(now, PresenceChange { visible: Some(visible), ..PresenceChange::default() });
                }
                return;
            }
            PresenceInput::Watch(mut users) => {
                users.truncate(PRESENCE_WATCH_MAX);
                if self.watched != users {
                    self.watched = users;
                    self.send_watch(now);
                }
                return;
            }
        };
        self.run_link(effects);
    }

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
            ServerFrame::PresenceWelcome { own: Some(own), .. } if own != self.own_user => {
                let effects = self.link.close();
                self.run_link(effects);
                self.show(PresenceShow::SomebodyElse);
            }
            ServerFrame::PresenceWelcome { heartbeat_ms, status, is_auto, expires_at, .. } => {
                if self.hidden {
                    self.change.get_or_insert_default().visible = Some(false);
                }
                if self.idle || is_auto {
                    self.change.get_or_insert_default().idle = Some(self.idle);
                }
                if let Some(expires_at) = expires_at {
                    self.show(PresenceShow::Session { expires_at });
                }
                self.welcomed(now, heartbeat_ms, status);
            }
            ServerFrame::PresenceUpdate(person) if person.id == self.own_user => self.own_update(person),
            ServerFrame::PresenceUpdate(person) => self.show(PresenceShow::Person(person)),
            ServerFrame::Notification { room, event, unread } => {
                let row = event.row(&self.own_user, event.seq).map(Box::new);
                self.show(PresenceShow::Notification { room, row, unread, shakes: event.shakes });
            }
            ServerFrame::Shown(show) => self.show(show),
            ServerFrame::Session { expires_at } => self.show(PresenceShow::Session { expires_at }),
            ServerFrame::SessionEnding { expires_in_ms } => self.show(PresenceShow::SessionEnding { expires_in_ms }),
            ServerFrame::Pong { t, .. } if t.is_some() && t == self.barrier => self.taken(),
            ServerFrame::Error { code, message, retry_after_ms, .. } => {
                self.refused(now, code, message, retry_after_ms);
            }
            // Frames of a room socket have no meaning here.
            _ => {}
        }
    }

    fn welcomed(&mut self, now: Millis, heartbeat_ms: Option<Millis>, status: Option<String>) {
        if let Some(heartbeat_ms) = heartbeat_ms {
            self.link.set_heartbeat(heartbeat_ms);
        }
        self.link.established(now);
        if let Some(status) = status {
            self.own_status = Status::parse(&status);
            // An unconfirmed choice of this device is newer than the server's status.
            if self.chosen_status().is_none() {
                self.show(PresenceShow::OwnStatus(status));
            }
        }
        self.send_change(now);
        if !self.watched.is_empty() {
            self.send_watch(now);
        }
    }

    /// Returns the chosen status that is not confirmed yet.
    fn chosen_status(&self) -> Option<Status> {
        self.change.as_ref().and_then(|change| change.status)
    }

    /// Updates the own appearance. While a choice of this device is unconfirmed, the status in the frame is outdated.
    fn own_update(&mut self, mut person: Visible) {
        (self.own_status, self.receives_own) = (Status::parse(&person.status), true);
        if let Some(chosen) = self.chosen_status() {
            person.status = chosen.seen().to_owned();
        }
        self.show(PresenceShow::Person(person));
    }

    /// Confirms the change. If another device chose after it, that was received already.
    fn taken(&mut self) {
        self.barrier = None;
        let Some(chosen) = self.change.take().and_then(|change| change.status) else { return };
        match self.own_status.filter(|_| self.receives_own) {
            Some(confirmed) if confirmed != chosen => self.show(PresenceShow::OwnStatus(confirmed.as_str().to_owned())),
            _ => self.own_status = Some(chosen),
        }
    }

    fn refused(&mut self, now: Millis, code: String, message: String, retry_after_ms: Option<Millis>) {
        let mut own_status = None;
        if self.barrier.take().is_some() {
            if matches!(code.as_str(), "RATE_LIMITED" | "OVERLOADED") {
                self.again_at = Some(now + retry_after_ms.unwrap_or(PATIENCE_MS).max(1));
            } else {
                own_status = self.chosen_status().and(self.own_status);
                self.change = None;
            }
        }
        self.show(PresenceShow::Refused { code, message, retry_after_ms, own_status });
    }

    // ---- sending

    fn choose(&mut self, now: Millis, change: PresenceChange) {
        if change.status.is_some() {
            self.calls.choose_words();
        }
        self.change = Some(merged(self.change.take().unwrap_or_default(), change));
        self.send_change(now);
    }

    fn message_answered(&mut self, now: Millis, is_taken: bool) {
        let waited = self.waits_for_call();
        if self.calls.answer(is_taken)
            && let Some(change) = &mut self.change
        {
            change.status_text = None;
        }
        if waited {
            self.send_change(now);
        }
    }

    fn send_change(&mut self, now: Millis) {
        if self.waits_for_call() {
            // The answer to an earlier probe does not confirm this change.
            self.barrier = None;
            return;
        }
        if !self.link.is_live() || self.again_at.is_some() {
            return;
        }
        if let Some(change) = &self.change {
            let frame = presence_frame(change);
            self.barriers += 1;
            self.barrier = Some(self.barriers);
            self.send(frame);
            self.send(format!("{{\"type\":\"ping\",\"t\":{}}}", self.barriers));
            self.link.expect_answer(now);
        }
    }

    /// Returns `true` while a status text has to wait, because it might overtake a personal message or be overtaken by it.
    fn waits_for_call(&self) -> bool {
        self.calls.are_open() && self.change.as_ref().is_some_and(|change| change.status_text.is_some())
    }

    fn send_watch(&mut self, now: Millis) {
        if self.link.is_live() {
            let users: Vec<String> = self.watched.iter().map(|user| json_text(user)).collect();
            self.send(format!("{{\"type\":\"watch\",\"userIds\":[{}]}}", users.join(",")));
            if !users.is_empty() {
                self.link.expect_answer(now);
            }
        }
    }

    fn run_link(&mut self, effects: Vec<LinkEffect>) {
        for effect in effects {
            match effect {
                LinkEffect::Connect => self.effects.push(PresenceEffect::Connect),
                LinkEffect::Ping => self.send("ping".to_owned()),
                LinkEffect::Drop { code } => {
                    self.lost();
                    self.effects.push(PresenceEffect::Disconnect { code });
                }
            }
        }
    }

    fn lost(&mut self) {
        self.barrier = None;
        self.again_at = None;
        self.receives_own = false;
    }

    fn send(&mut self, text: String) {
        self.effects.push(PresenceEffect::Send(text));
    }

    fn show(&mut self, show: PresenceShow) {
        self.effects.push(PresenceEffect::Show(Box::new(show)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::presence::{Person, Record};
    use crate::machines::room::ClientFrame;
    use crate::wire::messenger::read_frame;
    use crate::words::principal::UserKind;

    const WELCOME: &str = r#"{"type":"welcome","timestamp":5,"heartbeatMs":15000,"self":{"status":"online"}}"#;

    fn feed(client: &mut PresenceClient, now: Millis, input: PresenceInput) -> Vec<String> {
        let sent = client.handle(now, input).into_iter().filter_map(|effect| match effect {
            PresenceEffect::Send(text) => Some(text),
            _ => None,
        });
        sent.collect()
    }

    fn text(text: &str) -> PresenceInput {
        PresenceInput::Text(text.to_owned())
    }

    fn live() -> PresenceClient {
        let mut client = PresenceClient::new("user_1", 1);
        client.handle(0, PresenceInput::Open);
        client.handle(0, PresenceInput::SocketOpened);
        client.handle(0, text(WELCOME));
        assert_eq!(client.connection(), ConnectionState::Live);
        client
    }

    #[test]
    fn nothing_is_told_in_the_session_of_somebody_else() {
        let mut client = PresenceClient::new("user_1", 1);
        client.handle(0, PresenceInput::Open);
        client.handle(0, busy());
        client.handle(0, PresenceInput::SocketOpened);
        let other = WELCOME.replace("\"self\":{", "\"self\":{\"id\":\"user_2\",");
        let effects = client.handle(0, text(&other));
        assert!(effects.contains(&PresenceEffect::Show(Box::new(PresenceShow::SomebodyElse))), "{effects:?}");
        assert!(effects.contains(&PresenceEffect::Disconnect { code: 1000 }), "{effects:?}");
        assert!(!effects.iter().any(|effect| matches!(effect, PresenceEffect::Send(_))), "{effects:?}");
        assert_eq!(client.connection(), ConnectionState::Ended(1000), "it does not come again by itself");
    }

    fn busy() -> PresenceInput {
        PresenceInput::Set(PresenceChange { status: Some(Status::Busy), ..PresenceChange::default() })
    }

    #[test]
    fn a_choice_survives_a_lost_socket_until_the_server_took_it() {
        let mut client = live();
        let sent = feed(&mut client, 1, busy());
        assert_eq!(sent, [r#"{"type":"presence","status":"busy"}"#, r#"{"type":"ping","t":1}"#]);
        client.handle(2, PresenceInput::SocketClosed { code: 1006, reason: String::new() });
        let at = client.wake_at().unwrap();
        client.handle(at, PresenceInput::Time);
        client.handle(at, PresenceInput::SocketOpened);
        let effects = client.handle(at, text(WELCOME));
        assert!(!effects.iter().any(
            |effect| matches!(effect, PresenceEffect::Show(show) if matches!(**show, PresenceShow::OwnStatus(_)))
        ));
        assert!(effects.contains(&PresenceEffect::Send(r#"{"type":"presence","status":"busy"}"#.to_owned())));
        client.handle(at + 1, text(r#"{"type":"pong","t":2,"timestamp":9}"#));
        client.handle(at + 2, PresenceInput::Woke);
        assert_eq!(client.change, None, "taken: another device's later choice is not undone");
    }

    #[test]
    fn a_choice_refused_for_now_is_made_again_and_one_refused_for_good_is_not() {
        let mut client = live();
        feed(&mut client, 1, busy());
        client.handle(2, text(r#"{"type":"error","code":"RATE_LIMITED","retryAfterMs":700}"#));
        client.handle(3, text(r#"{"type":"pong","t":1,"timestamp":9}"#));
        assert_eq!(client.wake_at(), Some(702));
        assert_eq!(feed(&mut client, 702, PresenceInput::Time).len(), 2);
        client.handle(703, text(r#"{"type":"error","code":"VALIDATION"}"#));
        assert_eq!(client.change, None);
    }

    #[test]
    fn a_proved_address_is_shown() {
        let effects = live().handle(1, text(r#"{"type":"address","verified":true}"#));
        assert_eq!(effects, [PresenceEffect::Show(Box::new(PresenceShow::Address { is_verified: true }))]);
    }

    fn pong(t: u64) -> PresenceInput {
        text(&format!(r#"{{"type":"pong","t":{t},"timestamp":9}}"#))
    }

    fn own(status: &str) -> PresenceInput {
        text(&format!(r#"{{"type":"presence_update","userId":"user_1","status":"{status}","displayName":"Mia"}}"#))
    }

    /// Returns the own statuses that were shown.
    fn shown(client: &mut PresenceClient, now: Millis, input: PresenceInput) -> Vec<String> {
        let shown = client.handle(now, input).into_iter().filter_map(|effect| match effect {
            PresenceEffect::Show(show) => match *show {
                PresenceShow::Person(person) => Some(person.status),
                PresenceShow::OwnStatus(status) => Some(status),
                _ => None,
            },
            _ => None,
        });
        shown.collect()
    }

    #[test]
    fn what_is_told_of_the_own_person_takes_back_no_status_that_was_chosen_since() {
        let mut client = live();
        assert_eq!(shown(&mut client, 1, own("online")), ["online"]);
        client.handle(2, busy());
        // For example a personal message from just before the choice.
        assert_eq!(shown(&mut client, 3, own("online")), ["busy"]);
        assert_eq!(shown(&mut client, 4, own("busy")), ["busy"]);
        assert_eq!(shown(&mut client, 5, pong(1)), [""; 0]);
        assert_eq!(shown(&mut client, 6, own("online")), ["online"], "chosen later, or ended by its time");
        // Another device chooses just after this one, and its choice arrives before the answer.
        client.handle(7, busy());
        assert_eq!(shown(&mut client, 8, own("busy")), ["busy"]);
        assert_eq!(shown(&mut client, 9, own("away")), ["busy"]);
        assert_eq!(shown(&mut client, 10, pong(2)), ["away"]);
        // A person who appears offline sees their own status.
        let hide = PresenceChange { status: Some(Status::AppearOffline), ..PresenceChange::default() };
        client.handle(11, PresenceInput::Set(hide));
        assert_eq!(shown(&mut client, 12, own("away")), ["offline"]);
        assert_eq!(shown(&mut client, 13, own("offline")), ["offline"]);
        assert_eq!(shown(&mut client, 14, pong(3)), [""; 0]);
    }

    #[test]
    fn a_status_that_is_refused_for_good_is_again_the_one_that_the_server_has() {
        let back_to = |client: &mut PresenceClient, now: Millis, code: &str| {
            let frame = format!(r#"{{"type":"error","code":"{code}","retryAfterMs":1}}"#);
            client.handle(now, text(&frame)).into_iter().find_map(|effect| match effect {
                PresenceEffect::Show(show) => match *show {
                    PresenceShow::Refused { own_status, .. } => Some(own_status),
                    _ => None,
                },
                _ => None,
            })
        };
        let mut client = live();
        client.handle(1, busy());
        assert_eq!(back_to(&mut client, 2, "VALIDATION"), Some(Some(Status::Online)), "as the welcome said");
        client.handle(3, own("away"));
        client.handle(4, busy());
        assert_eq!(back_to(&mut client, 5, "RATE_LIMITED"), Some(None), "tried again");
        client.handle(6, PresenceInput::Time);
        assert_eq!(back_to(&mut client, 7, "VALIDATION"), Some(Some(Status::Away)));
        client.handle(8, PresenceInput::Idle(true));
        assert_eq!(back_to(&mut client, 9, "VALIDATION"), Some(None), "no status was chosen");
    }

    fn in_a_meeting() -> PresenceInput {
        let (status, status_text) = (Some(Status::Busy), Some("in a meeting".to_owned()));
        PresenceInput::Set(PresenceChange { status, status_text, ..PresenceChange::default() })
    }

    #[test]
    fn of_a_personal_message_and_the_words_of_a_status_the_later_choice_holds_whichever_way_is_faster() {
        let receive = |person: &mut Person, frames: &[String]| {
            for frame in frames {
                if let Ok(ClientFrame::Presence(change)) = read_frame(frame) {
                    person.choose_on(2, 1, change).unwrap();
                }
            }
        };
        let call = |person: &mut Person| {
            let message = Some("on the train".to_owned());
            person.choose(2, PresenceChange { personal_message: message, ..PresenceChange::default() }).unwrap();
        };
        for (is_message_later, is_call_faster) in [(true, true), (true, false), (false, true), (false, false)] {
            let (mut client, asked) = (live(), PresenceInput::MessageAsked);
            let mut person = Person::restore(Record::new("user_1", UserKind::User, "Mia", "av_01", ""), [], 0);
            person.arrive(0, 1, "a");
            let choices = if is_message_later { [in_a_meeting(), asked] } else { [asked, in_a_meeting()] };
            let sent: Vec<String> = choices.into_iter().flat_map(|choice| feed(&mut client, 1, choice)).collect();
            if is_call_faster {
                call(&mut person);
            }
            receive(&mut person, &sent);
            client.handle(2, pong(1));
            if !is_call_faster {
                call(&mut person);
            }
            receive(&mut person, &feed(&mut client, 3, PresenceInput::MessageAnswered(true)));
            let words = if is_message_later { "on the train" } else { "in a meeting" };
            let record = person.record();
            assert_eq!((record.choice, record.words()), (Status::Busy, words), "{is_message_later} {is_call_faster}");
            client.handle(4, pong(if is_message_later { 2 } else { 1 }));
            assert_eq!(client.change, None);
        }
    }

    #[test]
    fn words_that_wait_for_a_socket_end_with_a_later_message_that_the_server_takes() {
        for (is_taken, words) in [(true, ""), (false, r#","statusText":"in a meeting""#)] {
            let mut client = PresenceClient::new("user_1", 1);
            client.handle(0, PresenceInput::Open);
            client.handle(1, in_a_meeting());
            client.handle(2, PresenceInput::MessageAsked);
            client.handle(3, PresenceInput::MessageAnswered(is_taken));
            client.handle(4, PresenceInput::SocketOpened);
            let sent = feed(&mut client, 5, text(WELCOME));
            assert_eq!(sent[0], format!(r#"{{"type":"presence","status":"busy"{words}}}"#));
        }
    }

    #[test]
    fn words_wait_for_every_message_before_and_after_them_and_nothing_else_waits() {
        let with_words = r#"{"type":"presence","status":"busy","statusText":"in a meeting","idle":true}"#;
        let mut client = live();
        assert_eq!(feed(&mut client, 1, PresenceInput::Idle(true)).len(), 2);
        let taken = PresenceInput::MessageAnswered(true);
        for input in [PresenceInput::MessageAsked, in_a_meeting(), PresenceInput::MessageAsked, pong(1), taken] {
            assert_eq!(feed(&mut client, 2, input), [""; 0]);
        }
        let sent = feed(&mut client, 3, PresenceInput::MessageAnswered(false));
        assert_eq!(sent[0], with_words, "the message before them ends no words, and the refused one neither");
        client.handle(4, pong(2));
        client.handle(5, PresenceInput::MessageAsked);
        assert_eq!(feed(&mut client, 6, busy())[0], r#"{"type":"presence","status":"busy"}"#);
    }

    #[test]
    fn that_nothing_is_done_here_is_told_when_it_changes_and_where_it_is_not_known() {
        const AUTO: &str =
            r#"{"type":"welcome","timestamp":5,"heartbeatMs":15000,"self":{"status":"away","auto":true}}"#;
        let idle = |sent: &[String]| sent.iter().find(|frame| frame.contains("presence")).cloned();
        let frame = |idle| Some(format!(r#"{{"type":"presence","idle":{idle}}}"#));
        let mut client = live();
        assert_eq!(feed(&mut client, 1, PresenceInput::Idle(false)), [""; 0], "everybody begins so");
        assert_eq!(idle(&feed(&mut client, 2, PresenceInput::Idle(true))), frame(true));
        client.handle(3, text(r#"{"type":"pong","t":1,"timestamp":9}"#));
        client.handle(60_000, PresenceInput::Woke);
        client.handle(60_001, PresenceInput::SocketOpened);
        assert_eq!(idle(&feed(&mut client, 60_002, text(WELCOME))), frame(true), "a new socket knows nothing of it");
        // A reload: the server has the old state, and the page a newer one.
        let mut client = PresenceClient::new("user_1", 1);
        client.handle(0, PresenceInput::Open);
        client.handle(0, PresenceInput::SocketOpened);
        assert_eq!(idle(&feed(&mut client, 1, text(AUTO))), frame(false));
    }

    #[test]
    fn that_no_window_is_in_view_is_told_when_it_changes_and_to_each_new_socket() {
        let visible = |sent: &[String]| sent.iter().find(|frame| frame.contains("visible")).cloned();
        let frame = |visible| Some(format!(r#"{{"type":"presence","visible":{visible}}}"#));
        let mut client = live();
        assert_eq!(feed(&mut client, 1, PresenceInput::Visible(true)), [""; 0], "everybody begins so");
        assert_eq!(visible(&feed(&mut client, 2, PresenceInput::Visible(false))), frame(false));
        assert_eq!(visible(&feed(&mut client, 3, PresenceInput::Visible(false))), None);
        client.handle(4, text(r#"{"type":"pong","t":1,"timestamp":9}"#));
        client.handle(60_000, PresenceInput::Woke);
        client.handle(60_001, PresenceInput::SocketOpened);
        assert_eq!(
            visible(&feed(&mut client, 60_002, text(WELCOME))),
            frame(false),
            "a new socket knows nothing of it"
        );
        client.handle(60_003, text(r#"{"type":"pong","t":2,"timestamp":9}"#));
        assert_eq!(visible(&feed(&mut client, 60_004, PresenceInput::Visible(true))), frame(true));
    }

    #[test]
    fn silence_is_noticed_after_two_heartbeats() {
        let mut client = live();
        assert_eq!(feed(&mut client, 15_000, PresenceInput::Time), ["ping"]);
        let effects = client.handle(30_000, PresenceInput::Time);
        assert_eq!(effects[..2], [PresenceEffect::Disconnect { code: 4408 }, PresenceEffect::Connect]);
    }

    #[test]
    fn the_watched_are_told_again_on_every_socket() {
        let mut client = live();
        let list = PresenceInput::Watch(vec!["user_2".to_owned()]);
        assert_eq!(feed(&mut client, 1, list.clone()), [r#"{"type":"watch","userIds":["user_2"]}"#]);
        assert!(feed(&mut client, 2, list).is_empty(), "nothing new");
        client.handle(60_001, PresenceInput::Woke);
        client.handle(60_002, PresenceInput::SocketOpened);
        assert_eq!(feed(&mut client, 60_003, text(WELCOME)).len(), 1);
    }
}
