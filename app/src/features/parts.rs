//! Chunks that everybody needs until a conversation is usable. The page requests them before it hydrates the document: they arrive
//! meanwhile, and the line is never idle. A view that needs one of them earlier requests it by itself, and gets the same file.

use super::list::home::all_around;
use crate::prelude::*;

lazy_view! {
    talk:
    /// Nothing: a call loads the chunk without a conversation.
    pub fn nothing() {
        ().erase()
    }
}

/// Loads the chunks: `home`, which the list needs, then `talk`, which the first conversation needs. Nothing is built. A chunk that cannot
/// be loaded is requested again by its views.
pub async fn load_parts() {
    drop(all_around().await);
    drop(nothing().await);
}
