//! Menu of one conversation, in two tabs: mute, effects and sounds, then hue and backdrop. The last switch of each tab changes all
//! conversations.

use crate::features::alerts::mute_choice::mute_choice;
use crate::store::chat_preferences::{BACKDROPS, ChatPreferences, HUES};
use crate::store::conversation::Conversation;
use crate::store::settings::SOUNDS_TO_CHOOSE;
use crate::ui::picker_tabs::{picker_tab, picker_tabs};
use crate::ui::prelude::*;
use crate::ui::sheets::small_dialog;

/// Id of the part of the menu below its tabs.
const PANEL: &str = "conversation-panel";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Conversation,
    Appearance,
}

#[component]
pub fn ChatPreferencesMenu(popover: Popover, conversation: Conversation) -> impl IntoView {
    let label = said!(ways.title);
    popover.at_button("round", label, icon("ic-gear", "16").client_only(), move || {
        load_view(move || chat_preferences_dialog(popover, conversation))
    })
}

lazy_view! {
    talk:
    pub fn chat_preferences_dialog(popover: Popover, conversation: Conversation) {
        let (i18n, tab) = (use_i18n(), RwSignal::new(Tab::Conversation));
        let panel = choice(move || match tab.get() {
            Tab::Conversation => of_conversation(popover, conversation),
            Tab::Appearance => appearance(conversation),
        });
        let content = view! {
            {picker_tabs(said!(ways.title), [Tab::Conversation, Tab::Appearance].map(|own| tab_button(tab, own)).into())}
            <div class="ways-panel" id=PANEL role="tabpanel" aria-label=text(move || tab_word(i18n, tab.get()))>
                {panel}
            </div>
        };
        small_dialog(popover, "picker ways-menu", said!(ways.title), content.client_only())
    }
}

fn tab_button(tab: RwSignal<Tab>, own: Tab) -> ErasedView {
    let i18n = use_i18n();
    let is_chosen = move || tab.get() == own;
    let choose = move || {
        if tab.get_untracked() != own {
            tab.set(own);
        }
    };
    let word = text(move || tab_word(i18n, own));
    picker_tab(PANEL, word, is_chosen, is_chosen, handler(move |_| choose()), handler(move |_| choose()))
}

fn tab_word(i18n: Texts, tab: Tab) -> &'static str {
    match tab {
        Tab::Conversation => t_string!(i18n, ways.conversation),
        Tab::Appearance => t_string!(i18n, settings.look),
    }
}

/// Mute, effects and sounds, and the link to the conversation.
fn of_conversation(popover: Popover, conversation: Conversation) -> ErasedView {
    let sounds = if conversation.partner().is_some() { own_sounds(conversation) } else { Vec::new() };
    view! {
        {here(conversation)}
        {sounds}
        {link(popover, conversation)}
        {head(said!(ways.everywhere))}
        {drawings()}
    }
    .client_only()
}

/// Button that copies the link. A room of a demo has no address.
fn link(popover: Popover, conversation: Conversation) -> Option<ErasedView> {
    let session = use_session();
    let copy = move |_| {
        session.copy_link(&conversation.room_id(), None);
        popover.close();
    };
    (!session.is_of_demo()).then(|| {
        view! {
            <div class="setting-row">
                <button class="btn" type="button" data-item="" on:click=handler(copy)>
                    {said!(talk.copy_link)}
                </button>
            </div>
        }
        .client_only()
    })
}

/// Hue and backdrop.
fn appearance(conversation: Conversation) -> ErasedView {
    let hue = move |number| {
        let words: Names = [|i18n| t_string!(i18n, ways.of_theme), |i18n| t_string!(i18n, ways.hues)];
        sample(conversation, "hue", number, words, |preferences| &mut preferences.hue)
    };
    let backdrop = move |number| {
        let words: Names = [|i18n| t_string!(i18n, ways.no_backdrop), |i18n| t_string!(i18n, ways.backdrops)];
        sample(conversation, "backdrop", number, words, |preferences| &mut preferences.backdrop)
    };
    view! {
        {head(said!(ways.hue))}
        {choices("hues", said!(ways.hue), HUES + 1, hue)}
        {head(said!(ways.backdrop))}
        {choices("backdrops", said!(ways.backdrop), BACKDROPS + 1, backdrop)}
        {head(said!(ways.everywhere))} {bubbles()}
    }
    .client_only()
}

/// Name of the choice that is none, and the list of the other names.
type Names = [fn(Texts) -> &'static str; 2];

/// Option for one hue or backdrop, as a sample.
fn sample(
    conversation: Conversation,
    kind: &'static str,
    number: u8,
    [none, names]: Names,
    of: fn(&mut ChatPreferences) -> &mut u8,
) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let label = move || match number {
        0 => none(i18n).to_owned(),
        _ => nth(names(i18n), usize::from(number - 1)),
    };
    let choose = move |_| set_chat_preferences(session, conversation, &|preferences| *of(preferences) = number);
    view! {
        <button
            type="button"
            role="radio"
            class="way"
            data-item=""
            data-hue=(kind == "hue").then(|| number.to_string())
            data-backdrop=(kind == "backdrop").then(|| number.to_string())
            aria-checked=aria_bool(move || *of(&mut conversation.preferences.get()) == number)
            aria-label=text(label)
            on:click=handler(choose)
        ></button>
    }
    .client_only()
}

/// Mute and effects.
fn here(conversation: Conversation) -> Vec<ErasedView> {
    let session = use_session();
    let mute = mute_choice(
        Signal::from(conversation.preferences),
        conversation.partner().is_none(),
        Box::new(move |chosen, not_taken| session.set_muted(&conversation.room_id(), chosen, not_taken)),
    );
    vec![
        mute,
        preference_switch(conversation, said!(ways.nudges), |preferences| &mut preferences.is_still),
        preference_switch(conversation, said!(ways.winks), |preferences| &mut preferences.has_no_winks),
        preference_switch(conversation, said!(ways.sounds), |preferences| &mut preferences.is_silent),
    ]
}

/// Switch for something that a preference turns off.
fn preference_switch(
    conversation: Conversation,
    label: TextBinding,
    of: fn(&mut ChatPreferences) -> &mut bool,
) -> ErasedView {
    let session = use_session();
    item_switch(
        label,
        Box::new(move || !*of(&mut conversation.preferences.get())),
        Box::new(move |is_on| set_chat_preferences(session, conversation, &|preferences| *of(preferences) = !is_on)),
    )
}

/// Sounds of the other person.
fn own_sounds(conversation: Conversation) -> Vec<ErasedView> {
    vec![
        sound(conversation, said!(home.message_sound), "message-sound", |preferences| &mut preferences.message_sound),
        sound(conversation, said!(home.online_sound), "online-sound", |preferences| &mut preferences.online_sound),
    ]
}

/// Choice of one sound.
fn sound(
    conversation: Conversation,
    label: TextBinding,
    id: &'static str,
    of: fn(&mut ChatPreferences) -> &mut u8,
) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let option =
        |at: usize| view! { <option value=at.to_string()>{text(move || sound_name(i18n, at))}</option> }.client_only();
    let options: Vec<ErasedView> = (0..=SOUNDS_TO_CHOOSE).map(option).collect();
    let chosen = move |event: ev::Event| {
        let Ok(sound) = event_target_value(&event).parse::<u8>() else { return };
        set_chat_preferences(session, conversation, &|preferences| *of(preferences) = sound);
    };
    let value = move || of(&mut conversation.preferences.get()).to_string();
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

/// Returns the name of a sound; the first option is the default sound.
fn sound_name(i18n: Texts, at: usize) -> String {
    match at.checked_sub(1) {
        Some(at) => nth(t_string!(i18n, settings.sound_events), at),
        None => t_string!(i18n, home.usual_sound).to_owned(),
    }
}

/// Switch of emoticons as pictures, in all messages.
fn drawings() -> ErasedView {
    let session = use_session();
    let message_settings = session.settings.message_settings;
    item_switch(
        said!(ways.drawings),
        Box::new(move || !message_settings.get().has_plain_keys),
        Box::new(move |is_on| session.change_message_settings(|settings| settings.has_plain_keys = !is_on)),
    )
}

/// Switch of bubbles, in all messages.
fn bubbles() -> ErasedView {
    let session = use_session();
    let (message_settings, theme) = (session.settings.message_settings, session.settings.theme);
    item_switch(
        said!(ways.bubbles),
        Box::new(move || message_settings.get().has_bubbles.unwrap_or_else(|| theme.get().has_bubbles())),
        Box::new(move |is_on| session.change_message_settings(|settings| settings.has_bubbles = Some(is_on))),
    )
}

/// Changes the preferences of the conversation.
fn set_chat_preferences(session: Session, conversation: Conversation, change: &dyn Fn(&mut ChatPreferences)) {
    let mut now = conversation.preferences.get_untracked();
    change(&mut now);
    session.run_for(&conversation.room_id(), move |state, room| state.set_chat_preferences(room, now));
}

fn head(words: TextBinding) -> ErasedView {
    view! { <p class="ways-head" aria-hidden="true">{words}</p> }.client_only()
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
