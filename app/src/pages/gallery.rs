//! `/gallery`: the messenger in every state it can be in, without a server behind it, for designers and for tests. The address
//! says everything: `/gallery/conversation?theme=glass&lang=de&text=150&motion=none`.
//!
//! What is shown are the page's own views, posed: the stores are filled by hand, and no engine runs. It is a later view of the
//! page, so nobody who chats loads it (decision 0010).

use leptos::prelude::*;
use protocol::json;

use super::frame::{Frame, own_look};
use super::messenger::Messenger;
use crate::boot::Boot;
use crate::browser::later::{later_view, loaded};
use crate::browser::part::{IntoPart, Part};
use crate::browser::{clock, device};
use crate::i18n::provide_i18n;
use crate::session::Session;
use crate::store::connection::Banner;
use crate::store::conversation::{Conversation, Form, Older, Participant, Row, Typist};
use crate::store::groups::{GroupDialog, GroupInfo, GroupMember};
use crate::store::renewal::Renewal;
use crate::store::roster::Room;
use crate::store::settings::{Motion, Theme};
use crate::store::toasts::{Toast, ToastHandle, ToastKind, ToastTarget};

const PATH: &str = "/gallery";
/// Who is there, and what they have said.
const PEOPLE: &str = include_str!("gallery/people.json");
const TALK: &str = include_str!("gallery/talk.json");
const PARTNER: &str = "user_2";

/// Every pose. `/gallery` lists them.
const POSES: [&str; 18] = [
    "list",
    "conversation",
    "room",
    "group",
    "typing",
    "loading",
    "empty",
    "closed",
    "lost",
    "back",
    "ending",
    "update",
    "toasts",
    "add-contact",
    "new-group",
    "find-rooms",
    "session-ends",
    "session-ended",
];

/// The page on the server: a document without content. Whether there is such a page is decided by `route`.
#[component]
pub fn GalleryPage() -> impl IntoView {
    view! { <Frame look=own_look()>""</Frame> }
}

/// Whether the address is one of the gallery's.
pub fn is_gallery() -> bool {
    device::path().starts_with(PATH)
}

/// The gallery in the browser.
pub fn gallery() -> Part {
    loaded(poses)
}

later_view! {
    gallery:
    pub fn poses() {
        let name = pose_name();
        provide_i18n(super::language());
        let boot = json::read::<Boot>(PEOPLE).filter(|_| POSES.contains(&name.as_str()));
        match boot.and_then(|boot| Some((boot.user.clone()?, boot))) {
            Some((user, boot)) => view! { <Messenger boot user pose=Some(pose as fn(Session)) /> }.late_part(),
            None => index(),
        }
    }
}

/// The name in the address; empty for the index.
fn pose_name() -> String {
    device::path().strip_prefix(PATH).unwrap_or_default().trim_start_matches('/').to_owned()
}

/// The language that the address asks for.
pub(super) fn language() -> Option<String> {
    knob("lang")
}

/// A value of the address's query.
fn knob(name: &str) -> Option<String> {
    let query = device::query();
    let value = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.map(str::to_owned)
}

fn index() -> Part {
    let link = |(name, theme): (&'static str, Theme)| {
        let theme = theme.as_str();
        view! { <li><a href=format!("{PATH}/{name}?theme={theme}")>{format!("{name}, {theme}")}</a></li> }
    };
    let links = POSES.into_iter().flat_map(|name| Theme::ALL.map(|theme| (name, theme))).map(link);
    view! {
        <main class="dialog-body" id="main">
            <h1>{PATH}</h1>
            <ul>{links.collect_view()}</ul>
        </main>
    }
    .late_part()
}

/// Fills the stores of the page as the address wants it.
fn pose(session: Session) {
    untrack(|| {
        session.is_live.set(true);
        turn_knobs(session);
        // Some wait, somebody was being written to.
        for (at, handle) in session.roster.people.get().into_iter().enumerate() {
            handle
                .person
                .update(|person| person.draft = if at == 2 { "and then we".to_owned() } else { String::new() });
        }
        let name = pose_name();
        match name.as_str() {
            "list" => {}
            "room" => show(session, "general", Form::Room),
            "group" => show_group(session),
            _ => show(session, "dm_user_1____user_2", Form::Direct { partner: PARTNER.to_owned() }),
        }
        if let Some(conversation) = session.current.get() {
            pose_conversation(conversation, &name);
        }
        pose_page(session, &name);
    });
}

fn turn_knobs(session: Session) {
    let settings = session.settings;
    if let Some(theme) = knob("theme").and_then(|word| Theme::parse(&word)) {
        settings.theme.set(theme);
        device::set_root_attribute("data-theme", theme.as_str());
    }
    if let Some(motion) = knob("motion").and_then(|word| Motion::parse(&word)) {
        settings.motion.set(motion);
        device::set_root_attribute("data-motion", motion.as_str());
    }
    let language = knob("lang").unwrap_or_else(|| "en".to_owned());
    device::set_root_attribute("lang", &language);
    settings.language.set(language);
    if let Some(percent) = knob("text").and_then(|word| word.parse().ok()) {
        settings.text_percent.set(percent);
        device::set_text_percent(percent);
    }
}

fn show(session: Session, room: &str, form: Form) {
    let conversation = Conversation::new(1, room.to_owned(), form);
    session.open.set(vec![conversation]);
    session.current.set(Some(conversation));
}

fn show_group(session: Session) {
    let (room, name) = ("grp_1".to_owned(), "Cake crew".to_owned());
    session.roster.put_room(Room { id: room.clone(), name: name.clone(), unread: 0, here: None, draft: String::new() });
    let own = session.me.with_untracked(|me| (me.id.clone(), me.display_name.clone()));
    let people = [(own, "admin", false), ((PARTNER.to_owned(), "Jonas".to_owned()), "owner", false)];
    let guest = (("user_9".to_owned(), "Lea".to_owned()), "member", true);
    let member = |((id, name), role, is_invited): ((String, String), &str, bool)| GroupMember {
        id,
        name,
        role: role.to_owned(),
        is_invited,
    };
    let people = people.into_iter().chain([guest]).map(member).collect();
    show(session, &room, Form::Room);
    session.groups.shown.set(Some(GroupInfo { room, name, role: "admin".to_owned(), people }));
}

fn pose_conversation(conversation: Conversation, name: &str) {
    if name == "loading" {
        return;
    }
    conversation.older.set(Older::Start);
    if name == "empty" {
        return;
    }
    let rows = json::read::<Vec<Row>>(TALK).unwrap_or_default();
    conversation.last_message_at.set(rows.iter().filter(|row| !row.is_own).map(|row| row.at).max());
    // Of the own messages the first was read, the second delivered.
    conversation.reach.set((4, 2));
    conversation.put(rows, clock::day_of);
    match name {
        "typing" => conversation.typing.set(vec![Typist { user: PARTNER.to_owned(), name: "Jonas".to_owned() }]),
        "closed" => conversation.closed.set(Some(4403)),
        "room" => conversation.participants.set(vec![Participant {
            user: PARTNER.to_owned(),
            name: "Jonas".to_owned(),
            status: "busy".to_owned(),
            avatar: "av_02".to_owned(),
            is_guest: true,
        }]),
        _ => {}
    }
}

fn pose_page(session: Session, name: &str) {
    match name {
        "lost" => session.banner.set(Banner::Lost),
        "back" => session.banner.set(Banner::Back),
        "ending" => session.ending_in_s.set(Some(42)),
        "update" => session.is_outdated.set(true),
        "toasts" => session.toasts.all.set(toasts()),
        "add-contact" => session.add_contact(None),
        "new-group" => session.groups.dialog.set(GroupDialog::New),
        "find-rooms" => session.groups.dialog.set(GroupDialog::Find),
        "session-ends" => session.renewal.set(Renewal::Ending),
        "session-ended" => session.renewal.set(Renewal::Ended),
        _ => {}
    }
}

fn toasts() -> Vec<ToastHandle> {
    let kinds = [
        ToastKind::Message { content: "Shall I bring the cake?".to_owned() },
        ToastKind::Nudge,
        ToastKind::Wink { wink_id: "robot".to_owned() },
        ToastKind::Online,
        ToastKind::Refused { code: "RATE_LIMITED".to_owned(), retry_after_s: Some(7) },
    ];
    let handle = |(key, kind)| ToastHandle {
        key,
        toast: RwSignal::new(Toast {
            name: "Jonas".to_owned(),
            avatar_id: "av_02".to_owned(),
            kind,
            target: ToastTarget::Person(PARTNER.to_owned()),
            is_leaving: false,
        }),
    };
    (0..).zip(kinds).map(handle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_posed_can_be_read() {
        assert!(json::read::<Boot>(PEOPLE).is_some_and(|boot| boot.user.is_some()));
        assert!(json::read::<Vec<Row>>(TALK).is_some_and(|rows| rows.len() > 10));
    }
}
