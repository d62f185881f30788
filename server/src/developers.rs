//! `GET /developers` (`core.md` 8 row 19): the doors and their routes, how the parts are now, and forms that send what a person
//! types, with a token if there is one. A page of its own text, in English; the routes are those of `/openapi.json`.

use std::fmt::Write as _;

use app::page_files::page_files;
use protocol::doors::openapi::{OPERATIONS, Operation};
use protocol::limits::JWT_SECRET_BYTES_MIN;
use protocol::session::csrf_token;
use worker::{Headers, Response};

use crate::answer;
use crate::config::Environment;
use crate::health;
use crate::incoming::Incoming;
use crate::objects::runtime;
use crate::page::policy;
use crate::route::Door;

/// Sends the forms.
const SCRIPT: &str = include_str!("developers.js");

/// Something to try. `{token}` stands for the token that was typed; without one the part of the query around it is left out.
struct Try {
    /// What the button says.
    name: &'static str,
    /// A method, or `SOCKET`.
    method: &'static str,
    path: &'static str,
    /// What is sent; nothing at all when there is none.
    body: Option<&'static str>,
    /// Content type of the body, or subprotocol of the socket.
    kind: &'static str,
}

const fn get(name: &'static str, path: &'static str) -> Try {
    Try { name, method: "GET", path, body: None, kind: "" }
}

const fn post(name: &'static str, path: &'static str, kind: &'static str, body: &'static str) -> Try {
    Try { name, method: "POST", path, body: Some(body), kind }
}

const fn socket(name: &'static str, path: &'static str, kind: &'static str, body: Option<&'static str>) -> Try {
    Try { name, method: "SOCKET", path, body, kind }
}

const JSON: &str = "application/json";

/// A door as the page tells of it.
struct Chapter {
    name: &'static str,
    /// What it is, and how to begin.
    words: &'static str,
    example: &'static str,
    tries: &'static [Try],
    /// Whether a route of the description is one of its own.
    owns: fn(&str) -> bool,
}

const CHAPTERS: [Chapter; 5] = [
    Chapter {
        name: "MessageHub",
        words: "A room is a web address: post with HTTP, listen with a socket, an event stream or plain requests. \
                More in docs/doors/messagehub.md.",
        example: "curl -d 'soup is ready' $HUB/rooms/kitchen/messages\ncurl -N \"$HUB/rooms/kitchen/events?after=0\"",
        tries: &[
            post("Post a message", "/rooms/developers/messages", "text/plain", "hello"),
            get("Read the room", "/rooms/developers/messages?after=0"),
            get("Who is there?", "/rooms/developers/presence"),
            socket("Listen", "/ws/developers?after=0&token={token}", "messagehub.v1", None),
        ],
        owns: |path| path.starts_with("/rooms/") || path.starts_with("/ws/") || path == "/health",
    },
    Chapter {
        name: "HopeFlow",
        words: "Publishes to the devices of a person and waits for their answers; both ends show a token. \
                More in docs/doors/hopeflow.md.",
        example: "curl $HUB/publish -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n  \
                  -d '{\"userId\":\"user_123\",\"type\":\"chat_message\",\"payload\":{\"text\":\"hi\"}}'",
        tries: &[
            post(
                "Publish",
                "/publish",
                JSON,
                "{\"userId\":\"user_123\",\"type\":\"chat_message\",\"payload\":{\"text\":\"hi\"}}",
            ),
            socket(
                "Be a device",
                "/?token={token}",
                "hopeflow.v2",
                Some("{\"type\":\"subscribe\",\"filters\":[{\"type\":\"chat_message\"}]}"),
            ),
        ],
        owns: |path| path == "/publish",
    },
    Chapter {
        name: "WasmChannel",
        words: "Binary packets in the messenger's rooms, and sessions for the Better-Auth client. \
                More in docs/doors/wasmchannel.md.",
        example: "new WebSocket('wss://…/ws/room', 'wasmchannel.v1')",
        tries: &[
            post(
                "Sign up",
                "/api/auth/sign-up/email",
                JSON,
                "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"password\":\"ten letters or more\"}",
            ),
            post(
                "Sign in",
                "/api/auth/sign-in/email",
                JSON,
                "{\"email\":\"ada@example.org\",\"password\":\"ten letters or more\"}",
            ),
            get("Who am I?", "/api/auth/get-session"),
            post("Say something", "/api/messages", JSON, "{\"roomId\":\"general\",\"message\":\"hi\"}"),
            post("Read messages", "/rpc/messages/get", JSON, "{\"roomId\":\"general\"}"),
            socket("Listen to packets", "/ws/general?since=0", "wasmchannel.v1", None),
            post("Sign out", "/api/auth/sign-out", JSON, "{}"),
        ],
        owns: |path| {
            path.starts_with("/rpc/")
                || ["/api/auth/sign-up/email", "/api/auth/sign-in/email", "/api/auth/get-session", "/api/auth/sign-out"]
                    .contains(&path)
        },
    },
    Chapter {
        name: "LiveStore",
        words: "A sync backend for the unmodified client @livestore/sync-cf. A client whose connection broke while it \
                pushed waits for an answer that cannot come any more: open its store again, and nothing is lost or \
                doubled. More in docs/doors/livestore.md.",
        example: "makeCfSync({ url: 'wss://…' })",
        tries: &[socket(
            "Pull a store",
            "/websocket?storeId=developers&payload=%7B%22authToken%22:%22{token}%22%7D",
            "",
            Some("{\"_tag\":\"WSMessage.PullReq\",\"requestId\":\"1\"}"),
        )],
        owns: |path| path.ends_with("/websocket"),
    },
    Chapter {
        name: "Messenger",
        words: "What our own page speaks. Every answer comes in the same envelope.",
        example: "curl $HUB/api/config",
        tries: &[get("Configuration", "/api/config"), get("My profile", "/api/me"), get("My rooms", "/api/rooms")],
        owns: |path| path.starts_with("/api/"),
    },
];

/// Answers the page.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let nonce = csrf_token(runtime::random_bytes());
    let headers = Headers::new();
    headers.set("content-type", "text/html; charset=utf-8")?;
    headers.set("content-security-policy", &policy(incoming, &nonce))?;
    headers.set("cache-control", "no-cache")?;
    let page = page(&health::words(incoming).await, hopeflow_note(incoming), &nonce);
    answer::respond(incoming, Door::App, 200, page, headers, &[])
}

/// What keeps HopeFlow from working as this deployment is configured (`core.md` 4.1).
fn hopeflow_note(incoming: &Incoming) -> &'static str {
    let config = &incoming.config;
    let length = config.jwt_secret.len();
    match config.environment {
        Environment::Dev if length == 0 => "There is no JWT_SECRET: HopeFlow takes no token until there is one.",
        Environment::Dev => "",
        _ if length < JWT_SECRET_BYTES_MIN => {
            "There is no JWT_SECRET of 32 bytes or more: HopeFlow answers MISCONFIGURED until there is one."
        }
        _ => "",
    }
}

fn page(status: &str, hopeflow_note: &str, nonce: &str) -> String {
    let sign_in_css = &page_files().sign_in_css;
    let mut out = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Developers – CF Messenger</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"stylesheet\" href=\"{sign_in_css}\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head>\
         <body class=\"page\"><main><h1>Doors of CF Messenger</h1>\
         <p>One ordered, durable log, five ways in. <a href=\"/openapi.json\">All routes as OpenAPI</a>, \
         <a href=\"/\">the messenger itself</a>.</p>\
         <p>Status now: {status} (<a href=\"/api/health\">every part</a>)</p>\
         <p><label>Token for what you try, if it needs one \
         <input class=\"field\" id=\"token\" autocomplete=\"off\" spellcheck=\"false\"></label></p>\
         <h2 id=\"answer\">Answer</h2><pre id=\"out\" role=\"log\" aria-labelledby=\"answer\"></pre>"
    );
    let mut left: Vec<&Operation> = OPERATIONS.iter().collect();
    for Chapter { name, words, example, tries, owns } in CHAPTERS {
        let (own, rest): (Vec<&Operation>, Vec<&Operation>) = left.into_iter().partition(|one| owns(one.path));
        left = rest;
        let _ = write!(out, "<h2>{name}</h2><p>{}</p><pre>{}</pre>", escaped(words), escaped(example));
        if !hopeflow_note.is_empty() && name == "HopeFlow" {
            let _ = write!(out, "<p><strong>{hopeflow_note}</strong></p>");
        }
        tries.iter().for_each(|one| write_form(one, &mut out));
        out.push_str("<ul>");
        for Operation { method, path, summary, .. } in own {
            let _ = write!(out, "<li><code>{method} {}</code> {}</li>", escaped(path), escaped(summary));
        }
        out.push_str("</ul>");
    }
    let _ = write!(out, "</main><script nonce=\"{nonce}\">{SCRIPT}</script></body></html>");
    out
}

fn write_form(Try { name, method, path, body, kind }: &Try, out: &mut String) {
    let _ = write!(
        out,
        "<form data-method=\"{method}\" data-type=\"{kind}\" data-protocol=\"{kind}\"><label>{method} \
         <input class=\"field\" name=\"path\" value=\"{}\" required></label>",
        escaped(path)
    );
    if let Some(body) = body {
        let _ = write!(out, "<label>Body <textarea class=\"field\" name=\"body\">{}</textarea></label>", escaped(body));
    }
    let _ = write!(out, " <button>{name}</button></form>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
