//! Pane without a conversation: ways to begin one, as the server renders them.

use protocol::words::conversation_address::ConversationAddress;
use protocol::words::principal::UserKind;

use crate::browser::device;
use crate::store::roster::RoomHandle;
use crate::ui::prelude::*;

/// Hint to choose a conversation, and buttons that open one.
#[component]
pub fn NobodyPicked() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_copied = RwSignal::new(false);
    let copied = move || match is_copied.get() {
        true => t_string!(i18n, conversation.link_to_copied, name = name_of_first_room(session)),
        false => String::new(),
    };
    view! {
        <main class="conversation" id="main" tabindex="-1">
            <div class="state-empty">
                {icon("tb-invite", "40")}
                <b>{said!(conversation.nobody_picked)}</b>
                <span>{said!(conversation.nobody_picked_hint)}</span>
                {when(move || first_room(session).is_some(), move || say_hi(session))}
                {when(move || !session.is_of_demo() && !device::is_local(), move || invite_friend(session, is_copied))}
                {talk_to_bot(session)}
                <span role="status">{text(copied)}</span>
                // The words of a log that is loaded: the document decides which of both is shown (`session::tabs`).
                <span data-opening="">{said!(conversation.loading)}</span>
            </div>
        </main>
    }
}

/// Returns the first room of the list. Reactive.
fn first_room(session: Session) -> Option<RoomHandle> {
    session.roster.rooms.with(|rooms| rooms.first().copied())
}

/// Returns the name of the first room of the list. Reactive.
fn name_of_first_room(session: Session) -> String {
    first_room(session).map(|handle| handle.room.with(|room| room.name.clone())).unwrap_or_default()
}

/// Returns the link to the first room of the list, or to the site while there is no room.
fn link_to_first_room(session: Session) -> String {
    let room = untrack(|| first_room(session)).map(|handle| handle.room.with_untracked(|room| room.id.clone()));
    let path = room.map(|room| ConversationAddress { room, seq: None, of: None }.path());
    format!("{}{}", device::origin(), path.unwrap_or_default())
}

fn say_hi(session: Session) -> ErasedView {
    let i18n = use_i18n();
    let words = move || t_string!(i18n, conversation.say_hi, name = name_of_first_room(session));
    let open = move |_| {
        if let Some(handle) = untrack(|| first_room(session)) {
            session.run_for(&handle.room.with_untracked(|room| room.id.clone()), State::open_conversation);
        }
    };
    button_of("default", text(words), handler(open))
}

/// Button for the first bot. Bots arrive after the page, so their button has a place before, and moves no other when it appears.
fn talk_to_bot(session: Session) -> ErasedView {
    let is_missing = move || session.roster.first_bot().is_none();
    let open = move |_| {
        if let Some(bot) = untrack(|| session.roster.first_bot()) {
            session.run_for(&bot, State::open_person);
        }
    };
    view! {
        <button class="btn" type="button" data-awaited=flag(is_missing) on:click=handler(open)>
            {said!(conversation.talk_to_bot)}
        </button>
    }
    .erase()
}

/// Button for an invite link. Guests have none: they pass on the link to the first room, where a friend finds them (`people.md` 5.1).
fn invite_friend(session: Session, is_copied: RwSignal<bool>) -> ErasedView {
    let is_guest = session.me.with_untracked(|me| me.kind == UserKind::Guest);
    let press = match is_guest {
        true if device::can_share() => handler(move |_| device::share(&link_to_first_room(session))),
        true => copy_press(is_copied, move || link_to_first_room(session)),
        false => handler(move |_| session.add_contact_at("#make-invite")),
    };
    button(said!(conversation.invite_friend), press)
}
