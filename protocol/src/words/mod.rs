//! The words: names, numbers, records, ways to say no. Each is declared once, here.

pub mod bot_cast;
pub mod closing;
pub mod conversation_address;
pub mod event;
pub mod ids;
pub mod iso;
pub mod language;
pub mod limits;
pub mod named_id;
pub mod own_words;
pub mod personas;
pub mod principal;
pub mod rate;
pub mod refusal;
pub mod retry;
pub mod socket;
pub mod spread;
pub mod status;
pub mod time;
pub mod winks;
