//! Changes of messages, pin and index of the search over [`MemoryRoomStore`].

use super::change_store::{ChangeOf, ChangeStore};
use super::pin::{Pin, PinStore};
use super::reaction::StoredReaction;
use super::receipt::Receipt;
use super::search_store::SearchStore;
use super::store::MemoryRoomStore;
use crate::content::search::{Clause, meets};
use crate::log::LogStore;
use crate::words::event::{Event, Kind};
use crate::words::refusal::Fault;

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
