//! The line under everything: who is typing at the left, the last message at the right.

use leptos::prelude::*;

use super::icon::icon;
use super::part::IntoPart;
use super::when::{self, Day};
use crate::i18n::{t, t_string, use_i18n};
use crate::store::conversation::{Conversation, Typist};

/// Both at once (`ux.md` 1.3).
#[component]
pub fn StatusLine(conversation: Conversation) -> impl IntoView {
    let i18n = use_i18n();
    let typing = move || {
        let typists = conversation.typing.get();
        let strong = |name: ChildrenFn| view! { <b>{name()}</b> };
        let text = match typists.as_slice() {
            [] => return None,
            [Typist { name, .. }] => t!(i18n, conversation.typing_one, name = name.clone(), <b> = strong).part(),
            [one, two] => {
                let (one, two) = (one.name.clone(), two.name.clone());
                t!(i18n, conversation.typing_two, one = one, two = two, <b> = strong).part()
            }
            more => t!(i18n, conversation.typing_many, count = more.len()).part(),
        };
        Some(view! { {icon("ic-pencil", "14")} <span>{text}</span> })
    };
    let last = move || {
        let at = conversation.last_message_at.get()?;
        let (time, date) = (when::time(i18n, at), when::day_rule(i18n, at, Day::InText));
        Some(t_string!(i18n, conversation.last_message, time = time, date = date))
    };
    view! {
        <div class="statusline">
            <div class="typing" role="status">{typing}</div>
            <span class="last">{last}</span>
        </div>
    }
}
