//! Storage interface for changes of messages: current content, reactions, hidden messages (`core.md` 1.2).
//!
//! Rows only; the rules are in `mutating`. All rows are a projection of the log, written in the event's transaction, except messages that a
//! person deleted for themselves alone: these have no event (`messenger.md` 5.4).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::pin::{Pin, PinStore};
use super::reaction::StoredReaction;
use super::receipt::Receipt;
use super::search_store::SearchStore;
use super::store::MemoryRoomStore;
use super::views::read_back;
use crate::content::search::{Clause, meets};
use crate::log::LogStore;
use crate::words::event::{Event, Kind, TOMBSTONE};
use crate::words::refusal::Fault;

/// A change, and the message that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeOf {
    pub seq: u64,
    /// Place of the message.
    pub target: u64,
    /// User id of the message's author.
    pub actor: String,
    /// Time of the message.
    pub ts: u64,
}

pub trait ChangeStore: LogStore {
    /// From now on event `target` reads like this; what was written stays what resends are compared with.
    fn set_view(&mut self, target: u64, view: &str) -> Result<(), Fault>;
    /// Event `seq` changes event `target`.
    fn note_change(&mut self, target: u64, seq: u64) -> Result<(), Fault>;
    /// Changes in `from ..= to`, with the message that each is about.
    fn changes(&self, from: u64, to: u64) -> Result<Vec<ChangeOf>, Fault>;
    /// Everything that changed event `target`, in order.
    fn changes_of(&self, target: u64) -> Result<Vec<Event>, Fault>;
    /// Takes every word out of event `target`: it becomes the tombstone, its edits become `edits`, its reactions go.
    fn bury(&mut self, target: u64, edits: &str) -> Result<(), Fault>;
    /// Returns reactions to event `target`, oldest first.
    fn reactions(&self, target: u64) -> Result<Vec<StoredReaction>, Fault>;
    /// Adds a reaction that is not there, at place `seq`.
    fn add_reaction(&mut self, target: u64, reacted: &StoredReaction, seq: u64) -> Result<(), Fault>;
    fn remove_reaction(&mut self, target: u64, reacted: &StoredReaction) -> Result<(), Fault>;
    /// `user` does not want to see event `target` any more.
    fn hide(&mut self, user: &str, target: u64) -> Result<(), Fault>;
    /// Returns the places in `from ..= to` that `user` hid.
    fn hidden(&self, user: &str, from: u64, to: u64) -> Result<Vec<u64>, Fault>;
    /// Returns everybody who hid event `target`.
    fn hidden_by(&self, target: u64) -> Result<Vec<String>, Fault>;
    /// Returns how far `user` has come.
    fn receipt(&self, user: &str) -> Result<Option<Receipt>, Fault>;
    /// Returns how far everybody has come.
    fn receipts(&self) -> Result<Vec<(String, Receipt)>, Fault>;
    fn save_receipt(&mut self, user: &str, receipt: &Receipt) -> Result<(), Fault>;
    /// Ids of the newest messages after `floor` that `user` hid.
    fn hidden_ids(&self, user: &str, floor: u64, limit: u32) -> Result<Vec<String>, Fault>;
}

/// The rows in memory, for tests and the simulator. Laid over the log: going back to an earlier state is keeping a handle.
#[derive(Clone, Debug, Default)]
pub struct Changes(Rc<ChangeRows>);

#[derive(Clone, Debug, Default)]
pub(super) struct ChangeRows {
    pub(super) views: BTreeMap<u64, String>,
    /// Bodies that stand in the place of what was deleted.
    pub(super) buried: BTreeMap<u64, String>,
    changes: BTreeSet<(u64, u64)>,
    pub(super) reactions: BTreeMap<(u64, u64), StoredReaction>,
    pub(super) hidden: BTreeSet<(String, u64)>,
    pub(super) receipts: BTreeMap<String, Receipt>,
    /// Names that replace those of deleted writers.
    pub(super) names: BTreeMap<u64, String>,
    /// Tokens by which each message is found.
    index: BTreeMap<u64, String>,
    indexed_to: u64,
    pin: Option<Pin>,
}

impl Changes {
    pub(super) fn rows(&self) -> &ChangeRows {
        &self.0
    }

    pub(super) fn rows_mut(&mut self) -> &mut ChangeRows {
        Rc::make_mut(&mut self.0)
    }

    /// The event as it reads now.
    pub fn laid_over(&self, event: Event) -> Event {
        let body = self.0.buried.get(&event.seq).or_else(|| self.0.views.get(&event.seq)).cloned();
        let body = read_back(event.kind, body.unwrap_or_else(|| event.body.clone()));
        let event = Event { body, ..event };
        match self.0.names.get(&event.seq) {
            Some(name) => Event { name: name.clone(), session: None, ..event },
            None => event,
        }
    }

    /// The body with which resends are compared.
    pub fn original(&self, seq: u64, body: String) -> String {
        self.0.buried.get(&seq).cloned().unwrap_or(body)
    }

    /// Puts what is left of a deleted message in its place: `edit` in the place of its edits.
    pub fn bury(&mut self, target: u64, edits: &[u64], edit: &str) {
        let rows = self.rows_mut();
        rows.views.remove(&target);
        rows.buried.insert(target, TOMBSTONE.to_owned());
        rows.buried.extend(edits.iter().map(|seq| (*seq, edit.to_owned())));
        rows.reactions.retain(|(message, _), _| *message != target);
    }

    /// Returns what the index of the search has of these places, newest first.
    pub fn indexed(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, &str)> {
        self.0.index.range(from..=to).rev().map(|(seq, tokens)| (*seq, tokens.as_str()))
    }

    /// Rows of messages that are trimmed go with them.
    pub(super) fn forget(&mut self, trimmed: &[u64]) {
        let rows = self.rows_mut();
        for seq in trimmed {
            rows.views.remove(seq);
            rows.buried.remove(seq);
            rows.index.remove(seq);
        }
        let oldest = trimmed.iter().max().map_or(0, |seq| seq + 1);
        rows.changes.retain(|(target, _)| *target >= oldest);
        rows.reactions.retain(|(target, _), _| *target >= oldest);
        rows.hidden.retain(|(_, target)| *target >= oldest);
    }
}

impl ChangeStore for MemoryRoomStore {
    fn set_view(&mut self, target: u64, view: &str) -> Result<(), Fault> {
        self.changes.rows_mut().views.insert(target, view.to_owned());
        Ok(())
    }
    fn note_change(&mut self, target: u64, seq: u64) -> Result<(), Fault> {
        self.changes.rows_mut().changes.insert((target, seq));
        Ok(())
    }
    fn changes(&self, from: u64, to: u64) -> Result<Vec<ChangeOf>, Fault> {
        let with_author = |&(target, seq): &(u64, u64)| {
            let message = self.read(target, target, 1).ok()?.pop()?;
            Some(ChangeOf { seq, target, actor: message.actor.unwrap_or_default(), ts: message.ts })
        };
        let changes = self.changes.rows().changes.iter().filter(|(_, seq)| (from..=to).contains(seq));
        Ok(changes.filter_map(with_author).collect())
    }
    fn changes_of(&self, target: u64) -> Result<Vec<Event>, Fault> {
        let places = self.changes.rows().changes.range((target, 0)..=(target, u64::MAX));
        Ok(places.filter_map(|(_, seq)| self.read(*seq, *seq, 1).ok()?.pop()).collect())
    }
    fn bury(&mut self, target: u64, edits: &str) -> Result<(), Fault> {
        let changes = self.changes_of(target)?.into_iter().filter(|change| change.kind == Kind::Edit);
        let changed: Vec<u64> = changes.map(|edit| edit.seq).collect();
        self.changes.bury(target, &changed, edits);
        Ok(())
    }
    fn reactions(&self, target: u64) -> Result<Vec<StoredReaction>, Fault> {
        let stored = self.changes.rows().reactions.range((target, 0)..=(target, u64::MAX));
        Ok(StoredReaction::of_one_kind(stored.map(|(_, reacted)| reacted.clone()).collect()))
    }
    fn add_reaction(&mut self, target: u64, reacted: &StoredReaction, seq: u64) -> Result<(), Fault> {
        self.changes.rows_mut().reactions.insert((target, seq), reacted.clone());
        Ok(())
    }
    fn remove_reaction(&mut self, target: u64, reacted: &StoredReaction) -> Result<(), Fault> {
        let is_other = |message: u64, known: &StoredReaction| message != target || !reacted.is(known);
        self.changes.rows_mut().reactions.retain(|(message, _), known| is_other(*message, known));
        Ok(())
    }
    fn hide(&mut self, user: &str, target: u64) -> Result<(), Fault> {
        self.changes.rows_mut().hidden.insert((user.to_owned(), target));
        Ok(())
    }
    fn hidden(&self, user: &str, from: u64, to: u64) -> Result<Vec<u64>, Fault> {
        let places = self.changes.rows().hidden.range((user.to_owned(), from)..=(user.to_owned(), to));
        Ok(places.map(|(_, seq)| *seq).collect())
    }
    fn hidden_by(&self, target: u64) -> Result<Vec<String>, Fault> {
        let hidden = self.changes.rows().hidden.iter().filter(|(_, seq)| *seq == target);
        Ok(hidden.map(|(user, _)| user.clone()).collect())
    }
    fn receipt(&self, user: &str) -> Result<Option<Receipt>, Fault> {
        Ok(self.changes.rows().receipts.get(user).copied())
    }
    fn receipts(&self) -> Result<Vec<(String, Receipt)>, Fault> {
        Ok(self.changes.rows().receipts.clone().into_iter().collect())
    }
    fn save_receipt(&mut self, user: &str, receipt: &Receipt) -> Result<(), Fault> {
        self.changes.rows_mut().receipts.insert(user.to_owned(), *receipt);
        Ok(())
    }
    fn hidden_ids(&self, user: &str, floor: u64, limit: u32) -> Result<Vec<String>, Fault> {
        let places = self.hidden(user, floor + 1, u64::MAX)?.into_iter().rev().take(limit as usize);
        let ids = places.filter_map(|seq| self.log.read(seq, seq, 1).ok()?.pop().map(|event| event.id));
        Ok(ids.collect())
    }
}

impl PinStore for MemoryRoomStore {
    fn pin(&self) -> Result<Option<Pin>, Fault> {
        Ok(self.changes.rows().pin.clone())
    }
    fn save_pin(&mut self, pin: Option<&Pin>) -> Result<(), Fault> {
        self.changes.rows_mut().pin = pin.cloned();
        Ok(())
    }
}

impl SearchStore for MemoryRoomStore {
    fn index(&mut self, seq: u64, tokens: &str) -> Result<(), Fault> {
        self.changes.rows_mut().index.insert(seq, tokens.to_owned());
        Ok(())
    }
    fn unindex(&mut self, seq: u64) -> Result<(), Fault> {
        self.changes.rows_mut().index.remove(&seq);
        Ok(())
    }
    fn indexed_to(&self) -> Result<u64, Fault> {
        Ok(self.changes.rows().indexed_to)
    }
    fn set_indexed_to(&mut self, seq: u64) -> Result<(), Fault> {
        self.changes.rows_mut().indexed_to = seq;
        Ok(())
    }
    fn indexed(&self, clauses: &[Clause], from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault> {
        let is_met = |(_, tokens): &(u64, &str)| meets(tokens, clauses);
        let found = self.changes.indexed(from, to).filter(is_met).take(limit as usize);
        found.map(|(seq, _)| self.read(seq, seq, 1)?.pop().ok_or_else(|| Fault("indexed, but gone".into()))).collect()
    }
}
