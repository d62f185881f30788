//! Invites (`people.md` 5): creating, reading and using them.

use protocol::people::invite::{bounds, code, read_code};
use protocol::people::session::hash_hex;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;

use super::{contacts, group_views, groups, members, rooms};
use crate::auth::{origin, session};
use crate::calls::auth::Purpose;
use crate::calls::directory::{AddInvite, FindInviteMaker, OwnedHashCall, RemoveInvite};
use crate::calls::gate;
use crate::calls::invites::{
    ConfirmInvite, EndInvite, InviteCall, InviteUseAnswer, InviteUseCall, ListInvites, MakeInvite, ReleaseInvite,
    ShowInvite, UseInvite,
};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Returns the caller, who must not be a guest: guests make no invites (`sign-in.md` 1).
async fn principal(incoming: &Incoming) -> Result<Principal, CallError> {
    let principal = session::person(incoming).await?;
    check_no_guest(&principal)?;
    Ok(principal)
}

fn check_no_guest(principal: &Principal) -> Result<(), Refusal> {
    if principal.kind == UserKind::Guest { Err(Refusal::Forbidden) } else { Ok(()) }
}

async fn shard<R: Request>(incoming: &Incoming, hash: &str, question: &R::Question) -> Result<R::Answer, CallError> {
    R::ask(&incoming.env, hash.get(..1).unwrap_or_default(), question).await
}

// ---- one's own

/// `POST /api/me/invites`.
pub async fn make_invite(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of_optional(incoming, &["uses", "hours", "roomId", "guests"]).await?;
    check_no_guest(&principal)?;
    let (uses, expires_at) = bounds(members.number("uses")?, members.number("hours")?, incoming.now)?;
    let (room, takes_guests) = (members.text("roomId")?.map(str::to_owned), members.flag("guests")?);
    if let Some(room) = &room {
        if takes_guests {
            return Err(Refusal::validation("guests", "Guests can't use an invite into a group.").into());
        }
        groups::check_brings(incoming, &principal, room).await?;
    }
    let (code, user) = (code(runtime::random_bytes()), principal.user.to_string());
    let hash = hash_hex(&code);
    let question = InviteCall { hash: hash.clone(), room, takes_guests, uses, expires_at, id: String::new() };
    MakeInvite::ask(&incoming.env, &user, &question).await?;
    let entry = OwnedHashCall { hash, user, until: expires_at };
    let stored = match shard::<AddInvite>(incoming, &entry.hash, &entry).await {
        // An act that ends the session's invites may have been carried out meanwhile.
        Ok(_) => session::require(incoming, Purpose::Call).await.map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = stored {
        // A code that the caller never sees must not count against the maker's limit.
        let question = InviteCall { hash: entry.hash, ..InviteCall::default() };
        telemetry::logged("invite-end", EndInvite::ask(&incoming.env, &entry.user, &question).await);
        return Err(error);
    }
    let page = origin::page(incoming);
    let body =
        format!("{{\"code\":\"{code}\",\"url\":\"{page}/i/{code}\",\"expiresAt\":{expires_at},\"usesLeft\":{uses}}}");
    Ok(Reply::raw(body).with_status(201))
}

/// `GET /api/me/invites`.
pub async fn list_invites(incoming: &Incoming) -> HandlerResult {
    let user = principal(incoming).await?.user;
    let items = ListInvites::ask(&incoming.env, user.as_str(), &()).await?;
    Ok(Reply::raw(format!("{{\"items\":[{items}]}}")))
}

/// `DELETE /api/me/invites/:code`: by its code, or by its id in the list.
pub async fn end_invite(incoming: &Incoming, name: &str) -> HandlerResult {
    let user = principal(incoming).await?.user.to_string();
    let hash = read_code(name).map(|code| hash_hex(&code)).unwrap_or_default();
    let question = InviteCall { hash, id: name.to_owned(), ..InviteCall::default() };
    let hash = EndInvite::ask(&incoming.env, &user, &question).await?;
    let entry = OwnedHashCall { hash, user, until: 0 };
    shard::<RemoveInvite>(incoming, &entry.hash, &entry).await?;
    Ok(Reply::empty())
}

// ---- somebody else's

/// Returns the person who made the invite with this code, and the hash of the code.
async fn find_maker(incoming: &Incoming, code: &str) -> Result<(String, String), CallError> {
    let hash = hash_hex(&read_code(code).ok_or(Refusal::NotFound)?);
    let user = shard::<FindInviteMaker>(incoming, &hash, &hash).await?;
    if user.is_empty() { Err(Refusal::NotFound.into()) } else { Ok((user, hash)) }
}

/// `GET /api/invites/:code`: the part that everybody with the code may see. It needs no session. A session decides what its person sees of the
/// maker, as everywhere.
pub async fn read_invite(incoming: &Incoming, code: &str) -> HandlerResult {
    let by = match session::require(incoming, Purpose::Inspect).await {
        Ok(checked) => checked.principal.user.to_string(),
        Err(CallError::Refused(_)) => String::new(),
        Err(error) => return Err(error),
    };
    let text = match load_invite(incoming, code, by).await {
        // Its maker sees what everybody sees.
        Err(CallError::Refused(Refusal::Conflict)) => load_invite(incoming, code, String::new()).await?,
        shown => shown?,
    };
    Ok(Reply::raw(text))
}

/// Returns the invite as JSON text, as the person `by` sees it (empty for a viewer without a session). A person who has used the invite
/// also sees it when it is used up.
pub async fn load_invite(incoming: &Incoming, code: &str, by: String) -> Result<String, CallError> {
    check_guesses(incoming, false).await?;
    let invite = find_invite(incoming, code, by).await;
    // Only a wrong code counts as a guess.
    if let Err(CallError::Refused(Refusal::NotFound)) = &invite {
        check_guesses(incoming, true).await?;
    }
    invite
}

/// Returns the maker of the invite with this code, if the viewer is their contact.
pub async fn contact_who_made(
    incoming: &Incoming,
    viewer: &Principal,
    code: &str,
) -> Result<Option<UserId>, CallError> {
    let maker = UserId::parse(&find_maker(incoming, code).await?.0)?;
    let standing = contacts::standing(incoming, &viewer.user, vec![maker.clone()]).await?;
    Ok(standing.first().is_some_and(|standing| standing.is_contact && !standing.is_blocked).then_some(maker))
}

/// Returns `true` if the invite with this code opens something. A wrong code counts as a guess here, too.
pub async fn is_good(incoming: &Incoming, code: &str) -> bool {
    load_invite(incoming, code, String::new()).await.is_ok()
}

async fn find_invite(incoming: &Incoming, code: &str, by: String) -> Result<String, CallError> {
    let (user, hash) = find_maker(incoming, code).await?;
    let question = InviteUseCall { hash, by, is_guest: false, is_in: Vec::new() };
    ShowInvite::ask(&incoming.env, &user, &question).await
}

/// Refuses an address that has guessed too often. Counts a guess that `is_wrong`.
async fn check_guesses(incoming: &Incoming, is_wrong: bool) -> Result<(), CallError> {
    gate::note_code::<gate::CountInvite>(&incoming.env, &incoming.config.rules.invite, &incoming.address(), is_wrong)
        .await
}

/// `POST /api/invites/:code`: both people become contacts at once, or the caller joins the group. A guest can talk with the maker.
pub async fn use_invite(incoming: &Incoming, code: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    Ok(come_as(incoming, &principal, code).await?.reply)
}

pub struct UsedInvite {
    pub maker: UserId,
    /// Group that the invite is for; `None` for one between two people.
    pub room: Option<String>,
    pub reply: Reply,
}

/// Does the same for a known session.
pub async fn come_as(incoming: &Incoming, principal: &Principal, code: &str) -> Result<UsedInvite, CallError> {
    // Visitors of a demo room are guests who stay there.
    if principal.has_one_room() {
        return Err(Refusal::Forbidden.into());
    }
    let (user, hash) = find_maker(incoming, code).await?;
    let made_by = UserId::parse(&user)?;
    let standing = contacts::standing(incoming, &principal.user, vec![made_by.clone()]).await?;
    if standing.first().is_some_and(|standing| standing.is_blocked) {
        return Err(Refusal::NotFound.into());
    }
    let groups = group_views::group_rows(incoming, principal).await?;
    let is_in = groups.into_iter().filter(|row| !row.is_pending).map(|row| row.room).collect();
    let is_guest = principal.kind == UserKind::Guest;
    let question = InviteUseCall { hash, by: principal.user.to_string(), is_guest, is_in };
    let InviteUseAnswer { room, is_open, name } = UseInvite::ask(&incoming.env, &user, &question).await?;
    let maker = made_by.clone();
    let opened = match &room {
        Some(room) if is_open => {
            groups::bring(incoming, principal, (&made_by, &name), room).await.map(|()| Reply::empty())
        }
        Some(_) => Ok(Reply::empty()),
        None if is_guest && is_open => rooms::open_by_invite(incoming, principal, &made_by).await,
        None => contacts::by_invite(incoming, principal, made_by, is_open.then_some(name)).await,
    };
    let reply = match opened {
        // A use that opened nothing does not count.
        Err(CallError::Refused(refusal)) if is_open => {
            ReleaseInvite::ask(&incoming.env, &user, &question).await?;
            return Err(refusal.into());
        }
        opened => opened?,
    };
    let Some(room) = room else {
        return Ok(UsedInvite { maker, room: None, reply });
    };
    if is_open {
        ConfirmInvite::ask(&incoming.env, &user, &question).await?;
    }
    match groups::json_of(incoming, principal, &room).await {
        Ok(shown) => {
            let reply = Reply::raw(format!("{{\"room\":{shown}}}"));
            Ok(UsedInvite { maker, room: Some(room), reply })
        }
        // A person who came and was removed since then receives the same answer as anybody else.
        Err(CallError::Refused(Refusal::Forbidden)) => Err(Refusal::NotFound.into()),
        Err(error) => Err(error),
    }
}
