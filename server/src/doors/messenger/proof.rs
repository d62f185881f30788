//! Proof of the owner of an account before a sensitive act (`account.md` 11), for every door.
//!
//! An act takes a [`Proved`], and only [`Claim::prove`] makes one. So a door that offers an act cannot ask for less than the others.

use protocol::people::account::second_factor::StoredFactor;
use protocol::people::account::sensitive::{Proof, SensitiveAct};
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::{credentials, own_account, passkeys};
use crate::auth::session;
use crate::calls::auth::{Purpose, ValidSession};
use crate::http::incoming::Incoming;
use crate::objects::find_account;
use crate::runtime::call_error::CallError;

/// Session of a person who asks for a sensitive act.
pub struct Claim {
    own: ValidSession,
    act: SensitiveAct,
}

/// Owner of an account who has proved to be one.
pub struct Proved {
    /// Session that asks.
    pub own: ValidSession,
    /// Address of the account, as its shard keeps it.
    pub email: String,
    /// Digest of the stored password ([`crate::calls::account::AccountRow::digest`]), where the act needs the password.
    pub digest: String,
    /// Second factor of the account, where the act needs the password.
    pub second_factor: Option<StoredFactor>,
}

impl Claim {
    /// Returns the session of the request, which begins the act. Where a recent sign-in is the proof, an older one is `REAUTH_REQUIRED`.
    pub async fn of(incoming: &Incoming, act: SensitiveAct) -> Result<Self, CallError> {
        let purpose = match act.proof() {
            Proof::Password => Purpose::Call,
            Proof::RecentSignIn => Purpose::Fresh,
        };
        Ok(Self { own: session::require(incoming, purpose).await?, act })
    }

    /// Returns the person who asks.
    pub fn principal(&self) -> &Principal {
        &self.own.principal
    }

    /// Checks that the person has an account, and knows `password` where the act needs it. A wrong one counts like that of a sign-in, for
    /// the sessions of the account alone.
    pub async fn prove(self, incoming: &Incoming, password: Option<&str>) -> Result<Proved, CallError> {
        let Self { own, act } = self;
        passkeys::check_account(&own.principal)?;
        if act.is_counted() {
            own_account::charge_change(incoming, &own.principal).await?;
        }
        let (email, digest, second_factor) = match act.proof() {
            Proof::Password => {
                let password = password.ok_or(Refusal::validation("password", "This member is missing."))?;
                let (email, account) = credentials::prove_own(incoming, &own.principal, password).await?;
                (email, account.digest(), account.second_factor)
            }
            Proof::RecentSignIn => {
                let found = find_account(&incoming.env, own.principal.user.as_str()).await?;
                (found.email.ok_or(Refusal::NotFound)?, String::new(), None)
            }
        };
        Ok(Proved { own, email, digest, second_factor })
    }
}
