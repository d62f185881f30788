//! Who knows whom, who hides from whom, and what a person takes from others (`settings.md` 1, `messenger.md` 4 *Blocking*).
//!
//! `act` is what a person does, `pair` is what two people have said about each other, `settings` what a person takes, `hiding` whom they do not want
//! to hear of and since when, `privacy` the sum of it that rooms enforce. Storage and frames are elsewhere.

mod act;
mod hiding;
mod pair;
mod privacy;
mod settings;

pub use act::{ContactAct, Fullness};
pub use hiding::{Hide, Hides};
pub use pair::{Half, Pair, PairEvent, Relation};
pub use privacy::{Known, Privacy};
pub use settings::{Audience, Settings, SettingsChange};
