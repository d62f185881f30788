//! Devices of the stage: frames of this site with simulated conditions (`demo_link` in the frame applies them). The file also prepares the
//! stage for an audience: its scale, the hidden pointer, named keys, and sound that is off until the presenter wants it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Reflect;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement, HtmlIFrameElement, KeyboardEvent, MessageEvent, Window};

use super::state::Stage;
use super::{page, people, ticker};
use crate::browser::clock;
use crate::browser::demo_link::{LinkConditions, StageMessage};
use crate::browser::device::{capture, document, origin, window};
use crate::browser::timer::{self, Timer};

/// Size that the stage is designed for; it is scaled to the window.
const WIDTH: f64 = 1_920.0;
const HEIGHT: f64 = 1_080.0;
/// Time after which the pointer is hidden.
const POINTER_MS: u64 = 3_000;
/// Time for which the name of a pressed key is shown.
const KEY_MS: u64 = 1_600;

thread_local! {
    static IS_LOUD: Cell<bool> = const { Cell::new(false) };
    static POINTER: RefCell<Timer> = RefCell::default();
    static KEY: RefCell<Timer> = RefCell::default();
}

/// Scales the stage to the window, now and after each change.
pub fn fit() {
    let Some(window) = window() else { return };
    fit_now();
    capture(&window, "resize", |_: Event| fit_now());
    watch(&window);
}

/// Scales the stage to the root element. The inner size of a window grows on phones with what is wider than the screen: with the stage itself.
fn fit_now() {
    let (Some(root), Some(stage)) =
        (document().and_then(|document| document.document_element()), page::element("stage"))
    else {
        return;
    };
    let (width, height) = (f64::from(root.client_width()), f64::from(root.client_height()));
    let scale = (width / WIDTH).min(height / HEIGHT);
    let (left, top) = ((width - WIDTH * scale) / 2.0, (height - HEIGHT * scale) / 2.0);
    set_style(&stage, "transform", &format!("translate({left}px,{top}px) scale({scale})"));
}

/// Handles the panels that replace the QR code while they are open.
pub fn watch_panels() {
    for (button, panel, other_button, other) in [
        ("show-simulation", "simulation", "show-theatre", "theatre"),
        ("show-theatre", "theatre", "show-simulation", "simulation"),
    ] {
        page::on(button, "click", move || {
            let is_shown = page::element(panel).is_some_and(|panel| panel.hidden());
            for (button, panel, is_shown) in [(button, panel, is_shown), (other_button, other, false)] {
                page::show(panel, is_shown);
                page::set(button, "aria-expanded", if is_shown { "true" } else { "false" });
            }
            page::show("join", !is_shown);
        });
    }
    if people::is_rehearsal() {
        rehearse();
    }
}

/// Counts the seconds of a rehearsal.
fn rehearse() {
    page::show("rehearsal", true);
    let began = clock::now_ms();
    spawn_local(async move {
        loop {
            let seconds = clock::now_ms().saturating_sub(began) / 1_000;
            page::say("rehearsal", &format!("{}:{:02}", seconds / 60, seconds % 60));
            timer::wait(1_000).await;
        }
    });
}

pub fn begin(stage: &Rc<Stage>) {
    for number in 1..=stage.devices.len() {
        let Some(frame) = frame(number) else { continue };
        let shown = frame.clone();
        capture(&frame, "load", move |_: Event| {
            // Every load makes a new document.
            if let Some(inside) = shown.content_window() {
                watch(&inside);
            }
            send_conditions(number);
        });
        frame.set_src(&format!("/demo/device?as={number}"));
        watch_toggles(number);
    }
    // A frame that has just started asks for its conditions.
    if let Some(window) = window() {
        capture(&window, "message", |event: MessageEvent| {
            if event.origin() == origin() {
                (1..=2).for_each(send_conditions);
            }
        });
    }
    page::on("sound", "click", || {
        IS_LOUD.set(!IS_LOUD.get());
        page::set("sound", "aria-pressed", if IS_LOUD.get() { "true" } else { "false" });
        (1..=2).for_each(send_conditions);
    });
}

fn frame(number: usize) -> Option<HtmlIFrameElement> {
    page::element_of(&format!("device-{number}"))
}

/// Returns the window of a device, once there is one.
fn inside(number: usize) -> Option<Window> {
    frame(number)?.content_window()
}

fn set_style(element: &HtmlElement, property: &str, value: &str) {
    // The names of properties are valid constants.
    let _ = element.style().set_property(property, value);
}

fn watch_toggles(number: usize) {
    for name in ["delay", "loss"] {
        page::on(&format!("{name}-{number}"), "input", move || {
            let unit = if name == "delay" { "ms" } else { "%" };
            page::say(&format!("{name}-out-{number}"), &format!("{} {unit}", page::value(&format!("{name}-{number}"))));
            send_conditions(number);
        });
    }
    page::on(&format!("cut-{number}"), "click", move || {
        let is_cut = !is_cut(number);
        page::set(&format!("cut-{number}"), "aria-pressed", if is_cut { "true" } else { "false" });
        ticker::simulated("ic-block", &page::worded(if is_cut { "line-cut" } else { "line-back" }, number as u64));
        send_conditions(number);
    });
    page::on(&format!("restart-{number}"), "click", move || {
        ticker::simulated("ic-back", &page::worded("restarted", number as u64));
        if let Some(inside) = inside(number) {
            // A document of this site can always be reloaded.
            let _ = inside.location().reload();
        }
    });
}

fn is_cut(number: usize) -> bool {
    let button = page::element(&format!("cut-{number}"));
    button.and_then(|button| button.get_attribute("aria-pressed")).as_deref() == Some("true")
}

/// Sends its conditions to a frame, and shows which of them are simulated.
fn send_conditions(number: usize) {
    let (delay_ms, loss, is_cut) =
        (page::value(&format!("delay-{number}")), page::value(&format!("loss-{number}")), is_cut(number));
    let conditions = LinkConditions { delay_ms, loss_percent: loss, is_cut, is_loud: IS_LOUD.get() };
    if let Some(inside) = inside(number) {
        StageMessage { conditions: Some(conditions) }.post(&inside);
    }
    let mut words = Vec::new();
    if delay_ms > 0 {
        words.push(format!("+{delay_ms} ms"));
    }
    if loss > 0 {
        words.push(format!("{} {loss} %", page::label(&format!("loss-{number}"))));
    }
    if is_cut {
        words.push(page::word("is-cut"));
    }
    page::say(&format!("simulated-words-{number}"), &words.join(", "));
    page::show(&format!("simulated-{number}"), !words.is_empty());
    let added: Vec<u32> = [1, 2].map(|number| page::value(&format!("delay-{number}"))).to_vec();
    page::show("fig-sim", added.iter().any(|added| *added > 0));
    page::say("fig-added", &format!("+{} / +{} ms", added[0], added[1]));
}

/// Listens to pointer and keys, on the stage or in a device.
fn watch(window: &Window) {
    capture(window, "pointermove", |_: Event| {
        hide_pointer(false);
        POINTER.with_borrow_mut(|timer| timer.set(POINTER_MS, || hide_pointer(true)));
    });
    capture(window, "keydown", |event: KeyboardEvent| {
        if let Some(name) = key_name(&event) {
            page::say("keys", &name);
            page::show("keys", true);
            KEY.with_borrow_mut(|timer| timer.set(KEY_MS, || page::show("keys", false)));
        }
    });
}

/// Returns the name of a pressed key, unless it only types a letter.
fn key_name(event: &KeyboardEvent) -> Option<String> {
    // Form fillers send key events without a key.
    if !Reflect::has(event, &"key".into()).unwrap_or_default() {
        return None;
    }
    let key = event.key();
    let [has_ctrl, has_meta, has_alt, has_shift] =
        [event.ctrl_key(), event.meta_key(), event.alt_key(), event.shift_key()];
    let is_modifier = ["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead", "Process"].contains(&key.as_str());
    let is_command = has_ctrl || has_meta || has_alt;
    if is_modifier || (key.chars().count() == 1 && !is_command) || (is_command && key == "AltGraph") {
        return None;
    }
    let mut parts = Vec::new();
    for (is_held, name) in [(has_ctrl, "Ctrl"), (has_meta, "⌘"), (has_alt, "Alt"), (has_shift, "Shift")] {
        if is_held {
            parts.push(name.to_owned());
        }
    }
    parts.push(if key.chars().count() == 1 { key.to_uppercase() } else { key });
    Some(parts.join(" + "))
}

fn hide_pointer(is_hidden: bool) {
    // A frame that has left this site gives no document.
    let devices = [1, 2].map(|number| frame(number)?.content_document());
    for root in devices.into_iter().chain([document()]).filter_map(|document| document?.document_element()) {
        // An empty value removes the property. The elements of a frame have classes of another window, so an `instanceof` test would fail.
        set_style(root.unchecked_ref(), "cursor", if is_hidden { "none" } else { "" });
    }
}
