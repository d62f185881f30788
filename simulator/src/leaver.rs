//! Person whose account is being deleted, and the stage of the deletion (`leaving.md` 2).

use std::collections::BTreeSet;

/// Stage of the deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The person has not requested it yet.
    Waits,
    /// All sessions of the person are ended.
    Sessions,
    /// The person leaves the group, and all contacts end.
    Part,
    /// The messages are deleted, from a position on.
    Words(u64, bool),
    Done,
}

/// Person whose account is being deleted.
#[derive(Clone, Debug)]
pub(super) struct Leaver {
    pub(super) user: &'static str,
    pub(super) keeps_words: bool,
    pub(super) step: Step,
    /// Texts and digests of bodies that must be nowhere after the deletion.
    pub(super) contents: BTreeSet<String>,
    pub(super) digests: BTreeSet<String>,
}
