//! Redaction of the log for one person, who sees less than is written (`messenger.md` 4 *Blocking*, 5.4 and 8): without events of those
//! whom they had blocked, messages that they deleted for themselves, and what changed either.
//!
//! A change goes with its message, whenever it was made. Of a message from before a block they see what it was without the changes that
//! fell into the block. Where nobody blocked or hid anything none of this looks at a row.

use std::collections::{BTreeMap, BTreeSet};

use super::change_store::{ChangeOf, ChangeStore};
use super::privacy::is_hidden_by;
use super::reaction::StoredReaction;
use super::state::Room;
use super::views;
use crate::codec::json::Value;
use crate::log::Page;
use crate::people::contacts::Privacy;
use crate::words::event::{Event, Kind, TOMBSTONE};
use crate::words::refusal::Fault;

impl Room {
    /// Marks what is not for the eyes of `user`, who has these privacy settings and for whom nothing up to `floor` exists.
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
            // Of a change whose message was trimmed nobody knows any more for whose eyes it was. That it was deleted is said all
            // the same, or a device that was away since would show it for good; and so is everything to whom nothing is closed.
            let stays_open = |event: &Event| floor == 0 && (privacy.is_none() || event.kind == Kind::Delete);
            let places = page.events.iter().filter(|event| event.kind.is_change());
            let closes = |event: &&Event| changes.get(&event.seq).map_or(!stays_open(event), is_closed);
            closed.extend(places.filter(closes).map(|event| event.seq));
        }
        for event in page.events.iter_mut().filter(|_| privacy.is_some()) {
            if is_hidden_by(privacy, event) {
                // What was deleted for oneself is gone, whoever wrote it.
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

/// Lets a message read as somebody with these wishes may see it: without what was changed by whom they had blocked then.
pub(super) fn read_by(store: &impl ChangeStore, privacy: Option<&Privacy>, event: &mut Event) -> Result<(), Fault> {
    let Some(hides) = privacy.map(|privacy| &privacy.hides).filter(|hides| !hides.is_empty()) else {
        return Ok(());
    };
    let is_changed = ["\"editedAt\":", "\"reactions\":"].iter().any(|mark| event.body.contains(mark));
    if !event.kind.is_message() || !is_changed || event.body == TOMBSTONE {
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
        match (change.kind, text("content"), text("reaction")) {
            (Kind::Edit, Some(content), _) => body = views::edited(&body, &content, change.ts)?,
            (Kind::Reaction, _, Some(reaction)) => {
                let own = StoredReaction { user: change.actor.clone().unwrap_or_default(), reaction };
                reacted.retain(|known| *known != own);
                if text("op").as_deref() == Some("add") {
                    reacted.push(own);
                }
            }
            _ => {}
        }
    }
    if reacted.is_empty() { Ok(body) } else { views::with_reactions(&body, &reacted) }
}
