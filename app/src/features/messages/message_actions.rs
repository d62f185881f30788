//! Actions on a message, the quoted message, and the bar of an answer or edit.
//!
//! Actions are rendered only at the pointer or the focus, because a log has hundreds of rows.

use leptos::ev;
use leptos::prelude::*;
use protocol::words::principal::UserKind;

use super::brief::{clipped, sender_name};
use super::kept_messages::keep_button;
use super::message_text::short_text;
use super::pinned_bar::pin_button;
use super::reactions::{glyph, more_reactions, reaction_name};
use crate::browser::dom::Step;
use crate::browser::{anchor, clock, dom};
use crate::i18n::{said, t_string, use_i18n};
use crate::session::{Session, use_session};
use crate::store::arrangement::ListDialog;
use crate::store::conversation::{
    ComposerMode, Conversation, MessageDialog, Row, RowHandle, RowKind, may_be_deleted, may_be_edited,
};
use crate::store::shown_words::shown_words;
use crate::ui::action_sign::sign;
use crate::ui::icon::icon;
use crate::view::bindings::{EventHandler, choice, flag, handler, text, when, whole};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view};

/// Reactions with a button of their own.
const REACTIONS: [&str; 4] = ["like", "heart", "star", "dislike"];

/// Actions: react, reply, edit, delete, copy, forward, keep, pin, report.
#[component]
pub fn MessageActions(
    conversation: Conversation,
    handle: RowHandle,
    /// The focus moves to the first action once the actions are rendered.
    is_led: RwSignal<bool>,
    /// The pointer or the focus is on the message.
    is_active: impl Fn() -> bool + Send + Sync + 'static,
) -> impl IntoView {
    let is_there = move || is_active() && handle.row.with(|row| row.seq.is_some() && !row.is_deleted);
    when(is_there, move || load_view(move || actions(conversation, handle, is_led)))
}

lazy_view! {
    talk:
    /// The buttons.
    pub fn actions(conversation: Conversation, handle: RowHandle, is_led: RwSignal<bool>) {
        view! { <Buttons conversation handle is_led /> }.client_only()
    }
}

#[component]
fn Buttons(conversation: Conversation, handle: RowHandle, is_led: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let message = Message::new(conversation, handle);
    let is_own = handle.row.with_untracked(|row| row.is_own);
    let (strip, is_below) = (NodeRef::new(), RwSignal::new(false));
    anchor::watch_room(strip, move |has_room| is_below.set(!has_room));
    Effect::new(move |_| {
        if is_led.get() {
            is_led.set(false);
            // A focus that is on one of the buttons already stays there.
            dom::after_paint(|| {
                dom::focus(".msg:focus-within .msg-actions:not(:focus-within) > button");
            });
        }
    });
    view! {
        // The buttons are inside of the log, but screen readers must not announce them.
        <div
            class="msg-actions"
            role="group"
            aria-live="off"
            data-below=flag(move || is_below.get())
            node_ref=strip
            on:keydown=handler(move |event| walk(&event))
            aria-label=said!(i18n, talk.message_actions)>
            {REACTIONS.map(|reaction| message.reaction_button(reaction)).collect_view()}
            {more_reactions(message.id)}
            {message.writing_buttons()}
            {message.copying_buttons()}
            {keep_button(conversation.room_id(), handle)}
            {pin_button(conversation, handle)}
            {(!is_own).then(|| message.reading_buttons())}
            {sign("ic-hide", &|| said!(i18n, talk.delete_for_me), message.delete(false))}
        </div>
    }
}

/// Message of the actions. Copied into every closure.
#[derive(Clone, Copy)]
struct Message {
    session: Session,
    conversation: Conversation,
    handle: RowHandle,
    id: StoredValue<String>,
}

impl Message {
    fn new(conversation: Conversation, handle: RowHandle) -> Self {
        let id = StoredValue::new(handle.row.with_untracked(|row| row.id.clone()));
        Self { session: use_session(), conversation, handle, id }
    }

    /// Button that adds a reaction, or removes it again.
    fn reaction_button(self, reaction: &'static str) -> ErasedView {
        let i18n = use_i18n();
        let Self { session, conversation, handle, id } = self;
        let label = text(move || t_string!(i18n, talk.react_name, name = reaction_name(i18n, reaction)));
        let toggle = handler(move |_| {
            let own = session.me.with_untracked(|me| me.id.clone());
            let is_mine = handle.row.with_untracked(|row| row.has_reaction(reaction, &own));
            session.react(&conversation.room_id(), &id.get_value(), reaction, !is_mine);
        });
        view! { <button type="button" aria-label=label on:click=toggle>{glyph(reaction)}</button> }.client_only()
    }

    /// Buttons that answer the message, and change or delete an own one.
    fn writing_buttons(self) -> ErasedView {
        let i18n = use_i18n();
        // Changes that the server would refuse by now are not offered.
        let (limits, now) = (self.session.limits, clock::server_now_ms());
        let may = |row: &Row| (may_be_edited(row, &limits, now), may_be_deleted(row, &limits, now));
        let (may_edit, may_delete) = self.handle.row.with_untracked(may);
        view! {
            {sign("ic-reply", &|| said!(i18n, talk.reply), self.write(ComposerMode::Reply))}
            {may_edit.then(|| sign("ic-pencil", &|| said!(i18n, talk.edit_it), self.write(ComposerMode::Edit)))}
            {may_delete.then(|| sign("ic-bin", &|| said!(i18n, talk.delete_it), self.delete(true)))}
        }
        .client_only()
    }

    /// Buttons that copy or forward the text; a file without a text has none.
    fn copying_buttons(self) -> ErasedView {
        let (session, i18n) = (self.session, use_i18n());
        let content = move || match self.handle.row.with_untracked(|row| row.kind.clone()) {
            RowKind::Chat { content, .. } => content,
            _ => String::new(),
        };
        let has_words = !content().is_empty();
        let copy = handler(move |_| dom::copy(&content()));
        let forward = handler(move |_| session.list_dialog.set(ListDialog::Message(MessageDialog::Forward(content()))));
        view! {
            {has_words.then(|| sign("ic-copy", &|| said!(i18n, state.copy), copy))}
            {(has_words && !session.is_of_demo()).then(|| sign("ic-forward", &|| said!(i18n, talk.forward), forward))}
        }
        .client_only()
    }

    /// Buttons for messages of other people: copy the emoticons, mark as unread, report.
    fn reading_buttons(self) -> ErasedView {
        let i18n = use_i18n();
        let Self { session, conversation, handle, .. } = self;
        let is_account = session.me.with_untracked(|me| me.kind) == UserKind::User;
        let has_emoticons = handle
            .row
            .with_untracked(|row| matches!(&row.kind, RowKind::Chat { emoticons, .. } if !emoticons.is_empty()));
        let unread = handler(move |_| {
            if let Some(seq) = handle.row.with_untracked(|row| row.seq) {
                dom::leave_to_list(|| session.mark_unread(&conversation.room_id(), seq));
            }
        });
        view! {
            {(is_account && has_emoticons)
                .then(|| sign("ic-plus", &|| said!(i18n, own_emoticons.keep), self.open(MessageDialog::Emoticons)))}
            {sign("ic-unread", &|| said!(i18n, talk.unread), unread)}
            {(!session.is_of_demo())
                .then(|| sign("ic-warn", &|| said!(i18n, dialogs.report), self.open(MessageDialog::Report)))}
        }
        .client_only()
    }

    fn write(self, writing: fn(String) -> ComposerMode) -> EventHandler<ev::MouseEvent> {
        handler(move |_| {
            self.conversation.writing.set(writing(self.id.get_value()));
            dom::focus(".editor");
        })
    }

    fn open(self, dialog: fn(String) -> MessageDialog) -> EventHandler<ev::MouseEvent> {
        handler(move |_| self.session.list_dialog.set(ListDialog::Message(dialog(self.id.get_value()))))
    }

    fn delete(self, for_all: bool) -> EventHandler<ev::MouseEvent> {
        handler(move |_| self.session.delete(&self.conversation.room_id(), &self.id.get_value(), for_all))
    }
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
            let name = view! { <span class="quote-name">{name}</span> ": " }.client_only();
            whole(std::iter::once(name).chain(short_text(i18n, &content)).collect())
        }
        None => whole(vec![t_string!(i18n, talk.quoted_gone).client_only()]),
    };
    let jump = handler(move |_| session.jump(&conversation.room_id(), &id, None));
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
                <button type="button" on:click=handler(move |_| cancel.run(()))>{said!(i18n, talk.cancel_writing)}</button>
            </div>
        }
        .client_only()
    }
}
