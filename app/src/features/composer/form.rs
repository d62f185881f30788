//! The composer: format bar, editor, Send. Owns the text while it is written; the draft is kept by the session.

use leptos::prelude::*;
use leptos::{ev, html};
use protocol::content::unseen::is_unseen;
use protocol::words::limits::CONTENT_UNITS_MAX;

use super::attach::{attach_button, attachments};
use super::counter::counter;
use super::font_menu::FontMenu;
use crate::browser::{dom, keys};
use crate::features::emoticons::picker::EmoticonPicker;
use crate::features::keys::shortcuts::{Shortcut, on_shortcut};
use crate::features::messages::message_actions::WritingBar;
use crate::features::messages::message_text::font_words;
use crate::features::play::nudge_button::NudgeButton;
use crate::features::play::wink_menu::WinkMenu;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::conversation::{Conversation, RowKind, Writing, may_be_edited};
use crate::ui::popover::Popover;
use crate::view::later::loaded;
use crate::view::live::{act, flag, switch, text, when, word};
use crate::view::part::IntoPart;

/// From here on the counter is shown.
const COUNTER_UNITS_MIN: usize = 1_800;

/// Writes to one conversation.
#[component]
pub fn Composer(
    conversation: Conversation,
    /// Name of the partner or room.
    name: Signal<String>,
) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let room = StoredValue::new(conversation.room_id());
    let editor = NodeRef::<html::Textarea>::new();
    let written = RwSignal::new(conversation.draft.get_untracked());
    let units = Memo::new(move |_| written.with(|written| written.encode_utf16().count()));
    let is_waiting = move || conversation.handed_over.with(Option::is_some);
    let is_too_much = Memo::new(move |_| units.get() > CONTENT_UNITS_MAX);
    let is_blank = Memo::new(move |_| {
        written.with(|written| is_unseen(written)) && !conversation.has_attached.get() || is_waiting()
    });
    let refused = RwSignal::new(0);

    // A draft that was restored after the composer appeared; what is being written wins.
    Effect::new(move |_| {
        let draft = conversation.draft.get();
        if written.with_untracked(String::is_empty) && !draft.is_empty() {
            written.set(draft);
        }
    });
    // What another device writes is shown while nothing is being written here.
    Effect::new(move |_| {
        if conversation.brought.get() > 0 && !matches!(conversation.writing.get_untracked(), Writing::Edit(_)) {
            written.set(conversation.draft.get_untracked());
        }
    });
    // An edit begins with the words as they are; after it the draft is there again, and so it is when words that were handed over
    // are said, or come back.
    Effect::new(move |before: Option<(Writing, bool)>| {
        let (writing, is_waiting) = (conversation.writing.get(), is_waiting());
        if let Writing::Edit(id) = &writing {
            let content = conversation.find(id).map(|handle| handle.row.with_untracked(|row| row.kind.clone()));
            if let Some(RowKind::Chat { content, .. }) = content {
                written.set(content);
            }
        } else if !is_waiting && matches!(before, Some((Writing::Edit(_), _) | (_, true))) {
            written.set(conversation.draft.get_untracked());
        }
        (writing, is_waiting)
    });
    let cancel = Callback::new(move |()| {
        conversation.writing.set(Writing::New);
        dom::focus(".editor");
    });
    let write = move |content: String| {
        written.set(content.clone());
        // What becomes of a message that is there is no draft of a new one.
        if !matches!(conversation.writing.get_untracked(), Writing::Edit(_)) {
            session.edit_draft(&room.get_value(), content);
        }
    };
    // What a page that broke had not sent.
    Effect::new(move |_| {
        let own_id = session.me.with_untracked(|me| me.id.clone());
        if let Some((content, is_edit)) = dom::rescued(&own_id, &room.get_value()) {
            // The words of an edit come beside those of a new message.
            let draft = conversation.draft.get_untracked();
            write(if is_edit && !draft.is_empty() { format!("{draft}\n{content}") } else { content });
        }
    });
    let send = move || {
        if is_too_much.get_untracked() {
            refused.update(|times| *times += 1);
        }
        if is_blank.get_untracked() || is_too_much.get_untracked() {
            return;
        }
        let content = written.get_untracked();
        if conversation.has_attached.get_untracked() {
            return conversation.handed_over.set(Some(content));
        }
        written.set(String::new());
        session.say(&room.get_value(), content, String::new());
    };
    let insert = Callback::new(move |key: String| {
        if let Some(editor) = editor.get_untracked() {
            dom::insert_at_caret(&editor, &format!("{key} "));
        }
    });
    let hint = move || match session.settings.script.get().has_plain_enter {
        true => t_string!(i18n, composer.enter_with),
        false => t_string!(i18n, composer.enter),
    };
    let submit = act(move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
        dom::focus(".editor");
    });
    view! {
        <form
            class="composer"
            id="composer"
            data-of=session.me.with_untracked(|me| me.id.clone())
            data-room=room.get_value()
            data-edits=flag(move || matches!(conversation.writing.get(), Writing::Edit(_)))
            aria-label=said!(i18n, composer.form) on:submit=submit>
            {loaded(move || attachments(conversation))}
            <WritingBar conversation cancel />
            <FormatBar conversation insert units written write=Callback::new(write) refused />
            <div class="edit">
                <textarea
                    class="editor"
                    node_ref=editor
                    rows="2"
                    data-font=text(move || font_words(session.settings.script.get().font))
                    aria-label=said!(i18n, composer.message)
                    aria-invalid=word(move || is_too_much.get().then_some("true"))
                    placeholder=text(move || t_string!(i18n, composer.write_to, name = name.get()))
                    readonly=switch(is_waiting)
                    prop:value=text(move || written.get())
                    on:input=act(move |event| write(event_target_value(&event)))
                    on:keydown=act(move |event| {
                        let needs_modifier = session.settings.script.with_untracked(|script| script.has_plain_enter);
                        if keys::is_send(&event, needs_modifier) {
                            event.prevent_default();
                            return send();
                        }
                        editor_key(&event, conversation, written);
                    })
                ></textarea>
                <div class="send-col">
                    <button class="send" type="submit" disabled=switch(move || is_blank.get() || is_too_much.get())>
                        {said!(i18n, composer.send)}
                    </button>
                    <span class="send-hint" aria-hidden="true">{text(hint)}</span>
                </div>
            </div>
        </form>
    }
    .late_part()
}

/// Font, emoticons, winks, nudge, and the counter once it matters.
#[component]
fn FormatBar(
    conversation: Conversation,
    insert: Callback<String>,
    units: Memo<usize>,
    written: RwSignal<String>,
    write: Callback<String>,
    refused: RwSignal<u32>,
) -> impl IntoView {
    let session = use_session();
    let room = StoredValue::new(conversation.room_id());
    let picker = || Popover::new("[data-item]");
    let (emoticons, winks) = (picker(), Popover::new("[role=menuitem]"));
    on_shortcut(move |shortcut| match shortcut {
        Shortcut::Emoticons => emoticons.toggle(),
        Shortcut::Winks => winks.toggle(),
        Shortcut::Nudge if conversation.nudge_wait_s.get_untracked() == 0 => session.nudge(&room.get_value()),
        Shortcut::Nudge => {}
    });
    view! {
        <div class="format">
            <FontMenu popover=picker() />
            <EmoticonPicker popover=emoticons insert />
            <span class="fmt-sep"></span>
            <WinkMenu popover=winks conversation />
            <NudgeButton conversation />
            {loaded(move || attach_button(conversation))}
            <span class="grow"></span>
            {when(move || units.get() >= COUNTER_UNITS_MIN, move || loaded(move || counter(conversation, written, write, refused)))}
        </div>
    }
    .late_part()
}

/// Up in an empty editor edits the last own message while that may be, else it leads into the log; Escape leads to the contacts.
fn editor_key(event: &ev::KeyboardEvent, conversation: Conversation, written: RwSignal<String>) {
    if keys::is_composing(event) {
        return;
    }
    match event.key().as_str() {
        "ArrowUp" if written.with_untracked(String::is_empty) && !event.alt_key() => {
            event.prevent_default();
            match last_to_edit(conversation) {
                Some(id) => conversation.writing.set(Writing::Edit(id)),
                None => conversation.jump_to.set(newest(conversation)),
            }
        }
        "Escape" if conversation.writing.with_untracked(|writing| *writing != Writing::New) => {
            event.prevent_default();
            conversation.writing.set(Writing::New);
        }
        // A wink that plays takes the key first.
        "Escape" if conversation.playing.with_untracked(Option::is_none) => {
            event.prevent_default();
            dom::focus_list();
        }
        _ => {}
    }
}

/// The last own message, if it may still be edited and nothing else is being answered or edited.
fn last_to_edit(conversation: Conversation) -> Option<String> {
    if conversation.writing.with_untracked(|writing| *writing != Writing::New) {
        return None;
    }
    conversation.rows.with_untracked(|rows| {
        rows.iter().rev().find_map(|handle| {
            handle.row.with_untracked(|row| {
                let is_last = row.is_own && matches!(row.kind, RowKind::Chat { .. }) && !row.is_deleted;
                is_last.then(|| may_be_edited(row).then(|| row.id.clone()))
            })
        })
    })?
}

fn newest(conversation: Conversation) -> Option<String> {
    conversation.rows.with_untracked(|rows| Some(rows.last()?.row.with_untracked(|row| row.id.clone())))
}
