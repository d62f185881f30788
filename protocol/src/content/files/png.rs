//! PNG (W3C, third edition): chunks up to `IEND`. Pixels, colours, animation and the orientation in EXIF stay.

use super::exif::{exif_of, orientation};
use super::id::FileKind;
use super::numbers::be32;
use super::picture::{Picture, Plan};
use crate::codec::checksum::crc32;

const SHOWN: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI",
    b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn take_apart(bytes: &[u8]) -> Option<Picture> {
    let (mut plan, mut size, mut turned, mut has_pixels) = (Plan::default(), None, 1, false);
    let mut is_moving = false;
    plan.keep(0..8);
    let mut at: usize = 8;
    loop {
        let length = be32(bytes, at)? as usize;
        let end = at.checked_add(12)?.checked_add(length)?;
        let (kind, data) = bytes.get(at + 4..end.checked_sub(4)?)?.split_first_chunk::<4>()?;
        bytes.get(at..end)?;
        if size.is_none() != (kind == b"IHDR") {
            return None;
        }
        match kind {
            b"IHDR" if length == 13 => size = Some((be32(data, 0)?, be32(data, 4)?)),
            b"IHDR" => return None,
            b"eXIf" if turned == 1 => {
                if let Some(found) = orientation(data) {
                    let mut chunk = b"eXIf".to_vec();
                    chunk.extend(exif_of(found));
                    let sum = crc32(&chunk).to_be_bytes();
                    let length = (chunk.len() as u32 - 4).to_be_bytes();
                    let fits = plan.replace(at..end, [length.as_slice(), &chunk, &sum].concat());
                    turned = if fits { found } else { 1 };
                }
            }
            _ => {}
        }
        has_pixels |= kind == b"IDAT";
        is_moving |= kind == b"acTL";
        if SHOWN.contains(&kind) || kind == b"IEND" {
            plan.keep(at..end);
        }
        if kind == b"IEND" {
            break;
        }
        at = end;
    }
    let picture = plan.picture(FileKind::Png, size.filter(|_| has_pixels)?, turned)?;
    Some(picture.moving(is_moving))
}
