//! Requests to the shards of `auth` about passkeys (`sign-in.md` 7).

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use super::mail::Mail;
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Auth:
    AddChallenge "passkey-ask": ChallengeCall => bool;
    /// Takes a challenge that comes back. The answer is `true` if it was there and is still good.
    TakeChallenge "passkey-answer": ChallengeCall => bool;
    /// Lists the passkeys of an account by its user id.
    ListPasskeys "passkey-list": String => Vec<PasskeyRow>;
    FindPasskey "passkey-look": PasskeyCall => Option<PasskeyRow>;
    /// Adds a passkey. The answer is the time at which that was done.
    AddPasskey "passkey-add": PasskeyCall => Millis;
    /// Renames a passkey, which makes a stopped one good again.
    RenamePasskey "passkey-name": PasskeyCall => bool;
    RemovePasskey "passkey-remove": PasskeyCall => bool;
    /// Removes passkeys of an account that were made until a time (`account.md` 4).
    EndPasskeys "passkey-end": EndPasskeysCall => ();
    /// Notes a right signature. The answer is `true` if its counter had grown.
    UsePasskey "passkey-use": UseCall => bool;
}

/// Challenge for the making or the use of a passkey. Its shard is that of its hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChallengeCall {
    pub hash: String,
    /// Person for whom a new passkey is made; empty for a sign-in.
    pub user: String,
}

/// A passkey as its shard keeps it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyRow {
    /// The credential's id, base64url.
    pub id: String,
    /// Its key, base64url.
    pub x: String,
    /// Likewise.
    pub y: String,
    pub counter: u32,
    pub name: String,
    pub created_at: Millis,
    pub used_at: Option<Millis>,
    /// Its counter went back: nobody signs in with it until its owner has named it anew.
    pub is_stopped: bool,
}

/// Passkey of an account. Its shard is that of the hash of the owner's id.
#[derive(Debug, Serialize, Deserialize)]
pub struct PasskeyCall {
    pub user: String,
    /// Passkey by its id, with its values from now on.
    pub row: PasskeyRow,
    /// Session that makes a new one.
    pub maker: Option<PasskeyMaker>,
    /// Mail that tells the owner of a new one, where mail is configured.
    pub mail: Option<Mail>,
    pub trace: Trace,
}

/// Session in which a passkey is made. If an act ends it, the passkey ends with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyMaker {
    pub session: String,
    pub began_at: Millis,
}

/// Passkeys of an account that end. Their shard is that of the hash of the owner's id.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndPasskeysCall {
    pub user: String,
    /// Passkeys that were made later stay, unless their session had begun by then.
    pub until: Millis,
    /// Public id of the session that goes on: what it makes later stays.
    pub keep_session: Option<String>,
    #[serde(default)]
    pub ending: PasskeysEnd,
}

/// Passkeys of an account that an act ends: without a choice all that were made until the act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeysEnd {
    /// Passkeys that were made earlier stay.
    pub since: Millis,
    /// Ids of passkeys that their owner has chosen to keep.
    pub keep: Vec<String>,
}

impl PasskeysEnd {
    /// Returns the passkeys that a new password ends: those that were not chosen, and without a choice those that were made since the last
    /// proof of the address.
    pub fn by_choice(keep: Option<&Vec<String>>, proved_at: Option<Millis>) -> Self {
        match keep {
            Some(keep) => Self { since: 0, keep: keep.clone() },
            None => Self { since: proved_at.unwrap_or(0), keep: Vec::new() },
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct UseCall {
    pub user: String,
    pub id: String,
    pub counter: u32,
    pub trace: Trace,
}
