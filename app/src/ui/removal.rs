//! Lists that become shorter: the focus goes with a removed row, unless it moves to another element.

use leptos::prelude::*;

/// Calls `then`, which moves the focus, whenever `count` has become smaller.
pub fn on_removal(count: impl Fn() -> usize + 'static, then: impl Fn() + 'static) {
    Effect::new(move |before: Option<usize>| {
        let count = count();
        if before.is_some_and(|before| before > count) {
            then();
        }
        count
    });
}
