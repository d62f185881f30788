//! Setting for the time of toasts.

use crate::store::toasts::{TOAST_CHOICES, TOAST_S};
use crate::ui::prelude::*;

/// Choice of the time for which toasts stay (WCAG 2.2.1); a dismissed toast is in the panel of events.
#[component]
pub fn ToastChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let message_settings = session.settings.message_settings;
    let choice = move |stays_s: Option<u8>| {
        let word = move || match stays_s.unwrap_or(TOAST_S) {
            0 => t_string!(i18n, talk.toast_ever).to_owned(),
            seconds => t_string!(i18n, talk.toast_seconds, count = seconds),
        };
        let choose = handler(move |_| session.change_message_settings(|settings| settings.stays_s = stays_s));
        let is_it = move || message_settings.get().stays_s == stays_s;
        radio("toasts", text(word), Box::new(is_it), choose)
    };
    radio_group(&|| said!(talk.toasts), Vec::from(TOAST_CHOICES.map(choice)).erase())
}
