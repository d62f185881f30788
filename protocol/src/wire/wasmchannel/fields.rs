//! The coding of single fields: little-endian, integers of variable length, no padding (`wasmchannel.md` 1).
//!
//! The reader compares each length with the bytes that are left before it takes any, and does not allocate.

use super::error::PacketError;

/// Smallest marker. A smaller byte is the value itself; a marker gives the width of the value behind it.
const MARKER_U16: u8 = 0xfb;
const MARKER_U32: u8 = 0xfc;
const MARKER_U64: u8 = 0xfd;

/// Reader of a packet; holds the bytes that are left.
pub(super) struct PacketReader<'a>(pub &'a [u8]);

impl<'a> PacketReader<'a> {
    pub fn byte(&mut self) -> Result<u8, PacketError> {
        self.bytes(1)?.first().copied().ok_or(PacketError::Truncated)
    }

    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], PacketError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(PacketError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Reads an integer of 64 bits. Forms that are longer than needed are accepted.
    pub fn integer(&mut self) -> Result<u64, PacketError> {
        let width = match self.byte()? {
            MARKER_U16 => 2,
            MARKER_U32 => 4,
            MARKER_U64 => 8,
            value if value < MARKER_U16 => return Ok(u64::from(value)),
            _ => return Err(PacketError::Coding),
        };
        let mut wide = [0; 8];
        for (to, from) in wide.iter_mut().zip(self.bytes(width)?) {
            *to = *from;
        }
        Ok(u64::from_le_bytes(wide))
    }

    /// Reads an integer of 32 bits, for which the widest form is not allowed.
    pub fn integer32(&mut self) -> Result<u32, PacketError> {
        if self.0.first() == Some(&MARKER_U64) {
            return Err(PacketError::Coding);
        }
        u32::try_from(self.integer()?).map_err(|_| PacketError::Coding)
    }

    /// Reads a length and as many bytes.
    pub fn sized(&mut self) -> Result<&'a [u8], PacketError> {
        let length = self.integer()?;
        self.bytes(usize::try_from(length).map_err(|_| PacketError::Truncated)?)
    }

    pub fn flag(&mut self) -> Result<bool, PacketError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(PacketError::Coding),
        }
    }

    /// Reads an optional text. An empty text is not an absent one.
    pub fn optional_text(&mut self) -> Result<Option<&'a str>, PacketError> {
        if !self.flag()? {
            return Ok(None);
        }
        std::str::from_utf8(self.sized()?).map(Some).map_err(|_| PacketError::Text)
    }
}

pub(super) fn push_integer(out: &mut Vec<u8>, value: u64) {
    let wide = value.to_le_bytes();
    let (marker, width) = match value {
        0..251 => (None, 1),
        251..=0xffff => (Some(MARKER_U16), 2),
        0x1_0000..=0xffff_ffff => (Some(MARKER_U32), 4),
        _ => (Some(MARKER_U64), 8),
    };
    out.extend(marker);
    out.extend(wide.iter().take(width));
}

pub(super) fn push_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    push_integer(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn push_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        push_sized(out, text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_in_the_shortest_form_and_read_in_any() {
        let forms: [(u64, &[u8]); 8] = [
            (0, &[0]),
            (250, &[250]),
            (251, &[0xfb, 251, 0]),
            (0xffff, &[0xfb, 0xff, 0xff]),
            (0x1_0000, &[0xfc, 0, 0, 1, 0]),
            (0xffff_ffff, &[0xfc, 0xff, 0xff, 0xff, 0xff]),
            (0x1_0000_0000, &[0xfd, 0, 0, 0, 0, 1, 0, 0, 0]),
            (u64::MAX, &[0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (value, bytes) in forms {
            let mut out = Vec::new();
            push_integer(&mut out, value);
            assert_eq!(out, bytes);
            assert_eq!(PacketReader(bytes).integer(), Ok(value));
            assert_eq!(PacketReader(&bytes[..bytes.len() - 1]).integer(), Err(PacketError::Truncated));
        }
        assert_eq!(PacketReader(&[0xfb, 7, 0]).integer(), Ok(7));
        assert_eq!(PacketReader(&[0xfd, 7, 0, 0, 0, 0, 0, 0, 0]).integer(), Ok(7));
        assert_eq!(PacketReader(&[0xfd, 7, 0, 0, 0, 0, 0, 0, 0]).integer32(), Err(PacketError::Coding));
        assert_eq!(PacketReader(&[0xfe; 20]).integer(), Err(PacketError::Coding));
        assert_eq!(PacketReader(&[0xff; 20]).integer(), Err(PacketError::Coding));
    }

    #[test]
    fn an_empty_text_is_not_an_absent_one() {
        assert_eq!(PacketReader(&[0]).optional_text(), Ok(None));
        assert_eq!(PacketReader(&[1, 0]).optional_text(), Ok(Some("")));
        assert_eq!(PacketReader(&[2, 0]).optional_text(), Err(PacketError::Coding));
        assert_eq!(PacketReader(&[1, 3, 0xed, 0xa0, 0x80]).optional_text(), Err(PacketError::Text), "half a pair");
        assert_eq!(PacketReader(&[1, 0xfc, 0, 0, 0, 0x80, b'a']).optional_text(), Err(PacketError::Truncated));
    }
}
