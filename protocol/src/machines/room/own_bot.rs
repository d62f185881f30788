//! A bot of a group (`integrations.md` 7.5), and its rows. `own_bots` decides who makes one and what it may do.

use serde::{Deserialize, Serialize};

use super::programs::Maker;
use crate::machines::webhook::DeadLetterStore;
use crate::words::event::Millis;
use crate::words::refusal::Fault;

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum BotScope {
        /// Reads what is said from now on.
        Read = "read",
        /// Writes, and changes what it has written.
        Write = "write",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotCommand {
    /// Word after the slash.
    pub name: String,
    pub description: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotWebhook {
    pub url: String,
    /// Secret that signs the calls, as text.
    pub secret: String,
    /// Time at which the bot got this address; 0 in rows from before that was stored.
    pub made_at: Millis,
    /// Messages in a row that were given up.
    pub given_up_in_a_row: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnBot {
    /// Id, under which it writes.
    pub id: String,
    pub name: String,
    /// SHA-256 of the secret in its token, in hex.
    pub secret_hash: String,
    pub scopes: Vec<BotScope>,
    pub commands: Vec<BotCommand>,
    pub webhook: Option<BotWebhook>,
    pub maker: Maker,
    pub made_at: Millis,
    /// Head of the log at that time: earlier events do not exist for it.
    pub floor: u64,
}

impl OwnBot {
    pub fn may(&self, scope: BotScope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Returns `true` if messages are sent to the webhook of the bot.
    pub fn takes_messages(&self) -> bool {
        self.webhook.is_some() && self.may(BotScope::Read)
    }
}

/// Message that waits for the webhook of a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotDelivery {
    pub bot: String,
    pub seq: u64,
    pub due_at: Millis,
    pub attempts: u32,
    /// Time until which an attempt is under way.
    pub busy_until: Millis,
}

pub trait OwnBotStore {
    /// Store of the messages that webhooks did not take, each under the id of its bot.
    type DeadLetters: DeadLetterStore;

    fn dead_letters(&self) -> &Self::DeadLetters;
    /// The same, to change it.
    fn dead_letters_mut(&mut self) -> &mut Self::DeadLetters;
    /// Returns all bots, the oldest first.
    fn own_bots(&self) -> Result<Vec<OwnBot>, Fault>;
    /// Stores a new bot, or the changes of a known one.
    fn save_own_bot(&mut self, bot: &OwnBot) -> Result<(), Fault>;
    /// Removes a bot with all that waits for its webhook or was not taken by it.
    fn forget_own_bot(&mut self, id: &str) -> Result<(), Fault>;
    /// Returns the first message that waits for each bot.
    fn bot_deliveries(&self) -> Result<Vec<BotDelivery>, Fault>;
    /// Stores a message that waits, or its next attempt.
    fn save_bot_delivery(&mut self, delivery: &BotDelivery) -> Result<(), Fault>;
    /// Removes a message that waits for a bot; without `seq` all of them.
    fn forget_bot_delivery(&mut self, bot: &str, seq: Option<u64>) -> Result<(), Fault>;
}
