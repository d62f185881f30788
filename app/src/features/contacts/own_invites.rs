//! Invite links (`people.md` 5): an open dialog makes a link and shows it with its QR code. The person can withdraw each of their links.

use protocol::words::limits::INVITES_MAX;

use crate::browser::device;
use crate::i18n::isolated;
use crate::store::people::{Invite, Invites};
use crate::ui::prelude::*;

/// Elements that take the focus when they appear, or when the focused element is removed.
const LINK: &str = "invite-link";
const MAKE: &str = "#make-invite, #invite-link";
/// Side of the QR code: at least four pixels for each module, including the quiet zone.
const QR_PX: &str = "232";

/// Renders the links of a group, or those of the person and, for the list, of all of their groups. `place` outlives the view.
pub fn own_invites(place: Invites, room: Option<String>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    if device::is_local() {
        return ().client_only();
    }
    let shown = room.clone();
    session.run(move |state| state.load_invites(place, shown));
    let room = StoredValue::new(room);
    let is_made = Memo::new(move |_| place.link.with(Option::is_some));
    Effect::new(move |before: Option<bool>| {
        let is_made = is_made.get();
        if is_made && before == Some(false) {
            dom::focus_whole(LINK);
        }
        is_made
    });
    on_removal(move || place.items.with(Vec::len), || dom::focus_soon(MAKE));
    let note = move || match (place.is_full.get(), is_made.get()) {
        (true, _) => t_string!(i18n, dialogs.links_full, max = INVITES_MAX),
        (false, true) if place.is_copied.get() => t_string!(i18n, dialogs.link_copied).to_owned(),
        (false, true) => t_string!(i18n, dialogs.link_done).to_owned(),
        (false, false) => t_string!(i18n, dialogs.link_hint).to_owned(),
    };
    let make = move || {
        // Guests join no group by a link.
        let is_to_person = room.with_value(Option::is_none);
        let make = move |_| {
            let (room, takes_guests) = (room.get_value(), place.takes_guests.get_untracked());
            session.run(move |state| state.make_invite(place, room, takes_guests));
        };
        view! {
            {is_to_person.then(|| check(place.takes_guests, said!(dialogs.link_guests)))}
            <button
                id="make-invite"
                class="btn"
                type="button"
                on:click=handler(make)
            >
                {said!(dialogs.make_link)}
            </button>
        }
        .client_only()
    };
    let all = move || {
        view! {
            <b class="label" aria-hidden="true">{said!(dialogs.links)}</b>
            <ul class="devices" aria-label=said!(dialogs.links)>
                {list_of(move || place.items.get(), move |invite| row(place, room, invite))}
            </ul>
        }
        .client_only()
    };
    view! {
        <div class="setting-part">
            <p class="setting-note" aria-live="polite">{text(note)}</p>
            {when(move || !is_made.get(), make)}
            {when(move || is_made.get(), move || made(place))}
            {when(move || place.items.with(|items| !items.is_empty()), all)}
        </div>
    }
    .client_only()
}

/// Renders the new link, whose code the server returns only once.
fn made(place: Invites) -> ErasedView {
    let url = place.link.get_untracked().map(|link| link.url).unwrap_or_default();
    let (to_copy, drawing) = (url.clone(), format!("{url}/qr.svg"));
    place.is_copied.set(false);
    let copy = copy_press(place.is_copied, move || to_copy.clone());
    let share = device::can_share().then(|| share_button(url.clone()));
    view! {
        <div class="setting-row">
            <input dir="ltr" id=LINK class="field grow" type="text" readonly aria-label=said!(dialogs.link) prop:value=url />
            {button(said!(state.copy), copy)}
            {share}
        </div>
        <img src=drawing alt=said!(dialogs.qr) width=QR_PX height=QR_PX />
    }
    .client_only()
}

/// Button that offers the link to other apps of the device.
fn share_button(url: String) -> ErasedView {
    button(said!(dialogs.share), handler(move |_| device::share(&url))).client_only()
}

fn row(place: Invites, room: StoredValue<Option<String>>, invite: Invite) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Invite { uses_left, expires_at, takes_guests, .. } = invite;
    // In a group's own dialog, all links lead to that group.
    let group = invite.room.as_ref().filter(|_| room.with_value(Option::is_none));
    let group = untrack(|| group.and_then(|id| session.roster.room(id)).map(|row| row.with(|row| row.name.clone())));
    let words = move || {
        let language = session.settings.language.get();
        let (date, time) = (clock::date_text(expires_at, &language), clock::time_text(expires_at, &language));
        let until = match uses_left {
            0 => t_string!(i18n, dialogs.link_used).to_owned(),
            count => t_string!(i18n, dialogs.link_until, count = count, date = date, time = time),
        };
        match &group {
            Some(name) => t_string!(i18n, conversation.named, name = isolated(name), words = until),
            None if takes_guests => format!("{until} · {}", t_string!(i18n, dialogs.link_guests)),
            None => until,
        }
    };
    let shown = words.clone();
    let end = move |_| {
        let (room, invite) = (room.get_value(), invite.clone());
        session.run(move |state| state.end_invite(place, room, &invite));
    };
    view! {
        <li class="setting-row">
            <span class="setting-note grow">{text(shown)}</span>
            {row_button(
                Some("small"),
                said!(dialogs.end_link),
                said!(dialogs.end_link_one, link = words()),
                handler(end),
            )}
        </li>
    }
    .client_only()
}
