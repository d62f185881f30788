//! Conversation as a page shows it: rows by id and by position, and people who type. It fails at once if it would show a message twice.

use std::collections::{BTreeMap, BTreeSet};

use protocol::client::{Departure, MessageChange, Row};

/// One page's conversation.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    rows: BTreeMap<String, Row>,
    places: BTreeMap<u64, String>,
    pub typing: BTreeSet<String>,
    /// Read position of the person, as far as the page knows.
    pub own_read: u64,
}

impl View {
    pub fn of(rows: impl Iterator<Item = Row>) -> Self {
        let mut view = Self::default();
        for row in rows {
            view.places.extend(row.seq.map(|seq| (seq, row.id.clone())));
            view.rows.insert(row.id.clone(), row);
        }
        view
    }

    /// Inserts a row, or replaces the one with its id.
    pub fn put(&mut self, row: Row) -> Result<(), String> {
        let old_place = self.rows.get(&row.id).and_then(|old| old.seq);
        if old_place.is_some() && row.seq != old_place {
            return Err(format!("{} moved from {old_place:?} to {:?}", row.id, row.seq));
        }
        if let Some(seq) = row.seq {
            let earlier = self.places.insert(seq, row.id.clone());
            if earlier.as_ref().is_some_and(|id| *id != row.id) {
                return Err(format!("{earlier:?} and {} both stand at {seq}", row.id));
            }
        }
        self.rows.insert(row.id.clone(), row);
        Ok(())
    }

    /// Applies a change to a row, and returns the row if it is different now.
    pub fn change(&mut self, changed: &MessageChange) -> Option<&Row> {
        let row = self.rows.get_mut(&changed.message)?;
        row.apply(changed).then_some(row)
    }

    /// Returns `true` if a change takes a shown message back.
    pub fn is_taken_back(&self, changed: &MessageChange) -> bool {
        self.rows.get(&changed.message).is_some_and(|row| row.is_taken_back_by(changed))
    }

    /// Removes the data of a deleted person.
    pub fn part_with(&mut self, departed: &Departure) {
        for row in self.rows.values_mut() {
            row.part_with(departed);
        }
    }

    pub fn remove(&mut self, id: &str) {
        if let Some(seq) = self.rows.remove(id).and_then(|row| row.seq) {
            self.places.remove(&seq);
        }
    }

    /// Removes all rows with a position.
    pub fn reset(&mut self) {
        self.rows.retain(|_, row| row.seq.is_none());
        self.places.clear();
        self.own_read = 0;
    }

    pub fn row_at(&self, seq: u64) -> Option<&Row> {
        self.places.get(&seq).and_then(|id| self.rows.get(id))
    }

    /// Returns the rows with a position, in order.
    pub fn placed(&self) -> impl Iterator<Item = &Row> {
        self.places.values().filter_map(|id| self.rows.get(id))
    }

    /// Returns the rows without a position.
    pub fn unplaced(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().filter(|row| row.seq.is_none())
    }
}
