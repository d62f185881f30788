//! Routes of web push (`push.md`): subscriptions, choices, and a test.

use protocol::codec::json::Value;
use protocol::content::text;
use protocol::machines::push::{Level, Quiet, check_keys};
use protocol::people::session::hash_hex;
use protocol::trust::guard::{UrlPolicy, check_url};
use protocol::wire::messenger::{PushChoices, push_choices_json};
use protocol::words::language;
use protocol::words::limits::{PUSH_AGENT_CHARS_MAX, PUSH_ENDPOINT_BYTES_MAX, SEQ_MAX};
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::{members, rooms};
use crate::auth::{origin, session};
use crate::calls::directory::{FindEndpointOwner, OwnedHashCall, TakeEndpoint};
use crate::calls::push::{
    AddSubscription, ChoosePush, EndSubscription, PushCall, ReadPush, RemoveSubscription, SetPushLevel, TestPush,
};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::directory::shard_of;
use crate::kit::request::Request;
use crate::outbound::push;
use crate::runtime;
use crate::runtime::call_error::CallError;

async fn ask<R: Request<Question = PushCall, Answer = String>>(
    incoming: &Incoming,
    who: &Principal,
    question: PushCall,
) -> Result<String, CallError> {
    R::ask(&incoming.env, who.user.as_str(), &question).await
}

fn question(who: &Principal) -> PushCall {
    PushCall { session: who.session.clone(), ..PushCall::default() }
}

/// Returns the deployment's key. Without one, notifications are not possible.
async fn public_key(incoming: &Incoming) -> Result<String, Refusal> {
    push::public_key(incoming.config).await.ok_or(Refusal::NotFound)
}

/// `GET /api/me/push`.
pub async fn read_state(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let key = push::public_key(incoming.config).await;
    let key = key.map_or_else(|| "null".to_owned(), |key| format!("\"{key}\""));
    let state = ask::<ReadPush>(incoming, &who, question(&who)).await?;
    Ok(Reply::raw(format!("{{\"publicKey\":{key},{state}")))
}

/// `POST /api/me/push`.
pub async fn add_subscription(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["endpoint", "keys", "language"]).await?;
    let endpoint = members.needed_text("endpoint")?;
    if endpoint.len() > PUSH_ENDPOINT_BYTES_MAX {
        return Err(Refusal::over_limit("endpoint", "This address is too long.", PUSH_ENDPOINT_BYTES_MAX).into());
    }
    let place = UrlPolicy { own_host: incoming.url.host_str(), ..incoming.config.hub.place() };
    check_url(endpoint, place).map_err(|refusal| Refusal::Validation {
        field: "endpoint".into(),
        message: refusal.to_string().into(),
        limit: None,
    })?;
    let source = Value::parse(members.source());
    let key = |name: &str| source.as_ref()?.get("keys")?.get(name)?.as_str().map(str::to_owned);
    let (p256dh, auth) = (key("p256dh").unwrap_or_default(), key("auth").unwrap_or_default());
    let keys = check_keys(&p256dh, &auth)?;
    // A browser without a language receives notifications in the first one.
    let language = members.text("language")?.unwrap_or(language::FIRST.tag);
    if language::find(language).is_none() {
        return Err(Refusal::unknown_language().into());
    }
    public_key(incoming).await?;
    if !incoming.config.vapid.as_ref().is_some_and(|vapid| vapid.serves(endpoint)) {
        return Err(Refusal::validation("endpoint", "This push service isn't supported.").into());
    }
    if runtime::share_secret(&keys.p256dh).await.is_none() {
        return Err(Refusal::validation("keys", "These aren't the keys of a push subscription.").into());
    }
    let agent = incoming.header("user-agent").unwrap_or_default().chars().take(PUSH_AGENT_CHARS_MAX).collect();
    let subscription = PushCall {
        id: runtime::new_uuid(),
        endpoint: endpoint.to_owned(),
        p256dh,
        auth,
        language: language.to_owned(),
        agent,
        origin: origin::page(incoming),
        ..question(&who)
    };
    take_over(incoming, &who, endpoint).await?;
    let id = ask::<AddSubscription>(incoming, &who, subscription).await?;
    Ok(Reply::raw(format!("{{\"id\":\"{id}\"}}")).with_status(201))
}

/// Ends the subscription that another person has at this address: a browser has one address, and another person is in it now.
async fn take_over(incoming: &Incoming, who: &Principal, endpoint: &str) -> Result<(), CallError> {
    let (hash, user, limits) = (hash_hex(endpoint), who.user.to_string(), &incoming.config.limits);
    let shard = shard_of(endpoint);
    let before = FindEndpointOwner::ask(&incoming.env, &shard, &hash).await?;
    if !before.is_empty() && before != user {
        let question = PushCall { endpoint: endpoint.to_owned(), ..PushCall::default() };
        match EndSubscription::ask(&incoming.env, &before, &question).await {
            // That person is gone for good.
            Ok(()) | Err(CallError::Refused(Refusal::NotFound)) => {}
            Err(error) => return Err(error),
        }
    }
    // A remembered browser hands its address over in each of its sessions.
    let until = incoming.now + limits.refresh_ttl_ms + limits.session_age_ms_max;
    TakeEndpoint::ask(&incoming.env, &shard, &OwnedHashCall { hash, user, until }).await?;
    Ok(())
}

/// `DELETE /api/me/push/:id`.
pub async fn remove_subscription(incoming: &Incoming, id: &str) -> HandlerResult {
    let who = session::person(incoming).await?;
    ask::<RemoveSubscription>(incoming, &who, PushCall { id: id.to_owned(), ..PushCall::default() }).await?;
    Ok(Reply::empty())
}

/// `PUT /api/me/push`: absent members stay as they are; `quiet: null` ends the quiet hours.
pub async fn change_choices(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["quiet", "preview"]).await?;
    let preview = members.optional_flag("preview")?;
    let source = Value::parse(members.source());
    let quiet = source.as_ref().and_then(|source| source.get("quiet")).map(read_quiet).transpose()?;
    // The object fills in absent members, so that two simultaneous changes lose nothing.
    let quiet = quiet.map(|quiet| PushChoices { quiet, ..PushChoices::default() });
    let quiet = quiet.map(|choices| format!("{{{}}}", push_choices_json(&choices)));
    let state = ask::<ChoosePush>(incoming, &who, PushCall { quiet, preview, ..PushCall::default() }).await?;
    Ok(Reply::raw(format!("{{{state}}}")))
}

fn read_quiet(quiet: &Value) -> Result<Option<Quiet>, Refusal> {
    if *quiet == Value::Null {
        return Ok(None);
    }
    let refusal = Refusal::validation("quiet", "Quiet hours have from, to and timeZone.");
    let text = |name: &str| quiet.get(name).and_then(Value::as_str).ok_or(refusal.clone());
    let (from, to, zone) = (text("from")?, text("to")?, text("timeZone")?);
    let refusal = || Refusal::validation("quiet", "This time zone is not known.");
    let zone = text::time_zone(zone).map_err(|_| refusal())?;
    runtime::minute_of_day(&zone, runtime::now_ms()).ok_or_else(refusal)?;
    Quiet::read(from, to, &zone).map(Some)
}

/// `PUT /api/me/push/rooms/:id`.
pub async fn set_level(incoming: &Incoming, id: &str) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["level", "until"]).await?;
    let level = members.needed_text("level")?;
    let level = Level::parse(level).ok_or(Refusal::validation("level", "level is all, mentions or none."))?;
    let until = members.number("until")?.map(|until| u64::try_from(until).ok().filter(|until| *until <= SEQ_MAX));
    let until = until.map(|until| until.ok_or(Refusal::validation("until", "until is a time in milliseconds.")));
    let until = until.transpose()?;
    let room = rooms::parse(incoming, id)?;
    room.admits(&who)?;
    let (room, level) = (room.as_str().to_owned(), level.as_str().to_owned());
    let question = PushCall { room, level, until, ..PushCall::default() };
    Ok(Reply::raw(ask::<SetPushLevel>(incoming, &who, question).await?))
}

/// `POST /api/me/push/test`.
pub async fn send_test(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    public_key(incoming).await?;
    Ok(Reply::raw(TestPush::ask(&incoming.env, who.user.as_str(), &()).await?))
}
