//! What all pages have in common: the texts in the right language, and the look on the root element. On the server
//! only: the browser finds the look in the document.

use leptos::prelude::*;
use leptos_meta::{Html, Title};

use crate::api::PortHandle;
use crate::i18n::provide_i18n;
use crate::store::settings::{Look, Theme};

/// Texts and look around a page.
#[component]
pub fn Frame(look: Look, children: Children) -> impl IntoView {
    let language = look.locale();
    provide_i18n(language);
    let theme = look.theme.unwrap_or_default();
    let motion = look.motion.map(|motion| motion.as_str());
    let text = look.text_percent.map(|percent| percent.to_string());
    view! {
        <Html
            attr:lang=language.as_str()
            attr:data-theme=Theme::as_str(theme)
            attr:data-motion=motion
            attr:data-text=text
        />
        <Title text="CF Messenger" />
        {children()}
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
