//! Own messages: shown at once, sent when the socket is up to date, completed by an ack, an echo or a refusal (`messenger.md` 5.5).

use super::copy::Join;
use super::state::RoomClient;
use crate::client::effect::{Effect, Show};
use crate::client::outbox::{OutboxEntry, is_held};
use crate::client::row::{Row, RowState};
use crate::words::event::Millis;
use crate::words::limits::{FRAME_BYTES_MAX, PATIENCE_MS};

impl RoomClient {
    /// Shows the unsent messages of an earlier client, once.
    pub(super) fn show_outbox(&mut self) {
        if !std::mem::replace(&mut self.has_shown_outbox, true) {
            let messages = self.outbox.entries().filter(|entry| entry.kind.is_message());
            let rows: Vec<Row> = messages.map(|entry| Row::of_entry(entry, &self.own_user)).collect();
            rows.into_iter().for_each(|row| self.show_row(row));
        }
    }

    pub(super) fn post(&mut self, entry: OutboxEntry) {
        if !self.outbox.post(entry.clone()) {
            return;
        }
        // A message ends the typing indicator; the next key begins a new one.
        self.typing_sent_at = None;
        if entry.kind.is_message() {
            self.show_row(Row::of_entry(&entry, &self.own_user));
        }
        let is_too_large = entry.frame().len() > FRAME_BYTES_MAX;
        let id = entry.id.clone();
        self.effects.push(Effect::Save(entry));
        if is_too_large {
            self.fail(&id, "TOO_LARGE");
        }
    }

    /// Adds unsent messages of an earlier client that were loaded late, before the messages that wait here, in order and on the page.
    pub(super) fn earlier(&mut self, entries: Vec<OutboxEntry>) {
        let waiting = self.outbox.entries().filter(|entry| entry.kind.is_message());
        let waiting: Vec<String> = waiting.map(|entry| entry.id.clone()).collect();
        if self.outbox.post_before(entries) {
            // Unsent rows are shown in the order of their addition.
            waiting.into_iter().for_each(|id| self.show(Show::Gone { id }));
            self.has_shown_outbox = false;
            self.show_outbox();
        }
        if self.join == Join::Done {
            self.end_reviews();
        }
    }

    pub(super) fn retry(&mut self, id: &str) {
        if let Some(entry) = self.outbox.retry(id) {
            // The message moves to the end, because later ones may have been sent before it. It stays saved throughout, because a page may
            // end between two steps.
            self.show(Show::Gone { id: entry.id.clone() });
            self.show_row(Row::of_entry(&entry, &self.own_user));
            self.effects.push(Effect::Save(entry));
        }
    }

    pub(super) fn discard(&mut self, id: &str) {
        if let Some(entry) = self.outbox.take(id) {
            self.effects.push(Effect::Forget { id: entry.id.clone() });
            self.show(Show::Gone { id: entry.id });
        }
    }

    pub(super) fn flush(&mut self, now: Millis) {
        if !self.link.is_live() {
            return;
        }
        if let Some(frame) = self.outbox.due(now) {
            self.send(frame);
            self.link.expect_answer(now);
        }
    }

    /// Handles the confirmation that the server has stored a message.
    pub(super) fn acked(&mut self, id: &str, seq: u64, at: Millis) {
        let Some(entry) = self.outbox.take(id) else {
            return;
        };
        self.effects.push(Effect::Forget { id: entry.id.clone() });
        if entry.kind.is_change() {
            // Changes that others see also arrive as events. A deletion for this person alone has only the ack.
            if let Some(message) = entry.hides() {
                self.show(Show::Gone { id: message.to_owned() });
            }
            // A held message was in no log, so no event follows (`moderation.md` 8.1).
            if let Some(message) = entry.deletes() {
                self.discard(message);
            }
            return;
        }
        let is_before_copy = self.copy.oldest.is_some_and(|oldest| seq < oldest);
        if is_before_copy {
            // The message was stored long ago, so it arrives with older pages at its position.
            self.show(Show::Gone { id: entry.id });
            return;
        }
        self.show_row(Row {
            seq: Some(seq),
            at,
            as_of: seq,
            state: RowState::Sent,
            ..Row::of_entry(&entry, &self.own_user)
        });
    }

    /// Handles the refusal of a message, or of a frame without id.
    pub(super) fn refused(
        &mut self,
        now: Millis,
        code: String,
        message: String,
        id: Option<String>,
        retry_after_ms: Option<Millis>,
    ) {
        let is_for_now = matches!(code.as_str(), "RATE_LIMITED" | "OVERLOADED");
        let entry = id.as_deref().and_then(|id| self.outbox.find(id)).cloned();
        let what = entry.as_ref().map(|entry| entry.kind);
        match entry {
            Some(entry) if is_for_now && entry.is_resendable() => {
                self.outbox.refused_for_now(now, &entry.id, retry_after_ms)
            }
            Some(entry) if is_for_now => self.discard(&entry.id),
            Some(entry) => self.refuse(&entry, &code),
            None if is_for_now && id.is_none() => self.postpone_asks(now + retry_after_ms.unwrap_or(PATIENCE_MS)),
            None => {}
        }
        self.show(Show::Refused { code, retry_after_ms, what, id, message });
    }

    /// Handles a room that refuses this person for good: all waiting messages fail.
    pub(super) fn fail_all(&mut self, code: &str) {
        let waiting: Vec<OutboxEntry> = self.outbox.entries().filter(|entry| entry.failed.is_none()).cloned().collect();
        waiting.iter().for_each(|entry| self.refuse(entry, code));
    }

    /// Handles the final refusal of a message, about which the person decides. A change has no row and is removed; the text of an edit is
    /// shown again.
    fn refuse(&mut self, entry: &OutboxEntry, code: &str) {
        if !entry.kind.is_change() {
            return self.fail(&entry.id, code);
        }
        self.discard(&entry.id);
        if let Some((message, content)) = entry.edits() {
            self.show(Show::EditRefused { message, content });
        }
    }

    /// Handles a held message that a moderator has dropped, which the person may send again or discard.
    pub(super) fn dropped(&mut self, id: &str) {
        let dropped = self.outbox.find(id).cloned().and_then(OutboxEntry::dropped);
        if let Some(code) = dropped.and_then(|entry| entry.failed) {
            self.fail(id, &code);
        }
    }

    /// Handles results of reviews that this device may have missed (`moderation.md` 8.1), once the log is up to date. A message that was
    /// published before the loaded pages is sent again, because the ack of its known id has its position.
    pub(super) fn end_reviews(&mut self) {
        for (id, is_published) in std::mem::take(&mut self.reviewed) {
            let waits = self.outbox.find(&id).map(|entry| entry.failed.as_deref().is_some_and(is_held));
            match (waits, is_published) {
                // The message may be among those that are loaded late.
                (None, _) => self.reviewed.push((id, is_published)),
                (Some(true), true) => self.retry(&id),
                (Some(true), false) => self.dropped(&id),
                // The person may have sent it again, so that it is held anew.
                (Some(false), _) => {}
            }
        }
    }

    pub(super) fn fail(&mut self, id: &str, code: &str) {
        if let Some(entry) = self.outbox.fail(id, code) {
            self.effects.push(Effect::Save(entry));
            self.show(Show::State { id: id.to_owned(), state: RowState::Failed { code: code.to_owned() } });
        }
    }
}
