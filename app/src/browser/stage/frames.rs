//! The devices of the stage: frames of our own page, what is simulated for them (`demo_link` in the frame does it), and what the stage does
//! about being looked at from afar: its size, the pointer that goes away, keys that are named, sound that is off until somebody wants it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{EventTarget, HtmlElement, HtmlIFrameElement, KeyboardEvent, MessageEvent, Window};

use super::{Stage, page, people, ticker};
use crate::browser::clock;
use crate::browser::demo_link::LINK;
use crate::browser::device::{document, window};
use crate::browser::timer::Timer;

/// The stage is drawn for this and made as large as there is room.
const WIDTH: f64 = 1_920.0;
const HEIGHT: f64 = 1_080.0;
/// The pointer goes away after so long.
const POINTER_MS: u64 = 3_000;
/// A key stays named for so long.
const KEY_MS: u64 = 1_600;

thread_local! {
    static IS_LOUD: Cell<bool> = const { Cell::new(false) };
    static POINTER: RefCell<Timer> = RefCell::default();
    static KEY: RefCell<Timer> = RefCell::default();
}

/// Makes the stage as large as there is room, now and whenever that changes.
pub fn fit() {
    fit_now();
    if let Some(window) = window() {
        page::listen(&window, "resize", |_| fit_now());
        watch(&window);
    }
}

fn fit_now() {
    let size = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64());
    let (Some(window), Some(stage)) = (window(), page::element("stage")) else { return };
    if let (Some(width), Some(height)) = (size(window.inner_width()), size(window.inner_height())) {
        let scale = (width / WIDTH).min(height / HEIGHT);
        let (left, top) = ((width - WIDTH * scale) / 2.0, (height - HEIGHT * scale) / 2.0);
        // The name of the property is ours.
        let _ = stage.style().set_property("transform", &format!("translate({left}px,{top}px) scale({scale})"));
    }
}

/// Panels that take the place of the code while somebody wants them.
pub fn watch_panels() {
    for (button, panel, other_button, other) in [
        ("show-simulation", "simulation", "show-theatre", "theatre"),
        ("show-theatre", "theatre", "show-simulation", "simulation"),
    ] {
        page::on(button, "click", move |_| {
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
    let tick = Closure::<dyn FnMut()>::new(move || {
        let seconds = clock::now_ms().saturating_sub(began) / 1_000;
        page::say("rehearsal", &format!("{}:{:02}", seconds / 60, seconds % 60));
    });
    if let Some(window) = window() {
        // Without it there is no time to be seen.
        let _ = window.set_interval_with_callback_and_timeout_and_arguments_0(tick.as_ref().unchecked_ref(), 1_000);
    }
    tick.forget();
}

/// Opens the devices.
pub fn begin(stage: &Rc<Stage>) {
    for number in 1..=stage.devices.len() {
        let Some(frame) = frame(number) else { continue };
        let shown = frame.clone();
        page::listen(&frame, "load", move |_| {
            // Every load is another document.
            if let Some(inside) = shown.content_window() {
                watch(&inside);
            }
            tell(number);
        });
        frame.set_src(&format!("/demo/device?as={number}"));
        watch_toggles(number);
    }
    // A frame that has just begun asks what holds for it.
    if let Some(window) = window() {
        let origin = window.location().origin().unwrap_or_default();
        page::listen(&window, "message", move |event| {
            if event.dyn_ref::<MessageEvent>().is_some_and(|event| event.origin() == origin) {
                (1..=2).for_each(tell);
            }
        });
    }
    page::on("sound", "click", |_| {
        IS_LOUD.set(!IS_LOUD.get());
        page::set("sound", "aria-pressed", if IS_LOUD.get() { "true" } else { "false" });
        (1..=2).for_each(tell);
    });
}

fn frame(number: usize) -> Option<HtmlIFrameElement> {
    page::element(&format!("device-{number}"))?.dyn_into().ok()
}

fn watch_toggles(number: usize) {
    for name in ["delay", "loss"] {
        page::on(&format!("{name}-{number}"), "input", move |_| {
            let unit = if name == "delay" { "ms" } else { "%" };
            page::say(&format!("{name}-out-{number}"), &format!("{} {unit}", page::value(&format!("{name}-{number}"))));
            tell(number);
        });
    }
    page::on(&format!("cut-{number}"), "click", move |_| {
        let is_cut = !is_cut(number);
        page::set(&format!("cut-{number}"), "aria-pressed", if is_cut { "true" } else { "false" });
        ticker::simulated("ic-block", &page::worded(if is_cut { "line-cut" } else { "line-back" }, number as u64));
        tell(number);
    });
    page::on(&format!("restart-{number}"), "click", move |_| {
        if let Some(inside) = frame(number).and_then(|frame| frame.content_window()) {
            ticker::simulated("ic-back", &page::worded("restarted", number as u64));
            // A document of ours may always be loaded again.
            let _ = inside.location().reload();
        }
    });
}

fn is_cut(number: usize) -> bool {
    let button = page::element(&format!("cut-{number}"));
    button.and_then(|button| button.get_attribute("aria-pressed")).as_deref() == Some("true")
}

/// Tells a frame what holds for it, and shows what of that is made up.
fn tell(number: usize) {
    let (delay_ms, loss, is_cut) =
        (page::value(&format!("delay-{number}")), page::value(&format!("loss-{number}")), is_cut(number));
    let shape = page::object(&[
        ("delayMs", delay_ms.into()),
        ("lossPercent", loss.into()),
        ("isCut", is_cut.into()),
        ("isLoud", IS_LOUD.get().into()),
    ]);
    let origin = window().and_then(|window| window.location().origin().ok()).unwrap_or_default();
    if let Some(inside) = frame(number).and_then(|frame| frame.content_window()) {
        // A frame that is not ours any more hears nothing.
        let _ = inside.post_message(&page::object(&[(LINK, shape)]), &origin);
    }
    let mut words = Vec::new();
    if delay_ms > 0 {
        words.push(format!("+{delay_ms} ms"));
    }
    if loss > 0 {
        words.push(format!("{} {loss} %", page::label(&format!("loss-{number}"))));
    }
    if is_cut {
        words.push(page::text(&format!("cut-{number}")));
    }
    page::say(&format!("simulated-words-{number}"), &words.join(", "));
    page::show(&format!("simulated-{number}"), !words.is_empty());
    let added: Vec<u32> = [1, 2].map(|number| page::value(&format!("delay-{number}"))).to_vec();
    page::show("fig-sim", added.iter().any(|added| *added > 0));
    page::say("fig-added", &format!("+{} / +{} ms", added[0], added[1]));
}

/// Listens for the pointer and for keys, in the stage or in a device.
fn watch(window: &Window) {
    let target: &EventTarget = window;
    page::listen(target, "pointermove", |_| {
        hide_pointer(false);
        POINTER.with_borrow_mut(|timer| timer.set(POINTER_MS, || hide_pointer(true)));
    });
    page::listen(target, "keydown", |event| {
        // A frame's events are of its own classes: what they say is asked for by name.
        let event = event.unchecked_into::<KeyboardEvent>();
        if let Some(name) = key_name(&event) {
            page::say("keys", &name);
            page::show("keys", true);
            KEY.with_borrow_mut(|timer| timer.set(KEY_MS, || page::show("keys", false)));
        }
    });
}

/// What is pressed, if it is more than a letter of what somebody writes.
fn key_name(event: &KeyboardEvent) -> Option<String> {
    let key = event.key();
    let is_modifier = ["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead", "Process"].contains(&key.as_str());
    let is_command = event.ctrl_key() || event.meta_key() || event.alt_key();
    if is_modifier || (key.chars().count() == 1 && !is_command) || (is_command && key == "AltGraph") {
        return None;
    }
    let mut parts = Vec::new();
    for (is_held, name) in
        [(event.ctrl_key(), "Ctrl"), (event.meta_key(), "⌘"), (event.alt_key(), "Alt"), (event.shift_key(), "Shift")]
    {
        if is_held {
            parts.push(name.to_owned());
        }
    }
    parts.push(if key.chars().count() == 1 { key.to_uppercase() } else { key });
    Some(parts.join(" + "))
}

fn hide_pointer(is_hidden: bool) {
    let inside = (1..=2).filter_map(|number| frame(number)?.content_document()?.document_element());
    let own = document().and_then(|document| document.document_element());
    for root in own.into_iter().chain(inside) {
        let style = root.unchecked_into::<HtmlElement>().style();
        // The name of the property is ours.
        let _ =
            if is_hidden { style.set_property("cursor", "none") } else { style.remove_property("cursor").map(drop) };
    }
}
