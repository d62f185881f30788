//! What all pages have in common: the texts in the right language, and the look on the root element.

use leptos::prelude::*;
use leptos_i18n::context::UseLocalesOptions;
use leptos_meta::{Html, Title};

use crate::api::PortHandle;
use crate::i18n::I18nContextProvider;
use crate::store::settings::{Look, Theme};

/// Texts and look around a page.
///
/// The server knows the language from `look`, the browser from the document: both render the same.
#[component]
pub fn Frame(look: Look, children: Children) -> impl IntoView {
    let language = look.language.clone().unwrap_or_else(|| "en".to_owned());
    let options = UseLocalesOptions::default().ssr_lang_header_getter(move || Some(language.clone()));
    let theme = look.theme.unwrap_or_default();
    let motion = look.motion.map(|motion| motion.as_str());
    let text = look.text_percent.map(|percent| percent.to_string());
    view! {
        <I18nContextProvider ssr_lang_header_getter=options>
            <Html attr:data-theme=Theme::as_str(theme) attr:data-motion=motion attr:data-text=text />
            <Title text="CF Messenger" />
            {children()}
        </I18nContextProvider>
    }
}

/// Sends the browser elsewhere instead of rendering, unless it is the service worker that asks; on the server only.
pub fn redirect_navigation(path: &str) {
    if let Some(PortHandle(port)) = use_context::<PortHandle>()
        && port.is_navigation()
    {
        port.redirect(path);
    }
}
