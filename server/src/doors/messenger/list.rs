//! Lists `{items, next, more}` (`messenger.md` 3): rows in a fixed order, with pages behind the place of the last row.

use protocol::wire::messenger::{ListPlace, page_of, read_limit};
use protocol::words::refusal::Refusal;
use serde::Serialize;
use serde_json::json;

use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;

/// One page of rows before serialization.
pub struct Slice<'a, T> {
    pub items: &'a [T],
    next: Option<String>,
    more: bool,
}

impl<T> Slice<'_, T> {
    /// Returns the page with `items` in place of its rows.
    pub fn reply(&self, items: &[impl Serialize]) -> HandlerResult {
        Reply::json(&json!({ "items": items, "next": self.next, "more": self.more }))
    }
}

/// Returns one page of `rows` by `?limit=&after=`. The rows are sorted by their places.
pub fn page<T: Serialize>(incoming: &Incoming, rows: &[T], place_of: impl Fn(&T) -> ListPlace) -> HandlerResult {
    let slice = slice(incoming, rows, place_of)?;
    slice.reply(slice.items)
}

/// Returns one page of a list that only a new version of the Worker changes.
pub fn fixed<T: Serialize>(incoming: &Incoming, rows: &[T], id_of: impl Fn(&T) -> &str) -> HandlerResult {
    let rows: Vec<(u64, &T)> = (0..).zip(rows).collect();
    let slice = slice(incoming, &rows, |(rank, row)| ListPlace::new(*rank, id_of(row)))?;
    slice.reply(&slice.items.iter().map(|(_, row)| row).collect::<Vec<_>>())
}

/// Returns a list that is short enough to be complete if the request names no part of it.
pub fn whole<T: Serialize>(incoming: &Incoming, rows: &[T], place_of: impl Fn(&T) -> ListPlace) -> HandlerResult {
    if incoming.query("limit").is_none() && incoming.query("after").is_none() {
        return Slice { items: rows, next: None, more: false }.reply(rows);
    }
    page(incoming, rows, place_of)
}

/// Returns one page of rows, of which only those of the page are processed further.
pub fn slice<'a, T>(
    incoming: &Incoming,
    rows: &'a [T],
    place_of: impl Fn(&T) -> ListPlace,
) -> Result<Slice<'a, T>, Refusal> {
    let places: Vec<ListPlace> = rows.iter().map(place_of).collect();
    let (range, more) = page_of(&places, after(incoming)?.as_ref(), limit(incoming)?);
    let items = rows.get(range.clone()).unwrap_or_default();
    let next = places.get(range).and_then(<[_]>::last).filter(|_| more).map(ToString::to_string);
    Ok(Slice { items, next, more })
}

pub fn after(incoming: &Incoming) -> Result<Option<ListPlace>, Refusal> {
    incoming.query("after").map(|text| ListPlace::parse(&text).ok_or(Refusal::BadCursor)).transpose()
}

pub fn limit(incoming: &Incoming) -> Result<usize, Refusal> {
    Ok(read_limit(incoming.query("limit").as_deref())? as usize)
}
