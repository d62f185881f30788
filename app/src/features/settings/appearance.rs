//! Section of the settings for the look: theme, motion, language and text size of this device, and the characters of an account's list.

use crate::appearance::{Motion, TEXT_PERCENT_MAX, TEXT_PERCENT_MIN, Theme, themes};
use crate::i18n::Locale;
use crate::session::chosen_appearance;
use crate::ui::prelude::*;

/// Id of the control of the text size.
const TEXT_SIZE: &str = "text-size";

/// Choice of the theme, each with a small picture in its own colours, and the switch that follows the system.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let theme = session.settings.theme;
    let is_chosen = Memo::new(move |_| {
        theme.track();
        chosen_appearance().theme.is_some()
    });
    let follow = move |follows| {
        if follows {
            session.run(State::forget_theme)
        } else {
            let theme = theme.get_untracked();
            session.run(move |state| state.set_theme(theme))
        }
    };
    let choice = move |theme: Theme| {
        view! {
            <label class="check theme-choice">
                <input
                    type="radio"
                    name="theme"
                    prop:checked=switch(move || session.settings.theme.get() == theme)
                    on:change=handler(move |_| session.run(move |state| state.set_theme(theme)))
                />
                <span class="theme-pic" data-theme=theme.as_str() aria-hidden="true">
                    <i></i>
                    <i></i>
                    <i></i>
                </span>
                {text(move || theme_title(i18n, theme))}
            </label>
        }
        .client_only()
    };
    view! {
        <fieldset
            class="setting"
            role="radiogroup"
            aria-label=said!(settings.theme)
            data-also=said!(sections.also.theme)
        >
            <legend>{said!(settings.theme)}</legend>
            <div class="theme-choices">{Vec::from(Theme::ALL.map(choice))}</div>
        </fieldset>
        {setting_switch(said!(settings.theme_of_system), Box::new(move || !is_chosen.get()), Box::new(follow))}
    }
}

/// Choice of the level of motion, and the switch that follows the system.
#[component]
pub fn MotionChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let motion = session.settings.motion;
    let is_chosen = Memo::new(move |_| {
        motion.track();
        chosen_appearance().motion.is_some()
    });
    let follow = move |follows| {
        if follows {
            session.run(State::forget_motion)
        } else {
            let motion = motion.get_untracked();
            session.run(move |state| state.set_motion(motion))
        }
    };
    let choice = move |motion: Motion| {
        let is_it = move || session.settings.motion.get() == motion;
        let word = text(move || motion_word(i18n, motion));
        radio("motion", word, Box::new(is_it), handler(move |_| session.run(move |state| state.set_motion(motion))))
    };
    view! {
        <fieldset
            class="setting"
            role="radiogroup"
            aria-label=said!(settings.motion)
            data-also=said!(sections.also.motion)
        >
            <legend>{said!(settings.motion)}</legend>
            <div class="choices">{Vec::from(Motion::ALL.map(choice))}</div>
        </fieldset>
        {setting_switch(said!(settings.motion_of_system), Box::new(move || !is_chosen.get()), Box::new(follow))}
    }
}

/// Choice of the language.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    let session = use_session();
    let option = |locale: Locale| view! { <option value=locale.as_str()>{locale.name()}</option> }.client_only();
    view! {
        <div class="setting-row" data-also=said!(sections.also.language)>
            <label class="label" for="language">{said!(settings.language)}</label>
            <span class="select">
                <select
                    class="field"
                    id="language"
                    prop:value=text(move || session.settings.language.get())
                    on:change=handler(move |event| session.run_for(&event_target_value(&event), State::set_language))
                >
                    {Vec::from(Locale::ALL.map(option))}
                </select>
            </span>
        </div>
    }
}

/// Choice of the text size. One number sizes the page, because all sizes are in `rem`.
#[component]
pub fn TextSize() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let percent = move || t_string!(i18n, settings.percent, number = session.settings.text_percent.get().to_string());
    let set = move |event: leptos::ev::Event| {
        if let Ok(percent) = event_target_value(&event).parse() {
            session.run(move |state| state.set_text_percent(percent));
            // All above the control grows or shrinks with it.
            dom::show_soon(format!("#{TEXT_SIZE}"));
        }
    };
    view! {
        <div class="setting-row" data-also=said!(sections.also.text_size)>
            <label class="label" for=TEXT_SIZE>{said!(settings.text_size)}</label>
            <output class="setting-note" for=TEXT_SIZE>{text(percent)}</output>
            <input
                type="range"
                id=TEXT_SIZE
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

/// Switch that shows the characters in the list of an account (`ux.md` 1.2).
pub fn characters_switch() -> ErasedView {
    let session = use_session();
    let is_on = move || session.arrangement.with(|arrangement| !arrangement.hides_characters);
    let set = move |is_on: bool| session.arrangement.update(|arrangement| arrangement.hides_characters = !is_on);
    setting_switch(said!(characters.show), Box::new(is_on), Box::new(set))
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
