//! Storage interface for changes of messages: current content, reactions, hidden messages (`core.md` 1.2).
//!
//! Rows only; the rules are in `mutating`. All rows are a projection of the log, written in the event's transaction, except messages that a
//! person deleted for themselves alone: these have no event (`messenger.md` 5.4).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::pin::Pin;
use super::reaction::StoredReaction;
use super::receipt::Receipt;
use super::views::read_back;
use crate::log::LogStore;
use crate::words::event::{Event, TOMBSTONE};
use crate::words::refusal::Fault;

/// A change, and the message that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeOf {
    /// Place of the change.
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
    pub(super) changes: BTreeSet<(u64, u64)>,
    pub(super) reactions: BTreeMap<(u64, u64), StoredReaction>,
    pub(super) hidden: BTreeSet<(String, u64)>,
    pub(super) receipts: BTreeMap<String, Receipt>,
    /// Names that replace those of deleted writers.
    pub(super) names: BTreeMap<u64, String>,
    /// Tokens by which each message is found.
    pub(super) index: BTreeMap<u64, String>,
    pub(super) indexed_to: u64,
    pub(super) pin: Option<Pin>,
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
