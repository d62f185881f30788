//! Wire of Socket.IO 5 over Engine.IO 4, as far as the load client needs it: one WebSocket in the default namespace, events of one text.
//!
//! A packet is a text frame. Its first digit is the type of Engine.IO, and behind a message (`4`) comes the type of Socket.IO.

use crate::marker::Marker;

/// Packet of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// The connection is open, and the client may enter a namespace.
    Opened,
    /// The client entered the namespace.
    Entered,
    /// The server asks for a sign of life.
    Ping,
    /// The server refuses the client, or lets it go.
    Refused,
    /// Event, or a packet that needs no answer.
    Other,
}

impl Incoming {
    /// Reads the types of a packet.
    pub fn of(packet: &[u8]) -> Self {
        match packet {
            [b'0', ..] => Self::Opened,
            [b'2', ..] => Self::Ping,
            [b'4', b'0', ..] => Self::Entered,
            [b'1', ..] | [b'4', b'1' | b'4', ..] => Self::Refused,
            _ => Self::Other,
        }
    }

    /// Returns the packet with which a client answers.
    pub fn answer(self) -> Option<&'static str> {
        match self {
            Self::Opened => Some("40"),
            Self::Ping => Some("3"),
            Self::Entered | Self::Refused | Self::Other => None,
        }
    }
}

/// Returns the path of a socket. `bench/baselines/socket-io/server.mjs` lets it join the room of the query.
pub fn room_path(room: &str) -> String {
    format!("/socket.io/?EIO=4&transport=websocket&room={room}")
}

/// Appends the event with a message. Its text needs no escapes.
pub fn push_event(frame: &mut String, marker: Marker) {
    frame.push_str("42[\"m\",\"");
    marker.push_text(frame);
    frame.push_str("\"]");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_enters_answers_pings_and_sees_a_refusal() {
        let packets = [
            ("0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":25000}", Incoming::Opened, Some("40")),
            ("40{\"sid\":\"b\"}", Incoming::Entered, None),
            ("2", Incoming::Ping, Some("3")),
            ("42[\"m\",\"0\"]", Incoming::Other, None),
            ("44{\"message\":\"no\"}", Incoming::Refused, None),
            ("41", Incoming::Refused, None),
            ("1", Incoming::Refused, None),
            ("6", Incoming::Other, None),
            ("", Incoming::Other, None),
        ];
        for (packet, expected, answer) in packets {
            let read = Incoming::of(packet.as_bytes());
            assert_eq!((read, read.answer()), (expected, answer), "{packet}");
        }
    }

    #[test]
    fn an_event_is_valid_json_behind_its_types() {
        let mut frame = String::new();
        push_event(&mut frame, Marker { run: 1, sender: 2, number: 3 });
        let event: Vec<String> = serde_json::from_str(frame.strip_prefix("42").unwrap()).unwrap();
        assert_eq!((event.len(), event[0].as_str()), (2, "m"));
    }
}
