//! Place of the actions of a message (`ux.md` 2.10). On a phone they are a sheet at the lower edge, and the log moves up until the message
//! is above it. On wide pages the style sheet places them at the marked row. Like `dom`, this code serves both halves: the server compiles it
//! and never runs it.

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

use super::dom::{self, found, set_px};

/// Distance between the sheet and the message.
const GAP_PX: f64 = 8.0;
/// Distance over which the sheet is drawn down before it closes.
const CLOSES_PX: i32 = 64;
/// Mark of a log that has moved up.
const LIFTED: &str = "data-lifted";
/// Mark of the message whose actions are open.
const ACTED: &str = "data-acted";

/// Marks the message with this id, and moves the log up if the open sheet would cover it. A later call measures again.
pub fn place(sheet: NodeRef<Dialog>, message: &str) {
    let Some(sheet) = sheet.try_get_untracked().flatten() else { return };
    release();
    let Some(row) = found(&format!(".msg[data-id=\"{message}\"]")) else { return };
    // The name is valid.
    let _ = row.set_attribute(ACTED, "");
    if dom::has_sheets() {
        lift(&row, sheet.get_bounding_client_rect().top());
    }
}

/// Places the sheet again when the view changes its size, as it does when a keyboard goes. The log moves back when the calling component is
/// disposed.
pub fn follow(sheet: NodeRef<Dialog>, message: String) {
    let resized = window_event_listener_untyped("resize", move |_| {
        let message = message.clone();
        dom::after_paint(move || place(sheet, &message));
    });
    on_cleanup(move || {
        resized.remove();
        release();
    });
}

fn release() {
    for mark in [LIFTED, ACTED] {
        if let Some(marked) = found(&format!("[{mark}]")) {
            // The name is valid.
            let _ = marked.remove_attribute(mark);
        }
    }
}

/// Draws the sheet down with the finger.
pub fn draw(sheet: NodeRef<Dialog>, by_px: i32) {
    if let Some(sheet) = sheet.get_untracked() {
        set_px(&sheet, "--drawn", f64::from(by_px.max(0)));
    }
}

/// Returns `true` if the sheet was drawn far enough down to close.
pub const fn is_far(by_px: i32) -> bool {
    by_px >= CLOSES_PX
}

/// Moves the log up until the end of the row is above `sheet_px`. The beginning of a row that is higher than the rest of the log stays.
fn lift(row: &Element, sheet_px: f64) {
    let Some(log) = row.closest(".log").ok().flatten() else { return };
    let (own, view) = (row.get_bounding_client_rect(), log.get_bounding_client_rect());
    let by_px = (own.bottom() + GAP_PX - sheet_px).min(own.top() - view.top()).ceil();
    if by_px > 0.0
        && let Ok(log) = log.dyn_into::<HtmlElement>()
    {
        set_px(&log, "--lift", by_px);
        // The name is valid.
        let _ = log.set_attribute(LIFTED, "");
    }
}
