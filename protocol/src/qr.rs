//! QR codes of short texts, ISO/IEC 18004 as far as an invite's address needs it (`docs/protocol/people.md`): bytes, error correction level M,
//! versions 3 to 6. Not here: other modes and levels, and versions that say their own number (7 and up).

use crate::limits::QR_QUIET_MODULES;

/// What a version has room for: its number, its blocks, and in each of them how many bytes of data and of correction.
struct Version {
    number: usize,
    blocks: usize,
    data_bytes: usize,
    correction_bytes: usize,
}

/// The versions, smallest first, with level M. All blocks of one are alike.
const VERSIONS: [Version; 4] = [
    Version { number: 3, blocks: 1, data_bytes: 44, correction_bytes: 26 },
    Version { number: 4, blocks: 2, data_bytes: 32, correction_bytes: 18 },
    Version { number: 5, blocks: 2, data_bytes: 43, correction_bytes: 24 },
    Version { number: 6, blocks: 4, data_bytes: 27, correction_bytes: 16 },
];
/// What stands before the text and behind it, at the least: mode and length, and the mark of the end.
const FRAME_BYTES: usize = 2;
/// Bytes that fill what the text leaves, in turn.
const FILL_BYTES: [u8; 2] = [0xEC, 0x11];
const MASKS: u8 = 8;
/// x⁸ + x⁴ + x³ + x² + 1, by which the field of the correction is reckoned.
const FIELD: u16 = 0x11D;
/// Generator of the ten bits that guard level and mask, and what is laid over all fifteen.
const FORMAT_GENERATOR: u16 = 0x537;
const FORMAT_MASK: u16 = 0x5412;
/// What counts against a mask: runs of one colour, squares of one, what looks like a finder, and each further 5 % away from the half.
const LONG_RUN_MODULES: usize = 5;
const PENALTY_RUN: usize = 3;
const PENALTY_SQUARE: usize = 3;
const PENALTY_FINDER: usize = 40;
const PENALTY_BALANCE: usize = 10;

/// A code: a square of dark and light modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    side_modules: usize,
    dark: Vec<bool>,
    /// Modules that are where they are whatever the text.
    fixed: Vec<bool>,
}

/// The smallest code of a text, with the mask that disturbs a reader least. `None` for what is longer than `QR_TEXT_BYTES_MAX`.
pub fn code(text: &str) -> Option<Code> {
    let plain = Code::unmasked(text.as_bytes())?;
    (0..MASKS).map(|mask| plain.masked(mask)).min_by_key(Code::penalty)
}

impl Code {
    /// Modules along one side.
    pub fn side_modules(&self) -> usize {
        self.side_modules
    }

    /// Whether this module is dark; outside of the code none is.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.side_modules && y < self.side_modules && self.dark[y * self.side_modules + x]
    }

    /// As an SVG document, dark on light with the quiet zone that readers want around it.
    pub fn svg(&self) -> String {
        let side = self.side_modules + 2 * QR_QUIET_MODULES;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"white\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
        );
        for y in 0..self.side_modules {
            let mut x = 0;
            while x < self.side_modules {
                let run = (x..self.side_modules).take_while(|x| self.is_dark(*x, y)).count();
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

    /// The code before any mask: what is fixed, and the bytes.
    fn unmasked(text: &[u8]) -> Option<Self> {
        let version =
            VERSIONS.iter().find(|version| text.len() + FRAME_BYTES <= version.blocks * version.data_bytes)?;
        let side_modules = 4 * version.number + 17;
        let modules = vec![false; side_modules * side_modules];
        let mut code = Self { side_modules, dark: modules.clone(), fixed: modules };
        code.draw_fixed();
        code.draw_bytes(&interleaved(version, &framed(text, version.blocks * version.data_bytes)));
        Some(code)
    }

    fn fix(&mut self, x: usize, y: usize, is_dark: bool) {
        let at = y * self.side_modules + x;
        (self.dark[at], self.fixed[at]) = (is_dark, true);
    }

    /// Timing, finders with what keeps them apart, the alignment square, and the place of the format.
    fn draw_fixed(&mut self) {
        let side = self.side_modules;
        for at in 0..side {
            self.fix(6, at, at % 2 == 0);
            self.fix(at, 6, at % 2 == 0);
        }
        for (left, top) in [(0, 0), (side - 7, 0), (0, side - 7)] {
            let ring = |x: usize, y: usize| (x.abs_diff(left + 3)).max(y.abs_diff(top + 3));
            for y in top.saturating_sub(1)..(top + 8).min(side) {
                for x in left.saturating_sub(1)..(left + 8).min(side) {
                    self.fix(x, y, !matches!(ring(x, y), 2 | 4));
                }
            }
        }
        let middle = side - 7;
        for y in middle - 2..=middle + 2 {
            for x in middle - 2..=middle + 2 {
                self.fix(x, y, x.abs_diff(middle).max(y.abs_diff(middle)) != 1);
            }
        }
        self.draw_format(0);
    }

    /// Level and mask, in both places, and the module that is always dark.
    fn draw_format(&mut self, mask: u8) {
        let side = self.side_modules;
        let bits = format_bits(mask);
        for at in 0..15 {
            let is_dark = bits >> at & 1 == 1;
            let (x, y) = match at {
                0..6 => (8, at),
                6 | 7 => (8, at + 1),
                8 => (7, 8),
                _ => (14 - at, 8),
            };
            self.fix(x, y, is_dark);
            let (x, y) = if at < 8 { (side - 1 - at, 8) } else { (8, side - 15 + at) };
            self.fix(x, y, is_dark);
        }
        self.fix(8, side - 8, true);
    }

    /// The bits, in pairs of columns from the right, up and down in turn. What is left over stays light.
    fn draw_bytes(&mut self, bytes: &[u8]) {
        let side = self.side_modules;
        let mut bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
        // The column of the timing belongs to no pair.
        let pairs = (0..side).rev().filter(|x| *x != 6).step_by(2);
        for (turn, right) in pairs.enumerate() {
            for step in 0..side {
                let y = if turn % 2 == 0 { side - 1 - step } else { step };
                for x in [right, right - 1] {
                    let at = y * side + x;
                    if !self.fixed[at] {
                        self.dark[at] = bits.next().unwrap_or(false);
                    }
                }
            }
        }
    }

    fn masked(&self, mask: u8) -> Self {
        let mut code = self.clone();
        for at in 0..code.dark.len() {
            let (x, y) = (at % code.side_modules, at / code.side_modules);
            code.dark[at] ^= !code.fixed[at] && is_inverted(mask, x, y);
        }
        code.draw_format(mask);
        code
    }

    /// How much this disturbs a reader.
    fn penalty(&self) -> usize {
        let side = self.side_modules;
        let across = |at| line_penalty(side, &|x| self.is_dark(x, at));
        let down = |at| line_penalty(side, &|y| self.is_dark(at, y));
        let lines: usize = (0..side).map(|at| across(at) + down(at)).sum();
        let corners = (1..side).flat_map(|y| (1..side).map(move |x| (x, y)));
        let squares = corners.filter(|(x, y)| {
            let own = self.is_dark(*x, *y);
            [(x - 1, *y), (*x, y - 1), (x - 1, y - 1)].iter().all(|(x, y)| self.is_dark(*x, *y) == own)
        });
        let (dark, all) = (self.dark.iter().filter(|dark| **dark).count(), side * side);
        let twentieths = (20 * dark).abs_diff(10 * all).div_ceil(all).saturating_sub(1);
        lines + squares.count() * PENALTY_SQUARE + twentieths * PENALTY_BALANCE
    }
}

/// The text behind its mode and length, filled up to `bytes`.
fn framed(text: &[u8], bytes: usize) -> Vec<u8> {
    // Mode 4 is bytes; it and the length have twelve bits, so that every byte lies across two.
    let halves = [4, text.len() as u8 >> 4, text.len() as u8 & 15];
    let halves = halves.into_iter().chain(text.iter().flat_map(|byte| [byte >> 4, byte & 15])).chain([0]);
    let halves: Vec<u8> = halves.collect();
    let own = halves.chunks(2).map(|pair| pair[0] << 4 | pair[1]);
    own.chain(FILL_BYTES.into_iter().cycle()).take(bytes).collect()
}

/// The bytes of all blocks in turn, then those that correct them in turn.
fn interleaved(version: &Version, data: &[u8]) -> Vec<u8> {
    let generator = generator(version.correction_bytes);
    let blocks: Vec<&[u8]> = data.chunks(version.data_bytes).collect();
    let corrections: Vec<Vec<u8>> = blocks.iter().map(|block| correction(block, &generator)).collect();
    let in_turn = (0..version.data_bytes).flat_map(|at| blocks.iter().map(move |block| block[at]));
    let then = (0..version.correction_bytes).flat_map(|at| corrections.iter().map(move |block| block[at]));
    in_turn.chain(then).collect()
}

/// The polynomial whose roots are the first powers of 2, without its first coefficient, which is 1.
fn generator(degree: usize) -> Vec<u8> {
    let mut generator = vec![0; degree];
    generator[degree - 1] = 1;
    let mut root = 1;
    for _ in 0..degree {
        for at in 0..degree {
            let next = generator.get(at + 1).copied().unwrap_or(0);
            generator[at] = product(generator[at], root) ^ next;
        }
        root = product(root, 2);
    }
    generator
}

/// What is left of a block divided by the generator.
fn correction(block: &[u8], generator: &[u8]) -> Vec<u8> {
    let mut rest = vec![0; generator.len()];
    for byte in block {
        let factor = byte ^ rest[0];
        rest.rotate_left(1);
        let last = rest.len() - 1;
        rest[last] = 0;
        for (own, coefficient) in rest.iter_mut().zip(generator) {
            *own ^= product(*coefficient, factor);
        }
    }
    rest
}

/// Multiplication in the field of the correction.
fn product(left: u8, right: u8) -> u8 {
    let doubled = |sum: u16| (sum << 1) ^ ((sum >> 7) * FIELD);
    (0..8).rev().fold(0, |sum, bit| doubled(sum) ^ (u16::from(right >> bit & 1) * u16::from(left))) as u8
}

/// Level M, which is 0, and the mask, guarded by ten more bits.
fn format_bits(mask: u8) -> u16 {
    let own = u16::from(mask);
    let rest = (0..10).fold(own, |rest, _| (rest << 1) ^ ((rest >> 9) * FORMAT_GENERATOR));
    (own << 10 | rest) ^ FORMAT_MASK
}

fn is_inverted(mask: u8, x: usize, y: usize) -> bool {
    let product = x * y;
    let rest = match mask {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (x / 3 + y / 2) % 2,
        5 => product % 2 + product % 3,
        6 => (product % 2 + product % 3) % 2,
        _ => ((x + y) % 2 + product % 3) % 2,
    };
    rest == 0
}

/// What counts against one row or column: its runs, and what looks like a finder in it.
fn line_penalty(side: usize, is_dark: &dyn Fn(usize) -> bool) -> usize {
    // Light and dark in turn, light first and last: where none is, a run of none.
    let mut runs = vec![0];
    for at in 0..side {
        if is_dark(at) == (runs.len() % 2 == 1) {
            runs.push(0);
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
        }
    }
    if runs.len() % 2 == 0 {
        runs.push(0);
    }
    let long = runs.iter().filter(|run| **run >= LONG_RUN_MODULES);
    let long: usize = long.map(|run| run - LONG_RUN_MODULES + PENALTY_RUN).sum();
    // The quiet zone belongs to the first run and to the last.
    let last = runs.len() - 1;
    runs[0] += side;
    runs[last] += side;
    let finders: usize = runs.windows(7).step_by(2).map(finders).sum();
    long + finders * PENALTY_FINDER
}

/// Dark, light, dark, light, dark as 1 : 1 : 3 : 1 : 1, with at least 4 of light on one side and 1 on the other: once for each side.
fn finders(runs: &[usize]) -> usize {
    let unit = runs[1];
    if [runs[2], runs[4], runs[5]] != [unit; 3] || runs[3] != 3 * unit {
        return 0;
    }
    let light = |before: usize, behind: usize| usize::from(runs[before] >= 4 * unit && runs[behind] >= unit);
    light(0, 6) + light(6, 0)
}

#[cfg(test)]
mod tests {
    use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment};

    use super::*;
    use crate::limits::QR_TEXT_BYTES_MAX;

    /// The same code by another hand, with this mask or with the one that it takes itself.
    fn reference(text: &str, code: &Code, mask: Option<u8>) -> QrCode {
        let version = qrcodegen::Version::new(((code.side_modules() - 17) / 4) as u8);
        let segments = [QrSegment::make_bytes(text.as_bytes())];
        let mask = mask.map(Mask::new);
        QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, version, version, mask, false).unwrap()
    }

    fn assert_same(text: &str, code: &Code, mask: Option<u8>) {
        let reference = reference(text, code, mask);
        assert_eq!(code.side_modules(), reference.size() as usize);
        let side = code.side_modules();
        let rows = |is_dark: &dyn Fn(usize, usize) -> bool| -> Vec<String> {
            (0..side).map(|y| (0..side).map(|x| if is_dark(x, y) { '#' } else { '.' }).collect()).collect()
        };
        let ours = rows(&|x, y| code.is_dark(x, y));
        let theirs = rows(&|x, y| reference.get_module(x as i32, y as i32));
        assert_eq!(ours, theirs, "{text:?}, mask {mask:?}");
    }

    /// Every length, four texts each: addresses, words of several bytes, one character again and again, and noise.
    fn texts() -> Vec<String> {
        let mut state = 1_u32;
        let mut noise = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b' ' + (state >> 24) as u8 % 95)
        };
        let mut texts = Vec::new();
        for bytes in 0..=QR_TEXT_BYTES_MAX {
            let address: String =
                "https://messenger.example/i/".chars().chain(std::iter::repeat_with(&mut noise)).take(bytes).collect();
            let words = ["ä", "€"][bytes % 2].repeat(bytes / (2 + bytes % 2));
            texts.extend([address, words, "0".repeat(bytes), std::iter::repeat_with(&mut noise).take(bytes).collect()]);
        }
        texts
    }

    #[test]
    fn every_text_has_the_code_that_another_encoder_gives_it_with_every_mask() {
        let texts = texts();
        assert!(texts.len() > 400);
        for text in &texts {
            let plain = Code::unmasked(text.as_bytes()).unwrap();
            for mask in 0..MASKS {
                assert_same(text, &plain.masked(mask), Some(mask));
            }
        }
    }

    #[test]
    fn the_mask_is_the_one_that_another_encoder_takes() {
        for text in texts() {
            assert_same(&text, &code(&text).unwrap(), None);
        }
    }

    #[test]
    fn a_version_holds_what_the_standard_says_and_the_largest_is_the_limit() {
        for (bytes, side) in [(0, 29), (42, 29), (43, 33), (62, 33), (63, 37), (84, 37), (85, 41), (106, 41)] {
            assert_eq!(code(&"a".repeat(bytes)).unwrap().side_modules(), side, "{bytes}");
        }
        assert_eq!(code(&"a".repeat(QR_TEXT_BYTES_MAX)).map(|code| code.side_modules()), Some(41));
        assert_eq!(code(&"a".repeat(QR_TEXT_BYTES_MAX + 1)), None);
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
        assert_eq!(dark, code.dark);
        assert!(!svg.contains("style"));
    }
}
