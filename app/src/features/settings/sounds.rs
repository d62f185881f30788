//! Section of the settings for the sounds of this device.

use super::rows::percent_row;
use crate::store::settings::{SOUND_EVENTS, SoundSettings};
use crate::ui::prelude::*;

/// Switches for sounds, and the volume while they are on.
#[component]
pub fn SoundSwitches() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (sounds, sent_sound, sound_settings) =
        (session.settings.sounds, session.settings.sent_sound, session.settings.sound_settings);
    let change = move |settings| session.run(move |state| state.set_sound_settings(settings));
    let sound_switch = move |label: TextBinding, of: fn(&mut SoundSettings) -> &mut bool| {
        let set = move |is_on| {
            let mut settings = sound_settings.get_untracked();
            *of(&mut settings) = is_on;
            change(settings);
        };
        setting_switch(label, Box::new(move || *of(&mut sound_settings.get())), Box::new(set))
    };
    let volume = move || sound_settings.get().volume_percent.to_string();
    let set_volume = move |percent: &str| {
        if let Ok(volume_percent) = percent.parse() {
            change(SoundSettings { volume_percent, ..sound_settings.get_untracked() });
        }
    };
    let one = move |event: usize| {
        let label = text(move || nth(t_string!(i18n, settings.sound_events), event));
        let is_on = move || sound_settings.get().silent & (1 << event) == 0;
        let set = move |is_on| change(sound_settings.get_untracked().with(event, is_on));
        setting_switch(label, Box::new(is_on), Box::new(set))
    };
    let set_sent = move |is_on| session.run(move |state| state.set_sent_sound(is_on));
    let events = move || {
        let range = ["0", "100"].map(str::to_owned);
        view! {
            {percent_row("volume", said!(settings.volume), None, range, volume, set_volume)}
            {(0..SOUND_EVENTS.len()).map(one).collect_view()}
            {setting_switch(said!(settings.sent_sound), Box::new(move || sent_sound.get()), Box::new(set_sent))}
            {sound_switch(said!(settings.in_view_sound), |settings| &mut settings.is_audible_in_view)}
        }
        .client_only()
    };
    let set = move |is_on| session.run(move |state| state.set_sounds(is_on));
    view! {
        {setting_switch(said!(settings.sounds), Box::new(move || sounds.get()), Box::new(set))}
        {when(move || sounds.get(), events)}
        // The switch also affects toasts, not only sounds.
        {sound_switch(said!(home.lets_favourites), |settings| &mut settings.lets_favourites)}
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
