//! Notice of a conversation that says why the server takes no message of the person now (`moderation.md` 2.3): a bar over the log, or in the
//! place of the composer for a person who is muted. A conversation with a person whom this one has blocked has a notice there as well.

use crate::store::conversation::Conversation;
use crate::store::moderation::HoldReason;
use crate::store::relations::PersonRef;
use crate::ui::prelude::*;
use crate::ui::when::{Day, day_rule, time};

lazy_view! {
    talk:
    /// The bar.
    pub fn hold_bar(conversation: Conversation) {
        view! {
            <div class="bar" data-kind="info" role="status">
                {icon("ic-info", "14")} <span>{hold_words(conversation)}</span>
            </div>
        }
        .client_only()
    }
}

lazy_view! {
    talk:
    /// The notice in the place of the composer. It leads to the page that says why, which the server writes alone.
    pub fn muted_notice(conversation: Conversation) {
        keep_focus_near();
        view! {
            <div class="composer" data-held="" role="status">
                {icon("ic-info", "16")}
                <span>
                    {hold_words(conversation)} " "
                    <a href="/moderation" rel="external">{said!(moderate.hold_why)}</a>
                </span>
            </div>
        }
        .client_only()
    }
}

lazy_view! {
    talk:
    /// The notice in the place of the composer for a blocked person, with the way out of it.
    pub fn blocked_notice(conversation: Conversation, name: Signal<String>) {
        let session = use_session();
        keep_focus_near();
        let unblock = move |_| {
            if let Some(partner) = conversation.partner() {
                let person = PersonRef { id: partner, name: name.get_untracked() };
                session.run(move |state| state.block(&person, false));
            }
        };
        view! {
            <div class="composer" data-held="">
                {icon("ic-block", "16")}
                <span role="status">{said!(contacts.info_blocked, name = name.get())}</span>
                {button(said!(dialogs.unblock), handler(unblock))}
            </div>
        }
        .client_only()
    }
}

/// Keeps the focus in the conversation while a notice takes the place of the composer, and when it leaves that place.
fn keep_focus_near() {
    // The focus was in the text field that the notice replaces.
    Effect::new(move |_| dom::mend_focus(["#main"]));
    // It returns to the field that replaces the notice.
    on_cleanup(|| {
        if !dom::is_touch() {
            dom::after_paint(|| {
                if dom::is_focus_in("#main:focus") || !dom::is_focus_in("body *") {
                    dom::focus(".editor");
                }
            });
        }
    });
}

fn hold_words(conversation: Conversation) -> TextBinding {
    let i18n = use_i18n();
    text(move || match conversation.hold.get() {
        Some(HoldReason::Muted(until)) => {
            let (date, time) = (day_rule(i18n, until, Day::InText), time(i18n, until));
            t_string!(i18n, moderate.hold_muted, date = date, time = time)
        }
        Some(HoldReason::Closed) => t_string!(i18n, moderated.room_closed).to_owned(),
        Some(HoldReason::Busy) => t_string!(i18n, moderate.hold_busy).to_owned(),
        Some(HoldReason::Slow(seconds)) => t_string!(i18n, moderate.hold_slow, count = seconds),
        None => String::new(),
    })
}
