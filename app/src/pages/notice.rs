//! Pages with one notice and a link: an unknown address, and a page that cannot be rendered now.

use super::frame::{BrandWindow, Frame, own_appearance};
use crate::api::PortHandle;
use crate::prelude::*;

/// Notice of a page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// There is no such address.
    NotFound,
    /// The server cannot answer now.
    Unavailable,
}

/// Page of an unknown address.
#[component]
pub fn NotFound() -> impl IntoView {
    view! { <Frame appearance=own_appearance()><Notice kind=Kind::NotFound /></Frame> }
}

/// Page of a server that cannot answer now, with status 503 and a link to the same address.
#[component]
pub fn Unavailable() -> impl IntoView {
    if let Some(PortHandle(port)) = use_context::<PortHandle>() {
        port.say_unavailable();
    }
    view! { <Frame appearance=own_appearance()><Notice kind=Kind::Unavailable /></Frame> }
}

/// Renders the content of a page for the gallery; `None` for a name that is no notice.
pub fn story(name: &str) -> Option<ErasedView> {
    let kind = match name {
        "not-there" => Kind::NotFound,
        "unavailable" => Kind::Unavailable,
        _ => return None,
    };
    Some(view! { <Notice kind /> }.erase())
}

/// Window of the notice.
#[component]
fn Notice(kind: Kind) -> impl IntoView {
    let i18n = use_i18n();
    let own = ServerTexts(i18n.locale());
    let (title, words, leads_to, link) = match kind {
        Kind::NotFound => {
            (t_string!(i18n, app.not_found), t_string!(own, entrance.nothing_here), "/", t_string!(i18n, app.go_home))
        }
        Kind::Unavailable => {
            (t_string!(i18n, refused.network), t_string!(own, entrance.not_now), "", t_string!(i18n, connection.reload))
        }
    };
    let content = view! {
        <div class="signin-go">
            <a href=leads_to class="btn" data-kind="default">{link}</a>
        </div>
    }
    .erase();
    let foot = view! { <a href="/privacy">{t_string!(i18n, app.privacy)}</a> }.erase();
    view! { <BrandWindow title words content foot /> }.erase()
}
