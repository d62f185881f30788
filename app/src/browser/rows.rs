//! The rows of the contact list, of which only those near the view are in the document: where the list is scrolled to, how high
//! rows are, which one is which, and which one has the focus. What follows from it is decided in `store::arrangement`.

use leptos::html::{Div, Ul};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlDivElement, HtmlElement, ResizeObserver};

use super::{RowHeights, device};

/// A row is not brought to the very edge: the edge would hide that there is more.
const EDGE_PX: f64 = 28.0;

/// Lists whose heights differ by less are as high as before: what stands for rows that are not there is of whole pixels.
const SAME_PX: i32 = 2;

/// Says where the view begins in the list behind `list` and how high it is, now and whenever that changes, and when rows may have
/// other heights than before, for as long as the calling component lives. The parent of the element is what scrolls.
pub fn follow(list: NodeRef<Div>, moved: impl Fn(f64, f64) + Clone + 'static, resized: impl Fn() + Clone + 'static) {
    let watch = StoredValue::new_local(None::<Watch>);
    Effect::new(move || {
        if let Some(element) = list.get() {
            watch.set_value(Watch::over(&element, moved.clone(), resized.clone()));
        }
    });
    on_cleanup(move || drop(watch.try_update_value(Option::take)));
}

/// Listener and observer of one list; dropping it ends them.
struct Watch {
    scroller: Element,
    sizes: ResizeObserver,
    on_scroll: Closure<dyn FnMut()>,
    _on_size: Closure<dyn FnMut()>,
}

impl Watch {
    fn over(
        list: &HtmlDivElement,
        moved: impl Fn(f64, f64) + Clone + 'static,
        resized: impl Fn() + 'static,
    ) -> Option<Self> {
        let scroller = list.parent_element()?;
        let (own, around) = (list.clone(), scroller.clone());
        let report_position = move || {
            let top_px = around.get_bounding_client_rect().top() - own.get_bounding_client_rect().top();
            moved(top_px, f64::from(around.client_height()));
        };
        let on_scroll = Closure::<dyn FnMut()>::new(report_position.clone());
        let (own, mut known) = (list.clone(), (0, 0));
        let on_size = Closure::<dyn FnMut()>::new(move || {
            report_position();
            let now = (own.client_width(), own.client_height());
            if now.0 != known.0 || (now.1 - known.1).abs() >= SAME_PX {
                known = now;
                resized();
            }
        });
        scroller.add_event_listener_with_callback("scroll", on_scroll.as_ref().unchecked_ref()).ok()?;
        let sizes = ResizeObserver::new(on_size.as_ref().unchecked_ref()).ok()?;
        sizes.observe(&scroller);
        sizes.observe(list);
        Some(Self { scroller, sizes, on_scroll, _on_size: on_size })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.sizes.disconnect();
        // Nothing to do if it was not there any more.
        let _ = self.scroller.remove_event_listener_with_callback("scroll", self.on_scroll.as_ref().unchecked_ref());
    }
}

/// Measures the sections' heads, and their rows that are in the document. It only reads: between changes of the
/// document, it would make the browser lay everything out once more.
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
        // Those of a folded section have no height.
        RowHeights { head_px, row_px: (row_px > 0.0).then_some(row_px) }
    };
    children(&list).map(heights).collect()
}

/// Tells every row its place among those that are not in the document, for those who do not see the list. What a row knows already
/// is left alone.
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

/// Leaves room for the rows above and below that are not in the document.
pub fn pad(rows: NodeRef<Ul>, above_px: f64, below_px: f64) {
    if let Some(rows) = rows.get() {
        let padding = format!("{}px 0 {}px", above_px as u32, below_px as u32);
        // The property takes whatever is a padding.
        let _ = HtmlElement::style(&rows).set_property("padding", &padding);
    }
}

/// Section and row that have the focus; without a row it is the head.
pub fn focused(list: NodeRef<Div>) -> Option<(usize, Option<usize>)> {
    let list = list.get_untracked()?;
    let active = device::document()?.active_element()?;
    let section = children(&list).position(|section| section.contains(Some(&active)))?;
    let place = active.get_attribute("aria-posinset");
    Some((section, place.and_then(|place| place.parse::<usize>().ok()).map(|place| place.saturating_sub(1))))
}

/// Nothing has the focus: what had it has left the document.
pub fn is_focus_lost() -> bool {
    device::document().is_some_and(|document| {
        document.active_element().is_none_or(|active| active.tag_name().eq_ignore_ascii_case("body"))
    })
}

/// Brings what begins at `top_px` of the list into view.
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

/// Focuses a row, or the head of its section; false when it is not in the document.
pub fn focus(list: NodeRef<Div>, section: usize, row: Option<usize>) -> bool {
    let Some(section) = list.get_untracked().and_then(|list| children(&list).nth(section)) else { return false };
    let selector = row.map_or("button".to_owned(), |row| format!("[aria-posinset=\"{}\"]", row + 1));
    let stop = section.query_selector(&selector).ok().flatten().and_then(|stop| stop.dyn_into::<HtmlElement>().ok());
    stop.is_some_and(|stop| stop.focus().is_ok())
}

/// The focus was on a row that has left the document: the list takes it, so that the arrow keys go on from there.
pub fn catch_focus(list: NodeRef<Div>) {
    if let Some(list) = list.get_untracked().filter(|_| is_focus_lost()) {
        // The list can take it.
        let _ = list.focus();
    }
}

fn children(of: &Element) -> impl Iterator<Item = Element> + use<> {
    let children = of.children();
    (0..children.length()).filter_map(move |at| children.item(at))
}
