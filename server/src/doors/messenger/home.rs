//! Arrangement of an account, on all of its devices (`home.md`).

use protocol::codec::json::Value;
use protocol::people::home::read_fields;
use protocol::words::refusal::Refusal;

use super::members;
use super::passkeys::{check_account, owner};
use crate::auth::session;
use crate::calls::belongings::{ReadHome, WriteHome};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::body::Record;
use crate::kit::request::Request;

/// `GET /api/me/home`.
pub async fn read_home(incoming: &Incoming) -> HandlerResult {
    let user = owner(incoming).await?.user;
    let since = incoming.query("since").map_or(Ok(0), |since| since.parse().map_err(|_| Refusal::BadCursor))?;
    Ok(Reply::raw(ReadHome::ask(&incoming.env, user.as_str(), &since).await?))
}

/// `PUT /api/me/home`.
pub async fn write_home(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["fields"]).await?;
    check_account(&who)?;
    // Numbers and long texts of values are stored as they were sent, so the body is read by the reader of the devices.
    let fields = read_fields(&Value::parse(members.source()).ok_or(Refusal::BadJson)?)?;
    Ok(Reply::raw(WriteHome::ask(&incoming.env, who.user.as_str(), &Record(fields)).await?))
}
