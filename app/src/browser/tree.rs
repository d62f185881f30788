//! Tab stop of the contact list: all rows are one stop. It is the row that has or had the focus, else the row of the open conversation,
//! else the first. Arrow keys reach the other rows (`ux.md` 2.3).

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, MutationObserver, MutationObserverInit};

use super::device::document;

const LIST: &str = "#contacts";
const ROWS: &str = "#contacts .cover";

/// Keeps exactly one visible row as a Tab stop, for the life of the page.
pub fn maintain_tab_stop() {
    let Some(document) = document() else { return };
    settle();
    let focused = window_event_listener(leptos::ev::focusin, |_| settle());
    let changed = Closure::<dyn FnMut()>::new(settle);
    let Ok(observer) = MutationObserver::new(changed.as_ref().unchecked_ref()) else { return };
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    // Groups fold, and the search hides rows. The attributes that are set below are not observed.
    options.set_attribute_filter(&js_sys::Array::of1(&"hidden".into()));
    if let Some(list) = document.query_selector(LIST).ok().flatten() {
        // The options are valid.
        let _ = observer.observe_with_options(&list, &options);
    }
    let watch = StoredValue::new_local(Some((observer, changed)));
    on_cleanup(move || {
        focused.remove();
        if let Some((observer, _changed)) = watch.try_update_value(Option::take).flatten() {
            observer.disconnect();
        }
    });
}

/// Makes one row the stop, and all others none. The function reads no layout, because it runs while the list scrolls.
fn settle() {
    let Some(document) = document() else { return };
    let Ok(found) = document.query_selector_all(ROWS) else { return };
    let rows: Vec<Element> =
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<Element>().ok()).filter(is_shown).collect();
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
