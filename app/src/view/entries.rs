//! Entries of a list: the keys that tell them apart, and the functions that build their views.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::erased::ErasedView;

/// One entry of a list: the key that tells it apart, and the function that builds it.
pub struct Entry {
    /// Key that tells it apart.
    pub key: u64,
    /// Function that builds it.
    pub build: Box<dyn FnOnce() -> ErasedView + Send>,
}

impl Entry {
    /// An entry; `build` runs once, when the key is new.
    pub fn new(key: impl Into<u64>, build: impl FnOnce() -> ErasedView + Send + 'static) -> Self {
        Self { key: key.into(), build: Box::new(build) }
    }

    /// An entry without a number: what is equal is the same.
    pub fn of(value: impl Hash, build: impl FnOnce() -> ErasedView + Send + 'static) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        Self::new(hasher.finish(), build)
    }
}

/// The entries of a list, as they are now.
pub type Entries = Box<dyn Fn() -> Vec<Entry> + Send + Sync>;
