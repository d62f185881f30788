//! Calls from the Worker to the `auth` objects about passkeys (`sign-in.md` 7).

use protocol::record;
use protocol::words::event::Millis;

use crate::kit::trace::Trace;

/// To the shard of a challenge's hash: it was given out (`/passkey-ask`), or comes back (`/passkey-answer`). Answer: whether it was there.
#[derive(Debug)]
pub struct ChallengeCall {
    /// SHA-256 of the challenge.
    pub hash: String,
    /// Person for whom a new passkey is made; empty for a sign-in.
    pub user: String,
}

record!(ChallengeCall { hash = "hash", user = "user" });

/// A passkey as its shard keeps it.
#[derive(Clone, Debug, Default)]
pub struct PasskeyRow {
    /// The credential's id, base64url.
    pub id: String,
    /// Its key, base64url.
    pub x: String,
    /// Likewise.
    pub y: String,
    /// Its counter.
    pub counter: u32,
    /// Name that its owner gave it.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When somebody signed in with it last.
    pub used_at: Option<Millis>,
    /// Its counter went back: nobody signs in with it until its owner has named it anew.
    pub is_stopped: bool,
}

record!(PasskeyRow {
    id = "id",
    x = "x",
    y = "y",
    counter = "counter",
    name = "name",
    created_at = "createdAt",
    used_at = "usedAt",
    is_stopped = "isStopped"
});

/// To the shard of an account: one of its passkeys (`/passkey-look`, answer: the [`PasskeyRow`] or `null`), or a new one (`/passkey-add`),
/// or one that was renamed (`/passkey-name`) or is to go (`/passkey-remove`).
#[derive(Debug)]
pub struct PasskeyCall {
    /// User id of the owner.
    pub user: String,
    /// Passkey by its id, with its values from now on.
    pub row: PasskeyRow,
    /// Where the request came from.
    pub trace: Trace,
}

record!(PasskeyCall { user = "user", row = "row", trace = "trace" });

/// To the shard of an account (`/passkey-use`): a signature was right. Answer: whether its counter had grown.
#[derive(Debug)]
pub struct UseCall {
    /// User id of the owner.
    pub user: String,
    /// Id of the passkey.
    pub id: String,
    /// Its counter now.
    pub counter: u32,
    /// Where the request came from.
    pub trace: Trace,
}

record!(UseCall { user = "user", id = "id", counter = "counter", trace = "trace" });
