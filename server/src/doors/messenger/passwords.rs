//! A new password for a person who knows the one of today (`account.md` 6.1).

use app::mail::AccountMail;
use protocol::people::account::password::{self, PasswordInput};
use protocol::people::account::sensitive::SensitiveAct;
use protocol::people::session::shard_of_text;
use protocol::words::refusal::Refusal;

use super::proof::{Claim, Proved};
use super::{account_links, members, passkeys};
use crate::auth::password::fresh;
use crate::calls::account::{ChangePassword, ChangePasswordCall};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// `POST /api/me/password`.
pub async fn change_password(incoming: &Incoming) -> HandlerResult {
    let claim = Claim::of(incoming, SensitiveAct::NewPassword).await?;
    let members = members::of(incoming, &["current", "next", "passkeys"]).await?;
    let (current, next) = (members.needed_text("current")?, members.needed_text("next")?);
    change(incoming, claim, (current, next), passkeys::kept(&members)?).await?;
    Ok(Reply::empty())
}

/// Replaces the password of the signed-in person. All their other sessions and remembered browsers end, and where they chose, all passkeys
/// but those in `keep_passkeys`.
pub async fn change(
    incoming: &Incoming,
    claim: Claim,
    (current, next): (&str, &str),
    keep_passkeys: Option<Vec<String>>,
) -> Result<(), CallError> {
    let proved = claim.prove(incoming, Some(current)).await.map_err(|error| of_member(error, "current"))?;
    let Proved { own, email, digest: compared, .. } = proved;
    let (principal, next) = (&own.principal, PasswordInput::of(next));
    password::check_chosen(&next, &email, &principal.name).map_err(|refusal| of_member(refusal.into(), "next"))?;
    let (user, keep) = (principal.user.to_string(), principal.session.clone());
    let (password, mail) =
        (fresh(incoming, &next).await?.to_text(), account_links::told(incoming, &email, &AccountMail::PasswordNew));
    let shard = shard_of_text(&email);
    let trace = incoming.trace();
    let question = ChangePasswordCall { email, user, password, compared, keep, keep_passkeys, mail, trace };
    ChangePassword::ask(&incoming.env, &shard, &question).await
}

/// Returns the same error, which names this member where the rules of a password name theirs.
fn of_member(error: CallError, field: &'static str) -> CallError {
    match error {
        CallError::Refused(Refusal::Validation { message, limit, .. }) => {
            CallError::Refused(Refusal::Validation { field: field.into(), message, limit })
        }
        error => error,
    }
}
