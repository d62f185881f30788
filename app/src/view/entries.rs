//! Entries of a list: unique keys, and functions that build their views.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::erased::ErasedView;

/// Entry of a list.
pub struct Entry {
    pub key: u64,
    pub build: Box<dyn FnOnce() -> ErasedView + Send>,
}

impl Entry {
    /// Makes an entry; `build` runs once, when the key is new.
    pub fn new(key: impl Into<u64>, build: impl FnOnce() -> ErasedView + Send + 'static) -> Self {
        Self { key: key.into(), build: Box::new(build) }
    }

    /// Makes an entry whose key is the hash of a value.
    pub fn of(value: impl Hash, build: impl FnOnce() -> ErasedView + Send + 'static) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        Self::new(hasher.finish(), build)
    }
}

/// Function that returns the present entries of a list.
pub type Entries = Box<dyn Fn() -> Vec<Entry> + Send + Sync>;
