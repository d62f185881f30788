//! Answers of bots (`messenger.md` 7): a transactional outbox.
//!
//! The row is written with the message that called the bot, and removed with the answer, each in its transaction. Work in between may be
//! lost at any point and is repeated: the ledger and the log recognize the answer by its id. The room does not wait for it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use protocol::machines::bots::{
    self, BotLine, CallRequest, ModelOutput, answer_body, answer_id, delay_ms, line_body, request_json,
};
use protocol::machines::room::Outbound;
use protocol::words::bot_cast;
use protocol::words::bot_cast::Bot;
use protocol::words::event::{Event, Kind, Millis};
use protocol::words::ids::{RoomId, UserId};
use protocol::words::limits::{
    BOT_ANSWERS_AT_ONCE, BOT_LINE_EVERY_MS, BOT_RETRY_MS, OUTBOX_RETRY_MS, OVERLOADED_RETRY_MS, TYPING_MS,
};
use protocol::words::principal::Principal;
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::retry::retry_delay_ms;
use protocol::words::time::HOUR_MS;
use wasm_bindgen_futures::spawn_local;
use worker::Delay;

use crate::calls::flags::{self, Flag};
use crate::calls::quota::{LEDGER, ReadCallerLedger, Reserve, Settle, SettleCall};
use crate::kit::request::Request;
use crate::kit::sql::{exec, rows};
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::objects::room::tables::RoomSql;
use crate::platform::analytics;
use crate::platform::model::Engine;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Interval of a bot's typing indicator, so that the next one is sent before the last one expires.
const WRITING_EVERY_MS: Millis = TYPING_MS - 1_000;

/// Longest delay of an answer that the room refuses for now.
pub const BOT_REFUSED_MS_MAX: Millis = HOUR_MS;

/// Migration step of pending answers, and of the time at which each line was last sent.
pub const STEP: &[&str] = &[
    "CREATE TABLE bot_answers (id TEXT PRIMARY KEY, bot TEXT NOT NULL, seq INTEGER NOT NULL, user TEXT NOT NULL, \
     session TEXT NOT NULL, visible_from INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID",
    "CREATE TABLE bot_lines (code TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

#[derive(Clone, Debug)]
struct PendingAnswer {
    id: String,
    bot: String,
    /// Position of the message that called the bot.
    seq: u64,
    /// Author of that message, their session if it limits their access, and the position up to which the log is closed to them.
    user: String,
    session: String,
    visible_from: Millis,
    due_at: Millis,
    tries: u32,
}

/// Result of a call.
enum BotAnswer {
    Words(String, &'static str),
    Line(BotLine),
    /// No answer, because its recipient was deleted.
    Nothing,
}

/// Stores the pending answers to the messages of a turn, in its transaction.
pub fn enqueue_answers(store: &RoomSql, now: Millis, out: &Outbound) -> Result<(), Fault> {
    for called in &out.called {
        let event = &called.event;
        let query = "INSERT OR IGNORE INTO bot_answers VALUES (?, ?, ?, ?, ?, ?, ?, 0)";
        let id = answer_id(called.bot, &event.id);
        let user = event.actor.as_deref().unwrap_or_default();
        let who = [user.into(), called.session.as_str().into(), called.visible_from.into()];
        let values = [id.as_str().into(), called.bot.into(), event.seq.into()].into_iter().chain(who);
        exec(&store.sql, query, &values.chain([now.into()]).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Returns the pending answers that are due at `by`, earliest first, 100 at most.
fn due_answers(store: &RoomSql, by: Millis) -> Result<Vec<PendingAnswer>, Fault> {
    let query = "SELECT id, bot, seq, user, session, visible_from, due_at, tries FROM bot_answers \
                 WHERE due_at <= ? ORDER BY due_at, seq LIMIT 100";
    rows(&store.sql, query, &[by.into()], |row| {
        Ok(PendingAnswer {
            id: row.text(0)?,
            bot: row.text(1)?,
            seq: row.number(2)?,
            user: row.text(3)?,
            session: row.text(4)?,
            visible_from: row.number(5)?,
            due_at: row.number(6)?,
            tries: row.number(7)? as u32,
        })
    })
}

/// Returns the time of the next alarm. An answer in progress is due later, in case its work is lost. So is an answer that waits for free
/// capacity, because the next answer that is done starts it.
pub fn due_at(store: &RoomSql, answering: &BTreeSet<String>, now: Millis) -> Result<Option<Millis>, Fault> {
    let is_full = answering.len() >= BOT_ANSWERS_AT_ONCE;
    let attempt_at =
        |one: &PendingAnswer| if is_full || answering.contains(&one.id) { now + BOT_RETRY_MS } else { one.due_at };
    Ok(due_answers(store, i64::MAX as Millis)?.iter().map(attempt_at).min())
}

/// Starts due answers in the background, within the limit of simultaneous ones.
pub fn start_due_answers(object: &Rc<RoomObject>) {
    let now = runtime::now_ms();
    let due = object.with(|_, store| Ok(due_answers(store, now)?)).unwrap_or_default();
    for one in due {
        let mut answering = object.runs.answering.borrow_mut();
        if answering.len() >= BOT_ANSWERS_AT_ONCE {
            break;
        }
        if answering.insert(one.id.clone()) {
            let object = Rc::clone(object);
            spawn_local(async move { answer(&object, one).await });
        }
    }
}

async fn answer(object: &Rc<RoomObject>, one: PendingAnswer) {
    let done = match bot_cast::find(&one.bot) {
        Some(bot) => said_or_when_again(object, bot, &one).await,
        // Only an earlier version of the Worker had this bot, so there will be no answer.
        None => {
            let query = "DELETE FROM bot_answers WHERE id = ?";
            let removed = object.settle(|store| exec(&store.sql, query, &[one.id.as_str().into()]));
            removed.map_err(|_| runtime::now_ms() + retry_delay_ms(one.tries))
        }
    };
    if let Err(due_at) = done {
        let query = "UPDATE bot_answers SET due_at = ?, tries = tries + 1 WHERE id = ?";
        let _ = object.settle(|store| exec(&store.sql, query, &[due_at.into(), one.id.as_str().into()]));
        object.base.ring_by(due_at);
    }
    object.runs.answering.borrow_mut().remove(&one.id);
    start_due_answers(object);
}

/// Prepares and sends the answer. An error is the time of the next attempt.
async fn said_or_when_again(object: &Rc<RoomObject>, bot: &'static Bot, one: &PendingAnswer) -> Result<(), Millis> {
    match said_while_writing(object, bot, one).await {
        Ok(said) => say(object, bot, one, &said),
        Err(error) => {
            telemetry::call_failed("bot", &error);
            let _ = object.turn(|room, _, _, out| {
                room.bot_rests(bot, out);
                Ok(())
            });
            Err(runtime::now_ms() + retry_delay_ms(one.tries))
        }
    }
}

/// Sends the bot's typing indicator while the bot works on the answer.
async fn said_while_writing(
    object: &Rc<RoomObject>,
    bot: &'static Bot,
    one: &PendingAnswer,
) -> Result<BotAnswer, CallError> {
    let mut said = pin!(request_answer(object, bot, one));
    loop {
        let _ = object.turn(|room, _, now, out| {
            room.bot_writes(now, bot, out);
            Ok(())
        });
        let pause = Delay::from(Duration::from_millis(WRITING_EVERY_MS));
        match select(said.as_mut(), pin!(pause)).await {
            Either::Left((said, _)) => return said,
            Either::Right(_) => {}
        }
    }
}

async fn request_answer(
    object: &Rc<RoomObject>,
    bot: &'static Bot,
    one: &PendingAnswer,
) -> Result<BotAnswer, CallError> {
    let began_at = runtime::now_ms();
    let room = object.with(|room, _| Ok(room.id().clone()))?;
    let Ok(caller) = caller(&room, one) else {
        return Ok(BotAnswer::Nothing);
    };
    // The model receives nothing of people whom the caller has blocked, even if these are not in the room.
    let privacy = privacy::of_reader(object, &room, &caller).await?;
    let shown = match object.with(|room, store| room.shown_to_bot(store, &caller, privacy.as_ref(), one.seq)) {
        Ok(shown) => shown,
        Err(Denied::Refused(_)) => return Ok(BotAnswer::Nothing),
        Err(Denied::Broken(fault)) => return Err(fault.into()),
    };
    let Some(trigger) = shown.last().cloned() else {
        return Ok(BotAnswer::Nothing);
    };
    if flags::is_maintained(&object.env).await {
        return Err(Refusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS }.into());
    }
    if !flags::are_on(&object.env, &[Flag::BotEnabled]).await {
        return Ok(BotAnswer::Line(BotLine::Unavailable));
    }
    let engine = Engine::of(&object.env);
    let by_model = engine != Engine::Script;
    let demo_room = object.with(|room, store| Ok(store.is_demo.then(|| room.id().as_str().to_owned())))?;
    let whose = CallRequest { user: one.user.clone(), demo_room, answer: Some(one.id.clone()), by_model };
    let ledger = Reserve::ask(&object.env, LEDGER, &whose).await?;
    let Some(id) = ledger.id else {
        let silence = if ledger.is_used_up { BotLine::Sleeping } else { BotLine::Unavailable };
        measure(object, bot, one, silence.code(), None, began_at);
        return Ok(BotAnswer::Line(silence));
    };
    let thought = think(object, &engine, bot, &shown, &trigger).await;
    let neurons_milli = thought.as_ref().ok().and_then(|thought| thought.neurons_milli);
    let settled = SettleCall { id, went_well: thought.is_ok(), by_model, neurons_milli };
    let settlement = Settle::ask(&object.env, LEDGER, &settled).await;
    if let Err(error) = settlement {
        telemetry::call_failed("settle", &error);
    }
    match thought {
        Ok(thought) => {
            measure(object, bot, one, if by_model { "ai" } else { "script" }, Some(&thought), began_at);
            let until = began_at + delay_ms(&thought.words);
            let wait_ms = until.saturating_sub(runtime::now_ms());
            Delay::from(Duration::from_millis(wait_ms)).await;
            Ok(BotAnswer::Words(thought.words, if by_model { "ai" } else { "script" }))
        }
        Err(words) => {
            telemetry::fault("model", &Fault(words));
            measure(object, bot, one, "failed", None, began_at);
            Ok(BotAnswer::Line(BotLine::Unavailable))
        }
    }
}

async fn think(
    object: &RoomObject,
    engine: &Engine,
    bot: &Bot,
    shown: &[Event],
    trigger: &Event,
) -> Result<ModelOutput, String> {
    let said = bots::said_in(shown.iter());
    if *engine == Engine::Script {
        let asked = said.last().map(|said| said.words.as_str()).unwrap_or_default();
        return Ok(ModelOutput { words: bots::scripted(bot, &trigger.id, asked).to_owned(), ..ModelOutput::default() });
    }
    engine.ask(&object.env, &request_json(bot, &said)).await
}

/// Sends the answer and removes its row, in one step. An error is the time of the next attempt.
fn say(object: &Rc<RoomObject>, bot: &Bot, one: &PendingAnswer, said: &BotAnswer) -> Result<(), Millis> {
    let trigger = object.with(|_, store| Ok(id_at(store, one.seq)?));
    let done = trigger.and_then(|trigger| {
        object.turn(|room, store, now, out| {
            // The message may have been deleted, or its author removed, while the model worked.
            let shown = caller(room.id(), one).and_then(|caller| room.shown_to_bot(store, &caller, None, one.seq));
            let is_asked = match shown {
                Ok(shown) => !shown.is_empty(),
                Err(Denied::Refused(_)) => false,
                Err(broken) => return Err(broken),
            };
            let words = match said {
                _ if !is_asked => None,
                BotAnswer::Words(words, client) => Some((Kind::Chat, answer_body(words, &trigger, client))),
                BotAnswer::Line(silence) if line_is_due(store, *silence, now)? => {
                    Some((Kind::System, line_body(*silence)))
                }
                BotAnswer::Line(_) | BotAnswer::Nothing => None,
            };
            match words.map(|(kind, body)| room.bot_says(store, now, bot, (one.id.clone(), kind, body), out)) {
                // The id is taken, or the group is deleted: there is nothing to send.
                None | Some(Err(Denied::Refused(Refusal::NotFound | Refusal::IdTaken | Refusal::IdReused))) => {
                    room.bot_rests(bot, out);
                }
                Some(result) => result?,
            }
            Ok(exec(&store.sql, "DELETE FROM bot_answers WHERE id = ?", &[one.id.as_str().into()])?)
        })
    });
    match done {
        Ok(()) => Ok(()),
        Err(Denied::Refused(refusal)) => {
            let asked_ms = refusal.retry_after_ms().unwrap_or(0);
            Err(runtime::now_ms() + asked_ms.clamp(OUTBOX_RETRY_MS, BOT_REFUSED_MS_MAX))
        }
        Err(Denied::Broken(_)) => Err(runtime::now_ms() + retry_delay_ms(one.tries)),
    }
}

/// Returns `true` if the line was not sent within the last hour, and marks it as sent.
fn line_is_due(store: &RoomSql, silence: BotLine, now: Millis) -> Result<bool, Fault> {
    let query = "INSERT INTO bot_lines VALUES (?, ?) ON CONFLICT (code) DO UPDATE SET at = excluded.at WHERE at <= ? RETURNING at";
    let values = [silence.code().into(), now.into(), now.saturating_sub(BOT_LINE_EVERY_MS).into()];
    Ok(!rows(&store.sql, query, &values, |row| row.number(0))?.is_empty())
}

fn id_at(store: &RoomSql, seq: u64) -> Result<String, Fault> {
    let found = rows(&store.sql, "SELECT id FROM events WHERE seq = ?", &[seq.into()], |row| row.text(0))?;
    Ok(found.into_iter().next().unwrap_or_default())
}

/// Returns the author of the message, with their access at that time.
fn caller(room: &RoomId, one: &PendingAnswer) -> Result<Principal, Denied> {
    Ok(Principal::reader(UserId::parse(&one.user)?, room, one.session.clone(), one.visible_from))
}

fn measure(
    object: &RoomObject,
    bot: &Bot,
    one: &PendingAnswer,
    outcome: &str,
    thought: Option<&ModelOutput>,
    began_at: Millis,
) {
    let now = runtime::now_ms();
    let (tokens_in, tokens_out) = thought.map_or((0, 0), |thought| (thought.tokens_in, thought.tokens_out));
    let doubles = [tokens_in as f64, tokens_out as f64, now.saturating_sub(began_at) as f64];
    analytics::point(&object.env, now, Some(&one.user), &["ai_invocation", bot.id, outcome], &doubles);
}

/// Refuses a message to a bot if its sender has no calls left. A repeated message gets its first answer again.
pub async fn check_awake(object: &RoomObject, user: &UserId, id: &str) -> Result<(), CallError> {
    let is_new = object.with(|room, store| {
        let is_with_bot = room.id().partner_of(user).is_some_and(|other| bot_cast::find(other.as_str()).is_some());
        Ok(is_with_bot && protocol::log::LogStore::find(store, id)?.is_none())
    })?;
    if !is_new {
        return Ok(());
    }
    let whose = CallRequest { user: user.as_str().to_owned(), demo_room: None, answer: None, by_model: false };
    match ReadCallerLedger::ask(&object.env, LEDGER, &whose).await {
        Ok(ledger) if ledger.is_used_up => {
            let retry_after_ms = ledger.resets_at.saturating_sub(runtime::now_ms());
            Err(Refusal::BotSleeping { retry_after_ms }.into())
        }
        Ok(_) => Ok(()),
        // The message is stored anyway, and answered later.
        Err(error) => {
            telemetry::call_failed("standing", &error);
            Ok(())
        }
    }
}

#[cfg(test)]
#[path = "cast_tests.rs"]
mod tests;
