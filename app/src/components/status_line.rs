//! The line under everything: who is typing at the left, the last message at the right.

use leptos::prelude::*;

use super::icon::icon;
use super::live::{choice, text};
use super::when::{self, Day};
use crate::browser::part::IntoPart;
use crate::i18n::{t, t_string, use_i18n};
use crate::store::conversation::{Conversation, Typist};

/// Both at once (`ux.md` 1.3).
#[component]
pub fn StatusLine(conversation: Conversation) -> impl IntoView {
    let i18n = use_i18n();
    let typing = move || {
        let typists = conversation.typing.get();
        let strong = |name: ChildrenFn| view! { <b>{name()}</b> };
        let names = match typists.as_slice() {
            [] => return ().part(),
            [Typist { name, .. }] => t!(i18n, conversation.typing_one, name = name.clone(), <b> = strong).late_part(),
            [one, two] => {
                let (one, two) = (one.name.clone(), two.name.clone());
                t!(i18n, conversation.typing_two, one = one, two = two, <b> = strong).late_part()
            }
            more => t!(i18n, conversation.typing_many, count = more.len()).late_part(),
        };
        view! { {icon("ic-pencil", "14")} <span>{names}</span> }.late_part()
    };
    let last = move || {
        let Some(at) = conversation.last_message_at.get() else { return String::new() };
        let (time, date) = (when::time(i18n, at), when::day_rule(i18n, at, Day::InText));
        t_string!(i18n, conversation.last_message, time = time, date = date)
    };
    view! {
        <div class="statusline">
            <div class="typing" role="status">{choice(typing)}</div>
            <span class="last">{text(last)}</span>
        </div>
    }
}
