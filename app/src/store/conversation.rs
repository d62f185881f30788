//! Open conversations: a keyed vector of rows with one signal per row, and the state around the log.
//!
//! `session` writes them. This file knows no sockets; `placement` computes the rules and groups of rows.

use leptos::prelude::*;
use protocol::client::{Departure, MessageChange, PinnedRow};

use crate::browser::WinkPlayback;
pub use protocol::client::{Person as Participant, Row, RowKind, RowState};
use protocol::codec::sorted::SortedMap;
use protocol::content::room_commands::RoomCommand;
use protocol::people::draft::Draft;
use protocol::words::event::Millis;

use crate::boot::PageLimits;

use super::chat_preferences::ChatPreferences;
use super::find::Find;
use super::groups::is_group;
use super::moderation::HoldReason;
use super::placement::{RowPlacement, nudges_again, place};

/// Row in the vector: `key` never changes, not even when the server's copy replaces the local one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RowHandle {
    /// For `<For key=…>`.
    pub key: u32,
    pub row: RwSignal<Row>,
    /// Placement of the row: the rules above it, and its group.
    pub place: RwSignal<RowPlacement>,
}

/// State of the rows above the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OlderRows {
    /// The first page is not loaded: placeholders are shown instead of rows.
    #[default]
    Unknown,
    More,
    Loading,
    /// The first row is the start of the log.
    Start,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typist {
    pub user: String,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ComposerMode {
    #[default]
    New,
    /// An answer to the message with this id.
    Reply(String),
    /// An edit of the own message with this id.
    Edit(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageDialog {
    /// Sheet with the actions of the message with this id (`ux.md` 2.10).
    Actions(String),
    /// Picker of reactions to the message with this id.
    React(String),
    /// Earlier versions of the message with this id.
    Earlier(String),
    /// Choice of the recipient of a forwarded text.
    Forward(String),
    KeptMessages,
    /// Emoticons of the message with this id, to be copied.
    Emoticons(String),
    /// Report of the writer of the message with this id.
    Report(String),
    /// Acts of a moderator on the message with this id, or on its writer (`ux.md` 2.14).
    Moderate(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConversationKind {
    /// Two people: the id of the other one, whose name and status are in the roster.
    Direct { partner: String },
    /// Room; its name is in the roster.
    #[default]
    Room,
}

/// One conversation. It is a handle of signals: cheap to copy into every closure.
#[derive(Clone, Copy, Default)]
pub struct Conversation {
    /// For `<For key=…>`.
    pub key: u32,
    pub room: StoredValue<String>,
    pub form: StoredValue<ConversationKind>,
    /// Name that the list had last for the group; empty if it is not known. A group that is gone keeps it.
    pub known_name: RwSignal<String>,
    /// The log, oldest first; queued rows at the end.
    pub rows: RwSignal<Vec<RowHandle>>,
    pub older: RwSignal<OlderRows>,
    /// People who are typing, in the order they began, without the person at this device.
    pub typing: RwSignal<Vec<Typist>>,
    /// Participants (public rooms only), as far as they are loaded.
    pub participants: RwSignal<Vec<Participant>>,
    /// Number of people in the room, as the server counts them.
    pub people_here: RwSignal<usize>,
    /// Time of the last message of another person ("Last message received today at 14:04").
    pub last_message_at: RwSignal<Option<Millis>>,
    /// Number of rows by others since the bottom was last seen (the pill "3 new", and the tab's badge).
    pub unread: RwSignal<u32>,
    /// Rows with a larger `seq` stand under the rule "new". It is set when the first unread rows arrive.
    pub new_after: RwSignal<Option<u64>>,
    /// Number of rows in the rule "new". Rows that arrive while the conversation is being read do not count.
    pub new_count: RwSignal<u32>,
    pub pinned: RwSignal<Option<PinnedRow>>,
    /// Id of the message to scroll to, now or when it is loaded.
    pub jump_to: RwSignal<Option<String>>,
    /// Search within the conversation; `None` while its bar is closed.
    pub search: RwSignal<Option<Find>>,
    /// Number of messages, nudges and winks sent from here: each scrolls to the end of the log.
    pub said: RwSignal<u32>,
    /// Id of the message that was sent from here a moment ago, while it may be taken back by a key (`ux.md` 2.9).
    pub just_sent: RwSignal<Option<String>>,
    /// Id of the message whose deletion is sent in a moment, and may be taken back until then (`ux.md` 2.9).
    pub just_deleted: RwSignal<Option<String>>,
    /// Ids of messages that this page shows as deleted, before the server has deleted them.
    pub deleting: RwSignal<Vec<String>>,
    /// Ids of arrivals that the person has unfolded (`ux.md` 1.3).
    pub unfolded: RwSignal<Vec<String>>,
    /// Confirmed rows up to this `seq` are hidden on this page (`ux.md` 2.8, `/clear`); 0 hides none.
    pub hidden_to: RwSignal<u64>,
    pub writing: RwSignal<ComposerMode>,
    /// The next message has attachments: the tray sends it instead of the composer.
    pub has_attached: RwSignal<bool>,
    /// Text of a message that waits for its attachments. It stays in the composer until then.
    pub handed_over: RwSignal<Option<String>>,
    /// Positions up to which own rows were delivered to, and read by, all others.
    pub reach: RwSignal<(u64, u64)>,
    /// Ids of pictures of strangers that the person has chosen to see.
    pub uncovered: RwSignal<Vec<String>>,
    /// Draft of a new message. The composer owns the text while it is written.
    pub draft: RwSignal<Draft>,
    /// Half-written edits: their texts by the ids of the messages.
    pub edits: RwSignal<SortedMap<String, String>>,
    /// Number of drafts that came from another device, another tab, or an edit whose message is gone.
    pub brought: RwSignal<u32>,
    /// Whole seconds until the next nudge may be sent; 0 = now.
    pub nudge_wait_s: RwSignal<u32>,
    /// Whole seconds until the next wink may be sent; 0 = now.
    pub wink_wait_s: RwSignal<u32>,
    /// `data-nudge="on"` while true; the component reports the end of the animation with `State::nudge_shown`.
    pub is_nudged: RwSignal<bool>,
    pub wink_playback: RwSignal<Option<WinkPlayback>>,
    pub preferences: RwSignal<ChatPreferences>,
    /// Reason why the server took no message of the person a moment ago; public rooms only.
    pub hold: RwSignal<Option<HoldReason>>,
    /// Messages of a public room that wait for review; 0 for people without a role.
    pub waiting: RwSignal<u32>,
    /// Commands of the room's bots (`ux.md` 2.8).
    pub commands: RwSignal<Vec<RoomCommand>>,
    /// Close code of a room that refused the person (4403, 4404); `None` otherwise.
    pub closed: RwSignal<Option<u16>>,
    index: StoredValue<Index>,
}

#[derive(Default)]
struct Index {
    by_id: SortedMap<String, RowHandle>,
    next_key: u32,
}

impl PartialEq for Conversation {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Conversation {
    /// Makes an empty conversation. Call it below the owner of its signals.
    pub fn new(key: u32, room: String, form: ConversationKind) -> Self {
        Self { key, room: StoredValue::new(room), form: StoredValue::new(form), ..Self::default() }
    }

    pub fn room_id(&self) -> String {
        self.room.get_value()
    }

    /// Returns the name of a conversation that is not in the list. Reactive.
    pub fn name_without_list(&self) -> String {
        let known = self.known_name.get();
        if known.is_empty() { self.partner().unwrap_or_else(|| self.room_id()) } else { known }
    }

    /// Returns the other person of a direct conversation.
    pub fn partner(&self) -> Option<String> {
        self.form.with_value(|form| match form {
            ConversationKind::Direct { partner } => Some(partner.clone()),
            ConversationKind::Room => None,
        })
    }

    /// Returns `true` if this is a public room, where moderators act (`moderation.md` 2).
    pub fn is_public_room(&self) -> bool {
        self.partner().is_none() && !self.room.with_value(|room| is_group(room))
    }

    pub fn find(&self, id: &str) -> Option<RowHandle> {
        self.index.with_value(|index| index.by_id.get(id).copied())
    }

    /// Returns the id of the row at a position of the log.
    pub fn id_at(&self, seq: u64) -> Option<String> {
        let is_there = |handle: &&RowHandle| handle.row.with_untracked(|row| row.seq == Some(seq));
        self.rows.with_untracked(|rows| rows.iter().rev().find(is_there).map(id_of))
    }

    /// Returns the composer to the draft: a new message, or an answer.
    pub fn go_back_to_draft(&self) {
        let reply_to = self.draft.with_untracked(|draft| draft.reply_to.clone());
        self.writing.set(reply_to.map_or(ComposerMode::New, ComposerMode::Reply));
    }

    pub fn edited(&self) -> Option<String> {
        self.writing
            .with_untracked(|writing| if let ComposerMode::Edit(id) = writing { Some(id.clone()) } else { None })
    }

    pub fn stop_jumping(&self) {
        if self.jump_to.with_untracked(Option::is_some) {
            self.jump_to.set(None);
        }
    }

    pub fn open_search(&self) {
        if self.search.with_untracked(Option::is_none) {
            self.search.set(Some(Find::default()));
        }
    }

    /// Closes the bar of the search. A message that it has not reached yet is no longer wanted.
    pub fn close_search(&self) {
        if self.search.with_untracked(Option::is_some) {
            self.search.set(None);
            self.stop_jumping();
        }
    }

    /// Returns the newest `seq` in the log.
    pub fn last_seq(&self) -> Option<u64> {
        self.rows.with_untracked(|rows| rows.iter().rev().find_map(|handle| handle.row.with_untracked(|row| row.seq)))
    }

    /// Returns the last own row of the log, whatever it is. Reactive.
    pub fn last_own(&self) -> Option<Row> {
        self.rows.with(|rows| {
            let own = rows.iter().rev().find(|handle| handle.row.with(|row| row.is_own));
            own.map(|handle| handle.row.get())
        })
    }

    /// Returns the number of people who are here, loaded or not. A closed conversation has nobody. Reactive.
    pub fn here(&self) -> usize {
        if self.closed.get().is_some() {
            return 0;
        }
        self.people_here.get().max(self.participants.with(Vec::len))
    }

    /// Returns the name of somebody who is here or has written a loaded row; `None` for others. Reactive.
    pub fn name_of(&self, user: &str) -> Option<String> {
        let here = self.participants.with(|all| all.iter().find(|one| one.user == user).map(|one| one.name.clone()));
        here.or_else(|| {
            self.rows.with(|rows| {
                rows.iter().rev().find_map(|handle| {
                    handle.row.with(|row| (row.sender == user && !row.is_deleted).then(|| row.sender_name.clone()))
                })
            })
        })
    }

    /// Returns `true` if a row is hidden on this page. Reactive.
    pub fn hides(&self, handle: RowHandle) -> bool {
        let hidden_to = self.hidden_to.get();
        handle.row.with_untracked(|row| row.seq.is_some_and(|seq| seq <= hidden_to))
    }

    /// Returns `true` if the page shows a message as deleted. Reactive.
    pub fn is_gone(&self, handle: RowHandle) -> bool {
        let (id, is_deleted) = handle.row.with(|row| (row.id.clone(), row.is_deleted));
        is_deleted || self.deleting.with(|deleting| deleting.contains(&id))
    }

    /// Hides all confirmed rows on this page, or shows them again.
    pub fn hide_all(&self, is_hidden: bool, day_of: impl Fn(Millis) -> i64) {
        self.hidden_to.set(if is_hidden { self.last_seq().unwrap_or_default() } else { 0 });
        self.set_places(day_of);
    }

    /// Returns `true` if the last row of a run tells of this row in its place. Reactive.
    pub fn folds(&self, handle: RowHandle) -> bool {
        handle.place.with(|place| place.is_folded) && !self.is_unfolded(handle)
    }

    /// Returns `true` if the person has unfolded the run of a row. Reactive.
    pub fn is_unfolded(&self, handle: RowHandle) -> bool {
        self.unfolded.with(|unfolded| handle.row.with_untracked(|row| unfolded.contains(&row.id)))
    }

    /// Returns the rows of the run that ends with this row.
    pub fn run(&self, handle: RowHandle) -> Vec<RowHandle> {
        self.rows.with_untracked(|all| {
            let at = all.iter().position(|other| *other == handle);
            at.map(|at| run_at(all, at).to_vec()).unwrap_or_default()
        })
    }

    /// Unfolds the run that ends with this row, or folds it.
    pub fn unfold(&self, handle: RowHandle, is_open: bool) {
        let run: Vec<String> = self.run(handle).iter().map(id_of).collect();
        self.unfolded.update(|unfolded| {
            unfolded.retain(|id| !run.contains(id));
            if is_open {
                unfolded.extend(run);
            }
        });
    }

    /// Unfolds rows that have joined an unfolded run.
    fn unfold_neighbours(&self, all: &[RowHandle]) {
        let unfolded = self.unfolded.get_untracked();
        if unfolded.is_empty() {
            return;
        }
        let is_end = |place: &RowPlacement| place.nudges > 1 && !place.is_folded;
        let ends = (0..all.len()).filter(|at| all[*at].place.with_untracked(is_end));
        let runs = ends.map(|at| run_at(all, at).iter().map(id_of).collect::<Vec<_>>());
        let open = runs.filter(|run| run.iter().any(|id| unfolded.contains(id)));
        let more: Vec<String> = open.flatten().filter(|id| !unfolded.contains(id)).collect();
        if !more.is_empty() {
            self.unfolded.update(|unfolded| unfolded.extend(more));
        }
    }

    /// Inserts rows or replaces them by id, keeps the order, and updates the placement of moved rows.
    pub fn put(&self, rows: Vec<Row>, day_of: impl Fn(Millis) -> i64) {
        let mut moved = Vec::new();
        for row in rows {
            match self.find(&row.id) {
                Some(handle) => {
                    let is_at_home = handle.row.with_untracked(|old| old.seq == row.seq);
                    replace(handle, row);
                    if !is_at_home {
                        moved.push(handle);
                    }
                }
                None => moved.push(self.handle_for(row)),
            }
        }
        if moved.is_empty() {
            return;
        }
        self.rows.update(|all| {
            all.retain(|handle| !moved.contains(handle));
            for handle in &moved {
                let at = insertion_point(all, handle);
                all.insert(at, *handle);
            }
        });
        self.rows.with_untracked(|all| {
            // The rows after a nudge continue its count.
            let mut counts_on = false;
            for at in 0..all.len() {
                let is_touched = counts_on || moved.contains(&all[at]) || at > 0 && moved.contains(&all[at - 1]);
                if is_touched {
                    self.set_place(all, at, &day_of);
                }
                counts_on = is_touched && all[at].place.with_untracked(|place| place.nudges > 0);
            }
            self.unfold_neighbours(all);
        });
    }

    pub fn set_state(&self, id: &str, state: RowState) {
        if let Some(handle) = self.find(id) {
            handle.row.update(|row| row.state = state);
        }
    }

    pub fn change(&self, changed: &MessageChange) {
        if let Some(handle) = self.find(&changed.message) {
            handle.row.update(|row| {
                row.apply(changed);
            });
        }
    }

    /// Removes the data of a deleted person from the rows.
    pub fn part_with(&self, departed: &Departure) {
        self.rows.with_untracked(|all| {
            for handle in all {
                let mut row = handle.row.get_untracked();
                if row.part_with(departed) {
                    handle.row.set(row);
                }
            }
        });
    }

    pub fn remove(&self, id: &str, day_of: impl Fn(Millis) -> i64) {
        let handle = self.index.try_update_value(|index| index.by_id.remove(id)).flatten();
        if let Some(handle) = handle {
            self.rows.update(|all| all.retain(|other| *other != handle));
            self.set_places(day_of);
        }
    }

    /// Removes all confirmed rows, because the room's log has a new epoch. Queued rows stay.
    pub fn clear_confirmed(&self) {
        let is_confirmed = |handle: &RowHandle| handle.row.with_untracked(|row| row.seq.is_some());
        self.rows.update(|all| all.retain(|handle| !is_confirmed(handle)));
        self.index.update_value(|index| index.by_id.retain(|_, handle| !is_confirmed(handle)));
        self.older.set(OlderRows::Unknown);
        self.unfolded.set(Vec::new());
        self.hidden_to.set(0);
    }

    /// Computes all placements again; signals change only where the value differs.
    pub fn set_places(&self, day_of: impl Fn(Millis) -> i64) {
        self.rows.with_untracked(|all| {
            (0..all.len()).for_each(|at| self.set_place(all, at, &day_of));
            self.unfold_neighbours(all);
        });
    }

    fn set_place(&self, all: &[RowHandle], at: usize, day_of: &impl Fn(Millis) -> i64) {
        let new_after = self.new_after.get_untracked();
        // A row under hidden ones begins the visible log, so it names its sender and its day.
        let above = at.checked_sub(1).map(|above| all[above]);
        let above = above.filter(|above| self.hides_untracked(all[at]) || !self.hides_untracked(*above));
        let Some(above) = above else {
            return put_place(all[at], all[at].row.with_untracked(|row| place(None, row, new_after, day_of)));
        };
        let mut over = above.place.get_untracked();
        let now = all[at].row.with_untracked(|row| {
            above.row.with_untracked(|above| {
                let mut now = place(Some(above), row, new_after, day_of);
                over.is_folded = nudges_again(above, row, now);
                if over.is_folded {
                    now.nudges += over.nudges;
                }
                now
            })
        });
        put_place(above, over);
        put_place(all[at], now);
    }

    fn hides_untracked(&self, handle: RowHandle) -> bool {
        untrack(|| self.hides(handle))
    }

    fn handle_for(&self, row: Row) -> RowHandle {
        let id = row.id.clone();
        let (row, place) = (RwSignal::new(row), RwSignal::new(RowPlacement::default()));
        let mut key = 0;
        self.index.update_value(|index| {
            key = index.next_key;
            index.next_key += 1;
            index.by_id.insert(id, RowHandle { key, row, place });
        });
        RowHandle { key, row, place }
    }
}

/// Returns `true` while the server would accept an edit: the message is the person's own, confirmed, not deleted and not too old.
pub fn may_be_edited(row: &Row, limits: &PageLimits, now: Millis) -> bool {
    row.is_own && row.seq.is_some() && !row.is_deleted && now.saturating_sub(row.at) < limits.edit_window_ms
}

/// Returns `true` while the server would delete the message for everybody: it is the person's own, and not too old.
pub fn may_be_deleted(row: &Row, limits: &PageLimits, now: Millis) -> bool {
    row.is_own && now.saturating_sub(row.at) < limits.delete_window_ms
}

fn id_of(handle: &RowHandle) -> String {
    handle.row.with_untracked(|row| row.id.clone())
}

/// Returns the rows of the run that ends at this index.
fn run_at(all: &[RowHandle], at: usize) -> &[RowHandle] {
    let len = all[at].place.with_untracked(|place| place.nudges.max(1)) as usize;
    &all[(at + 1).saturating_sub(len)..=at]
}

fn put_place(handle: RowHandle, place: RowPlacement) {
    if handle.place.get_untracked() != place {
        handle.place.set(place);
    }
}

/// Replaces a row, but keeps its first text and its kind of arrival: the server's copy of a row does not arrive again.
fn replace(handle: RowHandle, row: Row) {
    let (is_replay, first) = handle.row.with_untracked(|old| (old.is_replay, old.first.clone()));
    let row = Row { is_replay, first: first.filter(|_| !row.is_deleted), ..row };
    if handle.row.with_untracked(|old| *old != row) {
        handle.row.set(row);
    }
}

/// Returns the position of a row: confirmed rows by `seq`, then queued ones in order of writing.
fn insertion_point(all: &[RowHandle], handle: &RowHandle) -> usize {
    let seq_of = |handle: &RowHandle| handle.row.with_untracked(|row| row.seq).unwrap_or(u64::MAX);
    let seq = seq_of(handle);
    all.partition_point(|other| seq_of(other) <= seq)
}

#[cfg(test)]
mod tests {
    use protocol::client::ChatContent;
    use protocol::words::event::Kind;

    use super::*;

    fn row(id: &str, seq: Option<u64>) -> Row {
        Row {
            id: id.to_owned(),
            seq,
            sender: "user_1".to_owned(),
            sender_name: "Jonas".to_owned(),
            is_own: seq.is_none(),
            maker: None,
            at: seq.unwrap_or(1_000),
            kind: RowKind::Chat(ChatContent { content: id.to_owned(), ..ChatContent::default() }),
            state: if seq.is_some() { RowState::Sent } else { RowState::Queued },
            is_replay: false,
            edited_at: None,
            is_deleted: false,
            reactions: Vec::new(),
            as_of: 0,
            first: None,
        }
    }

    fn day(_at: Millis) -> i64 {
        0
    }

    fn in_conversation(test: impl FnOnce(Conversation)) {
        Owner::new().with(|| test(Conversation::new(1, "general".to_owned(), ConversationKind::Room)));
    }

    fn ids(conversation: Conversation) -> Vec<String> {
        conversation
            .rows
            .with_untracked(|rows| rows.iter().map(|handle| handle.row.with_untracked(|row| row.id.clone())).collect())
    }

    #[test]
    fn a_name_is_that_of_who_is_here_or_else_of_the_last_row() {
        in_conversation(|conversation| {
            let named = |seq, name: &str| Row { sender_name: name.to_owned(), ..row(name, Some(seq)) };
            assert_eq!(conversation.name_of("user_1"), None);
            conversation.put(vec![named(1, "Jon"), named(2, "Jonas")], day);
            assert_eq!(conversation.name_of("user_1").as_deref(), Some("Jonas"));
            conversation.participants.set(vec![Participant {
                user: "user_1".to_owned(),
                name: "J.".to_owned(),
                status: "online".to_owned(),
                avatar: String::new(),
                is_guest: false,
            }]);
            assert_eq!(conversation.name_of("user_1").as_deref(), Some("J."));
        });
    }

    #[test]
    fn confirmed_rows_stand_by_seq_and_queued_ones_behind_them() {
        in_conversation(|conversation| {
            conversation.put(vec![row("q1", None), row("c", Some(3)), row("q2", None)], day);
            conversation.put(vec![row("b", Some(2)), row("a", Some(1)), row("d", Some(4))], day);
            assert_eq!(ids(conversation), ["a", "b", "c", "d", "q1", "q2"]);
            assert_eq!(conversation.last_seq(), Some(4));
        });
    }

    #[test]
    fn the_servers_copy_replaces_the_own_row_and_keeps_its_key() {
        in_conversation(|conversation| {
            conversation.put(vec![row("a", Some(1)), row("mine", None), row("later", None)], day);
            let before = conversation.find("mine").map(|handle| handle.key);
            conversation.put(vec![row("mine", Some(2))], day);
            assert_eq!(ids(conversation), ["a", "mine", "later"]);
            let after = conversation.find("mine").expect("the row is there");
            assert_eq!(Some(after.key), before);
            assert_eq!(after.row.get_untracked().state, RowState::Sent);
        });
    }

    #[test]
    fn a_row_that_came_before_another_changes_what_stands_above_it() {
        in_conversation(|conversation| {
            conversation.put(vec![row("b", Some(2))], day);
            let second = conversation.find("b").expect("the row is there");
            assert!(second.place.get_untracked().starts_day && !second.place.get_untracked().is_grouped);
            conversation.put(vec![row("a", Some(1))], day);
            assert!(second.place.get_untracked().is_grouped && !second.place.get_untracked().starts_day);
            conversation.remove("a", day);
            assert!(second.place.get_untracked().starts_day);
        });
    }

    #[test]
    fn nudges_in_a_row_are_told_by_the_last_of_them() {
        let nudge = |id: &str, seq| Row { kind: RowKind::Nudge, ..row(id, Some(seq)) };
        in_conversation(|conversation| {
            let counts = || {
                conversation.rows.with_untracked(|rows| {
                    let places = rows.iter().map(|handle| handle.place.get_untracked());
                    places.filter(|place| !place.is_folded).map(|place| place.nudges).collect::<Vec<_>>()
                })
            };
            conversation.put(vec![nudge("a", 1), nudge("b", 2)], day);
            assert_eq!(counts(), [2]);
            conversation.put(vec![nudge("d", 4)], day);
            conversation.put(vec![row("e", Some(5)), nudge("f", 6)], day);
            assert_eq!(counts(), [3, 0, 1]);
            // A late message between two rows separates them, and its removal joins them again.
            conversation.put(vec![row("c", Some(3))], day);
            assert_eq!(counts(), [2, 0, 1, 0, 1]);
            conversation.remove("c", day);
            assert_eq!(counts(), [3, 0, 1]);
            let other = Row { sender: "user_2".to_owned(), ..nudge("g", 7) };
            conversation.put(vec![other, Row { state: RowState::Queued, ..nudge("h", 8) }], day);
            assert_eq!(counts(), [3, 0, 1, 1, 1]);
        });
    }

    #[test]
    fn arrivals_in_a_row_are_told_by_the_last_of_them_until_they_are_unfolded() {
        let came = |id: &str, seq| Row {
            kind: RowKind::of_body(Kind::System, r#"{"code":"member_joined"}"#),
            sender: format!("user_{id}"),
            at: seq * 600_000,
            ..row(id, Some(seq))
        };
        in_conversation(|conversation| {
            let find = |id: &str| conversation.find(id).expect("the row is there");
            let seen = || {
                let rows = conversation.rows.get_untracked();
                let seen = rows.iter().filter(|handle| !untrack(|| conversation.folds(**handle)));
                seen.map(id_of).collect::<Vec<_>>()
            };
            conversation.put(vec![came("a", 1), came("b", 2), came("c", 3), row("d", Some(4)), came("e", 5)], day);
            assert_eq!(seen(), ["c", "d", "e"]);
            let run = |id: &str| conversation.run(find(id)).iter().map(id_of).collect::<Vec<_>>();
            assert_eq!(run("c"), ["a", "b", "c"]);
            assert_eq!(run("d"), ["d"]);
            conversation.unfold(find("c"), true);
            assert_eq!(seen(), ["a", "b", "c", "d", "e"]);
            // Further arrivals join the unfolded run, and no other one.
            conversation.remove("d", day);
            conversation.put(vec![came("f", 6), row("g", Some(7)), came("h", 8), came("i", 9)], day);
            assert_eq!(seen(), ["a", "b", "c", "e", "f", "g", "i"]);
            conversation.unfold(find("f"), false);
            assert_eq!(seen(), ["f", "g", "i"]);
        });
    }

    #[test]
    fn of_whoever_is_gone_no_word_stays_on_the_page() {
        in_conversation(|conversation| {
            let other = Row { sender: "user_2".to_owned(), ..row("theirs", Some(2)) };
            conversation.put(vec![row("a", Some(1)), other, row("mine", None)], day);
            let (user, name) = ("user_1".to_owned(), "Deleted account".to_owned());
            conversation.part_with(&Departure { user, name, seq: 3, after: 0, keeps_words: false });
            let says = |id: &str| {
                let row = conversation.find(id).expect("the row is there").row.get_untracked();
                (row.kind.words(), row.is_deleted)
            };
            assert_eq!(says("a"), (String::new(), true));
            assert_eq!((says("theirs"), says("mine")), (("theirs".to_owned(), false), ("mine".to_owned(), false)));
        });
    }

    #[test]
    fn a_message_is_changed_within_the_times_of_the_deployment() {
        let limits = PageLimits { edit_window_ms: 3_000, delete_window_ms: 6_000, ..PageLimits::default() };
        let own = Row { is_own: true, at: 10_000, ..row("a", Some(1)) };
        let may = |row: &Row, now| (may_be_edited(row, &limits, now), may_be_deleted(row, &limits, now));
        assert_eq!((may(&own, 12_999), may(&own, 13_000)), ((true, true), (false, true)));
        assert_eq!((may(&own, 15_999), may(&own, 16_000)), ((false, true), (false, false)));
        assert_eq!(may(&Row { is_own: false, ..own }, 10_000), (false, false));
    }

    #[test]
    fn the_first_row_under_hidden_ones_names_its_sender() {
        in_conversation(|conversation| {
            conversation.put(vec![row("a", Some(1)), row("b", Some(2)), row("mine", None)], day);
            let hidden = || {
                let rows = conversation.rows.get_untracked();
                rows.into_iter().map(|handle| conversation.hides(handle)).collect::<Vec<_>>()
            };
            let is_grouped = |id: &str| {
                conversation.find(id).expect("the row is there").place.with_untracked(|place| place.is_grouped)
            };
            conversation.hide_all(true, day);
            assert_eq!(hidden(), [true, true, false]);
            conversation.put(vec![row("c", Some(3)), row("d", Some(4))], day);
            assert_eq!(hidden(), [true, true, false, false, false]);
            assert!(!is_grouped("c") && is_grouped("d"));
            assert_eq!(conversation.last_own().map(|row| row.id).as_deref(), Some("mine"));
            conversation.hide_all(false, day);
            assert_eq!(hidden(), [false; 5]);
            assert!(is_grouped("c"));
        });
    }

    #[test]
    fn a_log_that_began_anew_keeps_only_what_is_unsent() {
        in_conversation(|conversation| {
            conversation.put(vec![row("a", Some(1)), row("mine", None)], day);
            conversation.clear_confirmed();
            assert_eq!(ids(conversation), ["mine"]);
            conversation.put(vec![row("a", Some(1))], day);
            assert_eq!(ids(conversation), ["a", "mine"]);
        });
    }
}
