//! `/i/<code>/qr.svg` (`people.md` 5): the address of an invite or a demo room as a QR code. It contains only what is in the request, so no
//! code is looked up: an invalid one is drawn as well.

use protocol::content::qr;
use protocol::machines::demo::Code;
use protocol::people::invite::read_code;
use protocol::words::limits::QR_INVITE_BYTES_MAX;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;

/// `GET /i/:code/qr.svg`. 404 for a text that is no code, and if the site's own name is too long for a QR code.
pub async fn answer(incoming: &Incoming, text: &str) -> worker::Result<Response> {
    draw(incoming, read_code(text).map(|code| format!("/i/{code}")))
}

/// `GET /demo/join/:code/qr.svg` (`demo.md`), with the same rules.
pub async fn of_demo(incoming: &Incoming, text: &str) -> worker::Result<Response> {
    draw(incoming, Code::read(text).map(|code| format!("/demo/join/{}", code.shown())))
}

fn draw(incoming: &Incoming, path: Option<String>) -> worker::Result<Response> {
    let drawn = path.map(|path| format!("{}{path}", incoming.own_origin()));
    let drawn = drawn.filter(|address| address.len() <= QR_INVITE_BYTES_MAX).and_then(|address| qr::code(&address));
    let Some(drawn) = drawn else {
        return answer::refused(incoming, Door::App, &Refusal::NotFound);
    };
    let headers = Headers::new();
    headers.set("content-type", "image/svg+xml")?;
    // Codes must not be in any cache.
    headers.set("cache-control", "no-store")?;
    answer::respond(incoming, Door::App, 200, drawn.svg(), headers, &[])
}
