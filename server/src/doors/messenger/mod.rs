//! The messenger's door (`messenger.md` 3): REST calls and the two sockets.
//!
//! One file per subject; `members` reads JSON bodies. Every answer goes through `answer::envelope`.

pub mod account;
pub mod auth;
mod avatars;
mod bots;
mod broken;
mod changes;
pub mod contacts;
mod data;
mod drafts;
mod emoticons;
mod files;
mod groups;
mod handles;
pub mod invites;
mod leaving;
mod links;
pub mod list;
pub mod members;
mod messages;
mod passkeys;
pub mod people;
mod pins;
mod push;
pub mod refresh;
mod reports;
pub mod rooms;
mod search;
pub mod sign_in;
pub mod sockets;

use worker::Response;

use crate::auth::origin;
use crate::http::answer::{self, Outcome};
use crate::http::incoming::Incoming;

/// The calls of this door, as the route table names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Config,
    Accounts,
    Login,
    Register,
    Me,
    Refresh,
    Logout,
    PasskeyBegin,
    PasskeyFinish,
    PasskeyLogin,
    PasskeyLoggedIn,
    Passkeys,
    NamePasskey,
    RemovePasskey,
    Ticket,
    Profile,
    ChangeProfile,
    SetAvatar,
    Contacts,
    RequestContact,
    RemoveContact,
    AcceptContact,
    DeclineContact,
    Blocks,
    Block,
    Unblock,
    Report,
    Settings,
    ChangeSettings,
    Clock,
    ChangeClock,
    ClockOf,
    Sessions,
    EndSession,
    Users,
    Handle,
    ChooseHandle,
    GiveUpHandle,
    Drafts,
    PutDraft,
    Push,
    AddPush,
    RemovePush,
    ChoosePush,
    PushLevel,
    TestPush,
    MakeInvite,
    Invites,
    EndInvite,
    Emoticons,
    AddEmoticon,
    KeepEmoticon,
    ChangeEmoticon,
    RemoveEmoticon,
    Invite,
    UseInvite,
    Rooms,
    OpenDirect,
    Room,
    Pin,
    Unpin,
    MakeGroup,
    DescribeGroup,
    DeleteGroup,
    AddMembers,
    EnterGroup,
    SetRole,
    RemoveMember,
    Messages,
    Search,
    Post,
    Edit,
    Delete,
    React,
    Presence,
    Inbox,
    AckInbox,
    Data,
    Bots,
    Upload,
    File,
    Avatar,
    Link,
    PageBroke,
    Export,
    NewestExport,
    OneExport,
    Archive,
    Leave,
    RoomSocket,
    PresenceSocket,
}

impl Call {
    /// Returns true if people who have nothing but a demo room may make the call (`demo.md`).
    pub fn is_for_demo(self) -> bool {
        use Call::{
            AckInbox, Avatar, Blocks, Bots, Config, Contacts, Delete, Edit, Inbox, Logout, Me, Messages, Post,
            Presence, PresenceSocket, Profile, React, Refresh, Room, RoomSocket, Rooms, Search, Settings, Ticket,
            Users,
        };
        matches!(
            self,
            AckInbox
                | Avatar
                | Blocks
                | Bots
                | Config
                | Contacts
                | Delete
                | Edit
                | Inbox
                | Logout
                | Me
                | Messages
                | Post
                | Presence
                | PresenceSocket
                | Profile
                | React
                | Refresh
                | Room
                | RoomSocket
                | Rooms
                | Search
                | Settings
                | Ticket
                | Users
        )
    }
}

/// Answers one call; `captured` are the variable segments of its path, decoded.
pub async fn answer(incoming: &Incoming, call: Call, captured: &[String]) -> worker::Result<Response> {
    let segment = captured.first().map_or("", String::as_str);
    match call {
        Call::RoomSocket => return sockets::room(incoming, segment).await,
        Call::PresenceSocket => return sockets::presence(incoming).await,
        Call::File => return files::read(incoming, segment).await,
        Call::Avatar => return avatars::read(incoming, segment).await,
        Call::Archive => return leaving::archive(incoming, segment).await,
        _ => {}
    }
    let outcome = match origin::check(incoming) {
        Ok(()) => act(incoming, call, segment, captured.get(1).map_or("", String::as_str)).await,
        Err(refusal) => Err(refusal.into()),
    };
    answer::envelope(incoming, outcome)
}

async fn act(incoming: &Incoming, call: Call, segment: &str, second: &str) -> Outcome {
    match call {
        Call::Config => auth::config(incoming),
        Call::Accounts => people::accounts(incoming).await,
        Call::Login => auth::login(incoming).await,
        Call::Register => auth::register(incoming).await,
        Call::Me => auth::me(incoming).await,
        Call::Refresh => refresh::refresh(incoming).await,
        Call::Logout => auth::logout(incoming).await,
        Call::PasskeyBegin => passkeys::begin(incoming).await,
        Call::PasskeyFinish => passkeys::finish(incoming).await,
        Call::PasskeyLogin => passkeys::begin_login(incoming).await,
        Call::PasskeyLoggedIn => passkeys::finish_login(incoming).await,
        Call::Passkeys => passkeys::list(incoming).await,
        Call::NamePasskey => passkeys::rename(incoming, segment).await,
        Call::RemovePasskey => passkeys::remove(incoming, segment).await,
        Call::Ticket => auth::ticket(incoming).await,
        Call::Profile => people::profile(incoming).await,
        Call::ChangeProfile => people::change_profile(incoming).await,
        Call::SetAvatar => avatars::upload(incoming).await,
        Call::Contacts => contacts::contacts(incoming).await,
        Call::RequestContact => contacts::request(incoming).await,
        Call::RemoveContact => contacts::remove(incoming, segment).await,
        Call::AcceptContact => contacts::accept(incoming, segment).await,
        Call::DeclineContact => contacts::decline(incoming, segment).await,
        Call::Blocks => contacts::blocks(incoming).await,
        Call::Block => contacts::block(incoming, segment, true).await,
        Call::Unblock => contacts::block(incoming, segment, false).await,
        Call::Report => reports::report(incoming).await,
        Call::Settings => contacts::settings(incoming).await,
        Call::ChangeSettings => contacts::change_settings(incoming).await,
        Call::Clock => contacts::clock(incoming).await,
        Call::ChangeClock => contacts::change_clock(incoming).await,
        Call::ClockOf => contacts::clock_seen(incoming, segment).await,
        Call::Sessions => auth::sessions(incoming).await,
        Call::EndSession => auth::end_session(incoming, segment).await,
        Call::Users => people::users(incoming).await,
        Call::Handle => handles::look(incoming).await,
        Call::ChooseHandle => handles::choose(incoming).await,
        Call::GiveUpHandle => handles::give_up(incoming).await,
        Call::Drafts => drafts::list(incoming).await,
        Call::PutDraft => drafts::put(incoming, segment).await,
        Call::Push => push::state(incoming).await,
        Call::AddPush => push::add(incoming).await,
        Call::RemovePush => push::remove(incoming, segment).await,
        Call::ChoosePush => push::choose(incoming).await,
        Call::PushLevel => push::set_level(incoming, segment).await,
        Call::TestPush => push::test(incoming).await,
        Call::MakeInvite => invites::make(incoming).await,
        Call::Invites => invites::list(incoming).await,
        Call::EndInvite => invites::end(incoming, segment).await,
        Call::Emoticons => emoticons::list(incoming).await,
        Call::AddEmoticon => emoticons::add(incoming).await,
        Call::KeepEmoticon => emoticons::keep(incoming).await,
        Call::ChangeEmoticon => emoticons::change(incoming, segment).await,
        Call::RemoveEmoticon => emoticons::remove(incoming, segment).await,
        Call::Invite => invites::look(incoming, segment).await,
        Call::UseInvite => invites::come(incoming, segment).await,
        Call::Rooms => rooms::list(incoming).await,
        Call::OpenDirect => rooms::open_direct(incoming).await,
        Call::Room => rooms::one(incoming, segment).await,
        Call::Pin => pins::pin(incoming, segment, true).await,
        Call::Unpin => pins::pin(incoming, segment, false).await,
        Call::MakeGroup => groups::create(incoming).await,
        Call::DescribeGroup => groups::describe(incoming, segment).await,
        Call::DeleteGroup => groups::delete(incoming, segment).await,
        Call::AddMembers => groups::add(incoming, segment).await,
        Call::EnterGroup => groups::enter(incoming, segment).await,
        Call::SetRole => groups::set_role(incoming, segment, second).await,
        Call::RemoveMember => groups::remove(incoming, segment, second).await,
        Call::Messages => messages::page(incoming).await,
        Call::Search => search::search(incoming).await,
        Call::Post => messages::post(incoming).await,
        Call::Edit => changes::edit(incoming, segment).await,
        Call::Delete => changes::delete(incoming, segment).await,
        Call::React => changes::react(incoming, segment).await,
        Call::Presence => people::presence(incoming).await,
        Call::Inbox => people::inbox(incoming).await,
        Call::AckInbox => people::ack_inbox(incoming).await,
        Call::Data => data::answer(incoming, segment).await,
        Call::Bots => bots::list(incoming).await,
        Call::Upload => files::upload(incoming).await,
        Call::Link => links::preview(incoming).await,
        Call::PageBroke => broken::told(incoming).await,
        Call::Export => leaving::export(incoming).await,
        Call::NewestExport => leaving::newest(incoming).await,
        Call::OneExport => leaving::one(incoming, segment).await,
        Call::Leave => leaving::leave(incoming).await,
        Call::File | Call::Avatar | Call::Archive | Call::RoomSocket | Call::PresenceSocket => {
            Err(protocol::words::refusal::Refusal::UpgradeRequired.into())
        }
    }
}
