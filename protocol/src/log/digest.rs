//! Content of a body that is compared, and the digest that is left of it when it is gone (`core.md` 3).

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::words::event::Kind;

/// Returns the content of a body, the same for every door: that it came in a packet is no content (`core.md` 3). Within a text a quotation
/// mark is escaped, so that this member stands nowhere else.
pub(super) fn said(body: &str) -> Cow<'_, str> {
    const BY_PACKET: &str = ",\"client\":\"wasmchannel.v1\"";
    if body.contains(BY_PACKET) { body.replacen(BY_PACKET, "", 1).into() } else { body.into() }
}

/// Returns `true` for two bodies with the same content, by whatever door each of them came.
pub fn says_the_same(one: &str, other: &str) -> bool {
    said(one) == said(other)
}

/// Returns the digest that stands in the place of a body that is gone. No body can be equal to it: bodies are JSON objects.
pub fn content_digest(kind: Kind, body: &str) -> String {
    let hash = Sha256::new().chain_update(kind.as_str()).chain_update(body).finalize();
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
