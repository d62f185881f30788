//! Groups as a viewer sees them (`messenger.md` 3, `people.md` 2): their own groups, public groups that can be found, and the members of a
//! group.

use protocol::content::text::comparable_name;
use protocol::machines::room::Role;
use protocol::words::ids::RoomId;
use protocol::words::principal::{Principal, UserKind};
use serde_json::{Value, json};

use super::profiles::{Viewer, view_person};
use crate::calls::directory::FindGroups;
use crate::calls::group::{FindGroupsCall, GroupRow, ListGroups, People, PersonInGroup};
use crate::calls::person::PersonView;
use crate::calls::room::ReadPeople;
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::request::{Request, ask_shards};
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Returns the person's groups, from their own object.
pub async fn group_rows(incoming: &Incoming, principal: &Principal) -> Result<Vec<GroupRow>, CallError> {
    ListGroups::ask(&incoming.env, principal.user.as_str(), &()).await
}

/// Returns public groups whose name contains `part`, with the numbers of their members, from the directory (`core.md` 1.1): `limit` of those
/// after `after`.
pub async fn public_rows(
    incoming: &Incoming,
    part: &str,
    after: Option<(u64, String)>,
    limit: usize,
) -> Result<Vec<(GroupRow, u64)>, CallError> {
    let question = FindGroupsCall { part: comparable_name(part), after, limit };
    let mut found: Vec<(String, u64)> = Vec::new();
    let (mut has_answer, mut failed) = (false, None);
    for rows in ask_shards::<FindGroups>(&incoming.env, &question).await {
        match rows {
            Ok(rows) => {
                has_answer = true;
                found.extend(rows);
            }
            // An incomplete list is better than none.
            Err(error) => {
                telemetry::call_failed("groups", &error);
                failed = Some(error);
            }
        }
    }
    if let Some(error) = failed.filter(|_| !has_answer) {
        return Err(error);
    }
    found.sort_by(|(a, members_a), (b, members_b)| members_b.cmp(members_a).then_with(|| a.cmp(b)));
    found.truncate(limit);
    Ok(found.into_iter().map(|(room, members)| (GroupRow::of(room), members)).collect())
}

/// Returns the members of a group, from its own object.
pub async fn people(incoming: &Incoming, principal: &Principal, room: &RoomId) -> Result<People, CallError> {
    ReadPeople::ask(&incoming.env, room.as_str(), principal).await
}

/// Returns the members of the group and the invited people, as the viewer may see them; of a public room the people who are here. The answer
/// contains a status only if the viewer may watch the person (`presence.md`). An invitation is no tie in this sense.
pub async fn people_json(
    incoming: &Incoming,
    principal: &Principal,
    room: &RoomId,
) -> Result<(Vec<Value>, Vec<Value>), CallError> {
    let People { is_private, people } = people(incoming, principal, room).await?;
    let viewer = Viewer::of(incoming, principal).await?;
    let is_in = is_private && people.iter().any(|one| one.user == principal.user && !one.is_pending);
    let shown = people.iter().map(|one| shown_member(incoming, &viewer, one, is_in && !one.is_pending));
    let (mut members, mut invited) = (Vec::new(), Vec::new());
    for (one, shown) in people.iter().zip(call::in_portions(shown).await) {
        let ShownMember { name, avatar, status, is_guest } = shown?;
        let who = (one.user.as_str(), is_guest);
        let row = member_json(who, &name, &avatar, status.as_deref(), one.role);
        if one.is_pending { invited.push(row) } else { members.push(row) }
    }
    Ok((members, invited))
}

/// Name, picture and, if permitted, the status of one person.
struct ShownMember {
    name: String,
    avatar: String,
    status: Option<String>,
    is_guest: bool,
}

/// Returns what a list shows of one person. People in a public room are listed as the room knows them.
async fn shown_member(
    incoming: &Incoming,
    viewer: &Viewer,
    one: &PersonInGroup,
    is_companion: bool,
) -> Result<ShownMember, CallError> {
    if let Some(avatar) = &one.avatar {
        let (name, avatar) = (one.name.clone(), avatar.clone());
        return Ok(ShownMember { name, avatar, status: None, is_guest: one.is_guest });
    }
    let PersonView { visible, shows_presence, .. } = view_person(incoming, viewer, &one.user, is_companion).await?;
    let is_guest = visible.kind() == UserKind::Guest;
    let status = shows_presence.then_some(visible.status);
    Ok(ShownMember { name: visible.display_name, avatar: visible.avatar_id, status, is_guest })
}

/// Returns an entry in the list of a room's people: of the person with this id, who may be a guest.
pub fn member_json((id, is_guest): (&str, bool), name: &str, avatar: &str, status: Option<&str>, role: Role) -> Value {
    let mut row = json!({ "id": id, "displayName": name, "avatarId": avatar, "role": role });
    let kind = is_guest.then_some("guest");
    if let Value::Object(row) = &mut row {
        let set = [("status", status), ("kind", kind)];
        row.extend(set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    }
    row
}
