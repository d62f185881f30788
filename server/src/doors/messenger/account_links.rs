//! Links in mails (`account.md` 2): tokens, addresses of their pages, and what a token leads to.

use app::mail::AccountMail;
use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::email::Email;
use protocol::people::session::{hash_hex, is_token, shard_of};
use protocol::words::refusal::Refusal;
use worker::Url;

use super::{mails, new_session};
use crate::calls::account::{LinkView, ReadLink};
use crate::calls::mail::Mail;
use crate::config::Environment;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Draws the token of a link for an address, with its hash. The token alone leads to the shard of the address.
pub fn draw_link(email: &Email) -> Result<(String, String), Refusal> {
    new_session::draw(shard_of(&email.hash()).unwrap_or_default())
}

/// Returns the address of the page that a link opens. Whoever asks for a mail to somebody else does not choose the host that it leads to.
pub fn url(incoming: &Incoming, purpose: LinkPurpose, token: &str) -> String {
    format!("{}{}?token={token}", site(incoming), purpose.path())
}

/// Returns the same page without a token.
pub fn page(incoming: &Incoming, purpose: LinkPurpose) -> Result<Url, Refusal> {
    Url::parse(&format!("{}{}", site(incoming), purpose.path())).map_err(|_| Refusal::Internal)
}

fn site(incoming: &Incoming) -> String {
    let config = incoming.config;
    let is_dev = config.environment == Environment::Dev;
    site_of(config.allowed_origins.first().map(String::as_str), incoming.own_origin(), is_dev)
}

/// Returns the origin of pages in mails: the one that the deployment names first, else the request's own. In production it is encrypted.
fn site_of(named: Option<&str>, own: String, is_dev: bool) -> String {
    if is_dev {
        return own;
    }
    let site = named.map_or(own, str::to_owned);
    match site.strip_prefix("http://") {
        Some(host) => format!("https://{host}"),
        None => site,
    }
}

/// Returns the address that a link opens: of our page, or of another one that its receiver is sent to, which gets the token as well.
pub fn url_at(incoming: &Incoming, purpose: LinkPurpose, token: &str, page: Option<&Url>) -> String {
    let Some(page) = page else {
        return url(incoming, purpose, token);
    };
    let mut page = page.clone();
    page.query_pairs_mut().append_pair("token", token);
    page.to_string()
}

/// Returns the hash of a token that somebody shows. A text that cannot be a token is refused like an unknown one.
pub fn hash_of(token: &str) -> Result<String, Refusal> {
    if is_token(token) { Ok(hash_hex(token)) } else { Err(unknown_token()) }
}

/// Reads what a token leads to. Nothing is used by that.
pub async fn read(incoming: &Incoming, token: &str) -> Result<LinkView, CallError> {
    let hash = hash_of(token)?;
    ReadLink::ask(&incoming.env, shard_of(&hash).unwrap_or_default(), &hash).await
}

/// Returns the mail that tells an address of an act, where mail is sent at all.
pub fn told(incoming: &Incoming, to: &str, mail: &AccountMail<'_>) -> Option<Mail> {
    mails::check_on(incoming).is_ok().then(|| mails::compose(incoming, to, mail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_named_host_and_are_encrypted_outside_of_development() {
        let own = || "http://asked.example".to_owned();
        assert_eq!(site_of(Some("https://named.example"), own(), false), "https://named.example");
        assert_eq!(site_of(Some("http://named.example:8443"), own(), false), "https://named.example:8443");
        assert_eq!(site_of(None, own(), false), "https://asked.example");
        assert_eq!(site_of(Some("https://named.example"), own(), true), "http://asked.example");
    }
}
