//! Sealed text: a mark, the id of the key, the nonce, and the output of AES-256-GCM, bound to its row.
//!
//! Unsealed text is stored as it is. An unsealed text that begins like a sealed one gets a mark of its own, so that no writer can make a
//! message that reads as a broken row.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::AeadInOut;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use super::keys::{ContentKeys, Key, PLAIN};
use crate::words::refusal::Fault;

/// Beginning of every value that is not stored as it is. No JSON text begins with it.
pub const MARK: &[u8] = b"\x01cfm:";
/// Stands for the key's id: the rest is not sealed. No id is empty or contains it.
const ESCAPED: u8 = b'=';
const ID_END: u8 = b':';
pub const NONCE_BYTES: usize = 12;
pub(super) const TAG_BYTES: usize = 16;
/// First part of the associated data, which versions the format.
const FORM: &str = "cfm.sealed.2";
/// First part of the earlier format, which did not name the column. Such data can be opened until it is resealed.
const FORM_WITHOUT_COLUMN: &str = "cfm.sealed.1";

/// Random bytes from the shell, fresh for each sealing.
pub type Nonce = [u8; NONCE_BYTES];

/// Associated data of a sealed text: its place, outside of which it cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssociatedData<'a> {
    /// The log or object.
    pub log: &'a str,
    /// The table, or another name for data that shares rows.
    pub table: &'a str,
    pub column: &'a str,
    pub row: &'a str,
}

impl AssociatedData<'_> {
    /// Returns the associated data, which is different for each place.
    fn bound(&self) -> Vec<u8> {
        joined(&[FORM, self.log, self.table, self.column, self.row])
    }

    /// Returns the associated data of the earlier form.
    fn bound_without_column(&self) -> Vec<u8> {
        joined(&[FORM_WITHOUT_COLUMN, self.log, self.table, self.row])
    }
}

/// Joins parts with their lengths, so that the result is unambiguous.
pub(super) fn joined(parts: &[&str]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        joined.extend_from_slice(&(part.len() as u32).to_be_bytes());
        joined.extend_from_slice(part.as_bytes());
    }
    joined
}

/// Reason for which text was not sealed or opened. Stored data stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    #[error("CONTENT_KEYS: sealed with the key {0}, which is not there")]
    UnknownKey(String),
    /// The key does not open the data: it is another key with the same id, or the data was moved or changed.
    #[error("CONTENT_KEYS: the key {0} does not open this row")]
    Broken(String),
    #[error("CONTENT_KEYS: the key {0} does not open this file")]
    BrokenFile(String),
    /// The ring is invalid, or missing where it is needed.
    #[error("CONTENT_KEYS: cannot be used")]
    Unusable,
}

const ABOUT: &str = "CONTENT_KEYS: ";

impl From<SealError> for Fault {
    fn from(error: SealError) -> Self {
        Self(error.to_string())
    }
}

/// Returns `true` if a key is missing or invalid, which the operator has to fix; no data is broken.
pub fn is_about_keys(fault: &Fault) -> bool {
    fault.0.starts_with(ABOUT)
}

enum RowContent<'a> {
    Plain(&'a [u8]),
    Sealed { id: &'a str, rest: &'a [u8] },
}

fn stored(bytes: &[u8]) -> Result<RowContent<'_>, SealError> {
    let Some(marked) = bytes.strip_prefix(MARK) else { return Ok(RowContent::Plain(bytes)) };
    if let Some((&ESCAPED, plain)) = marked.split_first() {
        return Ok(RowContent::Plain(plain));
    }
    let broken = || SealError::Broken(String::new());
    let end = marked.iter().position(|byte| *byte == ID_END).ok_or_else(broken)?;
    let (id, rest) = (marked.get(..end), marked.get(end + 1..));
    let (id, rest) = id.zip(rest).ok_or_else(broken)?;
    let id = std::str::from_utf8(id).map_err(|_| broken())?;
    Ok(RowContent::Sealed { id, rest })
}

impl ContentKeys {
    /// Returns `text` as it is stored at `place`.
    /// Errors: [`SealError::Unusable`].
    pub fn seal(&self, place: AssociatedData<'_>, text: &str, nonce: &Nonce) -> Result<String, SealError> {
        let Some((id, cipher)) = self.sealer()? else {
            return Ok(if text.as_bytes().starts_with(MARK) { format!("\u{1}cfm:={text}") } else { text.to_owned() });
        };
        let sealed = sealed(cipher, place, text.as_bytes(), nonce, id)?;
        Ok(format!("\u{1}cfm:{id}:{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Seals bytes in the same way.
    pub fn seal_bytes(&self, place: AssociatedData<'_>, bytes: &[u8], nonce: &Nonce) -> Result<Vec<u8>, SealError> {
        let Some((id, cipher)) = self.sealer()? else {
            return Ok(if bytes.starts_with(MARK) { [MARK, &[ESCAPED], bytes].concat() } else { bytes.to_vec() });
        };
        let sealed = sealed(cipher, place, bytes, nonce, id)?;
        Ok([MARK, id.as_bytes(), &[ID_END], &sealed].concat())
    }

    /// Returns the text that was stored at `place`.
    /// Errors: The key is missing, or does not open the text.
    pub fn open(&self, place: AssociatedData<'_>, text: String) -> Result<String, SealError> {
        match stored(text.as_bytes())? {
            RowContent::Plain(plain) if plain.len() == text.len() => Ok(text),
            RowContent::Plain(plain) => words(plain.to_vec(), ""),
            RowContent::Sealed { id, rest } => {
                let cipher = self.opener(id)?;
                let rest = URL_SAFE_NO_PAD.decode(rest).map_err(|_| SealError::Broken(id.to_owned()))?;
                words(opened(cipher, place, &rest, id)?, id)
            }
        }
    }

    /// Returns the bytes that were stored at `place`.
    /// Errors: The key is missing, or does not open the bytes.
    pub fn open_bytes(&self, place: AssociatedData<'_>, bytes: Vec<u8>) -> Result<Vec<u8>, SealError> {
        match stored(&bytes)? {
            RowContent::Plain(plain) if plain.len() == bytes.len() => Ok(bytes),
            RowContent::Plain(plain) => Ok(plain.to_vec()),
            RowContent::Sealed { id, rest } => opened(self.opener(id)?, place, rest, id),
        }
    }

    /// Returns `true` if [`ContentKeys::seal`] would store the data in the same form now.
    pub fn is_current(&self, bytes: &[u8]) -> bool {
        let id = match stored(bytes) {
            Ok(RowContent::Plain(_)) => PLAIN,
            Ok(RowContent::Sealed { id, .. }) => id,
            Err(_) => return false,
        };
        self.current() == Some(id)
    }

    /// Returns the number of bytes that sealing adds.
    pub fn around_bytes(&self) -> usize {
        let id = self.current().filter(|id| *id != PLAIN).map(|id| id.len() + 1 + NONCE_BYTES + TAG_BYTES);
        id.map_or(0, |around| around + MARK.len())
    }

    fn sealer(&self) -> Result<Option<(&str, &Aes256Gcm)>, SealError> {
        match self.current() {
            None => Err(SealError::Unusable),
            Some(PLAIN) => Ok(None),
            Some(id) => Ok(Some((id, self.opener(id)?))),
        }
    }

    fn opener(&self, id: &str) -> Result<&Aes256Gcm, SealError> {
        self.key(id).map(|key| &key.cipher)
    }

    pub(super) fn key(&self, id: &str) -> Result<&Key, SealError> {
        if self.is_unusable() {
            return Err(SealError::Unusable);
        }
        self.find(id).ok_or_else(|| SealError::UnknownKey(id.to_owned()))
    }
}

fn words(bytes: Vec<u8>, id: &str) -> Result<String, SealError> {
    String::from_utf8(bytes).map_err(|_| SealError::Broken(id.to_owned()))
}

fn sealed(
    cipher: &Aes256Gcm,
    place: AssociatedData<'_>,
    bytes: &[u8],
    nonce: &Nonce,
    id: &str,
) -> Result<Vec<u8>, SealError> {
    let mut sealed = Vec::with_capacity(NONCE_BYTES + bytes.len() + TAG_BYTES);
    sealed.extend_from_slice(nonce);
    sealed.extend_from_slice(bytes);
    let broken = || SealError::Broken(id.to_owned());
    let words = sealed.get_mut(NONCE_BYTES..).ok_or_else(broken)?;
    // Only 64 GB at once would fail.
    let tag = cipher.encrypt_inout_detached(nonce.into(), &place.bound(), words.into()).map_err(|_| broken())?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

fn opened(cipher: &Aes256Gcm, place: AssociatedData<'_>, sealed: &[u8], id: &str) -> Result<Vec<u8>, SealError> {
    let broken = || SealError::Broken(id.to_owned());
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(broken)?;
    let (words, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or_else(broken)?;
    for bound in [place.bound(), place.bound_without_column()] {
        let mut words = words.to_vec();
        if cipher.decrypt_inout_detached(nonce.into(), &bound, words.as_mut_slice().into(), tag.into()).is_ok() {
            return Ok(words);
        }
    }
    Err(broken())
}
