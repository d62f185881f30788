//! Menu of acts on a row of the list: on a person, or on a room. It opens at the pointer by a right click, at its row by Shift+F10, under the
//! finger that holds a room, and below "More…" of the contact card. It has no button: the focus returns to the element that had it.

use super::person_menu::person_items;
use crate::browser::anchor;
use crate::store::groups::{GroupDialog, is_group};
use crate::store::moderation::ModerationSubject;
use crate::ui::prelude::*;

/// Renders the menu while it is requested.
#[component]
pub fn RowMenu() -> impl IntoView {
    let session = use_session();
    choice(move || match session.home.asked_menu.get() {
        Some((id, place)) => open_menu(session, id, place),
        None => ().erase(),
    })
}

fn open_menu(session: Session, id: String, (x, y): (i32, i32)) -> ErasedView {
    anchor::remember_focus();
    anchor::set_root_px("--menu-x", x);
    anchor::set_root_px("--menu-y", y);
    let menu = Popover::new("[role=menuitem]");
    menu.is_open.set(true);
    Effect::new(move |_| {
        if !menu.is_open.get() {
            session.home.asked_menu.set(None);
        }
    });
    let is_room = untrack(|| session.roster.room(&id)).is_some();
    let id = StoredValue::new(id);
    let name = Signal::derive(move || {
        let id = id.get_value();
        let of_person = || session.roster.person(&id).map(|row| row.with(|person| person.display_name.clone()));
        let of_room = session.roster.room(&id).map(|row| row.with(|room| room.name.clone()));
        of_room.or_else(of_person).unwrap_or_default()
    });
    let items = menu.anchored(().erase(), move || match is_room {
        true => load_view(move || room_items(menu, id, name)),
        false => load_view(move || person_items(menu, id, name)),
    });
    // The menu stands outside of the list, so it brings its own landmark.
    view! {
        <section class="row-menu" aria-label=said!(contacts.options, name = name.get())>{items}</section>
    }
    .client_only()
}

lazy_view! {
    dialogs:
    /// Menu of a room: the members of a group, the mute, the dialog of people with a role about a public room, and the way out of a group.
    pub fn room_items(menu: Popover, id: StoredValue<String>, name: Signal<String>) {
        let session = use_session();
        let label = said!(contacts.options, name = name.get());
        let is_group = id.with_value(|id| is_group(id));
        let open = move |dialog| move || session.open_group_dialog(&id.get_value(), dialog);
        let members = is_group.then(|| menu.item("ic-people", said!(groups.members), open(GroupDialog::People)));
        let dialog = (session.has_role() && !is_group).then(|| {
            let subject = move || ModerationSubject::Room { room: id.get_value(), name: name.get_untracked() };
            menu.item("ic-lock", said!(moderate.open_dialog), move || session.moderate(subject()))
        });
        let leave = is_group.then(|| menu.item("ic-leave", said!(dialogs.leave_group), open(GroupDialog::Leave)));
        menu.focus_items();
        view! {
            <div class="menu" role="menu" aria-label=label>
                {members} {mute_item(menu, id)} {dialog} {leave}
            </div>
        }
        .client_only()
    }
}

/// Mutes a room until further notice, or ends its mute.
fn mute_item(menu: Popover, id: StoredValue<String>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_muted = RwSignal::new(false);
    session.find_muted(&id.get_value(), move |found| {
        let _ = is_muted.try_set(found);
    });
    let word = move || if is_muted.get() { t_string!(i18n, ways.unmute) } else { t_string!(i18n, ways.mute) };
    let choose = move || session.run_for(&id.get_value(), State::toggle_mute);
    menu.item("ic-bell", text(word), choose)
}
