//! Events of a room for the inbox of an absent person (`push.md` 1).
//!
//! The room may not know whom an absent person has blocked; their own object does, and leaves out events of those people. So each event has
//! its original content, and each edit the content at that time: an object that leaves out an edit never sees its text. Reactions are not
//! delivered, and are not in the content.

use super::change_store::ChangeStore;
use super::redaction::folded;
use super::state::Room;
use super::store::{OutboxEntry, RoomStore};
use super::views;
use crate::words::event::{Event, Kind, TOMBSTONE};
use crate::words::refusal::Fault;

/// Update of an inbox: one event for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxUpdate {
    /// Event that was written: a message, an edit or a deletion.
    pub event: Event,
    /// The place of the message that is changed; `None` of a message.
    pub target: Option<u64>,
    /// The message as it read at that event; `None` when nothing of it was left.
    pub message: Option<Event>,
}

impl Room {
    /// Returns the updates of an outbox row, at most of the first `limit` events, and the position up to which they go.
    pub fn updates(
        &self,
        store: &impl RoomStore,
        entry: &OutboxEntry,
        limit: u32,
    ) -> Result<(Vec<InboxUpdate>, u64), Fault> {
        let events = store.read(entry.from_seq, entry.to_seq, limit)?;
        let last = events.last().map_or(entry.to_seq, |event| event.seq);
        let user = entry.user.as_str();
        let own = store.hidden(user, 0, last)?;
        let mut updates = Vec::new();
        for event in events {
            // Membership events are in the log, and nobody is notified of them. Events from before a member joined do not exist for them
            // (3.3).
            let is_change = event.kind.is_change();
            let is_theirs = event.kind.reaches_inbox()
                && self.group().is_none_or(|group| group.brings_to(user, &event))
                && event.actor.as_deref() != Some(user)
                && event.body != TOMBSTONE;
            if !is_theirs {
                continue;
            }
            let target = match event.target().map(|id| store.find(&id)).transpose()?.flatten() {
                Some(stored) if is_change => Some(stored.seq),
                _ if is_change => continue,
                _ => None,
            };
            let place = target.unwrap_or(event.seq);
            if own.contains(&place) {
                continue;
            }
            let message = match target {
                Some(target) => store.read(target, target, 1)?.pop(),
                None => Some(event.clone()),
            };
            let message = message.filter(|message| message.body != TOMBSTONE);
            let message = message.map(|message| as_of(store, message, event.seq)).transpose()?;
            updates.push(InboxUpdate { event, target, message });
        }
        Ok((updates, last))
    }
}

/// The message as it read at `seq`, without reactions.
fn as_of(store: &impl ChangeStore, mut message: Event, seq: u64) -> Result<Event, Fault> {
    if views::is_changed(&message.body)
        && let Some(first) = store.find(&message.id)?
    {
        let mut changes = store.changes_of(message.seq)?;
        changes.retain(|change| change.kind == Kind::Edit && change.seq <= seq);
        message.body = folded(first.body, &changes)?;
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::room::tests::RoomFixture;
    use crate::words::socket::ConnKey;

    fn begun() -> (RoomFixture, ConnKey) {
        let mut stage = RoomFixture::new("dm_user_1__user_2");
        stage.room.settings.rules.mutate = crate::words::rate::Rule::default();
        let conn = stage.join("user_1");
        (stage, conn)
    }

    fn id(seq: u64) -> String {
        format!("00000000-0000-7000-8000-{seq:012}")
    }

    /// Returns the updates of the other person: position, target, text.
    fn updates(stage: &RoomFixture) -> Vec<(u64, Option<u64>, Option<String>)> {
        let to_seq = stage.room.log().head();
        let entry = OutboxEntry { user: "user_2".into(), from_seq: 1, to_seq, stored_to: to_seq, due_at: 0, tries: 0 };
        let (updates, last) = stage.room.updates(&stage.store, &entry, 100).unwrap();
        assert_eq!(last, to_seq);
        let words = |message: Event| {
            let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
            assert!(body.get("reactions").is_none());
            body["content"].as_str().unwrap().to_owned()
        };
        updates
            .into_iter()
            .map(|InboxUpdate { event, target, message }| (event.seq, target, message.map(words)))
            .collect()
    }

    #[test]
    fn each_event_reads_as_it_did_when_it_was_written() {
        let (mut stage, a) = begun();
        stage.write(a, r#""type":"chat","content":"first""#);
        for words in ["second", "third"] {
            stage.write(a, &format!(r#""type":"edit","messageId":"{}","content":"{words}""#, id(1)));
        }
        stage.write(a, &format!(r#""type":"reaction","messageId":"{}","reaction":"heart","op":"add""#, id(1)));
        let expected = [(1, None, "first"), (2, Some(1), "second"), (3, Some(1), "third")];
        assert_eq!(updates(&stage), expected.map(|(seq, target, words)| (seq, target, Some(words.to_owned()))));
    }

    #[test]
    fn of_what_was_deleted_nothing_is_told_but_that_it_is_gone() {
        let (mut stage, a) = begun();
        stage.write(a, r#""type":"chat","content":"first""#);
        stage.write(a, &format!(r#""type":"edit","messageId":"{}","content":"second""#, id(1)));
        stage.write(a, &format!(r#""type":"delete","messageId":"{}","for":"all""#, id(1)));
        assert!(updates(&stage).iter().all(|(_, target, words)| *target == Some(1) && words.is_none()));
        assert_eq!(updates(&stage).last().map(|(seq, ..)| *seq), Some(3));
    }

    #[test]
    fn what_one_deleted_for_oneself_is_not_told_again_nor_what_became_of_it() {
        let (mut stage, a) = begun();
        stage.write(a, r#""type":"chat","content":"first""#);
        stage.write(a, r#""type":"chat","content":"other""#);
        let b = stage.join("user_2");
        stage.write(b, &format!(r#""type":"delete","messageId":"{}","for":"me""#, id(1)));
        stage.write(a, &format!(r#""type":"edit","messageId":"{}","content":"second""#, id(1)));
        assert_eq!(updates(&stage), [(2, None, Some("other".to_owned()))]);
    }
}
