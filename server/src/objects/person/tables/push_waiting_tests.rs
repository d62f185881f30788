//! Promises of the rows of web push about waiting notifications: each is sent once, and only the newest of a conversation (`push.md`).

use std::collections::BTreeMap;

use protocol::client::Dice;
use protocol::words::limits::SEQ_MAX;

use super::tests::{subscribe, with_browsers};
use super::*;
use crate::objects::person::tables::PersonSql;
use crate::objects::person::tests::{
    BOTH_KEYS, DIRECT, GROUP, NOW, OLD_KEY, TEXTS, full_tables, is_safe_to_repeat, leaves_no_trace, opened, set,
    stored, tables,
};

fn new_notification<'a>(about: &'a str, seq: u64, words: &'a str) -> NewNotification<'a> {
    let (message, sender, what, title) = ("m", "u_bo", NotificationKind::Message, "Bo");
    NewNotification { about, seq, message, sender, what, title, words, is_called: false, unread: 1 }
}

fn place(id: &str, about: &str) -> NotificationKey {
    (id.to_owned(), about.to_owned())
}

/// The texts that wait for each conversation.
fn words(sql: &PersonSql, id: &str) -> Vec<(String, String)> {
    let places = due(&sql.0, id, SEQ_MAX, 100).unwrap();
    let mut words: Vec<(String, String)> =
        places.iter().map(|place| (place.1.clone(), waiting(&sql.0, place).unwrap().unwrap().words)).collect();
    words.sort();
    words
}

fn wait(sql: &PersonSql, id: &str, about: &str) -> Option<PendingNotification> {
    waiting(&sql.0, &place(id, about)).unwrap()
}

#[test]
fn a_room_was_looked_at_as_far_as_it_was_told_or_read() {
    let sql = tables();
    assert_eq!(mark(&sql.0, DIRECT), Ok(0));
    for seq in [5, SEQ_MAX - 1, 7] {
        save_mark(&sql.0, DIRECT, seq).unwrap();
    }
    assert_eq!((mark(&sql.0, DIRECT), mark(&sql.0, GROUP)), (Ok(SEQ_MAX - 1), Ok(0)));
    sql.read_to(DIRECT, SEQ_MAX).unwrap();
    assert_eq!(mark(&sql.0, DIRECT), Ok(SEQ_MAX));
}

#[test]
fn a_notification_reads_back_as_it_was_put_for_every_browser() {
    let sql = with_browsers(&["a", "b"]);
    for (text, what) in TEXTS.iter().zip(
        [NotificationKind::Message, NotificationKind::Wink, NotificationKind::Nudge, NotificationKind::Request]
            .into_iter()
            .cycle(),
    ) {
        let added = NewNotification {
            title: text,
            what,
            is_called: true,
            unread: SEQ_MAX,
            ..new_notification(DIRECT, SEQ_MAX, text)
        };
        put(&sql.0, &added, NOW, PushDecision::Now).unwrap();
        for id in ["a", "b"] {
            let saved = wait(&sql, id, DIRECT).unwrap();
            assert_eq!(
                (saved.subscription.id.as_str(), saved.about.as_str(), saved.sender.as_str()),
                (id, DIRECT, "u_bo")
            );
            assert_eq!((saved.words.as_str(), saved.title.as_str(), saved.what), (*text, *text, what));
            assert_eq!(
                (saved.seq, saved.unread, saved.is_called, saved.made_at, saved.tries),
                (SEQ_MAX, SEQ_MAX, true, NOW, 0)
            );
        }
    }
}

#[test]
fn where_no_browser_is_told_nothing_waits() {
    let sql = tables();
    put(&sql.0, &new_notification(DIRECT, 1, "hello"), NOW, PushDecision::Now).unwrap();
    assert_eq!(due_at(&sql.0), Ok(None));
}

#[test]
fn of_a_conversation_the_newest_alone_waits() {
    let sql = with_browsers(&["a"]);
    for (about, seq, text) in [(DIRECT, 1, "first"), (GROUP, 9, "elsewhere"), (DIRECT, 2, "second")] {
        put(&sql.0, &new_notification(about, seq, text), NOW, PushDecision::Now).unwrap();
    }
    let wanted = [(DIRECT, "second"), (GROUP, "elsewhere")];
    assert_eq!(words(&sql, "a"), wanted.map(|(about, words)| (about.to_owned(), words.to_owned())));
}

#[test]
fn what_is_withheld_is_due_later() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, "hello"), NOW, PushDecision::Withheld).unwrap();
    assert_eq!((due_at(&sql.0), due_subscriptions(&sql.0, NOW)), (Ok(Some(NOW + PUSH_WITHHELD_MS)), Ok(Vec::new())));
}

#[test]
fn what_was_withheld_goes_when_somebody_saw_it_and_no_sooner() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, "seen"), NOW, PushDecision::Withheld).unwrap();
    put(&sql.0, &new_notification(GROUP, 1, "later"), NOW + 1, PushDecision::Withheld).unwrap();
    put(&sql.0, &new_notification("general", 1, "told"), NOW, PushDecision::Now).unwrap();
    is_safe_to_repeat(&sql.0, || remove_seen(&sql.0, NOW).unwrap());
    let wanted = [("general", "told"), (GROUP, "later")];
    assert_eq!(words(&sql, "a"), wanted.map(|(about, words)| (about.to_owned(), words.to_owned())));
}

#[test]
fn what_was_withheld_becomes_due_when_nobody_looks_and_never_later_than_before() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, ""), NOW, PushDecision::Withheld).unwrap();
    for (at, due) in [(NOW + 9, NOW + 9), (NOW + 20, NOW + 9), (NOW + 5, NOW + 5)] {
        make_due(&sql.0, at).unwrap();
        assert_eq!(due_at(&sql.0), Ok(Some(due)));
    }
}

#[test]
fn what_is_told_now_is_hastened_by_nothing() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, ""), NOW, PushDecision::Now).unwrap();
    retry_later(&sql.0, &wait(&sql, "a", DIRECT).unwrap(), NOW + 100).unwrap();
    make_due(&sql.0, NOW).unwrap();
    assert_eq!(due_at(&sql.0), Ok(Some(NOW + 100)));
}

#[test]
fn a_few_of_a_browser_are_taken_at_once_those_first_that_are_due_longest() {
    let sql = with_browsers(&["a", "b"]);
    for (about, due) in [("r3", 30), ("r1", 10), ("r2", 20), ("r4", 40)] {
        put(&sql.0, &new_notification(about, 1, ""), due, PushDecision::Now).unwrap();
    }
    let taken = |now, limit| due(&sql.0, "a", now, limit).unwrap();
    assert_eq!(taken(100, 2), [place("a", "r1"), place("a", "r2")]);
    assert_eq!(taken(20, 9), [place("a", "r1"), place("a", "r2")]);
    assert_eq!(set(due_subscriptions(&sql.0, 10).unwrap()), set(["a".to_owned(), "b".to_owned()]));
}

#[test]
fn what_was_sent_waits_no_more_and_what_is_newer_does() {
    let sql = with_browsers(&["a", "b"]);
    put(&sql.0, &new_notification(DIRECT, 1, "first"), NOW, PushDecision::Now).unwrap();
    let sent = wait(&sql, "a", DIRECT).unwrap();
    put(&sql.0, &new_notification(DIRECT, 2, "second"), NOW, PushDecision::Now).unwrap();
    take(&sql.0, &sent).unwrap();
    assert_eq!(wait(&sql, "a", DIRECT).unwrap().words, "second");
    take(&sql.0, &wait(&sql, "a", DIRECT).unwrap()).unwrap();
    assert!(wait(&sql, "a", DIRECT).is_none() && wait(&sql, "b", DIRECT).is_some());
}

#[test]
fn what_could_not_be_sent_is_tried_again_later_whoever_looked() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, "hello"), NOW, PushDecision::Withheld).unwrap();
    for tries in [1, 2] {
        retry_later(&sql.0, &wait(&sql, "a", DIRECT).unwrap(), NOW + 50).unwrap();
        assert_eq!(wait(&sql, "a", DIRECT).unwrap().tries, tries);
    }
    remove_seen(&sql.0, SEQ_MAX).unwrap();
    assert_eq!(due_at(&sql.0), Ok(Some(NOW + 50)), "an attempt was made: it is withheld no more");
}

#[test]
fn a_newer_message_is_not_put_off_by_an_older_one_that_failed() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, "first"), NOW, PushDecision::Now).unwrap();
    let failed = wait(&sql, "a", DIRECT).unwrap();
    put(&sql.0, &new_notification(DIRECT, 2, "second"), NOW + 1, PushDecision::Now).unwrap();
    retry_later(&sql.0, &failed, NOW + 1_000).unwrap();
    assert_eq!((due_at(&sql.0), wait(&sql, "a", DIRECT).unwrap().tries), (Ok(Some(NOW + 1)), 0));
}

#[test]
fn one_place_is_dropped_and_no_other() {
    let sql = with_browsers(&["a", "b"]);
    for about in [DIRECT, GROUP] {
        put(&sql.0, &new_notification(about, 1, ""), NOW, PushDecision::Now).unwrap();
    }
    is_safe_to_repeat(&sql.0, || drop_at(&sql.0, &place("a", DIRECT)).unwrap());
    assert_eq!(stored(&sql.0, "push_outbox").len(), 3);
    assert!(wait(&sql, "a", DIRECT).is_none());
}

#[test]
fn a_message_that_was_edited_is_told_as_it_reads_now() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        subscribe(&sql, &["a", "b"]);
        put(&sql.0, &new_notification(DIRECT, 5, "before"), NOW, PushDecision::Now).unwrap();
        for text in TEXTS {
            update_words(&sql.0, DIRECT, 5, text, true).unwrap();
            for id in ["a", "b"] {
                let saved = wait(&sql, id, DIRECT).unwrap();
                assert_eq!((saved.words.as_str(), saved.is_called), (text, true));
            }
        }
    }
}

#[test]
fn an_edit_of_another_message_changes_nothing_that_waits() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &new_notification(DIRECT, 5, "mine"), NOW, PushDecision::Now).unwrap();
    for (room, seq) in [(DIRECT, 4), (GROUP, 5)] {
        update_words(&sql.0, room, seq, "other", true).unwrap();
    }
    assert_eq!(wait(&sql, "a", DIRECT).unwrap().words, "mine");
}

#[test]
fn words_that_wait_are_sealed_and_open_under_a_newer_key() {
    let sql = opened(&Database::new(), OLD_KEY);
    subscribe(&sql, &["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, "kingfisher"), NOW, PushDecision::Now).unwrap();
    update_words(&sql.0, DIRECT, 1, "kingfisher again", false).unwrap();
    assert!(!stored(&sql.0, "push_outbox").concat().contains("kingfisher"));
    assert_eq!(wait(&opened(&sql.0, BOTH_KEYS), "a", DIRECT).unwrap().words, "kingfisher again");
}

#[test]
fn words_without_their_key_are_not_told() {
    let sql = opened(&Database::new(), OLD_KEY);
    subscribe(&sql, &["a"]);
    put(&sql.0, &new_notification(DIRECT, 1, "kingfisher"), NOW, PushDecision::Now).unwrap();
    let shut = opened(&sql.0, "");
    assert!(waiting(&shut.0, &place("a", DIRECT)).is_err());
    assert!(put(&shut.0, &new_notification(GROUP, 1, "for everybody"), NOW, PushDecision::Now).is_err());
}

#[test]
fn what_was_read_is_told_no_more() {
    let sql = with_browsers(&["a"]);
    for (about, seq) in [("r1", 4), ("r2", 5), ("r3", 7), ("r4", 8)] {
        put(&sql.0, &new_notification(about, seq, about), NOW, PushDecision::Now).unwrap();
    }
    for about in ["r1", "r2", "r3", "r4"] {
        was_read(&sql.0, about, 5, 7).unwrap();
    }
    assert_eq!(words(&sql, "a").into_iter().map(|(about, _)| about).collect::<Vec<_>>(), ["r1", "r4"]);
}

#[test]
fn a_message_that_was_deleted_is_told_no_more_and_others_of_its_room_are() {
    let sql = with_browsers(&["a"]);
    put(&sql.0, &NewNotification { message: "m1", ..new_notification(DIRECT, 1, "") }, NOW, PushDecision::Now).unwrap();
    put(&sql.0, &NewNotification { message: "m1", ..new_notification(GROUP, 1, "") }, NOW, PushDecision::Now).unwrap();
    forget_message(&sql.0, DIRECT, "m2").unwrap();
    forget_message(&sql.0, DIRECT, "m1").unwrap();
    assert_eq!(words(&sql, "a").into_iter().map(|(about, _)| about).collect::<Vec<_>>(), [GROUP]);
}

#[test]
fn of_somebody_who_is_gone_neither_messages_in_that_room_nor_a_request_is_told() {
    let sql = with_browsers(&["a"]);
    for (about, sender) in [("", "u_bo"), (DIRECT, "u_bo"), (GROUP, "u_bo"), ("general", "u_kai")] {
        put(&sql.0, &NewNotification { sender, ..new_notification(about, 1, "") }, NOW, PushDecision::Now).unwrap();
    }
    is_safe_to_repeat(&sql.0, || forget_sender(&sql.0, DIRECT, "u_bo", 0).unwrap());
    assert_eq!(words(&sql, "a").into_iter().map(|(about, _)| about).collect::<Vec<_>>(), ["general", GROUP]);
}

#[test]
fn of_a_player_who_is_gone_what_an_earlier_one_wrote_is_still_told() {
    let sql = with_browsers(&["a"]);
    let from_persona = |seq| NewNotification { sender: "user_7", ..new_notification(DIRECT, seq, "") };
    put(&sql.0, &from_persona(5), NOW, PushDecision::Now).unwrap();
    forget_sender(&sql.0, DIRECT, "user_7", 5).unwrap();
    assert_eq!(words(&sql, "a").len(), 1);
    forget_sender(&sql.0, DIRECT, "user_7", 4).unwrap();
    assert_eq!(words(&sql, "a").len(), 0);
}

#[test]
fn of_a_group_that_was_left_nothing_is_told() {
    let sql = with_browsers(&["a"]);
    for about in [DIRECT, GROUP] {
        put(&sql.0, &new_notification(about, 1, ""), NOW, PushDecision::Now).unwrap();
    }
    is_safe_to_repeat(&sql.0, || forget_room(&sql.0, GROUP).unwrap());
    assert_eq!(words(&sql, "a").into_iter().map(|(about, _)| about).collect::<Vec<_>>(), [DIRECT]);
}

#[test]
fn where_nothing_can_be_sent_nothing_waits_and_browsers_stay() {
    let sql = full_tables();
    forget_waiting(&sql.0).unwrap();
    assert_eq!((due_at(&sql.0), count(&sql.0)), (Ok(None), Ok(1)));
}

#[test]
fn with_a_player_of_a_persona_all_goes_that_they_chose() {
    let sql = full_tables();
    forget_all(&sql.0).unwrap();
    for table in TABLES {
        assert_eq!(stored(&sql.0, table), Vec::<String>::new(), "{table}");
    }
}

#[test]
fn a_notification_that_does_not_commit_leaves_no_trace() {
    let sql = full_tables();
    leaves_no_trace(&sql.0, || {
        put(&sql.0, &new_notification(GROUP, 9, "words"), NOW, PushDecision::Now).unwrap();
        save_mark(&sql.0, GROUP, 9).unwrap();
    });
}

#[test]
fn whatever_comes_and_is_read_the_newest_of_each_room_waits_as_in_a_plain_map() {
    for seed in 0..30 {
        let (sql, mut dice) = (with_browsers(&["a"]), Dice::new(seed));
        let mut model: BTreeMap<String, (u64, String, bool)> = BTreeMap::new();
        for step in 1..80_u64 {
            let room = ["r1", "r2", "r3"][dice.up_to(2) as usize];
            let (seq, text) = (step, TEXTS[dice.up_to(7) as usize]);
            match dice.up_to(4) {
                0 | 1 => {
                    let is_withheld = dice.chance(50);
                    let decision = if is_withheld { PushDecision::Withheld } else { PushDecision::Now };
                    put(&sql.0, &new_notification(room, seq, text), NOW + step, decision).unwrap();
                    model.insert(room.to_owned(), (seq, text.to_owned(), is_withheld));
                }
                2 => {
                    let at = dice.up_to(step);
                    was_read(&sql.0, room, 0, at).unwrap();
                    model.retain(|known, (seq, ..)| known != room || *seq > at);
                }
                3 => {
                    let at = dice.up_to(step);
                    remove_seen(&sql.0, NOW + at).unwrap();
                    model.retain(|_, (seq, _, is_withheld)| !*is_withheld || *seq > at);
                }
                _ => {
                    let at = model.get(room).map_or(0, |(seq, ..)| *seq);
                    update_words(&sql.0, room, at, text, false).unwrap();
                    model.entry(room.to_owned()).and_modify(|(_, words, _)| words.replace_range(.., text));
                }
            }
            let wanted: Vec<(String, String)> =
                model.iter().map(|(room, (_, words, _))| (room.clone(), words.clone())).collect();
            assert_eq!(words(&sql, "a"), wanted, "seed {seed}, step {step}");
        }
    }
}
