//! The question to the owner's server whether a client may open a store (`livestore.md` 14.1). Without an answer nobody comes in.

use std::cell::RefCell;

use protocol::machines::webhook::sign;
use protocol::wire::livestore::{Permission, PermissionAnswer, PermissionQuestion, read_permission};
use protocol::words::event::Millis;
use protocol::words::limits::{STORE_AUTH_ANSWER_BYTES_MAX, STORE_AUTH_MS_MAX};
use protocol::words::refusal::Fault;

use super::access::Refused;
use super::verdicts::{Verdict, Verdicts};
use crate::auth::origin;
use crate::config::AuthServer;
use crate::http::incoming::Incoming;
use crate::runtime::{self, Outside};
use crate::telemetry;

thread_local! {
    static VERDICTS: RefCell<Verdicts> = RefCell::default();
}

/// Asks, unless an earlier verdict still counts. Returns the time at which the permission ends.
pub async fn ask(
    incoming: &Incoming,
    server: &AuthServer,
    question: &PermissionQuestion<'_>,
) -> Result<Option<Millis>, Refused> {
    let cookies = cookies(incoming);
    let key = question.digest(cookies.as_deref());
    if let Some(verdict) = VERDICTS.with_borrow(|verdicts| verdicts.find(&key, incoming.now)) {
        return Ok(verdict.expires_at);
    }
    match answer(incoming, server, &question.json(), cookies.as_deref()).await {
        Permission::Granted { expires_at, cached_ms } => {
            if cached_ms > 0 {
                let now = runtime::now_ms();
                let verdict = Verdict { expires_at, until: now.saturating_add(cached_ms) };
                VERDICTS.with_borrow_mut(|verdicts| verdicts.keep(key, verdict, now));
            }
            Ok(expires_at)
        }
        Permission::Refused(reason) => Err(Refused(400, reason)),
        Permission::Unanswered => Err(Refused::unavailable()),
    }
}

/// Returns the cookies that are forwarded. A page of another site could open a store with those of its visitor.
fn cookies(incoming: &Incoming) -> Option<String> {
    let page = incoming.header("origin");
    let is_ours = page.is_none_or(|page| origin::is_allowed(incoming, &page));
    incoming.header("cookie").filter(|_| is_ours)
}

async fn answer(incoming: &Incoming, server: &AuthServer, body: &str, cookies: Option<&str>) -> Permission {
    let signed = sign(&incoming.own_id, body, runtime::now_ms(), &server.secret, None);
    let mut headers = vec![
        ("content-type", "application/json"),
        ("user-agent", "cf-messenger-auth/1"),
        ("webhook-id", signed.id.as_str()),
        ("webhook-timestamp", signed.timestamp.as_str()),
        ("webhook-signature", signed.signature.as_str()),
    ];
    headers.extend(cookies.map(|cookies| ("cookie", cookies)));
    let (ms_max, bytes_max) = (STORE_AUTH_MS_MAX, STORE_AUTH_ANSWER_BYTES_MAX);
    let asked = runtime::fetch_outside(&server.url, "POST", &headers, Some(body), ms_max, bytes_max).await;
    // The address may be a secret: it is in no line.
    let Ok(answered) = asked else {
        telemetry::fault("livestore_auth", &Fault("LIVESTORE_AUTH_URL did not answer".into()));
        return Permission::Unanswered;
    };
    let permission = read(&answered);
    if permission == Permission::Unanswered {
        let words = format!("LIVESTORE_AUTH_URL gave no verdict, with status {}", answered.status);
        telemetry::fault("livestore_auth", &Fault(words));
    }
    permission
}

fn read(answered: &Outside) -> Permission {
    let answer = PermissionAnswer {
        status: answered.status,
        content_type: answered.content_type.as_deref(),
        cache_control: answered.cache_control.as_deref(),
        body: &answered.text(),
    };
    read_permission(&answer, runtime::now_ms())
}
