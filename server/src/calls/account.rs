//! Calls from the Worker to the `auth` objects about accounts and remembered browsers.

use protocol::machines::presence::Card;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use crate::kit::trace::Trace;

/// To the `auth` shard of an e-mail address (`/account-attempt`): somebody tries to sign in with it. It counts as a failure until
/// [`OpenedCall`] takes it back, so that many tries at once are counted as many. Answer: [`Attempt`].
#[derive(Debug, Serialize, Deserialize)]
pub struct AttemptCall {
    /// In its one spelling.
    pub email: String,
    /// From which network (`Incoming::trace`).
    #[serde(default)]
    pub network: String,
    /// Browser that asks, with its owner, where the owner is known.
    #[serde(default)]
    pub browser: Option<OwnBrowser>,
}

/// A browser that shows whose it is: it is remembered for them, or has a session of theirs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnBrowser {
    /// Owner of the browser.
    pub user: UserId,
    /// Public id of what it is remembered by, or of its session.
    pub id: String,
}

/// Answer to [`AttemptCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// Number of the attempt.
    pub attempt: u64,
    /// The account, if there is one.
    pub account: Option<AccountRow>,
    /// Methods by which the hashes of this shard were made, each once (`protocol::people::account::password::Method`).
    #[serde(default)]
    pub methods: Vec<String>,
}

/// An account as its shard keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountRow {
    /// Owner of the account.
    pub user: UserId,
    /// Name at sign-up; the person's own object knows the one of today.
    pub name: String,
    /// The stored hash (`protocol::people::account::password::Stored`).
    pub password: String,
    /// Address of a picture, where one was given (`wasmchannel.md` 4.1).
    #[serde(default)]
    pub image: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Millis,
}

/// To the shard (`/account-opened`): the password was right.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenedCall {
    /// In its one spelling.
    pub email: String,
    /// The attempt that was none.
    pub attempt: u64,
    /// A new hash, where the old one was made with other parameters.
    pub password: Option<String>,
}

/// To the shard (`/account-register`): a new account. `EMAIL_TAKEN` when there is one.
#[derive(Debug, Serialize, Deserialize)]
pub struct RegisterCall {
    /// In its one spelling.
    pub email: String,
    /// The account.
    pub account: AccountRow,
    /// Where the sign-up came from.
    pub trace: Trace,
}

/// To the shard of what was tried (`/account-refused`): somebody was not let in.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefusedCall {
    /// Where the attempt came from.
    pub trace: Trace,
    /// It was a sign-up.
    pub is_new: bool,
    /// Target of the attempt, without anything that was typed: a persona, `guest`, or the beginning of the address's hash.
    pub target: String,
    /// The address in its one spelling, when it was one.
    pub email: Option<String>,
    /// Code of the refusal.
    pub result: String,
}

/// A remembered browser that begins with a session.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewFamily {
    /// Public id, of the form of session ids and in the same shard.
    pub id: String,
    /// SHA-256 of the first refresh token.
    pub token_hash: String,
}

/// To the shard of a refresh token (`/refresh-look`): it is to be used; whose is it? Ends its family when it was used before. Answer: the
/// [`Principal`] of the family's last session.
#[derive(Debug, Serialize, Deserialize)]
pub struct LookCall {
    /// SHA-256 of the token.
    pub token_hash: String,
    /// Where it came from.
    #[serde(default)]
    pub trace: Trace,
}

/// To the shard of a refresh token: which browser shows it (`/refresh-whose`)? Answer: an [`OwnBrowser`], or nothing for a token that is
/// good for nothing. Or: that browser is not remembered any more (`/refresh-drop`); its session goes on.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShownCall {
    /// SHA-256 of the token.
    pub token_hash: String,
}

/// To the shard of a refresh token (`/refresh-rotate`): a new session and the next token for it. Answer: `Checked`.
#[derive(Debug, Serialize, Deserialize)]
pub struct RotateCall {
    /// SHA-256 of the token.
    pub token_hash: String,
    /// SHA-256 of the next one, of the same shard.
    pub next_hash: String,
    /// SHA-256 of the new session's token, of the same shard.
    pub session_hash: String,
    /// Principal of the new session.
    pub principal: Principal,
    /// Card of the person.
    pub card: Card,
    /// CSRF token of the new session.
    pub csrf: String,
    /// Device as it describes itself (`User-Agent`).
    pub user_agent: String,
}
