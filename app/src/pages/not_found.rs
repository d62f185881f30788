//! Page of addresses that nobody wrote.

use leptos::prelude::*;

use super::document::PaperWindow;
use super::frame::{Frame, own_look};
use crate::browser::part::IntoPart;
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
        <PaperWindow id="nothing" title=t_string!(i18n, app.not_found) ways=().part()>
            <p>
                <a href="/">{t_string!(i18n, app.go_home)}</a>
            </p>
        </PaperWindow>
    }
}
