//! Extras that a writer sent beside the words of a message: the message that it answers, and its font.

use std::collections::BTreeMap;

use protocol::client::{Font, RowKind};

/// Extras that a writer sent beside the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MessageExtras {
    pub(super) reply_to: Option<String>,
    pub(super) font: Option<Font>,
}

/// By the id of the message, as far as there was anything.
pub(super) type ExtrasById = BTreeMap<String, MessageExtras>;

impl MessageExtras {
    pub fn of(kind: &RowKind) -> Option<Self> {
        let RowKind::Chat { reply_to, font, .. } = kind else { return None };
        Some(Self { reply_to: reply_to.clone(), font: *font })
    }
}
