//! `/embed/<room>`: a public room in a page of another site (`embed.md`). The server renders it alone, and no browser hydrates it:
//! `server/src/pages/embed.js` follows the room, and says what a guest writes.

use protocol::wire::messenger::{EmbeddedFile, EmbeddedMessage};
use protocol::words::limits::{CONTENT_UNITS_MAX, EMBED_POLL_MS, NAME_BYTES_MAX};

use super::document::{Document, Notice, PageScript, render, script_words};
use super::moderation::time;
use super::sign_in::widget;
use crate::appearance::Appearance;
use crate::prelude::*;

/// Style sheet of the page, beside the sheet of the pages without a script.
const SHEET: &str = "/pkg/embed.css";

/// Room, as the page shows it.
#[derive(Debug)]
pub struct EmbeddedRoom {
    pub room: String,
    pub title: String,
    /// Newest `seq` of the room.
    pub seq: u64,
    /// Newest messages, the oldest of them first.
    pub messages: Vec<EmbeddedMessage>,
    /// Form for guests, if they may write.
    pub form: Option<EmbedForm>,
}

/// Form for guests.
#[derive(Debug)]
pub struct EmbedForm {
    /// Key of Turnstile's widget.
    pub site_key: Option<String>,
    /// Without a widget the literal token of a person's machine is sent.
    pub is_dev: bool,
}

pub fn embed(appearance: &Appearance, script: PageScript, room: EmbeddedRoom) -> String {
    let t = ServerTexts(appearance.locale());
    let EmbeddedRoom { room, title, seq, messages, form } = room;
    let dates = appearance.locale().dates();
    let (name, has_messages) = (title.clone(), !messages.is_empty());
    render(|| {
        view! {
            <Document appearance=appearance.clone() title=t_string!(t, embed.title) sheet=SHEET>
                <main class="embed">
                    <h1 class="embed-title"><bdi>{title}</bdi></h1>
                    <div
                        class="embed-log"
                        id="log"
                        role="log"
                        tabindex="0"
                        aria-label=name
                        data-room=room
                        data-poll-ms=EMBED_POLL_MS.to_string()
                        data-dates=dates
                    >
                        <p id="none" hidden=has_messages>
                            {t_string!(t, embed.none)}
                        </p>
                        {list(t, seq, messages)}
                    </div>
                    <p class="embed-state" id="state" role="status"></p>
                    <noscript>
                        <Notice kind="note">{t_string!(t, embed.needs_script)}</Notice>
                    </noscript>
                    {form.map(|form| view! { <GuestForms t form /> })}
                    <p class="embed-foot">
                        <a href="/" target="_blank" rel="noopener">
                            "CF Messenger"
                        </a>
                    </p>
                </main>
                {words(t)}
                <script type="module" nonce=script.nonce>
                    {script.source}
                </script>
            </Document>
        }
    })
}

/// Renders the list of messages alone, for a page that shows an older one.
pub fn embedded_list(appearance: &Appearance, seq: u64, messages: Vec<EmbeddedMessage>) -> String {
    render(|| list(ServerTexts(appearance.locale()), seq, messages))
}

fn list(t: ServerTexts, seq: u64, messages: Vec<EmbeddedMessage>) -> ErasedView {
    let rows: Vec<_> = messages.into_iter().map(|message| view! { <MessageRow t message /> }).collect();
    view! {
        <ol class="embed-list" id="messages" data-seq=seq.to_string()>
            {rows}
        </ol>
    }
    .erase()
}

#[component]
fn MessageRow(t: ServerTexts, message: EmbeddedMessage) -> impl IntoView {
    let EmbeddedMessage { id, name, at, text, files, is_program } = message;
    let files: Vec<_> = files.into_iter().map(|file| view! { <FileLink file /> }).collect();
    view! {
        <li class="embed-message" data-id=id>
            <p class="embed-head">
                <b><bdi>{name}</bdi></b>
                {is_program.then(|| view! { <span class="chip">{t_string!(t, embed.program)}</span> })}
                {time(t, at)}
            </p>
            {(!text.is_empty()).then(|| view! { <p class="embed-text" dir="auto">{text}</p> })}
            {files}
        </li>
    }
}

/// Link to a file, which opens for people who are signed in.
#[component]
fn FileLink(file: EmbeddedFile) -> impl IntoView {
    let EmbeddedFile { id, name } = file;
    view! {
        <p class="embed-file">
            <a href=format!("/api/files/{id}") target="_blank" rel="noopener">
                <bdi>{name}</bdi>
            </a>
        </p>
    }
}

/// Form with the name of a guest, and the line in which a guest writes.
#[component]
fn GuestForms(t: ServerTexts, form: EmbedForm) -> impl IntoView {
    let EmbedForm { site_key, is_dev } = form;
    let proof = match site_key {
        Some(site_key) => widget(site_key, t.0.as_str()),
        None if is_dev => view! { <input type="hidden" name="cf-turnstile-response" value="dev" /> }.erase(),
        None => ().erase(),
    };
    view! {
        <form class="embed-form" id="enter">
            <label class="signin-label" for="name">
                {t_string!(t, embed.name)}
            </label>
            <input
                class="field"
                id="name"
                name="name"
                dir="auto"
                required
                maxlength=NAME_BYTES_MAX.to_string()
                autocomplete="nickname"
                aria-describedby="state"
            />
            {proof}
            <button class="btn" type="submit">
                {t_string!(t, embed.enter)}
            </button>
        </form>
        <form class="embed-form" id="say" hidden>
            <label class="signin-label" for="content">
                {t_string!(t, embed.message)}
            </label>
            <input
                class="field"
                id="content"
                name="content"
                dir="auto"
                required
                maxlength=CONTENT_UNITS_MAX.to_string()
                autocomplete="off"
                aria-describedby="state"
            />
            <button class="btn" data-kind="default" type="submit">
                {t_string!(t, embed.send)}
            </button>
        </form>
    }
}

fn words(t: ServerTexts) -> ErasedView {
    script_words(
        [
            ("OVER", t_string!(t, embed.over)),
            ("RATE_LIMITED", t_string!(t, embed.too_fast)),
            ("MUTED", t_string!(t, embed.muted)),
            ("BANNED", t_string!(t, embed.banned)),
            ("FORBIDDEN", t_string!(t, embed.banned)),
            ("ROOM_CLOSED", t_string!(t, embed.closed)),
            ("REFUSED_BY_RULE", t_string!(t, embed.rule)),
            ("HELD", t_string!(t, embed.held)),
            ("VALIDATION", t_string!(t, embed.unusable)),
            ("INVALID_TEXT", t_string!(t, embed.unusable)),
            ("UNAUTHENTICATED", t_string!(t, embed.again)),
            ("TURNSTILE_REQUIRED", t_string!(t, sign_in.error.robot)),
            ("TURNSTILE_FAILED", t_string!(t, sign_in.error.robot)),
            ("NETWORK", t_string!(t, embed.no_network)),
            ("FAILED", t_string!(t, embed.failed)),
        ],
        None,
    )
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::appearance::Theme;
    use crate::i18n::Locale;

    fn appearance(language: &str) -> Appearance {
        Appearance { language: Some(language.to_owned()), theme: Some(Theme::Dusk), ..Appearance::default() }
    }

    fn page(language: &str, form: Option<EmbedForm>) -> String {
        let evil = "\"><script>alert(1)</script>".to_owned();
        let files = vec![EmbeddedFile { id: evil.clone(), name: evil.clone() }];
        let (id, name, text) = (evil.clone(), evil.clone(), evil.clone());
        let message = EmbeddedMessage { id, name, at: 1_795_000_000_000, text, files, is_program: true };
        let script = PageScript { nonce: "n".to_owned(), source: "a && b < c" };
        let room = EmbeddedRoom { room: evil.clone(), title: evil, seq: 7, messages: vec![message], form };
        embed(&appearance(language), script, room)
    }

    #[test]
    fn what_people_wrote_is_text_in_every_place() {
        for language in tags() {
            let html = page(language, None);
            assert!(html.contains(&format!("<html lang=\"{language}\" data-theme=\"dusk\">")), "{html}");
            assert_eq!(html.matches("<script").count(), 1, "{html}");
            assert!(html.contains("<script type=\"module\" nonce=\"n\">a && b < c</script>"), "{html}");
            assert!(!html.contains(" style=") && !html.contains("<form"), "{html}");
            assert!(html.contains(&format!("data-dates=\"{}\"", Locale::of(language).dates())), "{html}");
            assert!(html.contains("data-seq=\"7\"") && html.matches("<time ").count() == 1, "{html}");
        }
    }

    #[test]
    fn guests_have_a_form_with_the_check_that_they_are_people() {
        let of = |site_key: Option<&str>, is_dev| {
            page("en", Some(EmbedForm { site_key: site_key.map(str::to_owned), is_dev }))
        };
        let with_widget = of(Some("key"), true);
        assert!(
            with_widget.contains("data-sitekey=\"key\"") && !with_widget.contains("value=\"dev\""),
            "{with_widget}"
        );
        assert!(of(None, true).contains("value=\"dev\"") && !of(None, false).contains("value=\"dev\""));
        for form in ["id=\"enter\"", "id=\"say\""] {
            assert!(with_widget.contains(form), "{form}");
        }
        assert_eq!(with_widget.matches("aria-describedby=\"state\"").count(), 2, "{with_widget}");
    }

    #[test]
    fn the_list_alone_is_that_of_the_page() {
        let list = embedded_list(&appearance("en"), 9, Vec::new());
        assert!(list.starts_with("<ol") && list.contains("data-seq=\"9\"") && list.ends_with("</ol>"), "{list}");
    }
}
