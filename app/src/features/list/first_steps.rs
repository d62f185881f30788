//! Cards in the list of an account without contacts: the first steps, which the server writes, and the ways to find people (`ux.md` 1.1 and
//! 1.2). The ways stand below the people, so they are a lazy view.

use leptos::ev::MouseEvent;
use protocol::people::contacts::Relation;
use protocol::people::names::{GUEST_AVATAR, with_end_of_id};

use crate::session::Me;
use crate::store::arrangement::ListDialog;
use crate::ui::prelude::*;

/// Renders the first steps above the list. A person who finds contacts while the page is open keeps them until they are closed. What this
/// device stores is not known at first: until then the document hides steps that were closed (`scripts::BOOTSTRAP`).
pub fn first_steps() -> ErasedView {
    let session = use_session();
    let was_alone = Memo::new(move |before: Option<&bool>| before == Some(&true) || is_alone(session));
    let is_open = move || session.arrangement.with(|arrangement| !arrangement.has_closed_steps);
    when(move || was_alone.get() && is_open() && is_whole(session), steps_card).erase()
}

/// Renders the ways to find people below the people of the list.
pub fn no_contacts() -> ErasedView {
    let session = use_session();
    load_view_when(move || is_alone(session), ways_to_people)
}

/// Returns `true` for an account that has no contacts, as far as the server has told. Reactive.
fn is_alone(session: Session) -> bool {
    session.me.with(Me::is_account) && session.relations.is_alone.get()
}

/// Returns `true` while nobody searches: results stand alone. Reactive.
fn is_whole(session: Session) -> bool {
    !session.search.is_on()
}

lazy_view! {
    home:
    /// The ways to find people, while there are no contacts.
    pub fn ways_to_people() {
        let session = use_session();
        when(move || is_alone(session) && is_whole(session), ways_card).client_only()
    }
}

fn steps_card() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let has_picture = Memo::new(move |_| session.me.with(|me| me.avatar_id != GUEST_AVATAR));
    // The server adds the end of the id to a name that belongs to a character (`sign-in.md` 1.7). The step explains these letters.
    let is_marked = move || session.me.with(|me| me.display_name.ends_with(&with_end_of_id(&me.id, "")));
    let picture_what = text(move || match is_marked() {
        true => t_string!(i18n, first_steps.name_marked),
        false => t_string!(i18n, first_steps.picture_what),
    });
    // What was done once stays done when a request is withdrawn or a conversation is closed, and when the page is loaded again.
    let has_found = Memo::new(move |before: Option<&bool>| {
        let is_asked = |relation| matches!(relation, Relation::Contact | Relation::Requested);
        before == Some(&true)
            || session.arrangement.with(|arrangement| arrangement.has_found_somebody)
            || session.relations.contacts.with(|all| all.iter().any(|contact| is_asked(contact.relation)))
    });
    let has_said = Memo::new(move |before: Option<&bool>| {
        before == Some(&true)
            || session.arrangement.with(|arrangement| arrangement.has_said_hello)
            || session.open.with(|open| open.iter().any(|conversation| conversation.said.get() > 0))
    });
    Effect::new(move |_| {
        let (has_found_somebody, has_said_hello) = (has_found.get(), has_said.get());
        let is_stored = session.arrangement.with_untracked(|arrangement| {
            arrangement.has_found_somebody == has_found_somebody && arrangement.has_said_hello == has_said_hello
        });
        if !is_stored {
            session.arrangement.update(|arrangement| {
                arrangement.has_found_somebody = has_found_somebody;
                arrangement.has_said_hello = has_said_hello;
            });
        }
    });
    let profile = handler(move |_| session.list_dialog.set(ListDialog::Profile));
    let find = handler(move |_| session.add_contact(None));
    let hello = handler(move |_| open_somebody(session));
    view! {
        <section class="list-card" data-kind="steps" aria-labelledby="first-steps">
            <div class="list-card-head">
                <h2 id="first-steps">{said!(first_steps.title)}</h2>
                {icon_button(
                    "ic-close",
                    "14",
                    &|| said!(first_steps.close),
                    handler(move |_| close_steps(session)),
                )}
            </div>
            <ol class="list-card-ways">
                {step(has_picture, said!(first_steps.picture), picture_what, profile)}
                {step(has_found, said!(first_steps.find), said!(first_steps.find_what), find)}
                {step(has_said, said!(first_steps.hello), said!(first_steps.hello_what), hello)}
            </ol>
        </section>
    }
    .erase()
}

/// Row of one step, which is its button. Its explanation says as well that the step is done.
fn step(is_done: Memo<bool>, label: TextBinding, what: TextBinding, press: EventHandler<MouseEvent>) -> ErasedView {
    let done = move || view! { <span class="visually-hidden">{said!(first_steps.done)} ". "</span> }.erase();
    view! {
        <li>
            <button
                class="step"
                type="button"
                data-done=flag(move || is_done.get())
                on:click=press
            >
                <span class="step-tick">{when(move || is_done.get(), || icon("ic-check", "14").erase())}</span>
                <span class="step-text">
                    <b>{label}</b> " "
                    <span class="step-what">
                        {when(move || is_done.get(), done)} {what}
                    </span>
                </span>
            </button>
        </li>
    }
    .erase()
}

fn ways_card() -> ErasedView {
    let session = use_session();
    let bot = move || {
        let talk = handler(move |_| {
            if let Some(bot) = session.roster.first_bot() {
                session.run_for(&bot, State::open_person);
            }
        });
        way("ic-smile", said!(first_steps.bot), talk)
    };
    let by_handle = handler(move |_| session.add_contact_at("#find-person"));
    let invite = handler(move |_| session.add_contact_at("#make-invite"));
    let rooms = handler(move |_| session.open_group_search());
    view! {
        <section class="list-card" aria-labelledby="no-contacts">
            <h2 id="no-contacts">{said!(first_steps.nobody)}</h2>
            <p>{said!(first_steps.nobody_what)}</p>
            <div class="list-card-ways">
                {way("ic-search", said!(first_steps.by_handle), by_handle)}
                {way("ic-forward", said!(first_steps.invite), invite)}
                {way("ic-chats", said!(first_steps.rooms), rooms)}
                {when(move || session.roster.first_bot().is_some(), bot)}
            </div>
        </section>
    }
    .client_only()
}

fn way(sign: &'static str, label: TextBinding, press: EventHandler<MouseEvent>) -> ErasedView {
    view! {
        <button class="btn" type="button" on:click=press>
            {icon(sign, "14")}
            <span>{label}</span>
        </button>
    }
    .client_only()
}

/// Opens the conversation in which a first word is the easiest: that with a contact, or else the first room.
fn open_somebody(session: Session) {
    let contact = session.relations.contacts.with_untracked(|all| {
        all.iter().find(|contact| contact.relation == Relation::Contact).map(|contact| contact.id.clone())
    });
    let room = session.roster.rooms.with_untracked(|rooms| rooms.first().copied());
    match (contact, room) {
        (Some(contact), _) => session.run_for(&contact, State::open_person),
        (None, Some(handle)) => {
            session.run_for(&handle.room.with_untracked(|room| room.id.clone()), State::open_conversation)
        }
        (None, None) => session.open_group_search(),
    }
}

/// Closes the first steps for the person on this device. The focus goes to the list, because its element is removed.
fn close_steps(session: Session) {
    dom::focus("#contacts");
    session.arrangement.update(|arrangement| arrangement.has_closed_steps = true);
}
