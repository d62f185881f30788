//! Fresh style sheets while a person edits them (`cargo xtask dev`): passes `/__dev/*` on to the tool that watches the
//! files.
//!
//! Without the variable `DEV_STYLE_ORIGIN`, which only that command sets, and outside `ENV=dev`, these paths do not
//! exist.

use protocol::words::refusal::Refusal;
use worker::{Fetch, Response, Url};

use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;

/// Answers `/__dev/*`. Event streams pass through unchanged.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let Some(origin) = &incoming.config.dev_style_origin else {
        return answer::refused(incoming, Door::App, &Refusal::NotFound);
    };
    let response = Fetch::Url(Url::parse(&format!("{origin}{}", incoming.path()))?).send().await?;
    let headers = worker::Headers::new();
    answer::secure(incoming, &headers)?;
    headers.set("cache-control", "no-store")?;
    if let Some(content_type) = response.headers().get("content-type")? {
        headers.set("content-type", &content_type)?;
    }
    Ok(response.with_headers(headers))
}
