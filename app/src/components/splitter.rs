//! The edge between the list and the conversation: by pointer or arrow keys the list is as wide as the person wants it. Kept on this
//! device.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::live::{act, text};
use crate::browser::part::{IntoPart, Part};
use crate::browser::{spot, storage};
use crate::i18n::{said, use_i18n};

/// Widths of the list (`ux.md` 4.4).
const WIDTH_PX_MIN: i32 = 240;
const WIDTH_PX_MAX: i32 = 420;
const WIDTH_PX: i32 = 296;
/// What an arrow key moves.
const STEP_PX: i32 = 12;
/// Key in localStorage.
const KEY: &str = "cfm-list-px";
/// The custom property of the layout.
const PROPERTY: &str = "--w-list-chosen";

/// The edge.
pub fn splitter() -> Part {
    let i18n = use_i18n();
    let kept = storage::get(KEY).and_then(|text| text.parse::<i32>().ok());
    let width_px = RwSignal::new(kept.unwrap_or(WIDTH_PX).clamp(WIDTH_PX_MIN, WIDTH_PX_MAX));
    if kept.is_some() {
        spot::set_root_px(PROPERTY, width_px.get_untracked());
    }
    let element = NodeRef::<html::Div>::new();
    let set = move |px: i32| {
        let px = px.clamp(WIDTH_PX_MIN, WIDTH_PX_MAX);
        width_px.set(px);
        spot::set_root_px(PROPERTY, px);
        storage::put(KEY, &px.to_string());
    };
    let keydown = move |event: ev::KeyboardEvent| {
        let now = width_px.get_untracked();
        let px = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now - STEP_PX,
            "ArrowRight" | "ArrowUp" => now + STEP_PX,
            "Home" => WIDTH_PX_MIN,
            "End" => WIDTH_PX_MAX,
            _ => return,
        };
        event.prevent_default();
        // The list has its own answer to these keys.
        event.stop_propagation();
        set(px);
    };
    let is_moved = StoredValue::new(false);
    let down = move |event: ev::PointerEvent| {
        event.prevent_default();
        is_moved.set_value(true);
        spot::hold_pointer(element, event.pointer_id());
    };
    let moved = move |event: ev::PointerEvent| {
        if is_moved.get_value() {
            set(event.client_x() - spot::left_px(element));
        }
    };
    view! {
        <div
            class="list-edge"
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=said!(i18n, home.edge)
            aria-controls="contacts"
            aria-valuemin=WIDTH_PX_MIN.to_string()
            aria-valuemax=WIDTH_PX_MAX.to_string()
            aria-valuenow=text(move || width_px.get().to_string())
            node_ref=element
            on:keydown=act(keydown)
            on:pointerdown=act(down)
            on:pointermove=act(moved)
            on:pointerup=act(move |_: ev::PointerEvent| is_moved.set_value(false))
            on:pointercancel=act(move |_: ev::PointerEvent| is_moved.set_value(false))
            on:dblclick=act(move |_: ev::MouseEvent| set(WIDTH_PX))
        ></div>
    }
    .late_part()
}
