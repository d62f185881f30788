//! The settings of this device: theme, motion, language, text size, sounds; the person's privacy; and the list of all devices.

use leptos::prelude::*;

use super::device_list::DeviceList;
use super::dialog::{self, DialogRef};
use super::live::{Text, act, stated, switch, text, when};
use super::privacy_settings::PrivacySettings;
use super::words::Texts;
use crate::browser::part::{IntoPart, Part};
use crate::i18n::{t_string, use_i18n};
use crate::session::use_session;
use crate::store::settings::{Motion, TEXT_PERCENT_MAX, TEXT_PERCENT_MIN, Theme};

/// The dialog, while `is_open`, which is cleared when it closes.
#[component]
pub fn SettingsDialog(is_open: RwSignal<bool>) -> impl IntoView {
    when(move || is_open.get(), move || view! { <Open is_open /> }.late_part())
}

#[component]
fn Open(is_open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let frame = DialogRef::new();
    let body = view! {
        <div class="dialog-body">
            <ThemeChoice />
            <MotionChoice />
            <LanguageChoice />
            <TextSize />
            <SoundSwitches />
            <PrivacySettings />
            <DeviceList />
            <a href="/privacy" target="_blank">{text(move || t_string!(i18n, app.privacy))}</a>
        </div>
        <div class="dialog-foot">
            <button class="btn" type="button" data-kind="default" on:click=act(move |_| dialog::close(frame))>
                {text(move || t_string!(i18n, settings.done))}
            </button>
        </div>
    };
    let title = text(move || t_string!(i18n, settings.title));
    let closed = act(move |_| is_open.set(false));
    dialog::framed(frame, "settings-title", title, closed, body.late_part())
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let choice = move |theme: Theme| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="theme"
                    value=theme.as_str()
                    prop:checked=switch(move || session.settings.theme.get() == theme)
                    on:change=act(move |_| session.set_theme(theme))
                />
                {text(move || theme_word(i18n, theme))}
            </label>
        }
    };
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=text(move || t_string!(i18n, settings.theme))>
            <legend>{text(move || t_string!(i18n, settings.theme))}</legend>
            <div class="choices">{Theme::ALL.map(choice).collect_view()}</div>
        </fieldset>
    }
}

#[component]
fn MotionChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let choice = move |motion: Motion| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="motion"
                    value=motion.as_str()
                    prop:checked=switch(move || session.settings.motion.get() == motion)
                    on:change=act(move |_| session.set_motion(motion))
                />
                {text(move || motion_word(i18n, motion))}
            </label>
        }
    };
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=text(move || t_string!(i18n, settings.motion))>
            <legend>{text(move || t_string!(i18n, settings.motion))}</legend>
            <div class="choices">{Motion::ALL.map(choice).collect_view()}</div>
        </fieldset>
    }
}

#[component]
fn LanguageChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    view! {
        <div class="setting-row">
            <label class="label" for="language">{text(move || t_string!(i18n, settings.language))}</label>
            <span class="select">
                <select
                    class="field"
                    id="language"
                    prop:value=text(move || session.settings.language.get())
                    on:change=act(move |event| session.set_language(&event_target_value(&event)))
                >
                    <option value="en">{text(move || t_string!(i18n, settings.english))}</option>
                    <option value="de">{text(move || t_string!(i18n, settings.german))}</option>
                </select>
            </span>
        </div>
    }
}

/// Everything is sized in `rem`, so one number sizes the page.
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
            <label class="label" for="text-size">{text(move || t_string!(i18n, settings.text_size))}</label>
            <output class="setting-note" for="text-size">{text(percent)}</output>
            <input
                type="range"
                id="text-size"
                min=TEXT_PERCENT_MIN.to_string()
                max=TEXT_PERCENT_MAX.to_string()
                step="10"
                aria-valuetext=text(percent)
                prop:value=text(move || session.settings.text_percent.get().to_string())
                on:change=act(set)
            />
        </div>
    }
}

#[component]
fn SoundSwitches() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (sounds, sent_sound) = (session.settings.sounds, session.settings.sent_sound);
    let label = text(move || t_string!(i18n, settings.sounds));
    let set = Box::new(move |is_on| session.set_sounds(is_on));
    let sent_label = text(move || t_string!(i18n, settings.sent_sound));
    let set_sent = Box::new(move |is_on| session.set_sent_sound(is_on));
    [setting_switch("sounds-label", label, sounds, set), setting_switch("sent-label", sent_label, sent_sound, set_sent)]
}

fn setting_switch(id: &'static str, label: Text, is_on: RwSignal<bool>, set: Box<dyn Fn(bool) + Send>) -> Part {
    view! {
        <div class="setting-row">
            <span class="label" id=id>{label}</span>
            <button
                class="switch"
                type="button"
                role="switch"
                aria-checked=stated(move || is_on.get())
                aria-labelledby=id
                on:click=act(move |_| set(!is_on.get_untracked()))
            ></button>
        </div>
    }
    .part()
}

fn theme_word(i18n: Texts, theme: Theme) -> &'static str {
    match theme {
        Theme::Azure => t_string!(i18n, settings.theme_azure),
        Theme::Glass => t_string!(i18n, settings.theme_glass),
        Theme::Modern => t_string!(i18n, settings.theme_modern),
        Theme::ModernDark => t_string!(i18n, settings.theme_modern_dark),
        Theme::Contrast => t_string!(i18n, settings.theme_contrast),
    }
}

fn motion_word(i18n: Texts, motion: Motion) -> &'static str {
    match motion {
        Motion::Full => t_string!(i18n, settings.motion_full),
        Motion::Calm => t_string!(i18n, settings.motion_calm),
        Motion::None => t_string!(i18n, settings.motion_none),
    }
}
