//! The messenger's door: JSON frames of `cfm.v1` (`messenger.md` 5, `presence.md` 1).
//!
//! `read` parses frames of clients into inputs, `write` encodes notifications as frames. Both are pure functions.

mod body;
mod columns;
mod config;
mod demo;
mod embed;
mod leaving;
mod list_place;
mod moderation;
mod people;
mod presence;
mod push;
mod read;
mod report;
mod settings;
mod write;

pub use body::Members;
pub use columns::deliveries;
pub use config::limits_json;
pub use demo::{DemoCounters, demo_counters_json, demo_json, demo_state_json};
pub use embed::{EmbeddedFile, EmbeddedMessage, embedded_message, read_embedding};
pub use leaving::{
    AccountExport, archive_json, exported_block_json, exported_contact_json, exported_file_json, exported_group_json,
    exported_passkey_json, exported_people_json, index_html, profile_json,
};
pub use list_place::{ListPlace, page_of};
pub use moderation::{
    HeldWords, check_public_room, check_verdict, dropped_json, held_json, held_words, moderation_json, read_act,
    read_verdict,
};
pub use people::{handle_json, invite_json, invite_shown_json, person_json};
pub use presence::{
    address_json, contact_json, draft_answer_json, draft_json, drafts_json, full_sync_json, group_json,
    hidden_for_me_json, home_json, notification_json, presence_welcome_json, room_added_json, room_invited_json,
    room_removed_json, signed_out_json, unread_json, update_json,
};
pub use push::{
    PushChoices, PushEvent, PushMessage, declarative_push_json, push_choices_json, push_event, push_level_json,
    push_message_json, push_results_json, push_state_json, push_subscription_json, read_push_choices,
};
#[cfg(test)]
pub(crate) use read::own_members;
pub use read::{
    read_batch, read_deletion, read_edit, read_frame, read_limit, read_page, read_presence, read_reaction, read_write,
};
pub use report::read_report;
pub use settings::read_settings_change;
pub use write::{
    EventView, event_json, found_json, frame_json, history_json, participant_json, pin_answer_json, pin_json,
};

/// Subprotocol of one frame per message.
pub const PROTOCOL: &str = "cfm.v1";
/// Subprotocol of arrays of frames (`core.md` 5.1).
pub const PROTOCOL_BATCH: &str = "cfm.v1.batch";
/// Subprotocol of frames with columns (`messenger.md` 5.6).
pub const PROTOCOL_COLUMNS: &str = "cfm.v1.columns";

use crate::machines::room::{BadFrame, ClientFrame, Outbound, Room, RoomStore, Wire};
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::{BATCH_IN_BYTES_MAX, FRAME_BYTES_MAX};
use crate::words::refusal::{Fault, Refusal};
use crate::words::socket::ConnKey;

/// Content of one text message of a room socket.
#[derive(Debug)]
pub struct IncomingFrames {
    /// The frames; `None` when the text is too large.
    frames: Option<Vec<Result<ClientFrame, BadFrame>>>,
}

impl IncomingFrames {
    /// Returns `true` if every frame is ephemeral: nothing is written to the store or read from it.
    pub fn is_passing(&self) -> bool {
        let passes = |frame: &Result<ClientFrame, BadFrame>| {
            matches!(frame, Ok(ClientFrame::Typing { .. } | ClientFrame::Ping { .. }))
        };
        self.frames.as_ref().is_some_and(|frames| frames.iter().all(passes))
    }
}

/// Reads a text message: a frame, or on a batched socket an array of frames (`messenger.md` 5.2, `core.md` 5.1).
pub fn incoming_frames(wire: Wire, text: &str) -> IncomingFrames {
    IncomingFrames { frames: frames_in(text, wire.is_batched(), FRAME_BYTES_MAX) }
}

/// Returns the frames of a text message, each of at most `frame_bytes_max`; `None` when the text is too large as a whole.
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

/// Applies the frames of a socket.
pub fn apply_frames(
    room: &mut Room,
    store: &mut impl RoomStore,
    now: Millis,
    conn: ConnKey,
    incoming: IncomingFrames,
    out: &mut Outbound,
) -> Result<(), Fault> {
    match incoming.frames {
        Some(frames) => frames.into_iter().try_for_each(|frame| room.frame(store, now, conn, frame, out)),
        None => {
            room.expel(now, conn, CloseCode::TooLarge.code(), "frame too large", out);
            Ok(())
        }
    }
}

/// Reads and applies a text message ([`incoming_frames`], [`apply_frames`]).
pub fn receive(
    room: &mut Room,
    store: &mut impl RoomStore,
    now: Millis,
    conn: ConnKey,
    text: &str,
    out: &mut Outbound,
) -> Result<(), Fault> {
    let wire = room.connection(conn).map_or(Wire::Single, |connection| connection.wire);
    apply_frames(room, store, now, conn, incoming_frames(wire, text), out)
}

fn too_large() -> BadFrame {
    BadFrame::nameless(Refusal::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::limits::{BATCH_FRAMES_MAX, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX, PRESENCE_FRAME_BYTES_MAX};

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
    fn an_array_has_so_many_frames_and_one_without_any_or_with_more_is_one_unusable_frame() {
        let codes = |count: usize| {
            let text = format!("[{}]", vec![r#"{"type":"ping"}"#; count].join(","));
            let frames = frames_in(&text, true, FRAME_BYTES_MAX).unwrap();
            frames.into_iter().map(|frame| frame.err().map(|bad| bad.refusal.code())).collect::<Vec<_>>()
        };
        assert_eq!(codes(BATCH_FRAMES_MAX), [None; BATCH_FRAMES_MAX]);
        assert_eq!(codes(BATCH_FRAMES_MAX + 1), [Some("TOO_LARGE")]);
        assert_eq!(codes(0), [Some("BAD_JSON")]);
    }

    #[test]
    fn what_is_no_array_is_one_unusable_frame_and_what_is_no_object_in_one_is_refused_alone() {
        let codes = |text: &str| {
            let frames = frames_in(text, true, FRAME_BYTES_MAX).unwrap();
            frames.into_iter().map(|frame| frame.err().map(|bad| bad.refusal.code())).collect::<Vec<_>>()
        };
        let ping = r#"{"type":"ping"}"#;
        // The valid frame of each does not count.
        for (begin, end) in
            [("[", ""), ("[", ",]"), ("[", "]]"), ("[", "] x"), ("[", ",{]"), ("[", ",nul]"), ("[ping,", "]")]
        {
            assert_eq!(codes(&format!("{begin}{ping}{end}")), [Some("BAD_JSON")], "{begin}…{end}");
        }
        assert_eq!(codes(&format!("[{ping}{ping}]")), [Some("BAD_JSON")]);
        let bad = Some("BAD_JSON");
        assert_eq!(codes(&format!("[5,{ping},null,[{ping}],\"x\",{ping}]")), [bad, None, bad, bad, bad, None]);
    }

    #[test]
    fn a_refusal_names_the_frame_and_the_member() {
        let refused = |text: &str| {
            let bad = read_frame(text).unwrap_err();
            let field = match &bad.refusal {
                Refusal::Validation { field, .. } => field.to_string(),
                other => other.code().to_owned(),
            };
            (bad.id.or(bad.rid).unwrap_or_default(), field)
        };
        let named = |id: &str, field: &str| (id.to_owned(), field.to_owned());
        let chat = |rest: &str| refused(&format!("{{\"type\":\"chat\",\"id\":\"a\"{rest}}}"));
        assert_eq!(chat(r#","content":"\ud83d\ude00 \ud83d""#), named("a", "INVALID_TEXT"), "half of a pair");
        assert_eq!(chat(r#","content":"\\ud83d \udc00""#), named("a", "INVALID_TEXT"), "a backslash is none");
        assert_eq!(chat(r#","content":5"#), named("a", "content"));
        assert_eq!(chat(r#","content":"x","font":{"color":300}"#), named("a", "font"));
        assert_eq!(chat(r#","content":"x","content":"y""#), named("a", "BAD_JSON"));
        assert_eq!(refused(r#"{"type":"typing","isTyping":"yes"}"#), named("", "isTyping"));
        assert_eq!(refused(r#"{"type":"presence","until":"soon"}"#), named("", "until"));
        assert_eq!(refused(r#"{"type":"watch","userIds":[1]}"#), named("", "userIds"));
        assert_eq!(refused(r#"{"type":"history","rid":"r","limit":"x"}"#), named("r", "BAD_CURSOR"));
        assert_eq!(refused(r#"{"type":7,"id":"a"}"#), named("a", "type"));
        assert_eq!(refused("[]"), named("", "BAD_JSON"));
        assert_eq!(refused("{\"type\":\"chat\",\"id\":\"a\""), named("", "BAD_JSON"));
    }

    #[test]
    fn members_of_other_frames_are_as_unknown_ones_whatever_they_are() {
        let id = "00000000-0000-7000-8000-000000000001";
        let chat = format!(
            "{{\"type\":\"chat\",\"id\":\"{id}\",\"content\":\"hi\",\"displayName\":5,\"until\":\"x\",\"status\":[]}}"
        );
        assert!(matches!(read_frame(&chat), Ok(ClientFrame::Write(write)) if write.body == r#"{"content":"hi"}"#));
        assert!(read_write(r#"{"content":"hi","status":1,"isTyping":{}}"#, id).is_ok());
        assert!(read_presence(r#"{"status":"away","content":1}"#).is_ok());
    }

    #[test]
    fn messages_are_referred_to_by_any_id_that_they_can_have() {
        let id = "00000000-0000-7000-8000-000000000001";
        for frame in [
            format!(r#"{{"type":"chat","id":"{id}","content":"x","replyTo":"m-0003"}}"#),
            format!(r#"{{"type":"edit","id":"{id}","content":"x","messageId":"m-0003"}}"#),
            r#"{"type":"ack","ackId":"m-0003","status":"read"}"#.to_owned(),
        ] {
            assert!(read_frame(&frame).is_ok(), "{frame}");
        }
        assert!(read_frame(r#"{"type":"chat","id":"m-0003","content":"x"}"#).is_err());
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
