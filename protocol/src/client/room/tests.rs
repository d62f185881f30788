//! Tests of the room client with hand-written frames: one promise of `messenger.md` 5 per test.

use super::RoomClient;
use crate::client::effect::{Effect, Input, Saved, SavedCursor, Show};
use crate::client::link::ConnectionState;
use crate::client::{OutboxEntry, RowKind, RowState};
use crate::words::event::Millis;

const EPOCH: &str = "9f31c0aa";

/// Client with the effects since the last call.
struct Bench {
    client: RoomClient,
    now: Millis,
    effects: Vec<Effect>,
}

fn chat(seq: u64, id: &str, sender: &str) -> String {
    format!(
        "{{\"type\":\"chat\",\"roomId\":\"r\",\"seq\":{seq},\"id\":\"{id}\",\"senderId\":\"{sender}\",\
         \"displayName\":\"N\",\"timestamp\":{seq},\"content\":\"c\"}}"
    )
}

fn welcome(head: u64, resumed: bool) -> String {
    format!(
        "{{\"type\":\"welcome\",\"epoch\":\"{EPOCH}\",\"head\":{head},\"oldest\":1,\"timestamp\":0,\"resumed\":{resumed}}}"
    )
}

fn welcome_of(user: &str) -> String {
    welcome(0, false).replace("{\"type\"", &format!("{{\"self\":{{\"id\":\"{user}\"}},\"type\""))
}

fn history(rid: Option<&str>, events: &[String], next: u64, more: bool) -> String {
    let rid = rid.map(|rid| format!("\"rid\":\"{rid}\",")).unwrap_or_default();
    format!(
        "{{\"type\":\"history\",{rid}\"messages\":[{}],\"head\":{},\"next\":{next},\"more\":{more},\"epoch\":\"{EPOCH}\"}}",
        events.join(","),
        next.max(events.len() as u64)
    )
}

impl Bench {
    fn new(saved: Saved) -> Self {
        Self { client: RoomClient::new("r", "me", saved, 1), now: 0, effects: Vec::new() }
    }

    /// Makes a live client of a log whose last events are `seqs` by another person.
    fn live(seqs: std::ops::RangeInclusive<u64>) -> Self {
        let mut bench = Self::new(Saved::default());
        bench.feed(Input::Open);
        bench.connect(&[welcome(*seqs.end(), false)]);
        let events: Vec<String> = seqs.clone().map(|seq| chat(seq, &format!("o{seq}"), "other")).collect();
        bench.text(&history(None, &events, *seqs.start(), *seqs.start() > 1));
        assert_eq!(bench.client.connection(), ConnectionState::Live);
        bench.effects.clear();
        bench
    }

    fn feed(&mut self, input: Input) {
        self.effects.extend(self.client.handle(self.now, input));
    }

    fn text(&mut self, text: &str) {
        self.feed(Input::Text(text.to_owned()));
    }

    fn connect(&mut self, texts: &[String]) {
        self.feed(Input::SocketOpened);
        texts.iter().for_each(|text| self.text(text));
    }

    fn post(&mut self, id: &str) {
        self.feed(Input::Post(OutboxEntry::chat(id, "hi", None, "Me", self.now)));
    }

    fn at(&mut self, now: Millis) {
        self.now = now;
        self.feed(Input::Time);
    }

    fn lose(&mut self) -> String {
        self.feed(Input::SocketClosed { code: 1006, reason: String::new() });
        self.effects.clear();
        self.now = self.client.wake_at().unwrap();
        self.feed(Input::Time);
        let query = self.effects.iter().find_map(|effect| match effect {
            Effect::Connect { url_query } => Some(url_query.clone()),
            _ => None,
        });
        query.unwrap()
    }

    /// Returns the frames since the last call, without heartbeats, probes and receipts.
    fn sent(&mut self) -> Vec<serde_json::Value> {
        let texts = std::mem::take(&mut self.effects).into_iter().filter_map(|effect| match effect {
            Effect::Send(text) => serde_json::from_str(&text).ok(),
            _ => None,
        });
        texts.filter(|frame: &serde_json::Value| frame["type"] != "ping" && frame["type"] != "ack").collect()
    }

    fn shown(&self, is_meant: impl Fn(&Show) -> bool) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Show(show) if is_meant(show))).count()
    }

    fn shows_row(&self, id: &str, seq: Option<u64>, state: &RowState) -> bool {
        self.shown(|show| matches!(show, Show::Row(row) if row.id == id && row.seq == seq && row.state == *state)) > 0
    }
}

#[test]
fn a_message_is_shown_at_once_and_replaced_in_place_by_its_echo() {
    let mut bench = Bench::live(1..=3);
    bench.post("a");
    assert!(bench.shows_row("a", None, &RowState::Queued));
    assert!(matches!(&bench.effects[1], Effect::Save(entry) if entry.id == "a"), "kept before it is sent");
    assert_eq!(bench.sent()[0]["id"], "a");
    bench.text(&format!(r#"[{{"type":"ack","id":"a","seq":4,"timestamp":9}},{}]"#, chat(4, "a", "me")));
    assert!(bench.shows_row("a", Some(4), &RowState::Sent));
    assert_eq!(bench.effects.iter().filter(|effect| **effect == Effect::Forget { id: "a".into() }).count(), 1);
    assert_eq!(bench.client.seq(), 4);
}

#[test]
fn after_a_lost_socket_only_what_the_replay_does_not_hold_is_sent_again() {
    let mut bench = Bench::live(1..=3);
    bench.post("a");
    bench.post("b");
    assert_eq!(bench.lose(), format!("participants=page&since=3&epoch={EPOCH}"));
    bench.effects.clear();
    bench.connect(&[welcome(4, true)]);
    assert!(bench.sent().is_empty(), "nothing is sent before the replay");
    bench.text(&history(None, &[chat(4, "a", "me")], 4, false));
    assert!(bench.shows_row("a", Some(4), &RowState::Sent));
    let ids: Vec<_> = bench.sent().iter().map(|frame| frame["id"].clone()).collect();
    assert_eq!(ids, ["b"]);
}

#[test]
fn a_hole_is_asked_for_once_and_filled() {
    let mut bench = Bench::live(1..=3);
    bench.text(&chat(6, "x", "other"));
    bench.text(&chat(7, "y", "other"));
    let sent = bench.sent();
    assert_eq!((sent.len(), &sent[0]["type"], &sent[0]["since"]), (1, &"history".into(), &3.into()));
    let rid = sent[0]["rid"].as_str().unwrap().to_owned();
    let events: Vec<String> = (4..=7).map(|seq| chat(seq, &format!("o{seq}"), "other")).collect();
    bench.text(&history(Some(&rid), &events, 7, false));
    assert_eq!(bench.client.seq(), 7);
    bench.text(&chat(8, "z", "other"));
    assert!(bench.shows_row("z", Some(8), &RowState::Sent));
    assert!(bench.sent().is_empty());
}

#[test]
fn a_page_with_a_hole_is_asked_for_again_but_not_for_ever() {
    let mut bench = Bench::live(1..=3);
    bench.text(&chat(6, "x", "other"));
    for round in 0..2 {
        let sent = bench.sent();
        assert_eq!(sent.len(), 1, "round {round}");
        let rid = sent[0]["rid"].as_str().unwrap().to_owned();
        bench.text(&history(Some(&rid), &[chat(4, "d", "other"), chat(6, "x", "other")], 6, false));
    }
    assert_eq!(bench.client.seq(), 6);
}

#[test]
fn lag_is_answered_by_pages_until_the_end() {
    let mut bench = Bench::live(1..=3);
    bench.text(r#"{"type":"lag","head":400}"#);
    let rid = bench.sent()[0]["rid"].as_str().unwrap().to_owned();
    let events: Vec<String> = (4..=203).map(|seq| chat(seq, &format!("o{seq}"), "other")).collect();
    bench.text(&history(Some(&rid), &events, 203, true));
    let sent = bench.sent();
    assert!(sent.iter().any(|frame| frame["since"] == 203));
    assert!(sent.iter().any(|frame| frame["type"] == "cursor" && frame["seq"] == 203), "{sent:?}");
}

#[test]
fn a_refused_page_is_asked_for_again() {
    let mut bench = Bench::live(5..=6);
    bench.feed(Input::LoadOlder);
    assert_eq!(bench.sent()[0]["before"], 5);
    bench.text(r#"{"type":"error","code":"RATE_LIMITED","message":"","retryAfterMs":800,"fatal":false}"#);
    assert_eq!(bench.client.wake_at(), Some(800));
    bench.at(800);
    let rid = bench.sent()[0]["rid"].as_str().unwrap().to_owned();
    bench.text(&history(Some(&rid), &[chat(4, "d", "other")], 4, true));
    assert_eq!(bench.shown(|show| matches!(show, Show::Older { rows, more: true } if rows.len() == 1)), 1);
}

#[test]
fn a_foreign_epoch_drops_the_copy_and_keeps_what_is_unsent() {
    let mut bench = Bench::live(1..=3);
    bench.post("a");
    bench.lose();
    bench.connect(&[
        welcome(1, false).replace(EPOCH, "00000001"),
        r#"{"type":"reset","epoch":"00000001","head":1}"#.to_owned(),
        history(None, &[chat(1, "n", "other")], 1, false),
    ]);
    assert_eq!(bench.shown(|show| *show == Show::Reset), 1);
    assert!(bench.effects.contains(&Effect::SaveCursor(SavedCursor {
        epoch: "00000001".into(),
        seq: 1,
        oldest: 1,
        first: 1
    })));
    assert_eq!(bench.sent()[0]["id"], "a", "resent with the same id");
}

#[test]
fn how_far_one_read_in_a_lost_log_says_nothing_of_the_next() {
    let known = |head, read| {
        let receipts = format!("\"receipts\":{{\"me\":{{\"deliveredSeq\":{read},\"readSeq\":{read}}}}},");
        welcome(head, false).replace("\"head\"", &format!("{receipts}\"head\""))
    };
    let mut bench = Bench::new(Saved::default());
    bench.feed(Input::Open);
    bench.connect(&[known(40, 40)]);
    assert_eq!(bench.shown(|show| *show == Show::OwnRead { seq: 40 }), 1);
    // The connection is lost before a page arrived, and the log is lost too.
    bench.lose();
    bench.connect(&[known(1, 1).replace(EPOCH, "00000001")]);
    assert_eq!(bench.shown(|show| *show == Show::Reset), 1);
    assert_eq!(bench.shown(|show| *show == Show::OwnRead { seq: 1 }), 1);
}

#[test]
fn rows_before_a_hole_that_cannot_be_filled_are_dropped() {
    let saved = SavedCursor { epoch: EPOCH.into(), seq: 3, oldest: 1, first: 1 };
    let mut bench = Bench::new(Saved { cursor: Some(saved), outbox: Vec::new() });
    bench.feed(Input::Open);
    bench.connect(&[welcome(11, true).replace("\"oldest\":1", "\"oldest\":10")]);
    let page = history(None, &[chat(10, "x", "other"), chat(11, "y", "other")], 11, false);
    bench.text(&page.replace("\"more\"", "\"truncated\":true,\"oldest\":10,\"more\""));
    assert_eq!(bench.shown(|show| *show == Show::Reset), 1);
    assert!(bench.effects.contains(&Effect::SaveCursor(SavedCursor {
        epoch: EPOCH.into(),
        seq: 11,
        oldest: 10,
        first: 10
    })));
}

#[test]
fn refusals_wait_fail_or_let_go_as_the_code_says() {
    let mut bench = Bench::live(1..=1);
    bench.post("a");
    bench.feed(Input::Post(OutboxEntry::nudge("n", "Me", 0)));
    bench.effects.clear();
    let refusal = |id: &str| format!(r#"{{"type":"error","code":"RATE_LIMITED","id":"{id}","retryAfterMs":500}}"#);
    bench.text(&refusal("a"));
    bench.at(500);
    assert_eq!(bench.sent()[0]["id"], "a");
    bench.post("c");
    bench.text(r#"{"type":"error","code":"FORBIDDEN","id":"a"}"#);
    let failed = RowState::Failed { code: "FORBIDDEN".into() };
    assert_eq!(bench.shown(|show| *show == Show::State { id: "a".into(), state: failed.clone() }), 1);
    assert_eq!(bench.sent()[0]["id"], "n");
    bench.text(&refusal("n"));
    assert_eq!(bench.shown(|show| *show == Show::Gone { id: "n".into() }), 1, "a late nudge is worse than none");
    assert_eq!(bench.sent()[0]["id"], "c");
    bench.feed(Input::Retry { id: "a".into() });
    assert!(bench.shows_row("a", None, &RowState::Queued));
    bench.text(r#"{"type":"ack","id":"c","seq":2,"timestamp":9}"#);
    assert_eq!(bench.sent()[0]["id"], "a");
}

#[test]
fn a_held_message_waits_until_it_is_dropped_or_comes_in_the_log() {
    let mut bench = Bench::live(1..=1);
    for id in ["a", "b"] {
        bench.post(id);
        bench.text(&format!(r#"{{"type":"error","code":"HELD","id":"{id}"}}"#));
    }
    let held = RowState::Failed { code: "HELD".into() };
    assert_eq!(
        (held.is_held(), bench.shown(|show| matches!(show, Show::State { state, .. } if *state == held))),
        (true, 2)
    );
    bench.effects.clear();
    bench.feed(Input::Dropped { id: "a".into() });
    bench.feed(Input::Dropped { id: "a".into() });
    let dropped = RowState::Failed { code: "DROPPED".into() };
    assert_eq!(bench.shown(|show| *show == Show::State { id: "a".into(), state: dropped.clone() }), 1);
    assert_eq!((bench.sent().len(), dropped.is_held()), (0, false), "nothing is sent by itself");
    bench.text(&chat(2, "b", "me"));
    assert!(bench.shows_row("b", Some(2), &RowState::Sent));
    bench.feed(Input::Dropped { id: "b".into() });
    assert_eq!(bench.shown(|show| matches!(show, Show::State { id, .. } if id == "b")), 0);
    bench.post("c");
    bench.feed(Input::Post(OutboxEntry::delete("d", "c", true, 0)));
    bench.text(r#"{"type":"error","code":"HELD","id":"c"}"#);
    bench.text(r#"{"type":"ack","id":"d","seq":2,"timestamp":9}"#);
    assert_eq!(bench.shown(|show| *show == Show::Gone { id: "c".into() }), 1, "it is taken back");
}

#[test]
fn a_device_that_missed_the_end_of_a_review_learns_it_when_it_comes_back() {
    let mut bench = Bench::live(1..=1);
    for id in ["a", "b", "c"] {
        bench.post(id);
        bench.text(&format!(r#"{{"type":"error","code":"HELD","id":"{id}"}}"#));
    }
    bench.lose();
    bench.effects.clear();
    let reviewed = r#""reviewed":{"a":"drop","b":"publish","x":"drop"},"head""#;
    bench.connect(&[welcome(1, true).replace("\"head\"", reviewed)]);
    assert_eq!(bench.shown(|show| matches!(show, Show::State { .. })), 0, "the log comes first");
    bench.text(&history(None, &[], 1, false));
    let dropped = RowState::Failed { code: "DROPPED".into() };
    assert_eq!(bench.shown(|show| *show == Show::State { id: "a".into(), state: dropped.clone() }), 1);
    assert_eq!(bench.shown(|show| matches!(show, Show::State { id, .. } if id == "c")), 0, "it waits");
    let again: Vec<_> = bench.sent().iter().map(|frame| frame["id"].clone()).collect();
    assert_eq!(again, ["b"], "the ack of a known id says where it is");
    bench.text(r#"{"type":"ack","id":"b","seq":1,"timestamp":9,"duplicate":true}"#);
    assert!(bench.shows_row("b", Some(1), &RowState::Sent));
}

#[test]
fn a_change_of_a_public_group_is_shown_each_time() {
    let mut bench = Bench::live(1..=1);
    bench.effects.clear();
    (0..2).for_each(|_| bench.text(r#"{"type":"group_changed","roomId":"r"}"#));
    assert_eq!(bench.shown(|show| *show == Show::GroupChanged), 2);
}

#[test]
fn the_number_of_waiting_messages_is_shown_when_it_changes_and_none_after_a_join_without_it() {
    let mut bench = Bench::live(1..=1);
    for (count, changes) in [(2, 1), (2, 0), (3, 1), (0, 1)] {
        bench.effects.clear();
        bench.text(&format!(r#"{{"type":"waiting","roomId":"r","count":{count}}}"#));
        assert_eq!(bench.shown(|show| *show == Show::Waiting(count)), changes, "{count}");
    }
    let waiting = r#"{"type":"waiting","roomId":"r","count":4}"#.to_owned();
    bench.text(&waiting);
    bench.lose();
    bench.effects.clear();
    bench.connect(&[welcome(1, true), waiting, history(None, &[], 1, false)]);
    assert_eq!(bench.shown(|show| matches!(show, Show::Waiting(_))), 0, "it does not vanish in between");
    bench.lose();
    bench.effects.clear();
    bench.connect(&[welcome(1, true), history(None, &[], 1, false)]);
    assert_eq!(bench.shown(|show| *show == Show::Waiting(0)), 1);
}

#[test]
fn the_commands_of_bots_are_shown_when_they_change_and_none_after_a_join_without_them() {
    let mut bench = Bench::live(1..=1);
    let names = |bench: &mut Bench| -> Vec<String> {
        let shown = std::mem::take(&mut bench.effects).into_iter().filter_map(|effect| match effect {
            Effect::Show(show) => match *show {
                Show::Commands(all) => Some(all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(" ")),
                _ => None,
            },
            _ => None,
        });
        shown.collect()
    };
    let list = |names: &[&str]| {
        let one = |name: &&str| format!(r#"{{"bot":"hook_a","name":"{name}","description":"d"}}"#);
        format!(r#""commands":[{}]"#, names.iter().map(one).collect::<Vec<_>>().join(","))
    };
    let joined = |names: &[&str]| welcome(1, true).replace("\"head\"", &format!("{},\"head\"", list(names)));
    bench.text(&format!(r#"{{"type":"commands","roomId":"r",{}}}"#, list(&["deploy"])));
    assert_eq!(names(&mut bench), ["deploy"]);
    bench.lose();
    bench.connect(&[joined(&["deploy"]), history(None, &[], 1, false)]);
    assert_eq!(names(&mut bench), [""; 0], "they do not vanish in between");
    bench.lose();
    bench.connect(&[joined(&["deploy", "status"]), history(None, &[], 1, false)]);
    assert_eq!(names(&mut bench), ["deploy status"]);
    bench.lose();
    bench.connect(&[welcome(1, true), history(None, &[], 1, false)]);
    assert_eq!(names(&mut bench), [""]);
}

#[test]
fn typing_is_sent_on_the_first_key_and_then_at_most_every_two_seconds() {
    let mut bench = Bench::live(1..=1);
    for now in (0..=4_000).step_by(100) {
        bench.now = now;
        bench.feed(Input::Typing(true));
    }
    assert_eq!(bench.sent().iter().filter(|frame| frame["isTyping"] == true).count(), 3);
    bench.feed(Input::Typing(false));
    bench.feed(Input::Typing(false));
    assert_eq!(bench.sent().iter().filter(|frame| frame["isTyping"] == false).count(), 1);
}

#[test]
fn nobody_types_for_longer_than_four_seconds_or_past_their_message() {
    let mut bench = Bench::live(1..=1);
    let typing = r#"{"type":"typing","senderId":"other","displayName":"O","isTyping":true,"expiresInMs":3000}"#;
    let ended = |show: &Show| matches!(show, Show::Typing { is_typing: false, .. });
    bench.text(typing);
    assert_eq!(bench.client.wake_at(), Some(4_000));
    bench.at(4_000);
    assert_eq!(bench.shown(ended), 1);
    bench.text(typing);
    bench.text(&chat(2, "x", "other"));
    assert_eq!(bench.shown(ended), 2);
    bench.text(typing);
    bench.feed(Input::SocketClosed { code: 1006, reason: String::new() });
    assert_eq!(bench.shown(ended), 3);
}

#[test]
fn a_clock_that_goes_back_lengthens_nobodys_typing() {
    let mut bench = Bench::live(1..=1);
    bench.at(10_000);
    bench.text(r#"{"type":"typing","senderId":"other","displayName":"O","isTyping":true,"expiresInMs":3000}"#);
    bench.at(9_500);
    assert_eq!(bench.shown(|show| matches!(show, Show::Typing { is_typing: false, .. })), 1);
}

#[test]
fn winks_start_at_the_servers_time_and_late_or_replayed_ones_do_not_play() {
    let mut bench = Bench::live(1..=1);
    let wink = |seq: u64, start_at: Millis, more: &str| {
        format!(
            "{{\"type\":\"wink\",\"seq\":{seq},\"id\":\"w{seq}\",\"senderId\":\"other\",\"displayName\":\"O\",\
             \"timestamp\":1,\"winkId\":\"toast\",\"startAt\":{start_at},\"durationMs\":4000{more}}}"
        )
    };
    bench.now = 10_000;
    bench.text(r#"{"type":"pong","t":0,"timestamp":100}"#);
    bench.text(&wink(2, 8_000, ""));
    bench.text(&wink(3, 7_999, ""));
    bench.text(&wink(4, 10_000, ",\"replay\":true"));
    let plays = bench.effects.iter().filter_map(|effect| match effect {
        Effect::Show(show) => match &**show {
            Show::Wink { row, start_at_local_ms, .. } => Some((row.seq, *start_at_local_ms)),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(plays.collect::<Vec<_>>(), [(Some(2), 8_000)]);
}

#[test]
fn what_an_earlier_life_left_is_shown_and_sent_in_order() {
    let mut failed = OutboxEntry::chat("b", "hi", None, "Me", 0);
    failed.failed = Some("FORBIDDEN".into());
    let outbox = vec![OutboxEntry::chat("a", "1", None, "Me", 0), failed, OutboxEntry::chat("c", "2", None, "Me", 0)];
    let mut bench = Bench::new(Saved { cursor: None, outbox });
    bench.feed(Input::Open);
    assert!(bench.shows_row("b", None, &RowState::Failed { code: "FORBIDDEN".into() }));
    bench.connect(&[welcome(0, false)]);
    bench.text(&history(None, &[], 1, false).replace("\"head\":1", "\"head\":0"));
    bench.text(r#"{"type":"ack","id":"a","seq":1,"timestamp":9}"#);
    let ids: Vec<_> = bench.sent().iter().map(|frame| frame["id"].clone()).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(bench.lose(), format!("participants=page&since=0&epoch={EPOCH}"));
}

#[test]
fn what_an_earlier_life_left_and_comes_late_is_shown_and_sent_once_before_what_waits_here() {
    let mut bench = Bench::live(1..=1);
    bench.post("b");
    bench.post("c");
    assert_eq!(bench.sent()[0]["id"], "b");
    let left = ["a", "b"].map(|id| OutboxEntry::chat(id, "hi", None, "Me", 0)).to_vec();
    bench.feed(Input::Earlier(left.clone()));
    let row_id = |effect: &Effect| match effect {
        Effect::Show(show) => match &**show {
            Show::Row(row) => Some(row.id.clone()),
            _ => None,
        },
        _ => None,
    };
    let rows: Vec<String> = bench.effects.iter().filter_map(row_id).collect();
    assert_eq!(rows, ["a", "b", "c"]);
    assert_eq!(bench.shown(|show| matches!(show, Show::Gone { .. })), 2, "what waits here moves behind it");
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Save(_))), "it is kept already");
    bench.feed(Input::Earlier(left));
    bench.text(r#"{"type":"ack","id":"b","seq":2,"timestamp":9}"#);
    bench.text(r#"{"type":"ack","id":"a","seq":3,"timestamp":9}"#);
    bench.text(r#"{"type":"ack","id":"c","seq":4,"timestamp":9}"#);
    let ids: Vec<_> = bench.sent().iter().map(|frame| frame["id"].clone()).collect();
    assert_eq!(ids, ["a", "c"]);
}

#[test]
fn what_an_earlier_life_left_and_comes_late_is_not_sent_where_the_log_has_it() {
    let mut bench = Bench::live(1..=1);
    bench.lose();
    bench.post("b");
    let left = ["a", "d"].map(|id| OutboxEntry::chat(id, "hi", None, "Me", 0)).to_vec();
    bench.feed(Input::Earlier(left));
    bench.effects.clear();
    bench.connect(&[welcome(2, true), history(None, &[chat(2, "a", "me")], 2, false)]);
    assert!(bench.shows_row("a", Some(2), &RowState::Sent));
    bench.text(r#"{"type":"ack","id":"d","seq":3,"timestamp":9}"#);
    let ids: Vec<_> = bench.sent().iter().map(|frame| frame["id"].clone()).collect();
    assert_eq!(ids, ["d", "b"]);
}

#[test]
fn a_clock_that_goes_back_cannot_make_the_client_wait_for_ever() {
    let mut bench = Bench::live(1..=1);
    bench.now = 3_600_000;
    bench.feed(Input::SocketClosed { code: 1006, reason: String::new() });
    bench.effects.clear();
    bench.at(0);
    assert!(matches!(bench.effects[..], [Effect::Connect { .. }, Effect::Show(_)]), "{:?}", bench.effects);
}

/// Counts the shown pins of this message, with its text if it is known.
fn pinned(bench: &Bench, message: &str, words: Option<&str>) -> usize {
    let words_of = |kind: &RowKind| kind.chat().map(|chat| chat.content.clone());
    bench.shown(|show| match show {
        Show::Pinned(Some(pinned)) => {
            let known = pinned.row.as_ref().and_then(|row| words_of(&row.kind));
            pinned.message == message && known.as_deref() == words
        }
        _ => false,
    })
}

#[test]
fn what_is_pinned_is_kept_with_its_words_and_told_once() {
    let mut bench = Bench::new(Saved::default());
    bench.feed(Input::Open);
    let pin =
        format!("\"pin\":{{\"messageId\":\"p\",\"by\":\"other\",\"at\":7,\"message\":{}}},", chat(1, "p", "other"));
    let greeting = welcome(2, false).replace("\"head\"", &format!("{pin}\"head\""));
    bench.connect(&[greeting, history(None, &[chat(2, "o2", "other")], 2, true)]);
    assert_eq!(pinned(&bench, "p", Some("c")), 1);
    // The message is far above the page, and its pin is still updated.
    bench.effects.clear();
    bench.text(
        r#"{"type":"edit","roomId":"r","seq":3,"id":"e","messageId":"p","senderId":"other","content":"d","timestamp":3}"#,
    );
    assert_eq!(pinned(&bench, "p", Some("d")), 1);
    bench.effects.clear();
    bench.text(r#"{"type":"pin","roomId":"r","messageId":"o2","by":"me","at":9}"#);
    assert_eq!(pinned(&bench, "o2", None), 1, "the page has its row");
    bench.effects.clear();
    bench.text(r#"{"type":"pin","roomId":"r","messageId":"o2","by":"me","at":9}"#);
    bench.text(r#"{"type":"pin","roomId":"r","messageId":null,"by":"me","at":9}"#);
    bench.text(r#"{"type":"pin","roomId":"r","messageId":null,"by":"","at":10}"#);
    assert_eq!(bench.shown(|show| *show == Show::Pinned(None)), 1);
    assert_eq!(bench.shown(|show| matches!(show, Show::Pinned(Some(_)))), 0);
}

#[test]
fn what_is_pinned_of_whoever_is_gone_has_not_their_name() {
    let mut bench = Bench::new(Saved::default());
    bench.feed(Input::Open);
    let pin = format!("\"pin\":{{\"messageId\":\"p\",\"by\":\"me\",\"at\":7,\"message\":{}}},", chat(1, "p", "other"));
    let greeting = welcome(2, false).replace("\"head\"", &format!("{pin}\"head\""));
    bench.connect(&[greeting, history(None, &[chat(2, "o2", "other")], 2, true)]);
    bench.effects.clear();
    bench.text(&gone(3, ",\"words\":\"kept\""));
    let is_nameless = |show: &Show| match show {
        Show::Pinned(Some(pinned)) => pinned.row.as_ref().is_some_and(|row| row.sender_name == "Deleted account"),
        _ => false,
    };
    assert_eq!((bench.shown(is_nameless), pinned(&bench, "p", Some("c"))), (1, 1));
}

fn gone(seq: u64, more: &str) -> String {
    format!(
        "{{\"type\":\"system\",\"roomId\":\"r\",\"seq\":{seq},\"id\":\"n{seq}\",\"senderId\":\"other\",\
         \"displayName\":\"Deleted account\",\"timestamp\":{seq},\"code\":\"account_deleted\"{more}}}"
    )
}

#[test]
fn whoever_is_gone_is_told_to_the_page_live_and_in_a_replay() {
    for (is_replay, more) in [(false, ""), (true, ""), (false, ",\"words\":\"kept\"")] {
        let mut bench = Bench::live(1..=3);
        if is_replay {
            bench.lose();
            bench.connect(&[welcome(4, true), history(None, &[gone(4, more)], 4, false)]);
        } else {
            bench.text(&gone(4, more));
        }
        let count = bench.shown(|show| {
            let Show::Departed(departed) = show else { return false };
            (departed.user.as_str(), departed.seq, departed.keeps_words) == ("other", 4, !more.is_empty())
        });
        assert_eq!(count, 1, "{is_replay} {more}: {:?}", bench.effects);
        let shown = bench
            .effects
            .iter()
            .position(|effect| matches!(effect, Effect::Show(show) if matches!(**show, Show::Departed(_))));
        let saved = bench.effects.iter().position(|effect| matches!(effect, Effect::SaveCursor(_)));
        assert!(shown < saved, "the place of the note is kept with rows that have lost their words");
    }
}

#[test]
fn nobody_waits_for_receipts_of_whoever_is_gone() {
    let mut bench = Bench::live(1..=3);
    bench.text(r#"{"type":"delivery_status","senderId":"other","upToSeq":1,"status":"read"}"#);
    bench.text(r#"{"type":"delivery_status","senderId":"third","upToSeq":3,"status":"read"}"#);
    let is_reach = |show: &Show| matches!(show, Show::Reach { delivered: 3, read: 3 });
    assert_eq!(bench.shown(is_reach), 0);
    bench.text(&gone(4, ""));
    assert_eq!(bench.shown(is_reach), 1);
}

#[test]
fn nothing_is_sent_in_the_session_of_somebody_else() {
    let mut bench = Bench::live(1..=1);
    bench.lose();
    bench.post("mine");
    bench.effects.clear();
    bench.connect(&[format!("[{},{}]", welcome_of("you"), history(None, &[chat(1, "o1", "you")], 1, false))]);
    assert_eq!(bench.client.connection(), ConnectionState::Ended(1000), "it does not come again by itself");
    assert_eq!(bench.shown(|show| *show == Show::SomebodyElse), 1);
    let stays_saved = !bench.effects.iter().any(|effect| matches!(effect, Effect::Forget { .. }));
    assert!(stays_saved && bench.shown(|show| matches!(show, Show::Row(_))) == 0, "{:?}", bench.effects);
    assert_eq!(bench.sent(), [] as [serde_json::Value; 0]);
    bench.post("mine too");
    bench.at(60_000);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Save(entry) if entry.id == "mine too")));
    assert_eq!(bench.sent(), [] as [serde_json::Value; 0]);

    let mut own = Bench::new(Saved::default());
    own.feed(Input::Open);
    own.connect(&[welcome_of("me"), history(None, &[], 0, false)]);
    assert_eq!(own.client.connection(), ConnectionState::Live);
}

/// Returns a message, a nudge, and changes; none of them waits in a room that refuses everything.
fn unsent() -> Vec<OutboxEntry> {
    vec![
        OutboxEntry::chat("a", "hi", None, "Me", 0),
        OutboxEntry::nudge("n", "Me", 0),
        OutboxEntry::edit("e", "o1", "half a thought", 0),
        OutboxEntry::delete("d", "o1", true, 0),
        OutboxEntry { failed: Some("HELD".to_owned()), ..OutboxEntry::chat("h", "hi", None, "Me", 0) },
    ]
}

#[test]
fn nothing_waits_for_ever_in_a_room_that_has_refused_the_person() {
    for (code, refusal) in [(4403, "FORBIDDEN"), (4404, "NOT_FOUND")] {
        // They were written before the room refused, or by an earlier page.
        let mut live = Bench::live(1..=1);
        unsent().into_iter().for_each(|entry| live.feed(Input::Post(entry)));
        let mut restored = Bench::new(Saved { cursor: None, outbox: unsent() });
        restored.feed(Input::Open);
        for bench in [&mut live, &mut restored] {
            bench.effects.clear();
            bench.feed(Input::SocketClosed { code, reason: String::new() });
            let failed = RowState::Failed { code: refusal.to_owned() };
            let is_failed =
                |id: &str| bench.shown(|show| *show == Show::State { id: id.to_owned(), state: failed.clone() });
            assert_eq!(["a", "n", "e", "d", "h"].map(is_failed), [1, 1, 0, 0, 0], "{code}");
            let saved =
                bench.effects.iter().filter(|effect| matches!(effect, Effect::Save(entry) if entry.failed.is_some()));
            assert_eq!(saved.count(), 2, "{code}: also after a reload");
            let back = Show::EditRefused { message: "o1".to_owned(), content: "half a thought".to_owned() };
            assert_eq!(bench.shown(|show| *show == back), 1);
            assert_eq!((bench.client.connection(), bench.client.wake_at()), (ConnectionState::Ended(code), None));
        }
    }
}

#[test]
fn a_person_who_tries_again_asks_the_room_again() {
    let mut bench = Bench::live(1..=1);
    bench.post("a");
    for _ in 0..2 {
        bench.feed(Input::SocketClosed { code: 4403, reason: String::new() });
        bench.effects.clear();
        bench.feed(Input::Retry { id: "a".to_owned() });
        assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Connect { .. })));
    }
    bench.connect(&[welcome(1, true), history(None, &[], 1, false)]);
    assert_eq!(bench.sent()[0]["id"], "a");
}

#[test]
fn what_was_written_to_somebody_waits_until_the_conversation_can_be_made_or_not() {
    let mut bench =
        Bench { client: RoomClient::new("dm_a____b", "a", Saved::default(), 1), ..Bench::new(Saved::default()) };
    bench.feed(Input::Open);
    bench.post("a");
    bench.effects.clear();
    bench.feed(Input::SocketClosed { code: 4404, reason: String::new() });
    assert_eq!(bench.shown(|show| matches!(show, Show::State { .. })), 0);
    bench.feed(Input::NotMade { code: "NOT_FOUND".to_owned() });
    let failed = RowState::Failed { code: "NOT_FOUND".to_owned() };
    assert_eq!(bench.shown(|show| *show == Show::State { id: "a".to_owned(), state: failed.clone() }), 1);
}

#[test]
fn a_conversation_that_could_not_be_made_is_asked_for_with_each_further_try() {
    let connects = |bench: &Bench| bench.effects.iter().any(|effect| matches!(effect, Effect::Connect { .. }));
    // The page makes the conversation before it opens a socket.
    let mut bench =
        Bench { client: RoomClient::new("dm_a____b", "a", Saved::default(), 1), ..Bench::new(Saved::default()) };
    bench.post("a");
    assert!(!connects(&bench), "it is being made");
    bench.feed(Input::NotMade { code: "FORBIDDEN".to_owned() });
    bench.feed(Input::Retry { id: "a".to_owned() });
    assert!(connects(&bench));
    bench.effects.clear();
    bench.feed(Input::SocketClosed { code: 4404, reason: String::new() });
    bench.feed(Input::NotMade { code: "FORBIDDEN".to_owned() });
    bench.post("b");
    assert!(connects(&bench));
}

#[test]
fn what_was_looked_at_for_a_moment_is_told_as_read_when_that_is_due() {
    let read = |bench: &mut Bench, at| {
        bench.effects.clear();
        bench.at(at);
        let acks =
            bench.effects.iter().filter(|effect| matches!(effect, Effect::Send(text) if text.contains("\"read\"")));
        acks.count()
    };
    let mut bench = Bench::live(1..=3);
    bench.feed(Input::Looking(true));
    bench.feed(Input::Looking(false));
    bench.text(&chat(4, "o4", "other"));
    assert_eq!(read(&mut bench, 999), 0, "one a second");
    assert_eq!(read(&mut bench, 1_000), 1);
    let is_sent = bench
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Send(text) if text.contains("3") && !text.contains("4")));
    assert!(is_sent, "what came after is not read: {:?}", bench.effects);
    assert_eq!(read(&mut bench, 2_000), 0);
}

/// Returns the read positions that were shown since the last call.
fn own_reads(bench: &mut Bench) -> Vec<u64> {
    let read = |effect: Effect| match effect {
        Effect::Show(show) => match *show {
            Show::OwnRead { seq } => Some(seq),
            _ => None,
        },
        _ => None,
    };
    std::mem::take(&mut bench.effects).into_iter().filter_map(read).collect()
}

#[test]
fn what_is_looked_at_is_read_at_once_and_said_again_with_each_look() {
    let mut bench = Bench::live(1..=3);
    assert_eq!(own_reads(&mut bench), [] as [u64; 0], "nobody looked");
    bench.feed(Input::Looking(true));
    assert_eq!(own_reads(&mut bench), [3]);
    bench.text(&chat(4, "o4", "other"));
    bench.text(&chat(5, "m5", "me"));
    assert_eq!(own_reads(&mut bench), [4], "an own message is not read");
    bench.feed(Input::Looking(false));
    bench.text(&chat(6, "o6", "other"));
    assert_eq!(own_reads(&mut bench), [] as [u64; 0]);
    for _ in 0..2 {
        bench.feed(Input::Looking(false));
        bench.feed(Input::Looking(true));
        assert_eq!(own_reads(&mut bench), [6], "the page may have marked it as unread");
    }
    bench.feed(Input::Looking(false));
    bench.text(r#"{"type":"delivery_status","senderId":"me","upToSeq":9,"status":"read"}"#);
    bench.feed(Input::Looking(true));
    assert_eq!(own_reads(&mut bench), [9, 9], "another device has read more");
}

#[test]
fn a_look_at_saved_rows_reads_them_without_a_connection_and_what_was_missed_once_all_of_it_is_there() {
    let saved = SavedCursor { epoch: EPOCH.into(), seq: 3, oldest: 1, first: 1 };
    let mut bench = Bench::new(Saved { cursor: Some(saved), outbox: Vec::new() });
    bench.feed(Input::Looking(true));
    assert_eq!(own_reads(&mut bench), [3]);
    bench.feed(Input::Open);
    bench.connect(&[welcome(5, true)]);
    bench.text(&history(None, &[chat(4, "o4", "other")], 4, true));
    assert_eq!(own_reads(&mut bench), [] as [u64; 0], "the log of the page has a gap");
    bench.text(&history(None, &[chat(5, "o5", "other")], 5, false));
    assert_eq!(own_reads(&mut bench), [5]);
}
