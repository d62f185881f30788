//! The app's own pages and server functions through leptos_axum, and the port through which they reach the doors.
//!
//! The router is built once per isolate; the data of one request is in its extensions. The content policy of a page is made
//! here, because it contains the nonce of that page (`core.md` 9).

pub mod elsewhere;
mod port;
mod shared;

use std::sync::{Arc, OnceLock};

use app::api::PortHandle;
use app::pages::{Entrance, RetentionTimes, TAKEN_OVER, TOKEN_PAGES};
use app::shell::{DevStyles, WebAnalytics, shell};
use app::structure;
use axum::Router;
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri, header};
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context};
use protocol::words::conversation_address::ConversationAddress;
use protocol::words::refusal::Refusal;
use protocol::words::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use tower_service::Service;
use worker::send::SendWrapper;
use worker::{Body, Response};

use super::app::port::PagePort;
pub use super::app::port::session_of_form;
use super::app::shared::Shared;
use crate::auth::{origin, session};
use crate::calls::auth::Purpose;
use crate::config::Config;
use crate::http::door::Door;
pub use crate::http::html::policy;
use crate::http::incoming::Incoming;
use crate::http::{answer, cookie};

/// Header with which the framework marks a refused server function.
const SERVER_FN_ERROR_HEADER: &str = "serverfnerror";

/// Pages that other sites link to, and that look different in a remembered browser.
const LED_TO: [&str; 2] = ["/", TAKEN_OVER];

/// Sign-in page, which leads on to the conversation that an address names.
const SIGN_IN: &str = "/sign-in";

/// Value of `Referrer-Policy` on pages with a private address. It names the origin alone. With `no-referrer`, a browser would send the
/// forms of these pages with `Origin: null`, which the rule of `sign-in.md` 4 refuses.
const ORIGIN_ALONE: &str = "strict-origin";

const NO_SUCH_PAGE: &str = "/nothing";

static ROUTER: OnceLock<Router> = OnceLock::new();

/// Answers a page or a server function.
pub async fn answer(incoming: Incoming) -> worker::Result<Response> {
    if let Err(refusal) = origin::check(&incoming) {
        return answer::refused(&incoming, Door::App, &refusal);
    }
    if LED_TO.contains(&incoming.path())
        && let Some(again) = elsewhere::again(&incoming).await?
    {
        return Ok(again);
    }
    if incoming.path() == TAKEN_OVER
        && incoming.url.query().is_none()
        && let Some(place) = cookie::read_place(&incoming)
        && let Some(credential) = session::credential(&incoming)
        && let Ok(checked) = session::check(&incoming, &credential, None, Purpose::Inspect).await
    {
        // Somebody has signed in since the browser kept this address. The page decides whether the conversation is one of theirs.
        let path = if place.may_lead(&checked.principal.user) { place.path() } else { TAKEN_OVER.to_owned() };
        return answer::lead(&incoming, &path, Some(cookie::PLACE.clear(&incoming)));
    }
    render_page(incoming, None).await
}

/// Answers with the page for a missing address, whatever the request was.
pub async fn not_found(incoming: Incoming) -> worker::Result<Response> {
    render_page(incoming, Some(Uri::from_static(NO_SUCH_PAGE))).await
}

/// Renders the page at the requested address, or at another one.
async fn render_page(incoming: Incoming, instead: Option<Uri>) -> worker::Result<Response> {
    let request = match incoming.to_request().await {
        Ok(request) => request,
        Err(error) => return answer::failed(&incoming, error),
    };
    let mut request: http::Request<Body> = request.try_into()?;
    if let Some(uri) = instead {
        *request.uri_mut() = uri;
    }
    let shared = Shared(Arc::new(SendWrapper::new(incoming)));
    request.extensions_mut().insert(shared.clone());
    let mut router = ROUTER.get_or_init(build).clone();
    let page = match router.call(request).await {
        Ok(page) => page,
        Err(never) => match never {},
    };
    let page = if shared.path() == TAKEN_OVER { seal_page(page).await? } else { page };
    let response: Response = page.try_into()?;
    finish(&shared, response)
}

/// Writes the structure that the browser takes over into the document (`app::structure`).
async fn seal_page(page: http::Response<axum::body::Body>) -> worker::Result<http::Response<axum::body::Body>> {
    let (parts, body) = page.into_parts();
    let bytes =
        axum::body::to_bytes(body, usize::MAX).await.map_err(|error| worker::Error::RustError(error.to_string()))?;
    let html = String::from_utf8_lossy(&bytes);
    Ok(http::Response::from_parts(parts, structure::sealed(&html).into()))
}

/// Adds the headers of every answer. Answers that depend on a session are never cached.
fn finish(incoming: &Incoming, response: Response) -> worker::Result<Response> {
    let headers = response.headers();
    answer::secure(incoming, headers)?;
    headers.append("vary", "Accept")?;
    if has_private_address(incoming) {
        headers.set("referrer-policy", ORIGIN_ALONE)?;
    }
    let is_private = holds_token(incoming)
        || incoming.is_writing()
        || cookie::TYPED.read(incoming).is_some()
        || session::credential(incoming).is_some();
    headers.set("cache-control", if is_private { "no-store" } else { "no-cache" })?;
    let asks_to_sign_in = incoming.path() == SIGN_IN || headers.get("location")?.as_deref() == Some(SIGN_IN);
    if asks_to_sign_in && let Some(place) = named_place(incoming) {
        headers.append("set-cookie", &cookie::set_place(incoming, &place))?;
    }
    refuse(incoming, response)
}

/// Returns `true` for a page whose address holds a token (`account.md` 2).
fn holds_token(incoming: &Incoming) -> bool {
    TOKEN_PAGES.contains(&incoming.path())
}

fn named_place(incoming: &Incoming) -> Option<ConversationAddress> {
    incoming.url.query().and_then(ConversationAddress::parse)
}

/// Returns `true` for a page whose address no other site may learn: it holds a token, or names the conversation in view.
fn has_private_address(incoming: &Incoming) -> bool {
    holds_token(incoming) || incoming.path() == TAKEN_OVER || named_place(incoming).is_some()
}

/// Sets the status of a refused server function: the framework answers 500 unless the request is for a page. If no function was reached, its
/// form could not be read.
fn refuse(incoming: &Incoming, response: Response) -> worker::Result<Response> {
    if response.status_code() != 500 || !response.headers().has(SERVER_FN_ERROR_HEADER)? {
        return Ok(response);
    }
    let refusal = match incoming.facts.borrow_mut().function.take() {
        Some(done) => done.unwrap_or(Refusal::Internal),
        None => Refusal::validation("form", "This form cannot be read."),
    };
    for (name, value) in answer::retry_after(&refusal) {
        response.headers().set(name, &value)?;
    }
    Ok(response.with_status(refusal.status()))
}

fn build() -> Router {
    app::api::register_server_functions();
    let options = LeptosOptions::builder().output_name("app").site_pkg_dir("pkg").build();
    let routes = generate_route_list(app::App);
    let not_found = || {
        prepare();
        if let Some(options) = use_context::<ResponseOptions>() {
            options.set_status(StatusCode::NOT_FOUND);
        }
    };
    Router::new()
        .leptos_routes_with_context(&options, routes, prepare, shell)
        .fallback(render_app_async_with_context(not_found, shell))
        .with_state(options)
}

/// Puts the port of its request and its settings into a page's context, and sets its policy around a fresh nonce.
fn prepare() {
    let Some(parts) = use_context::<Parts>() else {
        return;
    };
    let Some(shared) = parts.extensions.get::<Shared>() else {
        return;
    };
    if shared.config.dev_style_origin.is_some() {
        provide_context(DevStyles);
    }
    // The counter of page views would send the address of the page to another server.
    if let Some(token) = shared.config.web_analytics_token.as_ref().filter(|_| !has_private_address(shared)) {
        provide_context(WebAnalytics(token.clone()));
    }
    provide_context(if shared.config.is_demo_first { Entrance::Demo } else { Entrance::Accounts });
    provide_context(retention_times(shared.config));
    provide_context(PortHandle(Arc::new(PagePort(shared.clone()))));
    if let (Some(nonce), Some(options)) = (use_nonce(), use_context::<ResponseOptions>())
        && let Ok(policy) = HeaderValue::from_str(&policy(shared, &nonce))
    {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Returns the retention times that `/privacy` shows for this deployment.
fn retention_times(config: &Config) -> RetentionTimes {
    let limits = &config.limits;
    RetentionTimes {
        retention_days: limits.retention_days,
        inbox_days: limits.inbox_days,
        session_minutes: limits.session_ttl_ms.div_ceil(MINUTE_MS),
        session_hours: limits.session_age_ms_max.div_ceil(HOUR_MS),
        remembered_days: limits.refresh_ttl_ms.div_ceil(DAY_MS),
        audit_days: limits.audit_days,
        undo_days: limits.account_undo_ms.div_ceil(DAY_MS),
        delete_hours: limits.delete_window_ms.div_ceil(HOUR_MS),
        file_hours: limits.file_unlinked_ms.div_ceil(HOUR_MS),
        jurisdiction: config.jurisdiction,
        is_counted: config.web_analytics_token.is_some(),
    }
}
