//! Other people who are shown as typing, with the end of each.

use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;

/// Others who are shown as typing, by user id.
pub(super) type Typists = SortedMap<String, Typist>;

/// Person who is shown as typing.
#[derive(Clone, Debug)]
pub(super) struct Typist {
    pub(super) name: String,
    pub(super) until: Millis,
}
