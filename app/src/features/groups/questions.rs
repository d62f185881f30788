//! Questions before a person leaves a group, deletes it, or removes a member: each says what is lost.

use crate::store::groups::{GroupDialog, GroupInfo, GroupMember};
use crate::ui::prelude::*;

/// Asks before the person leaves the group.
#[component]
pub fn LeaveGroup() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    choice(move || {
        let Some(group) = session.groups.shown.get() else { return ().erase() };
        let own_id = session.me.with_untracked(|me| me.id.clone());
        let heir = group.heir(&own_id).map(|one| untrack(|| session.roster.name_of(&one.id, &one.name)));
        let GroupInfo { room, name, is_public, role, .. } = group;
        let is_owner = role == "owner";
        let loses = move || {
            let loses = match is_public {
                true => t_string!(i18n, dialogs.leave_loses_public),
                false => t_string!(i18n, dialogs.leave_loses),
            };
            match &heir {
                None => t_string!(i18n, dialogs.leave_last).to_owned(),
                Some(heir) if is_owner => format!("{loses} {}", t_string!(i18n, dialogs.leave_heir, name = heir)),
                Some(_) => loses.to_owned(),
            }
        };
        question(
            said!(dialogs.leave_really, name = &name),
            text(loses),
            (said!(dialogs.stay), GroupDialog::Closed),
            (
                said!(dialogs.leave_group),
                Box::new(move || session.run_for(&room, move |state, room| state.part_with_group(room, false))),
            ),
        )
    })
}

/// Asks before the owner deletes the group, which ends it for everybody.
#[component]
pub fn DeleteGroup() -> impl IntoView {
    let session = use_session();
    choice(move || {
        let Some(GroupInfo { room, name, .. }) = session.groups.shown.get() else { return ().erase() };
        question(
            said!(dialogs.delete_really, name = &name),
            said!(dialogs.delete_loses),
            (said!(dialogs.cancel), GroupDialog::People),
            (
                said!(dialogs.delete_group),
                Box::new(move || session.run_for(&room, move |state, room| state.part_with_group(room, true))),
            ),
        )
    })
}

/// Asks before a member is removed.
#[component]
pub fn RemoveMember() -> impl IntoView {
    let session = use_session();
    choice(move || {
        let (group, member) = (session.groups.shown.get(), session.groups.removable.get());
        let Some((GroupInfo { room, name, .. }, GroupMember { id, name: person, .. })) = group.zip(member) else {
            return ().erase();
        };
        let person = untrack(|| session.roster.name_of(&id, &person));
        let (asked, lost, removed) = (person.clone(), person.clone(), person);
        let remove = move || {
            let id = id.clone();
            session.run_for(&room, move |state, room| state.remove_member(room, &id));
            session.groups.dialog.set(GroupDialog::People);
        };
        question(
            said!(dialogs.remove_really, person = &asked, name = &name),
            said!(dialogs.remove_loses, person = &lost),
            (said!(dialogs.cancel), GroupDialog::People),
            (said!(dialogs.remove, name = &removed), Box::new(remove)),
        )
    })
}

/// Content of a question. `stay` is the answer that changes nothing, with the dialog that follows it.
fn question(
    asks: TextBinding,
    loses: TextBinding,
    (stay, next): (TextBinding, GroupDialog),
    (act, press): (TextBinding, Box<dyn Fn() + Send>),
) -> ErasedView {
    let session = use_session();
    // The button that has asked went with its dialog, so the browser cannot give the focus back to it.
    on_cleanup(|| dom::mend_focus([".editor", "#main"]));
    view! {
        <div class="dialog-body">
            <p>{asks}</p>
            <p>{loses}</p>
        </div>
        <div class="dialog-foot">
            {button(stay, handler(move |_| session.groups.dialog.set(next)))}
            {button_of("default", act, handler(move |_| press()))}
        </div>
    }
    .client_only()
}
