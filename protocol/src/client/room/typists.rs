//! Others who are shown as typing, and until when.

use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;

/// Others who are shown as typing, by user id.
pub(super) type Typists = SortedMap<String, Typist>;

/// Somebody who is shown as typing.
#[derive(Clone, Debug)]
pub(super) struct Typist {
    pub(super) name: String,
    pub(super) until: Millis,
}
