//! Pictures in the page: the style sheet of the chunk that shows them, and their size.

use super::sheets::sheet;
use crate::view::erased::ErasedView;

/// Renders the link to the style sheet of this chunk.
pub fn styles() -> ErasedView {
    sheet("/pkg/files.css")
}

/// Returns the size of a picture in the log: its own, or scaled down to the limit.
pub fn fitted(width: u32, height: u32, px_max: (u32, u32)) -> (u32, u32) {
    let (across, down) = (u64::from(px_max.0), u64::from(px_max.1));
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (width, height) = match (width > across, height > down) {
        (false, false) => (width, height),
        _ if width * down > height * across => (across, height * across / width),
        _ => (width * down / height, down),
    };
    (width.max(1) as u32, height.max(1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE_PX_MAX: (u32, u32) = (320, 240);

    #[test]
    fn a_picture_keeps_its_form_and_is_never_made_larger() {
        for (size, shown) in [
            ((3, 2), (3, 2)),
            ((320, 240), (320, 240)),
            ((1_280, 720), (320, 180)),
            ((600, 1_200), (120, 240)),
            ((50_000_000, 1), (320, 1)),
            ((1, 50_000_000), (1, 240)),
            ((0, 0), (1, 1)),
        ] {
            assert_eq!(fitted(size.0, size.1, PICTURE_PX_MAX), shown);
        }
    }
}
