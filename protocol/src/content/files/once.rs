//! Animated pictures that play once: only the number of repetitions in the bytes is changed.

/// Beginnings of the GIF extension with the number of repetitions, by its two names.
const ROUNDS: [&[u8]; 2] = [b"\x21\xff\x0bNETSCAPE2.0", b"\x21\xff\x0bANIMEXTS1.0"];
/// The WebP chunk with the number of repetitions, after four bytes of colour.
const ANIM: &[u8] = b"ANIM\x06\0\0\0";
/// Sets an animation to play once. The number of bytes stays the same. Returns whether the picture may be animated; only for a PNG is it
/// known that it is not.
pub fn play_once(bytes: &mut [u8]) -> bool {
    if bytes.starts_with(b"\x89PNG") {
        let Some([rounds, sum]) = rounds_of_png(bytes) else { return false };
        let changed = u32::from_be_bytes(*rounds) ^ 1;
        *rounds = u32::to_be_bytes(1);
        *sum = (u32::from_be_bytes(*sum) ^ crc32_change(changed)).to_be_bytes();
        return true;
    }
    if bytes.starts_with(b"GIF8") {
        while let Some(at) = ROUNDS.iter().find_map(|name| find(bytes, name)) {
            // An unknown extension is skipped, and without it a GIF plays once.
            bytes[at + 3] = b'-';
        }
    } else if bytes.starts_with(b"RIFF")
        && let Some(at) = find(bytes, ANIM)
        && let Some(rounds) = bytes.get_mut(at + 12..at + 14)
    {
        rounds.copy_from_slice(&[1, 0]);
    }
    true
}

/// Returns the number of repetitions in a PNG, and the checksum after it. They are in a chunk of their own before the pixels, after the
/// number of pictures.
fn rounds_of_png(bytes: &mut [u8]) -> Option<&mut [[u8; 4]; 2]> {
    let mut at = 8;
    loop {
        let [length, kind] = *bytes.get(at..at + 8)?.as_chunks::<4>().0.first_chunk()?;
        match &kind {
            b"acTL" => return bytes.get_mut(at + 12..at + 20)?.as_chunks_mut::<4>().0.first_chunk_mut(),
            b"IDAT" | b"IEND" => return None,
            _ => at = at.checked_add(12)?.checked_add(u32::from_be_bytes(length) as usize)?,
        }
    }
}

/// Returns the change of a CRC-32 for these changed bits of the last four bytes. CRC-32 is linear, so neither the other bytes nor a table
/// are needed.
fn crc32_change(changed: u32) -> u32 {
    (0..32).fold(changed.swap_bytes(), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::checksum::crc32;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let body = [kind, data].concat();
        [&(data.len() as u32).to_be_bytes(), body.as_slice(), &crc32(&body).to_be_bytes()].concat()
    }

    fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat()
    }

    fn animation(rounds: u32) -> Vec<u8> {
        chunk(b"acTL", &[2_u32.to_be_bytes(), rounds.to_be_bytes()].concat())
    }

    #[test]
    fn a_png_goes_round_once_and_its_chunk_is_still_whole() {
        // Bytes that look like the chunk, but belong to another.
        let others = |rounds| {
            [chunk(b"IHDR", &[0; 13]), chunk(b"iCCP", &animation(0)), animation(rounds), chunk(b"IDAT", &animation(0))]
        };
        for rounds in [0, 1, 3, u32::MAX] {
            let mut moving = png(&others(rounds));
            assert!(play_once(&mut moving));
            assert_eq!(moving, png(&others(1)), "{rounds}");
        }
        let still = png(&[chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", &animation(0)), animation(0)]);
        let mut same = still.clone();
        assert!(!play_once(&mut same));
        assert_eq!(same, still);
    }

    #[test]
    fn what_goes_round_for_ever_goes_round_once() {
        let mut gif = b"GIF89a\x01\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\x2c".to_vec();
        play_once(&mut gif);
        assert_eq!(gif, b"GIF89a\x01\0\x21\xff\x0b-ETSCAPE2.0\x03\x01\0\0\0\x2c");
        let mut webp = b"RIFF\0\0\0\0WEBPANIM\x06\0\0\0\x01\x02\x03\x04\0\0ANMF".to_vec();
        play_once(&mut webp);
        assert_eq!(webp, b"RIFF\0\0\0\0WEBPANIM\x06\0\0\0\x01\x02\x03\x04\x01\0ANMF");
    }

    #[test]
    fn what_is_cut_off_or_another_kind_stays_as_it_is() {
        for bytes in [
            &b"RIFFxxxxWEBPANIM\x06\0\0\0\x01"[..],
            b"\x89PNG",
            b"\x89PNG\0\0\0\x08acTL\0\0\0\x02\0\0\0\0",
            b"",
            b"GIF89a",
            b"xx\x21\xff\x0bNETSCAPE2.0",
        ] {
            let mut same = bytes.to_vec();
            play_once(&mut same);
            assert_eq!(same, bytes);
        }
    }
}
