//! Lists `{items, next, more}` (`messenger.md` 3): rows in a fixed order, with pages by the id of the last row.

use protocol::wire::messenger::read_limit;
use protocol::words::refusal::Refusal;
use serde::Serialize;
use serde_json::json;

use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;

/// One page of rows before serialization.
pub struct Slice<'a, T> {
    /// The rows.
    pub items: &'a [T],
    next: Option<&'a str>,
    more: bool,
}

impl<T> Slice<'_, T> {
    /// Returns the page with `items` in place of its rows.
    pub fn reply(&self, items: &[impl Serialize]) -> HandlerResult {
        Reply::json(&json!({ "items": items, "next": self.next, "more": self.more }))
    }
}

/// Returns one page of `rows` by `?limit=&after=`; `after` is an id of `id_of`.
pub fn page<T: Serialize>(incoming: &Incoming, rows: &[T], id_of: impl Fn(&T) -> &str) -> HandlerResult {
    let slice = slice(incoming, rows, id_of)?;
    slice.reply(slice.items)
}

/// Returns a list that is short enough to be complete if the request names no part of it.
pub fn whole<T: Serialize>(incoming: &Incoming, rows: &[T], id_of: impl Fn(&T) -> &str) -> HandlerResult {
    if incoming.query("limit").is_none() && incoming.query("after").is_none() {
        return Slice { items: rows, next: None, more: false }.reply(rows);
    }
    page(incoming, rows, id_of)
}

/// Returns one page of rows, of which only those of the page are processed further.
pub fn slice<'a, T>(incoming: &Incoming, rows: &'a [T], id_of: impl Fn(&T) -> &str) -> Result<Slice<'a, T>, Refusal> {
    let limit = limit(incoming)?;
    let first = match incoming.query("after") {
        Some(after) => rows.iter().position(|row| id_of(row) == after).ok_or(Refusal::BadCursor)? + 1,
        None => 0,
    };
    let rest = rows.get(first..).unwrap_or_default();
    let items = rest.get(..limit.min(rest.len())).unwrap_or_default();
    let more = items.len() < rest.len();
    let next = items.last().filter(|_| more).map(id_of);
    Ok(Slice { items, next, more })
}

/// Parses `?limit=` of a list.
pub fn limit(incoming: &Incoming) -> Result<usize, Refusal> {
    Ok(read_limit(incoming.query("limit").as_deref())? as usize)
}
