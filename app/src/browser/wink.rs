//! Plays a wink on its stage: it loads drawing and timeline at first use, joins the timeline at the same point as all other devices, and
//! reports its end. `session` decides whether a wink plays at all.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::sorted::SortedMap;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AnimationEvent, Element, HtmlDivElement, HtmlLinkElement, SvgTextContentElement};

use super::clock::now_ms;
use super::device::window;
use super::{WinkPlayback, fetch, timer};
use crate::appearance::Motion;

/// Time for which the still picture stays at the motion level Calm.
const POSTER_MS: u32 = 2_500;
/// Extra wait for the end event beyond the wink's length, in case the stylesheet did not load.
const END_SLACK_MS: u64 = 400;
/// Width in the drawing that the name on the tape may take, and the bounds of its text size.
const NAME_WIDTH: u16 = 404;

thread_local! {
    static DRAWINGS: RefCell<SortedMap<String, String>> = const { RefCell::new(SortedMap::new()) };
}

/// Plays `playback` inside the element behind `stage`, and calls `on_end` once, unless the component is disposed before.
pub fn perform(stage: NodeRef<Div>, playback: WinkPlayback, motion: Motion, on_end: impl Fn() + 'static) {
    let is_here = StoredValue::new(true);
    let on_end = Rc::new(move || {
        if is_here.try_get_value() == Some(true) {
            on_end();
        }
    });
    Effect::new(move |was_started: Option<bool>| {
        let element = stage.get();
        if let (Some(element), None | Some(false)) = (&element, was_started) {
            spawn_local(play(element.clone(), playback.clone(), motion, on_end.clone()));
        }
        element.is_some() || was_started == Some(true)
    });
}

async fn play(stage: HtmlDivElement, playback: WinkPlayback, motion: Motion, on_end: Rc<impl Fn() + 'static>) {
    let Some(drawing) = drawing_of(&playback.wink_id).await else { return on_end() };
    let is_styled = motion != Motion::Full || load_timeline(&playback.wink_id).await.is_some();
    stage.set_inner_html(&drawing);
    let Some(svg) = stage.first_element_child() else { return on_end() };
    write_name(&svg, &playback.recipient_name);
    if motion != Motion::Full || !is_styled {
        timer::wait(POSTER_MS).await;
        return on_end();
    }
    let wait_ms = playback.start_at.saturating_sub(now_ms());
    let elapsed_ms = now_ms().saturating_sub(playback.start_at);
    let length_ms = protocol::words::winks::find(&playback.wink_id).map_or(0, |wink| wink.duration_ms);
    start(&svg, wait_ms as i64 - elapsed_ms as i64);
    end_of(&svg, &playback.wink_id, (wait_ms + length_ms).saturating_sub(elapsed_ms) + END_SLACK_MS).await;
    on_end();
}

/// Removes the animation, lets the style settle and sets it again, so that the timeline starts at `delay_ms` (negative = joined late).
fn start(svg: &Element, delay_ms: i64) {
    if let Some(style) = svg.dyn_ref::<web_sys::SvgElement>().map(|svg| svg.style()) {
        // A property that is not set leaves the timeline at its beginning.
        let _ = style.set_property("--wink-delay", &format!("{delay_ms}ms"));
    }
    let _ = svg.set_attribute("data-play", "running");
    let _ = svg.set_attribute("data-motion", "off");
    let _ = svg.get_bounding_client_rect();
    let _ = svg.set_attribute("data-motion", "full");
}

/// Waits for the end event of the stage, or for `ms_max`.
async fn end_of(svg: &Element, wink_id: &str, ms_max: u64) {
    let last = format!("wink-{wink_id}-stage");
    let mut listener = None;
    let ended = Promise::new(&mut |resolve, _| {
        let (last, resolved) = (last.clone(), resolve.clone());
        let on_end = Closure::<dyn FnMut(AnimationEvent)>::new(move |event: AnimationEvent| {
            if event.animation_name() == last {
                // The promise is the only result.
                let _ = resolved.call0(&JsValue::UNDEFINED);
            }
        });
        let _ = svg.add_event_listener_with_callback("animationend", on_end.as_ref().unchecked_ref());
        listener = Some(on_end);
        if let Some(window) = window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms_max as i32);
        }
    });
    let _ = JsFuture::from(ended).await;
    if let Some(on_end) = listener {
        let _ = svg.remove_event_listener_with_callback("animationend", on_end.as_ref().unchecked_ref());
    }
}

async fn drawing_of(wink_id: &str) -> Option<String> {
    if let Some(drawing) = DRAWINGS.with_borrow(|drawings| drawings.get(wink_id).cloned()) {
        return Some(drawing);
    }
    let drawing = fetch::file(&format!("/assets/winks/{wink_id}.svg")).await?;
    DRAWINGS.with_borrow_mut(|drawings| drawings.insert(wink_id.to_owned(), drawing.clone()));
    Some(drawing)
}

/// Loads the wink's stylesheet, once per page. `None` if it fails: then the drawing does not move.
async fn load_timeline(wink_id: &str) -> Option<()> {
    let document = window()?.document()?;
    let id = format!("wink-timeline-{wink_id}");
    if document.get_element_by_id(&id).is_some() {
        return Some(());
    }
    let link: HtmlLinkElement = document.create_element("link").ok()?.unchecked_into();
    link.set_rel("stylesheet");
    link.set_href(&format!("/assets/winks/{wink_id}.css"));
    let loaded = Promise::new(&mut |resolve, reject| {
        link.set_onload(Some(&resolve));
        link.set_onerror(Some(&reject));
    });
    document.head()?.append_child(&link).ok()?;
    if JsFuture::from(loaded).await.is_err() {
        link.remove();
        return None;
    }
    link.set_id(&id);
    Some(())
}

/// Writes the name on the tape, in a size that fits the line. The name is text, never markup.
fn write_name(svg: &Element, name: &str) {
    let Some(text) = svg.query_selector("[data-wink-name]").ok().flatten() else { return };
    text.set_text_content(Some(name));
    let letters = name.chars().count().max(1);
    let size = (640 / letters).clamp(30, 112);
    let _ = text.set_attribute("font-size", &size.to_string());
    if is_right_to_left(name) {
        let _ = svg.set_attribute("data-dir", "rtl");
    }
    let width = text.dyn_ref().map(SvgTextContentElement::get_computed_text_length);
    if width.is_some_and(|width| width > f32::from(NAME_WIDTH)) {
        let _ = text.set_attribute("textLength", &NAME_WIDTH.to_string());
        let _ = text.set_attribute("lengthAdjust", "spacingAndGlyphs");
    }
}

/// Returns `true` if the first letter is of a right-to-left script (Hebrew, Arabic and their neighbours).
fn is_right_to_left(name: &str) -> bool {
    let is_letter = |letter: &char| letter.is_ascii_alphabetic() || *letter > '\u{bf}';
    name.chars().find(is_letter).is_some_and(|letter| ('\u{590}'..='\u{8ff}').contains(&letter))
}
