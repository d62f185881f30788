//! People: lists of visible people, the caller's own profile, presence over REST, and the inbox (`messenger.md` 3, `push.md` 1).

use std::cell::RefCell;
use std::collections::BTreeSet;

use futures_util::future::join;
use protocol::content::text::comparable_name;
use protocol::machines::presence::{PresenceViews, Record};
use protocol::people::contacts::Relation;
use protocol::wire::messenger::{ListPlace, read_presence};
use protocol::words::bot_cast::BOTS;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::{PEOPLE_FOUND_MAX, SEQ_MAX};
use protocol::words::personas::{self, PERSONAS};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use protocol::words::status::Visible;
use serde::Serialize;
use serde_json::{Value, json};

use super::profiles::{Viewer, own_user_json, profile_of, view_person};
use super::{contacts, groups, handles, list, members, rooms};
use crate::auth::session;
use crate::calls::PresenceWire;
use crate::calls::contacts::ContactRow;
use crate::calls::person::{
    ChangePresence, InboxRow, ListInbox, MarkRead, PersonView, PostPresence, Profile, ReadCall,
};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// The public list is loaded from the personas' own objects at most this often (`core.md` 1.5).
const CAST_MS: Millis = 2_000;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonRow {
    pub id: String,
    pub display_name: String,
    pub avatar_id: String,
    pub personal_message: String,
    pub kind: UserKind,
    /// Status as others see it.
    pub status: String,
    /// Time at which the status began.
    pub since: Millis,
}

impl PersonRow {
    fn new(kind: UserKind, visible: Visible) -> Self {
        let Visible { id, display_name, status, personal_message, avatar_id, since, .. } = visible;
        Self { id, display_name, avatar_id, personal_message, kind, status, since }
    }
}

thread_local! {
    static CAST: RefCell<Option<(Millis, Vec<PresenceViews>)>> = const { RefCell::new(None) };
}

/// Returns the cast as `viewer` sees it; without a viewer, as strangers do. A persona that became an account has its kind, and cannot be
/// played (`account.md` 10): its presence is nobody's business who has not signed in.
pub async fn cast(incoming: &Incoming, viewer: Option<&UserId>) -> Vec<PersonRow> {
    let seen = |views: PresenceViews| match viewer {
        Some(viewer) => views.to(viewer.as_str()),
        None => {
            let visible = views.to_a_stranger();
            if visible.is_account { visible.without_presence() } else { visible }
        }
    };
    let row = |visible: Visible| PersonRow::new(visible.kind(), visible);
    views_of_cast(incoming).await.into_iter().map(|views| row(seen(views))).collect()
}

/// Returns the personas with their current appearance; none where the deployment has no personas (`sign-in.md` 1.6).
async fn views_of_cast(incoming: &Incoming) -> Vec<PresenceViews> {
    if !incoming.config.has_personas {
        return Vec::new();
    }
    let cached = CAST
        .with_borrow(|cast| cast.as_ref().filter(|(at, _)| at + CAST_MS > incoming.now).map(|(_, rows)| rows.clone()));
    if let Some(rows) = cached {
        return rows;
    }
    let rows: Vec<PresenceViews> =
        call::in_portions(PERSONAS.iter().map(|persona| cast_member(incoming, persona))).await;
    CAST.replace(Some((incoming.now, rows.clone())));
    rows
}

/// Returns one persona. If their object cannot be asked, they appear offline.
async fn cast_member(incoming: &Incoming, persona: &personas::Persona) -> PresenceViews {
    let profile = match UserId::parse(persona.id) {
        Ok(user) => profile_of(incoming, &user).await,
        Err(refusal) => Err(refusal.into()),
    };
    profile.map(|profile| profile.views).unwrap_or_else(|error| {
        telemetry::call_failed("profile", &error);
        let absent = Record::new(persona.id, UserKind::Persona, persona.name, persona.avatar, persona.message_en);
        PresenceViews::plain(absent.shown)
    })
}

/// Returns the bots, which look the same to everybody.
fn bots() -> impl Iterator<Item = PersonRow> {
    BOTS.iter().map(|bot| PersonRow::new(UserKind::Bot, bot.shown()))
}

/// `GET /api/auth/accounts`: personas that can be played, and the bots, for everybody.
pub async fn list_accounts(incoming: &Incoming) -> HandlerResult {
    let rows: Vec<Value> = cast(incoming, None)
        .await
        .into_iter()
        .chain(bots())
        .map(|row| {
            json!({
                "id": row.id,
                "displayName": row.display_name,
                "avatarId": row.avatar_id,
                "personalMessage": row.personal_message,
                "kind": row.kind,
                "status": row.status,
            })
        })
        .collect();
    Reply::json(&rows)
}

/// `GET /api/users`: the cast; and for everybody but guests their contacts and the people of rooms they share (2.1).
pub async fn list_users(incoming: &Incoming) -> HandlerResult {
    if let Some(handle) = incoming.query("handle") {
        return handles::find_person(incoming, &handle).await;
    }
    let principal = session::for_public_list(incoming).await?;
    if principal.user.is_demo() {
        return list::page(incoming, &[], |row: &PersonRow| ListPlace::new(0, &row.id));
    }
    let wanted = incoming.query("q").map(|text| comparable_name(&text));
    let mut rows: Vec<PersonRow> = cast(incoming, Some(&principal.user)).await;
    rows.extend(bots());
    if principal.kind != UserKind::Guest {
        let known = known_people(incoming, &principal, wanted.as_deref()).await?;
        rows.extend(known.rows.into_iter().filter(|row| row.kind != UserKind::Bot));
    }
    if let Some(wanted) = wanted {
        rows.retain(|row| comparable_name(&row.display_name).starts_with(&wanted));
        rows.truncate(PEOPLE_FOUND_MAX);
    }
    list::page(incoming, &rows, |row| place_of(incoming, row))
}

/// Returns the place of a person in the list: the cast in its own order, the bots in theirs, and everybody else by their ids.
fn place_of(incoming: &Incoming, row: &PersonRow) -> ListPlace {
    let persona = PERSONAS.iter().position(|persona| persona.id == row.id).filter(|_| incoming.config.has_personas);
    let bot = BOTS.iter().position(|bot| bot.id == row.id);
    let (part, rank) = match (persona, bot) {
        (Some(rank), _) => (0, rank),
        (None, Some(rank)) => (1, rank),
        (None, None) => (2, 0),
    };
    ListPlace::in_part(part, rank as u64, &row.id)
}

pub struct KnownPeople {
    pub rows: Vec<PersonRow>,
    /// The person has a contact, who may be one of the cast.
    pub has_contacts: bool,
}

/// Returns everybody that the page of a session shows: the cast first, then the people it knows.
pub async fn visible_people(incoming: &Incoming, principal: &Principal) -> Result<KnownPeople, CallError> {
    if principal.user.is_demo() {
        // A demo room's people are those of its one group.
        return known_people(incoming, principal, None).await;
    }
    let (mut rows, known) = join(cast(incoming, Some(&principal.user)), known_people(incoming, principal, None)).await;
    let KnownPeople { rows: known, has_contacts } = known?;
    rows.extend(known);
    Ok(KnownPeople { rows, has_contacts })
}

/// Returns contacts, partners of direct conversations and members of the person's groups, without the cast. A deployment without personas has
/// no cast, but may have accounts that were personas. Nobody whose name does not begin with `wanted` is loaded.
async fn known_people(
    incoming: &Incoming,
    principal: &Principal,
    wanted: Option<&str>,
) -> Result<KnownPeople, CallError> {
    let talks = join(rooms::partners(incoming, principal), groups::companions(incoming, principal));
    let (contacts, (partners, companions)) = join(contacts::contact_rows(incoming, principal), talks).await;
    let is_wanted = |row: &ContactRow| {
        let is_named_so = wanted.is_none_or(|wanted| comparable_name(&row.name).starts_with(wanted));
        row.relation == Relation::Contact && is_named_so
    };
    let contacts = contacts?;
    let has_contacts = contacts.iter().any(|row| row.relation == Relation::Contact);
    let contacts = contacts.into_iter().filter(is_wanted).filter_map(|row| UserId::parse(&row.user).ok());
    let companions: BTreeSet<UserId> = companions?.into_iter().collect();
    let is_stranger_to_cast = |user: &UserId| !incoming.config.has_personas || personas::find(user.as_str()).is_none();
    let all = contacts.chain(partners?).chain(companions.iter().cloned());
    let others: BTreeSet<UserId> = all.filter(is_stranger_to_cast).collect();
    // Conversations and groups alone matter here: a common open room adds nothing to this list.
    let viewer = Viewer::passing(&principal.user);
    let views = others.iter().map(|user| view_person(incoming, &viewer, user, companions.contains(user)));
    let is_shown = |view: &PersonView| view.exists && view.kind != UserKind::Persona;
    let known = call::in_portions(views).await.into_iter().flatten().filter(is_shown);
    Ok(KnownPeople { rows: known.map(|view| PersonRow::new(view.kind, view.visible)).collect(), has_contacts })
}

/// `GET /api/me`.
pub async fn read_profile(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let profile = profile_of(incoming, &principal.user).await?;
    Reply::json(&own_user_json(&principal, &profile))
}

/// `PUT /api/me`: changes the person's appearance, even if nobody sees it now. Absent members stay as they are.
pub async fn change_profile(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["status", "displayName", "personalMessage", "avatarId", "until"]).await?;
    let change = PresenceWire::from(&read_presence(members.source())?);
    ChangePresence::ask(&incoming.env, principal.user.as_str(), &change).await?;
    let profile = profile_of(incoming, &principal.user).await?;
    Reply::json(&own_user_json(&principal, &profile))
}

/// `POST /api/presence`: holds for a while without a socket.
pub async fn change_presence(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["status", "displayName", "personalMessage", "avatarId", "until"]).await?;
    let change = read_presence(members.source())?;
    if change.status.is_none() {
        return Err(Refusal::validation("status", "A status is needed.").into());
    }
    let profile = set_presence(incoming, &principal, PresenceWire::from(&change)).await?;
    let mut row = own_user_json(&principal, &profile);
    if let Value::Object(members) = &mut row {
        members.insert("since".to_owned(), profile.views.to(principal.user.as_str()).since.into());
    }
    Reply::json(&row)
}

/// Changes a person's appearance over REST.
pub async fn set_presence(
    incoming: &Incoming,
    principal: &Principal,
    change: PresenceWire,
) -> Result<Profile, CallError> {
    PostPresence::ask(&incoming.env, principal.user.as_str(), &change).await
}

/// `GET /api/inbox`: one item per room.
pub async fn read_inbox(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let rows = ListInbox::ask(&incoming.env, principal.user.as_str(), &()).await?;
    let page = list::slice(incoming, &rows, |row| ListPlace::new(ListPlace::falling(row.at), &row.room))?;
    page.reply(&page.items.iter().map(InboxItem::of).collect::<Result<Vec<_>, _>>()?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InboxItem<'a> {
    room_id: &'a str,
    from_seq: u64,
    to_seq: u64,
    count: u64,
    last: Value,
}

impl<'a> InboxItem<'a> {
    fn of(row: &'a InboxRow) -> Result<Self, serde_json::Error> {
        let InboxRow { room, from_seq, to_seq, count, last, .. } = row;
        let last = serde_json::from_str(last)?;
        Ok(Self { room_id: room, from_seq: *from_seq, to_seq: *to_seq, count: *count, last })
    }
}

/// `POST /api/inbox/ack`.
pub async fn ack_inbox(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["items"]).await?;
    let form = || Refusal::validation("items", "items is a list of roomId and seq.");
    let pair = |item: &Value| {
        let seq = item.get("seq")?.as_u64().filter(|seq| *seq <= SEQ_MAX)?;
        Some((item.get("roomId")?.as_str()?.to_owned(), seq))
    };
    let places: Option<Vec<_>> = members.list("items")?.ok_or_else(form)?.iter().map(pair).collect();
    let call = ReadCall { places: places.ok_or_else(form)?, is_receipt: false };
    MarkRead::ask(&incoming.env, principal.user.as_str(), &call).await?;
    Ok(Reply::empty())
}
