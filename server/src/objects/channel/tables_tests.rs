//! Promises of a channel's tables beyond those of every store: steps, sealed columns, limits, constraints.

use protocol::machines::channel::MemoryChannelStore;
use protocol::people::session::hash_hex;
use protocol::trust::sealing::is_about_keys;
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::sealed::tests::{A, B, readable, ring, sweep_all};
use crate::kit::sql::Database;
use crate::kit::sql::older::{contents, older};

/// The channel in this database, whose words are sealed with a ring of keys.
pub(super) fn on(sql: &Database, keys: &str) -> ChannelSql {
    ChannelSql(Db::of(sql.clone(), "object", ring(keys), STEPS, WORDS).unwrap())
}

fn new() -> ChannelSql {
    on(&Database::new(), "")
}

mod open {
    protocol::channel_promises!(super::new);
}

fn envelope(seq: u64, payload: Option<&str>) -> StoredEnvelope {
    let payload = payload.map(str::to_owned);
    let envelope = Envelope { id: format!("e{seq}"), kind: "m".into(), user: "mia".into(), ts: 5, payload };
    StoredEnvelope { seq, expires_at: 50, envelope }
}

fn key_row(result: &str) -> KeyRow {
    let answer = Answer { envelope_id: "e1".into(), seq: Some(1), client_count: 1, results: vec![result.to_owned()] };
    KeyRow { digest: [0xab; 32], answer, keep_until: 60 }
}

fn payloads(store: &ChannelSql) -> Result<Vec<Option<String>>, Fault> {
    Ok(store.read(0, 100)?.into_iter().map(|stored| stored.envelope.payload).collect())
}

// ---- steps

/// Rows as each version wrote them; nothing of them is sealed.
const ROWS: &[(&str, &str)] = &[
    ("meta", "INSERT INTO meta VALUES (4294967295, 9007199254740991, 7)"),
    (
        "envelopes",
        "INSERT INTO envelopes VALUES (1, 'e1', 'm', 'mia', 5, '\"שלום\"', 50, 20), (2, 'e2', 'm', 'mia', 6, NULL, 40, 6)",
    ),
    (
        "keys",
        "INSERT INTO keys VALUES ('p', 'b', 'abababababababababababababababababababababababababababababababab', 'e1', 1, 2, \
         '[1,\"שלום\"]', 60), ('p', 'a', '0000000000000000000000000000000000000000000000000000000000000000', 'e2', NULL, 0, '[]', 70)",
    ),
    ("devices", "INSERT INTO devices VALUES ('phone', 8), ('desk', 9)"),
    ("done", "INSERT INTO done VALUES (1, 'phone')"),
    ("carried", "INSERT INTO carried VALUES ('conn', 0, '[\"שלום\"]')"),
    ("counts", "INSERT INTO counts VALUES ('cfm_replayed_total', 4)"),
    ("used", "INSERT INTO used VALUES ('p', 'half', 90)"),
];

#[test]
fn no_step_that_was_ever_released_has_changed() {
    let released: Vec<String> = STEPS.iter().map(|step| hash_hex(&step.join(";"))[..8].to_owned()).collect();
    assert_eq!(released[..RELEASED.len()], RELEASED);
}

const RELEASED: [&str; 6] = ["80af7a4a", "179c86b0", "31503d42", "610e4ecd", "eccf8cfc", "9f87c8a3"];

#[test]
fn a_channel_of_any_version_has_the_tables_of_a_new_one() {
    let plan = |sql: &Database| {
        let query = "SELECT name || coalesce(sql, '') FROM sqlite_master ORDER BY name";
        sql::rows(sql, query, &[], |row| row.text(0)).unwrap()
    };
    let newest = plan(&new().0);
    for steps in 0..=STEPS.len() {
        assert_eq!(plan(&on(&older(&STEPS[..steps], ROWS), "").0), newest, "{steps}");
    }
}

#[test]
fn a_channel_of_any_version_reads_as_it_was_left() {
    for steps in 1..=STEPS.len() {
        let sql = older(&STEPS[..steps], ROWS);
        for _ in 0..2 {
            let store = on(&sql, "");
            assert_eq!(store.meta(), Ok(Some(ChannelMeta { epoch: u32::MAX, head: SEQ_MAX, ts: 7 })), "{steps}");
            assert_eq!(payloads(&store), Ok(vec![Some("\"שלום\"".into()), None]));
            assert_eq!((store.size(), store.next_end(), store.keys_size().unwrap().0), (Ok((2, 26)), Ok(Some(40)), 2));
            let row = store.key("p", "b").unwrap().unwrap();
            assert_eq!((row.digest, row.answer.results), ([0xab; 32], vec!["1".to_owned(), "\"שלום\"".to_owned()]));
            let row = store.key("p", "a").unwrap().unwrap();
            assert_eq!((row.digest, row.answer.seq, row.answer.results), ([0; 32], None, vec![]));
            assert_eq!((store.devices(8), store.done_by(1)), (Ok(vec!["desk".into()]), Ok(vec!["phone".into()])));
            assert_eq!(store.used("p"), Ok(Some("half".to_owned()).filter(|_| steps >= 4)));
        }
    }
}

#[test]
fn a_channel_that_slept_while_keys_came_is_sealed_whatever_version_left_it() {
    for steps in 1..=STEPS.len() {
        let sql = older(&STEPS[..steps], ROWS);
        sweep_all(&on(&sql, A).0);
        assert_eq!((readable(&sql, "שלום"), readable(&sql, "abababab")), (vec![], vec![]), "{steps}");
        let store = on(&sql, A);
        assert_eq!(payloads(&store).unwrap()[0].as_deref(), Some("\"שלום\""));
        assert_eq!(store.key("p", "b").unwrap().unwrap().answer.results[1], "\"שלום\"");
    }
}

// ---- words at rest

/// A channel in which the same word was published and answered.
fn with_words(sql: &Database, keys: &str) -> ChannelSql {
    let mut store = on(sql, keys);
    store.insert(&envelope(1, Some("\"kingfisher\""))).unwrap();
    store.set_key("p", "k", &key_row("\"kingfisher\"")).unwrap();
    store
}

fn assert_words(store: &ChannelSql) {
    assert_eq!(payloads(store), Ok(vec![Some("\"kingfisher\"".into())]));
    assert_eq!(store.key("p", "k"), Ok(Some(key_row("\"kingfisher\""))));
}

#[test]
fn with_a_key_no_payload_no_answer_and_no_digest_can_be_read() {
    let sql = Database::new();
    let store = with_words(&sql, A);
    assert_eq!((readable(&sql, "kingfisher"), readable(&sql, "abababab")), (vec![], vec![]));
    assert_words(&store);
    let open = Database::new();
    with_words(&open, "");
    assert_eq!(readable(&open, "kingfisher"), ["envelopes.payload", "keys.results"], "as it is without one");
    assert_eq!(readable(&open, "abababab"), ["keys.digest"]);
}

#[test]
fn payloads_answers_and_digests_come_under_a_newer_key() {
    let sql = Database::new();
    with_words(&sql, A);
    sweep_all(&on(&sql, &format!("{B},{A}")).0);
    assert_words(&on(&sql, B));
}

#[test]
fn without_its_key_a_channel_takes_and_tells_nothing_but_knows_its_numbers() {
    let sql = Database::new();
    let size = with_words(&sql, A).size();
    let mut shut = on(&sql, "");
    let faults = [
        payloads(&shut).unwrap_err(),
        shut.key("p", "k").unwrap_err(),
        shut.insert(&envelope(2, Some("1"))).unwrap_err(),
        shut.set_key("p", "other", &key_row("1")).unwrap_err(),
    ];
    assert!(faults.iter().all(is_about_keys), "{faults:?}");
    assert_eq!((shut.size(), shut.find("e1"), shut.next_end()), (size, Ok(Some(1)), Ok(Some(50))));
    assert_words(&on(&sql, A));
}

#[test]
fn the_size_of_envelopes_is_that_of_what_was_published_also_where_it_is_sealed() {
    let (open, sealed) = (Database::new(), Database::new());
    assert_eq!(with_words(&open, "").size(), with_words(&sealed, A).size());
}

#[test]
fn an_envelope_without_a_payload_has_none_under_any_key() {
    let sql = Database::new();
    on(&sql, A).insert(&envelope(1, None)).unwrap();
    sweep_all(&on(&sql, &format!("{B},{A}")).0);
    assert_eq!(payloads(&on(&sql, B)), Ok(vec![None]));
}

#[test]
fn a_sealed_answer_in_the_place_of_another_does_not_open() {
    let sql = Database::new();
    let mut store = on(&sql, A);
    store.set_key("p", "k", &key_row("1")).unwrap();
    store.set_key("p", "other", &key_row("2")).unwrap();
    sql::exec(&sql, "UPDATE keys SET results = (SELECT results FROM keys WHERE key = 'k')", &[]).unwrap();
    assert!(is_about_keys(&store.key("p", "other").unwrap_err()));
}

// ---- limits, constraints, faults

#[test]
fn an_id_is_of_one_envelope() {
    let mut store = new();
    store.insert(&envelope(1, None)).unwrap();
    let again = StoredEnvelope { seq: 2, ..envelope(1, None) };
    assert!(store.insert(&again).is_err());
    store.remove(1).unwrap();
    assert_eq!(store.insert(&again), Ok(()), "it is free when that one is gone");
}

#[test]
fn a_row_that_nobody_wrote_is_a_fault_and_no_answer() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    for (column, value) in [("digest", "ab"), ("digest", "zz"), ("results", "[1,"), ("results", "words")] {
        store.set_key("p", "k", &key_row("1")).unwrap();
        sql::exec(&sql, &format!("UPDATE keys SET {column} = ?"), &[value.into()]).unwrap();
        assert!(store.key("p", "k").is_err(), "{column} {value}");
    }
    sql::exec(&sql, "INSERT INTO meta VALUES (4294967296, 1, 1)", &[]).unwrap();
    assert!(store.meta().is_err());
}

#[test]
fn a_digest_is_written_in_digits_and_read_from_them() {
    let digest: [u8; 32] = std::array::from_fn(|at| (at * 8 + 7) as u8);
    assert_eq!((hex(&digest).len(), bytes_of(&hex(&digest))), (64, Ok(digest)));
    for text in [String::new(), "0".repeat(63), "0".repeat(65), "é".repeat(32), " 0".repeat(32)] {
        assert!(bytes_of(&text).is_err(), "{text}");
    }
}

#[test]
fn of_fifty_thousand_keys_the_oldest_are_forgotten() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    // There is no key, so nothing has to be sealed.
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) \
                INSERT INTO keys (publisher, key, digest, envelope, client_count, keep_until, results) \
                SELECT 'p', 'k' || i, '', 'e', 0, 60, '[]' FROM n";
    sql::exec(&sql, many, &[]).unwrap();
    store.forget_oldest_keys(3_000).unwrap();
    assert_eq!(store.keys_size().unwrap().0, 47_000);
    let query = "SELECT min(CAST(substr(key, 2) AS INTEGER)) FROM keys";
    assert_eq!(sql::rows(&sql, query, &[], |row| row.number(0)), Ok(vec![3_001]));
}

#[test]
fn what_is_over_is_found_by_its_end() {
    let sql = Database::new();
    on(&sql, "");
    for (query, index) in [
        ("SELECT seq FROM envelopes WHERE expires_at <= 1", "envelopes_by_end"),
        ("DELETE FROM keys WHERE keep_until <= 1", "keys_by_end"),
        ("DELETE FROM used WHERE keep_until <= 1", "used_by_end"),
    ] {
        let plan = sql::rows(&sql, &format!("EXPLAIN QUERY PLAN {query}"), &[], |row| row.text(3)).unwrap();
        assert!(plan[0].starts_with("SEARCH") && plan[0].contains(index), "{plan:?}");
    }
}

#[test]
fn a_publish_that_is_undone_leaves_no_trace() {
    let sql = Database::new();
    let mut store = with_words(&sql, A);
    store.device_seen("phone", 5).unwrap();
    let before = contents(&sql);
    let mut publish = || -> Result<(), Fault> {
        store.set_meta(&ChannelMeta { epoch: 7, head: 2, ts: 5 })?;
        store.insert(&envelope(2, Some("1")))?;
        store.remove(1)?;
        store.set_key("p", "other", &key_row("1"))?;
        store.forget_oldest_keys(1)?;
        store.set_used("p", "used", 1, 9)?;
        store.done(2, "phone")?;
        store.forget_devices(9, 9)
    };
    assert!(!sql.in_transaction(|| publish().is_err()));
    assert_eq!(contents(&sql), before);
    assert_words(&store);
}

#[test]
fn memory_has_the_bytes_of_results_and_tables_few_more() {
    let (mut tables, mut memory) = (new(), MemoryChannelStore::default());
    let row = key_row("\"👩‍🚀\"");
    tables.set_key("p", "k", &row).unwrap();
    memory.set_key("p", "k", &row).unwrap();
    let (exact, stored) = (memory.keys_size().unwrap(), tables.keys_size().unwrap());
    assert_eq!(stored, (exact.0, exact.1 + "[]".len()));
}
