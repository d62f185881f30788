//! Dialogs of groups: a new group, public rooms to join, and the people in a room. The members of a group are in `people`, and what
//! asks before something is lost is in `questions`.

use protocol::content::unseen::is_unseen;
use protocol::words::limits::{GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX};

use super::people::{AddPeople, GroupPeople};
use super::questions::{DeleteGroup, LeaveGroup, RemoveMember};
use crate::browser::CallError;
use crate::features::contacts::people_picker::PeoplePicker;
use crate::features::conversation::details::people_here;
use crate::store::groups::{GroupDialog, PublicRoom};
use crate::ui::prelude::*;

/// Field for the name of a new group.
const NAME: &str = "group-name";

/// The open dialog.
#[component]
pub fn GroupDialogs() -> impl IntoView {
    let session = use_session();
    choice(move || match session.groups.dialog.get() {
        GroupDialog::Closed => ().erase(),
        GroupDialog::New => framed(said!(groups.new), view! { <NewGroup /> }.client_only()),
        GroupDialog::Find => framed(said!(groups.find), view! { <FindRooms /> }.client_only()),
        GroupDialog::People => framed(said!(groups.members), view! { <GroupPeople /> }.client_only()),
        GroupDialog::Invite => framed(said!(dialogs.invite_people), view! { <AddPeople /> }.client_only()),
        GroupDialog::Leave => framed(said!(dialogs.leave_group), view! { <LeaveGroup /> }.client_only()),
        GroupDialog::Delete => framed(said!(dialogs.delete_group), view! { <DeleteGroup /> }.client_only()),
        GroupDialog::Remove => framed(said!(dialogs.remove_member), view! { <RemoveMember /> }.client_only()),
        GroupDialog::Here => framed(said!(conversation.people_here), here()),
    })
}

/// People in the open room.
fn here() -> ErasedView {
    let current = use_session().current.get_untracked();
    let people = current.map(|conversation| load_view(move || people_here(conversation)));
    view! { <div class="dialog-body">{people}</div> }.client_only()
}

fn framed(title: TextBinding, body: ErasedView) -> ErasedView {
    let session = use_session();
    let closed = handler(move |_| session.groups.dialog.set(GroupDialog::Closed));
    dialog::framed(DialogRef::new(), "group-title", title, closed, body)
}

/// Form of a new group: name, visibility, first members.
#[component]
fn NewGroup() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (name, is_public) = (RwSignal::new(String::new()), RwSignal::new(false));
    let with = session.groups.with.get_untracked();
    let picked = RwSignal::new(with.iter().map(|person| person.id.clone()).collect::<Vec<_>>());
    let (is_making, refused) = (RwSignal::new(false), RwSignal::new(None));
    let refusal = FormRefusal::of_name(refused, NAME);
    let make = submit_handler(move || {
        let name = name.get_untracked();
        refused.set(is_unseen(&name).then(CallError::no_text));
        if !is_unseen(&name) && !is_making.get_untracked() {
            let (is_public, people) = (is_public.get_untracked(), picked.get_untracked());
            session.run(move |state| state.make_group(&name, is_public, &people, is_making, Some(refused)));
        }
    });
    let who_finds = move |public: bool| {
        let words = move || if public { t_string!(i18n, dialogs.public) } else { t_string!(i18n, dialogs.private) };
        let is_it = move || is_public.get() == public;
        radio("visibility", text(words), Box::new(is_it), handler(move |_| is_public.set(public)))
    };
    // The form checks the name itself, in the words of the page.
    view! {
        <form novalidate=true on:submit=make>
            <div class="dialog-body">
                {refusal
                    .text_field(NAME, said!(dialogs.group_name), name, (GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX))}
                {radio_group(&|| said!(dialogs.who_finds), vec![who_finds(false), who_finds(true)].erase())}
                <PeoplePicker picked with leave_out=Vec::new() />
            </div>
            <div class="dialog-foot">
                <button class="btn" type="submit" data-kind="default" disabled=switch(move || is_making.get())>
                    {said!(dialogs.make_group)}
                </button>
            </div>
        </form>
    }
    .client_only()
}

/// Search of public rooms by a part of their names.
#[component]
fn FindRooms() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_entering = RwSignal::new(false);
    let row = move |found: PublicRoom| {
        let PublicRoom { room, name, members } = found;
        let words = move || t_string!(i18n, dialogs.room_of, name = &name, count = members);
        let enter = handler(move |_| session.run_for(&room, move |state, room| state.enter_public(room, is_entering)));
        view! {
            <li>
                <button
                    class="btn"
                    type="button"
                    disabled=switch(move || is_entering.get())
                    on:click=enter
                >
                    {text(words)}
                </button>
            </li>
        }
        .client_only()
    };
    let search = move |event| {
        let part = event_target_value(&event);
        session.run(move |state| state.search_rooms(part));
    };
    let none = move || match session.groups.found.with(|found| found.as_ref().is_some_and(Vec::is_empty)) {
        true => t_string!(i18n, list.nothing_found).to_owned(),
        false => String::new(),
    };
    view! {
        <div class="dialog-body">
            <label class="label" for="find-room">{said!(dialogs.search_rooms)}</label>
            <input
                class="field"
                id="find-room"
                type="search"
                dir="auto"
                autocomplete="off"
                on:input=handler(search)
            />
            <p role="status" class="setting-note">{text(none)}</p>
            <ul class="found" aria-label=said!(dialogs.rooms_found)>
                {list_of(move || session.groups.found.get().unwrap_or_default(), row)}
            </ul>
        </div>
    }
    .client_only()
}
