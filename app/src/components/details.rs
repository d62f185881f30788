//! The column beside the log: the other person's picture and facts, or who is in the room; below it the own picture.

use leptos::prelude::*;

use super::contact_row::seen_word;
use super::conversation::Other;
use super::icon::{bead, portrait};
use super::message_text::short_text;
use super::part::IntoPart;
use super::when;
use super::words::status_word;
use crate::i18n::{t, t_string, use_i18n};
use crate::session::use_session;
use crate::store::conversation::Conversation;
use crate::store::roster::Person;

/// Pictures at the right (`ux.md` 4.4).
#[component]
pub fn Details(conversation: Conversation, other: Other) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let own_status = move || session.me.with(|me| me.status.as_str().to_owned());
    let own_name = move || session.me.with(|me| me.display_name.clone());
    view! {
        <aside class="side" aria-label=move || t_string!(i18n, conversation.details)>
            {match other.person {
                Some(person) => view! { <About person /> }.part(),
                None => view! { <PeopleHere conversation /> }.part(),
            }}
            <div class="me-card">
                <span class="pic">
                    {portrait(move || session.me.with(|me| me.avatar_id.clone()))}
                    <span class="pic-name" aria-hidden="true">{own_name}</span>
                </span>
                <div class="about-text">
                    <b>{own_name}</b>
                    <span class="about-status">{bead(own_status)} {move || status_word(i18n, &own_status())}</span>
                </div>
            </div>
        </aside>
    }
    .part()
}

#[component]
fn About(person: RwSignal<Person>) -> impl IntoView {
    let i18n = use_i18n();
    let name = move || person.with(|person| person.display_name.clone());
    let status = move || person.with(|person| seen_word(person.status).to_owned());
    let since =
        Memo::new(move |_| person.with(|person| (person.status.is_some() && person.since > 0).then_some(person.since)));
    let since = move || since.get().map(|at| t_string!(i18n, conversation.since, time = when::time(i18n, at)));
    let has_message = Memo::new(move |_| person.with(|person| !person.personal_message.is_empty()));
    view! {
        <section class="about">
            <div class="about-top">
                <span class="pic">
                    {portrait(move || person.with(|person| person.avatar_id.clone()))}
                    <span class="pic-name" aria-hidden="true">{name}</span>
                </span>
                <div class="about-text">
                    <h3>{name}</h3>
                    <span class="about-status">{bead(status)} {move || status_word(i18n, &status())}</span>
                    <span class="about-since">{since}</span>
                </div>
            </div>
            <Show when=move || has_message.get()>
                <dl class="about-facts">
                    <dt>{t!(i18n, conversation.message)}</dt>
                    <dd>{move || person.with(|person| short_text(i18n, &person.personal_message))}</dd>
                </dl>
            </Show>
        </section>
    }
    .part()
}

#[component]
fn PeopleHere(conversation: Conversation) -> impl IntoView {
    let i18n = use_i18n();
    let people = conversation.participants;
    view! {
        <section class="rail">
            <h3 class="rail-head">
                {t!(i18n, conversation.people_here)} " " <span>{move || people.with(Vec::len)}</span>
            </h3>
            <ul>
                <For
                    each=move || people.get()
                    key=|person| (person.user.clone(), person.status.clone(), person.name.clone())
                    let:person
                >
                    <li class="rail-row">
                        {bead(move || person.status.clone())}
                        <span class="clip">{person.name.clone()}</span>
                        {person.is_guest.then(|| view! { <span class="chip">{t!(i18n, list.guest)}</span> })}
                    </li>
                </For>
            </ul>
        </section>
    }
}
