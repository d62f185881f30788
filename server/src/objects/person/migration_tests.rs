//! Promises of the steps that bring a person's tables up to date (`docs/deploy.md`): the data of every earlier version reads the same.

use protocol::machines::push::Level;
use protocol::people::session::hash_hex;
use protocol::words::limits::SEQ_MAX;
use protocol::words::principal::UserKind;
use protocol::words::status::Status;

use super::belongings::{drafts, emoticons, files, home};
use super::people::invites;
use super::schema::STEPS;
use super::tables::{Fact, ListenerKind, PersonSql, leaving_tables, push_tables};
use super::tests::{DIRECT, GROUP, ROWS, opened};
use crate::kit::sql::older::{contents, older, tables};
use crate::kit::sql::{Database, exec, has_tables, migrate, rows};

/// Digests of the steps that were ever released, in their order. Another version of the Worker has run them: none may change.
const RELEASED: [&str; 23] = [
    "175577bf7210",
    "0da407afccfd",
    "377b8b446748",
    "1d8f686657df",
    "35e8c1bf08c8",
    "b34abfe85160",
    "967ce4e5c149",
    "86871bfcc2cd",
    "26bb60133bce",
    "4c064d9bacf2",
    "b62df6509df7",
    "24e510125a36",
    "5bcd4874de2a",
    "f2929877aab2",
    "a7afc038b893",
    "718cef226672",
    "9e558135f1ad",
    "eccf8cfcc0cd",
    "ef26c262d49c",
    "0cdca885d2fe",
    "f3267b1574a3",
    "fb80340b8e54",
    "9428ce4d0775",
];

/// A database made by the first `steps` steps, with the rows that such an object could have.
fn made_by(steps: usize) -> Database {
    older(STEPS.get(..steps).unwrap(), ROWS)
}

#[test]
fn no_step_that_was_released_has_changed() {
    let digests: Vec<String> = STEPS.iter().map(|step| hash_hex(&step.join("\n"))[..12].to_owned()).collect();
    assert_eq!(digests.get(..RELEASED.len()).unwrap(), RELEASED);
}

#[test]
fn a_database_of_any_version_has_the_same_rows_as_if_they_were_written_now() {
    for steps in 1..=STEPS.len() {
        let (older, newest) = (made_by(steps), opened(&Database::new(), ""));
        let known = tables(&older);
        for (_, row) in ROWS.iter().filter(|(table, _)| known.iter().any(|known| known == table)) {
            exec(&newest.0, row, &[]).unwrap();
        }
        assert_eq!(contents(&opened(&older, "").0), contents(&newest.0), "after {steps} steps");
    }
}

#[test]
fn a_database_of_any_version_has_the_same_tables_and_indexes_as_a_new_one() {
    let plan = |sql: &Database| {
        let query = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY name";
        rows(sql, query, &[], |row| row.text(0)).unwrap()
    };
    let newest = plan(&opened(&Database::new(), "").0);
    for steps in 0..=STEPS.len() {
        assert_eq!(plan(&opened(&made_by(steps), "").0), newest, "after {steps} steps");
    }
}

#[test]
fn of_any_version_the_person_and_what_waits_for_them_read_the_same() {
    for steps in 1..=STEPS.len() {
        let sql = opened(&made_by(steps), "");
        let record = sql.record().unwrap().unwrap();
        assert_eq!(
            (record.kind, record.message.as_str(), record.choice),
            (UserKind::User, "from long ago 🐈", Status::Busy)
        );
        assert_eq!((record.version, record.privacy, record.shown.since), (SEQ_MAX, 0, 7));
        assert_eq!(sql.fact(Fact::VisibleFrom), Ok(SEQ_MAX));
        assert_eq!(sql.sessions(), Ok(vec![("0abc".to_owned(), 5)]));
        assert_eq!(sql.connections_watching("u_bo"), Ok(vec!["device".to_owned()]));
        let seen = sql.seen("u_bo").unwrap().unwrap();
        assert_eq!((seen.version, seen.visible.personal_message.as_str()), (3, "שלום"));
        let behind = sql.behind(ListenerKind::Watcher, 2, 2).unwrap();
        assert_eq!(behind.iter().map(|one| (one.name.as_str(), one.tries)).collect::<Vec<_>>(), [("u_bo", 3)]);
        assert_eq!(sql.directs().unwrap().into_iter().map(|row| row.room).collect::<Vec<_>>(), [DIRECT]);
        let inbox = sql.inbox().unwrap();
        assert_eq!(inbox.iter().map(|row| (row.room.as_str(), row.to_seq)).collect::<Vec<_>>(), [(DIRECT, SEQ_MAX)]);
        assert_eq!(inbox[0].last, "{\"id\":\"m\",\"content\":\"it waits\"}");
        assert_eq!(push_tables::mark(&sql.0, DIRECT), Ok(12));
    }
}

#[test]
fn a_wish_of_the_first_version_is_one_that_a_device_asked_for() {
    let sql = opened(&made_by(1), "");
    sql.forget_contact_wishes("u_bo").unwrap();
    assert_eq!(sql.connections_watching("u_bo"), Ok(vec!["device".to_owned()]));
    sql.set_wishes("device", &[]).unwrap();
    assert_eq!(sql.connections_watching("u_bo"), Ok(Vec::new()));
}

#[test]
fn a_conversation_of_the_first_version_is_one_that_was_seen() {
    let sql = opened(&made_by(1), "");
    assert_eq!(sql.add_direct(DIRECT, 99), Ok(false));
}

#[test]
fn blocks_and_settings_of_the_second_version_still_hold() {
    for steps in 2..=STEPS.len() {
        let sql = opened(&made_by(steps), "");
        assert_eq!(sql.blocked_ids(), Ok(vec![("u_eve".to_owned(), 15)]));
        let (view, zone) = sql.view_of_blocked("u_eve").unwrap().unwrap();
        assert_eq!((view.personal_message.as_str(), zone.as_str()), ("then", ""));
        assert_eq!(sql.lifted_views().map(|views| views.len()), Ok(0));
        assert_eq!(sql.contact_ids(), Ok(vec!["u_bo".to_owned()]));
        let settings = sql.settings().unwrap().unwrap();
        assert!(!settings.receipts && settings.typing, "what was chosen then, and the default of what came later");
    }
}

#[test]
fn a_group_from_before_groups_could_be_private_is_not_private() {
    for steps in 3..10 {
        let sql = opened(&made_by(steps), "");
        assert_eq!(sql.group_name(GROUP), Ok(Some("Crew".to_owned())));
        assert_eq!(sql.private_groups(), Ok(Vec::new()));
    }
}

#[test]
fn belongings_of_any_version_read_the_same() {
    for steps in 1..=STEPS.len() {
        let sql = opened(&made_by(steps), "").0;
        let is_since = |step: usize| steps >= step;
        assert_eq!(files::is_there(&sql, "f1"), Ok(is_since(9)));
        assert_eq!(leaving_tables::is_leaving(&sql), Ok(is_since(13)));
        assert_eq!(invites::due_at(&sql), Ok(is_since(14).then_some(28)));
        assert_eq!(drafts::items(&sql).unwrap().len(), usize::from(is_since(15)));
        assert_eq!(emoticons::all(&sql).unwrap().len(), usize::from(is_since(16)));
        assert_eq!(home::archived(&sql).unwrap().contains("Bobby"), is_since(25));
        assert_eq!(push_tables::count(&sql), Ok(u64::from(is_since(19))));
        let waiting = push_tables::waiting(&sql, &("s1".to_owned(), DIRECT.to_owned())).unwrap();
        assert_eq!(waiting.map(|waiting| waiting.words), is_since(19).then(|| "pushed words".to_owned()));
        let level = if is_since(19) { Level::Mentions } else { Level::All };
        assert_eq!(push_tables::level(&sql, "general", 0), Ok(level));
    }
}

#[test]
fn what_waited_to_be_pushed_before_anything_was_withheld_is_sent() {
    let sql = opened(&made_by(19), "").0;
    push_tables::remove_seen(&sql, SEQ_MAX).unwrap();
    assert_eq!(push_tables::due_subscriptions(&sql, 38), Ok(vec!["s1".to_owned()]));
}

#[test]
fn to_open_a_database_again_changes_nothing() {
    for steps in 1..=STEPS.len() {
        let sql = made_by(steps);
        let once = contents(&opened(&sql, "").0);
        assert_eq!(contents(&opened(&sql, "").0), once);
    }
}

#[test]
fn a_database_says_how_many_steps_it_has_had() {
    let sql = made_by(4);
    assert_eq!(migrate(&sql, STEPS), Ok(4));
    assert_eq!(migrate(&sql, STEPS), Ok(STEPS.len()));
}

#[test]
fn an_older_version_of_the_worker_leaves_a_newer_database_as_it_is() {
    let sql = made_by(STEPS.len());
    let before = contents(&sql);
    assert_eq!(migrate(&sql, STEPS.get(..STEPS.len() - 1).unwrap()), Ok(STEPS.len()));
    assert_eq!(contents(&sql), before);
}

#[test]
fn nobody_has_tables_before_they_are_opened() {
    let sql = Database::new();
    assert_eq!((has_tables(&sql), tables(&sql)), (Ok(false), Vec::new()));
    let PersonSql(db) = opened(&sql, "");
    assert_eq!(has_tables(&db), Ok(true));
}

#[test]
fn a_statement_that_fails_in_the_middle_of_the_steps_leaves_no_trace_of_them() {
    let sql = made_by(2);
    let before = contents(&sql);
    let broken: &[&[&str]] =
        &[STEPS[0], STEPS[1], &["CREATE TABLE extra (x TEXT) STRICT", "INSERT INTO nowhere VALUES (1)"]];
    assert!(!sql.in_transaction(|| migrate(&sql, broken).is_ok()));
    assert_eq!(contents(&sql), before);
}
