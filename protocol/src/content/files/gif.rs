//! GIF (87a and 89a): blocks up to the trailer. Pictures, their controls, and the number of repetitions stay.

use super::id::FileKind;
use super::numbers::le16;
use super::picture::{Picture, Plan};

pub(super) fn take_apart(bytes: &[u8]) -> Option<Picture> {
    let (mut plan, mut has_pixels) = (Plan::default(), false);
    let size = (u32::from(le16(bytes, 6)?), u32::from(le16(bytes, 8)?));
    let mut at = 13 + table(*bytes.get(10)?);
    plan.keep(0..at);
    loop {
        match bytes.get(at)? {
            0x3b => {
                plan.keep(at..at + 1);
                break;
            }
            0x2c => {
                let begin = at + 10 + table(*bytes.get(at + 9)?);
                let end = end_of_blocks(bytes, begin + 1)?;
                plan.keep(at..end);
                (at, has_pixels) = (end, true);
            }
            0x21 => {
                let end = end_of_blocks(bytes, at + 2)?;
                let is_loop = || matches!(bytes.get(at + 2..at + 14), Some(b"\x0bNETSCAPE2.0" | b"\x0bANIMEXTS1.0"));
                match bytes.get(at + 1)? {
                    0xf9 => plan.keep(at..end),
                    0xff if is_loop() => plan.keep(at..end),
                    _ => {}
                }
                at = end;
            }
            _ => return None,
        }
    }
    if !has_pixels {
        return None;
    }
    plan.picture(FileKind::Gif, size, 1)
}

/// Returns the number of bytes of the colour table that these flags describe.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) }
}

/// Returns the position after the empty block that ends blocks.
fn end_of_blocks(bytes: &[u8], begin: usize) -> Option<usize> {
    let mut at = begin;
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}
