//! Parts of a request beside its body (`messagehub.md` 1.1, 1.2, 4.2, 4.3): room, key, position, page.

use crate::codec::percent::decoded;
use crate::machines::hub::{HubCursor, HubRefusal};
use crate::words::limits::{
    HUB_ROOM_BYTES_MAX, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX, POLL_WAIT_S_MAX, SEQ_MAX, WRITE_ID_BYTES_MAX,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// Position after which the page begins; `None` for the newest page.
    pub after: Option<HubCursor>,
    /// Epoch that the client expects; it may stand without a position.
    pub epoch: Option<u32>,
    pub limit: u32,
    /// Time for which an empty answer is held back.
    pub wait_ms: u64,
}

/// Reads the id of a room from one raw path segment, which is decoded once.
pub fn read_room(segment: &str) -> Result<String, HubRefusal> {
    let room = decoded(segment, false).ok_or(HubRefusal::BadRoom)?;
    // URL parsers resolve these segments away, so they cannot name a room (`core.md` 1.1).
    if room == "." || room == ".." {
        return Err(HubRefusal::NotFound);
    }
    if is_room(&room) { Ok(room) } else { Err(HubRefusal::BadRoom) }
}

/// Returns `true` for an id that a room may have.
pub(super) fn is_room(room: &str) -> bool {
    let has_length = (1..=HUB_ROOM_BYTES_MAX).contains(&room.len());
    has_length && !room.contains('\0') && room != "." && room != ".."
}

/// Reads the header `Idempotency-Key` (`core.md` 3).
pub fn read_key(header: Option<&str>) -> Result<Option<String>, HubRefusal> {
    let is_key =
        |key: &str| (1..=WRITE_ID_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    match header {
        None => Ok(None),
        Some(key) if is_key(key) => Ok(Some(key.to_owned())),
        Some(_) => Err(HubRefusal::BadId),
    }
}

/// Reads the query of a page or a long poll.
pub fn read_page(
    after: Option<&str>,
    epoch: Option<&str>,
    limit: Option<&str>,
    wait: Option<&str>,
) -> Result<PageQuery, HubRefusal> {
    let after = read_cursor(after, epoch)?;
    let limit = limit.map_or(Ok(u64::from(PAGE_EVENTS_DEFAULT)), number)?.min(u64::from(PAGE_EVENTS_MAX));
    let wait_s = wait.map_or(Ok(0), number)?.min(POLL_WAIT_S_MAX);
    let limit = u32::try_from(limit).ok().filter(|limit| *limit > 0).ok_or(HubRefusal::BadCursor)?;
    Ok(PageQuery { after, epoch: epoch.map(read_epoch).transpose()?, limit, wait_ms: wait_s * 1_000 })
}

/// Reads `?after=` and `?epoch=`; an epoch alone is no cursor.
pub fn read_cursor(after: Option<&str>, epoch: Option<&str>) -> Result<Option<HubCursor>, HubRefusal> {
    let epoch = epoch.map(read_epoch).transpose()?;
    after.map(|after| number(after).map(|seq| HubCursor { epoch, seq })).transpose()
}

/// Reads the start of an event stream: the id of the last event, else the query, else `None` for new messages only.
pub fn read_stream_start(
    last_event_id: Option<&str>,
    after: Option<&str>,
    epoch: Option<&str>,
) -> Result<Option<HubCursor>, HubRefusal> {
    match last_event_id.filter(|id| !id.is_empty()) {
        None => read_cursor(after, epoch),
        Some(id) => match id.split_once('.') {
            Some((epoch, seq)) => read_cursor(Some(seq), Some(epoch)),
            None => read_cursor(Some(id), None),
        },
    }
}

fn read_epoch(text: &str) -> Result<u32, HubRefusal> {
    let is_epoch = text.len() == 8 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(text, 16).ok().filter(|_| is_epoch).ok_or(HubRefusal::BadCursor)
}

fn number(text: &str) -> Result<u64, HubRefusal> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number <= SEQ_MAX).ok_or(HubRefusal::BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alike_rooms_are_different_rooms() {
        let segments = ["a", "A", "a.", "a%20b", "a%2541", "a:b", "a%2Fb", "a+b", "%C3%A9"];
        let rooms = segments.map(|segment| read_room(segment).unwrap());
        assert_eq!(rooms, ["a", "A", "a.", "a b", "a%41", "a:b", "a/b", "a+b", "\u{e9}"]);
        assert_eq!(read_room(&"x".repeat(256)).unwrap().len(), 256);
        let long = "x".repeat(257);
        for bad in ["", "%00", "a%00b", "%", "%4", "%zz", "%ff", "%ed%a0%80", &long] {
            assert_eq!(read_room(bad), Err(HubRefusal::BadRoom), "{bad}");
        }
        for dots in [".", "..", "%2e", ".%2E", "%2e%2e"] {
            assert_eq!(read_room(dots), Err(HubRefusal::NotFound), "{dots}");
        }
        assert!(read_room("...").is_ok());
    }

    fn newest_page() -> PageQuery {
        PageQuery { after: None, epoch: None, limit: 100, wait_ms: 0 }
    }

    #[test]
    fn pages() {
        assert_eq!(read_page(None, None, None, None), Ok(newest_page()));
        let after = Some(HubCursor { epoch: Some(0x9f31_c0aa), seq: 41 });
        let asked = read_page(Some("41"), Some("9f31c0aa"), Some("1000"), Some("99"));
        assert_eq!(asked, Ok(PageQuery { after, epoch: Some(0x9f31_c0aa), limit: 200, wait_ms: 30_000 }));
        let foreign = read_page(None, Some("9f31c0aa"), None, None);
        assert_eq!(foreign, Ok(PageQuery { epoch: Some(0x9f31_c0aa), ..newest_page() }), "says which log is meant");
        for bad in ["", "-1", "+1", "1.5", " 1", "x", "9007199254740992", "99999999999999999999"] {
            assert_eq!(read_page(Some(bad), None, None, None), Err(HubRefusal::BadCursor), "{bad}");
            assert_eq!(read_page(None, None, None, Some(bad)), Err(HubRefusal::BadCursor), "{bad}");
        }
        assert_eq!(read_page(None, None, Some("0"), None), Err(HubRefusal::BadCursor));
        for bad in ["", "9f31c0a", "9f31c0aag", "zzzzzzzz", "+9f31c0a"] {
            assert_eq!(read_page(Some("1"), Some(bad), None, None), Err(HubRefusal::BadCursor), "{bad}");
        }
    }

    #[test]
    fn a_stream_begins_where_its_reader_stopped() {
        let at = |epoch, seq| Ok(Some(HubCursor { epoch, seq }));
        assert_eq!(read_stream_start(Some("9f31c0aa.42"), Some("7"), None), at(Some(0x9f31_c0aa), 42));
        assert_eq!(read_stream_start(Some("42"), None, None), at(None, 42));
        assert_eq!(read_stream_start(Some(""), Some("7"), None), at(None, 7));
        assert_eq!(read_stream_start(None, None, None), Ok(None));
        for bad in ["x", "9f31c0aa.", ".42", "9f31c0aa.42.1", "9f31c0aa-42"] {
            assert_eq!(read_stream_start(Some(bad), None, None), Err(HubRefusal::BadCursor), "{bad}");
        }
    }

    #[test]
    fn keys() {
        assert_eq!(read_key(None), Ok(None));
        assert_eq!(read_key(Some("order-7/3")), Ok(Some("order-7/3".into())));
        for bad in ["", "a b", "\u{e9}", "a\n", &"x".repeat(129)] {
            assert_eq!(read_key(Some(bad)), Err(HubRefusal::BadId), "{bad}");
        }
    }
}
