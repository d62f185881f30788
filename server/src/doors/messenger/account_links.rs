//! Links in mails (`account.md` 2): tokens, addresses of their pages, and what a token leads to.

use app::mail::AccountMail;
use protocol::people::account::email::Email;
use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::session::{hash_hex, is_token, shard_of};
use protocol::words::refusal::Refusal;

use super::{mails, new_session};
use crate::calls::account::{LinkCall, LinkView, ReadLink};
use crate::calls::mail::Mail;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Draws the token of a link for an address, with its hash. The token alone leads to the shard of the address.
pub fn draw_link(email: &Email) -> Result<(String, String), Refusal> {
    new_session::draw(shard_of(&email.hash()).unwrap_or_default())
}

/// Returns the address of the page that a link opens.
pub fn url(incoming: &Incoming, purpose: LinkPurpose, token: &str) -> String {
    format!("{}{}?token={token}", incoming.own_origin(), purpose.path())
}

/// Returns the hash of a token that somebody shows. A text that cannot be a token is refused like an unknown one.
pub fn hash_of(token: &str) -> Result<String, Refusal> {
    if is_token(token) { Ok(hash_hex(token)) } else { Err(unknown_token()) }
}

/// Reads what a token leads to. Nothing is used by that.
pub async fn read(incoming: &Incoming, token: &str) -> Result<LinkView, CallError> {
    let hash = hash_of(token)?;
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    ReadLink::ask(&incoming.env, &shard, &LinkCall { hash }).await
}

/// Returns the mail that tells an address of an act, where mail is sent at all.
pub fn told(incoming: &Incoming, to: &str, mail: &AccountMail<'_>) -> Option<Mail> {
    mails::check_on(incoming).is_ok().then(|| mails::compose(incoming, to, mail))
}
