//! Section of the settings that the server stores: the person's permits for others, the blocked people, and people to whom an account
//! appears offline.

use protocol::people::contacts::{Audience, Choice, SETTINGS, Setting};
use protocol::words::ids::is_integration;

use super::hidden_from::hidden_from;
use crate::features::contacts::local_time::local_time_switch;
use crate::i18n::{names, plain};
use crate::store::relations::PersonRef;
use crate::ui::prelude::*;

/// Elements that take the focus when the focused row of a list is removed: the first button of a list, else the first setting.
const BUTTON: &str = "#settings-privacy li .btn";
const SETTING: &str = "#settings-privacy .setting-row .field";

/// Privacy settings, once the server has sent them.
#[component]
pub fn PrivacySettings() -> impl IntoView {
    let session = use_session();
    session.run(State::load_privacy_settings);
    let count = move || session.relations.blocked.with(Vec::len) + session.relations.hidden_from.with(Vec::len);
    on_removal(count, || dom::mend_focus([BUTTON, SETTING]));
    let is_known = move || session.relations.privacy_settings.with(Option::is_some);
    view! {
        {when(is_known, move || view! { <PrivacyRows /> }.client_only())}
        {when(move || session.relations.blocked.with(|all| !all.is_empty()), move || view! { <Blocked /> }.client_only())}
        {when(move || session.relations.hidden_from.with(|all| !all.is_empty()), hidden_from)}
    }
}

macro_rules! declare {
    ($($(#[$doc:meta])* $field:ident: $type:ident as $member:literal = $defaults:tt;)*) => {
        /// Labels of the settings, in their order.
        const LABELS: [crate::i18n::Text; SETTINGS.len()] = [$(names::privacy::$field),*];
    };
}

protocol::person_settings!(declare);

#[component]
fn PrivacyRows() -> impl IntoView {
    let row = |(setting, label): (&'static Setting, crate::i18n::Text)| {
        let label = plain(label);
        if setting.audiences.is_empty() { toggle(setting, label) } else { audience(setting, label) }
    };
    let rows: Vec<ErasedView> = SETTINGS.iter().zip(LABELS).map(row).collect();
    view! {
        <fieldset class="setting" aria-label=said!(privacy.title)>
            {rows}
            {local_time_switch()}
        </fieldset>
    }
    .client_only()
}

fn audience(setting: &'static Setting, label: TextBinding) -> ErasedView {
    let session = use_session();
    let member = setting.member;
    let choices: Vec<ErasedView> =
        setting.audiences.iter().map(|audience| audience_option(setting, *audience)).collect();
    let chosen = move |event| {
        let chosen = format!("\"{}\"", event_target_value(&event));
        session.run_for(&chosen, |state, chosen| state.change_privacy_settings(member, chosen));
    };
    select_row(member, label, choices, handler(chosen))
}

/// The selected option is marked itself, because a list that gets its value before its options loses it.
fn audience_option(setting: &'static Setting, audience: Audience) -> ErasedView {
    let i18n = use_i18n();
    let is_chosen = is_set(setting, Choice::Audience(audience));
    let word = move || match audience {
        Audience::Everyone => t_string!(i18n, privacy.everyone),
        Audience::Contacts => t_string!(i18n, privacy.contacts),
        Audience::Nobody => t_string!(i18n, privacy.nobody),
    };
    view! { <option value=audience.as_str() prop:selected=switch(is_chosen)>{text(word)}</option> }.client_only()
}

fn toggle(setting: &'static Setting, label: TextBinding) -> ErasedView {
    let session = use_session();
    let member = setting.member;
    let is_on = is_set(setting, Choice::Switch(true));
    let switched = move |_| {
        let is_on = !untrack(is_on);
        session.run(move |state| state.change_privacy_settings(member, &is_on.to_string()));
    };
    switch_row(member, label, is_on, handler(switched))
}

/// Returns a function that is `true` while a setting has this value. Reactive.
fn is_set(setting: &'static Setting, choice: Choice) -> impl Fn() -> bool + Copy + Send + Sync + 'static {
    let session = use_session();
    move || {
        session
            .relations
            .privacy_settings
            .with(|known| known.as_ref().is_some_and(|known| (setting.value)(known) == choice))
    }
}

#[component]
fn Blocked() -> impl IntoView {
    let session = use_session();
    view! {
        <fieldset class="setting">
            <legend>{said!(privacy.blocked)}</legend>
            <ul aria-label=said!(privacy.blocked)>
                {list_of(move || session.relations.blocked.get(), blocked_row)}
            </ul>
        </fieldset>
    }
    .client_only()
}

fn blocked_row(person: PersonRef) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let PersonRef { id, name } = person;
    // The server knows no name of an integration, which is no account.
    let is_unnamed = name.is_empty() && is_integration(&id);
    let shown = move || if is_unnamed { t_string!(i18n, integration.mark).to_owned() } else { name.clone() };
    let (called, freed) = (shown.clone(), shown.clone());
    let unblock = move |_| {
        let person = PersonRef { id: id.clone(), name: untrack(&freed) };
        session.run(move |state| state.block(&person, false));
    };
    view! {
        <li class="setting-row">
            <span class="clip"><bdi>{text(shown)}</bdi></span>
            {row_button(
                None,
                said!(dialogs.unblock),
                said!(dialogs.unblock_name, name = called()),
                handler(unblock),
            )}
        </li>
    }
    .client_only()
}
