//! Height of the toasts, for which the log of a phone makes space (`ux.md` 4.4). The style sheet places them. Like `dom`, this code serves
//! both halves: the server compiles it and never runs it.

use leptos::prelude::*;

use super::dom::found;
use super::{anchor, watch};

/// Measures the toasts whenever they get another size, until the calling component ends. The first toast is smaller as soon as its style
/// sheet is loaded.
pub fn follow() {
    let watch = StoredValue::new_local(found(".toasts").and_then(|toasts| watch::sizes(&[&toasts], settle)));
    on_cleanup(move || drop(watch.try_update_value(Option::take)));
}

/// Measures the toasts.
fn settle() {
    let height_px = found(".toasts").map_or(0, |toasts| toasts.client_height());
    anchor::set_root_px("--toast-h", height_px);
}
