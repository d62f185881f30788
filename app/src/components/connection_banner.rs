//! Says when the connection is lost, and when it is back. The region is always there: screen readers notice the change.

use leptos::prelude::*;

use super::icon::icon;
use super::part::IntoPart;
use crate::i18n::{t, use_i18n};
use crate::session::use_session;
use crate::store::connection::Banner;

/// First thing in the window.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let connection = move || match session.banner.get() {
        Banner::Hidden => ().part(),
        Banner::Lost => view! {
            <div class="bar" data-kind="error">{icon("ic-warn", "14")}<span>{t!(i18n, connection.lost)}</span></div>
        }
        .part(),
        Banner::Back => view! {
            <div class="bar" data-kind="ok">{icon("ic-check", "14")}<span>{t!(i18n, connection.back)}</span></div>
        }
        .part(),
    };
    let is_ending = Memo::new(move |_| session.ending_in_s.get().is_some());
    view! {
        <div class="connection" role="status">
            {connection}
            <Show when=move || is_ending.get()>
                <div class="bar" data-kind="info">
                    {icon("ic-info", "14")} <span>{t!(i18n, connection.ending)}</span>
                </div>
            </Show>
        </div>
    }
}
