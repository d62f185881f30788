//! Column beside the log: the other person's picture and facts, or the members of the room or group; below it the own picture.
//!
//! The column has its width from the start; its content is rendered a moment later.

use protocol::words::ids::is_scripted;
use protocol::words::limits::{GROUP_MEMBERS_MAX, PARTICIPANTS_TOLD_MAX};
use protocol::words::status::OFFLINE;

use super::peer::Peer;
use crate::features::contacts::contact_row::bead_of;
use crate::features::contacts::local_time::time_of;
use crate::features::contacts::person_menu::PersonMenu;
use crate::features::messages::message_text::{drawn_name, short_text};
use crate::store::arrangement::ListDialog;
use crate::store::conversation::{Conversation, Participant};
use crate::store::groups::{GroupDialog, GroupInfo, GroupMember, is_group};
use crate::store::roster::RosterPerson;
use crate::ui::prelude::*;
use crate::ui::when::{self as moment, Day};
use crate::ui::words::status_word;

/// Selector of the button that loads more people.
const MORE: &str = ".rail > .btn";
/// Buttons in the rows of the people.
const ROW_BUTTONS: &str = ".rail-row button";

/// Pictures at the right (`ux.md` 4.4).
#[component]
pub fn Details(conversation: Conversation, other: Peer) -> impl IntoView {
    let kind = if conversation.partner().is_some() { "person" } else { "room" };
    view! {
        <aside class="side" data-kind=kind aria-label=said!(conversation.details)>
            {load_view(move || side(conversation, other))}
        </aside>
    }
    .client_only()
}

lazy_view! {
    talk:
    /// Content of the column.
    pub fn side(conversation: Conversation, other: Peer) {
        let (session, i18n) = (use_session(), use_i18n());
        let own_status = move || session.me.with(|me| me.status.as_str().to_owned());
        let own_name = move || session.me.with(|me| me.display_name.clone());
        view! {
            {choice(move || match other.person.get() {
                Some(person) => view! { <About conversation person /> }.client_only(),
                None => rail(conversation),
            })}
            <div class="me-card">
                <span class="pic">
                    {portrait(move || session.me.with(|me| me.avatar_id.clone()))}
                    {arrow(said!(identity.profile), Box::new(move || session.list_dialog.set(ListDialog::Profile)))}
                </span>
                <div class="about-text">
                    <b><bdi>{text(own_name)}</bdi></b>
                    <span class="about-status">{bead(own_status)} {text(move || status_word(i18n, &own_status()))}</span>
                </div>
            </div>
        }
        .client_only()
    }
}

lazy_view! {
    talk:
    /// People in the room, where there is no column.
    pub fn people_here(conversation: Conversation) {
        rail(conversation)
    }
}

/// Button under a picture, which opens the details of its person.
fn arrow(label: TextBinding, open: Box<dyn Fn() + Send>) -> ErasedView {
    view! {
        <button
            class="pic-more"
            type="button"
            aria-haspopup="dialog"
            aria-label=label
            on:click=handler(move |_| open())
        >
            {icon("ic-caret", "12")}
        </button>
    }
    .client_only()
}

#[component]
fn About(conversation: Conversation, person: RwSignal<RosterPerson>) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let time = time_of(&person.with_untracked(|person| person.id.clone()));
    let name = move || person.with(|person| person.display_name.clone());
    let card_of = move || t_string!(i18n, home.card_of, name = name());
    let card = move || session.home.asked_card.set(Some(person.with_untracked(|person| person.id.clone())));
    let status = bead_of(person);
    let since = Memo::new(move |_| {
        let is_known = |person: &RosterPerson| person.status.is_some() && person.since > 0;
        person.with(|person| (is_known(person) && !session.relations.is_blocked(&person.id)).then_some(person.since))
    });
    let since = move || match since.get() {
        Some(at) => t_string!(i18n, talk.since, time = moment::time(i18n, at)),
        None => String::new(),
    };
    let message = Memo::new(move |_| person.with(|person| person.personal_message.clone()));
    let known = Memo::new(move |_| person.with(|person| session.relations.contact_since(&person.id)));
    let known_since = move || {
        let language = session.settings.language.get();
        known.get().map(|at| clock::date_text(at, &language)).unwrap_or_default()
    };
    let said = choice(move || message.with(|message| short_text(i18n, message)));
    let is_hidden = move || person.with(|person| session.relations.is_hidden_from(&person.id));
    let hidden = text(move || status_word(i18n, OFFLINE)).client_only();
    let plays = Memo::new(move |_| {
        conversation.preferences.with(|preferences| (!preferences.is_still, !preferences.has_no_winks))
    });
    // Nothing plays that a blocked person sends.
    let plays_any = move || person.with(|person| !session.relations.is_blocked(&person.id));
    let play = move || match plays.get() {
        (true, true) => t_string!(i18n, talk.play_all),
        (true, false) => t_string!(i18n, talk.play_nudges),
        (false, true) => t_string!(i18n, talk.play_winks),
        (false, false) => t_string!(i18n, talk.play_none),
    };
    view! {
        <section class="about">
            <div class="about-top">
                <span class="pic">
                    {portrait(move || person.with(|person| person.avatar_id.clone()))}
                    {arrow(text(card_of), Box::new(card))}
                </span>
                <div class="about-text">
                    <b>{drawn_name(i18n, name)}</b>
                    <span class="about-status">{bead(bead_of(person))} {text(move || status_word(i18n, &status()))}</span>
                    <span class="about-since">{text(since)}</span>
                </div>
            </div>
            <dl class="about-facts">
                {fact(said!(identity.personal_message), move || message.with(|message| !message.is_empty()), said.client_only())}
                {fact(said!(talk.their_time), move || time.get().is_some(), text(move || time.get().unwrap_or_default()).client_only())}
                {fact(said!(talk.contact_since), move || known.get().is_some(), text(known_since).client_only())}
                {fact(said!(hiding.own_status), is_hidden, hidden)}
                {fact(said!(talk.plays), plays_any, text(play).client_only())}
            </dl>
        </section>
    }
    .client_only()
}

/// Renders one fact about a person; an unknown fact renders nothing.
fn fact(label: TextBinding, is_known: impl Fn() -> bool + Send + Sync + 'static, value: ErasedView) -> ErasedView {
    let is_known = Memo::new(move |_| is_known());
    let is_unknown = move || !is_known.get();
    view! {
        <div class="fact" hidden=switch(is_unknown)>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    }
    .client_only()
}

/// Lists all members of a group, or the people who are in a public room now.
fn rail(conversation: Conversation) -> ErasedView {
    if is_group(&conversation.room_id()) { members(conversation) } else { participants(conversation) }
}

fn participants(conversation: Conversation) -> ErasedView {
    let session = use_session();
    let people = conversation.participants;
    let missing = Memo::new(move |_| conversation.here().saturating_sub(people.with(Vec::len)));
    // A list that is looked at shows at least as many people as a join brings, and after another join as many as before.
    let wanted = RwSignal::new(PARTICIPANTS_TOLD_MAX);
    Effect::new(move |_| {
        if missing.get() > 0 && people.with(Vec::len) < wanted.get() {
            session.run_for(&conversation.room_id(), State::load_people);
        }
    });
    if session.has_role() {
        Effect::new(move |_| session.run(State::load_standing));
    }
    let row = move |person: Participant| {
        let key = format!("{} {} {}", person.user, person.status, person.name);
        Entry::of(key, move || {
            let Participant { user, name, status, is_guest, .. } = person;
            let mark = is_guest.then(|| said!(talk.guest));
            let muted = session.has_role().then(|| muted_mark(user.clone()));
            rail_row(user, name, Box::new(move || status.clone()), mark, muted)
        })
    };
    framed(
        said!(conversation.people_here),
        text(move || conversation.here().to_string()),
        list(move || people.get().into_iter().map(row).collect()),
        Some(more_people(conversation, missing, wanted)),
    )
}

/// Button that loads the next people of a large room, until all are shown.
fn more_people(conversation: Conversation, missing: Memo<usize>, wanted: RwSignal<usize>) -> ErasedView {
    let button = move || {
        // The button goes by itself, and the focus stays near it.
        on_cleanup(|| {
            if dom::is_focus_in(MORE) {
                dom::focus_last(ROW_BUTTONS);
            }
        });
        let press = handler(move |_| wanted.set(conversation.participants.with_untracked(Vec::len) + 1));
        button_of("small", said!(crowd.more, count = missing.get()), press).client_only()
    };
    when(move || missing.get() > 0, button).client_only()
}

fn members(conversation: Conversation) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_free = Memo::new(move |_| session.groups.dialog.get() == GroupDialog::Closed);
    let shows_another = move || {
        let is_here = |group: &GroupInfo| conversation.room.with_value(|room| *room == group.room);
        !session.groups.shown.with_untracked(|shown| shown.as_ref().is_some_and(is_here))
    };
    Effect::new(move |was_closed: Option<bool>| {
        let (is_free, is_closed) = (is_free.get(), conversation.closed.get().is_some());
        // A dialog that is closed may have been about another group.
        if !is_closed && (was_closed != Some(false) || is_free && shows_another()) {
            session.run_for(&conversation.room_id(), State::view_group);
        }
        is_closed
    });
    let people = Memo::new(move |_| {
        session.groups.shown.with(|shown| {
            let group = shown.as_ref().filter(|group| conversation.room.with_value(|room| *room == group.room));
            group.map(|group| group.people.clone()).unwrap_or_default()
        })
    });
    let row = move |one: GroupMember| {
        let GroupMember { id, name, role, is_invited } = one;
        let mark: Option<TextBinding> = match role.as_str() {
            _ if is_invited => Some(said!(dialogs.invited)),
            "owner" => Some(said!(dialogs.owner)),
            "admin" => Some(said!(dialogs.admin)),
            // A visitor of a demo may have the name of a character that is moved by a scene.
            _ if is_scripted(&id) => Some(said!(talk.scripted)),
            _ => None,
        };
        let (row_id, own_id) = (id.clone(), id.clone());
        let known = Memo::new(move |_| session.roster.person(&row_id));
        let status = move || {
            let own = session.me.with(|me| (me.id == own_id).then(|| me.status.as_str().to_owned()));
            let of_person = || known.get().map_or(OFFLINE, |one| one.with(RosterPerson::word));
            own.unwrap_or_else(|| of_person().to_owned())
        };
        rail_row(id, name, Box::new(status), mark, None)
    };
    let count = move || people.with(|people| people.iter().filter(|one| !one.is_invited).count());
    // No group is empty: without members they are not known yet.
    let count_words = move || match count() {
        0 => String::new(),
        count => t_string!(i18n, dialogs.count_of, count = count, max = GROUP_MEMBERS_MAX),
    };
    framed(said!(groups.members), text(count_words), list_of(move || people.get(), row), None)
}

fn framed(title: TextBinding, count: TextBinding, rows: ErasedView, more: Option<ErasedView>) -> ErasedView {
    view! {
        <section class="rail">
            <h3 class="rail-head">{title} " " <span>{count}</span></h3>
            <ul>{rows}</ul>
            {more}
        </section>
    }
    .client_only()
}

/// Mark of a person whom a moderator has muted.
fn muted_mark(user: String) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let until = Memo::new(move |_| session.standing.with(|standing| standing.muted_until(&user)).unwrap_or_default());
    let is_muted = moment::is_ahead(move || until.get());
    let words = move || {
        let until = until.get();
        let time = moment::time(i18n, until);
        let is_today = clock::days_ago(until) == 0;
        let time = if is_today { time } else { format!("{}, {time}", moment::day_rule(i18n, until, Day::InText)) };
        t_string!(i18n, crowd.muted_until, time = time)
    };
    let mark = move || view! { <span class="chip" data-kind="muted">{text(words)}</span> }.client_only();
    when(move || is_muted.get(), mark).client_only()
}

/// Row of a person in the room.
fn rail_row(
    id: String,
    name: String,
    status: Box<dyn Fn() -> String + Send>,
    mark: Option<TextBinding>,
    muted: Option<ErasedView>,
) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_me = session.me.with_untracked(|me| me.id == id);
    let name = {
        let id = id.clone();
        Signal::derive(move || session.roster.name_of(&id, &name))
    };
    let menu = (!is_me && !session.is_of_demo()).then(|| view! { <PersonMenu id name /> });
    let shown = move || if is_me { t_string!(i18n, dialogs.named_you, name = name.get()) } else { name.get() };
    view! {
        <li class="rail-row">
            {bead(status)} <span class="clip">{drawn_name(i18n, shown)}</span>
            {mark.map(|mark| view! { <span class="chip">{mark}</span> })} {muted} {menu}
        </li>
    }
    .client_only()
}
