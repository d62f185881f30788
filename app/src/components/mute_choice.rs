//! For how long a conversation is muted: not at all, for an hour, for a working day, or until further notice.

use leptos::ev;
use leptos::prelude::*;
use protocol::event::Millis;

use super::live::{act, text};
use super::when::time;
use crate::browser::clock;
use crate::browser::part::{IntoPart, Part};
use crate::i18n::{said, t_string, use_i18n};
use crate::store::ways::{MUTE_HOURS, Ways};

const HOUR_MS: Millis = 60 * 60 * 1_000;
/// Words of the choices that are no number of hours.
const NEVER: &str = "never";
const EVER: &str = "ever";
const NOW: &str = "now";

/// The choice; `mute` gets the end of it, 0 for none, or nothing when it is not muted.
pub fn mute_choice(ways: Signal<Ways>, mute: Box<dyn Fn(Option<Millis>) + Send>) -> Part {
    let i18n = use_i18n();
    let state = Memo::new(move |_| {
        let ways = ways.get().at(clock::now_ms());
        ways.is_muted.then_some(ways.muted_until)
    });
    let value = move || match state.get() {
        None => NEVER,
        Some(0) => EVER,
        Some(_) => NOW,
    };
    let until = move || match state.get() {
        Some(until) if until > 0 => t_string!(i18n, home.muted_until, time = time(i18n, until)),
        _ => String::new(),
    };
    let chosen = move |event: ev::Event| match event_target_value(&event).as_str() {
        NEVER => mute(None),
        EVER => mute(Some(0)),
        hours => {
            if let Ok(hours) = hours.parse::<Millis>() {
                mute(Some(clock::now_ms() + hours * HOUR_MS));
            }
        }
    };
    let hours = MUTE_HOURS.map(|hours| {
        view! { <option value=hours.to_string()>{text(move || t_string!(i18n, home.mute_hours, count = hours))}</option> }
            .late_part()
    });
    view! {
        <div class="setting-row">
            <label for="mute-choice">{said!(i18n, ways.mute)}</label>
            <span class="select">
                <select class="field" id="mute-choice" prop:value=text(value) on:change=act(chosen)>
                    <option value=NEVER>{said!(i18n, home.not_muted)}</option>
                    {Vec::from(hours)}
                    <option value=EVER>{said!(i18n, home.mute_ever)}</option>
                    <option value=NOW disabled=true hidden=true>
                        {text(until)}
                    </option>
                </select>
            </span>
        </div>
    }
    .late_part()
}
