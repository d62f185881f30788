//! Strip of actions over a message, the quoted message, and the bar of an answer or edit.
//!
//! Actions are rendered only at the pointer or the focus, because a log has hundreds of rows. The strip has at most six icons; all actions
//! are in the sheet that its last icon opens (`ux.md` 2.10).

use super::actions::{Action, Message, has_actions};
use super::brief::{clipped, sender_name};
use super::message_text::short_text;
use super::reactions::{glyph, more_reactions, reaction_name};
use crate::browser::anchor;
use crate::browser::dom::Step;
use crate::store::conversation::{ComposerMode, Conversation, MessageDialog, RowHandle};
use crate::store::shown_words::shown_words;
use crate::ui::prelude::*;

/// Reactions with an icon in the strip.
const REACTIONS: [&str; 2] = ["like", "heart"];

/// Actions of a stored message.
#[component]
pub fn MessageActions(
    conversation: Conversation,
    handle: RowHandle,
    /// The focus moves to the first action once the actions are rendered.
    is_led: RwSignal<bool>,
    /// The pointer or the focus is on the message.
    is_active: impl Fn() -> bool + Send + Sync + 'static,
) -> impl IntoView {
    let is_there = move || is_active() && has_actions(conversation, handle);
    when(is_there, move || load_view(move || actions(conversation, handle, is_led)))
}

lazy_view! {
    talk:
    /// The buttons. On touch a long press opens all of them, so a tap shows nothing; screen readers, which have no long press, find one button.
    pub fn actions(conversation: Conversation, handle: RowHandle, is_led: RwSignal<bool>) {
        if dom::is_touch() {
            let more = more_actions(Message::new(conversation, handle));
            return view! { <div class="msg-more" aria-live="off">{more}</div> }.client_only();
        }
        view! { <Buttons conversation handle is_led /> }.client_only()
    }
}

#[component]
fn Buttons(conversation: Conversation, handle: RowHandle, is_led: RwSignal<bool>) -> impl IntoView {
    let message = Message::new(conversation, handle);
    let (strip, is_below) = (NodeRef::new(), RwSignal::new(false));
    anchor::watch_room(strip, move |has_room| is_below.set(!has_room));
    Effect::new(move |_| {
        if is_led.get() {
            is_led.set(false);
            // A focus that is on one of the buttons already stays there.
            dom::focus_soon(".msg:focus-within .msg-actions:not(:focus-within) > button");
        }
    });
    let first = |action: Action| {
        let Action { drawing, name, press, .. } = action;
        view! {
            <button type="button" aria-label=name() title=name() on:click=handler(move |_| press())>
                {icon(drawing, "14")}
            </button>
        }
        .client_only()
    };
    view! {
        // The buttons are inside of the log, but screen readers must not announce them.
        <div
            class="msg-actions"
            role="group"
            aria-live="off"
            data-below=flag(move || is_below.get())
            node_ref=strip
            on:keydown=handler(move |event| walk(&event))
            aria-label=said!(talk.message_actions)>
            {REACTIONS.map(|reaction| reaction_button(message, reaction)).collect_view()}
            {more_reactions(StoredValue::new(message.id()))}
            {message.first().into_iter().map(first).collect_view()}
            {more_actions(message)}
        </div>
    }
}

/// Button that adds a reaction, or removes it again.
fn reaction_button(message: Message, reaction: &'static str) -> ErasedView {
    let i18n = use_i18n();
    let label = said!(talk.react_name, name = reaction_name(i18n, reaction));
    let toggle = handler(move |_| message.react(reaction));
    view! { <button type="button" aria-label=label on:click=toggle>{glyph(reaction)}</button> }.client_only()
}

/// Button that opens the sheet with all actions in words.
fn more_actions(message: Message) -> ErasedView {
    view! {
        <button
            type="button"
            aria-haspopup="dialog"
            aria-label=said!(sheet.more)
            title=said!(sheet.more)
            on:click=handler(move |_| message.open(MessageDialog::Actions))
        >
            {icon("ic-more", "14")}
        </button>
    }
    .client_only()
}

/// Arrow keys move through the actions, and Escape returns to the message.
fn walk(event: &ev::KeyboardEvent) {
    let step = match event.key().as_str() {
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            dom::focus(".msg:focus-within");
            return;
        }
        key => {
            let Some(step) = Step::along(key) else { return };
            step
        }
    };
    event.prevent_default();
    event.stop_propagation();
    dom::step_in_page(".msg:focus-within .msg-actions > button", step);
}

/// The quoted message; a press moves to it.
#[component]
pub fn Quote(conversation: Conversation, id: String) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let wanted = id.clone();
    let found = Memo::new(move |_| {
        // The message may arrive later.
        conversation.rows.track();
        let (found, settings) = (conversation.find(&wanted), session.settings.message_settings.get());
        match found.map(|handle| (sender_name(handle), handle.row.with(|row| row.kind.clone()))) {
            Some((name, kind)) => {
                Some((name, clipped(&shown_words(&kind, settings)))).filter(|(_, words)| !words.is_empty())
            }
            None => None,
        }
    });
    let words = move || match found.get() {
        Some((name, content)) => {
            // The name and the words have elements of their own, so the text gives the punctuation between them alone.
            let mark = t_string!(i18n, conversation.named, name = "", words = "");
            let name = view! { <bdi class="quote-name">{name}</bdi> {mark} }.client_only();
            whole(vec![name, short_text(i18n, &content)])
        }
        None => whole(vec![t_string!(i18n, talk.quoted_gone).client_only()]),
    };
    let jump = handler(move |_| {
        let id = id.clone();
        session.run_for(&conversation.room_id(), move |state, room| state.jump(room, &id, None));
    });
    view! { <button class="quote clip" type="button" on:click=jump>{icon("ic-reply", "14")} " " {choice(words)}</button> }
}

/// Bar over the composer for an answer or an edit.
#[component]
pub fn WritingBar(conversation: Conversation, cancel: Callback<()>) -> impl IntoView {
    let is_there = move || conversation.writing.get() != ComposerMode::New;
    when(is_there, move || load_view(move || writing_bar(conversation, cancel)))
}

lazy_view! {
    talk:
    /// The bar itself.
    pub fn writing_bar(conversation: Conversation, cancel: Callback<()>) {
        let i18n = use_i18n();
        let words = move || match conversation.writing.get() {
            ComposerMode::Reply(id) => {
                let name = conversation.find(&id).map(sender_name);
                t_string!(i18n, talk.replying, name = name.unwrap_or_default())
            }
            _ => t_string!(i18n, talk.editing).to_owned(),
        };
        view! {
            <div class="writing-bar" role="status">
                <span class="clip">{text(words)}</span>
                <button type="button" on:click=handler(move |_| cancel.run(()))>{said!(talk.cancel_writing)}</button>
            </div>
        }
        .client_only()
    }
}
