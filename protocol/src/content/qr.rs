//! QR codes of short texts: the address of an invite (`people.md` 5), the secret of a second factor (`account.md` 12). They have bytes, error
//! correction level M, and versions 3 to 10. `qrcodegen` encodes; this file has the limits and the drawing.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use crate::words::limits::{QR_QUIET_MODULES, QR_TEXT_BYTES_MAX};

/// Versions of codes: a smaller one would contain no address, and a larger one is hard to read with a telephone.
const VERSION_MIN: u8 = 3;
const VERSION_MAX: u8 = 10;

/// QR code: a square of dark and light modules.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(QrCode);

/// Returns the smallest code of a text, with the mask that is easiest to read. Returns `None` for a text that is longer than
/// `QR_TEXT_BYTES_MAX`.
pub fn code(text: &str) -> Option<Code> {
    let segments = [QrSegment::make_bytes(text.as_bytes())];
    let (min, max) = (Version::new(VERSION_MIN), Version::new(VERSION_MAX));
    let encode = || QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, min, max, None, false);
    (text.len() <= QR_TEXT_BYTES_MAX).then(encode)?.ok().map(Code)
}

impl Code {
    pub fn side_modules(&self) -> usize {
        self.0.size() as usize
    }

    /// Returns `true` if this module is dark; outside of the code none is.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        i32::try_from(x).is_ok_and(|x| i32::try_from(y).is_ok_and(|y| self.0.get_module(x, y)))
    }

    /// Returns the code as an SVG document, dark on light with the required quiet zone.
    pub fn svg(&self) -> String {
        let side = self.side_modules() + 2 * QR_QUIET_MODULES;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"white\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
        );
        for y in 0..self.side_modules() {
            let mut x = 0;
            while x < self.side_modules() {
                let run = (x..self.side_modules()).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let (left, top) = (x + QR_QUIET_MODULES, y + QR_QUIET_MODULES);
                    svg.push_str(&format!("M{left} {top}h{run}v1h-{run}z"));
                }
                x += run + 1;
            }
        }
        svg.push_str("\"/></svg>");
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::session::hash_hex;

    /// Length up to which the other encoder drew: version 6 holds no more.
    const COMPARED_BYTES: usize = 106;

    /// Every length up to that, four texts each: addresses, multi-byte words, one repeated character, and noise.
    fn texts() -> Vec<String> {
        let mut state = 1_u32;
        let mut noise = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b' ' + (state >> 24) as u8 % 95)
        };
        let mut texts = Vec::new();
        for bytes in 0..=COMPARED_BYTES {
            let address: String =
                "https://messenger.example/i/".chars().chain(std::iter::repeat_with(&mut noise)).take(bytes).collect();
            let words = ["ä", "€"][bytes % 2].repeat(bytes / (2 + bytes % 2));
            texts.extend([address, words, "0".repeat(bytes), std::iter::repeat_with(&mut noise).take(bytes).collect()]);
        }
        texts
    }

    /// Compares the drawings with those of another encoder, which was used before this library.
    #[test]
    fn every_text_has_the_drawing_that_two_encoders_gave_it() {
        let drawings: String = texts().iter().map(|text| code(text).unwrap().svg()).collect();
        assert_eq!(drawings.len(), 1_878_838);
        assert_eq!(hash_hex(&drawings), "538126de972794c95cedd65d0c7df7e77e0da900d3ed4a48dc3ada90c4a32593");
    }

    #[test]
    fn a_version_holds_what_the_standard_says_and_the_largest_is_the_limit() {
        for (bytes, side) in
            [(0, 29), (42, 29), (43, 33), (62, 33), (63, 37), (84, 37), (85, 41), (106, 41), (107, 45), (213, 57)]
        {
            assert_eq!(code(&"a".repeat(bytes)).unwrap().side_modules(), side, "{bytes}");
        }
        assert_eq!(code(&"a".repeat(QR_TEXT_BYTES_MAX)).map(|code| code.side_modules()), Some(57));
        assert!(code(&"a".repeat(QR_TEXT_BYTES_MAX + 1)).is_none());
    }

    #[test]
    fn the_drawing_is_the_code_within_its_quiet_zone() {
        let code = code("https://messenger.example/i/0123456789ABCDEF").unwrap();
        let svg = code.svg();
        let side = code.side_modules();
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 41 41\""), "{svg}");
        let path = svg.split(" d=\"").nth(2).unwrap().split('"').next().unwrap();
        let mut dark = vec![false; side * side];
        for piece in path.split('M').skip(1) {
            let (at, run) = piece.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let run: usize = run.split('v').next().unwrap().parse().unwrap();
            let start = (y.parse::<usize>().unwrap() - 4) * side + x.parse::<usize>().unwrap() - 4;
            dark[start..start + run].fill(true);
        }
        let modules = (0..side * side).map(|at| code.is_dark(at % side, at / side));
        assert!(dark.into_iter().eq(modules));
        assert!(!svg.contains("style"));
    }
}
