//! `/embed/<room>` (`embed.md` 2 and 3): a room in a page of another site, and the list of its messages for that page. `app::pages::embed`
//! renders both.
//!
//! No cookie is read or set here: the page is the same for everybody, and pages of its origins alone may frame it.

use app::appearance::{Appearance, Theme};
use app::pages::document::PageScript;
use app::pages::embed::{EmbedForm, EmbeddedRoom, embed, embedded_list};
use protocol::machines::room::{EmbedMode, Embedding};
use protocol::words::language::{find, preferred};
use protocol::words::own_words::{in_language, public_name};
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use crate::calls::room::EmbedPage;
use crate::config::Environment;
use crate::doors::messenger::embed::shown;
use crate::http::answer;
use crate::http::door::Door;
use crate::http::html::{fresh_nonce, html_response};
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Script that follows the room, and says what a guest writes.
const SCRIPT: &str = include_str!("embed.js");
/// Origin of Turnstile's script and frame.
const TURNSTILE: &str = "https://challenges.cloudflare.com";
/// Value of `Referrer-Policy`: other sites do not learn the room, and our own calls name their origin.
const OWN_SITE: &str = "same-origin";

/// `GET /embed/:room`.
pub async fn answer(incoming: &Incoming, room: &str) -> worker::Result<Response> {
    show(incoming, room).await.or_else(|error| answer::failed(incoming, error))
}

/// `GET /embed/:room/events`.
pub async fn events(incoming: &Incoming, room: &str) -> worker::Result<Response> {
    show_new(incoming, room).await.or_else(|error| answer::failed(incoming, error))
}

async fn show(incoming: &Incoming, room: &str) -> Result<Response, CallError> {
    let page = shown(incoming, room).await?;
    let EmbedPage { group, embedding, seq, messages } = &*page;
    let (nonce, form) = (fresh_nonce(), form(incoming, embedding.mode));
    let has_widget = form.as_ref().is_some_and(|form| form.site_key.is_some());
    let policy = policy(embedding, &nonce, has_widget);
    let appearance = appearance(incoming);
    let name = || in_language(&public_name(room), appearance.locale().as_str()).to_owned();
    let title = group.clone().unwrap_or_else(name);
    let (seq, messages) = (*seq, messages.clone());
    let content = EmbeddedRoom { room: room.to_owned(), title, seq, messages, form };
    let html = embed(&appearance, PageScript { nonce, source: SCRIPT }, content);
    let response = html_response(incoming, &policy, html, &[])?;
    response.headers().set("referrer-policy", OWN_SITE)?;
    Ok(response)
}

async fn show_new(incoming: &Incoming, room: &str) -> Result<Response, CallError> {
    let after = incoming.query("after").map_or(Some(0), |after| after.parse::<u64>().ok());
    let after = after.ok_or(Refusal::BadCursor)?;
    let page = shown(incoming, room).await?;
    let headers = Headers::new();
    headers.set("cache-control", "no-store")?;
    if page.seq == after {
        return Ok(answer::respond(incoming, Door::App, 204, String::new(), headers, &[])?);
    }
    headers.set("content-type", "text/html; charset=utf-8")?;
    let html = embedded_list(&appearance(incoming), page.seq, page.messages.clone());
    Ok(answer::respond(incoming, Door::App, 200, html, headers, &[])?)
}

fn form(incoming: &Incoming, mode: EmbedMode) -> Option<EmbedForm> {
    let is_dev = incoming.config.environment == Environment::Dev;
    let site_key = incoming.config.turnstile.site_key.clone();
    (mode == EmbedMode::Guest).then_some(EmbedForm { site_key, is_dev })
}

/// Returns the policy of the page: pages of these origins frame it, and it loads nothing but its own files.
fn policy(embedding: &Embedding, nonce: &str, has_widget: bool) -> String {
    let origins = embedding.origins.join(" ");
    let (script, frame) = if has_widget {
        (format!(" {TURNSTILE}"), format!("frame-src {TURNSTILE}; "))
    } else {
        (String::new(), String::new())
    };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'{script}; {frame}style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {origins}"
    )
}

/// Returns the appearance that the address asks for. Without a language there, that of the browser counts.
fn appearance(incoming: &Incoming) -> Appearance {
    let accepted = incoming.header("accept-language").unwrap_or_default();
    let asked = incoming.query("lang").filter(|tag| find(tag).is_some());
    let language = asked.or_else(|| preferred(&accepted).map(str::to_owned));
    let theme = incoming.query("theme").and_then(|word| Theme::parse(&word));
    Appearance { theme, language, ..Appearance::default() }
}
