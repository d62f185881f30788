//! Promises of the rows of web push about recipients and their choices (`push.md`).

use protocol::words::limits::{PUSH_FAILURES_MAX, SEQ_MAX};

use super::*;
use crate::objects::person::tables::PersonSql;
use crate::objects::person::tests::{GROUP, NOW, TEXTS, is_safe_to_repeat, stored, tables};

/// A browser of this session, at an address of its own.
fn browser(id: &str, session: &str) -> PushCall {
    let text = |what: &str| format!("{what} of {id}");
    PushCall {
        session: session.to_owned(),
        id: id.to_owned(),
        endpoint: format!("https://push.example/{id}"),
        p256dh: text("key"),
        auth: text("secret"),
        language: "de".to_owned(),
        agent: text("browser"),
        ..PushCall::default()
    }
}

/// Tables with these browsers, each of a session of its own.
pub fn with_browsers(ids: &[&str]) -> PersonSql {
    let sql = tables();
    subscribe(&sql, ids);
    sql
}

pub fn subscribe(sql: &PersonSql, ids: &[&str]) {
    for (id, at) in ids.iter().zip(NOW..) {
        add(&sql.0, &browser(id, &format!("session of {id}")), at).unwrap();
    }
}

fn ids(sql: &Database) -> Vec<String> {
    all(sql).unwrap().into_iter().map(|subscription| subscription.id).collect()
}

/// Adds a message for every browser.
fn put_one(sql: &PersonSql) {
    let (about, message, sender, title, words) = (GROUP, "m", "u_bo", "Bo", "hello");
    let added = NewNotification {
        about,
        seq: 1,
        message,
        sender,
        what: NotificationKind::Message,
        title,
        words,
        is_called: false,
        unread: 1,
    };
    put(&sql.0, &added, NOW, PushDecision::Now).unwrap();
}

// ---- subscriptions

#[test]
fn a_subscription_reads_back_as_its_browser_handed_it_over() {
    let sql = tables();
    for (n, text) in TEXTS.iter().enumerate() {
        let id = format!("s{n}");
        let call = PushCall {
            p256dh: (*text).to_owned(),
            auth: (*text).to_owned(),
            language: (*text).to_owned(),
            origin: (*text).to_owned(),
            ..browser(&id, &id)
        };
        assert_eq!(add(&sql.0, &call, SEQ_MAX), Ok(id.clone()));
        let saved = all(&sql.0).unwrap().into_iter().find(|saved| saved.id == id).unwrap();
        assert_eq!(
            (saved.endpoint, saved.p256dh, saved.auth, saved.language, saved.origin),
            (call.endpoint, call.p256dh, call.auth, call.language, call.origin)
        );
    }
    assert_eq!(count(&sql.0), Ok(TEXTS.len() as u64));
}

#[test]
fn subscriptions_are_listed_oldest_first() {
    let sql = tables();
    for (id, at) in [("b", 20), ("c", 10), ("a", 20)] {
        add(&sql.0, &browser(id, id), at).unwrap();
    }
    assert_eq!(ids(&sql.0), ["c", "a", "b"]);
}

#[test]
fn the_same_address_is_the_same_subscription() {
    let sql = with_browsers(&["first"]);
    note_attempt(&sql.0, "first", None).unwrap();
    let again = PushCall { endpoint: "https://push.example/first".to_owned(), ..browser("second", "another session") };
    assert_eq!(add(&sql.0, &again, NOW + 5), Ok("first".to_owned()));
    let saved = all(&sql.0).unwrap().pop().unwrap();
    assert_eq!((ids(&sql.0).len(), saved.p256dh.as_str()), (1, "key of second"));
    let item = items(&sql.0, "another session").unwrap().concat();
    assert!(item.contains("\"current\":true") && item.contains(&format!("\"createdAt\":{NOW}")), "{item}");
}

#[test]
fn a_subscription_that_is_added_again_begins_without_failures() {
    let sql = with_browsers(&["a"]);
    for _ in 0..3 {
        note_attempt(&sql.0, "a", None).unwrap();
    }
    let same_address = PushCall { endpoint: "https://push.example/a".to_owned(), ..browser("b", "session of a") };
    add(&sql.0, &same_address, NOW).unwrap();
    let failures = rows(&sql.0, "SELECT failures FROM push_subscriptions", &[], |row| row.number(0));
    assert_eq!(failures, Ok(vec![0]));
}

#[test]
fn a_browser_that_changes_its_address_is_told_once() {
    let sql = tables();
    add(&sql.0, &browser("old", "session"), NOW).unwrap();
    add(&sql.0, &browser("other", "other session"), NOW).unwrap();
    add(&sql.0, &browser("new", "session"), NOW + 5).unwrap();
    assert_eq!(ids(&sql.0), ["other", "new"]);
}

#[test]
fn as_many_browsers_are_told_as_the_limit_says_and_the_oldest_make_place() {
    let sql = tables();
    let most = PUSH_SUBSCRIPTIONS_MAX as u64;
    for n in 0..most + 2 {
        add(&sql.0, &browser(&format!("s{n:02}"), &n.to_string()), NOW + n).unwrap();
    }
    assert_eq!((count(&sql.0), ids(&sql.0)[0].as_str()), (Ok(most), "s02"));
}

#[test]
fn a_browser_that_comes_keeps_its_place_also_when_it_is_the_oldest() {
    let sql = tables();
    for n in 0..PUSH_SUBSCRIPTIONS_MAX as u64 {
        add(&sql.0, &browser(&format!("s{n:02}"), &n.to_string()), NOW + n).unwrap();
    }
    add(&sql.0, &browser("late", "late"), 1).unwrap();
    assert_eq!(
        (ids(&sql.0).len(), ids(&sql.0)[0].as_str(), ids(&sql.0)[1].as_str()),
        (PUSH_SUBSCRIPTIONS_MAX, "late", "s01")
    );
}

#[test]
fn a_subscription_is_removed_once_and_what_waited_for_it_goes() {
    let sql = with_browsers(&["a", "b"]);
    put_one(&sql);
    assert_eq!([remove(&sql.0, "a"), remove(&sql.0, "a")], [Ok(true), Ok(false)]);
    assert_eq!(due_subscriptions(&sql.0, NOW), Ok(vec!["b".to_owned()]));
    assert_eq!(stored(&sql.0, "push_outbox").len(), 1);
}

#[test]
fn a_browser_that_makes_place_takes_what_waited_with_it() {
    let sql = with_browsers(&["a"]);
    put_one(&sql);
    add(&sql.0, &browser("b", "session of a"), NOW).unwrap();
    assert_eq!(stored(&sql.0, "push_outbox"), Vec::<String>::new());
}

#[test]
fn a_service_that_fails_is_counted_until_it_takes_something() {
    let sql = with_browsers(&["a", "b"]);
    for _ in 0..PUSH_FAILURES_MAX {
        note_attempt(&sql.0, "a", None).unwrap();
    }
    let states =
        |sql: &PersonSql| items(&sql.0, "").unwrap().iter().map(|item| item.contains("\"ok\"")).collect::<Vec<bool>>();
    assert_eq!(states(&sql), [false, true]);
    note_attempt(&sql.0, "a", Some(SEQ_MAX)).unwrap();
    assert_eq!(states(&sql), [true, true]);
    assert!(items(&sql.0, "").unwrap()[0].contains(&format!("\"lastOkAt\":{SEQ_MAX}")));
}

// ---- owners

#[test]
fn what_a_session_was_told_ends_with_it() {
    let sql = with_browsers(&["a", "b"]);
    put_one(&sql);
    is_safe_to_repeat(&sql.0, || end_owner(&sql.0, "session of a").unwrap());
    assert_eq!((ids(&sql.0), due_subscriptions(&sql.0, NOW)), (vec!["b".to_owned()], Ok(vec!["b".to_owned()])));
}

#[test]
fn a_subscription_ends_alone_where_another_person_is_in_its_browser_or_at_its_address() {
    let sql = with_browsers(&["a", "b", "c"]);
    note_browser(&sql.0, "family", "first").unwrap();
    add(&sql.0, &browser("d", "first"), NOW).unwrap();
    put_one(&sql);
    is_safe_to_repeat(&sql.0, || end_of_session(&sql.0, "session of a").unwrap());
    is_safe_to_repeat(&sql.0, || end_of_session(&sql.0, "first").unwrap());
    is_safe_to_repeat(&sql.0, || end_at(&sql.0, "https://push.example/b").unwrap());
    assert_eq!((ids(&sql.0), due_subscriptions(&sql.0, NOW)), (vec!["c".to_owned()], Ok(vec!["c".to_owned()])));
    add(&sql.0, &browser("e", "first"), NOW).unwrap();
    end_owner(&sql.0, "family").unwrap();
    assert_eq!(ids(&sql.0), ["c"], "the browser was still remembered");
}

#[test]
fn a_remembered_browser_is_told_whatever_becomes_of_its_sessions() {
    let sql = tables();
    note_browser(&sql.0, "family", "first").unwrap();
    add(&sql.0, &browser("a", "first"), NOW).unwrap();
    note_renewed(&sql.0, "first", "second").unwrap();
    end_owner(&sql.0, "first").unwrap();
    end_owner(&sql.0, "second").unwrap();
    assert_eq!(ids(&sql.0), ["a"]);
    end_owner(&sql.0, "family").unwrap();
    assert_eq!(ids(&sql.0), Vec::<String>::new());
    assert_eq!(stored(&sql.0, "push_browsers"), Vec::<String>::new());
}

#[test]
fn a_remembered_browser_has_one_subscription_over_all_its_sessions() {
    let sql = tables();
    note_browser(&sql.0, "family", "first").unwrap();
    add(&sql.0, &browser("a", "first"), NOW).unwrap();
    is_safe_to_repeat(&sql.0, || note_renewed(&sql.0, "first", "second").unwrap());
    add(&sql.0, &browser("b", "second"), NOW).unwrap();
    assert_eq!(ids(&sql.0), ["b"]);
    let current = |session: &str| items(&sql.0, session).unwrap()[0].contains("\"current\":true");
    assert!(current("second") && !current("first"));
}

// ---- choices

#[test]
fn choices_and_tries_read_back_as_they_were_kept_last() {
    let sql = tables();
    assert_eq!((choices(&sql.0), tests(&sql.0)), (Ok(None), Ok(String::new())));
    for text in TEXTS {
        save_choices(&sql.0, text).unwrap();
        save_tests(&sql.0, text).unwrap();
        assert_eq!((choices(&sql.0), tests(&sql.0)), (Ok(Some(text.to_owned())), Ok(text.to_owned())));
    }
    assert_eq!(stored(&sql.0, "kept").len(), 2);
}

#[test]
fn a_level_holds_until_its_end() {
    let sql = tables();
    save_level(&sql.0, GROUP, Level::None, Some(NOW + 9), NOW).unwrap();
    assert_eq!(
        [NOW, NOW + 8, NOW + 9].map(|now| level(&sql.0, GROUP, now).unwrap()),
        [Level::None, Level::None, Level::All]
    );
    assert_eq!(levels(&sql.0, NOW + 8), Ok(vec![(GROUP.to_owned(), Level::None, Some(NOW + 9))]));
    assert_eq!(levels(&sql.0, NOW + 9), Ok(Vec::new()));
}

#[test]
fn a_level_takes_the_place_of_the_one_before_and_the_default_needs_no_row() {
    let sql = tables();
    for saved in [Level::Mentions, Level::None, Level::All] {
        save_level(&sql.0, GROUP, saved, None, NOW).unwrap();
        assert_eq!(level(&sql.0, GROUP, NOW), Ok(saved));
    }
    assert_eq!(stored(&sql.0, "push_levels"), Vec::<String>::new());
}

#[test]
fn levels_that_are_over_go_when_another_is_kept() {
    let sql = tables();
    save_level(&sql.0, "a", Level::None, Some(NOW + 5), NOW).unwrap();
    save_level(&sql.0, "b", Level::None, Some(SEQ_MAX), NOW).unwrap();
    save_level(&sql.0, "c", Level::None, None, NOW + 5).unwrap();
    let rooms: Vec<String> = levels(&sql.0, 0).unwrap().into_iter().map(|(room, ..)| room).collect();
    assert_eq!(rooms, ["b", "c"]);
}

#[test]
fn as_many_levels_are_kept_as_the_limit_says_and_the_oldest_make_place() {
    let sql = tables();
    let most = PUSH_LEVELS_MAX as u64;
    for n in 0..most + 2 {
        save_level(&sql.0, &format!("{n:04}"), Level::None, None, NOW + n).unwrap();
    }
    let saved = levels(&sql.0, NOW).unwrap();
    assert_eq!((saved.len() as u64, saved[0].0.as_str()), (most, "0002"));
}

#[test]
fn a_level_that_no_version_knows_is_the_default() {
    let sql = tables();
    exec(&sql.0, "INSERT INTO push_levels VALUES (?, 'later', NULL, 0)", &[GROUP.into()]).unwrap();
    assert_eq!((level(&sql.0, GROUP, NOW), levels(&sql.0, NOW).unwrap()[0].1), (Ok(Level::All), Level::All));
}
