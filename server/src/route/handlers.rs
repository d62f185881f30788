//! Handlers of rows, and the macros by which a row names one: the handlers of doors and pages take the request and segments of its path.

use futures_util::future::LocalBoxFuture;
use protocol::wire::messagehub::{HEALTH_TEXT, STATUS_JSON};
use protocol::wire::openapi::document;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use super::methods::{GET, HEAD};
use crate::config::Environment;
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::pages::app;

/// A request and the row that it has found.
pub struct Routed {
    /// The request.
    pub incoming: Incoming,
    /// Door of the row.
    pub door: Door,
    /// The variable segments of its path: decoded, but for those of MessageHub, which does that itself.
    pub segments: Vec<String>,
}

impl Routed {
    /// The variable segment at this place; nothing where there is none.
    pub fn segment(&self, at: usize) -> &str {
        self.segments.get(at).map_or("", String::as_str)
    }
}

/// Answer to a request, once it is there.
pub type ResponseFuture = LocalBoxFuture<'static, worker::Result<Response>>;
/// Function that answers the requests of a row.
pub type Handler = fn(Routed) -> ResponseFuture;

/// A handler that gives a response: `raw!(health::answer)`, with segments of the path `raw!(files::read_file, 0)`.
macro_rules! raw {
    ($handler:path $(, $at:literal)*) => {
        |routed| Box::pin(async move { $handler(&routed.incoming $(, routed.segment($at))*).await })
    };
}

/// A handler of the messenger: its answer goes into the envelope, and it is not asked where the origin is not ours.
macro_rules! reply {
    ($handler:path $(, $at:literal)*) => {
        |routed| Box::pin(async move {
            let answered = $crate::doors::messenger::answer(&routed.incoming, async || {
                $handler(&routed.incoming $(, routed.segment($at))*).await
            });
            answered.await
        })
    };
}

/// A handler of the messenger that takes a file: nobody waits for its body first.
macro_rules! upload {
    ($handler:path) => {
        |routed| {
            Box::pin(async move {
                let answered = $crate::doors::messenger::answer_upload(&routed.incoming, async || {
                    $handler(&routed.incoming).await
                });
                answered.await
            })
        }
    };
}

/// A handler of MessageHub, which takes the room and perhaps more segments.
macro_rules! hub {
    ($handler:path $(, $at:literal)*) => {
        |routed| Box::pin(async move {
            let answered = $crate::doors::messagehub::answer(&routed.incoming, routed.segment(0), async |room| {
                $handler(&routed.incoming, room $(, routed.segment($at))*).await
            });
            answered.await
        })
    };
}

/// The handler of messages that are written to MessageHub: every answer has hints, whatever is wrong.
macro_rules! hub_write {
    () => {
        |routed| Box::pin(async move { $crate::doors::messagehub::write(&routed.incoming, routed.segment(0)).await })
    };
}

/// A handler whose 404 looks like that of a path which does not exist: so does everything that is kept from somebody as if it were not
/// there.
macro_rules! or_not_found {
    ($handler:path $(, $at:literal)*) => {
        |routed| {
            Box::pin(async move {
                let answered = $handler(&routed.incoming $(, routed.segment($at))*).await?;
                if answered.status_code() == 404 {
                    $crate::route::handlers::not_found(routed).await
                } else {
                    Ok(answered)
                }
            })
        }
    };
}

pub(super) use {hub, hub_write, or_not_found, raw, reply, upload};

/// A page of the app, or one of its server functions.
pub fn page(routed: Routed) -> ResponseFuture {
    Box::pin(app::answer(routed.incoming))
}

/// A page of the gallery, on a person's machine only.
pub fn gallery(routed: Routed) -> ResponseFuture {
    if routed.incoming.config.environment == Environment::Dev { page(routed) } else { not_found(routed) }
}

/// There is nothing: a page for people, with a way home, and a line of JSON for programs.
pub fn not_found(routed: Routed) -> ResponseFuture {
    Box::pin(async move {
        let Routed { incoming, door, .. } = routed;
        let is_read = matches!(incoming.method.as_str(), GET | HEAD);
        if is_read && incoming.accepts("text/html") && !incoming.is_upgrade() {
            return app::not_found(incoming).await;
        }
        answer::refused_by_kind(&incoming, door, &Refusal::NotFound)
    })
}

/// Row 5: what the Worker says of itself to tools. Varies with `Accept`, because browsers get the page of row 4.
pub async fn status(incoming: &Incoming) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    answer::respond(incoming, Door::Hub, 200, STATUS_JSON.to_owned(), headers, &[("vary", "Accept".to_owned())])
}

/// Row 6: the word `ok`.
pub async fn alive(incoming: &Incoming) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "text/plain; charset=utf-8")?;
    answer::respond(incoming, Door::Hub, 200, HEALTH_TEXT.to_owned(), headers, &[])
}

/// Row 17: the description of all routes.
pub async fn description(incoming: &Incoming) -> worker::Result<Response> {
    let document = document(&incoming.config.limits);
    answer::json_response(incoming, Door::Hub, 200, document.to_string(), &[])
}
