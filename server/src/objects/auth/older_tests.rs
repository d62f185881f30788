//! Shards of `auth` in the state of every earlier version (`docs/deploy.md`): all migration steps keep their data.

use protocol::people::account::family::{FamilyStore, TokenStatus, look};
use protocol::words::principal::UserKind;

use super::super::account_tables::AccountsSql;
use super::super::address_move_tables::PROVED_WAYS_BACK;
use super::super::link_tables::LinksSql;
use super::super::outbox_tables::{self, MailsSql, WaitingMail};
use super::super::passkey_tables::PasskeysSql;
use super::super::session_end_tables::{AS_JOBS, NEWS_AS_JOBS, PlannedEnd, SessionEnd, WHICH_PASSKEYS};
use super::tests::{due, read, stored_of, text_of};
use super::*;
use crate::calls::passkey::PasskeysEnd;
use crate::kit::jobs::all;
use crate::kit::sql::older::{contents, older, tables};
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, AuditEntry};

const WHO: &str =
    r#"{"user":"user_1","kind":"user","session":"s1","name":"Mia","avatar":"🦊","visible_from":3,"expires_at":1}"#;

/// A row in each table, as the first version that had the table wrote it; `WHO` stands for a principal.
const INSERTS: &[(&str, &str)] = &[
    (
        "sessions",
        "INSERT INTO sessions (id, hash, principal, csrf, agent, created_at, slid_at, expires_at, active_at, cached_at, warn_at) \
         VALUES ('s1', 'h1', 'WHO', 'csrf', 'Firefox', 1000, 2000, 5000, 3000, 4000, 4500)",
    ),
    ("sockets", "INSERT INTO sockets VALUES ('s1', 'rm:general')"),
    ("tickets", "INSERT INTO tickets VALUES ('t1', 's1', 5000)"),
    (
        "news",
        "INSERT INTO news VALUES (7, 's0', 'me:user_1', '{\"Ended\":{\"code\":4401,\"reason\":\"logout\"}}', 1000, 2)",
    ),
    (
        "accounts",
        "INSERT INTO accounts (email, user, name, password, created_at) VALUES ('a@x', 'u_1', 'Mia', 'old', 1000)",
    ),
    ("failures", "INSERT INTO failures (id, email, at) VALUES (3, 'a@x', 1000)"),
    ("families", "INSERT INTO families VALUES ('f1', 's1', 'WHO', 'Firefox', 1000, 2000, 5000)"),
    ("refresh_tokens", "INSERT INTO refresh_tokens VALUES ('r1', 'f1', 1, 5000), ('r2', 'f1', 0, 5000)"),
    (
        "audit",
        "INSERT INTO audit (place, ts, actor, action, target, address, request, result) \
         VALUES (4, 1000, 'user_1', 'login', 's1', 'net', 'r', 'ok')",
    ),
    ("calls", "INSERT INTO calls VALUES ('s1', '1,2')"),
    ("passkey_challenges", "INSERT INTO passkey_challenges VALUES ('c1', 'u_1', 5000)"),
    (
        "passkeys",
        "INSERT INTO passkeys (user, id, x, y, counter, name, created_at) VALUES ('u_1', 'p1', 'x', 'y', 5, 'key', 1000)",
    ),
    (
        "mails",
        "INSERT INTO mails (id, recipient, subject, text, html, written_at, due_at, tries) \
         VALUES ('m1', 'a@x', 'subject', 'text', 'html', 1000, 2000, 3)",
    ),
    (
        "kept_mails",
        "INSERT INTO kept_mails (id, recipient, subject, text, html, at) VALUES ('m0', 'a@x', 'subject', 'text', 'html', 1000)",
    ),
    ("links", "INSERT INTO links VALUES ('l1', 'reset', 'a@x', 'u_1', '', 5000)"),
    (
        "session_ends",
        "INSERT INTO session_ends (id, user, keep, reason, at, due_at, tries) \
         VALUES (2, 'u_1', 's1', 'password', 1000, 3000, 1)",
    ),
    ("caused_mails", "INSERT INTO caused_mails VALUES ('a@x', 'reset', 1000)"),
];

/// Returns shards in the state of every version after migration, with the tables that the version had.
fn slept() -> impl Iterator<Item = (usize, Database, Vec<String>)> {
    let inserts: Vec<(&str, String)> =
        INSERTS.iter().map(|(table, insert)| (*table, insert.replace("WHO", WHO))).collect();
    (1..=STEPS.len()).map(move |version| {
        let inserts: Vec<(&str, &str)> = inserts.iter().map(|(table, insert)| (*table, insert.as_str())).collect();
        let sql = older(&STEPS[..version], &inserts);
        let known = tables(&sql);
        AuthSql::open(sql.clone()).unwrap();
        (version, sql, known)
    })
}

#[test]
fn a_session_of_every_earlier_version_goes_on_and_can_be_ended() {
    for (version, sql, _) in slept() {
        let sql = AuthSql(sql);
        let mut wanted = stored_of("s1");
        wanted.hash = "h1".to_owned();
        wanted.principal.kind = UserKind::User;
        wanted.warn_at = Some(4_500);
        // Without a stored card the session has the one of its principal.
        wanted.card.version = 0;
        let wanted = text_of(wanted);
        assert_eq!(
            (text_of(sql.by_hash("h1").unwrap()), text_of(sql.by_id("s1").unwrap())),
            (wanted.clone(), wanted),
            "{version}"
        );
        assert!(sql.check_fresh("s1", 0).is_err(), "it proved nothing");
        assert_eq!(sql.take_ticket("t1", 4_000), Ok(Some("s1".to_owned())));
        assert_eq!(due(&sql, 4_500)[1].len(), 1);
        sql.remove("s1").unwrap();
        assert_eq!(text_of(sql.by_id("s1").unwrap()), "None");
    }
}

#[test]
fn a_new_session_is_stored_in_a_shard_of_every_earlier_version() {
    for (version, sql, _) in slept() {
        let sql = AuthSql(sql);
        let stored = StoredSession { library: Some(LibraryRecord::default()), ..stored_of("s2") };
        sql.insert(&stored, Some(7)).unwrap();
        assert_eq!(text_of(read(&sql, "s2")), text_of(stored), "{version}");
        assert!(sql.check_fresh("s2", 6).is_ok(), "{version}");
    }
}

#[test]
fn accounts_and_browsers_of_every_earlier_version_are_known() {
    for (version, sql, known) in slept().filter(|(_, _, known)| known.contains(&"accounts".to_owned())) {
        let mut accounts = AccountsSql(sql);
        let account = accounts.account("a@x").unwrap().unwrap();
        let account = (
            account.user.as_str(),
            account.name.as_str(),
            account.password.as_str(),
            account.image,
            account.created_at,
            account.verified_at,
        );
        assert_eq!(account, ("u_1", "Mia", "old", None, 1_000, None), "{version}");
        accounts.verify("a@x", 2_000).unwrap();
        assert_eq!(accounts.account("a@x").unwrap().unwrap().verified_at, Some(2_000), "{version}");
        let worths = ["r1", "r2"].map(|hash| look(&accounts, hash, 4_999).unwrap().unwrap().1);
        assert_eq!(worths, [TokenStatus::Stolen, TokenStatus::Next], "{version} with {known:?}");
        let family = accounts.family("f1").unwrap().unwrap();
        assert_eq!(accounts.family_of("s1"), Ok(Some(family.clone())));
        accounts.save_family(&family).unwrap();
        accounts.take_failure_back(3, "a@x").unwrap();
        assert_eq!(sql::rows(&accounts.0, "SELECT count(*) FROM failures", &[], |row| row.number(0)), Ok(vec![0]));
    }
}

#[test]
fn a_failure_from_before_places_were_known_still_counts() {
    for (_, sql, _) in slept().filter(|(_, _, known)| known.contains(&"failures".to_owned())) {
        let places = sql::rows(&sql, "SELECT place FROM failures WHERE email = 'a@x'", &[], |row| row.text(0));
        assert_eq!(places, Ok(vec![String::new()]));
    }
}

#[test]
fn passkeys_calls_and_acts_of_every_earlier_version_are_known() {
    for (version, sql, known) in slept() {
        let has = |table: &str| known.iter().any(|known| known == table);
        let passkeys = PasskeysSql(sql.clone());
        let all: Vec<(String, u32, bool)> = passkeys
            .all("u_1")
            .unwrap()
            .into_iter()
            .map(|passkey| (passkey.id, passkey.counter, passkey.is_stopped))
            .collect();
        assert_eq!(all, [("p1".to_owned(), 5, false)][..usize::from(has("passkeys"))], "{version}");
        assert_eq!(AuthSql(sql.clone()).calls("s1").unwrap().as_deref(), has("calls").then_some("1,2"), "{version}");
        audit_log::write(
            &sql,
            7,
            &AuditEntry { actor: "user_1", action: "logout", target: "s1", result: "ok" },
            &Trace::default(),
        )
        .unwrap();
        let unsent =
            sql::rows(&sql, "SELECT place FROM audit WHERE is_told = 0 ORDER BY place", &[], |row| row.number(0));
        assert_eq!(unsent, Ok(if has("audit") { vec![4, 5] } else { vec![1] }), "{version}");
    }
}

#[test]
fn mails_of_every_earlier_version_are_sent_and_read() {
    for (version, sql, known) in slept() {
        let count = usize::from(known.contains(&"mails".to_owned()));
        let is_waiting = count == 1 && STEPS[version..].contains(&outbox_tables::AS_JOBS);
        let waiting = all::<WaitingMail>(&sql).unwrap().into_iter().map(|(id, _)| id);
        assert_eq!(waiting.collect::<Vec<String>>(), ["m1"][..usize::from(is_waiting)], "{version}");
        let sql = MailsSql(sql);
        assert_eq!(sql.kept().unwrap().len(), count, "{version}");
    }
}

#[test]
fn links_and_planned_ends_of_every_earlier_version_are_known() {
    for (version, sql, known) in slept() {
        let has = |table: &str| known.iter().any(|known| known == table);
        assert_eq!(LinksSql(sql.clone()).find("l1", 4_999).unwrap().is_some(), has("links"), "{version}");
        // Later versions leave nothing in the tables.
        let is_planned = has("session_ends") && STEPS[version..].contains(&AS_JOBS);
        let is_told = STEPS[version..].contains(&NEWS_AS_JOBS);
        let (user, keep, reason) = ("u_1".to_owned(), Some("s1".to_owned()), "password".to_owned());
        let planned = PlannedEnd { user, keep, reason, at: 1_000, passkeys: None, made_since: None };
        let wanted = ("earlier 2".to_owned(), planned);
        assert_eq!(all(&sql), Ok(Vec::from_iter(is_planned.then_some(wanted))), "{version}");
        let news = all::<SessionEnd>(&sql).unwrap().into_iter().map(|(key, news)| format!("{key} {news:?}"));
        let told = r#"me:user_1 s0 SessionEnd { session: "s0", log: "me:user_1", what: Ended { code: 4401, reason: "logout" } }"#;
        assert_eq!(news.collect::<String>(), if is_told { told } else { "" }, "{version}");
        let times =
            sql::rows(&sql, "SELECT due_at, tries FROM jobs WHERE kind <> 'mails' ORDER BY kind DESC", &[], |row| {
                Ok((row.number(0)?, row.number(1)?))
            });
        let wanted = is_planned.then_some((3_000, 1)).into_iter().chain(is_told.then_some((1_000, 2)));
        assert_eq!(times, Ok(wanted.collect()), "{version}");
    }
}

#[test]
fn an_end_of_all_passkeys_that_was_planned_before_they_were_named_still_ends_them() {
    let named = STEPS.iter().position(|step| *step == WHICH_PASSKEYS).unwrap();
    let planned = "INSERT INTO session_ends (user, reason, at, due_at, tries, ends_passkeys) \
                   VALUES ('u_1', 'password', 1000, 3000, 1, 1), ('u_2', 'password', 1000, 3000, 1, 0)";
    let sql = older(&STEPS[..named], &[("session_ends", planned)]);
    AuthSql::open(sql.clone()).unwrap();
    let due = all::<PlannedEnd>(&sql).unwrap();
    let passkeys: Vec<Option<PasskeysEnd>> = due.into_iter().map(|(_, planned)| planned.passkeys).collect();
    assert_eq!(passkeys, [Some(PasskeysEnd::default()), None]);
}

#[test]
fn a_way_back_of_a_release_that_gave_one_to_addresses_that_nobody_had_proved_is_gone() {
    let known = STEPS.iter().position(|step| *step == PROVED_WAYS_BACK).unwrap();
    let links = r#"INSERT INTO links VALUES ('oldest', 'undo', 'a@x', 'u_1', '', 5000), ('old', 'undo', 'a@x', 'u_1', 'b@x', 5000),
                   ('proved', 'undo', 'c@x', 'u_2', '{"new":"b@x","proved":7}', 5000), ('reset', 'reset', 'a@x', 'u_1', '', 5000)"#;
    let sql = older(&STEPS[..known], &[("links", links)]);
    let links = LinksSql(sql.clone());
    assert_eq!(links.is_reserved("a@x", "u_3", 4_999), Ok(true));
    AuthSql::open(sql).unwrap();
    let stays = |hash: &str| links.find(hash, 4_999).unwrap().is_some();
    assert_eq!(["oldest", "old", "proved", "reset"].map(stays), [false, false, true, true]);
    assert_eq!(["a@x", "c@x"].map(|email| links.is_reserved(email, "u_3", 4_999)), [Ok(false), Ok(true)]);
}

#[test]
fn what_is_used_no_more_is_gone() {
    for (version, sql, _) in slept() {
        assert!(!tables(&sql).contains(&"sockets".to_owned()), "{version}");
    }
}

#[test]
fn another_wake_changes_nothing() {
    for (version, sql, _) in slept() {
        let before = contents(&sql);
        AuthSql::open(sql.clone()).unwrap();
        assert_eq!(contents(&sql), before, "{version}");
    }
}
