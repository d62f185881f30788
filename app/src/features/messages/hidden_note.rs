//! Note above a log whose earlier messages are hidden on this page (`ux.md` 2.8, `/clear`).

use leptos::prelude::*;

use crate::browser::{clock, dom};
use crate::i18n::{said, use_i18n};
use crate::store::conversation::Conversation;
use crate::ui::button::button_of;
use crate::view::bindings::handler;
use crate::view::erased::IntoErased;
use crate::view::lazy::lazy_view;

lazy_view! {
    talk:
    /// The note, with a button that shows the messages again.
    pub fn hidden_note(conversation: Conversation) {
        let i18n = use_i18n();
        let show = handler(move |_| {
            conversation.hide_all(false, clock::day_of);
            dom::focus(".editor");
        });
        view! {
            <div class="log-more" data-state="hidden">
                {said!(i18n, writing.hidden)}
                {button_of("small", said!(i18n, writing.show_hidden), show)}
            </div>
        }
        .client_only()
    }
}
