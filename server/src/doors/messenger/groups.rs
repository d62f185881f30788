//! Groups over REST (`messenger.md` 3, `people.md` 2): creating and changing them, and their members.
//!
//! The group's own object decides about permissions. This file parses bodies, and asks people's objects if they can be added.

use std::collections::BTreeSet;

use protocol::content::text;
use protocol::machines::room::{Actor, GroupChange, NewGroup, Newcomer, Role, Visibility};
use protocol::people::session::group_id;
use protocol::words::ids::{RoomForm, RoomId, UserId};
use protocol::words::limits::GROUP_MEMBERS_MAX;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;

use super::group_views::{group_rows, people};
use super::members::{self, Members};
use super::messages::{REPLAYED, id_of};
use super::profiles::{Viewer, view_person};
use super::{contacts, rooms};
use crate::auth::session;
use crate::calls::directory;
use crate::calls::group::{AdmitCall, AdmitToGroup, ChangeGroupCall, CountInvitations, InvitedCall, MakeGroupCall};
use crate::calls::room::{ChangeGroup, MakeGroup};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

pub(super) fn actor_of(principal: &Principal) -> Actor {
    Actor { user: principal.user.clone(), name: principal.name.clone() }
}

/// `POST /api/rooms`: a new group. Guests cannot create one.
pub async fn create_group(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["name", "memberIds", "visibility"]).await?;
    if principal.kind == UserKind::Guest {
        return Err(Refusal::Forbidden.into());
    }
    let name = text::group_name(members.needed_text("name")?)?;
    let visibility = match members.text("visibility")? {
        None => Visibility::Private,
        Some(word) => {
            Visibility::parse(word).ok_or(Refusal::validation("visibility", "visibility is public or private."))?
        }
    };
    let others = user_ids(&members, "memberIds", false)?;
    let key = id_of(None, incoming.header("idempotency-key"))?;
    let room = rooms::parse(incoming, &group_id(principal.user.as_str(), &key))?;
    admit(incoming, &principal, &room, std::slice::from_ref(&principal.user), true).await?;
    let people = admit(incoming, &principal, &room, &others, true).await?;
    let plan = NewGroup { name, visibility, people };
    let question = MakeGroupCall { by: actor_of(&principal), plan, trace: incoming.trace() };
    let is_new = MakeGroup::ask(&incoming.env, room.as_str(), &question).await?;
    let reply = show_group(incoming, &principal, &room).await?;
    Ok(if is_new { reply.with_status(201) } else { reply.with_header(REPLAYED, "true".to_owned()) })
}

/// `PATCH /api/rooms/:id`: changes name or topic.
pub async fn describe_group(incoming: &Incoming, id: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["name", "topic"]).await?;
    let room = group_in_path(incoming, &principal, id)?;
    let name = members.text("name")?.map(text::group_name).transpose()?;
    let topic = members.text("topic")?.map(text::group_topic).transpose()?;
    change(incoming, &principal, &room, GroupChange::Describe { name, topic }).await?;
    show_group(incoming, &principal, &room).await
}

/// `DELETE /api/rooms/:id`.
pub async fn delete_group(incoming: &Incoming, id: &str) -> HandlerResult {
    let (principal, room) = group_of(incoming, id).await?;
    change(incoming, &principal, &room, GroupChange::Delete).await?;
    Ok(Reply::empty())
}

/// `POST /api/rooms/:id/members`: adds contacts at once and invites others.
pub async fn add_member(incoming: &Incoming, id: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["userIds"]).await?;
    let room = group_in_path(incoming, &principal, id)?;
    let others = user_ids(&members, "userIds", true)?;
    // No person's object is asked on behalf of a caller who may not add people.
    if rooms::group(incoming, &principal, &room).await?.role.is_none() {
        return Err(Refusal::Forbidden.into());
    }
    if principal.kind == UserKind::Guest {
        check_come_at_once(incoming, &principal.user, &others).await?;
    }
    let people = admit(incoming, &principal, &room, &others, false).await?;
    change(incoming, &principal, &room, GroupChange::Add { people }).await?;
    show_group(incoming, &principal, &room).await
}

/// Refuses a guest who would have to ask somebody (`people.md` 2): guests cost nothing, and a limit for each of them is none. The guest's own
/// contacts and the kinds of people decide, and not what those people wish, so that the refusal tells no block.
async fn check_come_at_once(incoming: &Incoming, guest: &UserId, others: &[UserId]) -> Result<(), CallError> {
    let standings = contacts::standing(incoming, guest, others.to_vec()).await?;
    let questions = others.iter().zip(standings).map(|(other, standing)| async move {
        Ok(other == guest || standing.is_contact || is_cast(incoming, guest, other).await?)
    });
    let at_once: Vec<bool> = call::in_portions(questions).await.into_iter().collect::<Result<_, CallError>>()?;
    if at_once.contains(&false) { Err(Refusal::Forbidden.into()) } else { Ok(()) }
}

/// Returns `true` for a persona or a bot. A persona that became an account has its old id, so its object is asked.
async fn is_cast(incoming: &Incoming, viewer: &UserId, user: &UserId) -> Result<bool, CallError> {
    let is_of_cast = |kind: UserKind| matches!(kind, UserKind::Persona | UserKind::Bot);
    if !is_of_cast(UserKind::of_id(user.as_str())) {
        return Ok(false);
    }
    Ok(is_of_cast(view_person(incoming, &Viewer::passing(viewer), user, false).await?.kind))
}

/// `POST /api/rooms/:id/members/me`: accepts an invitation, or joins a public group for good.
pub async fn enter_group(incoming: &Incoming, id: &str) -> HandlerResult {
    let (principal, room) = group_of(incoming, id).await?;
    let own = std::slice::from_ref(&principal.user);
    admit(incoming, &principal, &room, own, false).await?;
    change(incoming, &principal, &room, GroupChange::Enter).await?;
    show_group(incoming, &principal, &room).await
}

/// `PATCH /api/rooms/:id/members/:userId`: changes a role.
pub async fn set_role(incoming: &Incoming, id: &str, user: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["role"]).await?;
    let room = group_in_path(incoming, &principal, id)?;
    let role = Role::parse(members.needed_text("role")?).filter(|role| *role != Role::Owner);
    let role = role.ok_or(Refusal::validation("role", "role is admin or member."))?;
    let user = person_in_path(user, &principal)?;
    change(incoming, &principal, &room, GroupChange::SetRole { user, role }).await?;
    show_group(incoming, &principal, &room).await
}

/// `DELETE /api/rooms/:id/members/:userId`: removes a member. The caller (also as `me`) leaves or declines.
pub async fn remove_member(incoming: &Incoming, id: &str, user: &str) -> HandlerResult {
    let (principal, room) = group_of(incoming, id).await?;
    let user = person_in_path(user, &principal)?;
    change(incoming, &principal, &room, GroupChange::Remove { user }).await?;
    Ok(Reply::empty())
}

/// Returns the caller and the group in the path. Other rooms have no members.
pub(super) async fn group_of(incoming: &Incoming, id: &str) -> Result<(Principal, RoomId), CallError> {
    let principal = session::person(incoming).await?;
    let room = group_in_path(incoming, &principal, id)?;
    Ok((principal, room))
}

pub(super) fn group_in_path(incoming: &Incoming, principal: &Principal, id: &str) -> Result<RoomId, CallError> {
    let room = rooms::parse(incoming, id)?;
    room.admits(principal)?;
    if *room.form() == RoomForm::Group { Ok(room) } else { Err(Refusal::Forbidden.into()) }
}

fn person_in_path(text: &str, principal: &Principal) -> Result<UserId, Refusal> {
    if text == "me" { Ok(principal.user.clone()) } else { UserId::parse(text).map_err(|_| Refusal::NotFound) }
}

fn user_ids(members: &Members, name: &'static str, is_needed: bool) -> Result<Vec<UserId>, Refusal> {
    let form = || Refusal::validation(name, "This member is a list of user ids.");
    let Some(list) = members.list(name)? else {
        return if is_needed { Err(Refusal::validation(name, "This member is missing.")) } else { Ok(Vec::new()) };
    };
    let mut users: Vec<UserId> = Vec::new();
    for value in list {
        let user = UserId::parse(value.as_str().ok_or_else(form)?).map_err(|_| form())?;
        if user.is_of_demo() {
            // A person of a demo room does not exist elsewhere.
            return Err(Refusal::NotFound);
        }
        if !users.contains(&user) {
            users.push(user);
        }
    }
    // Nobody is called if the group would be too large in any case.
    if users.len() > GROUP_MEMBERS_MAX { Err(Refusal::RoomFull) } else { Ok(users) }
}

// ---- invites

/// Refuses a caller who may not add people to this group.
pub async fn check_brings(incoming: &Incoming, principal: &Principal, id: &str) -> Result<(), CallError> {
    let room = group_in_path(incoming, principal, id)?;
    let role = rooms::group(incoming, principal, &room).await?.role;
    if role.is_none() { Err(Refusal::Forbidden.into()) } else { Ok(()) }
}

/// Adds a person who used an invite: with it, both sides have consented.
pub async fn bring(
    incoming: &Incoming,
    principal: &Principal,
    (by, name): (&UserId, &str),
    id: &str,
) -> Result<(), CallError> {
    let room = rooms::parse(incoming, id)?;
    let people = admit(incoming, principal, &room, std::slice::from_ref(&principal.user), false).await?;
    let people = people.into_iter().map(|one| Newcomer { by_invite: true, ..one }).collect();
    let by = Actor { user: by.clone(), name: name.to_owned() };
    change_by(incoming, by, &room, GroupChange::Add { people }).await
}

/// Returns a group as JSON text, as a member sees it.
pub async fn json_of(incoming: &Incoming, principal: &Principal, id: &str) -> Result<String, CallError> {
    Ok(show_group(incoming, principal, &rooms::parse(incoming, id)?).await?.into_json())
}

/// Asks the objects of all these people if they can be added, and if they have to be invited. Invitations count for their sender, and so do
/// personas, who have no say: a stranger could otherwise bring one into so many groups that it leaves all others.
async fn admit(
    incoming: &Incoming,
    principal: &Principal,
    room: &RoomId,
    users: &[UserId],
    makes_group: bool,
) -> Result<Vec<Newcomer>, CallError> {
    let others = || users.iter().filter(|user| **user != principal.user).map(UserId::as_str);
    let known = directory::known(&incoming.env, others()).await;
    if others().any(|user| !known.contains(user)) {
        return Err(Refusal::NotFound.into());
    }
    let questions = users.iter().map(|user| async move {
        let question = AdmitCall { by: principal.user.clone(), room: room.as_str().to_owned() };
        let admitted = AdmitToGroup::ask(&incoming.env, user.as_str(), &question).await?;
        Ok(Newcomer { user: user.clone(), name: admitted.name, is_asked: admitted.is_asked, by_invite: false })
    });
    let people: Vec<Newcomer> = call::in_portions(questions).await.into_iter().collect::<Result<_, CallError>>()?;
    let is_brought = |user: &UserId| *user != principal.user && UserKind::of_id(user.as_str()) == UserKind::Persona;
    let (asked, let_in): (Vec<&Newcomer>, Vec<&Newcomer>) = people.iter().partition(|one| one.is_asked);
    let at_once: Vec<UserId> = let_in.iter().map(|one| one.user.clone()).filter(is_brought).collect();
    let others = asked.iter().map(|one| one.user.clone()).chain(at_once.clone()).collect();
    let (room, by) = (room.as_str().to_owned(), principal.user.clone());
    let question = InvitedCall { room, by, others, at_once, makes_group };
    if !question.others.is_empty() {
        CountInvitations::ask(&incoming.env, principal.user.as_str(), &question).await?;
    }
    Ok(people)
}

async fn change(
    incoming: &Incoming,
    principal: &Principal,
    room: &RoomId,
    change: GroupChange,
) -> Result<(), CallError> {
    change_by(incoming, actor_of(principal), room, change).await
}

async fn change_by(incoming: &Incoming, by: Actor, room: &RoomId, change: GroupChange) -> Result<(), CallError> {
    let question = ChangeGroupCall { by, change, trace: incoming.trace() };
    ChangeGroup::ask(&incoming.env, room.as_str(), &question).await
}

async fn show_group(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<Reply, CallError> {
    rooms::show_room(incoming, principal, room).await
}

/// Returns everybody in the person's private groups, whom they may see (`sign-in.md` 1).
pub async fn companions(incoming: &Incoming, principal: &Principal) -> Result<Vec<UserId>, CallError> {
    let rooms: Vec<RoomId> = group_rows(incoming, principal)
        .await?
        .into_iter()
        .filter(|row| !row.is_pending)
        .filter_map(|row| rooms::parse(incoming, &row.room).ok())
        .collect();
    let mut users: Vec<UserId> = Vec::new();
    for found in call::in_portions(rooms.iter().map(|room| people(incoming, principal, room))).await {
        // A group that does not know the person any more returns no members.
        let private = found.ok().filter(|found| found.is_private).unwrap_or_default();
        users.extend(private.people.into_iter().filter(|one| !one.is_pending).map(|one| one.user));
    }
    users.retain(|user| *user != principal.user);
    Ok(users.into_iter().collect::<BTreeSet<UserId>>().into_iter().collect())
}
