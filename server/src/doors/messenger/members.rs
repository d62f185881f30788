//! JSON bodies of REST calls (`messenger.md` 1).

pub use protocol::wire::messenger::Members;
use protocol::words::refusal::Refusal;

use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Parses the members of a request that needs a body.
pub async fn of(incoming: &Incoming, known: &[&str]) -> Result<Members, CallError> {
    let text = incoming.json_body().await?.ok_or(Refusal::UnsupportedMediaType)?;
    Ok(Members::read(text, known)?)
}

/// Parses the members of a request that may have no body.
pub async fn of_optional(incoming: &Incoming, known: &[&str]) -> Result<Members, CallError> {
    match incoming.json_body().await? {
        Some(text) => Ok(Members::read(text, known)?),
        None => Ok(Members::none()),
    }
}
