//! Appearance and loudness of this conversation: hue, backdrop, nudges, sounds, mute. Other switches change the layout of all messages.

use leptos::prelude::*;

use crate::features::alerts::mute_choice::mute_choice;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::{Session, use_session};
use crate::store::chat_preferences::{BACKDROPS, ChatPreferences, HUES};
use crate::store::conversation::Conversation;
use crate::store::moderation::ModerationSubject;
use crate::store::settings::MessageSettings;
use crate::ui::choices::{choices, nth};
use crate::ui::icon::icon;
use crate::ui::popover::Popover;
use crate::ui::sheets::small_dialog;
use crate::view::bindings::{TextBinding, aria_bool, handler, text};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view};

/// Button and menu.
#[component]
pub fn ChatPreferencesMenu(popover: Popover, conversation: Conversation) -> impl IntoView {
    let i18n = use_i18n();
    let label = said!(i18n, ways.title);
    popover.at_button("round", label, icon("ic-paint", "16").client_only(), move || {
        load_view(move || chat_preferences_dialog(popover, conversation))
    })
}

lazy_view! {
    talk:
    /// Dialog that opens at the button.
    pub fn chat_preferences_dialog(popover: Popover, conversation: Conversation) {
        let i18n = use_i18n();
        let label = said!(i18n, ways.title);
        let content = view! { <Choices conversation /> {moderate_room(popover, conversation)} };
        small_dialog(popover, "picker ways-menu", label, content.client_only())
    }
}

#[component]
fn Choices(conversation: Conversation) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        {head(said!(i18n, ways.hue))}
            {choices("hues", said!(i18n, ways.hue), HUES + 1, move |number| hue(conversation, number))}
            {head(said!(i18n, ways.backdrop))}
            {choices("backdrops", said!(i18n, ways.backdrop), BACKDROPS + 1, move |number| backdrop(conversation, number))}
            {head(said!(i18n, ways.here))} {here(conversation)}
            {head(said!(i18n, ways.everywhere))} {everywhere()}
    }
}

fn hue(conversation: Conversation, hue: u8) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let label = move || match hue {
        0 => t_string!(i18n, ways.of_theme).to_owned(),
        _ => nth(t_string!(i18n, ways.hues), usize::from(hue - 1)),
    };
    let is_chosen = move || conversation.preferences.get().hue == hue;
    let choose = move || set_chat_preferences(session, conversation, &|preferences| preferences.hue = hue);
    option("hue", hue, text(label), Box::new(is_chosen), Box::new(choose))
}

fn backdrop(conversation: Conversation, backdrop: u8) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let label = move || match backdrop {
        0 => t_string!(i18n, ways.no_backdrop).to_owned(),
        _ => nth(t_string!(i18n, ways.backdrops), usize::from(backdrop - 1)),
    };
    let is_chosen = move || conversation.preferences.get().backdrop == backdrop;
    let choose = move || set_chat_preferences(session, conversation, &|preferences| preferences.backdrop = backdrop);
    option("backdrop", backdrop, text(label), Box::new(is_chosen), Box::new(choose))
}

/// Loudness of this conversation.
fn here(conversation: Conversation) -> Vec<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let preferences = conversation.preferences;
    let set = move |change: &dyn Fn(&mut ChatPreferences)| set_chat_preferences(session, conversation, change);
    let mute = mute_choice(
        Signal::from(preferences),
        conversation.partner().is_none(),
        Box::new(move |chosen, not_taken| {
            session.set_muted(&conversation.room_id(), chosen, move |error, _| not_taken(error));
        }),
    );
    let nudges = switch_row(
        said!(i18n, ways.nudges),
        Box::new(move || !preferences.get().is_still),
        Box::new(move |is_on| set(&|preferences| preferences.is_still = !is_on)),
    );
    let winks = switch_row(
        said!(i18n, ways.winks),
        Box::new(move || !preferences.get().has_no_winks),
        Box::new(move |is_on| set(&|preferences| preferences.has_no_winks = !is_on)),
    );
    let sounds = switch_row(
        said!(i18n, ways.sounds),
        Box::new(move || !preferences.get().is_silent),
        Box::new(move |is_on| set(&|preferences| preferences.is_silent = !is_on)),
    );
    vec![mute, nudges, winks, sounds]
}

/// Layout of all messages.
fn everywhere() -> Vec<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let (message_settings, theme) = (session.settings.message_settings, session.settings.theme);
    let set = move |change: &dyn Fn(&mut MessageSettings)| {
        let mut now = message_settings.get_untracked();
        change(&mut now);
        session.set_message_settings(now);
    };
    let drawings = switch_row(
        said!(i18n, ways.drawings),
        Box::new(move || !message_settings.get().has_plain_keys),
        Box::new(move |is_on| set(&|settings| settings.has_plain_keys = !is_on)),
    );
    let bubbles = switch_row(
        said!(i18n, ways.bubbles),
        Box::new(move || message_settings.get().has_bubbles.unwrap_or_else(|| theme.get().has_bubbles())),
        Box::new(move |is_on| set(&|settings| settings.has_bubbles = Some(is_on))),
    );
    vec![drawings, bubbles]
}

/// Button for people with a role, in a public room (`ux.md` 2.14).
fn moderate_room(popover: Popover, conversation: Conversation) -> Option<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let press = move |_| {
        popover.close();
        let room = conversation.room_id();
        let row = session.roster.room(&room);
        let name = row.map_or_else(|| room.clone(), |row| row.with_untracked(|row| row.name.clone()));
        session.moderate(ModerationSubject::Room { room, name });
    };
    (session.has_role() && conversation.is_public_room()).then(|| {
        view! {
            {head(said!(i18n, moderate.room_head))}
            <button class="btn" type="button" on:click=handler(press)>{said!(i18n, moderate.room)}</button>
        }
        .client_only()
    })
}

/// Changes the preferences of the conversation.
fn set_chat_preferences(session: Session, conversation: Conversation, change: &dyn Fn(&mut ChatPreferences)) {
    let mut now = conversation.preferences.get_untracked();
    change(&mut now);
    session.set_chat_preferences(&conversation.room_id(), now);
}

fn head(words: TextBinding) -> ErasedView {
    view! { <p class="ways-head" aria-hidden="true">{words}</p> }.client_only()
}

/// Option for one hue or backdrop, as a sample.
fn option(
    kind: &'static str,
    number: u8,
    label: TextBinding,
    is_chosen: Box<dyn Fn() -> bool + Send>,
    choose: Box<dyn Fn() + Send>,
) -> ErasedView {
    view! {
        <button
            type="button"
            role="radio"
            class="way"
            data-item=""
            data-hue=(kind == "hue").then(|| number.to_string())
            data-backdrop=(kind == "backdrop").then(|| number.to_string())
            aria-checked=aria_bool(is_chosen)
            aria-label=label
            on:click=handler(move |_| choose())
        ></button>
    }
    .client_only()
}

/// Row with a switch.
fn switch_row(
    label: TextBinding,
    is_on: Box<dyn Fn() -> bool + Send + Sync>,
    set: Box<dyn Fn(bool) + Send>,
) -> ErasedView {
    let is_on = Memo::new(move |_| is_on());
    view! {
        <label class="setting-row">
            <span>{label}</span>
            <button
                class="switch"
                type="button"
                role="switch"
                data-item=""
                aria-checked=aria_bool(move || is_on.get())
                on:click=handler(move |_| set(!is_on.get_untracked()))
            ></button>
        </label>
    }
    .client_only()
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn every_hue_and_backdrop_has_a_name_in_every_language() {
        for language in tags() {
            let count = |name| words_in(language, "ways", name);
            assert_eq!(count("hues"), usize::from(HUES), "{language}");
            assert_eq!(count("backdrops"), usize::from(BACKDROPS), "{language}");
        }
    }
}
