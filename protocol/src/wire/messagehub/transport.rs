//! Answers to readers that are not sockets (`messagehub.md` 4): pages, event streams, presence.

use std::fmt::Write as _;

use crate::codec::json::json_text;
use crate::machines::hub::{HubPage, Item, PresenceEntry};
use crate::words::limits::STREAM_RETRY_MS;

/// The answer to a page or a long poll.
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

/// First words of an event stream, among them the place after which it begins: a reader that is cut off before its first message
/// comes back there, and not at what is then the end.
pub fn sse_start(epoch: u32, sent_to: u64) -> String {
    format!("retry: {STREAM_RETRY_MS}\n\n{}\n", sse_place(epoch, sent_to))
}

/// Returns the line whose value the browser sends back as `Last-Event-ID` when it comes again.
fn sse_place(epoch: u32, seq: u64) -> String {
    format!("id: {epoch:08x}.{seq}\n")
}

/// A message in an event stream. An item has no line ends: they are escapes in it.
pub fn sse_message(epoch: u32, item: &Item) -> String {
    format!("{}event: message\ndata: {}\n\n", sse_place(epoch, item.seq), item.json())
}

/// The reader's place was another log's.
pub fn sse_reset(epoch: u32, head: u64) -> String {
    let place = sse_place(epoch, head);
    format!("{place}event: reset\ndata: {{\"epoch\":\"{epoch:08x}\",\"head\":{head}}}\n\n")
}

/// A sign of life.
pub fn sse_heartbeat() -> &'static str {
    ": hb\n\n"
}

/// A room in numbers (`messagehub.md` 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubStats {
    /// Newest place.
    pub head: u64,
    /// Oldest kept place.
    pub oldest: u64,
    /// Bytes of what is kept.
    pub bytes: u64,
    /// Open sockets.
    pub sockets: usize,
    /// Open event streams.
    pub streams: usize,
    /// Messages that wait for receivers.
    pub outbox: u64,
    /// Messages that receivers did not take.
    pub dead: u64,
    /// Messages of the last minute.
    pub rate_per_min: usize,
}

/// A room in numbers.
pub fn stats_json(stats: &HubStats) -> String {
    let HubStats { head, oldest, bytes, sockets, streams, outbox, dead, rate_per_min } = stats;
    format!(
        "{{\"head\":{head},\"oldest\":{oldest},\"bytes\":{bytes},\"sockets\":{sockets},\"streams\":{streams},\
         \"outbox\":{outbox},\"dead\":{dead},\"ratePerMin\":{rate_per_min}}}"
    )
}

/// Returns the presence in a room as JSON.
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
