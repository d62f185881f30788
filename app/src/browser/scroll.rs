//! Scroll position of the log: it stays at the bottom only while the reader is there, and does not jump when older rows are inserted above.
//!
//! This file also reports which rows are visible, when older rows are needed, and whether the bottom is visible.
//! `features::messages::near_rows` chooses the rows in the document, and `session` counts what is read.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlDivElement, HtmlElement, NodeList};

use super::watch::{self, Watch};
use super::{ScrollReport, device, dom};

/// Distance from the end that still counts as the bottom.
const BOTTOM_PX: i32 = 24;
/// Distance from the top at which older rows are requested.
const TOP_PX: i32 = 480;

/// Rows that are not hidden: one element each, beside the rules above some of them.
const ROWS: &str = "[tabindex]:not([hidden])";

/// Element that holds its place, and its position in the view at the last measurement.
struct Anchor {
    element: Element,
    top_px: f64,
}

/// Focused element, and the message that contains it.
struct Focus {
    element: HtmlElement,
    message: Option<String>,
}

struct Log {
    element: HtmlDivElement,
    is_at_bottom: bool,
    /// Scroll position and height of the content, and height and width of the view, at the last measurement.
    top_px: i32,
    height_px: i32,
    view_px: i32,
    width_px: i32,
    anchor: Option<Anchor>,
    /// Element of the log that had the focus last.
    focus: Option<Focus>,
    /// Returns `true` if there are rows below that are not in the document.
    goes_on: Box<dyn Fn() -> bool>,
    report: Rc<dyn Fn(ScrollReport)>,
}

/// Maintains the position of `log` until the calling component is disposed. The rows are the children of the element's first `ol`;
/// `goes_on` is true if more rows follow below those in the document.
pub fn follow(log: NodeRef<Div>, goes_on: impl Fn() -> bool + Copy + 'static, report: impl Fn(ScrollReport) + 'static) {
    let report: Rc<dyn Fn(ScrollReport)> = Rc::new(report);
    let watches = StoredValue::new_local(Vec::new());
    Effect::new(move || {
        if let Some(element) = log.get() {
            watches.set_value(watch_log(element, Box::new(goes_on), report.clone()).unwrap_or_default());
        }
    });
    on_cleanup(move || drop(watches.try_update_value(std::mem::take)));
}

/// Scrolls to the newest row.
pub fn to_bottom(log: NodeRef<Div>) {
    if let Some(element) = log.get_untracked() {
        element.set_scroll_top(element.scroll_height());
    }
}

fn watch_log(
    element: HtmlDivElement,
    goes_on: Box<dyn Fn() -> bool>,
    report: Rc<dyn Fn(ScrollReport)>,
) -> Option<Vec<Watch>> {
    // The code keeps the place itself, because browsers differ and none does it at the very top.
    HtmlElement::style(&element).set_property("overflow-anchor", "none").ok()?;
    let log = Rc::new(RefCell::new(Log {
        element: element.clone(),
        is_at_bottom: true,
        top_px: 0,
        height_px: 0,
        view_px: 0,
        width_px: 0,
        anchor: None,
        focus: None,
        goes_on,
        report,
    }));
    let (for_content, for_size, for_scroll, for_focus) = (log.clone(), log.clone(), log.clone(), log.clone());
    // The height of rows changes with fonts and with folded parts.
    let rows = element.query_selector("ol").ok()??;
    let watches = [
        watch::changes(&element, |what| what.set_character_data(true), move || Log::changed(&for_content)),
        watch::sizes(&[&element, &rows], move || Log::changed(&for_size)),
        watch::events(&element, "scroll", move || {
            // If the size has changed too, the change may have moved the log, not the reader.
            let has_grown = for_scroll.borrow().has_grown();
            if has_grown { Log::changed(&for_scroll) } else { Log::scrolled(&for_scroll) }
        }),
        watch::events(&element, "focusin", move || {
            // The event may come while the log is being corrected, which checks the focus afterwards.
            if let Ok(mut log) = for_focus.try_borrow_mut() {
                log.note_focus();
            }
        }),
    ];
    Log::changed(&log);
    watches.into_iter().collect()
}

impl Log {
    /// Restores the reader's position after a change of the content or the size.
    fn changed(log: &Rc<RefCell<Self>>) {
        {
            let log = log.borrow();
            if log.has_reader_left() {
                // The scroll event of this change comes later.
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

    /// Returns `true` if the reader has scrolled up since the last measurement. The position also changes when the content shrinks or the
    /// view grows, but then the end of the old content is still visible. A view of quite another size is no reader's doing: a turned page
    /// or an opened keyboard sets the layout first and the height of the page later, and the larger view in between moves the position.
    fn has_reader_left(&self) -> bool {
        let grown_px = self.element.client_height() - self.view_px;
        if self.element.client_width() != self.width_px || grown_px.abs() > BOTTOM_PX {
            return false;
        }
        let height_px = self.height_px.min(self.element.scroll_height());
        let view_px = self.view_px.max(self.element.client_height());
        self.is_at_bottom && height_px - self.element.scroll_top() - view_px > BOTTOM_PX
    }

    /// Returns `true` if the height of content or view has changed since the last measurement.
    fn has_grown(&self) -> bool {
        (self.height_px, self.view_px) != (self.element.scroll_height(), self.element.client_height())
    }

    fn note_focus(&mut self) {
        self.focus = active().filter(|active| self.element.contains(Some(active))).and_then(|active| {
            let message = active.closest("[data-id]").ok().flatten().and_then(|row| row.get_attribute("data-id"));
            Some(Focus { element: active.dyn_into().ok()?, message })
        });
    }

    /// Moves a lost focus to its message, or to the log. The focused element has left the document or was hidden.
    fn give_focus(&mut self, lost: Focus) {
        if dom::is_focus_in("body *") {
            return;
        }
        let message = lost.message.and_then(|id| {
            let row = self.element.query_selector(&format!(".msg[data-id=\"{id}\"]")).ok()??;
            row.dyn_into::<HtmlElement>().ok()
        });
        // Both can take the focus. The scroll position stays.
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = message.as_ref().unwrap_or(&self.element).focus_with_options(&options);
        self.note_focus();
    }

    /// Stores a changed position, and reports what follows from it.
    fn scrolled(log: &Rc<RefCell<Self>>) {
        let (report, is_at_bottom, did_change, rows, is_near_top) = {
            let mut log = log.borrow_mut();
            let (top_px, view_px) = (log.element.scroll_top(), log.element.client_height());
            let is_at_bottom = log.element.scroll_height() - top_px - view_px <= BOTTOM_PX && !(log.goes_on)();
            let did_change = is_at_bottom != log.is_at_bottom;
            log.is_at_bottom = is_at_bottom;
            (log.top_px, log.height_px, log.view_px) = (top_px, log.element.scroll_height(), view_px);
            log.width_px = log.element.client_width();
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

    /// Returns the visible rows. The first of them becomes the anchor, which holds its place.
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

/// Counts the rows that end above `y_px` by binary search, because rows are in vertical order.
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
