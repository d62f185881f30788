//! A picture that moves, so that it does once: how often it goes round is told in its bytes, and nothing else is changed.

/// Where a GIF tells it, by the two names there are.
const ROUNDS: [&[u8]; 2] = [b"\x21\xff\x0bNETSCAPE2.0", b"\x21\xff\x0bANIMEXTS1.0"];
/// The chunk in which a WebP tells it, behind four bytes of colour.
const ANIM: &[u8] = b"ANIM\x06\0\0\0";

/// Lets it move once. The bytes are as many as before.
pub fn play_once(bytes: &mut [u8]) {
    if bytes.starts_with(b"GIF8") {
        while let Some(at) = ROUNDS.iter().find_map(|name| find(bytes, name)) {
            // An extension that nobody knows is passed over, and without one a GIF plays once.
            bytes[at + 3] = b'-';
        }
    } else if bytes.starts_with(b"RIFF")
        && let Some(at) = find(bytes, ANIM)
        && let Some(rounds) = bytes.get_mut(at + 12..at + 14)
    {
        rounds.copy_from_slice(&[1, 0]);
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for bytes in [&b"RIFFxxxxWEBPANIM\x06\0\0\0\x01"[..], b"\x89PNG", b"", b"GIF89a", b"xx\x21\xff\x0bNETSCAPE2.0"]
        {
            let mut same = bytes.to_vec();
            play_once(&mut same);
            assert_eq!(same, bytes);
        }
    }
}
