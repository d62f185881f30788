//! Promises of the inbox (`core.md` 2.3, `push.md` 1): an entry waits once, until it was seen or read, and not for ever.

use std::collections::BTreeMap;

use protocol::client::Dice;
use protocol::words::event::Millis;
use protocol::words::limits::{INBOX_ENTRIES_MAX, SEQ_MAX};

use super::tables::PersonSql;
use super::tests::{DIRECT, GROUP, NOW, TEXTS, is_safe_to_repeat, leaves_no_trace, message, stored, tables};
use crate::calls::InboxEvent;
use crate::kit::sql::rows;

/// An entry of this time.
fn entry(seq: u64, ts: Millis) -> InboxEvent {
    InboxEvent { ts, ..message(seq, "u_bo", "hello") }
}

/// Room, first and last place, and count of each room that waits.
fn waiting(sql: &PersonSql) -> Vec<(String, u64, u64, u64)> {
    sql.inbox().unwrap().into_iter().map(|row| (row.room, row.from_seq, row.to_seq, row.count)).collect()
}

fn in_direct(from: u64, to: u64, count: u64) -> Vec<(String, u64, u64, u64)> {
    vec![(DIRECT.to_owned(), from, to, count)]
}

/// Positions that are stored for a room, seen or not.
fn places(sql: &PersonSql, room: &str) -> Vec<u64> {
    rows(&sql.0, "SELECT seq FROM inbox WHERE room = ? ORDER BY seq", &[room.into()], |row| row.number(0)).unwrap()
}

#[test]
fn an_entry_is_stored_once_however_often_it_is_delivered() {
    let sql = tables();
    let twice = [(); 2].map(|()| sql.add_entry(DIRECT, &entry(1, NOW)));
    assert_eq!((twice, waiting(&sql)), ([Ok(true), Ok(false)], in_direct(1, 1, 1)));
}

#[test]
fn the_first_delivery_of_an_entry_counts() {
    let sql = tables();
    let first = message(1, "u_bo", "first");
    sql.add_entry(DIRECT, &first).unwrap();
    sql.add_entry(DIRECT, &message(1, "u_bo", "second")).unwrap();
    assert_eq!(sql.inbox().unwrap()[0].last, first.json);
}

#[test]
fn a_room_says_what_waits_from_where_to_where_and_the_last_of_it() {
    let sql = tables();
    for seq in [7, 3, 5] {
        sql.add_entry(DIRECT, &entry(seq, NOW + seq)).unwrap();
    }
    assert_eq!(waiting(&sql), in_direct(3, 7, 3));
    assert_eq!(sql.inbox().unwrap()[0].last, entry(7, 0).json);
}

#[test]
fn rooms_are_listed_by_the_time_of_their_last_entry_and_then_by_name() {
    let sql = tables();
    for (room, seq, ts) in [("b", 1, 20), ("c", 1, 90), ("c", 2, 10), ("a", 1, 20), ("d", 1, 30)] {
        sql.add_entry(room, &entry(seq, ts)).unwrap();
    }
    let rooms: Vec<String> = sql.inbox().unwrap().into_iter().map(|row| row.room).collect();
    assert_eq!(rooms, ["d", "a", "b", "c"], "the time of the last place, not the latest");
}

#[test]
fn entries_read_back_whatever_was_written_in_them() {
    let sql = tables();
    for (seq, text) in (1..).zip(TEXTS) {
        let written = message(seq, "u_bo", text);
        sql.add_entry(DIRECT, &written).unwrap();
        assert_eq!(sql.inbox().unwrap()[0].last, written.json);
    }
}

#[test]
fn places_and_times_may_be_as_large_as_numbers_are() {
    let sql = tables();
    for seq in [SEQ_MAX - 1, SEQ_MAX] {
        sql.add_entry(DIRECT, &entry(seq, SEQ_MAX)).unwrap();
    }
    assert_eq!((waiting(&sql), sql.oldest_entry()), (in_direct(SEQ_MAX - 1, SEQ_MAX, 2), Ok(Some(SEQ_MAX))));
    sql.read_to(DIRECT, SEQ_MAX - 1).unwrap();
    assert_eq!(waiting(&sql), in_direct(SEQ_MAX, SEQ_MAX, 1));
}

#[test]
fn what_was_read_waits_no_more_and_is_not_brought_back_by_a_late_delivery() {
    let sql = tables();
    for seq in 1..=4 {
        sql.add_entry(DIRECT, &entry(seq, NOW)).unwrap();
    }
    sql.read_to(DIRECT, 3).unwrap();
    assert_eq!(waiting(&sql), in_direct(4, 4, 1));
    assert_eq!([2, 3, 5].map(|seq| sql.add_entry(DIRECT, &entry(seq, NOW))), [Ok(false), Ok(false), Ok(true)]);
}

#[test]
fn a_place_up_to_which_a_room_was_read_never_goes_back() {
    let sql = tables();
    for seq in [5, 2] {
        sql.read_to(DIRECT, seq).unwrap();
    }
    assert_eq!([4, 5, 6].map(|seq| sql.add_entry(DIRECT, &entry(seq, NOW))), [Ok(false), Ok(false), Ok(true)]);
}

#[test]
fn a_room_can_be_read_before_anything_of_it_came() {
    let sql = tables();
    is_safe_to_repeat(&sql.0, || sql.read_to(DIRECT, 2).unwrap());
    assert_eq!(sql.add_entry(DIRECT, &entry(2, NOW)), Ok(false));
}

#[test]
fn to_read_one_room_leaves_the_others_waiting() {
    let sql = tables();
    for room in [DIRECT, GROUP] {
        sql.add_entry(room, &entry(1, NOW)).unwrap();
    }
    sql.read_to(GROUP, 9).unwrap();
    assert_eq!(waiting(&sql), in_direct(1, 1, 1));
}

#[test]
fn what_was_seen_does_not_wait_again_when_it_is_delivered_once_more() {
    let sql = tables();
    for seq in 1..=3 {
        sql.add_entry(DIRECT, &entry(seq, NOW)).unwrap();
    }
    is_safe_to_repeat(&sql.0, || sql.see(DIRECT, 2).unwrap());
    assert_eq!((waiting(&sql), sql.add_entry(DIRECT, &entry(1, NOW))), (in_direct(3, 3, 1), Ok(false)));
}

#[test]
fn what_comes_later_with_a_place_below_was_not_there_to_be_seen() {
    let sql = tables();
    sql.add_entry(DIRECT, &entry(5, NOW)).unwrap();
    sql.see(DIRECT, 5).unwrap();
    assert_eq!((sql.add_entry(DIRECT, &entry(3, NOW)), waiting(&sql)), (Ok(true), in_direct(3, 3, 1)));
}

#[test]
fn of_what_was_seen_no_words_are_kept() {
    let sql = tables();
    sql.add_entry(DIRECT, &message(1, "u_bo", "kingfisher")).unwrap();
    sql.see(DIRECT, 1).unwrap();
    assert_eq!(stored(&sql.0, "inbox"), [format!("'{DIRECT}', 1, {}, '{{}}'", NOW + 1)]);
}

#[test]
fn an_entry_that_changes_reads_otherwise_and_waits_where_it_did() {
    let sql = tables();
    sql.add_entry(DIRECT, &message(1, "u_bo", "before")).unwrap();
    let after = message(1, "u_bo", "after").json;
    is_safe_to_repeat(&sql.0, || sql.change_entry(DIRECT, 1, &after).unwrap());
    assert_eq!((waiting(&sql), sql.inbox().unwrap()[0].last.as_str()), (in_direct(1, 1, 1), after.as_str()));
}

#[test]
fn an_entry_with_nothing_left_of_it_goes() {
    let sql = tables();
    for seq in [1, 2] {
        sql.add_entry(DIRECT, &entry(seq, NOW)).unwrap();
    }
    is_safe_to_repeat(&sql.0, || sql.change_entry(DIRECT, 2, "").unwrap());
    assert_eq!(waiting(&sql), in_direct(1, 1, 1));
}

#[test]
fn a_change_brings_nothing_back_that_was_seen_or_never_came() {
    let sql = tables();
    sql.add_entry(DIRECT, &entry(1, NOW)).unwrap();
    sql.see(DIRECT, 1).unwrap();
    for seq in [1, 2] {
        sql.change_entry(DIRECT, seq, &entry(seq, NOW).json).unwrap();
    }
    assert_eq!((waiting(&sql), places(&sql, DIRECT)), (Vec::new(), vec![1]));
}

#[test]
fn a_message_that_was_deleted_for_the_person_alone_is_forgotten_in_its_room() {
    let sql = tables();
    for room in [DIRECT, GROUP] {
        for seq in [1, 2] {
            sql.add_entry(room, &entry(seq, NOW)).unwrap();
        }
    }
    is_safe_to_repeat(&sql.0, || sql.forget_entry(DIRECT, "m1").unwrap());
    assert_eq!((places(&sql, DIRECT), places(&sql, GROUP)), (vec![2], vec![1, 2]));
}

#[test]
fn of_somebody_who_is_gone_nothing_waits_in_that_room() {
    let sql = tables();
    for (room, seq, sender) in [(DIRECT, 1, "u_bo"), (DIRECT, 2, "u_kai"), (DIRECT, 3, "u_bo"), (GROUP, 1, "u_bo")] {
        sql.add_entry(room, &message(seq, sender, "u_bo")).unwrap();
    }
    sql.forget_entries_of(DIRECT, "u_bo", 0).unwrap();
    assert_eq!((places(&sql, DIRECT), places(&sql, GROUP)), (vec![2], vec![1]));
}

#[test]
fn an_entry_that_is_no_json_hinders_nobody_from_being_forgotten() {
    let sql = tables();
    sql.add_entry(DIRECT, &InboxEvent { json: "no json".to_owned(), ..entry(1, NOW) }).unwrap();
    sql.add_entry(DIRECT, &entry(2, NOW)).unwrap();
    sql.forget_entry(DIRECT, "m2").unwrap();
    assert_eq!(places(&sql, DIRECT), [1]);
}

#[test]
fn entries_go_when_they_are_older_than_is_kept() {
    let sql = tables();
    for (seq, ts) in [(1, 9), (2, 10), (3, 11)] {
        sql.add_entry(DIRECT, &entry(seq, ts)).unwrap();
    }
    assert_eq!(sql.oldest_entry(), Ok(Some(9)));
    is_safe_to_repeat(&sql.0, || sql.trim_inbox(10).unwrap());
    assert_eq!((places(&sql, DIRECT), sql.oldest_entry()), (vec![2, 3], Ok(Some(10))));
}

#[test]
fn as_many_entries_are_kept_as_the_limit_says_and_the_oldest_go() {
    let sql = tables();
    let most = INBOX_ENTRIES_MAX as u64;
    for seq in 1..=most + 2 {
        let room = if seq % 2 == 0 { DIRECT } else { GROUP };
        sql.add_entry(room, &entry(seq, seq)).unwrap();
        if seq == most {
            sql.trim_inbox(0).unwrap();
            assert_eq!(sql.oldest_entry(), Ok(Some(1)), "as many are allowed");
        }
    }
    sql.trim_inbox(0).unwrap();
    assert_eq!((stored(&sql.0, "inbox").len() as u64, sql.oldest_entry()), (most, Ok(Some(3))));
}

#[test]
fn above_the_limit_what_was_seen_goes_before_what_waits() {
    let sql = tables();
    let most = INBOX_ENTRIES_MAX as u64;
    sql.add_entry(GROUP, &entry(1, SEQ_MAX)).unwrap();
    sql.see(GROUP, 1).unwrap();
    for seq in 1..=most {
        sql.add_entry(DIRECT, &entry(seq, seq)).unwrap();
    }
    sql.trim_inbox(0).unwrap();
    assert_eq!((places(&sql, GROUP), waiting(&sql)), (Vec::new(), in_direct(1, most, most)));
}

#[test]
fn a_flood_in_one_conversation_takes_nothing_from_another() {
    let sql = tables();
    let most = INBOX_ENTRIES_MAX as u64;
    for seq in 1..=3 {
        sql.add_entry(GROUP, &entry(seq, seq)).unwrap();
    }
    for seq in 1..=most {
        sql.add_entry(DIRECT, &entry(seq, 100 + seq)).unwrap();
    }
    sql.trim_inbox(0).unwrap();
    assert_eq!((places(&sql, GROUP), places(&sql, DIRECT)), (vec![1, 2, 3], (4..=most).collect()));
}

#[test]
fn an_empty_inbox_has_no_oldest_entry() {
    let sql = tables();
    assert_eq!((sql.oldest_entry(), waiting(&sql)), (Ok(None), Vec::new()));
}

#[test]
fn a_persona_s_next_player_finds_nothing_and_is_told_nothing_late() {
    let sql = tables();
    sql.add_direct(DIRECT, NOW).unwrap();
    sql.read_to(GROUP, 9).unwrap();
    for (room, seq) in [(DIRECT, 4), (DIRECT, 7), ("general", 2)] {
        sql.add_entry(room, &entry(seq, NOW)).unwrap();
    }
    sql.see("general", 2).unwrap();
    is_safe_to_repeat(&sql.0, || sql.close_book().unwrap());
    assert!(waiting(&sql).is_empty() && sql.directs().unwrap().is_empty());
    let late = [(DIRECT, 7), ("general", 2), (GROUP, 9)].map(|(room, seq)| sql.add_entry(room, &entry(seq, NOW)));
    assert_eq!(late, [Ok(false), Ok(false), Ok(false)]);
    assert_eq!(sql.add_entry(DIRECT, &entry(8, NOW)), Ok(true));
}

#[test]
fn to_close_the_book_takes_no_mark_back() {
    let sql = tables();
    sql.add_entry(DIRECT, &entry(4, NOW)).unwrap();
    sql.read_to(DIRECT, 2).unwrap();
    sql.close_book().unwrap();
    sql.read_to(GROUP, 9).unwrap();
    sql.close_book().unwrap();
    assert_eq!(stored(&sql.0, "read_marks"), [format!("'{DIRECT}', 4"), format!("'{GROUP}', 9")]);
}

#[test]
fn a_delivery_that_fails_leaves_no_trace() {
    let sql = tables();
    sql.add_entry(DIRECT, &entry(1, NOW)).unwrap();
    leaves_no_trace(&sql.0, || {
        sql.add_entry(DIRECT, &entry(2, NOW)).unwrap();
        sql.read_to(DIRECT, 1).unwrap();
    });
}

/// Model of an inbox: for each position the time and the entry; no entry if it was seen.
#[derive(Default)]
struct Model {
    entries: BTreeMap<(String, u64), (Millis, Option<String>)>,
    read: BTreeMap<String, u64>,
}

impl Model {
    fn add(&mut self, room: &str, entry: &InboxEvent) -> bool {
        let key = (room.to_owned(), entry.seq);
        let is_new = entry.seq > self.read.get(room).copied().unwrap_or(0) && !self.entries.contains_key(&key);
        if is_new {
            self.entries.insert(key, (entry.ts, Some(entry.json.clone())));
        }
        is_new
    }

    fn waiting(&self) -> Vec<(String, u64, u64, u64, String)> {
        let mut rooms: BTreeMap<&str, Vec<(u64, Millis, &String)>> = BTreeMap::new();
        for ((room, seq), (ts, json)) in &self.entries {
            if let Some(json) = json {
                rooms.entry(room).or_default().push((*seq, *ts, json));
            }
        }
        let mut rooms: Vec<_> = rooms.into_iter().collect();
        rooms.sort_by_key(|(room, waits)| (std::cmp::Reverse(waits.last().unwrap().1), *room));
        let row = |(room, waits): (&str, Vec<(u64, Millis, &String)>)| {
            let (first, last) = (waits.first().unwrap(), waits.last().unwrap());
            (room.to_owned(), first.0, last.0, waits.len() as u64, last.2.clone())
        };
        rooms.into_iter().map(row).collect()
    }
}

#[test]
fn whatever_is_delivered_changed_seen_and_read_the_same_waits_as_in_a_plain_map() {
    for seed in 0..40 {
        let (sql, mut dice, mut model) = (tables(), Dice::new(seed), Model::default());
        for step in 0..80 {
            let room = [DIRECT, GROUP, "general"][dice.up_to(2) as usize];
            let (seq, ts, sender) = (1 + dice.up_to(9), 1 + dice.up_to(50), ["u_bo", "u_kai"][dice.up_to(1) as usize]);
            let event = InboxEvent { ts, ..message(seq, sender, TEXTS[dice.up_to(7) as usize]) };
            let key = (room.to_owned(), seq);
            match dice.up_to(8) {
                0..=3 => {
                    assert_eq!(sql.add_entry(room, &event), Ok(model.add(room, &event)), "seed {seed}, step {step}")
                }
                4 => {
                    let is_gone = dice.chance(30);
                    sql.change_entry(room, seq, if is_gone { "" } else { &event.json }).unwrap();
                    if is_gone {
                        model.entries.remove(&key);
                    } else if let Some((_, Some(json))) = model.entries.get_mut(&key) {
                        json.clone_from(&event.json);
                    }
                }
                5 => {
                    sql.see(room, seq).unwrap();
                    let below = model.entries.iter_mut().filter(|((known, at), _)| known == room && *at <= seq);
                    below.for_each(|(_, entry)| entry.1 = None);
                }
                6 => {
                    sql.read_to(room, seq).unwrap();
                    model.entries.retain(|(known, at), _| known != room || *at > seq);
                    let mark = model.read.entry(room.to_owned()).or_default();
                    *mark = seq.max(*mark);
                }
                7 => {
                    sql.forget_entries_of(room, sender, 0).unwrap();
                    let of_sender = format!("\"senderId\":\"{sender}\"");
                    let is_of = |json: &Option<String>| json.as_ref().is_some_and(|json| json.contains(&of_sender));
                    model.entries.retain(|(known, _), (_, json)| known != room || !is_of(json));
                }
                _ => {
                    sql.trim_inbox(ts / 4).unwrap();
                    model.entries.retain(|_, (at, _)| *at >= ts / 4);
                }
            }
            let found: Vec<_> = sql.inbox().unwrap();
            let found: Vec<_> =
                found.into_iter().map(|row| (row.room, row.from_seq, row.to_seq, row.count, row.last)).collect();
            assert_eq!(found, model.waiting(), "seed {seed}, step {step}");
            let oldest = model.entries.values().map(|(ts, _)| *ts).min();
            assert_eq!(sql.oldest_entry(), Ok(oldest), "seed {seed}, step {step}");
        }
    }
}
