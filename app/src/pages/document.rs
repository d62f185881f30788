//! Document of pages that the server renders alone. They are views, so that the framework escapes their content. The browser does not
//! hydrate them, and they need neither the router nor the script of the page.

use crate::appearance::{Appearance, Theme};
use crate::page_files::{TOUCH_ICON, page_files};
use crate::prelude::*;

/// Inline script of a page.
#[derive(Clone, Debug)]
pub struct PageScript {
    /// Nonce that allows the script in the page's policy.
    pub nonce: String,
    /// The script itself.
    pub source: &'static str,
}

/// Renders the texts that the page's script shows, by the code of a refusal. `linked` is a text with a link, of which the script shows a copy.
pub fn script_words<const N: usize>(
    words: [(&'static str, &'static str); N],
    linked: Option<(&'static str, ErasedView)>,
) -> ErasedView {
    let words = words.map(|(code, words)| view! { <span data-code=code>{words}</span> });
    let linked = linked.map(|(code, words)| view! { <span data-code=code>{words}</span> });
    view! {
        <div id="words" hidden>
            {words}
            {linked}
        </div>
    }
    .erase()
}

/// Renders a document.
pub fn render<V: RenderHtml>(document: impl FnOnce() -> V) -> String {
    Owner::new().with(|| document().to_html())
}

/// Head and body around the content of a page.
#[component]
pub fn Document(
    appearance: Appearance,
    /// Title of the page, before the name of the product.
    title: &'static str,
    /// Viewport of the page on a phone.
    #[prop(default = "width=device-width, initial-scale=1")]
    viewport: &'static str,
    /// Search engines may list the page.
    #[prop(optional)]
    is_listed: bool,
    /// Style sheet of the page, beside that of all pages without a script.
    #[prop(optional)]
    sheet: Option<&'static str>,
    /// Further elements of the head.
    #[prop(optional)]
    head: Option<ErasedView>,
    /// Addresses of files that the next page needs, which a script of this page loads ahead.
    #[prop(optional)]
    ahead: Option<String>,
    children: Children,
) -> impl IntoView {
    // The sheet has a rule for each step of the slider; a cookie may have any number.
    let text = appearance.text_percent.map(|percent| ((percent + 5) / 10 * 10).to_string());
    view! {
        <!DOCTYPE html>
        <html lang=appearance.locale().as_str() data-theme=appearance.theme.map(Theme::as_str) data-text=text>
            <head>
                <meta charset="utf-8" />
                <title>{format!("{title} – CF Messenger")}</title>
                <meta name="viewport" content=viewport />
                {(!is_listed).then(|| view! { <meta name="robots" content="noindex" /> })}
                {head}
                <link rel="stylesheet" href=page_files().sign_in_css.as_str() />
                {sheet.map(|sheet| view! { <link rel="stylesheet" href=sheet /> })}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href=TOUCH_ICON />
            </head>
            <body class="page" data-ahead=ahead>
                {children()}
            </body>
        </html>
    }
}

/// Caption of the only window of a page. The mark is a picture, because these pages have no sprite.
#[component]
pub fn DocumentCaption() -> impl IntoView {
    view! {
        <header class="caption">
            <img class="caption-mark" src="/favicon.svg" alt="" width="18" height="18" />
            <span class="caption-title" aria-hidden="true">
                "CF Messenger"
            </span>
        </header>
    }
}

/// Window of a page of text.
#[component]
pub fn PaperWindow(
    #[prop(default = "window paper")] class: &'static str,
    /// Id of the heading.
    id: &'static str,
    title: &'static str,
    /// Links and buttons above the heading.
    actions: ErasedView,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="desk" aria-hidden="true"></div>
        <main class="centre">
            <article class=class aria-labelledby=id>
                <DocumentCaption />
                <div class="window-body">
                    <div class="paper-ways">{actions}</div>
                    <div class="paper-text">
                        <h1 id=id>{title}</h1>
                        {children()}
                    </div>
                </div>
            </article>
        </main>
    }
}

/// Notice.
#[component]
pub fn Notice(
    /// `ok`, `info`, `note` or `error`.
    kind: &'static str,
    /// Id, for a notice about a field.
    #[prop(optional)]
    id: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="bar" data-kind=kind id=id role="status">
            {children()}
        </div>
    }
}

/// Words of a button, and those that only a screen reader needs: what the button is about.
pub fn words_about(words: &'static str, about: &str) -> ErasedView {
    view! { {words} <span class="visually-hidden">{format!(" – {about}")}</span> }.erase()
}
