//! Somebody who goes for good, and how far it is (`leaving.md` 2).

use std::collections::BTreeSet;

/// Stage of somebody who goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// They have not said so yet.
    Waits,
    /// Nobody is signed in as them any more.
    Sessions,
    /// They leave the group, and are nobody's contact.
    Part,
    /// Their words go, from some place on.
    Words(u64, bool),
    Done,
}

/// Somebody who goes for good.
#[derive(Clone, Debug)]
pub(super) struct Leaver {
    pub(super) user: &'static str,
    pub(super) keeps_words: bool,
    pub(super) step: Step,
    /// Contents that must be nowhere once they are gone, and digests of bodies.
    pub(super) contents: BTreeSet<String>,
    pub(super) digests: BTreeSet<String>,
}
