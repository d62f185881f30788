//! Pictures, taken apart into what is needed to show them. Nothing else of them is kept: no metadata, nothing behind their end.
//!
//! Pixels are never unpacked. What is kept stays in its place or moves towards the beginning, so a large picture is in memory once.

use core::ops::Range;

use super::id::FileKind;
use super::{gif, jpeg, png, webp};
use crate::words::limits::PICTURE_PIECES_MAX;

/// A picture that could be taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Format of the picture.
    pub kind: FileKind,
    /// Width as it is shown: turned, if it says so.
    pub width: u32,
    /// Height as it is shown.
    pub height: u32,
    /// `true` for a PNG or a WebP that moves. (Always `false` for a GIF: nobody asks.)
    pub is_moving: bool,
    plan: Plan,
}

impl Picture {
    /// The same, which moves or does not.
    pub(super) fn moving(self, is_moving: bool) -> Self {
        Self { is_moving, ..self }
    }

    /// Puts it together again, in place.
    pub fn keep_only_itself(&self, bytes: &mut Vec<u8>) {
        let mut end = 0;
        for (span, instead) in &self.plan.pieces {
            let length = match instead {
                Some(instead) => {
                    if let Some(place) = bytes.get_mut(end..end + instead.len()) {
                        place.copy_from_slice(instead);
                    }
                    instead.len()
                }
                None => {
                    bytes.copy_within(span.clone(), end);
                    span.len()
                }
            };
            end += length;
        }
        bytes.truncate(end);
    }
}

/// Parts of some bytes that stay, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Places within the original, and what stands there instead: never longer than what it replaces.
    pieces: Vec<(Range<usize>, Option<Vec<u8>>)>,
    /// `true` when there are more pieces than a picture has; those beyond are not listed.
    is_torn: bool,
}

impl Plan {
    pub(super) fn keep(&mut self, span: Range<usize>) {
        match self.pieces.last_mut() {
            Some((last, None)) if last.end == span.start => last.end = span.end,
            _ => self.push(span, None),
        }
    }

    /// Puts `instead` in the place of `span`, if it fits there.
    pub(super) fn replace(&mut self, span: Range<usize>, instead: Vec<u8>) -> bool {
        let fits = instead.len() <= span.len();
        if fits {
            self.push(span, Some(instead));
        }
        fits
    }

    /// All of `later`, behind this.
    pub(super) fn append(&mut self, later: Self) {
        self.is_torn |= later.is_torn;
        later.pieces.into_iter().for_each(|(span, instead)| self.push(span, instead));
    }

    fn push(&mut self, span: Range<usize>, instead: Option<Vec<u8>>) {
        if self.pieces.len() < PICTURE_PIECES_MAX {
            self.pieces.push((span, instead));
        } else {
            self.is_torn = true;
        }
    }

    /// Returns the number of bytes of the result.
    pub(super) fn length(&self) -> usize {
        self.pieces.iter().map(|(span, instead)| instead.as_ref().map_or(span.len(), Vec::len)).sum()
    }

    pub(super) fn picture(self, kind: FileKind, (width, height): (u32, u32), orientation: u16) -> Option<Picture> {
        let (width, height) = if orientation > 4 { (height, width) } else { (width, height) };
        (width > 0 && height > 0 && !self.is_torn).then_some(Picture {
            kind,
            width,
            height,
            is_moving: false,
            plan: self,
        })
    }
}

/// Returns the kind of a file by its first bytes, at least 12 of them.
pub fn kind_of(first: &[u8]) -> FileKind {
    match first {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => FileKind::Png,
        [0xff, 0xd8, 0xff, ..] => FileKind::Jpeg,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => FileKind::Webp,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => FileKind::Gif,
        _ => FileKind::Bin,
    }
}

/// Takes a picture apart; `None` for what is none, or is broken.
pub fn take_apart(bytes: &[u8]) -> Option<Picture> {
    match kind_of(bytes) {
        FileKind::Png => png::take_apart(bytes),
        FileKind::Jpeg => jpeg::take_apart(bytes),
        FileKind::Webp => webp::take_apart(bytes),
        FileKind::Gif => gif::take_apart(bytes),
        FileKind::Bin => None,
    }
}

/// The number of two bytes, the higher one first.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The number of four bytes, the highest one first.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The number of two bytes, the lower one first.
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    be16(bytes, at).map(u16::swap_bytes)
}

/// The number of four bytes, the lowest one first.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    be32(bytes, at).map(u32::swap_bytes)
}

/// Returns the orientation that the EXIF of a picture states: 2 to 8; `None` where it lies as it is, or nothing can be read.
pub(super) fn orientation(exif: &[u8]) -> Option<u16> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let two = |at| if is_little { le16(tiff, at) } else { be16(tiff, at) };
    let four = |at| if is_little { le32(tiff, at) } else { be32(tiff, at) };
    let first = four(4)? as usize;
    let entries = (0..two(first)? as usize).map_while(|index| first.checked_add(2 + 12 * index));
    let mut found = entries.filter(|at| two(*at) == Some(0x0112) && two(at + 2) == Some(3));
    found.next().and_then(|at| two(at + 8)).filter(|turn| (2..=8).contains(turn))
}

/// The smallest EXIF that says how a picture is turned, and nothing else.
pub(super) fn exif_of(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    tiff.extend(orientation.to_be_bytes());
    tiff.extend([0; 6]);
    tiff
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
