//! Writing: from a write to an event that everybody receives (`core.md` 1.4, `messenger.md` 5.4).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::holding::RuleResult;
use super::notification::Notification;
use super::outbound::{BotCall, Outbound};
use super::rate_allowance::rule_of;
use super::reading::event_at;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use super::write::{Write, WriteOutcome};
use crate::content::files::check_owner;
use crate::content::kinds::EffectKind;
use crate::log::Appended;
use crate::machines::bots;
use crate::words::bot_cast;
use crate::words::event::{Draft, Event, Kind, Millis};
use crate::words::ids::{RoomForm, is_integration, is_scripted};
use crate::words::limits::{CLOCKS_APART_MS_MAX, NUDGE_SHAKE_WINDOW_MS, NUDGE_SHAKES_MAX, OVERLOADED_RETRY_MS};
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;
use crate::words::time::remaining_ms;

impl Room {
    /// Switches maintenance on or off: while it is on, the deployment takes no writes (`messagehub.md` 8).
    pub fn set_maintained(&mut self, is_maintained: bool) {
        self.is_maintained = is_maintained;
    }

    /// Checks that the deployment takes writes.
    pub(super) fn check_maintenance(&self) -> Result<(), Refusal> {
        if self.is_maintained { Err(Refusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS }) } else { Ok(()) }
    }

    pub(super) fn write(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        write: Write,
    ) -> Result<(), Denied> {
        let Some(live) = self.conns.get(&conn) else {
            return Ok(());
        };
        let principal = live.state.principal.clone();
        let name = self.name_of(principal.user.as_str(), &live.state.card.name);
        let (id, appended) = (write.id.clone(), self.append(step.store, step.now, &principal, &name, write)?);
        step.out.slide(&principal);
        match appended {
            Appended::Duplicate { seq, ts } => {
                step.out.counters.replayed += 1;
                step.out.one(conn, Notification::Ack { id, seq, ts, duplicate: true });
            }
            Appended::New(event) => {
                step.out.one(conn, Notification::Ack { id, seq: event.seq, ts: event.ts, duplicate: false });
                let event = Rc::new(event);
                self.announce(step, &event)?;
                self.note_called(&event, (principal.visible_from, principal.player()), step.out);
            }
        }
        Ok(())
    }

    /// Handles a write over REST (`POST /api/messages`).
    pub fn post(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        write: Write,
        out: &mut Outbound,
    ) -> Result<WriteOutcome, Denied> {
        self.floor_of(store, principal)?;
        let name = self.name_of(principal.user.as_str(), &principal.name);
        match self.append(store, now, principal, &name, write)? {
            Appended::New(event) => {
                let event = Rc::new(event);
                self.announce(&mut Step { store, now, out }, &event)?;
                self.note_called(&event, (principal.visible_from, principal.player()), out);
                Ok(WriteOutcome { event, duplicate: false })
            }
            Appended::Duplicate { seq, .. } => {
                out.counters.replayed += 1;
                Ok(WriteOutcome { event: Rc::new(event_at(store, seq)?), duplicate: true })
            }
        }
    }

    pub(super) fn append(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        name: &str,
        write: Write,
    ) -> Result<Appended, Denied> {
        let Write { id, kind, body } = write;
        let actor = principal.user.as_str();
        self.check_bot_writes(actor, kind)?;
        let body = Self::marked_body(actor, kind, body)?;
        // An account reads in each of its sessions what it wrote in another one.
        let has_session = !principal.is_former_persona() && !is_integration(actor);
        let session = has_session.then(|| principal.session.clone());
        let ownership = if kind == Kind::Chat { check_owner(&body, actor, principal.visible_from) } else { Ok(()) };
        let draft = Draft { id, actor: Some(actor.to_owned()), session, name: name.to_owned(), kind, body };
        let ruled = self.apply_rules(store, principal, &draft, now)?;
        let waiting = matches!(ruled, RuleResult::Held(_)).then(|| draft.clone());
        // A known id gets its first answer again, even if the two may not write to each other any more.
        let permission = self
            .check_maintenance()
            .and_then(|()| self.may_write(&principal.user))
            .and_then(|()| self.check_moderation(actor, now));
        let is_maintained = self.is_maintained;
        let held_back_ms = if kind == Kind::Chat { self.held_back_ms(actor) } else { 0 };
        let newest_held = self.newest_held(actor);
        let (rate_allowance, rules) = (&mut self.rate_allowance, &self.settings.rules);
        let appended = self.log.append(store, now, draft, |log| {
            ruled.check_id()?;
            // A person who has blocked the other may still delete their own messages.
            if kind != Kind::Delete || is_maintained {
                permission?;
            }
            ownership?;
            rate_allowance.check_pace(log, actor, (held_back_ms, newest_held), now)?;
            let is_of_bot = kind == Kind::Chat && is_integration(actor);
            let rule = if is_of_bot { &rules.bot } else { rule_of(rules, kind) };
            rate_allowance.check(log, rule, actor, kind, now)?;
            Ok(ruled.check()?)
        });
        if let (Err(Denied::Refused(Refusal::Held)), RuleResult::Held(rule), Some(draft)) = (&appended, &ruled, waiting)
        {
            return Err(self.hold(store, now, draft, rule)?.into());
        }
        let appended = appended?;
        if let Appended::New(_) = &appended {
            self.rate_allowance.count(actor, kind, now);
            // A change of an old message does not invite the other person to answer.
            if kind.is_message() {
                self.invite(store, actor)?;
            }
        }
        Ok(appended)
    }

    /// Returns how long `actor` has to wait between two messages, if slow mode holds them back; else 0.
    fn held_back_ms(&self, actor: &str) -> Millis {
        let is_free = actor == self.slow.presenter || crate::words::ids::is_scripted(actor);
        if is_free { 0 } else { self.slow.ms.max(self.moderated_slow_ms()) }
    }

    /// Sends a new event to everybody, here and elsewhere.
    pub(super) fn announce(&mut self, step: &mut Step<'_, impl RoomStore>, event: &Rc<Event>) -> Result<(), Fault> {
        self.bytes_written += event.body.len() as u64;
        step.out.counters.sent.push((Rc::clone(event), false));
        let actor = event.actor.as_deref().unwrap_or_default();
        self.stop_typing(actor, step.out);
        self.roster.touch(actor);
        self.send_event(event, actor, step.now, step.out);
        if event.kind.is_message() {
            self.on_message_of(step, actor)?;
            self.fill_webhooks(step, event)?;
        }
        let here = self.people_with_other_devices(actor).into_iter().map(|user| (user, true));
        for (user, was_here) in here.chain(self.absent_people(actor).into_iter().map(|user| (user, false))) {
            step.store.outbox_add(&user, event.seq, was_here, step.now)?;
            step.out.outbox_filled = true;
        }
        Ok(())
    }

    /// Notes the bots that a new message calls, to be stored with it. They read what its writer reads: see [`BotCall`].
    pub(super) fn note_called(&self, event: &Rc<Event>, (visible_from, session): (Millis, &str), out: &mut Outbound) {
        let called = bots::called(self.id.form(), event).into_iter();
        out.called.extend(called.map(|bot| BotCall {
            bot: bot.id,
            event: Rc::clone(event),
            visible_from,
            session: session.to_owned(),
        }));
    }

    /// Sends the event to everybody; some receive only its position, or a line without an effect.
    fn send_event(&mut self, event: &Rc<Event>, actor: &str, now: Millis, out: &mut Outbound) {
        let blind = self.blind_to(event, None);
        let apart = match event.kind.effect() {
            Some(EffectKind::Nudge) => self.shaken_by(actor, &blind, now, out),
            Some(EffectKind::Wink) => {
                let untaken = self.untaken_by(|settings| settings.winks, actor);
                untaken.into_iter().filter(|conn| !blind.contains(conn)).collect()
            }
            None => Vec::new(),
        };
        // Most nudges are lines, most winks are played: the few are named.
        let is_nudge = event.kind == Kind::Nudge;
        let notification = |quiet| Notification::Event { event: Rc::clone(event), quiet };
        let mut commanded = Vec::new();
        for (conns, event) in self.commanded(event) {
            commanded.extend(&conns);
            out.only(conns, Notification::Event { event: Rc::new(event), quiet: false });
        }
        if blind.is_empty() && apart.is_empty() && commanded.is_empty() {
            return out.everybody(notification(is_nudge));
        }
        out.except(blind.iter().chain(&apart).chain(&commanded).copied().collect(), notification(is_nudge));
        out.only(apart, notification(!is_nudge));
        let blocked_at = (!self.is_direct() && event.kind.is_message()).then_some(event.ts);
        out.only(blind, Notification::Hidden { seq: event.seq, blocked_at });
    }

    /// Returns the people of a direct room or group who are here and have devices elsewhere, without the writer.
    fn people_with_other_devices(&self, writer: &str) -> BTreeSet<String> {
        if matches!(self.id.form(), RoomForm::Public) {
            return BTreeSet::new();
        }
        let others = self.conns.values().filter(|live| live.state.card.elsewhere);
        let users = others.map(|live| live.state.principal.user.as_str());
        users.filter(|user| *user != writer).map(str::to_owned).collect()
    }

    /// Adds outbox entries for a person whose other devices connected at `since`, which the room learns only now: these devices have not
    /// received the messages in between.
    pub(super) fn notify_late_device(
        &self,
        step: &mut Step<'_, impl RoomStore>,
        user: &str,
        since: Millis,
    ) -> Result<(), Fault> {
        if matches!(self.id.form(), RoomForm::Public) {
            return Ok(());
        }
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user);
        let floor = own.map(|live| live.state.floor).max().unwrap_or(0);
        let read = step.store.receipt(user)?.unwrap_or_default().read;
        let known = read.max(floor).max(step.store.seq_at(since.saturating_sub(CLOCKS_APART_MS_MAX))?);
        if step.store.unread(user, known, 1)?.is_empty() {
            return Ok(());
        }
        for seq in [known + 1, self.log.head()] {
            step.store.outbox_add(user, seq, true, step.now)?;
        }
        step.out.outbox_filled = true;
        Ok(())
    }

    /// Returns the people of a direct room or group who have no socket here, without the writer (`push.md` 1).
    fn absent_people(&self, writer: &str) -> Vec<String> {
        // A bot is always there.
        let is_absent = |user: &str| user != writer && !self.is_here(user) && !is_automated(user);
        match (self.id.form(), &self.group) {
            (RoomForm::Direct(a, b), _) => {
                [a, b].into_iter().map(ToString::to_string).filter(|user| is_absent(user)).collect()
            }
            (RoomForm::Group, Some(group)) => {
                let living = self.conns.values().filter(|live| !live.is_expelled);
                let here: BTreeSet<&str> = living.map(|live| live.state.principal.user.as_str()).collect();
                let members = group.people().map(|member| member.user.as_str());
                let is_absent = |user: &&str| *user != writer && !here.contains(user) && !is_automated(user);
                members.filter(is_absent).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns sockets whose window a nudge shakes: not the sender's, not those that refuse it, not those above their limit.
    fn shaken_by(&mut self, actor: &str, blind: &[ConnKey], now: Millis, out: &mut Outbound) -> Vec<ConnKey> {
        let untaken = self.untaken_by(|settings| settings.nudges, actor);
        let mut shaken = Vec::new();
        let mut verdicts: BTreeMap<String, bool> = BTreeMap::new();
        // The limit outlasts a reconnect.
        self.shakes.retain(|_, times| {
            times.retain(|time| remaining_ms(time + NUDGE_SHAKE_WINDOW_MS, now, NUDGE_SHAKE_WINDOW_MS) > 0);
            !times.is_empty()
        });
        for (conn, live) in &self.conns {
            let user = live.state.principal.user.as_str();
            let is_spared = blind.contains(conn) || untaken.contains(conn);
            if user == actor || is_spared || live.state.lagging || !live.state.card.status.takes_shakes() {
                continue;
            }
            let takes_one_more = *verdicts.entry(user.to_owned()).or_insert_with(|| {
                let times = self.shakes.entry(user.to_owned()).or_default();
                let has_room = times.len() < NUDGE_SHAKES_MAX;
                if has_room {
                    times.push_back(now);
                }
                has_room
            });
            if takes_one_more {
                shaken.push(*conn);
            }
        }
        for conn in &shaken {
            let Some(live) = self.conns.get_mut(conn) else { continue };
            let times = self.shakes.get(live.state.principal.user.as_str());
            live.state.shaken = times.into_iter().flatten().copied().collect();
            out.changed.push(*conn);
        }
        shaken
    }
}

/// Returns `true` for bots and scripted personas, which are always present.
fn is_automated(user: &str) -> bool {
    bot_cast::find(user).is_some() || is_scripted(user)
}
