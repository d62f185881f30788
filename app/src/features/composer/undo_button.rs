//! Chip in the status line that takes the last own message back for a moment, or the deletion of an own message (`ux.md` 2.9), and the
//! announcement of a message that was taken back.

use super::editor::Editor;
use crate::prelude::*;
use crate::store::conversation::RowState;

const BUTTON: &str = ".undo-sent";

lazy_view! {
    talk:
    /// The chip, while there is something to take back. A deletion ends the chip of a message, and a message that of a deletion.
    pub fn undo_button(editor: Editor) {
        let (session, i18n, conversation) = (use_session(), use_i18n(), editor.conversation);
        let sent = move || {
            // A message that waits for a connection is taken back as well, and the chip says that it is not sent yet.
            let is_queued = Memo::new(move |_| editor.undoable().is_some_and(|row| row.state == RowState::Queued));
            let done = move || match is_queued.get() {
                true => t_string!(i18n, state.queued),
                false => t_string!(i18n, state.sent),
            };
            chip(text(done), said!(writing.undo), Box::new(move || editor.undo()))
        };
        let deleted = move || {
            let undo = move || session.run_for(&conversation.room_id(), State::undo_deletion);
            chip(said!(writing.deleted), said!(writing.undelete), Box::new(undo))
        };
        // A new element each time: screen readers do not announce an unchanged text.
        let announced = choice(move || match editor.undone.get() {
            0 => ().erase(),
            _ => view! { <p>{said!(writing.undone)}</p> }.client_only(),
        });
        view! {
            {when(move || editor.undoable().is_some(), sent)}
            {when(move || conversation.just_deleted.with(Option::is_some), deleted)}
            <div class="visually-hidden" role="status">{announced}</div>
        }
        .client_only()
    }
}

fn chip(done: TextBinding, undo: TextBinding, press: Box<dyn Fn() + Send>) -> ErasedView {
    // The chip goes by itself, and the focus stays near it.
    on_cleanup(|| {
        if dom::is_focus_in(BUTTON) {
            dom::focus(".editor");
        }
    });
    view! {
        <div class="sent-chip">
            <span>{done}</span>
            <span aria-hidden="true">"·"</span>
            <button class="undo-sent" type="button" on:click=handler(move |_| press())>{undo}</button>
        </div>
    }
    .client_only()
}
