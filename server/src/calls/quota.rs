//! Requests to the ledger of calls of a model.

use protocol::machines::bots::CallRequest;
use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;

pub const LEDGER: &str = "ai";

requests! { Quota:
    Reserve "reserve": CallRequest => Ledger;
    /// Says what became of a reserved call.
    Settle "settle": SettleCall => ();
    /// Reads the ledger as somebody stands in it.
    ReadCallerLedger "standing": CallRequest => Ledger;
    ReadLedger "ledger": () => Ledger;
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SettleCall {
    pub id: u64,
    pub went_well: bool,
    pub by_model: bool,
    /// Thousandths of neurons that the call cost; absent where the model did not say.
    pub neurons_milli: Option<u64>,
}

/// State of the ledger. `id` is the reservation, if one was asked for and there was room for it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// See above.
    pub id: Option<u64>,
    /// Calls of this day.
    pub used: u64,
    /// Calls that a day has.
    pub limit: u64,
    pub resets_at: Millis,
    /// The day's calls, or those of the person who was asked about, are used up.
    #[serde(default)]
    pub is_used_up: bool,
    /// The model is left alone.
    #[serde(default)]
    pub is_open: bool,
    /// Thousandths of neurons of this day's calls, of those that said; absent where none did.
    pub neurons_milli: Option<u64>,
}
