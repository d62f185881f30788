//! Bots of a group (`integrations.md` 7): their rows, and the calls about them. Every rule is in `protocol::machines::room`, the calls to
//! their webhooks are in `webhooks`.

use std::rc::Rc;

use protocol::machines::room::{
    BotDelivery, BotScope, BotWebhook, Maker, OwnBot, OwnBotChange, OwnBotStore, ProgramsEnd, WebhookChange,
};
use protocol::words::ids::UserId;
use protocol::words::refusal::{Denied, Fault, Refusal};

use crate::calls::own_bots::{
    AddOwnBotCall, ChangeOwnBotCall, ChangedOwnBot, EndProgramsCall, ListedOwnBots, NewWebhook, OpenOwnBotCall,
    OpenedOwnBot, OwnBotRow, RemoveProgramCall,
};
use crate::kit::sealed::Db;
use crate::kit::sql::{SqlRow, exec, rows};
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::runtime;
use crate::runtime::call_error::CallError;

pub const STEP: &[&str] = &[
    "CREATE TABLE own_bots (id TEXT PRIMARY KEY, name TEXT NOT NULL, secret_hash TEXT NOT NULL, scopes TEXT NOT NULL, \
     commands TEXT NOT NULL, url TEXT, secret TEXT, given_up INTEGER NOT NULL, made_at INTEGER NOT NULL, \
     floor INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE bot_deliveries (bot TEXT NOT NULL, seq INTEGER NOT NULL, due_at INTEGER NOT NULL, \
     attempts INTEGER NOT NULL, busy_until INTEGER NOT NULL, PRIMARY KEY (bot, seq)) STRICT, WITHOUT ROWID",
];

/// The step that brings the makers of bots and integrations. Rows from before have none, and count as the owner's.
pub const MAKERS: &[&str] = &[
    "ALTER TABLE own_bots ADD COLUMN maker TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE own_bots ADD COLUMN maker_from INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE integrations ADD COLUMN maker TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE integrations ADD COLUMN maker_from INTEGER NOT NULL DEFAULT 0",
];

/// The step that brings the times at which bots got the addresses of their webhooks. Rows from before count as older than any.
pub const WEBHOOK_TIMES: &[&str] = &["ALTER TABLE own_bots ADD COLUMN webhook_at INTEGER NOT NULL DEFAULT 0"];

/// Separator of the permissions in their column.
const BETWEEN: &str = ",";

fn own_bot(row: &SqlRow) -> Result<OwnBot, Fault> {
    let scopes = row.text(3)?;
    let unknown = || Fault(format!("unknown scopes {scopes} of a bot"));
    let given_up_in_a_row = u32::try_from(row.number(7)?).unwrap_or(u32::MAX);
    let (webhook, made_at) = (row.text_or_null(5).zip(row.text_or_null(6)), row.number(12)?);
    Ok(OwnBot {
        id: row.text(0)?,
        name: row.text(1)?,
        secret_hash: row.text(2)?,
        scopes: scopes.split(BETWEEN).map(BotScope::parse).collect::<Option<_>>().ok_or_else(unknown)?,
        commands: serde_json::from_str(&row.text(4)?)?,
        webhook: webhook.map(|(url, secret)| BotWebhook { url, secret, made_at, given_up_in_a_row }),
        made_at: row.number(8)?,
        floor: row.number(9)?,
        maker: Maker { user: row.text(10)?, visible_from: row.number(11)? },
    })
}

impl OwnBotStore for RoomSql {
    type DeadLetters = Db;

    fn dead_letters(&self) -> &Db {
        &self.sql
    }

    fn dead_letters_mut(&mut self) -> &mut Db {
        &mut self.sql
    }

    fn own_bots(&self) -> Result<Vec<OwnBot>, Fault> {
        let query = "SELECT id, name, secret_hash, scopes, commands, url, secret, given_up, made_at, floor, \
                     maker, maker_from, webhook_at FROM own_bots ORDER BY made_at, id";
        rows(&self.sql, query, &[], own_bot)
    }

    fn save_own_bot(&mut self, bot: &OwnBot) -> Result<(), Fault> {
        let scopes: Vec<&str> = bot.scopes.iter().map(|scope| scope.as_str()).collect();
        let (scopes, commands) = (scopes.join(BETWEEN), serde_json::to_string(&bot.commands)?);
        let webhook = bot.webhook.as_ref();
        let [id, name, hash] = [&bot.id, &bot.name, &bot.secret_hash].map(|text| text.as_str().into());
        let values = [
            id,
            name,
            hash,
            scopes.as_str().into(),
            commands.as_str().into(),
            webhook.map(|webhook| webhook.url.as_str()).into(),
            webhook.map(|webhook| webhook.secret.as_str()).into(),
            webhook.map_or(0, |webhook| webhook.given_up_in_a_row).into(),
            bot.made_at.into(),
            bot.floor.into(),
            bot.maker.user.as_str().into(),
            bot.maker.visible_from.into(),
            webhook.map_or(0, |webhook| webhook.made_at).into(),
        ];
        exec(&self.sql, "INSERT OR REPLACE INTO own_bots VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn forget_own_bot(&mut self, id: &str) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM own_bots WHERE id = ?", &[id.into()])?;
        exec(&self.sql, "DELETE FROM dead WHERE hook = ?", &[id.into()])?;
        self.forget_bot_delivery(id, None)
    }

    fn bot_deliveries(&self) -> Result<Vec<BotDelivery>, Fault> {
        // The few bots are the outer loop: many messages may wait, and the others are not looked at.
        let query = "SELECT bot, seq, due_at, attempts, busy_until FROM own_bots CROSS JOIN bot_deliveries ON bot = id \
                     WHERE seq = (SELECT min(seq) FROM bot_deliveries WHERE bot = id)";
        rows(&self.sql, query, &[], |row| {
            Ok(BotDelivery {
                bot: row.text(0)?,
                seq: row.number(1)?,
                due_at: row.number(2)?,
                attempts: u32::try_from(row.number(3)?).unwrap_or(u32::MAX),
                busy_until: row.number(4)?,
            })
        })
    }

    fn save_bot_delivery(&mut self, delivery: &BotDelivery) -> Result<(), Fault> {
        let BotDelivery { bot, seq, due_at, attempts, busy_until } = delivery;
        let values = [bot.as_str().into(), (*seq).into(), (*due_at).into(), (*attempts).into(), (*busy_until).into()];
        exec(&self.sql, "INSERT OR REPLACE INTO bot_deliveries VALUES (?, ?, ?, ?, ?)", &values)
    }

    fn forget_bot_delivery(&mut self, bot: &str, seq: Option<u64>) -> Result<(), Fault> {
        let query = "DELETE FROM bot_deliveries WHERE bot = ?1 AND seq = coalesce(?2, seq)";
        exec(&self.sql, query, &[bot.into(), seq.into()])
    }
}

fn webhook(new: &NewWebhook) -> BotWebhook {
    let (url, secret) = (new.url.clone(), new.secret.clone());
    BotWebhook { url, secret, made_at: runtime::now_ms(), given_up_in_a_row: 0 }
}

/// Lists the bots: all of them for whoever arranges them, those that read for everybody else.
pub fn list(object: &Rc<RoomObject>, by: &UserId) -> Result<ListedOwnBots, CallError> {
    object.wake_by_id()?;
    Ok(object.with(|room, _| {
        let (bots, is_short) = match room.own_bots(by.as_str()) {
            Err(Denied::Refused(Refusal::Forbidden)) => (room.reading_bots(by.as_str())?, true),
            bots => (bots?.to_vec(), false),
        };
        let row = |bot: OwnBot| {
            let made_by = room.maker_of(&bot.maker).to_owned();
            OwnBotRow { made_by, ..OwnBotRow::from(bot) }
        };
        Ok(ListedOwnBots { bots: bots.into_iter().map(row).collect(), is_short })
    })?)
}

pub fn add(object: &Rc<RoomObject>, call: &AddOwnBotCall) -> Result<OwnBotRow, CallError> {
    object.wake_by_id()?;
    let bot = OwnBot {
        id: call.id.clone(),
        name: call.name.clone(),
        secret_hash: call.secret_hash.clone(),
        scopes: call.scopes.clone(),
        commands: call.commands.clone(),
        webhook: call.webhook.as_ref().map(webhook),
        maker: Maker { user: call.by.user.to_string(), visible_from: call.visible_from },
        made_at: runtime::now_ms(),
        floor: 0,
    };
    let added = object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.add_own_bot(store, now, &call.by, bot.clone(), out)
    })?;
    Ok(added.into())
}

pub fn change(object: &Rc<RoomObject>, call: &ChangeOwnBotCall) -> Result<ChangedOwnBot, CallError> {
    object.wake_by_id()?;
    let change = OwnBotChange {
        id: call.id.clone(),
        name: call.name.clone(),
        scopes: call.scopes.clone(),
        commands: call.commands.clone(),
        webhook: match &call.webhook {
            Some(new) => WebhookChange::Set(webhook(new)),
            None if call.has_no_webhook => WebhookChange::Remove,
            None => WebhookChange::Keep,
        },
    };
    let (bot, has_other_webhook) = object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.change_own_bot(store, now, &call.by, &change, out)
    })?;
    Ok(ChangedOwnBot { bot: bot.into(), has_other_webhook })
}

pub fn remove(object: &Rc<RoomObject>, call: &RemoveProgramCall) -> Result<(), CallError> {
    object.wake_by_id()?;
    Ok(object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.remove_own_bot(store, now, call.by.as_str(), &call.id, out)
    })?)
}

/// Ends bots and integrations of a person. A group that is gone has none.
pub fn end_programs(object: &Rc<RoomObject>, call: &EndProgramsCall) -> Result<(), CallError> {
    object.wake_by_id()?;
    let made_since = call.made_since.unwrap_or(0);
    let end = ProgramsEnd { user: call.user.as_str(), before: call.before, made_since };
    let ended = object.turn(|room, store, now, out| Ok(room.end_programs(store, now, &end, out)?));
    Ok(ended?)
}

/// Finds the bot that a token opens. A group that is not there looks like a token that opens nothing.
pub fn open(object: &Rc<RoomObject>, call: &OpenOwnBotCall) -> Result<OpenedOwnBot, CallError> {
    object.wake_by_id().map_err(|error| match error {
        CallError::Refused(_) => CallError::Refused(Refusal::Unauthenticated),
        error => error,
    })?;
    let opened = object.with(|room, _| room.open_bot(&call.bot, &call.secret_hash).map_err(Denied::from))?;
    Ok(OpenedOwnBot { principal: opened.0, card: opened.1 })
}

#[cfg(test)]
#[path = "own_bots_tests.rs"]
mod tests;
