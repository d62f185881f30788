//! The HTML document around the pages: asset names, nonce, scripts, the inline sprite.
//!
//! The names come from the build (`page_files.rs`), because leptos would read hashed names from a file beside the executable, and a Worker
//! has no files. Only the messenger page and the gallery load the wasm; all other pages work without it.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use leptos_router::location::RequestUrl;

use crate::App;
use crate::demo::DEMO_CSS;
use crate::features::list::home;
use crate::gallery::story_page;
use crate::i18n::{Locale, ServerTexts, provide_i18n};
use crate::page_files::{TOUCH_ICON, page_files, path_of};
use crate::pages::own_appearance;
use crate::scripts::{
    BOOTSTRAP, DEV_RELOAD, KEYBOARD, RIGHT_ADDRESS, SPRITE, broken, early, start_with, watching, watching_messenger,
};
use crate::ui::password::PASSWORD_SCRIPT;

/// Drawings that the sign-in page needs.
const SPRITE_SIGN_IN: &str = include_str!("../../style/art/sprite-sign-in.svg");

/// Marks a request of `cargo xtask dev`; the server puts it into the context if it can send fresh style sheets.
#[derive(Clone, Copy)]
pub struct DevStyles;

/// Counts page views without cookies (`messenger.md` 11). The server puts it into the context if the deployment has a token.
#[derive(Clone)]
pub struct WebAnalytics(pub String);

const VIEWPORT: &str = "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";

/// The document.
pub fn shell() -> impl IntoView {
    let nonce = use_nonce();
    let is_at = |root| use_context::<RequestUrl>().is_some_and(|url| is_below(url.as_ref(), root));
    let (is_messenger, is_gallery) = (is_at("/app"), is_at("/gallery") && story_page().is_none());
    let (is_offline, is_demo) = (is_at("/demo/offline"), is_at("/demo/device"));
    let has_script = is_messenger || is_gallery || is_offline || is_demo;
    // The gallery has a language of its own.
    let texts = if is_gallery { Locale::default() } else { own_appearance().locale() };
    let is_dev = use_context::<DevStyles>().is_some();
    let sprite = if has_script { SPRITE } else { SPRITE_SIGN_IN };
    let css = match (has_script, is_dev) {
        (true, false) => &page_files().main_css,
        (false, false) => &page_files().sign_in_css,
        (true, true) => "/__dev/main.css",
        (false, true) => "/__dev/sign-in.css",
    };
    view! {
        <!DOCTYPE html>
        <html>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content=VIEWPORT />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=css />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href=TOUCH_ICON />
                <link rel="manifest" href=manifest(own_appearance().locale()) />
                <script nonce=nonce.clone()>{BOOTSTRAP}</script>
                // The sheet is needed as soon as the page is live: dialogs and toasts must not appear without style.
                {((is_messenger || is_demo) && !is_dev).then(|| view! { <link rel="preload" href=home::ADDRESS r#as="style" /> })}
                {(is_demo && !is_dev).then(|| view! { <link rel="preload" href=DEMO_CSS r#as="style" /> })}
                {is_messenger.then(|| view! { <script nonce=nonce.clone()>{RIGHT_ADDRESS}</script> })}
                {has_script.then(|| {
                    let watching = if is_messenger { watching_messenger() } else { watching() };
                    view! { <script nonce=nonce.clone()>{format!("{KEYBOARD};{watching};{PASSWORD_SCRIPT}")}</script> }
                })}
                {is_messenger.then(|| early(provide_i18n(own_appearance().locale())))}
                {has_script.then(|| broken(ServerTexts(own_appearance().locale())))}
                {has_script.then(|| hydration(nonce.clone(), if is_dev && is_messenger { "/__dev/" } else { "/pkg/" }, texts))}
                {is_dev.then(|| view! { <script nonce=nonce>{DEV_RELOAD}</script> })}
                {use_context::<WebAnalytics>().map(beacon)}
                <MetaTags />
            </head>
            <body class="page">
                <App />
                <div id="sprite" inner_html=sprite></div>
            </body>
        </html>
    }
}

/// Returns the address of the manifest in a language (`xtask/src/build/words.rs`).
fn manifest(locale: Locale) -> String {
    if locale == Locale::default() {
        return "/manifest.webmanifest".to_owned();
    }
    format!("/manifest.{}.webmanifest", locale.as_str())
}

/// Renders the script that counts page views.
fn beacon(WebAnalytics(token): WebAnalytics) -> impl IntoView {
    view! {
        <script
            defer
            src="https://static.cloudflareinsights.com/beacon.min.js"
            data-cf-beacon=format!("{{\"token\":\"{token}\"}}")
        ></script>
    }
}

/// Renders the script that loads the wasm from a folder and hydrates the document. A fresh build of `cargo xtask dev` is not below `/pkg/`
/// yet. The page hydrates in its language, so the chunks of the texts are requested with the wasm.
fn hydration(nonce: Option<leptos::nonce::Nonce>, folder: &'static str, language: Locale) -> impl IntoView {
    let files = page_files();
    let in_folder = |file: &str| file.replacen("/pkg/", folder, 1);
    let (js, wasm) = (in_folder(&files.js), in_folder(&files.wasm));
    let start = start_with(&js, &wasm);
    let texts: Vec<_> = files.texts_of(language.as_str()).map(|file| preload(in_folder(file))).collect();
    view! {
        <link rel="modulepreload" href=js />
        {preload(wasm)}
        {texts}
        <script type="module" nonce=nonce>{start}</script>
    }
}

/// Renders the request of the parser for a wasm file that the script loads.
fn preload(wasm: String) -> impl IntoView {
    view! { <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> }
}

/// Returns `true` if the address leads to the page `root` or below it.
fn is_below(url: &str, root: &str) -> bool {
    path_of(url).strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn only_addresses_below_the_messenger_are_its_own() {
        for url in ["/app", "/app/", "/app?x=/y", "http://a.b/app", "/app/room/general"] {
            assert!(is_below(url, "/app"), "{url}");
        }
        for url in ["/", "/sign-in?next=/app", "/application", "http://a.b", "/sign-in#/app"] {
            assert!(!is_below(url, "/app"), "{url}");
        }
    }
}
