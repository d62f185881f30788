//! Tests of changes of address (`account.md` 6.2 and 6.3): an account is never lost, ends at one address, and repeated steps change nothing.

use protocol::words::ids::UserId;

use super::super::tables::{AuthSql, STEPS};
use super::*;
use crate::kit::jobs::all;
use crate::kit::sql::older::{contents, older};
use crate::kit::trace::Trace;

const NOW: Millis = 100 * DAY_MS;
const OLD: &str = "old@x";
const NEW: &str = "new@x";
const USER: &str = "u_1";
/// Last verification of the old address.
const PROVED: Millis = 5;

fn shard() -> MovesSql {
    let sql = Database::new();
    AuthSql::open(sql.clone()).unwrap();
    MovesSql(sql, Rc::new(Jobs::of(&[])))
}

/// Returns the moves that are not complete yet.
fn waiting(sql: &MovesSql) -> Vec<OpenMove> {
    all(&sql.0).unwrap().into_iter().map(|(_, open)| open).collect()
}

fn account(user: &str) -> AccountRow {
    AccountRow {
        user: UserId::parse(user).unwrap(),
        name: "Mia".to_owned(),
        password: "hash".to_owned(),
        image: None,
        created_at: 7,
        verified_at: Some(PROVED),
        second_factor: None,
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Returns a shard with the account at its old address, which has two codes.
fn home() -> MovesSql {
    let sql = shard();
    sql.accounts().add_account(OLD, &account(USER)).unwrap();
    sql.codes().replace(OLD, &texts(&["c1", "c2"])).unwrap();
    sql
}

fn link(purpose: LinkPurpose, email: &str, data: String) -> StoredLink {
    StoredLink { purpose, email: email.to_owned(), user: USER.to_owned(), data, expires_at: NOW + 1_000 }
}

/// Returns the move from `from` with the link `id`, and stores the link in the new shard.
fn change(old: &MovesSql, new: &MovesSql, id: &str, (from, to): (&str, &str)) -> AddressMove {
    let copied = old.moving(from, USER).unwrap().unwrap();
    new.links().add(id, &link(LinkPurpose::Change, to, change_data(from, &copied.account.digest()))).unwrap();
    AddressMove {
        id: id.to_owned(),
        user: USER.to_owned(),
        old: from.to_owned(),
        new: to.to_owned(),
        copied,
        undo_hash: Some(format!("undo of {id}")),
        mail: None,
        is_elsewhere: false,
        trace: Trace::default(),
    }
}

/// Returns the move that undoes `done` by its link.
fn reverse(done: &AddressMove, (at, from): (&MovesSql, &str)) -> AddressMove {
    AddressMove {
        id: done.undo_hash.clone().unwrap(),
        old: from.to_owned(),
        new: done.old.clone(),
        copied: at.moving(from, USER).unwrap().unwrap(),
        undo_hash: None,
        ..done.clone()
    }
}

/// Completes a move as the object does.
fn complete(old: &MovesSql, new: &MovesSql) {
    for open in waiting(new) {
        let mut call = open.call;
        loop {
            match old.leave(&call, NOW).unwrap() {
                Departure::Now | Departure::Before => {
                    assert!(new.close(&call.id).unwrap());
                    break;
                }
                Departure::Gone => {
                    new.give_up(&call, Some(open.link_end)).unwrap();
                    break;
                }
                Departure::Changed(kept) => {
                    if !new.merge(&mut call, kept).unwrap() {
                        break;
                    }
                }
            }
        }
    }
}

/// Enters a move as [`change`] makes it, and completes it.
fn moved(old: &MovesSql, new: &MovesSql, id: &str, addresses: (&str, &str)) -> AddressMove {
    let call = change(old, new, id, addresses);
    new.enter(&call, NOW).unwrap();
    complete(old, new);
    call
}

fn is_at(sql: &MovesSql, email: &str) -> bool {
    sql.moving(email, USER).unwrap().is_some()
}

fn password_at(sql: &MovesSql, email: &str) -> String {
    sql.moving(email, USER).unwrap().unwrap().account.password
}

fn codes_at(sql: &MovesSql, email: &str) -> Vec<String> {
    sql.moving(email, USER).unwrap().unwrap().codes
}

fn refusal_of<T>(answer: Result<T, CallError>) -> Option<Refusal> {
    match answer {
        Err(CallError::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error:?}"),
        Ok(_) => None,
    }
}

fn is_used_up<T>(answer: Result<T, CallError>) -> bool {
    refusal_of(answer).is_some_and(|refusal| refusal.field() == Some("token"))
}

// ---- one move

#[test]
fn an_account_moves_with_its_codes_and_is_verified() {
    let (old, new) = (home(), shard());
    let call = change(&old, &new, "l1", (OLD, NEW));
    assert!(!new.enter(&call, NOW).unwrap().0, "the other shard still has it");
    complete(&old, &new);
    let moved = new.moving(NEW, USER).unwrap().unwrap();
    assert_eq!((moved.account.verified_at, moved.codes), (Some(NOW), texts(&["c1", "c2"])));
    assert_eq!((moved.account.name.as_str(), moved.account.created_at), ("Mia", 7));
    assert_eq!((is_at(&old, OLD), old.codes().all(OLD), waiting(&new).len()), (false, Ok(vec![]), 0));
    let undo = old.links().find("undo of l1", NOW).unwrap().unwrap();
    assert_eq!((undo.purpose, undo.email.as_str(), undo.user.as_str()), (LinkPurpose::Undo, OLD, USER));
    assert_eq!(undo.expires_at, NOW + 7 * DAY_MS);
}

#[test]
fn an_account_moves_within_a_shard() {
    let sql = home();
    let call = change(&sql, &sql, "l1", (OLD, NEW));
    assert!(sql.enter(&call, NOW).unwrap().0, "it has left in the same step");
    assert_eq!((is_at(&sql, OLD), is_at(&sql, NEW), codes_at(&sql, NEW)), (false, true, texts(&["c1", "c2"])));
    assert!(sql.links().find("undo of l1", NOW).unwrap().is_some());
    complete(&sql, &sql);
    assert_eq!((is_at(&sql, NEW), waiting(&sql).len()), (true, 0));
}

#[test]
fn a_link_is_used_once_and_for_its_own_move() {
    let (old, new) = (home(), shard());
    let call = change(&old, &new, "l1", (OLD, NEW));
    for other in [
        AddressMove { id: "l2".to_owned(), ..call.clone() },
        AddressMove { user: "u_2".to_owned(), ..call.clone() },
        AddressMove { new: "third@x".to_owned(), ..call.clone() },
        AddressMove { old: "third@x".to_owned(), ..call.clone() },
        AddressMove { undo_hash: None, ..call.clone() },
    ] {
        assert!(is_used_up(new.enter(&other, NOW)), "{other:?}");
    }
    assert!(is_used_up(new.enter(&call, NOW + 1_001)), "it has expired");
    new.enter(&call, NOW).unwrap();
    let before = contents(&new.0);
    assert!(is_used_up(new.enter(&call, NOW)));
    assert_eq!(contents(&new.0), before);
}

#[test]
fn an_address_of_another_account_is_not_entered() {
    let (old, new) = (home(), shard());
    new.accounts().add_account(NEW, &account("u_2")).unwrap();
    let call = change(&old, &new, "l1", (OLD, NEW));
    assert!(matches!(refusal_of(new.enter(&call, NOW)), Some(Refusal::EmailTaken)));
    assert!(is_at(&old, OLD) && waiting(&new).is_empty());
}

#[test]
fn an_address_that_another_person_can_take_back_is_not_entered() {
    let (old, new) = (home(), shard());
    let theirs = StoredLink { user: "u_2".to_owned(), ..link(LinkPurpose::Undo, NEW, String::new()) };
    new.links().add("theirs", &theirs).unwrap();
    let call = change(&old, &new, "l1", (OLD, NEW));
    assert!(matches!(refusal_of(new.enter(&call, NOW)), Some(Refusal::EmailTaken)));
    new.links().remove("theirs").unwrap();
    assert!(new.enter(&call, NOW).is_ok());
}

#[test]
fn an_address_that_was_left_is_taken_for_all_but_whoever_had_it() {
    let (old, new) = (home(), shard());
    moved(&old, &new, "l1", (OLD, NEW));
    let taken = |sql: &MovesSql, email, user| sql.is_taken(email, user, NOW).unwrap();
    assert_eq!((taken(&old, OLD, "u_2"), taken(&old, OLD, ""), taken(&old, OLD, USER)), (true, true, false));
    assert!(taken(&new, NEW, USER), "an account is taken for everybody");
    assert!(!taken(&old, "other@example.org", ""));
}

#[test]
fn an_old_address_that_nobody_proved_gets_no_way_back_and_is_free() {
    let (old, new) = (shard(), shard());
    old.accounts().add_account(OLD, &AccountRow { verified_at: None, ..account(USER) }).unwrap();
    moved(&old, &new, "l1", (OLD, NEW));
    assert_eq!(texts_of(&old, "SELECT hash FROM links"), texts(&[]));
    assert_eq!(old.links().is_reserved(OLD, "u_2", NOW), Ok(false));
    // The new address was verified by the link, so it gets an undo link.
    let third = shard();
    moved(&new, &third, "l2", (NEW, "third@x"));
    assert_eq!(new.links().is_reserved(NEW, "u_2", NOW), Ok(true));
}

#[test]
fn codes_stay_behind_where_the_link_is_used_without_a_session_of_the_account() {
    for is_within in [false, true] {
        let old = home();
        let new = if is_within { MovesSql(old.0.clone(), Rc::clone(&old.1)) } else { shard() };
        let call = AddressMove { is_elsewhere: true, ..change(&old, &new, "l1", (OLD, NEW)) };
        new.enter(&call, NOW).unwrap();
        complete(&old, &new);
        assert_eq!((codes_at(&new, NEW), is_at(&old, OLD)), (texts(&[]), false));
    }
}

// ---- steps that are repeated, or come late

#[test]
fn both_addresses_open_the_account_until_the_move_is_complete() {
    let (old, new) = (home(), shard());
    new.enter(&change(&old, &new, "l1", (OLD, NEW)), NOW).unwrap();
    assert!(is_at(&old, OLD) && is_at(&new, NEW));
    // The process died here. The alarm finds the job.
    assert_eq!(waiting(&new).len(), 1);
    complete(&old, &new);
    assert!(!is_at(&old, OLD) && is_at(&new, NEW));
}

#[test]
fn a_move_that_an_earlier_version_has_not_completed_is_completed() {
    let (old, known) = (home(), STEPS.iter().position(|step| *step == AS_JOBS).unwrap());
    let (sql, call) = (older(&STEPS[..known], &[]), change(&old, &shard(), "l1", (OLD, NEW)));
    let text = serde_json::to_string(&call).unwrap();
    let values = [call.id.as_str().into(), USER.into(), text.as_str().into(), 8_u64.into()];
    exec(&sql, "INSERT INTO address_moves VALUES (?, ?, ?, ?, 9, 3)", &values).unwrap();
    AuthSql::open(sql.clone()).unwrap();
    let new = MovesSql(sql, Rc::new(Jobs::of(&[])));
    let OpenMove { call: kept, link_end } = waiting(&new).remove(0);
    assert_eq!((serde_json::to_string(&kept).unwrap(), link_end), (text, 8));
    let query = "SELECT key, due_at, tries FROM jobs";
    let stored = rows(&new.0, query, &[], |row| Ok((row.text(0)?, row.number(1)?, row.number(2)?)));
    assert_eq!(stored, Ok(vec![("l1".to_owned(), 9, 3)]));
    complete(&old, &new);
    assert_eq!((is_at(&old, OLD), waiting(&new).len()), (false, 0));
}

#[test]
fn the_caller_of_a_move_has_two_seconds_to_complete_it_before_the_alarm_does() {
    let (old, new) = (home(), shard());
    new.enter(&change(&old, &new, "l1", (OLD, NEW)), NOW).unwrap();
    let due = rows(&new.0, "SELECT due_at FROM jobs", &[], |row| row.number(0));
    assert_eq!(due, Ok(vec![NOW + 2_000]));
}

#[test]
fn a_departure_that_is_asked_again_changes_nothing() {
    let (old, new) = (home(), shard());
    let call = change(&old, &new, "l1", (OLD, NEW));
    new.enter(&call, NOW).unwrap();
    assert!(matches!(old.leave(&call, NOW).unwrap(), Departure::Now));
    let before = contents(&old.0);
    assert!(matches!(old.leave(&call, NOW + 5).unwrap(), Departure::Before));
    assert_eq!(contents(&old.0), before);
}

#[test]
fn a_late_repetition_does_not_remove_an_account_that_came_back() {
    let (old, new) = (home(), shard());
    let call = change(&old, &new, "l1", (OLD, NEW));
    new.enter(&call, NOW).unwrap();
    old.leave(&call, NOW).unwrap();
    // The answer was lost, so the row of the move is still there when the owner undoes it.
    old.enter(&reverse(&call, (&new, NEW)), NOW).unwrap();
    complete(&old, &new);
    assert!(is_at(&old, OLD), "the first move does not count twice");
    complete(&new, &old);
    assert!(is_at(&old, OLD) && !is_at(&new, NEW));
    assert_eq!((waiting(&old).len(), waiting(&new).len()), (0, 0));
}

#[test]
fn what_is_used_at_the_old_address_in_between_is_used() {
    let (old, new) = (home(), shard());
    new.enter(&change(&old, &new, "l1", (OLD, NEW)), NOW).unwrap();
    old.codes().take(OLD, "c1").unwrap();
    complete(&old, &new);
    assert!(!is_at(&old, OLD));
    assert_eq!((password_at(&new, NEW).as_str(), codes_at(&new, NEW)), ("hash", texts(&["c2"])));
}

#[test]
fn what_changes_at_both_addresses_counts_as_it_is_at_the_new_one() {
    let (old, new) = (home(), shard());
    new.enter(&change(&old, &new, "l1", (OLD, NEW)), NOW).unwrap();
    new.accounts().save_password(NEW, "here").unwrap();
    new.codes().take(NEW, "c2").unwrap();
    old.codes().take(OLD, "c1").unwrap();
    complete(&old, &new);
    assert_eq!((password_at(&new, NEW).as_str(), codes_at(&new, NEW)), ("here", vec![]));
}

#[test]
fn a_change_does_not_survive_another_password() {
    let (old, new) = (home(), shard());
    let call = change(&old, &new, "l1", (OLD, NEW));
    old.accounts().save_password(OLD, "newer").unwrap();
    let later = AddressMove { copied: old.moving(OLD, USER).unwrap().unwrap(), ..call.clone() };
    assert!(is_used_up(new.enter(&later, NOW)), "the link counts for the password of its request");
    // The account was read before its password changed.
    new.enter(&call, NOW).unwrap();
    complete(&old, &new);
    assert_eq!((password_at(&old, OLD).as_str(), is_at(&new, NEW)), ("newer", false));
    assert_eq!((codes_at(&old, OLD), new.codes().all(NEW), waiting(&new).len()), (texts(&["c1", "c2"]), Ok(vec![]), 0));
    assert!(old.links().find("undo of l1", NOW).unwrap().is_none(), "nothing has changed");
}

#[test]
fn a_change_within_a_shard_does_not_survive_another_password() {
    let sql = home();
    let call = change(&sql, &sql, "l1", (OLD, NEW));
    sql.accounts().save_password(OLD, "newer").unwrap();
    assert!(is_used_up(sql.enter(&call, NOW)));
    assert_eq!((password_at(&sql, OLD).as_str(), is_at(&sql, NEW)), ("newer", false));
}

#[test]
fn of_two_moves_at_once_one_is_undone() {
    let (old, one, two) = (home(), shard(), shard());
    let (first, second) = (change(&old, &one, "l1", (OLD, NEW)), change(&old, &two, "l2", (OLD, "third@x")));
    one.enter(&first, NOW).unwrap();
    two.enter(&second, NOW).unwrap();
    complete(&old, &two);
    complete(&old, &one);
    assert_eq!((is_at(&old, OLD), is_at(&one, NEW), is_at(&two, "third@x")), (false, false, true));
    assert_eq!((one.codes().all(NEW), waiting(&one).len()), (Ok(vec![]), 0));
}

#[test]
fn a_move_of_a_deleted_account_brings_it_not_back() {
    let (old, new) = (home(), shard());
    new.enter(&change(&old, &new, "l1", (OLD, NEW)), NOW).unwrap();
    for (sql, email) in [(&old, OLD), (&new, NEW)] {
        sql.forget(USER).unwrap();
        sql.accounts().remove_account(email).unwrap();
    }
    complete(&old, &new);
    assert!(!is_at(&old, OLD) && !is_at(&new, NEW) && waiting(&new).is_empty());
}

#[test]
fn a_move_meets_no_earlier_one_in_the_same_shard() {
    let (old, new) = (home(), shard());
    new.enter(&change(&old, &new, "l1", (OLD, NEW)), NOW).unwrap();
    // The account has not left its old address, from which a second move goes to the first shard.
    let second = change(&old, &new, "l2", (OLD, "third@x"));
    assert!(matches!(refusal_of(new.enter(&second, NOW)), Some(Refusal::Overloaded { .. })));
}

// ---- taking it back

#[test]
fn a_change_that_is_taken_back_leaves_no_link() {
    let (old, new) = (home(), shard());
    let call = moved(&old, &new, "l1", (OLD, NEW));
    for (hash, purpose) in [("reset", LinkPurpose::Reset), ("verify", LinkPurpose::Verify)] {
        new.links().add(hash, &link(purpose, NEW, String::new())).unwrap();
    }
    let back = reverse(&call, (&new, NEW));
    assert_eq!(old.enter(&back, NOW).unwrap(), (false, NOW + 7 * DAY_MS));
    complete(&new, &old);
    assert!(is_at(&old, OLD) && !is_at(&new, NEW));
    assert!(new.links().find("reset", NOW).unwrap().is_none());
    assert!(is_used_up(old.enter(&back, NOW)), "the link is used");
    assert_eq!(texts_of(&new, "SELECT hash FROM links"), texts(&[]));
    assert_eq!(texts_of(&old, "SELECT hash FROM links"), texts(&[]));
}

#[test]
fn whoever_moves_back_by_another_change_leaves_no_way_back_to_where_they_are() {
    let (old, new) = (home(), shard());
    moved(&old, &new, "l1", (OLD, NEW));
    assert_eq!(texts_of(&old, "SELECT hash FROM links"), texts(&["undo of l1"]));
    moved(&new, &old, "l2", (NEW, OLD));
    assert_eq!(texts_of(&old, "SELECT hash FROM links"), texts(&[]));
    assert_eq!(texts_of(&new, "SELECT hash FROM links"), texts(&["undo of l2"]));
}

#[test]
fn a_change_that_is_taken_back_leaves_no_codes_and_the_proof_of_before() {
    for is_within in [false, true] {
        let old = home();
        let new = if is_within { MovesSql(old.0.clone(), Rc::clone(&old.1)) } else { shard() };
        let call = moved(&old, &new, "l1", (OLD, NEW));
        new.codes().replace(NEW, &texts(&["c3"])).unwrap();
        let back = reverse(&call, (&new, NEW));
        new.codes().replace(NEW, &texts(&["c4"])).unwrap();
        old.enter(&back, NOW).unwrap();
        complete(&new, &old);
        let here = old.moving(OLD, USER).unwrap().unwrap();
        assert_eq!((here.account.verified_at, here.codes), (Some(PROVED), texts(&[])), "{is_within}");
    }
}

#[test]
fn a_second_factor_moves_along_and_one_that_was_made_since_is_taken_back() {
    let factor = |made_at: Millis, used: u64| Some(StoredFactor { secret: "sealed".to_owned(), made_at, used });
    let at = |sql: &MovesSql, email: &str| sql.moving(email, USER).unwrap().unwrap().account.second_factor;
    let (old, new) = (home(), shard());
    old.accounts().save_second_factor(OLD, factor(5, 1).as_ref()).unwrap();
    let call = change(&old, &new, "l1", (OLD, NEW));
    // A code is used during the move.
    old.accounts().save_second_factor(OLD, factor(5, 2).as_ref()).unwrap();
    new.enter(&call, NOW).unwrap();
    complete(&old, &new);
    assert_eq!(at(&new, NEW), factor(5, 2));
    for (made_at, stays) in [(5, true), (NOW, false), (NOW + 1, false)] {
        let (old, new) = (home(), shard());
        let call = moved(&old, &new, "l1", (OLD, NEW));
        new.accounts().save_second_factor(NEW, factor(made_at, 9).as_ref()).unwrap();
        old.enter(&reverse(&call, (&new, NEW)), NOW + 2).unwrap();
        assert_eq!(at(&old, OLD), factor(made_at, 9).filter(|_| stays), "{made_at}");
    }
}

#[test]
fn second_factors_of_two_addresses_become_one() {
    let factor = |made_at: Millis, used: u64| Some(StoredFactor { secret: "sealed".to_owned(), made_at, used });
    for (factors, is_undo, merged) in [
        ([factor(5, 1), factor(5, 1), factor(5, 2)], false, factor(5, 2)),
        ([factor(5, 1), factor(5, 1), None], false, None),
        ([None, None, factor(9, 1)], false, factor(9, 1)),
        ([factor(5, 3), factor(5, 1), factor(5, 2)], false, factor(5, 3)),
        ([factor(5, 2), factor(5, 1), factor(5, 3)], false, factor(5, 3)),
        ([factor(5, 2), factor(5, 1), None], false, None),
        ([None, factor(5, 1), factor(5, 2)], false, None),
        ([None, None, factor(9, 1)], true, None),
        ([factor(5, 1), factor(5, 1), factor(9, 1)], true, factor(5, 1)),
        ([factor(5, 1), factor(5, 1), factor(5, 4)], true, factor(5, 4)),
    ] {
        assert_eq!(merged_factor(factors.clone(), is_undo), merged, "{factors:?} {is_undo}");
    }
}

#[test]
fn an_account_with_a_second_factor_moves_for_nobody_who_shows_no_session_of_it() {
    let (old, new) = (home(), shard());
    let factor = StoredFactor { secret: "sealed".to_owned(), made_at: 5, used: 1 };
    old.accounts().save_second_factor(OLD, Some(&factor)).unwrap();
    let call = AddressMove { is_elsewhere: true, ..change(&old, &new, "l1", (OLD, NEW)) };
    assert!(matches!(new.enter(&call, NOW), Err(CallError::Refused(Refusal::ReauthRequired))));
    assert!(new.enter(&AddressMove { is_elsewhere: false, ..call }, NOW).is_ok(), "the link stays good");
}

#[test]
fn a_way_back_that_does_not_say_when_the_address_was_proved_leaves_no_proof() {
    let (old, new) = (home(), shard());
    let call = moved(&old, &new, "l1", (OLD, NEW));
    exec(&old.0, "UPDATE links SET data = ?", &[undo_data(NEW, None).as_str().into()]).unwrap();
    old.enter(&reverse(&call, (&new, NEW)), NOW).unwrap();
    complete(&new, &old);
    assert_eq!(old.moving(OLD, USER).unwrap().unwrap().account.verified_at, None, "a reset keeps no passkey");
}

fn texts_of(sql: &MovesSql, query: &str) -> Vec<String> {
    rows(&sql.0, query, &[], |row| row.text(0)).unwrap()
}

#[test]
fn a_change_within_a_shard_is_taken_back() {
    let sql = home();
    let call = moved(&sql, &sql, "l1", (OLD, NEW));
    assert!(sql.enter(&reverse(&call, (&sql, NEW)), NOW).unwrap().0);
    complete(&sql, &sql);
    assert_eq!((is_at(&sql, OLD), is_at(&sql, NEW), waiting(&sql).len()), (true, false, 0));
}

#[test]
fn whoever_moves_an_account_twice_cannot_keep_it() {
    let (old, one, two) = (home(), shard(), shard());
    let first = moved(&old, &one, "l1", (OLD, NEW));
    moved(&one, &two, "l2", (NEW, "third@x"));
    let link_end = old.links().find("undo of l1", NOW).unwrap().unwrap().expires_at;
    old.enter(&reverse(&first, (&two, "third@x")), NOW).unwrap();
    complete(&two, &old);
    one.end_undo_links(USER, link_end).unwrap();
    assert!(is_at(&old, OLD) && !is_at(&two, "third@x"));
    assert!(one.links().find("undo of l2", NOW).unwrap().is_none(), "the later link takes nothing back");
}

#[test]
fn another_password_holds_no_way_back_up() {
    let (old, new) = (home(), shard());
    let call = moved(&old, &new, "l1", (OLD, NEW));
    let back = reverse(&call, (&new, NEW));
    new.accounts().save_password(NEW, "of a stranger").unwrap();
    old.enter(&back, NOW).unwrap();
    complete(&new, &old);
    assert_eq!((password_at(&old, OLD).as_str(), is_at(&new, NEW)), ("of a stranger", false));
}

#[test]
fn a_way_back_that_was_overtaken_works_again_from_where_the_account_is() {
    let (old, one, two) = (home(), shard(), shard());
    let first = moved(&old, &one, "l1", (OLD, NEW));
    let link_end = old.links().find("undo of l1", NOW).unwrap().unwrap().expires_at;
    let back = reverse(&first, (&one, NEW));
    old.enter(&back, NOW).unwrap();
    // The other owner moves the account on before it leaves.
    two.enter(&change(&one, &two, "l2", (NEW, "third@x")), NOW).unwrap();
    complete(&one, &two);
    complete(&one, &old);
    assert!(!is_at(&old, OLD) && is_at(&two, "third@x") && waiting(&old).is_empty());
    let link = old.links().find("undo of l1", NOW).unwrap().unwrap();
    assert_eq!((link.purpose, link.email.as_str(), link.expires_at), (LinkPurpose::Undo, OLD, link_end));
    old.enter(&reverse(&first, (&two, "third@x")), NOW).unwrap();
    complete(&two, &old);
    assert!(is_at(&old, OLD) && !is_at(&two, "third@x"));
    assert_eq!(old.moving(OLD, USER).unwrap().unwrap().account.verified_at, Some(PROVED));
}

#[test]
fn a_deleted_person_gets_no_way_back() {
    let (old, new) = (home(), shard());
    let call = moved(&old, &new, "l1", (OLD, NEW));
    let back = reverse(&call, (&new, NEW));
    old.enter(&back, NOW).unwrap();
    old.forget(USER).unwrap();
    assert_eq!(old.give_up(&back, Some(NOW + 1_000)), Ok(false));
    assert!(old.links().find(&back.id, NOW).unwrap().is_none());
}

#[test]
fn earlier_links_that_take_a_change_back_stay() {
    let sql = shard();
    for (hash, expires_at) in [("earlier", 5), ("same", 6), ("later", 7)] {
        sql.links().add(hash, &StoredLink { expires_at, ..link(LinkPurpose::Undo, OLD, String::new()) }).unwrap();
    }
    sql.links().add("reset", &link(LinkPurpose::Reset, OLD, String::new())).unwrap();
    sql.end_undo_links(USER, 6).unwrap();
    sql.end_undo_links("u_2", 0).unwrap();
    assert_eq!(texts_of(&sql, "SELECT hash FROM links ORDER BY hash"), texts(&["earlier", "reset"]));
}

#[test]
fn a_link_to_the_address_before_the_last_move_counts_no_more() {
    let (old, one, two) = (home(), shard(), shard());
    let waiting = change(&old, &two, "l2", (OLD, "third@x"));
    moved(&old, &one, "l1", (OLD, NEW));
    let from_new = AddressMove { old: NEW.to_owned(), ..waiting };
    assert!(is_used_up(two.enter(&from_new, NOW)));
}
