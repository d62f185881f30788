//! Dialog that opens a conversation by a part of its name.

use leptos::ev;
use leptos::prelude::*;

use super::contact_row::bead_of;
use crate::browser::dom;
use crate::browser::letters::lower;
use crate::i18n::{said, use_i18n};
use crate::session::{Session, use_session};
use crate::store::roster::{PersonHandle, RoomHandle};
use crate::ui::dialog::{self, DialogRef};
use crate::ui::dialog_frame::framed;
use crate::ui::icon::{bead, room_sign};
use crate::view::bindings::{Entry, handler, list};
use crate::view::erased::{ErasedView, IntoErased};

/// Number of rows that the dialog offers.
const JUMP_ROWS_MAX: usize = 8;
/// Number of favourites that a digit opens.
const JUMP_DIGITS_MAX: usize = 9;
/// Rows of the dialog; Enter opens the first.
const JUMP_ROWS: &str = ".jump button";

/// Person or room that a row opens.
#[derive(Clone)]
struct Goal {
    is_person: bool,
    id: String,
    name: String,
}

impl Goal {
    fn person(handle: PersonHandle) -> Self {
        let (id, name) = handle.person.with(|person| (person.id.clone(), person.display_name.clone()));
        Self { is_person: true, id, name }
    }

    fn room(handle: RoomHandle) -> Self {
        let (id, name) = handle.room.with(|room| (room.id.clone(), room.name.clone()));
        Self { is_person: false, id, name }
    }
}

/// Dialog for a person or room, by a part of the name. It opens the conversation, and can send a forwarded text there.
#[component]
pub fn Jump(forwarded: Option<String>) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let wanted = RwSignal::new(String::new());
    let (is_forwarding, words) = (forwarded.is_some(), forwarded);
    let rows = move || {
        let (found, liked) = goals(session, &wanted.get());
        let row = |(at, goal): (usize, Goal)| {
            // Digits are off while a text is forwarded, because one key must not send a message.
            let (digit, words) = ((at < liked && words.is_none()).then_some(at + 1), words.clone());
            Entry::of((goal.is_person, goal.id.clone(), digit), move || jump_row(frame, goal, digit, words))
        };
        found.into_iter().enumerate().map(row).collect()
    };
    let body = view! {
        <div class="dialog-body">
            <input
                class="field"
                type="search"
                dir="auto"
                aria-label=said!(i18n, dialogs.name)
                autocomplete="off"
                autofocus=true
                on:input=handler(move |event| wanted.set(event_target_value(&event)))
                on:keydown=handler(move |event| keydown(&event, wanted))
            />
            <ul class="found jump" aria-label=said!(i18n, dialogs.people_found) on:keydown=handler(move |event| walk(&event))>
                {list(rows)}
            </ul>
        </div>
    };
    let title = if is_forwarding { said!(i18n, talk.forward_to) } else { said!(i18n, list.jump) };
    framed(frame, title, body.client_only())
}

/// Returns the people and rooms whose names contain the text, the best matches first, and the number of favourites that a digit opens.
/// Reactive.
fn goals(session: Session, wanted: &str) -> (Vec<Goal>, usize) {
    let shown = session.roster.shown(wanted);
    let people = shown.online.into_iter().chain(shown.offline).map(Goal::person);
    let rooms = shown.rooms.into_iter().map(Goal::room);
    let bots = shown.bots.into_iter().map(Goal::person);
    // With an empty field, favourites come first, and digits open them.
    let liked = session.arrangement.with(|arrangement| arrangement.favourites.clone());
    // Names that begin with the text come before names that only contain it.
    let start = lower(wanted.trim());
    let (first, then): (Vec<_>, Vec<_>) =
        people.chain(rooms).chain(bots).partition(|goal| lower(&goal.name).starts_with(&start));
    let (first, liked) = if start.is_empty() { favourites_first(first, &liked) } else { (first, 0) };
    let liked = liked.min(JUMP_DIGITS_MAX);
    (first.into_iter().chain(then).take(JUMP_ROWS_MAX.max(liked)).collect(), liked)
}

/// Moves favourites to the front, in their own order, and counts them.
fn favourites_first(mut goals: Vec<Goal>, liked: &[String]) -> (Vec<Goal>, usize) {
    let (mut favourites, mut places) = (Vec::new(), Vec::<usize>::new());
    goals.retain(|goal| match liked.iter().position(|id| goal.is_person && *id == goal.id) {
        Some(place) => {
            let at = places.partition_point(|other| *other < place);
            places.insert(at, place);
            favourites.insert(at, goal.clone());
            false
        }
        None => true,
    });
    favourites.append(&mut goals);
    (favourites, places.len())
}

/// Handles the keys of the field: arrows move to the rows, Enter opens the first row, a digit opens a favourite.
fn keydown(event: &ev::KeyboardEvent, wanted: RwSignal<String>) {
    match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            dom::focus(JUMP_ROWS);
        }
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            dom::press(JUMP_ROWS);
        }
        digit if wanted.with_untracked(String::is_empty) && matches!(digit.as_bytes(), [b'1'..=b'9']) => {
            event.prevent_default();
            dom::press(&format!(".jump [aria-keyshortcuts=\"{digit}\"]"));
        }
        _ => {}
    }
}

/// Moves through the rows with the arrow keys.
fn walk(event: &ev::KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => dom::Step::By(1),
        "ArrowUp" => dom::Step::By(-1),
        _ => return,
    };
    event.prevent_default();
    dom::step_in_page(JUMP_ROWS, step);
}

/// A digit opens each of the first favourites.
fn jump_row(frame: DialogRef, goal: Goal, digit: Option<usize>, words: Option<String>) -> ErasedView {
    let session = use_session();
    let Goal { is_person, id, name } = goal;
    let sign = match untrack(|| session.roster.person(&id)).filter(|_| is_person) {
        Some(person) => bead(bead_of(person)).client_only(),
        None => room_sign().client_only(),
    };
    let jump = move |_| {
        dialog::close(frame);
        if is_person {
            session.open_person(&id);
        } else {
            session.open_conversation(&id);
        }
        if let Some(words) = &words {
            session.forward(&id, is_person, words.clone());
        }
        dom::after_paint(|| {
            dom::focus(".editor");
        });
    };
    let key = digit.map(|digit| view! { " " <kbd aria-hidden="true">{digit.to_string()}</kbd> }.client_only());
    let shortcut = digit.map(|digit| digit.to_string());
    view! {
        <li>
            <button class="btn" type="button" aria-keyshortcuts=shortcut on:click=handler(jump)>
                {sign}
                <span class="clip"><bdi>{name}</bdi></span>
                {key}
            </button>
        </li>
    }
    .client_only()
}
