//! CRC-32 (IEEE 802.3), of packets and of the chunks of a PNG.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

static CHECKSUM: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

pub fn crc32(bytes: &[u8]) -> u32 {
    CHECKSUM.checksum(bytes)
}

/// Continues a checksum with `bytes`; that of no bytes is 0.
pub fn crc32_further(so_far: u32, bytes: &[u8]) -> u32 {
    let mut digest = CHECKSUM.digest_with_initial((!so_far).reverse_bits());
    digest.update(bytes);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_nine_digits_it_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn in_pieces_it_is_the_same() {
        assert_eq!(crc32_further(0, b"123456789"), crc32(b"123456789"));
        assert_eq!(crc32_further(crc32_further(crc32_further(0, b"1234"), b""), b"56789"), crc32(b"123456789"));
    }
}
