//! ZIP archive that is written from front to back, one piece at a time; the writer may be stopped between two pieces.
//!
//! The data of a file is in stored blocks of DEFLATE, whose end is in the stream itself. So neither length nor checksum has to be known when
//! a file begins, and every reader accepts it. The caller decides about pieces and their destination.

use chrono::Datelike;

use crate::codec::checksum::crc32_further;
use crate::words::event::Millis;
use crate::words::iso::utc;
use crate::words::time::DAY_MS;

/// Maximum number of bytes of a stored block.
const BLOCK_BYTES: usize = 65_535;
/// The last block: stored and empty.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];
/// Version 2.0: folders and DEFLATE.
const VERSION: u16 = 20;
/// Lengths follow the data; names are UTF-8.
const FLAGS: u16 = 0x0808;
const DEFLATE: u16 = 8;

/// File of the archive, as far as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its path: parts with `/` in between.
    pub name: String,
    /// Time at which the archive was made.
    pub at: Millis,
    /// Offset of its header in the archive.
    pub start: u64,
    pub crc: u32,
    pub bytes: u64,
    /// Number of bytes of the data in the archive.
    pub packed: u64,
}

impl Entry {
    /// Returns the header before the data.
    pub fn head(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(30 + self.name.len());
        put32(&mut out, 0x0403_4b50);
        self.put_kind(&mut out);
        // Checksum and lengths follow the data.
        out.extend([0; 12]);
        put16(&mut out, self.name.len() as u16);
        put16(&mut out, 0);
        out.extend(self.name.as_bytes());
        out
    }

    pub fn piece(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len() + 5 * data.len().div_ceil(BLOCK_BYTES));
        for block in data.chunks(BLOCK_BYTES) {
            let length = block.len() as u16;
            out.push(0);
            put16(&mut out, length);
            put16(&mut out, !length);
            out.extend(block);
        }
        self.crc = crc32_further(self.crc, data);
        self.bytes += data.len() as u64;
        self.packed += out.len() as u64;
        out
    }

    /// Returns the bytes after the data: the last block, then checksum and lengths.
    pub fn tail(&mut self) -> Vec<u8> {
        let mut out = LAST_BLOCK.to_vec();
        self.packed += out.len() as u64;
        put32(&mut out, 0x0807_4b50);
        self.put_lengths(&mut out);
        out
    }

    fn put_kind(&self, out: &mut Vec<u8>) {
        let date = utc(self.at);
        let (year, month, day) =
            (u64::from(date.year().unsigned_abs()), u64::from(date.month()), u64::from(date.day()));
        let seconds = self.at % DAY_MS / 1_000;
        put16(out, VERSION);
        put16(out, FLAGS);
        put16(out, DEFLATE);
        put16(out, (((seconds / 3_600) << 11) | ((seconds / 60 % 60) << 5) | (seconds % 60 / 2)) as u16);
        put16(out, ((year.saturating_sub(1_980) << 9) | (month << 5) | day) as u16);
    }

    fn put_lengths(&self, out: &mut Vec<u8>) {
        put32(out, self.crc);
        put32(out, self.packed as u32);
        put32(out, self.bytes as u32);
    }
}

/// Returns the end of an archive whose directory begins at `start`.
pub fn directory(entries: &[Entry], start: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        put32(&mut out, 0x0201_4b50);
        put16(&mut out, VERSION);
        entry.put_kind(&mut out);
        entry.put_lengths(&mut out);
        put16(&mut out, entry.name.len() as u16);
        // No extra fields, no comment, first disk, no attributes.
        out.extend([0; 12]);
        put32(&mut out, entry.start as u32);
        out.extend(entry.name.as_bytes());
    }
    let (bytes, count) = (out.len() as u32, entries.len() as u16);
    put32(&mut out, 0x0605_4b50);
    out.extend([0; 4]);
    put16(&mut out, count);
    put16(&mut out, count);
    put32(&mut out, bytes);
    put32(&mut out, start as u32);
    put16(&mut out, 0);
    out
}

fn put16(out: &mut Vec<u8>, number: u16) {
    out.extend(number.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, number: u32) {
    out.extend(number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::checksum::crc32;

    const AT: Millis = 1_795_314_645_000;

    /// Reads the archive as a tool does: by its directory.
    fn read(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let n16 = |at: usize| usize::from(u16::from_le_bytes(archive[at..at + 2].try_into().unwrap()));
        let n32 = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().unwrap());
        let end = archive.len() - 22;
        assert_eq!(n32(end), 0x0605_4b50);
        let (mut at, mut files) = (n32(end + 16) as usize, Vec::new());
        for _ in 0..n16(end + 10) {
            assert_eq!((n32(at), n16(at + 10)), (0x0201_4b50, 8));
            let (crc, packed, bytes, name) = (n32(at + 16), n32(at + 20), n32(at + 24), n16(at + 28));
            let start = n32(at + 42) as usize;
            let text = String::from_utf8(archive[at + 46..at + 46 + name].to_vec()).unwrap();
            at += 46 + name;
            assert_eq!((n32(start), n16(start + 26)), (0x0403_4b50, name));
            let (mut data, from) = (Vec::new(), start + 30 + name);
            let mut block = from;
            loop {
                let (is_last, length) = (archive[block] == 1, n16(block + 1));
                assert_eq!(n16(block + 3), 0xffff - length);
                data.extend(&archive[block + 5..block + 5 + length]);
                block += 5 + length;
                if is_last {
                    break;
                }
            }
            assert_eq!((packed as usize, bytes as usize, crc), (block - from, data.len(), crc32(&data)));
            assert_eq!(
                [n32(block), n32(block + 4), n32(block + 8), n32(block + 12)],
                [0x0807_4b50, crc, packed, bytes]
            );
            files.push((text, data));
        }
        assert_eq!(at, end);
        files
    }

    fn write(files: &[(&str, Vec<&[u8]>)]) -> Vec<u8> {
        let (mut out, mut entries) = (Vec::new(), Vec::new());
        for (name, pieces) in files {
            let mut entry = Entry { name: (*name).to_owned(), at: AT, start: out.len() as u64, ..Entry::default() };
            out.extend(entry.head());
            for piece in pieces {
                out.extend(entry.piece(piece));
            }
            out.extend(entry.tail());
            entries.push(entry);
        }
        let start = out.len() as u64;
        out.extend(directory(&entries, start));
        out
    }

    #[test]
    fn what_goes_in_comes_out_whatever_the_pieces_are() {
        let large: Vec<u8> = (0..200_000_u32).map(|n| (n * 31 % 251) as u8).collect();
        let (first, rest) = large.split_at(65_535);
        let archive = write(&[
            ("profile.json", vec![b"{}"]),
            ("rooms/grüße.jsonl", vec![b"a\n", b"", b"b\n"]),
            ("files/large.bin", vec![first, rest]),
            ("empty", vec![]),
        ]);
        let expected = [
            ("profile.json", b"{}".to_vec()),
            ("rooms/grüße.jsonl", b"a\nb\n".to_vec()),
            ("files/large.bin", large.clone()),
            ("empty", vec![]),
        ];
        assert_eq!(read(&archive), expected.map(|(name, data)| (name.to_owned(), data)));
        assert_eq!(read(&write(&[])), []);
    }

    #[test]
    fn times_are_those_of_a_clock_on_the_wall() {
        let head = Entry { at: AT, ..Entry::default() }.head();
        let (time, date) = (u16::from_le_bytes([head[10], head[11]]), u16::from_le_bytes([head[12], head[13]]));
        // 2026-11-22 02:30:45 UTC.
        assert_eq!((time >> 11, time >> 5 & 63, (time & 31) * 2), (2, 30, 44));
        assert_eq!(((date >> 9) + 1_980, date >> 5 & 15, date & 31), (2026, 11, 22));
    }
}
