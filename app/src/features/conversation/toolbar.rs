//! Toolbar under the tabs: actions on the whole conversation that stand nowhere else in it (`ux.md` 1.3, 4.4). On a phone, the header shows
//! those that its menus lack.

use protocol::words::principal::UserKind;

use super::chat_preferences_menu::ChatPreferencesMenu;
use super::peer::Peer;
use crate::browser::device;
use crate::store::chat_preferences::UNTIL_BACK;
use crate::store::conversation::Conversation;
use crate::store::groups::{GroupDialog, is_group};
use crate::store::moderation::ModerationSubject;
use crate::store::relations::PersonRef;
use crate::ui::prelude::*;
use crate::ui::when::is_ahead;

/// Toolbar. It has its height from the start; its content is rendered a moment later.
#[component]
pub fn Toolbar(conversation: Conversation, other: Peer) -> impl IntoView {
    view! { <div class="toolbar">{load_view(move || tools(conversation, other))}</div> }.client_only()
}

lazy_view! {
    talk:
    pub fn tools(conversation: Conversation, other: Peer) {
        let main = match conversation.partner() {
            Some(id) => vec![invite_to_group(id, other.name), mute(conversation)].client_only(),
            None if is_group(&conversation.room_id()) => of_group(conversation),
            None => of_room(conversation),
        };
        view! {
            {main}
            <div class="tool-end"><ChatPreferencesMenu popover=Popover::new("[data-item]") conversation /></div>
        }
        .client_only()
    }
}

fn tool(kind: &'static str, drawing: &'static str, word: TextBinding, press: Box<dyn Fn() + Send>) -> ErasedView {
    view! {
        <button class="tool" type="button" data-kind=kind on:click=handler(move |_| press())>
            {icon(drawing, "20")} <span>{word}</span>
        </button>
    }
    .client_only()
}

/// A direct conversation stays direct: an invited person joins a new group.
fn invite_to_group(id: String, name: Signal<String>) -> ErasedView {
    let session = use_session();
    if session.me.with_untracked(|me| me.kind == UserKind::Guest) {
        return ().erase();
    }
    let press = move || session.new_group_with(Some(PersonRef { id: id.clone(), name: name.get_untracked() }));
    tool("invite", "tb-invite", said!(talk.invite), Box::new(press))
}

fn of_group(conversation: Conversation) -> ErasedView {
    let session = use_session();
    let tools = move || {
        let open = move |dialog: GroupDialog| session.open_group_dialog(&conversation.room_id(), dialog);
        let mut tools = vec![
            tool("people", "tb-people", said!(groups.members), Box::new(move || open(GroupDialog::People))),
            mute(conversation),
        ];
        // The characters of the offline demo are the only people, and its room has them all.
        if !device::is_local() {
            let invite = Box::new(move || open(GroupDialog::Invite));
            tools.insert(0, tool("invite", "tb-invite", said!(talk.invite), invite));
        }
        tools.client_only()
    };
    when(move || conversation.closed.get().is_none(), tools).erase()
}

/// Buttons of a room: for the people in it, a column beside the log if the window is wide enough, otherwise a sheet; for moderators, the
/// dialog about the room (`ux.md` 2.14).
fn of_room(conversation: Conversation) -> ErasedView {
    let session = use_session();
    let press = move || session.open_group_dialog(&conversation.room_id(), GroupDialog::Here);
    let mut tools = vec![tool("people", "tb-people", said!(conversation.people_here), Box::new(press))];
    if session.has_role() && conversation.is_public_room() {
        let press = move || moderate_room(session, conversation);
        tools.push(tool("moderate", "tb-moderate", said!(moderate.room), Box::new(press)));
    }
    tools.push(mute(conversation));
    tools.client_only()
}

fn moderate_room(session: Session, conversation: Conversation) {
    let room = conversation.room_id();
    let row = session.roster.room(&room);
    let name = row.map_or_else(|| room.clone(), |row| row.with_untracked(|row| row.name.clone()));
    session.moderate(ModerationSubject::Room { room, name });
}

/// Mutes the conversation until further notice, or ends its mute. The options beside it have the other lengths. The word and the drawing
/// say which of both the press does, as in the menu of the row.
fn mute(conversation: Conversation) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_muted = is_ahead(move || {
        let preferences = conversation.preferences.get();
        match (preferences.is_muted, preferences.muted_until) {
            (false, _) => 0,
            (true, 0) => UNTIL_BACK,
            (true, until) => until,
        }
    });
    let drawing = text(move || if is_muted.get() { "#ic-bell-off" } else { "#ic-bell" });
    let word = text(move || if is_muted.get() { t_string!(i18n, ways.unmute) } else { t_string!(i18n, ways.mute) });
    view! {
        <button
            class="tool"
            type="button"
            data-kind="mute"
            data-on=flag(move || is_muted.get())
            on:click=handler(move |_| session.run_for(&conversation.room_id(), State::toggle_mute))
        >
            <svg class="ic" data-size="20" aria-hidden="true">
                <use href=drawing />
            </svg>
            <span>{word}</span>
        </button>
    }
    .client_only()
}
