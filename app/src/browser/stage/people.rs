//! The room of the stage, and the people at its devices (`demo.md`). Sessions that are stored for the tab are used again, so that a reload
//! makes no new person. The presenter's session exists if the presenter's page opened the stage.

use js_sys::encode_uri_component;
use protocol::codec::json::{self, Read, Value, json_text};

use super::page;
use super::state::Stage;
use crate::browser::ask::{DemoSession, text};
use crate::browser::{CallError, ask, device, storage};

/// Keys under which the sessions are stored.
const PRESENTER: &str = "cfm-demo";
const DEVICES: [&str; 2] = ["cfm-demo-1", "cfm-demo-2"];

/// Finds or starts the room, and joins it twice.
pub async fn gather() -> Result<Stage, CallError> {
    let asked = asked_code();
    let presenter = match stored_session(PRESENTER, asked.as_deref()).await {
        Some(found) => Some(found),
        None if asked.is_none() => Some(started().await?),
        None => None,
    };
    let code = presenter.as_ref().map(|presenter| presenter.code.clone()).or(asked);
    let code = code.ok_or_else(|| CallError::of("NOT_FOUND"))?;
    // The presenter is answered whatever others at the address have guessed, and seats people in a room that is locked or full.
    let by = presenter.as_ref().map_or("", |presenter| &presenter.session_id);
    let info = ask::get(&format!("/demo/rooms/{}", encoded(&code)), by).await?;
    let (code, language) = (text(&info, "code"), text(&info, "language"));
    let first = at_device(0, &code, by).await?;
    let second = at_device(1, &code, by).await?;
    device::show_address(&format!("{}?room={code}{}", page::PATH, rest_of_query()));
    Ok(Stage::new(presenter, [first, second], language))
}

fn asked_code() -> Option<String> {
    value_of("room").filter(|code| !code.is_empty())
}

/// Returns `true` if a rehearsal is timed.
pub fn is_rehearsal() -> bool {
    value_of("rehearse").as_deref() == Some("1")
}

fn value_of(name: &str) -> Option<String> {
    let query = device::query();
    let value = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.map(str::to_owned)
}

/// Returns the query of the address without the code.
fn rest_of_query() -> String {
    let query = device::query();
    let rest = query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("room="));
    rest.map(|pair| format!("&{pair}")).collect()
}

/// Finds a stored session that is valid for this room. The presenter's must have the role of a presenter.
async fn stored_session(key: &str, code: Option<&str>) -> Option<DemoSession> {
    let joined: DemoSession = json::read(&storage::tab_item(key)?)?;
    let is_other =
        code.is_some_and(|code| plain(code) != plain(&joined.code)) || (key == PRESENTER && !joined.is_presenter);
    if is_other {
        return None;
    }
    ask::get(&format!("/demo/rooms/{}/state", encoded(&joined.code)), &joined.session_id).await.ok()?;
    Some(joined)
}

/// Normalizes a code for comparison, because people write it in many ways.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_uppercase()).collect()
}

async fn started() -> Result<DemoSession, CallError> {
    let wish = format!("{{\"language\":{}}}", json_text(&page::language()));
    match ask::post("/demo/rooms", "", &wish).await {
        Ok(answer) => taken(PRESENTER, &answer),
        Err(error) => {
            // Starting a room needs Turnstile: the page with the widget leads back to the stage.
            if error.code.starts_with("TURNSTILE") {
                device::go_to("/demo?for=stage");
            }
            Err(error)
        }
    }
}

async fn at_device(number: usize, code: &str, by: &str) -> Result<DemoSession, CallError> {
    let key = DEVICES[number];
    if let Some(joined) = stored_session(key, Some(code)).await {
        return Ok(joined);
    }
    let path = format!("/demo/rooms/{}", encoded(code));
    let info = ask::get(&path, by).await?;
    let free = info.get("free").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let join = format!("{path}/join");
    for id in free.iter().map(|one| text(one, "id")) {
        match ask::post(&join, by, &format!("{{\"personaId\":{}}}", json_text(&id))).await {
            Ok(answer) => return taken(key, &answer),
            Err(error) if error.code == "PERSONA_TAKEN" => {}
            Err(error) => return Err(error),
        }
    }
    let name = format!("{} {}", page::word("somebody"), number + 1);
    let answer = ask::post(&join, by, &format!("{{\"displayName\":{}}}", json_text(&name))).await?;
    taken(key, &answer)
}

fn taken(key: &str, answer: &Value) -> Result<DemoSession, CallError> {
    let joined = DemoSession::read(answer).ok_or_else(CallError::network)?;
    storage::set_tab_item(key, &json::write(answer));
    Ok(joined)
}

fn encoded(code: &str) -> String {
    encode_uri_component(code).into()
}
