//! Web push (`push.md`): recipients and times of notifications, and their encryption for a browser.
//!
//! Everything here is arithmetic on arguments. Storing, asking the runtime for keys and sending are the server's business.
//!
//! | Module | Subject |
//! |---|---|
//! | `rules` | levels, quiet hours, the decision to notify |
//! | `sending` | topic, urgency, and what follows an attempt |
//! | `sealing` | RFC 8291 and RFC 8292, but for what the runtime does with curves and ciphers |
//! | `services` | push services that are called |
//! | `subscription` | the subscription of a browser |

mod rules;
mod sealing;
mod sending;
mod services;
mod subscription;

pub use rules::{Level, PushDecision, PushNotification, Quiet, RecipientState, is_between, push_decision};
pub use sealing::{Sealing, claims, padded, public_text, sealed, vapid_header};
pub use sending::{PushDisposition, after, is_late, is_of_another_key, topic, urgency};
pub use services::{PUSH_SERVICES, is_push_service, is_service_name, takes_declarative};
pub use subscription::{Keys, check_keys, vapid_key};
