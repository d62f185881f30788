//! Requests of the demo's pages, which hold several sessions: each request names its session and sends no cookie. On a page with a single
//! session (`demo_credentials`), no request names it.

use protocol::codec::json::Value;
use protocol::words::event::Millis;
use web_sys::RequestCredentials;

use super::{CallError, fetch};
use crate::boot::BootUser;

protocol::record! {
    /// Answer to a person who joins a demo room.
    #[derive(Clone, Debug)]
    pub struct DemoSession {
        pub code: String = "code",
        pub room_id: String = "roomId",
        pub session_id: String = "sessionId",
        pub expires_at: Millis = "expiresAt",
        pub user: BootUser = "user",
        pub is_presenter: bool = "isPresenter",
    }
}

pub async fn get(path: &str, session: &str) -> Result<Value, CallError> {
    call("GET", path, session, None).await
}

/// `POST path` with a JSON text.
pub async fn post(path: &str, session: &str, body: &str) -> Result<Value, CallError> {
    call("POST", path, session, Some(body)).await
}

async fn call(method: &str, path: &str, session: &str, body: Option<&str>) -> Result<Value, CallError> {
    let bearer = format!("Bearer {session}");
    let named = (!session.is_empty()).then_some(("Authorization", bearer.as_str()));
    let typed = body.map(|_| ("Content-Type", fetch::JSON));
    let headers: Vec<_> = [("Accept", fetch::JSON)].into_iter().chain(named).chain(typed).collect();
    let answer = fetch::send(method, path, &headers, body.map(str::to_owned), RequestCredentials::Omit).await;
    fetch::enveloped(&answer.and_then(|(_, text)| Value::parse(&text)).ok_or_else(CallError::network)?)
}

// ---- Members of the answers; a missing one is empty, zero or false

pub fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// Returns `true` if a member of a record is true.
pub fn is(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}
