//! Extras of a message beside its text: the answered message, and the font.

use std::collections::BTreeMap;

use protocol::client::{Font, RowKind};

/// Extras of a message beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MessageExtras {
    pub(super) reply_to: Option<String>,
    pub(super) font: Option<Font>,
}

/// Extras by the id of the message, if it has any.
pub(super) type ExtrasById = BTreeMap<String, MessageExtras>;

impl MessageExtras {
    pub fn of(kind: &RowKind) -> Option<Self> {
        kind.chat().map(|chat| Self { reply_to: chat.reply_to.clone(), font: chat.font })
    }
}
