//! Rows of the contact list, of which only those near the view are in the document: scroll position, heights, numbers and focus of rows.
//! `store::arrangement` decides what follows from them.

use leptos::html::{Div, Ul};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlDivElement, HtmlElement};

use super::watch::{self, Watch};
use super::{RowHeights, device};

/// Margin around a revealed row, so that the next row is partly visible.
const EDGE_PX: f64 = 28.0;

/// Height differences below this count as equal, because the padding for absent rows has whole pixels.
const SAME_PX: i32 = 2;

/// Reports the start and the height of the view in the list, now and after each change; `resized` reports possible changes of row heights.
/// Both end with the calling component. The parent of the element scrolls.
pub fn follow(list: NodeRef<Div>, moved: impl Fn(f64, f64) + Clone + 'static, resized: impl Fn() + Clone + 'static) {
    let watches = StoredValue::new_local(Vec::new());
    Effect::new(move || {
        if let Some(element) = list.get() {
            watches.set_value(watch_list(&element, moved.clone(), resized.clone()).unwrap_or_default());
        }
    });
    on_cleanup(move || drop(watches.try_update_value(std::mem::take)));
}

fn watch_list(
    list: &HtmlDivElement,
    moved: impl Fn(f64, f64) + Clone + 'static,
    resized: impl Fn() + 'static,
) -> Option<Vec<Watch>> {
    let scroller = list.parent_element()?;
    let (own, around) = (list.clone(), scroller.clone());
    let report_position = move || {
        let top_px = around.get_bounding_client_rect().top() - own.get_bounding_client_rect().top();
        moved(top_px, f64::from(around.client_height()));
    };
    let scrolled = watch::events(&scroller, "scroll", report_position.clone())?;
    let (own, mut known) = (list.clone(), (0, 0));
    let on_size = move || {
        report_position();
        let now = (own.client_width(), own.client_height());
        if now.0 != known.0 || (now.1 - known.1).abs() >= SAME_PX {
            known = now;
            resized();
        }
    };
    Some(vec![scrolled, watch::sizes(&[&scroller, list], on_size)?])
}

/// Measures the heads of the sections and those of their rows that are in the document. The function only reads. Between changes of the
/// document it would force another layout.
pub fn measure(list: NodeRef<Div>) -> Vec<RowHeights> {
    let Some(list) = list.get_untracked() else { return Vec::new() };
    let heights = |section: Element| {
        let head_px = section.first_element_child().map_or(0.0, |head| head.get_bounding_client_rect().height());
        let rows = section.last_element_child();
        let ends = rows.and_then(|rows| {
            Some((rows.child_element_count(), rows.first_element_child()?, rows.last_element_child()?))
        });
        let row_px = ends.map_or(0.0, |(count, first, last)| {
            let rows_px = last.get_bounding_client_rect().bottom() - first.get_bounding_client_rect().top();
            rows_px / f64::from(count)
        });
        // Rows of a folded section have no height.
        RowHeights { head_px, row_px: (row_px > 0.0).then_some(row_px) }
    };
    children(&list).map(heights).collect()
}

/// Writes into every row its position in the whole list, for screen readers. Unchanged rows are left alone.
pub fn number(list: NodeRef<Div>) {
    let Some(list) = list.get_untracked() else { return };
    for rows in children(&list).filter_map(|section| section.last_element_child()) {
        let number = |name: &str| rows.get_attribute(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        let (first, of) = (number("data-first"), number("data-of").to_string());
        // The first element of a row covers the row and is the item of the tree.
        for (at, item) in children(&rows).filter_map(|row| row.first_element_child()).enumerate() {
            let place = (first + at + 1).to_string();
            for (name, value) in [("aria-posinset", &place), ("aria-setsize", &of)] {
                if item.get_attribute(name).as_ref() != Some(value) {
                    // Both names are valid.
                    let _ = item.set_attribute(name, value);
                }
            }
        }
    }
}

/// Reserves the space of the rows above and below that are not in the document.
pub fn pad(rows: NodeRef<Ul>, above_px: f64, below_px: f64) {
    if let Some(rows) = rows.get() {
        let padding = format!("{}px 0 {}px", above_px as u32, below_px as u32);
        // The value is a valid padding.
        let _ = HtmlElement::style(&rows).set_property("padding", &padding);
    }
}

/// Returns the section and row with the focus; without a row, its head has the focus.
pub fn focused(list: NodeRef<Div>) -> Option<(usize, Option<usize>)> {
    let list = list.get_untracked()?;
    let active = device::document()?.active_element()?;
    let section = children(&list).position(|section| section.contains(Some(&active)))?;
    let place = active.get_attribute("aria-posinset");
    Some((section, place.and_then(|place| place.parse::<usize>().ok()).map(|place| place.saturating_sub(1))))
}

/// Returns `true` if the focused element has left the document.
pub fn is_focus_lost() -> bool {
    device::document().is_some_and(|document| {
        document.active_element().is_none_or(|active| active.tag_name().eq_ignore_ascii_case("body"))
    })
}

/// Scrolls the list until the part at `top_px` is visible.
pub fn reveal(list: NodeRef<Div>, top_px: f64, height_px: f64) {
    let Some((list, scroller)) = list.get_untracked().and_then(|list| Some((list.clone(), list.parent_element()?)))
    else {
        return;
    };
    let at_px = list.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top() + top_px;
    let (above_px, below_px) = (at_px - EDGE_PX, at_px + height_px + EDGE_PX - f64::from(scroller.client_height()));
    let by_px = if above_px < 0.0 { above_px } else { below_px.max(0.0) };
    scroller.set_scroll_top(scroller.scroll_top() + by_px as i32);
}

/// Focuses a row, or the head of its section. Returns `false` if it is not in the document.
pub fn focus(list: NodeRef<Div>, section: usize, row: Option<usize>) -> bool {
    let Some(section) = list.get_untracked().and_then(|list| children(&list).nth(section)) else { return false };
    let selector = row.map_or("button".to_owned(), |row| format!("[aria-posinset=\"{}\"]", row + 1));
    let stop = section.query_selector(&selector).ok().flatten().and_then(|stop| stop.dyn_into::<HtmlElement>().ok());
    stop.is_some_and(|stop| stop.focus().is_ok())
}

/// Moves the focus from a row that has left the document to the list, so that arrow keys continue from there.
pub fn catch_focus(list: NodeRef<Div>) {
    if let Some(list) = list.get_untracked().filter(|_| is_focus_lost()) {
        // The list can take the focus.
        let _ = list.focus();
    }
}

fn children(of: &Element) -> impl Iterator<Item = Element> + use<> {
    let children = of.children();
    (0..children.length()).filter_map(move |at| children.item(at))
}
