//! Tests of the tables of accounts, failed sign-ins and remembered browsers (`sign-in.md` 1 and 2).

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::people::account::family::{remember, rotate};
use protocol::testing::families::Memory;
use protocol::testing::{ODD_TEXTS, cases, family_of};
use protocol::words::limits::{LOGIN_OWN_WAIT_MS, SEQ_MAX};
use protocol::words::refusal::Refusal;
use protocol::words::time::HOUR_MS;

use super::super::tables::AuthSql;
use super::*;
use crate::calls::account::{OwnBrowser, UnchangedCall};
use crate::kit::sql::older::contents;

const NOW: Millis = 100 * HOUR_MS;

protocol::families_promises!(empty);

fn empty() -> AccountsSql {
    let sql = Database::new();
    AuthSql::open(sql.clone()).unwrap();
    AccountsSql(sql)
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

/// Returns a hash by a method.
fn hashed(method: &str) -> String {
    format!("{method}{}", "x".repeat(STORED_SECRET_BYTES))
}

fn account(id: &str) -> AccountRow {
    let (name, password) = (format!("Name of {id}"), hashed("argon2$"));
    AccountRow { user: user(id), name, password, image: None, created_at: 7, verified_at: None, second_factor: None }
}

/// Returns tables with an account at `<id>@x` for each id.
fn with(ids: &[&str]) -> AccountsSql {
    let sql = empty();
    for id in ids {
        sql.add_account(&format!("{id}@x"), &account(id)).unwrap();
    }
    sql
}

fn text_of(account: Option<AccountRow>) -> String {
    format!("{account:?}")
}

// ---- accounts

#[test]
fn an_account_reads_as_it_was_made() {
    let sql = empty();
    let plain = account("u_1");
    let pictured = AccountRow { image: Some("https://x/y.png".to_owned()), created_at: SEQ_MAX, ..account("u_2") };
    let verified = AccountRow { verified_at: Some(SEQ_MAX), ..account("u_3") };
    for (email, account) in [("a@x", &plain), ("b@x", &pictured), ("c@x", &verified)] {
        sql.add_account(email, account).unwrap();
        assert_eq!(text_of(sql.account(email).unwrap()), text_of(Some(account.clone())));
        assert_eq!(sql.email_of(account.user.as_str()), Ok(Some(email.to_owned())));
    }
}

#[test]
fn a_picture_is_replaced_and_removed_and_nothing_else_changes() {
    let sql = with(&["u_1", "u_2"]);
    for image in [Some("https://x/y.png"), Some(""), None] {
        sql.save_image("u_1@x", image).unwrap();
        let wanted = AccountRow { image: image.map(str::to_owned), ..account("u_1") };
        assert_eq!(text_of(sql.account("u_1@x").unwrap()), text_of(Some(wanted)));
        sql.save_image("nobody@x", Some("picture")).unwrap();
        assert_eq!(text_of(sql.account("u_2@x").unwrap()), text_of(Some(account("u_2"))));
    }
}

#[test]
fn texts_of_an_account_are_kept_to_the_letter() {
    let sql = empty();
    for (n, text) in ODD_TEXTS.iter().enumerate() {
        let image = Some((*text).to_owned());
        let account =
            AccountRow { name: (*text).to_owned(), password: (*text).to_owned(), image, ..account(&format!("u_{n}")) };
        sql.add_account(text, &account).unwrap();
        assert_eq!(text_of(sql.account(text).unwrap()), text_of(Some(account)), "{text:?}");
    }
}

#[test]
fn an_address_that_differs_in_a_letter_is_another_one() {
    let sql = with(&["u_1"]);
    for other in ["U_1@x", "u_1@", "u_1@xx", "%", "u_", ""] {
        assert_eq!(text_of(sql.account(other).unwrap()), "None", "{other}");
    }
    assert_eq!(sql.email_of("u_"), Ok(None));
}

#[test]
fn an_address_has_one_account_and_a_person_one_address() {
    let sql = with(&["u_1"]);
    let before = contents(&sql.0);
    assert!(sql.add_account("u_1@x", &account("u_2")).is_err());
    assert!(sql.add_account("other@x", &account("u_1")).is_err());
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn accounts_are_told_page_by_page_in_the_order_in_which_they_were_made() {
    let ids = ["u_5", "u_1", "u_4", "u_2", "u_3"];
    let sql = with(&ids);
    for limit in 1..=6 {
        let (mut after, mut listed) = (0, Vec::new());
        loop {
            let page = sql.accounts_after(after, limit).unwrap();
            assert!(page.len() <= limit as usize);
            let Some((last, _)) = page.last() else { break };
            after = *last;
            listed.extend(page.into_iter().map(|(_, account)| account.user));
        }
        assert_eq!(listed, ids, "{limit}");
    }
}

#[test]
fn what_is_told_of_an_account_is_what_it_was_made_with_and_no_hash() {
    let sql = empty();
    sql.add_account("a@x", &AccountRow { image: Some("picture".to_owned()), ..account("u_1") }).unwrap();
    let (_, account) = sql.accounts_after(0, 9).unwrap().remove(0);
    let account = (
        account.user.as_str(),
        account.email.as_str(),
        account.name.as_str(),
        account.image.as_deref(),
        account.created_at,
    );
    assert_eq!(account, ("u_1", "a@x", "Name of u_1", Some("picture"), 7));
}

#[test]
fn accounts_that_are_gone_are_not_told_and_hold_up_no_others() {
    let sql = with(&["u_1", "u_2", "u_3"]);
    let (first, _) = sql.accounts_after(0, 1).unwrap().remove(0);
    sql.remove_account("u_2@x").unwrap();
    let left: Vec<String> =
        sql.accounts_after(first, 9).unwrap().into_iter().map(|(_, account)| account.user).collect();
    assert_eq!(left, ["u_3"]);
}

#[test]
fn an_account_that_is_removed_frees_its_address_and_takes_its_failures_with_it() {
    let sql = with(&["u_1", "u_2"]);
    for email in ["u_1@x", "u_2@x"] {
        sql.add_failure(email, "n/a", NOW).unwrap();
    }
    for _ in 0..2 {
        sql.remove_account("u_1@x").unwrap();
        assert_eq!((text_of(sql.account("u_1@x").unwrap()).as_str(), sql.email_of("u_1")), ("None", Ok(None)));
        assert_eq!((sql.failures("u_1@x", 0).unwrap().len(), sql.failures("u_2@x", 0).unwrap().len()), (0, 1));
    }
    sql.add_account("u_1@x", &account("u_3")).unwrap();
    assert_eq!(sql.email_of("u_3"), Ok(Some("u_1@x".to_owned())));
}

#[test]
fn a_new_hash_takes_the_place_of_the_old_one_and_changes_nothing_else() {
    let sql = with(&["u_1", "u_2"]);
    for email in ["u_1@x", "nobody@x"] {
        sql.save_password(email, &hashed("new$")).unwrap();
    }
    let changed = AccountRow { password: hashed("new$"), ..account("u_1") };
    assert_eq!(text_of(sql.account("u_1@x").unwrap()), text_of(Some(changed)));
    assert_eq!(text_of(sql.account("u_2@x").unwrap()), text_of(Some(account("u_2"))));
    assert_eq!(text_of(sql.account("nobody@x").unwrap()), "None");
}

#[test]
fn a_password_is_replaced_only_while_it_is_the_one_that_was_proved() {
    let sql = with(&["u_1"]);
    let proved = account("u_1").digest();
    assert_eq!(sql.swap_password("u_1@x", &proved, &hashed("new$")), Ok(true));
    assert_eq!(sql.swap_password("u_1@x", &proved, &hashed("late$")), Ok(false), "another was faster");
    assert_eq!(sql.swap_password("nobody@x", &proved, &hashed("new$")), Ok(false));
    assert_eq!(sql.account("u_1@x").unwrap().unwrap().password, hashed("new$"));
}

#[test]
fn what_was_proved_of_an_account_counts_for_its_person_and_password_alone() {
    let sql = with(&["u_1", "u_2"]);
    let proved = account("u_1").digest();
    let answer = |email: &str, user: &str, digest: Option<&str>| {
        sql.proved_account(email, user, digest).map(|account| account.user.to_string()).map_err(Refusal::from)
    };
    for digest in [Some(proved.as_str()), None] {
        assert_eq!(answer("u_1@x", "u_1", digest), Ok("u_1".to_owned()));
        for (email, user) in [("u_2@x", "u_1"), ("u_1@x", "u_2"), ("nobody@x", "u_1")] {
            assert_eq!(answer(email, user, digest), Err(Refusal::Conflict), "{email} {user}");
        }
    }
    sql.save_password("u_1@x", &hashed("pbkdf2$")).unwrap();
    assert_eq!(answer("u_1@x", "u_1", Some(proved.as_str())), Err(Refusal::BadCredentials), "a reset came between");
    assert_eq!(answer("u_1@x", "u_1", Some("")), Err(Refusal::BadCredentials));
}

#[test]
fn a_code_opens_an_account_once() {
    let sql = with(&["u_1", "u_2"]);
    let factor = StoredFactor { secret: "sealed".to_owned(), made_at: 5, used: 7 };
    sql.save_second_factor("u_1@x", Some(&factor)).unwrap();
    let row = |id: &str| sql.account(&format!("{id}@x")).unwrap().unwrap();
    assert_eq!((row("u_1").second_factor, row("u_2").second_factor), (Some(factor.clone()), None));
    let shown = |id: &str, used: Option<UsedFactor>| sql.use_factor(&format!("{id}@x"), &row(id), used.as_ref());
    let code = |step| Some(UsedFactor::Code(step, "sealed anew".to_owned()));
    for used in [None, code(6), code(7)] {
        assert!(matches!(shown("u_1", used), Err(CallError::Refused(Refusal::SecondFactor))));
    }
    assert!(shown("u_1", code(8)).is_ok() && shown("u_1", code(8)).is_err());
    let stored = StoredFactor { secret: "sealed anew".to_owned(), used: 8, ..factor };
    assert_eq!(row("u_1").second_factor, Some(stored));
    let recovery = |hash: &str| Some(UsedFactor::Recovery(vec![hash.to_owned(), "of an older pepper".to_owned()]));
    let codes = RecoveryCodesSql(sql.0.clone());
    codes.replace("u_1@x", &["c1".to_owned(), "c2".to_owned()]).unwrap();
    assert!(shown("u_1", recovery("c3")).is_err());
    assert!(shown("u_1", recovery("c1")).is_ok() && shown("u_1", recovery("c1")).is_err());
    assert_eq!(codes.all("u_1@x").unwrap(), ["c2"]);
    assert!(shown("u_2", None).is_ok(), "an account without one");
}

#[test]
fn a_code_from_before_a_second_factor_does_not_stand_in_for_it() {
    let sql = with(&["u_1", "u_2"]);
    let codes = RecoveryCodesSql(sql.0.clone());
    for email in ["u_1@x", "u_2@x"] {
        codes.replace(email, &["c1".to_owned(), "c2".to_owned()]).unwrap();
    }
    sql.make_factor("u_1@x", &StoredFactor { secret: "sealed".to_owned(), made_at: 5, used: 7 }).unwrap();
    let known = sql.account("u_1@x").unwrap().unwrap();
    assert!(known.second_factor.is_some());
    let shown = UsedFactor::Recovery(vec!["c1".to_owned(), "c2".to_owned()]);
    assert!(matches!(sql.use_factor("u_1@x", &known, Some(&shown)), Err(CallError::Refused(Refusal::SecondFactor))));
    assert_eq!((codes.all("u_1@x").unwrap().len(), codes.all("u_2@x").unwrap().len()), (0, 2));
}

#[test]
fn a_session_that_began_without_a_code_does_not_go_on_where_one_is_asked_for_by_now() {
    let (before, factor) = (account("u_1"), StoredFactor { secret: "sealed".to_owned(), made_at: 5, used: 7 });
    let after = AccountRow { second_factor: Some(factor), ..before.clone() };
    let other = AccountRow { password: hashed("pbkdf2$"), ..before.clone() };
    for (proved, now, goes_on) in [
        (&before, &before, true),
        (&before, &after, false),
        (&after, &after, true),
        // A reset has ended the factor that the change had read.
        (&after, &before, true),
        (&before, &other, false),
    ] {
        assert_eq!(UnchangedCall::of("u_1@x", proved).is_true_of(now), goes_on, "{proved:?} {now:?}");
    }
}

#[test]
fn a_password_without_its_code_takes_its_attempt_back_and_forgives_nothing() {
    let sql = with(&["u_1"]);
    sql.save_second_factor("u_1@x", Some(&StoredFactor { secret: String::new(), made_at: 0, used: 7 })).unwrap();
    let left = |is_half: bool, factor: Option<UsedFactor>| {
        let attempt = sql.attempt(&from("u_1@x", "5"), &rule(), NOW).unwrap().attempt;
        let call = OpenedCall { factor, asks_factor: true, is_half, ..opened("u_1@x", attempt, &account("u_1")) };
        let noted = sql.note_opened(&call).is_ok();
        (noted, sql.failures("u_1@x", 0).unwrap().len())
    };
    sql.attempt(&from("u_1@x", "5"), &rule(), NOW).unwrap();
    assert_eq!(left(true, None), (true, 1));
    assert_eq!(left(false, Some(UsedFactor::Code(7, String::new()))), (false, 2), "used before");
    assert_eq!(left(false, None), (false, 3), "it was made since the account was read");
    assert_eq!(left(false, Some(UsedFactor::Code(8, String::new()))), (true, 0));
}

#[test]
fn the_last_proof_of_an_address_counts_and_is_of_no_other() {
    let sql = with(&["u_1", "u_2"]);
    for (email, now) in [("u_1@x", 5), ("u_1@x", 9), ("nobody@x", 7)] {
        sql.verify(email, now).unwrap();
    }
    let verified_at = ["u_1@x", "u_2@x"].map(|email| sql.account(email).unwrap().unwrap().verified_at);
    assert_eq!(verified_at, [Some(9), None]);
    assert_eq!(text_of(sql.account("nobody@x").unwrap()), "None");
}

#[test]
fn methods_are_those_by_which_hashes_are_made_now_each_once() {
    let sql = with(&["u_1", "u_2", "u_3"]);
    assert_eq!((empty().methods().unwrap().len(), sql.methods().unwrap()), (0, vec!["argon2$".to_owned()]));
    sql.save_password("u_2@x", &hashed("pbkdf2$")).unwrap();
    assert_eq!(sql.methods().unwrap(), ["argon2$", "pbkdf2$"]);
    sql.save_password("u_1@x", &hashed("pbkdf2$")).unwrap();
    sql.remove_account("u_3@x").unwrap();
    assert_eq!(sql.methods().unwrap(), ["pbkdf2$"]);
}

// ---- failed sign-ins

fn rule() -> Rule {
    Rule::parse("10/3600").unwrap()
}

fn from(email: &str, network: &str) -> AttemptCall {
    AttemptCall { email: email.to_owned(), network: network.to_owned(), browser: None, is_recovery: false }
}

fn with_code(email: &str, network: &str) -> AttemptCall {
    AttemptCall { is_recovery: true, ..from(email, network) }
}

fn in_browser(email: &str, owner: &str) -> AttemptCall {
    AttemptCall { browser: Some(OwnBrowser { user: user(owner), id: "b1".to_owned() }), ..from(email, "net") }
}

/// Counts at most a hundred attempts until one is refused. Returns the number of permitted ones.
fn attempts_checked(sql: &AccountsSql, call: &AttemptCall, now: Millis) -> usize {
    (0..100).filter(|_| sql.attempt(call, &rule(), now).is_ok()).count()
}

fn wait_of<T>(answer: Result<T, CallError>) -> Millis {
    match answer {
        Err(CallError::Refused(Refusal::RateLimited { retry_after_ms })) => retry_after_ms,
        Err(error) => panic!("{error:?}"),
        Ok(_) => 0,
    }
}

#[test]
fn of_many_attempts_at_once_no_more_than_the_limit_get_a_comparison() {
    let sql = with(&["u_1"]);
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW), 10);
    assert_eq!(wait_of(sql.attempt(&from("u_1@x", "net"), &rule(), NOW + 5)), HOUR_MS - 5);
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW + HOUR_MS), 10);
}

#[test]
fn guesses_at_codes_and_at_the_password_are_counted_apart() {
    let sql = with(&["u_1"]);
    assert_eq!(attempts_checked(&sql, &with_code("u_1@x", "net"), NOW), 10);
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW), 10, "a code closes no account to its password");
    assert_eq!(
        attempts_checked(&sql, &with_code("u_1@x", "net"), NOW),
        0,
        "nor does the password open it to guesses at codes"
    );
    assert_eq!(attempts_checked(&sql, &with_code("nobody@x", "net"), NOW), 10);
    sql.forget_failures("u_1@x").unwrap();
    let again = [with_code("u_1@x", "net"), from("u_1@x", "net")];
    assert_eq!(again.map(|call| attempts_checked(&sql, &call, NOW)), [10, 10]);
    sql.forget_failures("u_1@x").unwrap();
    let attempt = sql.attempt(&with_code("u_1@x", "net"), &rule(), NOW).unwrap().attempt;
    sql.take_failure_back(attempt, &failures_key("u_1@x", true)).unwrap();
    assert_eq!(sql.failures(&failures_key("u_1@x", true), 0), Ok(vec![]));
}

#[test]
fn an_address_without_account_is_guessed_as_often_as_one_with_it() {
    let sql = with(&["u_1"]);
    assert_eq!(["u_1@x", "nobody@x"].map(|email| attempts_checked(&sql, &from(email, "net"), NOW)), [10, 10]);
}

#[test]
fn an_attempt_is_answered_with_the_account_and_the_methods_of_all() {
    let sql = with(&["u_1", "u_2"]);
    sql.save_password("u_2@x", &hashed("pbkdf2$")).unwrap();
    let known = sql.attempt(&from("u_1@x", "net"), &rule(), NOW).unwrap();
    let unknown = sql.attempt(&from("nobody@x", "net"), &rule(), NOW).unwrap();
    assert_eq!((text_of(known.account), text_of(unknown.account)), (text_of(Some(account("u_1"))), "None".to_owned()));
    assert_eq!(
        (known.methods.as_slice(), unknown.methods),
        (&["argon2$", "pbkdf2$"].map(String::from)[..], known.methods.clone())
    );
    assert_ne!(known.attempt, unknown.attempt);
}

#[test]
fn an_attempt_that_was_taken_back_was_none() {
    let sql = with(&["u_1"]);
    for n in 0..30 {
        let attempt = sql.attempt(&from("u_1@x", "net"), &rule(), NOW + n).unwrap().attempt;
        for _ in 0..2 {
            sql.take_failure_back(attempt, "u_1@x").unwrap();
        }
    }
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW + 30), 10);
}

fn opened(email: &str, attempt: u64, compared: &AccountRow) -> OpenedCall {
    let (email, compared) = (email.to_owned(), compared.digest());
    OpenedCall {
        email,
        attempt,
        password: None,
        compared,
        is_recovery: false,
        factor: None,
        asks_factor: false,
        is_half: false,
    }
}

#[test]
fn a_right_password_forgets_the_failures_of_its_own_place_and_account_alone() {
    let sql = with(&["u_1", "u_2"]);
    for (call, times) in [(from("u_1@x", "net"), 9), (from("u_1@x", "other"), 2), (from("u_2@x", "net"), 10)] {
        (0..times).for_each(|_| drop(sql.attempt(&call, &rule(), NOW).unwrap()));
    }
    sql.save_password("u_2@x", &hashed("pbkdf2$")).unwrap();
    let Attempt { attempt, account, .. } = sql.attempt(&from("u_1@x", "net"), &rule(), NOW).unwrap();
    let account = account.unwrap();
    sql.note_opened(&opened("u_2@x", attempt, &account)).unwrap();
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW), 0);
    sql.note_opened(&opened("u_1@x", attempt, &account)).unwrap();
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW), 10);
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "other"), NOW), 8, "another place");
    assert_eq!(attempts_checked(&sql, &from("u_2@x", "net"), NOW), 0, "another account");
}

#[test]
fn the_password_of_another_account_takes_its_attempt_back_and_forgets_no_failure() {
    let sql = with(&["u_1"]);
    for n in 0..9 {
        sql.attempt(&from("u_1@x", "net"), &rule(), NOW + n).unwrap();
    }
    let attempt = sql.attempt(&from("u_1@x", "net"), &rule(), NOW + 9).unwrap().attempt;
    let other = AccountRow { password: hashed("pbkdf2$"), ..account("u_2") };
    sql.note_opened(&opened("u_1@x", attempt, &other)).unwrap();
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW + 9), 1);
}

#[test]
fn an_attempt_is_taken_back_under_its_own_address_alone() {
    let sql = with(&["u_1", "u_2"]);
    let attempt = sql.attempt(&from("u_1@x", "net"), &rule(), NOW).unwrap().attempt;
    sql.take_failure_back(attempt, "u_2@x").unwrap();
    sql.take_failure_back(attempt + 1, "u_1@x").unwrap();
    assert_eq!(sql.failures("u_1@x", 0), Ok(vec![("n/net".to_owned(), NOW)]));
}

#[test]
fn nobody_closes_an_account_to_its_owner() {
    let sql = with(&["u_1", "u_2"]);
    for n in 0..40 {
        attempts_checked(&sql, &from("u_1@x", &n.to_string()), NOW);
    }
    assert!(wait_of(sql.attempt(&from("u_1@x", "5"), &rule(), NOW)) > 0, "a network that has failed waits");
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "its own"), NOW), 1, "a network without a failure does not");
    let own_waits = [1, LOGIN_OWN_WAIT_MS].map(|ms| wait_of(sql.attempt(&from("u_1@x", "its own"), &rule(), NOW + ms)));
    assert_eq!(own_waits, [LOGIN_OWN_WAIT_MS - 1, 0], "and for its own failure alone");
    assert_eq!(attempts_checked(&sql, &in_browser("u_1@x", "u_1"), NOW), 10);
    assert_eq!(attempts_checked(&sql, &in_browser("u_2@x", "u_2"), NOW), 10, "of another account nothing is known");
}

#[test]
fn a_browser_of_somebody_else_is_a_place_like_any_other() {
    let sql = with(&["u_1", "u_2"]);
    assert_eq!(attempts_checked(&sql, &from("u_1@x", "net"), NOW), 10);
    assert_eq!(attempts_checked(&sql, &in_browser("u_1@x", "u_2"), NOW), 0);
    assert_eq!(attempts_checked(&sql, &in_browser("nobody@x", "u_2"), NOW), 10);
    assert_eq!(attempts_checked(&sql, &from("nobody@x", "net"), NOW), 0);
}

#[test]
fn failures_are_in_the_order_of_their_times_and_those_of_one_address() {
    let sql = empty();
    for (email, place, at) in [("a@x", "n/2", 9), ("a@x", "n/1", 4), ("b@x", "n/1", 5), ("a@x", "", 6)] {
        sql.add_failure(email, place, at).unwrap();
    }
    let failures = [("n/1", 4), ("", 6), ("n/2", 9)].map(|(place, at)| (place.to_owned(), at));
    assert_eq!(sql.failures("a@x", 0), Ok(failures.to_vec()));
}

#[test]
fn what_failed_too_long_ago_is_forgotten_whoever_it_was() {
    let sql = empty();
    for (email, at) in [("a@x", 4), ("b@x", 4), ("b@x", 5), ("b@x", SEQ_MAX)] {
        sql.add_failure(email, "n/net", at).unwrap();
    }
    sql.failures("c@x", 4).unwrap();
    let left = |email| sql.failures(email, 0).unwrap().into_iter().map(|(_, at)| at).collect::<Vec<Millis>>();
    assert_eq!((left("a@x"), left("b@x")), (vec![], vec![5, SEQ_MAX]));
}

#[test]
fn failures_of_an_address_are_forgotten_and_those_of_others_stay() {
    let sql = with(&["u_1", "u_2"]);
    for email in ["u_1@x", "u_2@x"] {
        attempts_checked(&sql, &from(email, "net"), NOW);
    }
    sql.forget_failures("u_1@x").unwrap();
    assert_eq!(["u_1@x", "u_2@x"].map(|email| attempts_checked(&sql, &from(email, "net"), NOW)), [10, 0]);
    assert_eq!(text_of(sql.account("u_1@x").unwrap()), text_of(Some(account("u_1"))));
}

#[test]
fn without_a_limit_nobody_waits() {
    let sql = with(&["u_1"]);
    let tries = (0..100).map(|_| sql.attempt(&from("u_1@x", "net"), &Rule::default(), NOW));
    assert!(tries.into_iter().all(|attempt| attempt.is_ok()));
}

// ---- remembered browsers

fn texts(sql: &AccountsSql, query: &str) -> Vec<String> {
    sql::rows(&sql.0, query, &[], |row| row.text(0)).unwrap()
}

#[test]
fn a_browser_is_found_by_the_session_that_it_has_now() {
    let mut sql = empty();
    let mut family = family_of("f1", "s1");
    remember(&mut sql, &family, "t1").unwrap();
    remember(&mut sql, &family_of("f2", "s9"), "t9").unwrap();
    assert_eq!(sql.family_of("s1"), Ok(Some(family.clone())));
    family.principal.session = "s2".to_owned();
    rotate(&mut sql, "t1", "t2", &family).unwrap();
    assert_eq!((sql.family_of("s1"), sql.family_of("s2"), sql.family_of("s")), (Ok(None), Ok(Some(family)), Ok(None)));
}

#[test]
fn a_browser_that_is_forgotten_takes_its_tokens_with_it_and_nothing_of_others() {
    let mut sql = empty();
    remember(&mut sql, &family_of("f1", "s1"), "t1").unwrap();
    rotate(&mut sql, "t1", "t2", &family_of("f1", "s2")).unwrap();
    remember(&mut sql, &family_of("f2", "s1"), "t3").unwrap();
    for _ in 0..2 {
        sql.remove_family("f1").unwrap();
        assert_eq!(texts(&sql, "SELECT hash FROM refresh_tokens"), ["t3"]);
        assert_eq!((sql.family("f1"), sql.family("f2")), (Ok(None), Ok(Some(family_of("f2", "s1")))));
    }
}

#[test]
fn browsers_are_due_when_their_time_is_over() {
    let mut sql = empty();
    let ending = |id: &str, expires_at| Family { expires_at, ..family_of(id, id) };
    assert_eq!(sql.next_family_due(), Ok(None));
    for (id, at) in [("f1", 9), ("f2", 7), ("f3", SEQ_MAX)] {
        remember(&mut sql, &ending(id, at), id).unwrap();
    }
    assert_eq!(sql.next_family_due(), Ok(Some(7)));
    let due = |now| sql.families_due(now).unwrap().into_iter().map(|family| family.id).collect::<BTreeSet<String>>();
    assert_eq!(due(6), BTreeSet::new());
    assert_eq!(due(7), BTreeSet::from(["f2".to_owned()]));
    assert_eq!(due(9), BTreeSet::from(["f1".to_owned(), "f2".to_owned()]));
}

#[test]
fn tokens_that_were_used_are_forgotten_when_they_would_be_dead_and_those_that_were_not_stay_with_their_browser() {
    let mut sql = empty();
    for (hash, expires_at, is_used) in [("t1", 7, true), ("t2", 8, true), ("t3", 7, false)] {
        sql.add_token(hash, "f1", expires_at).unwrap();
        if is_used {
            sql.use_token(hash).unwrap();
        }
    }
    sql.families_due(7).unwrap();
    assert_eq!(texts(&sql, "SELECT hash FROM refresh_tokens ORDER BY hash"), ["t2", "t3"]);
}

#[test]
fn a_rotation_that_fails_leaves_no_trace() {
    let mut sql = empty();
    remember(&mut sql, &family_of("f1", "s1"), "t1").unwrap();
    remember(&mut sql, &family_of("f2", "s2"), "t2").unwrap();
    let (db, before) = (sql.0.clone(), contents(&sql.0));
    assert!(!db.in_transaction(|| rotate(&mut sql, "t1", "t2", &family_of("f1", "s3")).is_ok()), "t2 is another's");
    assert_eq!(contents(&db), before);
    assert!(db.in_transaction(|| rotate(&mut sql, "t1", "t3", &family_of("f1", "s3")).is_ok()));
    assert_ne!(contents(&db), before);
}

#[test]
fn a_browser_whose_owner_is_not_understood_is_a_fault() {
    let sql = empty();
    sql::exec(&sql.0, "INSERT INTO families VALUES ('f1', 's1', 'somebody', '', 1, 1, 1)", &[]).unwrap();
    assert!(sql.family("f1").is_err() && sql.family_of("s1").is_err() && sql.families_due(9).is_err());
}

// ---- the same in memory

#[derive(Clone, Debug)]
enum Step {
    Add { token: usize, family: usize, expires_at: Millis },
    Use { token: usize },
    Save { family: usize, session: usize, at: Millis },
    Rotate { token: usize, next: usize, family: usize, at: Millis },
}

fn step() -> impl Strategy<Value = Step> {
    let (name, at) = (0..ODD_TEXTS.len(), || prop_oneof![0..100_u64, SEQ_MAX - 9..=SEQ_MAX]);
    prop_oneof![
        (name.clone(), name.clone(), at()).prop_map(|(token, family, expires_at)| Step::Add {
            token,
            family,
            expires_at
        }),
        name.clone().prop_map(|token| Step::Use { token }),
        (name.clone(), name.clone(), at()).prop_map(|(family, session, at)| Step::Save { family, session, at }),
        (name.clone(), name.clone(), name, at()).prop_map(|(token, next, family, at)| Step::Rotate {
            token,
            next,
            family,
            at
        }),
    ]
}

fn carry_out(store: &mut impl FamilyStore, step: &Step) -> bool {
    let family = |id: usize, session: usize, at| Family {
        agent: ODD_TEXTS[session].to_owned(),
        used_at: at,
        expires_at: at,
        ..family_of(ODD_TEXTS[id], ODD_TEXTS[session])
    };
    let done = match *step {
        Step::Add { token, family, expires_at } => store.add_token(ODD_TEXTS[token], ODD_TEXTS[family], expires_at),
        Step::Use { token } => store.use_token(ODD_TEXTS[token]),
        Step::Save { family: id, session, at } => store.save_family(&family(id, session, at)),
        Step::Rotate { token, next, family: id, at } => {
            rotate(store, ODD_TEXTS[token], ODD_TEXTS[next], &family(id, next, at))
        }
    };
    done.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(100), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_and_memory_have_the_same_after_every_step(steps in vec(step(), 1..80)) {
        let (mut tables, mut memory) = (empty(), Memory::default());
        for step in &steps {
            prop_assert_eq!(carry_out(&mut tables, step), carry_out(&mut memory, step), "{:?}", step);
            for text in ODD_TEXTS {
                prop_assert_eq!(tables.token(text), memory.token(text));
                prop_assert_eq!(tables.family(text), memory.family(text));
            }
        }
    }

    /// The list of methods is exact, however accounts are added, removed and rehashed.
    #[test]
    fn methods_are_exactly_those_of_the_hashes(steps in vec((0..8_u8, 0..5_usize), 1..60)) {
        let sql = with(&["u_0", "u_1", "u_2", "u_3", "u_4", "u_5"]);
        let methods = ["", "argon2$", "argon2$m=1", "pbkdf2$", "ä$"];
        let mut known: Vec<Option<&str>> = vec![Some("argon2$"); 6];
        for (who, method) in steps {
            let (who, id) = (usize::from(who % 6), format!("u_{}", who % 6));
            let email = format!("{id}@x");
            if known[who].is_none() {
                let account = AccountRow { password: hashed(methods[method]), ..account(&id) };
                sql.add_account(&email, &account).unwrap();
                known[who] = Some(methods[method]);
            } else if method == 0 {
                sql.remove_account(&email).unwrap();
                known[who] = None;
            } else {
                sql.save_password(&email, &hashed(methods[method])).unwrap();
                known[who] = Some(methods[method]);
            }
            let wanted: BTreeSet<&str> = known.iter().flatten().copied().collect();
            prop_assert_eq!(sql.methods().unwrap(), wanted.into_iter().collect::<Vec<&str>>());
        }
    }
}
