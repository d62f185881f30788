//! Bots of a group (`integrations.md` 7.1): creating, listing, changing and revoking them. The group's object checks permissions and stores
//! the hash of each token. Token and secret are returned only once.

use protocol::machines::room::BotScope;
use protocol::machines::webhook::Secret;
use protocol::people::session::{hash_hex, integration_id, token};
use protocol::trust::guard::{UrlPolicy, check_url};
use protocol::wire::integrations::{BotBody, WebhookBody, bot_token, read_bot, refused_url};
use protocol::words::event::Millis;
use protocol::words::ids::RoomId;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde::Serialize;

use super::groups;
use super::members;
use crate::auth::session;
use crate::calls::auth::Purpose;
use crate::calls::own_bots::{
    AddOwnBot, AddOwnBotCall, ChangeOwnBot, ChangeOwnBotCall, ChangedOwnBot, ListOwnBots, ListedOwnBots, NewWebhook,
    OwnBotRow, RemoveOwnBot, RemoveProgramCall,
};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::outbound::connectors;
use crate::runtime;
use crate::runtime::call_error::CallError;

#[derive(Serialize)]
struct Listed<T> {
    items: Vec<T>,
}

/// Bot as every member of the group sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShortBot {
    id: String,
    name: String,
    scopes: Vec<BotScope>,
    made_by: String,
    made_at: Millis,
}

/// Bot with the values that are returned only once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    bot: OwnBotRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_secret: Option<String>,
}

/// `GET /api/rooms/:id/bots`.
pub async fn list_bots(incoming: &Incoming, id: &str) -> HandlerResult {
    let (principal, room) = groups::group_of(incoming, id).await?;
    let ListedOwnBots { bots, is_short } = ListOwnBots::ask(&incoming.env, room.as_str(), &principal.user).await?;
    if !is_short {
        return Reply::json(&Listed { items: bots });
    }
    let short = |OwnBotRow { id, name, scopes, made_by, made_at, .. }| ShortBot { id, name, scopes, made_by, made_at };
    Reply::json(&Listed { items: bots.into_iter().map(short).collect() })
}

/// `POST /api/rooms/:id/bots`.
pub async fn add_bot(incoming: &Incoming, id: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["name", "scopes", "commands", "webhook"]).await?;
    let body = read_bot(&members, place(incoming))?;
    let room = groups::group_in_path(incoming, &principal, id)?;
    let name = body.name.clone().ok_or(Refusal::validation("name", "This member is missing."))?;
    confirm_webhook(incoming, &principal, &room, None, &body).await?;
    let webhook = new_webhook(&body.webhook)?;
    let secret = token(runtime::drawn_bytes()?);
    let question = AddOwnBotCall {
        by: groups::actor_of(&principal),
        visible_from: principal.visible_from,
        id: integration_id(runtime::drawn_bytes()?),
        name,
        secret_hash: hash_hex(&secret),
        scopes: body.scopes.unwrap_or_else(|| BotScope::ALL.to_vec()),
        commands: body.commands.unwrap_or_default(),
        webhook: webhook.clone(),
        trace: incoming.trace(),
    };
    let bot = AddOwnBot::ask(&incoming.env, room.as_str(), &question).await?;
    let token = bot_token(room.as_str(), &bot.id, &secret);
    let told = Told { bot, token: Some(token), webhook_secret: webhook.map(|webhook| webhook.secret) };
    Ok(Reply::json(&told)?.with_status(201))
}

/// `PATCH /api/rooms/:id/bots/:bot`.
pub async fn change_bot(incoming: &Incoming, id: &str, bot: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["name", "scopes", "commands", "webhook"]).await?;
    let body = read_bot(&members, place(incoming))?;
    let room = groups::group_in_path(incoming, &principal, id)?;
    confirm_webhook(incoming, &principal, &room, Some(bot), &body).await?;
    let webhook = new_webhook(&body.webhook)?;
    let question = ChangeOwnBotCall {
        by: groups::actor_of(&principal),
        id: bot.to_owned(),
        name: body.name,
        scopes: body.scopes,
        commands: body.commands,
        webhook: webhook.clone(),
        has_no_webhook: body.webhook == WebhookBody::Nothing,
        trace: incoming.trace(),
    };
    let ChangedOwnBot { bot, has_other_webhook } = ChangeOwnBot::ask(&incoming.env, room.as_str(), &question).await?;
    let secret = webhook.filter(|_| has_other_webhook).map(|webhook| webhook.secret);
    Reply::json(&Told { bot, token: None, webhook_secret: secret })
}

/// `DELETE /api/rooms/:id/bots/:bot`.
pub async fn remove_bot(incoming: &Incoming, id: &str, bot: &str) -> HandlerResult {
    let (principal, room) = groups::group_of(incoming, id).await?;
    let question = RemoveProgramCall { by: principal.user, id: bot.to_owned(), trace: incoming.trace() };
    RemoveOwnBot::ask(&incoming.env, room.as_str(), &question).await?;
    Ok(Reply::empty())
}

fn place(incoming: &Incoming) -> UrlPolicy<'_> {
    UrlPolicy { own_host: incoming.url.host_str(), ..incoming.config.hub.place() }
}

/// Refuses a webhook address that must not be called. It is checked again before every call (`messagehub.md` 7.4).
async fn check_webhook(incoming: &Incoming, url: &str) -> Result<(), CallError> {
    let target = check_url(url, place(incoming)).map_err(|refusal| refused_url(refusal.to_string()))?;
    let checked = connectors::check_public(incoming.config, &target).await;
    if checked.map_err(|refusal| refused_url(refusal.to_string()))? {
        return Ok(());
    }
    Err(refused_url("The name of this address was not resolved.".to_owned()).into())
}

/// Asks a new webhook address to echo a challenge before it gets any event. Each address of a group has one bot.
async fn confirm_webhook(
    incoming: &Incoming,
    principal: &Principal,
    room: &RoomId,
    bot: Option<&str>,
    body: &BotBody,
) -> Result<(), CallError> {
    let WebhookBody::Url(url) = &body.webhook else { return Ok(()) };
    let ListedOwnBots { bots, is_short } = ListOwnBots::ask(&incoming.env, room.as_str(), &principal.user).await?;
    if is_short {
        return Err(Refusal::Forbidden.into());
    }
    if bot.is_some_and(|bot| !bots.iter().any(|known| known.id == bot)) {
        return Err(Refusal::NotFound.into());
    }
    // No name is resolved for a caller who may not set an address.
    check_webhook(incoming, url).await?;
    let with_url = |known: &&OwnBotRow| known.webhook.as_ref().is_some_and(|webhook| webhook.url == *url);
    match bots.iter().find(with_url) {
        Some(known) if Some(known.id.as_str()) == bot => {}
        Some(_) => return Err(refused_url("Another bot of this group has this address.".to_owned()).into()),
        None => {
            connectors::count_challenge(&incoming.env, incoming.config, url, principal.user.as_str()).await?;
            connectors::challenge(url).await.map_err(refused_url)?;
        }
    }
    // The receiver may have been slow: the session and its person's bots may have ended in the meantime.
    session::require(incoming, Purpose::Call).await.map(|_| ())
}

fn new_webhook(body: &WebhookBody) -> Result<Option<NewWebhook>, CallError> {
    let WebhookBody::Url(url) = body else { return Ok(None) };
    let secret = Secret::of_bytes(runtime::drawn_bytes()?).text();
    Ok(Some(NewWebhook { url: url.clone(), secret }))
}
