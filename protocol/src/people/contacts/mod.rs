//! Contacts, blocks and settings of a person (`settings.md` 1, `messenger.md` 4 *Blocking*).
//!
//! `act` has the actions of a person, `pair` the state between two people, `settings` and `audience` the privacy settings, `hiding` the
//! blocks over time, and `privacy` their sum, which rooms enforce. Storage and frames are elsewhere.

mod act;
mod audience;
mod audiences;
mod hiding;
mod pair;
mod privacy;
mod settings;

pub use act::{ContactAct, ContactCounts};
pub use audience::{Audience, Writers};
pub use audiences::Audiences;
pub use hiding::{Hide, Hides};
pub use pair::{ContactIntent, Pair, PairEvent, Relation};
pub use privacy::{Privacy, PrivacyRecord};
pub use settings::{Choice, SETTINGS, Setting, Settings, SettingsChange};
