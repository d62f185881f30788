//! Still picture of a wink in the log.

use crate::prelude::*;
use crate::ui::words::wink_shows;

lazy_view! {
    talk:
    /// Still picture of a wink in the log; its accessible name describes it.
    pub fn wink_art(wink_id: String) {
        let i18n = use_i18n();
        let src = format!("/assets/winks/{wink_id}.svg");
        let shows = text(move || wink_shows(i18n, &wink_id));
        view! { <img class="wink-art" src=src alt=shows width="128" height="96" loading="lazy" /> }.client_only()
    }
}
