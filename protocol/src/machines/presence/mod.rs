//! Presence: the seven statuses, and what others see of a person (`presence.md` 2).
//!
//! `status` has the words, `person` the machine of one person with many devices, `views` how they look to whom.

mod card;
mod change;
mod person;
mod views;

pub use card::Card;
pub use change::PresenceChange;
pub use person::{DeviceKey, Person, PresenceDelta, Record, RestoredDevice};
pub use views::{LiftedBlock, PresenceTies, PresenceViews};
