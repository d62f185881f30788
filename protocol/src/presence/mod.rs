//! Presence: the seven statuses, and what others see of a person (`presence.md` 2).
//!
//! `status` has the words, `person` the machine of one person with many devices, `looks` how they look to whom.

mod looks;
mod person;
mod status;

pub use looks::{Audiences, Lifted, Looks, Ties};
pub use person::{Changed, DeviceKey, Kept, Person, Record};
pub use status::{OFFLINE, Status, Visible};
