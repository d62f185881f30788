//! Requests to the shards of `auth` about accounts and remembered browsers.

use protocol::machines::presence::Card;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use super::auth::ValidSession;
use super::leaving::AccountSummary;
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Auth:
    /// Counts an attempt to sign in with an address. It counts as a failure until [`ConfirmSignIn`] takes it back, so that many at once
    /// are counted as many.
    BeginSignIn "account-attempt": AttemptCall => Attempt;
    /// Takes back an attempt: the password was right.
    ConfirmSignIn "account-opened": OpenedCall => ();
    /// Writes down that somebody was not let in.
    RecordRefusal "account-refused": RefusedCall => ();
    /// Makes an account; `EMAIL_TAKEN` when there is one.
    AddAccount "account-register": RegisterCall => ();
    /// Reads the account of a person by their user id, if it is in this shard.
    FindAccount "account-of": String => AccountSummary;
    /// Removes the account and the passkeys of a person by their user id, as far as they are in this shard.
    RemoveAccount "account-forget": String => bool;
    /// Reads the principal of the last session of a refresh token that is to be used. Ends its family when it was used before.
    ReadRefresh "refresh-look": RefreshTokenCall => Principal;
    /// Uses a refresh token: a new session, and the next token for it.
    RotateRefresh "refresh-rotate": RotateCall => ValidSession;
    /// Finds the browser that shows a refresh token; nothing for a token that is good for nothing.
    FindBrowser "refresh-whose": ShownCall => Option<OwnBrowser>;
    /// Forgets the browser that shows a refresh token; its session goes on.
    ForgetBrowser "refresh-drop": ShownCall => ();
    /// Ends the browser that shows a refresh token, and its session.
    EndBrowser "refresh-forget": RefreshTokenCall => ();
}

/// Address with which somebody tries to sign in.
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

/// Attempt that was counted.
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
    /// The stored hash (`protocol::people::account::password::PasswordHash`).
    pub password: String,
    /// Address of a picture, where one was given (`wasmchannel.md` 4.1).
    #[serde(default)]
    pub image: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Millis,
}

/// Attempt with the right password.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenedCall {
    /// In its one spelling.
    pub email: String,
    /// The attempt that was none.
    pub attempt: u64,
    /// A new hash, where the old one was made with other parameters.
    pub password: Option<String>,
}

/// New account.
#[derive(Debug, Serialize, Deserialize)]
pub struct RegisterCall {
    /// In its one spelling.
    pub email: String,
    /// The account.
    pub account: AccountRow,
    /// Where the sign-up came from.
    pub trace: Trace,
}

/// Attempt of somebody who was not let in. Its shard is that of the target.
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

/// Refresh token, and where it came from.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshTokenCall {
    /// SHA-256 of the token.
    pub token_hash: String,
    /// Where it came from.
    #[serde(default)]
    pub trace: Trace,
}

/// Refresh token that a browser shows.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShownCall {
    /// SHA-256 of the token.
    pub token_hash: String,
}

/// Refresh token that is used, with the next one and the new session.
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
