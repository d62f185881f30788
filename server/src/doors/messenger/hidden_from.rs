//! *Appear offline to single people* over REST (`presence.md` 2.7).

use protocol::words::ids::UserId;
use serde_json::json;

use super::passkeys::owner;
use crate::calls::contacts::{HideFrom, HideFromCall, ListHiddenFrom};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;

/// `GET /api/me/hidden-from`.
pub async fn list_hidden_from(incoming: &Incoming) -> HandlerResult {
    let user = owner(incoming).await?.user;
    reply(&ListHiddenFrom::ask(&incoming.env, user.as_str(), &()).await?)
}

/// `PUT /api/me/hidden-from/:userId`. Only the caller learns of it, and the answer does not say if the other person exists.
pub async fn hide_from(incoming: &Incoming, other: &str) -> HandlerResult {
    set_hidden(incoming, other, true).await
}

/// `DELETE /api/me/hidden-from/:userId`.
pub async fn show_again(incoming: &Incoming, other: &str) -> HandlerResult {
    set_hidden(incoming, other, false).await
}

async fn set_hidden(incoming: &Incoming, other: &str, is_hidden: bool) -> HandlerResult {
    let user = owner(incoming).await?.user;
    let question = HideFromCall { other: UserId::parse(other)?, is_hidden };
    reply(&HideFrom::ask(&incoming.env, user.as_str(), &question).await?)
}

fn reply(hidden_from: &[String]) -> HandlerResult {
    Reply::json(&json!({ "hiddenFrom": hidden_from }))
}
