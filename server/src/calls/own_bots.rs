//! Requests to rooms about bots of a group (`integrations.md` 7).

use protocol::machines::presence::Card;
use protocol::machines::room::{Actor, BotCommand, BotScope, OwnBot};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Room:
    /// Lists the bots of a group, the oldest first, for a person.
    ListOwnBots "own-bots": UserId => ListedOwnBots;
    AddOwnBot "own-bot-add": AddOwnBotCall => OwnBotRow;
    ChangeOwnBot "own-bot-change": ChangeOwnBotCall => ChangedOwnBot;
    RemoveOwnBot "own-bot-remove": RemoveProgramCall => ();
    OpenOwnBot "own-bot-open": OpenOwnBotCall => OpenedOwnBot;
    EndPrograms "end-programs": EndProgramsCall => ();
}

/// Bot as the group's owner and admins see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnBotRow {
    pub id: String,
    pub name: String,
    pub scopes: Vec<BotScope>,
    pub commands: Vec<BotCommand>,
    pub webhook: Option<WebhookRow>,
    pub made_by: String,
    pub made_at: Millis,
}

/// Webhook of a bot without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookRow {
    pub url: String,
}

impl From<OwnBot> for OwnBotRow {
    fn from(bot: OwnBot) -> Self {
        let OwnBot { id, name, scopes, commands, webhook, maker, made_at, .. } = bot;
        let webhook = webhook.map(|webhook| WebhookRow { url: webhook.url });
        Self { id, name, scopes, commands, webhook, made_by: maker.user, made_at }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ListedOwnBots {
    pub bots: Vec<OwnBotRow>,
    /// The person does not arrange them, and is told the short form.
    pub is_short: bool,
}

/// Person whose bots and integrations end in a group.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndProgramsCall {
    pub user: UserId,
    /// Those end whose maker began before this time, as `Principal::visible_from` says: a persona may have another player by now.
    pub before: Millis,
    /// Those stay that were made before this time; `None` if all end.
    pub made_since: Option<Millis>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewWebhook {
    pub url: String,
    /// Secret that signs the calls, as text.
    pub secret: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct AddOwnBotCall {
    pub by: Actor,
    /// Time before which everything belongs to earlier players of that person.
    #[serde(default)]
    pub visible_from: Millis,
    pub id: String,
    pub name: String,
    pub secret_hash: String,
    pub scopes: Vec<BotScope>,
    pub commands: Vec<BotCommand>,
    pub webhook: Option<NewWebhook>,
    pub trace: Trace,
}

/// A bot that is changed: what is `None` stays.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeOwnBotCall {
    pub by: Actor,
    pub id: String,
    pub name: Option<String>,
    pub scopes: Option<Vec<BotScope>>,
    pub commands: Option<Vec<BotCommand>>,
    pub webhook: Option<NewWebhook>,
    /// The webhook is taken away.
    pub has_no_webhook: bool,
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ChangedOwnBot {
    pub bot: OwnBotRow,
    /// Its webhook is the one of the call, with the secret of the call.
    pub has_other_webhook: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveProgramCall {
    pub by: UserId,
    pub id: String,
    pub trace: Trace,
}

/// A token that came with a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenOwnBotCall {
    pub bot: String,
    pub secret_hash: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct OpenedOwnBot {
    pub principal: Principal,
    pub card: Card,
}
