//! The packet door's part of a room (`wasmchannel.md` 3): the effects of its packets.
//!
//! Messages and reactions are handled like those of other doors. This file adds the differences of packets: echoes instead of acks, and one
//! rate for both kinds. `headcount` sends the number of people that packet sockets receive instead of names.

use std::rc::Rc;

use super::change::{Change, ChangeKind, ReactionOp};
use super::notification::{Notification, PacketNotification};
use super::outbound::Outbound;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use super::write::Write;
use crate::log::Appended;
use crate::words::closing::CloseCode;
use crate::words::event::{Draft, Millis};
use crate::words::limits::{PACKET_TYPING_MAX, PACKET_TYPING_WINDOW_MS};
use crate::words::rate::{LimitRule, Rule, Window};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

/// Act that a packet asks for, in the room's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PacketAct {
    Write(Write),
    /// Adds a reaction, or removes all of the sender's reactions, including those that packets cannot name.
    React {
        target: String,
        /// Name of the reaction; `None` takes back.
        add: Option<&'static str>,
        /// Reactions that packets can name; the others are not sent to them.
        known: &'static [&'static str],
        /// Fresh ids for the events that this becomes, as many as a person has reactions on a message.
        ids: Vec<String>,
    },
    Typing {
        is_typing: bool,
        /// Payload, which is passed on as it came.
        payload: Rc<[u8]>,
    },
}

impl Room {
    /// Handles one packet of a socket that its door has parsed, or the error of an invalid packet. Only faults are returned; the sender is
    /// notified of everything else.
    pub fn packet(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        conn: ConnKey,
        packet: Result<PacketAct, String>,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let step = &mut Step { store, now, out };
        let Some(allowed) = self.listen(now, conn, step.out) else {
            return Ok(());
        };
        let allowed = match &packet {
            Ok(_) => allowed.and_then(|()| self.check_proved(conn)),
            Err(_) => allowed,
        };
        let act = match (allowed, packet) {
            (_, Err(reason)) => {
                self.refuse_packet(now, conn, PacketNotification::Unreadable { reason }, step.out);
                return Ok(());
            }
            (Err(refusal), _) => Err(Denied::Refused(refusal)),
            (Ok(()), Ok(PacketAct::Write(write))) => self.write_packet(step, conn, write),
            (Ok(()), Ok(PacketAct::React { target, add, known, ids })) => {
                self.react_packet(step, conn, (&target, add, known, ids))
            }
            (Ok(()), Ok(PacketAct::Typing { is_typing, payload })) => {
                self.type_packet(now, conn, is_typing, payload, step.out);
                Ok(())
            }
        };
        match act {
            Ok(()) => Ok(()),
            Err(Denied::Broken(fault)) => Err(fault),
            Err(Denied::Refused(refusal)) => {
                step.out.counters.refused(&refusal, LimitRule::Packet);
                let notification = match refusal {
                    Refusal::RateLimited { .. } => {
                        PacketNotification::Limited { window: self.settings.rules.packet.0.first().copied() }
                    }
                    refusal => PacketNotification::Refused(refusal),
                };
                self.refuse_packet(now, conn, notification, step.out);
                Ok(())
            }
        }
    }

    /// Refuses a packet. A socket that sends only invalid packets is closed (`wasmchannel.md` 2).
    fn refuse_packet(&mut self, now: Millis, conn: ConnKey, notification: PacketNotification, out: &mut Outbound) {
        // Our own faults, temporary refusals, closed rooms and rules are no invalid packets. A mute has a time, so it is temporary.
        let is_invalid = match &notification {
            PacketNotification::Refused(
                Refusal::Internal | Refusal::RoomClosed | Refusal::RefusedByRule | Refusal::Held,
            ) => false,
            PacketNotification::Refused(refusal) => refusal.retry_after_ms().is_none(),
            notification => matches!(notification, PacketNotification::Unreadable { .. }),
        };
        out.one(conn, Notification::Packet(notification));
        if is_invalid && self.is_one_too_many(now, conn, out) {
            self.expel(now, conn, CloseCode::Policy.code(), "too many invalid packets", out);
        }
    }

    /// The echo is the ack; a repeated message is echoed to its sender alone and costs nothing.
    fn write_packet(&mut self, step: &mut Step<'_, impl RoomStore>, conn: ConnKey, write: Write) -> Result<(), Denied> {
        let Some(live) = self.conns.get(&conn) else {
            return Ok(());
        };
        let principal = live.state.principal.clone();
        let user = principal.user.as_str();
        let name = self.name_of(user, &live.state.card.name);
        if step.store.find(&write.id)?.is_none() {
            self.rate_allowance.check_packet(step.store, &self.settings.rules, user, step.now)?;
        }
        match self.append(step.store, step.now, &principal, &name, write.clone())? {
            Appended::New(event) => {
                let event = Rc::new(event);
                self.announce(step, &event)?;
                self.note_called(&event, (principal.visible_from, principal.player()), step.out);
                if let Some((_, is_packet)) = step.out.counters.sent.last_mut() {
                    *is_packet = true;
                }
            }
            Appended::Duplicate { seq, ts } => {
                step.out.counters.replayed += 1;
                let Write { id, kind, body } = write;
                let draft = Draft { id, actor: Some(user.to_owned()), session: None, name, kind, body };
                step.out.one(conn, Notification::Event { event: Rc::new(draft.at(seq, ts)), quiet: true });
            }
        }
        step.out.slide(&principal);
        Ok(())
    }

    /// Packets add: what is there already is echoed to its sender alone.
    fn react_packet(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        (target, add, known, ids): (&str, Option<&'static str>, &[&'static str], Vec<String>),
    ) -> Result<(), Denied> {
        let Some(live) = self.conns.get(&conn) else {
            return Ok(());
        };
        let (principal, floor) = (live.state.principal.clone(), live.state.floor);
        let name = self.name_of(principal.user.as_str(), &live.state.card.name);
        let user = principal.user.as_str();
        let message = self.target(step.store, &principal, floor, target)?;
        let reactions = step.store.reactions(message.seq)?.into_iter();
        let own: Vec<String> = reactions.filter(|one| one.user == user).map(|one| one.reaction).collect();
        let is_own = |name: &str| own.iter().any(|own| own == name);
        let changes: Vec<(&str, ReactionOp)> = match add {
            Some(name) if is_own(name) => Vec::new(),
            Some(name) => vec![(name, ReactionOp::Add)],
            None => own.iter().map(|name| (name.as_str(), ReactionOp::Remove)).collect(),
        };
        let (id, sender) = (target.to_owned(), user.to_owned());
        let echo = match add {
            Some(reaction) => PacketNotification::Reacted { id, user: sender, reaction: reaction.to_owned() },
            None => PacketNotification::TakenBack { id, user: sender, reaction: None, left: Vec::new() },
        };
        if changes.is_empty() {
            step.out.one(conn, Notification::Packet(echo));
            return Ok(());
        }
        let is_notified = changes.iter().any(|(name, _)| known.contains(name));
        self.rate_allowance.check_packet(step.store, &self.settings.rules, user, step.now)?;
        for ((reaction, op), id) in changes.into_iter().zip(ids) {
            let what = ChangeKind::React { reaction: reaction.to_owned(), op };
            let change = Change { id, message: target.to_owned(), what };
            self.change_and_notify(step, (&principal, &name, floor), change)?;
        }
        if !is_notified {
            step.out.one(conn, Notification::Packet(echo));
        }
        step.out.slide(&principal);
        Ok(())
    }

    /// The third within a second is dropped without an answer: the last notification still holds.
    fn type_packet(&mut self, now: Millis, conn: ConnKey, is_typing: bool, payload: Rc<[u8]>, out: &mut Outbound) {
        let rule = Rule(vec![Window { count: PACKET_TYPING_MAX, ms: PACKET_TYPING_WINDOW_MS }]);
        let counter = self.occupancy.typing.entry(self.user_of(conn)).or_default();
        if counter.charge(&rule, now).is_ok() {
            self.typing_frame(now, conn, is_typing, Some(payload), out);
        }
    }
}
