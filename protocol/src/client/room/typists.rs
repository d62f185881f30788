//! Typing indicators of other people, with their ends.

use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;

/// Typing indicators by user id.
pub(super) type Typists = SortedMap<String, Typist>;

#[derive(Clone, Debug)]
pub(super) struct Typist {
    pub(super) name: String,
    pub(super) until: Millis,
}
