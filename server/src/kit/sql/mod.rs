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
pub use in_memory::{Database, SqlRow, Value, exec_texts, of, rows, texts, wrote};
#[cfg(target_family = "wasm")]
pub use of_runtime::{Database, SqlRow, Value, exec_texts, of, rows, texts, wrote};

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or_else(Self::null, Self::from)
    }
}

impl From<Option<u64>> for Value {
    fn from(number: Option<u64>) -> Self {
        number.map_or_else(Self::null, Self::from)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        u64::from(number).into()
    }
}

impl SqlRow {
    pub fn text(&self, at: u32) -> Result<String, Fault> {
        self.text_or_null(at).ok_or_else(|| Fault(format!("column {at} is no text")))
    }

    pub fn number(&self, at: u32) -> Result<u64, Fault> {
        self.number_or_null(at)?.ok_or_else(|| Fault(format!("column {at} is null")))
    }
}

pub fn exec(sql: &Database, query: &str, values: &[Value]) -> Result<(), Fault> {
    wrote(sql, query, values).map(|_| ())
}

pub fn has_tables(sql: &Database) -> Result<bool, Fault> {
    let query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema'";
    Ok(!rows(sql, query, &[], |_| Ok(()))?.is_empty())
}

/// Reads the first row of a query, if there is one.
pub fn first_row<T>(
    sql: &Database,
    query: &str,
    values: &[Value],
    read: impl Fn(&SqlRow) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    Ok(rows(sql, query, values, read)?.into_iter().next())
}

/// Returns the number in the first row of a query, 0 if there is no row.
pub fn number(sql: &Database, query: &str, values: &[Value]) -> Result<u64, Fault> {
    Ok(first_row(sql, query, values, |row| row.number(0))?.unwrap_or(0))
}

/// Returns the last `seq` of `table` from `first` to `last` at which `column` is at most `limit`, and the one before `first` if there is none.
/// The column rises with `seq`, so a binary search needs no index.
pub fn last_up_to(
    sql: &Database,
    (table, column): (&str, &str),
    (first, last): (u64, u64),
    limit: u64,
) -> Result<u64, Fault> {
    let query = format!("SELECT {column} FROM {table} WHERE seq = ?");
    let (mut low, mut high) = (first.saturating_sub(1), last);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if first_row(sql, &query, &[middle.into()], |row| row.number(0))?.is_some_and(|value| value <= limit) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
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
