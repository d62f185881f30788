//! Common parts of all pages: the texts in the page's language, and the appearance on the root element. This code runs on the server only,
//! because the browser finds the appearance in the document.

use leptos_meta::{Html, Title};
use leptos_router::hooks::use_query_map;

use crate::api::PortHandle;
use crate::appearance::{Appearance, Theme};
use crate::i18n::provide_i18n;
use crate::ui::prelude::*;

/// Texts and appearance around a page.
#[component]
pub fn Frame(appearance: Appearance, children: Children) -> impl IntoView {
    let language = appearance.locale();
    // The server has all texts at once.
    provide_i18n(language).add_lazy_texts();
    // Without a choice, the document follows the system's preference before the first paint (`shell`).
    let theme = appearance.theme.map(Theme::as_str);
    let motion = appearance.motion.map(|motion| motion.as_str());
    let text = appearance.text_percent.map(|percent| percent.to_string());
    view! {
        <Html
            attr:lang=language.as_str()
            attr:data-theme=theme
            attr:data-motion=motion
            attr:data-text=text
        />
        <Title text="CF Messenger" />
        {children()}
    }
}

/// Caption of the only window of a page.
#[component]
pub fn Caption() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <header class="caption">
            <svg class="ic caption-mark" data-size="18" aria-hidden="true">
                <use href="#mark" />
            </svg>
            <span class="caption-title" aria-hidden="true">{t_string!(i18n, app.title)}</span>
        </header>
    }
}

/// The only window of a page, with the brand, a heading and a sentence above its content.
#[component]
pub fn BrandWindow(
    title: &'static str,
    /// Sentence under the heading.
    #[prop(into)]
    words: String,
    /// Forms that stand first, where the order depends on the deployment.
    #[prop(default = None)]
    first: Option<&'static str>,
    /// Forms or links under the sentence.
    content: ErasedView,
    /// Links at the lower edge.
    foot: ErasedView,
) -> impl IntoView {
    view! {
        <div class="desk" aria-hidden="true"></div>
        <main class="centre">
            <section class="window signin-window" aria-labelledby="brand">
                <Caption />
                <div class="window-body">
                    <div class="signin" data-first=first>
                        <div class="signin-brand">
                            {icon("mark", "52")}
                            <h1 id="brand">{title}</h1>
                            <p>{words}</p>
                        </div>
                        {content}
                    </div>
                    <footer class="signin-foot">{foot}</footer>
                </div>
            </section>
        </main>
    }
    .erase()
}

/// Returns the appearance of the request, for pages without a boot state; on the server only.
pub fn own_appearance() -> Appearance {
    use_context::<PortHandle>().map(|PortHandle(port)| port.appearance()).unwrap_or_default()
}

/// Redirects the browser instead of rendering, unless the service worker sent the request; on the server only.
pub fn redirect_navigation(path: &str) {
    if let Some(PortHandle(port)) = use_context::<PortHandle>()
        && port.is_navigation()
    {
        port.redirect(path);
    }
}

/// Returns a value of a query.
pub fn value_in<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Query of the page, if it is a story of the gallery under another address.
#[derive(Clone, Copy)]
pub struct StoryQuery(pub &'static str);

/// Returns a value of the address's query.
pub fn asked(name: &str) -> Option<String> {
    match use_context::<StoryQuery>() {
        Some(StoryQuery(query)) => value_in(query, name).map(str::to_owned),
        None => use_query_map().with_untracked(|query| query.get(name)),
    }
}
