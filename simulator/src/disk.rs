//! Rows of committed turns, which survive a crash. And stores with a deliberate mistake, which the checks must find.
//!
//! The mistakes are here and in the turn runner, never in the shipped code.

use protocol::content::search::Clause;
use protocol::log::{LogMeta, LogStore, RetentionStore, StoredId};
use protocol::machines::room::{
    BotDelivery, ChangeOf, ChangeStore, Changes, Group, GroupNotification, GroupRecord, GroupStore, HeldKey,
    HeldMessage, HeldStore, Integration, IntegrationStore, LeavingStore, Member, Membership, MemoryGroup,
    MemoryRoomStore, OutboxEntry, OwnBot, OwnBotStore, PeopleStore, Pin, PinStore, Receipt, Role, RoomStore,
    SearchStore, StoredReaction, Unread,
};
use protocol::people::contacts::{Privacy, PrivacyRecord, Settings};
use protocol::words::event::{Event, Kind, Millis};
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;

/// Deliberate mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mutant {
    #[default]
    Faithful,
    /// The frames of a turn leave before its rows are committed.
    SendBeforeCommit,
    /// Ids are not looked up: a message that is sent again is a new event.
    ForgetIds,
    /// A page of history lacks one event.
    SkipInReplay,
    /// The first readable positions of people are lost.
    ForgetFloors,
    /// A new role is lost when the object sleeps.
    ForgetRoles,
    /// The data of a deleted group is still stored.
    KeepGone,
    /// A public group forgets its removed people.
    ForgetBarred,
    /// Events of a group are not sent to people's objects.
    ForgetNotifications,
    /// A room that wakes has lost the blocks.
    ForgetBlocks,
    /// A room that wakes has lost the privacy settings.
    ForgetSettings,
    /// Older privacy settings replace newer ones.
    AcceptOldPrivacy,
    /// A person may write for ever after the other one has written once.
    ForgetParting,
    /// The next player of a persona sees the messages of the former one.
    ForgetPlayers,
    /// Nothing is stored for absent people.
    ForgetOutbox,
    /// An entry of the outbox counts as delivered when its call fails.
    GiveUpOutbox,
    /// Absent people are notified like present ones, and nothing is stored for them.
    NotifyAsIfPresent,
    /// People's objects: a seen entry waits again after a late notification.
    ForgetSeen,
    /// People's objects: messages that are not written yet count as seen.
    SeeAhead,
    /// People's objects: messages that arrive late below the seen position count as seen.
    SeeBelow,
    /// Receipts are lost.
    ForgetReceipts,
    /// Edits do not change the text.
    ForgetEdits,
    /// An edited message loses its reference to the answered message.
    ForgetReplies,
    /// Deleted messages are still stored.
    KeepDeleted,
    /// Earlier versions of a deleted message are still stored.
    KeepEarlierWords,
    /// A search finds only the first version of messages.
    IndexOnce,
    /// Deleted messages are still found.
    KeepIndexed,
    /// The machine of a socket is not checked.
    ForgetDevices,
    /// Drafts: any time of a device counts.
    TrustClocks,
    /// Drafts: devices do not learn which time counts.
    ForgetAnswers,
    /// Contacts: a decline is sent to the other person.
    SendDeclines,
    /// Contacts: a lost notification is not repeated.
    ForgetWords,
    /// Contacts: an older notification counts like the last one.
    AcceptOldIntents,
    /// The name of a deleted person is still stored.
    KeepNames,
    /// The deletion of a person's messages stops after the first portion.
    StopHalfway,
    /// Messages of a deleted person still wait in inboxes.
    KeepInInboxes,
    /// An edit whose message was trimmed before its writer was deleted still contains its text.
    KeepLooseEdits,
    /// Pages: cached messages of a deleted person still contain their texts.
    KeepCached,
    /// Accounts: a used refresh token stays valid.
    ForgetUses,
    /// Accounts: the session of a stolen browser stays alive.
    KeepStolenSessions,
    /// Accounts: a theft ends all browsers of the person.
    EndAllBrowsers,
}

/// State that a failed turn returns to.
#[derive(Debug, Default)]
struct Before {
    meta: Option<LogMeta>,
    changes: Changes,
    outbox: Vec<OutboxEntry>,
    group: MemoryGroup,
    people: Vec<(String, PrivacyRecord)>,
    /// All rows, if the turn may remove some.
    rows: Option<MemoryRoomStore>,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub rows: MemoryRoomStore,
    before: Before,
    pub is_in_turn: bool,
    /// The run contains searches; other runs need no index.
    pub is_searched: bool,
    mutant: Mutant,
}

impl Disk {
    pub fn new(mutant: Mutant) -> Self {
        Self { mutant, ..Self::default() }
    }

    /// Starts a turn. A turn that may remove rows (`may_trim`) needs a whole copy for its rollback.
    pub fn begin(&mut self, may_trim: bool) {
        self.is_in_turn = true;
        self.before = Before {
            meta: self.rows.meta().unwrap_or_default(),
            changes: self.rows.changes.clone(),
            outbox: self.rows.outbox().unwrap_or_default(),
            group: self.rows.group.clone(),
            people: self.rows.known().unwrap_or_default(),
            rows: may_trim.then(|| self.rows.clone()),
        };
    }

    pub fn commit(&mut self) {
        self.is_in_turn = false;
    }

    /// Rolls the turn back, because the object died in it.
    pub fn roll_back(&mut self) {
        self.is_in_turn = false;
        let Before { meta, changes, outbox, group, people, rows } = std::mem::take(&mut self.before);
        match rows {
            Some(rows) => self.rows = rows,
            None => self.rows.roll_back(meta, changes, outbox, group, people),
        }
    }

    /// Loses everything: the log starts with a new epoch.
    pub fn wipe(&mut self) {
        self.rows = MemoryRoomStore::default();
    }

    pub fn head(&self) -> u64 {
        self.rows.log.events().last().map_or(0, |event| event.seq)
    }
}

impl LogStore for Disk {
    fn meta(&self) -> Result<Option<LogMeta>, Fault> {
        self.rows.meta()
    }
    fn create(&mut self, meta: &LogMeta) -> Result<(), Fault> {
        self.rows.create(meta)
    }
    fn find(&self, id: &str) -> Result<Option<StoredId>, Fault> {
        if self.mutant == Mutant::ForgetIds { Ok(None) } else { self.rows.find(id) }
    }
    fn insert(&mut self, event: &Event) -> Result<bool, Fault> {
        let is_known = self.mutant == Mutant::ForgetIds && self.rows.find(&event.id)?.is_some();
        if is_known {
            let id = format!("{} again as {}", event.id, event.seq);
            return self.rows.insert(&Event { id, ..event.clone() });
        }
        self.rows.insert(event)
    }
    fn read(&self, from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault> {
        let mut events = self.rows.read(from, to, limit)?;
        if self.mutant == Mutant::SkipInReplay && events.len() > 2 {
            events.remove(1);
        }
        Ok(events)
    }
    fn times(&self, actor: &str, kind: Kind, after: Millis) -> Result<Vec<Millis>, Fault> {
        self.rows.times(actor, kind, after)
    }
    fn seq_at(&self, ts: Millis) -> Result<u64, Fault> {
        if self.mutant == Mutant::ForgetPlayers { Ok(0) } else { self.rows.seq_at(ts) }
    }
    fn seq_of_earlier_session(&self, actor: &str, session: &str) -> Result<u64, Fault> {
        if self.mutant == Mutant::ForgetPlayers { Ok(0) } else { self.rows.seq_of_earlier_session(actor, session) }
    }
}

impl PeopleStore for Disk {
    fn known(&self) -> Result<Vec<(String, PrivacyRecord)>, Fault> {
        let known = self.rows.known()?;
        match self.mutant {
            Mutant::ForgetBlocks => Ok(Vec::new()),
            Mutant::ForgetSettings => {
                let settings = |user: &str| Settings::of_kind(UserKind::of_id(user));
                let anew = |(user, known): (String, PrivacyRecord)| {
                    let privacy = Privacy { settings: settings(&user), ..known.privacy };
                    (user, PrivacyRecord { privacy, ..known })
                };
                Ok(known.into_iter().map(anew).collect())
            }
            _ => Ok(known),
        }
    }
    fn save_known(&mut self, user: &str, known: &PrivacyRecord) -> Result<(), Fault> {
        if self.mutant == Mutant::ForgetParting {
            let stored = self.rows.known()?.into_iter().find(|(other, _)| other == user);
            let invites = known.invites || stored.is_some_and(|(_, stored)| stored.invites);
            return self.rows.save_known(user, &PrivacyRecord { invites, ..known.clone() });
        }
        self.rows.save_known(user, known)
    }
    fn forget_known(&mut self, user: &str) -> Result<(), Fault> {
        self.rows.forget_known(user)
    }
}

impl GroupStore for Disk {
    fn group(&self) -> Result<Option<Group>, Fault> {
        let mut group = self.rows.group()?;
        if self.mutant == Mutant::ForgetFloors {
            group.iter_mut().flat_map(|group| group.members.values_mut()).for_each(|member| member.floor = 0);
        }
        Ok(group)
    }
    fn save_group(&mut self, record: &GroupRecord) -> Result<(), Fault> {
        self.rows.save_group(record)
    }
    fn save_member(&mut self, member: &Member) -> Result<(), Fault> {
        let known = self.rows.group()?.and_then(|group| group.find(member.user.as_str()).map(|member| member.role));
        if self.mutant == Mutant::ForgetBarred && member.standing == Membership::Barred {
            return self.rows.remove_member(member.user.as_str());
        }
        match known.filter(|_| self.mutant == Mutant::ForgetRoles && member.role != Role::Owner) {
            Some(role) => self.rows.save_member(&Member { role, ..member.clone() }),
            None => self.rows.save_member(member),
        }
    }
    fn remove_member(&mut self, user: &str) -> Result<(), Fault> {
        self.rows.remove_member(user)
    }
    fn erase(&mut self) -> Result<(), Fault> {
        if self.mutant == Mutant::KeepGone { Ok(()) } else { self.rows.erase() }
    }
    fn notification_add(&mut self, about: &str, version: u64, due_at: Millis) -> Result<(), Fault> {
        if self.mutant == Mutant::ForgetNotifications {
            Ok(())
        } else {
            self.rows.notification_add(about, version, due_at)
        }
    }
    fn notifications(&self) -> Result<Vec<GroupNotification>, Fault> {
        self.rows.notifications()
    }
    fn notification_done(&mut self, about: &str, version: u64) -> Result<(), Fault> {
        self.rows.notification_done(about, version)
    }
    fn notification_retry(&mut self, about: &str, due_at: Millis) -> Result<(), Fault> {
        self.rows.notification_retry(about, due_at)
    }
}

impl ChangeStore for Disk {
    fn set_view(&mut self, target: u64, view: &str) -> Result<(), Fault> {
        match self.mutant {
            Mutant::ForgetEdits => Ok(()),
            Mutant::ForgetReplies => self.rows.set_view(target, &view.replace("\"replyTo\":", "\"repliedTo\":")),
            _ => self.rows.set_view(target, view),
        }
    }
    fn note_change(&mut self, target: u64, seq: u64) -> Result<(), Fault> {
        self.rows.note_change(target, seq)
    }
    fn changes(&self, from: u64, to: u64) -> Result<Vec<ChangeOf>, Fault> {
        self.rows.changes(from, to)
    }
    fn changes_of(&self, target: u64) -> Result<Vec<Event>, Fault> {
        self.rows.changes_of(target)
    }
    fn bury(&mut self, target: u64, edits: &str) -> Result<(), Fault> {
        match self.mutant {
            Mutant::KeepDeleted => Ok(()),
            Mutant::KeepEarlierWords => {
                self.rows.changes.bury(target, &[], edits);
                Ok(())
            }
            _ => self.rows.bury(target, edits),
        }
    }
    fn reactions(&self, target: u64) -> Result<Vec<StoredReaction>, Fault> {
        self.rows.reactions(target)
    }
    fn add_reaction(&mut self, target: u64, reacted: &StoredReaction, seq: u64) -> Result<(), Fault> {
        self.rows.add_reaction(target, reacted, seq)
    }
    fn remove_reaction(&mut self, target: u64, reacted: &StoredReaction) -> Result<(), Fault> {
        self.rows.remove_reaction(target, reacted)
    }
    fn hide(&mut self, user: &str, target: u64) -> Result<(), Fault> {
        self.rows.hide(user, target)
    }
    fn hidden(&self, user: &str, from: u64, to: u64) -> Result<Vec<u64>, Fault> {
        self.rows.hidden(user, from, to)
    }
    fn hidden_by(&self, target: u64) -> Result<Vec<String>, Fault> {
        self.rows.hidden_by(target)
    }
    fn receipt(&self, user: &str) -> Result<Option<Receipt>, Fault> {
        self.rows.receipt(user)
    }
    fn receipts(&self) -> Result<Vec<(String, Receipt)>, Fault> {
        self.rows.receipts()
    }
    fn save_receipt(&mut self, user: &str, receipt: &Receipt) -> Result<(), Fault> {
        if self.mutant == Mutant::ForgetReceipts { Ok(()) } else { self.rows.save_receipt(user, receipt) }
    }
    fn hidden_ids(&self, user: &str, floor: u64, limit: u32) -> Result<Vec<String>, Fault> {
        self.rows.hidden_ids(user, floor, limit)
    }
}

impl PinStore for Disk {
    fn pin(&self) -> Result<Option<Pin>, Fault> {
        self.rows.pin()
    }
    fn save_pin(&mut self, pin: Option<&Pin>) -> Result<(), Fault> {
        self.rows.save_pin(pin)
    }
}

/// A run has no rules, so nothing is held.
impl HeldStore for Disk {
    fn held_keys(&self) -> Result<Vec<HeldKey>, Fault> {
        self.rows.held_keys()
    }
    fn held(&self, id: &str) -> Result<Option<HeldMessage>, Fault> {
        self.rows.held(id)
    }
    fn save_held(&mut self, held: &HeldMessage) -> Result<(), Fault> {
        self.rows.save_held(held)
    }
    fn forget_held(&mut self, id: &str) -> Result<(), Fault> {
        self.rows.forget_held(id)
    }
    fn save_review(&mut self, held: &HeldKey, is_published: bool, since: Millis) -> Result<(), Fault> {
        self.rows.save_review(held, is_published, since)
    }
    fn reviewed(&self, user: &str, since: Millis, limit: u32) -> Result<Vec<(String, bool)>, Fault> {
        self.rows.reviewed(user, since, limit)
    }
}

/// A run has no integrations.
impl IntegrationStore for Disk {
    fn integrations(&self) -> Result<Vec<Integration>, Fault> {
        self.rows.integrations()
    }
    fn save_integration(&mut self, integration: &Integration) -> Result<(), Fault> {
        self.rows.save_integration(integration)
    }
    fn forget_integration(&mut self, id: &str) -> Result<(), Fault> {
        self.rows.forget_integration(id)
    }
}

/// A run has no bots of groups.
impl OwnBotStore for Disk {
    type DeadLetters = <MemoryRoomStore as OwnBotStore>::DeadLetters;

    fn dead_letters(&self) -> &Self::DeadLetters {
        self.rows.dead_letters()
    }
    fn dead_letters_mut(&mut self) -> &mut Self::DeadLetters {
        self.rows.dead_letters_mut()
    }
    fn own_bots(&self) -> Result<Vec<OwnBot>, Fault> {
        self.rows.own_bots()
    }
    fn save_own_bot(&mut self, bot: &OwnBot) -> Result<(), Fault> {
        self.rows.save_own_bot(bot)
    }
    fn forget_own_bot(&mut self, id: &str) -> Result<(), Fault> {
        self.rows.forget_own_bot(id)
    }
    fn bot_deliveries(&self) -> Result<Vec<BotDelivery>, Fault> {
        self.rows.bot_deliveries()
    }
    fn save_bot_delivery(&mut self, delivery: &BotDelivery) -> Result<(), Fault> {
        self.rows.save_bot_delivery(delivery)
    }
    fn forget_bot_delivery(&mut self, bot: &str, seq: Option<u64>) -> Result<(), Fault> {
        self.rows.forget_bot_delivery(bot, seq)
    }
}

impl RoomStore for Disk {
    fn unread(&self, user: &str, after: u64, limit: u32) -> Result<Vec<Unread>, Fault> {
        self.rows.unread(user, after, limit)
    }
    fn authors(&self, from: u64, to: u64) -> Result<Vec<String>, Fault> {
        self.rows.authors(from, to)
    }
    fn begin_anew(&mut self, epoch: u32) -> Result<(), Fault> {
        self.rows.begin_anew(epoch)
    }
    fn outbox_add(&mut self, user: &str, seq: u64, was_here: bool, due_at: Millis) -> Result<(), Fault> {
        let was_here = was_here || self.mutant == Mutant::NotifyAsIfPresent;
        if self.mutant == Mutant::ForgetOutbox { Ok(()) } else { self.rows.outbox_add(user, seq, was_here, due_at) }
    }
    fn outbox(&self) -> Result<Vec<OutboxEntry>, Fault> {
        self.rows.outbox()
    }
    fn outbox_done(&mut self, sent: &OutboxEntry, seq: u64) -> Result<(), Fault> {
        self.rows.outbox_done(sent, seq)
    }
    fn outbox_retry(&mut self, user: &str, due_at: Millis) -> Result<(), Fault> {
        if self.mutant == Mutant::GiveUpOutbox {
            let given_up = self.rows.outbox()?.into_iter().find(|entry| entry.user == user);
            return given_up.map_or(Ok(()), |entry| self.rows.outbox_done(&entry, entry.to_seq));
        }
        self.rows.outbox_retry(user, due_at)
    }
    fn limits(&self, name: &str) -> Result<Vec<(String, String)>, Fault> {
        self.rows.limits(name)
    }
    fn save_limit(&mut self, name: &str, user: &str, used: &str) -> Result<(), Fault> {
        self.rows.save_limit(name, user, used)
    }
}

/// A run without searches needs no index.
impl SearchStore for Disk {
    fn index(&mut self, seq: u64, tokens: &str) -> Result<(), Fault> {
        let is_known = self.mutant == Mutant::IndexOnce && self.rows.changes.indexed(seq, seq).next().is_some();
        if self.is_searched && !is_known { self.rows.index(seq, tokens) } else { Ok(()) }
    }
    fn unindex(&mut self, seq: u64) -> Result<(), Fault> {
        if self.is_searched && self.mutant != Mutant::KeepIndexed { self.rows.unindex(seq) } else { Ok(()) }
    }
    fn indexed_to(&self) -> Result<u64, Fault> {
        self.rows.indexed_to()
    }
    fn set_indexed_to(&mut self, seq: u64) -> Result<(), Fault> {
        if self.is_searched { self.rows.set_indexed_to(seq) } else { Ok(()) }
    }
    fn indexed(&self, clauses: &[Clause], from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault> {
        self.rows.indexed(clauses, from, to, limit)
    }
}

/// Number of a person's events that one step checks: fewer than in production, because people write less here.
const PORTION: u32 = 9;

impl LeavingStore for Disk {
    fn written_by(&self, user: &str, after: u64, limit: u32) -> Result<(Vec<Event>, u64), Fault> {
        self.rows.written_by(user, after, limit.min(PORTION))
    }
    fn unname(&mut self, seq: u64, name: &str) -> Result<(), Fault> {
        if self.mutant == Mutant::KeepNames { Ok(()) } else { self.rows.unname(seq, name) }
    }
    fn silence(&mut self, seq: u64, body: &str) -> Result<(), Fault> {
        if self.mutant == Mutant::KeepLooseEdits { Ok(()) } else { self.rows.silence(seq, body) }
    }
    fn reacted_to_by(&self, user: &str) -> Result<Vec<u64>, Fault> {
        self.rows.reacted_to_by(user)
    }
    fn forget_person(&mut self, user: &str) -> Result<(), Fault> {
        self.rows.forget_person(user)
    }
}

impl RetentionStore for Disk {
    fn originals(&self, from: u64, to: u64, limit: u32) -> Result<Vec<(u64, Kind, String)>, Fault> {
        self.rows.originals(from, to, limit)
    }
    fn drop_bodies(&mut self, digests: &[(u64, String)], oldest: u64) -> Result<(), Fault> {
        self.rows.drop_bodies(digests, oldest)
    }
    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault> {
        self.rows.drop_rows(before_seq, until)
    }
    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault> {
        self.rows.time_of(seq)
    }
    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault> {
        self.rows.oldest_row()
    }
}
