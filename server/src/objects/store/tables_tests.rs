//! Promises of a store's tables beyond those of every store: steps, sealed columns, limits, what is left after a sleep.

use protocol::machines::webhook::{DeadLetter, DeadLetterStore, HookRow, HookStore, HookStoreOwner, Receivers};
use protocol::people::session::hash_hex;
use protocol::trust::sealing::is_about_keys;

use super::*;
use crate::kit::sealed::tests::{A, B, readable, ring, sweep_all};
use crate::kit::sql::Database;
use crate::kit::sql::older::{contents, older};

/// The store in this database, whose words are sealed with a ring of keys, as it wakes.
pub(super) fn on(sql: &Database, keys: &str) -> StoreSql {
    StoreSql::of(Db::of(sql.clone(), "object", ring(keys), STEPS, WORDS).unwrap()).unwrap()
}

fn new() -> StoreSql {
    on(&Database::new(), "")
}

mod open {
    protocol::chain_promises!(super::new);
}

/// Some day in 2026.
const NOW: Millis = 1_795_000_000_123;
const ALL: usize = 1 << 40;

/// So many events on top of the head.
fn batch(store: &StoreSql, count: u64, args: &str) -> Vec<StoredEvent> {
    let head = store.head as i64;
    let event = |seq| ChainEvent {
        name: "n".into(),
        args: Some(args.to_owned()),
        seq,
        parent: seq - 1,
        client: "c".into(),
        session: "s".into(),
    };
    (head + 1..=head + count as i64).map(|seq| StoredEvent { event: event(seq), created_at: NOW }).collect()
}

fn push(store: &mut StoreSql, count: u64, args: &str) -> Result<(), Fault> {
    let batch = batch(store, count, args);
    store.insert(&batch)
}

fn args(store: &StoreSql) -> Result<Vec<Option<String>>, Fault> {
    Ok(store.read(0, 1_000, ALL)?.into_iter().map(|stored| stored.event.args).collect())
}

// ---- steps

/// Rows as each version wrote them; nothing of them is sealed.
const ROWS: &[(&str, &str)] = &[
    (
        "eventlog_7",
        "INSERT INTO eventlog_7 VALUES (1, 0, 'n', '[\"שלום\"]', '2026-11-18T11:06:40.123Z', 'c', 's'), \
         (2, 1, '🫖', NULL, '2026-11-18T11:06:40.124Z', 'd', '')",
    ),
    ("clients", "INSERT INTO clients VALUES ('phone', 2, 9007199254740991), ('desk', 0, 0)"),
    ("carried", "INSERT INTO carried VALUES ('conn', 0, '[\"שלום\"]')"),
    ("counts", "INSERT INTO counts VALUES ('cfm_replayed_total', 4)"),
    ("life", "INSERT INTO life VALUES (1, 'kept_since_it_was_made')"),
    ("hooks", "INSERT INTO hooks VALUES ('*h', 'https://example.org', 's', NULL, NULL, 1, 1, 3)"),
    ("outbox", "INSERT INTO outbox VALUES ('h', 2, 60, 1, 70)"),
    ("dead", "INSERT INTO dead VALUES ('h', 1, 500, 'no', 9, 80)"),
    ("store", "INSERT INTO store VALUES (1, 'tea 🫖')"),
    ("pushes", "INSERT INTO pushes VALUES (2, 1), (1, 0)"),
];
/// Number of steps of the version whose stores have ids.
const WITH_IDS: usize = 6;

#[test]
fn no_step_that_was_ever_released_has_changed() {
    let released: Vec<String> = STEPS.iter().map(|step| hash_hex(&step.join(";"))[..8].to_owned()).collect();
    assert_eq!(released[..RELEASED.len()], RELEASED);
}

const RELEASED: [&str; 8] =
    ["c3dc7105", "179c86b0", "31503d42", "eccf8cfc", "9f87c8a3", "ee575aab", "d4be4e03", "549b416b"];

#[test]
fn a_store_of_any_version_has_the_tables_of_a_new_one() {
    let plan = |sql: &Database| {
        let query = "SELECT name || coalesce(sql, '') FROM sqlite_master ORDER BY name";
        sql::rows(sql, query, &[], |row| row.text(0)).unwrap()
    };
    let newest = plan(&new().db);
    for steps in 0..=STEPS.len() {
        assert_eq!(plan(&on(&older(&STEPS[..steps], ROWS), "").db), newest, "{steps}");
    }
}

#[test]
fn a_store_of_any_version_reads_as_it_was_left() {
    for steps in 1..=STEPS.len() {
        let sql = older(&STEPS[..steps], ROWS);
        for _ in 0..2 {
            let store = on(&sql, "");
            assert_eq!((store.head(), store.head_at()), (Ok(2), Ok(NOW + 1)), "{steps}");
            assert_eq!(args(&store), Ok(vec![Some("[\"שלום\"]".into()), None]));
            let events = store.read(0, 9, ALL).unwrap();
            assert_eq!((events[1].event.name.as_str(), events[1].event.client.as_str()), ("🫖", "d"));
            assert_eq!(
                (store.sent("phone"), store.sent("desk"), store.sent("tab")),
                (Ok(Some(2)), Ok(Some(0)), Ok(None))
            );
        }
    }
}

#[test]
fn a_store_of_any_version_gets_one_id_once() {
    for steps in 1..=STEPS.len() {
        let sql = older(&STEPS[..steps], ROWS);
        let first = on(&sql, "").backend_id();
        assert_eq!(first.len(), if steps < WITH_IDS { 21 } else { 22 }, "{steps}: {first}");
        assert_eq!(on(&sql, "").backend_id(), first, "{steps}");
    }
    assert_ne!(new().backend_id(), new().backend_id());
}

#[test]
fn a_store_that_slept_while_keys_came_is_sealed_whatever_version_left_it() {
    for steps in 1..=STEPS.len() {
        let sql = older(&STEPS[..steps], ROWS);
        sweep_all(&on(&sql, A).db);
        assert_eq!(readable(&sql, "שלום"), [""; 0], "{steps}");
        assert_eq!(args(&on(&sql, A)), Ok(vec![Some("[\"שלום\"]".into()), None]));
    }
}

// ---- receivers

#[test]
fn a_store_knows_its_id_and_its_pushes_after_a_sleep() {
    let sql = Database::new();
    assert_eq!(on(&sql, "").id(), Ok(None));
    for id in ["tea 🫖", "tea 🫖", "another"] {
        on(&sql, "").keep_id(id).unwrap();
        assert_eq!(on(&sql, "").id(), Ok(Some(id.to_owned())));
    }
    let mut store = on(&sql, "");
    for (after, last) in [(0, 2), (2, 3), (3, 9)] {
        store.add_push(after, last).unwrap();
    }
    store.hook_store_mut().outbox_add("h", 3, 5).unwrap();
    store
        .hook_store_mut()
        .dead_add(&DeadLetter { hook: "h".into(), seq: 9, status: 0, error: String::new(), attempts: 9, died_at: 1 })
        .unwrap();
    store.forget_pushes().unwrap();
    let woken = on(&sql, "");
    assert_eq!(
        [2, 3, 9].map(|last| woken.push_before(last).unwrap()),
        [None, Some(2), Some(3)],
        "who waits for none is forgotten"
    );
}

#[test]
fn what_waits_goes_with_the_log() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    push(&mut store, 2, "one").unwrap();
    store.add_push(0, 2).unwrap();
    store.hook_store_mut().outbox_add("h", 2, 5).unwrap();
    store.clear().unwrap();
    assert_eq!(
        (store.hook_store().outbox_count(), store.hook_store().dead_state(), store.push_before(2)),
        (Ok(0), Ok((None, 0)), Ok(None))
    );
}

#[test]
fn a_push_that_is_undone_waits_for_nobody() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    let fixed = HookRow::fixed("h".into(), "https://example.org".into(), "s".into());
    let mut receivers = Receivers::open(vec![fixed], store.hook_store_mut(), NOW).unwrap();
    let before = contents(&sql);
    sql.in_transaction(|| {
        push(&mut store, 2, "one").unwrap();
        assert_eq!(receivers.fill(store.hook_store_mut(), NOW, 2), Ok(true));
        false
    });
    assert_eq!(contents(&sql), before);
}

// ---- words at rest

#[test]
fn with_a_key_no_arguments_can_be_read() {
    let sql = Database::new();
    let mut store = on(&sql, A);
    push(&mut store, 30, "kingfisher").unwrap();
    assert_eq!(readable(&sql, "kingfisher"), [""; 0]);
    assert_eq!(args(&store), Ok(vec![Some("kingfisher".into()); 30]));
    let open = Database::new();
    push(&mut on(&open, ""), 1, "kingfisher").unwrap();
    assert_eq!(readable(&open, "kingfisher"), ["eventlog_7.args"], "as they are without one");
}

#[test]
fn a_large_page_of_sealed_events_reads_as_it_was_written() {
    let mut store = on(&Database::new(), A);
    let long = "x".repeat(LARGE_PAGE_BYTES as usize / 2);
    push(&mut store, 3, &long).unwrap();
    assert!(args(&store).unwrap().iter().all(|args| args.as_ref() == Some(&long)));
}

#[test]
fn arguments_come_under_a_newer_key() {
    let sql = Database::new();
    push(&mut on(&sql, A), 2, "one").unwrap();
    sweep_all(&on(&sql, &format!("{B},{A}")).db);
    assert_eq!(args(&on(&sql, B)), Ok(vec![Some("one".into()); 2]));
}

#[test]
fn without_its_key_a_store_takes_and_tells_nothing_but_knows_its_head() {
    let sql = Database::new();
    push(&mut on(&sql, A), 2, "one").unwrap();
    let mut shut = on(&sql, "");
    assert!(is_about_keys(&args(&shut).unwrap_err()) && is_about_keys(&push(&mut shut, 1, "two").unwrap_err()));
    assert_eq!((shut.head(), shut.head_at()), (Ok(2), Ok(NOW)));
    assert_eq!(args(&on(&sql, A)).unwrap().len(), 2);
}

#[test]
fn a_sealed_event_in_another_place_does_not_open() {
    let sql = Database::new();
    let mut store = on(&sql, A);
    push(&mut store, 2, "one").unwrap();
    sql::exec(&sql, "UPDATE eventlog_7 SET args = (SELECT args FROM eventlog_7 WHERE seqNum = 1)", &[]).unwrap();
    assert!(store.read(0, 1, ALL).is_ok());
    assert!(is_about_keys(&store.read(1, 1, ALL).unwrap_err()));
}

#[test]
fn an_event_may_be_as_long_as_its_row_holds_when_it_is_sealed() {
    for (keys, bytes_max) in [("", CHAIN_EVENT_BYTES_MAX), (A, CHAIN_SEALED_EVENT_BYTES_MAX)] {
        let sql = Database::new();
        let mut store = on(&sql, keys);
        assert_eq!(store.event_bytes_max(), bytes_max);
        let longest = "x".repeat(bytes_max);
        push(&mut store, 1, &longest).unwrap();
        let stored = sql::rows(&sql, "SELECT octet_length(args) FROM eventlog_7", &[], |row| row.number(0)).unwrap();
        assert!(stored[0] < 2_000_000, "a row of the runtime: {stored:?}");
        assert!(args(&store).unwrap()[0].as_ref() == Some(&longest));
    }
}

// ---- limits, a sleep, faults, steps that are undone

#[test]
fn no_statement_binds_more_values_than_the_runtime_takes() {
    for (rows, is_one_writer, bound) in [(INSERTED_AT_ONCE, false, 98), (INSERTED_OF_ONE_WRITER, true, 100)] {
        let query = insert_query(rows, is_one_writer);
        let highest = query
            .split('?')
            .filter_map(|rest| rest.split(|digit: char| !digit.is_ascii_digit()).next()?.parse::<u32>().ok());
        assert_eq!(highest.max(), Some(bound));
        assert!(query.len() < 100_000);
    }
}

#[test]
fn a_push_of_any_length_reads_as_it_was_pushed_whoever_wrote_its_events() {
    for count in [1, 2, 24, 25, 48, 49, 100] {
        for writers in [1, 2, 3] {
            let sql = Database::new();
            let mut store = on(&sql, "");
            push(&mut store, 3, "before").unwrap();
            let mut events = batch(&store, count, "pushed");
            for (at, stored) in events.iter_mut().enumerate() {
                let event = &mut stored.event;
                event.args = (at % 5 > 0).then(|| format!("[{at}]"));
                event.name = format!("name {at}");
                event.client = format!("client {}", at % writers / 2);
                event.session = format!("session {}", at % writers);
            }
            store.insert(&events).unwrap();
            assert_eq!(store.read(3, 1_000, ALL), Ok(events), "{count} of {writers}");
            assert_eq!((on(&sql, "").head(), on(&sql, "").head_at()), (Ok(3 + count), Ok(NOW)));
        }
    }
}

#[test]
fn only_a_batch_of_one_window_of_one_client_is_of_one_writer() {
    let store = new();
    let with = |change: fn(&mut ChainEvent)| {
        let mut events = batch(&store, 3, "one");
        change(&mut events[2].event);
        are_of_one_writer(&events)
    };
    assert!(are_of_one_writer(&[]) && are_of_one_writer(&batch(&store, 1, "one")) && with(|_| {}));
    assert!(!with(|event| event.client.push('x')) && !with(|event| event.session.push('x')));
}

#[test]
fn a_store_that_wakes_has_its_head_its_events_and_its_clients() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    push(&mut store, 60, "one").unwrap();
    store.set_sent("phone", 7, NOW).unwrap();
    let woken = on(&sql, "");
    assert_eq!((woken.head(), woken.head_at(), woken.sent("phone")), (Ok(60), Ok(NOW), Ok(Some(7))));
    assert_eq!(woken.read(0, 100, ALL), store.read(0, 100, ALL));
}

#[test]
fn a_store_that_was_cleared_is_empty_also_after_a_sleep() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    push(&mut store, 2, "one").unwrap();
    store.clear().unwrap();
    let woken = on(&sql, "");
    assert_eq!((woken.head(), woken.head_at(), args(&woken)), (Ok(0), Ok(0), Ok(vec![])));
    assert_eq!(woken.backend_id(), store.backend_id());
}

#[test]
fn clients_that_were_here_last_are_remembered_over_a_sleep_and_no_more_than_the_limit() {
    let sql = Database::new();
    let max = u64::from(CHAIN_CLIENTS_MAX);
    on(&sql, "");
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO clients SELECT 'c' || i, i, ? - i FROM n";
    sql::exec(&sql, many, &[(max + 5).into(), (max + 5).into()]).unwrap();
    for _ in 0..2 {
        let store = on(&sql, "");
        assert_eq!((store.sent("c1"), store.sent(&format!("c{max}"))), (Ok(Some(1)), Ok(Some(max))));
        assert_eq!(store.sent(&format!("c{}", max + 1)), Ok(None), "it was here before all others");
    }
    let count = sql::rows(&sql, "SELECT count(*) FROM clients", &[], |row| row.number(0));
    assert_eq!(count, Ok(vec![max]));
}

#[test]
fn a_batch_that_does_not_fit_is_a_fault() {
    let mut store = new();
    push(&mut store, 2, "one").unwrap();
    let again = batch(&new(), 2, "another");
    assert!(store.insert(&again).is_err(), "its places are taken");
    assert_eq!(args(&store), Ok(vec![Some("one".into()); 2]));
    let mut nowhere = batch(&store, 1, "one");
    nowhere[0].event.parent = -1;
    assert!(store.insert(&nowhere).is_err());
}

#[test]
fn an_event_that_nobody_wrote_is_a_fault() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    push(&mut store, 2, "one").unwrap();
    sql::exec(&sql, "UPDATE eventlog_7 SET createdAt = 'yesterday' WHERE seqNum = 2", &[]).unwrap();
    assert!(store.read(0, 9, ALL).is_err());
    assert!(StoreSql::of(store.db.clone()).is_err());
}

#[test]
fn a_push_that_is_undone_leaves_no_trace_for_whoever_wakes() {
    let sql = Database::new();
    let mut store = on(&sql, A);
    push(&mut store, 2, "one").unwrap();
    let before = contents(&sql);
    assert!(!sql.in_transaction(|| push(&mut store, 60, "two").is_err() || store.set_sent("c", 9, NOW).is_err()));
    assert_eq!(contents(&sql), before);
    let mut woken = on(&sql, A);
    assert_eq!(woken.head(), Ok(2));
    push(&mut woken, 1, "three").unwrap();
    assert_eq!(args(&woken).unwrap().len(), 3);
}

#[test]
fn clearing_that_is_undone_clears_nothing() {
    let sql = Database::new();
    let mut store = on(&sql, "");
    push(&mut store, 2, "one").unwrap();
    let (before, backend_id) = (contents(&sql), store.backend_id());
    assert!(!sql.in_transaction(|| store.clear().is_err()));
    let woken = on(&sql, "");
    assert_eq!((contents(&sql), woken.head(), woken.backend_id()), (before, Ok(2), backend_id));
}
