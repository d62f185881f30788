//! Statements for D1.

use std::borrow::Cow;

use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement};

use crate::kit::sql::Value;

/// SQL with its bound values.
pub(super) type Statement = (Cow<'static, str>, Vec<Value>);

pub(super) async fn run(database: &D1Database, statements: Vec<Statement>) -> worker::Result<()> {
    if statements.is_empty() {
        return Ok(());
    }
    let statements = statements.into_iter().map(|statement| bound(database, statement));
    database.batch(statements.collect::<worker::Result<Vec<_>>>()?).await.map(|_| ())
}

/// Prepares a statement.
pub(super) fn bound(database: &D1Database, (query, values): Statement) -> worker::Result<D1PreparedStatement> {
    let values: Vec<JsValue> = values.into_iter().map(JsValue::from).collect();
    database.prepare(query).bind(&values)
}
