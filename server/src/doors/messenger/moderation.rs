//! Moderation over REST (`moderation.md`): acts, what stands, what was done to oneself, objections, and roles.

use protocol::people::moderation::{
    Act, ActKind, DeploymentRole, OPERATOR, OPERATOR_NAME, RoomRule, Standing, check_objection, is_act_id,
};
use protocol::wire::messenger::{moderation_json, read_act};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use serde_json::json;

use super::members;
use super::profiles::profile_of;
use crate::auth::session;
use crate::calls::gate;
use crate::calls::moderation::{
    self, ActAnswer, ActCall, AddAct, AddObjection, EndBanned, FindAct, ListNetworks, ListOwnActs, ObjectionCall,
    ReadModeration, RemoveCall, RemoveMessage, RoleCall, SendModeration, ShownAct,
};
use crate::calls::operator::OBJECT;
use crate::calls::person::sessions_by_shard;
use crate::doors::messagehub::operation;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::body::{Empty, Record};
use crate::kit::request::Request;
use crate::runtime;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// `POST /api/moderation/acts`.
pub async fn act(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["kind", "room", "message", "user", "minutes", "seconds", "reason"]).await?;
    require_role(incoming, &who).await?;
    let act = read_act(&members, &incoming.config.rooms)?;
    let by = who.user.to_string();
    let id = carry_out(incoming, &Actor { by, principal: who, report: None }, act).await?;
    Ok(Reply::json(&json!({ "id": id }))?.with_status(201))
}

/// Returns what stands, for a person with a role. The copy of this isolate does not do here: a role ends at once.
pub(super) async fn require_role(
    incoming: &Incoming,
    who: &Principal,
) -> Result<(DeploymentRole, Standing), CallError> {
    let Record(standing) = ReadModeration::ask(&incoming.env, OBJECT, &Empty).await?;
    let role = standing.role_in(who, incoming.config.requires_second_factor).filter(|_| who.kind == UserKind::User);
    Ok((role.ok_or(Refusal::Forbidden)?, standing))
}

/// Carries out an act of an operator who answers a report (`moderation.md` 7.2). The act answers the report.
pub async fn answer_report(incoming: &Incoming, owner: &str, report: &str, act: Act) -> Result<(), CallError> {
    let actor = Actor { by: owner.to_owned(), principal: operator()?, report: Some(report.to_owned()) };
    carry_out(incoming, &actor, act).await.map(|_| ())
}

struct Actor {
    /// User id of a person with a role, or name of an operator.
    by: String,
    /// Principal by which a room knows who removes a message.
    principal: Principal,
    /// Report that the act of an operator answers.
    report: Option<String>,
}

/// Returns the principal of all operators: what everybody in a room reads names none of them.
fn operator() -> Result<Principal, Refusal> {
    Ok(Principal {
        name: OPERATOR_NAME.to_owned(),
        ..Principal::new(UserId::parse(OPERATOR)?, UserKind::User, String::new())
    })
}

async fn carry_out(incoming: &Incoming, actor: &Actor, act: Act) -> Result<String, CallError> {
    let act = if act.kind == ActKind::Remove { remove(incoming, &actor.principal, act).await? } else { act };
    let person = act.user.as_deref().map(UserId::parse).transpose()?;
    let mut networks = Vec::new();
    if let (ActKind::Ban, Some(user)) = (act.kind, &person) {
        networks = networks_of_banned(incoming, user, act.minutes).await?;
    }
    let (by, report) = (actor.by.clone(), actor.report.clone());
    let call = ActCall { by, act, networks, trace: incoming.trace(), report };
    let ActAnswer { act: shown, standing } = AddAct::ask(&incoming.env, OBJECT, &call).await?;
    moderation::keep(standing.clone());
    if let Some(room) = &call.act.room {
        // A room that cannot be told asks by itself in a moment.
        telemetry::logged("moderation", SendModeration::ask(&incoming.env, room, &Record(standing)).await);
    }
    if let Some(user) = person {
        if call.act.kind == ActKind::Ban {
            // The person is told by the refusal. What fails here is owed by the object that stored the ban.
            telemetry::logged("moderation", EndBanned::ask(&incoming.env, OBJECT, &user.to_string()).await);
        }
        // The person finds the act on the page `/moderation` in any case.
        let frame = moderation_json((&shown.id, &shown.kind), &shown.reason, shown.until);
        moderation::tell(&incoming.env, user, frame).await;
    }
    Ok(shown.id)
}

/// Removes the message of an act. Returns the act with the writer of the message.
async fn remove(incoming: &Incoming, who: &Principal, act: Act) -> Result<Act, CallError> {
    let (room, message) = (act.room.clone().unwrap_or_default(), act.message.clone().unwrap_or_default());
    // Nobody can take this id before.
    let id = runtime::new_uuid();
    let question = RemoveCall { principal: who.clone(), message, id, trace: incoming.trace() };
    let author = RemoveMessage::ask(&incoming.env, &room, &question).await?;
    Ok(Act { user: Some(author), ..act })
}

/// Checks that a person can be banned. Returns the networks of a guest, as far as they are known.
async fn networks_of_banned(
    incoming: &Incoming,
    user: &UserId,
    minutes: Option<u64>,
) -> Result<Vec<String>, CallError> {
    let profile = profile_of(incoming, user).await?;
    match profile.kind {
        _ if !profile.exists => Err(Refusal::NotFound.into()),
        UserKind::User => Ok(Vec::new()),
        UserKind::Guest if minutes.is_none() => {
            Err(Refusal::validation("minutes", "A guest's ban must have an end.").into())
        }
        UserKind::Guest => networks_of(incoming, user).await,
        UserKind::Persona | UserKind::Bot => {
            Err(Refusal::validation("user", "Only accounts and guests can be banned.").into())
        }
    }
}

async fn networks_of(incoming: &Incoming, user: &UserId) -> Result<Vec<String>, CallError> {
    let sessions = sessions_by_shard(&incoming.env, user).await?;
    let mut networks = Vec::new();
    for shard in sessions.keys() {
        networks.extend(ListNetworks::ask(&incoming.env, shard, &user.to_string()).await?);
    }
    networks.sort();
    networks.dedup();
    Ok(networks)
}

/// `GET /api/moderation/state`.
pub async fn read_state(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let (role, standing) = require_role(incoming, &who).await?;
    let row = |user: &str, until: Millis, act: &str| json!({ "user": user, "until": until, "act": act });
    let mutes: Vec<_> = standing.mutes.iter().map(|mute| row(&mute.user, mute.until, &mute.act)).collect();
    let people = standing.bans.iter().filter(|ban| !ban.subject.contains('/'));
    let bans: Vec<_> = people.map(|ban| row(&ban.subject, ban.until, &ban.act)).collect();
    let rule = |rule: &RoomRule| json!({ "room": rule.room, "slowS": rule.slow_s, "isClosed": rule.is_closed });
    let rooms: Vec<_> = standing.rooms.iter().map(rule).collect();
    let roles = standing.roles.iter().filter(|_| role == DeploymentRole::Owner);
    let roles: Vec<_> = roles.map(|row| json!({ "user": row.user, "role": row.role.as_str() })).collect();
    Reply::json(&json!({ "role": role.as_str(), "mutes": mutes, "bans": bans, "rooms": rooms, "roles": roles }))
}

/// `PUT /api/moderation/moderators/:id`.
pub async fn make_moderator(incoming: &Incoming, user: &str) -> HandlerResult {
    change_moderator(incoming, user, DeploymentRole::Moderator.as_str()).await
}

/// `DELETE /api/moderation/moderators/:id`.
pub async fn end_moderator(incoming: &Incoming, user: &str) -> HandlerResult {
    change_moderator(incoming, user, "").await
}

/// Gives a role to an account in the name of an owner, or takes it. Roles of owners, the own one too, are changed on `/admin` alone.
async fn change_moderator(incoming: &Incoming, user: &str, role: &str) -> HandlerResult {
    let who = session::person(incoming).await?;
    let (own, standing) = require_role(incoming, &who).await?;
    let user = UserId::parse(user)?;
    if own != DeploymentRole::Owner {
        return Err(Refusal::Forbidden.into());
    }
    own.check_over(standing.role_of(user.as_str()))?;
    set_role(incoming, who.user.as_str(), user.as_str(), role).await?;
    Ok(Reply::empty())
}

/// `GET /api/me/moderation`.
pub async fn list_own(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let items = own_acts(incoming, &who).await?;
    Ok(Reply::raw(format!("{{\"items\":{}}}", serde_json::to_string(&items)?)))
}

/// Lists the acts on a person, the newest first. Acts on earlier players of a persona are not theirs.
pub async fn own_acts(incoming: &Incoming, who: &Principal) -> Result<Vec<ShownAct>, CallError> {
    let items = ListOwnActs::ask(&incoming.env, OBJECT, &who.user.to_string()).await?;
    Ok(items.into_iter().filter(|act| act.at > who.visible_from).collect())
}

/// Finds the act that a browser knows by its id: whoever is banned has no session.
pub async fn find_act(incoming: &Incoming, id: &str) -> Result<Vec<ShownAct>, CallError> {
    FindAct::ask(&incoming.env, OBJECT, &id.to_owned()).await
}

/// Finds the act that the cookie of a browser names. An id of another form is asked of nobody, and an unknown one counts as a guess of the
/// address.
pub async fn find_claimed_act(incoming: &Incoming, id: &str) -> Result<Vec<ShownAct>, CallError> {
    if !is_act_id(id) {
        return Ok(Vec::new());
    }
    note_guess(incoming, false).await?;
    let found = find_act(incoming, id).await?;
    if found.is_empty() {
        note_guess(incoming, true).await?;
    }
    Ok(found)
}

/// `POST /api/moderation/objections`.
pub async fn object(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["act", "text"]).await?;
    object_to(incoming, members.needed_text("act")?, members.needed_text("text")?).await?;
    Ok(Reply::empty().with_status(201))
}

/// Stores an objection to an act. An unknown act counts as a guess of the address.
pub async fn object_to(incoming: &Incoming, act: &str, text: &str) -> Result<(), CallError> {
    let (act, text) = (act.to_owned(), check_objection(text)?);
    note_guess(incoming, false).await?;
    let question = ObjectionCall { act, text, trace: incoming.trace() };
    let stored = AddObjection::ask(&incoming.env, OBJECT, &question).await;
    if let Err(CallError::Refused(Refusal::NotFound)) = &stored {
        note_guess(incoming, true).await?;
    }
    stored.map(|_| ())
}

async fn note_guess(incoming: &Incoming, is_wrong: bool) -> Result<(), CallError> {
    gate::note_code::<gate::CountInvite>(&incoming.env, &incoming.config.rules.invite, &incoming.address(), is_wrong)
        .await
}

/// Gives a role to an account in the name of an operator or an owner, or takes it. The role of an account that is gone can be taken, too.
pub async fn set_role(incoming: &Incoming, by: &str, user: &str, role: &str) -> Result<(), CallError> {
    let user = UserId::parse(user).map_err(|_| Refusal::validation("user", "This is not a user id."))?;
    let role = match role {
        "" => None,
        role => Some(DeploymentRole::parse(role).ok_or(Refusal::validation("role", "This role is not known."))?),
    };
    if role.is_some() {
        let profile = profile_of(incoming, &user).await?;
        if !profile.exists || profile.kind != UserKind::User {
            return Err(Refusal::validation("user", "This is not an account.").into());
        }
    }
    let by = operation::act(incoming, by.to_owned(), user.to_string());
    moderation::set_role(&incoming.env, &RoleCall { by, role }).await
}
