//! Requests to the shards of `auth` about the ways back into an account that need no mail (`account.md` 5).

use protocol::people::account::second_factor::StoredFactor;
use serde::{Deserialize, Serialize};

use super::account::{AccountRow, UsedFactor};
use super::mail::Mail;
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Auth:
    /// Replaces the recovery codes of an account. `BAD_CREDENTIALS` if another password has taken the place of the one that was read,
    /// `OVERLOADED` while the session is being ended, and `CONFLICT` where the person has no account at that address any more.
    ReplaceRecoveryCodes "recovery-replace": RecoveryCodesCall => ();
    /// Uses a recovery code up and stores a new password; `BAD_CREDENTIALS` for any other code.
    UseRecoveryCode "recovery-use": UseRecoveryCodeCall => AccountRow;
    /// Makes a second factor, which ends what was opened or made without, or ends one. `BAD_CREDENTIALS` if another password has taken the
    /// place of the proved one, `CONFLICT` where there is one already, or none to end, and `SECOND_FACTOR` if what was shown for its end is
    /// used up.
    SetSecondFactor "second-factor": SecondFactorCall => ();
    /// Adds a link that an operator made; `NOT_FOUND` where the address has no account.
    AddOperatorLink "link-operator": OperatorLinkCall => ();
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RecoveryCodesCall {
    pub email: String,
    pub user: String,
    /// Stored forms of the codes; none removes all there are.
    pub hashes: Vec<String>,
    /// Digest of the password that the account had when the session was asked ([`AccountRow::digest`]); `None` for any.
    pub digest: Option<String>,
    /// Public id of the session that asks; `None` if it does not matter.
    pub session: Option<String>,
    pub mail: Option<Mail>,
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct UseRecoveryCodeCall {
    pub email: String,
    /// Attempt that was counted before ([`super::account::BeginSignIn`]).
    pub attempt: u64,
    /// Stored form of the code; empty for a text that is no code.
    pub code_hash: String,
    /// Stored form of a code from before another pepper, where that pepper is named.
    pub code_hash_before: Option<String>,
    /// Stored hash of the new password. `None` where the password is refused: then the code is only compared.
    pub password: Option<String>,
    /// Ids of the passkeys that stay; `None` without a choice.
    pub keep_passkeys: Option<Vec<String>>,
    /// The second factor that came along; `None` where the account asks for none.
    pub factor: Option<UsedFactor>,
    pub mail: Option<Mail>,
    pub trace: Trace,
}

/// Second factor that an account has from now on, or that ends.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SecondFactorCall {
    pub email: String,
    pub user: String,
    /// Digest of the password that was proved ([`AccountRow::digest`]).
    pub digest: String,
    /// The new one; `None` ends the one of now.
    pub made: Option<StoredFactor>,
    /// Proof of the one that ends.
    pub used: Option<UsedFactor>,
    /// Public id of the session that goes on with a new one, with its remembered browser.
    pub keep: Option<String>,
    /// Ids of the passkeys that stay with a new one; `None` if all do.
    pub keep_passkeys: Option<Vec<String>>,
    pub mail: Option<Mail>,
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct OperatorLinkCall {
    pub email: String,
    pub hash: String,
    pub operator: String,
    pub mail: Option<Mail>,
    pub trace: Trace,
}
