//! Sealed files: a header and chunks that are sealed one by one (the STREAM construction). A file is sealed and opened as a stream, and any
//! part is opened without the rest (`files.md` 5).
//!
//! A file is stored in segments of [`SEGMENT_BYTES`], the last of which may be shorter. A segment is one chunk: ciphertext and tag. The
//! header takes space of the first segment, so that segments begin at multiples of their size.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};

use super::keys::{ContentKeys, PLAIN};
use super::words::{NONCE_BYTES, SealError, TAG_BYTES, joined};
use crate::trust::jwt::hmac_sha256;

/// Beginning of a header. No picture, archive or sealed value of a row begins with it.
const MARK: &[u8] = b"\x01cfm.file.1:";
/// First part of the associated data, and of the derivation of a file's key.
const FORM: &str = "cfm.file.1";
const ID_END: u8 = b':';
/// Stored bytes of the header: mark, id of the key, `:`, seed, and zeros.
pub const HEADER_BYTES: usize = 64;
/// Stored bytes of a segment.
pub const SEGMENT_BYTES: usize = 65_536;
const SALT_BYTES: usize = 16;
/// Bytes of the common beginning of a file's nonces; the chunk's number (4 bytes) and the mark of the last chunk (1 byte) follow.
const PREFIX_BYTES: usize = 7;
pub const SEED_BYTES: usize = SALT_BYTES + PREFIX_BYTES;
/// Plain bytes of the first chunk, if it is not the last.
const FIRST_BYTES: usize = SEGMENT_BYTES - HEADER_BYTES - TAG_BYTES;
/// Plain bytes of any other chunk but the last.
const CHUNK_BYTES: usize = SEGMENT_BYTES - TAG_BYTES;

/// Random bytes from the shell, fresh for each file: the salt of the file's key, and the beginning of its nonces.
pub type Seed = [u8; SEED_BYTES];

/// Returns the number of stored bytes of a sealed file.
pub fn sealed_bytes(bytes: u64) -> u64 {
    let chunks = u64::from(chunk_of(bytes.saturating_sub(1))) + 1;
    HEADER_BYTES as u64 + bytes + chunks * TAG_BYTES as u64
}

/// Returns the plain length of a sealed file; `None` if no sealed file has this stored length.
pub fn plain_bytes(stored: u64) -> Option<u64> {
    let around = HEADER_BYTES as u64 + stored.div_ceil(SEGMENT_BYTES as u64) * TAG_BYTES as u64;
    stored.checked_sub(around).filter(|bytes| sealed_bytes(*bytes) == stored)
}

/// Returns `true` if the bytes begin like a sealed file.
pub fn is_sealed_file(stored: &[u8]) -> bool {
    stored.starts_with(MARK)
}

/// Returns the number of plain bytes in the first `segments` whole segments.
pub fn bytes_of_segments(segments: u32) -> u64 {
    if segments == 0 { 0 } else { FIRST_BYTES as u64 + u64::from(segments - 1) * CHUNK_BYTES as u64 }
}

/// Returns the number of the chunk with the byte at `at`.
fn chunk_of(at: u64) -> u32 {
    at.checked_sub(FIRST_BYTES as u64).map_or(0, |after| (after / CHUNK_BYTES as u64) as u32 + 1)
}

fn chunk_bytes(number: u32) -> usize {
    if number == 0 { FIRST_BYTES } else { CHUNK_BYTES }
}

/// Returns the position of a chunk's ciphertext in the stored file.
fn stored_at(number: u32) -> u64 {
    if number == 0 { HEADER_BYTES as u64 } else { u64::from(number) * SEGMENT_BYTES as u64 }
}

/// Cipher of one file, with its own key and its place.
pub struct FileCipher {
    cipher: Aes256Gcm,
    id: String,
    seed: Seed,
    bound: Vec<u8>,
}

impl ContentKeys {
    /// Returns the cipher for a new file that is stored under `key`; `None` if files are not sealed.
    /// Errors: [`SealError::Unusable`].
    pub fn file_sealer(&self, key: &str, seed: &Seed) -> Result<Option<FileCipher>, SealError> {
        match self.current() {
            None => Err(SealError::Unusable),
            Some(PLAIN) => Ok(None),
            Some(id) => self.file_cipher(id, key, seed).map(Some),
        }
    }

    /// Returns the cipher for a stored sealed file, from its header.
    /// Errors: The header is missing, or the ring lacks its key.
    pub fn file_opener(&self, key: &str, stored: &[u8]) -> Result<FileCipher, SealError> {
        let (id, seed) = header_in(stored).ok_or_else(|| SealError::BrokenFile(String::new()))?;
        self.file_cipher(id, key, &seed)
    }

    /// Opens a whole sealed file.
    /// Errors: The key is missing, or does not open the file.
    pub fn open_file(&self, key: &str, stored: &[u8]) -> Result<Vec<u8>, SealError> {
        let cipher = self.file_opener(key, stored)?;
        let broken = || SealError::BrokenFile(cipher.id.clone());
        let bytes = plain_bytes(stored.len() as u64).ok_or_else(broken)?;
        let chunks = stored.get(HEADER_BYTES..).ok_or_else(broken)?;
        let mut opener = FileOpener::new(cipher, bytes, 0, bytes);
        let opened = opener.push(chunks)?;
        opener.finish()?;
        Ok(opened)
    }

    fn file_cipher(&self, id: &str, key: &str, seed: &Seed) -> Result<FileCipher, SealError> {
        let (salt, _) = seed.split_at(SALT_BYTES);
        let derived = hmac_sha256(&self.key(id)?.secret, &[FORM.as_bytes(), salt].concat());
        let cipher = Aes256Gcm::new(&derived.into());
        Ok(FileCipher { cipher, id: id.to_owned(), seed: *seed, bound: joined(&[FORM, key]) })
    }
}

/// Returns the id of the key and the seed.
fn header_in(stored: &[u8]) -> Option<(&str, Seed)> {
    let marked = stored.get(..HEADER_BYTES)?.strip_prefix(MARK)?;
    let end = marked.iter().position(|byte| *byte == ID_END)?;
    let (seed, rest) = marked.get(end + 1..)?.split_first_chunk::<SEED_BYTES>()?;
    let id = std::str::from_utf8(marked.get(..end)?).ok()?;
    rest.iter().all(|byte| *byte == 0).then_some((id, *seed))
}

impl FileCipher {
    /// Returns the header, with which the stored file begins.
    pub fn header(&self) -> Vec<u8> {
        let mut header = [MARK, self.id.as_bytes(), &[ID_END], &self.seed].concat();
        header.resize(HEADER_BYTES, 0);
        header
    }

    /// Seals one chunk.
    /// Errors: [`SealError::BrokenFile`] for a chunk that is too large.
    pub fn seal_chunk(&self, number: u32, is_last: bool, chunk: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = Vec::with_capacity(chunk.len() + TAG_BYTES);
        sealed.extend_from_slice(chunk);
        let nonce = self.nonce(number, is_last);
        let tag = self.cipher.encrypt_inout_detached((&nonce).into(), &self.bound, sealed.as_mut_slice().into());
        sealed.extend_from_slice(&tag.map_err(|_| self.broken())?);
        Ok(sealed)
    }

    /// Opens one chunk.
    /// Errors: The chunk was changed, or sealed for another place.
    pub fn open_chunk(&self, number: u32, is_last: bool, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (chunk, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or_else(|| self.broken())?;
        let (mut chunk, nonce) = (chunk.to_vec(), self.nonce(number, is_last));
        let opened =
            self.cipher.decrypt_inout_detached((&nonce).into(), &self.bound, chunk.as_mut_slice().into(), tag.into());
        opened.map_err(|_| self.broken())?;
        Ok(chunk)
    }

    /// Seals the chunks of `part`, the first of which has the number `first`; all but the last are full. The first chunk of a file is
    /// preceded by the header. The last chunk of the part is the end of the file if `is_end`.
    pub fn seal_part(&self, first: u32, part: &[u8], is_end: bool) -> Result<Vec<u8>, SealError> {
        let mut sealed = if first == 0 { self.header() } else { Vec::new() };
        let (mut number, mut rest) = (first, part);
        loop {
            let (chunk, after) = rest.split_at(rest.len().min(chunk_bytes(number)));
            sealed.extend(self.seal_chunk(number, is_end && after.is_empty(), chunk)?);
            if after.is_empty() {
                return Ok(sealed);
            }
            (number, rest) = (number + 1, after);
        }
    }

    fn nonce(&self, number: u32, is_last: bool) -> [u8; NONCE_BYTES] {
        let (_, prefix) = self.seed.split_at(SALT_BYTES);
        let behind = number.to_be_bytes().into_iter().chain([u8::from(is_last)]);
        let mut nonce = [0; NONCE_BYTES];
        nonce.iter_mut().zip(prefix.iter().copied().chain(behind)).for_each(|(out, byte)| *out = byte);
        nonce
    }

    fn broken(&self) -> SealError {
        SealError::BrokenFile(self.id.clone())
    }
}

pub struct FileSealer {
    cipher: FileCipher,
    number: u32,
    waiting: Vec<u8>,
}

impl FileSealer {
    pub fn new(cipher: FileCipher) -> Self {
        Self { cipher, number: 0, waiting: Vec::new() }
    }

    /// Takes the next bytes of the file, and returns the next bytes to store. A chunk waits for more bytes, because the last one is marked.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        self.waiting.extend_from_slice(bytes);
        let (mut full, mut number) = (0, self.number);
        while self.waiting.len() - full > chunk_bytes(number) {
            full += chunk_bytes(number);
            number += 1;
        }
        if full == 0 {
            return Ok(Vec::new());
        }
        let rest = self.waiting.split_off(full);
        let sealed = self.cipher.seal_part(self.number, &self.waiting, false)?;
        (self.waiting, self.number) = (rest, number);
        Ok(sealed)
    }

    /// Seals the last chunk.
    pub fn finish(self) -> Result<Vec<u8>, SealError> {
        self.cipher.seal_part(self.number, &self.waiting, true)
    }
}

/// Stream that opens a part of a sealed file.
pub struct FileOpener {
    cipher: FileCipher,
    /// Plain bytes of the whole file.
    bytes: u64,
    /// Number of the next chunk.
    number: u32,
    /// Number of the last chunk of the file.
    last: u32,
    /// Plain bytes before the part in the next chunk.
    skipped: usize,
    /// Plain bytes of the part that are still missing.
    left: u64,
    waiting: Vec<u8>,
}

impl FileOpener {
    /// Begins to open `length` bytes from `from`, in a file of `bytes` bytes.
    pub fn new(cipher: FileCipher, bytes: u64, from: u64, length: u64) -> Self {
        let number = chunk_of(from);
        let skipped = (from - bytes_of_segments(number)) as usize;
        let last = chunk_of(bytes.saturating_sub(1));
        Self { cipher, bytes, number, last, skipped, left: length, waiting: Vec::new() }
    }

    /// Returns the stored range of the chunks: the first byte, and the number of bytes.
    pub fn stored_span(&self) -> (u64, u64) {
        let from = stored_at(self.number);
        let end = bytes_of_segments(self.number) + self.skipped as u64 + self.left;
        let until = stored_at(chunk_of(end.saturating_sub(1)) + 1).min(sealed_bytes(self.bytes));
        (from, until.saturating_sub(from))
    }

    /// Takes the next stored bytes, from the first chunk of the part on, and returns the next bytes of the part.
    pub fn push(&mut self, stored: &[u8]) -> Result<Vec<u8>, SealError> {
        self.waiting.extend_from_slice(stored);
        let (mut opened, mut taken) = (Vec::new(), 0);
        while !self.is_done() && self.number <= self.last {
            let length = self.stored_chunk_bytes();
            let Some(chunk) = self.waiting.get(taken..taken + length) else { break };
            let plain = self.cipher.open_chunk(self.number, self.number == self.last, chunk)?;
            let wanted = plain.get(self.skipped..).unwrap_or_default();
            let wanted = wanted.get(..usize::try_from(self.left).unwrap_or(usize::MAX)).unwrap_or(wanted);
            opened.extend_from_slice(wanted);
            self.left -= wanted.len() as u64;
            (self.number, self.skipped, taken) = (self.number + 1, 0, taken + length);
        }
        self.waiting.drain(..taken);
        Ok(opened)
    }

    /// Checks that the part is complete.
    /// Errors: The stored file is too short.
    pub fn finish(&self) -> Result<(), SealError> {
        if self.is_done() { Ok(()) } else { Err(self.cipher.broken()) }
    }

    /// Returns `true` if the part is complete. An empty file has a chunk, too.
    fn is_done(&self) -> bool {
        self.left == 0 && (self.bytes > 0 || self.number > self.last)
    }

    fn stored_chunk_bytes(&self) -> usize {
        if self.number < self.last {
            return chunk_bytes(self.number) + TAG_BYTES;
        }
        (self.bytes - bytes_of_segments(self.last).min(self.bytes)) as usize + TAG_BYTES
    }
}
