//! Session routes about the sessions of a person (`wasmchannel.md` 4.1): their list, and their end.
//!
//! Tokens are stored as hashes only, so the public id of a session stands in the place of a token that is not shown.

use protocol::people::session::{hash_hex, is_token};
use protocol::words::refusal::Refusal;
use worker::Response;

use super::library::{DONE, LibraryResult, ShownSession, check_call, cleared_cookies, respond, secret, shown_token};
use crate::auth::session;
use crate::doors::messenger::{auth, members, own_account};
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// `GET /api/auth/list-sessions`.
pub async fn list_sessions(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        secret(incoming)?;
        let own = session::person(incoming).await?;
        let token = shown_token(incoming);
        let rows = auth::session_rows(incoming, &own).await?;
        let items = rows.iter().map(|row| {
            let own_token = token.as_deref().filter(|_| row.id == own.session);
            let shown = ShownSession {
                id: &row.id,
                token: own_token.unwrap_or(&row.id),
                user: own.user.as_str(),
                expires_at: row.expires_at,
                created_at: row.created_at,
                updated_at: row.last_seen_at,
                user_agent: &row.user_agent,
            };
            shown.json()
        });
        Ok((format!("[{}]", items.collect::<Vec<String>>().join(",")), Vec::new()))
    })
    .await
}

/// `POST /api/auth/revoke-session`.
/// An unknown session is as good as one that has ended, as in the library.
pub async fn revoke_session(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let own = session::person(incoming).await?;
        let members = members::of(incoming, &["token"]).await?;
        let token = members.needed_text("token")?;
        let is_credential = || {
            let credential = session::either(incoming);
            is_token(token) && credential.is_some_and(|credential| credential.hash == hash_hex(token))
        };
        let is_own = token == own.session || is_credential();
        let id = if is_own { own.session.as_str() } else { token };
        match auth::end_one(incoming, &own, id).await {
            Ok(()) | Err(CallError::Refused(Refusal::NotFound)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok((DONE.to_owned(), if is_own { cleared_cookies(incoming) } else { Vec::new() }))
    })
    .await
}

/// `POST /api/auth/revoke-sessions`: the own session ends as well.
pub async fn revoke_sessions(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_revoke_all(incoming, false)).await
}

/// `POST /api/auth/revoke-other-sessions`.
pub async fn revoke_other_sessions(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_revoke_all(incoming, true)).await
}

async fn try_revoke_all(incoming: &Incoming, keeps_own: bool) -> LibraryResult {
    check_call(incoming).await?;
    let own = session::person(incoming).await?;
    own_account::end_sessions(incoming, &own, keeps_own).await?;
    Ok((DONE.to_owned(), if keeps_own { Vec::new() } else { cleared_cookies(incoming) }))
}
