//! Elements that several sections of `/admin` show.

use protocol::words::event::Millis;
use protocol::words::iso::iso_utc;

use super::content::NamedPerson;
use crate::ui::prelude::*;

/// Table, which scrolls inside if it is too wide. A column without a head contains buttons.
#[component]
pub fn Table(heads: Vec<&'static str>, children: Children) -> impl IntoView {
    let head = |head: &'static str| match head {
        "" => view! { <td></td> }.erase(),
        head => view! { <th>{head}</th> }.erase(),
    };
    view! {
        <div class="admin-table" tabindex="0">
            <table>
                <thead>
                    <tr>{heads.into_iter().map(head).collect::<Vec<_>>()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// Table of names, each with a number.
#[component]
pub fn Counts(heads: [&'static str; 2], counts: Vec<(String, u64)>) -> impl IntoView {
    let row = |(name, count): (String, u64)| {
        view! {
            <tr>
                <th scope="row"><bdi>{name}</bdi></th>
                <td>{count.to_string()}</td>
            </tr>
        }
    };
    view! { <Table heads=heads.into()>{counts.into_iter().map(row).collect::<Vec<_>>()}</Table> }
}

/// Returns a person by name and handle, with the id in small letters. A person who is not known has the id alone.
pub fn person(person: NamedPerson) -> ErasedView {
    let NamedPerson { id, name, handle } = person;
    let Some(name) = name else { return view! { <bdi>{id}</bdi> }.erase() };
    let handle = handle.map_or_else(|| " ".to_owned(), |handle| format!(" (@{handle}) "));
    view! {
        <bdi>{name}</bdi>
        {handle}
        <small>{id}</small>
    }
    .erase()
}

/// Time to the second, as in the audit log.
#[component]
pub fn Time(at: Millis) -> impl IntoView {
    let time = iso_utc(at);
    let shown = time.split('.').next().unwrap_or_default().replace('T', " ");
    view! { <time datetime=time>{shown}</time> }
}

/// Field of a form, with its label. A wrong one is marked, and described by the refusal below its form (`ux.md` 2.2). It has the id to which
/// the form leads, and thereby the focus, because `autofocus` has no effect in an address with a fragment.
#[component]
pub fn FormText(
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    name: &'static str,
    value: String,
    maxlength: usize,
    /// Id of the field, if it is wrong.
    wrong: Option<&'static str>,
) -> impl IntoView {
    view! {
        <label>
            {format!("{label} ")}
            <input
                class="field"
                id=wrong
                type=kind
                name=name
                dir="auto"
                value=value
                maxlength=maxlength.to_string()
                autocomplete="off"
                required
                aria-invalid=wrong.map(|_| "true")
                aria-describedby=wrong.map(|id| format!("{id}-refusal"))
            />
        </label>
    }
}

/// Choice of a form, with its label.
#[component]
pub fn FormChoice(label: &'static str, name: &'static str, options: Vec<ErasedView>) -> impl IntoView {
    view! {
        <label>
            {format!("{label} ")}
            <select class="field" name=name>
                {options}
            </select>
        </label>
    }
}

/// Refusal of the wrong field with this id.
pub fn refusal(wrong: Option<&'static str>, words: &'static str) -> Option<ErasedView> {
    wrong.map(|id| field_refusal(id, text(move || words)))
}

/// Options of a choice: value and words. Without a chosen value, it begins with the first.
pub fn options<const N: usize>(all: [(&'static str, &'static str); N], chosen: Option<&str>) -> Vec<ErasedView> {
    let option = |(value, words): (&'static str, &'static str)| {
        let is_chosen = chosen == Some(value);
        view! {
            <option value=value selected=is_chosen>
                {words}
            </option>
        }
        .erase()
    };
    all.into_iter().map(option).collect()
}
