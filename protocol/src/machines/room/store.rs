//! Storage interface of a room beside the log: the outbox for absent people (`push.md` 1), privacy settings and limits. Rows of changes are
//! in `change_store`.

use std::collections::{BTreeMap, BTreeSet};

use super::change_store::{ChangeStore, Changes};
use super::embedding::{Embedding, EmbeddingStore};
use super::group::{Group, GroupNotification, GroupRecord, GroupStore, Member, MemoryGroup};
use super::held::{HeldKey, HeldMessage, HeldStore};
use super::integration::{Integration, IntegrationStore};
use super::leaving_store::LeavingStore;
use super::own_bot::{BotDelivery, OwnBot, OwnBotStore};
use super::pin::PinStore;
use super::search_store::SearchStore;
use super::views;
use crate::log::{LogMeta, LogStore, MemoryStore, RetentionStore, StoredId};
use crate::machines::webhook::{HookStore, MemoryHookStore};
use crate::people::contacts::PrivacyRecord;
use crate::words::event::{Event, Kind, Millis, TOMBSTONE};
use crate::words::refusal::Fault;

/// Events of this room that one person has not received yet: from `from_seq` to `to_seq`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    pub user: String,
    pub from_seq: u64,
    pub to_seq: u64,
    /// Messages up to this position were written while the person was not here at all, and are stored until they are read. Newer ones are
    /// only for their other devices, and are not stored (`push.md` 1).
    pub stored_to: u64,
    pub due_at: Millis,
    pub tries: u32,
}

impl OutboxEntry {
    /// Returns `true` if nothing more has to be delivered up to `seq` than `sent` contained. During the delivery it may have turned out
    /// that a person was not here: then there are earlier events, or more of them have to be stored.
    pub fn is_covered_by(&self, sent: &Self, seq: u64) -> bool {
        self.from_seq >= sent.from_seq && self.stored_to.min(seq) <= sent.stored_to
    }
}

pub trait PeopleStore {
    /// Returns the records of all people.
    fn known(&self) -> Result<Vec<(String, PrivacyRecord)>, Fault>;
    fn save_known(&mut self, user: &str, known: &PrivacyRecord) -> Result<(), Fault>;
    fn forget_known(&mut self, user: &str) -> Result<(), Fault>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub seq: u64,
    pub ts: Millis,
    pub actor: String,
}

pub trait RoomStore:
    ChangeStore + PeopleStore + GroupStore + SearchStore + PinStore + HeldStore + IntegrationStore + OwnBotStore
{
    /// Returns messages after `after` that others than `user` wrote and that are not deleted, ascending, at most `limit`.
    fn unread(&self, user: &str, after: u64, limit: u32) -> Result<Vec<Unread>, Fault>;
    /// Returns everybody who wrote a message in `from ..= to`.
    fn authors(&self, from: u64, to: u64) -> Result<Vec<String>, Fault>;
    /// Begins a new log with this epoch, without events; all old events are removed already (`core.md` 1.3).
    fn begin_anew(&mut self, epoch: u32) -> Result<(), Fault>;
    /// Adds `seq` to the events for `user`, in the transaction of the event. `was_here`: the person is here with another device, so nothing
    /// has to be stored for them.
    fn outbox_add(&mut self, user: &str, seq: u64, was_here: bool, due_at: Millis) -> Result<(), Fault>;
    fn outbox(&self) -> Result<Vec<OutboxEntry>, Fault>;
    /// Removes the delivered events, `sent` up to `seq`. Later ones stay, and all of them if the delivery does not cover them any more
    /// ([`OutboxEntry::is_covered_by`]).
    fn outbox_done(&mut self, sent: &OutboxEntry, seq: u64) -> Result<(), Fault>;
    /// Schedules the delivery to `user` again at `due_at` after a failure.
    fn outbox_retry(&mut self, user: &str, due_at: Millis) -> Result<(), Fault>;
    /// Returns what people have used of the limit with this name, as far as it is written down.
    fn limits(&self, name: &str) -> Result<Vec<(String, String)>, Fault>;
    /// `user` has used this of a limit; an empty text: nothing.
    fn save_limit(&mut self, name: &str, user: &str, used: &str) -> Result<(), Fault>;
}

/// A room's rows in memory, for tests and the simulator.
#[derive(Clone, Debug, Default)]
pub struct MemoryRoomStore {
    pub log: MemoryStore,
    pub changes: Changes,
    pub group: MemoryGroup,
    outbox: BTreeMap<String, OutboxEntry>,
    people: BTreeMap<String, PrivacyRecord>,
    limits: BTreeMap<(String, String), String>,
    held: BTreeMap<String, HeldMessage>,
    reviews: BTreeMap<String, (HeldKey, bool)>,
    integrations: Vec<Integration>,
    embedding: Option<Embedding>,
    own_bots: Vec<OwnBot>,
    bot_deliveries: BTreeMap<(String, u64), BotDelivery>,
    dead_letters: MemoryHookStore,
}

impl MemoryRoomStore {
    /// Restores these rows, as a database does after a transaction that did not commit.
    pub fn roll_back(
        &mut self,
        meta: Option<LogMeta>,
        changes: Changes,
        outbox: Vec<OutboxEntry>,
        group: MemoryGroup,
        people: Vec<(String, PrivacyRecord)>,
    ) {
        self.people = people.into_iter().collect();
        self.log.roll_back(meta);
        self.changes = changes;
        self.group = group;
        self.outbox = outbox.into_iter().map(|entry| (entry.user.clone(), entry)).collect();
    }
}

impl PeopleStore for MemoryRoomStore {
    fn known(&self) -> Result<Vec<(String, PrivacyRecord)>, Fault> {
        Ok(self.people.clone().into_iter().collect())
    }
    fn save_known(&mut self, user: &str, known: &PrivacyRecord) -> Result<(), Fault> {
        self.people.insert(user.to_owned(), known.clone());
        Ok(())
    }
    fn forget_known(&mut self, user: &str) -> Result<(), Fault> {
        self.people.remove(user);
        Ok(())
    }
}

impl RoomStore for MemoryRoomStore {
    fn unread(&self, user: &str, after: u64, limit: u32) -> Result<Vec<Unread>, Fault> {
        let counts = |event: &Event| event.kind.is_message() && event.actor.as_deref() != Some(user);
        let rows = self.read(after + 1, u64::MAX, u32::MAX)?.into_iter();
        let rows = rows.filter(|event| counts(event) && event.body != TOMBSTONE).take(limit as usize);
        Ok(rows.map(|Event { seq, ts, actor, .. }| Unread { seq, ts, actor: actor.unwrap_or_default() }).collect())
    }

    fn authors(&self, from: u64, to: u64) -> Result<Vec<String>, Fault> {
        let messages = self.read(from, to, u32::MAX)?.into_iter().filter(|event| event.kind.is_message());
        Ok(messages.filter_map(|event| event.actor).collect::<BTreeSet<String>>().into_iter().collect())
    }

    fn begin_anew(&mut self, epoch: u32) -> Result<(), Fault> {
        self.log.begin_anew(epoch);
        Ok(())
    }

    fn outbox_add(&mut self, user: &str, seq: u64, was_here: bool, due_at: Millis) -> Result<(), Fault> {
        let stored_to = if was_here { 0 } else { seq };
        let fresh = OutboxEntry { user: user.to_owned(), from_seq: seq, to_seq: seq, stored_to, due_at, tries: 0 };
        let entry = self.outbox.entry(user.to_owned()).or_insert(fresh);
        (entry.from_seq, entry.to_seq) = (entry.from_seq.min(seq), entry.to_seq.max(seq));
        entry.stored_to = entry.stored_to.max(stored_to);
        Ok(())
    }

    fn outbox(&self) -> Result<Vec<OutboxEntry>, Fault> {
        Ok(self.outbox.values().cloned().collect())
    }

    fn outbox_done(&mut self, sent: &OutboxEntry, seq: u64) -> Result<(), Fault> {
        if let Some(entry) = self.outbox.get_mut(&sent.user).filter(|entry| entry.is_covered_by(sent, seq)) {
            entry.from_seq = entry.from_seq.max(seq + 1);
            entry.tries = 0;
            if entry.from_seq > entry.to_seq {
                self.outbox.remove(&sent.user);
            }
        }
        Ok(())
    }

    fn outbox_retry(&mut self, user: &str, due_at: Millis) -> Result<(), Fault> {
        if let Some(entry) = self.outbox.get_mut(user) {
            entry.due_at = due_at;
            entry.tries += 1;
        }
        Ok(())
    }

    fn limits(&self, name: &str) -> Result<Vec<(String, String)>, Fault> {
        let rows = self.limits.iter().filter(|((limit, _), _)| limit == name);
        Ok(rows.map(|((_, user), used)| (user.clone(), used.clone())).collect())
    }

    fn save_limit(&mut self, name: &str, user: &str, used: &str) -> Result<(), Fault> {
        let key = (name.to_owned(), user.to_owned());
        if used.is_empty() {
            self.limits.remove(&key)
        } else {
            self.limits.insert(key, used.to_owned())
        };
        Ok(())
    }
}

impl GroupStore for MemoryRoomStore {
    fn group(&self) -> Result<Option<Group>, Fault> {
        Ok(self.group.group.clone())
    }
    fn save_group(&mut self, record: &GroupRecord) -> Result<(), Fault> {
        let members = self.group.group.take().map(|group| group.members).unwrap_or_default();
        self.group.group = Some(Group { record: record.clone(), members });
        Ok(())
    }
    fn save_member(&mut self, member: &Member) -> Result<(), Fault> {
        let group = self.group.group.as_mut().ok_or_else(|| Fault("a member of no group".into()))?;
        group.members.insert(member.user.as_str().to_owned(), member.clone());
        Ok(())
    }
    fn remove_member(&mut self, user: &str) -> Result<(), Fault> {
        self.outbox.remove(user);
        if let Some(group) = &mut self.group.group {
            group.members.remove(user);
        }
        Ok(())
    }
    fn erase(&mut self) -> Result<(), Fault> {
        self.outbox.clear();
        self.people.clear();
        self.changes = Changes::default();
        self.held.clear();
        self.integrations.clear();
        self.embedding = None;
        self.own_bots.clear();
        self.bot_deliveries.clear();
        self.dead_letters = MemoryHookStore::default();
        self.log.erase();
        if let Some(group) = &mut self.group.group {
            group.members.clear();
        }
        Ok(())
    }
    fn notification_add(&mut self, about: &str, version: u64, due_at: Millis) -> Result<(), Fault> {
        let notification = GroupNotification { about: about.to_owned(), version, due_at, tries: 0 };
        self.group.notifications.insert(about.to_owned(), notification);
        Ok(())
    }
    fn notifications(&self) -> Result<Vec<GroupNotification>, Fault> {
        Ok(self.group.notifications.values().cloned().collect())
    }
    fn notification_done(&mut self, about: &str, version: u64) -> Result<(), Fault> {
        self.group.notifications.retain(|_, one| one.about != about || one.version > version);
        Ok(())
    }
    fn notification_retry(&mut self, about: &str, due_at: Millis) -> Result<(), Fault> {
        if let Some(notification) = self.group.notifications.get_mut(about) {
            notification.due_at = due_at;
            notification.tries += 1;
        }
        Ok(())
    }
}

impl LogStore for MemoryRoomStore {
    fn meta(&self) -> Result<Option<LogMeta>, Fault> {
        self.log.meta()
    }
    fn create(&mut self, meta: &LogMeta) -> Result<(), Fault> {
        self.log.create(meta)
    }
    fn find(&self, id: &str) -> Result<Option<StoredId>, Fault> {
        let found = self.log.find(id)?;
        Ok(found.map(|stored| StoredId { body: self.changes.original(stored.seq, stored.body), ..stored }))
    }
    fn insert(&mut self, event: &Event) -> Result<bool, Fault> {
        self.log.insert(event)
    }
    fn read(&self, from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault> {
        Ok(self.log.read(from, to, limit)?.into_iter().map(|event| self.changes.laid_over(event)).collect())
    }
    fn times(&self, actor: &str, kind: Kind, after: Millis) -> Result<Vec<Millis>, Fault> {
        self.log.times(actor, kind, after)
    }
    fn seq_at(&self, ts: Millis) -> Result<u64, Fault> {
        self.log.seq_at(ts)
    }
    fn seq_of_earlier_session(&self, actor: &str, session: &str) -> Result<u64, Fault> {
        self.log.seq_of_earlier_session(actor, session)
    }
}

impl HeldStore for MemoryRoomStore {
    fn held_keys(&self) -> Result<Vec<HeldKey>, Fault> {
        let key = |held: &HeldMessage| HeldKey { id: held.id.clone(), user: held.user.clone(), at: held.at };
        Ok(self.held.values().map(key).collect())
    }
    fn held(&self, id: &str) -> Result<Option<HeldMessage>, Fault> {
        Ok(self.held.get(id).cloned())
    }
    fn save_held(&mut self, held: &HeldMessage) -> Result<(), Fault> {
        self.held.insert(held.id.clone(), held.clone());
        Ok(())
    }
    fn forget_held(&mut self, id: &str) -> Result<(), Fault> {
        self.held.remove(id);
        Ok(())
    }
    fn save_review(&mut self, held: &HeldKey, is_published: bool, since: Millis) -> Result<(), Fault> {
        self.reviews.retain(|_, (known, _)| known.at >= since);
        self.reviews.insert(held.id.clone(), (held.clone(), is_published));
        Ok(())
    }
    fn reviewed(&self, user: &str, since: Millis, limit: u32) -> Result<Vec<(String, bool)>, Fault> {
        let is_meant =
            |(key, _): &&(HeldKey, bool)| key.user == user && key.at > since && !self.held.contains_key(&key.id);
        let mut found: Vec<&(HeldKey, bool)> = self.reviews.values().filter(is_meant).collect();
        found.sort_by(|(one, _), (other, _)| other.at.cmp(&one.at).then_with(|| one.id.cmp(&other.id)));
        Ok(found.into_iter().take(limit as usize).map(|(key, is_published)| (key.id.clone(), *is_published)).collect())
    }
}

impl IntegrationStore for MemoryRoomStore {
    fn integrations(&self) -> Result<Vec<Integration>, Fault> {
        Ok(self.integrations.clone())
    }
    fn save_integration(&mut self, integration: &Integration) -> Result<(), Fault> {
        match self.integrations.iter_mut().find(|known| known.id == integration.id) {
            Some(known) => *known = integration.clone(),
            None => self.integrations.push(integration.clone()),
        }
        Ok(())
    }
    fn forget_integration(&mut self, id: &str) -> Result<(), Fault> {
        self.integrations.retain(|known| known.id != id);
        Ok(())
    }
}

impl EmbeddingStore for MemoryRoomStore {
    fn embedding(&self) -> Result<Option<Embedding>, Fault> {
        Ok(self.embedding.clone())
    }
    fn save_embedding(&mut self, embedding: Option<&Embedding>) -> Result<(), Fault> {
        self.embedding = embedding.cloned();
        Ok(())
    }
}

impl OwnBotStore for MemoryRoomStore {
    type DeadLetters = MemoryHookStore;

    fn dead_letters(&self) -> &MemoryHookStore {
        &self.dead_letters
    }
    fn dead_letters_mut(&mut self) -> &mut MemoryHookStore {
        &mut self.dead_letters
    }
    fn own_bots(&self) -> Result<Vec<OwnBot>, Fault> {
        Ok(self.own_bots.clone())
    }
    fn save_own_bot(&mut self, bot: &OwnBot) -> Result<(), Fault> {
        match self.own_bots.iter_mut().find(|known| known.id == bot.id) {
            Some(known) => *known = bot.clone(),
            None => self.own_bots.push(bot.clone()),
        }
        Ok(())
    }
    fn forget_own_bot(&mut self, id: &str) -> Result<(), Fault> {
        self.own_bots.retain(|known| known.id != id);
        self.dead_letters.remove_hook(id)?;
        self.forget_bot_delivery(id, None)
    }
    fn bot_deliveries(&self) -> Result<Vec<BotDelivery>, Fault> {
        let mut first: Vec<BotDelivery> = self.bot_deliveries.values().cloned().collect();
        first.dedup_by(|later, earlier| later.bot == earlier.bot);
        Ok(first)
    }
    fn save_bot_delivery(&mut self, delivery: &BotDelivery) -> Result<(), Fault> {
        self.bot_deliveries.insert((delivery.bot.clone(), delivery.seq), delivery.clone());
        Ok(())
    }
    fn forget_bot_delivery(&mut self, bot: &str, seq: Option<u64>) -> Result<(), Fault> {
        self.bot_deliveries.retain(|(known, at), _| known != bot || seq.is_some_and(|seq| seq != *at));
        Ok(())
    }
}

impl RetentionStore for MemoryRoomStore {
    fn originals(&self, from: u64, to: u64, limit: u32) -> Result<Vec<(u64, Kind, String)>, Fault> {
        let rows = self.log.originals(from, to, limit)?.into_iter();
        Ok(rows.map(|(seq, kind, body)| (seq, kind, self.changes.original(seq, body))).collect())
    }
    fn drop_bodies(&mut self, digests: &[(u64, String)], oldest: u64) -> Result<(), Fault> {
        self.changes.forget(&digests.iter().map(|(seq, _)| *seq).collect::<Vec<u64>>());
        self.log.drop_bodies(digests, oldest)
    }
    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault> {
        self.log.drop_rows(before_seq, until)
    }
    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault> {
        self.log.time_of(seq)
    }
    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault> {
        self.log.oldest_row()
    }
}

impl LeavingStore for MemoryRoomStore {
    fn written_by(&self, user: &str, after: u64, limit: u32) -> Result<(Vec<Event>, u64), Fault> {
        let rows = self.read(after + 1, u64::MAX, u32::MAX)?.into_iter();
        let own = rows.filter(|event| event.actor.as_deref() == Some(user));
        let own: Vec<Event> = own.take(limit as usize).collect();
        let head = self.meta()?.map_or(0, |meta| meta.head);
        let looked_to = own.last().filter(|_| own.len() == limit as usize).map_or(head, |event| event.seq);
        Ok((own, looked_to))
    }

    fn unname(&mut self, seq: u64, name: &str) -> Result<(), Fault> {
        let has_files = |event: &Event| event.body.contains("\"files\":") || event.body.contains("\"emoticons\":");
        if let Some(event) = self.read(seq, seq, 1)?.pop().filter(has_files) {
            let view = views::without_files(&event.body)?;
            self.changes.rows_mut().views.insert(seq, view);
        }
        self.changes.rows_mut().names.insert(seq, name.to_owned());
        Ok(())
    }

    fn silence(&mut self, seq: u64, body: &str) -> Result<(), Fault> {
        let rows = self.changes.rows_mut();
        rows.views.remove(&seq);
        rows.buried.insert(seq, body.to_owned());
        Ok(())
    }

    fn reacted_to_by(&self, user: &str) -> Result<Vec<u64>, Fault> {
        let own = self.changes.rows().reactions.iter().filter(|(_, reacted)| reacted.user == user);
        Ok(own.map(|((target, _), _)| *target).collect::<BTreeSet<u64>>().into_iter().collect())
    }

    fn forget_person(&mut self, user: &str) -> Result<(), Fault> {
        let rows = self.changes.rows_mut();
        rows.receipts.remove(user);
        rows.hidden.retain(|(known, _)| known != user);
        self.outbox.remove(user);
        self.limits.retain(|(_, known), _| known != user);
        self.held.retain(|_, held| held.user != user);
        self.reviews.retain(|_, (held, _)| held.user != user);
        Ok(())
    }
}
