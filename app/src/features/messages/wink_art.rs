//! Picture of a wink that stays in the log.

use leptos::prelude::*;
use protocol::words::winks::WINKS;

use crate::i18n::{t_string, use_i18n};
use crate::ui::choices::nth;
use crate::view::later::later_view;
use crate::view::live::text;
use crate::view::part::IntoPart;

later_view! {
    talk:
    /// Picture of a wink that stays in the log; its name for screen readers is what it shows.
    pub fn wink_art(wink_id: String) {
        let i18n = use_i18n();
        let src = format!("/assets/winks/{wink_id}.svg");
        let at = WINKS.iter().position(|wink| wink.id == wink_id).unwrap_or(WINKS.len());
        let shows = text(move || nth(t_string!(i18n, talk.wink_shows), at));
        view! { <img class="wink-art" src=src alt=shows width="128" height="96" loading="lazy" /> }.late_part()
    }
}
