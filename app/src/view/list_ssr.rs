//! Lists of erased views on the server, which writes each row once. The browser compiles `list` instead.

use leptos::prelude::*;

use super::entries::Entries;
use super::erased::{ErasedView, IntoErased};

/// Renders a list of entries.
pub fn list(entries: Entries) -> ErasedView {
    view! { <For each=entries key=|entry| entry.key children=|entry| (entry.build)() /> }.erase()
}
