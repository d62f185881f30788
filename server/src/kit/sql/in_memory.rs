//! SQLite in memory that behaves like the runtime's: numbers are bound as doubles, and columns are read by position.

use std::rc::Rc;

use protocol::codec::packed::Packed;
use protocol::words::refusal::Fault;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params_from_iter};
use wasm_bindgen::JsValue;

/// Database of an object; clones are the same one.
#[derive(Clone)]
pub struct Database(Rc<Connection>);

impl Database {
    /// Makes a database without tables.
    ///
    /// # Panics
    ///
    /// Panics if SQLite cannot allocate it.
    pub fn new() -> Self {
        Self(Rc::new(Connection::open_in_memory().expect("a database in memory")))
    }

    /// Runs `step` in one transaction, which is rolled back if it returns `false`.
    #[cfg(test)]
    pub fn in_transaction(&self, step: impl FnOnce() -> bool) -> bool {
        let run = |query| self.0.execute_batch(query).is_ok();
        let is_committed = run("BEGIN") && step();
        run(if is_committed { "COMMIT" } else { "ROLLBACK" }) && is_committed
    }
}

/// Returns a new database, because objects run only in the Worker.
pub fn of(_state: &worker::State) -> Database {
    Database::new()
}

pub struct Value(Cell);

impl Value {
    pub fn null() -> Self {
        Self(Cell::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(Cell::Text(text.to_owned()))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self(Cell::Real(number as f64))
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self(Cell::Blob(bytes.to_vec()))
    }
}

impl From<Value> for JsValue {
    /// Exists only for the types of D1's statements, which run only in the Worker.
    fn from(_: Value) -> Self {
        Self::NULL
    }
}

/// Row, read by position.
pub struct SqlRow(Vec<Cell>);

impl SqlRow {
    fn cell(&self, at: u32) -> &Cell {
        self.0.get(at as usize).unwrap_or(&Cell::Null)
    }

    /// Returns the text at `at`; `None` for NULL.
    pub fn text_or_null(&self, at: u32) -> Option<String> {
        match self.cell(at) {
            Cell::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Returns the bytes at `at`; empty for NULL.
    pub fn bytes(&self, at: u32) -> Vec<u8> {
        match self.cell(at) {
            Cell::Blob(bytes) => bytes.clone(),
            _ => Vec::new(),
        }
    }

    pub fn is_null(&self, at: u32) -> bool {
        *self.cell(at) == Cell::Null
    }

    /// Returns the number at `at`; `None` for NULL.
    pub fn number_or_null(&self, at: u32) -> Result<Option<u64>, Fault> {
        match self.cell(at) {
            Cell::Null => Ok(None),
            Cell::Integer(number) => Ok(Some(*number as u64)),
            Cell::Real(number) => Ok(Some(*number as u64)),
            _ => Err(Fault(format!("column {at} is no number"))),
        }
    }
}

fn fault(query: &str, error: &rusqlite::Error) -> Fault {
    Fault(format!("{query}: {error}"))
}

/// Runs a statement. Returns `false` if it changed no row.
pub fn wrote(sql: &Database, query: &str, values: &[Value]) -> Result<bool, Fault> {
    let before = sql.0.total_changes();
    found(sql, query, values.iter().map(|value| &value.0))?;
    Ok(sql.0.total_changes() > before)
}

pub fn rows<T>(
    sql: &Database,
    query: &str,
    values: &[Value],
    read: impl Fn(&SqlRow) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    found(sql, query, values.iter().map(|value| &value.0))?.iter().map(read).collect()
}

/// Runs a statement with the values `first` and then `texts`, which are packed into one call.
pub fn exec_texts<'a>(
    sql: &Database,
    query: &str,
    first: &[Value],
    texts: impl IntoIterator<Item = Option<&'a str>>,
) -> Result<(), Fault> {
    let texts: Vec<Value> = texts.into_iter().map(Value::from).collect();
    found(sql, query, first.iter().chain(&texts).map(|value| &value.0)).map(|_| ())
}

/// Runs a query whose columns are all texts, and reads them row by row in one call.
pub fn texts(sql: &Database, query: &str, values: &[Value]) -> Result<Packed, Fault> {
    let found = found(sql, query, values.iter().map(|value| &value.0))?;
    let texts = found.iter().flat_map(|row| (0..row.0.len() as u32).map(|at| row.text_or_null(at)));
    let texts: Vec<Option<String>> = texts.collect();
    Ok(texts.iter().map(Option::as_deref).collect())
}

fn found<'a>(sql: &Database, query: &str, values: impl Iterator<Item = &'a Cell>) -> Result<Vec<SqlRow>, Fault> {
    let run = || {
        let mut statement = sql.0.prepare_cached(query)?;
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect::<Result<Vec<Cell>, _>>();
        let found = statement.query_map(params_from_iter(values), read)?;
        found.map(|cells| cells.map(SqlRow)).collect::<Result<Vec<SqlRow>, rusqlite::Error>>()
    };
    run().map_err(|error| fault(query, &error))
}
