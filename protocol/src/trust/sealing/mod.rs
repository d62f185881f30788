//! Texts and files at rest (`docs/decisions/0018-sealed-bodies.md`): AES-256-GCM under the keys of `CONTENT_KEYS`, in the step that stores
//! them.
//!
//! | File | Responsibility |
//! |---|---|
//! | `keys` | the ring of keys |
//! | `words` | sealed texts and bytes of rows |
//! | `file` | sealed files, chunk by chunk |
//! | `sweep` | progress of resealing with the newest key |
//!
//! Nonces and seeds come from the shell, and so does the list of sealed columns.

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
