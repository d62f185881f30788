//! Members of a group and the actions on them: add, make an admin, rename. What cannot be undone asks first: `questions`.

use protocol::content::unseen::is_unseen;
use protocol::words::limits::{GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX};
use protocol::words::principal::UserKind;

use super::integrations::integrations_of;
use crate::browser::CallError;
use crate::features::contacts::own_invites::own_invites;
use crate::features::contacts::people_picker::PeoplePicker;
use crate::features::contacts::person_menu::PersonMenu;
use crate::store::groups::{GroupDialog, GroupInfo, GroupMember};
use crate::store::own_bots::OwnBot;
use crate::store::people::Invites;
use crate::ui::prelude::*;

/// Field for another name of the group.
const RENAMED: &str = "group-renamed";

/// Content of the dialog: the group, once it is loaded.
#[component]
pub fn GroupPeople() -> impl IntoView {
    let (session, invites) = (use_session(), Invites::default());
    session.run(State::begin_integrations);
    // A change of the group draws all of it again, and the button that was pressed is gone.
    Effect::new(move |_| {
        session.groups.shown.track();
        dom::mend_focus(["#group-title"]);
    });
    choice(move || match session.groups.shown.get() {
        Some(group) => view! { <People group invites /> }.client_only(),
        None => ().erase(),
    })
}

#[component]
fn People(group: GroupInfo, invites: Invites) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let room = StoredValue::new(group.room.clone());
    // In a demo room, the presenter manages the members elsewhere on the page.
    let may = !session.is_of_demo();
    let (is_led, is_in) = (may && group.is_led(), may && !group.role.is_empty());
    let is_owner = may && group.role == "owner";
    let known: Vec<String> = group.people.iter().map(|one| one.id.clone()).collect();
    let takes_more = is_in && has_others(session, &known);
    let readers = (may && !is_led).then(|| reading_bots(&group));
    let picked = RwSignal::new(Vec::<String>::new());
    let (people, role) = (group.people.clone(), if may { group.role.clone() } else { String::new() });
    let rows = list_of(move || people.clone(), move |one| member_row(i18n, room, one, &role));
    let add = handler(move |_| {
        let picked = picked.get_untracked();
        session.run_for(&room.get_value(), move |state, room| state.add_members(room, &picked));
    });
    let links = links_of(session, invites, &group);
    let programs = is_led.then(|| {
        let (room, is_public) = (group.room.clone(), group.is_public);
        load_view(move || integrations_of(room.clone(), is_public))
    });
    let ask = move |dialog| handler(move |_| session.groups.dialog.set(dialog));
    view! {
        <div class="dialog-body">
            {is_led.then(|| view! { <Rename room name=group.name.clone() /> })}
            <ul class="members" aria-label=said!(groups.members)>{rows}</ul>
            {takes_more
                .then(|| {
                    view! {
                        <PeoplePicker picked with=None leave_out=known />
                        <button class="btn" type="button" disabled=switch(move || picked.with(Vec::is_empty)) on:click=add>
                            {said!(talk.invite)}
                        </button>
                    }
                })}
            {links} {programs} {readers}
        </div>
        <div class="dialog-foot">
            {is_owner
                .then(|| {
                    button(said!(dialogs.delete_group), ask(GroupDialog::Delete))
                })}
            {is_in
                .then(|| {
                    button(said!(dialogs.leave_group), ask(GroupDialog::Leave))
                })}
        </div>
    }
    .client_only()
}

/// Returns the person's invite links to the group, for a member who may have some.
fn links_of(session: Session, invites: Invites, group: &GroupInfo) -> Option<ErasedView> {
    // Guests have no invite links, and in a demo room the presenter manages the members elsewhere on the page.
    let is_guest = session.me.with_untracked(|me| me.kind) == UserKind::Guest;
    let may = !session.is_of_demo() && !group.role.is_empty() && !is_guest;
    may.then(|| own_invites(invites, Some(group.room.clone())))
}

/// Returns `true` if the list has people who are not among these.
fn has_others(session: Session, known: &[String]) -> bool {
    let shown = untrack(|| session.roster.shown(""));
    let mut all = shown.online.iter().chain(&shown.offline);
    all.any(|handle| handle.person.with_untracked(|person| !known.contains(&person.id)))
}

/// Bots that read the group, for people who do not arrange them.
fn reading_bots(group: &GroupInfo) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let items = session.groups.own_bots.items;
    session.run_for(&group.room, State::load_own_bots);
    let people = StoredValue::new(group.people.clone());
    let row = move |bot: OwnBot| {
        let maker =
            people.with_value(|people| people.iter().find(|one| one.id == bot.made_by).map(|one| one.name.clone()));
        let maker = maker.unwrap_or_default();
        let about = move || {
            let (name, language) = (session.roster.name_of(&bot.made_by, &maker), session.settings.language.get());
            t_string!(i18n, own_bots.added_by, name = name, date = clock::date_text(bot.made_at, &language))
        };
        view! {
            <li class="member">
                <bdi class="clip">{bot.name}</bdi>
                " "
                <small class="setting-note">{text(about)}</small>
            </li>
        }
        .client_only()
    };
    let section = move || {
        view! {
            <section>
                <h3 class="label">{said!(own_bots.readers)}</h3>
                <ul class="members" aria-label=said!(own_bots.readers)>{list_of(move || items.get(), row)}</ul>
            </section>
        }
        .client_only()
    };
    when(move || items.with(|items| !items.is_empty()), section)
}

#[component]
fn Rename(room: StoredValue<String>, name: String) -> impl IntoView {
    let session = use_session();
    let (written, refused) = (RwSignal::new(name.clone()), RwSignal::new(None));
    let refusal = FormRefusal::of_name(refused, RENAMED);
    let write =
        move |event: leptos::ev::Event| written.set(dom::held(&event, GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX));
    let rename = submit_handler(move || {
        let name = written.get_untracked();
        match is_unseen(&name) {
            true => refused.set(Some(CallError::no_text())),
            false => session.run_for(&room.get_value(), move |state, room| state.rename_group(room, &name, refused)),
        }
    });
    view! {
        <form class="setting-part" on:submit=rename>
            <label class="label" for=RENAMED>{said!(dialogs.group_name)}</label>
            <div class="setting-row">
                <input
                    class="field grow"
                    id=RENAMED
                    type="text"
                    dir="auto"
                    autocomplete="off"
                    aria-invalid=refusal.mark(RENAMED)
                    aria-describedby=refusal.description(RENAMED, "")
                    prop:value=name
                    on:input=refusal.edited(RENAMED, write)
                />
                <button class="btn" type="submit">{said!(dialogs.rename)}</button>
                {refusal.under(RENAMED)}
            </div>
        </form>
    }
}

/// People of the list who are not in the group yet, and the person's invite links to it.
#[component]
pub fn AddPeople() -> impl IntoView {
    let (session, invites) = (use_session(), Invites::default());
    choice(move || {
        let Some(group) = session.groups.shown.get() else { return ().erase() };
        let links = links_of(session, invites, &group);
        let known: Vec<String> = group.people.into_iter().map(|one| one.id).collect();
        let picked = RwSignal::new(Vec::<String>::new());
        let add = handler(move |_| {
            let picked = picked.get_untracked();
            session.run_for(&group.room, move |state, room| state.add_members(room, &picked));
            session.groups.dialog.set(GroupDialog::Closed);
        });
        view! {
            <div class="dialog-body">
                <PeoplePicker picked with=None leave_out=known />
                {links}
            </div>
            <div class="dialog-foot">
                <button
                    class="btn"
                    type="button"
                    data-kind="default"
                    disabled=switch(move || picked.with(Vec::is_empty))
                    on:click=add
                >
                    {said!(talk.invite)}
                </button>
            </div>
        }
        .client_only()
    })
}

/// Row of a member, with the actions that the role `seen_as` allows.
fn member_row(i18n: Texts, room: StoredValue<String>, one: GroupMember, seen_as: &str) -> ErasedView {
    let session = use_session();
    let asked = one.clone();
    let GroupMember { id, name, role, is_invited } = one;
    let name = untrack(|| session.roster.name_of(&id, &name));
    let is_me = session.me.with_untracked(|me| me.id == id);
    let may_remove = !is_me && role != "owner" && matches!(seen_as, "owner" | "admin");
    let may_rank = !is_me && !is_invited && seen_as == "owner";
    let is_admin = role == "admin";
    let word = move || match role.as_str() {
        _ if is_invited => t_string!(i18n, dialogs.invited),
        "owner" => t_string!(i18n, dialogs.owner),
        "admin" => t_string!(i18n, dialogs.admin),
        _ => t_string!(i18n, dialogs.member),
    };
    let named = Signal::stored(name.clone());
    let menu = (!is_me && !session.is_of_demo()).then(|| view! { <PersonMenu id=id.clone() name=named /> });
    let (ranked, removed) = (name.clone(), name);
    let shown = move || if is_me { t_string!(i18n, dialogs.named_you, name = named.get()) } else { named.get() };
    let rank_id = id.clone();
    let rank_words = move || match is_admin {
        true => t_string!(i18n, dialogs.unmake_admin, name = &ranked),
        false => t_string!(i18n, dialogs.make_admin, name = &ranked),
    };
    let role = if is_admin { "member" } else { "admin" };
    let rank = handler(move |_| {
        let rank_id = rank_id.clone();
        session.run_for(&room.get_value(), move |state, room| state.set_role(room, &rank_id, role))
    });
    let remove = handler(move |_| {
        // Who was only invited loses nothing, and may be invited again.
        if is_invited {
            let id = id.clone();
            return session.run_for(&room.get_value(), move |state, room| state.remove_member(room, &id));
        }
        session.groups.removable.set(Some(asked.clone()));
        session.groups.dialog.set(GroupDialog::Remove);
    });
    let remove_words = move || t_string!(i18n, dialogs.remove, name = &removed);
    let rank_button = may_rank.then(|| button_of("small", text(rank_words), rank));
    let remove_button = may_remove.then(|| button_of("small", text(remove_words), remove));
    view! {
        <li class="member">
            <span class="clip"><bdi>{text(shown)}</bdi></span>
            " "
            <span class="chip">{text(word)}</span>
            {menu}
            {(may_rank || may_remove).then(|| view! { <span class="member-acts">{rank_button} {remove_button}</span> })}
        </li>
    }
    .client_only()
}
