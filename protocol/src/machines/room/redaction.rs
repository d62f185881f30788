//! The log as one person may see it, if that is less than all of it (`messenger.md` 4 *Blocking*, 5.4 and 8). Hidden are events of people
//! whom they had blocked, messages that they deleted for themselves, and changes of either.
//!
//! A change is hidden with its message, whenever it was made. A message from before a block is visible without the changes that were made
//! during the block. If nobody blocked or hid anything, no row is checked.

use std::collections::{BTreeMap, BTreeSet};

use super::change_store::{ChangeOf, ChangeStore};
use super::privacy::is_hidden_by;
use super::reaction::StoredReaction;
use super::state::Room;
use super::views;
use crate::codec::json::Value;
use crate::content::kinds::ChangeEvent;
use crate::log::Page;
use crate::people::contacts::Privacy;
use crate::words::event::{Event, Kind, TOMBSTONE};
use crate::words::refusal::Fault;

impl Room {
    /// Marks the events that `user` must not see, who has these privacy settings, and for whom nothing up to `floor` exists.
    pub(super) fn redact(
        store: &impl ChangeStore,
        user: &str,
        privacy: Option<&Privacy>,
        floor: u64,
        page: &mut Page,
    ) -> Result<(), Fault> {
        let (Some(first), Some(last)) = (page.events.first(), page.events.last()) else {
            return Ok(());
        };
        let (from, to) = (first.seq, last.seq);
        let privacy = privacy.filter(|privacy| !privacy.hides.is_empty());
        let mut closed: BTreeSet<u64> = store.hidden(user, from, to)?.into_iter().collect();
        let has_changes = page.events.iter().any(|event| event.kind.is_change());
        if has_changes && (floor > 0 || privacy.is_some() || !store.hidden_ids(user, 0, 1)?.is_empty()) {
            let changes: BTreeMap<u64, ChangeOf> =
                store.changes(from, to)?.into_iter().map(|change| (change.seq, change)).collect();
            let lowest = changes.values().map(|change| change.target).min().unwrap_or(0);
            let own = store.hidden(user, lowest, to)?;
            let is_closed = |change: &ChangeOf| {
                let is_hidden = privacy.is_some_and(|privacy| privacy.hides.covers(&change.actor, change.ts));
                change.target <= floor || is_hidden || own.contains(&change.target)
            };
            // The message of this change was trimmed, so its visibility is unknown. Its deletion is sent all the same, or a device that was
            // offline would show it for good. A person without hidden events receives all changes.
            let stays_open = |event: &Event| floor == 0 && (privacy.is_none() || event.kind == Kind::Delete);
            let places = page.events.iter().filter(|event| event.kind.is_change());
            let closes = |event: &&Event| changes.get(&event.seq).map_or(!stays_open(event), is_closed);
            closed.extend(places.filter(closes).map(|event| event.seq));
        }
        for event in page.events.iter_mut().filter(|_| privacy.is_some()) {
            if is_hidden_by(privacy, event) {
                // A message that was deleted for this person is hidden, whoever wrote it.
                if closed.insert(event.seq) && event.kind.is_message() {
                    page.blocked.push(event.seq);
                }
            } else {
                read_by(store, privacy, event)?;
            }
        }
        page.hidden = closed.into_iter().collect();
        Ok(())
    }
}

/// Returns a message as a person with these settings may see it: without changes by people whom they had blocked at that time.
pub(super) fn read_by(store: &impl ChangeStore, privacy: Option<&Privacy>, event: &mut Event) -> Result<(), Fault> {
    let Some(hides) = privacy.map(|privacy| &privacy.hides).filter(|hides| !hides.is_empty()) else {
        return Ok(());
    };
    if !event.kind.is_message() || !views::is_changed(&event.body) || event.body == TOMBSTONE {
        return Ok(());
    }
    let mut changes = store.changes_of(event.seq)?;
    let count = changes.len();
    changes.retain(|change| change.actor.as_ref().is_none_or(|actor| !hides.covers(actor, change.ts)));
    if changes.len() < count
        && let Some(first) = store.find(&event.id)?
    {
        event.body = folded(first.body, &changes)?;
    }
    Ok(())
}

/// Returns the body as it reads when only these changes were made.
pub(super) fn folded(first: String, changes: &[Event]) -> Result<String, Fault> {
    let (mut body, mut reacted) = (first, Vec::new());
    for change in changes {
        let said = Value::parse(&change.body);
        let text = |name: &str| said.as_ref()?.get(name)?.as_str().map(str::to_owned);
        match (change.kind.change(), text("content"), text("reaction")) {
            (Some(ChangeEvent::Edit), Some(content), _) => body = views::edited(&body, &content, change.ts)?,
            (Some(ChangeEvent::Reaction), _, Some(reaction)) => {
                let own = StoredReaction { user: change.actor.clone().unwrap_or_default(), reaction };
                reacted.retain(|known| *known != own);
                if text("op").as_deref() == Some("add") {
                    reacted.push(own);
                }
            }
            // A change whose content is gone changes nothing.
            (Some(ChangeEvent::Edit | ChangeEvent::Reaction | ChangeEvent::Delete) | None, ..) => {}
        }
    }
    if reacted.is_empty() { Ok(body) } else { views::with_reactions(&body, &reacted) }
}
