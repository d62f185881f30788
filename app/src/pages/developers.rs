//! `/developers` (`core.md` 8 row 19): the doors with their routes, the present state of the parts, and forms that send requests, with an
//! optional token. Its text is English only, and the server renders it alone; the routes are those of `/openapi.json`.

use leptos::prelude::*;
use protocol::wire::openapi::{OPERATIONS, Operation};

use super::document::{Document, PageScript, render};
use crate::appearance::Appearance;
use crate::view::erased::IntoErased;

/// Request to try. `{token}` stands for the typed token; without one, its part of the query is left out.
struct Example {
    /// Label of the button.
    name: &'static str,
    /// Method, or `SOCKET`.
    method: &'static str,
    path: &'static str,
    /// Body of the request, if the route takes one.
    body: Option<&'static str>,
    /// Content type of the body, or subprotocol of the socket.
    kind: &'static str,
}

const fn get(name: &'static str, path: &'static str) -> Example {
    Example { name, method: "GET", path, body: None, kind: "" }
}

const fn post(name: &'static str, path: &'static str, kind: &'static str, body: &'static str) -> Example {
    Example { name, method: "POST", path, body: Some(body), kind }
}

const fn listen(name: &'static str, path: &'static str, kind: &'static str, body: Option<&'static str>) -> Example {
    Example { name, method: "SOCKET", path, body, kind }
}

const JSON: &str = "application/json";

/// Chapter about one door.
struct Chapter {
    name: &'static str,
    /// Purpose of the door, and the first step.
    words: &'static str,
    example: &'static str,
    tries: &'static [Example],
    /// Returns `true` for the routes of the door.
    owns: fn(&str) -> bool,
}

const CHAPTERS: [Chapter; 5] = [
    Chapter {
        name: "MessageHub",
        words: "A room is a web address: post with HTTP, listen with a socket, an event stream or plain requests. \
                More in docs/guides/messagehub.md.",
        example: "curl -d 'soup is ready' $HUB/rooms/kitchen/messages\ncurl -N \"$HUB/rooms/kitchen/events?after=0\"",
        tries: &[
            post("Post a message", "/rooms/developers/messages", "text/plain", "hello"),
            get("Read the room", "/rooms/developers/messages?after=0"),
            get("Who is there?", "/rooms/developers/presence"),
            listen("Listen", "/ws/developers?after=0&token={token}", "messagehub.v1", None),
        ],
        owns: |path| path.starts_with("/rooms/") || path.starts_with("/ws/") || path == "/health",
    },
    Chapter {
        name: "HopeFlow",
        words: "Publishes to the devices of a person and waits for their answers; both ends show a token. \
                More in docs/guides/hopeflow.md.",
        example: "curl $HUB/publish -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n  \
                  -d '{\"userId\":\"user_123\",\"type\":\"chat_message\",\"payload\":{\"text\":\"hi\"}}'",
        tries: &[
            post(
                "Publish",
                "/publish",
                JSON,
                "{\"userId\":\"user_123\",\"type\":\"chat_message\",\"payload\":{\"text\":\"hi\"}}",
            ),
            listen(
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
                More in docs/guides/wasmchannel.md.",
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
            listen("Listen to packets", "/ws/general?since=0", "wasmchannel.v1", None),
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
                doubled. More in docs/guides/livestore.md.",
        example: "makeCfSync({ url: 'wss://…' })",
        tries: &[listen(
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

/// Renders the page. `status` is the state of the parts; `hopeflow_note` is the reason why HopeFlow does not work in this deployment.
pub fn developers(status: String, hopeflow_note: Option<&'static str>, script: PageScript) -> String {
    render(|| {
        let head = view! { <meta name="color-scheme" content="light dark" /> }.erase();
        view! {
            <Document appearance=Appearance::default() title="Developers" is_listed=true head>
                <main>
                    <h1>"Doors of CF Messenger"</h1>
                    <Introduction status />
                    {chapters(hopeflow_note)}
                </main>
                <script nonce=script.nonce>{script.source}</script>
            </Document>
        }
    })
}

#[component]
fn Introduction(status: String) -> impl IntoView {
    view! {
        <p>
            "One ordered, durable log, five ways in. " <a href="/openapi.json">"All routes as OpenAPI"</a> ", "
            <a href="/">"the messenger itself"</a> "."
        </p>
        <p>
            {format!("Status now: {status} (")} <a href="/api/health">"every part"</a> ")"
        </p>
        <p>
            <label>
                "Token for what you try, if it needs one "
                <input class="field" id="token" autocomplete="off" spellcheck="false" />
            </label>
        </p>
        <h2 id="answer">"Answer"</h2>
        <pre id="out" role="log" aria-labelledby="answer"></pre>
    }
}

/// Returns the chapters, each with the routes that no earlier one has.
fn chapters(hopeflow_note: Option<&'static str>) -> Vec<impl IntoView> {
    let mut left: Vec<&'static Operation> = OPERATIONS.iter().collect();
    let section = |chapter: Chapter| {
        let (operations, rest) = left.iter().copied().partition(|one| (chapter.owns)(one.path));
        left = rest;
        let note = hopeflow_note.filter(|_| chapter.name == "HopeFlow");
        view! { <ChapterSection chapter note operations /> }
    };
    CHAPTERS.into_iter().map(section).collect()
}

#[component]
fn ChapterSection(
    chapter: Chapter,
    /// Warning.
    note: Option<&'static str>,
    operations: Vec<&'static Operation>,
) -> impl IntoView {
    let Chapter { name, words, example, tries, .. } = chapter;
    let operation = |Operation { method, path, summary, .. }: &'static Operation| {
        view! {
            <li>
                <code>{format!("{method} {path}")}</code>
                {format!(" {summary}")}
            </li>
        }
    };
    view! {
        <h2>{name}</h2>
        <p>{words}</p>
        <pre>{example}</pre>
        {note.map(|note| view! { <p><strong>{note}</strong></p> })}
        {tries.iter().map(|one| view! { <TryForm one /> }).collect::<Vec<_>>()}
        <ul>{operations.into_iter().map(operation).collect::<Vec<_>>()}</ul>
    }
}

#[component]
fn TryForm(one: &'static Example) -> impl IntoView {
    let Example { name, method, path, body, kind } = *one;
    let body = body.map(|body| {
        view! {
            <label>
                "Body "
                <textarea class="field" name="body">
                    {body}
                </textarea>
            </label>
        }
    });
    view! {
        <form data-method=method data-type=kind data-protocol=kind>
            <label>
                {format!("{method} ")}
                <input class="field" name="path" value=path required />
            </label>
            {body}
            " "
            <button>{name}</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(status: &str, note: Option<&'static str>) -> String {
        let script = PageScript { nonce: "n".to_owned(), source: "a && b < c" };
        developers(status.to_owned(), note, script)
    }

    #[test]
    fn every_door_has_a_chapter_and_every_route_stands_once() {
        let html = page("do ok", None);
        for Chapter { name, .. } in CHAPTERS {
            assert!(html.contains(&format!("<h2>{name}</h2>")), "{name}");
        }
        let owned = OPERATIONS.iter().filter(|one| CHAPTERS.iter().any(|chapter| (chapter.owns)(one.path))).count();
        assert_eq!(html.matches("<li><code>").count(), owned);
        assert!(html.contains("<script nonce=\"n\">a && b < c</script>") && !html.contains("noindex"));
        assert!(!html.contains("<strong>") && page("", Some("There is")).contains("<strong>There is</strong>"));
    }

    #[test]
    fn what_is_shown_is_text() {
        let html = page("<script>\"", None);
        assert_eq!(html.matches("<script").count(), 1, "the page's own: {html}");
        assert!(html.contains("Status now: &lt;script&gt;\" ("), "{html}");
        // Quotation marks and ampersands of bodies and examples are escaped.
        assert!(html.contains("value=\"/ws/developers?after=0&amp;token={token}\""), "{html}");
        assert!(html.contains("curl -d 'soup is ready' $HUB/rooms/kitchen/messages"), "{html}");
    }
}
