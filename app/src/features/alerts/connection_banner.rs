//! Banner for a lost or restored connection, and for a new release. Its live region is always in the document, so that screen readers
//! notice a change.

use crate::browser::device;
use crate::session::HOME_PAGE;
use crate::store::connection::Banner;
use crate::ui::prelude::*;

/// First element of the window.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let back = move || match session.new_since_lost.get() {
        0 => t_string!(i18n, connection.back).to_owned(),
        count => t_string!(i18n, connection.back_with, count = count),
    };
    let connection = move || match session.banner.get() {
        Banner::Hidden => ().erase(),
        Banner::Connecting => bar("info", "ic-info", said!(connection.connecting)),
        Banner::Offline => bar("error", "ic-warn", said!(connection.offline)),
        Banner::Lost => bar("error", "ic-warn", said!(connection.lost)),
        Banner::Back => bar("ok", "ic-check", text(back)),
    };
    let ending = move || bar("info", "ic-info", said!(connection.ending));
    // The page is not reloaded by itself, because the person may be writing.
    let new_version = move || {
        view! {
            <div class="bar" data-kind="info">
                {icon("ic-info", "14")} <span>{said!(connection.new_version)}</span>
                {button(said!(connection.reload), handler(move |_| device::reload()))}
            </div>
        }
        .client_only()
    };
    let whose = move || {
        let name = session.somebody_else.get().unwrap_or_default();
        match name.is_empty() {
            true => t_string!(i18n, connection.somebody_else).to_owned(),
            false => t_string!(i18n, connection.signed_in_as, name = name),
        }
    };
    let goes_on = move || {
        let name = session.somebody_else.get().unwrap_or_default();
        match name.is_empty() {
            true => t_string!(i18n, connection.go_on).to_owned(),
            false => t_string!(i18n, connection.go_on_as, name = name),
        }
    };
    let somebody_else = move || {
        view! {
            <div class="bar" data-kind="error">
                {icon("ic-warn", "14")} <span>{text(whose)}</span>
                {button(text(goes_on), handler(move |_| device::go_to(HOME_PAGE)))}
            </div>
        }
        .client_only()
    };
    view! {
        <div class="connection" role="status">
            {when(move || session.somebody_else.get().is_some(), somebody_else)}
            {choice(connection)}
            {when(move || session.ending_in_s.get().is_some(), ending)}
            {when(move || session.is_outdated.get(), new_version)}
        </div>
    }
}

fn bar(kind: &'static str, drawing: &'static str, words: TextBinding) -> ErasedView {
    view! { <div class="bar" data-kind=kind>{icon(drawing, "14")} <span>{words}</span></div> }.client_only()
}
