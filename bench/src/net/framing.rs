//! WebSocket frames (RFC 6455), the client's half.
//!
//! Written by hand, because the client must not limit a measurement: frames are parsed in the read buffer, many per read, without a copy.
//! Only unfragmented text frames are supported, because the servers send no others.

use anyhow::{Result, bail};

/// Frame of the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// Text message.
    Text(&'a [u8]),
    /// Ping, to be answered with the same bytes.
    Ping(&'a [u8]),
    /// Answer to a ping that was never sent.
    Pong,
    /// Close frame with this code (1005 without one).
    Close(u16),
}

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

/// Decodes the first frame in `bytes` and returns it with its length; `None` if it is incomplete.
pub fn decode(bytes: &[u8]) -> Result<Option<(Incoming<'_>, usize)>> {
    let [first, second, ..] = *bytes else {
        return Ok(None);
    };
    if first & FINAL == 0 || second & MASKED != 0 {
        bail!("the server sent a frame in pieces or with a mask");
    }
    let (length, head) = match second {
        126 => match bytes.get(2..4) {
            Some(&[a, b]) => (usize::from(u16::from_be_bytes([a, b])), 4),
            _ => return Ok(None),
        },
        127 => match bytes.get(2..10).map(<[u8; 8]>::try_from) {
            Some(Ok(length)) => (usize::try_from(u64::from_be_bytes(length))?, 10),
            _ => return Ok(None),
        },
        length => (usize::from(length), 2),
    };
    let Some(payload) = bytes.get(head..head + length) else {
        return Ok(None);
    };
    let incoming = match first & 0x0f {
        TEXT => Incoming::Text(payload),
        CLOSE => Incoming::Close(payload.get(..2).map_or(1005, |code| u16::from_be_bytes([code[0], code[1]]))),
        PING => Incoming::Ping(payload),
        PONG => Incoming::Pong,
        other => bail!("the server sent a frame of kind {other}"),
    };
    Ok(Some((incoming, head + length)))
}

/// Appends a text frame.
pub fn encode_text(out: &mut Vec<u8>, text: &[u8]) {
    encode(out, TEXT, text);
}

/// Appends the answer to a ping.
pub fn encode_pong(out: &mut Vec<u8>, payload: &[u8]) {
    encode(out, PONG, payload);
}

/// Appends a normal closure.
pub fn encode_close(out: &mut Vec<u8>) {
    encode(out, CLOSE, &1000_u16.to_be_bytes());
}

fn encode(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    out.push(FINAL | kind);
    match payload.len() {
        length @ 0..=125 => out.push(MASKED | length as u8),
        length @ 126..=0xffff => {
            out.push(MASKED | 126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(MASKED | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    // A mask of zeros is valid: the text stays unchanged, and the server unmasks it like any other.
    out.extend([0; 4]);
    out.extend(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_server(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&mut bytes, kind, payload);
        // A server does not mask: remove the flag and the four bytes of the mask.
        bytes[1] &= !MASKED;
        let head = bytes.len() - payload.len() - 4;
        bytes.drain(head..head + 4);
        bytes
    }

    #[test]
    fn every_length_form_is_read_back_and_cut_frames_wait() {
        for length in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
            let payload = vec![b'x'; length];
            let bytes = from_server(TEXT, &payload);
            let (frame, used) = decode(&bytes).unwrap().unwrap();
            assert_eq!((frame, used), (Incoming::Text(&payload), bytes.len()), "length {length}");
            for cut in [0, 1, 2, 5, bytes.len() - 1].into_iter().filter(|cut| *cut < bytes.len()) {
                assert_eq!(decode(&bytes[..cut]).unwrap(), None, "{length} cut at {cut}");
            }
        }
    }

    #[test]
    fn control_frames_are_told_apart() {
        assert_eq!(decode(&from_server(CLOSE, &4401_u16.to_be_bytes())).unwrap().unwrap().0, Incoming::Close(4401));
        assert_eq!(decode(&from_server(CLOSE, b"")).unwrap().unwrap().0, Incoming::Close(1005));
        assert_eq!(decode(&from_server(PING, b"a")).unwrap().unwrap().0, Incoming::Ping(b"a"));
        assert!(decode(&[TEXT, 1, b'x']).is_err(), "in pieces");
    }
}
