//! Presence: the seven statuses, and the view that others have of a person (`presence.md` 2).
//!
//! `status` has the words, `person` the machine of one person with many devices, `views` their appearance to each viewer.

mod card;
mod change;
mod person;
mod views;

pub use card::Card;
pub use change::PresenceChange;
pub use person::{Device, DeviceKey, Person, PresenceDelta, Record};
pub use views::{LiftedBlock, PresenceTies, PresenceViews};
