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
    /// Adds a bot.
    AddOwnBot "own-bot-add": AddOwnBotCall => OwnBotRow;
    /// Changes a bot.
    ChangeOwnBot "own-bot-change": ChangeOwnBotCall => ChangedOwnBot;
    /// Revokes a bot.
    RemoveOwnBot "own-bot-remove": RemoveProgramCall => ();
    /// Finds the bot that a token opens.
    OpenOwnBot "own-bot-open": OpenOwnBotCall => OpenedOwnBot;
    /// Ends bots and integrations of a person.
    EndPrograms "end-programs": EndProgramsCall => ();
}

/// Bot as the group's owner and admins see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnBotRow {
    /// Id, under which it writes.
    pub id: String,
    /// Name.
    pub name: String,
    /// Permissions.
    pub scopes: Vec<BotScope>,
    /// Commands.
    pub commands: Vec<BotCommand>,
    /// Webhook, if it has one.
    pub webhook: Option<WebhookRow>,
    /// User id of the person who made it.
    pub made_by: String,
    /// Time of its making.
    pub made_at: Millis,
}

/// Webhook of a bot without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookRow {
    /// Address.
    pub url: String,
}

impl From<OwnBot> for OwnBotRow {
    fn from(bot: OwnBot) -> Self {
        let OwnBot { id, name, scopes, commands, webhook, maker, made_at, .. } = bot;
        let webhook = webhook.map(|webhook| WebhookRow { url: webhook.url });
        Self { id, name, scopes, commands, webhook, made_by: maker.user, made_at }
    }
}

/// Bots of a group for one person.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListedOwnBots {
    /// The bots.
    pub bots: Vec<OwnBotRow>,
    /// The person does not arrange them, and is told the short form.
    pub is_short: bool,
}

/// Person whose bots and integrations end in a group.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndProgramsCall {
    /// The person.
    pub user: UserId,
    /// Those end whose maker began before this time, as `Principal::visible_from` says: a persona may have another player by now.
    pub before: Millis,
    /// Those stay that were made before this time; `None` if all end.
    pub made_since: Option<Millis>,
}

/// Address of a webhook with its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewWebhook {
    /// Address.
    pub url: String,
    /// Secret that signs the calls, as text.
    pub secret: String,
}

/// A new bot.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddOwnBotCall {
    /// Person who makes it.
    pub by: Actor,
    /// Time before which everything belongs to earlier players of that person.
    #[serde(default)]
    pub visible_from: Millis,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of the secret in its token, in hex.
    pub secret_hash: String,
    /// Its permissions.
    pub scopes: Vec<BotScope>,
    /// Its commands.
    pub commands: Vec<BotCommand>,
    /// Its webhook.
    pub webhook: Option<NewWebhook>,
    /// Origin of the request, for the audit log.
    pub trace: Trace,
}

/// A bot that is changed: what is `None` stays.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeOwnBotCall {
    /// Person who changes it.
    pub by: Actor,
    /// Its id.
    pub id: String,
    /// Another name.
    pub name: Option<String>,
    /// Other permissions.
    pub scopes: Option<Vec<BotScope>>,
    /// Other commands.
    pub commands: Option<Vec<BotCommand>>,
    /// Another webhook.
    pub webhook: Option<NewWebhook>,
    /// The webhook is taken away.
    pub has_no_webhook: bool,
    /// Origin of the request, for the audit log.
    pub trace: Trace,
}

/// Answer to [`ChangeOwnBotCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangedOwnBot {
    /// The bot as it is now.
    pub bot: OwnBotRow,
    /// Its webhook is the one of the call, with the secret of the call.
    pub has_other_webhook: bool,
}

/// A bot or an integration that is revoked.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveProgramCall {
    /// Person who revokes it.
    pub by: UserId,
    /// Its id.
    pub id: String,
    /// Origin of the request, for the audit log.
    pub trace: Trace,
}

/// A token that came with a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenOwnBotCall {
    /// Id of the bot.
    pub bot: String,
    /// SHA-256 of the secret that came, in hex.
    pub secret_hash: String,
}

/// Bot that a token opens.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenedOwnBot {
    /// Principal of the bot.
    pub principal: Principal,
    /// Its card.
    pub card: Card,
}
