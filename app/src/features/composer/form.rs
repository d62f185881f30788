//! The composer: format bar, editor, Send.

use super::attach::{attach_button, attachments};
use super::commands::commands;
use super::counter::counter;
use super::editor::{Editor, is_handed_over};
use super::font_menu::FontMenu;
use super::quick_menu::quick_menu;
use crate::features::effects::nudge_button::NudgeButton;
use crate::features::effects::wink_menu::WinkMenu;
use crate::features::emoticons::picker::EmoticonPicker;
use crate::features::keys::shortcuts::{Shortcut, on_shortcut};
use crate::features::messages::message_actions::WritingBar;
use crate::features::messages::message_text::font_words;
use crate::store::conversation::{ComposerMode, Conversation};
use crate::ui::prelude::*;
use crate::ui::splitter::{COMPOSER, splitter};

/// Length from which the counter is shown.
const COUNTER_UNITS_MIN: usize = 1_800;

#[component]
pub fn Composer(conversation: Conversation, name: Signal<String>, editor: Editor) -> impl IntoView {
    let session = use_session();
    let field = NodeRef::<html::Textarea>::new();
    let cancel = Callback::new(move |()| {
        session.run_for(&conversation.room_id(), move |state, room| state.turn_to(room, ComposerMode::New));
        dom::focus(".editor");
    });
    let insert = Callback::new(move |key: String| {
        if let Some(field) = field.get_untracked() {
            dom::insert_at_caret(&field, &format!("{key} "));
        }
    });
    let submit = submit_handler(move || {
        editor.send();
        dom::focus(".editor");
    });
    let is_command = move || editor.written.with(|written| written.starts_with('/'));
    view! {
        <form
            class="composer"
            id="composer"
            data-of=session.me.with_untracked(|me| me.id.clone())
            data-room=conversation.room_id()
            data-edits=flag(move || matches!(conversation.writing.get(), ComposerMode::Edit(_)))
            aria-label=said!(composer.form) on:submit=submit>
            {load_view(move || attachments(conversation))}
            <WritingBar conversation cancel />
            {load_view_when(is_command, move || commands(editor))}
            <FormatBar conversation editor insert />
            <div class="edit">
                <Field conversation name editor field />
                {send_column(editor)}
            </div>
        </form>
    }
    .client_only()
}

/// Font, emoticons, winks, nudge, and the counter near the limit.
#[component]
fn FormatBar(conversation: Conversation, editor: Editor, insert: Callback<String>) -> impl IntoView {
    let session = use_session();
    let room = StoredValue::new(conversation.room_id());
    let picker = || Popover::new("[data-item]");
    let (emoticons, winks) = (picker(), Popover::new("[role=menuitem]"));
    on_shortcut(move |shortcut| match shortcut {
        Shortcut::Emoticons => emoticons.toggle(),
        Shortcut::Winks => winks.toggle(),
        Shortcut::Nudge if conversation.nudge_wait_s.get_untracked() == 0 => {
            session.run_for(&room.get_value(), State::nudge)
        }
        Shortcut::Nudge => {}
    });
    let Editor { written, refused, .. } = editor;
    let write = Callback::new(move |content: String| editor.write(content));
    let count = move || load_view(move || counter(conversation, written, write, refused));
    let has_quick_texts = move || session.arrangement.with(|all| !all.quick_texts.is_empty());
    view! {
        <div class="format">
            <FontMenu popover=picker() />
            <EmoticonPicker popover=emoticons insert />
            <span class="fmt-sep"></span>
            <WinkMenu popover=winks conversation />
            <NudgeButton conversation />
            {(!session.is_of_demo()).then(|| {
                view! { <span class="fmt-slot">{load_view(move || attach_button(conversation))}</span> }.client_only()
            })}
            <span class="grow"></span>
            {load_view_when(has_quick_texts, move || quick_menu(insert))}
            {when(move || editor.units.get() >= COUNTER_UNITS_MIN, count)}
        </div>
    }
    .client_only()
}

#[component]
fn Field(
    conversation: Conversation,
    name: Signal<String>,
    editor: Editor,
    field: NodeRef<html::Textarea>,
) -> impl IntoView {
    let session = use_session();
    let is_offered = move || editor.chosen_entry.with(Option::is_some);
    view! {
        <textarea
            class="editor"
            dir="auto"
            node_ref=field
            rows="2"
            data-font=text(move || font_words(session.settings.message_settings.get().font))
            aria-label=said!(composer.message)
            aria-invalid=word(move || editor.is_too_much.get().then_some("true"))
            placeholder=said!(composer.write_to, name = name.get())
            readonly=switch(move || is_handed_over(conversation))
            prop:value=text(move || editor.written.get())
            aria-autocomplete=word(move || is_offered().then_some("list"))
            aria-controls=word(move || is_offered().then_some("commands"))
            aria-activedescendant=text(move || editor.chosen_entry.get().unwrap_or_default())
            on:focus=handler(move |_| editor.is_focused.set(true))
            on:blur=handler(move |_| editor.is_focused.set(false))
            on:input=handler(move |event| editor.write(event_target_value(&event)))
            on:keydown=handler(move |event| editor.keydown(&event))
        ></textarea>
    }
    .client_only()
}

/// Send button, with the name of its key.
fn send_column(editor: Editor) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let hint = move || match session.settings.message_settings.get().has_plain_enter {
        true => t_string!(i18n, composer.enter_with),
        false => t_string!(i18n, composer.enter),
    };
    let is_off = switch(move || editor.is_blank.get() || editor.is_too_much.get());
    view! {
        <div class="send-col">
            <button class="send" type="submit" disabled=is_off>
                {said!(composer.send)}
            </button>
            <span class="send-hint" aria-hidden="true">{text(hint)}</span>
        </div>
    }
    .client_only()
}

lazy_view! {
    home:
    /// Edge of the composer, which changes its height.
    pub fn composer_edge() {
        use_i18n().add_lazy_texts();
        splitter(&COMPOSER)
    }
}
