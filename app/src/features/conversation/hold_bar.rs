//! Bar over the log of a public room that says why the server takes no message of the person now (`moderation.md` 2.3).

use leptos::prelude::*;

use crate::i18n::{said, t_string, use_i18n};
use crate::store::conversation::Conversation;
use crate::store::moderation::HoldReason;
use crate::ui::icon::icon;
use crate::ui::when::{Day, day_rule, time};
use crate::view::bindings::{choice, text};
use crate::view::erased::IntoErased;
use crate::view::lazy::lazy_view;

lazy_view! {
    talk:
    /// The bar. A mute leads to the page that says why, which the server writes alone.
    pub fn hold_bar(conversation: Conversation) {
        let i18n = use_i18n();
        let words = move || match conversation.hold.get() {
            Some(HoldReason::Muted(until)) => {
                let (date, time) = (day_rule(i18n, until, Day::InText), time(i18n, until));
                t_string!(i18n, moderate.hold_muted, date = date, time = time)
            }
            Some(HoldReason::Closed) => t_string!(i18n, moderated.room_closed).to_owned(),
            Some(HoldReason::Slow(seconds)) => t_string!(i18n, moderate.hold_slow, count = seconds),
            None => String::new(),
        };
        let why = choice(move || match conversation.hold.get() {
            Some(HoldReason::Muted(_)) => {
                view! { <a href="/moderation" rel="external">{said!(i18n, moderate.hold_why)}</a> }.client_only()
            }
            _ => ().erase(),
        });
        view! {
            <div class="bar" data-kind="info" role="status">
                {icon("ic-info", "14")} <span>{text(words)} " " {why}</span>
            </div>
        }
        .client_only()
    }
}
