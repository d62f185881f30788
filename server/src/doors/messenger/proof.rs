//! Proof of the owner of an account before a sensitive act (`account.md` 11), for every door.
//!
//! An act takes a [`Proved`], and only [`Claim::prove`] makes one. So a door that offers an act cannot ask for less than the others.

use protocol::people::account::sensitive::{Proof, SensitiveAct};
use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::credentials::{self, Opened};
use super::{own_account, passkeys};
use crate::auth::session;
use crate::calls::account::{UsedFactor, find_account};
use crate::calls::auth::{Purpose, ValidSession};
use crate::calls::leaving::AccountSummary;
use crate::calls::moderation;
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Session of a person who asks for a sensitive act.
pub struct Claim {
    own: ValidSession,
    act: SensitiveAct,
}

pub struct Proved {
    pub own: ValidSession,
    /// Address of the account, as its shard keeps it.
    pub email: String,
    /// Digest of the stored password ([`crate::calls::account::AccountRow::digest`]): what was proved counts until there is another one.
    /// Empty where a shard of an earlier version did not tell it.
    pub digest: String,
    pub has_second_factor: bool,
    /// When the owner proved the address last; `None` until then.
    pub verified_at: Option<Millis>,
    /// Second factor that came along, and is to be used up.
    pub factor: Option<UsedFactor>,
}

impl Claim {
    /// Returns the session of the request, which begins the act. Where a recent sign-in is the proof, an older one is `REAUTH_REQUIRED`.
    pub async fn of(incoming: &Incoming, act: SensitiveAct) -> Result<Self, CallError> {
        let purpose = match act.proof() {
            Proof::Password => Purpose::Call,
            Proof::RecentSignIn => Purpose::Fresh,
        };
        let own = session::require(incoming, purpose).await?;
        // Where roles need two factors, a password alone must not lead to the second one, nor to what stands in for it.
        let is_way_in =
            matches!(act, SensitiveAct::NewPasskey | SensitiveAct::SecondFactor | SensitiveAct::RecoveryCodes);
        if is_way_in && incoming.config.requires_second_factor && !own.principal.has_second_factor {
            let standing = moderation::current(&incoming.env).await;
            if standing.role_of(own.principal.user.as_str()).is_some() {
                return Err(Refusal::Forbidden.into());
            }
        }
        Ok(Self { own, act })
    }

    pub fn principal(&self) -> &Principal {
        &self.own.principal
    }

    /// Checks that the person has an account, and knows `password` where the act needs it. A wrong one counts like that of a sign-in, for
    /// the sessions of the account alone.
    pub async fn prove(self, incoming: &Incoming, password: Option<&str>) -> Result<Proved, CallError> {
        self.prove_with(incoming, password, None).await
    }

    /// Checks the same, and the second factor of the account, for an act that brings it along.
    pub async fn prove_with(
        self,
        incoming: &Incoming,
        password: Option<&str>,
        code: Option<&str>,
    ) -> Result<Proved, CallError> {
        let Self { own, act } = self;
        passkeys::check_account(&own.principal)?;
        if act.is_counted() {
            own_account::charge_change(incoming, &own.principal).await?;
        }
        Ok(match act.proof() {
            Proof::Password => {
                let password = password.ok_or(Refusal::validation("password", "This member is missing."))?;
                let Opened { email, account, factor } =
                    credentials::prove_own(incoming, &own.principal, password, code).await?;
                let (has_second_factor, verified_at) = (account.second_factor.is_some(), account.verified_at);
                Proved { own, email, digest: account.digest(), has_second_factor, verified_at, factor }
            }
            Proof::RecentSignIn => {
                let AccountSummary { email, has_second_factor, verified_at, digest, .. } =
                    find_account(&incoming.env, own.principal.user.as_str()).await?;
                let (email, digest) = (email.ok_or(Refusal::NotFound)?, digest.unwrap_or_default());
                Proved { own, email, digest, has_second_factor, verified_at, factor: None }
            }
        })
    }
}
