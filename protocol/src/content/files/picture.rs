//! Pictures, parsed into the parts that are needed to show them. Nothing else of them is stored: no metadata, nothing after their end.
//!
//! Pixels are never decoded. The parts stay in their place or move towards the beginning, so a large picture is in memory once.

use core::ops::Range;

use super::id::FileKind;
use crate::words::limits::PICTURE_PIECES_MAX;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: FileKind,
    /// Width after the rotation by its orientation.
    pub width: u32,
    /// Height after the rotation.
    pub height: u32,
    /// `true` for an animated PNG or WebP. (Always `false` for a GIF, where it is not needed.)
    pub is_moving: bool,
    plan: Plan,
}

impl Picture {
    pub(super) fn moving(self, is_moving: bool) -> Self {
        Self { is_moving, ..self }
    }

    /// Assembles the picture from its parts, in place.
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
    /// Ranges within the original, and their replacements, which are never longer.
    pieces: Vec<(Range<usize>, Option<Vec<u8>>)>,
    /// `true` if there are more pieces than a picture has; the rest are not listed.
    is_torn: bool,
}

impl Plan {
    pub(super) fn keep(&mut self, span: Range<usize>) {
        match self.pieces.last_mut() {
            Some((last, None)) if last.end == span.start => last.end = span.end,
            _ => self.push(span, None),
        }
    }

    /// Replaces `span` by `instead`, if that fits.
    pub(super) fn replace(&mut self, span: Range<usize>, instead: Vec<u8>) -> bool {
        let fits = instead.len() <= span.len();
        if fits {
            self.push(span, Some(instead));
        }
        fits
    }

    /// Appends `later`.
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
