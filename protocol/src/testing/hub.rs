//! Promises of every [`HubStore`] (`messagehub.md` 4, 7, 10).

use super::ODD_TEXTS;
use crate::machines::hub::{Body, HubMeta, HubStore, Item, NewMessage, QuotaCharge, StoredContent};
use crate::machines::webhook::{DeadLetter, DeadLetterStore, HookRow, HookStore, OutboxRow};
use crate::words::event::Millis;
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("hub.rs");

/// Makes a test of each, for the stores without a room that `$new` makes.
#[macro_export]
macro_rules! hub_promises {
    ($new:expr) => {
        $crate::promises!(
            hub,
            $new,
            [
                a_room_that_was_never_made_has_nothing,
                a_room_has_the_numbers_that_it_was_made_with,
                a_message_moves_head_time_and_bytes_and_no_other_number,
                what_was_written_is_read_as_it_was_written,
                an_id_is_taken_once_by_each_writer,
                an_id_that_is_taken_again_changes_nothing,
                an_id_leads_to_what_its_writer_said_under_it,
                a_page_has_its_ends_and_its_number_in_ascending_order,
                a_page_ends_at_its_bytes_but_not_before_its_first_message,
                a_page_that_ends_somewhere_begins_where_its_bytes_allow,
                a_time_leads_to_the_newest_message_up_to_it,
                bytes_lead_to_the_newest_message_up_to_them,
                searches_know_only_what_is_kept,
                limits_see_payers_and_lengths_of_what_came_after_a_time,
                bytes_before_a_place_are_those_of_all_messages_before_it,
                a_trimmed_message_is_a_digest_under_its_id,
                a_trimmed_message_without_an_id_of_its_writer_is_nothing,
                numbers_outlive_all_messages,
                rows_go_that_are_before_a_place_and_old_enough,
                an_id_that_was_forgotten_can_be_used_again,
                the_oldest_row_may_have_no_body,
                receivers_are_kept_replaced_and_read_in_the_order_of_their_ids,
                a_receiver_goes_with_what_waits_for_it_and_what_it_did_not_take,
                what_waits_is_read_per_receiver_in_ascending_order,
                what_is_added_again_waits_once_and_as_if_it_were_new,
                what_is_noted_of_an_attempt_is_read,
                what_left_waits_no_more,
                receivers_for_whom_something_waits_are_each_named_once,
                what_nobody_took_is_read_per_receiver_after_a_place,
                what_nobody_took_is_read_of_all_receivers_after_one_and_a_place,
                what_nobody_took_is_replaced_by_its_next_death,
                what_nobody_took_goes_by_its_place_once,
                what_nobody_took_is_forgotten_up_to_a_time,
                the_largest_numbers_come_back,
            ]
        );
    };
}

/// Numbers of a new room.
const NEW: HubMeta = HubMeta { epoch: 7, head: 0, oldest: 1, ts: 1_000, bytes_end: 0 };

fn made<S: HubStore>(mut store: S) -> S {
    store.create(&NEW).unwrap();
    store
}

/// A room with messages of these lengths, one per 100 ms from 1 100 on, whose ids are `m1`, `m2` and so on.
fn with_lengths<S: HubStore>(store: S, lengths: &[usize]) -> S {
    let mut store = made(store);
    for (n, length) in (1..).zip(lengths) {
        let (ts, id) = (1_000 + 100 * n, format!("m{n}"));
        assert!(say(&mut store, &item(Some("mia"), &id, ts, Body::Text("x".repeat(*length)))));
    }
    store
}

fn item(sender: Option<&str>, id: &str, ts: Millis, body: Body) -> Item {
    let content_type = body.default_type().to_owned();
    Item { seq: 0, id: id.to_owned(), ts, sender: sender.map(str::to_owned), content_type, body }
}

/// Writes `item` in the next place, under an id of its writer; `false` when the id is taken.
fn say(store: &mut impl HubStore, item: &Item) -> bool {
    say_as(store, item, true)
}

fn say_as(store: &mut impl HubStore, item: &Item, is_keyed: bool) -> bool {
    let meta = store.meta().unwrap().unwrap();
    let item = Item { seq: meta.head + 1, ..item.clone() };
    let bytes_end = meta.bytes_end + item.body.bytes().len() as u64;
    let payer = item.sender.clone().unwrap_or_else(|| "a:192.0.2.0".to_owned());
    store.insert(NewMessage { item: &item, payer: &payer, bytes_end, is_keyed }).unwrap()
}

fn places(items: &[Item]) -> Vec<u64> {
    items.iter().map(|item| item.seq).collect()
}

fn all(store: &impl HubStore) -> Vec<Item> {
    store.read(1, SEQ_MAX, 1_000, u64::MAX).unwrap()
}

fn digest_of(n: u64) -> Vec<u8> {
    vec![n as u8; 32]
}

/// Trims messages up to `last`.
fn trim(store: &mut impl HubStore, last: u64) {
    let oldest = store.meta().unwrap().unwrap().oldest;
    let digests: Vec<(u64, Vec<u8>)> = (oldest..=last).map(|seq| (seq, digest_of(seq))).collect();
    store.drop_bodies(&digests, last + 1).unwrap();
}

pub fn a_room_that_was_never_made_has_nothing<S: HubStore>(new: impl Fn() -> S) {
    let store = new();
    assert_eq!(store.meta(), Ok(None));
    assert_eq!(store.find("mia", "m1"), Ok(None));
    assert_eq!(all(&store), []);
    assert_eq!((store.seq_at(SEQ_MAX), store.seq_of_bytes(SEQ_MAX), store.bytes_before(1)), (Ok(0), Ok(0), Ok(0)));
    assert_eq!((store.recent(0), store.time_of(1), store.oldest_row()), (Ok(vec![]), Ok(None), Ok(None)));
    let hooks = store.hook_store();
    assert_eq!((hooks.hooks(), hooks.outbox("h", 9), hooks.outbox_hooks()), (Ok(vec![]), Ok(vec![]), Ok(vec![])));
    assert_eq!((hooks.outbox_count(), hooks.outbox_oldest()), (Ok(0), Ok(None)));
    assert_eq!((hooks.dead("h", 0, 9), hooks.dead_state()), (Ok(vec![]), Ok((None, 0))));
}

pub fn a_room_has_the_numbers_that_it_was_made_with<S: HubStore>(new: impl Fn() -> S) {
    let mut store = new();
    let meta = HubMeta { epoch: u32::MAX, head: 41, oldest: 42, ts: 5, bytes_end: 43 };
    store.create(&meta).unwrap();
    assert_eq!(store.meta(), Ok(Some(meta)));
}

pub fn a_message_moves_head_time_and_bytes_and_no_other_number<S: HubStore>(new: impl Fn() -> S) {
    let store = with_lengths(new(), &[3, 4]);
    assert_eq!(store.meta(), Ok(Some(HubMeta { head: 2, ts: 1_200, bytes_end: 7, ..NEW })));
}

pub fn what_was_written_is_read_as_it_was_written<S: HubStore>(new: impl Fn() -> S) {
    let mut store = made(new());
    let long = "ä".repeat(100_000);
    let texts = ODD_TEXTS.iter().copied().chain([long.as_str()]);
    let bodies = texts.flat_map(|text| [Body::Text(text.to_owned()), Body::Bytes(text.as_bytes().to_vec())]);
    let bodies = bodies.chain([Body::Bytes(vec![0, 0xff, 0xfe, 0]), Body::Bytes(b"\x01cfm:\xff".to_vec())]);
    let mut written = Vec::new();
    for (n, body) in (1..).zip(bodies) {
        let odd = ODD_TEXTS[n as usize % ODD_TEXTS.len()];
        let sender = Some(odd).filter(|odd| !odd.is_empty()).map(str::to_owned);
        let item = Item { seq: n, id: format!("{n}{odd}"), ts: 1_000 + n, sender, content_type: odd.to_owned(), body };
        assert!(say(&mut store, &item));
        written.push(item);
    }
    assert_eq!(all(&store), written);
}

pub fn an_id_is_taken_once_by_each_writer<S: HubStore>(new: impl Fn() -> S) {
    let mut store = made(new());
    for sender in [Some("mia"), Some("bo"), None] {
        let one = item(sender, "k", 2_000, Body::Text("x".into()));
        assert_eq!([say(&mut store, &one), say(&mut store, &one)], [true, false], "{sender:?}");
    }
    assert!(say(&mut store, &item(Some("mia"), "K", 2_000, Body::Text("x".into()))), "another id");
    assert_eq!(places(&all(&store)), [1, 2, 3, 4]);
}

pub fn an_id_that_is_taken_again_changes_nothing<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[3]);
    let (before, meta) = (all(&store), store.meta());
    assert!(!say(&mut store, &item(Some("mia"), "m1", 9_000, Body::Bytes(vec![1; 90]))));
    assert_eq!((all(&store), store.meta()), (before, meta));
}

pub fn an_id_leads_to_what_its_writer_said_under_it<S: HubStore>(new: impl Fn() -> S) {
    let mut store = made(new());
    for odd in ODD_TEXTS {
        assert!(say(&mut store, &item(Some("mia"), odd, 1_500, Body::Text(odd.into()))));
        assert!(say(&mut store, &item(None, odd, 1_600, Body::Bytes(odd.into()))));
    }
    for (n, odd) in (0..).zip(ODD_TEXTS) {
        let found = |actor| store.find(actor, odd).unwrap().map(|key| (key.seq, key.ts, key.content));
        let whole = |is_text| StoredContent::Whole { is_text, bytes: odd.as_bytes().to_vec() };
        assert_eq!(found("mia"), Some((2 * n + 1, 1_500, whole(true))));
        assert_eq!(found(""), Some((2 * n + 2, 1_600, whole(false))), "of the anonymous");
        assert_eq!(found("bo"), None);
    }
    assert_eq!(store.find("mia", "another"), Ok(None));
}

pub fn a_page_has_its_ends_and_its_number_in_ascending_order<S: HubStore>(new: impl Fn() -> S) {
    let store = with_lengths(new(), &[1; 12]);
    let read = |from, to, limit| places(&store.read(from, to, limit, u64::MAX).unwrap());
    assert_eq!(read(3, 6, 100), [3, 4, 5, 6], "both ends");
    assert_eq!(read(9, 100, 3), [9, 10, 11]);
    assert_eq!((read(13, 20, 9), read(6, 5, 9), read(1, 12, 0)), (vec![], vec![], vec![]));
}

pub fn a_page_ends_at_its_bytes_but_not_before_its_first_message<S: HubStore>(new: impl Fn() -> S) {
    let store = with_lengths(new(), &[10, 20, 30, 0, 5]);
    let read = |from, bytes| places(&store.read(from, 5, 9, bytes).unwrap());
    assert_eq!(read(1, 60), [1, 2, 3, 4], "to the byte");
    assert_eq!(read(1, 59), [1, 2]);
    assert_eq!((read(3, 29), read(3, 0), read(1, 0)), (vec![3], vec![3], vec![1]));
    assert_eq!(read(4, 0), [4], "one without a body, and no other");
    assert_eq!(read(2, 55), [2, 3, 4, 5], "counted from where the page begins");
}

pub fn a_page_that_ends_somewhere_begins_where_its_bytes_allow<S: HubStore>(new: impl Fn() -> S) {
    let store = with_lengths(new(), &[10, 20, 30, 40]);
    let first = |from, to, bytes| store.first_within(from, to, bytes).unwrap();
    assert_eq!((first(1, 4, 100), first(1, 4, 99), first(1, 4, 70)), (1, 2, 3));
    assert_eq!((first(1, 4, 39), first(1, 4, 0)), (4, 4), "the last in any case");
    assert_eq!((first(3, 4, 100), first(1, 3, 50)), (3, 2));
    assert_eq!(first(1, 4, u64::MAX), 1);
}

pub fn a_time_leads_to_the_newest_message_up_to_it<S: HubStore>(new: impl Fn() -> S) {
    let mut store = made(new());
    for (n, ts) in [1_100, 1_200, 1_200, 1_200, 1_300].into_iter().enumerate() {
        assert!(say(&mut store, &item(None, &n.to_string(), ts, Body::Text("x".into()))));
    }
    let found = [0, 1_099, 1_100, 1_199, 1_200, 1_299, 1_300, SEQ_MAX].map(|ts| store.seq_at(ts).unwrap());
    assert_eq!(found, [0, 0, 1, 1, 4, 4, 5, 5]);
}

pub fn bytes_lead_to_the_newest_message_up_to_them<S: HubStore>(new: impl Fn() -> S) {
    let store = with_lengths(new(), &[10, 0, 0, 5]);
    let found = [0, 9, 10, 14, 15, SEQ_MAX].map(|bytes| store.seq_of_bytes(bytes).unwrap());
    assert_eq!(found, [0, 0, 3, 3, 4, 4]);
}

pub fn searches_know_only_what_is_kept<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[10; 6]);
    trim(&mut store, 3);
    assert_eq!([0, 1_200, 1_300, 1_400].map(|ts| store.seq_at(ts).unwrap()), [3, 3, 3, 4]);
    assert_eq!([0, 20, 30, 40].map(|bytes| store.seq_of_bytes(bytes).unwrap()), [3, 3, 3, 4]);
    assert_eq!(store.recent(0).unwrap().len(), 3);
    trim(&mut store, 6);
    assert_eq!((store.seq_at(SEQ_MAX), store.seq_of_bytes(SEQ_MAX), store.recent(0)), (Ok(6), Ok(6), Ok(vec![])));
}

pub fn limits_see_payers_and_lengths_of_what_came_after_a_time<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[1, 2]);
    assert!(say(&mut store, &item(None, "k", 1_300, Body::Text("äö".into()))));
    let spent = |ts, payer: &str, bytes| QuotaCharge { ts, payer: payer.to_owned(), bytes };
    let newest = spent(1_300, "a:192.0.2.0", 4);
    assert_eq!(store.recent(1_100), Ok(vec![spent(1_200, "mia", 2), newest.clone()]));
    assert_eq!((store.recent(1_299), store.recent(1_300)), (Ok(vec![newest]), Ok(vec![])));
    assert_eq!(store.recent(0).unwrap().len(), 3);
}

pub fn bytes_before_a_place_are_those_of_all_messages_before_it<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[10, 20, 30]);
    let before = |store: &_| [1, 2, 3, 4].map(|seq| HubStore::bytes_before(store, seq).unwrap());
    assert_eq!(before(&store), [0, 10, 30, 60]);
    trim(&mut store, 2);
    assert_eq!(before(&store), [0, 10, 30, 60], "whether their bodies are there or not");
}

pub fn a_trimmed_message_is_a_digest_under_its_id<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[1; 4]);
    trim(&mut store, 2);
    assert_eq!(store.meta().unwrap().unwrap().oldest, 3);
    assert_eq!(places(&all(&store)), [3, 4]);
    let key = store.find("mia", "m2").unwrap().unwrap();
    assert_eq!((key.seq, key.ts, key.content), (2, 1_200, StoredContent::Digest(digest_of(2))));
    let stored = store.find("mia", "m3").unwrap().unwrap();
    assert_eq!(stored.content, StoredContent::Whole { is_text: true, bytes: b"x".to_vec() });
    assert_eq!((store.time_of(2), store.time_of(3), store.time_of(5)), (Ok(Some(1_200)), Ok(Some(1_300)), Ok(None)));
    assert!(!say(&mut store, &item(Some("mia"), "m2", 9_000, Body::Text("x".into()))), "it is still taken");
}

pub fn a_trimmed_message_without_an_id_of_its_writer_is_nothing<S: HubStore>(new: impl Fn() -> S) {
    let mut store = made(new());
    for (n, is_keyed) in [true, false, true].into_iter().enumerate() {
        assert!(say_as(&mut store, &item(None, &n.to_string(), 1_500, Body::Text("x".into())), is_keyed));
    }
    trim(&mut store, 3);
    assert!(store.find("", "0").unwrap().is_some() && store.find("", "2").unwrap().is_some());
    assert_eq!((store.find("", "1"), store.time_of(2)), (Ok(None), Ok(None)));
}

pub fn numbers_outlive_all_messages<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[10, 20]);
    trim(&mut store, 2);
    store.drop_rows(3, SEQ_MAX).unwrap();
    assert_eq!(store.oldest_row(), Ok(None));
    assert_eq!(store.meta(), Ok(Some(HubMeta { head: 2, oldest: 3, ts: 1_200, bytes_end: 30, ..NEW })));
    assert_eq!(store.bytes_before(3), Ok(30));
    assert!(say(&mut store, &item(Some("mia"), "next", 1_400, Body::Text("x".into()))));
    assert_eq!(places(&all(&store)), [3]);
    assert_eq!(store.meta(), Ok(Some(HubMeta { head: 3, oldest: 3, ts: 1_400, bytes_end: 31, ..NEW })));
}

pub fn rows_go_that_are_before_a_place_and_old_enough<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[1; 5]);
    trim(&mut store, 4);
    store.drop_rows(3, 1_100).unwrap();
    assert_eq!((store.time_of(1), store.time_of(2)), (Ok(None), Ok(Some(1_200))), "up to the time, and no younger one");
    store.drop_rows(4, SEQ_MAX).unwrap();
    assert_eq!(store.oldest_row(), Ok(Some((4, 1_400))), "those before the place, and not itself");
    store.drop_rows(4, SEQ_MAX).unwrap();
    assert_eq!(store.oldest_row(), Ok(Some((4, 1_400))), "again");
}

pub fn an_id_that_was_forgotten_can_be_used_again<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[1; 2]);
    trim(&mut store, 1);
    store.drop_rows(2, SEQ_MAX).unwrap();
    assert_eq!(store.find("mia", "m1"), Ok(None));
    assert!(say(&mut store, &item(Some("mia"), "m1", 2_000, Body::Text("anew".into()))));
    assert_eq!(store.find("mia", "m1").unwrap().map(|key| key.seq), Some(3));
}

pub fn the_oldest_row_may_have_no_body<S: HubStore>(new: impl Fn() -> S) {
    let mut store = with_lengths(new(), &[1; 3]);
    trim(&mut store, 2);
    assert_eq!(store.oldest_row(), Ok(Some((1, 1_100))));
}

fn hook(id: &str) -> HookRow {
    let (url, secret) = (format!("https://example.org/{id}"), format!("whsec_{id}"));
    HookRow {
        id: id.to_owned(),
        url,
        secret,
        previous: None,
        is_active: true,
        is_ordered: false,
        dead_in_a_row: 0,
        is_fixed: false,
    }
}

pub fn receivers_are_kept_replaced_and_read_in_the_order_of_their_ids<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    let mut ids = ODD_TEXTS.to_vec();
    for id in &ids {
        store.save_hook(&hook(id)).unwrap();
    }
    let changed = HookRow {
        previous: Some(("the one before".into(), SEQ_MAX)),
        is_active: false,
        is_ordered: true,
        dead_in_a_row: u32::MAX,
        ..hook("1")
    };
    store.save_hook(&changed).unwrap();
    ids.sort_unstable();
    let expected: Vec<HookRow> = ids.iter().map(|id| if *id == "1" { changed.clone() } else { hook(id) }).collect();
    assert_eq!(store.hooks(), Ok(expected));
    store.save_hook(&hook("1")).unwrap();
    assert!(store.hooks().unwrap().contains(&hook("1")), "the secret before it goes as well");
}

fn dead(hook: &str, seq: u64, died_at: Millis) -> DeadLetter {
    DeadLetter { hook: hook.to_owned(), seq, status: 500, error: "nobody there".into(), attempts: 9, died_at }
}

pub fn a_receiver_goes_with_what_waits_for_it_and_what_it_did_not_take<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    for id in ["a", "b"] {
        store.save_hook(&hook(id)).unwrap();
        store.outbox_add(id, 1, 5).unwrap();
        store.dead_add(&dead(id, 2, 5)).unwrap();
    }
    for _ in 0..2 {
        store.remove_hook("a").unwrap();
        assert_eq!(store.hooks(), Ok(vec![hook("b")]));
        assert_eq!((store.outbox("a", 9), store.dead("a", 0, 9)), (Ok(vec![]), Ok(vec![])));
        assert_eq!((store.outbox_count(), store.dead_state()), (Ok(1), Ok((Some(5), 1))));
    }
}

fn waiting(store: &impl HookStore, hook: &str) -> Vec<(u64, Millis)> {
    store.outbox(hook, 100).unwrap().iter().map(|row| (row.seq, row.due_at)).collect()
}

pub fn what_waits_is_read_per_receiver_in_ascending_order<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    for seq in [10, 9, 2, 11] {
        store.outbox_add("a", seq, 100 - seq).unwrap();
        store.outbox_add("b", seq + 1, 7).unwrap();
    }
    assert_eq!(waiting(store, "a"), [(2, 98), (9, 91), (10, 90), (11, 89)]);
    assert_eq!(waiting(store, "b").iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [3, 10, 11, 12]);
    assert_eq!(
        (store.outbox("a", 2).unwrap().len(), store.outbox("a", 0), waiting(store, "c")),
        (2, Ok(vec![]), vec![])
    );
    assert_eq!((store.outbox_count(), store.outbox_oldest()), (Ok(8), Ok(Some(2))));
}

pub fn what_is_added_again_waits_once_and_as_if_it_were_new<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    store.outbox_add("a", 3, 10).unwrap();
    store.outbox_save("a", &OutboxRow { seq: 3, due_at: 50, attempts: 4, busy_until: 60 }).unwrap();
    store.outbox_add("a", 3, 20).unwrap();
    assert_eq!(store.outbox("a", 9), Ok(vec![OutboxRow { seq: 3, due_at: 20, attempts: 0, busy_until: 0 }]));
}

pub fn what_is_noted_of_an_attempt_is_read<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    store.outbox_add("a", 3, 10).unwrap();
    store.outbox_add("b", 3, 10).unwrap();
    let row = OutboxRow { seq: 3, due_at: SEQ_MAX, attempts: u32::MAX, busy_until: SEQ_MAX };
    for _ in 0..2 {
        store.outbox_save("a", &row).unwrap();
        assert_eq!(store.outbox("a", 9), Ok(vec![row.clone()]));
    }
    assert_eq!(waiting(store, "b"), [(3, 10)], "of no other receiver");
}

pub fn what_left_waits_no_more<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    for hook in ["a", "b"] {
        store.outbox_add(hook, 3, 10).unwrap();
        store.outbox_add(hook, 4, 10).unwrap();
    }
    for _ in 0..2 {
        store.outbox_remove("a", 3).unwrap();
        assert_eq!((waiting(store, "a"), waiting(store, "b").len()), (vec![(4, 10)], 2));
    }
    assert_eq!(store.outbox_oldest(), Ok(Some(3)), "it waits for another");
}

pub fn receivers_for_whom_something_waits_are_each_named_once<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    for (hook, seq) in [("b", 5), ("a", 9), ("b", 6), ("", 7), ("a", 10)] {
        store.outbox_add(hook, seq, 1).unwrap();
    }
    let mut hooks = store.outbox_hooks().unwrap();
    hooks.sort();
    assert_eq!(hooks, ["", "a", "b"]);
    assert_eq!(store.outbox_oldest(), Ok(Some(5)));
}

pub fn what_nobody_took_is_read_per_receiver_after_a_place<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    for seq in [7, 3, 5, 1] {
        store.dead_add(&DeadLetter { error: ODD_TEXTS[seq as usize].into(), ..dead("a", seq, 100 * seq) }).unwrap();
        store.dead_add(&dead("b", seq + 1, 1)).unwrap();
    }
    let letter = |seq: u64| DeadLetter { error: ODD_TEXTS[seq as usize].into(), ..dead("a", seq, 100 * seq) };
    assert_eq!(store.dead("a", 0, 9), Ok(vec![letter(1), letter(3), letter(5), letter(7)]));
    assert_eq!(store.dead("a", 3, 9), Ok(vec![letter(5), letter(7)]), "not the place itself");
    assert_eq!((store.dead("a", 1, 1), store.dead("a", 7, 9)), (Ok(vec![letter(3)]), Ok(vec![])));
}

pub fn what_nobody_took_is_read_of_all_receivers_after_one_and_a_place<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    for (hook, seq) in [("b", 2), ("a", 9), ("b", 10), ("a", 3)] {
        store.dead_add(&dead(hook, seq, 1)).unwrap();
    }
    let all = [("a", 3), ("a", 9), ("b", 2), ("b", 10)].map(|(hook, seq)| dead(hook, seq, 1));
    assert_eq!(store.dead_after(("", 0), 9), Ok(all.to_vec()));
    assert_eq!(store.dead_after(("a", 3), 2), Ok(all[1..3].to_vec()), "not the place itself");
    assert_eq!(store.dead_after(("a", 10), 9), Ok(all[2..].to_vec()));
    assert_eq!(store.dead_after(("b", 10), 9), Ok(vec![]));
}

pub fn what_nobody_took_is_replaced_by_its_next_death<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    let again = DeadLetter { status: 0, error: String::new(), attempts: u32::MAX, ..dead("a", 3, 900) };
    store.dead_add(&dead("a", 3, 100)).unwrap();
    store.dead_add(&again).unwrap();
    assert_eq!(store.dead("a", 0, 9), Ok(vec![again]));
}

pub fn what_nobody_took_goes_by_its_place_once<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    store.dead_add(&dead("a", 3, 100)).unwrap();
    store.dead_add(&dead("b", 3, 100)).unwrap();
    assert_eq!(
        (store.dead_remove("a", 4), store.dead_remove("a", 3), store.dead_remove("a", 3)),
        (Ok(false), Ok(true), Ok(false))
    );
    assert_eq!(store.dead_state(), Ok((Some(100), 1)));
}

pub fn what_nobody_took_is_forgotten_up_to_a_time<S: HubStore>(new: impl Fn() -> S) {
    let mut owner = new();
    let store = owner.hook_store_mut();
    for (seq, died_at) in [(1, 300), (2, 100), (3, 200)] {
        store.dead_add(&dead("a", seq, died_at)).unwrap();
    }
    assert_eq!(store.dead_state(), Ok((Some(100), 3)));
    store.dead_forget(99).unwrap();
    assert_eq!(store.dead_state(), Ok((Some(100), 3)));
    store.dead_forget(200).unwrap();
    assert_eq!(store.dead("a", 0, 9), Ok(vec![dead("a", 1, 300)]));
    store.dead_forget(SEQ_MAX).unwrap();
    assert_eq!(store.dead_state(), Ok((None, 0)));
}

pub fn the_largest_numbers_come_back<S: HubStore>(new: impl Fn() -> S) {
    let mut store = new();
    let last = SEQ_MAX - 1;
    let meta = HubMeta { epoch: u32::MAX, head: last, oldest: SEQ_MAX, ts: last, bytes_end: last };
    store.create(&meta).unwrap();
    assert!(say(&mut store, &item(None, "k", SEQ_MAX, Body::Text("x".into()))));
    let full = HubMeta { head: SEQ_MAX, ts: SEQ_MAX, bytes_end: SEQ_MAX, ..meta };
    assert_eq!(store.meta(), Ok(Some(full)));
    assert_eq!((places(&all(&store)), store.oldest_row()), (vec![SEQ_MAX], Ok(Some((SEQ_MAX, SEQ_MAX)))));
    assert_eq!((store.seq_at(last), store.seq_at(SEQ_MAX)), (Ok(last), Ok(SEQ_MAX)));
    assert_eq!((store.seq_of_bytes(last), store.bytes_before(SEQ_MAX)), (Ok(last), Ok(last)));
    assert_eq!(store.read(SEQ_MAX, SEQ_MAX, u32::MAX, SEQ_MAX).unwrap().len(), 1);
    let hooks = store.hook_store_mut();
    hooks.outbox_add("h", SEQ_MAX, SEQ_MAX).unwrap();
    hooks.dead_add(&DeadLetter { status: u16::MAX, ..dead("h", SEQ_MAX, SEQ_MAX) }).unwrap();
    assert_eq!((waiting(hooks, "h"), hooks.outbox_oldest()), (vec![(SEQ_MAX, SEQ_MAX)], Ok(Some(SEQ_MAX))));
    assert_eq!(hooks.dead("h", last, 1), Ok(vec![DeadLetter { status: u16::MAX, ..dead("h", SEQ_MAX, SEQ_MAX) }]));
}
