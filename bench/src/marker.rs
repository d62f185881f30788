//! Mark in every text: the run, the sender and the number. It can be found in any frame that contains the text.

use std::fmt::Write as _;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Length of every message's text.
pub const TEXT_BYTES: usize = 100;

const PREFIX: &[u8] = b"@@";
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PREFIX));
const DIGITS: usize = 4 + 4 + 8;
const FILLER: &str =
    " the quick brown fox jumps over the lazy dog and goes on to tell everybody in the room about it, twice";

/// Message of the load client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marker {
    /// Number of the run, which differs between crowds.
    pub run: u16,
    /// Index of the sender in the crowd.
    pub sender: u16,
    /// Number of the sender's message, from 0.
    pub number: u32,
}

impl Marker {
    /// Appends the message's text.
    pub fn push_text(self, out: &mut String) {
        let Self { run, sender, number } = self;
        let _ = write!(out, "@@{run:04x}{sender:04x}{number:08x}");
        out.push_str(&FILLER[..TEXT_BYTES - PREFIX.len() - DIGITS]);
    }

    /// Appends an id for the message in the form of a UUIDv7.
    pub fn push_id(self, out: &mut String) {
        let Self { run, sender, number } = self;
        let _ = write!(out, "0000{run:04x}-{sender:04x}-7000-8000-0000{number:08x}");
    }

    /// Parses an id.
    pub fn from_id(id: &[u8]) -> Option<Self> {
        Some(Self {
            run: u16::try_from(hex(id.get(4..8)?)?).ok()?,
            sender: u16::try_from(hex(id.get(9..13)?)?).ok()?,
            number: hex(id.get(28..36)?)?,
        })
    }
}

/// Calls `found` for every marker in `frame`, in order.
pub fn each_in(frame: &[u8], mut found: impl FnMut(Marker)) {
    let mut rest = frame;
    while let Some(at) = FINDER.find(rest) {
        rest = &rest[at + PREFIX.len()..];
        let Some(digits) = rest.get(..DIGITS) else {
            return;
        };
        let (run, sender, number) = (hex(&digits[..4]), hex(&digits[4..8]), hex(&digits[8..]));
        if let (Some(run), Some(sender), Some(number)) = (run, sender, number) {
            found(Marker { run: run as u16, sender: sender as u16, number });
        }
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, digit| Some(value << 4 | (*digit as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_survive_text_id_and_company() {
        let markers =
            [Marker { run: 1, sender: 2, number: 3 }, Marker { run: 0xffff, sender: 0xfffe, number: 0xffff_fffd }];
        let mut frame = String::from("[{\"content\":\"@ @@no ");
        for marker in markers {
            let mut text = String::new();
            marker.push_text(&mut text);
            assert_eq!(text.len(), TEXT_BYTES);
            frame.push_str(&text);
            let mut id = String::new();
            marker.push_id(&mut id);
            assert_eq!(id.len(), 36);
            assert_eq!(Marker::from_id(id.as_bytes()), Some(marker));
        }
        let mut found = Vec::new();
        each_in(frame.as_bytes(), |marker| found.push(marker));
        assert_eq!(found, markers);
    }
}
