//! Laws of the log, the room and the limiter (`core.md` 2, 3, 6, 11), each over random cases.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use protocol::client::ServerFrame;
use protocol::log::{Appended, Log, MemoryStore, Range};
use protocol::machines::room::{RoomSettings, Wire, Write};
use protocol::words::event::{Draft, Kind, Millis};
use protocol::words::limits::{CONTENT_UNITS_MAX, LAG_EVENTS_MAX, PAGE_BODY_BYTES_MAX};
use protocol::words::rate::{Counter, Rule, Window};
use protocol::words::refusal::Refusal;

use crate::stage::{LawFixture, chat, id};

pub fn config() -> Config {
    Config { failure_persistence: None, ..Config::with_cases(128) }
}

fn write(n: u64, content: &str) -> Write {
    Write { id: id(n), kind: Kind::Chat, body: format!("{{\"content\":\"{content}\"}}") }
}

/// Forms of the frames of a JSON socket.
const WIRES: [Wire; 3] = [Wire::Single, Wire::Batch, Wire::Columns];

/// Event of a room; the steps follow each other.
#[derive(Clone, Debug)]
enum Step {
    /// This writer sends a message; `ends_turn` false: more messages follow in the same turn.
    Say { writer: usize, ends_turn: bool },
    /// This writer sends more messages than one page has.
    Burst { writer: usize, count: u64 },
    /// The watcher blocks or unblocks this writer, present or absent.
    Block { writer: usize, is_blocked: bool },
    /// Time passes, or the clock goes back a little.
    Wait { ms: i64 },
    /// The room sleeps and wakes.
    Sleep,
    /// The watcher's socket is cut; the watcher returns at the next `Return`.
    Leave,
    /// The watcher reconnects with its cursor, in the running turn.
    Return,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_usize, any::<bool>()).prop_map(|(writer, ends_turn)| Step::Say { writer, ends_turn }),
        1 => (0..3_usize, 90..250_u64).prop_map(|(writer, count)| Step::Burst { writer, count }),
        2 => (0..3_usize, any::<bool>()).prop_map(|(writer, is_blocked)| Step::Block { writer, is_blocked }),
        2 => (-500..3_000_i64).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Sleep),
        2 => Just(Step::Leave),
        2 => Just(Step::Return),
    ]
}

fn said_by(step: &Step) -> u64 {
    match step {
        Step::Say { .. } => 1,
        Step::Burst { count, .. } => *count,
        _ => 0,
    }
}

/// Watcher who leaves and returns, with the received events.
struct Watcher {
    wire: Wire,
    socket: Option<usize>,
    seqs: Vec<u64>,
}

impl Watcher {
    fn collect(&mut self, stage: &LawFixture) {
        if let Some(socket) = self.socket.take() {
            self.seqs.extend(stage.seqs(socket));
        }
    }
}

/// Plays the steps before a reader who stays and one who leaves and returns.
fn play(steps: &[Step], stayer: Wire, watcher: Wire) -> (LawFixture, usize, Watcher) {
    const WRITERS: [&str; 3] = ["user_1", "user_2", "user_3"];
    let mut stage = LawFixture::unlimited();
    let stayer = stage.join("user_4", stayer, None);
    let writers = WRITERS.map(|user| stage.join(user, Wire::Single, None));
    let socket = Some(stage.join("user_5", watcher, Some(0)));
    let mut watcher = Watcher { wire: watcher, socket, seqs: Vec::new() };
    let mut said = 0;
    let mut at = 0;
    while at < steps.len() {
        at = stage.turn(|stage, out| {
            for (offset, step) in steps[at..].iter().enumerate() {
                match step {
                    Step::Say { writer, ends_turn } => {
                        said += 1;
                        stage.send_in(out, writers[*writer], &chat(said, &format!("from {writer}")));
                        if *ends_turn {
                            return at + offset + 1;
                        }
                    }
                    Step::Burst { writer, count } => {
                        for _ in 0..*count {
                            said += 1;
                            stage.send_in(out, writers[*writer], &chat(said, "burst"));
                        }
                    }
                    Step::Block { writer, is_blocked } => stage.block_in(out, "user_5", WRITERS[*writer], *is_blocked),
                    Step::Wait { ms } => stage.now = stage.now.saturating_add_signed(*ms),
                    Step::Return if watcher.socket.is_none() => {
                        let since = watcher.seqs.last().copied().unwrap_or(0);
                        let joined = stage.join_in(out, "user_5", watcher.wire, Some(since));
                        watcher.socket = joined.ok();
                    }
                    Step::Return => {}
                    Step::Sleep | Step::Leave => return at + offset,
                }
            }
            steps.len()
        });
        match steps.get(at) {
            Some(Step::Sleep) => stage.sleep(),
            Some(Step::Leave) => {
                if let Some(socket) = watcher.socket {
                    stage.leave(socket);
                    watcher.collect(&stage);
                }
            }
            _ => continue,
        }
        at += 1;
    }
    (stage, stayer, watcher)
}

proptest! {
    #![proptest_config(config())]

    /// `seq` is 1, 2, 3 … in every case; times never go back; every sender's own order is kept.
    #[test]
    fn places_have_no_gap_and_times_never_go_back(steps in vec(step(), 1..80)) {
        let (stage, _, _) = play(&steps, Wire::Batch, Wire::Single);
        let events = stage.store.log.events();
        prop_assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq));
        prop_assert!(events.windows(2).all(|pair| pair[0].ts <= pair[1].ts));
        let said: u64 = steps.iter().map(said_by).sum();
        prop_assert_eq!(events.len() as u64, said);
        for user in ["user_1", "user_2", "user_3"] {
            let own: Vec<&str> =
                events.iter().filter(|event| event.actor.as_deref() == Some(user)).map(|event| event.id.as_str()).collect();
            prop_assert!(own.is_sorted());
        }
    }

    /// A reader who reconnects with a cursor has the same events as one who stayed: each once, in order.
    #[test]
    fn resuming_is_never_having_left(steps in vec(step(), 1..80), stays in select(&WIRES), leaves in select(&WIRES)) {
        let (mut stage, stayer, mut watcher) = play(&steps, stays, leaves);
        if watcher.socket.is_none() {
            let since = watcher.seqs.last().copied().unwrap_or(0);
            watcher.socket = Some(stage.join("user_5", leaves, Some(since)));
        }
        watcher.collect(&stage);
        prop_assert!(watcher.seqs == stage.seqs(stayer), "{:?}", watcher.seqs);
        let is_all = watcher.seqs.iter().copied().eq(1..=stage.room.log().head());
        prop_assert!(is_all, "{:?}", watcher.seqs);
    }

    /// Hidden events of a blocked person keep their positions: `hidden` stands for no other events.
    #[test]
    fn hidden_places_belong_to_people_who_were_blocked(steps in vec(step(), 1..80)) {
        let (mut stage, _, _) = play(&steps, Wire::Batch, Wire::Single);
        let again = stage.join("user_5", Wire::Single, Some(0));
        let privacy = stage.room.privacy_of("user_5").cloned();
        let (seen, log) = (stage.events(again), stage.store.log.events());
        prop_assert_eq!(seen.len(), log.len());
        for (seen, event) in seen.iter().zip(log) {
            let is_covered = privacy.as_ref().is_some_and(|privacy| {
                privacy.hides.covers(event.actor.as_deref().unwrap_or_default(), event.ts)
            });
            // A line without content remains of messages.
            let is_line = seen.kind.as_ref().is_some_and(|kind| kind.is_blocked());
            prop_assert!(!is_line || seen.sender.is_empty() && event.kind.is_message());
            prop_assert_eq!(is_line || seen.kind.is_none() && seen.id.is_empty(), is_covered);
        }
    }

    /// Every socket's first frame is its welcome, and arrays and columns are equal to single frames.
    #[test]
    fn the_welcome_comes_first_and_batching_changes_nothing(steps in vec(step(), 1..60)) {
        let [single, batch, columns] = WIRES.map(|wire| {
            let (stage, stayer, _) = play(&steps, wire, wire);
            for socket in stage.got.keys() {
                let first = stage.frames(*socket).into_iter().next();
                assert!(matches!(first, None | Some(ServerFrame::Welcome { .. })), "{first:?}");
            }
            stage.frames(stayer)
        });
        prop_assert!(single == batch, "arrays and single frames differ");
        prop_assert!(single == columns, "columns and single frames differ");
    }

    /// The same id, repeated from any socket, before and after sleep, gives one event and equal answers.
    #[test]
    fn the_same_id_is_one_event(copies in vec((0..3_usize, any::<bool>()), 1..30)) {
        let mut stage = LawFixture::unlimited();
        let sockets = [0; 3].map(|_| stage.join("user_1", Wire::Single, None));
        for (socket, sleeps) in &copies {
            stage.now += 1_000;
            stage.send(sockets[*socket], &chat(1, "once"));
            if *sleeps {
                stage.sleep();
            }
        }
        prop_assert_eq!(stage.store.log.events().len(), 1);
        let answers: Vec<_> = sockets.iter().flat_map(|socket| stage.answers(*socket)).collect();
        prop_assert_eq!(answers.len(), copies.len());
        prop_assert!(answers.iter().all(|answer| *answer == answers[0] && answer.1.is_ok()));
        prop_assert_eq!(stage.seqs(sockets[0]), [1], "and it is told once");
    }

    /// A used id is refused for other content and other people, and the first event stays unchanged.
    #[test]
    fn an_id_says_one_thing_only(others in vec((any::<bool>(), "[a-z]{1,8}"), 1..20)) {
        let mut stage = LawFixture::unlimited();
        let first = stage.post("user_1", write(1, "FIRST")).unwrap();
        for (is_own, content) in others {
            let user = if is_own { "user_1" } else { "user_2" };
            let expected = if is_own { Refusal::IdReused } else { Refusal::IdTaken };
            prop_assert_eq!(stage.post(user, write(1, &content)), Err(expected));
        }
        prop_assert_eq!(stage.post("user_1", write(1, "FIRST")), Ok((first.0, first.1, true)));
        prop_assert_eq!(stage.store.log.events().len(), 1);
    }

    /// A refused id can be used afterwards, whatever the reason.
    #[test]
    fn a_refused_id_is_not_burnt(reasons in vec(0..4_u8, 1..6)) {
        let mut settings = RoomSettings::default();
        settings.rules.chat = Rule::parse("1/5").unwrap();
        let mut stage = LawFixture::with("dm_user_1____user_2", settings);
        let socket = stage.join("user_1", Wire::Single, None);
        for reason in reasons {
            match reason {
                0 => stage.send(socket, &chat(1, &"x".repeat(CONTENT_UNITS_MAX + 1))),
                1 => stage.send(socket, &chat(1, " ")),
                2 => {
                    let denied = stage.post("user_3", write(1, "fine"));
                    prop_assert_eq!(denied, Err(Refusal::Forbidden));
                }
                _ => {
                    stage.now += 5_000;
                    let first = stage.store.log.events().len() as u64 + 100;
                    stage.send(socket, &chat(first, "uses up the limit"));
                    stage.send(socket, &chat(1, "fine"));
                }
            }
        }
        stage.now += 60_000;
        stage.send(socket, &chat(1, "fine"));
        let answers = stage.answers(socket);
        prop_assert!(answers.last().unwrap().1.is_ok(), "{:?}", answers);
        prop_assert!(answers[..answers.len() - 1].iter().all(|(name, answer)| *name != id(1) || answer.is_err()));
    }

    /// Joined pages are equal to the log, in both directions and for bodies of any size.
    #[test]
    fn pages_put_together_are_the_log(
        sizes in vec(prop_oneof![4 => 1..200_usize, 1 => PAGE_BODY_BYTES_MAX / 3..PAGE_BODY_BYTES_MAX * 2], 0..40),
        limit in 1..30_u32,
        floor in 0..10_u64,
    ) {
        let mut store = MemoryStore::default();
        let mut log = Log::open(&mut store, 1).unwrap();
        for (n, size) in (0..).zip(&sizes) {
            let body = format!("{{\"content\":\"{}\"}}", "x".repeat(*size));
            let draft = Draft { id: id(n), actor: None, session: None, name: String::new(), kind: Kind::Chat, body };
            log.append(&mut store, n, draft, |_| Ok(())).unwrap();
        }
        let all: Vec<u64> = (floor + 1..=log.head()).collect();
        let (mut forward, mut since) = (Vec::new(), 0);
        loop {
            let page = log.page(&store, Range::Since(since), limit, floor).unwrap();
            prop_assert!(page.events.len() <= limit as usize && (!page.events.is_empty() || !page.more));
            forward.extend(page.events.iter().map(|event| event.seq));
            since = page.next;
            if !page.more { break; }
        }
        prop_assert_eq!(&forward, &all);
        let (mut backward, mut range) = (Vec::new(), Range::Newest);
        loop {
            let page = log.page(&store, range, limit, floor).unwrap();
            let bytes: usize = page.events.iter().map(|event| event.body.len()).sum();
            prop_assert!(bytes <= PAGE_BODY_BYTES_MAX || page.events.len() == 1);
            backward.splice(..0, page.events.iter().map(|event| event.seq));
            range = Range::Before(page.next);
            if !page.more { break; }
        }
        prop_assert_eq!(&backward, &all);
    }

    /// No window of time exceeds its count. A refusal returns the exact wait, and costs nothing.
    #[test]
    fn a_limit_holds_over_every_window(
        windows in vec((1..20_u32, 1..30_u64), 1..3),
        gaps in vec(0..4_000_u64, 1..150),
    ) {
        let rule = Rule(windows.iter().map(|(count, s)| Window { count: *count, ms: s * 1_000 }).collect());
        let (mut counter, mut now, mut passed) = (Counter::default(), 0, Vec::<Millis>::new());
        for gap in gaps {
            now += gap;
            match counter.charge(&rule, now) {
                Ok(()) => passed.push(now),
                Err(Refusal::RateLimited { retry_after_ms }) => {
                    prop_assert!(retry_after_ms > 0);
                    let mut early = counter.clone();
                    prop_assert!(early.check(&rule, now + retry_after_ms - 1).is_err());
                    prop_assert!(early.check(&rule, now + retry_after_ms).is_ok());
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
        for window in &rule.0 {
            for (at, start) in passed.iter().enumerate() {
                let inside = passed[at..].iter().take_while(|time| **time < start + window.ms).count();
                prop_assert!(inside <= window.count as usize);
            }
        }
    }

    /// A counter that is restored from the log behaves like one that never slept.
    #[test]
    fn a_limit_survives_sleep(steps in vec((0..1_500_u64, any::<bool>()), 1..100)) {
        let mut awake = LawFixture::with("general", RoomSettings::default());
        let mut sleepy = LawFixture::with("general", RoomSettings::default());
        for (n, (gap, sleeps)) in (1..).zip(steps) {
            for stage in [&mut awake, &mut sleepy] {
                stage.now += gap;
            }
            if sleeps {
                sleepy.sleep();
            }
            prop_assert_eq!(awake.post("user_1", write(n, "x")), sleepy.post("user_1", write(n, "x")));
        }
    }

    /// The same holds for unusable frames, and for typing and pages with long windows: a sleep resets no limit.
    #[test]
    fn limits_on_what_is_not_stored_survive_sleep(steps in vec((0..4_000_u64, 0..4_u8, any::<bool>()), 1..80)) {
        let mut settings = RoomSettings::default();
        settings.rules.typing = Rule::parse("2/1,6/30").unwrap();
        settings.rules.history = Rule::parse("3/20").unwrap();
        let stages = [(); 2].map(|()| LawFixture::with("general", settings.clone()));
        let mut both = stages.map(|mut stage| {
            let sockets = ["user_1", "user_2"].map(|user| stage.join(user, Wire::Single, None));
            (stage, sockets)
        });
        for (gap, what, sleeps) in steps {
            for (at, (stage, [one, _])) in both.iter_mut().enumerate() {
                // Use is stored within a second, even if it could be refused only then; the room does not sleep before.
                stage.now += gap;
                for _ in 0..2 {
                    stage.now += 1_000;
                    stage.tick();
                }
                if sleeps && at == 1 {
                    stage.sleep();
                    stage.tick();
                }
                if stage.closed.iter().any(|(socket, _)| socket == one) {
                    continue;
                }
                match what {
                    0 => stage.send(*one, "{"),
                    1 => stage.send(*one, r#"{"type":"typing","isTyping":true}"#),
                    2 => stage.send(*one, r#"{"type":"history","rid":"p","since":0}"#),
                    _ => {}
                }
            }
            let [(awake, sockets), (sleepy, same)] = &both;
            prop_assert_eq!(sockets, same);
            for socket in sockets {
                prop_assert_eq!(awake.refused_and_typed(*socket), sleepy.refused_and_typed(*socket));
            }
            prop_assert_eq!(&awake.closed, &sleepy.closed);
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 16, ..config() })]

    /// A reader who does not read changes nothing for the others, and catches up later without a gap.
    #[test]
    fn a_stuck_reader_changes_nothing_for_others(extra in 1..400_u64) {
        let mut stage = LawFixture::unlimited();
        let (writer, other) = (stage.join("user_1", Wire::Single, None), stage.join("user_2", Wire::Single, None));
        let stuck = stage.join("user_3", Wire::Single, None);
        stage.send(stuck, r#"{"type":"cursor","seq":0}"#);
        let count = LAG_EVENTS_MAX + extra;
        for n in 1..=count {
            stage.send(writer, &chat(n, "x"));
        }
        prop_assert_eq!(stage.seqs(other).len() as u64, count);
        while stage.seqs(stuck).len() < count as usize {
            let since = stage.seqs(stuck).last().copied().unwrap_or(0);
            stage.send(stuck, &format!("{{\"type\":\"history\",\"since\":{since},\"limit\":200}}"));
        }
        stage.send(writer, &chat(count + 1, "live again"));
        let has_all = stage.seqs(stuck).into_iter().eq(1..=count + 1);
        prop_assert!(has_all, "what the reader has is not the log");
    }
}

#[test]
fn a_log_that_does_not_know_an_id_never_answers_for_it() {
    let mut store = MemoryStore::default();
    let mut log = Log::open(&mut store, 1).unwrap();
    let draft =
        |n| Draft { id: id(n), actor: None, session: None, name: String::new(), kind: Kind::Chat, body: "{}".into() };
    let refused = log.append(&mut store, 0, draft(1), |_| Err(Refusal::RateLimited { retry_after_ms: 1 }.into()));
    assert!(refused.is_err() && log.head() == 0);
    assert!(matches!(log.append(&mut store, 0, draft(1), |_| Ok(())), Ok(Appended::New(event)) if event.seq == 1));
}
