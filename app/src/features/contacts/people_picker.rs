//! Picker of people from the list.

use crate::prelude::*;
use crate::store::arrangement::toggle;
use crate::store::relations::PersonRef;

/// Picker of people from the list, and one preselected person who need not be in it.
#[component]
pub fn PeoplePicker(picked: RwSignal<Vec<String>>, with: Option<PersonRef>, leave_out: Vec<String>) -> impl IntoView {
    let session = use_session();
    let row = move |(id, name): (String, String)| {
        let own = id.clone();
        let pick = move |_| picked.update(|all| toggle(all, id.clone()));
        let is_picked = move || picked.with(|all| all.contains(&own));
        view! {
            <li>
                <label class="check">
                    <input type="checkbox" prop:checked=switch(is_picked) on:change=handler(pick) />
                    <bdi>{name}</bdi>
                </label>
            </li>
        }
        .client_only()
    };
    let people = move || {
        let shown = session.roster.shown("");
        let all = shown.online.into_iter().chain(shown.offline);
        let named = all.map(|handle| handle.person.with(|person| (person.id.clone(), person.display_name.clone())));
        let first = with.iter().map(|person| (person.id.clone(), person.name.clone()));
        let is_first = |id: &String| with.as_ref().is_some_and(|person| person.id == *id);
        let left = first.chain(named.filter(|(id, _)| !leave_out.contains(id) && !is_first(id)));
        left.collect()
    };
    view! {
        <fieldset class="setting">
            <legend>{said!(dialogs.invite)}</legend>
            <ul class="pick">{list_of(people, row)}</ul>
        </fieldset>
    }
    .client_only()
}
