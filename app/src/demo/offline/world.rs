//! The server in the page as a whole: its requests, the controls of its scene, and its earlier messages.
//!
//! [`OfflineWorld`] is pure: it takes the page's input with the time, and its events are drained. `browser::local` puts it in the place of
//! the network. Its data exists only in memory, and ends with the page.

use protocol::codec::json::json_text;
use protocol::log::Cursor;
use protocol::machines::presence::{Person, Record};
use protocol::machines::room::{Actor as By, NewGroup, Newcomer, Room, Visibility};
use protocol::machines::scene::{History, LineContent, Seed, history, scene_language};
use protocol::words::event::{Kind, Millis};
use protocol::words::ids::{RoomId, UserId};
use protocol::words::personas;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use protocol::words::time::MINUTE_MS;

use super::cast::{self, Actor};
use super::lines::{PromptKind, id_of, lines_in};
use super::show::{Show, ShowState};
use super::talk::{Talk, TalkEnd, parse_room, text_body};
use crate::browser::SocketEvent;
use crate::browser::local_server::{LocalResponse, LocalServer, LocalSocketEvent};
use crate::pages::frame::value_in;

/// The group in which scenes are played.
pub const GROUP: &str = "grp_offlinedemo00";

/// Age of the group, which is older than its first message.
const MADE_BEFORE_MS: Millis = 40 * 24 * 60 * MINUTE_MS;

/// Later act of a persona. `talk` and `actor` are indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScheduledAct {
    /// Has received a message, or has read it.
    Seen { talk: usize, actor: usize, seq: u64, is_read: bool },
    /// Types until `until`.
    Writing { talk: usize, actor: usize, until: Millis },
    /// Answers a prompt.
    Answer { talk: usize, actor: usize, id: String, prompt: PromptKind },
    /// Likes a message.
    Like { talk: usize, actor: usize, id: String },
    /// Is online again.
    Back { actor: usize },
}

/// Server in the page, see the module's description.
pub struct OfflineWorld {
    pub(super) language: &'static str,
    pub(super) visitor: UserId,
    pub(super) person: Person,
    pub(super) cast: Vec<Actor>,
    pub(super) talks: Vec<Talk>,
    /// Numbers of the page's presence sockets.
    pub(super) presence_sockets: Vec<u32>,
    pub(super) show: Show,
    /// Scheduled acts, each with its time.
    pub(super) scheduled_acts: Vec<(Millis, ScheduledAct)>,
    pub(super) socket_events: Vec<LocalSocketEvent>,
    /// Number of groups that the visitor has made.
    pub(super) groups_made: u32,
}

impl OfflineWorld {
    /// Makes a world for readers of this language, and starts its first scene. `None` if no scene can be parsed, which a test rules out.
    pub fn new(language: &str, now: Millis) -> Option<Self> {
        let language = scene_language(language);
        let visitor = lines_in(language).visitor;
        let show = Show::begin(language, now)?;
        let past = history(language).ok()?;
        let persona = personas::find(visitor)?;
        let message = persona.message(language);
        let record = Record::new(persona.id, UserKind::Persona, persona.name, persona.avatar, message);
        let mut world = Self {
            language,
            visitor: UserId::parse(visitor).ok()?,
            person: Person::restore(record, [], now),
            cast: cast::actors(&show.scenes, &past, visitor, now),
            talks: Vec::new(),
            presence_sockets: Vec::new(),
            show,
            scheduled_acts: Vec::new(),
            socket_events: Vec::new(),
            groups_made: 0,
        };
        world.remember(&past, now).ok()?;
        world.gather(now);
        world.socket_events.clear();
        Some(world)
    }

    /// Returns the language of the personas.
    pub fn language(&self) -> &'static str {
        self.language
    }

    fn open_room(&mut self, now: Millis, socket: u32, room: &str, query: &str) -> Result<(), Refusal> {
        let at = self.talk_of(now, room)?;
        let cursor = value_in(query, "since").and_then(|since| since.parse().ok());
        let cursor = cursor.map(|seq| Cursor { seq, epoch: value_in(query, "epoch").map(str::to_owned) });
        let who = (TalkEnd::Page(socket), self.principal(), self.person.card());
        self.talks[at].join(&mut self.socket_events, now, who, cursor)?;
        self.handle_new_events(now);
        Ok(())
    }

    pub fn titles(&self) -> Vec<String> {
        self.show.scenes.iter().map(|scene| scene.title.clone()).collect()
    }

    pub fn shown(&self) -> ShowState {
        self.show.shown()
    }

    /// Pauses or resumes the scene.
    pub fn pause_or_go_on(&mut self, now: Millis) {
        if self.show.pause_or_go_on(now) {
            self.restart(now);
        }
    }

    /// Performs the next act now, and pauses the scene.
    pub fn step(&mut self, now: Millis) {
        if let Some(done) = self.show.step(now) {
            self.act(now, done);
            self.handle_new_events(now);
        }
    }

    pub fn set_speed(&mut self, now: Millis, percent: u64) {
        self.show.set_speed(percent, now);
    }

    /// Starts the scene again, with new connections of its personas.
    pub fn restart(&mut self, now: Millis) {
        self.show.restart(now);
        self.gather(now);
    }

    pub fn play(&mut self, now: Millis, scene: usize) {
        self.show.play(scene, now);
        self.gather(now);
    }

    // ---- Conversations

    pub(super) fn principal(&self) -> Principal {
        let Record { name, avatar, .. } = self.person.record();
        cast::principal(&self.visitor, name, avatar)
    }

    pub(super) fn actor_of(&self, user: &str) -> Option<usize> {
        self.cast.iter().position(|actor| actor.persona.id == user)
    }

    /// Returns the index of a conversation by its id. One with a persona is made at first use.
    pub(super) fn talk_of(&mut self, now: Millis, room: &str) -> Result<usize, Refusal> {
        let id = parse_room(room)?;
        if let Some(at) = self.talks.iter().position(|talk| talk.id == id) {
            return Ok(at);
        }
        let partner = id.partner_of(&self.visitor).ok_or(Refusal::NotFound)?;
        let actor = self.actor_of(partner.as_str()).ok_or(Refusal::NotFound)?;
        let at = self.found(id)?;
        if self.cast[actor].is_here {
            self.enter(now, at, actor);
        }
        Ok(at)
    }

    fn found(&mut self, id: RoomId) -> Result<usize, Refusal> {
        // Each log has its own epoch.
        let epoch = 0x0ff1_0000 + self.talks.len() as u32;
        self.talks.push(Talk::open(id, epoch)?);
        Ok(self.talks.len() - 1)
    }

    /// Makes a group with these personas. Its maker is one of them, or the visitor.
    pub(super) fn found_group(
        &mut self,
        now: Millis,
        id: &str,
        name: &str,
        actors: &[usize],
        is_own: bool,
    ) -> Result<usize, Refusal> {
        let at = self.found(parse_room(id)?)?;
        let own = (self.visitor.clone(), self.person.record().name.clone());
        let mut people: Vec<(UserId, String)> = actors
            .iter()
            .filter_map(|actor| self.cast.get(*actor))
            .map(|actor| (actor.user.clone(), actor.persona.name.to_owned()))
            .collect();
        people.insert(if is_own { 0 } else { people.len() }, own);
        let mut people = people.into_iter();
        let (user, by_name) = people.next().ok_or(Refusal::Internal)?;
        let newcomer = |(user, name)| Newcomer { user, name, is_asked: false, by_invite: false };
        let people = people.map(newcomer).collect();
        let (by, plan) =
            (By { user, name: by_name }, NewGroup { name: name.to_owned(), visibility: Visibility::Private, people });
        self.talks[at]
            .step(&mut self.socket_events, now, |room, store, out| room.make_group(store, now, &by, &plan, out))?;
        for actor in actors.iter().copied().filter(|actor| self.cast[*actor].is_here).collect::<Vec<_>>() {
            self.enter(now, at, actor);
        }
        Ok(at)
    }

    /// Writes the earlier messages into the logs.
    fn remember(&mut self, past: &History, now: Millis) -> Result<(), Refusal> {
        let everybody: Vec<usize> = (0..self.cast.len()).collect();
        let group = self.found_group(now.saturating_sub(MADE_BEFORE_MS), GROUP, &past.name, &everybody, false)?;
        for Seed { at, id, persona, say } in past.at("offline", now) {
            self.recall(group, at, id, persona, say);
        }
        let said = lines_in(self.language);
        let room = RoomId::direct(self.visitor.clone(), UserId::parse(said.partner)?)?;
        let direct = self.found(room)?;
        for (minutes, who, text) in said.before {
            let who = if who.is_empty() { self.visitor.to_string() } else { (*who).to_owned() };
            let (at, id) = (now.saturating_sub(minutes * MINUTE_MS), id_of(&format!("before {minutes}")));
            let text = (*text).to_owned();
            self.recall(direct, at, id, &who, LineContent::Text { text, reply_to: None });
        }
        for talk in &mut self.talks {
            talk.seen = talk.room.log().head();
            talk.is_read_by(self.visitor.as_str());
        }
        Ok(())
    }

    /// Writes an earlier message or act of a person.
    fn recall(&mut self, talk: usize, then: Millis, id: String, persona: &str, say: LineContent<String>) {
        let actor = self.actor_of(persona);
        let by = match actor {
            Some(actor) => self.cast[actor].principal(),
            None if persona == self.visitor.as_str() => self.principal(),
            None => return,
        };
        let client = if actor.is_some() { ",\"client\":\"script\"" } else { "" };
        let (kind, body) = match say {
            LineContent::Text { text, reply_to } => {
                (Kind::Chat, text_body(&text, reply_to.as_deref(), actor.is_some()))
            }
            LineContent::Nudge => (Kind::Nudge, format!("{{{}}}", client.trim_start_matches(','))),
            LineContent::Wink { id } => (Kind::Wink, format!("{{\"winkId\":{}{client}}}", json_text(id))),
            LineContent::React { to, reaction } => {
                return self.talks[talk].react(&mut self.socket_events, then, &by, (id, to, reaction));
            }
        };
        self.talks[talk].post(&mut self.socket_events, then, &by, (id, kind, body));
    }

    pub(super) fn group_of(&self, room: &Room) -> bool {
        room.group().is_some_and(|group| group.role_of(self.visitor.as_str()).is_some())
    }
}

impl LocalServer for OfflineWorld {
    fn call(&mut self, now: Millis, method: &str, address: &str, body: &str) -> LocalResponse {
        self.answer_call(now, method, address, body)
    }

    fn open(&mut self, now: Millis, socket: u32, address: &str) {
        self.socket_events.push(LocalSocketEvent { socket, event: SocketEvent::Opened });
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let opened = match path.strip_prefix("/api/ws/room/") {
            Some(room) => self.open_room(now, socket, room, query),
            None if path == "/api/ws/presence" => {
                self.open_presence(now, socket);
                Ok(())
            }
            None => Err(Refusal::NotFound),
        };
        if let Err(refusal) = opened {
            self.socket_events.push(LocalSocketEvent::closed(socket, refusal.close_code(), &refusal.close_reason()));
        }
    }

    fn receive(&mut self, now: Millis, socket: u32, text: &str) {
        if text == "ping" {
            // The real runtime answers pings itself.
            return self.socket_events.push(LocalSocketEvent::text(socket, "pong"));
        }
        if self.presence_sockets.contains(&socket) {
            return self.receive_presence_frame(now, socket, text);
        }
        if let Some(talk) = self.talks.iter_mut().find(|talk| talk.has(TalkEnd::Page(socket))) {
            talk.receive(&mut self.socket_events, now, TalkEnd::Page(socket), text);
            self.handle_new_events(now);
        }
    }

    fn close(&mut self, now: Millis, socket: u32) {
        if self.presence_sockets.contains(&socket) {
            self.close_presence(now, socket);
        }
        for talk in &mut self.talks {
            talk.part(&mut self.socket_events, now, TalkEnd::Page(socket), false);
        }
    }

    fn take_events(&mut self) -> Vec<LocalSocketEvent> {
        std::mem::take(&mut self.socket_events)
    }

    fn wake_at(&self) -> Option<Millis> {
        let scheduled_acts = self.scheduled_acts.iter().map(|(at, _)| *at).min();
        let rooms = self.talks.iter().filter_map(|talk| talk.room.timer_at()).min();
        [scheduled_acts, rooms, self.show.due_at()].into_iter().flatten().min()
    }

    fn time(&mut self, now: Millis) {
        for done in self.show.due(now) {
            self.act(now, done);
        }
        self.do_due(now);
        for talk in &mut self.talks {
            if talk.room.timer_at().is_some_and(|at| at <= now) {
                let ticked =
                    talk.step(&mut self.socket_events, now, |room, store, out| Ok(room.tick(store, now, out)?));
                debug_assert!(ticked.is_ok(), "rows in memory do not fail");
            }
        }
        self.handle_new_events(now);
    }
}
