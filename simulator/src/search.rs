//! Searches in the storm (`messenger.md` 3 *search*): the results match what the person reads.
//!
//! Pages contain what a person reads. A result is a message on a page that contains the words and matches the filters. The progress of the
//! index, crashes and later changes of messages must not be visible.

use protocol::client::{ChatContent, EventFrame, RowKind, ServerFrame, read_server_text};
use protocol::content::search::{Has, Query};
use protocol::log::Range;
use protocol::wire::messenger::{EventView, event_json};

use super::broken::Broken;
use super::disk::Mutant;
use super::world::World;

/// Last words of messages: spellings of one word, and texts for the filters.
pub(super) const WORDS: [&str; 5] = ["Grüße", "GRUESSE", "see https://example.org", "Straßenbahn", "plain"];

/// Queries, with every filter among them: the runs count what each finds.
const QUESTIONS: [&str; 10] = [
    "has:reply",
    "grüße",
    "gruesse",
    "strassen",
    "\"straßen\"",
    "edit",
    "has:link",
    "has:edit gru",
    "has:reaction",
    "from:user_2",
];

/// Number of queries for each device at a time.
const QUESTIONS_EACH: usize = 3;

/// Number of events that are indexed in one step.
const PORTION: u32 = 15;

impl World {
    /// Runs the alarm that indexes some messages. `false`: all are indexed, or the object died.
    pub(super) fn index_some(&mut self) -> Result<bool, Broken> {
        self.end_turn()?;
        let step = self.step(false, |room, disk, _, _| Ok(room.index_some(disk, PORTION)?), None)?;
        Ok(matches!(step, Some(Ok(true))))
    }

    /// Runs queries of all people.
    pub(super) fn search(&mut self) -> Result<(), Broken> {
        if !self.object.disk.is_searched {
            return Ok(());
        }
        while self.index_some()? {}
        self.wake()?;
        let is_whole = self.object.room.as_ref().is_some_and(|room| {
            protocol::machines::room::SearchStore::indexed_to(&self.object.disk)
                .is_ok_and(|done| done >= room.log().head())
        });
        if !is_whole && self.object.mutant == Mutant::Faithful {
            return Ok(());
        }
        let users: Vec<String> = self.devices.iter().map(|page| page.user.clone()).collect();
        for user in users.iter().flat_map(|user| [user; QUESTIONS_EACH]) {
            let text = QUESTIONS[self.dice.up_to(QUESTIONS.len() as u64 - 1) as usize];
            let before = self.dice.chance(30).then(|| self.now.saturating_sub(self.dice.up_to(30_000)));
            let mut query: Query = text.parse().map_err(|_| self.broken(format!("{text} is no question")))?;
            query.before = before;
            self.counters.searches += 1;
            let is_found = self.search_as(user, text, &query)?;
            for (has, count) in Has::ALL.iter().zip(&mut self.counters.found_by) {
                *count += u64::from(is_found && query.has.contains(has));
            }
        }
        Ok(())
    }

    /// Runs a query of one person. `true`: something is found.
    fn search_as(&self, user: &str, text: &str, query: &Query) -> Result<bool, Broken> {
        let Some(room) = &self.object.room else {
            return Ok(false);
        };
        let is_in = self.readers().is_none_or(|people| people.contains(user));
        let principal = self.principal(user);
        let privacy = room.privacy_of(user);
        let mut found: Vec<String> = Vec::new();
        let mut next = None;
        loop {
            let finds = match room.search(&self.object.disk, &principal, privacy, query, next, 3) {
                Ok(finds) => finds,
                Err(_) if !is_in => return Ok(false),
                Err(denied) => return Err(self.broken(format!("{user} may not search: {denied:?}"))),
            };
            found.extend(finds.found.into_iter().map(|(_, found)| found.event.id));
            match finds.done_to {
                Some(done) if next.is_none_or(|next| done < next) => next = Some(done),
                Some(done) => return Err(self.broken(format!("a search does not go on at {done}"))),
                None => break,
            }
        }
        let mut read: Vec<String> = Vec::new();
        let mut since = 0;
        loop {
            let page = room.page(&self.object.disk, &principal, privacy, Range::Since(since), 200);
            let page = page.map_err(|denied| self.broken(format!("{user} may not read: {denied:?}")))?;
            let seen = page.events.iter().filter(|event| !page.hidden.contains(&event.seq));
            let texts = seen.map(|event| event_json(self.object.id.as_str(), event, EventView::Replay));
            let events = texts.flat_map(|text| read_server_text(&text)).filter_map(|frame| match frame {
                ServerFrame::Event(event) => Some(event),
                _ => None,
            });
            read.extend(events.filter(|event| is_meant(query, event)).map(|event| event.id));
            if !page.more {
                break;
            }
            since = page.next;
        }
        read.reverse();
        // A person does not see changes of a blocked sender, but the index has them, because it is shared.
        let is_blind = self.known_privacy.has_blocked(user);
        let is_same = if is_blind { found.iter().all(|id| read.contains(id)) } else { found == read };
        if is_same {
            return Ok(!found.is_empty());
        }
        let before = query.before;
        Err(self.broken(format!("{user} asks {text} before {before:?}, finds {found:?} and reads {read:?}")))
    }
}

fn is_meant(query: &Query, event: &EventFrame) -> bool {
    let Some(ChatContent { content, reply_to, .. }) = event.kind.as_ref().and_then(RowKind::chat) else {
        return false;
    };
    let has = |has: &Has| match has {
        Has::Link => content.contains("https://"),
        Has::Edit => event.edited_at.is_some(),
        Has::Reaction => !event.reactions.is_empty(),
        Has::Reply => reply_to.is_some(),
    };
    let is_by = query.from.is_empty() || query.from.contains(&event.sender);
    let is_in_time = query.before.is_none_or(|before| event.at < before);
    !event.is_deleted && is_by && is_in_time && query.has.iter().all(has) && query.spots(content).is_some()
}
