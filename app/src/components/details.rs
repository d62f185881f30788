//! The column beside the log: the other person's picture and facts, or who is in the room; below it the own picture.

use leptos::prelude::*;

use super::contact_row::seen_word;
use super::conversation::Other;
use super::icon::{bead, portrait};
use super::live::{Entry, choice, list, text, when as shown_if};
use super::message_text::short_text;
use super::person_menu::PersonMenu;
use super::when;
use super::words::status_word;
use crate::browser::part::IntoPart;
use crate::i18n::{t_string, use_i18n};
use crate::session::use_session;
use crate::store::conversation::{Conversation, Participant};
use crate::store::roster::Person;

/// Pictures at the right (`ux.md` 4.4).
#[component]
pub fn Details(conversation: Conversation, other: Other) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let own_status = move || session.me.with(|me| me.status.as_str().to_owned());
    let own_name = move || session.me.with(|me| me.display_name.clone());
    view! {
        <aside class="side" aria-label=text(move || t_string!(i18n, conversation.details))>
            {match other.person {
                Some(person) => view! { <About person /> }.late_part(),
                None => view! { <PeopleHere conversation /> }.late_part(),
            }}
            <div class="me-card">
                <span class="pic">
                    {portrait(move || session.me.with(|me| me.avatar_id.clone()))}
                    <span class="pic-name" aria-hidden="true">{text(own_name)}</span>
                </span>
                <div class="about-text">
                    <b>{text(own_name)}</b>
                    <span class="about-status">{bead(own_status)} {text(move || status_word(i18n, &own_status()))}</span>
                </div>
            </div>
        </aside>
    }
    .late_part()
}

#[component]
fn About(person: RwSignal<Person>) -> impl IntoView {
    let i18n = use_i18n();
    let name = move || person.with(|person| person.display_name.clone());
    let status = move || person.with(|person| seen_word(person.status).to_owned());
    let since =
        Memo::new(move |_| person.with(|person| (person.status.is_some() && person.since > 0).then_some(person.since)));
    let since = move || match since.get() {
        Some(at) => t_string!(i18n, conversation.since, time = when::time(i18n, at)),
        None => String::new(),
    };
    let message = Memo::new(move |_| person.with(|person| person.personal_message.clone()));
    let facts = move || {
        let message = choice(move || message.with(|message| short_text(i18n, message).late_part()));
        view! {
            <dl class="about-facts">
                <dt>{text(move || t_string!(i18n, conversation.message))}</dt>
                <dd>{message}</dd>
            </dl>
        }
        .late_part()
    };
    view! {
        <section class="about">
            <div class="about-top">
                <span class="pic">
                    {portrait(move || person.with(|person| person.avatar_id.clone()))}
                    <span class="pic-name" aria-hidden="true">{text(name)}</span>
                </span>
                <div class="about-text">
                    <h3>{text(name)}</h3>
                    <span class="about-status">{bead(status)} {text(move || status_word(i18n, &status()))}</span>
                    <span class="about-since">{text(since)}</span>
                </div>
            </div>
            {shown_if(move || message.with(|message| !message.is_empty()), facts)}
        </section>
    }
    .late_part()
}

#[component]
fn PeopleHere(conversation: Conversation) -> impl IntoView {
    let i18n = use_i18n();
    let people = conversation.participants;
    let row = move |person: Participant| {
        let key = format!("{} {} {}", person.user, person.status, person.name);
        Entry::of(key, move || view! { <RailRow person /> }.late_part())
    };
    view! {
        <section class="rail">
            <h3 class="rail-head">
                {text(move || t_string!(i18n, conversation.people_here))}
                " "
                <span>{text(move || people.with(Vec::len).to_string())}</span>
            </h3>
            <ul>
                {list(move || people.get().into_iter().map(row).collect())}
            </ul>
        </section>
    }
}

/// Somebody who is in the room.
#[component]
fn RailRow(person: Participant) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let Participant { user, name, status, is_guest, .. } = person;
    let is_me = session.me.with_untracked(|me| me.id == user);
    let menu_name = Signal::stored(name.clone());
    let menu = (!is_me).then(|| view! { <PersonMenu id=user name=menu_name /> });
    let mark = is_guest.then(|| view! { <span class="chip">{text(move || t_string!(i18n, list.guest))}</span> });
    view! {
        <li class="rail-row">
            {bead(move || status.clone())}
            <span class="clip">{name}</span>
            {mark} {menu}
        </li>
    }
}
