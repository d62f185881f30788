//! The messenger's door: JSON frames of `cfm.v1` (`messenger.md` 5 and 6).
//!
//! `read` turns what a client sent into inputs, `write` turns notices into frames. Both are pure functions.

mod presence;
mod read;
mod write;

pub use crate::json::json_text;
pub use presence::{
    contact_json, full_sync_json, hidden_for_me_json, notification_json, presence_welcome_json, room_added_json,
    room_invited_json, room_removed_json, signed_out_json, update_json,
};
pub use read::{
    BadFrame, ClientFrame, HistoryAsk, PresenceChange, read_batch, read_deletion, read_edit, read_frame, read_page,
    read_presence, read_reaction, read_write,
};
pub use write::{EventView, event_json, history_json, notice_json, participant_json};

/// Subprotocol of one frame per message.
pub const PROTOCOL: &str = "cfm.v1";
/// Subprotocol of arrays of frames (`core.md` 5.1).
pub const PROTOCOL_BATCH: &str = "cfm.v1.batch";

use crate::event::Millis;
use crate::limits::{BATCH_IN_BYTES_MAX, FRAME_BYTES_MAX};
use crate::refusal::{Fault, Refusal};
use crate::room::{ConnKey, Outbound, Room, RoomStore, Wire};

/// One text message of a room socket: a frame, or with `cfm.v1.batch` an array of frames (`messenger.md` 5.2, `core.md` 5.1).
pub fn receive(
    room: &mut Room,
    store: &mut impl RoomStore,
    now: Millis,
    conn: ConnKey,
    text: &str,
    out: &mut Outbound,
) -> Result<(), Fault> {
    let is_batch = room.connection(conn).is_some_and(|connection| connection.wire == Wire::Batch);
    let is_array = is_batch && text.trim_start().starts_with('[');
    let bytes_max = if is_array { BATCH_IN_BYTES_MAX } else { FRAME_BYTES_MAX };
    if text.len() > bytes_max {
        room.expel(now, conn, 1009, "frame too large", out);
        return Ok(());
    }
    let frames = if is_array { read_batch(text) } else { Ok(vec![text]) };
    match frames {
        Ok(frames) => {
            for frame in frames {
                let frame = if frame.len() > FRAME_BYTES_MAX { Err(too_large()) } else { read_frame(frame) };
                room.frame(store, now, conn, frame, out)?;
            }
            Ok(())
        }
        Err(refusal) => room.frame(store, now, conn, Err(BadFrame::nameless(refusal)), out),
    }
}

fn too_large() -> BadFrame {
    BadFrame::nameless(Refusal::TooLarge)
}
