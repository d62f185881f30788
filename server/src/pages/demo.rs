//! The pages `/demo`, `/demo/join/<code>` and the page at the end of a demo (`demo.md`). `app::demo::door` renders them; `demo.js` has the
//! actions. The server looks up nothing for them: the page asks which characters are free.

use app::appearance::Appearance;
use app::demo::door::{DoorReason, door, join};
use app::pages::document::PageScript;
use protocol::machines::demo::Code;
use worker::Response;

use super::admin::page_appearance;
use crate::http::answer;
use crate::http::appearance::appearance_cookie;
use crate::http::html::{fresh_nonce, html_response, policy};
use crate::http::incoming::Incoming;

/// Script that starts and joins rooms.
const SCRIPT: &str = include_str!("demo.js");

/// `/demo`.
pub async fn door_page(incoming: &Incoming) -> worker::Result<Response> {
    say(incoming, DoorReason::None)
}

/// `/demo/end`: the same page, with the reason for the redirect.
pub async fn end_page(incoming: &Incoming) -> worker::Result<Response> {
    say(incoming, why(&incoming.query("why").unwrap_or_default()))
}

/// `/demo/join`: a code that was typed.
pub async fn typed_code_page(incoming: &Incoming) -> worker::Result<Response> {
    let typed = incoming.query("code").unwrap_or_default();
    match read_code(&typed) {
        Some(code) => answer::lead(incoming, &format!("/demo/join/{code}"), None),
        None => say(incoming, DoorReason::NoCode(typed)),
    }
}

/// `/demo/join/:code`. Each room has one address, so that a reload finds the session of this tab.
pub async fn join_page(incoming: &Incoming, code: &str) -> worker::Result<Response> {
    match read_code(code) {
        Some(shown) if shown != code => answer::lead(incoming, &format!("/demo/join/{shown}"), None),
        Some(shown) => with_script(incoming, |appearance, script| join(appearance, script, &shown)),
        None => say(incoming, DoorReason::NoCode(code.to_owned())),
    }
}

/// Returns the first page with the reason why the visitor was sent there.
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
    html_response(incoming, &policy, html, &language_cookie(incoming, &appearance))
}

/// Returns the cookies of a requested language, as every other page does. Nothing else is stored.
fn language_cookie(incoming: &Incoming, appearance: &Appearance) -> Vec<(&'static str, String)> {
    let is_asked = incoming.query("lang").is_some_and(|tag| appearance.language.as_deref() == Some(tag.as_str()));
    is_asked.then(|| ("set-cookie", appearance_cookie(incoming, appearance))).into_iter().collect()
}

/// Formats a typed code as it is shown.
fn read_code(text: &str) -> Option<String> {
    Code::read(text).map(|code| code.shown())
}
