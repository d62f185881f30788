//! `/i/<code>` (`people.md` 5): the part of an invite that each viewer may see, and the action of its one form. `app::pages::invite` renders
//! it.

use app::appearance::Appearance;
use app::pages::invite::{ClosedInvite, Invite, Viewer, invite, shut};
use protocol::codec::json::Value;
use protocol::people::invite::read_code;
use protocol::words::conversation_address::ConversationAddress;
use protocol::words::ids::RoomId;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use worker::Response;

use super::admin::{html, page_appearance};
use super::app::{elsewhere, session_of_form};
use crate::auth::{origin, session};
use crate::calls::auth::{Purpose, ValidSession};
use crate::calls::flags;
use crate::doors::messenger::invites::{self, UsedInvite};
use crate::http::form::Form;
use crate::http::incoming::Incoming;
use crate::http::{answer, cookie};
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// `GET` and `POST /i/:code`.
pub async fn answer(incoming: &Incoming, text: &str) -> worker::Result<Response> {
    // An invalid code is not repeated in the page, nor in its addresses.
    let code = read_code(text).unwrap_or_default();
    let appearance = page_appearance(incoming);
    if let Some(again) = elsewhere::again(incoming).await? {
        return Ok(again);
    }
    let done = if incoming.method == "POST" {
        come(incoming, &code).await
    } else {
        show_invite(incoming, &appearance, &code).await
    };
    done.or_else(|error| {
        if error.fault().is_some() {
            telemetry::call_failed(&incoming.place(), &error);
        }
        let refusal = Refusal::from(error);
        let is_late = incoming.method == "POST" && matches!(refusal, Refusal::Unauthenticated | Refusal::Csrf);
        if is_late && !code.is_empty() {
            // The session ended or was replaced after the page was rendered, so the page is shown again.
            return answer::lead(incoming, &format!("/i/{code}"), None);
        }
        refused(incoming, &appearance, &code, refusal)
    })
}

fn refused(incoming: &Incoming, appearance: &Appearance, code: &str, refusal: Refusal) -> worker::Result<Response> {
    let why = match refusal {
        Refusal::NotFound => ClosedInvite::Gone,
        Refusal::RateLimited { .. } => ClosedInvite::TooFast,
        Refusal::Conflict => ClosedInvite::Own,
        _ => ClosedInvite::Failed,
    };
    // A person is not redirected again to an invite that does not open.
    let is_stored = cookie::read_invite(incoming).is_some_and(|stored| stored == code);
    let forgotten = is_stored.then(|| cookie::INVITE.clear(incoming));
    let page = html(incoming, appearance, shut(appearance, code, why), forgotten)?;
    for (name, value) in answer::retry_after(&refusal) {
        page.headers().set(name, &value)?;
    }
    Ok(page.with_status(refusal.status()))
}

async fn show_invite(incoming: &Incoming, appearance: &Appearance, code: &str) -> Result<Response, CallError> {
    let checked = viewer(incoming).await?;
    if checked.is_none() && !code.is_empty() && cookie::REFRESH.read(incoming).is_some() {
        // The messenger begins a session for a remembered browser, and redirects to this page again.
        return Ok(answer::lead(incoming, "/app", Some(cookie::set_invite(incoming, code, false)))?);
    }
    // Who has accepted before they had an account is not asked again. Without a proved address the page says what is missing.
    if let Some(checked) = &checked
        && checked.principal.kind != UserKind::Guest
        && cookie::is_invite_accepted(incoming, code)
        && session::check_may_write(incoming, checked).is_ok()
    {
        return use_invite(incoming, checked, code).await;
    }
    let by = checked.as_ref().map(|checked| checked.principal.user.to_string()).unwrap_or_default();
    let text = invites::load_invite(incoming, code, by).await?;
    let found = Value::parse(&text).unwrap_or(Value::Null);
    let of = |group: &str, name: &str| {
        found.get(group).and_then(|group| group.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    let (name, avatar) = (of("from", "displayName").unwrap_or_default(), of("from", "avatarId").unwrap_or_default());
    // Visitors of a demo room are guests who stay there.
    let stays = checked.as_ref().is_some_and(|checked| checked.principal.has_one_room());
    let takes_guests = found.get("guests").is_some() && !stays;
    let viewer = match checked {
        None => Viewer::Nobody,
        Some(checked) if checked.principal.kind == UserKind::Guest => Viewer::Guest(checked.csrf),
        Some(checked) => member(incoming, checked, code, found.get("room").is_some()).await?,
    };
    // After the next sign-in, `/app` redirects to this page once.
    let stored = match (&viewer, takes_guests) {
        (Viewer::Somebody(_) | Viewer::Contact(_), _) | (Viewer::Guest(_), true) => cookie::INVITE.clear(incoming),
        (Viewer::Nobody, _) | (Viewer::Guest(_), false) => cookie::set_invite(incoming, code, takes_guests),
    };
    let page = Invite { code: code.to_owned(), name, avatar, room: of("room", "name"), takes_guests, viewer };
    Ok(html(incoming, appearance, invite(appearance, page), Some(stored))?)
}

/// Returns a viewer with an account or a persona. A contact of the maker has nothing to accept, unless the invite is for a group.
async fn member(
    incoming: &Incoming,
    checked: ValidSession,
    code: &str,
    is_to_group: bool,
) -> Result<Viewer, CallError> {
    let maker = match is_to_group {
        true => None,
        false => invites::contact_who_made(incoming, &checked.principal, code).await?,
    };
    let Some(maker) = maker else { return Ok(Viewer::Somebody(checked.csrf)) };
    let room = RoomId::direct(maker, checked.principal.user)?.to_string();
    Ok(Viewer::Contact(ConversationAddress { room, seq: None, of: None }.path()))
}

/// Returns the session of the viewer; `None` for a visitor without one.
async fn viewer(incoming: &Incoming) -> Result<Option<ValidSession>, CallError> {
    let Some(credential) = session::credential(incoming) else {
        return Ok(None);
    };
    match session::check(incoming, &credential, None, Purpose::Inspect).await {
        Ok(checked) => Ok(Some(checked)),
        Err(CallError::Refused(Refusal::Unauthenticated)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Uses the invite. A visitor, who accepts it by the button that leads to a new account, uses it once they have one.
async fn come(incoming: &Incoming, code: &str) -> Result<Response, CallError> {
    if !origin::is_vouched_for(incoming) {
        return Err(Refusal::OriginForbidden.into());
    }
    let form = Form::read(incoming).await?;
    if !form.field("new").is_empty() && !code.is_empty() && viewer(incoming).await?.is_none() {
        let accepted = cookie::set_accepted_invite(incoming, code);
        return Ok(answer::lead(incoming, "/sign-in?form=new", Some(accepted))?);
    }
    let checked = session_of_form(incoming, form.field("csrf"), String::new()).await?;
    use_invite(incoming, &checked, code).await
}

/// Uses the invite, and redirects to the messenger, which opens the conversation with the maker, or the group.
async fn use_invite(incoming: &Incoming, checked: &ValidSession, code: &str) -> Result<Response, CallError> {
    flags::check_writes(&incoming.env).await?;
    session::check_may_write(incoming, checked)?;
    let UsedInvite { maker, room, .. } = invites::come_as(incoming, &checked.principal, code).await?;
    let room =
        room.map_or_else(|| RoomId::direct(maker, checked.principal.user.clone()).map(|room| room.to_string()), Ok)?;
    let target = ConversationAddress { room, seq: None, of: None }.path();
    Ok(answer::lead(incoming, &target, Some(cookie::INVITE.clear(incoming)))?)
}
