//! Webhooks of the bots of a group (`integrations.md` 7.4): rows that are written with the message, the end of each attempt, and what was
//! given up. The owner of the room makes the calls, and knows the waiting times between attempts.

use std::collections::BTreeSet;

use super::outbound::Outbound;
use super::own_bot::{BotDelivery, BotWebhook, OwnBot, OwnBotStore};
use super::own_bots::seen_by_bot;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::log::LogStore;
use crate::machines::webhook::{DeadLetter, DeadLetterStore, HookDisposition, delivery_wait_ms};
use crate::words::event::{Event, Millis};
use crate::words::limits::HOOK_LEASE_MS;
use crate::words::refusal::{Denied, Fault, Refusal};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotAttempt {
    pub bot: String,
    pub webhook: BotWebhook,
    /// User id of the person who made the bot, whose calls are counted.
    pub maker: String,
    /// The message, as the bot reads it now.
    pub event: Event,
    /// Number of the attempt; the first is 1.
    pub attempt: u32,
}

impl Room {
    /// Notes that a new message waits for the webhooks of all bots but its writer, in the transaction that stores it. An address gets it
    /// once, also where several bots of earlier versions have it.
    pub(super) fn fill_webhooks(&self, step: &mut Step<'_, impl RoomStore>, event: &Event) -> Result<(), Fault> {
        let takes = |bot: &&OwnBot| bot.takes_messages() && event.actor.as_deref() != Some(bot.id.as_str());
        let mut called = BTreeSet::new();
        for bot in self.own_bots.iter().filter(takes) {
            if !called.insert(bot.webhook.as_ref().map(|webhook| webhook.url.as_str())) {
                continue;
            }
            let (bot, seq) = (bot.id.clone(), event.seq);
            step.store.save_bot_delivery(&BotDelivery { bot, seq, due_at: step.now, attempts: 0, busy_until: 0 })?;
            step.out.webhooks_filled = true;
        }
        Ok(())
    }

    /// Returns the attempts to make now. Each is under way from here on, until [`Self::settle_webhook`] or the end of its lease.
    pub fn take_due_webhooks(
        &self,
        store: &mut (impl OwnBotStore + LogStore),
        now: Millis,
    ) -> Result<Vec<BotAttempt>, Denied> {
        let mut due = Vec::new();
        for delivery in store.bot_deliveries()? {
            if wait_ms(&delivery, now) > 0 {
                continue;
            }
            let bot = self.own_bot(&delivery.bot);
            let webhook = bot.and_then(|bot| Some((bot, bot.webhook.clone()?)));
            let Some(((bot, webhook), event)) = webhook.zip(store.read(delivery.seq, delivery.seq, 1)?.pop()) else {
                // Nobody takes it any more, or the log has let it go.
                store.forget_bot_delivery(&delivery.bot, Some(delivery.seq))?;
                continue;
            };
            let attempt = delivery.attempts + 1;
            store.save_bot_delivery(&BotDelivery { attempts: attempt, busy_until: now + HOOK_LEASE_MS, ..delivery })?;
            let event = seen_by_bot(bot, &event).unwrap_or(event);
            let maker = self.maker_of(&bot.maker).to_owned();
            due.push(BotAttempt { bot: bot.id.clone(), webhook, maker, event, attempt });
        }
        Ok(due)
    }

    /// Returns when [`Self::take_due_webhooks`] or [`Self::forget_dead_letters`] has something to do: for the object's alarm.
    pub fn webhooks_at(&self, store: &impl OwnBotStore, now: Millis) -> Result<Option<Millis>, Fault> {
        // Where no bot is, nothing waits, and no dead letter is left.
        if self.own_bots.is_empty() {
            return Ok(None);
        }
        let waiting = store.bot_deliveries()?;
        let due = waiting.iter().map(|delivery| now + wait_ms(delivery, now));
        Ok(due.chain(DeadLetterStore::dead_expiry(store.dead_letters())?).min())
    }

    /// Frees the attempts of an earlier life of the room's owner, which ended with it: the next ones need not wait for the end of a lease.
    pub fn free_webhooks(&self, store: &mut impl OwnBotStore) -> Result<(), Fault> {
        // Where no bot is, nothing waits.
        let waiting = if self.own_bots.is_empty() { Vec::new() } else { store.bot_deliveries()? };
        for delivery in waiting {
            if delivery.busy_until > 0 {
                store.save_bot_delivery(&BotDelivery { busy_until: 0, ..delivery })?;
            }
        }
        Ok(())
    }

    /// Stores the end of an attempt, with the status of the answer (0 without one) and an error in words. Returns `false` if nobody waits for
    /// it any more.
    pub fn settle_webhook(
        &mut self,
        store: &mut impl OwnBotStore,
        now: Millis,
        (bot, seq, attempt): (&str, u64, u32),
        after: HookDisposition,
        (status, error): (u16, &str),
        out: &mut Outbound,
    ) -> Result<bool, Denied> {
        let is_it = |delivery: &BotDelivery| delivery.bot == bot && delivery.seq == seq && delivery.attempts == attempt;
        let delivery = store.bot_deliveries()?.into_iter().find(is_it);
        let place = self.place_of(bot);
        let known = self.own_bots.iter_mut().find(|known| known.id == bot);
        let (Some(delivery), Some(known)) = (delivery, known) else { return Ok(false) };
        let Some(webhook) = &mut known.webhook else { return Ok(false) };
        if let HookDisposition::Retry { wait_ms } | HookDisposition::Postponed { wait_ms } = after {
            let (due_at, attempts) = (now + wait_ms, after.attempts_after(attempt));
            store.save_bot_delivery(&BotDelivery { due_at, attempts, busy_until: 0, ..delivery })?;
            return Ok(true);
        }
        store.forget_bot_delivery(bot, Some(seq))?;
        if after != HookDisposition::Done {
            let (hook, error) = (bot.to_owned(), error.to_owned());
            let letter = DeadLetter { hook, seq, status, error, attempts: attempt, died_at: now };
            DeadLetterStore::dead_add(store.dead_letters_mut(), &letter)?;
        }
        let before = webhook.given_up_in_a_row;
        let (given_up, is_over) = after.in_a_row(before);
        webhook.given_up_in_a_row = given_up;
        if is_over {
            known.webhook = None;
            store.forget_bot_delivery(bot, None)?;
            out.act("", "bot_webhook_off", &place);
        } else if given_up == before {
            return Ok(true);
        }
        store.save_own_bot(known)?;
        Ok(true)
    }

    /// Sends a message that was given up from the first attempt on, as far as the log has it. It goes to the webhook that the bot has now.
    /// Errors: `NOT_FOUND` if there is no such dead letter, if the log has let the message go, or if nothing is sent to the bot.
    pub fn revive_webhook(
        &self,
        store: &mut (impl OwnBotStore + LogStore),
        now: Millis,
        (bot, seq): (&str, u64),
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let takes = self.own_bot(bot).is_some_and(OwnBot::takes_messages);
        let is_sent = takes && !store.read(seq, seq, 1)?.is_empty();
        if !is_sent || !DeadLetterStore::dead_remove(store.dead_letters_mut(), bot, seq)? {
            return Err(Refusal::NotFound.into());
        }
        store.save_bot_delivery(&BotDelivery { bot: bot.to_owned(), seq, due_at: now, attempts: 0, busy_until: 0 })?;
        out.webhooks_filled = true;
        Ok(())
    }

    /// Removes expired dead letters. Returns `true` if there were some.
    pub fn forget_dead_letters(&self, store: &mut impl OwnBotStore, now: Millis) -> Result<bool, Fault> {
        // Where no bot is, there are none.
        if self.own_bots.is_empty() {
            return Ok(false);
        }
        DeadLetterStore::dead_forget_expired(store.dead_letters_mut(), now)
    }
}

/// Returns the milliseconds until the message may leave.
fn wait_ms(delivery: &BotDelivery, now: Millis) -> Millis {
    delivery_wait_ms((delivery.due_at, delivery.busy_until), delivery.attempts, now)
}
