//! The demo over HTTP (`demo.md`): rooms that anybody can create and join without an account, with a session for that room alone. Cookies
//! have no effect here. The room's own object decides.

use protocol::content::text;
use protocol::machines::demo::{Code, Demo, DemoChange, JoinIdentity, Lease, SceneAct};
use protocol::machines::scene::{scene_language, scenes};
use protocol::people::names::{self, GUEST_AVATAR};
use protocol::people::session::guest_id;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use protocol::words::status::Status;
use protocol::words::{language, personas};
use serde_json::{Value, json};

use super::demo_plug;
use super::messenger::members;
use super::messenger::new_session::{Newcomer, SignedIn, begin};
use super::messenger::profiles::own_user_json;
use crate::auth::{session, turnstile};
use crate::calls::demo::{DemoCall, DemoWhat, MakeDemoCall, end_session};
use crate::calls::gate;
use crate::calls::room::{AskDemo, MakeDemo};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Error text for an invalid speed.
const SPEEDS: &str = "percent is 50 to 400.";
/// Number of codes that are drawn at most. It is rare that a code is taken.
const DRAWS_MAX: u32 = 8;

/// `GET /demo/scenes`.
pub async fn scene_list(_incoming: &Incoming) -> HandlerResult {
    let rows = scenes().iter().map(|scene| {
        json!({
            "id": scene.id, "title": scene.title, "language": scene.language, "lengthMs": scene.length_ms,
            "repeats": scene.repeats, "cast": scene.cast,
        })
    });
    Reply::json(&rows.collect::<Vec<Value>>())
}

// ---- making and coming

/// `POST /demo/rooms`: creates a room with its presenter.
pub async fn make_room(incoming: &Incoming) -> HandlerResult {
    let members = members::of_optional(incoming, &["language", "token"]).await?;
    let language = room_language(incoming, members.text("language")?)?;
    let token = members.text("token")?;
    gate::charge::<gate::CountDemoRoom>(&incoming.env, &incoming.config.rules.demo_room, &incoming.address()).await?;
    // A room costs a day of an object's work and of a model's. With Turnstile configured, a script cannot create one.
    if incoming.config.turnstile.secret.is_some() {
        turnstile::verify(incoming, token).await?;
    }
    let name = Demo::presenter_name(language);
    for _ in 0..DRAWS_MAX {
        let code = Code::draw(runtime::random_bytes());
        let begun = begin_session(incoming, &code, name, GUEST_AVATAR, "").await?;
        let (presenter, language) = (lease_of(&begun, None), language.to_owned());
        let question = MakeDemoCall { code: code.shown(), language, presenter };
        let made = MakeDemo::ask(&incoming.env, &code.room_id(), &question).await;
        match or_end(incoming, &begun, made).await {
            // The code is taken.
            Err(CallError::Refused(Refusal::Conflict)) => {}
            made => return made.and_then(|()| answer_join(&begun, &code, true)),
        }
    }
    Err(Refusal::Internal.into())
}

/// `POST /demo/rooms/:code/join`: joins as a character, or under a chosen name.
pub async fn join_room(incoming: &Incoming, code: &str) -> HandlerResult {
    let members = members::of(incoming, &["personaId", "displayName"]).await?;
    let (wish, name, avatar, persona) = match (members.text("personaId")?, members.text("displayName")?) {
        (Some(id), None) => {
            let persona =
                personas::find(id).ok_or(Refusal::validation("personaId", "This character doesn't exist."))?;
            (JoinIdentity::Persona(id.to_owned()), persona.name.to_owned(), persona.avatar, Some(persona))
        }
        (None, Some(name)) => {
            let name = text::guest_name(name)?;
            names::check_guest_name(&name)?;
            (JoinIdentity::Name(name.clone()), name, GUEST_AVATAR, None)
        }
        _ => return Err(Refusal::validation("personaId", "Either personaId or displayName is needed.").into()),
    };
    let (code, by) = code_of(incoming, code).await?;
    let is_seated = presents(incoming, &code, by.as_ref()).await?;
    charge_join(incoming, &code, is_seated).await?;
    // The room is asked first: a person who cannot join gets no session.
    let may = ask_open(incoming, &code, by.clone(), DemoWhat::May(wish.clone())).await?;
    let language: String = serde_json::from_str(&may.into_json())?;
    let message = persona.map_or("", |persona| persona.message(&language));
    let begun = begin_session(incoming, &code, &name, avatar, message).await?;
    let lease = lease_of(&begun, persona.map(|persona| persona.id.to_owned()));
    let came = ask_open(incoming, &code, by, DemoWhat::Join(wish, lease)).await;
    or_end(incoming, &begun, came).await?;
    answer_join(&begun, &code, false)
}

/// Returns `true` for the presenter of the room, who may do more. The session of anybody else has no effect on a join.
async fn presents(incoming: &Incoming, code: &Code, caller: Option<&UserId>) -> Result<bool, CallError> {
    let Some(caller) = caller else { return Ok(false) };
    match ask(incoming, code, Some(caller.clone()), DemoWhat::Presents).await {
        Err(CallError::Refused(Refusal::Forbidden | Refusal::NotFound)) => Ok(false),
        answered => answered.map(|_| true),
    }
}

/// Counts somebody who comes: for the room, and once it has no places for the hour, for the address. Whom the presenter seats has a count of
/// its own, which no crowd can fill.
async fn charge_join(incoming: &Incoming, code: &Code, is_seated: bool) -> Result<(), CallError> {
    let (env, rules) = (&incoming.env, &incoming.config.rules);
    if is_seated {
        return gate::charge::<gate::CountCode>(env, &rules.code, &format!("{} stage", code.room_id())).await;
    }
    if gate::has_place::<gate::CountCode>(env, &rules.code, &code.room_id()).await? {
        return Ok(());
    }
    gate::charge::<gate::CountDemoJoin>(env, &rules.demo_join, &incoming.address()).await
}

/// Begins a session for the room of a code alone.
async fn begin_session(
    incoming: &Incoming,
    code: &Code,
    name: &str,
    avatar: &str,
    message: &str,
) -> Result<SignedIn, CallError> {
    let random = guest_id(runtime::random_bytes());
    let user = UserId::parse(&random.replacen("g_", "demo_", 1))?;
    let newcomer = Newcomer {
        message: message.to_owned(),
        status: Some(Status::Online),
        room: Some(code.room_id()),
        ..Newcomer::new(user, UserKind::Guest, name.to_owned(), avatar)
    };
    begin(incoming, newcomer, false, false, None).await
}

fn lease_of(begun: &SignedIn, persona: Option<String>) -> Lease {
    let principal = &begun.checked.principal;
    let (name, avatar) = (principal.name.clone(), principal.avatar.clone());
    let (user, session) = (principal.user.clone(), principal.session.clone());
    Lease { user, session, name, avatar, persona, until: 0, seen_at: runtime::now_ms() }
}

/// Returns `done`. If it failed, the session is useless and ends at once.
async fn or_end<T>(incoming: &Incoming, begun: &SignedIn, done: Result<T, CallError>) -> Result<T, CallError> {
    if done.is_err() {
        end_session(&incoming.env, &lease_of(begun, None), "not let in").await;
    }
    done
}

fn answer_join(begun: &SignedIn, code: &Code, is_presenter: bool) -> HandlerResult {
    let principal = &begun.checked.principal;
    let answer = json!({
        "code": code.shown(), "roomId": code.room_id(), "sessionId": begun.token, "expiresAt": principal.expires_at,
        "user": own_user_json(principal, &begun.profile), "isPresenter": is_presenter,
    });
    Ok(Reply::json(&answer)?.with_status(201))
}

/// Returns the language of the room: the requested one, or else the browser's, if there are scenes in it.
fn room_language(incoming: &Incoming, wanted: Option<&str>) -> Result<&'static str, Refusal> {
    let tag = match wanted {
        Some(word) => language::find(word).ok_or_else(Refusal::unknown_language)?.tag,
        None => {
            let accepted = incoming.header("accept-language").unwrap_or_default();
            language::preferred(&accepted).unwrap_or(language::FIRST.tag)
        }
    };
    Ok(scene_language(tag))
}

// ---- being in it

/// `GET /demo/rooms/:code`.
pub async fn read_room(incoming: &Incoming, code: &str) -> HandlerResult {
    let (code, by) = code_of(incoming, code).await?;
    ask_open(incoming, &code, by, DemoWhat::Inspect).await
}

/// `GET /demo/rooms/:code/state`.
pub async fn read_state(incoming: &Incoming, code: &str) -> HandlerResult {
    decide(incoming, code, DemoWhat::State).await
}

/// `POST /demo/rooms/:code/kick`.
pub async fn kick_visitor(incoming: &Incoming, code: &str) -> HandlerResult {
    let members = members::of(incoming, &["userId"]).await?;
    let user = UserId::parse(members.needed_text("userId")?)?;
    decide(incoming, code, DemoWhat::Kick(user)).await
}

/// `POST /demo/rooms/:code/reset`.
pub async fn reset_room(incoming: &Incoming, code: &str) -> HandlerResult {
    decide(incoming, code, DemoWhat::Reset).await
}

/// `DELETE /demo/rooms/:code`.
pub async fn end_room(incoming: &Incoming, code: &str) -> HandlerResult {
    decide(incoming, code, DemoWhat::End).await
}

/// `GET /demo/plug`.
pub async fn has_plug(incoming: &Incoming) -> HandlerResult {
    Ok(demo_plug::is_there(incoming))
}

/// `POST /demo/rooms/:code/plug`.
pub async fn pull_plug(incoming: &Incoming, code: &str) -> HandlerResult {
    decide(incoming, code, DemoWhat::Presents).await?;
    demo_plug::pull_plug(incoming).await
}

/// Asks the room for an action of one of its people, if they may do it.
async fn decide(incoming: &Incoming, code: &str, what: DemoWhat) -> HandlerResult {
    let who = somebody(incoming).await?;
    let Some(code) = own_code(&who, code) else {
        note_guess(incoming, true).await?;
        return Err(Refusal::NotFound.into());
    };
    ask(incoming, &code, Some(who.user), what).await
}

/// Returns the person of the demo whose session it is. A cookie does not count, nor does a session of another kind.
async fn somebody(incoming: &Incoming) -> Result<Principal, CallError> {
    if incoming.header("authorization").is_none() {
        return Err(Refusal::Unauthenticated.into());
    }
    let who = session::person(incoming).await?;
    if who.user.is_demo() { Ok(who) } else { Err(Refusal::NotFound.into()) }
}

/// Returns the code in the path if it is that of the caller's room. It is no guess then, so the wrong guesses of others do not matter.
fn own_code(who: &Principal, text: &str) -> Option<Code> {
    Code::read(text).filter(|code| who.room.as_deref() == Some(&*code.room_id()))
}

/// `PATCH /demo/rooms/:code`.
pub async fn change_room(incoming: &Incoming, code: &str) -> HandlerResult {
    let members = members::of(incoming, &["cap", "isLocked", "slowMs"]).await?;
    let whole = |name: &'static str| -> Result<Option<u64>, Refusal> {
        let number = members.number(name)?;
        let bad = |_| Refusal::validation(name, "This member can't be negative.");
        number.map(u64::try_from).transpose().map_err(bad)
    };
    let ways =
        DemoChange { cap: whole("cap")?, is_locked: members.optional_flag("isLocked")?, slow_ms: whole("slowMs")? };
    decide(incoming, code, DemoWhat::Change(ways)).await
}

/// `POST /demo/rooms/:code/scene`.
pub async fn play_scene(incoming: &Incoming, code: &str) -> HandlerResult {
    let members = members::of(incoming, &["action", "id", "percent"]).await?;
    let percent = members.number("percent")?.map(u64::try_from).transpose();
    let percent = percent.map_err(|_| Refusal::validation("percent", SPEEDS))?;
    // Every kind of call requires that the id is a text.
    members.text("id")?;
    let act = match members.needed_text("action")? {
        "play" => SceneAct::Play(members.needed_text("id")?.to_owned()),
        "pause" => SceneAct::Pause,
        "goOn" => SceneAct::GoOn,
        "step" => SceneAct::Step,
        "stop" => SceneAct::Stop,
        "speed" => SceneAct::Speed(percent.ok_or(Refusal::validation("percent", SPEEDS))?),
        _ => return Err(Refusal::validation("action", "action is play, pause, goOn, step, stop or speed.").into()),
    };
    decide(incoming, code, DemoWhat::Scene(act)).await
}

/// `GET /demo/rooms/:code/numbers`: the numbers, with the location of the request and the delays of each person.
pub async fn read_metrics(incoming: &Incoming, code: &str) -> HandlerResult {
    let asked_at = runtime::now_ms();
    let counted = decide(incoming, code, DemoWhat::Numbers).await?;
    let answered_at = runtime::now_ms();
    let mut counted: Value = serde_json::from_str(&counted.into_json())?;
    counted["colo"] = incoming.colo().into();
    counted["workerMs"] = asked_at.saturating_sub(incoming.now).into();
    counted["objectMs"] = answered_at.saturating_sub(asked_at).into();
    Reply::json(&counted)
}

async fn ask(incoming: &Incoming, code: &Code, by: Option<UserId>, what: DemoWhat) -> HandlerResult {
    Ok(Reply::raw(AskDemo::ask(&incoming.env, &code.room_id(), &DemoCall { by, what }).await?.0))
}

/// Does the same for a caller who may have guessed the code. Whoever is in the room has not.
async fn ask_open(incoming: &Incoming, code: &Code, by: Option<UserId>, what: DemoWhat) -> HandlerResult {
    let may_guess = by.is_none();
    let answered = ask(incoming, code, by, what).await;
    if may_guess && matches!(answered, Err(CallError::Refused(Refusal::NotFound))) {
        note_guess(incoming, true).await?;
    }
    answered
}

/// Returns the code in the path, and the caller if it is that of their room. From anybody else it may be a guess.
async fn code_of(incoming: &Incoming, text: &str) -> Result<(Code, Option<UserId>), CallError> {
    match somebody(incoming).await.ok().and_then(|who| own_code(&who, text).map(|code| (code, who.user))) {
        Some((code, user)) => Ok((code, Some(user))),
        None => Ok((known_code(incoming, text).await?, None)),
    }
}

/// Returns the code in the path. Refuses an address that has guessed too often; an invalid code counts as a guess.
async fn known_code(incoming: &Incoming, text: &str) -> Result<Code, CallError> {
    let code = Code::read(text);
    note_guess(incoming, code.is_none()).await?;
    Ok(code.ok_or(Refusal::NotFound)?)
}

async fn note_guess(incoming: &Incoming, is_wrong: bool) -> Result<(), CallError> {
    gate::note_code::<gate::CountDemoCode>(
        &incoming.env,
        &incoming.config.rules.demo_code,
        &incoming.address(),
        is_wrong,
    )
    .await
}
