//! Menu of acts on a person of the list. It opens at the pointer by a right click, at its row by Shift+F10, and below "More…" of the
//! contact card. It has no button: the focus returns to the element that had it.

use leptos::prelude::*;

use super::person_menu::person_items;
use crate::browser::anchor;
use crate::session::{Session, use_session};
use crate::ui::popover::Popover;
use crate::view::bindings::choice;
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::load_view;

/// Renders the menu while it is requested.
#[component]
pub fn RowMenu() -> impl IntoView {
    let session = use_session();
    choice(move || match session.home.asked_menu.get() {
        Some((user, place)) => open_menu(session, user, place),
        None => ().erase(),
    })
}

fn open_menu(session: Session, user: String, (x, y): (i32, i32)) -> ErasedView {
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
    let id = StoredValue::new(user);
    let name = Signal::derive(move || {
        let row = session.roster.person(&id.get_value());
        row.map(|row| row.with(|person| person.display_name.clone())).unwrap_or_default()
    });
    let items = menu.anchored(().erase(), move || load_view(move || person_items(menu, id, name)));
    view! { <div class="row-menu">{items}</div> }.client_only()
}
