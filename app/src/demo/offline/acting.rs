//! Acts of personas: their parts of a scene, and their reactions to messages of the visitor.

use protocol::codec::json::json_text;
use protocol::content::kinds::EffectKind;
use protocol::machines::room::RoomStore;
use protocol::machines::scene::Action;
use protocol::wire::messenger::{EventView, event_json, notification_json};
use protocol::words::event::{Event, Kind, Millis};
use protocol::words::ids::RoomForm;
use protocol::words::limits::{DEMO_TYPING_EVERY_MS, UNREAD_MAX};
use protocol::words::status::Status;

use super::cast::Actor;
use super::lines::{PromptKind, id_of, lines_in};
use super::show::DueAct;
use super::talk::{Talk, TalkEnd, text_body};
use super::world::{GROUP, OfflineWorld, ScheduledAct};

/// Time until a message is delivered to connected personas; the next constant is the time until it is read.
const DELIVERED_AFTER_MS: Millis = 250;
const READ_AFTER_MS: Millis = 1_100;
/// Time after which a returning persona reads the waiting messages.
const CATCH_UP_MS: Millis = 1_600;
/// A persona starts to type an answer after this time, and types for the next.
const WRITE_AFTER_MS: Millis = 1_700;
const WRITE_MS: Millis = 2_200;
/// Time after which a persona of the group likes a message of the visitor.
const LIKE_AFTER_MS: Millis = 2_400;

/// Returns the body of a text that a script wrote.
fn scripted_body(text: &str, reply_to: Option<&str>) -> String {
    text_body(text, reply_to, true)
}

impl OfflineWorld {
    /// Prepares a scene: its own personas are offline, all others are online.
    pub(super) fn gather(&mut self, now: Millis) {
        self.scheduled_acts.retain(|(_, scheduled_act)| {
            !matches!(scheduled_act, ScheduledAct::Back { .. } | ScheduledAct::Writing { .. })
        });
        let cast = self.show.scene().cast.clone();
        for actor in 0..self.cast.len() {
            let persona = self.cast[actor].persona;
            let is_here = !cast.iter().any(|id| id == persona.id);
            self.come_or_go(now, actor, is_here, persona.status, false);
        }
    }

    /// Connects or disconnects a persona, or changes the status.
    fn come_or_go(&mut self, now: Millis, actor: usize, is_here: bool, status: Status, is_lost: bool) {
        let Some(one) = self.cast.get_mut(actor) else { return };
        let was_here = one.is_here;
        let is_new = one.change(now, is_here, status);
        let (user, card) = (one.persona.id, one.card());
        for talk in 0..self.talks.len() {
            match (was_here, is_here) {
                (false, true) => self.enter(now, talk, actor),
                (true, false) => self.talks[talk].part(&mut self.socket_events, now, TalkEnd::Actor(actor), is_lost),
                (true, true) => {
                    // A persona who is not in this conversation changes nothing there.
                    let _ = self.talks[talk].step(&mut self.socket_events, now, |room, store, out| {
                        room.set_card(store, now, user, &card, out)
                    });
                }
                (false, false) => {}
            }
        }
        if is_new {
            self.send_presence_of(actor);
        }
    }

    /// Lets an online persona open a conversation, and read the waiting messages.
    pub(super) fn enter(&mut self, now: Millis, talk: usize, actor: usize) {
        let (Some(one), Some(room)) = (self.cast.get(actor), self.talks.get_mut(talk)) else { return };
        let who = (TalkEnd::Actor(actor), one.principal(), one.card());
        if room.has(TalkEnd::Actor(actor)) || !takes_part(room, one) {
            return;
        }
        if room.join(&mut self.socket_events, now, who, None).is_ok() {
            let seq = room.room.log().head();
            self.schedule(now + CATCH_UP_MS, ScheduledAct::Seen { talk, actor, seq, is_read: true });
        }
    }

    fn schedule(&mut self, at: Millis, scheduled_act: ScheduledAct) {
        self.scheduled_acts.push((at, scheduled_act));
    }

    // ---- Scene

    /// Performs the part of a persona.
    pub(super) fn act(&mut self, now: Millis, done: DueAct) {
        let Some(actor) = self.actor_of(&done.persona) else { return };
        let Some(talk) = self.talks.iter().position(|talk| talk.id.as_str() == GROUP) else { return };
        let status = self.cast[actor].status;
        match done.action {
            Action::Join => self.come_or_go(now, actor, true, Status::Online, false),
            Action::Typing { for_ms } => {
                let until = now + self.show.lasting(for_ms);
                self.write(now, talk, actor, until);
            }
            Action::Say { .. } => {
                let text = done.text.unwrap_or_default();
                self.post(now, (talk, actor), done.id, Kind::Chat, scripted_body(&text, done.about.as_deref()));
            }
            Action::Nudge => self.post(now, (talk, actor), done.id, Kind::Nudge, "{\"client\":\"script\"}".to_owned()),
            Action::Wink { id } => {
                let body = format!("{{\"winkId\":{},\"client\":\"script\"}}", json_text(id));
                self.post(now, (talk, actor), done.id, Kind::Wink, body);
            }
            Action::Status(status) => self.come_or_go(now, actor, true, status, false),
            Action::React { reaction, .. } => self.react(now, (talk, actor), done.id, done.about, reaction),
            Action::DropNetwork { for_ms } => {
                self.come_or_go(now, actor, false, status, true);
                let back_at = now + self.show.lasting(for_ms);
                self.schedule(back_at, ScheduledAct::Back { actor });
            }
        }
    }

    fn post(&mut self, now: Millis, (talk, actor): (usize, usize), id: String, kind: Kind, body: String) {
        let is_own = |act: &ScheduledAct| matches!(act, ScheduledAct::Writing { actor: other, .. } if *other == actor);
        self.scheduled_acts.retain(|(_, act)| !is_own(act));
        let by = self.cast[actor].principal();
        self.talks[talk].post(&mut self.socket_events, now, &by, (id, kind, body));
    }

    fn react(
        &mut self,
        now: Millis,
        (talk, actor): (usize, usize),
        id: String,
        about: Option<String>,
        reaction: String,
    ) {
        if let Some(message) = about {
            let by = self.cast[actor].principal();
            self.talks[talk].react(&mut self.socket_events, now, &by, (id, message, reaction));
        }
    }

    /// Shows a persona as typing until `until`. The indicator expires unless it is renewed, so it is scheduled again.
    fn write(&mut self, now: Millis, talk: usize, actor: usize, until: Millis) {
        let is_writing = now < until;
        let frame = format!("{{\"type\":\"typing\",\"isTyping\":{is_writing}}}");
        self.talks[talk].receive(&mut self.socket_events, now, TalkEnd::Actor(actor), &frame);
        if is_writing {
            self.schedule(until.min(now + DEMO_TYPING_EVERY_MS), ScheduledAct::Writing { talk, actor, until });
        }
    }

    // ---- Reactions

    /// Performs all due acts in order of time.
    pub(super) fn do_due(&mut self, now: Millis) {
        loop {
            let due =
                self.scheduled_acts.iter().enumerate().filter(|(_, (at, _))| *at <= now).min_by_key(|(_, (at, _))| *at);
            let Some(at) = due.map(|(place, _)| place) else { return };
            let (_, scheduled_act) = self.scheduled_acts.remove(at);
            self.perform(now, scheduled_act);
        }
    }

    fn perform(&mut self, now: Millis, scheduled_act: ScheduledAct) {
        match scheduled_act {
            ScheduledAct::Seen { talk, actor, seq, is_read } => {
                let status = if is_read { "read" } else { "delivered" };
                let frame = format!("{{\"type\":\"ack\",\"upToSeq\":{seq},\"status\":\"{status}\"}}");
                self.talks[talk].receive(&mut self.socket_events, now, TalkEnd::Actor(actor), &frame);
            }
            ScheduledAct::Writing { talk, actor, until } => self.write(now, talk, actor, until),
            ScheduledAct::Answer { talk, actor, id, prompt } => {
                if self.cast[actor].is_here {
                    let text = lines_in(self.language).answer(prompt, &id);
                    let (own, body) = (id_of(&format!("answer {id}")), scripted_body(text, None));
                    self.post(now, (talk, actor), own, Kind::Chat, body);
                }
            }
            ScheduledAct::Like { talk, actor, id } => {
                if self.cast[actor].is_here {
                    let own = id_of(&format!("like {id}"));
                    self.react(now, (talk, actor), own, Some(id), "like".to_owned());
                }
            }
            ScheduledAct::Back { actor } => {
                let status = self.cast[actor].status;
                self.come_or_go(now, actor, true, status, false);
            }
        }
    }

    /// Handles new messages: personas receive, read and answer them. If the page has no socket in the conversation, its presence socket
    /// gets a notification.
    pub(super) fn handle_new_events(&mut self, now: Millis) {
        for talk in 0..self.talks.len() {
            for event in self.talks[talk].take_new_events() {
                let is_own = event.actor.as_deref() == Some(self.visitor.as_str());
                self.note(now, talk, &event);
                if is_own && event.kind.is_message() {
                    self.answer(now, talk, &event);
                } else if event.kind.is_message() && !self.talks[talk].is_open() {
                    self.notify(talk, &event);
                }
            }
        }
    }

    fn note(&mut self, now: Millis, talk: usize, event: &Event) {
        for actor in self.talks[talk].actors() {
            let seen = |is_read| ScheduledAct::Seen { talk, actor, seq: event.seq, is_read };
            self.schedule(now + DELIVERED_AFTER_MS, seen(false));
            self.schedule(now + READ_AFTER_MS, seen(true));
        }
    }

    fn answer(&mut self, now: Millis, talk: usize, event: &Event) {
        let here = self.talks[talk].actors();
        let RoomForm::Direct(..) = self.talks[talk].id.form() else {
            // The choice depends on the message alone: the same persona likes the same message.
            if let Some(actor) = here.get(event.seq as usize % here.len().max(1)).filter(|_| event.kind == Kind::Chat) {
                let scheduled_act = ScheduledAct::Like { talk, actor: *actor, id: event.id.clone() };
                self.schedule(now + LIKE_AFTER_MS, scheduled_act);
            }
            return;
        };
        let Some(actor) = here.first().copied() else { return };
        let prompt = match event.kind.effect() {
            Some(EffectKind::Nudge) => PromptKind::Nudge,
            Some(EffectKind::Wink) => PromptKind::Wink,
            None if event.content().is_some_and(|content| content.contains('?')) => PromptKind::Question,
            None => PromptKind::Text,
        };
        let (begins, ends) = (now + WRITE_AFTER_MS, now + WRITE_AFTER_MS + WRITE_MS);
        self.schedule(begins, ScheduledAct::Writing { talk, actor, until: ends });
        self.schedule(ends, ScheduledAct::Answer { talk, actor, id: event.id.clone(), prompt });
    }

    /// Notifies the page of a message in a conversation without a socket.
    fn notify(&mut self, talk: usize, event: &Event) {
        let Some(talk) = self.talks.get(talk) else { return };
        let visitor = self.visitor.as_str();
        let read = talk.room.floor_of(&talk.store, &self.principal()).unwrap_or_default();
        let read = read.max(self.read_to(talk));
        let unread = talk.store.unread(visitor, read, UNREAD_MAX).unwrap_or_default().len() as u64;
        let takes_nudge = self.person.record().status().takes_shakes();
        let message = event_json(talk.id.as_str(), event, EventView::Replay);
        self.say_on_presence(&notification_json(&message, unread, takes_nudge));
    }
}

/// Returns `true` if a persona takes part in a conversation.
fn takes_part(talk: &Talk, actor: &Actor) -> bool {
    match talk.room.group() {
        Some(group) => group.role_of(actor.persona.id).is_some(),
        None => talk.id.partner_of(&actor.user).is_some(),
    }
}
