//! Ring of keys in the operator's form: `id:key,id:key`. The first key seals, all of them open.

use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use thiserror::Error;

use crate::words::limits::{CONTENT_KEY_BYTES, CONTENT_KEY_ID_CHARS_MAX, CONTENT_KEYS_MAX};

/// Word in the place of the first key, with which the sweep unseals all data for good.
pub const PLAIN: &str = "plain";

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
/// Base64 alphabets of keys, with or without padding, because tools write either.
const ALPHABETS: [GeneralPurpose; 2] =
    [GeneralPurpose::new(&URL_SAFE, LENIENT), GeneralPurpose::new(&STANDARD, LENIENT)];

/// Error in `CONTENT_KEYS`. It never contains the text, which may be a part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyRingError {
    #[error("entries of CONTENT_KEYS are id:key, separated by commas")]
    Form,
    #[error("ids in CONTENT_KEYS are 1 to 16 letters, digits, - or _")]
    Id,
    #[error("an id stands twice in CONTENT_KEYS")]
    Twice,
    #[error("keys in CONTENT_KEYS are 32 bytes in base64")]
    Key,
    #[error("CONTENT_KEYS holds at most 16 keys")]
    Many,
}

/// Ring of keys that seals and opens.
#[derive(Clone, Default)]
pub struct ContentKeys(Ring);

#[derive(Clone, Default)]
enum Ring {
    /// There is no `CONTENT_KEYS`: texts are stored unsealed.
    #[default]
    Off,
    /// The ring is invalid: nothing may be stored, because it might have to be sealed.
    Unusable,
    /// Keys by id; the first one seals, unless `is_plain`.
    Keys { keys: Vec<(String, Key)>, is_plain: bool },
}

/// Key with its cipher for values, and the secret from which keys of files are derived.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) cipher: Aes256Gcm,
    pub(super) secret: [u8; CONTENT_KEY_BYTES],
}

impl std::fmt::Debug for ContentKeys {
    /// Writes only the ids, because this text appears in logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ring::Off => formatter.write_str("off"),
            Ring::Unusable => formatter.write_str("unusable"),
            Ring::Keys { keys, .. } => formatter.debug_list().entries(keys.iter().map(|(id, _)| id)).finish(),
        }
    }
}

impl ContentKeys {
    /// Parses `CONTENT_KEYS`; spaces around entries are ignored.
    /// Errors: The error describes the text. The deployment then uses [`ContentKeys::unusable`].
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut keys: Vec<(String, Key)> = Vec::new();
        let mut is_plain = false;
        for (at, entry) in text.split(',').map(str::trim).enumerate() {
            if at == 0 && entry == PLAIN {
                is_plain = true;
                continue;
            }
            let (id, key) = entry.split_once(':').ok_or(KeyRingError::Form)?;
            let is_id = (1..=CONTENT_KEY_ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(is_id_byte);
            if !is_id || id == PLAIN {
                return Err(KeyRingError::Id);
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(KeyRingError::Twice);
            }
            if keys.len() == CONTENT_KEYS_MAX {
                return Err(KeyRingError::Many);
            }
            keys.push((id.to_owned(), parsed(key).ok_or(KeyRingError::Key)?));
        }
        Ok(Self(Ring::Keys { keys, is_plain }))
    }

    /// Returns the ring for an invalid text: nothing is stored, and nothing sealed is opened.
    pub const fn unusable() -> Self {
        Self(Ring::Unusable)
    }

    /// Returns `true` if new data is sealed, or cannot be stored at all. There is then no search index.
    pub fn is_on(&self) -> bool {
        self.current() != Some(PLAIN)
    }

    pub fn is_unusable(&self) -> bool {
        matches!(self.0, Ring::Unusable)
    }

    pub fn is_off(&self) -> bool {
        matches!(self.0, Ring::Off)
    }

    /// Returns the id of the sealing key; [`PLAIN`] if nothing is sealed, `None` if nothing can be stored.
    pub fn current(&self) -> Option<&str> {
        match &self.0 {
            Ring::Off | Ring::Keys { is_plain: true, .. } => Some(PLAIN),
            Ring::Unusable => None,
            Ring::Keys { keys, .. } => keys.first().map(|(id, _)| id.as_str()),
        }
    }

    /// Returns `true` if new data is sealed.
    pub fn seals(&self) -> bool {
        self.current().is_some_and(|id| id != PLAIN)
    }

    /// Returns the ids of all keys, in the order of the ring.
    pub fn ids(&self) -> String {
        let Ring::Keys { keys, .. } = &self.0 else { return String::new() };
        keys.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(",")
    }

    /// Returns `true` if the ring has a key with this id, and always for [`PLAIN`].
    pub fn has(&self, id: &str) -> bool {
        id == PLAIN || self.find(id).is_some()
    }

    pub(super) fn find(&self, id: &str) -> Option<&Key> {
        let Ring::Keys { keys, .. } = &self.0 else { return None };
        keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn parsed(key: &str) -> Option<Key> {
    let bytes = ALPHABETS.iter().find_map(|alphabet| alphabet.decode(key).ok())?;
    let secret: [u8; CONTENT_KEY_BYTES] = bytes.try_into().ok()?;
    Some(Key { cipher: Aes256Gcm::new(&secret.into()), secret })
}
