//! Words and files at rest (`docs/decisions/0018-sealed-bodies.md`): AES-256-GCM under the keys of `CONTENT_KEYS`, in the step that stores them.
//!
//! | File | What it knows |
//! |---|---|
//! | `keys` | the ring of keys: how it is written, which one seals |
//! | `words` | how a sealed text or a sealed run of bytes looks, and how it is opened |
//! | `file` | how a sealed file looks, and how it is sealed and opened chunk by chunk |
//! | `sweep` | how what is stored comes under the newest key, a portion at a time |
//!
//! Nothing here is random: the nonce of every sealing, and the seed of every file, come from the shell. Which columns hold words is not known here.

mod file;
mod keys;
mod sweep;
mod words;

pub use file::{
    FileCipher, FileOpener, FileSealer, HEADER_BYTES, SEED_BYTES, SEGMENT_BYTES, Seed, bytes_of_segments,
    is_sealed_file, plain_bytes, sealed_bytes,
};
pub use keys::{ContentKeys, KeyRingError, PLAIN};
pub use sweep::{Sweep, SweepPortion};
pub use words::{AssociatedData, MARK, NONCE_BYTES, Nonce, SealError, is_about_keys};

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod tests;
