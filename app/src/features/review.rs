//! Ways of a person with a role to the page that lists what waits for review (`ux.md` 2.14): a bar over the log of a room, and a link among
//! the actions of the list. The server writes the page alone.

use crate::store::conversation::Conversation;
use crate::ui::prelude::*;

lazy_view! {
    talk:
    /// Bar with the number of messages of the room that wait.
    pub fn waiting_bar(conversation: Conversation) {
        let i18n = use_i18n();
        let words = move || t_string!(i18n, review.waiting, count = conversation.waiting.get());
        view! {
            <div class="bar" data-kind="info" role="status">
                {icon("ic-info", "14")}
                <span>
                    {text(words)} " " <a href="/moderation" rel="external">{said!(review.open)}</a>
                </span>
            </div>
        }
        .client_only()
    }
}

/// Link among other actions of the list, which has the kind of the buttons beside it; nothing for people without a role.
pub fn review_link(kind: Option<&'static str>) -> Option<ErasedView> {
    use_session().has_role().then(|| {
        view! {
            <a class="btn" data-kind=kind href="/moderation" rel="external">{said!(review.open)}</a>
        }
        .client_only()
    })
}
