//! Arrangement of an account, on all of its devices (`home.md`): fields, each with the last word about it.
//!
//! | File | Part |
//! |---|---|
//! | `field` | names of fields |
//! | `word` | words about fields, and the decision which one counts |
//! | `device` | the words that a device knows, and those that the server does not have yet |

mod device;
mod field;
mod word;

pub use device::HomeDevice;
pub use field::{HomeField, HomeGroup};
pub use word::{HomeEntry, HomePage, HomeWord, fields_json, read_fields};
