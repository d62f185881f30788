//! People to whom the account appears offline (`presence.md` 2.7), in the section Privacy of the settings.

use crate::store::relations::PersonRef;
use crate::ui::prelude::*;

/// Renders the list, with a button for each person that shows them the status again.
pub fn hidden_from() -> ErasedView {
    let session = use_session();
    view! {
        <fieldset class="setting">
            <legend>{said!(hiding.title)}</legend>
            <ul aria-label=said!(hiding.title)>
                {list_of(move || session.relations.hidden_from.get(), person_row)}
            </ul>
        </fieldset>
    }
    .client_only()
}

fn person_row(user: String) -> ErasedView {
    let session = use_session();
    let shown = user.clone();
    let show = move |_| {
        let person = PersonRef { id: user.clone(), name: untrack(|| name_of(session, &user)) };
        session.run(move |state| state.hide_from(person, false));
    };
    let name = Memo::new(move |_| name_of(session, &shown));
    view! {
        <li class="setting-row">
            <span class="clip"><bdi>{text(move || name.get())}</bdi></span>
            {row_button(
                None,
                said!(hiding.show),
                said!(hiding.show_to, name = name.get()),
                handler(show),
            )}
        </li>
    }
    .client_only()
}

/// Returns the name of a person of the list or of the contacts, or else their id. Reactive.
fn name_of(session: Session, user: &str) -> String {
    if let Some(row) = session.roster.person(user) {
        return row.with(|person| person.display_name.clone());
    }
    let contacts = session.relations.contacts;
    let name = contacts.with(|all| all.iter().find(|one| one.id == user).map(|one| one.name.clone()));
    name.unwrap_or_else(|| user.to_owned())
}
