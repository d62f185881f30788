//! The messenger's door: JSON frames of `cfm.v1` (`messenger.md` 5 and 6).
//!
//! `read` turns what a client sent into inputs, `write` turns notices into frames. Both are pure functions.

mod presence;
mod read;
mod write;

pub use crate::json::json_text;
pub use presence::{
    contact_json, full_sync_json, group_json, hidden_for_me_json, notification_json, presence_welcome_json,
    room_added_json, room_invited_json, room_removed_json, signed_out_json, update_json,
};
pub use read::{
    BadFrame, ClientFrame, HistoryAsk, PresenceChange, read_batch, read_deletion, read_edit, read_frame, read_limit,
    read_page, read_presence, read_reaction, read_write,
};
pub use write::{EventView, event_json, found_json, history_json, notice_json, participant_json};

/// Subprotocol of one frame per message.
pub const PROTOCOL: &str = "cfm.v1";
/// Subprotocol of arrays of frames (`core.md` 5.1).
pub const PROTOCOL_BATCH: &str = "cfm.v1.batch";

use crate::event::Millis;
use crate::limits::{BATCH_IN_BYTES_MAX, FRAME_BYTES_MAX};
use crate::refusal::{Fault, Refusal};
use crate::room::{ConnKey, Outbound, Room, RoomStore, Wire};

/// What one text message of a room socket says.
#[derive(Debug)]
pub struct Heard {
    /// The frames in it; none when it is too large for any.
    frames: Option<Vec<Result<ClientFrame, BadFrame>>>,
}

impl Heard {
    /// Whether it only passes by and leaves nothing in the store, neither written nor asked for.
    pub fn is_passing(&self) -> bool {
        let passes = |frame: &Result<ClientFrame, BadFrame>| {
            matches!(frame, Ok(ClientFrame::Typing { .. } | ClientFrame::Ping { .. }))
        };
        self.frames.as_ref().is_some_and(|frames| frames.iter().all(passes))
    }
}

/// Reads a text message: a frame, or with `cfm.v1.batch` an array of frames (`messenger.md` 5.2, `core.md` 5.1).
pub fn hear(wire: Wire, text: &str) -> Heard {
    Heard { frames: frames_in(text, wire == Wire::Batch, FRAME_BYTES_MAX) }
}

/// The frames in a text message of a socket whose frames have at most so many bytes; `None` when it is too large as a whole.
pub fn frames_in(text: &str, is_batch: bool, frame_bytes_max: usize) -> Option<Vec<Result<ClientFrame, BadFrame>>> {
    let is_array = is_batch && text.trim_start().starts_with('[');
    if text.len() > if is_array { BATCH_IN_BYTES_MAX } else { frame_bytes_max } {
        return None;
    }
    let read = |frame: &str| if frame.len() > frame_bytes_max { Err(too_large()) } else { read_frame(frame) };
    Some(match if is_array { read_batch(text) } else { Ok(vec![text]) } {
        Ok(frames) => frames.into_iter().map(read).collect(),
        Err(refusal) => vec![Err(BadFrame::nameless(refusal))],
    })
}

/// Does what a socket said.
pub fn obey(
    room: &mut Room,
    store: &mut impl RoomStore,
    now: Millis,
    conn: ConnKey,
    heard: Heard,
    out: &mut Outbound,
) -> Result<(), Fault> {
    match heard.frames {
        Some(frames) => frames.into_iter().try_for_each(|frame| room.frame(store, now, conn, frame, out)),
        None => {
            room.expel(now, conn, 1009, "frame too large", out);
            Ok(())
        }
    }
}

/// [`hear`] and [`obey`] at once.
pub fn receive(
    room: &mut Room,
    store: &mut impl RoomStore,
    now: Millis,
    conn: ConnKey,
    text: &str,
    out: &mut Outbound,
) -> Result<(), Fault> {
    let wire = room.connection(conn).map_or(Wire::Single, |connection| connection.wire);
    obey(room, store, now, conn, hear(wire, text), out)
}

fn too_large() -> BadFrame {
    BadFrame::nameless(Refusal::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX, PRESENCE_FRAME_BYTES_MAX};

    #[test]
    fn an_array_has_its_own_size_and_each_frame_in_it_that_of_its_socket() {
        let ping = |size: usize| format!("{{\"type\":\"ping\",\"x\":\"{}\"}}", "x".repeat(size));
        let kinds = |text: &str, is_batch: bool| {
            let frames = frames_in(text, is_batch, PRESENCE_FRAME_BYTES_MAX)?;
            Some(frames.into_iter().map(|frame| frame.map_err(|bad| bad.refusal.code())).collect::<Vec<_>>())
        };
        let large = ping(PRESENCE_FRAME_BYTES_MAX);
        let many = format!("[{}]", vec![ping(1_000); 60].join(","));
        assert!(many.len() > PRESENCE_FRAME_BYTES_MAX);
        assert!(kinds(&many, true).is_some_and(|frames| frames.len() == 60 && frames.iter().all(Result::is_ok)));
        assert_eq!(kinds(&many, false), None, "no array was agreed on");
        assert_eq!(kinds(&large, true), None);
        assert_eq!(kinds(&large, false), None);
        let mixed = kinds(&format!("[{},{large},{}]", ping(1), ping(1)), true).unwrap();
        assert_eq!(mixed.get(1), Some(&Err("TOO_LARGE")));
        assert_eq!(mixed.iter().filter(|frame| frame.is_ok()).count(), 2);
        assert_eq!(kinds(&format!("[{}]", vec![ping(1_100); 60].join(",")), true), None, "above the array's own size");
    }

    #[test]
    fn a_limit_above_the_maximum_means_the_maximum() {
        assert_eq!(read_limit(None), Ok(PAGE_EVENTS_DEFAULT));
        for (text, limit) in [("1", 1), ("0200", 200), ("201", PAGE_EVENTS_MAX), ("4294967296", PAGE_EVENTS_MAX)] {
            assert_eq!(read_limit(Some(text)), Ok(limit), "{text}");
        }
        assert_eq!(read_limit(Some("99999999999999999999999")), Ok(PAGE_EVENTS_MAX));
        for text in ["", "0", "-1", "+5", " 5", "1.5", "1e2", "x"] {
            assert_eq!(read_limit(Some(text)), Err(Refusal::BadCursor), "{text}");
        }
    }
}
