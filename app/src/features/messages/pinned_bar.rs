//! Pinned message of a conversation, under its header: its writer and its text. A press moves to the message (`messenger.md` 3.4).

use protocol::client::RowKind;

use super::actions::Action;
use super::brief::clipped;
use super::message_text::short_text;
use crate::store::conversation::{Conversation, RowHandle};
use crate::store::shown_words::shown_words;
use crate::ui::prelude::*;

lazy_view! {
    talk:
    /// The bar, while a message is pinned whose text is known.
    pub fn pinned_bar(conversation: Conversation) {
        let (session, i18n) = (use_session(), use_i18n());
        let shown = Memo::new(move |_| {
            let pinned = conversation.pinned.get()?;
            // The message may be loaded later.
            conversation.rows.track();
            let row = match conversation.find(&pinned.message) {
                Some(handle) => handle.row.get(),
                None => pinned.row?,
            };
            let words = clipped(&shown_words(&row.kind, session.settings.message_settings.get()));
            let name = session.roster.name_of(&row.sender, &row.sender_name);
            (!words.is_empty()).then_some((pinned.message, row.seq, name, words))
        });
        choice(move || {
            let Some((id, seq, name, words)) = shown.get() else { return ().erase() };
            let jump = handler(move |_| {
                let id = id.clone();
                session.run_for(&conversation.room_id(), move |state, room| state.jump(room, &id, seq));
            });
            view! {
                <div class="bar" data-kind="info">
                    {icon("ic-pin", "14")}
                    <button class="bar-jump clip" type="button" on:click=jump>
                        {t_string!(i18n, talk.pinned, name = name)} " " {short_text(i18n, &words)}
                    </button>
                </div>
            }
            .client_only()
        })
        .erase()
    }
}

/// Returns the action that pins or unpins a message, for people who are allowed to.
pub fn pin_action(conversation: Conversation, handle: RowHandle) -> Option<Action> {
    let (session, i18n) = (use_session(), use_i18n());
    let room = conversation.room_id();
    let leads = session
        .groups
        .shown
        .with_untracked(|group| group.as_ref().is_some_and(|group| group.room == room && group.is_led()));
    let is_chat = handle.row.with_untracked(|row| matches!(row.kind, RowKind::Chat { .. }));
    if session.is_of_demo() || !is_chat || conversation.partner().is_none() && !leads {
        return None;
    }
    let id = move || handle.row.with_untracked(|row| row.id.clone());
    let is_pinned =
        move || conversation.pinned.with(|pinned| pinned.as_ref().is_some_and(|pinned| pinned.message == id()));
    let name = move || -> TextBinding {
        text(move || if is_pinned() { t_string!(i18n, talk.unpin) } else { t_string!(i18n, talk.pin) })
    };
    let press = move || {
        let pinned = (!untrack(is_pinned)).then(id);
        session.run_for(&room, move |state, room| state.pin(room, pinned.as_deref()));
    };
    Some(Action::new("ic-pin", name, press))
}
