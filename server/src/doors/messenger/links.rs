//! `POST /api/links` (`files.md` 2): the preview of a page, which the Worker requests behind the guard of `messagehub.md` 7.4.

use protocol::codec::json::{Value, json_text};
use protocol::content::files::{kind_of, take_apart};
use protocol::content::preview::{Preview, preview_of};
use protocol::people::session::hash_hex;
use protocol::trust::guard::{UrlPolicy, check_url, joined, redirected};
use protocol::words::event::Millis;
use protocol::words::limits::{LINK_BYTES_MAX, LINK_CACHED_S, LINK_MS_MAX, LINK_REDIRECTS_MAX, LINK_URL_BYTES_MAX};
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::{files, members};
use crate::auth::session;
use crate::calls::files::{ChargeCall, ChargeQuota};
use crate::calls::gate;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::outbound::connectors;
use crate::platform::kv;
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Outside};
use crate::telemetry;

/// File name of the picture of a page.
const PICTURE_NAME: &str = "preview";

/// Answers `{}` if there is nothing to show.
pub async fn preview_link(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["url"]).await?;
    let url = members.needed_text("url")?;
    if url.len() > LINK_URL_BYTES_MAX {
        return Err(Refusal::over_limit("url", "This address is too long.", LINK_URL_BYTES_MAX).into());
    }
    let question = ChargeCall { file: None, is_search: false };
    ChargeQuota::ask(&incoming.env, principal.user.as_str(), &question).await?;
    // Pages with `http` are fetched with `https`; a site without `https` has no preview.
    let is_plain = url.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("http://"));
    let url =
        if is_plain && !incoming.config.hub.allows_private { format!("https{}", &url[4..]) } else { url.to_owned() };
    let key = format!("link:{}", hash_hex(&url));
    // The address is checked before the cache is read: a cached preview does not prove that the address is allowed.
    check(incoming, &url)?;
    let cached = kv::text(&incoming.env, &key).await;
    let (preview, base) = match cached.as_deref().and_then(read) {
        Some(cached) => cached,
        None => {
            let (preview, base, is_answer) = fetch_page(incoming, &url).await?;
            // A failure is not cached, because the next try may succeed. Nothing is cached while messages are sealed.
            if is_answer && !incoming.config.content_keys.is_on() {
                kv::put_text(&incoming.env, &key, &cached_text(&preview, &base), LINK_CACHED_S).await;
            }
            (preview, base)
        }
    };
    let Some(title) = &preview.title else {
        return Ok(Reply::empty());
    };
    let mut json = format!("{{\"title\":{}", json_text(title));
    if let Some(description) = &preview.description {
        json.push_str(&format!(",\"description\":{}", json_text(description)));
    }
    let image = preview.image.as_deref().and_then(|image| joined(&base, image));
    if let Some(image) = image
        && let Some(id) = store_picture(incoming, &principal, &image).await
    {
        json.push_str(&format!(",\"imageFileId\":\"{id}\""));
    }
    json.push('}');
    Ok(Reply::raw(json))
}

fn cached_text(preview: &Preview, base: &str) -> String {
    let text = |text: &Option<String>| text.as_deref().map_or("null".to_owned(), json_text);
    format!("[{},{},{},{}]", text(&preview.title), text(&preview.description), text(&preview.image), json_text(base))
}

fn read(cached: &str) -> Option<(Preview, String)> {
    let cached = Value::parse(cached)?;
    let [title, description, image, base] = cached.as_array()?.as_slice() else { return None };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let preview = Preview { title: text(title), description: text(description), image: text(image) };
    Some((preview, text(base)?))
}

fn check(incoming: &Incoming, url: &str) -> Result<protocol::trust::guard::Target, Refusal> {
    let place = UrlPolicy { own_host: incoming.url.host_str(), ..incoming.config.hub.place() };
    let refused = |refusal: protocol::trust::guard::GuardRefusal| Refusal::Validation {
        field: "url".into(),
        message: refusal.to_string().into(),
        limit: None,
    };
    check_url(url, place).map_err(refused)
}

/// Makes one request if the guard permits it. Returns `None` if there is no answer in time, or if the host has had its requests.
async fn ask(incoming: &Incoming, url: &str, accept: &str, until: Millis) -> Result<Option<Outside>, Refusal> {
    let target = check(incoming, url)?;
    match connectors::check_public(incoming.config, &target).await {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(refusal) => {
            return Err(Refusal::Validation { field: "url".into(), message: refusal.to_string().into(), limit: None });
        }
    }
    if !may_ask(incoming, url).await {
        return Ok(None);
    }
    let headers = [("accept", accept), ("user-agent", "cf-messenger-preview/1")];
    let left_ms = until.saturating_sub(runtime::now_ms()).max(1);
    Ok(runtime::fetch_outside(url, "GET", &headers, None, left_ms, LINK_BYTES_MAX).await.ok())
}

/// Counts a request for its host. People cost nothing, so their own limits would let many of them together ask one site without end.
async fn may_ask(incoming: &Incoming, url: &str) -> bool {
    let counted = format!("preview {}", connectors::host_of(url));
    let has_place =
        gate::has_place::<gate::CountPreview>(&incoming.env, &incoming.config.rules.link_host, &counted).await;
    has_place.unwrap_or_else(|error| {
        telemetry::call_failed("preview", &error);
        false
    })
}

/// Returns the preview of a page, its address, and if it was there. Redirects are followed within its origin.
async fn fetch_page(incoming: &Incoming, url: &str) -> Result<(Preview, String, bool), CallError> {
    let until = runtime::now_ms() + LINK_MS_MAX;
    let mut url = url.to_owned();
    for _ in 0..=LINK_REDIRECTS_MAX {
        let Some(answered) = ask(incoming, &url, "text/html", until).await? else { break };
        if let (300..=399, Some(location)) = (answered.status, &answered.location) {
            match redirected(&url, location) {
                Some(next) => url = next,
                None => break,
            }
            continue;
        }
        let content_type = answered.content_type.as_deref().unwrap_or_default();
        let is_there = answered.status == 200;
        let page = if is_there { preview_of(content_type, &answered.body) } else { None };
        return Ok((page.unwrap_or_default(), url, is_there));
    }
    Ok((Preview::default(), url, false))
}

/// Stores the picture of a page as a file of the caller, so that no browser requests it from the page's server.
async fn store_picture(incoming: &Incoming, principal: &Principal, url: &str) -> Option<String> {
    let answered = ask(incoming, url, "image/*", runtime::now_ms() + LINK_MS_MAX).await.ok()??;
    let is_whole =
        answered.status == 200 && kind_of(&answered.body).is_picture() && take_apart(&answered.body).is_some();
    let bytes = answered.body.len() as u64;
    let stored = files::store_file(incoming, principal, PICTURE_NAME, answered.body.into(), bytes);
    if is_whole { stored.await.ok().map(|id| id.to_string()) } else { None }
}
