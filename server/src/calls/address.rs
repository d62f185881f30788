//! Requests to the shards of `auth` about a change of address (`account.md` 6.2 and 6.3).

use protocol::people::account::link::LinkPurpose;
use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use super::account::AccountRow;
use super::mail::Mail;
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Auth:
    /// Sends a link to an address that the owner of an account wants, or tells that address that it has an account already.
    OfferAddress "address-offer": OfferCall => ();
    ReadAccountForMove "address-read": MoveReadCall => MovingAccount;
    /// Takes an account in at its new address and uses up the link that was sent there; `EMAIL_TAKEN` where the address is another's.
    EnterAddress "address-enter": AddressMove => ();
    LeaveAddress "address-leave": AddressMove => LeaveAnswer;
    /// Ends links of a person, as far as they are in this shard.
    EndLinks "links-end": EndLinksCall => ();
}

/// Address that the owner of an account wants. Its shard is that of the address.
#[derive(Debug, Serialize, Deserialize)]
pub struct OfferCall {
    pub email: String,
    pub user: String,
    /// Address that the account has now.
    pub old: String,
    /// Digest of the password that was proved ([`AccountRow::digest`]): the link ends with that password.
    pub digest: String,
    pub hash: String,
    pub offer: Mail,
    /// Mail that tells the address of now.
    pub wanted: Mail,
    /// Mail for an address that has an account already.
    pub taken: Mail,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct MoveReadCall {
    pub email: String,
    pub user: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MovingAccount {
    pub account: AccountRow,
    /// Stored forms of its recovery codes, in their order.
    pub codes: Vec<String>,
}

impl MovingAccount {
    /// Returns `true` if `other` is opened with the same password, second factor and codes.
    pub fn opens_like(&self, other: &Self) -> bool {
        let Self { account: AccountRow { password, second_factor, .. }, codes } = self;
        *password == other.account.password && *second_factor == other.account.second_factor && *codes == other.codes
    }
}

/// Move of an account from one address to another. It is one question for both shards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddressMove {
    /// SHA-256 of the token of the link that is used. A link is used once, so it names the move.
    pub id: String,
    pub user: String,
    pub old: String,
    pub new: String,
    /// The account as it was read at its old address.
    pub copied: MovingAccount,
    /// SHA-256 of the token that takes the change back. `None` for a move that itself takes a change back.
    pub undo_hash: Option<String>,
    /// Mail for the old address, where it is told.
    pub mail: Option<Mail>,
    /// The request that uses the link shows no session of the account.
    #[serde(default)]
    pub is_elsewhere: bool,
    pub trace: Trace,
}

impl AddressMove {
    /// Returns `true` if the move takes a change back.
    pub fn is_undo(&self) -> bool {
        self.undo_hash.is_none()
    }

    /// Returns `true` if sessions, passkeys and codes from before the move end with it: its link was used by somebody who shows no session of
    /// the account, or takes a change back.
    pub fn ends_earlier(&self) -> bool {
        self.is_elsewhere || self.is_undo()
    }

    /// Returns `true` if the move counts for an account with this password. A change counts for the password that it was requested with; a
    /// move that takes a change back counts for any.
    pub fn is_of_password(&self, found: &MovingAccount) -> bool {
        self.is_undo() || found.account.password == self.copied.account.password
    }

    /// Returns the kind of link that the move uses up.
    pub fn purpose(&self) -> LinkPurpose {
        if self.is_undo() { LinkPurpose::Undo } else { LinkPurpose::Change }
    }
}

/// State of the account at its old address.
#[derive(Debug, Serialize, Deserialize)]
pub enum LeaveAnswer {
    Left,
    /// It has changed since it was read, and is still there.
    Changed(MovingAccount),
    /// It is not there, and did not leave by this move: another move was faster, or the account was deleted.
    Gone,
}

/// Links of a person that are to end.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndLinksCall {
    pub user: String,
    pub purposes: Vec<LinkPurpose>,
    /// Links of the kind `Undo` end as well if they expire at this time or later.
    pub undo_since: Option<Millis>,
}
