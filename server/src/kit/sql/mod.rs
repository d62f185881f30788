//! SQLite of an object: bound values, rows read by position, and migration steps.
//!
//! The Worker uses the runtime's database. Native tests of tables use SQLite in memory with the same functions, so callers do not see the
//! difference.

#[cfg(not(target_family = "wasm"))]
mod in_memory;
#[cfg(target_family = "wasm")]
mod of_runtime;

use protocol::words::refusal::Fault;

#[cfg(not(target_family = "wasm"))]
pub use in_memory::{Database, SqlRow, Value, exec, exec_texts, of, rows, texts, wrote};
#[cfg(target_family = "wasm")]
pub use of_runtime::{Database, SqlRow, Value, exec, exec_texts, of, rows, texts, wrote};

/// Returns `true` if the object has tables.
pub fn has_tables(sql: &Database) -> Result<bool, Fault> {
    let query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema'";
    Ok(!rows(sql, query, &[], |_| Ok(()))?.is_empty())
}

/// Returns the number in the first row of a query, 0 if there is no row.
pub fn number(sql: &Database, query: &str, values: &[Value]) -> Result<u64, Fault> {
    Ok(rows(sql, query, values, |row| row.number(0))?.first().copied().unwrap_or(0))
}

/// Runs the migration steps that this object has not run yet. Returns the number that it had run before. Steps are only ever added.
pub fn migrate(sql: &Database, steps: &[&[&str]]) -> Result<usize, Fault> {
    exec(sql, "CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL) STRICT", &[])?;
    let first = usize::try_from(number(sql, "SELECT version FROM schema", &[])?).unwrap_or(0);
    if first >= steps.len() {
        return Ok(first);
    }
    for statement in steps.iter().skip(first).flat_map(|step| step.iter()) {
        exec(sql, statement, &[])?;
    }
    exec(sql, "DELETE FROM schema", &[])?;
    exec(sql, "INSERT INTO schema VALUES (?)", &[(steps.len() as u64).into()])?;
    Ok(first)
}

#[cfg(test)]
pub mod older;

#[cfg(test)]
mod tests {
    use protocol::codec::packed::Packed;

    use super::*;

    #[test]
    fn steps_run_once_each_and_in_their_order() {
        let sql = Database::new();
        let first: &[&[&str]] = &[&["CREATE TABLE a (x INTEGER NOT NULL) STRICT", "INSERT INTO a VALUES (1)"]];
        let both: &[&[&str]] = &[first[0], &["INSERT INTO a SELECT x + 1 FROM a"]];
        assert!(!has_tables(&sql).unwrap());
        assert_eq!(migrate(&sql, first), Ok(0));
        assert_eq!(migrate(&sql, both), Ok(1));
        assert_eq!(migrate(&sql, both), Ok(2));
        assert!(has_tables(&sql).unwrap());
        assert_eq!(rows(&sql, "SELECT x FROM a ORDER BY x", &[], |row| row.number(0)), Ok(vec![1, 2]));
    }

    #[test]
    fn a_statement_says_if_it_wrote() {
        let sql = Database::new();
        exec(&sql, "CREATE TABLE a (x TEXT PRIMARY KEY, y BLOB) STRICT", &[]).unwrap();
        let insert = "INSERT INTO a VALUES (?, ?) ON CONFLICT DO NOTHING";
        let values = || ["k".into(), [7, 8].as_slice().into()];
        assert_eq!([wrote(&sql, insert, &values()), wrote(&sql, insert, &values())], [Ok(true), Ok(false)]);
        assert_eq!(rows(&sql, "SELECT y FROM a", &[], |row| Ok(row.bytes(0))), Ok(vec![vec![7, 8]]));
        assert!(exec(&sql, "INSERT INTO b VALUES (1)", &[]).is_err());
    }

    #[test]
    fn many_texts_go_in_and_come_out_at_once() {
        let sql = Database::new();
        exec(&sql, "CREATE TABLE a (n INTEGER, x TEXT, y TEXT) STRICT", &[]).unwrap();
        exec_texts(&sql, "INSERT INTO a VALUES (?, ?, ?)", &[3_u64.into()], [Some("ä"), None]).unwrap();
        let found: Packed = [Some("ä"), None].into_iter().collect();
        let texts = texts(&sql, "SELECT x, y FROM a", &[]).unwrap();
        assert_eq!((texts.texts, texts.lengths), (found.texts, found.lengths));
    }

    #[test]
    fn a_step_that_fails_leaves_no_trace() {
        let sql = Database::new();
        exec(&sql, "CREATE TABLE a (x INTEGER) STRICT", &[]).unwrap();
        let add = || exec(&sql, "INSERT INTO a VALUES (1)", &[]).is_ok();
        assert!(!sql.in_transaction(|| {
            add();
            false
        }));
        assert!(sql.in_transaction(add));
        assert_eq!(rows(&sql, "SELECT count(*) FROM a", &[], |row| row.number(0)), Ok(vec![1]));
    }
}
