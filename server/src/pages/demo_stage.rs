//! `/demo/stage` (`demo.md`), which `app::demo::stage` renders. The page is the same for everybody: the browser loads the room with its own
//! sessions.

use app::demo::stage::stage;
use worker::Response;

use super::admin::page_appearance;
use crate::http::html::{fresh_nonce, html_response, policy};
use crate::http::incoming::Incoming;

pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let nonce = fresh_nonce();
    html_response(incoming, &policy(incoming, &nonce), stage(&page_appearance(incoming), &nonce), &[])
}
