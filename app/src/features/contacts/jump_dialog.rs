//! The dialog that leads to somebody or into a room, by a part of the name.

use leptos::ev;
use leptos::prelude::*;

use super::contact_row::bead_of;
use crate::browser::dom;
use crate::browser::letters::lower;
use crate::i18n::{said, use_i18n};
use crate::session::use_session;
use crate::store::roster::PersonHandle;
use crate::ui::dialog::{self, DialogRef};
use crate::ui::dialog_frame::framed;
use crate::ui::icon::{bead, room_sign};
use crate::view::live::{Entry, act, list};
use crate::view::part::{IntoPart, Part};

/// People that a jump offers at once.
const JUMP_ROWS_MAX: usize = 8;
/// Favourites that a digit opens.
const JUMP_DIGITS_MAX: usize = 9;
/// Rows of the jump dialog; a jump with Enter goes to the first.
const JUMP_ROWS: &str = ".jump button";

/// Somebody or a room, by a part of the name: to go there, with words that are said there at once or without.
#[component]
pub fn Jump(forwarded: Option<String>) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let wanted = RwSignal::new(String::new());
    let (is_forwarding, words) = (forwarded.is_some(), forwarded);
    let rows = move || {
        let shown = session.roster.shown(&wanted.get());
        let named = |handle: PersonHandle| {
            let (id, name) = handle.person.with(|person| (person.id.clone(), person.display_name.clone()));
            (true, id, name)
        };
        let people = shown.online.into_iter().chain(shown.offline).map(named);
        let rooms = shown.rooms.into_iter().map(|handle| {
            let (id, name) = handle.room.with(|room| (room.id.clone(), room.name.clone()));
            (false, id, name)
        });
        let bots = shown.bots.into_iter().map(named);
        // With nothing written yet, favourites come first: a digit opens them.
        let liked = session.arrangement.with(|arrangement| arrangement.favourites.clone());
        let place_of = |id: &String| liked.iter().position(|one| one == id);
        // Whose name begins so is meant rather than whose name goes on so.
        let start = lower(wanted.get().trim());
        let (first, then): (Vec<_>, Vec<_>) =
            people.chain(rooms).chain(bots).partition(|(.., name)| lower(name).starts_with(&start));
        let (mut first, mut places) = (first, Vec::new());
        if start.is_empty() {
            let mut favourites: Vec<_> = Vec::new();
            first.retain(|one| match place_of(&one.1).filter(|_| one.0) {
                Some(place) => {
                    let at = places.partition_point(|other| *other < place);
                    places.insert(at, place);
                    favourites.insert(at, one.clone());
                    false
                }
                None => true,
            });
            favourites.append(&mut first);
            first = favourites;
        }
        let liked = places.len().min(JUMP_DIGITS_MAX);
        let row = |(at, (is_person, id, name)): (usize, (bool, String, String))| {
            // Nothing is sent to anybody by one key.
            let (digit, words) = ((at < liked && words.is_none()).then_some(at + 1), words.clone());
            Entry::of((is_person, id.clone(), digit), move || jump_row(frame, is_person, id, name, digit, words))
        };
        first.into_iter().chain(then).take(JUMP_ROWS_MAX.max(liked)).enumerate().map(row).collect()
    };
    let keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
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
    };
    let walk = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => dom::Step::By(1),
            "ArrowUp" => dom::Step::By(-1),
            _ => return,
        };
        event.prevent_default();
        dom::step_in_page(JUMP_ROWS, step);
    };
    let body = view! {
        <div class="dialog-body">
            <input
                class="field"
                type="search"
                aria-label=said!(i18n, dialogs.name)
                autocomplete="off"
                autofocus=true
                on:input=act(move |event| wanted.set(event_target_value(&event)))
                on:keydown=act(keydown)
            />
            <ul class="found jump" aria-label=said!(i18n, dialogs.people_found) on:keydown=act(walk)>
                {list(rows)}
            </ul>
        </div>
    };
    let title = if is_forwarding { said!(i18n, talk.forward_to) } else { said!(i18n, list.jump) };
    framed(frame, title, body.late_part())
}

/// The first favourites have a digit that opens them.
fn jump_row(
    frame: DialogRef,
    is_person: bool,
    id: String,
    name: String,
    digit: Option<usize>,
    words: Option<String>,
) -> Part {
    let session = use_session();
    let sign = match untrack(|| session.roster.person(&id)).filter(|_| is_person) {
        Some(person) => bead(bead_of(person)).late_part(),
        None => room_sign().late_part(),
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
    let key = digit.map(|digit| view! { " " <kbd aria-hidden="true">{digit.to_string()}</kbd> }.late_part());
    let shortcut = digit.map(|digit| digit.to_string());
    view! {
        <li>
            <button class="btn" type="button" aria-keyshortcuts=shortcut on:click=act(jump)>
                {sign}
                <span class="clip">{name}</span>
                {key}
            </button>
        </li>
    }
    .late_part()
}
