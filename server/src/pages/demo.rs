//! The pages `/demo`, `/demo/join/<code>` and where a demo ends (`demo.md`). `app::demo::door` renders them; what is
//! done on them is `demo.js`. Nothing is looked up for them: who is free in a room is asked for by the page.

use app::appearance::Appearance;
use app::demo::door::{DoorReason, door, join};
use app::pages::document::PageScript;
use protocol::machines::demo::Code;
use worker::{Headers, Response};

use super::admin::page_appearance;
use crate::http::answer;
use crate::http::appearance::appearance_cookie;
use crate::http::door::Door;
use crate::http::html::{fresh_nonce, html_response, policy};
use crate::http::incoming::Incoming;

/// Starts and joins.
const SCRIPT: &str = include_str!("demo.js");

/// `/demo`.
pub async fn door_page(incoming: &Incoming) -> worker::Result<Response> {
    say(incoming, DoorReason::None)
}

/// `/demo/end`: the same, and why somebody is here.
pub async fn end_page(incoming: &Incoming) -> worker::Result<Response> {
    say(incoming, why(&incoming.query("why").unwrap_or_default()))
}

/// `/demo/join`: with a code that was typed.
pub async fn typed_code_page(incoming: &Incoming) -> worker::Result<Response> {
    match read_code(&incoming.query("code").unwrap_or_default()) {
        Some(code) => lead(incoming, &format!("/demo/join/{code}")),
        None => say(incoming, DoorReason::NoCode),
    }
}

/// `/demo/join/:code`. Each room has one address: reloading finds the session that this tab keeps.
pub async fn join_page(incoming: &Incoming, code: &str) -> worker::Result<Response> {
    match read_code(code) {
        Some(shown) if shown != code => lead(incoming, &format!("/demo/join/{shown}")),
        Some(shown) => with_script(incoming, |appearance, script| join(appearance, script, &shown)),
        None => say(incoming, DoorReason::NoCode),
    }
}

/// The first page, with a word on why somebody is here.
fn say(incoming: &Incoming, why: DoorReason) -> worker::Result<Response> {
    let key = incoming.config.turnstile.site_key.as_deref();
    with_script(incoming, |appearance, script| door(appearance, script, why, key))
}

fn why(word: &str) -> DoorReason {
    match word {
        "kicked" => DoorReason::Kicked,
        "ended" => DoorReason::Ended,
        "left" => DoorReason::Left,
        _ => DoorReason::None,
    }
}

fn with_script(incoming: &Incoming, page: impl FnOnce(&Appearance, PageScript) -> String) -> worker::Result<Response> {
    let (appearance, nonce) = (page_appearance(incoming), fresh_nonce());
    let policy = policy(incoming, &nonce);
    let html = page(&appearance, PageScript { nonce, source: SCRIPT });
    html_response(incoming, &policy, html, &kept(incoming, &appearance))
}

/// A language that was asked for is kept, as on every other page; nothing else is.
fn kept(incoming: &Incoming, appearance: &Appearance) -> Vec<(&'static str, String)> {
    let is_asked = incoming.query("lang").is_some_and(|tag| appearance.language.as_deref() == Some(tag.as_str()));
    is_asked.then(|| ("set-cookie", appearance_cookie(incoming, appearance))).into_iter().collect()
}

fn lead(incoming: &Incoming, path: &str) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("location", path)?;
    headers.set("cache-control", "no-store")?;
    answer::respond(incoming, Door::App, 303, String::new(), headers, &[])
}

/// A code as it is shown, whatever way it was typed.
fn read_code(text: &str) -> Option<String> {
    Code::read(text).map(|code| code.shown())
}
