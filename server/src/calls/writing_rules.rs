//! Requests about rules for what people write (`moderation.md` 8) to the operator's object, and about held messages to rooms.

use protocol::machines::room::HeldMessage;
use protocol::people::moderation::{RuleEffect, RuleKind, Standing};
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::moderation;
use super::operator::{OBJECT, OwnerAct};
use crate::kit::body::{Record, as_record};
use crate::kit::request::{Request, requests};
use crate::kit::trace::Trace;
use crate::runtime::call_error::CallError;

requests! { Operator:
    SetWritingRule "writing-rule": RuleCall => Record<Standing>;
    SetFirstMessage "first-message": FirstMessageCall => Record<Standing>;
}

requests! { Room:
    /// Lists the held messages of a room, the oldest first.
    ListHeld "held": () => Record<Vec<HeldMessage>>;
    /// Publishes or drops a held message. Answers the user id of its writer.
    JudgeHeld "held-judge": JudgeCall => String;
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RuleCall {
    /// Act of the operator, which names the pattern in the form in which it is compared.
    pub by: OwnerAct,
    #[serde(with = "as_record")]
    pub kind: RuleKind,
    /// Its effect; `None` removes the rule.
    #[serde(with = "as_record", default)]
    pub effect: Option<RuleEffect>,
}

/// Rule for the first messages of guests from now on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstMessageCall {
    pub by: OwnerAct,
    pub is_held: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct JudgeCall {
    pub principal: Principal,
    /// Id of the message.
    pub id: String,
    /// The message is published; else it is dropped.
    pub is_published: bool,
    pub trace: Trace,
}

/// Sets or removes a rule in the name of an operator. The new state is known here at once.
pub async fn set_rule(env: &Env, call: &RuleCall) -> Result<(), CallError> {
    let Record(standing) = SetWritingRule::ask(env, OBJECT, call).await?;
    moderation::keep(standing);
    Ok(())
}

/// Turns the rule for first messages in the name of an operator. The new state is known here at once.
pub async fn set_first_message(env: &Env, call: &FirstMessageCall) -> Result<(), CallError> {
    let Record(standing) = SetFirstMessage::ask(env, OBJECT, call).await?;
    moderation::keep(standing);
    Ok(())
}
