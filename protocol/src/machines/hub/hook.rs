//! A registered receiver of a room.

use crate::machines::webhook::Secret;

/// A registered hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its id in its room.
    pub id: String,
    /// Address that it leads to.
    pub url: String,
    /// Secret that its calls are signed with.
    pub secret: Secret,
    /// `true` where it gets calls.
    pub is_active: bool,
    /// `true` where no message overtakes another.
    pub is_ordered: bool,
}
