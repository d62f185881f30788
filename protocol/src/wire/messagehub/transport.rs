//! Answers to readers without a socket (`messagehub.md` 4): pages, event streams, presence.

use std::fmt::Write as _;

use crate::codec::json::json_text;
use crate::machines::hub::{HubPage, Item, PresenceEntry};
use crate::words::limits::STREAM_RETRY_MS;

/// Returns the answer to a page or a long poll.
pub fn page_json(page: &HubPage) -> String {
    let HubPage { items, head, next, more, epoch, is_reset, truncated_at } = page;
    let reset = if *is_reset { "\"reset\":true," } else { "" };
    let items: Vec<String> = items.iter().map(Item::json).collect();
    let mut out = format!(
        "{{{reset}\"messages\":[{}],\"next\":{next},\"head\":{head},\"more\":{more},\"epoch\":\"{epoch:08x}\"",
        items.join(",")
    );
    if let Some(oldest) = truncated_at {
        let _ = write!(out, ",\"truncated\":true,\"oldest\":{oldest}");
    }
    out.push('}');
    out
}

/// Returns the head of an event stream, with its start position. A reader that is cut off before the first message resumes there, and not at
/// the end of the log.
pub fn sse_start(epoch: u32, sent_to: u64) -> String {
    format!("retry: {STREAM_RETRY_MS}\n\n{}\n", sse_place(epoch, sent_to))
}

/// Returns the `id` line, whose value the browser sends as `Last-Event-ID` when it reconnects.
fn sse_place(epoch: u32, seq: u64) -> String {
    format!("id: {epoch:08x}.{seq}\n")
}

/// Returns a message of an event stream. Line ends in an item are escaped.
pub fn sse_message(epoch: u32, item: &Item) -> String {
    format!("{}event: message\ndata: {}\n\n", sse_place(epoch, item.seq), item.json())
}

/// Returns the event for a reader whose position belongs to another epoch.
pub fn sse_reset(epoch: u32, head: u64) -> String {
    let place = sse_place(epoch, head);
    format!("{place}event: reset\ndata: {{\"epoch\":\"{epoch:08x}\",\"head\":{head}}}\n\n")
}

pub fn sse_heartbeat() -> &'static str {
    ": hb\n\n"
}

/// Statistics of a room (`messagehub.md` 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubStats {
    pub head: u64,
    /// Oldest kept position.
    pub oldest: u64,
    /// Bytes of the kept messages.
    pub bytes: u64,
    pub sockets: usize,
    pub streams: usize,
    pub outbox: u64,
    pub dead: u64,
    pub rate_per_min: usize,
}

pub fn stats_json(stats: &HubStats) -> String {
    let HubStats { head, oldest, bytes, sockets, streams, outbox, dead, rate_per_min } = stats;
    format!(
        "{{\"head\":{head},\"oldest\":{oldest},\"bytes\":{bytes},\"sockets\":{sockets},\"streams\":{streams},\
         \"outbox\":{outbox},\"dead\":{dead},\"ratePerMin\":{rate_per_min}}}"
    )
}

pub fn presence_json(room: &str, count: usize, streams: usize, principals: &[PresenceEntry]) -> String {
    let entry = |entry: &PresenceEntry| {
        let PresenceEntry { id, sockets, status, since } = entry;
        let id = id.as_deref().map_or_else(|| "null".to_owned(), json_text);
        format!("{{\"id\":{id},\"sockets\":{sockets},\"status\":{},\"since\":{since}}}", json_text(status))
    };
    let principals: Vec<String> = principals.iter().map(entry).collect();
    format!(
        "{{\"room\":{},\"count\":{count},\"streams\":{streams},\"principals\":[{}]}}",
        json_text(room),
        principals.join(",")
    )
}
