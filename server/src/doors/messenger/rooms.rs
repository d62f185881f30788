//! Rooms: lists, one room, opening direct conversations, and who may enter (`messenger.md` 3, 3.2 and 4).

use futures_util::future::join_all;
use protocol::ids::{RoomForm, RoomId, UserId};
use protocol::personas;
use protocol::principal::{Principal, UserKind};
use protocol::refusal::Refusal;
use serde::Serialize;
use serde_json::{Value, json};

use super::members::Members;
use super::people::profile_of;
use super::{contacts, list};
use crate::answer::{Outcome, Reply};
use crate::auth::session;
use crate::incoming::Incoming;
use crate::objects::call::{self, CallError};
use crate::objects::calls::{RoomCall, RoomSummary};
use crate::objects::calls_auth::Purpose;
use crate::objects::calls_person::{DirectCall, DirectRow, UserCall};
use crate::objects::namespace::Namespace;

/// A room as lists show it. Absent members are not set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomRow {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    topic: &'static str,
    visibility: &'static str,
    member_count: usize,
    last_seq: u64,
    last_read_seq: u64,
    unread: u64,
    role: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    epoch: String,
}

/// Parses a room id as it came from outside.
pub fn parse(incoming: &Incoming, text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text, &incoming.config.rooms)
}

/// Whether this person may enter. The room's own object checks again what the form says.
///
/// Two personas always may talk. A conversation with a guest has to have been opened: the same words whether the other
/// person does not exist, is gone, or never opened it.
pub async fn check_access(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<(), CallError> {
    room.admits(&principal.user)?;
    match room.form() {
        RoomForm::Public => Ok(()),
        RoomForm::Group => Err(Refusal::NotFound.into()),
        RoomForm::Direct(a, b) if personas::find(a.as_str()).is_some() && personas::find(b.as_str()).is_some() => {
            Ok(())
        }
        RoomForm::Direct(..) if summary(incoming, principal, room).await?.exists => Ok(()),
        RoomForm::Direct(..) => Err(Refusal::Forbidden.into()),
    }
}

async fn summary(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<RoomSummary, CallError> {
    ask(incoming, principal, room, "summary").await
}

async fn ask(incoming: &Incoming, principal: &Principal, room: &RoomId, verb: &str) -> Result<RoomSummary, CallError> {
    let question = RoomCall { room: room.as_str().to_owned(), principal: principal.clone() };
    call::call(&incoming.env, Namespace::Room, room.as_str(), verb, &question).await
}

/// `GET /api/rooms`.
pub async fn list(incoming: &Incoming) -> Outcome {
    let principal = session::require(incoming, Purpose::Call).await?.principal;
    let (with_public, with_mine) = match incoming.query("scope").as_deref() {
        None => (true, true),
        Some("public") => (true, false),
        Some("mine") => (false, true),
        Some(_) => return Err(Refusal::validation("scope", "scope is public or mine.").into()),
    };
    let mut rows = Vec::new();
    if with_public {
        let rooms: Vec<RoomId> =
            incoming.config.rooms.public.iter().filter_map(|name| parse(incoming, name).ok()).collect();
        let found = join_all(rooms.iter().map(|room| public_row(incoming, &principal, room))).await;
        rows.extend(found.into_iter().collect::<Result<Vec<_>, _>>()?);
    }
    if with_mine {
        let directs = directs(incoming, &principal).await?;
        let found = join_all(directs.iter().map(|direct| direct_row(incoming, &principal, direct))).await;
        rows.extend(found.into_iter().collect::<Result<Vec<_>, _>>()?);
    }
    list::page(incoming, &rows, |row| &row.id)
}

/// The person's direct conversations, as their own object knows them.
pub async fn directs(incoming: &Incoming, principal: &Principal) -> Result<Vec<DirectRow>, CallError> {
    let question = UserCall { user: principal.user.clone() };
    call::call(&incoming.env, Namespace::Person, principal.user.as_str(), "directs", &question).await
}

/// The other people of the person's direct conversations.
pub async fn partners(incoming: &Incoming, principal: &Principal) -> Result<Vec<UserId>, CallError> {
    let directs = directs(incoming, principal).await?;
    let rooms = directs.iter().filter_map(|direct| parse(incoming, &direct.room).ok());
    Ok(rooms.filter_map(|room| room.partner_of(&principal.user).cloned()).collect())
}

async fn public_row(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<RoomRow, CallError> {
    let RoomSummary { epoch, last_seq, here, .. } = summary(incoming, principal, room).await?;
    Ok(RoomRow {
        id: room.as_str().to_owned(),
        kind: "group",
        name: public_name(room.as_str()),
        topic: "",
        visibility: "public",
        member_count: here,
        last_seq,
        // Nobody reads a public room for others: nothing of it waits for a person.
        last_read_seq: last_seq,
        unread: 0,
        role: "member",
        epoch,
    })
}

async fn direct_row(incoming: &Incoming, principal: &Principal, direct: &DirectRow) -> Result<RoomRow, CallError> {
    let room = parse(incoming, &direct.room)?;
    let partner = room.partner_of(&principal.user).ok_or(Refusal::Forbidden)?;
    let RoomSummary { epoch, last_seq, .. } = summary(incoming, principal, &room).await?;
    let name = profile_of(incoming, partner).await?.shown_to(&principal.user).display_name.clone();
    let last_read_seq = direct.first_unread_seq.map_or(last_seq, |seq| seq.saturating_sub(1));
    Ok(RoomRow {
        id: room.as_str().to_owned(),
        kind: "dm",
        name,
        topic: "",
        visibility: "private",
        member_count: 2,
        last_seq,
        last_read_seq,
        unread: direct.unread,
        role: "member",
        epoch,
    })
}

/// The name under which a public room is shown: its id with a capital letter.
pub fn public_name(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `GET /api/rooms/:id`: the room, and for direct conversations its two people.
pub async fn one(incoming: &Incoming, id: &str) -> Outcome {
    let principal = session::require(incoming, Purpose::Call).await?.principal;
    let room = parse(incoming, id)?;
    check_access(incoming, &principal, &room).await?;
    let row = match room.form() {
        RoomForm::Direct(..) => {
            let known = directs(incoming, &principal).await?.into_iter().find(|direct| direct.room == room.as_str());
            let direct =
                known.unwrap_or(DirectRow { room: room.as_str().to_owned(), unread: 0, first_unread_seq: None });
            direct_row(incoming, &principal, &direct).await?
        }
        _ => public_row(incoming, &principal, &room).await?,
    };
    with_members(incoming, &principal.user, &room, row).await
}

async fn with_members(incoming: &Incoming, viewer: &UserId, room: &RoomId, row: RoomRow) -> Outcome {
    let mut value = serde_json::to_value(row)?;
    if let (RoomForm::Direct(a, b), Value::Object(members)) = (room.form(), &mut value) {
        let mut people = Vec::new();
        for user in [a, b] {
            let profile = profile_of(incoming, user).await?;
            let shown = profile.shown_to(viewer);
            people.push(json!({
                "id": shown.id,
                "displayName": shown.display_name,
                "avatarId": shown.avatar_id,
                "status": shown.status,
                "role": "member",
            }));
        }
        members.insert("members".to_owned(), people.into());
    }
    Reply::json(&value)
}

/// `POST /api/rooms/dm`: the conversation with somebody, existing or new. Guests wait to be asked.
pub async fn open_direct(incoming: &Incoming) -> Outcome {
    let principal = session::require(incoming, Purpose::Call).await?.principal;
    let members = Members::of(incoming, &["userId"]).await?;
    let partner = UserId::parse(members.needed_text("userId")?)?;
    if !profile_of(incoming, &partner).await.map_err(hidden)?.exists && personas::find(partner.as_str()).is_none() {
        return Err(Refusal::NotFound.into());
    }
    let room = RoomId::direct(principal.user.clone(), partner.clone())?;
    let standing = contacts::standing(incoming, &partner, vec![principal.user.clone()]).await?;
    // What has been opened stays open: its history is readable, and whether one may write there is for the room to say.
    // Guests come into what others have opened.
    let is_welcome = principal.kind != UserKind::Guest && standing.iter().all(|standing| standing.may_write);
    if !is_welcome && !summary(incoming, &principal, &room).await?.exists {
        return Err(Refusal::Forbidden.into());
    }
    ask(incoming, &principal, &room, "open").await?;
    let known = DirectRow { room: room.as_str().to_owned(), unread: 0, first_unread_seq: None };
    let row = direct_row(incoming, &principal, &known).await?;
    let theirs = RoomRow { name: profile_of(incoming, &principal.user).await?.shown.display_name, ..row.clone() };
    tell_of_direct(incoming, &principal.user, &room, None, &row).await?;
    tell_of_direct(incoming, &partner, &room, Some(principal.user.clone()), &theirs).await?;
    with_members(incoming, &principal.user, &room, row).await
}

/// Whatever is wrong with asking about a stranger, the stranger is not there.
fn hidden(error: CallError) -> CallError {
    match error {
        CallError::Refused(_) => Refusal::NotFound.into(),
        broken => broken,
    }
}

async fn tell_of_direct(
    incoming: &Incoming,
    user: &UserId,
    room: &RoomId,
    opened_by: Option<UserId>,
    row: &RoomRow,
) -> Result<(), CallError> {
    let room_json = serde_json::to_string(row)?;
    let question = DirectCall { user: user.clone(), room: room.as_str().to_owned(), opened_by, room_json };
    call::call(&incoming.env, Namespace::Person, user.as_str(), "direct", &question).await
}
