//! Section of the settings for the sounds of this device.

use crate::store::settings::{SOUND_EVENTS, SoundSettings};
use crate::ui::prelude::*;

/// Switches for sounds, and the volume while they are on.
#[component]
pub fn SoundSwitches() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (sounds, sent_sound, sound_settings) =
        (session.settings.sounds, session.settings.sent_sound, session.settings.sound_settings);
    let change = move |settings| session.run(move |state| state.set_sound_settings(settings));
    let volume = move || t_string!(i18n, settings.percent, number = sound_settings.get().volume_percent.to_string());
    let set_volume = move |event: leptos::ev::Event| {
        if let Ok(volume_percent) = event_target_value(&event).parse() {
            change(SoundSettings { volume_percent, ..sound_settings.get_untracked() });
        }
    };
    let events = move || {
        let one = |event: usize| {
            let label = text(move || nth(t_string!(i18n, settings.sound_events), event));
            let is_on = move || sound_settings.get().silent & (1 << event) == 0;
            let set = move |is_on| change(sound_settings.get_untracked().with(event, is_on));
            setting_switch(label, Box::new(is_on), Box::new(set))
        };
        let sent_label = said!(settings.sent_sound);
        let sent = setting_switch(
            sent_label,
            Box::new(move || sent_sound.get()),
            Box::new(move |is_on| session.run(move |state| state.set_sent_sound(is_on))),
        );
        let in_view = setting_switch(
            said!(settings.in_view_sound),
            Box::new(move || sound_settings.get().is_audible_in_view),
            Box::new(move |is_audible_in_view| {
                change(SoundSettings { is_audible_in_view, ..sound_settings.get_untracked() });
            }),
        );
        view! {
            <div class="setting-row">
                <label class="label" for="volume">{said!(settings.volume)}</label>
                <output class="setting-note" for="volume">{text(volume)}</output>
                <input
                    type="range"
                    id="volume"
                    min="0"
                    max="100"
                    step="10"
                    aria-valuetext=text(volume)
                    prop:value=text(move || sound_settings.get().volume_percent.to_string())
                    on:change=handler(set_volume)
                />
            </div>
            {(0..SOUND_EVENTS.len()).map(one).collect_view()}
            {sent}
            {in_view}
        }
        .client_only()
    };
    let label = said!(settings.sounds);
    let set = move |is_on| session.run(move |state| state.set_sounds(is_on));
    // The switch also affects toasts, not only sounds.
    let favourites = setting_switch(
        said!(home.lets_favourites),
        Box::new(move || sound_settings.get().lets_favourites),
        Box::new(move |lets_favourites| {
            change(SoundSettings { lets_favourites, ..sound_settings.get_untracked() });
        }),
    );
    view! {
        {setting_switch(label, Box::new(move || sounds.get()), Box::new(set))}
        {when(move || sounds.get(), events)}
        {favourites}
    }
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn every_sound_has_a_name_in_every_language() {
        for language in tags() {
            assert_eq!(words_in(language, "settings", "sound_events"), SOUND_EVENTS.len(), "{language}");
        }
    }
}
