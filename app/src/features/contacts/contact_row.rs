//! One row of the contact list: a person or a room.
//!
//! An empty button covers the drawing and carries the accessible name: the visible content, in the order of `ux.md`. Text inside the button
//! would have to appear unchanged in its name (WCAG 2.5.3).

use protocol::words::event::Millis;
use protocol::words::status::{OFFLINE, Status};

use crate::features::messages::brief::sent_wink;
use crate::features::messages::message_text::{drawn_name, short_text};
use crate::i18n::isolated;
use crate::session::direct_room;
use crate::store::roster::{Activity, LastMessage, PersonHandle, RoomHandle, RosterPerson, RosterRoom, is_bot};
use crate::ui::prelude::*;
use crate::ui::when::brief_time;
use crate::ui::words::status_word;

/// Word for a person who is blocked, in the place of the status.
pub const BLOCKED: &str = "blocked";

/// Returns the word of a person's bead: the status, or that the person is blocked.
pub fn bead_of(person: RwSignal<RosterPerson>) -> impl Fn() -> String + Copy + Send + 'static {
    let relations = use_session().relations;
    move || {
        let word = |person: &RosterPerson| if relations.is_blocked(&person.id) { BLOCKED } else { person.word() };
        person.with(word).to_owned()
    }
}

/// Row of a person: with a picture while online, a short line otherwise. A bot has no card.
#[component]
pub fn PersonRow(handle: PersonHandle) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let PersonHandle { person, activity, .. } = handle;
    let id = person.with_untracked(|person| person.id.clone());
    let (own_id, user, asked) = (id.clone(), (!is_bot(&id)).then(|| id.clone()), id.clone());
    let room = session.me.with_untracked(|me| direct_room(&me.id, &id));
    let is_current = Memo::new(move |_| {
        session.current.get().is_some_and(|conversation| conversation.partner().as_deref() == Some(own_id.as_str()))
    });
    let draft = draft_of(activity, is_current);
    let status = bead_of(person);
    let is_blocked = Memo::new(move |_| status() == BLOCKED);
    let is_online = Memo::new(move |_| person.with(|person| person.status.is_some()));
    let avatar = move || person.with(|person| person.avatar_id.clone());
    let rests = Memo::new(move |_| person.with(|person| !person.rest.is_empty()));
    let message = Memo::new(move |_| person.with(|person| person.personal_message.clone()));
    let last = Memo::new(move |_| {
        let name = person.with(|person| person.display_name.clone());
        activity.with(|activity| last_words(i18n, &activity.last, Some(&name)))
    });
    let described = move || match (shows_draft(draft), is_blocked.get()) {
        (true, _) => draft_line(i18n, draft),
        (false, true) => status_word(i18n, BLOCKED),
        _ => last.get(),
    };
    view! {
        <li
            class="row"
            role="none"
            data-user=user
            data-room=room
            data-size=word(move || is_online.get().then_some("cosy"))
            data-dim=flag(move || !is_online.get() || rests.get())
            data-unread=flag(move || activity.with(|activity| activity.unread > 0))
            on:contextmenu=handler(move |event| open_menu(session, &asked, &event))
        >
            {cover(
                is_current,
                text(move || person.with(|person| person_label(i18n, person, activity))),
                text(described),
                handler(move |_| {
                    lead_to_editor(is_current);
                    session.run_for(&id, State::open_person);
                }),
            )}
            {choice(move || if is_online.get() {
                view! { <span class="tile">{portrait(avatar)} {tile_bead(status)}</span> }.erase()
            } else {
                bead(status).erase()
            })}
            <span class="row-text" aria-hidden="true">
                <span class="row-name">
                    {drawn_name(i18n, move || person.with(|person| person.display_name.clone()))}
                </span>
                " "
                <PersonNote person />
                <span class="row-msg" hidden=switch(move || message.with(String::is_empty))>
                    {choice(move || message.with(|message| short_text(i18n, message)))}
                </span>
                {last_line(i18n, draft, last)}
            </span>
            {activity_end(i18n, activity)}
        </li>
    }
    .erase()
}

/// Opens the menu of a person or room at the pointer, but for a finger, whose hold `browser::anchor` reports. A demo session may do none of
/// the acts.
fn open_menu(session: Session, id: &str, event: &ev::MouseEvent) {
    if session.is_of_demo() {
        return;
    }
    event.prevent_default();
    if !dom::is_by_finger(event) {
        session.home.asked_menu.set(Some((id.to_owned(), (event.client_x(), event.client_y()))));
    }
}

/// Moves to the message field if the conversation is open already, because a press changes nothing else then. On touch, the field would open
/// the keyboard.
fn lead_to_editor(is_current: Memo<bool>) {
    if is_current.get_untracked() && !dom::is_touch() {
        dom::focus(".editor");
    }
}

/// Covers a row: the button is the item of the tree, with the row's name. The group around it gives the depth. `browser::tree` chooses the
/// row that is the Tab stop.
fn cover(
    is_current: Memo<bool>,
    label: TextBinding,
    described: TextBinding,
    open: EventHandler<ev::MouseEvent>,
) -> ErasedView {
    view! {
        <button
            class="cover"
            type="button"
            role="treeitem"
            tabindex="-1"
            aria-current=word(move || is_current.get().then_some("true"))
            aria-label=label
            aria-description=described
            on:click=open
        />
    }
    .erase()
}

/// Status in words if it differs from the group's default, or the fact that the person is blocked.
#[component]
fn PersonNote(person: RwSignal<RosterPerson>) -> impl IntoView {
    let i18n = use_i18n();
    let shown = bead_of(person);
    let note =
        Memo::new(move |_| Some(shown()).filter(|word| ![OFFLINE, Status::Online.as_str()].contains(&word.as_str())));
    choice(move || {
        let Some(shown) = note.get() else { return ().erase() };
        let word = move || t_string!(i18n, identity.in_brackets, status = status_word(i18n, &shown));
        view! { <span class="row-note">{text(word)}</span> }.erase()
    })
}

#[component]
pub fn RoomRow(handle: RoomHandle) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let RoomHandle { room, activity, .. } = handle;
    let id = room.with_untracked(|room| room.id.clone());
    let (own_id, data_room, asked) = (id.clone(), id.clone(), id.clone());
    let is_current =
        Memo::new(move |_| session.current.get().is_some_and(|conversation| conversation.room_id() == own_id));
    let draft = draft_of(activity, is_current);
    let note = move || match room.with(|room| (room.who.clone(), room.here)) {
        (who, _) if !who.is_empty() => who,
        (_, Some(count)) => t_string!(i18n, list.here, count = count),
        _ => String::new(),
    };
    let last = Memo::new(move |_| activity.with(|activity| last_words(i18n, &activity.last, None)));
    let described = move || {
        if shows_draft(draft) {
            return draft_line(i18n, draft);
        }
        let mut words = note();
        last.with(|last| push_part(&mut words, last));
        words
    };
    view! {
        <li
            class="row"
            role="none"
            data-room=data_room
            data-size="cosy"
            data-unread=flag(move || activity.with(|activity| activity.unread > 0))
            on:contextmenu=handler(move |event| open_menu(session, &asked, &event))
        >
            {cover(
                is_current,
                text(move || room.with(|room| room_label(i18n, room, activity))),
                text(described),
                handler(move |_| {
                    lead_to_editor(is_current);
                    session.run_for(&id, State::open_conversation);
                }),
            )}
            {room_sign()}
            <span class="row-text" aria-hidden="true">
                <span class="row-name"><bdi>{text(move || room.with(|room| room.name.clone()))}</bdi></span>
                " "
                <span class="row-msg" hidden=switch(move || note().is_empty())>
                    <bdi>{text(note)}</bdi>
                </span>
                {last_line(i18n, draft, last)}
            </span>
            {activity_end(i18n, activity)}
        </li>
    }
    .erase()
}

/// Returns a last message in words. `person` is the shown name of the other person of a direct conversation; in a room, the writer is named.
pub fn last_words(i18n: Texts, last: &LastMessage, person: Option<&str>) -> String {
    let LastMessage { at, is_own, name, words, wink } = last;
    let name = person.unwrap_or(name);
    match (words.as_str(), *is_own, person.is_some()) {
        _ if *at == 0 => String::new(),
        ("", is_own, is_direct) if !wink.is_empty() => sent_wink(i18n, wink, is_own, is_direct, name),
        ("", true, true) => t_string!(i18n, conversation.you_nudged, name = name),
        ("", true, false) => t_string!(i18n, conversation.you_nudged_room).to_owned(),
        ("", false, true) => t_string!(i18n, conversation.nudged_you, name = name),
        ("", false, false) => t_string!(i18n, conversation.nudged_room, name = name),
        (words, true, _) => t_string!(i18n, conversation.named, name = t_string!(i18n, list.you), words = words),
        (words, false, true) => words.to_owned(),
        (words, false, false) => t_string!(i18n, conversation.named, name = isolated(name), words = words),
    }
}

/// Renders the second line of a row: the own draft, or else the last message.
fn last_line(i18n: Texts, draft: Memo<String>, last: Memo<String>) -> ErasedView {
    let words = move || match shows_draft(draft) {
        true => whole(vec![draft_line(i18n, draft).erase()]),
        false => last.with(|last| short_text(i18n, last)),
    };
    view! {
        <span
            class="row-last"
            data-draft=flag(move || shows_draft(draft))
            hidden=switch(move || !shows_draft(draft) && last.with(String::is_empty))
        >
            {choice(words)}
        </span>
    }
    .erase()
}

/// Returns the draft that a row shows: none of the conversation that is open.
fn draft_of(activity: RwSignal<Activity>, is_current: Memo<bool>) -> Memo<String> {
    Memo::new(move |_| if is_current.get() { String::new() } else { activity.with(|activity| activity.draft.clone()) })
}

fn activity_end(i18n: Texts, activity: RwSignal<Activity>) -> ErasedView {
    let at = Memo::new(move |_| activity.with(|activity| activity.last.at));
    row_end(i18n, at, Signal::derive(move || activity.with(|activity| activity.unread)))
}

/// Renders the end of a row: the time of the last message, and the number of unread ones.
pub fn row_end(i18n: Texts, at: Memo<Millis>, unread: Signal<u32>) -> ErasedView {
    let time = move || match at.get() {
        0 => String::new(),
        at => brief_time(i18n, at),
    };
    view! {
        <span class="row-end" aria-hidden="true">
            <span class="row-time">{text(time)}</span>
            <Badge unread />
        </span>
    }
    .erase()
}

fn shows_draft(draft: Memo<String>) -> bool {
    draft.with(|draft| !draft.is_empty())
}

fn draft_line(i18n: Texts, draft: Memo<String>) -> String {
    t_string!(i18n, conversation.named, name = t_string!(i18n, list.draft), words = draft.get())
}

/// Number of unread messages. It is hidden from screen readers, because the row's name contains it.
#[component]
pub fn Badge(unread: Signal<u32>) -> impl IntoView {
    let number = move || {
        text(move || match unread.get() {
            few @ ..=99 => few.to_string(),
            _ => "99+".to_owned(),
        })
    };
    when(move || unread.get() != 0, move || view! { <span class="badge" aria-hidden="true">{number()}</span> }.erase())
}

fn person_label(i18n: Texts, person: &RosterPerson, activity: RwSignal<Activity>) -> String {
    let mut label = format!("{}, {}", person.display_name, status_word(i18n, person.word()));
    push_part(&mut label, &person.personal_message);
    push_unread(i18n, &mut label, activity.with(|activity| activity.unread));
    label
}

fn room_label(i18n: Texts, room: &RosterRoom, activity: RwSignal<Activity>) -> String {
    let mut label = room.name.clone();
    push_unread(i18n, &mut label, activity.with(|activity| activity.unread));
    label
}

/// Appends the number of unread messages in words, unless it is 0.
pub fn push_unread(i18n: Texts, label: &mut String, unread: u32) {
    if unread > 0 {
        push_part(label, &t_string!(i18n, list.unread, count = unread));
    }
}

fn push_part(label: &mut String, part: &str) {
    if !label.is_empty() && !part.is_empty() {
        label.push_str(", ");
    }
    label.push_str(part);
}
