//! Rooms: lists, one room, opening direct conversations, and permission to enter (`messenger.md` 3, 3.2 and 4).

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join;
use protocol::content::text::comparable_name;
use protocol::machines::room::{Embedding, Role, Visibility};
use protocol::wire::messenger::ListPlace;
use protocol::words::bot_cast;
use protocol::words::ids::{RoomForm, RoomId, UserId};
use protocol::words::own_words::{in_all_languages, public_name};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use protocol::words::status::Visible;
use serde::Serialize;
use serde_json::Value;

use super::profiles::{Viewer, exists, name_of, view_person};
use super::{contacts, group_views, list, members};
use crate::auth::session;
use crate::calls::group::{GroupRow, GroupSummary};
use crate::calls::person::{AddDirect, DirectCall, DirectRow, ListDirects, PersonView};
use crate::calls::room::{OpenRoom, ReadSummary, RoomCall, RoomSummary};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Room as lists show it. Absent members are not set.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomRow {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    topic: String,
    visibility: &'static str,
    member_count: usize,
    last_seq: u64,
    last_read_seq: u64,
    unread: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    epoch: String,
    /// The person has an open invitation.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pending: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_by: Option<Inviter>,
    /// Pin of the room as JSON text: for one room, not for each in a list.
    #[serde(skip)]
    pin: Option<String>,
    /// Permission of pages of other sites, in the same way.
    #[serde(skip)]
    embed: Option<Embedding>,
    /// Last message that the person may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Value>,
}

/// Person who invited another person into a group.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Inviter {
    id: String,
    display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

/// Part of the list of rooms with other public groups.
const FOUND_PART: u8 = 3;

/// Room of a list before its own object is asked. In a long list only the rooms of one page are asked.
enum ListedRoom {
    /// Room of the deployment, and its number among them.
    Public(RoomId, u64),
    Direct(DirectRow),
    /// Group of the person, or one with an invitation for them.
    Own(GroupRow),
    /// Other public group, with the number of its members.
    Found(GroupRow, u64),
}

impl ListedRoom {
    fn id(&self) -> &str {
        match self {
            Self::Public(room, _) => room.as_str(),
            Self::Direct(row) => &row.room,
            Self::Own(row) | Self::Found(row, _) => &row.room,
        }
    }

    /// Returns the place in the list: public rooms in their order, conversations and own groups by time, the largest other groups first.
    fn place(&self) -> ListPlace {
        let (part, rank) = match self {
            Self::Public(_, number) => (0, *number),
            Self::Direct(row) => (1, row.at),
            Self::Own(row) => (2, row.at),
            Self::Found(_, members) => (FOUND_PART, ListPlace::falling(*members)),
        };
        ListPlace::in_part(part, rank, self.id())
    }

    async fn row(&self, incoming: &Incoming, principal: &Principal) -> Result<RoomRow, CallError> {
        match self {
            Self::Public(room, _) => public_row(incoming, principal, room).await,
            Self::Direct(row) => direct_row(incoming, principal, row).await,
            Self::Own(row) | Self::Found(row, _) => group_row(incoming, principal, row).await,
        }
    }
}

pub fn parse(incoming: &Incoming, text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text, &incoming.config.rooms)
}

/// Checks that this person may enter. The room's own object repeats the part that depends on the room's form.
///
/// A direct conversation exists if it has begun, or if this person may begin it; one with a guest must have been opened. A request creates
/// nothing. The refusal is the same if the other person does not exist, was deleted, or never opened it.
pub async fn check_access(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<(), CallError> {
    room.admits(principal)?;
    match room.form() {
        RoomForm::Public => Ok(()),
        RoomForm::Group => group(incoming, principal, room).await.map(|_| ()),
        // A conversation that has begun stays open, even if this person may not write there now.
        RoomForm::Direct(..) if summary(incoming, principal, room).await?.exists => Ok(()),
        RoomForm::Direct(a, b) => {
            let partner = if *a == principal.user { b } else { a };
            let is_open =
                may_begin(incoming, principal, partner).await? && !is_guest(incoming, principal, partner).await?;
            if is_open { Ok(()) } else { Err(Refusal::Forbidden.into()) }
        }
    }
}

/// Returns true if a person who exists is a guest. An id of a guest may be that of an account (`account.md` 10), which only the person's own
/// object knows.
async fn is_guest(incoming: &Incoming, principal: &Principal, user: &UserId) -> Result<bool, CallError> {
    if UserKind::of_id(user.as_str()) != UserKind::Guest {
        return Ok(false);
    }
    Ok(view_person(incoming, &Viewer::passing(&principal.user), user, false).await?.kind == UserKind::Guest)
}

/// Returns true if this person may begin a conversation with `partner`. Guests cannot begin one, and nobody can begin one with a person who
/// blocks them or refuses messages.
async fn may_begin(incoming: &Incoming, principal: &Principal, partner: &UserId) -> Result<bool, CallError> {
    if principal.kind == UserKind::Guest || !exists(incoming, partner).await {
        return Ok(false);
    }
    // A bot talks to everybody, and has no object of its own.
    if bot_cast::find(partner.as_str()).is_some() {
        return Ok(true);
    }
    let standing = contacts::standing(incoming, partner, vec![principal.user.clone()]).await?;
    Ok(standing.iter().all(|standing| standing.may_write))
}

/// Returns a group as this person sees it. A group that does not exist looks like one that is hidden from them.
pub async fn group(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<GroupSummary, CallError> {
    Ok(summary(incoming, principal, room).await?.group.ok_or(Refusal::NotFound)?)
}

async fn summary(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<RoomSummary, CallError> {
    ReadSummary::ask(&incoming.env, room.as_str(), &question(principal, false)).await
}

/// Returns the same with the person's read mark.
async fn read_summary(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<RoomSummary, CallError> {
    ReadSummary::ask(&incoming.env, room.as_str(), &question(principal, true)).await
}

/// Returns the same with the last message, and that as its value.
async fn row_summary(
    incoming: &Incoming,
    principal: &Principal,
    room: &RoomId,
) -> Result<(RoomSummary, Option<Value>), CallError> {
    let question = RoomCall { with_last: true, ..question(principal, true) };
    let summary = ReadSummary::ask(&incoming.env, room.as_str(), &question).await?;
    let last = summary.last.as_deref().map(serde_json::from_str).transpose()?;
    Ok((summary, last))
}

fn question(principal: &Principal, with_unread: bool) -> RoomCall {
    RoomCall { principal: principal.clone(), with_unread, with_last: false }
}

/// `GET /api/rooms`.
pub async fn list_rooms(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let (with_public, with_mine) = match incoming.query("scope").as_deref() {
        None => (true, true),
        Some("public") => (true, false),
        Some("mine") => (false, true),
        Some(_) => return Err(Refusal::validation("scope", "scope is public or mine.").into()),
    };
    let with_public = with_public && !principal.has_one_room();
    let mut listed = Vec::new();
    let part = incoming.query("q").unwrap_or_default();
    if with_public {
        let wanted = comparable_name(&part);
        let is_wanted = |(_, name): &(u64, &String)| {
            in_all_languages(&public_name(name)).any(|name| comparable_name(name).contains(&wanted))
        };
        let names = (0..).zip(&incoming.config.rooms.public).filter(is_wanted);
        listed.extend(names.filter_map(|(number, name)| Some(ListedRoom::Public(parse(incoming, name).ok()?, number))));
    }
    if with_mine {
        listed.extend(directs(incoming, &principal).await?.into_iter().map(ListedRoom::Direct));
        listed.extend(group_views::group_rows(incoming, &principal).await?.into_iter().map(ListedRoom::Own));
    }
    if with_public {
        // There may be very many people, so only those of the page are loaded.
        let known: BTreeSet<String> = listed.iter().map(|one| one.id().to_owned()).collect();
        let after = list::after(incoming)?.filter(|after| after.part == FOUND_PART);
        let after = after.map(|after| (ListPlace::falling(after.rank), after.id));
        let limit = list::limit(incoming)? + known.len() + 1;
        let found = group_views::public_rows(incoming, &part, after, limit).await?;
        let others = found.into_iter().filter(|(row, _)| !known.contains(&row.room));
        listed.extend(others.map(|(row, members)| ListedRoom::Found(row, members)));
    }
    let page = list::slice(incoming, &listed, ListedRoom::place)?;
    let rows = call::in_portions(page.items.iter().map(|one| one.row(incoming, &principal))).await;
    // A group that does not know the person is left out. A room that cannot be asked now does not hide the others.
    let found = |row: Result<RoomRow, CallError>| row.inspect_err(|error| telemetry::call_failed("room", error)).ok();
    page.reply(&rows.into_iter().filter_map(found).collect::<Vec<_>>())
}

/// Returns the person's direct conversations, from their own object.
pub async fn directs(incoming: &Incoming, principal: &Principal) -> Result<Vec<DirectRow>, CallError> {
    ListDirects::ask(&incoming.env, principal.user.as_str(), &()).await
}

/// Returns the number of unread messages in each direct conversation, counted from the one read cursor (`messenger.md` 8), by room. A
/// room that cannot be asked is left out.
pub async fn unread_of_directs(incoming: &Incoming, principal: &Principal) -> Result<BTreeMap<String, u64>, CallError> {
    let directs = directs(incoming, principal).await?;
    let rooms: Vec<RoomId> = directs.iter().filter_map(|direct| parse(incoming, &direct.room).ok()).collect();
    let read = call::in_portions(rooms.iter().map(|room| read_summary(incoming, principal, room))).await;
    let known = rooms.iter().zip(read).filter_map(|(room, read)| Some((room.as_str().to_owned(), read.ok()?.unread)));
    Ok(known.collect())
}

/// Returns the other people of the person's direct conversations.
pub async fn partners(incoming: &Incoming, principal: &Principal) -> Result<Vec<UserId>, CallError> {
    let directs = directs(incoming, principal).await?;
    let rooms = directs.iter().filter_map(|direct| parse(incoming, &direct.room).ok());
    Ok(rooms.filter_map(|room| room.partner_of(&principal.user).cloned()).collect())
}

impl RoomRow {
    /// Returns the part of a row that the room's own object knows, whatever the room is.
    fn of(room: &RoomId, summary: &RoomSummary, last: Option<Value>) -> Self {
        Self {
            id: room.as_str().to_owned(),
            last_seq: summary.last_seq,
            last_read_seq: summary.read_seq,
            unread: summary.unread,
            epoch: summary.epoch.clone(),
            last,
            ..Self::default()
        }
    }
}

async fn public_row(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<RoomRow, CallError> {
    let (summary, last) = row_summary(incoming, principal, room).await?;
    Ok(RoomRow {
        kind: "group",
        name: public_name(room.as_str()),
        visibility: Visibility::Public.as_str(),
        member_count: summary.here,
        role: Some(Role::Member.as_str()),
        ..RoomRow::of(room, &summary, last)
    })
}

async fn direct_row(incoming: &Incoming, principal: &Principal, direct: &DirectRow) -> Result<RoomRow, CallError> {
    let room = parse(incoming, &direct.room)?;
    let partner = room.partner_of(&principal.user).ok_or(Refusal::Forbidden)?;
    let (read, name) = join(row_summary(incoming, principal, &room), name_of(incoming, &principal.user, partner)).await;
    let ((summary, last), name) = (read?, name?);
    let row = RoomRow::of(&room, &summary, last);
    Ok(RoomRow {
        kind: "dm",
        name,
        visibility: Visibility::Private.as_str(),
        member_count: 2,
        role: Some(Role::Member.as_str()),
        pin: summary.pin,
        ..row
    })
}

/// Returns a group from its own object, or an invitation from the person's object.
pub async fn group_row(incoming: &Incoming, principal: &Principal, row: &GroupRow) -> Result<RoomRow, CallError> {
    let room = parse(incoming, &row.room)?;
    if row.is_pending {
        let is_guest = is_guest(incoming, principal, &UserId::parse(&row.by)?).await?;
        let kind = is_guest.then_some("guest");
        let invited_by = Some(Inviter { id: row.by.clone(), display_name: row.by_name.clone(), kind });
        let (id, name, visibility) = (row.room.clone(), row.name.clone(), Visibility::Private.as_str());
        return Ok(RoomRow { id, kind: "group", name, visibility, pending: true, invited_by, ..RoomRow::default() });
    }
    let (mut summary, last) = row_summary(incoming, principal, &room).await?;
    let group = summary.group.take().ok_or(Refusal::NotFound)?;
    let row = RoomRow::of(&room, &summary, last);
    Ok(RoomRow {
        kind: "group",
        name: group.name,
        topic: group.topic,
        visibility: group.visibility.as_str(),
        member_count: group.member_count,
        role: group.role.map(Role::as_str),
        pin: summary.pin,
        embed: summary.embed,
        ..row
    })
}

/// `GET /api/rooms/:id`: the room, and the two people of a direct conversation.
pub async fn read_room(incoming: &Incoming, id: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let room = parse(incoming, id)?;
    show_room(incoming, &principal, &room).await
}

/// Returns a room with its people for a person who may enter it.
pub async fn show_room(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<Reply, CallError> {
    check_access(incoming, principal, room).await?;
    let row = match room.form() {
        RoomForm::Direct(..) => {
            let known = directs(incoming, principal).await?.into_iter().find(|direct| direct.room == room.as_str());
            let direct = known.unwrap_or(DirectRow { room: room.as_str().to_owned(), at: 0 });
            direct_row(incoming, principal, &direct).await?
        }
        RoomForm::Group => {
            let known =
                group_views::group_rows(incoming, principal).await?.into_iter().find(|row| row.room == room.as_str());
            let known = known.filter(|row| !row.is_pending).unwrap_or(GroupRow::of(room));
            group_row(incoming, principal, &known).await?
        }
        RoomForm::Public => public_row(incoming, principal, room).await?,
    };
    with_members(incoming, principal, room, row).await
}

async fn with_members(incoming: &Incoming, principal: &Principal, room: &RoomId, row: RoomRow) -> HandlerResult {
    let pin = row.pin.as_deref().map(serde_json::from_str::<Value>).transpose()?;
    let embed = row.embed.as_ref().map(serde_json::to_value).transpose()?;
    let mut value = serde_json::to_value(row)?;
    let (members, invited) = match room.form() {
        RoomForm::Direct(a, b) => {
            let (mut people, viewer) = (Vec::new(), Viewer::of(incoming, principal).await?);
            for user in [a, b] {
                let PersonView { visible, shows_presence, .. } = view_person(incoming, &viewer, user, false).await?;
                let status = shows_presence.then_some(&*visible.status);
                let is_guest = visible.kind() == UserKind::Guest;
                let Visible { id, display_name, avatar_id, .. } = &visible;
                people.push(group_views::member_json((id, is_guest), display_name, avatar_id, status, Role::Member));
            }
            (people, Vec::new())
        }
        RoomForm::Group | RoomForm::Public => group_views::people_json(incoming, principal, room).await?,
    };
    if let Value::Object(own) = &mut value {
        own.extend(pin.map(|pin| ("pin".to_owned(), pin)));
        own.extend(embed.map(|embed| ("embed".to_owned(), embed)));
        own.insert("members".to_owned(), members.into());
        if *room.form() == RoomForm::Group {
            own.insert("invited".to_owned(), invited.into());
        }
    }
    Reply::json(&value)
}

/// `POST /api/rooms/dm`: opens the conversation with another person, which may exist already. Guests cannot begin one.
pub async fn open_direct(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["userId"]).await?;
    let partner = UserId::parse(members.needed_text("userId")?)?;
    if partner.is_of_demo() {
        return Err(Refusal::NotFound.into());
    }
    if !exists(incoming, &partner).await {
        return Err(Refusal::NotFound.into());
    }
    let room = RoomId::direct(principal.user.clone(), partner.clone())?;
    // An opened conversation stays open: its history can be read, and the room decides if the person may write. Guests enter conversations
    // that others opened, and those with bots.
    let is_bot = bot_cast::find(partner.as_str()).is_some();
    let is_welcome = is_bot || may_begin(incoming, &principal, &partner).await?;
    if !is_welcome && !summary(incoming, &principal, &room).await?.exists {
        return Err(Refusal::Forbidden.into());
    }
    open_between(incoming, &principal, &partner, &room).await
}

/// Opens the conversation of a guest with the maker of an invite for guests (`people.md` 5.1). The maker's consent opens it on their side
/// as well, so the guest may write.
pub async fn open_by_invite(incoming: &Incoming, guest: &Principal, maker: &UserId) -> HandlerResult {
    let room = RoomId::direct(guest.user.clone(), maker.clone())?;
    let consent = Principal::reader(maker.clone(), &room, String::new(), 0);
    OpenRoom::ask(&incoming.env, room.as_str(), &question(&consent, false)).await?;
    let opened = open_between(incoming, guest, maker, &room).await?;
    Ok(Reply::raw(format!("{{\"room\":{}}}", opened.into_json())))
}

/// Opens a conversation that this person may open, and writes it into the lists of both people.
async fn open_between(incoming: &Incoming, principal: &Principal, partner: &UserId, room: &RoomId) -> HandlerResult {
    OpenRoom::ask(&incoming.env, room.as_str(), &question(principal, false)).await?;
    let known = DirectRow { room: room.as_str().to_owned(), at: 0 };
    let row = direct_row(incoming, principal, &known).await?;
    // A read mark is visible to its owner alone, and so is what a person may read. In a new conversation nothing was read, and nothing is
    // unread.
    let name = name_of(incoming, partner, &principal.user).await?;
    let theirs = RoomRow { name, last_read_seq: 0, unread: 0, pin: None, last: None, ..row.clone() };
    add_direct(incoming, &principal.user, room, None, &row).await?;
    if bot_cast::find(partner.as_str()).is_none() {
        add_direct(incoming, partner, room, Some(principal.user.clone()), &theirs).await?;
    }
    with_members(incoming, principal, room, row).await
}

async fn add_direct(
    incoming: &Incoming,
    user: &UserId,
    room: &RoomId,
    opened_by: Option<UserId>,
    row: &RoomRow,
) -> Result<(), CallError> {
    let room_json = serde_json::to_string(row)?;
    let question = DirectCall { room: room.as_str().to_owned(), opened_by, room_json };
    AddDirect::ask(&incoming.env, user.as_str(), &question).await
}
