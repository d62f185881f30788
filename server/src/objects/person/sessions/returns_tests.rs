//! Promises of the count of returns (`messagehub.md` 9): a loop is counted once in its time, and each device for itself.

use super::*;
use crate::objects::person::tests::opened;

const DEVICE: &str = "01980000-0001-7fff-bfff-ffffffffffff";
const OTHER: &str = "01980000-0002-7fff-bfff-ffffffffffff";

fn empty() -> Database {
    let sql = Database::new();
    opened(&sql, "");
    sql
}

/// Number of those sockets, one each second from `from` on, that are the beginning of a loop.
fn loops(sql: &Database, device: &str, from: Millis, sockets: u64) -> usize {
    (0..sockets).filter(|n| note(sql, device, from + n * 1_000).unwrap()).count()
}

#[test]
fn more_returns_than_may_be_are_a_loop_which_is_counted_once() {
    let sql = empty();
    assert_eq!(loops(&sql, DEVICE, 1_000, RECONNECT_LOOP_TIMES + 1), 0, "the first socket is no return");
    assert_eq!(loops(&sql, DEVICE, 20_000, 50), 1);
    assert_eq!(loops(&sql, OTHER, 80_000, RECONNECT_LOOP_TIMES + 1), 0, "another device");
}

#[test]
fn after_its_time_a_device_begins_anew() {
    let sql = empty();
    assert_eq!(loops(&sql, DEVICE, 1_000, RECONNECT_LOOP_TIMES + 1), 0);
    assert!(!note(&sql, DEVICE, 1_000 + RECONNECT_LOOP_MS).unwrap());
    assert_eq!(loops(&sql, DEVICE, 2_000 + RECONNECT_LOOP_MS, RECONNECT_LOOP_TIMES), 0);
    assert_eq!(loops(&sql, DEVICE, 60_000 + RECONNECT_LOOP_MS, 1), 1, "and can loop again");
}

#[test]
fn only_so_many_devices_are_remembered_as_can_have_sockets() {
    let sql = empty();
    for n in 0..300 {
        note(&sql, &format!("device {n}"), 1_000).unwrap();
    }
    let count = rows(&sql, "SELECT count(*) FROM returns", &[], |row| row.number(0)).unwrap();
    assert_eq!(count, [PRINCIPAL_SOCKETS_MAX as u64 + 1]);
}
