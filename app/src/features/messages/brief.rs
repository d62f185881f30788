//! Short form of a message, for references to it: its writer and its first words.

use crate::prelude::*;
use crate::store::conversation::{Conversation, RowHandle};
use crate::ui::words::wink_title;

/// Returns the shown name of the writer of a row.
pub fn sender_name(handle: RowHandle) -> String {
    let roster = use_session().roster;
    handle.row.with(|row| roster.name_of(&row.sender, &row.sender_name))
}

/// Returns the first words of a text.
pub fn clipped(content: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut chars = content.chars();
    let begin: String = chars.by_ref().take(CHARS_MAX).map(|c| if c == '\n' { ' ' } else { c }).collect();
    if chars.next().is_some() { format!("{begin}…") } else { begin }
}

/// Returns the words for the wink of a row, and its sender.
pub fn wink_words(i18n: Texts, conversation: Conversation, handle: RowHandle, wink_id: &str) -> String {
    let (is_own, is_direct) = (handle.row.with(|row| row.is_own), conversation.partner().is_some());
    sent_wink(i18n, wink_id, is_own, is_direct, &sender_name(handle))
}

/// Returns the words for a wink that `name` has sent.
pub fn sent_wink(i18n: Texts, wink_id: &str, is_own: bool, is_direct: bool, name: &str) -> String {
    let wink = wink_title(i18n, wink_id);
    match (is_own, is_direct) {
        (true, _) => t_string!(i18n, conversation.you_sent_wink, wink = wink),
        (false, true) => t_string!(i18n, conversation.wink_sent_you, name = name, wink = wink),
        (false, false) => t_string!(i18n, conversation.wink_sent_room, name = name, wink = wink),
    }
}
