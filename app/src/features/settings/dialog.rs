//! The settings of this device: theme, motion, language, text size, sounds; the person's privacy; and the list of all devices.

use leptos::prelude::*;

use super::account::AccountSettings;
use super::device_list::DeviceList;
use super::leaving::LeavingSettings;
use super::passkeys::PasskeySettings;
use super::privacy::PrivacySettings;
use super::push::push_settings;
use super::rows::{heading, setting_switch};
use crate::appearance::{Motion, TEXT_PERCENT_MAX, TEXT_PERCENT_MIN, Theme, themes};
use crate::features::alerts::notifications::notification_switch;
use crate::i18n::{Locale, said, t_string, use_i18n};
use crate::session::{chosen_appearance, use_session};
use crate::store::arrangement::ListDialog;
use crate::store::settings::{MessageSettings, SOUND_EVENTS, SoundSettings};
use crate::store::toasts::{TOAST_CHOICES, TOAST_S};
use crate::ui::choices::{nth, radio};
use crate::ui::dialog::{self, DialogRef};
use crate::ui::words::Texts;
use crate::view::bindings::{TextBinding, handler, switch, text, when};
use crate::view::erased::{ErasedView, IntoErased};

/// The dialog, while `is_open`, which is cleared when it closes.
#[component]
pub fn SettingsDialog(is_open: RwSignal<bool>) -> impl IntoView {
    when(move || is_open.get(), move || view! { <Open is_open /> }.client_only())
}

#[component]
fn Open(is_open: RwSignal<bool>) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let keys = move |_| {
        dialog::close(frame);
        session.list_dialog.set(ListDialog::Keys);
    };
    let of_account = move || {
        view! {
            <section class="setting-part">
                {heading(said!(i18n, privacy.title))}
                <PrivacySettings />
                <a href="/privacy" target="_blank">{said!(i18n, app.privacy)}</a>
            </section>
            <AccountSettings />
            <DeviceList />
            <PasskeySettings />
            <LeavingSettings />
        }
        .client_only()
    };
    let has_more = !session.is_of_demo();
    let body = view! {
        <div class="dialog-body">
            <section class="setting-part">
                {heading(said!(i18n, settings.look))}
                <ThemeChoice />
                <MotionChoice />
                <LanguageChoice />
                <TextSize />
            </section>
            <section class="setting-part">
                {heading(said!(i18n, settings.sounds_and_news))}
                <SoundSwitches />
                <ToastChoice />
                {notification_switch()}
            </section>
            {has_more.then(push_settings)}
            <section class="setting-part">
                {heading(said!(i18n, settings.writing))}
                <WritingSwitches />
                <button class="btn" type="button" on:click=handler(keys)>{said!(i18n, keys.title)}</button>
            </section>
            {has_more.then(of_account)}
        </div>
        <div class="dialog-foot">
            <button class="btn" type="button" data-kind="default" on:click=handler(move |_| dialog::close(frame))>
                {said!(i18n, settings.done)}
            </button>
        </div>
    };
    let title = said!(i18n, settings.title);
    let closed = handler(move |_| is_open.set(false));
    dialog::framed(frame, "settings-title", title, closed, body.client_only())
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let theme = session.settings.theme;
    let is_chosen = Memo::new(move |_| {
        theme.track();
        chosen_appearance().theme.is_some()
    });
    let follow = move |follows| if follows { session.forget_theme() } else { session.set_theme(theme.get_untracked()) };
    let choice = move |theme: Theme| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="theme"
                    value=theme.as_str()
                    prop:checked=switch(move || session.settings.theme.get() == theme)
                    on:change=handler(move |_| session.set_theme(theme))
                />
                {text(move || theme_title(i18n, theme))}
            </label>
        }
    };
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=said!(i18n, settings.theme)>
            <legend>{said!(i18n, settings.theme)}</legend>
            <div class="choices">{Theme::ALL.map(choice).collect_view()}</div>
        </fieldset>
        {setting_switch(said!(i18n, settings.theme_of_system), Box::new(move || !is_chosen.get()), Box::new(follow))}
    }
}

#[component]
fn MotionChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let motion = session.settings.motion;
    let is_chosen = Memo::new(move |_| {
        motion.track();
        chosen_appearance().motion.is_some()
    });
    let follow =
        move |follows| if follows { session.forget_motion() } else { session.set_motion(motion.get_untracked()) };
    let choice = move |motion: Motion| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="motion"
                    value=motion.as_str()
                    prop:checked=switch(move || session.settings.motion.get() == motion)
                    on:change=handler(move |_| session.set_motion(motion))
                />
                {text(move || motion_word(i18n, motion))}
            </label>
        }
    };
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=said!(i18n, settings.motion)>
            <legend>{said!(i18n, settings.motion)}</legend>
            <div class="choices">{Motion::ALL.map(choice).collect_view()}</div>
        </fieldset>
        {setting_switch(said!(i18n, settings.motion_of_system), Box::new(move || !is_chosen.get()), Box::new(follow))}
    }
}

#[component]
fn LanguageChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let option = |locale: Locale| view! { <option value=locale.as_str()>{locale.name()}</option> }.client_only();
    view! {
        <div class="setting-row">
            <label class="label" for="language">{said!(i18n, settings.language)}</label>
            <span class="select">
                <select
                    class="field"
                    id="language"
                    prop:value=text(move || session.settings.language.get())
                    on:change=handler(move |event| session.set_language(&event_target_value(&event)))
                >
                    {Vec::from(Locale::ALL.map(option))}
                </select>
            </span>
        </div>
    }
}

/// Choice of the text size. One number sizes the page, because all sizes are in `rem`.
#[component]
fn TextSize() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let percent = move || format!("{} %", session.settings.text_percent.get());
    let set = move |event: leptos::ev::Event| {
        if let Ok(percent) = event_target_value(&event).parse() {
            session.set_text_percent(percent);
        }
    };
    view! {
        <div class="setting-row">
            <label class="label" for="text-size">{said!(i18n, settings.text_size)}</label>
            <output class="setting-note" for="text-size">{text(percent)}</output>
            <input
                type="range"
                id="text-size"
                min=TEXT_PERCENT_MIN.to_string()
                max=TEXT_PERCENT_MAX.to_string()
                step="10"
                aria-valuetext=text(percent)
                prop:value=text(move || session.settings.text_percent.get().to_string())
                on:change=handler(set)
            />
        </div>
    }
}

#[component]
fn SoundSwitches() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (sounds, sent_sound, sound_settings) =
        (session.settings.sounds, session.settings.sent_sound, session.settings.sound_settings);
    let volume = move || format!("{} %", sound_settings.get().volume_percent);
    let set_volume = move |event: leptos::ev::Event| {
        if let Ok(volume_percent) = event_target_value(&event).parse() {
            session.set_sound_settings(SoundSettings { volume_percent, ..sound_settings.get_untracked() });
        }
    };
    let events = move || {
        let one = |event: usize| {
            let label = text(move || nth(t_string!(i18n, settings.sound_events), event));
            let is_on = move || sound_settings.get().silent & (1 << event) == 0;
            let set = move |is_on| session.set_sound_settings(sound_settings.get_untracked().with(event, is_on));
            setting_switch(label, Box::new(is_on), Box::new(set))
        };
        let sent_label = said!(i18n, settings.sent_sound);
        let sent = setting_switch(
            sent_label,
            Box::new(move || sent_sound.get()),
            Box::new(move |is_on| session.set_sent_sound(is_on)),
        );
        let in_view = setting_switch(
            said!(i18n, settings.in_view_sound),
            Box::new(move || sound_settings.get().is_audible_in_view),
            Box::new(move |is_audible_in_view| {
                session.set_sound_settings(SoundSettings { is_audible_in_view, ..sound_settings.get_untracked() })
            }),
        );
        view! {
            <div class="setting-row">
                <label class="label" for="volume">{said!(i18n, settings.volume)}</label>
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
    let label = said!(i18n, settings.sounds);
    // The switch also affects toasts, not only sounds.
    let favourites = setting_switch(
        said!(i18n, home.lets_favourites),
        Box::new(move || sound_settings.get().lets_favourites),
        Box::new(move |lets_favourites| {
            session.set_sound_settings(SoundSettings { lets_favourites, ..sound_settings.get_untracked() })
        }),
    );
    view! {
        {setting_switch(label, Box::new(move || sounds.get()), Box::new(move |is_on| session.set_sounds(is_on)))}
        {when(move || sounds.get(), events)}
        {favourites}
    }
}

/// Choice of the time for which toasts stay (WCAG 2.2.1); a dismissed toast is in the panel of events.
#[component]
fn ToastChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let message_settings = session.settings.message_settings;
    let choice = move |stays_s: Option<u8>| {
        let word = move || match stays_s.unwrap_or(TOAST_S) {
            0 => t_string!(i18n, talk.toast_ever).to_owned(),
            seconds => t_string!(i18n, talk.toast_seconds, count = seconds),
        };
        let choose = handler(move |_| {
            session.set_message_settings(MessageSettings { stays_s, ..message_settings.get_untracked() })
        });
        let is_it = move || message_settings.get().stays_s == stays_s;
        radio("toasts", text(word), Box::new(is_it), choose)
    };
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=said!(i18n, talk.toasts)>
            <legend>{said!(i18n, talk.toasts)}</legend>
            <div class="choices">{Vec::from(TOAST_CHOICES.map(choice))}</div>
        </fieldset>
    }
}

/// Switches for writing: the Enter key, typing announcements, single-character keys, and previews of links.
#[component]
fn WritingSwitches() -> impl IntoView {
    let i18n = use_i18n();
    [
        writing_switch(said!(i18n, settings.plain_enter), |settings| &mut settings.has_plain_enter, true),
        writing_switch(said!(i18n, settings.says_typing), |settings| &mut settings.says_typing, true),
        writing_switch(said!(i18n, settings.single_keys), |settings| &mut settings.has_no_single_keys, false),
        writing_switch(said!(i18n, files.previews), |settings| &mut settings.has_no_previews, false),
    ]
}

/// Returns a switch for one member of these settings; the member has the value `on` while the switch is on.
fn writing_switch(label: TextBinding, of: fn(&mut MessageSettings) -> &mut bool, on: bool) -> ErasedView {
    let session = use_session();
    let message_settings = session.settings.message_settings;
    let is_on = move || *of(&mut message_settings.get()) == on;
    let set = move |is_on: bool| {
        let mut now = message_settings.get_untracked();
        *of(&mut now) = is_on == on;
        session.set_message_settings(now);
    };
    setting_switch(label, Box::new(is_on), Box::new(set))
}

macro_rules! theme_titles {
    ($($(#[$meta:meta])* $theme:ident, $word:literal, $group:ident.$title:ident, $traits:expr;)*) => {
        fn theme_title(i18n: Texts, theme: Theme) -> &'static str {
            match theme {
                $(Theme::$theme => t_string!(i18n, $group.$title),)*
            }
        }
    };
}
themes!(theme_titles);

fn motion_word(i18n: Texts, motion: Motion) -> &'static str {
    match motion {
        Motion::Full => t_string!(i18n, settings.motion_full),
        Motion::Calm => t_string!(i18n, settings.motion_calm),
        Motion::None => t_string!(i18n, settings.motion_none),
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
