//! Promises of the tables of limits per address (`core.md` 1.1, `messenger.md` 12).

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::testing::{ODD_TEXTS, cases};
use protocol::words::limits::SEQ_MAX;
use protocol::words::time::{DAY_MS, HOUR_MS};

use super::*;
use crate::kit::sql::older::{contents, older, tables};

const NOW: Millis = 100 * DAY_MS;

/// Tables and rules; a time makes them ask.
struct GateFixture {
    sql: Database,
    rules: Rules,
}

impl GateFixture {
    fn new() -> Self {
        Self::with(&[])
    }

    /// Tables under these rules, and else under those that there are.
    fn with(changed: &[(&str, &str)]) -> Self {
        let mut rules = Rules::default();
        for (name, text) in changed {
            *rules.named(name).unwrap() = Rule::parse(text).unwrap();
        }
        Self { sql: Database::new(), rules }
    }

    fn at(&self, now: Millis) -> GateSql<'_> {
        GateSql::open(self.sql.clone(), &self.rules, now).unwrap()
    }

    fn login(&self, address: &str, now: Millis) -> Millis {
        wait_of(self.at(now).login(address))
    }

    fn count(&self, address: &str, table: &str, rule: &Rule, now: Millis) -> Millis {
        wait_of(self.at(now).count(address, table, rule))
    }

    fn guess(&self, address: &str, is_wrong: bool, now: Millis) -> Millis {
        let call = GuessCall { address_hash: address.to_owned(), is_wrong };
        wait_of(self.at(now).guess(&call, "guesses", &self.rules.guess))
    }

    fn type_demo_code(&self, address: &str, is_wrong: bool, now: Millis) -> Millis {
        let call = GuessCall { address_hash: address.to_owned(), is_wrong };
        wait_of(self.at(now).guess(&call, "demo_looks", &self.rules.demo_code))
    }

    fn file(&self, address: &str, bytes: u64, now: Millis) -> Millis {
        wait_of(self.at(now).file(&GuestFileCall { address_hash: address.to_owned(), bytes }))
    }

    /// `true` if the token was good.
    fn spend(&self, token: &str, is_unused: bool, now: Millis) -> bool {
        match self.at(now).spend(&SpendCall { token_hash: token.to_owned(), is_unused }) {
            Ok(is_noted) => is_noted,
            Err(CallError::Refused(Refusal::TurnstileFailed)) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    fn rows(&self, table: &str) -> u64 {
        let count = |row: &sql::SqlRow| row.number(0);
        sql::rows(&self.sql, &format!("SELECT count(*) FROM {table}"), &[], count).unwrap()[0]
    }
}

/// The time to wait that a refusal names; 0 where nothing was refused.
fn wait_of(answer: Result<bool, CallError>) -> Millis {
    match answer {
        Ok(_) => 0,
        Err(CallError::Refused(Refusal::RateLimited { retry_after_ms })) => retry_after_ms,
        Err(error) => panic!("{error:?}"),
    }
}

// ---- sign-ins

#[test]
fn a_burst_of_sign_ins_closes_the_door_to_an_address_for_a_minute() {
    let stage = GateFixture::new();
    let waits: Vec<Millis> = (0..6).map(|n| stage.login("a", NOW + n)).collect();
    assert_eq!(waits, [0, 0, 0, 0, 0, LOGIN_BLOCK_MS]);
    // Whatever is tried meanwhile makes it no longer.
    assert_eq!(stage.login("a", NOW + 10_005), LOGIN_BLOCK_MS - 10_000);
    assert_eq!(stage.login("a", NOW + 5 + LOGIN_BLOCK_MS - 1), 1);
    assert_eq!(stage.login("a", NOW + 5 + LOGIN_BLOCK_MS), 0);
}

#[test]
fn who_is_steady_and_too_fast_waits_until_there_is_room_and_is_not_closed_out() {
    let stage = GateFixture::new();
    let waits: Vec<Millis> = (0..11).map(|n| stage.login("a", NOW + n * 3_000)).collect();
    assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30_000]);
    assert_eq!(stage.rows("blocks"), 0);
    assert_eq!(stage.login("a", NOW + 60_000), 0);
}

#[test]
fn a_closed_door_is_closed_to_one_address() {
    let stage = GateFixture::new();
    let mut addresses = ODD_TEXTS.to_vec();
    addresses.extend(["a", "A", "a "]);
    for n in 0..6 {
        stage.login("a", NOW + n);
    }
    for address in addresses.into_iter().filter(|address| *address != "a") {
        assert_eq!(stage.login(address, NOW + 6), 0, "{address:?}");
    }
}

#[test]
fn without_a_rule_everybody_signs_in_and_nothing_is_noted() {
    let stage = GateFixture::with(&[("LOGIN", "0")]);
    assert!((0..50).all(|_| matches!(stage.at(NOW).login("a"), Ok(false))));
    assert_eq!(stage.rows("attempts"), 0);
}

#[test]
fn where_the_first_window_is_the_longest_a_full_one_is_a_burst() {
    let stage = GateFixture::with(&[("LOGIN", "2/60,3/3600")]);
    assert_eq!([0, 1, 2].map(|n| stage.login("a", NOW + n)), [0, 0, LOGIN_BLOCK_MS]);
    let later = NOW + 2 * LOGIN_BLOCK_MS;
    assert_eq!([0, 1].map(|n| stage.login("a", later + n)), [0, HOUR_MS - 2 * LOGIN_BLOCK_MS - 1], "no burst");
}

// ---- what is counted

#[test]
fn what_is_counted_fits_until_its_rule_is_full_and_again_when_the_first_is_old() {
    let stage = GateFixture::new();
    let rules = Rules::default();
    for (table, rule, count, ms) in [
        ("sign_ups", &rules.register, 5, HOUR_MS),
        ("tries", &rules.register_try, 60, HOUR_MS),
        ("invited", &rules.invited, 200, HOUR_MS),
        ("by_code", &rules.code, 60, HOUR_MS),
        ("mails", &rules.mail, 10, 600_000),
        ("account_changes", &rules.account, 10, HOUR_MS),
        ("demo_rooms", &rules.demo_room, 10, HOUR_MS),
        ("webhook_calls", &rules.webhook_host, 120, 60_000),
    ] {
        let waits: Vec<Millis> = (0..=count).map(|n| stage.count("a", table, rule, NOW + n)).collect();
        assert_eq!(waits.iter().filter(|wait| **wait == 0).count() as u64, count, "{table}");
        assert_eq!(waits.last(), Some(&(ms - count)), "{table}");
        assert_eq!(stage.count("b", table, rule, NOW + count), 0, "{table}: of another address");
        assert_eq!(stage.count("a", table, rule, NOW + ms), 0, "{table}");
        assert_eq!(stage.count("a", table, rule, NOW + ms), 1, "{table}");
    }
}

#[test]
fn offers_of_passkeys_take_nothing_from_sign_ins() {
    let (stage, rule) = (GateFixture::new(), Rules::default().rest);
    let taken = (0..=120).filter(|n| stage.count("offer a", "attempts", &rule, NOW + n) == 0).count();
    assert_eq!((taken, stage.login("a", NOW + 120)), (120, 0));
}

/// The gate counts each of these by a key of its own.
#[test]
fn an_account_has_a_share_of_the_calls_to_a_host() {
    let (stage, rules) = (GateFixture::new(), Rules::default());
    let calls =
        |key: &str, rule: &Rule| (0..=120).filter(|n| stage.count(key, "webhook_calls", rule, NOW + n) == 0).count();
    assert_eq!(calls("share a host", &rules.webhook_share), 30);
    assert_eq!(calls("share b host", &rules.webhook_share), 30, "another account has its own");
    assert_eq!(calls("host", &rules.webhook_host), 120, "as many as four accounts have");
    assert_eq!(calls("preview host", &rules.link_host), 120, "previews take nothing from webhooks");
}

#[test]
fn a_hall_full_of_people_comes_into_demo_rooms_and_no_more() {
    let (stage, rule) = (GateFixture::new(), Rules::default().demo_join);
    assert!((0..200).all(|n| stage.count("a", "demo_joins", &rule, NOW + n) == 0));
    let wait = stage.count("a", "demo_joins", &rule, NOW + 200);
    assert!(wait > 0 && wait <= 600_000, "{wait}");
    assert_eq!(stage.count("a", "demo_joins", &rule, NOW + 200 + wait), 0);
}

#[test]
fn what_is_refused_is_not_counted() {
    let (stage, rule) = (GateFixture::new(), Rules::default().register);
    for n in 0..100 {
        stage.count("a", "sign_ups", &rule, NOW + n);
    }
    assert_eq!(stage.rows("sign_ups"), 5);
}

#[test]
fn a_try_that_becomes_an_account_is_none_and_refused_ones_end_all_tries_of_the_address() {
    let (stage, rule) = (GateFixture::new(), Rules::default().register_try);
    let try_at = |n: Millis| stage.count("a", "tries", &rule, NOW + n);
    let take_back = |address: &str| stage.at(NOW).take_try_back(address).unwrap();
    for n in 0..70 {
        assert_eq!((try_at(n), take_back("a")), (0, false), "a class behind one router");
    }
    assert!((70..130).all(|n| try_at(n) == 0), "nothing is left of those that were made");
    assert_eq!(try_at(130), HOUR_MS - 60);
    take_back("b");
    assert_eq!(stage.rows("tries"), 60);
    for n in [200, 300] {
        stage.count("c", "tries", &rule, NOW + n);
    }
    take_back("c");
    let left = sql::rows(&stage.sql, "SELECT at FROM tries WHERE address = 'c'", &[], |row| row.number(0));
    assert_eq!(left, Ok(vec![NOW + 200]), "the newest try has become the account");
}

#[test]
fn each_rule_counts_its_own() {
    let (stage, rules) = (GateFixture::new(), Rules::default());
    for n in 0..6 {
        stage.count("a", "sign_ups", &rules.register, NOW + n);
        stage.guess("a", true, NOW + n);
    }
    assert_eq!(stage.count("a", "demo_rooms", &rules.demo_room, NOW + 6), 0);
    assert_eq!(stage.count("a", "demo_joins", &rules.demo_join, NOW + 6), 0);
    assert_eq!((stage.login("a", NOW + 6), stage.file("a", 1, NOW + 6)), (0, 0));
    let guess_call = GuessCall { address_hash: "a".to_owned(), is_wrong: true };
    assert_eq!(wait_of(stage.at(NOW + 6).guess(&guess_call, "looks", &rules.invite)), 0);
}

#[test]
fn counts_are_there_after_a_sleep() {
    let stage = GateFixture::new();
    for n in 0..5 {
        stage.count("a", "sign_ups", &stage.rules.register, NOW + n);
    }
    let woken = GateFixture { sql: stage.sql.clone(), rules: Rules::default() };
    assert_eq!(woken.count("a", "sign_ups", &woken.rules.register, NOW + 5), HOUR_MS - 5);
}

// ---- guesses

#[test]
fn a_class_that_mistypes_codes_of_a_demo_room_comes_by_the_right_one_and_a_guesser_waits() {
    let stage = GateFixture::new();
    // Whatever it guesses of invites.
    for n in 0..20 {
        let call = GuessCall { address_hash: "a".to_owned(), is_wrong: true };
        assert_eq!(wait_of(stage.at(NOW + n).guess(&call, "looks", &stage.rules.invite)), 0);
    }
    assert!((0..40).all(|n| stage.type_demo_code("a", true, NOW + n) == 0));
    assert!((40..80).all(|n| stage.type_demo_code("a", false, NOW + n) == 0));
    assert!((80..100).all(|n| stage.type_demo_code("a", true, NOW + n) == 0));
    assert_eq!([true, false].map(|is_wrong| stage.type_demo_code("a", is_wrong, NOW + 100)), [60_000 - 100; 2]);
    assert_eq!(stage.type_demo_code("b", false, NOW + 100), 0, "of another address");
}

#[test]
fn after_five_wrong_secrets_nobody_from_there_is_heard_for_a_while_not_even_with_the_right_one() {
    let stage = GateFixture::new();
    assert_eq!([0, 1, 2, 3, 4].map(|n| stage.guess("a", true, NOW + n)), [0; 5]);
    assert_eq!([true, false].map(|is_wrong| stage.guess("a", is_wrong, NOW + 5)), [59_995; 2]);
    assert_eq!(stage.guess("b", false, NOW + 5), 0);
    assert_eq!(stage.guess("a", false, NOW + 60_000), 0);
}

#[test]
fn what_was_right_is_not_noted() {
    let stage = GateFixture::new();
    assert!((0..50).all(|n| stage.guess("a", false, NOW + n) == 0));
    assert_eq!(stage.rows("guesses"), 0);
}

#[test]
fn codes_that_are_nobodys_are_counted_apart_from_secrets() {
    let (stage, rule) = (GateFixture::new(), Rules::default().invite);
    let guess_call = |n| {
        let call = GuessCall { address_hash: "a".to_owned(), is_wrong: true };
        wait_of(stage.at(NOW + n).guess(&call, "looks", &rule))
    };
    assert_eq!((0..21).map(guess_call).collect::<Vec<Millis>>()[19..], [0, 59_980]);
    assert_eq!((stage.guess("a", true, NOW + 21), stage.rows("looks")), (0, 20));
}

// ---- files of guests

#[test]
fn files_of_an_address_are_counted_by_minute_and_by_day() {
    let stage = GateFixture::with(&[("GUEST_FILE", "2/60,3/86400")]);
    assert_eq!([0, 1, 2].map(|n| stage.file("a", 1, NOW + n)), [0, 0, 59_998]);
    assert_eq!([60_000, 120_000].map(|n| stage.file("a", 1, NOW + n)), [0, DAY_MS - 120_000]);
    assert_eq!((stage.file("b", 1, NOW), stage.file("a", 1, NOW + DAY_MS)), (0, 0));
}

#[test]
fn files_of_an_address_have_so_many_bytes_in_a_day_and_no_more() {
    let stage = GateFixture::new();
    let half = GUEST_FILES_DAY_BYTES_MAX / 2;
    assert_eq!([half, half - 1].map(|bytes| stage.file("a", bytes, NOW)), [0, 0]);
    assert_eq!(stage.file("a", 2, NOW + 1), DAY_MS - 1);
    assert_eq!(stage.file("a", 1, NOW + 1), 0, "to the byte");
    assert_eq!((stage.file("a", 0, NOW + 2), stage.file("b", half, NOW + 2)), (0, 0));
    assert_eq!(stage.file("a", half, NOW + DAY_MS), 0);
}

#[test]
fn a_file_that_is_larger_than_a_day_has_bytes_never_fits() {
    let stage = GateFixture::new();
    for bytes in [GUEST_FILES_DAY_BYTES_MAX + 1, SEQ_MAX] {
        assert_eq!(stage.file("a", bytes, NOW), DAY_MS);
    }
    assert_eq!(stage.rows("guest_files"), 0);
}

#[test]
fn bytes_are_counted_by_the_day_whatever_files_are_counted_by() {
    for rule in ["0", "60/60", "600/259200"] {
        let stage = GateFixture::with(&[("GUEST_FILE", rule)]);
        assert_eq!(stage.file("a", GUEST_FILES_DAY_BYTES_MAX, NOW), 0, "{rule}");
        assert_eq!(stage.file("a", 1, NOW + HOUR_MS), DAY_MS - HOUR_MS, "{rule}");
        assert_eq!(stage.file("a", 1, NOW + DAY_MS - 1), 1, "{rule}");
        assert_eq!(stage.file("a", GUEST_FILES_DAY_BYTES_MAX, NOW + DAY_MS), 0, "{rule}");
    }
}

// ---- tokens

#[test]
fn a_token_is_good_once() {
    let stage = GateFixture::new();
    assert_eq!([0, 0, 1].map(|n| stage.spend("t", false, NOW + n)), [true, false, false]);
    for other in ODD_TEXTS {
        assert!(stage.spend(other, false, NOW), "{other:?} is another one");
    }
}

#[test]
fn a_token_that_nobody_could_be_asked_about_is_good_again() {
    let stage = GateFixture::new();
    assert!(!stage.spend("t", true, NOW), "nothing is noted");
    for n in 0..3 {
        assert!(stage.spend("t", false, NOW + n));
        stage.spend("other", true, NOW + n);
        assert!(!stage.spend("t", false, NOW + n));
        stage.spend("t", true, NOW + n);
    }
}

#[test]
fn a_token_is_remembered_for_as_long_as_it_lives() {
    let stage = GateFixture::new();
    stage.spend("t", false, NOW);
    assert!(!stage.spend("t", false, NOW + TURNSTILE_TOKEN_MS - 1));
    stage.at(NOW + TURNSTILE_TOKEN_MS).forget().unwrap();
    assert_eq!(stage.rows("spent"), 0);
}

// ---- forgetting

/// One row in each table, and all that was refused.
fn full() -> GateFixture {
    let stage = GateFixture::new();
    for _ in 0..6 {
        stage.login("a", NOW);
    }
    let rules = Rules::default();
    for (table, rule) in [
        ("sign_ups", &rules.register),
        ("tries", &rules.register_try),
        ("invited", &rules.invited),
        ("by_code", &rules.code),
        ("mails", &rules.mail),
        ("account_changes", &rules.account),
        ("demo_rooms", &rules.demo_room),
        ("demo_joins", &rules.demo_join),
        ("webhook_calls", &rules.webhook_host),
    ] {
        stage.count("a", table, rule, NOW);
    }
    for (table, rule) in [("guesses", &rules.guess), ("looks", &rules.invite), ("demo_looks", &rules.demo_code)] {
        let call = GuessCall { address_hash: "a".to_owned(), is_wrong: true };
        stage.at(NOW).guess(&call, table, rule).unwrap();
    }
    stage.file("a", 1, NOW);
    stage.spend("t", false, NOW);
    stage
}

#[test]
fn every_table_is_forgotten_when_its_windows_are_over_and_not_before() {
    for (table, retention_ms) in [
        ("attempts", 60_000),
        ("blocks", LOGIN_BLOCK_MS),
        ("guesses", 60_000),
        ("looks", 60_000),
        ("demo_looks", 60_000),
        ("webhook_calls", 60_000),
        ("spent", TURNSTILE_TOKEN_MS),
        ("demo_joins", 600_000),
        ("mails", 600_000),
        ("account_changes", HOUR_MS),
        ("sign_ups", HOUR_MS),
        ("tries", HOUR_MS),
        ("invited", HOUR_MS),
        ("by_code", HOUR_MS),
        ("demo_rooms", HOUR_MS),
        ("guest_files", DAY_MS),
    ] {
        let stage = full();
        stage.at(NOW + retention_ms - 1).forget().unwrap();
        assert!(stage.rows(table) > 0, "{table}");
        stage.at(NOW + retention_ms).forget().unwrap();
        assert_eq!(stage.rows(table), 0, "{table}");
    }
}

#[test]
fn the_alarm_goes_on_as_long_as_there_is_a_row_in_any_table() {
    let stage = full();
    let tables: Vec<String> = tables(&stage.sql).into_iter().filter(|table| table != "schema").collect();
    assert_eq!(tables.len(), 16);
    for alone in &tables {
        let stage = full();
        for table in tables.iter().filter(|table| *table != alone) {
            sql::exec(&stage.sql, &format!("DELETE FROM {table}"), &[]).unwrap();
        }
        assert_eq!(stage.at(NOW).remembers(), Ok(true), "{alone}");
        sql::exec(&stage.sql, &format!("DELETE FROM {alone}"), &[]).unwrap();
        assert_eq!(stage.at(NOW).remembers(), Ok(false));
    }
}

#[test]
fn whoever_was_noted_is_cleared_away_later_and_only_then() {
    let stage = GateFixture::new();
    let guess = |is_wrong| GuessCall { address_hash: "a".to_owned(), is_wrong };
    let noted = |answer: Result<bool, CallError>| answer.unwrap();
    assert!(noted(stage.at(NOW).login("a")) && noted(stage.at(NOW).count("a", "sign_ups", &stage.rules.register)));
    assert!(noted(stage.at(NOW).file(&GuestFileCall { address_hash: "a".to_owned(), bytes: 1 })));
    let guesses =
        [true, false].map(|is_wrong| noted(stage.at(NOW).guess(&guess(is_wrong), "guesses", &stage.rules.guess)));
    let spent =
        [false, true].map(|is_unused| noted(stage.at(NOW).spend(&SpendCall { token_hash: "t".to_owned(), is_unused })));
    assert_eq!((guesses, spent), ([true, false], [true, false]));
}

#[test]
fn the_largest_times_are_kept() {
    let stage = GateFixture::new();
    let now = SEQ_MAX - DAY_MS;
    assert_eq!((stage.login("a", now), stage.file("a", 1, now), stage.spend("t", false, now)), (0, 0, true));
    assert_eq!(stage.rows("attempts"), 1);
    assert!(!stage.spend("t", false, now + 1));
}

// ---- laws

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whenever and from wherever it is tried.
    #[test]
    fn no_window_of_an_address_ever_has_more_sign_ins_than_it_may(tries in vec((0..2_usize, 0..4_000_u64), 1..120)) {
        let (stage, mut now, mut let_in) = (GateFixture::new(), NOW, [Vec::new(), Vec::new()]);
        for (address, pause_ms) in tries {
            now += pause_ms;
            if stage.login(ODD_TEXTS[address], now) == 0 {
                let_in[address].push(now);
            }
        }
        for (window, times) in stage.rules.login.0.iter().flat_map(|window| let_in.iter().map(move |times| (window, times))) {
            for (n, time) in times.iter().enumerate() {
                let inside = times[..=n].iter().filter(|earlier| **earlier + window.ms > *time).count();
                prop_assert!(inside <= window.count as usize);
            }
        }
    }

    /// A file is let in exactly when it fits.
    #[test]
    fn no_day_of_an_address_ever_has_more_bytes_than_it_may(files in vec((0..GUEST_FILES_DAY_BYTES_MAX, 0..DAY_MS / 2), 1..40)) {
        let (stage, mut now, mut retained) = (GateFixture::with(&[("GUEST_FILE", "0")]), NOW, Vec::<(Millis, u64)>::new());
        for (bytes, pause_ms) in files {
            now += pause_ms;
            retained.retain(|(at, _)| at + DAY_MS > now);
            let fits = retained.iter().map(|(_, bytes)| bytes).sum::<u64>() + bytes <= GUEST_FILES_DAY_BYTES_MAX;
            prop_assert_eq!(stage.file("a", bytes, now) == 0, fits);
            if fits {
                retained.push((now, bytes));
            }
        }
    }
}

// ---- earlier versions

const INSERTS: &[(&str, &str)] = &[
    ("attempts", "INSERT INTO attempts VALUES ('a', 8639999999)"),
    ("blocks", "INSERT INTO blocks VALUES ('b', 8640000009)"),
    ("spent", "INSERT INTO spent VALUES ('t', 8640000009)"),
    ("sign_ups", "INSERT INTO sign_ups SELECT 'a', 8639999999 FROM (VALUES (1), (2), (3), (4), (5))"),
    ("guesses", "INSERT INTO guesses SELECT 'a', 8639999999 FROM (VALUES (1), (2), (3), (4), (5))"),
    ("looks", "INSERT INTO looks VALUES ('a', 8639999999)"),
    ("demo_rooms", "INSERT INTO demo_rooms VALUES ('a', 8639999999)"),
    ("demo_joins", "INSERT INTO demo_joins VALUES ('a', 8639999999)"),
    ("guest_files", "INSERT INTO guest_files VALUES ('a', 8639999999, 2000000000)"),
    ("mails", "INSERT INTO mails VALUES ('a', 8639999999)"),
    ("account_changes", "INSERT INTO account_changes VALUES ('a', 8639999999)"),
    ("invited", "INSERT INTO invited VALUES ('a', 8639999999)"),
    ("by_code", "INSERT INTO by_code VALUES ('a', 8639999999)"),
    ("webhook_calls", "INSERT INTO webhook_calls VALUES ('a', 8639999999)"),
    ("demo_looks", "INSERT INTO demo_looks VALUES ('a', 8639999999)"),
    ("tries", "INSERT INTO tries VALUES ('a', 8639999999)"),
];

#[test]
fn a_gate_of_every_earlier_version_knows_whom_it_closed_out() {
    for version in 1..=STEPS.len() {
        let stage = GateFixture { sql: older(&STEPS[..version], INSERTS), rules: Rules::default() };
        let known = tables(&stage.sql);
        let is_closed = |table: &str| known.iter().any(|known| known == table);
        assert_eq!((stage.login("b", NOW), stage.spend("t", false, NOW)), (9, false), "{version}");
        assert_eq!(stage.count("a", "sign_ups", &stage.rules.register, NOW) > 0, is_closed("sign_ups"), "{version}");
        assert_eq!(stage.guess("a", false, NOW) > 0, is_closed("guesses"), "{version}");
        assert_eq!(stage.file("a", 1, NOW) > 0, is_closed("guest_files"), "{version}");
        assert_eq!(stage.count("b", "demo_rooms", &stage.rules.demo_room, NOW), 0, "{version}");
        assert_eq!(stage.count("b", "demo_joins", &stage.rules.demo_join, NOW), 0, "{version}");
    }
}

#[test]
fn another_wake_changes_nothing() {
    for version in 1..=STEPS.len() {
        let stage = GateFixture { sql: older(&STEPS[..version], INSERTS), rules: Rules::default() };
        stage.at(NOW);
        let before = contents(&stage.sql);
        stage.at(NOW);
        assert_eq!(contents(&stage.sql), before);
    }
}

#[test]
fn a_clock_that_is_set_back_blocks_no_address_for_longer_than_its_window() {
    let (gate, ahead) = (GateFixture::new(), NOW + HOUR_MS);
    let bytes = protocol::words::limits::GUEST_FILES_DAY_BYTES_MAX;
    let register = gate.rules.register.clone();
    while gate.login("a", ahead) == 0 || gate.count("a", "sign_ups", &register, ahead) == 0 {}
    while gate.guess("a", true, ahead) == 0 || gate.file("a", bytes / 2, ahead) == 0 {}
    assert!(gate.login("a", ahead + 30_000) > 0, "a burst blocks for a minute");
    assert_eq!([gate.login("a", NOW), gate.count("a", "sign_ups", &register, NOW)], [0, 0]);
    assert_eq!([gate.guess("a", false, NOW), gate.file("a", bytes / 2, NOW)], [0, 0]);
}
