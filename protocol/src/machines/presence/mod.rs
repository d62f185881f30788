//! Presence: the seven statuses, and what others see of a person (`presence.md` 2).
//!
//! `status` has the words, `person` the machine of one person with many devices, `looks` how they look to whom.

mod card;
mod change;
mod looks;
mod person;

pub use card::Card;
pub use change::PresenceChange;
pub use looks::{LiftedBlock, Looks, PresenceTies};
pub use person::{DeviceKey, Person, PresenceDelta, Record, RestoredDevice};
