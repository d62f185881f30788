//! The part of the settings that the server keeps: what the person takes from others, and who is blocked.

use leptos::prelude::*;
use protocol::people::contacts::{Audience, Settings};

use crate::features::contacts::local_time::local_time_switch;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::relations::Named;
use crate::view::live::{Entry, Text, act, list, stated, switch, text, when};
use crate::view::part::{IntoPart, Part};

/// Privacy: shown once the server has said how it is.
#[component]
pub fn PrivacySettings() -> impl IntoView {
    let session = use_session();
    session.load_takes();
    view! {
        {when(move || session.relations.takes.with(Option::is_some), move || view! { <Takes /> }.late_part())}
        {when(move || session.relations.blocked.with(|all| !all.is_empty()), move || view! { <Blocked /> }.late_part())}
    }
}

#[component]
fn Takes() -> impl IntoView {
    let i18n = use_i18n();
    let write = said!(i18n, privacy.who_can_write);
    let add = said!(i18n, privacy.who_can_add);
    let presence = said!(i18n, privacy.who_sees_presence);
    let picture = said!(i18n, privacy.who_sees_picture);
    let last_seen = said!(i18n, privacy.last_seen);
    let receipts = said!(i18n, privacy.receipts);
    let typing = said!(i18n, privacy.typing);
    let nudges = said!(i18n, privacy.nudges);
    let winks = said!(i18n, privacy.winks);
    view! {
        <fieldset class="setting" aria-label=said!(i18n, privacy.title)>
            {audience("whoCanWrite", write, |takes| takes.who_can_write, false)}
            {audience("whoCanAdd", add, |takes| takes.who_can_add, true)}
            {audience("whoSeesPresence", presence, |takes| takes.who_sees_presence, true)}
            {audience("whoSeesPicture", picture, |takes| takes.who_sees_picture, true)}
            {audience("nudges", nudges, |takes| takes.nudges, true)}
            {audience("winks", winks, |takes| takes.winks, true)}
            {toggle("receipts", receipts, |takes| takes.receipts)}
            {toggle("typing", typing, |takes| takes.typing)}
            {toggle("lastSeen", last_seen, |takes| takes.last_seen)}
            {local_time_switch()}
        </fieldset>
    }
    .late_part()
}

fn audience(member: &'static str, label: Text, of: fn(&Settings) -> Audience, may_be_nobody: bool) -> Part {
    let session = use_session();
    let choices: Vec<Part> = [Audience::Everyone, Audience::Contacts, Audience::Nobody]
        .into_iter()
        .filter(|audience| may_be_nobody || *audience != Audience::Nobody)
        .map(|audience| audience_option(of, audience))
        .collect();
    let chosen = move |event| session.change_takes(member, format!("\"{}\"", event_target_value(&event)));
    view! {
        <div class="setting-row">
            <label class="label" for=member>{label}</label>
            <span class="select">
                <select class="field" id=member on:change=act(chosen)>
                    {choices}
                </select>
            </span>
        </div>
    }
    .late_part()
}

/// The chosen one says so itself: a list that is told its value before its entries are there forgets it.
fn audience_option(of: fn(&Settings) -> Audience, audience: Audience) -> Part {
    let (session, i18n) = (use_session(), use_i18n());
    let is_chosen =
        move || session.relations.takes.with(|takes| takes.as_ref().is_some_and(|takes| of(takes) == audience));
    let word = move || match audience {
        Audience::Everyone => t_string!(i18n, privacy.everyone),
        Audience::Contacts => t_string!(i18n, privacy.contacts),
        Audience::Nobody => t_string!(i18n, privacy.nobody),
    };
    view! { <option value=audience.as_str() prop:selected=switch(is_chosen)>{text(word)}</option> }.late_part()
}

fn toggle(member: &'static str, label: Text, of: fn(&Settings) -> bool) -> Part {
    let session = use_session();
    let is_on = move || session.relations.takes.with(|takes| takes.as_ref().is_some_and(of));
    let switched = move |_| session.change_takes(member, (!untrack(is_on)).to_string());
    view! {
        <div class="setting-row">
            <span class="label" id=member>{label}</span>
            <button
                class="switch"
                type="button"
                role="switch"
                aria-checked=stated(is_on)
                aria-labelledby=member
                on:click=act(switched)
            ></button>
        </div>
    }
    .late_part()
}

#[component]
fn Blocked() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let row = |person: Named| Entry::of(person.clone(), move || view! { <BlockedRow person /> }.late_part());
    view! {
        <fieldset class="setting">
            <legend>{said!(i18n, privacy.blocked)}</legend>
            <ul aria-label=said!(i18n, privacy.blocked)>
                {list(move || session.relations.blocked.get().into_iter().map(row).collect())}
            </ul>
        </fieldset>
    }
    .late_part()
}

#[component]
fn BlockedRow(person: Named) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let Named { id, name } = person;
    let shown = name.clone();
    view! {
        <li class="setting-row">
            <span class="clip">{shown}</span>
            <button
                class="btn"
                type="button"
                aria-label=text(move || t_string!(i18n, dialogs.unblock_name, name = &name))
                on:click=act(move |_| session.block(&id, false))
            >
                {said!(i18n, dialogs.unblock)}
            </button>
        </li>
    }
    .late_part()
}
