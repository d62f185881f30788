//! The LZ4 frame around a packet's payload (`wasmchannel.md` 1.1 and 2). The library codes blocks; this file has the frame, its checksums
//! and its limits. A frame is compared with its cap before anything is inflated.

use std::hash::Hasher;

use lz4_flex::block;
use twox_hash::XxHash32;

use super::error::PacketError;
use super::lz4_tail::tighten;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// Flags of our frames: version 1 with independent blocks, and no option.
const FLAGS: u8 = 0x60;
const WINDOW_BYTES: usize = 64 * 1024;
/// Largest number of bytes for which one byte of a block stands, beside a few for the first token.
const GROWTH_MAX: usize = 255;
const GROWTH_SLACK: usize = 64;
/// Top bit of a block's size: the block is stored uncompressed.
const STORED: u32 = 1 << 31;

struct Header {
    is_linked: bool,
    has_block_sum: bool,
    has_content_sum: bool,
    content_bytes: Option<u64>,
    block_bytes_max: usize,
}

pub fn deflate(payload: &[u8]) -> Vec<u8> {
    let (size_code, block_bytes) = match payload.len() {
        0..=0x1_0000 => (0x40, 0x1_0000),
        0x1_0001..=0x4_0000 => (0x50, 0x4_0000),
        0x4_0001..=0x10_0000 => (0x60, 0x10_0000),
        _ => (0x70, 0x40_0000),
    };
    let mut out = Vec::with_capacity(payload.len() + 32);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[FLAGS, size_code, header_sum(&[FLAGS, size_code])]);
    for piece in payload.chunks(block_bytes) {
        let packed = tighten(block::compress(piece), piece);
        let (size, bytes) = if packed.len() < piece.len() {
            (packed.len() as u32, packed.as_slice())
        } else {
            (piece.len() as u32 | STORED, piece)
        };
        out.extend_from_slice(&size.to_le_bytes());
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(&[0; 4]);
    out
}

/// Returns the content of a frame if it has at most `payload_bytes_max`. Verifies every checksum and size that the frame has.
pub fn inflate(frame: &[u8], payload_bytes_max: usize) -> Result<Vec<u8>, PacketError> {
    let mut rest = frame;
    let header = read_header(&mut rest)?;
    if header.content_bytes.is_some_and(|bytes| bytes > payload_bytes_max as u64) {
        return Err(PacketError::PayloadTooLarge);
    }
    let mut out = Vec::new();
    loop {
        let size = u32::from_le_bytes(take(&mut rest)?);
        if size == 0 {
            break;
        }
        let length = (size & !STORED) as usize;
        if length > header.block_bytes_max {
            return Err(PacketError::Frame);
        }
        let block = take_slice(&mut rest, length)?;
        if header.has_block_sum && u32::from_le_bytes(take(&mut rest)?) != xxh32(block) {
            return Err(PacketError::Frame);
        }
        if size & STORED == 0 {
            inflate_block(block, &header, &mut out, payload_bytes_max)?;
        } else {
            make_room(&mut out, block.len(), payload_bytes_max)?;
            out.extend_from_slice(block);
        }
    }
    if header.has_content_sum && u32::from_le_bytes(take(&mut rest)?) != xxh32(&out) {
        return Err(PacketError::Frame);
    }
    let is_size_right = header.content_bytes.is_none_or(|bytes| bytes == out.len() as u64);
    // Neither a second frame nor a skippable one may follow (`wasmchannel.md` 2).
    if is_size_right && rest.is_empty() { Ok(out) } else { Err(PacketError::Frame) }
}

fn read_header(rest: &mut &[u8]) -> Result<Header, PacketError> {
    if take::<4>(rest)? != MAGIC {
        return Err(PacketError::Frame);
    }
    let start = *rest;
    let [flags, size_code] = take(rest)?;
    let is_reserved_clear = flags & 0b11 == 0 && size_code & 0b1000_1111 == 0;
    if flags >> 6 != 1 || !is_reserved_clear {
        return Err(PacketError::Frame);
    }
    let block_bytes_max = match size_code >> 4 {
        4 => 0x1_0000,
        5 => 0x4_0000,
        6 => 0x10_0000,
        7 => 0x40_0000,
        _ => return Err(PacketError::Frame),
    };
    let content_bytes = if flags & 0b1000 == 0 { None } else { Some(u64::from_le_bytes(take(rest)?)) };
    let descriptor = start.get(..start.len() - rest.len()).ok_or(PacketError::Frame)?;
    let [sum] = take(rest)?;
    if sum != header_sum(descriptor) {
        return Err(PacketError::Frame);
    }
    Ok(Header {
        is_linked: flags & 0b10_0000 == 0,
        has_block_sum: flags & 0b1_0000 != 0,
        has_content_sum: flags & 0b100 != 0,
        content_bytes,
        block_bytes_max,
    })
}

/// Inflates one block to the end of `out`. A block that exceeds its maximum or the cap is refused, because its output does not fit.
fn inflate_block(block: &[u8], header: &Header, out: &mut Vec<u8>, bytes_max: usize) -> Result<(), PacketError> {
    let start = out.len();
    let cap_left = bytes_max.saturating_sub(start);
    let largest = block.len().saturating_mul(GROWTH_MAX).saturating_add(GROWTH_SLACK);
    let room = header.block_bytes_max.min(cap_left).min(largest);
    make_room(out, room, bytes_max)?;
    out.resize(start + room, 0);
    let (before, space) = out.split_at_mut(start);
    let window = before.get(before.len().saturating_sub(WINDOW_BYTES)..).unwrap_or_default();
    let inflated = if header.is_linked && !window.is_empty() {
        block::decompress_into_with_dict(block, space, window)
    } else {
        block::decompress_into(block, space)
    };
    match inflated {
        Ok(length) => {
            out.truncate(start + length);
            Ok(())
        }
        Err(block::DecompressError::OutputTooSmall { .. }) if room == cap_left => Err(PacketError::PayloadTooLarge),
        Err(_) => Err(PacketError::Frame),
    }
}

/// Grows `out` by `more` bytes within the cap.
fn make_room(out: &mut Vec<u8>, more: usize, bytes_max: usize) -> Result<(), PacketError> {
    let needed = out.len().saturating_add(more);
    if needed > bytes_max {
        return Err(PacketError::PayloadTooLarge);
    }
    if needed > out.capacity() {
        let wanted = needed.max(out.capacity().saturating_mul(2)).min(bytes_max);
        out.reserve_exact(wanted - out.len());
    }
    Ok(())
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], PacketError> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(PacketError::Frame)?;
    *rest = left;
    Ok(*taken)
}

fn take_slice<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], PacketError> {
    let (taken, left) = rest.split_at_checked(length).ok_or(PacketError::Frame)?;
    *rest = left;
    Ok(taken)
}

fn xxh32(bytes: &[u8]) -> u32 {
    let mut hasher = XxHash32::with_seed(0);
    hasher.write(bytes);
    hasher.finish_32()
}

/// Returns the second byte of the descriptor's checksum.
fn header_sum(descriptor: &[u8]) -> u8 {
    xxh32(descriptor).to_le_bytes()[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a frame with every part that a header can announce; `blocks` are (size word, bytes).
    fn frame(flags: u8, size_code: u8, content_bytes: Option<u64>, blocks: &[(u32, &[u8])], plain: &[u8]) -> Vec<u8> {
        let mut descriptor = vec![flags, size_code];
        descriptor.extend(content_bytes.iter().flat_map(|bytes| bytes.to_le_bytes()));
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&descriptor);
        out.push(header_sum(&descriptor));
        for (size, bytes) in blocks {
            out.extend_from_slice(&size.to_le_bytes());
            out.extend_from_slice(bytes);
            if flags & 0b1_0000 != 0 {
                out.extend_from_slice(&xxh32(bytes).to_le_bytes());
            }
        }
        out.extend_from_slice(&[0; 4]);
        if flags & 0b100 != 0 {
            out.extend_from_slice(&xxh32(plain).to_le_bytes());
        }
        out
    }

    #[test]
    fn our_header_is_the_documented_one() {
        assert_eq!(deflate(b""), [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0, 0, 0, 0]);
        for (length, code) in [(65_536, 0x40), (65_537, 0x50), (262_145, 0x60), (1_048_577, 0x70)] {
            let payload = vec![7; length];
            let packed = deflate(&payload);
            assert_eq!(packed[5], code);
            assert_eq!(inflate(&packed, length).unwrap(), payload);
            assert_eq!(inflate(&packed, length - 1), Err(PacketError::PayloadTooLarge));
        }
    }

    #[test]
    fn every_feature_of_a_frame_is_read_and_every_checksum_verified() {
        let plain = b"abcdabcdabcdabcdabcdabcd!";
        let packed = block::compress(plain);
        let all = frame(0b0111_1100, 0x40, Some(plain.len() as u64), &[(packed.len() as u32, &packed)], plain);
        assert_eq!(inflate(&all, 999).unwrap(), plain);
        for at in 0..all.len() {
            for bit in 0..8 {
                let mut broken = all.clone();
                broken[at] ^= 1 << bit;
                assert_ne!(inflate(&broken, 999).as_deref(), Ok(plain.as_slice()), "bit {bit} of byte {at}");
            }
        }
        for end in 0..all.len() {
            assert!(inflate(&all[..end], 999).is_err(), "{end} bytes of it");
        }
        let wrong_size = frame(0b0110_1000, 0x40, Some(24), &[(packed.len() as u32, &packed)], plain);
        assert_eq!(inflate(&wrong_size, 999), Err(PacketError::Frame));
    }

    #[test]
    fn linked_blocks_reach_into_the_one_before_and_independent_ones_do_not() {
        // Token: no literal and a match of 4 at distance 4; then 5 literals, as a block must end.
        let second: &[u8] = &[0x00, 4, 0, 0x50, b'v', b'w', b'x', b'y', b'z'];
        let blocks: &[(u32, &[u8])] = &[(4 | STORED, b"abcd"), (second.len() as u32, second)];
        assert_eq!(inflate(&frame(0x40, 0x40, None, blocks, b""), 99).unwrap(), b"abcdabcdvwxyz");
        assert_eq!(inflate(&frame(0x60, 0x40, None, blocks, b""), 99), Err(PacketError::Frame));
    }

    #[test]
    fn what_is_not_exactly_one_sound_frame_is_refused() {
        let good = deflate(b"hello hello hello hello hello");
        let stored: &[(u32, &[u8])] = &[(1 | STORED, b"a")];
        let zero_offset: &[u8] = &[0x14, b'a', 0, 0, 0x50, b'a', b'a', b'a', b'a', b'a'];
        let before_window: &[u8] = &[0x14, b'a', 9, 0, 0x50, b'a', b'a', b'a', b'a', b'a'];
        let cases: [(&str, Vec<u8>); 12] = [
            ("empty", Vec::new()),
            ("no magic", b"hello".to_vec()),
            ("second frame", [good.clone(), good.clone()].concat()),
            ("skippable frame", [good.clone(), vec![0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]].concat()),
            ("bytes after", [good, vec![0]].concat()),
            ("version 2", frame(0xa0, 0x40, None, stored, b"a")),
            ("reserved flag", frame(0x62, 0x40, None, stored, b"a")),
            ("dictionary", frame(0x61, 0x40, None, stored, b"a")),
            ("reserved size bits", frame(0x60, 0x41, None, stored, b"a")),
            ("block size 3", frame(0x60, 0x30, None, stored, b"a")),
            ("offset 0", frame(0x60, 0x40, None, &[(zero_offset.len() as u32, zero_offset)], b"")),
            ("before the window", frame(0x60, 0x40, None, &[(before_window.len() as u32, before_window)], b"")),
        ];
        for (name, bytes) in cases {
            assert_eq!(inflate(&bytes, 999), Err(PacketError::Frame), "{name}");
        }
    }

    #[test]
    fn a_block_may_not_pass_its_maximum_in_either_form() {
        let large = vec![0; 65_537];
        let stored = frame(0x60, 0x40, None, &[(65_537 | STORED, &large)], &large);
        assert_eq!(inflate(&stored, 1 << 20), Err(PacketError::Frame));
        let packed = block::compress(&large);
        let bomb = frame(0x60, 0x40, None, &[(packed.len() as u32, &packed)], &large);
        assert_eq!(inflate(&bomb, 1 << 20), Err(PacketError::Frame));
    }

    #[test]
    fn a_bomb_stops_at_the_cap_and_a_lie_allocates_nothing() {
        let zeros = vec![0; 1 << 20];
        let bomb = deflate(&zeros);
        assert!(bomb.len() < 5_000, "{}", bomb.len());
        assert_eq!(inflate(&bomb, 999), Err(PacketError::PayloadTooLarge));
        assert_eq!(inflate(&bomb, 8 << 20).unwrap().len(), 1 << 20);
        let promised = frame(0b0110_1000, 0x70, Some(1 << 40), &[(1 | STORED, b"a")], b"a");
        assert_eq!(inflate(&promised, 8 << 20), Err(PacketError::PayloadTooLarge));
        let small = inflate(&frame(0x60, 0x70, None, &[(3, &[0x20, b'a', b'b'])], b""), 8 << 20).unwrap();
        assert!(small.capacity() < 2_048, "{} bytes for a block of three", small.capacity());
    }
}
