//! `/demo/stage` (`demo.md`), which `app::demo::stage` renders. It is the same for everybody: what it shows of a room, the
//! browser asks for with sessions of its own.

use app::demo::stage::stage;
use worker::Response;

use super::admin::page_appearance;
use crate::http::html::{fresh_nonce, html_response, policy};
use crate::http::incoming::Incoming;

/// Answers the page.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let nonce = fresh_nonce();
    html_response(incoming, &policy(incoming, &nonce), stage(&page_appearance(incoming), &nonce), &[])
}
