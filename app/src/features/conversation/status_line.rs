//! Line below the composer: people who type on the left, the last message on the right. For a moment after a message was sent, the chip
//! that takes it back stands between them.

use crate::features::composer::editor::Editor;
use crate::features::composer::undo_button::undo_button;
use crate::store::conversation::{Conversation, Typist};
use crate::ui::prelude::*;
use crate::ui::when::{self, Day};

/// Shows both at once (`ux.md` 1.3).
#[component]
pub fn StatusLine(conversation: Conversation, editor: Editor) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let name = move |typist: &Typist| strong(&session.roster.name_of(&typist.user, &typist.name));
    let typing = move || {
        let typists = conversation.typing.get();
        let words = match typists.as_slice() {
            [] => return ().erase(),
            [one] => t_string!(i18n, conversation.typing_one, name = name(one)),
            [one, two] => t_string!(i18n, conversation.typing_two, one = name(one), two = name(two)),
            more => t_string!(i18n, conversation.typing_many, count = more.len()),
        };
        view! { {icon("ic-pencil", "14")} <span>{with_strong(&words)}</span> }.client_only()
    };
    let last = move || {
        let Some(at) = conversation.last_message_at.get() else { return ().erase() };
        let words = |date: String| t_string!(i18n, conversation.last_message, time = when::time(i18n, at), date = date);
        // A pointer or focus shows the whole date.
        view! {
            <time class="last" tabindex="0" datetime=when::iso(at)>
                <span>{words(when::day_rule(i18n, at, Day::InText))}</span>
                <span>{words(when::full_date(i18n, at))}</span>
            </time>
        }
        .client_only()
    };
    // Typing is announced to screen readers only if the person wants it (`ux.md` 2.3).
    let live = move || Some(if session.settings.message_settings.get().says_typing { "polite" } else { "off" });
    let Conversation { just_sent, just_deleted, .. } = conversation;
    let has_undo = move || just_sent.with(Option::is_some) || just_deleted.with(Option::is_some);
    view! {
        <div class="statusline">
            <div class="typing" role="status" aria-live=word(live)>{choice(typing)}</div>
            {load_view_when(has_undo, move || undo_button(editor))}
            {choice(last)}
        </div>
    }
}

/// Marks the start and end of bold text. No name contains it, because names have no control characters.
const STRONG: char = '\u{1}';

fn strong(name: &str) -> String {
    format!("{STRONG}{name}{STRONG}")
}

fn with_strong(words: &str) -> Vec<ErasedView> {
    let pieces = words.split(STRONG).map(str::to_owned).enumerate();
    let part = |(at, piece): (usize, String)| {
        if at % 2 == 1 { view! { <b>{piece}</b> }.client_only() } else { piece.client_only() }
    };
    pieces.map(part).collect()
}
