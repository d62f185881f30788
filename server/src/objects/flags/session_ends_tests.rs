//! Tests of pending ends of sessions (`moderation.md` 3).

use super::super::tables::FlagsSql;
use super::*;
use crate::kit::alarm::{bring_forward, forgotten_tables};

const NOW: Millis = 1_795_000_000_000;

fn tables() -> Database {
    FlagsSql::open(Database::new()).unwrap().0
}

/// Stores a ban and its pending end of sessions, as the step of the act does.
fn ban(sql: &Database, user: &str, act: &str, until: Millis) {
    exec(sql, "DELETE FROM bans WHERE subject = ?", &[user.into()]).unwrap();
    let values = [user.into(), until.into(), act.into()];
    exec(sql, "INSERT INTO bans VALUES (?, ?, ?, 'Spam.')", &values).unwrap();
    owe(sql, user, act, NOW).unwrap();
}

fn due_acts(sql: &Database, now: Millis) -> Vec<String> {
    due(sql, now).unwrap().into_iter().map(|owed| owed.act).collect()
}

#[test]
fn a_ban_owes_the_end_of_the_sessions_until_it_is_done() {
    let sql = tables();
    assert_eq!((due_at(&sql), find(&sql, "u_1")), (Ok(None), Ok(None)));
    ban(&sql, "u_1", "a", 0);
    let owed = OwedEnd { user: "u_1".to_owned(), act: "a".to_owned(), tries: 0 };
    assert_eq!(find(&sql, "u_1"), Ok(Some(owed.clone())), "its own request finds it at once");
    assert_eq!((due(&sql, NOW), due_at(&sql)), (Ok(vec![]), Ok(Some(NOW + ENDING_MS))));
    assert_eq!(due(&sql, NOW + ENDING_MS), Ok(vec![owed.clone()]), "the alarm repeats it");
    for tries in 1..4_u32 {
        let again_at = NOW + 60_000 * u64::from(tries);
        delay(&sql, &owed, again_at).unwrap();
        assert_eq!((due(&sql, again_at - 1), due_at(&sql)), (Ok(vec![]), Ok(Some(again_at))));
        assert_eq!(due(&sql, again_at), Ok(vec![OwedEnd { tries, ..owed.clone() }]));
    }
    remove(&sql, &owed).unwrap();
    assert_eq!((due_at(&sql), find(&sql, "u_1")), (Ok(None), Ok(None)));
}

#[test]
fn a_newer_ban_owes_the_end_anew_whatever_becomes_of_the_older_one() {
    let sql = tables();
    ban(&sql, "u_1", "a", 0);
    let older = find(&sql, "u_1").unwrap().unwrap();
    ban(&sql, "u_1", "b", 0);
    remove(&sql, &older).unwrap();
    delay(&sql, &older, NOW + 60_000).unwrap();
    assert_eq!(due_acts(&sql, NOW + ENDING_MS), ["b"]);
}

#[test]
fn nothing_is_owed_once_the_ban_is_over() {
    let sql = tables();
    ban(&sql, "u_1", "a", NOW + 5_000);
    ban(&sql, "u_2", "b", 0);
    ban(&sql, "u_3", "c", NOW + 5_001);
    exec(&sql, "DELETE FROM bans WHERE act = 'b'", &[]).unwrap();
    assert_eq!(due_acts(&sql, NOW + 5_000), ["c"]);
    assert_eq!((find(&sql, "u_1"), find(&sql, "u_2")), (Ok(None), Ok(None)));
}

#[test]
fn every_table_of_work_is_brought_forward_after_a_step_back() {
    let sql = tables();
    assert_eq!(forgotten_tables(&sql, RETRIES), [""; 0]);
    ban(&sql, "u_1", "a", 0);
    bring_forward(&sql, RETRIES, NOW - 1_000).unwrap();
    assert_eq!((due_acts(&sql, NOW - 1_000), due_at(&sql)), (vec!["a".to_owned()], Ok(Some(NOW - 1_000))));
}
