//! WebP (RFC 9649): chunks within the length in the header. Pixels, colours, animation and the orientation in EXIF stay.

use super::exif::{exif_of, orientation};
use super::id::FileKind;
use super::numbers::{le16, le32};
use super::picture::{Picture, Plan};

/// Bits of `VP8X`: the file has EXIF, or XMP.
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

pub(super) fn take_apart(bytes: &[u8]) -> Option<Picture> {
    let whole = bytes.get(..(le32(bytes, 4)? as usize).checked_add(8)?)?;
    let (mut chunks, mut size, mut turned, mut has_pixels) = (Plan::default(), None, 1, false);
    let (mut extended, mut is_moving) = (None, false);
    let mut at: usize = 12;
    while at < whole.len() {
        let length = le32(whole, at + 4)? as usize;
        let (begin, end) = (at + 8, at.checked_add(8)?.checked_add(length)?);
        let data = whole.get(begin..end)?;
        // The padding byte may be missing at the very end.
        let next = (end + length % 2).min(whole.len());
        match whole.get(at..at + 4)? {
            b"VP8X" if size.is_none() && length == 10 => {
                size = Some((le24(data, 4)? + 1, le24(data, 7)? + 1));
                extended = Some(at..next);
            }
            b"VP8 " => {
                let is_key = data.first()? & 1 == 0 && data.get(3..6)? == b"\x9d\x01\x2a";
                let side = |at| le16(data, at).map(|side| u32::from(side & 0x3fff));
                size = size.or(Some((side(6)?, side(8)?)));
                has_pixels |= is_key;
                chunks.keep(at..next);
            }
            b"VP8L" => {
                let sides = le32(data, 1)?;
                size = size.or(Some(((sides & 0x3fff) + 1, (sides >> 14 & 0x3fff) + 1)));
                has_pixels |= data.first() == Some(&0x2f);
                chunks.keep(at..next);
            }
            b"ALPH" | b"ANIM" | b"ICCP" => chunks.keep(at..next),
            b"ANMF" => {
                (has_pixels, is_moving) = (true, true);
                chunks.keep(at..next);
            }
            b"EXIF" if extended.is_some() && turned == 1 => {
                if let Some(found) = orientation(data) {
                    let mut chunk = b"EXIF\x1a\0\0\0".to_vec();
                    chunk.extend(exif_of(found));
                    turned = if chunks.replace(at..next, chunk) { found } else { 1 };
                }
            }
            _ => {}
        }
        // Any chunk may follow, but the first one gives the kind of file.
        size?;
        at = next;
    }
    let mut plan = Plan::default();
    let length = chunks.length() + extended.as_ref().map_or(0, |span| span.len()) + 4;
    let mut head = b"RIFF".to_vec();
    head.extend((length as u32).to_le_bytes());
    plan.replace(0..8, head);
    plan.keep(8..12);
    if let Some(span) = extended {
        let mut chunk = whole.get(span.clone())?.to_vec();
        let flags = chunk.get_mut(8)?;
        *flags = *flags & !(EXIF | XMP) | if turned == 1 { 0 } else { EXIF };
        plan.replace(span, chunk);
    }
    plan.append(chunks);
    let picture = plan.picture(FileKind::Webp, size.filter(|_| has_pixels)?, turned)?;
    Some(picture.moving(is_moving))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    le32(&[bytes.get(at..at + 3)?, &[0]].concat(), 0)
}
