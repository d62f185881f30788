//! Note above a log whose earlier messages are hidden on this page (`ux.md` 2.8, `/clear`).

use crate::store::conversation::Conversation;
use crate::ui::prelude::*;

lazy_view! {
    talk:
    /// The note, with a button that shows the messages again.
    pub fn hidden_note(conversation: Conversation) {
        let show = handler(move |_| {
            conversation.hide_all(false, clock::day_of);
            dom::focus(".editor");
        });
        view! {
            <div class="log-more" data-state="hidden">
                {said!(writing.hidden)}
                {button_of("small", said!(writing.show_hidden), show)}
            </div>
        }
        .client_only()
    }
}
