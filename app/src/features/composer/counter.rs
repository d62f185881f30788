//! Counter of the written text near the limit; screen readers get an announcement when the text is too long.

use protocol::words::limits::CONTENT_UNITS_MAX;

use super::attach::bring;
use crate::browser::files;
use crate::browser::numbers::number_text;
use crate::prelude::*;
use crate::store::conversation::{ComposerMode, Conversation};
use crate::store::tray::tray_of;

lazy_view! {
    home:
    /// Renders the counter. Each time a text is `refused`, the reason is announced again. A text that is too long can be sent as a file
    /// (`ux.md` 1.3), except while a message is being edited; `write` replaces the text of the editor.
    pub fn counter(conversation: Conversation, written: RwSignal<String>, write: Callback<String>, refused: RwSignal<u32>) {
        let i18n = use_i18n();
        let units = Memo::new(move |_| written.with(|written| written.encode_utf16().count()));
        let number = move |count: usize| number_text(count, i18n.locale().as_str());
        let max = move || number(CONTENT_UNITS_MAX);
        let count = move || t_string!(i18n, talk.counter, count = number(units.get()), max = max());
        let is_over = Memo::new(move |_| units.get() > CONTENT_UNITS_MAX);
        // The live region exists before its text: screen readers do not read a text that comes together with its region.
        let has_place = RwSignal::new(false);
        dom::after_paint(move || {
            // The signal may be disposed by now.
            let _ = has_place.try_set(true);
        });
        let said = choice(move || match is_over.get() && has_place.get() {
            true => {
                refused.track();
                let words = untrack(|| t_string!(i18n, talk.too_long, count = count()));
                view! { <div>{words}</div> }.client_only()
            }
            false => ().erase(),
        });
        let is_edit = move || conversation.writing.with(|writing| matches!(writing, ComposerMode::Edit(_)));
        let may_be_file = move || is_over.get() && !is_edit();
        let to_file = move |_| {
            let words = written.get_untracked();
            if let Some(file) = files::of_text(t_string!(i18n, talk.text_file), &words) {
                bring(tray_of(&conversation.room_id()), vec![file]);
                write.run(String::new());
            }
            dom::focus(".editor");
        };
        let file = move || {
            let press = handler(to_file);
            view! { <button class="fmt" type="button" on:click=press>{said!(talk.send_as_file)}</button> }.client_only()
        };
        view! {
            {when(may_be_file, file)}
            <span class="counter" data-over=flag(move || is_over.get())>{text(count)}</span>
            <div class="visually-hidden" role="status">{said}</div>
        }
        .client_only()
    }
}
