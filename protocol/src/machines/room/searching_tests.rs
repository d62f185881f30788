//! Promises of searching a room, one test per promise (`messenger.md` 3).

use proptest::prelude::*;
use serde_json::Value;

use super::tests::{RoomFixture, principal};
use super::{MessageHit, Outbound, RoomSettings};
use crate::content::search::{Query, RoomHits, tokens_of};
use crate::log::{LogStore, Retention};
use crate::people::contacts::{Hides, Privacy};
use crate::words::event::Millis;
use crate::words::limits::SEARCH_CANDIDATES_MAX;
use crate::words::principal::{Principal, UserKind};
use crate::words::rate::Rule;
use crate::words::refusal::{Denied, Refusal};
use crate::words::status::Status;

impl RoomFixture {
    fn without_limits(room: &str) -> Self {
        let mut settings = RoomSettings::default();
        for rule in ["CHAT", "FRAME", "MUTATE"] {
            *settings.rules.named(rule).unwrap() = Rule::default();
        }
        Self::with(room, settings)
    }

    fn says(&mut self, conn: u32, content: &str) {
        self.now += 10;
        self.write(conn, &format!("\"type\":\"chat\",\"content\":{}", Value::from(content)));
    }

    fn index_all(&mut self) {
        while self.room.index_some(&mut self.store, 7).unwrap() {}
    }

    fn ask(&mut self, user: &str, text: &str, before: Option<Millis>, limit: usize) -> RoomHits<MessageHit> {
        self.index_all();
        let query: Query = text.parse().unwrap();
        self.room.search(&self.store, &principal(user), self.room.privacy_of(user), &query, before, limit).unwrap()
    }

    /// Returns the positions that `user` finds.
    fn found(&mut self, user: &str, text: &str) -> Vec<u64> {
        self.ask(user, text, None, 100).found.iter().map(|(_, found)| found.event.seq).collect()
    }
}

fn change(what: &str, message: u32, rest: &str) -> String {
    format!("\"type\":\"{what}\",\"messageId\":\"00000000-0000-7000-8000-{message:012}\"{rest}")
}

#[test]
fn messages_are_found_newest_first_by_words_author_time_and_what_they_have() {
    let mut stage = RoomFixture::without_limits("general");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.says(a, "Schöne Grüße");
    stage.says(b, "gruesse zurück https://example.org");
    stage.says(a, "nichts");
    stage.chat(b);
    assert_eq!(stage.found("user_1", "grüsse"), [2, 1]);
    assert_eq!(stage.found("user_1", "GRU has:link"), [2]);
    assert_eq!(stage.found("user_1", "from:user_1"), [3, 1]);
    assert_eq!(stage.found("user_1", "grusse from:user_2 from:user_3"), [2]);
    let spots = stage.ask("user_1", "schon gru", None, 9).found.remove(0).1.spots;
    assert_eq!(spots.iter().map(|spot| (spot.start, spot.end)).collect::<Vec<_>>(), [(0, 6), (7, 12)]);
    assert_eq!(stage.ask("user_1", "grusse", Some(1_000_020), 9).found.len(), 1, "only what is older");
}

#[test]
fn an_edit_replaces_and_a_deletion_removes() {
    let mut stage = RoomFixture::without_limits("general");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.says(a, "apples");
    stage.says(a, "pears");
    stage.write(a, &change("edit", 1, ",\"content\":\"oranges\""));
    assert_eq!((stage.found("user_2", "apples"), stage.found("user_2", "oranges")), (vec![], vec![1]));
    assert_eq!(stage.found("user_2", "has:edit"), [1]);
    stage.write(b, &change("reaction", 2, ",\"reaction\":\"heart\",\"op\":\"add\""));
    assert_eq!((stage.found("user_2", "has:reaction"), stage.found("user_2", "pears")), (vec![2], vec![2]));
    stage.write(b, &change("reaction", 2, ",\"reaction\":\"heart\",\"op\":\"remove\""));
    assert!(stage.found("user_2", "has:reaction").is_empty());
    stage.write(a, &change("delete", 2, ",\"for\":\"all\""));
    assert_eq!((stage.found("user_1", "pears"), stage.found("user_1", "from:user_1")), (vec![], vec![1]));
    stage.write(b, &change("delete", 1, ",\"for\":\"me\""));
    assert_eq!((stage.found("user_2", "oranges"), stage.found("user_1", "oranges")), (vec![], vec![1]));
}

#[test]
fn what_is_not_for_somebodys_eyes_is_not_found() {
    let mut stage = RoomFixture::without_limits("dm_user_1____user_2");
    let a = stage.join("user_1");
    stage.says(a, "before the block");
    let mut hides = Hides::default();
    hides.block("user_1", stage.now + 5);
    let privacy = Privacy { hides, version: 1, ..Privacy::of_kind(UserKind::Persona) };
    stage.room.set_privacy(&mut stage.store, stage.now, "user_2", privacy, &mut Outbound::default()).unwrap();
    stage.says(a, "in the block");
    assert_eq!((stage.found("user_2", "block"), stage.found("user_1", "block")), (vec![1], vec![2, 1]));
    let mut next = principal("user_1");
    (next.session, next.visible_from) = ("0-next".to_owned(), stage.now);
    let query: Query = "block".parse().unwrap();
    let finds = stage.room.search(&stage.store, &next, None, &query, None, 9).unwrap();
    assert_eq!(finds.found.len(), 0, "what an earlier player of a persona wrote");
    let stranger = stage.room.search(&stage.store, &principal("user_3"), None, &query, None, 9);
    assert_eq!(stranger.unwrap_err(), Denied::Refused(Refusal::Forbidden));
}

#[test]
fn what_is_trimmed_is_not_found() {
    let mut stage = RoomFixture::without_limits("general");
    let a = stage.join("user_1");
    for _ in 0..20 {
        stage.says(a, "x1");
    }
    let retention = Retention { keep_ms: 100, events_min: 5, ids_ms: 100 };
    stage.room.trim(&mut stage.store, stage.now + 1_000, &retention, &mut Outbound::default()).unwrap();
    assert_eq!(stage.found("user_1", "x1"), [20, 19, 18, 17, 16]);
}

#[test]
fn pages_go_on_where_the_last_ended_however_many_do_not_match() {
    let mut stage = RoomFixture::without_limits("general");
    let a = stage.join("user_1");
    let count = SEARCH_CANDIDATES_MAX as u64 + 300;
    for n in 0..count {
        // Both words are in every message; only some messages have them side by side.
        stage.says(a, if n % 100 == 0 { "blue moon" } else { "moon blue" });
    }
    let (mut seen, mut before, mut pages) = (Vec::new(), None, 0);
    loop {
        let finds = stage.ask("user_1", "\"blue moon\"", before, 4);
        seen.extend(finds.found.iter().map(|(_, found)| found.event.seq));
        pages += 1;
        before = finds.done_to;
        if before.is_none() {
            break;
        }
    }
    let wanted: Vec<u64> = (0..count).rev().filter(|n| n % 100 == 0).map(|n| n + 1).collect();
    assert_eq!(seen, wanted);
    assert!(pages >= 3, "{pages}");
}

#[test]
fn long_words_are_told_apart_by_every_letter() {
    let mut stage = RoomFixture::without_limits("general");
    let a = stage.join("user_1");
    for content in ["Donaudampfschiff", "Donaudampflok", "Donaudampfer"] {
        stage.says(a, content);
    }
    assert_eq!(stage.found("user_1", "donaudampf"), [3, 2, 1]);
    assert_eq!(stage.found("user_1", "donaudampfl"), [2]);
    assert_eq!(stage.found("user_1", "\"donaudampf\""), [0; 0]);
    assert_eq!(stage.found("user_1", "from:user_1"), [3, 2, 1]);
}

/// Order numbers have a common prefix: the search must not read the neighbours of the wanted one.
#[test]
fn one_of_thousands_that_begin_alike_is_on_the_first_page() {
    let mut stage = RoomFixture::without_limits("general");
    let a = stage.join("user_1");
    for number in 0..3_000 {
        stage.says(a, &format!("order 20261122{number:08}"));
    }
    assert_eq!(stage.found("user_1", "2026112200000007"), [8]);
}

#[test]
fn of_a_long_name_all_of_it_counts() {
    let mut stage = RoomFixture::without_limits("general");
    for (user, name) in [("user_1", "Maximilian"), ("user_2", "Maximilia")] {
        let person = Principal { name: name.to_owned(), ..principal(user) };
        let conn = stage.join_as(person, Status::Online, None).unwrap().0;
        stage.says(conn, "hi");
    }
    assert_eq!(stage.found("user_3", "from:maximili"), [2, 1]);
    assert_eq!(stage.found("user_3", "from:maximilian"), [1]);
    assert_eq!(stage.found("user_3", "from:maximiliane"), [0; 0]);
}

#[test]
fn messages_of_one_moment_stay_on_one_page() {
    let mut stage = RoomFixture::without_limits("general");
    let a = stage.join("user_1");
    for at in [10, 20, 20, 20, 30] {
        stage.now = 1_000_000 + at;
        stage.write(a, r#""type":"chat","content":"same time""#);
    }
    let first = stage.ask("user_1", "same", None, 2);
    assert_eq!((first.found.len(), first.done_to), (4, Some(1_000_020)));
    let second = stage.ask("user_1", "same", first.done_to, 2);
    assert_eq!((second.found.len(), second.done_to), (1, None));
}

#[derive(Clone, Debug)]
enum Step {
    Say(bool),
    Edit(u8),
    Delete(u8),
    React(u8),
    Index(u32),
    Trim,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(Step::Say),
        2 => any::<u8>().prop_map(Step::Edit),
        1 => any::<u8>().prop_map(Step::Delete),
        2 => any::<u8>().prop_map(Step::React),
        2 => (0..5u32).prop_map(Step::Index),
        1 => Just(Step::Trim),
    ]
}

proptest! {
    /// Messages may be indexed before or after they are changed: in the end the index matches the log.
    #[test]
    fn the_index_is_a_projection_of_the_log(steps in prop::collection::vec(step(), 1..60)) {
        let mut stage = RoomFixture::without_limits("general");
        let a = stage.join("user_1");
        let mut said = Vec::new();
        for step in steps {
            let earlier = |at: u8, said: &[u32]| said.get(usize::from(at) % said.len().max(1)).copied().unwrap_or(999);
            match step {
                Step::Say(is_linked) => {
                    stage.says(a, if is_linked { "see https://example.org" } else { "plain words" });
                    said.push(stage.written);
                }
                Step::Edit(at) => drop(stage.write(a, &change("edit", earlier(at, &said), ",\"content\":\"changed\""))),
                Step::Delete(at) => drop(stage.write(a, &change("delete", earlier(at, &said), ",\"for\":\"all\""))),
                Step::React(at) => {
                    stage.write(a, &change("reaction", earlier(at, &said), ",\"reaction\":\"heart\",\"op\":\"add\""));
                }
                Step::Index(limit) => drop(stage.room.index_some(&mut stage.store, limit.max(1)).unwrap()),
                Step::Trim => {
                    let retention = Retention { keep_ms: 40, events_min: 3, ids_ms: 1_000 };
                    stage.room.trim(&mut stage.store, stage.now, &retention, &mut Outbound::default()).unwrap();
                }
            }
        }
        stage.index_all();
        let events = stage.store.read(stage.room.log().oldest(), u64::MAX, u32::MAX).unwrap();
        let wanted: Vec<_> = events.iter().rev().filter_map(|event| Some((event.seq, tokens_of(event)?))).collect();
        let indexed: Vec<_> = stage.store.changes.indexed(0, u64::MAX).map(|(seq, tokens)| (seq, tokens.to_owned())).collect();
        prop_assert_eq!(indexed, wanted);
    }
}
