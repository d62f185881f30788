//! Receipt: the position of a person, and a client's report of it (`messenger.md` 8).

use serde::{Deserialize, Serialize};

/// Positions up to which a person has received and read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Everything up to here was delivered to one of their devices.
    pub delivered: u64,
    /// Everything up to here was read.
    pub read: u64,
    /// Part of `delivered` that was sent to others.
    pub shown_delivered: u64,
    /// Part of `read` that may be sent to others.
    pub shown_read: u64,
}

/// Report of a client on what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptReport {
    /// Message or place up to which it has everything.
    pub to: ReceiptTarget,
    /// Read, or delivered only.
    pub is_read: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptTarget {
    Id(String),
    Seq(u64),
}
