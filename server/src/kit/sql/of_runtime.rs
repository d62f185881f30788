//! SQLite of the runtime.

use js_sys::Array;
use protocol::codec::packed::Packed;
use protocol::words::refusal::Fault;
use wasm_bindgen::{JsCast, JsValue};

use crate::runtime;

pub type Database = worker::SqlStorage;

pub fn of(state: &worker::State) -> Database {
    state.storage().sql()
}

pub struct Value(JsValue);

impl Value {
    pub fn null() -> Self {
        Self(JsValue::NULL)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(JsValue::from_str(text))
    }
}

impl From<u64> for Value {
    /// Numbers are at most 2^53 - 1 everywhere (`core.md` 10), so a double holds them exactly.
    fn from(number: u64) -> Self {
        Self(JsValue::from_f64(number as f64))
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self(js_sys::Uint8Array::from(bytes).into())
    }
}

impl From<Value> for JsValue {
    fn from(value: Value) -> Self {
        value.0
    }
}

pub struct SqlRow(Array);

impl SqlRow {
    /// Returns the text at `at`; `None` for NULL.
    pub fn text_or_null(&self, at: u32) -> Option<String> {
        self.0.get(at).as_string()
    }

    /// Returns the bytes at `at`; empty for NULL.
    pub fn bytes(&self, at: u32) -> Vec<u8> {
        if self.is_null(at) { Vec::new() } else { js_sys::Uint8Array::new(&self.0.get(at)).to_vec() }
    }

    pub fn is_null(&self, at: u32) -> bool {
        self.0.get(at).is_null()
    }

    /// Returns the number at `at`; `None` for NULL.
    pub fn number_or_null(&self, at: u32) -> Result<Option<u64>, Fault> {
        let value = self.0.get(at);
        if value.is_null() || value.is_undefined() {
            return Ok(None);
        }
        value.as_f64().map(|number| Some(number as u64)).ok_or_else(|| Fault(format!("column {at} is no number")))
    }
}

fn array(values: &[Value]) -> Array {
    values.iter().map(|value| &value.0).collect()
}

fn fault(query: &str, error: &JsValue) -> Fault {
    Fault(format!("{query}: {error:?}"))
}

/// Runs a statement. Returns `false` if it changed no row.
pub fn wrote(sql: &Database, query: &str, values: &[Value]) -> Result<bool, Fault> {
    runtime::exec(sql.as_ref(), query, &array(values)).map_err(|error| fault(query, &error))
}

pub fn rows<T>(
    sql: &Database,
    query: &str,
    values: &[Value],
    read: impl Fn(&SqlRow) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let raw = runtime::rows(sql.as_ref(), query, &array(values)).map_err(|error| fault(query, &error))?;
    raw.iter().map(|row| read(&SqlRow(row.unchecked_into()))).collect()
}

/// Runs a statement with the values `first` and then `texts`, which are packed into one call.
pub fn exec_texts<'a>(
    sql: &Database,
    query: &str,
    first: &[Value],
    texts: impl IntoIterator<Item = Option<&'a str>>,
) -> Result<(), Fault> {
    let Packed { texts, lengths } = texts.into_iter().collect();
    runtime::exec_texts(sql.as_ref(), query, &array(first), &texts, &lengths).map_err(|error| fault(query, &error))
}

/// Runs a query whose columns are all texts, and reads them row by row in one call.
pub fn texts(sql: &Database, query: &str, values: &[Value]) -> Result<Packed, Fault> {
    let found = runtime::rows_texts(sql.as_ref(), query, &array(values)).map_err(|error| fault(query, &error))?;
    let texts = found.get(0).as_string().ok_or_else(|| Fault(format!("{query}: no texts")))?;
    Ok(Packed { texts, lengths: js_sys::Uint32Array::new(&found.get(1)).to_vec() })
}
