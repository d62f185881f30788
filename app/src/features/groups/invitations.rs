//! Invitations to groups, above the contact list.

use crate::features::contacts::contact_requests::{answer, asked};
use crate::store::groups::Invitation;
use crate::ui::prelude::*;

/// Pending invitations; nothing while there are none.
#[component]
pub fn GroupInvitations() -> impl IntoView {
    let session = use_session();
    let invitations = session.groups.invitations;
    view! {
        <section
            class="requests"
            aria-label=said!(dialogs.invitations)
            hidden=switch(move || invitations.with(Vec::is_empty))
        >
            <ul>{list_of(move || invitations.get(), question)}</ul>
        </section>
    }
    .client_only()
}

fn question(one: Invitation) -> ErasedView {
    let session = use_session();
    let Invitation { room, name, by } = one;
    let (yes, no) = (room.clone(), room);
    let (shown, accepted, declined) = (name.clone(), name.clone(), name);
    asked(
        view! { <span class="tile">{room_sign()}</span> }.client_only(),
        view! { <span>{said!(dialogs.asks_you, by = &by, group = &shown)}</span> }.client_only(),
        vec![
            answer(
                "ic-check",
                said!(dialogs.accept_group, group = &accepted),
                handler(move |_| session.run_for(&yes, move |state, room| state.answer_invitation(room, true))),
            ),
            answer(
                "ic-close",
                said!(dialogs.decline_group, group = &declined),
                handler(move |_| session.run_for(&no, move |state, room| state.answer_invitation(room, false))),
            ),
        ],
        Box::new(|| false),
    )
}
