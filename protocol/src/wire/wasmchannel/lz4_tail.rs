//! The end of an LZ4 block. The format allows the last match to end five bytes before the end of the block, but the library stops one byte
//! earlier. This file lengthens that match, so that the published examples come out byte for byte (`wasmchannel.md` 1.3).

/// Literals that a block must end with.
const LAST_LITERALS: usize = 5;
const MATCH_BYTES_MIN: usize = 4;

/// Sequence of a block: start, literals, match.
struct Sequence {
    token_at: usize,
    literals_at: usize,
    literals: usize,
    offset: usize,
    matched: usize,
}

/// Returns `block`, which inflates to `plain`, with its last match as long as possible.
pub(super) fn tighten(block: Vec<u8>, plain: &[u8]) -> Vec<u8> {
    let Some((last, tail)) = last_match(&block) else {
        return block;
    };
    let tail_from = plain.len().saturating_sub(tail);
    let repeats = |at: &usize| at.checked_sub(last.offset).is_some_and(|from| plain.get(*at) == plain.get(from));
    let more = (tail_from..plain.len().saturating_sub(LAST_LITERALS)).take_while(repeats).count();
    let (Some(before), Some(literals), Some(rest)) = (
        block.get(..last.token_at),
        block.get(last.literals_at..last.literals_at + last.literals),
        plain.get(tail_from + more..),
    ) else {
        return block;
    };
    if more == 0 {
        return block;
    }
    let mut out = before.to_vec();
    push_sequence(&mut out, literals, Some((last.offset, last.matched + more)));
    push_sequence(&mut out, rest, None);
    out
}

/// Returns the last sequence with a match, and the number of literals behind it; `None` for a block without a match.
fn last_match(block: &[u8]) -> Option<(Sequence, usize)> {
    let mut last = None;
    let mut at = 0;
    while at < block.len() {
        let token_at = at;
        let token = *block.get(at)?;
        at += 1;
        let literals = length(block, &mut at, token >> 4)?;
        let literals_at = at;
        at += literals;
        if at >= block.len() {
            return last.map(|sequence| (sequence, literals));
        }
        let offset = usize::from(u16::from_le_bytes([*block.get(at)?, *block.get(at + 1)?]));
        at += 2;
        let matched = length(block, &mut at, token & 15)? + MATCH_BYTES_MIN;
        last = Some(Sequence { token_at, literals_at, literals, offset, matched });
    }
    None
}

fn length(block: &[u8], at: &mut usize, nibble: u8) -> Option<usize> {
    let mut length = usize::from(nibble);
    let mut goes_on = nibble == 15;
    while goes_on {
        let byte = *block.get(*at)?;
        *at += 1;
        length += usize::from(byte);
        goes_on = byte == u8::MAX;
    }
    Some(length)
}

fn push_sequence(out: &mut Vec<u8>, literals: &[u8], matched: Option<(usize, usize)>) {
    let matched = matched.map(|(offset, length)| (offset as u16, length - MATCH_BYTES_MIN));
    let match_nibble = matched.map_or(0, |(_, length)| length.min(15));
    out.push((literals.len().min(15) << 4 | match_nibble) as u8);
    push_length(out, literals.len());
    out.extend_from_slice(literals);
    if let Some((offset, length)) = matched {
        out.extend_from_slice(&offset.to_le_bytes());
        push_length(out, length);
    }
}

/// Appends the part of a length that does not fit into its half of the token.
fn push_length(out: &mut Vec<u8>, length: usize) {
    if let Some(rest) = length.checked_sub(15) {
        out.extend(std::iter::repeat_n(u8::MAX, rest / 255));
        out.push((rest % 255) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_match_grows_and_the_block_says_the_same() {
        for length in 0..1_200 {
            let plain: Vec<u8> = b"hahaha, ho! ".iter().copied().cycle().take(length).collect();
            let block = lz4_flex::block::compress(&plain);
            let tight = tighten(block.clone(), &plain);
            assert!(tight.len() <= block.len());
            assert_eq!(lz4_flex::block::decompress(&tight, length).unwrap(), plain);
        }
    }

    #[test]
    fn a_block_without_a_match_stays() {
        let plain = b"abcdefghijklmnopqrstuvwxyz";
        let block = lz4_flex::block::compress(plain);
        assert_eq!(tighten(block.clone(), plain), block);
        assert_eq!(tighten(Vec::new(), b""), b"");
    }
}
