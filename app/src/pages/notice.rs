//! Pages with one notice and a link: an unknown address, and a page that cannot be rendered now.

use leptos::prelude::*;

use super::document::PaperWindow;
use super::frame::{Frame, own_appearance};
use crate::api::PortHandle;
use crate::i18n::{t_string, use_i18n};
use crate::ui::words::Texts;
use crate::view::erased::IntoErased;

/// Page of an unknown address.
#[component]
pub fn NotFound() -> impl IntoView {
    let words = |i18n: Texts| (t_string!(i18n, app.not_found), t_string!(i18n, app.go_home));
    view! {
        <Frame appearance=own_appearance()>
            <Notice id="nothing" words leads_to="/" />
        </Frame>
    }
}

/// Page of a server that cannot answer now, with status 503 and a link to the same address.
#[component]
pub fn Unavailable() -> impl IntoView {
    if let Some(PortHandle(port)) = use_context::<PortHandle>() {
        port.say_unavailable();
    }
    let words = |i18n: Texts| (t_string!(i18n, refused.network), t_string!(i18n, connection.reload));
    view! {
        <Frame appearance=own_appearance()>
            <Notice id="unavailable" words leads_to="" />
        </Frame>
    }
}

#[component]
fn Notice(
    /// Id of the heading.
    id: &'static str,
    /// Heading and link, in the language of the frame.
    words: fn(Texts) -> (&'static str, &'static str),
    /// Address of the link.
    leads_to: &'static str,
) -> impl IntoView {
    let (title, link) = words(use_i18n());
    view! {
        <PaperWindow id title actions=().erase()>
            <p>
                <a href=leads_to>{link}</a>
            </p>
        </PaperWindow>
    }
}
