//! Requests find their row of the table, and its handler.

mod handlers;
mod methods;
mod table;

use protocol::wire::livestore::is_rpc_query;
use protocol::words::refusal::Refusal;
use worker::{Env, Headers, Request, Response, ResponseBuilder};

use self::handlers::{Routed, not_found};
use self::methods::{ANY, GET, HEAD, POST};
use self::table::{RouteRow, TABLE, When};
use crate::calls::flags;
use crate::doors::{messagehub, wasmchannel};
use crate::http::answer::{self, ResponseContext};
use crate::http::door::Door;
use crate::http::entry;
use crate::http::incoming::{Incoming, decoded};
use crate::http::request_line::RequestLine;
use crate::telemetry;

/// Where messages of a hub room are written: every answer has hints, whatever is wrong.
const MESSAGES: &str = "/rooms/:room/messages";
/// Path of a store below a path of the client's choice, as the table has it.
const ANY_STORE: &str = "/*/websocket";
/// Paths that belong to other doors and the app altogether, rows or not (`core.md` 8, rows 13 to 19a).
const NO_STORES: [&str; 8] = ["/api/", "/sf/", "/demo/", "/embed/", "/admin/", "/pkg/", "/assets/", "/__dev/"];

/// Answers one request of the Worker.
pub async fn answer(request: Request, env: Env) -> worker::Result<Response> {
    let incoming = Incoming::new(request, env)?;
    let line = RequestLine::begin(&incoming);
    let context = ResponseContext::of(&incoming);
    let (body, is_head) = (incoming.unread_body(), incoming.method == HEAD);
    let answered = match entry::refuse(&incoming) {
        Some(refused) => refused,
        None => find(incoming).await,
    };
    let result = answered.and_then(|response| if is_head { without_body(response) } else { Ok(response) });
    let is_left = body.is_left().await;
    let status = result.as_ref().map_or(500, Response::status_code);
    line.end(status, result.as_ref().err().map(ToString::to_string));
    match result {
        Ok(response) if status == 101 => with_socket(response, context.headers()?),
        Err(_) => answer::broken(&context),
        Ok(response) if is_left => {
            // Headers that cannot be changed are an answer all the same.
            let _ = response.headers().set("connection", "close");
            Ok(response)
        }
        answered => answered,
    }
}

/// An object's answer to a handshake is an answer of ours like any other (`core.md` 9).
fn with_socket(response: Response, headers: Headers) -> worker::Result<Response> {
    const SUBPROTOCOL: &str = "sec-websocket-protocol";
    if let Some(subprotocol) = response.headers().get(SUBPROTOCOL)? {
        headers.set(SUBPROTOCOL, &subprotocol)?;
    }
    Ok(response.with_headers(headers))
}

/// The answer to `HEAD`: that to `GET`, without its body.
fn without_body(response: Response) -> worker::Result<Response> {
    let (status, headers) = (response.status_code(), response.headers().clone());
    Ok(ResponseBuilder::new().with_status(status).with_headers(headers).empty())
}

async fn find(incoming: Incoming) -> worker::Result<Response> {
    if let Some(problem) = &incoming.config.problem {
        telemetry::broken("misconfigured", serde_json::json!({ "problem": problem }));
        if incoming.method == POST && captures(MESSAGES, incoming.path()).is_some() {
            return messagehub::misconfigured(&incoming);
        }
        return answer::refused(&incoming, Door::Messenger, &Refusal::Misconfigured);
    }
    let mut on_path = rows_of(incoming.path());
    let has_syncs = on_path.iter().any(|(row, _)| row.when == When::Syncs);
    let is_sync = has_syncs && holds(When::Syncs, &incoming);
    on_path.retain(|(row, _)| (row.when == When::Syncs) == is_sync);
    let is_plain = |row: &RouteRow| matches!(row.when, When::Always | When::Syncs);
    let owner = on_path.iter().find(|(row, _)| is_plain(row)).map(|(row, _)| row.door);
    if let Some(door) = owner.filter(|_| incoming.method == "OPTIONS") {
        return answer::preflight(&incoming, door, &methods(&on_path));
    }
    let found = on_path.iter().find(|(row, _)| is_meant(row, &incoming));
    if let Some((row, segments)) = found {
        let (row, segments) = (*row, segments.iter().map(|segment| (*segment).to_owned()).collect());
        return carry_out(incoming, row, segments).await;
    }
    let owner = owner.or(on_path.first().map(|(row, _)| row.door)).map(|door| (door, methods(&on_path)));
    nobody(incoming, owner).await
}

/// Returns the rows of a path, with its variable segments as they were sent.
fn rows_of(path: &str) -> Vec<(&'static RouteRow, Vec<&str>)> {
    let mut on_path: Vec<(&RouteRow, Vec<&str>)> =
        TABLE.iter().filter_map(|row| Some((row, captures(row.path, path)?))).collect();
    // A path that the table names itself is nobody's id: `/api/rooms/dm` is no room.
    if on_path.iter().any(|(row, _)| row.path == path) {
        on_path.retain(|(row, _)| !row.path.contains(':'));
    }
    if on_path.iter().any(|(row, _)| row.path != ANY_STORE) || NO_STORES.iter().any(|prefix| path.starts_with(prefix)) {
        on_path.retain(|(row, _)| row.path != ANY_STORE);
    }
    on_path
}

/// Returns true if a request to the path of a row is for this row.
fn is_meant(row: &RouteRow, incoming: &Incoming) -> bool {
    let is_asked =
        row.method == ANY || row.method == incoming.method || (incoming.method == HEAD && row.answers_head());
    is_asked && holds(row.when, incoming)
}

async fn carry_out(incoming: Incoming, row: &RouteRow, segments: Vec<String>) -> worker::Result<Response> {
    {
        let mut facts = incoming.facts.borrow_mut();
        (facts.door, facts.route) = (row.door.word(), row.path);
        facts.is_for_unproved = row.is_for_unproved;
    }
    if let Some(refusal) = refused_now(&incoming, row.door).await {
        return answer::refused(&incoming, row.door, &refusal);
    }
    let segments = match row.door {
        Door::Hub => Some(segments),
        _ => segments.iter().map(|segment| decoded(segment)).collect(),
    };
    match segments {
        Some(segments) => (row.handler)(Routed { incoming, door: row.door, segments }).await,
        None => answer::refused(&incoming, row.door, &Refusal::NotFound),
    }
}

/// Returns the refusal of a write while the deployment takes none (`messagehub.md` 8). Signing in and out goes on, and so does what
/// turns the switch back; new accounts and passkeys are writes. Forms, sign-ups and MessageHub look for themselves.
async fn refused_now(incoming: &Incoming, door: Door) -> Option<Refusal> {
    let path = incoming.path();
    let is_way_in =
        |rest: &str| rest != "register" && (!rest.starts_with("passkey/") || rest.starts_with("passkey/login/"));
    let is_apart = path.strip_prefix("/api/auth/").is_some_and(is_way_in) || path.starts_with("/api/admin/");
    let is_read = matches!(incoming.method.as_str(), GET | HEAD);
    if is_apart || is_read || !matches!(door, Door::Messenger | Door::HopeFlow) {
        return None;
    }
    flags::check_writes(&incoming.env).await.err()
}

/// Rows 21 and 22: a known path with another method, or nothing at all.
async fn nobody(incoming: Incoming, owner: Option<(Door, String)>) -> worker::Result<Response> {
    match owner {
        Some((door, allow)) => answer::refused(&incoming, door, &Refusal::MethodNotAllowed { allow: allow.into() }),
        None if answer::is_private(incoming.path()) => answer::refused(&incoming, Door::Messenger, &Refusal::NotFound),
        // Everybody may read that there is nothing, but for what is the messenger's (`messagehub.md` 1).
        None => not_found(Routed { incoming, door: Door::Hub, segments: Vec::new() }).await,
    }
}

fn methods(rows: &[(&RouteRow, Vec<&str>)]) -> String {
    let mut methods: Vec<&str> = Vec::new();
    for (row, _) in rows {
        let own: &[&str] = match row.method {
            ANY => &[GET, HEAD, POST],
            GET if row.answers_head() => &[GET, HEAD],
            method => &[method],
        };
        for method in own {
            if !methods.contains(method) {
                methods.push(method);
            }
        }
    }
    methods.push("OPTIONS");
    methods.join(", ")
}

fn holds(when: When, incoming: &Incoming) -> bool {
    match when {
        When::Always => true,
        When::Upgrade => incoming.is_upgrade(),
        When::Offers(name) => incoming.is_upgrade() && incoming.subprotocols().iter().any(|offer| offer == name),
        When::OldPacketClient => wasmchannel::is_old_client(incoming),
        When::Accepts(kind) => incoming.accepts(kind),
        When::Syncs => incoming.url.query().is_some_and(is_rpc_query),
    }
}

/// The captured segments of `path`, if it has the form of `pattern`.
fn captures<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    // Almost every row of the table ends here, and each request meets all of them.
    if !begins_alike(pattern, path) {
        return None;
    }
    if let Some(prefix) = pattern.strip_suffix('*') {
        return path.strip_prefix(prefix).map(|rest| vec![rest]);
    }
    if let Some(ending) = pattern.strip_prefix("/*") {
        return path.strip_prefix('/')?.strip_suffix(ending).map(|rest| vec![rest]);
    }
    let mut captured = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(captured),
            // That a room without a name is none is for its door to say (`messagehub.md` 1.1).
            (Some(":room"), Some(segment)) => captured.push(segment),
            (Some(name), Some(segment)) if name.starts_with(':') && !segment.is_empty() => captured.push(segment),
            (Some(name), Some(segment)) if name == segment => {}
            _ => return None,
        }
    }
}

/// Returns false if the two differ before the first variable part of the pattern: then the path has another form.
fn begins_alike(pattern: &str, path: &str) -> bool {
    let literal = pattern.bytes().take_while(|byte| !matches!(byte, b':' | b'*'));
    literal.zip(path.bytes()).all(|(wanted, given)| wanted == given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_compared_up_to_the_first_variable_part() {
        for (pattern, path, is_alike) in [
            ("/publish", "/publish", true),
            ("/publish", "/pub", true),
            ("/publish", "/rooms", false),
            ("/rooms/:room", "/rooms/r", true),
            ("/rooms/:room", "/roomy/r", false),
            ("/assets/*", "/assets/a/b", true),
            ("/assets/*", "/asset", true),
            ("/*/websocket", "/a/websocket", true),
        ] {
            assert_eq!(begins_alike(pattern, path), is_alike, "{pattern} {path}");
        }
    }

    #[test]
    fn captures_are_the_variable_parts() {
        for (pattern, path, captured) in [
            ("/publish", "/publish", Some(vec![])),
            ("/publish", "/pub", None),
            ("/publish", "/publish/", None),
            ("/rooms/:room/messages", "/rooms/r/messages", Some(vec!["r"])),
            ("/rooms/:room/messages", "/rooms//messages", Some(vec![""])),
            ("/rooms/:room/messages", "/rooms/r/events", None),
            ("/assets/*", "/assets/a/b", Some(vec!["a/b"])),
            ("/assets/*", "/asset", None),
            ("/*/websocket", "/a/b/websocket", Some(vec!["a/b"])),
            ("/*/websocket", "/websocket", None),
        ] {
            assert_eq!(captures(pattern, path), captured, "{pattern} {path}");
        }
    }

    #[test]
    fn every_row_answers_paths_of_its_form() {
        for row in TABLE {
            let segments: Vec<&str> =
                row.path.split('/').map(|name| if name.starts_with(':') { "x" } else { name }).collect();
            let path = segments.join("/").replace('*', "rest");
            assert!(captures(row.path, &path).is_some(), "{} {path}", row.path);
        }
    }
}
