//! Changes of messages: edits, deletions and reactions (`messenger.md` 5.3), each a new event and a projection that is updated in the same
//! transaction (`core.md` 1.2).
//!
//! This module decides about permissions; `views` computes the changed message. A deletion for one person alone is no event: it has no
//! position in the log.

use std::rc::Rc;

use super::change::{Change, ChangeKind, ChangeResult, ReactionOp};
use super::group::Role;
use super::notification::{Notification, PacketNotification};
use super::outbound::Outbound;
use super::reaction::StoredReaction;
use super::redaction::read_by;
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use super::views;
use super::write::Write;
use crate::codec::json::json_text;
use crate::content::emoji::of_one_kind;
use crate::log::{Appended, StoredId, content_digest};
use crate::words::event::{Event, Kind, Millis, TOMBSTONE};
use crate::words::limits::{REACTION_KINDS_MAX, REACTIONS_OF_USER_MAX};
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

/// Outcome before anybody is notified.
enum Outcome {
    New {
        event: Event,
        target: Box<Event>,
        taken_back: Option<RemovedReaction>,
    },
    Duplicate {
        seq: u64,
        ts: Millis,
    },
    Hidden {
        seq: u64,
        ts: Millis,
    },
    /// A held message that its writer has taken back: it was in no log (`moderation.md` 8.1).
    Withdrawn(Box<Event>),
}

/// Removed reaction, with the names of its owner's other reactions on the message.
pub(super) struct RemovedReaction {
    reaction: String,
    left: Vec<String>,
}

impl Room {
    pub(super) fn change_frame(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        change: Change,
    ) -> Result<(), Denied> {
        let Some(live) = self.conns.get(&conn) else {
            return Ok(());
        };
        let (principal, floor) = (live.state.principal.clone(), live.state.floor);
        let name = self.name_of(principal.user.as_str(), &live.state.card.name);
        let (id, message) = (change.id.clone(), change.message.clone());
        let outcome = self.mutate(step, &principal, &name, floor, change)?;
        step.out.slide(&principal);
        match outcome {
            Outcome::New { event, target, taken_back } => {
                step.out.one(conn, Notification::Ack { id, seq: event.seq, ts: event.ts, duplicate: false });
                self.announce_change(step, &Rc::new(event), &target, taken_back)?;
            }
            Outcome::Duplicate { seq, ts } => step.out.one(conn, Notification::Ack { id, seq, ts, duplicate: true }),
            Outcome::Hidden { seq, ts } => {
                // It has no place of its own: the ack carries that of the message (`core.md` 2 *Ack*).
                step.out.one(conn, Notification::Ack { id, seq, ts, duplicate: false });
                step.out.hidden_for.push((principal.user.as_str().to_owned(), message));
            }
            Outcome::Withdrawn(message) => {
                // It has no place, and an empty log has none either.
                let seq = self.log.head().max(1);
                step.out.one(conn, Notification::Ack { id, seq, ts: message.ts, duplicate: false });
            }
        }
        Ok(())
    }

    /// Handles a change over REST (`messenger.md` 3).
    pub fn change(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        change: Change,
        out: &mut Outbound,
    ) -> Result<ChangeResult, Denied> {
        let step = &mut Step { store, now, out };
        let floor = self.floor_of(step.store, principal)?;
        let message = change.message.clone();
        let name = self.name_of(principal.user.as_str(), &principal.name);
        let duplicate = match self.mutate(step, principal, &name, floor, change)? {
            Outcome::New { event, target, taken_back } => {
                self.announce_change(step, &Rc::new(event), &target, taken_back)?;
                false
            }
            Outcome::Duplicate { .. } => true,
            Outcome::Hidden { .. } => {
                step.out.hidden_for.push((principal.user.as_str().to_owned(), message.clone()));
                false
            }
            Outcome::Withdrawn(message) => return Ok(ChangeResult { message: *message, duplicate: false }),
        };
        let place = step.store.find(&message)?.map_or(0, |stored| stored.seq);
        let mut message = step.store.read(place, place, 1)?.pop().ok_or(Refusal::NotFound)?;
        read_by(step.store, self.privacy_of(principal.user.as_str()), &mut message)?;
        Ok(ChangeResult { message, duplicate })
    }

    fn mutate(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        principal: &Principal,
        name: &str,
        floor: u64,
        change: Change,
    ) -> Result<Outcome, Denied> {
        let Change { id, message, what } = change;
        let what = of_one_kind_each(what);
        self.check_bot_changes(principal.user.as_str(), &what)?;
        if let Some(stored) = step.store.find(&id)? {
            return Ok(first_answer(&stored, principal, &message, &what)?);
        }
        if what == ChangeKind::Hide
            && let Some(stored) = step.store.find(&message)?.filter(|stored| stored.seq > floor)
            && !step.store.hidden(principal.user.as_str(), stored.seq, stored.seq)?.is_empty()
        {
            // It has no position, so no id records it: the hidden row itself does (`core.md` 3).
            return Ok(Outcome::Duplicate { seq: stored.seq, ts: stored.ts });
        }
        if what == ChangeKind::Delete
            && let Some(withdrawn) = self.withdraw_held(step.store, step.now, principal, &message)?
        {
            return Ok(Outcome::Withdrawn(Box::new(withdrawn)));
        }
        let target = self.target(step.store, principal, floor, &message)?;
        self.may_change(step.now, principal, &target, &what)?;
        if what == ChangeKind::Hide {
            let actor = principal.user.as_str();
            self.rate_allowance.charge(step.store, &self.settings.rules, actor, Kind::Delete, step.now)?;
            let seers = self.pin_seers(step.store)?;
            step.store.hide(actor, target.seq)?;
            self.send_pin_again(step, &seers)?;
            return Ok(Outcome::Hidden { seq: target.seq, ts: target.ts });
        }
        let (kind, body, reacted) = self.body_of(step.store, principal, &target, &what)?;
        let appended = self.append(step.store, step.now, principal, name, Write { id, kind, body })?;
        let Appended::New(event) = appended else {
            return Err(Fault("a change was stored between two reads".into()).into());
        };
        step.store.note_change(target.seq, event.seq)?;
        let taken_back = taken_back(principal, &what, &reacted);
        self.project(step.store, &target, &event, &what, reacted)?;
        if what == ChangeKind::Delete && target.actor != event.actor {
            step.out.act(principal.user.as_str(), "message_delete", &target.id);
        }
        Ok(Outcome::New { event, target: Box::new(target), taken_back })
    }

    /// Deletes a message for everybody in the name of a moderator (`moderation.md` 2), however old it is.
    pub(super) fn delete_for_moderator(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        principal: &Principal,
        id: String,
        target: &Event,
    ) -> Result<(), Denied> {
        let name = self.name_of(principal.user.as_str(), &principal.name);
        let write = Write { id, kind: Kind::Delete, body: buried_edit(&target.id) };
        let Appended::New(event) = self.append(step.store, step.now, principal, &name, write)? else {
            return Err(Fault("a change was stored between two reads".into()).into());
        };
        step.store.note_change(target.seq, event.seq)?;
        self.project(step.store, target, &event, &ChangeKind::Delete, Vec::new())?;
        step.out.act(principal.user.as_str(), "message_delete", &target.id);
        Ok(self.announce_change(step, &Rc::new(event), target, None)?)
    }

    /// Stores a change whose answer is the same as the notification for everybody.
    pub(super) fn change_and_notify(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        (principal, name, floor): (&Principal, &str, u64),
        change: Change,
    ) -> Result<(), Denied> {
        let outcome = self.mutate(step, principal, name, floor, change)?;
        if let Outcome::New { event, target, taken_back } = outcome {
            self.announce_change(step, &Rc::new(event), &target, taken_back)?;
        }
        Ok(())
    }

    fn may_change(&self, now: Millis, principal: &Principal, target: &Event, what: &ChangeKind) -> Result<(), Refusal> {
        if *what == ChangeKind::Hide {
            return Ok(());
        }
        // A new player of a persona must not change messages of an earlier player.
        let is_of_session = principal.visible_from == 0 || target.ts > principal.visible_from;
        let is_own = target.actor.as_deref() == Some(principal.user.as_str()) && is_of_session;
        let window_ms = match what {
            ChangeKind::Edit { .. } if !is_own || target.kind != Kind::Chat => return Err(Refusal::Forbidden),
            ChangeKind::Delete if !is_own && !self.moderates(principal) => return Err(Refusal::Forbidden),
            ChangeKind::Edit { .. } => self.settings.edit_window_ms,
            ChangeKind::Delete => self.settings.delete_window_ms,
            ChangeKind::React { .. } | ChangeKind::Hide => Millis::MAX,
        };
        if target.body == TOMBSTONE {
            return Err(Refusal::Conflict);
        }
        if now.saturating_sub(target.ts) > window_ms {
            return Err(Refusal::EditWindow);
        }
        Ok(())
    }

    /// Returns `true` if the person may delete messages of others: owner and admins of a group.
    fn moderates(&self, principal: &Principal) -> bool {
        let role = self.group().and_then(|group| group.role_of(principal.user.as_str()));
        matches!(role, Some(Role::Owner | Role::Admin))
    }

    /// Returns the event's body; for a reaction also everybody who has it afterwards.
    fn body_of(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        target: &Event,
        what: &ChangeKind,
    ) -> Result<(Kind, String, Vec<StoredReaction>), Denied> {
        let message = json_text(&target.id);
        let (body, reacted) = match what {
            ChangeKind::Edit { content } => {
                (format!("{{\"messageId\":{message},\"content\":{}}}", json_text(content)), vec![])
            }
            ChangeKind::Delete | ChangeKind::Hide => (format!("{{\"messageId\":{message}}}"), vec![]),
            ChangeKind::React { reaction, op } => {
                let own = StoredReaction { user: principal.user.as_str().to_owned(), reaction: reaction.clone() };
                let mut all = store.reactions(target.seq)?;
                let is_there = all.contains(&own);
                let op = if *op == ReactionOp::Add || *op == ReactionOp::Toggle && !is_there {
                    ReactionOp::Add
                } else {
                    ReactionOp::Remove
                };
                if op == ReactionOp::Remove {
                    all.retain(|known| *known != own);
                } else if !is_there {
                    check_room_for(&all, &own)?;
                    all.push(own);
                }
                let count = all.iter().filter(|known| known.reaction == *reaction).count();
                (reaction_body(&target.id, reaction, op, Some(count)), all)
            }
        };
        Ok((what.kind(), body, reacted))
    }

    /// Brings the projection up to the event.
    fn project(
        &self,
        store: &mut impl RoomStore,
        target: &Event,
        event: &Event,
        what: &ChangeKind,
        reacted: Vec<StoredReaction>,
    ) -> Result<(), Fault> {
        match what {
            ChangeKind::Edit { content } => {
                Self::show_anew(store, target, views::edited(&target.body, content, event.ts)?)
            }
            ChangeKind::Delete => {
                store.unindex(target.seq)?;
                store.bury(target.seq, &buried_edit(&target.id))
            }
            ChangeKind::Hide => Ok(()),
            ChangeKind::React { reaction, .. } => {
                let user = event.actor.clone().unwrap_or_default();
                let own = StoredReaction { user, reaction: reaction.clone() };
                let before = store.reactions(target.seq)?;
                match (before.contains(&own), reacted.contains(&own)) {
                    (false, true) => store.add_reaction(target.seq, &own, event.seq)?,
                    (true, false) => store.remove_reaction(target.seq, &own)?,
                    _ => {}
                }
                Self::show_anew(store, target, views::with_reactions(&target.body, &reacted)?)
            }
        }
    }

    /// From now on the message reads like this.
    fn show_anew(store: &mut impl RoomStore, target: &Event, view: String) -> Result<(), Fault> {
        store.set_view(target.seq, &view)?;
        Self::index_anew(store, &Event { body: view, ..target.clone() })
    }

    /// Notifies everybody for whom the message exists; the others receive only the position.
    fn announce_change(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        event: &Rc<Event>,
        target: &Event,
        taken_back: Option<RemovedReaction>,
    ) -> Result<(), Fault> {
        self.bytes_written += event.body.len() as u64;
        let hidden_by = step.store.hidden_by(target.seq)?;
        let is_closed = |live: &Live| {
            live.state.floor >= target.seq || hidden_by.iter().any(|user| user == live.state.principal.user.as_str())
        };
        let mut blind = self.blind_to(event, Some(target));
        blind.extend(self.conns_where(|live| !live.state.lagging && is_closed(live)));
        let notification = Notification::Event { event: Rc::clone(event), quiet: true };
        if blind.is_empty() {
            step.out.everybody(notification);
        } else {
            step.out.except(blind.clone(), notification);
            step.out.only(blind.clone(), Notification::Hidden { seq: event.seq, blocked_at: None });
        }
        if let Some(RemovedReaction { reaction, left }) = taken_back {
            let (id, user) = (target.id.clone(), event.actor.clone().unwrap_or_default());
            let taken_back = PacketNotification::TakenBack { id, user, reaction: Some(reaction), left };
            step.out.except(blind, Notification::Packet(taken_back));
        }
        if event.kind == Kind::Delete {
            self.message_is_gone(step, target.seq, event.actor.as_deref().unwrap_or_default())?;
        }
        // An entry of an inbox follows the message, whether its person is here now or not.
        if event.kind.reaches_inbox() {
            for other in self.other_people(event.actor.as_deref().unwrap_or_default()) {
                step.store.outbox_add(&other, event.seq, self.is_here(&other), step.now)?;
                step.out.outbox_filled = true;
            }
        }
        Ok(())
    }
}

/// Gives an emoji one form: however it was written, it is one kind of reaction.
fn of_one_kind_each(what: ChangeKind) -> ChangeKind {
    match what {
        ChangeKind::React { reaction, op } => ChangeKind::React { reaction: of_one_kind(&reaction), op },
        what => what,
    }
}

fn taken_back(principal: &Principal, what: &ChangeKind, reacted: &[StoredReaction]) -> Option<RemovedReaction> {
    let ChangeKind::React { reaction, .. } = what else { return None };
    let own = reacted.iter().filter(|known| known.user == principal.user.as_str());
    let left: Vec<String> = own.map(|known| known.reaction.clone()).collect();
    (!left.contains(reaction)).then(|| RemovedReaction { reaction: reaction.clone(), left })
}

/// Returns the answer to a repeated change (`core.md` 3). A removed body or an unspecified direction is not compared.
fn first_answer(
    stored: &StoredId,
    principal: &Principal,
    message: &str,
    what: &ChangeKind,
) -> Result<Outcome, Refusal> {
    if stored.actor.as_deref() != Some(principal.user.as_str()) {
        return Err(Refusal::IdTaken);
    }
    let says = |body: &str| stored.body == body || stored.body == content_digest(what.kind(), body);
    let is_same = stored.kind == what.kind()
        && match what {
            ChangeKind::Edit { content } => {
                let body = format!("{{\"messageId\":{},\"content\":{}}}", json_text(message), json_text(content));
                says(&body) || stored.body == buried_edit(message)
            }
            ChangeKind::Delete => says(&buried_edit(message)),
            ChangeKind::Hide => false,
            ChangeKind::React { reaction, op } => {
                let ops: &[ReactionOp] = if *op == ReactionOp::Toggle {
                    &[ReactionOp::Add, ReactionOp::Remove]
                } else {
                    std::slice::from_ref(op)
                };
                let body = views::read_back(stored.kind, stored.body.clone());
                let begins = |op: &ReactionOp| body.starts_with(&reaction_body(message, reaction, *op, None));
                ops.iter().any(begins) || !stored.body.starts_with('{')
            }
        };
    if !is_same {
        return Err(Refusal::IdReused);
    }
    Ok(Outcome::Duplicate { seq: stored.seq, ts: stored.ts })
}

/// The body of a reaction, or what every body of this reaction begins with.
fn reaction_body(message: &str, reaction: &str, op: ReactionOp, count: Option<usize>) -> String {
    let word = if op == ReactionOp::Remove { "remove" } else { "add" };
    let (message, reaction) = (json_text(message), json_text(reaction));
    let begin = format!("{{\"messageId\":{message},\"reaction\":{reaction},\"op\":\"{word}\"");
    count.map_or_else(|| begin.clone(), |count| format!("{begin},\"count\":{count}}}"))
}

/// Returns the rest of an edit after the deletion of its message; also the body of a deletion.
pub(super) fn buried_edit(message: &str) -> String {
    format!("{{\"messageId\":{}}}", json_text(message))
}

/// Checks that one more reaction is allowed on a message.
fn check_room_for(all: &[StoredReaction], own: &StoredReaction) -> Result<(), Refusal> {
    let of_user = all.iter().filter(|known| known.user == own.user).count();
    if of_user >= REACTIONS_OF_USER_MAX {
        return Err(Refusal::over_limit("reaction", "At most 5 reactions on one message.", REACTIONS_OF_USER_MAX));
    }
    let kinds = views::counted(all);
    if kinds.len() >= REACTION_KINDS_MAX && kinds.iter().all(|kind| kind.reaction != own.reaction) {
        return Err(Refusal::over_limit(
            "reaction",
            "A message has at most 12 different reactions.",
            REACTION_KINDS_MAX,
        ));
    }
    Ok(())
}
