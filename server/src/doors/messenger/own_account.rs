//! The account of the signed-in person, its password on a locked page, and the end of their other sessions (`account.md` 3, 6.4 and 6.5).

use protocol::people::email::shown_address;
use protocol::people::session::shard_of;
use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde::Serialize;
use serde_json::json;

use super::{credentials, mails, members, passkeys, sign_in_attempts};
use crate::auth::session;
use crate::calls::account::find_account;
use crate::calls::auth::{EndSessions, EndSessionsCall};
use crate::calls::gate;
use crate::calls::person::sessions_by_shard;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnAccount {
    pub email: String,
    /// The owner has proved the address.
    pub verified: bool,
    /// When the owner proved it last.
    pub verified_at: Option<Millis>,
    /// The deployment sends mail.
    pub mail: bool,
    pub recovery_codes: u32,
    /// A sign-in with the password asks for a code as well.
    pub second_factor: bool,
}

/// `GET /api/me/account`.
pub async fn read_account(incoming: &Incoming) -> HandlerResult {
    let own = passkeys::owner(incoming).await?;
    Reply::json(&read(incoming, &own).await?)
}

pub async fn read(incoming: &Incoming, own: &Principal) -> Result<OwnAccount, CallError> {
    passkeys::check_account(own)?;
    let account = find_account(&incoming.env, own.user.as_str()).await?;
    Ok(OwnAccount {
        email: account.email.as_deref().map(shown_address).ok_or(Refusal::NotFound)?,
        verified: account.verified_at.is_some(),
        verified_at: account.verified_at,
        mail: mails::check_on(incoming).is_ok(),
        recovery_codes: account.recovery_codes,
        second_factor: account.has_second_factor,
    })
}

/// `POST /api/me/unlock`.
pub async fn check_password(incoming: &Incoming) -> HandlerResult {
    let own = session::person(incoming).await?;
    let members = members::of(incoming, &["password"]).await?;
    let password = members.needed_text("password")?;
    passkeys::check_account(&own)?;
    sign_in_attempts::charge_address(incoming).await?;
    credentials::check_own(incoming, &own, password).await?;
    Ok(Reply::empty())
}

/// Counts a change of what opens an account (`account.md` 6). The limit is one for all sessions and addresses of the account. Notes about
/// changes are not limited by the mails of an hour, so this limit alone bounds them.
pub async fn charge_change(incoming: &Incoming, own: &Principal) -> Result<(), CallError> {
    let rule = &incoming.config.rules.account;
    gate::charge::<gate::CountAccount>(&incoming.env, rule, own.user.as_str()).await
}

/// `DELETE /api/me/sessions?others=1`.
pub async fn end_others(incoming: &Incoming) -> HandlerResult {
    let own = session::person(incoming).await?;
    if incoming.query("others").as_deref() != Some("1") {
        let message = "All sessions but the own one end with others=1.";
        return Err(Refusal::validation("others", message).into());
    }
    let ended = end_sessions(incoming, &own, true).await?;
    Reply::json(&json!({ "ended": ended }))
}

/// Ends all sessions and remembered browsers of a person; the one that asks goes on if `keeps_own`. Returns the number of browsers that were
/// ended.
pub async fn end_sessions(incoming: &Incoming, own: &Principal, keeps_own: bool) -> Result<u64, CallError> {
    let mut sessions = sessions_by_shard(&incoming.env, &own.user).await?;
    // The shard of the own session writes the audit row, whatever else it has to end.
    let home = shard_of(&own.session).unwrap_or_default();
    sessions.entry(home.to_owned()).or_default();
    let mut ended = 0;
    for (shard, sessions) in sessions {
        let (user, keep) = (own.user.to_string(), keeps_own.then(|| own.session.clone()));
        let trace = (shard == home).then(|| incoming.trace());
        let reason = "remote".to_owned();
        let question = EndSessionsCall { sessions, user, keep, began_until: None, reason, trace };
        ended += EndSessions::ask(&incoming.env, &shard, &question).await?;
    }
    Ok(ended)
}
