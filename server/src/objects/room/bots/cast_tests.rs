//! Tests of pending answers of bots (`messenger.md` 7): each is stored once, with its message, and they are sent one after another.

use std::rc::Rc;

use protocol::log::LogStore;
use protocol::machines::room::BotCall;
use protocol::testing::{id, said};
use protocol::words::bot_cast::BOTS;

use super::*;
use crate::objects::room::tests::{count, log_of, room, slept};

/// Returns a turn in which these messages of `user_1` call a bot.
fn calls(seqs: impl IntoIterator<Item = u64>) -> Outbound {
    let event = |seq| Rc::new(said(seq, "user_1", "hi"));
    let session = "0-user_1".to_owned();
    let called = |seq| BotCall { bot: BOTS[0].id, event: event(seq), visible_from: 3, session: session.clone() };
    let mut out = Outbound::default();
    out.called = seqs.into_iter().map(called).collect();
    out
}

#[test]
fn an_answer_is_owed_with_all_that_it_takes_to_say_it() {
    let store = log_of(room(), 2);
    enqueue_answers(&store, 50, &calls([2])).unwrap();
    let owed = due_answers(&slept(&store), 50).unwrap();
    let PendingAnswer { id: answer, bot, seq, user, session, visible_from, due_at, tries } = owed[0].clone();
    assert_eq!((answer, bot.as_str(), seq), (answer_id(BOTS[0].id, &id(2)), BOTS[0].id, 2));
    assert_eq!((user.as_str(), session.as_str(), visible_from, due_at, tries), ("user_1", "0-user_1", 3, 50, 0));
    assert_eq!(id_at(&store, 2), Ok(id(2)));
}

#[test]
fn a_message_that_calls_again_is_owed_one_answer() {
    let store = log_of(room(), 2);
    enqueue_answers(&store, 50, &calls([2])).unwrap();
    enqueue_answers(&store, 60, &calls([2, 2])).unwrap();
    assert_eq!((count(&store, "bot_answers"), due_answers(&store, 99).unwrap()[0].due_at), (1, 50));
}

#[test]
fn the_answers_that_are_due_come_in_their_order_and_no_more_than_can_be_seen_to() {
    let store = log_of(room(), 0);
    enqueue_answers(&store, 20, &calls([3, 1])).unwrap();
    enqueue_answers(&store, 10, &calls([2])).unwrap();
    let seqs = |by| due_answers(&store, by).unwrap().iter().map(|one| one.seq).collect::<Vec<u64>>();
    assert_eq!([seqs(9), seqs(10), seqs(20)], [vec![], vec![2], vec![2, 1, 3]]);
    enqueue_answers(&store, 30, &calls(10..200)).unwrap();
    assert_eq!(due_answers(&store, 30).unwrap().len(), 100);
}

#[test]
fn the_alarm_rings_for_the_first_answer_that_nobody_works_on() {
    let store = log_of(room(), 0);
    assert_eq!(due_at(&store, &BTreeSet::new(), 5), Ok(None));
    enqueue_answers(&store, 20, &calls([1])).unwrap();
    enqueue_answers(&store, 30, &calls([2])).unwrap();
    assert_eq!(due_at(&store, &BTreeSet::new(), 5), Ok(Some(20)));
    let first = BTreeSet::from([answer_id(BOTS[0].id, &id(1))]);
    assert_eq!(due_at(&store, &first, 5), Ok(Some(30)));
    let full = (0..BOT_ANSWERS_AT_ONCE).map(|n| n.to_string()).collect();
    assert_eq!(due_at(&store, &full, 5), Ok(Some(5 + BOT_RETRY_MS)));
}

#[test]
fn a_line_is_said_once_an_hour_and_each_for_itself() {
    let store = room();
    let is_due = |silence, now| line_is_due(&store, silence, now).unwrap();
    assert!(is_due(BotLine::Sleeping, 1_000) && !is_due(BotLine::Sleeping, 1_000));
    assert!(is_due(BotLine::Unavailable, 1_000), "another line");
    assert!(!is_due(BotLine::Sleeping, 999 + BOT_LINE_EVERY_MS));
    assert!(is_due(BotLine::Sleeping, 1_000 + BOT_LINE_EVERY_MS), "what was not said does not put it off");
    assert!(!is_due(BotLine::Sleeping, 1_001 + BOT_LINE_EVERY_MS));
}

#[test]
fn a_message_that_is_gone_has_no_id() {
    assert_eq!(id_at(&log_of(room(), 1), 2), Ok(String::new()));
    assert!(log_of(room(), 1).find(&id(2)).unwrap().is_none());
}
