//! What nobody wrote.

use leptos::prelude::*;

use super::frame::{Frame, own_look};
use crate::i18n::{t_string, use_i18n};

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Frame look=own_look()>
            <Nothing />
        </Frame>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <main class="centre">
            <div class="state-empty">
                <b>{t_string!(i18n, app.not_found)}</b>
                <a href="/">{t_string!(i18n, app.go_home)}</a>
            </div>
        </main>
    }
}
