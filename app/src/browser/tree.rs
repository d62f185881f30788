//! Tab stop of the contact list: all rows are one stop. It is the row that has or had the focus, else the row of the open conversation,
//! else the first. Arrow keys reach the other rows (`ux.md` 2.3).

use leptos::prelude::*;
use web_sys::{Element, MutationObserverInit};

use super::device::document;
use super::dom::all;
use super::watch;

const LIST: &str = "#contacts";

/// Keeps exactly one visible row as a Tab stop, for the life of the page.
pub fn maintain_tab_stop() {
    let Some(document) = document() else { return };
    settle();
    let focused = window_event_listener(leptos::ev::focusin, |_| settle());
    // Groups fold, and the search hides rows. The attributes that are set below are not observed.
    let also = |what: &MutationObserverInit| what.set_attribute_filter(&js_sys::Array::of1(&"hidden".into()));
    let list = document.query_selector(LIST).ok().flatten();
    let watch = StoredValue::new_local(list.and_then(|list| watch::changes(&list, also, settle)));
    on_cleanup(move || {
        focused.remove();
        drop(watch.try_update_value(Option::take));
    });
}

/// Makes one row the stop, and all others none. The function reads no layout, because it runs while the list scrolls.
fn settle() {
    let Some(document) = document() else { return };
    let Some(list) = document.query_selector(LIST).ok().flatten() else { return };
    let rows: Vec<Element> = all(&list, ".cover").into_iter().filter(is_shown).collect();
    let active = document.active_element();
    let is_active = |row: &&Element| active.as_ref() == Some(*row);
    let was_stop = |row: &&Element| row.get_attribute("tabindex").as_deref() == Some("0");
    let is_current = |row: &&Element| row.has_attribute("aria-current");
    let stop = rows.iter().find(is_active).or_else(|| rows.iter().find(was_stop));
    let stop = stop.or_else(|| rows.iter().find(is_current)).or(rows.first());
    for row in &rows {
        let place = if Some(row) == stop { "0" } else { "-1" };
        if row.get_attribute("tabindex").as_deref() != Some(place) {
            // The name is a valid constant.
            let _ = row.set_attribute("tabindex", place);
        }
    }
}

fn is_shown(row: &Element) -> bool {
    row.closest("[hidden]").is_ok_and(|hidden| hidden.is_none())
}
