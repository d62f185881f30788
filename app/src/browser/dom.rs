//! Access of components to the document beyond their views: focus, caret, clipboard. Handlers and effects call it, so the same code serves
//! both halves: the server compiles it and never runs it.

use std::cell::RefCell;
use std::time::Duration;

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::prelude::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{
    AddEventListenerOptions, Clipboard, Element, Event, EventInit, EventTarget, HtmlDialogElement, HtmlDocument,
    HtmlElement, HtmlInputElement, HtmlTextAreaElement, InputEvent, Node, PointerEvent, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};
use protocol::codec::json::Value;

use super::device;
use super::letters::{at_most, lower};
use super::storage;

/// Key in sessionStorage of the text that was being written when the page broke.
const RESCUED: &str = "cfm-rescued";
/// Rows of the contact list that take the focus: that of the open conversation, or else the first.
pub const LISTED: [&str; 2] = [".list .cover[aria-current]", ".list .cover"];

/// Movement of the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Steps by a number of elements, and wraps around.
    By(i32),
    /// Steps by a number of elements, and stops at the ends.
    Along(i32),
    First,
    Last,
    /// To the next element whose text begins with this letter.
    To(char),
}

impl Step {
    /// Returns the movement of a key in a row of elements.
    pub fn across(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowRight" => Self::By(1),
            "ArrowLeft" => Self::By(-1),
            "Home" => Self::First,
            "End" => Self::Last,
            _ => return None,
        })
    }

    /// Returns the movement of a key in a row that continues on the next line.
    pub fn along(key: &str) -> Option<Self> {
        match key {
            "ArrowDown" => Some(Self::By(1)),
            "ArrowUp" => Some(Self::By(-1)),
            key => Self::across(key),
        }
    }
}

/// Runs `action` when the changes of this turn are painted, before the next changes.
pub fn after_paint(action: impl FnOnce() + 'static) {
    request_animation_frame(action);
}

pub fn after(wait_ms: u64, action: impl FnOnce() + 'static) {
    set_timeout(action, Duration::from_millis(wait_ms));
}

pub fn text_of(id: &str) -> Option<String> {
    document().get_element_by_id(id)?.text_content()
}

/// Returns the text that this person was writing in this room when the page of this tab broke (`shell::TRAP`), and `true` if it was the
/// edit of a message. The text is returned once.
pub fn rescued(person: &str, room: &str) -> Option<(String, bool)> {
    let stored = Value::parse(&storage::tab_item(RESCUED)?)?;
    let [of, at, content, is_edit] = stored.as_array()?.as_slice() else { return None };
    if of.as_str()? != person || at.as_str()? != room {
        return None;
    }
    forget_rescued();
    Some((content.as_str()?.to_owned(), is_edit.as_bool()?))
}

/// Deletes the text that was being written when the page of this tab broke.
pub fn forget_rescued() {
    storage::remove_tab_item(RESCUED);
}

/// Focuses the first visible element of the page that matches. Returns `true` if there was one.
pub fn focus(selector: &str) -> bool {
    document().document_element().is_some_and(|root| focus_first(&root, &[selector]))
}

/// Focuses the first visible element of the page that matches, as [`focus`] does. It has the attribute `data-led` until the focus leaves,
/// because browsers draw no ring for a focus that follows a press.
pub fn focus_led(selector: &str) -> bool {
    let is_there = focus(selector);
    if let Some(led) = document().active_element().filter(|_| is_there) {
        // The name of the attribute is valid.
        let _ = led.set_attribute("data-led", "");
        let element = led.clone();
        let on_leave = Closure::once_into_js(move || drop(element.remove_attribute("data-led")));
        let options = AddEventListenerOptions::new();
        options.set_once(true);
        let on_leave = on_leave.unchecked_ref();
        // Without the listener, the ring stays until the row is drawn again.
        let _ = led.add_event_listener_with_callback_and_add_event_listener_options("blur", on_leave, &options);
    }
    is_there
}

/// Focuses the first visible element of the page that matches, once the changes of this turn are painted.
pub fn focus_soon(selector: impl AsRef<str> + 'static) {
    after_paint(move || {
        focus(selector.as_ref());
    });
}

/// Focuses an element by its id, once the changes of this turn are painted.
pub fn focus_by_id(id: &str) {
    focus_soon(format!("[id='{id}']"));
}

/// Focuses a field by its id and selects its text, once the changes of this turn are painted.
pub fn focus_whole(id: &'static str) {
    after_paint(move || {
        let field = document().get_element_by_id(id).and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        if let Some(field) = field.filter(|field| field.focus().is_ok()) {
            field.select();
        }
    });
}

/// Focuses an element that an event has named, if it is still in view.
pub fn focus_target(target: Option<EventTarget>) {
    if let Some(element) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
        // An element that refuses the focus leaves it unchanged.
        let _ = element.focus();
    }
}

/// Focuses the row of the open conversation, or else the first row of the contact list.
pub fn focus_list() {
    if !focus(LISTED[0]) {
        focus(LISTED[1]);
    }
}

/// Gives the focus to an element of the first selector that has a visible one, if it was lost with an element that has gone. The buttons of an
/// answered row are hidden, and the browser takes their focus away later than this looks.
pub fn mend_focus(selectors: impl IntoIterator<Item: AsRef<str>> + 'static) {
    after_paint(move || {
        if !is_focus_in("body *") || is_focus_in("[data-answered]") {
            let _ = selectors.into_iter().any(|selector| focus(selector.as_ref()));
        }
    });
}

/// Leaves the open conversation and focuses its row in the list, which is no longer marked as open.
pub fn leave_to_list(leave: impl FnOnce()) {
    let row = found(LISTED[0]);
    leave();
    after_paint(move || {
        let row = row.filter(|row| row.is_connected()).and_then(|row| row.dyn_into::<HtmlElement>().ok());
        if row.is_none_or(|row| row.focus().is_err()) {
            focus_list();
        }
    });
}

/// Focuses the first visible element below `root` that matches the first selector that matches any.
pub fn focus_first(root: &Element, selectors: &[&str]) -> bool {
    let found = selectors.iter().find_map(|selector| visible(root, selector).into_iter().next());
    found.is_some_and(|element| element.focus().is_ok())
}

thread_local! {
    static PASSED_OVER: RefCell<Vec<HtmlElement>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the focus out of the elements that match, while the browser handles the pressed key.
pub fn pass_over(selector: &str) {
    let Some(root) = document().document_element() else { return };
    stop_at_all();
    let all = visible(&root, selector);
    all.iter().for_each(|each| each.set_inert(true));
    PASSED_OVER.set(all);
    after(0, stop_at_all);
}

/// Ends [`pass_over`]. The next key may come before it ends by itself, because a busy page handles keys first.
pub fn stop_at_all() {
    PASSED_OVER.take().iter().for_each(|each| each.set_inert(false));
}

/// Focuses the last visible element of the page that matches.
pub fn focus_last(selector: &str) {
    step_in_page(selector, Step::Last);
}

/// Moves the focus among the visible elements of the page that match.
pub fn step_in_page(selector: &str, step: Step) {
    if let Some(root) = document().document_element() {
        step_focus(&root, selector, step);
    }
}

/// Moves the focus by an arrow key, Home or End among the visible elements of the page that match.
pub fn walk(event: &KeyboardEvent, selector: &str) {
    if let Some(step) = Step::along(&event.key()) {
        event.prevent_default();
        step_in_page(selector, step);
    }
}

/// Presses the first visible element of the page that matches.
pub fn press(selector: &str) {
    let root = document().document_element();
    if let Some(element) = root.and_then(|root| visible(&root, selector).into_iter().next()) {
        element.click();
    }
}

/// Moves the focus from its region to the next one with a focusable element; regions are selectors.
pub fn cycle(regions: &[&str], by: i32) {
    let Some(root) = document().document_element() else { return };
    let active = document().active_element();
    let first_of = |region: &&str| region.split(", ").find_map(|selector| visible(&root, selector).into_iter().next());
    let stops: Vec<HtmlElement> = regions.iter().filter_map(first_of).collect();
    // The region that holds the focus: its first stop is the last one that is not after the focus.
    let is_before = |stop: &HtmlElement| {
        active.as_ref().is_some_and(|active| {
            *active == **stop || stop.compare_document_position(active) & Node::DOCUMENT_POSITION_FOLLOWING != 0
        })
    };
    let at = stops.iter().rposition(is_before).map_or(-1, |at| at as i32);
    let to = (at + by).rem_euclid(stops.len().max(1) as i32);
    if let Some(stop) = stops.get(to as usize) {
        // An element that refuses the focus leaves it unchanged.
        let _ = stop.focus();
    }
}

/// Moves the focus among the visible elements below `root` that match `selector`.
pub fn step_focus(root: &Element, selector: &str, step: Step) {
    let stops = visible(root, selector);
    let active = document().active_element();
    let at = stops.iter().position(|stop| active.as_ref() == Some(stop));
    let count = stops.len() as i32;
    let to = match (step, at) {
        (Step::First, _) | (Step::By(0..), None) => 0,
        (Step::Last, _) | (Step::By(_) | Step::Along(_), None) => count - 1,
        (Step::Along(by), Some(at)) => (at as i32 + by).clamp(0, count - 1),
        (Step::By(by), Some(at)) => (at as i32 + by).rem_euclid(count.max(1)),
        (Step::To(letter), at) => next_with(&stops, letter, at.map_or(0, |at| at + 1)),
    };
    if let Some(stop) = usize::try_from(to).ok().and_then(|to| stops.get(to)) {
        // An element that refuses the focus leaves it unchanged.
        let _ = stop.focus();
    }
}

/// Counts the visible matching elements below `root` in the first line, which is full.
pub fn in_line(root: &Element, selector: &str) -> i32 {
    let stops = visible(root, selector);
    stops.iter().take_while(|stop| stop.offset_top() == stops[0].offset_top()).count() as i32
}

/// Returns `true` if the focus moves to an element outside of `root`, or is lost.
pub fn focus_leaves(root: &Element, event: &FocusEvent) -> bool {
    let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
    !root.contains(to.as_ref())
}

/// Focuses the button below `root` that was pressed, if the focus is outside of `root`.
pub fn focus_pressed(root: &Element, pressed: Option<EventTarget>) {
    let active = document().active_element();
    let button = element(pressed).and_then(|target| target.closest("button").ok()??.dyn_into::<HtmlElement>().ok());
    if let Some(button) = button.filter(|_| !root.contains(active.as_deref())) {
        // A button that is gone does not take the focus.
        let _ = button.focus();
    }
}

/// Makes the focused element the only Tab stop among the elements below `root` that match. Arrow keys reach the others.
pub fn rove(root: &Element, selector: &str) {
    let Some(active) = document().active_element().filter(|active| active.matches(selector).unwrap_or(false)) else {
        return;
    };
    for stop in all(root, selector) {
        // The name is valid.
        let _ = stop.set_attribute("tabindex", if stop == active { "0" } else { "-1" });
    }
}

/// Handles a horizontal arrow key in the list. On a head, it opens the group or moves to the first row; on a row, it moves to the head of
/// the group or closes the group. `stops` selects the stops of keys. Returns `true` if the key had an effect.
pub fn across_tree(key: &str, stops: &str) -> bool {
    let active = active().filter(|active| active.matches("[role=treeitem]").unwrap_or(false));
    let Some(active) = active else { return false };
    let head = || active.closest(".list-group").ok()??.query_selector(".group").ok()??.dyn_into::<HtmlElement>().ok();
    match (key, active.get_attribute("aria-expanded").as_deref()) {
        ("ArrowRight", Some("false")) | ("ArrowLeft", Some("true")) => active.click(),
        ("ArrowRight", Some("true")) => step_in_page(stops, Step::By(1)),
        ("ArrowLeft", None) => {
            // The head can take it.
            let _ = head().map(|head| head.focus());
        }
        _ => return false,
    }
    true
}

/// Returns `true` if the focus moves to another part of the page. A move to a dialog or another window does not count, because it returns.
pub fn focus_goes(event: &FocusEvent) -> bool {
    let root = event.current_target().and_then(|target| target.dyn_into::<Node>().ok());
    match element(event.related_target()) {
        Some(to) => {
            root.is_none_or(|root| !root.contains(Some(&to))) && !to.closest("dialog").is_ok_and(|it| it.is_some())
        }
        None => document().has_focus().unwrap_or(true),
    }
}

/// Returns a function that gives the focus back to the element that has it now, unless another one has it by then.
pub fn keep_focus() -> impl Fn() {
    let active = active();
    move || {
        if let Some(active) = active.as_ref().filter(|_| !is_focus_in("body *")) {
            // An element that is gone does not take the focus.
            let _ = active.focus();
        }
    }
}

/// Returns `true` if the focus is inside an element that matches.
pub fn is_focus_in(selector: &str) -> bool {
    document().active_element().and_then(|active| active.closest(selector).ok().flatten()).is_some()
}

fn active() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

fn element(target: Option<EventTarget>) -> Option<Element> {
    target?.dyn_into().ok()
}

/// Returns `true` if the element that an event hit has left the document.
pub fn is_gone(target: Option<EventTarget>) -> bool {
    element(target).is_some_and(|element| !element.is_connected())
}

/// Returns `true` if the event's element is still under the pointer, or has the focus inside.
pub fn is_held(event: &Event) -> bool {
    element(event.current_target()).is_some_and(|element| element.matches(":hover, :focus-within").unwrap_or(false))
}

/// Returns `true` if an element that matches is under the pointer.
pub fn is_under_pointer(selector: &str) -> bool {
    found(&format!(":is({selector}):hover")).is_some()
}

/// Returns `true` if a finger made the event, as far as the browser says so.
pub fn is_by_finger(event: &Event) -> bool {
    event.dyn_ref::<PointerEvent>().is_some_and(|event| event.pointer_type() == "touch")
}

/// Returns the lower left corner of the element that handles the event, in the view.
pub fn corner_of(event: &Event) -> (i32, i32) {
    element(event.current_target()).map_or((0, 0), |element| {
        let place = element.get_bounding_client_rect();
        (place.left() as i32, place.bottom() as i32)
    })
}

/// Returns `true` if the document has an element that matches.
pub fn is_there(selector: &str) -> bool {
    found(selector).is_some()
}

/// Returns the first element of the document that matches.
pub(super) fn found(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// Scrolls the first element that matches to its beginning.
pub fn to_top(selector: &str) {
    if let Some(element) = found(selector) {
        element.set_scroll_top(0);
    }
}

/// Scrolls the first element that matches into the middle of the view. The focus stays where it is.
pub fn reveal(selector: &str) {
    scroll_to(selector, ScrollLogicalPosition::Center);
}

/// Scrolls the first element that matches into view, and not further, once the changes of this turn are painted. The focus stays where it
/// is.
pub fn show_soon(selector: impl AsRef<str> + 'static) {
    after_paint(move || scroll_to(selector.as_ref(), ScrollLogicalPosition::Nearest));
}

fn scroll_to(selector: &str, place: ScrollLogicalPosition) {
    if let Some(element) = found(selector) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(place);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Returns `true` if a dialog lies over the page.
pub fn is_dialog_open() -> bool {
    is_there("dialog[open]")
}

/// Closes every dialog, each in the way that its own button does.
pub fn close_dialogs() {
    let Some(root) = document().document_element() else { return };
    for dialog in
        all(&root, "dialog[open]").into_iter().filter_map(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok())
    {
        dialog.close();
    }
}

/// Returns `true` if touch is the main pointer: the focus in a text field would open the keyboard.
pub fn is_touch() -> bool {
    matches_media("(pointer: coarse)")
}

/// Returns `true` on a Mac, where Option types characters and Control replaces it in shortcuts (`ux.md` 2.4).
pub fn is_mac() -> bool {
    window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"))
}

/// Returns `true` if the page is wide enough for tabs beside the settings (`ux.md` 2.6).
pub fn has_space_for_tabs() -> bool {
    !matches_media("(max-width: 640px)")
}

/// Returns `true` if the actions of a message are a sheet from below (`ux.md` 2.10); `message-sheet.css` has the same condition.
pub fn has_sheets() -> bool {
    matches_media("(max-width: 640px), (pointer: coarse)")
}

fn matches_media(query: &str) -> bool {
    device::media(query).is_some_and(|media| media.matches())
}

/// Writes `text` at the caret as if it were typed, with a blank before it if a word ends there. The edit can be undone, and the field fires
/// its event.
pub fn insert_at_caret(field: &HtmlTextAreaElement, text: &str) {
    let units: Vec<u16> = field.value().encode_utf16().collect();
    let start = field.selection_start().ok().flatten().map_or(units.len(), |at| (at as usize).min(units.len()));
    let before = String::from_utf16_lossy(&units[..start]);
    let needs_blank = before.chars().next_back().is_some_and(|last| !last.is_whitespace());
    let text = if needs_blank { format!(" {text}") } else { text.to_owned() };
    // `execCommand` is the only edit by script that browsers can undo. It works on the focused element.
    let _ = field.focus();
    let page = document().dyn_into::<HtmlDocument>();
    let is_typed =
        page.is_ok_and(|page| page.exec_command_with_show_ui_and_value("insertText", false, &text) == Ok(true));
    if !is_typed && field.set_range_text(&text).is_ok() {
        dispatch_input(field);
    }
}

fn dispatch_input(field: &HtmlTextAreaElement) {
    let init = EventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict("input", &init) {
        // The result, that no listener prevented the event, has no meaning.
        let _ = field.dispatch_event(&event);
    }
}

/// Limits the text field of an event to numbers of graphemes and bytes, and returns its text. Surplus text is removed before the caret,
/// where it came in. An attribute `maxlength` would count UTF-16 units, of which one grapheme may have eleven.
pub fn held(event: &Event, graphemes_max: usize, bytes_max: usize) -> String {
    let written = event_target_value(event);
    let fits = |text: &str| at_most(text, graphemes_max, bytes_max) == text;
    // A word that an input method is composing is not changed.
    let is_composing = event.dyn_ref::<InputEvent>().is_some_and(InputEvent::is_composing);
    let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field.filter(|_| !is_composing && !fits(&written)) else { return written };
    let units: Vec<u16> = written.encode_utf16().collect();
    let caret = field.selection_start().ok().flatten().map_or(units.len(), |caret| (caret as usize).min(units.len()));
    let (before, after) = (String::from_utf16_lossy(&units[..caret]), String::from_utf16_lossy(&units[caret..]));
    let mut shorter = (0..=graphemes_max).rev().map(|count| at_most(&before, count, bytes_max));
    let shortened = shorter.find(|shortened| fits(&format!("{shortened}{after}"))).unwrap_or_default();
    let held = format!("{shortened}{after}");
    field.set_value(&held);
    let caret = shortened.encode_utf16().count() as u32;
    // Only fields without a caret refuse.
    let _ = field.set_selection_range(caret, caret);
    held
}

/// Copies text to the clipboard, as far as the browser allows it.
pub fn copy(text: &str) {
    // The promise is not awaited, because the page reports no refusal.
    let _ = clipboard().map(|clipboard| clipboard.write_text(text));
}

/// Copies text to the clipboard, and calls `then` once it is there.
pub fn copy_and(text: &str, then: impl FnOnce() + 'static) {
    let Some(clipboard) = clipboard() else { return };
    let done = Closure::once(move |_: JsValue| then());
    let _ = clipboard.write_text(text).then(&done);
    // The closure lives until its call; if the browser refuses, it is never called.
    done.forget();
}

/// Returns the clipboard, which pages over plain HTTP do not have.
fn clipboard() -> Option<Clipboard> {
    Some(window().navigator().clipboard()).filter(|clipboard| !clipboard.is_undefined())
}

/// Returns the elements below `root` that match.
pub(super) fn all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

fn visible(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let is_free = |element: &HtmlElement| !element.matches(":disabled").unwrap_or(false);
    let elements = all(root, selector).into_iter().filter_map(|element| element.dyn_into::<HtmlElement>().ok());
    elements.filter(|element| is_drawn(element) && is_free(element)).collect()
}

/// Returns `true` if an element has a place in the layout.
pub(super) fn is_drawn(element: &Element) -> bool {
    element.get_client_rects().length() > 0
}

/// Sets a length as a custom property, for the style sheets.
pub(super) fn set_px(element: &HtmlElement, name: &str, px: f64) {
    // Every custom property takes a length.
    let _ = HtmlElement::style(element).set_property(name, &format!("{px}px"));
}

/// Returns the next stop, with wrap-around, whose name begins with `letter`, or -1. Rows have their names in an attribute.
fn next_with(stops: &[HtmlElement], letter: char, from: usize) -> i32 {
    let begins = |at: &usize| {
        let text = stops[*at].get_attribute("aria-label").or_else(|| stops[*at].text_content()).unwrap_or_default();
        lower(text.trim_start()).starts_with(&lower(&letter.to_string()))
    };
    let order = (from..stops.len()).chain(0..from.min(stops.len()));
    order.into_iter().find(begins).map_or(-1, |at| at as i32)
}
