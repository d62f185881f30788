//! Invitations into groups, above the contact list.

use leptos::prelude::*;

use super::live::{Entry, act, list, switch, text};
use crate::browser::part::IntoPart;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::groups::Invitation;

/// What waits for a yes or no; nothing while nothing does.
#[component]
pub fn GroupInvitations() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let invitations = session.groups.invitations;
    let row = |one: Invitation| Entry::of(one.clone(), move || view! { <Question one /> }.late_part());
    view! {
        <section
            class="requests"
            aria-label=said!(i18n, groups.invitations)
            hidden=switch(move || invitations.with(Vec::is_empty))
        >
            <ul>{list(move || invitations.get().into_iter().map(row).collect())}</ul>
        </section>
    }
    .late_part()
}

#[component]
fn Question(one: Invitation) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let Invitation { room, name, by } = one;
    let (yes, no) = (room.clone(), room);
    let (shown, accepted, declined) = (name.clone(), name.clone(), name);
    view! {
        <li class="request">
            <p>{text(move || t_string!(i18n, groups.asks_you, by = &by, group = &shown))}</p>
            <div class="request-acts">
                <button
                    class="btn"
                    type="button"
                    data-kind="default"
                    aria-label=text(move || t_string!(i18n, groups.accept_name, group = &accepted))
                    on:click=act(move |_| session.answer_invitation(&yes, true))
                >
                    {said!(i18n, contacts.accept)}
                </button>
                <button
                    class="btn"
                    type="button"
                    aria-label=text(move || t_string!(i18n, groups.decline_name, group = &declined))
                    on:click=act(move |_| session.answer_invitation(&no, false))
                >
                    {said!(i18n, contacts.decline)}
                </button>
            </div>
        </li>
    }
    .late_part()
}
