//! A new password for a person who knows the one of today (`account.md` 6.1).

use app::mail::AccountMail;
use protocol::people::account::password::{self, PasswordInput};
use protocol::people::session::shard_of_text;
use protocol::words::refusal::Refusal;

use super::account::Proved;
use super::{account, account_links, members, own_account, passkeys};
use crate::auth::password::fresh;
use crate::auth::session;
use crate::calls::account::{ChangePassword, ChangePasswordCall};
use crate::calls::auth::{Purpose, ValidSession};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// `POST /api/me/password`.
pub async fn change_password(incoming: &Incoming) -> HandlerResult {
    let own = session::require(incoming, Purpose::Call).await?;
    let members = members::of(incoming, &["current", "next"]).await?;
    change(incoming, &own, members.needed_text("current")?, members.needed_text("next")?).await?;
    Ok(Reply::empty())
}

/// Replaces the password of the signed-in person. All their other sessions and remembered browsers end.
pub async fn change(incoming: &Incoming, own: &ValidSession, current: &str, next: &str) -> Result<(), CallError> {
    let principal = &own.principal;
    passkeys::check_account(principal)?;
    own_account::charge_change(incoming, principal).await?;
    let proved = account::prove_own(incoming, principal, current).await.map_err(|error| of_member(error, "current"))?;
    let Proved { email, digest: compared } = proved;
    let next = PasswordInput::of(next);
    password::check_chosen(&next, &email, &principal.name).map_err(|refusal| of_member(refusal.into(), "next"))?;
    let (user, keep) = (principal.user.to_string(), principal.session.clone());
    let (password, mail) =
        (fresh(incoming, &next).await?.to_text(), account_links::told(incoming, &email, &AccountMail::PasswordNew));
    let shard = shard_of_text(&email);
    let question = ChangePasswordCall { email, user, password, compared, keep, mail, trace: incoming.trace() };
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
