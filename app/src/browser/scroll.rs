//! The log's scroll position: stays at the bottom only while it is there, and does not jump when older rows come in
//! above.
//!
//! Also says which rows are in view, when the past is wanted and whether the bottom is in view. Which rows are in the document
//! follows from that in `features::messages::near_rows`; what is counted as read is decided in `session`.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlDivElement, HtmlElement, MutationObserver, MutationObserverInit, NodeList, ResizeObserver};

use super::{ScrollReport, device, dom};

/// This close to the end counts as being there.
const BOTTOM_PX: i32 = 24;
/// Older rows are asked for this long before the top is reached.
const TOP_PX: i32 = 480;

/// The rows that can be seen: one element for each, beside the rules above some.
const ROWS: &str = "[tabindex]:not([hidden])";

/// The element that held its place when the position was last looked at, and where in the view it was.
struct Anchor {
    element: Element,
    top_px: f64,
}

/// Focused element, and the message it is in.
struct Focus {
    element: HtmlElement,
    message: Option<String>,
}

struct Log {
    element: HtmlDivElement,
    is_at_bottom: bool,
    /// Position and height of the content, and height of the view, when they were last looked at.
    top_px: i32,
    height_px: i32,
    view_px: i32,
    anchor: Option<Anchor>,
    /// Element of the log that got the focus last.
    focus: Option<Focus>,
    /// There are rows below that are not in the document.
    goes_on: Box<dyn Fn() -> bool>,
    report: Rc<dyn Fn(ScrollReport)>,
}

/// Looks after the element behind `log` for as long as the calling component lives. The rows are the children of the
/// element's first `ol`; it `goes_on` where there are more than are in the document.
pub fn follow(log: NodeRef<Div>, goes_on: impl Fn() -> bool + Copy + 'static, report: impl Fn(ScrollReport) + 'static) {
    let report: Rc<dyn Fn(ScrollReport)> = Rc::new(report);
    let watch = StoredValue::new_local(None::<Watch>);
    Effect::new(move || {
        if let Some(element) = log.get() {
            watch.set_value(Watch::over(element, Box::new(goes_on), report.clone()));
        }
    });
    on_cleanup(move || drop(watch.try_update_value(Option::take)));
}

/// Brings the newest row into view.
pub fn to_bottom(log: NodeRef<Div>) {
    if let Some(element) = log.get_untracked() {
        element.set_scroll_top(element.scroll_height());
    }
}

/// Observers and listeners of one log; dropping it ends them.
struct Watch {
    element: HtmlDivElement,
    mutations: MutationObserver,
    sizes: ResizeObserver,
    on_scroll: Closure<dyn FnMut()>,
    on_focus: Closure<dyn FnMut()>,
    _on_change: Closure<dyn FnMut()>,
}

impl Watch {
    fn over(element: HtmlDivElement, goes_on: Box<dyn Fn() -> bool>, report: Rc<dyn Fn(ScrollReport)>) -> Option<Self> {
        // We keep the place ourselves: browsers differ, and none does it at the very top.
        HtmlElement::style(&element).set_property("overflow-anchor", "none").ok()?;
        let (is_at_bottom, top_px, height_px, view_px) = (true, 0, 0, 0);
        let (own, anchor, focus) = (element.clone(), None, None);
        let log = Log { element: own, is_at_bottom, top_px, height_px, view_px, anchor, focus, goes_on, report };
        let log = Rc::new(RefCell::new(log));
        let for_change = log.clone();
        let on_change = Closure::<dyn FnMut()>::new(move || Log::changed(&for_change));
        let for_scroll = log.clone();
        let on_scroll = Closure::<dyn FnMut()>::new(move || {
            // If the size has changed too, the change may have moved the log, not the reader.
            let has_grown = for_scroll.borrow().has_grown();
            if has_grown { Log::changed(&for_scroll) } else { Log::scrolled(&for_scroll) }
        });
        let for_focus = log.clone();
        let on_focus = Closure::<dyn FnMut()>::new(move || {
            // It may come while the log is being put right, which looks after it then.
            if let Ok(mut log) = for_focus.try_borrow_mut() {
                log.note_focus();
            }
        });

        let mutations = MutationObserver::new(on_change.as_ref().unchecked_ref()).ok()?;
        let what = MutationObserverInit::new();
        what.set_child_list(true);
        what.set_subtree(true);
        what.set_character_data(true);
        mutations.observe_with_options(&element, &what).ok()?;
        let sizes = ResizeObserver::new(on_change.as_ref().unchecked_ref()).ok()?;
        sizes.observe(&element);
        // Rows change their height with their letters, and where something is folded.
        sizes.observe(&element.query_selector("ol").ok()??);
        element.add_event_listener_with_callback("scroll", on_scroll.as_ref().unchecked_ref()).ok()?;
        element.add_event_listener_with_callback("focusin", on_focus.as_ref().unchecked_ref()).ok()?;
        Log::changed(&log);
        Some(Self { element, mutations, sizes, on_scroll, on_focus, _on_change: on_change })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.mutations.disconnect();
        self.sizes.disconnect();
        for (event, callback) in [("scroll", &self.on_scroll), ("focusin", &self.on_focus)] {
            // Nothing to do if it was not there any more.
            let _ = self.element.remove_event_listener_with_callback(event, callback.as_ref().unchecked_ref());
        }
    }
}

impl Log {
    /// The content or the size changed: put the position back where the reader had it.
    fn changed(log: &Rc<RefCell<Self>>) {
        {
            let log = log.borrow();
            if log.has_reader_left() {
                // The event that says so comes only after this change.
            } else if log.is_at_bottom {
                log.element.set_scroll_top(log.element.scroll_height());
            } else if let Some(anchor) = log.anchor.as_ref().filter(|anchor| anchor.element.is_connected()) {
                // The distance that the reader has scrolled stays. At the end of the log, the content may have moved the position.
                let (top_px, height_px) = (log.element.scroll_top(), log.element.scroll_height());
                let is_cut = top_px < log.top_px && height_px - top_px - log.element.client_height() <= 1;
                let by_reader_px = if is_cut { 0 } else { top_px - log.top_px };
                let moved_px = top_of(&anchor.element) - top_of(&log.element) - anchor.top_px;
                log.element.set_scroll_top(top_px + by_reader_px + moved_px.round() as i32);
            }
        }
        // The browser has not moved the focus on by itself yet.
        let is_removed = |focus: &mut Focus| {
            !focus.element.is_connected() || focus.element.closest("[hidden]").ok().flatten().is_some()
        };
        if let Some(removed) = log.borrow_mut().focus.take_if(is_removed) {
            let log = log.clone();
            dom::after(0, move || log.borrow_mut().give_focus(removed));
        }
        Self::scrolled(log);
    }

    /// Returns `true` if the reader has scrolled up since the position was last looked at. It moves as well where the content has become lower or
    /// the view higher: then the end of what was there is still in view.
    fn has_reader_left(&self) -> bool {
        let height_px = self.height_px.min(self.element.scroll_height());
        let view_px = self.view_px.max(self.element.client_height());
        self.is_at_bottom && height_px - self.element.scroll_top() - view_px > BOTTOM_PX
    }

    /// Returns `true` if content or view have another height than when they were last looked at.
    fn has_grown(&self) -> bool {
        (self.height_px, self.view_px) != (self.element.scroll_height(), self.element.client_height())
    }

    fn note_focus(&mut self) {
        self.focus = active().filter(|active| self.element.contains(Some(active))).and_then(|active| {
            let message = active.closest("[data-id]").ok().flatten().and_then(|row| row.get_attribute("data-id"));
            Some(Focus { element: active.dyn_into().ok()?, message })
        });
    }

    /// Moves the focus, if it is nowhere, to the message it was in, or to the log: the focused element has left the document or was hidden.
    fn give_focus(&mut self, lost: Focus) {
        if dom::is_focus_in("body *") {
            return;
        }
        let message = lost.message.and_then(|id| {
            let row = self.element.query_selector(&format!(".msg[data-id=\"{id}\"]")).ok()??;
            row.dyn_into::<HtmlElement>().ok()
        });
        // Both can take it. Where one reads stays where it is.
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = message.as_ref().unwrap_or(&self.element).focus_with_options(&options);
        self.note_focus();
    }

    /// The position changed, by the reader or by us: remember it and say what follows from it.
    fn scrolled(log: &Rc<RefCell<Self>>) {
        let (report, is_at_bottom, did_change, rows, is_near_top) = {
            let mut log = log.borrow_mut();
            let (top_px, view_px) = (log.element.scroll_top(), log.element.client_height());
            let is_at_bottom = log.element.scroll_height() - top_px - view_px <= BOTTOM_PX && !(log.goes_on)();
            let did_change = is_at_bottom != log.is_at_bottom;
            log.is_at_bottom = is_at_bottom;
            (log.top_px, log.height_px, log.view_px) = (top_px, log.element.scroll_height(), view_px);
            let rows = log.measure_rows();
            (log.report.clone(), is_at_bottom, did_change, rows, view_px > 0 && top_px < TOP_PX)
        };
        if did_change {
            report(ScrollReport::Bottom { is_in_view: is_at_bottom });
        }
        if let Some(rows) = rows {
            report(rows);
        }
        if is_near_top {
            report(ScrollReport::NearTop);
        }
    }

    /// Returns the rows in view; the first of them becomes the anchor, which holds its place.
    fn measure_rows(&mut self) -> Option<ScrollReport> {
        let rows = self.element.query_selector_all(ROWS).ok()?;
        let view = self.element.get_bounding_client_rect();
        let first = rows_above(&rows, view.top());
        self.anchor = row(&rows, first).map(|element| Anchor { top_px: top_of(&element) - view.top(), element });
        let last = (!self.is_at_bottom).then(|| rows_above(&rows, view.bottom()) as usize);
        let selection = device::window().and_then(|window| window.get_selection().ok().flatten());
        let is_held = selection.is_some_and(|selection| {
            !selection.is_collapsed() && self.element.contains(selection.anchor_node().as_ref())
        });
        Some(ScrollReport::Rows { first: first as usize, last, is_held })
    }
}

fn top_of(element: &Element) -> f64 {
    element.get_bounding_client_rect().top()
}

fn active() -> Option<Element> {
    device::document()?.active_element()
}

fn row(rows: &NodeList, at: u32) -> Option<Element> {
    rows.get(at)?.dyn_into().ok()
}

/// Counts the rows that end above `y_px`. They stand below each other, so their places are searched by halves.
fn rows_above(rows: &NodeList, y_px: f64) -> u32 {
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = (low + high) / 2;
        if row(rows, middle).is_some_and(|row| row.get_bounding_client_rect().bottom() <= y_px) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
