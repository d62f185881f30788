//! Requests to the shards of `auth` about accounts, links in mails and remembered browsers.

use protocol::machines::presence::Card;
use protocol::people::account::link::LinkPurpose;
use protocol::people::account::second_factor::{Step, StoredFactor};
use protocol::people::session::hash_hex;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::auth::ValidSession;
use super::leaving::AccountSummary;
use super::mail::Mail;
use crate::kit::request::{ask_shards, requests};
use crate::kit::trace::Trace;
use crate::runtime::call_error::CallError;

requests! { Auth:
    /// Counts an attempt to sign in with an address. It counts as a failure until [`ConfirmSignIn`] takes it back, so that many at once
    /// are counted as many.
    BeginSignIn "account-attempt": AttemptCall => Attempt;
    /// Takes back an attempt: the password was right.
    ConfirmSignIn "account-opened": OpenedCall => ();
    /// Writes down that somebody was not let in.
    RecordRefusal "account-refused": RefusedCall => ();
    /// Makes an account; `EMAIL_TAKEN` when there is one, or when the address is kept for whoever had it.
    AddAccount "account-register": RegisterCall => ();
    /// Tells whether an address has an account in exactly this spelling, or is kept for whoever had it.
    HasAccount "account-known": String => bool;
    /// Sends a link to an address, unless it has enough of them. Without a user, the account of the address gets it, if there is one.
    SendLink "link-send": SendLinkCall => ();
    /// Reads a link that works, by the SHA-256 of its token, and does not use it.
    ReadLink "link-read": String => LinkView;
    /// Uses a link that proves the address of an account.
    UseVerification "link-verify": LinkUse => LinkView;
    /// Uses a link that leads to a new password: all sessions of the account end.
    ResetPassword "password-reset": ResetCall => AccountRow;
    /// Replaces the password of a person who has proved to know it: all other sessions of the account end. `BAD_CREDENTIALS` if another
    /// password has taken its place since.
    ChangePassword "password-change": ChangePasswordCall => ();
    /// Stores the address of the picture of an account; `CONFLICT` where the person has no account at that address.
    SetImage "account-image": SetImageCall => ();
    /// Compares what opens an account with what was proved. The answer is `true` if that is still enough.
    CheckUnchanged "account-unchanged": UnchangedCall => bool;
    /// Ends the session of a browser in which the same person has signed in again. Its remembered browser stays. A session of another person
    /// goes on, and is the answer.
    EndReplaced "session-replaced": ReplacedCall => Option<ReplacedSession>;
    /// Finds the user id of the owner of an address in exactly this spelling; empty for an address without an account.
    FindAddressOwner "account-owner": String => String;
    /// Reads the account of a person by their user id, if it is in this shard.
    FindAccount "account-of": String => AccountSummary;
    /// Removes the account and the passkeys of a person by their user id, as far as they are in this shard.
    RemoveAccount "account-forget": String => bool;
    /// Reads the principal of the last session of a refresh token that is to be used. Ends its family when it was used before.
    ReadRefresh "refresh-look": RefreshTokenCall => Principal;
    /// Uses a refresh token: a new session, and the next token for it.
    RotateRefresh "refresh-rotate": RotateCall => ValidSession;
    /// Finds the browser that shows a refresh token, by its SHA-256; nothing for a token that is good for nothing.
    FindBrowser "refresh-whose": String => Option<OwnBrowser>;
    /// Forgets the browser that shows a refresh token, by its SHA-256; its session goes on.
    ForgetBrowser "refresh-drop": String => ();
    /// Ends the browser that shows a refresh token, and its session.
    EndBrowser "refresh-forget": RefreshTokenCall => ();
}

/// Returns the account of `user`, with its address. The shard depends on the address, so all shards are asked. A shard that does not answer
/// matters only if no other has the account.
pub async fn find_account(env: &Env, user: &str) -> Result<AccountSummary, CallError> {
    let mut found = Ok(AccountSummary::default());
    for answer in ask_shards::<FindAccount>(env, &user.to_owned()).await {
        match answer {
            Ok(owned) if owned.email.is_some() => return Ok(owned),
            Ok(_) => {}
            Err(error) => found = Err(error),
        }
    }
    found
}

/// Address with which somebody tries to sign in.
#[derive(Debug, Serialize, Deserialize)]
pub struct AttemptCall {
    pub email: String,
    /// From which network (`Incoming::trace`).
    #[serde(default)]
    pub network: String,
    /// Browser that asks, with its owner, where the owner is known.
    pub browser: Option<OwnBrowser>,
    /// With a recovery code: such attempts are counted apart from those with a password.
    #[serde(default)]
    pub is_recovery: bool,
}

/// A browser that shows whose it is: it is remembered for them, or has one of their sessions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnBrowser {
    pub user: UserId,
    /// Public id of what it is remembered by; for all sessions of the owner together their user id.
    pub id: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub attempt: u64,
    pub account: Option<AccountRow>,
    /// Methods by which the hashes of this shard were made, each once (`protocol::people::account::password::Method`).
    #[serde(default)]
    pub methods: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountRow {
    pub user: UserId,
    /// Name at sign-up; the person's own object knows the one of today.
    pub name: String,
    /// The stored hash (`protocol::people::account::password::PasswordHash`).
    pub password: String,
    /// Address of a picture, where one was given (`wasmchannel.md` 4.1).
    pub image: Option<String>,
    #[serde(default)]
    pub created_at: Millis,
    /// When its owner proved the address last; `None` until then.
    pub verified_at: Option<Millis>,
    /// Its second factor (`account.md` 12).
    pub second_factor: Option<StoredFactor>,
}

impl AccountRow {
    /// Returns the SHA-256 of the stored hash, by which a later change of the password is recognized.
    pub fn digest(&self) -> String {
        hash_hex(&self.password)
    }
}

/// Attempt with the right password.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OpenedCall {
    pub email: String,
    /// The attempt that was none.
    pub attempt: u64,
    /// A new hash, where the old one was made with other parameters.
    pub password: Option<String>,
    /// Digest of the stored hash that was compared ([`AccountRow::digest`]). A new hash takes the place of that one only.
    #[serde(default)]
    pub compared: String,
    #[serde(default)]
    pub is_recovery: bool,
    /// The second factor that came along.
    pub factor: Option<UsedFactor>,
    /// The act asks for a second factor, if the account has one by now.
    #[serde(default)]
    pub asks_factor: bool,
    /// The password alone opens nothing: the failures of the place stay.
    #[serde(default)]
    pub is_half: bool,
}

/// Second factor that was shown, and opens an account once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum UsedFactor {
    /// Code of this step, with the secret as it is to be stored from now on.
    Code(Step, String),
    /// A recovery code, in its stored forms.
    Recovery(Vec<String>),
}

impl UsedFactor {
    /// Returns `true` for a code of the authenticator app. A recovery code stands in for it at a sign-in, and is no second factor of the
    /// session (`account.md` 12).
    pub fn is_of_app(&self) -> bool {
        matches!(self, Self::Code(..))
    }
}

/// Account whose password was proved.
#[derive(Debug, Serialize, Deserialize)]
pub struct UnchangedCall {
    pub email: String,
    /// Digest of the stored hash that was proved ([`AccountRow::digest`]).
    pub digest: String,
    /// The account had no second factor then.
    #[serde(default)]
    pub is_without_factor: bool,
}

impl UnchangedCall {
    /// Returns the question whether the account at `email` is still opened as it was when it was read.
    pub fn of(email: &str, account: &AccountRow) -> Self {
        let (email, digest) = (email.to_owned(), account.digest());
        Self { email, digest, is_without_factor: account.second_factor.is_none() }
    }

    /// Returns `true` if that is so: the password is the same, and no second factor has been made since.
    pub fn is_true_of(&self, account: &AccountRow) -> bool {
        let asks_no_more = account.second_factor.is_none() || !self.is_without_factor;
        asks_no_more && account.digest() == self.digest
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RegisterCall {
    pub email: String,
    pub account: AccountRow,
    /// Link that proves the address; `None` where no mail is sent.
    pub link: Option<NewLink>,
    /// The person was a guest or a persona before (`account.md` 10).
    #[serde(default)]
    pub is_upgrade: bool,
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct NewLink {
    pub hash: String,
    pub life_ms: Millis,
    pub mail: Mail,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SendLinkCall {
    pub hash: String,
    pub purpose: LinkPurpose,
    pub email: String,
    /// User id of the person whose account it is for; `None` where only the shard knows.
    pub user: Option<String>,
    /// Further data of the purpose.
    pub data: String,
    pub life_ms: Millis,
    pub mail: Mail,
    pub trace: Trace,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkView {
    pub purpose: LinkPurpose,
    /// Address that it was sent for.
    pub email: String,
    pub user: String,
    /// Name of the account at sign-up; empty where another shard has the account.
    pub name: String,
    /// When the address was proved last, as far as this shard has the account.
    pub verified_at: Option<Millis>,
    /// The second factor that the link asks for, as far as this shard has the account.
    pub second_factor: Option<StoredFactor>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct LinkUse {
    pub hash: String,
    /// The request shows no session of the account: what was made before ends.
    #[serde(default)]
    pub is_elsewhere: bool,
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ResetCall {
    pub hash: String,
    pub password: String,
    /// Ids of the passkeys that stay; `None` without a choice.
    pub keep_passkeys: Option<Vec<String>>,
    /// The second factor that came along; `None` where the account asks for none.
    pub factor: Option<UsedFactor>,
    pub mail: Option<Mail>,
    pub trace: Trace,
}

/// A new password in the place of one that is known.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangePasswordCall {
    pub email: String,
    pub user: String,
    pub password: String,
    /// Digest of the stored hash that was compared ([`AccountRow::digest`]).
    pub compared: String,
    /// Public id of the session that goes on, with its remembered browser.
    pub keep: String,
    /// Ids of the passkeys that stay; `None` if all do.
    pub keep_passkeys: Option<Vec<String>>,
    pub mail: Option<Mail>,
    pub trace: Trace,
}

/// Picture of an account (`wasmchannel.md` 4.1).
#[derive(Debug, Serialize, Deserialize)]
pub struct SetImageCall {
    pub email: String,
    pub user: String,
    /// Address of the picture; `None` for no picture.
    pub image: Option<String>,
}

/// A session in whose browser somebody has signed in.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReplacedCall {
    /// SHA-256 of the token of the session before.
    pub hash: String,
    /// The person of the new session.
    pub user: UserId,
}

/// A living session of another person, in whose browser somebody has signed in.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReplacedSession {
    pub user: UserId,
    pub session: String,
}

/// Attempt of somebody who was not let in. Its shard is that of the target.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefusedCall {
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
    pub token_hash: String,
    #[serde(default)]
    pub trace: Trace,
}

/// Refresh token that is used, with the next one and the new session.
#[derive(Debug, Serialize, Deserialize)]
pub struct RotateCall {
    pub token_hash: String,
    /// SHA-256 of the next one, of the same shard.
    pub next_hash: String,
    /// SHA-256 of the new session's token, of the same shard.
    pub session_hash: String,
    pub principal: Principal,
    pub card: Card,
    pub csrf: String,
    pub user_agent: String,
}
