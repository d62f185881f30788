//! Contacts, blocks and settings over REST (`settings.md` 1).

use protocol::content::text;
use protocol::people::contacts::{Relation, Settings, SettingsChange};
use protocol::wire::messenger::{ListPlace, read_settings_change};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use serde::Serialize;

use super::profiles::{Viewer, exists, view_person};
use super::{list, members};
use crate::auth::session;
use crate::calls::contacts::{
    ActOnContact, BlockCall, BlockPerson, ChangeSettings, ClockCall, ContactAct, ContactActAnswer, ContactActCall,
    ContactRow, ContactStanding, ListBlocked, ListContacts, ReadClock, ReadStanding,
};
use crate::calls::directory;
use crate::calls::person::PersonView;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Contact, or open request. Only contacts have a presence here.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContactItem {
    id: String,
    display_name: String,
    avatar_id: String,
    kind: UserKind,
    relation: Relation,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    added_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Millis>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BlockedItem {
    id: String,
    display_name: String,
    avatar_id: String,
    kind: UserKind,
    blocked_at: Millis,
}

/// Returns the relations of `others` to `user`, in their order: contacts, blocked, may write. One call for any number of people.
pub async fn standing(
    incoming: &Incoming,
    user: &UserId,
    others: Vec<UserId>,
) -> Result<Vec<ContactStanding>, CallError> {
    ReadStanding::ask(&incoming.env, user.as_str(), &others).await
}

/// Returns everybody with whom the person has a relation, from the person's own object.
pub async fn contact_rows(incoming: &Incoming, principal: &Principal) -> Result<Vec<ContactRow>, CallError> {
    ListContacts::ask(&incoming.env, principal.user.as_str(), &()).await
}

// ---- contacts

/// `GET /api/me/contacts`: contacts, and requests in both directions, in the order in which they began.
pub async fn list_contacts(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let rows = contact_rows(incoming, &principal).await?;
    let page = list::slice(incoming, &rows, |row| ListPlace::new(row.since, &row.user))?;
    let items = call::in_portions(page.items.iter().map(|row| item(incoming, &principal, row))).await;
    page.reply(&items)
}

async fn item(incoming: &Incoming, principal: &Principal, row: &ContactRow) -> ContactItem {
    let view = view_of(incoming, principal, &row.user).await;
    let shown = view.as_ref().map(|view| &view.visible);
    let is_contact = row.relation == Relation::Contact;
    let presence = view.as_ref().filter(|view| is_contact && view.shows_presence).map(|view| &view.visible);
    ContactItem {
        id: row.user.clone(),
        display_name: shown.as_ref().map_or_else(|| row.name.clone(), |shown| shown.display_name.clone()),
        avatar_id: shown.as_ref().map(|shown| shown.avatar_id.clone()).unwrap_or_default(),
        kind: view.as_ref().map_or_else(|| UserKind::of_id(&row.user), |view| view.kind),
        relation: row.relation,
        note: row.note.clone(),
        added_at: row.since,
        personal_message: presence.map(|presence| presence.personal_message.clone()),
        status: presence.map(|presence| presence.status.clone()),
        since: presence.map(|presence| presence.since),
    }
}

/// Returns the view of a person without regard to rooms that the two share. Contacts see the presence anyway; for others a list has none.
async fn view_of(incoming: &Incoming, principal: &Principal, id: &str) -> Option<PersonView> {
    let user = UserId::parse(id).ok()?;
    view_person(incoming, &Viewer::passing(&principal.user), &user, false).await.ok()
}

/// `POST /api/me/contacts`: sends a request with a note. A second request is the same one: 200 instead of 201.
pub async fn request_contact(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["userId", "note"]).await?;
    let other = UserId::parse(members.needed_text("userId")?)?;
    if other.is_of_demo() {
        return Err(Refusal::NotFound.into());
    }
    let note = text::contact_note(members.text("note")?.unwrap_or_default())?;
    if !exists(incoming, &other).await {
        return Err(Refusal::NotFound.into());
    }
    let view = view_person(incoming, &Viewer::passing(&principal.user), &other, false).await?;
    // Guests cannot send requests. A person who wants a guest as a contact has met them (2.1).
    let is_cast = matches!(view.kind, UserKind::Persona | UserKind::Bot);
    if principal.kind == UserKind::Guest && !is_cast {
        return Err(Refusal::Forbidden.into());
    }
    let act = ContactAct::Request { note, name: view.visible.display_name };
    perform_act(incoming, &principal, other, act).await
}

/// `POST /api/me/contacts/:userId/accept`.
pub async fn accept_request(incoming: &Incoming, other: &str) -> HandlerResult {
    act(incoming, other, ContactAct::Accept).await
}

/// `POST /api/me/contacts/:userId/decline`: the other person is not notified.
pub async fn decline_request(incoming: &Incoming, other: &str) -> HandlerResult {
    act(incoming, other, ContactAct::Decline).await
}

/// `DELETE /api/me/contacts/:userId`: removes a contact or the person's own request. A missing one is no error.
pub async fn remove_contact(incoming: &Incoming, other: &str) -> HandlerResult {
    act(incoming, other, ContactAct::Remove).await
}

async fn act(incoming: &Incoming, other: &str, act: ContactAct) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let other = UserId::parse(other)?;
    perform_act(incoming, &principal, other, act).await
}

/// Makes two people contacts through an invite. Without a `name` the other one's object has already done so. Returns the answer with the
/// contact.
pub async fn by_invite(
    incoming: &Incoming,
    principal: &Principal,
    other: UserId,
    name: Option<String>,
) -> HandlerResult {
    let row = match name {
        Some(name) => {
            let act = ContactAct::Come { name };
            let question = ContactActCall { other, act };
            ActOnContact::ask(&incoming.env, principal.user.as_str(), &question).await?.row
        }
        None => contact_rows(incoming, principal).await?.into_iter().find(|row| row.user == other.as_str()),
    };
    match row {
        Some(row) => {
            let contact = serde_json::to_string(&item(incoming, principal, &row).await)?;
            Ok(Reply::raw(format!("{{\"contact\":{contact}}}")))
        }
        None => Ok(Reply::empty()),
    }
}

async fn perform_act(incoming: &Incoming, principal: &Principal, other: UserId, act: ContactAct) -> HandlerResult {
    let is_request = matches!(act, ContactAct::Request { .. });
    let question = ContactActCall { other, act };
    let ContactActAnswer { row, has_changed } =
        ActOnContact::ask(&incoming.env, principal.user.as_str(), &question).await?;
    let Some(row) = row else {
        return Ok(Reply::empty());
    };
    let reply = Reply::json(&item(incoming, principal, &row).await)?;
    Ok(if is_request && has_changed { reply.with_status(201) } else { reply })
}

// ---- blocks

/// `GET /api/me/blocks`.
pub async fn list_blocks(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let blocked = ListBlocked::ask(&incoming.env, principal.user.as_str(), &()).await?;
    let page = list::slice(incoming, &blocked, |(user, at)| ListPlace::new(*at, user))?;
    // An unknown id can be blocked, and no object is called for it.
    let known = directory::known(&incoming.env, page.items.iter().map(|(user, _)| user.as_str())).await;
    let items = page.items.iter().map(|(user, at)| blocked_item(incoming, &principal, user, *at, known.contains(user)));
    page.reply(&call::in_portions(items).await)
}

async fn blocked_item(
    incoming: &Incoming,
    principal: &Principal,
    id: &str,
    blocked_at: Millis,
    is_known: bool,
) -> BlockedItem {
    let view = if is_known { view_of(incoming, principal, id).await } else { None };
    let kind = view.as_ref().map_or_else(|| UserKind::of_id(id), |view| view.kind);
    let shown = view.map(|view| (view.visible.display_name, view.visible.avatar_id));
    let (display_name, avatar_id) = shown.unwrap_or_default();
    BlockedItem { id: id.to_owned(), display_name, avatar_id, kind, blocked_at }
}

/// `PUT` and `DELETE /api/me/blocks/:userId`. Only the caller learns of it, and the answer does not say if the other person exists.
pub async fn block_person(incoming: &Incoming, other: &str) -> HandlerResult {
    set_block(incoming, other, true).await
}

/// `DELETE /api/me/blocks/:id`.
pub async fn unblock_person(incoming: &Incoming, other: &str) -> HandlerResult {
    set_block(incoming, other, false).await
}

async fn set_block(incoming: &Incoming, other: &str, is_blocked: bool) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let question = BlockCall { other: UserId::parse(other)?, is_blocked, trace: incoming.trace() };
    BlockPerson::ask(&incoming.env, principal.user.as_str(), &question).await?;
    Ok(Reply::empty())
}

// ---- settings

/// `GET /api/me/settings`.
pub async fn read_settings(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    Reply::json(&changed_settings(incoming, &principal, SettingsChange::default()).await?)
}

/// `PUT /api/me/settings`: members that are absent stay as they are.
pub async fn change_settings(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, Settings::MEMBERS).await?;
    let change = read_settings_change(&members)?;
    Reply::json(&changed_settings(incoming, &principal, change).await?)
}

async fn changed_settings(
    incoming: &Incoming,
    principal: &Principal,
    change: SettingsChange,
) -> Result<Settings, CallError> {
    ChangeSettings::ask(&incoming.env, principal.user.as_str(), &change).await
}

// ---- local time

/// `GET /api/me/clock`.
pub async fn read_clock(incoming: &Incoming) -> HandlerResult {
    let user = session::person(incoming).await?.user;
    clock_of(incoming, &user, ClockCall { by: None, zone: None }).await
}

/// `PUT /api/me/clock`: publishes this time zone, or none.
pub async fn change_clock(incoming: &Incoming) -> HandlerResult {
    let user = session::person(incoming).await?.user;
    let members = members::of(incoming, &["timeZone"]).await?;
    let zone = Some(text::time_zone(members.needed_text("timeZone")?)?);
    clock_of(incoming, &user, ClockCall { by: None, zone }).await
}

/// `GET /api/users/:userId/clock`.
pub async fn read_clock_of(incoming: &Incoming, other: &str) -> HandlerResult {
    let by = Some(session::person(incoming).await?.user);
    let user = UserId::parse(other)?;
    if !exists(incoming, &user).await {
        return clock_reply("");
    }
    clock_of(incoming, &user, ClockCall { by, zone: None }).await
}

async fn clock_of(incoming: &Incoming, user: &UserId, question: ClockCall) -> HandlerResult {
    clock_reply(&ReadClock::ask(&incoming.env, user.as_str(), &question).await?)
}

fn clock_reply(zone: &str) -> HandlerResult {
    Reply::json(&serde_json::json!({ "timeZone": zone }))
}
