//! Arrangement of an account on all of its devices (`home.md`): fields, of which the latest value wins.
//!
//! | File | Part |
//! |---|---|
//! | `field` | names of fields |
//! | `word` | values of fields with their stamps, and the rule which one wins |
//! | `device` | the values that a device knows, and those that the server does not have yet |

mod device;
mod field;
mod word;

pub use device::HomeDevice;
pub use field::{HomeField, HomeGroup};
pub use word::{HomeEntry, HomePage, HomeWord, fields_json, read_fields};
