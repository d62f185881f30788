//! Laws of demo rooms: joins, leaves, the scene in the room, and a reset that leaves nothing behind.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::codec::json::Value;
use crate::log::{LogStore, Range};
use crate::machines::presence::Card;
use crate::machines::room::{
    Actor, GroupStore, Join, MemoryRoomStore, Outbound, Room, RoomSettings, RoomStore, SlowMode, Wire, Write,
};
use crate::machines::scene;
use crate::wire::messenger::demo_state_json;
use crate::words::event::Kind;
use crate::words::ids::{RoomId, RoomRules};
use crate::words::limits::{DEMO_AWAY_MS, DEMO_LEASE_MS, DEMO_UNSEEN_MS};
use crate::words::personas;
use crate::words::principal::{Principal, UserKind};

const NOW: Millis = 1_790_000_000_000;

fn user(name: &str) -> UserId {
    UserId::parse(&format!("demo_{name}")).unwrap()
}

fn lease(name: &str) -> Lease {
    Lease {
        user: user(name),
        session: format!("0{name}"),
        name: name.to_owned(),
        avatar: "av_01".to_owned(),
        persona: None,
        until: 0,
        seen_at: NOW,
    }
}

fn as_persona(name: &str, persona: &str) -> Lease {
    Lease { persona: Some(persona.to_owned()), ..lease(name) }
}

fn demo() -> Demo {
    Demo::begin(&Code::read("ABC-234").unwrap(), "en", lease("host"), NOW)
}

fn join(demo: &mut Demo, name: &str) -> Result<(), Refusal> {
    demo.join(&JoinIdentity::Name(name.to_owned()), lease(name), false, NOW)
}

#[test]
fn a_presenter_has_a_name_in_each_language_of_scenes() {
    assert!(scene::languages().eq(PRESENTERS.iter().map(|(language, _)| *language)));
    let names = ["en", "de", "fr", "tlh"].map(Demo::presenter_name);
    assert_eq!(names, ["Presenter", "Moderation", "Présentation", "Presenter"]);
}

#[test]
fn a_code_is_read_as_people_type_it() {
    let code = Code::read("ABC-234").unwrap();
    for typed in
        ["abc234", " a b c 2 3 4 ", "Abc-234", "ABC--234", "ABC-234\n", "ABC–234", "ABC\u{200b}234", "ａｂｃ－２３４"]
    {
        assert_eq!(Code::read(typed), Some(code.clone()), "{typed}");
    }
    for wrong in ["", "ABC-23", "ABC-2345", "AB1-234", "ABI-234", "ABC-230", "ÄBC-234", "2345ABC"] {
        assert_eq!(Code::read(wrong), None, "{wrong:?}");
    }
    assert_eq!(code.shown(), "ABC-234");
    let room = RoomId::parse(&code.room_id(), &RoomRules::default()).unwrap();
    assert_eq!(room.as_str(), code.room_id());
    assert_ne!(code.room_id(), Code::read("ABC-235").unwrap().room_id());
}

proptest! {
    #[test]
    fn what_is_drawn_is_a_code(random: [u8; 8]) {
        let code = Code::draw(random);
        prop_assert_eq!(Code::read(&code.shown()), Some(code));
    }
}

#[test]
fn nobody_comes_who_may_not() {
    let mut demo = demo();
    demo.change(&DemoChange { cap: Some(3), ..DemoChange::default() }).unwrap();
    join(&mut demo, "mia").unwrap();
    let same = demo.join(&JoinIdentity::Name("M I A".to_owned()), lease("other"), false, NOW);
    assert!(matches!(same, Err(Refusal::Validation { .. })), "somebody has the name");
    for name in ["Міа", "Рresenter", "PRESENTER", "Pre\u{2063}senter", "Moderаtion", "PRÉSENTATION"] {
        let alike = demo.check_joins(&JoinIdentity::Name(name.to_owned()), false);
        assert!(matches!(alike, Err(Refusal::Validation { .. })), "{name} looks like somebody");
    }
    demo.join(&JoinIdentity::Persona("user_8".to_owned()), as_persona("ada", "user_8"), false, NOW).unwrap();
    assert_eq!(join(&mut demo, "bo"), Err(Refusal::RoomFull));
    demo.change(&DemoChange { cap: Some(60), is_locked: Some(true), ..DemoChange::default() }).unwrap();
    assert_eq!(join(&mut demo, "bo"), Err(Refusal::Forbidden));
    demo.change(&DemoChange { is_locked: Some(false), ..DemoChange::default() }).unwrap();
    let again = demo.join(&JoinIdentity::Persona("user_8".to_owned()), as_persona("eve", "user_8"), false, NOW);
    assert_eq!(again, Err(Refusal::PersonaTaken));
    assert!(demo.check_joins(&JoinIdentity::Persona("user_99".to_owned()), false).is_err());
    assert!(!demo.free().any(|persona| persona.id == "user_8"));
    assert_eq!(
        demo.free().count(),
        personas::PERSONAS.len() / 2 - 1,
        "half of them have parts in scenes of this language"
    );
}

#[test]
fn a_stage_is_seated_in_a_room_that_is_locked_and_full_and_no_crowd() {
    let mut demo = demo();
    demo.change(&DemoChange { cap: Some(2), is_locked: Some(true), ..DemoChange::default() }).unwrap();
    let mut seat = |name: &str| demo.join(&JoinIdentity::Name(name.to_owned()), lease(name), true, NOW);
    assert_eq!(
        [seat("mia"), seat("bo"), seat("ada")],
        [Ok(()), Ok(()), Ok(())],
        "one place was left, and two are the stage's"
    );
    assert_eq!(seat("eve"), Err(Refusal::RoomFull));
}

#[test]
fn what_is_out_of_bounds_changes_nothing() {
    let mut demo = demo();
    let before = demo.clone();
    for ways in [
        DemoChange { cap: Some(1), is_locked: Some(true), slow_ms: None },
        DemoChange { cap: Some(61), ..DemoChange::default() },
        DemoChange { cap: Some(u64::MAX), ..DemoChange::default() },
        DemoChange { cap: Some(5), is_locked: None, slow_ms: Some(30_001) },
    ] {
        assert!(demo.change(&ways).is_err());
        assert_eq!(demo, before);
    }
}

#[test]
fn leases_end_and_who_is_away_makes_place_but_not_the_presenter() {
    let mut demo = demo();
    join(&mut demo, "here").unwrap();
    join(&mut demo, "away").unwrap();
    let is_here = |who: &UserId| *who == user("here");
    assert!(demo.look_around(NOW + DEMO_AWAY_MS - 1, is_here).is_empty());
    let gone = demo.look_around(NOW + DEMO_AWAY_MS, is_here);
    assert_eq!(gone.iter().map(|lease| lease.name.as_str()).collect::<Vec<_>>(), ["away"]);
    assert_eq!(demo.lease_over_at(), Some(NOW + DEMO_LEASE_MS));
    assert_eq!(demo.look_around(NOW + DEMO_LEASE_MS, is_here).len(), 1, "two hours are over");
    assert_eq!(demo.people().len(), 1);
    assert!(demo.part_with(&user("host")).is_none());
    assert!(demo.is_over(NOW + DEMO_LIFE_MS) && !demo.is_over(NOW + DEMO_LIFE_MS - 1));
}

#[test]
fn only_the_presenter_decides_and_to_strangers_there_is_nothing() {
    let mut demo = demo();
    join(&mut demo, "mia").unwrap();
    assert_eq!(demo.check_presenter(&user("host")), Ok(()));
    assert_eq!(demo.check_presenter(&user("mia")), Err(Refusal::Forbidden));
    assert_eq!(demo.check_presenter(&user("eve")), Err(Refusal::NotFound));
}

#[test]
fn a_scene_and_a_person_never_are_the_same_character() {
    let scene = &scene::scenes()[0];
    let mut demo = demo();
    let persona = scene.cast[0].clone();
    demo.join(&JoinIdentity::Persona(persona.clone()), as_persona("mia", &persona), false, NOW).unwrap();
    let play = SceneAct::Play(scene.id.clone());
    assert_eq!(demo.direct(&play, "r", NOW), Err(Refusal::PersonaTaken));
    demo.part_with(&user("mia")).unwrap();
    demo.direct(&play, "r", NOW).unwrap();
    assert_eq!(demo.check_joins(&JoinIdentity::Persona(persona), false), Err(Refusal::PersonaTaken));
    assert_eq!(demo.direct(&SceneAct::Play("none".to_owned()), "r", NOW), Err(Refusal::NotFound));
    demo.direct(&SceneAct::Stop, "r", NOW).unwrap();
    assert_eq!(demo.direct(&SceneAct::Pause, "r", NOW), Err(Refusal::Conflict));
}

#[test]
fn a_scene_that_nobody_sees_stands_still_and_goes_on_when_the_presenter_says_so() {
    let scene = scene::scenes().iter().find(|scene| scene.repeats).unwrap();
    let mut demo = demo();
    demo.direct(&SceneAct::Play(scene.id.clone()), "r", NOW).unwrap();
    let is_paused = |demo: &Demo| demo.playing().unwrap().0.run.is_paused();
    let last = NOW + DEMO_UNSEEN_MS - 1;
    demo.rest(last);
    assert!(!is_paused(&demo), "whoever reloads, or was killed with the server, is back sooner");
    demo.note_here(last, |_| true);
    demo.rest(NOW + DEMO_UNSEEN_MS);
    assert!(!is_paused(&demo));
    let later = last + DEMO_UNSEEN_MS;
    demo.note_here(later, |_| false);
    demo.rest(later);
    assert!(
        is_paused(&demo)
            && demo.due(later + DEMO_LEASE_MS).iter().all(|deed| !matches!(deed.done, CastActionKind::Says(..)))
    );
    demo.note_here(later, |_| true);
    demo.direct(&SceneAct::GoOn, "r", later).unwrap();
    demo.rest(later);
    assert!(!is_paused(&demo));
}

// ---- In a room

struct Hall {
    room: Room,
    store: MemoryRoomStore,
    demo: Demo,
}

fn seed() -> Vec<SeedLine> {
    let id = |number: u8| format!("00000000-0000-5000-8000-0000000000{number:02x}");
    let line = |at: Millis, persona: &str, done| SeedLine {
        at: NOW - at,
        deed: CastAction { persona: personas::find(persona).unwrap(), done },
    };
    vec![
        line(90_000, "user_1", CastActionKind::Says(id(1), "one".to_owned(), None)),
        line(80_000, "user_2", CastActionKind::Says(id(2), "two".to_owned(), None)),
        line(70_000, "user_2", CastActionKind::Reacts(id(3), id(1), "heart".to_owned())),
    ]
}

fn actor(lease: &Lease) -> Actor {
    Actor { user: lease.user.clone(), name: lease.name.clone() }
}

fn principal(name: &str) -> Principal {
    let lease = lease(name);
    Principal {
        name: lease.name,
        avatar: lease.avatar,
        room: Some(Code::read("ABC-234").unwrap().room_id()),
        expires_at: NOW + 1_000_000,
        ..Principal::new(lease.user, UserKind::Guest, lease.session)
    }
}

impl Hall {
    /// Returns the number of messages that wait for a person.
    fn waiting(&self, name: &str) -> usize {
        self.room.unread(&self.store, user(name).as_str(), None, 0).unwrap().1.len()
    }

    fn new() -> Self {
        let id = RoomId::parse(&Code::read("ABC-234").unwrap().room_id(), &RoomRules::default()).unwrap();
        let (mut store, demo) = (MemoryRoomStore::default(), demo());
        let mut room = Room::open(id, RoomSettings::default(), &mut store, 7).unwrap();
        let host = actor(&demo.people()[0]);
        room.make_demo(&mut store, NOW, &host, "Demo", &seed(), &mut Outbound::default()).unwrap();
        let mut hall = Self { room, store, demo };
        hall.come("mia");
        hall
    }

    fn come(&mut self, name: &str) {
        join(&mut self.demo, name).unwrap();
        let newcomer = actor(&lease(name));
        self.room.let_into_demo(&mut self.store, NOW, &newcomer, &mut Outbound::default()).unwrap();
    }

    fn connect(&mut self, name: &str) -> Outbound {
        let card = Card { name: name.to_owned(), version: 1, ..Card::default() };
        let join = Join {
            id: format!("c-{name}"),
            principal: principal(name),
            card,
            wire: Wire::Batch,
            device: None,
            is_paged: false,
            cursor: None,
        };
        let mut out = Outbound::default();
        self.room.join(&mut self.store, NOW, join, &mut out).unwrap();
        out
    }

    fn say(&mut self, name: &str, text: &str, now: Millis) -> Result<u64, Refusal> {
        let id = format!("00000000-0000-7000-8000-{:012x}", now - NOW + 1_000 * text.len() as u64);
        let write = Write { id, kind: Kind::Chat, body: format!("{{\"content\":\"{text}\"}}") };
        match self.room.post(&mut self.store, now, &principal(name), write, &mut Outbound::default()) {
            Ok(posted) => Ok(posted.event.seq),
            Err(crate::words::refusal::Denied::Refused(refusal)) => Err(refusal),
            Err(broken) => panic!("{broken:?}"),
        }
    }

    fn play_until(&mut self, until: Millis) {
        let mut now = NOW;
        while let Some(at) = self.demo.due_at(now).filter(|at| *at <= until) {
            now = now.max(at);
            let deeds = self.demo.due(now);
            self.room.perform(&mut self.store, now, &deeds, &mut Outbound::default()).unwrap();
        }
    }

    fn texts(&self) -> Vec<String> {
        let events = self.store.read(1, u64::MAX, u32::MAX).unwrap();
        events.into_iter().filter(|event| event.kind == Kind::Chat).map(|event| event.body).collect()
    }
}

#[test]
fn a_demo_room_begins_with_what_was_said_before() {
    let hall = Hall::new();
    let page = hall.room.page(&hall.store, &principal("mia"), None, Range::Newest, 100).unwrap();
    let times: Vec<_> = page.events.iter().map(|event| NOW - event.ts).collect();
    assert_eq!(times, [90_000, 80_000, 70_000, 0], "the times of then, and mia who came now");
    assert_eq!(page.events[1].actor.as_deref(), Some("act_2"));
    assert!(hall.store.outbox().unwrap().is_empty(), "nobody is told of what was before them");
    let notified: BTreeSet<String> =
        hall.store.notifications().unwrap().into_iter().map(|notification| notification.about).collect();
    assert_eq!(notified, ["demo_host", "demo_mia"].map(str::to_owned).into(), "characters have nobody to tell");
}

#[test]
fn a_reset_leaves_nothing_of_before_but_the_people() {
    let mut hall = Hall::new();
    hall.connect("mia");
    let before = hall.say("mia", "mine", NOW + 1).unwrap();
    let epoch = hall.room.log().epoch();
    let host = actor(&hall.demo.people()[0]);
    let mut out = Outbound::default();
    hall.room.reset_demo(&mut hall.store, NOW + 10, 8, (&host, &seed()), &mut out).unwrap();
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [1001]);
    assert_ne!(hall.room.log().epoch(), epoch);
    assert_eq!(hall.texts().len(), 2);
    let events = hall.store.read(1, u64::MAX, u32::MAX).unwrap();
    assert_eq!(events.last().unwrap().body, r#"{"code":"demo_reset"}"#);
    assert!(events.last().unwrap().seq < before, "places begin anew");
    assert_eq!(hall.waiting("mia"), 0, "and nobody missed it");
    hall.connect("mia");
    hall.say("mia", "again", NOW + 20).unwrap();
    assert!(!hall.texts().iter().any(|text| text.contains("mine")));
    // Memory follows from the rows: a room that wakes now is the same.
    let again = Room::open(hall.room.id().clone(), RoomSettings::default(), &mut hall.store, 9).unwrap();
    assert_eq!((again.log().epoch(), again.log().head()), (hall.room.log().epoch(), hall.room.log().head()));
    assert_eq!(
        again.group().map(|group| group.people().count()),
        hall.room.group().map(|group| group.people().count())
    );
}

#[test]
fn what_was_said_before_somebody_came_does_not_wait_for_them() {
    let mut hall = Hall::new();
    assert_eq!(["host", "mia"].map(|name| hall.waiting(name)), [0, 0]);
    hall.say("mia", "mine", NOW + 1).unwrap();
    assert_eq!(["host", "mia"].map(|name| hall.waiting(name)), [1, 0]);
}

#[test]
fn slow_mode_holds_back_everybody_but_the_presenter() {
    let mut hall = Hall::new();
    hall.room.set_slow(SlowMode { ms: 3_000, presenter: "demo_host".to_owned() });
    hall.say("mia", "a", NOW + 1).unwrap();
    assert_eq!(hall.say("mia", "bb", NOW + 1_001), Err(Refusal::RateLimited { retry_after_ms: 2_000 }));
    hall.say("mia", "bb", NOW + 3_001).unwrap();
    hall.say("host", "ccc", NOW + 3_002).unwrap();
    hall.say("host", "dddd", NOW + 3_003).unwrap();
    hall.room.set_slow(SlowMode::default());
    hall.say("mia", "eeeee", NOW + 3_004).unwrap();
}

#[test]
fn a_scene_is_played_whole_and_what_is_tried_twice_is_there_once() {
    for scene in scene::scenes() {
        let mut hall = Hall::new();
        let deeds = hall.demo.direct(&SceneAct::Play(scene.id.clone()), "run", NOW).unwrap();
        hall.room.perform(&mut hall.store, NOW, &deeds, &mut Outbound::default()).unwrap();
        hall.play_until(NOW + scene.length_ms - 1);
        let events = hall.store.read(1, u64::MAX, u32::MAX).unwrap();
        let count = |kind| events.iter().filter(|event| event.kind == kind).count();
        let wanted = |is: fn(&scene::Action) -> bool| scene.steps.iter().filter(|step| is(&step.action)).count();
        assert_eq!(count(Kind::Chat) - 2, wanted(|action| matches!(action, scene::Action::Say { .. })), "{}", scene.id);
        assert_eq!(count(Kind::Nudge), wanted(|action| matches!(action, scene::Action::Nudge)), "{}", scene.id);
        assert_eq!(count(Kind::Wink), wanted(|action| matches!(action, scene::Action::Wink { .. })), "{}", scene.id);
        // A player that died before it stored its progress starts again: the log takes no message twice.
        let mut again = demo();
        let head = hall.room.log().head();
        again.direct(&SceneAct::Play(scene.id.clone()), "run", NOW).unwrap();
        hall.demo = again;
        hall.play_until(NOW + scene.length_ms - 1);
        let said = |event: &crate::words::event::Event| event.kind != Kind::System;
        let events = hall.store.read(head + 1, u64::MAX, u32::MAX).unwrap();
        assert!(!events.iter().any(said), "{}", scene.id);
    }
}

#[test]
fn whoever_is_sent_away_is_not_there_any_more() {
    let mut hall = Hall::new();
    hall.connect("mia");
    let host = actor(&hall.demo.people()[0]);
    let mut out = Outbound::default();
    hall.room.part_from_demo(&mut hall.store, NOW, &user("mia"), Some(&host), &mut out).unwrap();
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [4403]);
    assert_eq!(hall.say("mia", "x", NOW + 1), Err(Refusal::NotFound));
    assert!(hall.room.page(&hall.store, &principal("mia"), None, Range::Newest, 1).is_err());
}

#[test]
fn a_character_whom_somebody_is_is_listed_once_and_again_as_a_character_when_they_have_gone() {
    let mut hall = Hall::new();
    let ids = |hall: &Hall| -> Vec<String> {
        let state = Value::parse(&demo_state_json(&hall.demo, &hall.room, NOW)).unwrap();
        let members = state.get("members").and_then(Value::as_array).unwrap();
        let text = |member: &Value, name| member.get(name).and_then(Value::as_str).map(str::to_owned);
        let of_second = members.iter().filter(|member| text(member, "personaId").as_deref() == Some("user_2"));
        of_second.filter_map(|member| text(member, "id")).collect()
    };
    assert_eq!(ids(&hall), ["act_2"], "who has said something before");
    hall.demo.join(&JoinIdentity::Persona("user_2".to_owned()), as_persona("bea", "user_2"), false, NOW).unwrap();
    assert_eq!(ids(&hall), ["demo_bea"]);
    hall.demo.part_with(&user("bea")).unwrap();
    assert_eq!(ids(&hall), ["act_2"]);
}
