//! Choice of the mute of a conversation: none, an hour, a working day, until the person is back, or until further notice. A second choice
//! lets mentions through.

use protocol::words::event::Millis;
use protocol::words::time::HOUR_MS;

use super::toasts::refusal;
use crate::browser::CallError;
use crate::prelude::*;
use crate::store::chat_preferences::{ChatPreferences, MUTE_HOURS, UNTIL_BACK};
use crate::ui::when::time;

/// Values of the choices that are no number of hours.
const NEVER: &str = "never";
const EVER: &str = "ever";
const BACK: &str = "back";
const CALLED: &str = "called";
const NOW: &str = "now";

/// Callback that gets the refusal of the server.
pub type MuteErrorCallback = Box<dyn FnOnce(CallError)>;

/// Active mute: its end, and whether mentions are shown. `None` is no mute.
type Mute = Option<(Millis, bool)>;

/// Renders the choice; `choose` gets the new preferences. In conversations of many people (`is_of_many`), mentions can pass the mute.
pub fn mute_choice(
    preferences: Signal<ChatPreferences>,
    is_of_many: bool,
    choose: Box<dyn Fn(ChatPreferences, MuteErrorCallback) + Send>,
) -> ErasedView {
    let i18n = use_i18n();
    let not_taken = RwSignal::new(None::<CallError>);
    let mute = Memo::new(move |_| {
        let preferences = preferences.get().at(clock::server_now_ms());
        preferences.is_muted.then_some((preferences.muted_until, preferences.lets_called))
    });
    let chosen = move |event: ev::Event| {
        let Some(chosen) = muted_by(preferences.get_untracked(), &event_target_value(&event)) else { return };
        not_taken.set(None);
        choose(chosen, Box::new(move |error| drop(not_taken.try_set(Some(error)))));
    };
    view! {
        <div class="setting-row">
            <label for="mute-choice">{said!(ways.mute)}</label>
            <span class="select">
                <select
                    class="field"
                    id="mute-choice"
                    data-start=""
                    prop:value=text(move || word_of(mute.get()))
                    on:change=handler(chosen)
                >
                    {options(mute, is_of_many)}
                </select>
            </span>
        </div>
        <div role="status">
            {when(
                move || not_taken.with(Option::is_some),
                move || view! { <p class="setting-note">{text(move || why(i18n, not_taken))}</p> }.client_only(),
            )}
        </div>
    }
    .client_only()
}

/// Renders the options, and a disabled one for the end of a mute that none of the others matches.
fn options(mute: Memo<Mute>, is_of_many: bool) -> ErasedView {
    let i18n = use_i18n();
    let until = move || match mute.get() {
        Some((until, false)) if until > 0 && until < UNTIL_BACK => {
            t_string!(i18n, home.muted_until, time = time(i18n, until))
        }
        _ => String::new(),
    };
    let called =
        is_of_many.then(|| view! { <option value=CALLED>{said!(home.mute_but_called)}</option> }.client_only());
    let hours = MUTE_HOURS.map(|hours| {
        view! { <option value=hours.to_string()>{said!(home.mute_hours, count = hours)}</option> }.client_only()
    });
    view! {
        <option value=NEVER>{said!(home.not_muted)}</option>
        {Vec::from(hours)}
        <option value=BACK>{said!(home.mute_until_back)}</option>
        <option value=EVER>{said!(home.mute_ever)}</option>
        {called}
        <option value=NOW disabled=true hidden=true>
            {text(until)}
        </option>
    }
    .client_only()
}

/// Returns the value of the option of a mute.
fn word_of(mute: Mute) -> &'static str {
    match mute {
        None => NEVER,
        Some((_, true)) => CALLED,
        Some((0, _)) => EVER,
        Some((UNTIL_BACK, _)) => BACK,
        Some(_) => NOW,
    }
}

/// Returns the preferences with the mute of an option.
fn muted_by(preferences: ChatPreferences, word: &str) -> Option<ChatPreferences> {
    Some(match word {
        NEVER => preferences.muted(None),
        EVER => preferences.muted(Some(0)),
        BACK => preferences.muted(Some(UNTIL_BACK)),
        CALLED => preferences.muted_but_called(),
        hours => {
            let hours = hours.parse::<Millis>().ok()?;
            preferences.muted(Some(clock::server_now_ms() + hours * HOUR_MS))
        }
    })
}

/// Returns the text of a refused choice.
fn why(i18n: Texts, not_taken: RwSignal<Option<CallError>>) -> String {
    let reason = not_taken.with(|error| {
        let CallError { code, retry_after_ms, .. } = error.as_ref()?;
        Some(refusal(i18n, code, retry_after_ms.map(|ms| ms.div_ceil(1_000) as u32)))
    });
    t_string!(i18n, home.not_muted_why, reason = reason.unwrap_or_default())
}
