//! What one can change about the contact list, and the ways to it by keys: options, favourite and group of somebody, a status with an
//! end, a jump to somebody, the sheet of keys.

use leptos::ev;
use leptos::prelude::*;

use super::dialog::{self, DialogRef};
use super::live::{Act, Entry, Text, act, choice, list, switch, text};
use super::profile_dialog::Profile;
use super::words::{Texts, status_word};
use crate::browser::letters::lower;
use crate::browser::part::{IntoPart, Part};
use crate::browser::{clock, dom};
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::arrangement::{
    AWAY_MIN_MAX, Arrangement, ContactGroup, Density, GROUP_NAME_GRAPHEMES_MAX, ListDialog, Sort,
};
use crate::store::relations::Named;
use protocol::presence::Status;

/// People that a jump offers at once.
const JUMP_ROWS_MAX: usize = 8;
/// Where a jump goes with Enter.
const JUMP_ROWS: &str = ".jump button";

/// The dialog that is open, if one is.
#[component]
pub fn ListDialogs() -> impl IntoView {
    let session = use_session();
    choice(move || match session.list_dialog.get() {
        ListDialog::Closed => ().part(),
        ListDialog::Options => view! { <Options /> }.late_part(),
        ListDialog::Person(person) => view! { <Arrange person /> }.late_part(),
        ListDialog::Until => view! { <Until /> }.late_part(),
        ListDialog::Jump => view! { <Jump /> }.late_part(),
        ListDialog::Keys => view! { <Keys /> }.late_part(),
        ListDialog::Profile => view! { <Profile /> }.late_part(),
    })
}

/// A dialog about the list.
pub fn framed(frame: DialogRef, title: Text, body: Part) -> Part {
    let session = use_session();
    let closed = act(move |_| session.list_dialog.set(ListDialog::Closed));
    dialog::framed(frame, "list-dialog-title", title, closed, body)
}

fn done(frame: DialogRef) -> Part {
    let i18n = use_i18n();
    view! {
        <div class="dialog-foot">
            <button class="btn" type="button" data-kind="default" on:click=act(move |_| dialog::close(frame))>
                {said!(i18n, settings.done)}
            </button>
        </div>
    }
    .late_part()
}

#[component]
fn Options() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let arrangement = session.arrangement;
    let frame = DialogRef::new();
    let sorts = Sort::ALL.map(|sort| {
        let is_it = move || arrangement.with(|arrangement| arrangement.sort == sort);
        let chosen = act(move |_| arrangement.update(|arrangement| arrangement.sort = sort));
        radio("list-sort", text(move || sort_word(i18n, sort)), Box::new(is_it), chosen)
    });
    let densities = Density::ALL.map(|density| {
        let is_it = move || arrangement.with(|arrangement| arrangement.density == density);
        let chosen = act(move |_| arrangement.update(|arrangement| arrangement.density = density));
        radio("list-density", text(move || density_word(i18n, density)), Box::new(is_it), chosen)
    });
    let away_chosen = move |event| {
        let minutes = event_target_value(&event).parse::<u8>().unwrap_or(0).min(AWAY_MIN_MAX);
        arrangement.update(|arrangement| arrangement.away_min = minutes);
    };
    let group = move |group: ContactGroup| Entry::of(group.name.clone(), move || group_row(arrangement, group.name));
    let groups = move || arrangement.with(|arrangement| arrangement.groups.clone()).into_iter().map(group).collect();
    let body = view! {
        <div class="dialog-body">
            {radios(said!(i18n, list.sort), Vec::from(sorts))}
            {radios(said!(i18n, list.rows), Vec::from(densities))}
            <div class="setting-row">
                <label class="label" for="away-after">{said!(i18n, list.away_after)}</label>
                <input
                    class="field"
                    id="away-after"
                    type="number"
                    min="0"
                    max=AWAY_MIN_MAX.to_string()
                    prop:value=text(move || arrangement.with(|arrangement| arrangement.away_min.to_string()))
                    on:change=act(away_chosen)
                />
            </div>
            <fieldset class="setting">
                <legend>{said!(i18n, list.groups)}</legend>
                <ul aria-label=said!(i18n, list.groups)>{list(groups)}</ul>
                {new_group(Box::new(move |name| arrangement.update(|arrangement| arrangement.add_group(&name))))}
            </fieldset>
        </div>
        {done(frame)}
    };
    framed(frame, said!(i18n, list.options), body.late_part())
}

fn group_row(arrangement: RwSignal<Arrangement>, name: String) -> Part {
    let i18n = use_i18n();
    let (shown, removed) = (name.clone(), name.clone());
    view! {
        <li class="setting-row">
            <span class="clip">{shown}</span>
            <button
                class="btn"
                type="button"
                aria-label=text(move || t_string!(i18n, groups.remove, name = &name))
                on:click=act(move |_| arrangement.update(|arrangement| arrangement.remove_group(&removed)))
            >
                {said!(i18n, state.delete)}
            </button>
        </li>
    }
    .late_part()
}

/// A field for the name of a new group.
fn new_group(made: Box<dyn Fn(String) + Send>) -> Part {
    let i18n = use_i18n();
    let name = RwSignal::new(String::new());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        made(name.get_untracked().trim().to_owned());
        name.set(String::new());
    };
    view! {
        <form class="setting-row" on:submit=act(submit)>
            <input
                class="field"
                aria-label=said!(i18n, list.new_group)
                placeholder=said!(i18n, list.new_group)
                autocomplete="off"
                maxlength=GROUP_NAME_GRAPHEMES_MAX.to_string()
                prop:value=text(move || name.get())
                on:input=act(move |event| name.set(event_target_value(&event)))
            />
            <button class="btn" type="submit">{said!(i18n, list.make)}</button>
        </form>
    }
    .late_part()
}

#[component]
fn Arrange(person: Named) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let arrangement = session.arrangement;
    let frame = DialogRef::new();
    let Named { id, name } = person;
    let (liked, favoured, member, put) = (id.clone(), id.clone(), id.clone(), id.clone());
    let is_favourite = move || arrangement.with(|arrangement| arrangement.favourites.contains(&liked));
    let groups = move || {
        let names = arrangement
            .with(|arrangement| arrangement.groups.iter().map(|group| Some(group.name.clone())).collect::<Vec<_>>());
        let entry = |group: Option<String>| {
            let user = member.clone();
            Entry::of(group.clone(), move || group_choice(arrangement, user, group))
        };
        [None].into_iter().chain(names).map(entry).collect()
    };
    let made = move |name: String| arrangement.update(|arrangement| arrangement.put_into(&put, Some(&name)));
    let body = view! {
        <div class="dialog-body">
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=switch(is_favourite)
                    on:change=act(move |_| arrangement.update(|arrangement| arrangement.favour(&favoured)))
                />
                {said!(i18n, list.favourite)}
            </label>
            <fieldset class="setting" role="radiogroup" aria-label=said!(i18n, list.groups)>
                <legend>{said!(i18n, list.groups)}</legend>
                <div class="choices">{list(groups)}</div>
                {new_group(Box::new(made))}
            </fieldset>
        </div>
        {done(frame)}
    };
    framed(frame, text(move || name.clone()), body.late_part())
}

fn group_choice(arrangement: RwSignal<Arrangement>, user: String, group: Option<String>) -> Part {
    let i18n = use_i18n();
    let (member, own, chosen) = (user.clone(), group.clone(), group.clone());
    let is_it = move || arrangement.with(|arrangement| arrangement.group_of(&member) == own.as_deref());
    let choose = act(move |_| arrangement.update(|arrangement| arrangement.put_into(&user, chosen.as_deref())));
    let word = text(move || group.clone().unwrap_or_else(|| t_string!(i18n, settings.motion_none).to_owned()));
    radio("list-group", word, Box::new(is_it), choose)
}

fn radios(label: Text, choices: Vec<Part>) -> Part {
    view! {
        <fieldset class="setting">
            <legend>{label}</legend>
            <div class="choices">{choices}</div>
        </fieldset>
    }
    .late_part()
}

fn radio(name: &'static str, word: Text, is_it: Box<dyn Fn() -> bool + Send>, chosen: Act<ev::Event>) -> Part {
    view! {
        <label class="check">
            <input type="radio" name=name prop:checked=switch(is_it) on:change=chosen />
            {word}
        </label>
    }
    .late_part()
}

/// A status that ends by itself.
#[component]
fn Until() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let status = RwSignal::new(session.me.with_untracked(|me| match me.status {
        Status::Online => Status::Busy,
        status => status,
    }));
    let end = RwSignal::new(String::new());
    let statuses = Status::ALL.into_iter().filter(|status| *status != Status::Online);
    let choices: Vec<Part> = statuses
        .map(|one| {
            let word = text(move || status_word(i18n, one.as_str()));
            radio("until-status", word, Box::new(move || status.get() == one), act(move |_| status.set(one)))
        })
        .collect();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(until) = clock::next_at(&end.get_untracked()) {
            session.set_status_until(status.get_untracked(), until);
            dialog::close(frame);
        }
    };
    let body = view! {
        <form on:submit=act(submit)>
            <div class="dialog-body">
                {radios(said!(i18n, sign_in.status), choices)}
                <div class="setting-row">
                    <label class="label" for="until">{said!(i18n, list.until)}</label>
                    <input
                        class="field"
                        id="until"
                        type="time"
                        required
                        on:input=act(move |event| end.set(event_target_value(&event)))
                    />
                </div>
            </div>
            <div class="dialog-foot">
                <button class="btn" type="submit" data-kind="default">
                    {said!(i18n, settings.done)}
                </button>
            </div>
        </form>
        {messages(frame)}
    };
    framed(frame, said!(i18n, identity.my_status), body.late_part())
}

/// Personal messages of before, to choose again.
fn messages(frame: DialogRef) -> Part {
    let (session, i18n) = (use_session(), use_i18n());
    let row = move |message: String| {
        let said = message.clone();
        let again = move |_| {
            session.set_personal_message(said.clone());
            dialog::close(frame);
        };
        Entry::of(message.clone(), move || {
            view! { <li><button class="btn" type="button" on:click=act(again)>{message}</button></li> }.late_part()
        })
    };
    let rows = move || session.arrangement.with(|all| all.messages.clone()).into_iter().map(row).collect();
    view! {
        <div class="dialog-body">
            <b class="label">{said!(i18n, list.messages)}</b>
            <ul class="found" aria-label=said!(i18n, list.messages)>{list(rows)}</ul>
        </div>
    }
    .late_part()
}

/// Somebody or a room, by a part of the name.
#[component]
fn Jump() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let wanted = RwSignal::new(String::new());
    let rows = move || {
        let shown = session.roster.shown(&wanted.get());
        let people = shown.online.into_iter().chain(shown.offline).map(|handle| {
            let (id, name) = handle.person.with(|person| (person.id.clone(), person.display_name.clone()));
            (true, id, name)
        });
        let rooms = shown.rooms.into_iter().map(|handle| {
            let (id, name) = handle.room.with(|room| (room.id.clone(), room.name.clone()));
            (false, id, name)
        });
        // Whose name begins so is meant rather than whose name goes on so.
        let start = lower(wanted.get().trim());
        let (first, then): (Vec<_>, Vec<_>) =
            people.chain(rooms).partition(|(.., name)| lower(name).starts_with(&start));
        let row = |(is_person, id, name): (bool, String, String)| {
            Entry::of((is_person, id.clone()), move || jump_row(frame, is_person, id, name))
        };
        first.into_iter().chain(then).take(JUMP_ROWS_MAX).map(row).collect()
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
                aria-label=said!(i18n, contacts.find)
                autocomplete="off"
                on:input=act(move |event| wanted.set(event_target_value(&event)))
                on:keydown=act(keydown)
            />
            <ul class="found jump" aria-label=said!(i18n, contacts.found) on:keydown=act(walk)>
                {list(rows)}
            </ul>
        </div>
    };
    framed(frame, said!(i18n, list.jump), body.late_part())
}

fn jump_row(frame: DialogRef, is_person: bool, id: String, name: String) -> Part {
    let session = use_session();
    let jump = move |_| {
        dialog::close(frame);
        if is_person {
            session.open_person(&id);
        } else {
            session.open_conversation(&id);
        }
        dom::after_paint(|| {
            dom::focus(".editor");
        });
    };
    view! { <li><button class="btn" type="button" on:click=act(jump)>{name}</button></li> }.late_part()
}

/// What keys do (`ux.md` 2.4).
#[component]
fn Keys() -> impl IntoView {
    let i18n = use_i18n();
    let frame = DialogRef::new();
    let rows = KEYS.map(|(keys, word)| {
        let word = text(move || word(i18n));
        // On a Mac, Option types characters.
        let keys = if dom::is_mac() {
            keys.replace("Alt+Shift", "Ctrl+Shift").replace("Ctrl+K", "⌘K")
        } else {
            keys.to_owned()
        };
        view! { <li class="setting-row"><span>{word}</span> <kbd>{keys}</kbd></li> }.late_part()
    });
    let body = view! {
        <div class="dialog-body"><ul>{Vec::from(rows)}</ul></div>
        {done(frame)}
    };
    framed(frame, said!(i18n, keys.title), body.late_part())
}

type Described = (&'static str, fn(Texts) -> &'static str);

const KEYS: [Described; 10] = [
    ("Ctrl+K", |i18n| t_string!(i18n, list.jump)),
    ("Alt+↑  Alt+↓", |i18n| t_string!(i18n, keys.neighbour)),
    ("Alt+Shift+↑  Alt+Shift+↓", |i18n| t_string!(i18n, keys.unread)),
    ("F6  Shift+F6", |i18n| t_string!(i18n, keys.region)),
    ("Enter", |i18n| t_string!(i18n, composer.send)),
    ("Shift+Enter", |i18n| t_string!(i18n, keys.line)),
    ("Alt+Shift+E", |i18n| t_string!(i18n, composer.emoticons)),
    ("Alt+Shift+N", |i18n| t_string!(i18n, composer.nudge)),
    ("Alt+Shift+W", |i18n| t_string!(i18n, composer.winks)),
    ("?", |i18n| t_string!(i18n, keys.title)),
];

fn sort_word(i18n: Texts, sort: Sort) -> &'static str {
    match sort {
        Sort::Status => t_string!(i18n, sign_in.status),
        Sort::Name => t_string!(i18n, contacts.find),
        Sort::Recent => t_string!(i18n, list.by_recent),
    }
}

fn density_word(i18n: Texts, density: Density) -> &'static str {
    match density {
        Density::Compact => t_string!(i18n, list.compact),
        Density::Cosy => t_string!(i18n, list.cosy),
        Density::Large => t_string!(i18n, list.large),
    }
}
