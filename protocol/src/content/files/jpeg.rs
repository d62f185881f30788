//! JPEG (ITU T.81): segments up to the end of the image. Tables, frames and scans stay, and so do the colour profile, Adobe's note about
//! colours, and the orientation in EXIF.

use super::exif::{exif_of, orientation};
use super::id::FileKind;
use super::numbers::be16;
use super::picture::{Picture, Plan};

const END: u8 = 0xd9;
const SCAN: u8 = 0xda;

pub(super) fn take_apart(bytes: &[u8]) -> Option<Picture> {
    let (mut plan, mut size, mut turned, mut has_scan) = (Plan::default(), None, 1, false);
    plan.keep(0..2);
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        // Any number of these may precede a marker.
        while *bytes.get(at + 1)? == 0xff {
            at += 1;
        }
        let marker = *bytes.get(at + 1)?;
        if marker == END {
            plan.keep(at..at + 2);
            break;
        }
        let length = usize::from(be16(bytes, at + 2)?);
        let mut end = at + 2 + length;
        let data = bytes.get(at + 4..end)?;
        match marker {
            0xc4 | 0xcc | 0xdb | 0xdc | 0xdd => plan.keep(at..end),
            0xc0..=0xcf => {
                let (height, width) = (be16(data, 1)?, be16(data, 3)?);
                if size.replace((u32::from(width), u32::from(height))).is_some() {
                    return None;
                }
                plan.keep(at..end);
            }
            SCAN => {
                size?;
                end = end_of_scan(bytes, end)?;
                plan.keep(at..end);
                has_scan = true;
            }
            // A thumbnail is left out.
            0xe0 if data.starts_with(b"JFIF\0") && data.len() == 14 => plan.keep(at..end),
            0xe1 if turned == 1 && data.starts_with(b"Exif\0\0") => {
                if let Some(found) = orientation(data) {
                    let mut segment = b"\xff\xe1\0\x22Exif\0\0".to_vec();
                    segment.extend(exif_of(found));
                    turned = if plan.replace(at..end, segment) { found } else { 1 };
                }
            }
            0xe2 if data.starts_with(b"ICC_PROFILE\0") => plan.keep(at..end),
            0xee if data.starts_with(b"Adobe") && data.len() == 12 => plan.keep(at..end),
            0xe0..=0xef | 0xfe => {}
            _ => return None,
        }
        at = end;
    }
    plan.picture(FileKind::Jpeg, size.filter(|_| has_scan)?, turned)
}

/// Returns the position of the next marker: within a scan only stuffed bytes and restarts follow a 0xff.
fn end_of_scan(bytes: &[u8], begin: usize) -> Option<usize> {
    let mut at = begin;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
