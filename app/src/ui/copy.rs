//! Copying of a value that a dialog shows.

use crate::prelude::*;

/// Returns the press that copies what `value` returns, and marks it as copied once it is in the clipboard. The announcement is rendered
/// anew, because screen readers skip an unchanged text.
pub fn copy_press(
    is_copied: RwSignal<bool>,
    value: impl Fn() -> String + Send + 'static,
) -> EventHandler<ev::MouseEvent> {
    handler(move |_| {
        is_copied.set(false);
        dom::copy_and(&value(), move || {
            let _ = is_copied.try_set(true);
        });
    })
}
