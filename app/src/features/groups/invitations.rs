//! Invitations to groups, above the contact list.

use leptos::prelude::*;

use crate::features::contacts::contact_requests::{answer, asked};
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::groups::Invitation;
use crate::ui::icon::room_sign;
use crate::view::bindings::{handler, list_of, switch, text};
use crate::view::erased::{ErasedView, IntoErased};

/// Pending invitations; nothing while there are none.
#[component]
pub fn GroupInvitations() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let invitations = session.groups.invitations;
    view! {
        <section
            class="requests"
            aria-label=said!(i18n, dialogs.invitations)
            hidden=switch(move || invitations.with(Vec::is_empty))
        >
            <ul>{list_of(move || invitations.get(), question)}</ul>
        </section>
    }
    .client_only()
}

fn question(one: Invitation) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Invitation { room, name, by } = one;
    let (yes, no) = (room.clone(), room);
    let (shown, accepted, declined) = (name.clone(), name.clone(), name);
    asked(
        view! { <span class="tile">{room_sign()}</span> }.client_only(),
        view! { <span>{text(move || t_string!(i18n, dialogs.asks_you, by = &by, group = &shown))}</span> }
            .client_only(),
        vec![
            answer(
                "ic-check",
                text(move || t_string!(i18n, dialogs.accept_group, group = &accepted)),
                handler(move |_| session.run_for(&yes, move |state, room| state.answer_invitation(room, true))),
            ),
            answer(
                "ic-close",
                text(move || t_string!(i18n, dialogs.decline_group, group = &declined)),
                handler(move |_| session.run_for(&no, move |state, room| state.answer_invitation(room, false))),
            ),
        ],
        Box::new(|| false),
    )
}
