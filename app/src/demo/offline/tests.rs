//! Tests the world with the page's own machines: what the visitor receives, and which requests are refused.

use protocol::client::{
    Effect, Input, OutboxEntry, PresenceClient, PresenceEffect, PresenceInput, RoomClient, RowState, Saved, Show,
};
use protocol::codec::json::Value;
use protocol::machines::scene::{languages, scenes};
use protocol::words::event::Millis;

use super::lines::lines_in;
use super::show::SPEEDS;
use super::world::{GROUP, OfflineWorld};
use crate::browser::SocketEvent;
use crate::browser::local_server::{LocalServer, LocalSocketEvent};

const START: Millis = 1_795_000_000_000;
const ROOM_SOCKET: u32 = 7;
const PRESENCE_SOCKET: u32 = 8;

/// The page's own machines, connected to the world, and the rows that they show.
struct PageFixture {
    world: OfflineWorld,
    room_id: String,
    room: RoomClient,
    presence_client: PresenceClient,
    now: Millis,
    shown: Vec<Show>,
    presence: Vec<protocol::client::PresenceShow>,
}

impl PageFixture {
    fn open(language: &str, room: &str) -> Self {
        let world = OfflineWorld::new(language, START).unwrap();
        let own = world.visitor.as_str().to_owned();
        let saved = Saved { cursor: None, outbox: Vec::new() };
        let mut page = Self {
            room_id: room.to_owned(),
            room: RoomClient::new(room, &own, saved, 1),
            presence_client: PresenceClient::new(&own, 2),
            world,
            now: START,
            shown: Vec::new(),
            presence: Vec::new(),
        };
        page.presence_input(PresenceInput::Open);
        page.input(Input::Open);
        page.settle();
        page
    }

    fn input(&mut self, input: Input) {
        for effect in self.room.handle(self.now, input) {
            match effect {
                Effect::Connect { url_query } => {
                    let address = format!("/api/ws/room/{}?{url_query}", self.room_id);
                    self.world.open(self.now, ROOM_SOCKET, &address);
                }
                Effect::Send(text) => self.world.receive(self.now, ROOM_SOCKET, &text),
                Effect::Disconnect { .. } => self.world.close(self.now, ROOM_SOCKET),
                Effect::Show(show) => self.shown.push(*show),
                Effect::Save(_) | Effect::Forget { .. } | Effect::SaveCursor(_) => {}
            }
        }
    }

    fn presence_input(&mut self, input: PresenceInput) {
        for effect in self.presence_client.handle(self.now, input) {
            match effect {
                PresenceEffect::Connect => self.world.open(self.now, PRESENCE_SOCKET, "/api/ws/presence"),
                PresenceEffect::Send(text) => self.world.receive(self.now, PRESENCE_SOCKET, &text),
                PresenceEffect::Disconnect { .. } => self.world.close(self.now, PRESENCE_SOCKET),
                PresenceEffect::Show(show) => self.presence.push(*show),
            }
        }
    }

    /// Delivers the events of the world until there are no more.
    fn settle(&mut self) {
        loop {
            let socket_events = self.world.take_events();
            if socket_events.is_empty() {
                return;
            }
            for LocalSocketEvent { socket, event } in socket_events {
                match (socket, event) {
                    (ROOM_SOCKET, SocketEvent::Opened) => self.input(Input::SocketOpened),
                    (ROOM_SOCKET, SocketEvent::Text(text)) => self.input(Input::Text(text)),
                    (ROOM_SOCKET, SocketEvent::Closed { code, reason }) => {
                        self.input(Input::SocketClosed { code, reason });
                    }
                    (_, SocketEvent::Opened) => self.presence_input(PresenceInput::SocketOpened),
                    (_, SocketEvent::Text(text)) => self.presence_input(PresenceInput::Text(text)),
                    (_, SocketEvent::Closed { code, reason }) => {
                        self.presence_input(PresenceInput::SocketClosed { code, reason });
                    }
                }
            }
        }
    }

    /// Advances the clock, and runs all due timers.
    fn pass(&mut self, ms: Millis) {
        let until = self.now + ms;
        loop {
            let wakes = [self.world.wake_at(), self.room.wake_at(), self.presence_client.wake_at()];
            let next = wakes.into_iter().flatten().min().filter(|at| *at <= until);
            let Some(next) = next else { break };
            self.now = next.max(self.now);
            self.world.time(self.now);
            self.settle();
            self.input(Input::Time);
            self.presence_input(PresenceInput::Time);
            self.settle();
            // With a stopped clock, timers would run for ever.
            self.now += 1;
        }
        self.now = until;
    }

    /// Returns the shown texts of other people, in order.
    fn scripted_texts(&self) -> Vec<String> {
        let text = |show: &Show| match show {
            Show::Row(row) if !row.is_own => row.kind.chat().map(|chat| chat.content.clone()),
            _ => None,
        };
        self.shown.iter().filter_map(text).collect()
    }

    fn is_sent(&self, id: &str) -> bool {
        let is_it = |show: &Show| match show {
            Show::State { id: of, state } => of == id && *state == RowState::Sent,
            Show::Row(row) => row.id == id && row.state == RowState::Sent,
            _ => false,
        };
        self.shown.iter().any(is_it)
    }

    fn call(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let answer = self.world.call(self.now, method, path, body);
        self.settle();
        (answer.status, Value::parse(&answer.body).unwrap())
    }
}

fn in_room(room: &str) -> PageFixture {
    PageFixture::open("en", room)
}

fn data<'a>(answer: &'a (u16, Value), name: &str) -> Option<&'a Value> {
    answer.1.get("data")?.get(name)
}

#[test]
fn what_the_visitor_writes_is_sent_and_read() {
    let mut page = in_room(GROUP);
    let id = "01890000-0000-7000-8000-000000000001";
    page.input(Input::Post(OutboxEntry::chat(id, "hello", None, "Aylin", page.now)));
    page.settle();
    assert!(page.is_sent(id));
    // By then the last message of the scene was received, and its persona is back.
    page.pass(40_000);
    let reach = page.shown.iter().filter_map(|show| match show {
        Show::Reach { read, .. } => Some(*read),
        _ => None,
    });
    let own = page.shown.iter().find_map(|show| match show {
        Show::Row(row) if row.id == id => row.seq,
        _ => None,
    });
    assert!(own.is_some() && reach.max() >= own, "everybody who is here reads it");
}

#[test]
fn a_scene_speaks_nudges_winks_and_reacts_by_itself() {
    for (language, scene) in [("en", "harbour"), ("de", "umzug"), ("fr", "pique-nique")] {
        let mut page = PageFixture::open(language, GROUP);
        assert!(page.world.show.scene().id.contains(scene));
        let before = page.scripted_texts().len();
        page.pass(70_000);
        assert!(page.world.shown().is_over);
        assert!(page.scripted_texts().len() > before + 8, "{language}: {:?}", page.scripted_texts());
        let has = |is_it: fn(&Show) -> bool| page.shown.iter().any(is_it);
        assert!(has(|show| matches!(show, Show::Nudge { shakes: true, .. })));
        assert!(has(|show| matches!(show, Show::Wink { .. })));
        assert!(has(|show| matches!(show, Show::Changed(_))), "somebody reacts");
        assert!(has(|show| matches!(show, Show::Typing { is_typing: true, .. })));
        assert!(has(|show| matches!(show, Show::Participants(_) | Show::ParticipantsDelta { .. })));
        let offline = page.presence.iter().any(|show| {
            matches!(show, protocol::client::PresenceShow::Person(one)
            if one.status == protocol::words::status::OFFLINE)
        });
        assert!(offline, "{language}: somebody loses the network");
    }
}

#[test]
fn each_language_of_scenes_has_lines_and_a_visitor_without_a_part() {
    for language in languages() {
        let lines = lines_in(language);
        assert_eq!(lines.language, language);
        let mut own = scenes().iter().filter(|scene| scene.language == language);
        assert!(own.all(|scene| scene.cast.iter().all(|id| id != lines.visitor)), "{language}");
    }
    // Readers of other languages get the English scenes.
    assert_eq!(OfflineWorld::new("tlh", START).unwrap().language(), "en");
}

#[test]
fn what_a_script_wrote_says_so() {
    let mut page = in_room(GROUP);
    page.pass(10_000);
    let answer = page.call("GET", &format!("/api/messages?roomId={GROUP}&limit=200"), "");
    let messages = data(&answer, "messages").and_then(Value::as_array).unwrap();
    let chats = messages.iter().filter(|one| one.get("type").and_then(Value::as_str) == Some("chat"));
    let (scripted, own): (Vec<_>, Vec<_>) =
        chats.partition(|one| one.get("client").and_then(Value::as_str) == Some("script"));
    assert!(scripted.len() > 5);
    assert!(own.iter().all(|one| one.get("senderId").and_then(Value::as_str) == Some("user_2")), "{own:?}");
}

#[test]
fn pause_stands_still_and_a_step_goes_on() {
    let mut page = in_room(GROUP);
    page.pass(4_000);
    page.world.pause_or_go_on(page.now);
    let before = page.scripted_texts().len();
    page.pass(60_000);
    assert_eq!(page.scripted_texts().len(), before);
    for _ in 0..6 {
        page.world.step(page.now);
        page.settle();
    }
    assert!(page.scripted_texts().len() > before && page.world.shown().is_paused);
    page.world.pause_or_go_on(page.now);
    page.world.set_speed(page.now, SPEEDS[3]);
    page.pass(20_000);
    assert!(page.world.shown().is_over, "four times as fast");
    assert_eq!(page.world.shown().speed_percent, SPEEDS[3]);
    let once = page.scripted_texts().len();
    page.world.pause_or_go_on(page.now);
    page.settle();
    page.pass(20_000);
    assert!(page.scripted_texts().len() > once, "what is over begins again, and is said anew");
}

#[test]
fn a_character_answers_in_a_conversation_of_two() {
    // Its personas belong to another scene than the running one, so they are online.
    let mut page = in_room("dm_user_1____user_2");
    page.input(Input::Post(OutboxEntry::chat("01890000-0000-7000-8000-000000000002", "Tea?", None, "Aylin", page.now)));
    page.settle();
    page.pass(8_000);
    assert_eq!(page.scripted_texts().len(), 1);
    page.input(Input::Post(OutboxEntry::nudge("01890000-0000-7000-8000-000000000003", "Aylin", page.now)));
    page.pass(8_000);
    assert_eq!(page.scripted_texts().last().map(String::as_str), Some("Ouch! I am awake, I am awake."));
    let typed = page.shown.iter().filter(|show| matches!(show, Show::Typing { is_typing: true, .. })).count();
    assert!(typed >= 2);
}

#[test]
fn what_is_said_where_no_conversation_is_open_is_told_by_the_presence_socket() {
    let mut page = in_room("dm_user_1____user_2");
    page.pass(10_000);
    let matching = page.presence.iter().filter(|show| {
        matches!(show, protocol::client::PresenceShow::Notification { room, unread, .. } if room == GROUP && *unread > 0)
    });
    assert!(matching.count() > 0);
}

#[test]
fn what_the_page_asks_for_at_its_start_is_answered_and_what_makes_no_sense_is_refused() {
    let mut page = in_room(GROUP);
    for path in [
        "/api/me/contacts?limit=200",
        "/api/me/blocks?limit=200",
        "/api/rooms?scope=mine&limit=200",
        "/api/rooms?scope=public&limit=200&q=",
        "/api/me/drafts",
        "/api/me/emoticons",
        "/api/users?q=%54heo",
        "/api/messages/search?limit=20&q=%73nacks",
    ] {
        let answer = page.call("GET", path, "");
        assert!(answer.0 == 200 && data(&answer, "items").is_some(), "{path}: {answer:?}");
    }
    for path in ["/api/auth/me", "/api/me/settings", "/api/me/clock", &format!("/api/rooms/{GROUP}")] {
        assert_eq!(page.call("GET", path, "").0, 200, "{path}");
    }
    assert_eq!(data(&page.call("GET", "/api/users?q=%54heo", ""), "items").unwrap().as_array().unwrap().len(), 1);
    let path = "/api/messages/search?limit=20&q=%73nacks";
    for (path, is_found) in [
        (path.to_owned(), true),
        (format!("{path}&roomId={GROUP}"), true),
        (format!("{path}&roomId=grp_0000000000000"), false),
    ] {
        let found = page.call("GET", &path, "");
        assert_eq!(!data(&found, "items").unwrap().as_array().unwrap().is_empty(), is_found, "{path}");
    }
    for (method, path) in [
        ("POST", "/api/links"),
        ("POST", "/api/me/contacts"),
        ("PUT", "/api/me/handle"),
        ("POST", "/api/export"),
        ("DELETE", "/api/me"),
        ("POST", "/api/auth/login"),
    ] {
        let (status, answer) = page.call(method, path, "{}");
        let code = answer.get("error").and_then(|error| error.get("code")?.as_str());
        assert_eq!((status, code), (403, Some("FORBIDDEN")), "{path}");
    }
    assert_eq!(page.call("GET", "/api/rooms/grp_0000000000000", "").0, 404);
    assert_eq!(page.call("POST", "/sf/save_settings", "theme=glass").0, 200);
}

#[test]
fn the_visitor_changes_how_they_are_seen() {
    let mut page = in_room(GROUP);
    assert_eq!(page.call("POST", "/sf/save_profile", "csrf=x&displayName=A%20B&personalMessage=hi").0, 200);
    let own = page.presence.iter().rev().find_map(|show| match show {
        protocol::client::PresenceShow::Person(one) if one.id == "user_2" => Some(one.clone()),
        _ => None,
    });
    assert_eq!(own.map(|one| (one.display_name, one.personal_message)), Some(("A B".to_owned(), "hi".to_owned())));
    assert_eq!(page.call("POST", "/sf/save_profile", "displayName=").0, 400);
}

#[test]
fn a_group_of_ones_own_has_whom_one_brings() {
    let mut page = in_room(GROUP);
    let made = page.call("POST", "/api/rooms", r#"{"name":"Tea","visibility":"private","memberIds":["user_1"]}"#);
    let id = data(&made, "id").and_then(Value::as_str).unwrap().to_owned();
    let added = page.call("POST", &format!("/api/rooms/{id}/members"), r#"{"userIds":["user_4"]}"#);
    let members = data(&added, "members").and_then(Value::as_array).unwrap();
    assert_eq!(members.len(), 3);
    assert_eq!(data(&added, "role").and_then(Value::as_str), Some("owner"));
    let rooms = page.call("GET", "/api/rooms?scope=mine&limit=200", "");
    let names =
        data(&rooms, "items").and_then(Value::as_array).unwrap().iter().filter_map(|it| it.get("name")?.as_str());
    assert!(names.eq(["Demo crew", "Theo", "Tea"]));
}

#[test]
fn what_was_said_before_waits_for_nobody() {
    let mut page = in_room(GROUP);
    let rooms = page.call("GET", "/api/rooms?scope=mine&limit=200", "");
    let unread =
        data(&rooms, "items").and_then(Value::as_array).unwrap().iter().filter_map(|it| it.get("unread")?.as_u64());
    assert_eq!(unread.sum::<u64>(), 0, "{rooms:?}");
}

#[test]
fn nonsense_breaks_nothing() {
    let mut page = in_room(GROUP);
    for text in ["", "{", "[]", "[[]]", "{\"type\":\"x\"}", "null", "\u{0}", "{\"type\":\"chat\",\"id\":1}"] {
        page.world.receive(page.now, ROOM_SOCKET, text);
        page.world.receive(page.now, PRESENCE_SOCKET, text);
        page.world.receive(page.now, 99, text);
        for path in ["/api/rooms", "/api/rooms/dm", "/api/messages", "/sf/boot", "/sf/save_profile", "/x"] {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                page.world.call(page.now, method, path, text);
                page.world.call(page.now, method, &format!("{path}?q={text}&limit=x&roomId=%"), text);
            }
        }
        page.world.open(page.now, 11, text);
    }
    page.world.close(page.now, 99);
    page.pass(5_000);
}
