//! Says when the connection is lost, and when it is back. The region is always there: screen readers notice the change.

use leptos::prelude::*;

use super::icon::icon;
use super::live::{Text, choice, text, when};
use crate::browser::part::{IntoPart, Part};
use crate::i18n::{t_string, use_i18n};
use crate::session::use_session;
use crate::store::connection::Banner;

/// First thing in the window.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let connection = move || match session.banner.get() {
        Banner::Hidden => ().part(),
        Banner::Lost => bar("error", "ic-warn", text(move || t_string!(i18n, connection.lost))),
        Banner::Back => bar("ok", "ic-check", text(move || t_string!(i18n, connection.back))),
    };
    let ending = move || bar("info", "ic-info", text(move || t_string!(i18n, connection.ending)));
    view! {
        <div class="connection" role="status">
            {choice(connection)}
            {when(move || session.ending_in_s.get().is_some(), ending)}
        </div>
    }
}

fn bar(kind: &'static str, drawing: &'static str, words: Text) -> Part {
    view! { <div class="bar" data-kind=kind>{icon(drawing, "14")} <span>{words}</span></div> }.late_part()
}
