//! `GET /developers` (`core.md` 8 row 19): the doors and their routes, with forms to try them. A page of its own text, in English and
//! without a script; the routes are those of `/openapi.json`.

use std::fmt::Write as _;

use app::shell::PKG_SIGN_IN_CSS;
use protocol::doors::openapi::{OPERATIONS, Operation};
use worker::{Headers, Response};

use crate::answer;
use crate::incoming::Incoming;
use crate::route::Door;

/// Frames hold answers of the forms, which are ours; there is nothing to run.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// A door as the page tells of it.
struct Chapter {
    name: &'static str,
    /// What it is, and how to begin.
    words: &'static str,
    example: &'static str,
    /// Whether a route of the description is one of its own.
    owns: fn(&str) -> bool,
}

const CHAPTERS: [Chapter; 5] = [
    Chapter {
        name: "MessageHub",
        words: "A room is a web address: post with HTTP, listen with a socket, an event stream or plain requests. \
                More in docs/doors/messagehub.md.",
        example: "curl -d 'soup is ready' $HUB/rooms/kitchen/messages\ncurl -N \"$HUB/rooms/kitchen/events?after=0\"",
        owns: |path| path.starts_with("/rooms/") || path.starts_with("/ws/") || path == "/health",
    },
    Chapter {
        name: "HopeFlow",
        words: "Publishes to the devices of a person and waits for their answers; both ends show a token. \
                More in docs/doors/hopeflow.md.",
        example: "curl $HUB/publish -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n  \
                  -d '{\"userId\":\"user_123\",\"type\":\"chat_message\",\"payload\":{\"text\":\"hi\"}}'",
        owns: |path| path == "/publish",
    },
    Chapter {
        name: "WasmChannel",
        words: "Binary packets in the messenger's rooms, and sessions for the Better-Auth client. \
                More in docs/doors/wasmchannel.md.",
        example: "new WebSocket('wss://…/ws/room', 'wasmchannel.v1')",
        owns: |path| {
            path.starts_with("/rpc/")
                || ["/api/auth/sign-up/email", "/api/auth/sign-in/email", "/api/auth/get-session", "/api/auth/sign-out"]
                    .contains(&path)
        },
    },
    Chapter {
        name: "LiveStore",
        words: "A sync backend for the unmodified client @livestore/sync-cf. More in docs/doors/livestore.md.",
        example: "makeCfSync({ url: 'wss://…' })",
        owns: |path| path.ends_with("/websocket"),
    },
    Chapter {
        name: "Messenger",
        words: "What our own page speaks. Every answer comes in the same envelope.",
        example: "curl $HUB/api/config",
        owns: |path| path.starts_with("/api/"),
    },
];

/// Answers the page.
pub fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "text/html; charset=utf-8")?;
    headers.set("content-security-policy", POLICY)?;
    headers.set("cache-control", "no-cache")?;
    answer::respond(incoming, Door::App, 200, page(), headers, &[])
}

fn page() -> String {
    let mut out = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Developers – CF Messenger</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"stylesheet\" href=\"{PKG_SIGN_IN_CSS}\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head>\
         <body class=\"page\"><main><h1>Doors of CF Messenger</h1>\
         <p>One ordered, durable log, five ways in. <a href=\"/openapi.json\">All routes as OpenAPI</a>, \
         <a href=\"/api/health\">status of every part</a>, <a href=\"/\">the messenger itself</a>.</p>"
    );
    out.push_str(TRY);
    let mut left: Vec<&Operation> = OPERATIONS.iter().collect();
    for Chapter { name, words, example, owns } in CHAPTERS {
        let (own, rest): (Vec<&Operation>, Vec<&Operation>) = left.into_iter().partition(|one| owns(one.path));
        left = rest;
        let _ = write!(out, "<h2>{name}</h2><p>{}</p><pre>{}</pre><ul>", escaped(words), escaped(example));
        for Operation { method, path, summary, .. } in own {
            let _ = write!(out, "<li><code>{method} {}</code> {}</li>", escaped(path), escaped(summary));
        }
        out.push_str("</ul>");
    }
    out.push_str("</main></body></html>");
    out
}

/// A room to try; where rooms ask for a token, the answer says so.
const TRY: &str = "<h2>Try a room</h2>\
    <form method=\"post\" action=\"/rooms/developers/messages\" target=\"answer\">\
    <label>Message <input name=\"text\" value=\"hello\" required></label> <button>Post</button></form>\
    <form action=\"/rooms/developers/messages\" target=\"answer\"><button>Read the room</button></form>\
    <form action=\"/rooms/developers/presence\" target=\"answer\"><button>Who is there?</button></form>\
    <iframe name=\"answer\" title=\"Answer\"></iframe>";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
