//! A room's tables and its rows in memory are twins: after the same changes, both return the same.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use protocol::content::search::tokens_of;
use protocol::log::{LogMeta, RetentionStore};
use protocol::machines::room::{
    GroupRecord, LeavingStore, Member, Membership, MemoryRoomStore, OutboxEntry, Receipt, Role, RoomStore,
    StoredReaction, Visibility,
};
use protocol::testing::{body, body_with_files, cases, clauses, known, member, pin, record};
use protocol::words::event::{Event, Kind, TOMBSTONE};
use protocol::words::limits::SEQ_MAX;
use serde_json::Value;

use super::tests::{room, sealed_room, slept};

const USERS: [&str; 3] = ["user_1", "user_2", "g_nora"];
const REACTIONS: [&str; 4] = ["heart", "❤", "❤\u{fe0f}", "👍"];
const WORDS: [&str; 6] = ["tea", "tea with milk", "Über Grüße", "שלום 👩🏽‍🚀", "", "https://example.org/ tea"];
const QUESTIONS: [&str; 6] = ["tea", "te", "gruesse", "has:link", "from:user_2", "שלום"];
const KINDS: [Kind; 4] = [Kind::Chat, Kind::Nudge, Kind::Wink, Kind::System];
const GONE: &str = "Gone";

/// Changes of both twins. Indices choose among the events that exist.
#[derive(Clone, Debug)]
enum Op {
    Say { user: Index, kind: Index, words: Index, wait: u64, has_files: bool },
    SayAgain(Index),
    Edit(Index, Index, Index),
    Delete(Index, Index),
    React(Index, Index, Index),
    TakeBack(Index, Index, Index),
    Hide(Index, Index),
    Come(Index, [u64; 4]),
    Pin(Option<Index>),
    Know(Index, Option<u64>),
    Use(Index, Index, Index),
    Wait { user: Index, back: u64, was_here: bool },
    MarkSent { user: Index, back: u64 },
    RetryLater(Index, u64),
    Describe(u64, bool),
    Let { user: Index, role: Index, standing: Index, floor: u64 },
    Part(Index),
    Notify(Index, u64),
    MarkNotified(Index, u64),
    RetryNotification(Index, u64),
    IndexSome,
    Trim(u64),
    DropRows(u64, u64),
    Leave(Index, bool),
    BeginAnew(u32),
}

fn op() -> impl Strategy<Value = Op> {
    let one = any::<Index>;
    let say = (one(), one(), one(), 0..3_u64, prop::bool::weighted(0.3))
        .prop_map(|(user, kind, words, wait, has_files)| Op::Say { user, kind, words, wait, has_files });
    let log = prop_oneof![
        8 => say,
        1 => one().prop_map(Op::SayAgain),
        3 => (one(), one(), one()).prop_map(|(user, of, words)| Op::Edit(user, of, words)),
        1 => (one(), one()).prop_map(|(user, of)| Op::Delete(user, of)),
        3 => (one(), one(), one()).prop_map(|(user, of, which)| Op::React(user, of, which)),
        1 => (one(), one(), one()).prop_map(|(user, of, which)| Op::TakeBack(user, of, which)),
        2 => (one(), one()).prop_map(|(user, of)| Op::Hide(user, of)),
        2 => Just(Op::IndexSome),
        1 => (0..4_u64).prop_map(Op::Trim),
        1 => (0..4_u64, 0..20_u64).prop_map(|(back, ts)| Op::DropRows(back, ts)),
        1 => (one(), any::<bool>()).prop_map(|(user, keeps)| Op::Leave(user, keeps)),
    ];
    let people = prop_oneof![
        (one(), prop::array::uniform4(0..SEQ_MAX)).prop_map(|(user, numbers)| Op::Come(user, numbers)),
        prop::option::of(one()).prop_map(Op::Pin),
        (one(), prop::option::of(0..9_u64)).prop_map(|(user, version)| Op::Know(user, version)),
        (one(), one(), one()).prop_map(|(name, user, used)| Op::Use(name, user, used)),
        (one(), 0..6_u64, any::<bool>()).prop_map(|(user, back, was_here)| Op::Wait { user, back, was_here }),
        (one(), 0..6_u64).prop_map(|(user, back)| Op::MarkSent { user, back }),
        (one(), 0..SEQ_MAX).prop_map(|(user, at)| Op::RetryLater(user, at)),
    ];
    let group = prop_oneof![
        8 => (0..9_u64, any::<bool>()).prop_map(|(version, is_public)| Op::Describe(version, is_public)),
        16 => (one(), one(), one(), 0..9_u64)
            .prop_map(|(user, role, standing, floor)| Op::Let { user, role, standing, floor }),
        8 => one().prop_map(Op::Part),
        8 => (one(), 0..9_u64).prop_map(|(user, version)| Op::Notify(user, version)),
        8 => (one(), 0..9_u64).prop_map(|(user, version)| Op::MarkNotified(user, version)),
        8 => (one(), 0..9_u64).prop_map(|(user, at)| Op::RetryNotification(user, at)),
        1 => any::<u32>().prop_map(Op::BeginAnew),
    ];
    prop_oneof![6 => log, 3 => people, 2 => group]
}

fn id_of(seq: u64) -> String {
    format!("m{seq}")
}

/// The messages that can still be changed, by position.
fn changeable(store: &impl RoomStore) -> Vec<Event> {
    let oldest = store.meta().unwrap().unwrap().oldest;
    let all = store.read(oldest, SEQ_MAX, u32::MAX).unwrap();
    all.into_iter().filter(|event| event.kind.is_message() && event.body != TOMBSTONE).collect()
}

fn next(store: &impl RoomStore, user: &str, kind: Kind, body: String, wait: u64) -> Event {
    let LogMeta { head, ts, .. } = store.meta().unwrap().unwrap();
    let (actor, session) = (Some(user.to_owned()), Some(format!("0-{user}-{}", head % 2)));
    Event { seq: head + 1, id: id_of(head + 1), ts: ts + wait, actor, session, name: user.to_owned(), kind, body }
}

fn reindex(store: &mut impl RoomStore, seq: u64) {
    let tokens = store.read(seq, seq, 1).unwrap().first().and_then(tokens_of);
    if let Some(tokens) = tokens {
        store.index(seq, &tokens).unwrap();
    }
}

/// Appends an event that changes `target`.
fn append_change(store: &mut impl RoomStore, user: &str, kind: Kind, target: &Event, more: &str) -> u64 {
    let body = format!(r#"{{"messageId":"{}"{more}}}"#, target.id);
    let event = next(store, user, kind, body, 1);
    assert!(store.insert(&event).unwrap());
    store.note_change(target.seq, event.seq).unwrap();
    event.seq
}

trait Store: RoomStore + RetentionStore + LeavingStore {}
impl<S: RoomStore + RetentionStore + LeavingStore> Store for S {}

fn apply(store: &mut impl Store, op: &Op) {
    let user_of = |index: &Index| *index.get(&USERS);
    match op {
        Op::Say { .. } | Op::SayAgain(_) | Op::Edit(..) | Op::Delete(..) | Op::React(..) | Op::TakeBack(..) => {
            apply_to_log(store, op)
        }
        Op::IndexSome | Op::Trim(_) | Op::DropRows(..) | Op::Leave(..) | Op::BeginAnew(_) => apply_to_all(store, op),
        Op::Hide(user, of) => {
            let messages = changeable(store);
            if !messages.is_empty() {
                store.hide(user_of(user), of.get(&messages).seq).unwrap();
            }
        }
        Op::Come(user, [delivered, read, shown_delivered, shown_read]) => {
            let (delivered, read) = (*delivered, *read);
            let receipt = Receipt { delivered, read, shown_delivered: *shown_delivered, shown_read: *shown_read };
            store.save_receipt(user_of(user), &receipt).unwrap();
        }
        Op::Pin(of) => store.save_pin(of.map(|of| pin(of.index(9) as u64)).as_ref()).unwrap(),
        Op::Know(user, Some(version)) => store.save_known(user_of(user), &known(*version)).unwrap(),
        Op::Know(user, None) => store.forget_known(user_of(user)).unwrap(),
        Op::Use(name, user, used) => store
            .save_limit(name.get::<&str>(&["history", "typing"]), user_of(user), used.get::<&str>(&["", "1", "1,2"]))
            .unwrap(),
        Op::Wait { user, back, was_here } => {
            let seq = store.meta().unwrap().unwrap().head.saturating_sub(*back) + 1;
            store.outbox_add(user_of(user), seq, *was_here, 10 + back).unwrap();
        }
        Op::MarkSent { user, back } => {
            let waits = store.outbox().unwrap().into_iter().find(|entry| entry.user == user_of(user));
            if let Some(sent) = waits {
                let sent = OutboxEntry { from_seq: sent.from_seq + back % 2, ..sent };
                let seq = sent.to_seq.saturating_sub(*back);
                store.outbox_done(&sent, seq).unwrap();
            }
        }
        Op::RetryLater(user, at) => store.outbox_retry(user_of(user), *at).unwrap(),
        Op::Notify(user, version) => store.notification_add(user_of(user), *version, version * 10).unwrap(),
        Op::MarkNotified(user, version) => store.notification_done(user_of(user), *version).unwrap(),
        Op::RetryNotification(user, at) => store.notification_retry(user_of(user), *at).unwrap(),
        Op::Describe(version, is_public) => {
            let visibility = if *is_public { Visibility::Public } else { Visibility::Private };
            let topic = format!("Topic {version}").repeat((*version as usize) % 2);
            store.save_group(&GroupRecord { version: *version, visibility, topic, ..record() }).unwrap();
        }
        Op::Let { user, role, standing, floor } if store.group().unwrap().is_some() => {
            let (role, standing) = (
                *role.get(&[Role::Owner, Role::Admin, Role::Member]),
                *standing.get(&[Membership::Member, Membership::Invited, Membership::Barred]),
            );
            store.save_member(&Member { role, standing, floor: *floor, ..member(user_of(user)) }).unwrap();
        }
        // Only a group has members.
        Op::Let { .. } => {}
        Op::Part(user) => store.remove_member(user_of(user)).unwrap(),
    }
}

fn apply_to_log(store: &mut impl Store, op: &Op) {
    let user_of = |index: &Index| *index.get(&USERS);
    let messages = changeable(store);
    match op {
        Op::Say { user, kind, words, wait, has_files } => {
            let words = words.get(&WORDS);
            let body = if *has_files { body_with_files(words, &["u.f"], &["u.p"]) } else { body(words) };
            let event = next(store, user_of(user), *kind.get(&KINDS), body, *wait);
            assert!(store.insert(&event).unwrap());
        }
        _ if messages.is_empty() => {}
        Op::SayAgain(of) => {
            let event =
                Event { id: of.get(&messages).id.clone(), ..next(store, USERS[0], Kind::Chat, body("again"), 1) };
            assert!(!store.insert(&event).unwrap());
        }
        Op::Edit(user, of, words) => {
            let target = of.get(&messages);
            append_change(store, user_of(user), Kind::Edit, target, r#","content":"x""#);
            store.set_view(target.seq, &body(words.get::<&str>(&WORDS))).unwrap();
            reindex(store, target.seq);
        }
        Op::Delete(user, of) => {
            let target = of.get(&messages);
            append_change(store, user_of(user), Kind::Delete, target, "");
            store.unindex(target.seq).unwrap();
            store.bury(target.seq, r#"{"left":true}"#).unwrap();
        }
        Op::React(user, of, which) => {
            let (target, reaction) = (of.get(&messages), which.get(&REACTIONS).to_string());
            let one = StoredReaction { user: user_of(user).to_owned(), reaction };
            let is_there = store.reactions(target.seq).unwrap().iter().any(|known| known.is(&one));
            if !is_there {
                let seq = append_change(store, &one.user, Kind::Reaction, target, r#","op":"add""#);
                store.add_reaction(target.seq, &one, seq).unwrap();
            }
        }
        Op::TakeBack(user, of, which) => {
            let target = of.get(&messages);
            let own = store.reactions(target.seq).unwrap();
            let own: Vec<&StoredReaction> = own.iter().filter(|one| one.user == user_of(user)).collect();
            if !own.is_empty() {
                append_change(store, user_of(user), Kind::Reaction, target, r#","op":"remove""#);
                store.remove_reaction(target.seq, which.get::<&StoredReaction>(&own)).unwrap();
            }
        }
        _ => unreachable!("{op:?}"),
    }
}

fn apply_to_all(store: &mut impl Store, op: &Op) {
    let LogMeta { head, oldest, ts, .. } = store.meta().unwrap().unwrap();
    match op {
        Op::IndexSome => {
            for seq in (store.indexed_to().unwrap() + 1).max(oldest)..=head {
                reindex(store, seq);
            }
            store.set_indexed_to(head).unwrap();
        }
        Op::Trim(count) => {
            let last = (oldest + count).min(head);
            let digests: Vec<(u64, String)> = (oldest..last).map(|seq| (seq, format!("sha256:{seq}"))).collect();
            if !digests.is_empty() {
                store.drop_bodies(&digests, last).unwrap();
            }
        }
        Op::DropRows(back, age) => store.drop_rows(oldest.saturating_sub(*back), ts.saturating_sub(*age)).unwrap(),
        Op::Leave(user, keeps_words) => {
            let user = *user.get(&USERS);
            for event in store.written_by(user, 0, u32::MAX).unwrap().0 {
                if event.kind == Kind::Edit && !keeps_words {
                    store.silence(event.seq, r#"{"messageId":"x"}"#).unwrap();
                }
                store.unname(event.seq, GONE).unwrap();
            }
            for target in store.reacted_to_by(user).unwrap() {
                for own in store.reactions(target).unwrap().iter().filter(|one| one.user == user) {
                    store.remove_reaction(target, own).unwrap();
                }
            }
            store.forget_person(user).unwrap();
            store.forget_known(user).unwrap();
        }
        Op::BeginAnew(epoch) => {
            store.erase().unwrap();
            store.begin_anew(*epoch).unwrap();
        }
        _ => unreachable!("{op:?}"),
    }
}

/// A body, whose members have no order.
fn members_of(body: &str) -> String {
    serde_json::from_str::<Value>(body).map_or_else(|_| body.to_owned(), |value| value.to_string())
}

fn without_files(body: &str) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(body) else { return body.to_owned() };
    members.retain(|name, _| name != "files" && name != "emoticons");
    Value::Object(members).to_string()
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// Every answer of the log.
fn log_picture(store: &impl Store, lines: &mut Vec<String>) {
    let LogMeta { head, oldest, ts, .. } = store.meta().unwrap().unwrap();
    lines.push(format!("{:?} {:?}", store.meta(), store.oldest_row()));
    for event in store.read(0, SEQ_MAX, u32::MAX).unwrap() {
        let mut found = store.find(&event.id).unwrap().unwrap();
        let original = store.originals(event.seq, event.seq, 1).unwrap().remove(0).2;
        // Rows in memory retain files in the events of a deleted person.
        let shown = |body: &str| if event.name == GONE { members_of(&without_files(body)) } else { members_of(body) };
        found.body = shown(&found.body);
        let original = shown(&original);
        lines.push(format!("{found:?} {original} {:?}", store.time_of(event.seq)));
        lines.push(format!("{:?}", Event { body: members_of(&event.body), ..event }));
    }
    lines.push(format!("{:?} {:?}", store.find(&id_of(head + 1)), store.read(oldest, head, 2).map(|page| page.len())));
    for user in USERS {
        let times = KINDS.map(|kind| store.times(user, kind, ts.saturating_sub(3)));
        // Rows in memory retain sessions of a deleted person.
        let is_gone = store.written_by(user, 0, u32::MAX).unwrap().0.iter().any(|event| event.name == GONE);
        let ends: &[&str] = if is_gone { &[] } else { &["0", "1"] };
        let sessions: Vec<_> =
            ends.iter().map(|end| store.seq_of_earlier_session(user, &format!("0-{user}-{end}"))).collect();
        let (own, to) = store.written_by(user, oldest, 3).unwrap();
        let own: Vec<u64> = own.iter().map(|event| event.seq).collect();
        lines.push(format!("{user} {times:?} {sessions:?} {own:?} {to} {:?}", store.unread(user, oldest, 5)));
    }
    let moments: Vec<_> = (ts.saturating_sub(4)..=ts + 1).map(|moment| store.seq_at(moment)).collect();
    lines.push(format!("{moments:?} {:?}", store.authors(0, SEQ_MAX).map(sorted)));
}

/// Every other answer.
fn picture(store: &impl Store) -> Vec<String> {
    let mut lines = Vec::new();
    log_picture(store, &mut lines);
    let head = store.meta().unwrap().unwrap().head;
    let changes = store.changes(0, SEQ_MAX).unwrap();
    lines.push(format!(
        "{:?}",
        sorted(changes.into_iter().map(|one| (one.seq, one.target, one.actor, one.ts)).collect())
    ));
    for seq in 1..=head {
        let changed_by: Vec<u64> = store.changes_of(seq).unwrap().iter().map(|event| event.seq).collect();
        let hidden_by = store.hidden_by(seq).map(sorted);
        lines.push(format!("{seq} {changed_by:?} {:?} {hidden_by:?}", store.reactions(seq)));
    }
    for user in USERS {
        let hidden = store.hidden(user, 1, SEQ_MAX).map(sorted);
        let reacted = store.reacted_to_by(user).map(sorted);
        lines.push(format!("{hidden:?} {:?} {reacted:?} {:?}", store.hidden_ids(user, 1, 3), store.receipt(user)));
    }
    let receipts = store.receipts().unwrap().into_iter().map(|(user, receipt)| format!("{user} {receipt:?}")).collect();
    let known = store.known().unwrap().into_iter().map(|one| format!("{one:?}")).collect();
    lines.push(format!("{:?} {:?} {:?}", sorted::<String>(receipts), sorted::<String>(known), store.pin()));
    lines.push(format!("{:?}", ["history", "typing"].map(|name| store.limits(name).map(sorted))));
    let outbox = store.outbox().unwrap().into_iter().map(|one| format!("{one:?}")).collect();
    let news = store.notifications().unwrap().into_iter().map(|one| format!("{one:?}")).collect();
    lines.push(format!("{:?} {:?} {:?}", sorted::<String>(outbox), sorted::<String>(news), store.group()));
    lines
}

/// The hits of the search index.
fn found(store: &impl Store) -> Vec<String> {
    let line = |text: &&str| {
        let found = store.indexed(&clauses(text), 1, SEQ_MAX, 4).unwrap();
        format!("{text} {:?}", found.iter().map(|event| event.seq).collect::<Vec<u64>>())
    };
    QUESTIONS.iter().map(line).chain([format!("{:?}", store.indexed_to())]).collect()
}

fn made<S: Store>(mut store: S) -> S {
    store.create(&LogMeta { epoch: 7, head: 0, oldest: 1, ts: 0 }).unwrap();
    store
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_read_like_rows_in_memory_whatever_is_done_to_both(ops in vec(op(), 1..40)) {
        let (mut memory, mut tables) = (made(MemoryRoomStore::default()), made(room()));
        for op in &ops {
            apply(&mut memory, op);
            apply(&mut tables, op);
            prop_assert_eq!(picture(&memory), picture(&tables), "after {:?}", op);
            prop_assert_eq!(found(&memory), found(&tables), "after {:?}", op);
        }
    }

    #[test]
    fn sealed_tables_read_like_open_ones(ops in vec(op(), 1..40)) {
        let (mut open, mut sealed) = (made(room()), made(sealed_room()));
        // Steps that index messages are left out, as a sealed room has no index.
        for op in ops.iter().filter(|op| !matches!(op, Op::IndexSome)) {
            apply(&mut open, op);
            apply(&mut sealed, op);
        }
        prop_assert_eq!(picture(&open), picture(&sealed));
    }

    #[test]
    fn a_room_reads_after_a_sleep_as_before(ops in vec(op(), 1..40)) {
        let mut store = made(room());
        for op in &ops {
            apply(&mut store, op);
        }
        prop_assert_eq!(picture(&store), picture(&slept(&store)));
        prop_assert_eq!(found(&store), found(&slept(&store)));
    }

    #[test]
    fn a_step_that_fails_leaves_no_trace_wherever_it_is(ops in vec(op(), 1..30), undone in vec(op(), 1..10)) {
        let mut store = made(room());
        for op in &ops {
            apply(&mut store, op);
        }
        let (before, sql) = (crate::kit::sql::older::contents(&store.sql), store.sql.clone());
        sql.in_transaction(|| {
            for op in &undone {
                apply(&mut store, op);
            }
            false
        });
        prop_assert_eq!(before, crate::kit::sql::older::contents(&sql));
    }
}
