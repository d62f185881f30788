//! `GET /api/bots` (`messenger.md` 7): the bots and their availability.

use protocol::machines::bots::CallRequest;
use protocol::words::bot_cast::BOTS;
use serde_json::{Value, json};

use crate::auth::session;
use crate::calls::auth::Purpose;
use crate::calls::flags::{self, Flag};
use crate::calls::quota::{LEDGER, ReadCallerLedger};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

pub async fn list_bots(incoming: &Incoming) -> HandlerResult {
    Reply::json(&bot_rows(incoming).await?)
}

/// Returns a row for each bot. All bots share one ledger, in which each person has a share.
pub async fn bot_rows(incoming: &Incoming) -> Result<Vec<Value>, CallError> {
    let checked = session::require(incoming, Purpose::Call).await?;
    let is_enabled = flags::are_on(&incoming.env, &[Flag::BotEnabled]).await;
    let whose =
        CallRequest { user: checked.principal.user.to_string(), demo_room: None, answer: None, by_model: false };
    let ledger = ReadCallerLedger::ask(&incoming.env, LEDGER, &whose).await?;
    let available = is_enabled && !ledger.is_used_up && !ledger.is_open;
    // The caller does not learn if the day's budget or their own share is used up.
    let used_up = ledger.is_used_up;
    let quota = json!({ "used": ledger.used, "limit": ledger.limit, "resetsAt": ledger.resets_at, "usedUp": used_up });
    let row = |bot: &protocol::words::bot_cast::Bot| {
        json!({
            "id": bot.id,
            "displayName": bot.name,
            "archetype": bot.archetype,
            "available": available,
            "quota": quota,
        })
    };
    Ok(BOTS.iter().map(row).collect())
}
