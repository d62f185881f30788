//! Section of the settings for the look: theme, motion, language and text size of this device, and the characters of an account's list.

use super::rows::{own_choice, percent_row};
use crate::appearance::{Motion, TEXT_PERCENT_MAX, TEXT_PERCENT_MIN, Theme, themes};
use crate::i18n::Locale;
use crate::session::chosen_appearance;
use crate::ui::prelude::*;

const TEXT_SIZE: &str = "text-size";

/// Choice of the theme, each with a small picture in its own colours, and the switch that follows the system.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let theme = session.settings.theme;
    let is_chosen = move || {
        theme.track();
        chosen_appearance().theme.is_some()
    };
    let follow = move |follows| match follows {
        true => session.run(State::forget_theme),
        false => {
            let theme = theme.get_untracked();
            session.run(move |state| state.set_theme(theme))
        }
    };
    let choice = move |own: Theme| {
        view! {
            <label class="check theme-choice">
                <input
                    type="radio"
                    name="theme"
                    prop:checked=switch(move || theme.get() == own)
                    on:change=handler(move |_| session.run(move |state| state.set_theme(own)))
                />
                <span class="theme-pic" data-theme=own.as_str() aria-hidden="true">
                    <i></i>
                    <i></i>
                    <i></i>
                </span>
                {text(move || theme_title(i18n, own))}
            </label>
        }
        .client_only()
    };
    let choices = view! { <div class="theme-choices">{Vec::from(Theme::ALL.map(choice))}</div> }.client_only();
    view! {
        {own_choice(&|| said!(settings.theme), said!(sections.also.theme), choices)}
        {setting_switch(said!(settings.theme_of_system), Box::new(move || !is_chosen()), Box::new(follow))}
    }
}

/// Choice of the level of motion, and the switch that follows the system.
#[component]
pub fn MotionChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let motion = session.settings.motion;
    let is_chosen = move || {
        motion.track();
        chosen_appearance().motion.is_some()
    };
    let follow = move |follows| match follows {
        true => session.run(State::forget_motion),
        false => {
            let motion = motion.get_untracked();
            session.run(move |state| state.set_motion(motion))
        }
    };
    let choice = move |own: Motion| {
        let word = text(move || motion_word(i18n, own));
        let chosen = handler(move |_| session.run(move |state| state.set_motion(own)));
        radio("motion", word, Box::new(move || motion.get() == own), chosen)
    };
    let choices = view! { <div class="choices">{Vec::from(Motion::ALL.map(choice))}</div> }.client_only();
    view! {
        {own_choice(&|| said!(settings.motion), said!(sections.also.motion), choices)}
        {setting_switch(said!(settings.motion_of_system), Box::new(move || !is_chosen()), Box::new(follow))}
    }
}

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
    let session = use_session();
    let percent = move || session.settings.text_percent.get().to_string();
    let set = move |percent: &str| {
        if let Ok(percent) = percent.parse() {
            session.run(move |state| state.set_text_percent(percent));
            // All above the control grows or shrinks with it.
            dom::show_soon(format!("#{TEXT_SIZE}"));
        }
    };
    let range = [TEXT_PERCENT_MIN.to_string(), TEXT_PERCENT_MAX.to_string()];
    percent_row(TEXT_SIZE, said!(settings.text_size), Some(said!(sections.also.text_size)), range, percent, set)
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
