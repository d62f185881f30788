//! The stories: contents of the stores, and elements to press. A new state of the page is a line here, and axe checks it from then on.

use leptos::task::spawn_local;
use protocol::client::{PinnedRow, SystemContent};
use protocol::codec::json;
use protocol::content::own_emoticons::EmoticonEntry;
use protocol::people::contacts::Relation;
use protocol::people::moderation::DeploymentRole;
use protocol::words::event::Millis;
use protocol::words::limits::CONTENT_UNITS_MAX;
use protocol::words::principal::UserKind;
use protocol::words::status::Status;
use protocol::words::time::HOUR_MS;

use super::group_programs;
use crate::browser::{CallError, PickedFile, WinkPlayback, timer};
use crate::prelude::*;
use crate::store::account::OwnAccount;
use crate::store::arrangement::ListDialog;
use crate::store::connection::Banner;
use crate::store::conversation::{
    ComposerMode, Conversation, ConversationKind, MessageDialog, OlderRows, Participant, Row, RowKind, Typist,
};
use crate::store::events::{EventKind, EventRecord};
use crate::store::find::Find;
use crate::store::groups::{GroupDialog, GroupInfo, GroupMember, Invitation, PublicRoom};
use crate::store::home::{Panel, SettingsSection};
use crate::store::moderation::{HoldReason, ModerationSubject};
use crate::store::relations::{Contact, PersonRef};
use crate::store::renewal::Renewal;
use crate::store::reports::Outcome;
use crate::store::roster::{LastMessage, RosterPerson, RosterRoom, SLEEPING, UNAVAILABLE, is_bot};
use crate::store::search::{SearchHit, SearchState};
use crate::store::toasts::{Toast, ToastHandle, ToastKind, ToastTarget};
use crate::store::tray::{Fault, LinkPreview, Sending, Tray, TrayFile, tray_of};

const TALK: &str = include_str!("talk.json");
/// Events of a group, some of which concern the person.
const CREW: &str = include_str!("crew.json");
/// Messages with files and links; their pictures are files of this site.
const ATTACHED: &str = include_str!("attached.json");
/// Messages of a conversation with a bot.
const BOTS: &str = include_str!("bots.json");
/// Time of the last messages in the list.
const SAID_AT: Millis = 1_795_183_200_000;
/// Start of the next day of bots.
const DAY_BEGINS: Millis = 1_795_219_200_000;

/// Partner of the open conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Partner {
    Nobody,
    /// Busy person.
    Jonas,
    /// Online person, so that no bar is shown.
    Aylin,
    /// Offline person.
    Nora,
    Nova,
    Room,
    Group,
}

/// State of the page.
pub struct Story {
    /// Name in the address.
    pub name: &'static str,
    /// Subject of the story.
    pub about: &'static str,
    with: Partner,
    fill: fn(Session),
    /// Selectors of elements to focus, one after the other; all but messages are pressed as well.
    press: &'static [&'static str],
}

const fn story(name: &'static str, about: &'static str, with: Partner, fill: fn(Session)) -> Story {
    Story { name, about, with, fill, press: &[] }
}

const fn pressed(name: &'static str, about: &'static str, with: Partner, press: &'static [&'static str]) -> Story {
    Story { name, about, with, fill: nothing, press }
}

const fn filled(
    name: &'static str,
    about: &'static str,
    with: Partner,
    fill: fn(Session),
    press: &'static [&'static str],
) -> Story {
    Story { name, about, with, fill, press }
}

/// A message of the story.
const ANSWERED: &str = "0193459a-0000-7000-8000-000000000005";

/// Elements that open the form for another password.
const ACCOUNT: &[&str] = &[".identity-tools .icon-btn", "#to-account-password"];

/// Elements that open the form of the deletion.
const LEAVING: &[&str] = &[".identity-tools .icon-btn", "#to-farewell"];

fn about(session: Session, dialog: MessageDialog) {
    session.list_dialog.set(ListDialog::Message(dialog));
}

/// All stories, grouped by subject.
pub const STORIES: &[Story] = &[
    story("list", "contacts", Partner::Nobody, nothing),
    story("arranged", "contacts", Partner::Nobody, arrange),
    story("requests", "contacts", Partner::Nobody, ask),
    story("unconfirmed", "contacts", Partner::Nobody, |session| know_account(session, false)),
    story("first-steps", "contacts", Partner::Nobody, begin),
    story("no-contacts", "contacts", Partner::Nobody, |session| {
        begin(session);
        put_bots(session);
        session.arrangement.update(|arrangement| arrangement.has_closed_steps = true);
    }),
    story("search", "contacts", Partner::Nobody, |session| session.search.type_text("lea", false)),
    story("found", "contacts", Partner::Nobody, |session| search(session, "cake", SearchState::More, 3)),
    story("searching", "contacts", Partner::Nobody, |session| search(session, "zebra", SearchState::Asked, 0)),
    story("found-all", "contacts", Partner::Nobody, |session| {
        session.search.type_text("from:Jonas before:2026-12-01 has:link cake", false);
        search(session, "cake", SearchState::Done, 3);
    }),
    story("not-found", "contacts", Partner::Nobody, |session| search(session, "zebra", SearchState::Done, 0)),
    story("search-off", "contacts", Partner::Nobody, |session| search(session, "zebra", SearchState::Off, 0)),
    story("unseen", "contacts", Partner::Nobody, |session| session.home.has_unseen_events.set(true)),
    pressed("status-menu", "contacts", Partner::Nobody, &["#do-status"]),
    story("card", "contacts", Partner::Nobody, |session| session.home.asked_card.set(Some(jonas().id))),
    story("row-menu", "contacts", Partner::Nobody, |session| ask_menu(session, jonas().id)),
    story("room-menu", "contacts", Partner::Nobody, |session| ask_menu(session, "general".to_owned())),
    story("events", "contacts", Partner::Nobody, |session| session.home.panel.set(Panel::Events)),
    story("happened", "contacts", Partner::Nobody, happen),
    story("chats", "contacts", Partner::Jonas, |session| {
        open_more(session);
        session.home.panel.set(Panel::Chats);
    }),
    story("more", "contacts", Partner::Nobody, |session| session.home.panel.set(Panel::More)),
    story("conversation", "messages", Partner::Jonas, nothing),
    story("online", "messages", Partner::Aylin, |session| session.relations.contacts.set(vec![aylin()])),
    story("offline", "messages", Partner::Nora, nothing),
    story("blocked", "messages", Partner::Jonas, block),
    story("room", "messages", Partner::Room, |session| talk(session, &|talk| talk.participants.set(here()))),
    story("held", "messages", Partner::Room, |session| {
        talk(session, &|talk| talk.hold.set(Some(HoldReason::Muted(clock::now_ms() + HOUR_MS))));
    }),
    story("group", "messages", Partner::Group, nothing),
    story("crew", "messages", Partner::Group, |session| put_rows(session, CREW)),
    story("bot", "messages", Partner::Nova, |session| bots(session, "")),
    story("bot-asleep", "messages", Partner::Nova, |session| bots(session, SLEEPING)),
    story("bot-unavailable", "messages", Partner::Nova, |session| bots(session, UNAVAILABLE)),
    pressed("person-menu", "messages", Partner::Jonas, &[".to .icon-btn[aria-haspopup=menu]"]),
    story("typing", "messages", Partner::Jonas, type_along),
    story("loading", "messages", Partner::Jonas, nothing),
    story("empty", "messages", Partner::Jonas, nothing),
    story("closed", "messages", Partner::Group, |session| talk(session, &|talk| talk.closed.set(Some(4403)))),
    story("gone", "messages", Partner::Group, |session| talk(session, &|talk| talk.closed.set(Some(4404)))),
    story("unread", "messages", Partner::Jonas, unread),
    story("bubbles", "messages", Partner::Jonas, |session| {
        session.settings.message_settings.update(|settings| settings.has_bubbles = Some(true));
    }),
    story("hue", "messages", Partner::Aylin, dress),
    story("files", "messages", Partner::Aylin, |session| put_rows(session, ATTACHED)),
    story("picture-lost", "messages", Partner::Aylin, |session| {
        // A file that is there and no picture: the browser complains about nothing.
        put_rows(session, &ATTACHED.replace("tiles.svg#dt_snail", "sounds.json"))
    }),
    story("covered", "messages", Partner::Group, |session| put_rows(session, ATTACHED)),
    filled("picture", "messages", Partner::Aylin, |session| put_rows(session, ATTACHED), &[".picture-open"]),
    pressed("actions", "messages", Partner::Jonas, &[".msg[data-from=peer]"]),
    story("message-sheet", "messages", Partner::Jonas, |session| {
        about(session, MessageDialog::Actions(ANSWERED.to_owned()))
    }),
    story("pinned", "messages", Partner::Jonas, pin),
    story("tabs", "messages", Partner::Jonas, open_more),
    story("writing", "composer", Partner::Aylin, |session| write(session, "Half a sentence that")),
    story("over-limit", "composer", Partner::Aylin, |session| {
        write(session, &"too long ".repeat(CONTENT_UNITS_MAX / 8))
    }),
    story("reply", "composer", Partner::Jonas, |session| turn_to(session, ANSWERED, ComposerMode::Reply)),
    story("edit", "composer", Partner::Jonas, |session| {
        turn_to(session, "0193459a-0000-7000-8000-000000000017", ComposerMode::Edit)
    }),
    story("tray", "composer", Partner::Aylin, attach),
    story("tray-sending", "composer", Partner::Aylin, send_tray),
    story("tray-link", "composer", Partner::Aylin, attach_link),
    story("tray-faults", "composer", Partner::Aylin, refuse_files),
    story("cooling", "composer", Partner::Aylin, cool),
    pressed("emoticons", "composer", Partner::Aylin, &[".fmt:has(.em)"]),
    filled(
        "emoticons-own",
        "composer",
        Partner::Aylin,
        own_emoticons,
        &[".fmt:has(.em)", ".picker-tabs > [role=tab]:last-child"],
    ),
    filled("winks-cooling", "composer", Partner::Aylin, cool, &[".fmt[aria-haspopup=menu]"]),
    filled("muted", "composer", Partner::Aylin, dress, &[".tool-end .anchor > button"]),
    pressed("winks", "composer", Partner::Aylin, &[".fmt[aria-haspopup=menu]"]),
    pressed("font", "composer", Partner::Aylin, &[".format > .anchor:first-child .fmt"]),
    filled("bot-commands", "composer", Partner::Group, group_programs::bot_commands, &[".editor"]),
    pressed("options", "composer", Partner::Aylin, &[".tool-end .anchor > button"]),
    story("nudge", "play", Partner::Jonas, |session| talk(session, &|talk| talk.is_nudged.set(true))),
    story("wink", "play", Partner::Jonas, play),
    story("connecting", "connection", Partner::Jonas, |session| session.banner.set(Banner::Connecting)),
    story("lost", "connection", Partner::Jonas, |session| session.banner.set(Banner::Lost)),
    story("back", "connection", Partner::Jonas, |session| session.banner.set(Banner::Back)),
    story("ending", "connection", Partner::Jonas, |session| session.ending_in_s.set(Some(42))),
    story("update", "connection", Partner::Jonas, |session| session.is_outdated.set(true)),
    story("sound-waits", "connection", Partner::Jonas, |session| session.settings.sounds_wait.set(true)),
    // The page shows at most three toasts.
    story("toasts", "toasts", Partner::Jonas, |session| session.toasts.all.set(toasts().split_off(2))),
    story("toasts-more", "toasts", Partner::Jonas, |session| {
        session.toasts.all.update(|all| all.extend(toasts().into_iter().take(2)))
    }),
    // On a phone, the settings open beside the list.
    pressed("settings", "dialogs", Partner::Nobody, &[".identity-tools .icon-btn"]),
    filled("account", "dialogs", Partner::Nobody, |session| know_account(session, true), ACCOUNT),
    filled("leaving", "dialogs", Partner::Nobody, show_own_data, LEAVING),
    filled(
        "leaving-refused",
        "dialogs",
        Partner::Nobody,
        |session| {
            show_own_data(session);
            session.home.story_value.set("BAD_CREDENTIALS");
        },
        LEAVING,
    ),
    story("profile", "dialogs", Partner::Jonas, |session| session.list_dialog.set(ListDialog::Profile)),
    story("handle", "dialogs", Partner::Jonas, |session| {
        has_account(session);
        session.list_dialog.set(ListDialog::Profile);
    }),
    filled("own-picture", "dialogs", Partner::Jonas, cut, &[".own-cut input"]),
    story("list-options", "dialogs", Partner::Jonas, |session| session.list_dialog.set(ListDialog::Options)),
    story("person", "dialogs", Partner::Jonas, |session| session.list_dialog.set(ListDialog::Person(jonas()))),
    story("until", "dialogs", Partner::Jonas, |session| {
        for message in ["out on the water", "back on the train :)", "no plan, good shoes, and a very long way to go"] {
            session.arrangement.update(|arrangement| arrangement.said(message));
        }
        session.list_dialog.set(ListDialog::Until);
    }),
    story("keys", "dialogs", Partner::Jonas, |session| session.list_dialog.set(ListDialog::Keys)),
    story("reactions", "dialogs", Partner::Jonas, |session| about(session, MessageDialog::React(ANSWERED.to_owned()))),
    story("earlier", "dialogs", Partner::Jonas, |session| about(session, MessageDialog::Earlier(ANSWERED.to_owned()))),
    story("forward", "dialogs", Partner::Jonas, |session| about(session, MessageDialog::Forward("Cake!".to_owned()))),
    story("quick-texts", "dialogs", Partner::Jonas, |session| {
        session.arrangement.update(|all| {
            all.add_quick_text("one".to_owned(), "On my way");
            all.add_quick_text("two".to_owned(), "Thank you, see you tomorrow");
        });
        session.list_dialog.set(ListDialog::QuickTexts);
    }),
    story("locked", "dialogs", Partner::Jonas, |session| {
        has_account(session);
        session.home.is_locked.set(true);
    }),
    story("kept", "dialogs", Partner::Jonas, |session| about(session, MessageDialog::KeptMessages)),
    story("own-emoticons", "dialogs", Partner::Jonas, |session| {
        own_emoticons(session);
        session.list_dialog.set(ListDialog::Emoticons);
    }),
    story("add-contact", "dialogs", Partner::Jonas, |session| session.add_contact(None)),
    story("new-group", "dialogs", Partner::Jonas, |session| session.groups.dialog.set(GroupDialog::New)),
    story("find-rooms", "dialogs", Partner::Jonas, find_rooms),
    story("no-rooms", "dialogs", Partner::Jonas, |session| {
        session.groups.found.set(Some(Vec::new()));
        session.groups.dialog.set(GroupDialog::Find);
    }),
    story("here", "dialogs", Partner::Room, |session| {
        talk(session, &|talk| talk.participants.set(here()));
        session.groups.dialog.set(GroupDialog::Here);
    }),
    story("members", "dialogs", Partner::Group, |session| session.groups.dialog.set(GroupDialog::People)),
    story("integrations", "dialogs", Partner::Group, group_programs::integrations),
    story("own-bots", "dialogs", Partner::Group, group_programs::own_bots),
    story("invite", "dialogs", Partner::Group, |session| session.groups.dialog.set(GroupDialog::Invite)),
    story("leave-group", "dialogs", Partner::Group, |session| session.groups.dialog.set(GroupDialog::Leave)),
    story("report", "dialogs", Partner::Jonas, |session| report(session, Outcome::Nothing)),
    filled(
        "report-no-reason",
        "dialogs",
        Partner::Jonas,
        |session| report(session, Outcome::Nothing),
        &[".dialog-foot > [type=submit]"],
    ),
    story("report-refused", "dialogs", Partner::Jonas, |session| report(session, Outcome::Later)),
    story("reported", "dialogs", Partner::Jonas, |session| report(session, Outcome::Done)),
    story("moderate", "dialogs", Partner::Room, |session| {
        keep_order(session);
        about(session, MessageDialog::Moderate(ANSWERED.to_owned()));
    }),
    story("moderate-person", "dialogs", Partner::Room, |session| {
        keep_order(session);
        let guest = PersonRef { id: "g_1".to_owned(), name: "Lea".to_owned() };
        session.moderate(ModerationSubject::Person(guest));
    }),
    story("moderate-room", "dialogs", Partner::Room, |session| {
        keep_order(session);
        session.moderate(ModerationSubject::Room { room: "general".to_owned(), name: "General".to_owned() });
    }),
    story("session-ends", "dialogs", Partner::Jonas, |session| session.renewal.set(Renewal::Ending)),
    story("session-ended", "dialogs", Partner::Jonas, |session| session.renewal.set(Renewal::Ended)),
    story("session-refused", "dialogs", Partner::Jonas, |session| {
        has_account(session);
        session.renewal_error.set(Some(CallError::of("BAD_CREDENTIALS")));
        session.renewal.set(Renewal::Ended);
    }),
];

/// Gives the person an account, for states that guests do not have.
fn has_account(session: Session) {
    session.me.update(|me| me.kind = UserKind::User);
}

/// Gives the person an account that keeps order in public rooms.
fn keep_order(session: Session) {
    has_account(session);
    session.me.update(|me| me.role = Some(DeploymentRole::Moderator));
}

/// Gives the person an account whose settings open at the own data.
fn show_own_data(session: Session) {
    has_account(session);
    session.home.settings_section.set(Some(SettingsSection::Data));
}

/// Gives the person an account whose address is confirmed or not.
fn know_account(session: Session, is_verified: bool) {
    has_account(session);
    let email = "mia@example.org".to_owned();
    let own = OwnAccount { email, is_verified, has_mail: true, recovery_codes: 8, ..OwnAccount::default() };
    session.account.own.set(Some(own));
}

/// Gives the person a new account, which has no contacts yet.
fn begin(session: Session) {
    has_account(session);
    session.relations.is_alone.set(true);
}

/// Own emoticons of an account; their pictures are files of this site.
fn own_emoticons(session: Session) {
    has_account(session);
    session.emoticons.are_asked.set_value(true);
    let one = |(id, code, alt, tile): (&str, &str, &str, &str)| EmoticonEntry {
        id: id.to_owned(),
        code: code.to_owned(),
        file: format!("../../assets/tiles.svg#{tile}"),
        alt: alt.to_owned(),
        may_keep: id == "1",
        added_at: 0,
    };
    let all =
        [("1", "(snail)", "A snail on its way", "dt_snail"), ("2", "<o.o>", "Somebody who looks surprised", "dt_kite")];
    session.emoticons.items.set(all.map(one).into());
}

pub fn find(name: &str) -> Option<&'static Story> {
    STORIES.iter().find(|story| story.name == name)
}

impl Story {
    /// Fills the stores.
    pub fn fill_stores(&'static self, session: Session) {
        show_last_messages(session);
        match self.with {
            Partner::Nobody => {}
            Partner::Jonas => show(session, 1, "dm_user_1____user_2", partner("user_2")),
            Partner::Aylin => show(session, 1, "dm_user_1____user_3", partner("user_3")),
            Partner::Nora => show(session, 1, "dm_user_1____user_8", partner("user_8")),
            Partner::Nova => {
                put_bots(session);
                show(session, 1, "dm_bot_nova____user_1", partner("bot_nova"));
            }
            Partner::Room => show(session, 1, "general", ConversationKind::Room),
            Partner::Group => show_group(session),
        }
        if let Some(conversation) = session.current.get()
            && self.name != "loading"
        {
            fill_log(conversation, self.name != "empty" && self.with != Partner::Nova);
        }
        (self.fill)(session);
        press(self.press);
    }
}

/// Presses the elements in order, each once it is there. Messages are only focused, which shows their actions.
fn press(all: &'static [&'static str]) {
    spawn_local(async move {
        for selector in all {
            // A busy machine may take long.
            while !dom::focus(selector) {
                pause().await;
            }
            // A view that opens with the element may take the focus after its first paint, as the composer does.
            pause().await;
            dom::focus(selector);
            if !selector.starts_with(".msg") {
                dom::press(selector);
            }
        }
    });
}

fn nothing(_session: Session) {}

/// Shows drafts and last messages in the list: most people have neither.
fn show_last_messages(session: Session) {
    let said = |name: &str, words: &str| {
        let (is_own, name, words) = (name == "Mia", name.to_owned(), words.to_owned());
        LastMessage { at: SAID_AT, is_own, name, words, wink: String::new() }
    };
    for (at, handle) in session.roster.people.get().into_iter().enumerate() {
        handle.activity.update(|activity| match at {
            0 => activity.last = said("Jonas", "Shall I bring the cake?"),
            2 => activity.draft = "and then we".to_owned(),
            3 => activity.last = said("Mia", "See you there :)"),
            7 => activity.last = said("Jonas", "and words that are just as long as the name, or even longer than it"),
            _ => {}
        });
    }
    if let Some(handle) = session.roster.rooms.get().first() {
        handle.activity.update(|activity| activity.last = said("Aylin", "Who has the key?"));
    }
}

// ---- Conversations

fn partner(user: &str) -> ConversationKind {
    ConversationKind::Direct { partner: user.to_owned() }
}

fn show(session: Session, key: u32, room: &str, form: ConversationKind) {
    let conversation = Conversation::new(key, room.to_owned(), form);
    session.open.update(|open| open.push(conversation));
    session.current.set(Some(conversation));
}

fn ask_menu(session: Session, id: String) {
    session.home.asked_menu.set(Some((id, (120, 160))));
}

fn show_group(session: Session) {
    let (room, name) = ("grp_1".to_owned(), "Cake crew".to_owned());
    session.roster.put_room(RosterRoom::new(room.clone(), name.clone()));
    let own = session.me.with_untracked(|me| (me.id.clone(), me.display_name.clone()));
    let people = [(own, "admin", false), ((jonas().id, jonas().name), "owner", false)];
    let guest = (("user_9".to_owned(), "Lea".to_owned()), "member", true);
    let member = |((id, name), role, is_invited): ((String, String), &str, bool)| GroupMember {
        id,
        name,
        role: role.to_owned(),
        is_invited,
    };
    let people = people.into_iter().chain([guest]).map(member).collect();
    if let Some(row) = session.roster.room(&room) {
        row.update(|row| row.who = jonas().name);
    }
    show(session, 1, &room, ConversationKind::Room);
    group_programs::embed(session);
    session.groups.shown.set(Some(GroupInfo { room, name, is_public: true, role: "admin".to_owned(), people }));
}

/// Changes the open conversation.
fn talk(session: Session, change: &dyn Fn(Conversation)) {
    session.current.get().into_iter().for_each(change);
}

fn fill_log(conversation: Conversation, has_rows: bool) {
    conversation.older.set(OlderRows::Start);
    if !has_rows {
        return;
    }
    let rows = json::read::<Vec<Row>>(TALK).unwrap_or_default();
    conversation.last_message_at.set(rows.iter().filter(|row| !row.is_own).map(|row| row.at).max());
    // Of the own messages the first is read, the second delivered.
    conversation.reach.set((3, 2));
    conversation.put(rows, clock::day_of);
}

/// Adds rows to the open conversation.
fn put_rows(session: Session, rows: &str) {
    talk(session, &|talk| talk.put(json::read::<Vec<Row>>(rows).unwrap_or_default(), clock::day_of));
}

fn pin(session: Session) {
    let pinned = PinnedRow { message: ANSWERED.to_owned(), by: "user_2".to_owned(), at: 0, row: None };
    talk(session, &|talk| talk.pinned.set(Some(pinned.clone())));
}

fn jonas() -> PersonRef {
    PersonRef { id: "user_2".to_owned(), name: "Jonas".to_owned() }
}

fn here() -> Vec<Participant> {
    let somebody = |(at, name, status, is_guest): (u32, &str, &str, bool)| Participant {
        user: format!("user_{at}"),
        name: name.to_owned(),
        status: status.to_owned(),
        avatar: format!("av_0{}", at - 1),
        is_guest,
    };
    [(2, "Jonas", "busy", false), (3, "Aylin", "online", false), (4, "Theo", "away", true)].map(somebody).into()
}

fn attach(session: Session) {
    let Some(conversation) = session.current.get() else { return };
    let tray = tray_of(&conversation.room_id());
    let file = |(key, name, size, alt): (u64, &str, Option<(u32, u32)>, &str)| TrayFile {
        chosen: PickedFile { key, name: name.to_owned(), media: String::new(), size: 34_567 },
        address: "/assets/tiles.svg#dt_snail".to_owned(),
        size,
        alt: alt.to_owned(),
        stage: Sending::Waits,
    };
    let files = [(1, "snail.png", Some((320, 320)), "A snail"), (2, "Seeds to buy this spring.pdf", None, "")];
    tray.files.set(files.map(file).into());
    tray.faults.set(vec![Fault::TooBig("film.mp4".to_owned())]);
}

fn tray_in_view(session: Session) -> Option<Tray> {
    attach(session);
    let tray = tray_of(&session.current.get()?.room_id());
    tray.faults.set(Vec::new());
    Some(tray)
}

fn send_tray(session: Session) {
    let Some(tray) = tray_in_view(session) else { return };
    tray.files.update(|files| {
        for (file, percent) in files.iter_mut().zip([100, 40]) {
            file.stage = Sending::Goes(percent);
        }
    });
    tray.is_sending.set(true);
}

fn attach_link(session: Session) {
    write(session, "https://garden.example/snails");
    let Some(tray) = tray_in_view(session) else { return };
    tray.files.set(Vec::new());
    let said = LinkPreview {
        url: "https://garden.example/snails".to_owned(),
        title: "Snails and how to live with them".to_owned(),
        description: "Nobody wins, but everybody eats.".to_owned(),
        image: None,
    };
    tray.known_links.update(|known| known.push(said.url.clone()));
    tray.link.set(Some(said));
}

fn refuse_files(session: Session) {
    let Some(tray) = tray_in_view(session) else { return };
    let name = |name: &str| name.to_owned();
    let refused = |code: &str, minutes| Fault::Refused { name: name("snail.png"), code: name(code), minutes };
    tray.faults.set(vec![
        Fault::TooBig(name("film.mp4")),
        Fault::Empty(name("nothing.txt")),
        Fault::NoPicture(name("broken.png")),
        Fault::TooMany(name("eleventh.png")),
        refused("QUOTA_EXCEEDED", None),
        refused("RATE_LIMITED", Some(12)),
    ]);
}

fn put_bots(session: Session) {
    session.home.bots_wake_at.set(DAY_BEGINS);
    for (id, name, avatar, message) in [
        ("bot_nova", "Nova", "dt_lighthouse", "counting stars, listening anyway"),
        ("bot_vento", "Vento", "dt_kite", "somewhere between two harbours"),
    ] {
        session.roster.put_person(RosterPerson {
            id: id.to_owned(),
            display_name: name.to_owned(),
            status: Some(Status::Online),
            personal_message: message.to_owned(),
            avatar_id: avatar.to_owned(),
            ..RosterPerson::default()
        });
    }
}

/// Adds answers of bots; `rest` is their present state.
fn bots(session: Session, rest: &'static str) {
    put_rows(session, BOTS);
    let bots = session.roster.people.get().into_iter().map(|handle| handle.person);
    bots.filter(|person| person.with_untracked(|person| is_bot(&person.id)))
        .for_each(|person| person.update(|person| person.rest = rest));
    let code = match rest {
        SLEEPING => "bot_sleeping",
        UNAVAILABLE => "bot_unavailable",
        _ => return,
    };
    talk(session, &|talk| {
        let mut rows = json::read::<Vec<Row>>(BOTS).unwrap_or_default();
        let Some(mut line) = rows.pop() else { return };
        line.id = "0193459a-0000-5000-8000-000000000105".to_owned();
        (line.seq, line.at, line.maker) = (line.seq.map(|seq| seq + 1), line.at + 20_000, None);
        line.kind = RowKind::System(SystemContent { code: code.to_owned(), ..SystemContent::default() });
        talk.put(vec![line], clock::day_of);
    });
}

fn block(session: Session) {
    session.relations.blocked.set(vec![jonas()]);
}

fn type_along(session: Session) {
    let PersonRef { id, name } = jonas();
    talk(session, &|talk| talk.typing.set(vec![Typist { user: id.clone(), name: name.clone() }]));
}

fn unread(session: Session) {
    talk(session, &|talk| {
        talk.new_after.set(Some(12));
        talk.new_count.set(4);
        talk.unread.set(4);
        talk.set_places(clock::day_of);
    });
}

fn dress(session: Session) {
    talk(session, &|talk| {
        talk.preferences
            .update(|preferences| (preferences.hue, preferences.backdrop, preferences.is_muted) = (6, 3, true))
    });
}

fn open_more(session: Session) {
    let first = session.current.get();
    show(session, 2, "dm_user_1____user_3", partner("user_3"));
    show(session, 3, "general", ConversationKind::Room);
    session.open.get().into_iter().skip(1).for_each(|one| fill_log(one, true));
    session.open.get().into_iter().last().into_iter().for_each(|one| one.unread.set(3));
    session.current.set(first);
}

fn write(session: Session, words: &str) {
    talk(session, &|talk| talk.draft.update(|draft| draft.content = words.to_owned()));
}

fn turn_to(session: Session, id: &str, writing: fn(String) -> ComposerMode) {
    talk(session, &|talk| talk.writing.set(writing(id.to_owned())));
}

fn cool(session: Session) {
    talk(session, &|talk| {
        talk.nudge_wait_s.set(6);
        talk.wink_wait_s.set(12);
    });
}

fn play(session: Session) {
    talk(session, &|talk| {
        talk.wink_playback.set(Some(WinkPlayback {
            row_id: "0193459a-0000-7000-8000-000000000011".to_owned(),
            wink_id: "robot".to_owned(),
            sender_name: jonas().name,
            recipient_name: "Mia".to_owned(),
            start_at: clock::now_ms(),
        }));
    });
}

// ---- Contacts

fn arrange(session: Session) {
    session.arrangement.update(|arrangement| {
        arrangement.favour("user_2");
        arrangement.put_into("user_3", "Work", true);
        arrangement.put_into("user_4", "Work", true);
        arrangement.put_into("user_4", "Choir", true);
        arrangement.call("user_5", "My sister");
    });
}

/// All kinds of events, oldest first: kind, name, user and room.
const HAPPENED: [(EventKind, &str, &str, &str); 11] = [
    (EventKind::Refused, "RATE_LIMITED", "", ""),
    (EventKind::Invitation, "Sunday hikers", "", "grp_2"),
    (EventKind::Added, "Cake crew", "", "grp_3"),
    (EventKind::Accepted, "Theo", "user_4", ""),
    (EventKind::CameByLink, "Lea", "g_1", ""),
    (EventKind::Request, "Farah", "user_20", ""),
    (EventKind::Offline, "Walter", "user_7", ""),
    (EventKind::Wink, "Aylin", "user_3", ""),
    (EventKind::Nudge, "Jonas", "user_2", ""),
    (EventKind::Message, "Jonas", "", "general"),
    (EventKind::Online, "Jonas", "user_2", ""),
];

/// Adds one event for each hour, the latest within this minute.
fn happen(session: Session) {
    let now = clock::now_ms();
    let noted = |(at, (what, name, user, room)): (usize, (EventKind, &str, &str, &str))| EventRecord {
        at: now - (HAPPENED.len() - 1 - at) as Millis * HOUR_MS,
        what,
        name: name.to_owned(),
        user: user.to_owned(),
        room: room.to_owned(),
        whom: String::new(),
    };
    session.home.events.set(HAPPENED.into_iter().enumerate().map(noted).collect());
    session.home.panel.set(Panel::Events);
}

/// Starts the crop of a picture.
fn cut(session: Session) {
    session.home.story_value.set("/assets/icon-maskable.svg");
    session.list_dialog.set(ListDialog::Profile);
}

fn contact(id: &str, name: &str, relation: Relation, note: &str) -> Contact {
    Contact { id: id.to_owned(), name: name.to_owned(), relation, note: note.to_owned(), added_at: 1_715_000_000_000 }
}

fn aylin() -> Contact {
    contact("user_3", "Aylin", Relation::Contact, "")
}

fn ask(session: Session) {
    session.relations.contacts.set(vec![
        contact("user_20", "Farah", Relation::Request, "We met at the fair, remember?"),
        contact("user_21", "Emre", Relation::Request, ""),
        contact("user_7", "Walter", Relation::Requested, ""),
        aylin(),
    ]);
    let invitation = Invitation { room: "grp_2".to_owned(), name: "Sunday hikers".to_owned(), by: "Theo".to_owned() };
    session.groups.invitations.set(vec![invitation]);
}

fn report(session: Session, outcome: Outcome) {
    session.relations.asked.set(Some(jonas()));
    session.list_dialog.set(ListDialog::Report(outcome));
}

/// Searches messages for `words`, of which as many are found.
fn search(session: Session, words: &str, stage: SearchState, count: u64) {
    let found = |seq: u64| SearchHit {
        room: "general".to_owned(),
        id: format!("found-{seq}"),
        seq,
        name: "Jonas".to_owned(),
        room_name: "General".to_owned(),
        at: SAID_AT,
        line: vec![
            ("Bring the ".to_owned(), false),
            ("cake".to_owned(), true),
            (". The shoe is optional.".to_owned(), false),
        ],
    };
    session.search.type_text(words, false);
    let hits = (0..count).map(found).collect();
    session.search.messages.set(Some(Find { stage, hits, rooms: 4, ..Find::default() }));
}

fn find_rooms(session: Session) {
    let room = |(at, name): (u64, &str)| PublicRoom { room: format!("grp_{at}"), name: name.to_owned(), members: at };
    session.groups.found.set(Some([(1, "Attic"), (17, "Choir"), (64, "Sunday hikers")].map(room).into()));
    session.groups.dialog.set(GroupDialog::Find);
}

fn toasts() -> Vec<ToastHandle> {
    let kinds = [
        ToastKind::Wink { wink_id: "robot".to_owned() },
        ToastKind::Online,
        ToastKind::Message { content: "Shall I bring the cake?".to_owned() },
        ToastKind::Nudge,
        ToastKind::Refused { code: "RATE_LIMITED".to_owned(), retry_after_s: Some(7) },
    ];
    let handle = |(key, kind)| ToastHandle {
        key,
        toast: RwSignal::new(Toast {
            name: "Jonas".to_owned(),
            avatar_id: "av_01".to_owned(),
            kind,
            target: ToastTarget::Person("user_2".to_owned()),
            is_leaving: false,
        }),
    };
    (0..).zip(kinds).map(handle).collect()
}

/// Waits for the next paint and its effects. Lazy parts may not be loaded yet.
pub async fn pause() {
    timer::wait(50).await;
    timer::paint().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conversation::RowState;

    #[test]
    fn what_is_said_can_be_read_and_has_every_state() {
        let rows = json::read::<Vec<Row>>(TALK).unwrap_or_default();
        assert!(rows.len() > 10);
        assert_eq!(json::read::<Vec<Row>>(ATTACHED).map(|rows| rows.len()), Some(3));
        let crew = json::read::<Vec<Row>>(CREW).unwrap_or_default();
        assert!(crew.iter().any(|row| row.kind.is_blocked()) && crew.len() > 10);
        let has = |is: &dyn Fn(&Row) -> bool| rows.iter().any(is);
        assert!(has(&|row| row.state == RowState::Queued));
        assert!(has(&|row| matches!(row.state, RowState::Failed { .. })));
        assert!(
            has(&|row| row.is_deleted) && has(&|row| row.edited_at.is_some()) && has(&|row| !row.reactions.is_empty())
        );
    }

    #[test]
    fn everything_that_can_happen_has_happened() {
        let has = |what: &EventKind| HAPPENED.iter().any(|(happened, ..)| happened == what);
        assert!(EventKind::ALL.iter().all(has) && HAPPENED.len() == EventKind::ALL.len());
    }

    #[test]
    fn names_are_addresses_and_no_two_are_the_same() {
        for (at, story) in STORIES.iter().enumerate() {
            assert!(story.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", story.name);
            assert!(STORIES[..at].iter().all(|other| other.name != story.name), "{} is there twice", story.name);
        }
    }
}
