//! Tests of the tables of passkeys (`sign-in.md` 7).

use protocol::testing::ODD_TEXTS;
use protocol::words::limits::SEQ_MAX;

use super::super::tables::AuthSql;
use super::*;
use crate::kit::sql::older::contents;
use crate::kit::trace::Trace;

fn empty() -> PasskeysSql {
    let sql = Database::new();
    AuthSql::open(sql.clone()).unwrap();
    PasskeysSql(sql)
}

fn challenge(hash: &str, user: &str) -> ChallengeCall {
    ChallengeCall { hash: hash.to_owned(), user: user.to_owned() }
}

fn passkey(id: &str) -> PasskeyRow {
    let text = |name: &str| format!("{name} of {id}");
    PasskeyRow {
        id: id.to_owned(),
        x: text("x"),
        y: text("y"),
        counter: 5,
        name: text("name"),
        ..PasskeyRow::default()
    }
}

/// Returns tables with passkeys of `u_1`, the first made at 1.
fn with(ids: &[&str]) -> PasskeysSql {
    let sql = empty();
    for (id, now) in ids.iter().zip(1..) {
        sql.add("u_1", &passkey(id), now).unwrap();
    }
    sql
}

/// Uses a passkey of `u_1` with this counter.
fn signs(sql: &PasskeysSql, id: &str, counter: u32, now: Millis) -> Option<bool> {
    let (user, id, trace) = ("u_1".to_owned(), id.to_owned(), Trace::default());
    sql.count_use(&UseCall { user, id, counter, trace }, now).unwrap()
}

fn one(sql: &PasskeysSql, id: &str) -> PasskeyRow {
    sql.one("u_1", id).unwrap().unwrap()
}

fn ids(sql: &PasskeysSql, user: &str) -> Vec<String> {
    sql.all(user).unwrap().into_iter().map(|passkey| passkey.id).collect()
}

fn is_refused(answer: Result<(), CallError>) -> bool {
    matches!(answer, Err(CallError::Refused(Refusal::Conflict)))
}

// ---- challenges

#[test]
fn a_challenge_is_taken_once() {
    let sql = empty();
    sql.ask(&challenge("h1", "u_1"), 1, 9).unwrap();
    assert_eq!([2, 2].map(|now| sql.take(&challenge("h1", "u_1"), now).unwrap()), [true, false]);
}

#[test]
fn a_challenge_for_somebody_else_is_good_for_nobody_and_gone() {
    let sql = empty();
    for (asked, answered) in [("u_1", "u_2"), ("", "u_1"), ("u_1", "")] {
        sql.ask(&challenge("h1", asked), 1, 9).unwrap();
        assert_eq!([answered, asked].map(|user| sql.take(&challenge("h1", user), 2).unwrap()), [false, false]);
    }
}

#[test]
fn a_challenge_is_good_until_its_end() {
    for (now, is_good) in [(8, true), (9, false), (SEQ_MAX, false)] {
        let sql = empty();
        sql.ask(&challenge("h1", ""), 1, 9).unwrap();
        assert_eq!(sql.take(&challenge("h1", ""), now).unwrap(), is_good, "{now}");
    }
}

#[test]
fn challenges_that_nobody_answered_in_time_are_forgotten_with_the_next_one() {
    let sql = empty();
    sql.ask(&challenge("over", ""), 1, 5).unwrap();
    sql.ask(&challenge("good", ""), 1, 6).unwrap();
    sql.ask(&challenge("new", ""), 5, SEQ_MAX).unwrap();
    let left = rows(&sql.0, "SELECT hash FROM passkey_challenges ORDER BY hash", &[], |row| row.text(0));
    assert_eq!(left, Ok(vec!["good".to_owned(), "new".to_owned()]));
}

#[test]
fn a_hash_is_one_challenge_and_no_part_of_it_is() {
    let sql = empty();
    sql.ask(&challenge("h1", "u_1"), 1, 9).unwrap();
    assert!(sql.ask(&challenge("h1", "u_2"), 1, 9).is_err());
    for other in ["h", "H1", "h1 ", "%", ""] {
        assert!(!sql.take(&challenge(other, "u_1"), 2).unwrap(), "{other}");
    }
    assert!(sql.take(&challenge("h1", "u_1"), 2).unwrap());
}

// ---- passkeys

#[test]
fn a_new_passkey_is_good_and_was_used_by_nobody_whatever_came_with_it() {
    let sql = empty();
    let given = PasskeyRow { created_at: 99, used_at: Some(99), is_stopped: true, ..passkey("p1") };
    sql.add("u_1", &given, SEQ_MAX).unwrap();
    let wanted = PasskeyRow { created_at: SEQ_MAX, ..passkey("p1") };
    assert_eq!(format!("{:?}", sql.all("u_1").unwrap()), format!("{:?}", [&wanted]));
    assert_eq!(format!("{:?}", one(&sql, "p1")), format!("{wanted:?}"));
}

#[test]
fn texts_and_the_largest_counter_are_kept() {
    let sql = empty();
    for (n, text) in ODD_TEXTS.iter().enumerate() {
        let text = || (*text).to_owned();
        let row = PasskeyRow { id: text(), x: text(), y: text(), counter: u32::MAX, name: text(), ..passkey("") };
        let user = format!("u_{n}{}", text());
        sql.add(&user, &row, 0).unwrap();
        assert_eq!(format!("{:?}", sql.one(&user, &text()).unwrap()), format!("{:?}", Some(row)));
    }
}

#[test]
fn passkeys_of_a_person_are_in_the_order_in_which_they_were_made_and_else_of_their_ids() {
    let sql = empty();
    for (id, now) in [("b", 2), ("c", 1), ("a", 2), ("d", 0)] {
        sql.add("u_1", &passkey(id), now).unwrap();
    }
    assert_eq!((ids(&sql, "u_1"), ids(&sql, "u_2").len()), (["d", "c", "a", "b"].map(String::from).to_vec(), 0));
}

#[test]
fn a_person_has_a_passkey_once_and_so_has_another_one() {
    let sql = with(&["p1"]);
    let before = contents(&sql.0);
    assert!(is_refused(sql.add("u_1", &PasskeyRow { x: "other".to_owned(), ..passkey("p1") }, 9)));
    assert_eq!(contents(&sql.0), before);
    sql.add("u_2", &passkey("p1"), 9).unwrap();
    sql.remove("u_2", "p1").unwrap();
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn a_person_has_so_many_passkeys_and_no_more_until_one_goes() {
    let sql = empty();
    let added = |n: usize| sql.add("u_1", &passkey(&n.to_string()), 7);
    for n in 0..PASSKEYS_MAX {
        added(n).unwrap();
    }
    assert!(is_refused(added(PASSKEYS_MAX)));
    sql.add("u_2", &passkey("1"), 7).unwrap();
    assert!(sql.remove("u_1", "3").unwrap());
    added(PASSKEYS_MAX).unwrap();
    assert!(is_refused(added(PASSKEYS_MAX + 1)));
    assert_eq!(ids(&sql, "u_1").len(), PASSKEYS_MAX);
}

#[test]
fn a_new_name_changes_the_name_alone() {
    let sql = with(&["p1", "p2"]);
    let renamed = PasskeyRow { name: "🔑".to_owned(), x: "other".to_owned(), counter: 99, ..passkey("p1") };
    let wanted = format!("{:?}", [&PasskeyRow { name: "🔑".to_owned(), ..one(&sql, "p1") }, &one(&sql, "p2")]);
    for _ in 0..2 {
        assert_eq!(sql.rename("u_1", &renamed), Ok(true));
        assert_eq!(format!("{:?}", sql.all("u_1").unwrap()), wanted);
    }
}

#[test]
fn nobody_renames_or_removes_what_is_not_theirs() {
    let sql = with(&["p1"]);
    let before = contents(&sql.0);
    for (user, id) in [("u_2", "p1"), ("u_1", "p2"), ("", "p1"), ("u_1", "")] {
        assert_eq!((sql.rename(user, &passkey(id)), sql.remove(user, id)), (Ok(false), Ok(false)), "{user} {id}");
    }
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn a_passkey_that_was_removed_is_gone_and_others_stay() {
    let sql = with(&["p1", "p2"]);
    assert_eq!([sql.remove("u_1", "p1"), sql.remove("u_1", "p1")], [Ok(true), Ok(false)]);
    assert!(sql.one("u_1", "p1").unwrap().is_none());
    assert_eq!((ids(&sql, "u_1"), signs(&sql, "p1", 9, 9)), (vec!["p2".to_owned()], None));
}

// ---- counters

#[test]
fn a_counter_that_goes_on_is_kept_with_the_time_of_its_use() {
    let sql = with(&["p1", "p2"]);
    for (counter, now) in [(6, 10), (9, 11), (u32::MAX, SEQ_MAX)] {
        assert_eq!(signs(&sql, "p1", counter, now), Some(true));
        let known = one(&sql, "p1");
        assert_eq!((known.counter, known.used_at, known.is_stopped), (counter, Some(now), false));
    }
    assert_eq!((one(&sql, "p2").counter, one(&sql, "p2").used_at), (5, None), "of others nothing is counted");
}

#[test]
fn a_passkey_that_was_copied_is_stopped_until_its_owner_has_looked_at_it() {
    for counter in [5, 4, 0] {
        let sql = with(&["p1", "p2"]);
        assert_eq!(signs(&sql, "p1", counter, 10), Some(false));
        let known = one(&sql, "p1");
        assert_eq!((known.counter, known.used_at, known.is_stopped), (5, None, true));
        assert_eq!(
            [6, 99].map(|counter| signs(&sql, "p1", counter, 11)),
            [None, None],
            "also with a counter that goes on"
        );
        assert_eq!(signs(&sql, "p2", 6, 11), Some(true), "others are good");
        sql.rename("u_1", &passkey("p1")).unwrap();
        assert_eq!(
            (one(&sql, "p1").counter, one(&sql, "p1").is_stopped),
            (0, false),
            "the copy's counter is forgotten"
        );
        assert_eq!(signs(&sql, "p1", 3, 12), Some(true));
    }
}

#[test]
fn a_passkey_that_counts_nothing_is_good_each_time() {
    let sql = empty();
    sql.add("u_1", &PasskeyRow { counter: 0, ..passkey("p1") }, 1).unwrap();
    assert_eq!([2, 3, 3].map(|now| signs(&sql, "p1", 0, now)), [Some(true); 3]);
}

#[test]
fn an_unknown_passkey_is_none() {
    let sql = with(&["p1"]);
    let before = contents(&sql.0);
    assert_eq!(["p", "P1", ""].map(|id| signs(&sql, id, 9, 9)), [None; 3]);
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn of_somebody_who_is_gone_nothing_stays_and_all_of_others() {
    let sql = with(&["p1", "p2"]);
    sql.add("u_2", &passkey("p1"), 1).unwrap();
    for (hash, user) in [("h1", "u_1"), ("h2", "u_2"), ("h3", "")] {
        sql.ask(&challenge(hash, user), 1, 9).unwrap();
    }
    for _ in 0..2 {
        sql.forget("u_1").unwrap();
        assert_eq!((ids(&sql, "u_1").len(), ids(&sql, "u_2").len()), (0, 1));
    }
    let left =
        [("h1", "u_1"), ("h2", "u_2"), ("h3", "")].map(|(hash, user)| sql.take(&challenge(hash, user), 2).unwrap());
    assert_eq!(left, [false, true, true]);
}

#[test]
fn an_act_ends_passkeys_of_its_time_but_those_that_are_kept() {
    // The passkeys were made at 1, 2, 3 and so on.
    let all = ["p1", "p2", "p3", "p4"];
    for (since, until, keep, left) in [
        (0, 9, &[][..], &[][..]),
        (0, 2, &[], &["p3", "p4"]),
        (3, 9, &[], &["p1", "p2"]),
        (2, 3, &["p3"], &["p1", "p3", "p4"]),
        (0, 9, &["p4", "p1", "nobody's", "p\"2"], &["p1", "p4"]),
        (5, 9, &[], &all),
    ] {
        let sql = with(&all);
        sql.add("u_2", &passkey("p1"), 1).unwrap();
        let keep = keep.iter().map(|id: &&str| (*id).to_owned()).collect();
        let ending = PasskeysEnd { since, keep };
        let call = EndPasskeysCall { user: "u_1".to_owned(), until, keep_session: None, ending };
        for _ in 0..2 {
            sql.end(&call).unwrap();
            assert_eq!(
                (ids(&sql, "u_1"), ids(&sql, "u_2").len()),
                (left.iter().map(|id| (*id).to_owned()).collect(), 1)
            );
        }
    }
}

#[test]
fn a_passkey_ends_with_the_session_that_made_it_however_late_the_act_is_carried_out() {
    // The act is at 5; the passkeys were made at 7, before the end was carried out.
    for (keep_session, keep, left) in [
        (None, &[][..], &["owner", "plain"][..]),
        (Some("s3"), &[], &["kept", "owner", "plain"]),
        (None, &["kept"], &["kept", "owner", "plain"]),
    ] {
        let sql = empty();
        for (id, session, began_at) in [("thief", "s1", 5), ("owner", "s2", 6), ("kept", "s3", 2)] {
            sql.add("u_1", &passkey(id), 7).unwrap();
            sql.note_maker("u_1", id, &PasskeyMaker { session: session.to_owned(), began_at }).unwrap();
        }
        sql.add("u_1", &passkey("plain"), 7).unwrap();
        let (user, keep_session) = ("u_1".to_owned(), keep_session.map(str::to_owned));
        let ending = PasskeysEnd { since: 3, keep: keep.iter().map(|id: &&str| (*id).to_owned()).collect() };
        sql.end(&EndPasskeysCall { user, until: 5, keep_session, ending }).unwrap();
        assert_eq!(ids(&sql, "u_1"), left);
    }
}

#[test]
fn without_a_choice_a_new_password_ends_what_is_younger_than_the_last_proof() {
    let chosen = vec!["p1".to_owned()];
    let since = |since| PasskeysEnd { since, keep: vec![] };
    assert_eq!(PasskeysEnd::by_choice(None, Some(7)), since(7));
    assert_eq!(PasskeysEnd::by_choice(None, None), since(0));
    for proved_at in [None, Some(7)] {
        assert_eq!(PasskeysEnd::by_choice(Some(&chosen), proved_at), PasskeysEnd { since: 0, keep: chosen.clone() });
    }
}
