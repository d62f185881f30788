//! An integration of a group (`integrations.md` 5), and its rows. `integrating` decides who makes one and what it says.

use super::programs::Maker;
use crate::words::event::Millis;
use crate::words::refusal::Fault;

/// Address by which a program outside writes in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// Id, under which it writes.
    pub id: String,
    /// Name of the writer of its messages.
    pub name: String,
    /// SHA-256 of the secret in the address, in hex.
    pub secret_hash: String,
    pub maker: Maker,
    pub made_at: Millis,
    pub used_at: Option<Millis>,
}

pub trait IntegrationStore {
    /// Returns all of them, the oldest first.
    fn integrations(&self) -> Result<Vec<Integration>, Fault>;
    /// Stores a new one, or the time of the last message of a known one.
    fn save_integration(&mut self, integration: &Integration) -> Result<(), Fault>;
    fn forget_integration(&mut self, id: &str) -> Result<(), Fault>;
}
