//! Page in the place of one that cannot be made at this moment.

use leptos::prelude::*;

use super::document::PaperWindow;
use super::frame::{Frame, own_look};
use crate::api::PortHandle;
use crate::browser::part::IntoPart;
use crate::i18n::{t_string, use_i18n};

/// Says that the server cannot answer now, with its status, and leads to the same address again.
#[component]
pub fn Unavailable() -> impl IntoView {
    if let Some(PortHandle(port)) = use_context::<PortHandle>() {
        port.say_unavailable();
    }
    view! {
        <Frame look=own_look()>
            <Later />
        </Frame>
    }
}

#[component]
fn Later() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PaperWindow id="unavailable" title=t_string!(i18n, refused.network) ways=().part()>
            <p>
                <a href="">{t_string!(i18n, connection.reload)}</a>
            </p>
        </PaperWindow>
    }
}
