//! Button with an icon, beside others in one line.

use super::icon::icon;
use crate::prelude::*;

/// Renders an action as an icon, so that all of them fit in one line. The text is the accessible name and the tooltip.
pub fn sign(drawing: &'static str, name: &dyn Fn() -> TextBinding, press: EventHandler<ev::MouseEvent>) -> ErasedView {
    view! {
        <button type="button" aria-label=name() title=name() on:click=press>
            {icon(drawing, "14")}
        </button>
    }
    .client_only()
}
