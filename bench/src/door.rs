//! Wire forms by server: the product uses `cfm.v1.batch` or `cfm.v1.columns` (`messenger.md` 5), a baseline plain text, Socket.IO its own
//! packets.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::marker::Marker;
use crate::socket_io;

/// Wire form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The messenger's room socket.
    Messenger,
    /// The simplest frame of a message: its text. Several messages in one frame are separated by line ends.
    Plain,
    /// Events of Socket.IO, one message in each.
    SocketIo,
}

static JOINED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"type\":\"history\""));
static TYPING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"isTyping\":true"));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"type\":\"error\""));
static ACK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"type\":\"ack\",\"id\":\""));
const ACK_HEAD_BYTES: usize = "\"type\":\"ack\",\"id\":\"".len();

impl Door {
    /// Returns the path of a room's socket.
    pub fn room_path(self, room: &str) -> String {
        match self {
            Self::Messenger => format!("/api/ws/room/{room}"),
            Self::Plain => format!("/room/{room}"),
            Self::SocketIo => socket_io::room_path(room),
        }
    }

    /// Returns the path by which a page of the product joins a room: it takes the participants in pages (`messenger.md` 5.7).
    pub fn joining_path(self, room: &str) -> String {
        let path = self.room_path(room);
        match self {
            Self::Messenger => format!("{path}?participants=page"),
            Self::Plain | Self::SocketIo => path,
        }
    }

    /// Returns the path of a page of messages after `since`. A server that stores nothing does not know it.
    pub fn history_path(self, room: &str, since: u64) -> String {
        match self {
            Self::Messenger => format!("/api/messages?roomId={room}&since={since}&limit=200"),
            Self::Plain | Self::SocketIo => format!("/history/{room}?since={since}"),
        }
    }

    /// Writes the frame of a message.
    pub fn write_chat(self, frame: &mut String, marker: Marker) {
        frame.clear();
        match self {
            Self::Messenger => {
                frame.push_str("{\"type\":\"chat\",\"id\":\"");
                marker.push_id(frame);
                frame.push_str("\",\"content\":\"");
                marker.push_text(frame);
                frame.push_str("\"}");
            }
            Self::Plain => marker.push_text(frame),
            Self::SocketIo => socket_io::push_event(frame, marker),
        }
    }

    /// Writes a frame that is sent to others and never stored. A baseline that stores everything has none.
    pub fn write_typing(self, frame: &mut String, marker: impl FnOnce() -> Marker) {
        match self {
            Self::Messenger => {
                frame.clear();
                frame.push_str("{\"type\":\"typing\",\"isTyping\":true}");
            }
            Self::Plain | Self::SocketIo => self.write_chat(frame, marker()),
        }
    }

    /// Returns true if a frame contains the output of [`Door::write_typing`].
    pub fn is_typing(self, frame: &[u8]) -> bool {
        match self {
            Self::Messenger => TYPING.find(frame).is_some(),
            Self::Plain | Self::SocketIo => true,
        }
    }

    /// Returns the frame with which a client answers a frame without messages.
    pub fn answer(self, frame: &[u8]) -> Option<&'static str> {
        match self {
            Self::Messenger | Self::Plain => None,
            Self::SocketIo => socket_io::Incoming::of(frame).answer(),
        }
    }

    /// Returns true if a frame completes a join: the history is the messenger's last frame.
    pub fn completes_join(self, frame: &[u8]) -> bool {
        match self {
            Self::Messenger => JOINED.find(frame).is_some(),
            Self::Plain => false,
            Self::SocketIo => socket_io::Incoming::of(frame) == socket_io::Incoming::Entered,
        }
    }

    /// Returns true if an open socket has already joined the room.
    pub fn joins_by_opening(self) -> bool {
        self == Self::Plain
    }

    /// Returns true if the sender's own message counts as its acknowledgement, because the server sends no other.
    pub fn acknowledges_by_delivery(self) -> bool {
        self != Self::Messenger
    }

    /// Returns true if a frame is a refusal. Frames with messages are not searched, because that would cost too much.
    pub fn is_refusal(self, frame: &[u8]) -> bool {
        match self {
            Self::Messenger => ERROR.find(frame).is_some(),
            Self::Plain => false,
            Self::SocketIo => socket_io::Incoming::of(frame) == socket_io::Incoming::Refused,
        }
    }

    /// Calls `found` for every acknowledgement in `frame`.
    pub fn each_ack(self, frame: &[u8], mut found: impl FnMut(Marker)) {
        if self.acknowledges_by_delivery() {
            return;
        }
        let mut rest = frame;
        while let Some(at) = ACK.find(rest) {
            rest = &rest[at + ACK_HEAD_BYTES..];
            if let Some(marker) = Marker::from_id(rest) {
                found(marker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marker;

    #[test]
    fn frames_carry_their_marker_and_acks_are_found_by_id() {
        let sent = Marker { run: 1, sender: 2, number: 3 };
        for door in [Door::Messenger, Door::Plain, Door::SocketIo] {
            let mut frame = String::new();
            door.write_chat(&mut frame, sent);
            let mut found = Vec::new();
            marker::each_in(frame.as_bytes(), |marker| found.push(marker));
            assert_eq!(found, [sent], "{frame}");
        }
        let mut id = String::new();
        sent.push_id(&mut id);
        let frame =
            format!("[{{\"type\":\"ack\",\"id\":\"{id}\",\"seq\":1}},{{\"type\":\"ack\",\"id\":\"{id}\",\"seq\":1}}]");
        let mut found = Vec::new();
        Door::Messenger.each_ack(frame.as_bytes(), |marker| found.push(marker));
        assert_eq!(found, [sent, sent]);
    }
}
