//! Orientation of a picture, as its EXIF states it. Nothing else of EXIF is read or stored.

use super::numbers::{be16, be32, le16, le32};

/// Returns the orientation in a picture's EXIF: 2 to 8; `None` for a picture that is not rotated, or if it cannot be read.
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

/// Returns the smallest EXIF with an orientation.
pub(super) fn exif_of(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    tiff.extend(orientation.to_be_bytes());
    tiff.extend([0; 6]);
    tiff
}
