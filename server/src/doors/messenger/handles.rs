//! Handles (`people.md` 4): a person's own handle, and finding people by their handle.

use protocol::people::handle::{is_handle, typed_handle};
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;

use super::members;
use super::passkeys::{check_account, owner};
use crate::auth::session;
use crate::calls::directory::FindHandleOwner;
use crate::calls::files::{ChargeCall, ChargeQuota};
use crate::calls::handles::{ChangeHandle, FindByHandle, HandleCall, HandleShownCall};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::directory;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// `GET /api/me/handle`.
pub async fn read_own_handle(incoming: &Incoming) -> HandlerResult {
    let who = owner(incoming).await?;
    ask(incoming, &who, None, false).await
}

/// `PUT /api/me/handle`: the check for a free handle has the same limit as the search for its owner.
pub async fn choose_handle(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["handle"]).await?;
    check_account(&who)?;
    let wish = members.needed_text("handle")?;
    if !is_handle(wish) {
        let form = "A handle is 3 to 20 small letters, digits and single lines, and begins with a letter.";
        return Err(Refusal::validation("handle", form).into());
    }
    charge(incoming, &who.user).await?;
    ask(incoming, &who, Some(wish.to_owned()), false).await
}

/// `DELETE /api/me/handle`.
pub async fn give_up_handle(incoming: &Incoming) -> HandlerResult {
    let who = owner(incoming).await?;
    ask(incoming, &who, None, true).await
}

async fn ask(incoming: &Incoming, who: &Principal, wish: Option<String>, gives_up: bool) -> HandlerResult {
    Ok(Reply::raw(ChangeHandle::ask(&incoming.env, who.user.as_str(), &HandleCall { wish, gives_up }).await?))
}

/// `GET /api/users?handle=`: the person who has exactly this handle, if there is one. A guest finds nobody (`sign-in.md` 1).
pub async fn find_person(incoming: &Incoming, handle: &str) -> HandlerResult {
    let who = session::person(incoming).await?;
    charge(incoming, &who.user).await?;
    let found = if who.kind == UserKind::Guest { None } else { find_owner(incoming, &who, handle).await? };
    Ok(Reply::raw(format!("{{\"items\":[{}],\"next\":null,\"more\":false}}", found.unwrap_or_default())))
}

async fn find_owner(incoming: &Incoming, who: &Principal, typed: &str) -> Result<Option<String>, CallError> {
    let handle = typed_handle(typed);
    if !is_handle(&handle) {
        return Ok(None);
    }
    let (env, shard) = (&incoming.env, directory::shard_of(&handle));
    let user = FindHandleOwner::ask(env, &shard, &handle).await?;
    if user.is_empty() {
        return Ok(None);
    }
    let question = HandleShownCall { handle, by: who.user.to_string() };
    FindByHandle::ask(env, &user, &question).await
}

async fn charge(incoming: &Incoming, user: &UserId) -> Result<(), CallError> {
    ChargeQuota::ask(&incoming.env, user.as_str(), &ChargeCall { file: None, is_search: true }).await
}
