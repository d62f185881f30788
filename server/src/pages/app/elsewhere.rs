//! Links on other sites. The cookie of a remembered browser is not sent with a request from another site (`sign-in.md` 3). So a visitor who
//! follows a link from there looks like a new one. Such a page requests itself once more, and that request is our own.

use protocol::words::limits::COMES_AGAIN_S;
use worker::Response;

use crate::auth::session;
use crate::calls::auth::Purpose;
use crate::http::answer::NOTHING;
use crate::http::appearance::has_appearance_cookie;
use crate::http::cookie;
use crate::http::html::html_response;
use crate::http::incoming::Incoming;

/// Page that requests the same address again, without a script and without an entry in the history.
const AGAIN: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0\"><title>CF Messenger</title></head><body></body></html>";

/// Returns the page that requests itself again. Returns `None` for a visitor with a session that lives, for a browser that was never signed
/// in, and directly after such a request.
pub async fn again(incoming: &Incoming) -> worker::Result<Option<Response>> {
    let of = |name: &str, value: &str| incoming.header(name).as_deref() == Some(value);
    let is_led_here =
        incoming.method == "GET" && of("sec-fetch-mode", "navigate") && of("sec-fetch-site", "cross-site");
    let may_be_remembered = cookie::REFRESH.read(incoming).is_none() && has_appearance_cookie(incoming);
    if !is_led_here || !may_be_remembered || cookie::AGAIN.read(incoming).is_some() {
        return Ok(None);
    }
    // The cookie of a session is sent from everywhere, also after the end of its session.
    if session::require(incoming, Purpose::Call).await.is_ok() {
        return Ok(None);
    }
    let more = [("set-cookie", cookie::AGAIN.set(incoming, "1", COMES_AGAIN_S))];
    html_response(incoming, NOTHING, AGAIN.to_owned(), &more).map(Some)
}
