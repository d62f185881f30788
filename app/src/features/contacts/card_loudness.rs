//! Loudness of the conversation with a person, on the contact card: its mute, nudges, winks and sounds.

use leptos::ev;
use leptos::prelude::*;

use crate::features::alerts::mute_choice::{MuteErrorCallback, mute_choice};
use crate::i18n::{said, t_string, use_i18n};
use crate::session::Session;
use crate::store::chat_preferences::ChatPreferences;
use crate::store::settings::SOUNDS_TO_CHOOSE;
use crate::ui::choices::nth;
use crate::ui::words::Texts;
use crate::view::bindings::{TextBinding, aria_bool, handler, text, when};
use crate::view::erased::{ErasedView, IntoErased};

/// Preferences of the conversation. Copied into every closure.
#[derive(Clone, Copy)]
struct Loudness {
    session: Session,
    /// Room and preferences, once they are loaded.
    preferences: RwSignal<Option<(String, ChatPreferences)>>,
}

/// Renders the loudness of the conversation with a person.
pub fn loudness(session: Session, user: StoredValue<String>) -> ErasedView {
    let i18n = use_i18n();
    let preferences = RwSignal::new(None::<(String, ChatPreferences)>);
    user.with_value(|user| {
        session.find_chat_preferences(user, move |room, now| drop(preferences.try_set(Some((room, now)))));
    });
    let loudness = Loudness { session, preferences };
    let mute = move |chosen: ChatPreferences, not_taken: MuteErrorCallback| loudness.mute(chosen, not_taken);
    let switches = vec![
        mute_choice(Signal::derive(move || loudness.now()), false, Box::new(mute)),
        loudness.switch(
            said!(i18n, ways.nudges),
            |preferences| !preferences.is_still,
            |preferences| preferences.is_still = !preferences.is_still,
        ),
        loudness.switch(
            said!(i18n, ways.winks),
            |preferences| !preferences.has_no_winks,
            |preferences| preferences.has_no_winks = !preferences.has_no_winks,
        ),
        loudness.switch(
            said!(i18n, ways.sounds),
            |preferences| !preferences.is_silent,
            |preferences| preferences.is_silent = !preferences.is_silent,
        ),
        loudness.sound(
            said!(i18n, home.message_sound),
            "card-message-sound",
            |preferences| preferences.message_sound,
            |preferences, sound| preferences.message_sound = sound,
        ),
        loudness.sound(
            said!(i18n, home.online_sound),
            "card-online-sound",
            |preferences| preferences.online_sound,
            |preferences, sound| preferences.online_sound = sound,
        ),
    ];
    when(move || preferences.with(Option::is_some), {
        let switches = StoredValue::new_local(Some(switches));
        move || switches.try_update_value(Option::take).flatten().unwrap_or_default().client_only()
    })
    .erase()
}

impl Loudness {
    /// Returns the present preferences; the defaults until they are loaded.
    fn now(self) -> ChatPreferences {
        self.preferences
            .with(|preferences| preferences.as_ref().map(|(_, preferences)| *preferences))
            .unwrap_or_default()
    }

    /// Changes the preferences, here and in the store of the conversation.
    fn change(self, change: impl FnOnce(&mut ChatPreferences)) {
        self.preferences.update(|preferences| {
            if let Some((room, preferences)) = preferences {
                change(preferences);
                self.session.set_chat_preferences(room, *preferences);
            }
        });
    }

    /// Shows changed preferences. The card may be closed by now.
    fn show(self, now: ChatPreferences) {
        let _ = self.preferences.try_update(|preferences| {
            if let Some((_, preferences)) = preferences {
                *preferences = now;
            }
        });
    }

    /// Changes the mute. If the server refuses it, the card shows the stored state.
    fn mute(self, chosen: ChatPreferences, not_taken: MuteErrorCallback) {
        let room = self.preferences.with_untracked(|preferences| preferences.as_ref().map(|(room, _)| room.clone()));
        let Some(room) = room else { return };
        self.show(chosen);
        self.session.set_muted(&room, chosen, move |error, held| {
            self.show(held);
            not_taken(error);
        });
    }

    /// Switch of one preference.
    fn switch(
        self,
        label: TextBinding,
        is_on: fn(&ChatPreferences) -> bool,
        turn: fn(&mut ChatPreferences),
    ) -> ErasedView {
        view! {
            <label class="setting-row">
                <span>{label}</span>
                <button
                    class="switch"
                    type="button"
                    role="switch"
                    aria-checked=aria_bool(move || is_on(&self.now()))
                    on:click=handler(move |_| self.change(turn))
                ></button>
            </label>
        }
        .client_only()
    }

    /// Choice of one sound.
    fn sound(
        self,
        label: TextBinding,
        id: &'static str,
        now: fn(&ChatPreferences) -> u8,
        set: fn(&mut ChatPreferences, u8),
    ) -> ErasedView {
        let i18n = use_i18n();
        let option = |at: usize| {
            view! { <option value=at.to_string()>{text(move || sound_name(i18n, at))}</option> }.client_only()
        };
        let options: Vec<ErasedView> = (0..=SOUNDS_TO_CHOOSE).map(option).collect();
        let chosen = move |event: ev::Event| {
            let Ok(sound) = event_target_value(&event).parse::<u8>() else { return };
            self.change(|preferences| set(preferences, sound));
        };
        let value = move || now(&self.now()).to_string();
        view! {
            <div class="setting-row">
                <label for=id>{label}</label>
                <span class="select">
                    <select class="field" id=id prop:value=text(value) on:change=handler(chosen)>{options}</select>
                </span>
            </div>
        }
        .client_only()
    }
}

/// Returns the name of a sound; the first option is the default sound.
fn sound_name(i18n: Texts, at: usize) -> String {
    match at.checked_sub(1) {
        Some(at) => nth(t_string!(i18n, settings.sound_events), at),
        None => t_string!(i18n, home.usual_sound).to_owned(),
    }
}
