//! `GET /api/bots` (`messenger.md` 7): our programs, and whether they can answer now.

use protocol::bots::BOTS;
use serde_json::{Value, json};

use crate::alarms;
use crate::answer::{Outcome, Reply};
use crate::auth::session;
use crate::doors::messagehub::flags::{self, Flag};
use crate::incoming::Incoming;
use crate::objects::call::CallError;
use crate::objects::calls_auth::Purpose;

/// `GET /api/bots`.
pub async fn list(incoming: &Incoming) -> Outcome {
    session::require(incoming, Purpose::Call).await?;
    Reply::json(&rows(incoming).await?)
}

/// A row for each of them; they share one ledger.
pub async fn rows(incoming: &Incoming) -> Result<Vec<Value>, CallError> {
    let is_enabled = flags::are_on(&incoming.env, &[Flag::BotEnabled]).await;
    let ledger = alarms::ledger(&incoming.env).await?;
    let available = is_enabled && !ledger.is_used_up && !ledger.is_open;
    let quota = json!({ "used": ledger.used, "limit": ledger.limit, "resetsAt": ledger.resets_at });
    let row = |bot: &protocol::bots::Bot| {
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
