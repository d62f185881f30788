//! Edges that pointer and arrow keys move: between the list and the conversation, and between the log and the composer. The device stores
//! their positions.

use crate::browser::{anchor, storage};
use crate::prelude::*;

/// Distance by which an arrow key moves an edge.
const STEP_PX: i32 = 12;

/// Edge, and the size of its part.
pub struct Edge {
    class: &'static str,
    orientation: &'static str,
    label: fn(Texts) -> &'static str,
    /// Id of that part.
    controls: &'static str,
    px_min: i32,
    px_max: i32,
    px_usual: i32,
    /// Key in localStorage.
    key: &'static str,
    /// Custom property of the layout.
    property: &'static str,
    /// Returns the size of the part for a position of the pointer.
    px_at: fn(&ev::PointerEvent, NodeRef<html::Div>) -> i32,
}

/// Edge for the width of the list (`ux.md` 4.4).
pub const LIST: Edge = Edge {
    class: "list-edge",
    orientation: "vertical",
    label: |i18n| t_string!(i18n, home.edge),
    controls: "contacts",
    px_min: 240,
    px_max: 420,
    px_usual: 296,
    key: "cfm-list-px",
    property: "--w-list-chosen",
    px_at: |event, element| event.client_x() - anchor::left_px(element),
};

/// Edge for the height of the composer.
pub const COMPOSER: Edge = Edge {
    class: "composer-edge",
    orientation: "horizontal",
    label: |i18n| t_string!(i18n, talk.edge),
    controls: "composer",
    px_min: 125,
    px_max: 425,
    px_usual: 125,
    key: "cfm-composer-px",
    property: "--h-composer-chosen",
    px_at: |event, element| anchor::bottom_px(element) - event.client_y(),
};

pub fn splitter(edge: &'static Edge) -> ErasedView {
    let i18n = use_i18n();
    let stored = storage::get(edge.key).and_then(|text| text.parse::<i32>().ok());
    let size_px = RwSignal::new(stored.unwrap_or(edge.px_usual).clamp(edge.px_min, edge.px_max));
    if stored.is_some() {
        anchor::set_root_px(edge.property, size_px.get_untracked());
    }
    let element = NodeRef::<html::Div>::new();
    let set = move |px: i32| {
        let px = px.clamp(edge.px_min, edge.px_max);
        size_px.set(px);
        anchor::set_root_px(edge.property, px);
        storage::put(edge.key, &px.to_string());
    };
    let keydown = move |event: ev::KeyboardEvent| {
        let now = size_px.get_untracked();
        let px = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now - STEP_PX,
            "ArrowRight" | "ArrowUp" => now + STEP_PX,
            "Home" => edge.px_min,
            "End" => edge.px_max,
            _ => return,
        };
        event.prevent_default();
        // The list handles these keys in its own way.
        event.stop_propagation();
        set(px);
    };
    let is_moved = StoredValue::new(false);
    let down = move |event: ev::PointerEvent| {
        event.prevent_default();
        is_moved.set_value(true);
        anchor::hold_pointer(element, event.pointer_id());
    };
    let moved = move |event: ev::PointerEvent| {
        if is_moved.get_value() {
            set((edge.px_at)(&event, element));
        }
    };
    view! {
        <div
            class=edge.class
            role="separator"
            tabindex="0"
            aria-orientation=edge.orientation
            aria-label=text(move || (edge.label)(i18n))
            aria-controls=edge.controls
            aria-valuemin=edge.px_min.to_string()
            aria-valuemax=edge.px_max.to_string()
            aria-valuenow=text(move || size_px.get().to_string())
            node_ref=element
            on:keydown=handler(keydown)
            on:pointerdown=handler(down)
            on:pointermove=handler(moved)
            on:pointerup=handler(move |_: ev::PointerEvent| is_moved.set_value(false))
            on:pointercancel=handler(move |_: ev::PointerEvent| is_moved.set_value(false))
            on:dblclick=handler(move |_: ev::MouseEvent| set(edge.px_usual))
        ></div>
    }
    .client_only()
}
