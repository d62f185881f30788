//! Extras of a message: the answered message, and the font (`messenger.md` 5.3 and 3.2 *passed on unchanged*).
//!
//! An answer refers to a message that its writer saw, so that message comes first in the log. Edits, pages, reloads and blocks change texts
//! only: the extras stay as sent, in the log and on every page.

use std::collections::BTreeMap;

use protocol::client::{Font, OutboxEntry, Row, RowKind};
use protocol::log::LogStore;
use protocol::words::event::{Kind, Millis, TOMBSTONE};

use super::broken::Broken;
use super::message_extras::MessageExtras;
use super::world::World;

/// Number of last messages that people answer.
const ANSWERED: usize = 12;

impl World {
    /// Returns a text message, sometimes with a font, sometimes as an answer to a shown message.
    pub(super) fn chat(&mut self, device: usize, id: &str, content: &str, at: Millis) -> OutboxEntry {
        let page = &self.devices[device];
        let shown = page.view.placed().filter(|row| !row.kind.is_blocked() && !row.is_deleted);
        let shown: Vec<&String> =
            shown.filter(|row| !matches!(row.kind, RowKind::System { .. })).map(|row| &row.id).collect();
        let newest = shown.len().saturating_sub(ANSWERED);
        let picked = shown.get(newest + self.dice.up_to(ANSWERED as u64 - 1) as usize).map(|id| (*id).clone());
        let user = page.user.clone();
        let reply_to = picked.filter(|_| self.dice.chance(25));
        let font = self.dice.chance(15).then(|| Font {
            color: Some(self.dice.up_to(15) as u8),
            face: Some(self.dice.up_to(5) as u8),
            style: Some(self.dice.up_to(15) as u8),
        });
        let entry = OutboxEntry::chat(id, content, reply_to.as_deref(), &user, at);
        let entry = entry.in_font(font.unwrap_or_default());
        self.counters.replies += u64::from(reply_to.is_some());
        let beside = MessageExtras { reply_to, font };
        if beside != MessageExtras::default() {
            self.besides.insert(id.to_owned(), beside);
        }
        entry
    }

    /// Checks that a row shows the extras that its writer sent.
    pub(super) fn check_beside(&self, device: usize, row: &Row) -> Result<(), Broken> {
        let shown = MessageExtras::of(&row.kind).filter(|_| !row.is_deleted);
        match shown.filter(|shown| *shown != self.beside(&row.id)) {
            Some(shown) => Err(self.broken(format!(
                "device {device} shows {shown:?} beside {}, whose writer sent {:?}",
                row.id,
                self.beside(&row.id)
            ))),
            None => Ok(()),
        }
    }

    fn beside(&self, id: &str) -> MessageExtras {
        self.besides.get(id).cloned().unwrap_or_default()
    }

    /// Checks the same of all stored and shown messages at the end, and that answered messages come before their answers.
    pub(super) fn check_replies(&self) -> Result<(), Broken> {
        let events = || self.archive.iter().map(|stored| &stored.event);
        let places: BTreeMap<&str, u64> = events().map(|event| (event.id.as_str(), event.seq)).collect();
        let was_stored = |id: &str| self.earlier_archive.iter().any(|stored| stored.event.id == id);
        for event in events().filter(|event| event.kind == Kind::Chat) {
            let meant = self.beside(&event.id);
            if let Some(answered) = meant.reply_to.as_deref().filter(|answered| !was_stored(answered))
                && places.get(answered).is_none_or(|seq| *seq >= event.seq)
            {
                return Err(self.broken(format!("{} answers {answered}, which does not stand before it", event.id)));
            }
            let stored = self.object.disk.read(event.seq, event.seq, 1).ok().and_then(|mut found| found.pop());
            // Only the position of a trimmed message is left.
            let Some(stored) = stored.filter(|stored| stored.body.starts_with('{') && stored.body != TOMBSTONE) else {
                continue;
            };
            let found = MessageExtras::of(&RowKind::of_body(stored.kind, &stored.body));
            if found.as_ref() != Some(&meant) {
                return Err(self.broken(format!("{meant:?} was sent beside {}, {found:?} is stored", event.id)));
            }
        }
        for (device, page) in self.devices.iter().enumerate() {
            page.view.placed().try_for_each(|row| self.check_beside(device, row))?;
        }
        Ok(())
    }
}
