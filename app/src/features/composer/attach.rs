//! Sources of files: a button of the composer, the clipboard, a drag over the page. This file only collects them. The tray (chunk `files`),
//! which is loaded with the first file, checks and sends them.

use super::file_tray::file_tray;
use crate::browser::{PickedFile, files};
use crate::store::conversation::Conversation;
use crate::store::tray::{Tray, tray_of};
use crate::ui::prelude::*;

lazy_view! {
    home:
    /// Button that picks files.
    pub fn attach_button(conversation: Conversation) {
        let i18n = use_i18n();
        i18n.add_lazy_texts();
        let tray = tray_of(&conversation.room_id());
        let pick = move |_| files::pick("", true, move |chosen| bring(tray, chosen));
        view! {
            <button
                class="fmt"
                type="button"
                aria-label=said!(files.attach)
                title=said!(files.attach)
                on:click=handler(pick)
            >
                {icon("ic-clip", "18")}
            </button>
        }
        .client_only()
    }
}

lazy_view! {
    home:
    /// Renders the tray from the first file or link on, and listens to pasted and dragged files.
    pub fn attachments(conversation: Conversation) {
        let (session, i18n) = (use_session(), use_i18n());
        i18n.add_lazy_texts();
        if session.is_of_demo() {
            return ().erase();
        }
        session.load_emoticons();
        let tray = tray_of(&conversation.room_id());
        let is_over = RwSignal::new(false);
        let may_come = move || !dom::is_dialog_open() && conversation.closed.get_untracked() != Some(4403);
        files::watch_files(may_come, move |is_here| is_over.set(is_here), move |chosen| bring(tray, chosen));
        let has_link = move || {
            let asks = session.settings.message_settings.with(|settings| !settings.has_no_previews);
            asks && conversation.draft.with(|draft| draft.content.contains("http"))
        };
        let is_wanted = move || tray.coming.with(|coming| !coming.is_empty()) || tray.is_shown() || has_link();
        let count = move || match tray.files.with(Vec::len) {
            0 => String::new(),
            count => t_string!(i18n, files.count, count = count),
        };
        view! {
            <span class="visually-hidden" role="status">{text(count)}</span>
            <div class="drop-here" aria-hidden="true" data-over=flag(move || is_over.get())>{said!(files.drop)}</div>
            {load_view_when(is_wanted, move || file_tray(conversation))}
        }
        .client_only()
    }
}

/// Adds files to the tray.
pub fn bring(tray: Tray, chosen: Vec<PickedFile>) {
    if !chosen.is_empty() {
        tray.coming.update(|coming| coming.extend(chosen));
    }
}
