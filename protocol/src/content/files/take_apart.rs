//! Kind of a file by its first bytes, and the parser of a picture by its kind.

use super::id::FileKind;
use super::picture::Picture;
use super::{gif, jpeg, png, webp};

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

/// Parses a picture; `None` for another file, or a broken one.
pub fn take_apart(bytes: &[u8]) -> Option<Picture> {
    match kind_of(bytes) {
        FileKind::Png => png::take_apart(bytes),
        FileKind::Jpeg => jpeg::take_apart(bytes),
        FileKind::Webp => webp::take_apart(bytes),
        FileKind::Gif => gif::take_apart(bytes),
        FileKind::Bin => None,
    }
}

#[cfg(test)]
#[path = "take_apart_tests.rs"]
mod tests;
