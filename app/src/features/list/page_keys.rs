//! Keys of the whole page that move into the list or out of it.

use crate::browser::tree;
use crate::features::contacts::list_section::{STOPS, has_single_keys};
use crate::features::search::SEARCH_BOX;
use crate::prelude::*;
use crate::store::arrangement::ListDialog;

/// Handles the keys. Ctrl or Cmd with K moves to the search; in the list and in a log, `?` shows the sheet of keys (`ux.md` 2.4). The keys
/// of the tree are here as well, because they come with this chunk: one row and the head of each group are Tab stops, and horizontal arrows
/// move between groups and rows.
pub fn page_keys(session: Session) {
    tree::maintain_tab_stop();
    let listener = window_event_listener(ev::keydown, move |event| {
        let has_control = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        let is_locked = session.home.is_locked.get_untracked();
        if event.default_prevented() || is_locked || session.somebody_else.with_untracked(Option::is_some) {
            return;
        }
        let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key();
        if !has_modifier && dom::across_tree(&event.key(), STOPS) {
            return event.prevent_default();
        }
        let is_search = has_control && event.key().eq_ignore_ascii_case("k");
        let is_sheet = event.key() == "?" && has_single_keys(session) && dom::is_focus_in(".list, .log");
        if !is_search && !is_sheet {
            return;
        }
        event.prevent_default();
        if dom::is_dialog_open() {
            return;
        }
        if is_search {
            begin_search(session);
        } else {
            session.list_dialog.set(ListDialog::Keys);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Moves to the field of the search and empties it.
fn begin_search(session: Session) {
    session.search.clear();
    if !dom::focus(SEARCH_BOX) {
        // A phone shows either the list with the field or the conversation.
        session.run(State::show_list);
        dom::focus_soon(SEARCH_BOX);
    }
}
