//! Presence: the seven statuses, and the view that others have of a person (`presence.md` 2).
//!
//! `status` has the words, `person` the machine of one person with many devices, `looks` their appearance to each viewer.

mod card;
mod change;
mod looks;
mod person;

pub use card::Card;
pub use change::PresenceChange;
pub use looks::{LiftedBlock, Looks, Ties};
pub use person::{DeviceKey, Person, PresenceDelta, Record, RestoredDevice};
