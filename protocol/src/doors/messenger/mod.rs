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
    BadFrame, ClientFrame, HistoryAsk, PresenceChange, read_batch, read_deletion, read_edit, read_frame, read_page,
    read_presence, read_reaction, read_write,
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
    let is_array = wire == Wire::Batch && text.trim_start().starts_with('[');
    let bytes_max = if is_array { BATCH_IN_BYTES_MAX } else { FRAME_BYTES_MAX };
    if text.len() > bytes_max {
        return Heard { frames: None };
    }
    let read = |frame: &str| if frame.len() > FRAME_BYTES_MAX { Err(too_large()) } else { read_frame(frame) };
    let frames = match if is_array { read_batch(text) } else { Ok(vec![text]) } {
        Ok(frames) => frames.into_iter().map(read).collect(),
        Err(refusal) => vec![Err(BadFrame::nameless(refusal))],
    };
    Heard { frames: Some(frames) }
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
