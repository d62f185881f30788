//! Promises of a hub room's tables beyond those of every store: steps, sealed columns, numbers of the object, indexes.

use protocol::machines::webhook::{DeadLetter, DeadLetterStore, HookStore, HookStoreOwner, OutboxRow};
use protocol::people::session::hash_hex;
use protocol::trust::sealing::is_about_keys;
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::hook_tables::free_outbox;
use crate::kit::sealed::tests::{A, B, readable, ring, sweep_all};
use crate::kit::sql::older::{contents, older};
use crate::kit::sql::{has_tables, migrate, wrote};

pub(super) const ROOM: &str = "tea 🫖";

/// The room in this database, whose words are sealed with a ring of keys.
pub fn on(sql: &Database, keys: &str) -> HubSql {
    let sql = Db::of(sql.clone(), "object", ring(keys), STEPS, WORDS).unwrap();
    HubSql { sql, room: ROOM.to_owned() }
}

mod open {
    protocol::hub_promises!(|| super::on(&super::Database::new(), ""));
}

mod sealed_with_a_key {
    protocol::hub_promises!(|| super::on(&super::Database::new(), super::A));
}

const META: HubMeta = HubMeta { epoch: 7, head: 0, oldest: 1, ts: 1_000, bytes_end: 0 };

/// A room with messages that say these words, under the ids `m1`, `m2` and so on.
fn with_words(sql: &Database, keys: &str, words: &[&str]) -> HubSql {
    let mut store = on(sql, keys);
    store.create(&META).unwrap();
    for (seq, words) in (1..).zip(words) {
        assert!(say(&mut store, seq, words).unwrap());
    }
    store
}

fn say(store: &mut HubSql, seq: u64, words: &str) -> Result<bool, Fault> {
    let body = Body::Text(words.to_owned());
    let (id, content_type) = (format!("m{seq}"), "text/plain".to_owned());
    let item = Item { seq, id, ts: 1_000 + seq, sender: Some("mia".into()), content_type, body };
    store.insert(NewMessage { item: &item, payer: "mia", bytes_end: 10 * seq, is_keyed: true })
}

fn words(store: &HubSql) -> Result<Vec<String>, Fault> {
    let items = store.read(1, SEQ_MAX, 100, u64::MAX)?;
    Ok(items.into_iter().map(|item| String::from_utf8(item.body.bytes().to_vec()).unwrap()).collect())
}

fn acts(sql: &Database) -> Vec<(String, String)> {
    rows(sql, "SELECT action, target FROM audit ORDER BY place", &[], |row| Ok((row.text(0)?, row.text(1)?))).unwrap()
}

// ---- steps

/// Rows as each version wrote them; nothing of them is sealed.
const ROWS: &[(&str, &str)] = &[
    ("room", "INSERT INTO room VALUES (1, 'tea 🫖', 7, 2, 900, 1, 5, 1001, 1, 1)"),
    (
        "messages",
        "INSERT INTO messages VALUES (1, 'm1', 'mia', 'mia', 1001, 'text/plain', 1, 1, 5, 5, x'0102', NULL), \
         (2, 'm2', '', 'a:192.0.2.0', 9007199254740991, 'a/b; c=\"ä\"', 1, 0, 7, 12, NULL, CAST('🫖 שלום' AS BLOB)), \
         (3, 'm1', 'bo', 'bo', 9007199254740991, 'image/png', 0, 1, 2, 14, NULL, x'ff00')",
    ),
    (
        "hooks",
        "INSERT INTO hooks VALUES ('h', 'https://example.org', 's', 'r', 5, 1, 0, 3), ('i', 'log:', 't', NULL, NULL, 0, 1, 0)",
    ),
    ("outbox", "INSERT INTO outbox VALUES ('h', 2, 60, 1, 70), ('i', 3, 50, 0, 0)"),
    ("dead", "INSERT INTO dead VALUES ('h', 1, 500, 'nobody there', 9, 80)"),
    ("counts", "INSERT INTO counts VALUES ('cfm_replayed_total', 4)"),
    ("notes", "INSERT INTO notes VALUES (1, 5, 'a hook'), (2, 6, 'another')"),
    ("carried", "INSERT INTO carried VALUES ('conn', 0, '[1]')"),
    ("limits", "INSERT INTO limits VALUES (1, 5, NULL)"),
    ("archive", "INSERT INTO archive VALUES (1, 1, 900)"),
    ("archive_listed", "INSERT INTO archive_listed VALUES (1)"),
];

/// A room that the version with so many steps left.
fn left_by(steps: usize) -> Database {
    let sql = older(&STEPS[..steps], ROWS);
    match steps {
        0 => {}
        1 | 2 => exec(&sql, "INSERT INTO audit VALUES (1, 5, 'a hook'), (2, 6, 'another')", &[]).unwrap(),
        3 => {}
        _ => {
            let query = "INSERT INTO audit (ts, actor, action, target, address, request, result) VALUES (4, '', 'hook-disabled', 'first', '', '', 'ok')";
            exec(&sql, query, &[]).unwrap();
        }
    }
    sql
}

#[test]
fn no_step_that_was_ever_released_has_changed() {
    let released: Vec<String> = STEPS.iter().map(|step| hash_hex(&step.join(";"))[..8].to_owned()).collect();
    assert_eq!(released[..RELEASED.len()], RELEASED);
}

const RELEASED: [&str; 11] = [
    "69606c2f", "31503d42", "de80b4b3", "967ce4e5", "c6db0493", "6bd98f41", "179c86b0", "eccf8cfc", "9f87c8a3",
    "2dd79760", "5c5fbad9",
];

#[test]
fn a_room_of_any_version_has_the_tables_of_a_new_one() {
    let plan = |sql: &Database| {
        let query = "SELECT name || coalesce(sql, '') FROM sqlite_master ORDER BY name";
        rows(sql, query, &[], |row| row.text(0)).unwrap()
    };
    let newest = plan(&on(&Database::new(), "").sql);
    for steps in 0..=STEPS.len() {
        assert_eq!(plan(&on(&left_by(steps), "").sql), newest, "{steps}");
    }
}

#[test]
fn a_room_of_any_version_reads_as_it_was_left() {
    for steps in 1..=STEPS.len() {
        let sql = left_by(steps);
        assert_eq!(HubSql::room_in(&sql), Ok(Some(ROOM.to_owned())), "{steps}");
        for _ in 0..2 {
            let store = on(&sql, "");
            let meta = HubMeta { epoch: 7, head: 3, oldest: 2, ts: SEQ_MAX, bytes_end: 14 };
            assert_eq!(store.meta(), Ok(Some(meta)));
            assert_eq!((store.is_listed(), store.audited()), (Ok(true), Ok(1)));
            let found = store.find("mia", "m1").unwrap().unwrap();
            assert_eq!((found.seq, found.content), (1, StoredContent::Digest(vec![1, 2])));
            let items = store.read(1, 9, 9, u64::MAX).unwrap();
            assert_eq!((&items[0].body, &items[0].sender), (&Body::Text("🫖 שלום".into()), &None));
            assert_eq!((&items[1].body, items[1].ts), (&Body::Bytes(vec![0xff, 0]), SEQ_MAX));
            let hooks = store.hook_store().hooks().unwrap();
            assert_eq!((&hooks[0].previous, hooks[0].dead_in_a_row), (&Some(("r".to_owned(), 5)), 3));
            assert_eq!((&hooks[1].previous, hooks[1].is_active, hooks[1].is_ordered), (&None, false, true));
            let waits = OutboxRow { seq: 2, due_at: 60, attempts: 1, busy_until: 70 };
            assert_eq!(
                (store.hook_store().outbox("h", 9), store.hook_store().outbox_count()),
                (Ok(vec![waits]), Ok(2))
            );
            assert_eq!(
                (store.hook_store().dead("h", 0, 9).unwrap()[0].status, store.hook_store().dead_state()),
                (500, Ok((Some(80), 1)))
            );
        }
    }
}

#[test]
fn notes_of_any_version_are_acts_behind_those_that_were_acts_already_and_each_is_there_once() {
    let disabled = |target: &str| ("hook-disabled".to_owned(), target.to_owned());
    for steps in 1..=STEPS.len() {
        let sql = left_by(steps);
        (0..2).for_each(|_| drop(on(&sql, "")));
        let mut expected = if steps < 4 { vec![] } else { vec![disabled("first")] };
        expected.extend(if steps < 6 { vec![disabled("a hook"), disabled("another")] } else { vec![] });
        assert_eq!(acts(&sql), expected, "{steps}");
    }
}

#[test]
fn a_room_that_slept_while_keys_came_is_sealed_whatever_version_left_it() {
    for steps in 1..=STEPS.len() {
        let sql = left_by(steps);
        sweep_all(&on(&sql, A).sql);
        assert_eq!(readable(&sql, "שלום"), [""; 0], "{steps}");
        let store = on(&sql, A);
        assert_eq!(store.read(2, 2, 9, u64::MAX).unwrap()[0].body, Body::Text("🫖 שלום".into()));
    }
}

#[test]
fn nobody_leaves_tables_behind_who_asks_for_a_room_that_there_is_not() {
    let sql = Database::new();
    assert_eq!((HubSql::room_in(&sql), has_tables(&sql)), (Ok(None), Ok(false)));
    on(&sql, "");
    assert_eq!(HubSql::room_in(&sql), Ok(None), "tables alone are no room");
}

// ---- words at rest

#[test]
fn with_a_key_no_body_and_no_digest_can_be_read() {
    let sql = Database::new();
    let mut store = with_words(&sql, A, &["kingfisher one", "kingfisher two"]);
    store.drop_bodies(&[(1, b"digest of kingfisher".to_vec())], 2).unwrap();
    assert_eq!(readable(&sql, "kingfisher"), [""; 0]);
    assert_eq!(words(&store), Ok(vec!["kingfisher two".into()]));
    let digest = StoredContent::Digest(b"digest of kingfisher".to_vec());
    assert_eq!(store.find("mia", "m1").unwrap().unwrap().content, digest);
    assert_eq!(readable(&sql, "mia"), ["messages.actor", "messages.payer"], "who, when and how much are no words");
}

#[test]
fn bodies_and_digests_come_under_a_newer_key() {
    let sql = Database::new();
    let mut store = with_words(&sql, A, &["one", "two", "three"]);
    store.drop_bodies(&[(1, vec![1; 32])], 2).unwrap();
    sweep_all(&on(&sql, &format!("{B},{A}")).sql);
    let store = on(&sql, B);
    assert_eq!(words(&store), Ok(vec!["two".into(), "three".into()]));
    assert_eq!(store.find("mia", "m1").unwrap().unwrap().content, StoredContent::Digest(vec![1; 32]));
}

#[test]
fn without_its_key_a_room_takes_and_tells_nothing_but_knows_its_numbers() {
    let sql = Database::new();
    let meta = with_words(&sql, A, &["one"]).meta();
    let mut shut = on(&sql, "");
    assert!(is_about_keys(&say(&mut shut, 2, "what came now").unwrap_err()));
    assert!(is_about_keys(&words(&shut).unwrap_err()));
    assert!(is_about_keys(&shut.find("mia", "m1").unwrap_err()));
    let mut trimmed = Ok(());
    assert!(!sql.in_transaction(|| {
        trimmed = shut.drop_bodies(&[(1, vec![1; 32])], 2);
        trimmed.is_ok()
    }));
    assert!(is_about_keys(&trimmed.unwrap_err()));
    assert_eq!((shut.meta(), shut.time_of(1), shut.seq_at(SEQ_MAX)), (meta, Ok(Some(1_001)), Ok(1)));
}

#[test]
fn lengths_are_those_of_what_was_said_also_where_it_is_sealed() {
    let store = with_words(&Database::new(), A, &["12345", "äö"]);
    assert_eq!(store.recent(0).unwrap().iter().map(|spent| spent.bytes).collect::<Vec<_>>(), [5, 4]);
}

#[test]
fn a_sealed_body_in_another_place_does_not_open() {
    let sql = Database::new();
    let store = with_words(&sql, A, &["one", "two"]);
    exec(&sql, "UPDATE messages SET body = (SELECT body FROM messages WHERE seq = 1)", &[]).unwrap();
    assert!(is_about_keys(&store.read(2, 2, 9, u64::MAX).unwrap_err()));
}

#[test]
fn an_unsealed_text_that_is_none_is_a_fault_and_no_other_message() {
    let sql = Database::new();
    let store = with_words(&sql, "", &["one", "two"]);
    exec(&sql, "UPDATE messages SET body = x'ff' WHERE seq = 1", &[]).unwrap();
    assert!(store.read(1, 1, 9, u64::MAX).is_err());
    assert_eq!(store.read(2, 2, 9, u64::MAX).unwrap().len(), 1);
}

// ---- numbers of the object

#[test]
fn a_room_is_listed_from_when_it_was_told_until_it_has_to_be_told_anew() {
    let sql = Database::new();
    assert_eq!(on(&sql, "").is_listed(), Ok(false));
    let store = with_words(&sql, "", &[]);
    assert_eq!(store.is_listed(), Ok(false));
    type Step = fn(&HubSql) -> Result<(), Fault>;
    let sets: [(Step, bool); 2] = [(HubSql::set_listed, true), (HubSql::set_unlisted, false)];
    for (set, is_listed) in sets {
        for _ in 0..2 {
            set(&store).unwrap();
            assert_eq!(on(&sql, "").is_listed(), Ok(is_listed));
        }
    }
}

#[test]
fn rows_on_their_way_are_counted_forwards_only() {
    let sql = Database::new();
    assert_eq!(on(&sql, "").audited(), Ok(0));
    let store = with_words(&sql, "", &["one"]);
    for (seq, audited) in [(0, 0), (7, 7), (3, 7), (7, 7), (SEQ_MAX, SEQ_MAX)] {
        store.set_audited(seq).unwrap();
        assert_eq!(on(&sql, "").audited(), Ok(audited));
    }
}

#[test]
fn limits_of_a_room_are_those_that_it_heard_of_last() {
    let sql = Database::new();
    assert_eq!(on(&sql, "").limits(), Ok(HubLimits::default()));
    for (rate, retention_days) in [(Some(5), None), (Some(6_000), Some(36_500)), (None, Some(1)), (None, None)] {
        let limits = HubLimits { rate, retention_days };
        on(&sql, "").set_limits(&limits).unwrap();
        assert_eq!(on(&sql, "").limits(), Ok(limits));
    }
}

#[test]
fn what_an_attempt_was_under_way_for_is_free_again_and_nothing_else_changes() {
    let mut store = on(&Database::new(), "");
    let row = |seq, busy_until| OutboxRow { seq, due_at: 5, attempts: 2, busy_until };
    for (seq, busy_until) in [(1, 0), (2, 90), (3, SEQ_MAX)] {
        store.hook_store_mut().outbox_save("h", &row(seq, busy_until)).unwrap();
    }
    for _ in 0..2 {
        free_outbox(&store.sql, u32::MAX).unwrap();
        assert_eq!(store.hook_store().outbox("h", 9), Ok(vec![row(1, 0), row(2, 0), row(3, 0)]));
    }
}

#[test]
fn attempts_of_the_queue_go_on_when_a_room_wakes() {
    let mut store = on(&Database::new(), "");
    let row = |seq, attempts, busy_until| OutboxRow { seq, due_at: 5, attempts, busy_until };
    for (seq, attempts) in [(1, 1), (2, 3), (3, 4)] {
        store.hook_store_mut().outbox_save("h", &row(seq, attempts, 90)).unwrap();
    }
    free_outbox(&store.sql, 3).unwrap();
    assert_eq!(store.hook_store().outbox("h", 9), Ok(vec![row(1, 1, 0), row(2, 3, 0), row(3, 4, 90)]));
}

#[test]
fn the_end_of_a_receiver_is_written_down_with_its_room() {
    let sql = Database::new();
    on(&sql, "").note_disabled(5, "h/é").unwrap();
    assert_eq!(acts(&sql), [("hook-disabled".to_owned(), "hub:tea 🫖/h/é".to_owned())]);
}

// ---- constraints, steps that are undone

#[test]
fn an_object_has_one_room() {
    let mut store = with_words(&Database::new(), "", &[]);
    assert!(store.create(&META).is_err());
}

#[test]
fn a_place_is_given_once() {
    let mut store = with_words(&Database::new(), "", &["one"]);
    let item = Item {
        seq: 1,
        id: "another".into(),
        ts: 1,
        sender: None,
        content_type: String::new(),
        body: Body::Bytes(vec![]),
    };
    assert!(store.insert(NewMessage { item: &item, payer: "", bytes_end: 1, is_keyed: false }).is_err());
}

#[test]
fn a_turn_that_is_undone_leaves_no_trace() {
    let sql = Database::new();
    let mut store = with_words(&sql, A, &["one", "two"]);
    store.hook_store_mut().outbox_add("h", 1, 5).unwrap();
    let before = contents(&sql);
    let mut turn = || -> Result<(), Fault> {
        say(&mut store, 3, "three")?;
        store.drop_bodies(&[(1, vec![1; 32])], 2)?;
        store.drop_rows(2, SEQ_MAX)?;
        store.hook_store_mut().outbox_remove("h", 1)?;
        store.hook_store_mut().dead_add(&DeadLetter {
            hook: "h".into(),
            seq: 1,
            status: 0,
            error: String::new(),
            attempts: 1,
            died_at: 1,
        })?;
        store.set_audited(3)?;
        store.note_disabled(5, "h")
    };
    assert!(!sql.in_transaction(|| turn().is_err()));
    assert_eq!(contents(&sql), before);
    assert_eq!(store.meta().unwrap().unwrap().head, 2);
    assert!(say(&mut store, 3, "three").unwrap());
}

#[test]
fn a_room_that_was_emptied_begins_where_it_was_also_after_a_sleep() {
    let sql = Database::new();
    let mut store = with_words(&sql, "", &["one", "two"]);
    store.drop_bodies(&[(1, vec![1; 32]), (2, vec![2; 32])], 3).unwrap();
    store.drop_rows(3, SEQ_MAX).unwrap();
    assert!(!wrote(&sql, "DELETE FROM messages", &[]).unwrap());
    let meta = on(&sql, "").meta().unwrap().unwrap();
    assert_eq!((meta.head, meta.oldest, meta.ts, meta.bytes_end), (2, 3, 1_002, 20));
    assert_eq!(migrate(&sql, STEPS), Ok(STEPS.len()), "nothing is done twice");
}
