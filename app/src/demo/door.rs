//! `/demo` and `/demo/join/<code>` (`demo.md`): the entrances to a demo room. The server renders them, and no page hydrates them. The
//! server returns a session only once, to the caller, so a small script starts and joins rooms (`server/src/pages/demo.js`). A typed code
//! is sent by a plain form.

use leptos::prelude::*;
use protocol::words::limits::NAME_BYTES_MAX;

use crate::appearance::Appearance;
use crate::i18n::{Locale, ServerTexts, t_string};
use crate::page_files::{PageFiles, page_files};
use crate::pages::document::{Document, DocumentCaption, Notice, PageScript, render, script_words};
use crate::pages::languages::languages;
use crate::pages::moderation::ban_link;
use crate::pages::sign_in::{CHOICE_SCRIPT, widget};
use crate::ui::form_refusal::field_refusal;
use crate::view::bindings::text;
use crate::view::erased::{ErasedView, IntoErased};

/// Style sheet of these pages, beside the sheet of the pages without a script.
const SHEET: &str = "/pkg/demo-door.css";

/// Reason for which a person was sent to the entrance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoorReason {
    None,
    Kicked,
    Ended,
    Left,
    /// The typed text is no code.
    NoCode(String),
}

/// Renders the first page: start a room, join one, or run without a network. With the key of Turnstile's widget, a start needs the check
/// for people.
pub fn door(appearance: &Appearance, script: PageScript, why: DoorReason, site_key: Option<&str>) -> String {
    let t = ServerTexts(appearance.locale());
    let site_key = site_key.map(str::to_owned);
    let offline = [t_string!(t, demo_door.alone), t_string!(t, demo_door.alone_words), t_string!(t, demo_door.offline)];
    let stage =
        [t_string!(t, demo_door.stage_title), t_string!(t, demo_door.stage_words), t_string!(t, demo_door.stage)];
    document(appearance, script, "/demo".to_owned(), t_string!(t, demo_door.invitation), move || {
        view! {
            {notice(t, &why)}
            {said()}
            <StartSection t site_key />
            <CodeSection t why />
            {link_section("alone", "/demo/offline", offline)}
            {link_section("large", "/demo/stage", stage)}
        }
        .erase()
    })
}

/// Renders the page of a room, which the QR code opens: the choice of a persona. `code` is shown unchanged.
pub fn join(appearance: &Appearance, script: PageScript, code: &str) -> String {
    let t = ServerTexts(appearance.locale());
    let nonce = script.nonce.clone();
    document(appearance, script, format!("/demo/join/{code}"), t_string!(t, demo_door.join_invitation), || {
        let code = code.to_owned();
        view! {
            {said()}
            <JoinForm t code />
            <script nonce=nonce inner_html=CHOICE_SCRIPT></script>
        }
        .erase()
    })
}

fn document(
    appearance: &Appearance,
    script: PageScript,
    path: String,
    invitation: &'static str,
    content: impl FnOnce() -> ErasedView,
) -> String {
    let locale = appearance.locale();
    let t = ServerTexts(locale);
    let PageFiles { js, wasm, main_css, .. } = page_files();
    render(|| {
        let head = view! {
            <meta name="color-scheme" content="light dark" />
            <meta name="referrer" content="same-origin" />
        }
        .erase();
        let content = content();
        view! {
            <Document
                appearance=appearance.clone()
                title=t_string!(t, demo_door.title)
                viewport="width=device-width, initial-scale=1, viewport-fit=cover"
                sheet=SHEET
                head
                ahead=format!("{main_css} {js} {wasm}")
            >
                <DoorWindow locale path invitation content />
                {words(t)}
                <script type="module" nonce=script.nonce>
                    {script.source}
                </script>
            </Document>
        }
    })
}

#[component]
fn DoorWindow(locale: Locale, path: String, invitation: &'static str, content: ErasedView) -> impl IntoView {
    let t = ServerTexts(locale);
    view! {
        <div class="desk" aria-hidden="true"></div>
        <main class="centre">
            <section class="window signin-window" aria-labelledby="demo">
                <DocumentCaption />
                <div class="window-body">
                    <div class="signin">
                        <div class="signin-brand">
                            <img src="/favicon.svg" alt="" width="52" height="52" />
                            <h1 id="demo">{t_string!(t, demo_door.title)}</h1>
                            <p>{invitation}</p>
                        </div>
                        <noscript>
                            <Notice kind="error">{t_string!(t, demo_door.needs_script)}</Notice>
                        </noscript>
                        {content}
                    </div>
                    <footer class="signin-foot">
                        {format!("{} ", t_string!(t, demo_door.promise))}
                        <a href="/privacy">{t_string!(t, demo_door.privacy)}</a>
                        " · "
                        {languages(locale, &path, "")}
                    </footer>
                </div>
            </section>
        </main>
    }
}

/// Renders the place of a refusal, which the script fills and shows.
fn said() -> ErasedView {
    view! {
        <div id="said" role="alert">
            <div class="bar" data-kind="error" hidden></div>
        </div>
    }
    .erase()
}

/// Renders the notice for a person who was sent to the entrance.
fn notice(t: ServerTexts, why: &DoorReason) -> Option<ErasedView> {
    let (kind, words) = match why {
        DoorReason::None | DoorReason::NoCode(_) => return None,
        DoorReason::Kicked => ("info", t_string!(t, demo_door.kicked)),
        DoorReason::Ended => ("info", t_string!(t, demo_door.ended)),
        DoorReason::Left => ("ok", t_string!(t, demo_door.left)),
    };
    Some(view! { <Notice kind>{words}</Notice> }.erase())
}

#[component]
fn StartSection(t: ServerTexts, site_key: Option<String>) -> impl IntoView {
    view! {
        <section class="demo-way" aria-labelledby="live">
            <h2 id="live">{t_string!(t, demo_door.live)}</h2>
            <p>{t_string!(t, demo_door.live_words)}</p>
            {site_key.map(|site_key| widget(site_key, t.0.as_str()))}
            <p>
                <button class="btn" type="button" data-kind="default" id="start">
                    {t_string!(t, demo_door.start)}
                </button>
            </p>
        </section>
    }
}

#[component]
fn CodeSection(t: ServerTexts, why: DoorReason) -> impl IntoView {
    let typed = if let DoorReason::NoCode(typed) = why { Some(typed) } else { None };
    let is_wrong = typed.is_some();
    view! {
        <section class="demo-way" aria-labelledby="come">
            <h2 id="come">{t_string!(t, demo_door.come)}</h2>
            <form class="demo-code" method="get" action="/demo/join">
                <label class="signin-label" for="code">
                    {t_string!(t, demo_door.code)}
                </label>
                <input
                    class="field"
                    id="code"
                    name="code"
                    dir="ltr"
                    required
                    maxlength="12"
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    placeholder="ABC-123"
                    value=typed
                    autofocus=is_wrong
                    aria-invalid=is_wrong.then_some("true")
                    aria-describedby=is_wrong.then_some("code-refusal")
                />
                <button class="btn" type="submit">
                    {t_string!(t, demo_door.join)}
                </button>
            </form>
            {is_wrong.then(|| field_refusal("code", text(move || t_string!(t, demo_door.no_code))))}
        </section>
    }
}

/// Renders a section that leads to another page of the demo.
fn link_section(id: &'static str, href: &'static str, [title, words, link]: [&'static str; 3]) -> ErasedView {
    view! {
        <section class="demo-way" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <p>{words}</p>
            <p>
                <a class="btn" href=href>
                    {link}
                </a>
            </p>
        </section>
    }
    .erase()
}

#[component]
fn JoinForm(t: ServerTexts, code: String) -> impl IntoView {
    view! {
        <form class="signin-form" id="join" data-code=code>
            <p class="demo-room" id="room" role="status">
                {t_string!(t, demo_door.looking)}
            </p>
            <fieldset class="signin-set" id="free" hidden>
                <legend class="signin-label">{t_string!(t, demo_door.who)}</legend>
                <div class="personas"></div>
            </fieldset>
            <div id="own" hidden>
                <div class="or" hidden>
                    {t_string!(t, demo_door.or)}
                </div>
                <label class="signin-label" for="name">
                    {t_string!(t, demo_door.name)}
                </label>
                <input
                    class="field"
                    id="name"
                    name="name"
                    dir="auto"
                    maxlength=NAME_BYTES_MAX.to_string()
                    placeholder=t_string!(t, demo_door.name_hint)
                    autocomplete="nickname"
                    aria-describedby="said"
                />
                <div class="signin-go">
                    <button class="btn" data-kind="default" type="submit">
                        {t_string!(t, demo_door.enter)}
                    </button>
                </div>
            </div>
            <p class="demo-back">
                <a href="/demo">{t_string!(t, demo_door.other_code)}</a>
            </p>
        </form>
    }
}

fn words(t: ServerTexts) -> ErasedView {
    let banned = view! { {t_string!(t, moderated.banned)} {ban_link(t)} }.erase();
    script_words(
        [
            ("NOT_FOUND", t_string!(t, demo_door.no_room)),
            ("FORBIDDEN", t_string!(t, demo_door.locked)),
            ("ROOM_FULL", t_string!(t, demo_door.full)),
            ("PERSONA_TAKEN", t_string!(t, demo_door.taken)),
            ("VALIDATION", t_string!(t, demo_door.name_taken)),
            ("RATE_LIMITED", t_string!(t, sign_in.error.too_fast)),
            ("TURNSTILE_REQUIRED", t_string!(t, sign_in.error.robot)),
            ("TURNSTILE_FAILED", t_string!(t, sign_in.error.robot)),
            ("NETWORK", t_string!(t, demo_door.no_network)),
            ("FAILED", t_string!(t, demo_door.failed)),
            ("room", t_string!(t, demo_door.room)),
            ("here", t_string!(t, demo_door.here)),
        ],
        Some(("BANNED", banned)),
    )
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::appearance::Theme;

    fn appearance(language: &str) -> Appearance {
        Appearance { language: Some(language.to_owned()), theme: Some(Theme::Glass), ..Appearance::default() }
    }

    fn script() -> PageScript {
        PageScript { nonce: "n".to_owned(), source: "a && b < c" }
    }

    #[test]
    fn the_door_has_its_sections_and_works_with_a_code_alone() {
        for language in tags() {
            let html = door(&appearance(language), script(), DoorReason::None, None);
            for part in [
                "id=\"start\"",
                "action=\"/demo/join\"",
                "href=\"/moderation\"",
                "href=\"/demo/offline\"",
                "href=\"/demo/stage\"",
                "<script type=\"module\" nonce=\"n\">a && b < c</script>",
            ] {
                assert!(html.contains(part), "{part}");
            }
            assert!(!html.contains("data-kind=\"info\"") && !html.contains(" style="));
            assert!(!html.contains("turnstile"), "where nobody asks for it");
            let later = t_string!(ServerTexts(appearance(language).locale()), sign_in.error.too_fast);
            assert!(html.contains(later), "the wait may be an hour: {later}");
        }
        assert!(door(&appearance("en"), script(), DoorReason::Kicked, None).contains("data-kind=\"info\""));
    }

    #[test]
    fn where_there_is_a_key_starting_asks_for_proof_of_being_a_person() {
        let html = door(&appearance("de"), script(), DoorReason::None, Some("1x00"));
        for part in ["data-sitekey=\"1x00\"", "data-action=\"login\"", "data-language=\"de\"", "/turnstile/v0/api.js"] {
            assert!(html.contains(part), "{part}");
        }
        assert!(html.find("cf-turnstile") < html.find("id=\"start\""));
    }

    #[test]
    fn a_code_is_text() {
        let html = join(&appearance("de"), script(), "<script>\"");
        assert_eq!(html.matches("<script").count(), 2, "the page's own: {html}");
        assert!(html.contains("data-code=\"&lt;script&gt;&quot;\""), "{html}");
        assert!(html.contains("href=\"/demo/join/&lt;script&gt;&quot;?lang=en\""), "{html}");
        let typed = DoorReason::NoCode("<script>\"".to_owned());
        let html = door(&appearance("de"), script(), typed, None);
        assert_eq!(html.matches("<script").count(), 1, "the page's own: {html}");
        for part in ["value=\"&lt;script&gt;&quot;\"", "aria-invalid=\"true\"", " autofocus", "id=\"code-refusal\""] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
