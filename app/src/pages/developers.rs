//! `/developers` (`core.md` 8 row 19): the doors with their routes, the present state of the parts, and forms that send requests, with an
//! optional token. Its text is English only, and the server renders it alone; the routes are those of `/openapi.json`.

use protocol::wire::openapi::{OPERATIONS, Operation};

use super::document::{Document, DocumentCaption, PageScript, render};
use crate::appearance::Appearance;
use crate::prelude::*;

/// Style sheet of the page, beside that of the pages without a script.
const SHEET: &str = "/pkg/developers.css";
/// Path of the guides (`docs/guides`), which the build copies.
const GUIDES: &str = "/assets/guides";

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

/// Session routes of the packet door below `/api/auth/` (`wasmchannel.md` 4.1).
const SESSION_ROUTES: [&str; 16] = [
    "sign-up/email",
    "sign-in/email",
    "get-session",
    "sign-out",
    "change-password",
    "request-password-reset",
    "reset-password",
    "send-verification-email",
    "verify-email",
    "list-sessions",
    "revoke-session",
    "revoke-sessions",
    "revoke-other-sessions",
    "update-user",
    "change-email",
    "delete-user",
];

/// Chapter about one door.
struct Chapter {
    name: &'static str,
    /// Id of the section, and name of the guide.
    id: &'static str,
    /// Purpose of the door, and the first step.
    words: &'static str,
    has_guide: bool,
    example: &'static str,
    tries: &'static [Example],
    /// Returns `true` for the routes of the door.
    owns: fn(&str) -> bool,
}

const CHAPTERS: [Chapter; 5] = [
    Chapter {
        name: "MessageHub",
        id: "messagehub",
        has_guide: true,
        words: "Each room is a web address: post over HTTP, listen over a socket, an event stream or plain requests.",
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
        id: "hopeflow",
        has_guide: true,
        words: "Publishes to a person’s devices and waits for their answers. Both ends need a token.",
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
                "Connect as a device",
                "/?token={token}",
                "hopeflow.v2",
                Some("{\"type\":\"subscribe\",\"filters\":[{\"type\":\"chat_message\"}]}"),
            ),
        ],
        owns: |path| path == "/publish",
    },
    Chapter {
        name: "WasmChannel",
        id: "wasmchannel",
        has_guide: true,
        words: "Binary packets in the messenger’s rooms, and sessions for the Better-Auth client.",
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
            post("Send a message", "/api/messages", JSON, "{\"roomId\":\"general\",\"message\":\"hi\"}"),
            post("Read messages", "/rpc/messages/get", JSON, "{\"roomId\":\"general\"}"),
            listen("Listen to packets", "/ws/general?since=0", "wasmchannel.v1", None),
            post("Sign out", "/api/auth/sign-out", JSON, "{}"),
        ],
        owns: |path| {
            path.starts_with("/rpc/")
                || path.strip_prefix("/api/auth/").is_some_and(|route| SESSION_ROUTES.contains(&route))
        },
    },
    Chapter {
        name: "LiveStore",
        id: "livestore",
        has_guide: true,
        words: "A sync backend for the unmodified client @livestore/sync-cf. If a client’s connection breaks during a \
                push, the client waits for an answer that never comes: open its store again, and nothing is lost or \
                duplicated.",
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
        id: "messenger",
        has_guide: false,
        words: "The API of our own page. Every response has the same envelope.",
        example: "curl $HUB/api/config",
        tries: &[get("Configuration", "/api/config"), get("My profile", "/api/me"), get("My rooms", "/api/rooms")],
        owns: |path| path.starts_with("/api/"),
    },
];

/// Renders the page in a theme. `status` is the state of the parts; `hopeflow_note` is the reason why HopeFlow does not work in this
/// deployment.
pub fn developers(
    appearance: &Appearance,
    status: String,
    hopeflow_note: Option<&'static str>,
    script: PageScript,
) -> String {
    // The text is English in every language of the visitor.
    let appearance = Appearance { theme: appearance.theme, ..Appearance::default() };
    render(|| {
        view! {
            <Document appearance title="Developers" is_listed=true sheet=SHEET>
                <div class="desk" aria-hidden="true"></div>
                <main class="centre">
                    <article class="window paper developers" aria-labelledby="developers">
                        <DocumentCaption />
                        <div class="window-body">
                            <Doors />
                            <div class="developers-body">
                                <div class="paper-text">
                                    <h1 id="developers">"APIs"</h1>
                                    <Introduction status />
                                    {chapters(hopeflow_note)}
                                </div>
                                <Answer />
                            </div>
                        </div>
                    </article>
                </main>
                <script nonce=script.nonce>{script.source}</script>
            </Document>
        }
    })
}

/// Links to the sections, and to the other pages.
#[component]
fn Doors() -> impl IntoView {
    let door = |Chapter { name, id, .. }: Chapter| view! { <a href=format!("#{id}")>{name}</a> };
    view! {
        <nav class="paper-ways" aria-label="APIs">
            {CHAPTERS.into_iter().map(door).collect::<Vec<_>>()}
            <a href="/openapi.json">"openapi.json"</a>
            <a href="/">"Open CF Messenger"</a>
        </nav>
    }
}

#[component]
fn Introduction(status: String) -> impl IntoView {
    view! {
        <p>
            "One ordered, durable log, five APIs: " <a href="/openapi.json">"all routes as OpenAPI"</a> ", "
            <a href="/">"the messenger itself"</a> "."
        </p>
        <p>
            {format!("Status: {status} (")} <a href="/api/health">"details"</a> ")"
        </p>
        <p>
            <label>
                "Token (if needed) "
                <input dir="ltr" class="field" id="token" autocomplete="off" spellcheck="false" />
            </label>
        </p>
    }
}

/// Answers of what was tried last, which stay in view.
#[component]
fn Answer() -> impl IntoView {
    view! {
        <section class="developers-answer" aria-labelledby="answer">
            <h2 id="answer">"Response"</h2>
            // The keyboard scrolls it.
            <pre id="out" role="log" aria-labelledby="answer" tabindex="0"></pre>
            <p class="visually-hidden" id="copied" role="status"></p>
        </section>
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
    let Chapter { name, id, words, has_guide, example, tries, .. } = chapter;
    let guide = has_guide.then(|| {
        view! {
            <p>
                <a href=format!("{GUIDES}/{id}.txt")>{format!("Guide to {name}")}</a>
            </p>
        }
    });
    view! {
        <section class="paper-card" id=id>
            <h2>{name}</h2>
            <p>{words}</p>
            {guide}
            <Snippet name example />
            {note.map(|note| view! { <p><strong>{note}</strong></p> })}
            {tries.iter().map(|one| view! { <TryForm one /> }).collect::<Vec<_>>()}
            <Routes operations />
        </section>
    }
}

/// Example to copy. The script shows the button, which needs it.
#[component]
fn Snippet(name: &'static str, example: &'static str) -> impl IntoView {
    view! {
        <div class="snippet">
            <pre>{example}</pre>
            <button class="btn" type="button" data-kind="small" data-copy="" hidden>
                "Copy"
                <span class="visually-hidden">{format!(" the {name} example")}</span>
            </button>
        </div>
    }
}

#[component]
fn Routes(operations: Vec<&'static Operation>) -> impl IntoView {
    let count = operations.len();
    let operation = |Operation { method, path, summary, .. }: &'static Operation| {
        view! {
            <li>
                <code>{format!("{method} {path}")}</code>
                " "
                {with_code(summary)}
            </li>
        }
    };
    view! {
        <details>
            <summary>{format!("Routes ({count})")}</summary>
            <ul>{operations.into_iter().map(operation).collect::<Vec<_>>()}</ul>
        </details>
    }
}

/// Returns words of the description of the API, which has code between backticks.
fn with_code(words: &str) -> Vec<ErasedView> {
    let part = |(number, part): (usize, &str)| match number % 2 {
        0 => part.to_owned().erase(),
        _ => view! { <code>{part.to_owned()}</code> }.erase(),
    };
    words.split('`').enumerate().map(part).collect()
}

#[component]
fn TryForm(one: &'static Example) -> impl IntoView {
    let Example { name, method, path, body, kind } = *one;
    let body = body.map(|body| {
        view! {
            <label>
                "Body "
                <textarea dir="ltr" class="field" name="body" spellcheck="false">
                    {body}
                </textarea>
            </label>
        }
    });
    view! {
        <form class="try" data-method=method data-type=kind data-protocol=kind>
            <label>
                {format!("{method} ")}
                <input dir="ltr" class="field" name="path" value=path required autocomplete="off" spellcheck="false" />
            </label>
            {body}
            " "
            <button class="btn">{name}</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appearance::Theme;

    fn page(status: &str, note: Option<&'static str>) -> String {
        let script = PageScript { nonce: "n".to_owned(), source: "a && b < c" };
        developers(&Appearance { theme: Some(Theme::Dusk), ..Appearance::default() }, status.to_owned(), note, script)
    }

    #[test]
    fn every_door_has_a_chapter_and_every_route_stands_once() {
        let html = page("do ok", None);
        for Chapter { name, id, has_guide, .. } in CHAPTERS {
            assert!(html.contains(&format!("<h2>{name}</h2>")), "{name}");
            assert!(html.contains(&format!("href=\"#{id}\"")) && html.contains(&format!(" id=\"{id}\"")), "{id}");
            assert_eq!(html.contains(&format!("{GUIDES}/{id}.txt")), has_guide, "{id}");
        }
        let owned = OPERATIONS.iter().filter(|one| CHAPTERS.iter().any(|chapter| (chapter.owns)(one.path))).count();
        assert_eq!(html.matches("<li><code>").count(), owned);
        assert!(html.contains("<script nonce=\"n\">a && b < c</script>") && !html.contains("noindex"));
        assert!(html.contains("<html lang=\"en\" data-theme=\"dusk\">") && html.contains(SHEET), "{html}");
        assert!(!html.contains("<strong>") && page("", Some("There is")).contains("<strong>There is</strong>"));
    }

    #[test]
    fn what_is_shown_is_text() {
        let html = page("<script>\"", None);
        assert_eq!(html.matches("<script").count(), 1, "the page's own: {html}");
        assert!(html.contains("Status: &lt;script&gt;\" ("), "{html}");
        // Quotation marks and ampersands of bodies and examples are escaped.
        assert!(html.contains("value=\"/ws/developers?after=0&amp;token={token}\""), "{html}");
        assert!(html.contains("curl -d 'soup is ready' $HUB/rooms/kitchen/messages"), "{html}");
    }
}
