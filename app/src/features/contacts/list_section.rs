//! Section of the contact list with a head that folds it, and the steps of keys from row to row.

use super::contact_row::{PersonRow, RoomRow, push_unread};
use crate::browser::dom::Step;
use crate::store::arrangement::SectionKind;
use crate::store::roster::{ListMember, VisibleRows};
use crate::ui::prelude::*;

/// Stops of the arrow keys.
pub const STOPS: &str = ".list button.group, .list .cover, .found-message";

/// Renders a group of these rows with its head. A folded group shows its number of unread messages; an empty one is hidden.
pub fn group(shown: Memo<VisibleRows>, kind: SectionKind, rows_max: usize) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let kind = StoredValue::new(kind);
    let members = move || shown.with(|shown| kind.with_value(|kind| members_of(shown, kind)));
    let (total, unread) = (Memo::new(move |_| members().len()), Memo::new(move |_| unread_among(&members())));
    let is_folded = Memo::new(move |_| kind.with_value(|kind| session.folds(kind)));
    let count = move || match kind.with_value(|kind| *kind == SectionKind::People) {
        true => shown.with(|shown| {
            let (here, blocked) = (shown.online.len(), session.blocked_among(&shown.online));
            let total = here + shown.offline.len();
            t_string!(i18n, list.here_of, here = here.saturating_sub(blocked), total = total)
        }),
        false => t_string!(i18n, list.count, count = total.get()),
    };
    let waiting = move || {
        let mut words = String::new();
        if is_folded.get() {
            push_unread(i18n, &mut words, unread.get());
        }
        if words.is_empty() { words } else { format!(", {words}") }
    };
    view! {
        <div class="list-group" hidden=switch(move || total.get() == 0)>
            <h2 role="none">
                <button
                    class="group"
                    type="button"
                    role="treeitem"
                    aria-expanded=aria_bool(move || !is_folded.get())
                    on:click=handler(move |_| session.fold(&kind.get_value()))
                >
                    {icon("ic-caret", "12")}
                    {text(move || kind.with_value(|kind| title_of(i18n, kind)))}
                    " "
                    <span>{text(count)} {text(waiting)}</span>
                </button>
            </h2>
            <ul class="rows" role="group" hidden=switch(move || is_folded.get())>
                {list(move || members().into_iter().take(rows_max).map(member_entry).collect())}
            </ul>
        </div>
    }
    .erase()
}

/// Returns the rows of a section that the list has without the person's arrangement.
fn members_of(shown: &VisibleRows, kind: &SectionKind) -> Vec<ListMember> {
    let people = match kind {
        SectionKind::Rooms => return shown.rooms.iter().copied().map(ListMember::Room).collect(),
        SectionKind::Offline => &shown.offline,
        SectionKind::Characters => &shown.characters,
        SectionKind::Bots => &shown.bots,
        SectionKind::People | SectionKind::Favourites | SectionKind::Group(_) => &shown.online,
    };
    people.iter().copied().map(ListMember::Person).collect()
}

/// Returns the number of unread messages of these rows. Reactive.
pub fn unread_among(members: &[ListMember]) -> u32 {
    members.iter().map(|member| member.activity().with(|activity| activity.unread)).sum()
}

pub fn member_entry(member: ListMember) -> Entry {
    match member {
        ListMember::Person(handle) => Entry::new(handle.key, move || view! { <PersonRow handle /> }.erase()),
        ListMember::Room(handle) => Entry::new(handle.key, move || view! { <RoomRow handle /> }.erase()),
    }
}

pub fn title_of(i18n: Texts, kind: &SectionKind) -> String {
    match kind {
        SectionKind::Favourites => t_string!(i18n, list.favourites).to_owned(),
        SectionKind::Group(name) => name.clone(),
        SectionKind::People => t_string!(i18n, list.people).to_owned(),
        SectionKind::Rooms => t_string!(i18n, list.rooms).to_owned(),
        SectionKind::Offline => t_string!(i18n, list.offline).to_owned(),
        SectionKind::Characters => t_string!(i18n, cast.title).to_owned(),
        SectionKind::Bots => t_string!(i18n, bots.group).to_owned(),
    }
}

/// Returns the step of a key in the list.
pub fn step_of(session: Session, event: &ev::KeyboardEvent) -> Option<Step> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let key = event.key();
    let mut letters = key.chars();
    Some(match (key.as_str(), letters.next(), letters.next()) {
        ("ArrowDown", ..) => Step::By(1),
        ("ArrowUp", ..) => Step::By(-1),
        ("Home", ..) => Step::First,
        ("End", ..) => Step::Last,
        (_, Some(letter), None) if letter.is_ascii_alphanumeric() || letter > '\u{bf}' => {
            return has_single_keys(session).then_some(Step::To(letter));
        }
        _ => return None,
    })
}

/// Returns `true` if single-character shortcuts are on.
pub fn has_single_keys(session: Session) -> bool {
    !session.settings.message_settings.with_untracked(|settings| settings.has_no_single_keys)
}
