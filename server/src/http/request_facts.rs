//! Facts for the line of a request, and for the page that answers it.

use app::api::KeptForm;
use protocol::words::refusal::Refusal;

/// Facts that are learned of a request on its way.
#[derive(Debug, Default)]
pub struct RequestFacts {
    /// Name of the door that answers.
    pub door: &'static str,
    /// The path's pattern in the route table; empty when there is none.
    pub route: &'static str,
    /// It is for whoever has nothing but a demo room as well (`demo.md`).
    pub is_for_demo: bool,
    /// It is for accounts whose address is not proved as well, although it writes (`account.md` 3).
    pub is_for_unproved: bool,
    /// Person who asks, if somebody was recognised.
    pub principal: Option<String>,
    /// The log it is about.
    pub log: Option<String>,
    /// The place it got in it.
    pub seq: Option<u64>,
    /// Bytes of the answer; unknown for streams and sockets.
    pub bytes_out: Option<usize>,
    /// Result of a server function, if its form could be read at all: nothing, or why it was refused.
    pub function: Option<Option<Refusal>>,
    /// The limit of sign-ins per address refused it.
    pub is_limited_by_address: bool,
    /// Form that the answer shows again, without its password (`account.md` 8).
    pub kept_form: Option<KeptForm>,
}
