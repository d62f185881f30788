//! Read positions and unread counts, and what the rows of the list say of conversations. A conversation counts as read only while the page
//! is visible and focused, the conversation is open, and the bottom of its log is visible (`ux.md` 2.1). A device on the stage needs no
//! focus. List, tab, title and icon show the same number.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::{Input, Row, RowState};
use protocol::people::draft::Draft;

use super::engine::State;
use super::open_room::OpenRoom;
use super::requests::EmptyObject;
use crate::browser::{CallError, clock, device, fetch, notify};
use crate::store::connection::Banner;
use crate::store::conversation::{Conversation, OlderRows};
use crate::store::roster::{Activity, LINE_CHARS_MAX, LastMessage, set_if_new};

struct Inbox {
    items: Vec<InboxItem>,
}

struct InboxItem {
    room_id: String,
    to_seq: u64,
    count: u32,
    last: Option<InboxLast>,
}

struct InboxLast {
    sender_id: Option<String>,
    display_name: Option<String>,
}

struct AckRequest {
    items: Vec<AckItem>,
}

struct AckItem {
    room_id: String,
    seq: u64,
}

protocol::record!(Inbox { items = "items" });
protocol::record!(InboxItem { room_id = "roomId", to_seq = "toSeq", count = "count", last = "last" });
protocol::record!(InboxLast { sender_id = "senderId", display_name = "displayName" });
protocol::record!(AckRequest { items = "items" });
protocol::record!(AckItem { room_id = "roomId", seq = "seq" });

impl State {
    /// Returns `true` if a conversation is the open one.
    pub(super) fn is_current(&self, room: &str) -> bool {
        let current = self.session.current.get_untracked();
        current.is_some_and(|current| current.room.with_value(|id| id == room))
    }

    /// Handles new rows of other people: `missed` ones from the history, and live ones that `arrived`.
    pub(super) fn rows_came(&mut self, room: &str, missed: &[Row], arrived: &[Row]) {
        let Some(read_seq) = self.room(room).and_then(|open| open.read_seq) else { return };
        let is_being_read = self.is_being_read(room);
        let new = missed.iter().filter(|row| counts(row) && row.seq > Some(read_seq)).count();
        if new > 0 && self.session.banner.get_untracked() != Banner::Hidden {
            self.session.new_since_lost.update(|all| *all += new);
        }
        // Missed messages get the rule "new" even if they are read at once; messages that arrive while visible do not.
        if !is_being_read || missed.iter().any(|row| row.seq > Some(read_seq)) {
            self.recount(room);
        }
        if is_being_read {
            self.read_to_end(room);
        }
        if let Some(row) = arrived.last() {
            self.announce(room, row, self.is_current(room) && device::has_attention());
        }
    }

    /// Handles a log that was loaded for the first time, or has grown at its beginning.
    pub(super) fn log_loaded(&mut self, room: &str) {
        self.log_changed(room);
        let listed = self.listed_unread(room);
        let Some(open) = self.room_mut(room) else { return };
        if open.read_seq.is_none() {
            // This device has no read position: the messages that the server counted are unread, the others are read.
            open.read_seq = Some(seq_before_last(open.conversation, listed, u64::MAX));
            open.is_read_by_count = true;
        }
        self.recount(room);
        if self.is_being_read(room) {
            self.read_to_end(room);
        }
    }

    /// Corrects the read position by a later count of the server, for an event that the log already has. The log may have been loaded
    /// before the list contained that count.
    pub(super) fn counted_late(&mut self, room: &str, seq: u64, unread: u32) {
        let Some(open) = self.room_mut(room).filter(|open| open.is_read_by_count) else { return };
        if open.conversation.last_seq() < Some(seq) {
            // The room's own socket delivers the event, and it is counted then.
            return;
        }
        let read_seq = seq_before_last(open.conversation, unread, seq);
        if Some(read_seq) < open.read_seq {
            open.read_seq = Some(read_seq);
            self.recount(room);
        }
    }

    /// Handles a read position of any device.
    pub(super) fn was_read(&mut self, room: &str, seq: u64) {
        let is_known = |open: &&mut OpenRoom| open.read_seq < Some(seq) && open.unread_until < Some(seq);
        if self.room_mut(room).filter(is_known).is_none() {
            return;
        }
        self.may_be_read(room);
        let Some(open) = self.room_mut(room) else { return };
        let is_loaded = open.read_seq.replace(seq).is_some();
        open.is_read_by_count = false;
        self.persistence.save_read(room, seq);
        if is_loaded {
            self.recount(room);
        }
    }

    /// Marks messages from `seq` on as unread, on this device, until the conversation is opened again. The server's read position only
    /// grows.
    pub fn mark_unread(&mut self, room: &str, seq: u64) {
        let Some(open) = self.room_mut(room) else { return };
        let (before, until) = (seq.saturating_sub(1), open.conversation.last_seq());
        (open.read_seq, open.unread_until, open.is_read_by_count) = (Some(before), until, false);
        // The count restarts, so that the rule above the new rows moves as well.
        open.conversation.unread.set(0);
        self.persistence.save_read(room, before);
        self.persistence.save_unread_until(room, until);
        self.show_list();
        self.recount(room);
    }

    /// Ends the unread mark of an opened conversation.
    pub(super) fn may_be_read(&mut self, room: &str) {
        let held = self.room_mut(room).and_then(|open| open.unread_until.take());
        if held.is_some() {
            self.persistence.save_unread_until(room, None);
        }
    }

    /// Handles a report that the bottom of a log became visible or hidden.
    pub fn bottom_in_view(&mut self, room: &str, is_in_view: bool) {
        if let Some(open) = self.room_mut(room) {
            open.is_at_bottom = is_in_view;
        }
        if self.is_being_read(room) {
            self.read_to_end(room);
        }
    }

    /// Handles a page that became visible or focused, or another open conversation.
    pub(super) fn mark_current_viewed(&mut self) {
        let current = self.session.current.get_untracked().map(|current| current.room_id());
        if let Some(room) = current.filter(|room| self.is_being_read(room)) {
            self.read_to_end(&room);
        }
    }

    /// Marks a conversation as read when the person answers in it.
    pub(super) fn read_by_writing(&mut self, room: &str) {
        if self.is_current(room) && device::has_attention() {
            self.read_to_end(room);
        }
    }

    /// Tells the machines which conversation is open: only that one reports its read position (`messenger.md` 8).
    pub(super) fn report_viewed_room(&mut self) {
        for room in self.rooms.iter().map(|open| open.id.clone()).collect::<Vec<_>>() {
            let is_read = self.is_being_read(&room);
            if self.room(&room).is_some_and(|open| open.is_reported_read != is_read) {
                if let Some(open) = self.room_mut(&room) {
                    open.is_reported_read = is_read;
                }
                self.room_input(&room, Input::Looking(is_read));
            }
        }
    }

    fn is_being_read(&self, room: &str) -> bool {
        let is_at_bottom = self.room(room).is_some_and(|open| open.is_at_bottom);
        let is_locked = self.session.home.is_locked.get_untracked();
        is_at_bottom && self.is_current(room) && device::is_reading() && !is_locked
    }

    fn read_to_end(&mut self, room: &str) {
        let Some(open) = self.room_mut(room).filter(|open| open.read_seq.is_some()) else { return };
        let Some(last) = open.conversation.last_seq() else { return };
        open.is_read_by_count = false;
        if open.read_seq < Some(last) {
            open.read_seq = Some(last);
            self.persistence.save_read(room, last);
        }
        self.recount(room);
        self.ack_inbox(room, last);
    }

    /// Counts the unread rows of a conversation again. The first unread row gets the rule "new".
    pub(super) fn recount(&mut self, room: &str) {
        let Some(open) = self.room(room) else { return };
        let (conversation, Some(read_seq)) = (open.conversation, open.read_seq) else { return };
        let unread = conversation.rows.with_untracked(|rows| {
            let newest_first = rows.iter().rev().map(|handle| handle.row.with_untracked(|row| (row.seq, counts(row))));
            let unread = newest_first.take_while(|(seq, _)| seq.is_none_or(|seq| seq > read_seq));
            unread.filter(|(_, counts)| *counts).count() as u32
        });
        let before = conversation.unread.get_untracked();
        if before == 0 && unread > 0 {
            conversation.new_after.set(Some(read_seq));
            conversation.set_places(clock::day_of);
        }
        if unread > 0 {
            conversation.new_count.set(unread);
        }
        if before != unread {
            conversation.unread.set(unread);
        }
        self.set_listed_unread(room, unread);
    }

    // ---- List

    /// Returns `true` if a conversation counts its unread messages itself, by its read position. For all others, the server counts.
    pub(super) fn counts_unread(&self, room: &str) -> bool {
        self.room(room).is_some_and(|open| open.read_seq.is_some())
    }

    fn listed_unread(&self, room: &str) -> u32 {
        self.activity(room).map_or(0, |activity| activity.with_untracked(|activity| activity.unread))
    }

    /// Sets the unread count of a room, or of its person, in the list. A count that gets smaller was read or deleted, here or elsewhere.
    pub(super) fn set_listed_unread(&self, room: &str, unread: u32) {
        if unread < self.listed_unread(room) {
            notify::close(room);
        }
        self.change_listed(room, |activity| set_if_new(&mut activity.unread, unread));
    }

    /// Sets the draft of a room in the list, cut to the available space.
    pub(super) fn mark_draft(&self, Draft { room, content, .. }: &Draft) {
        let draft = content.chars().take(LINE_CHARS_MAX).collect();
        self.change_listed(room, |activity| set_if_new(&mut activity.draft, draft));
    }

    /// Returns what the list shows of a conversation that has a row there.
    fn activity(&self, room: &str) -> Option<RwSignal<Activity>> {
        Some(self.session.roster.member(room, self.partner_of(room).as_deref())?.activity())
    }

    /// Changes what the list shows of a conversation. The change reports whether it was one.
    fn change_listed(&self, room: &str, change: impl FnOnce(&mut Activity) -> bool) {
        if let Some(activity) = self.activity(room) {
            activity.maybe_update(change);
        }
    }

    /// Shows the last messages that an earlier page has stored.
    pub(super) fn restore_last_messages(&self) {
        for (room, last) in self.persistence.last_messages() {
            self.list_last(&room, &last);
        }
    }

    /// Shows the last message of an open conversation, once its log is loaded.
    pub(super) fn log_changed(&mut self, room: &str) {
        if let Some(conversation) = self.room(room).map(|open| open.conversation).filter(is_loaded) {
            let settings = self.stored_settings.message_settings;
            // A deletion that may still be taken back is a deletion here, too.
            let deleting = conversation.deleting.get_untracked();
            let last = conversation.rows.with_untracked(|rows| {
                let is_there = |row: &Row| !is_refused(row) && !deleting.contains(&row.id);
                let last = |row: &Row| LastMessage::of(row, settings).filter(|_| is_there(row));
                rows.iter().rev().find_map(|handle| handle.row.with_untracked(last))
            });
            self.show_last(room, last);
        }
    }

    /// Shows the last message of a conversation: that of the server, unless the log is loaded here.
    pub(super) fn last_came(&mut self, room: &str, row: Option<&Row>) {
        if self.room(room).is_some_and(|open| is_loaded(&open.conversation)) {
            return self.log_changed(room);
        }
        let settings = self.stored_settings.message_settings;
        self.show_last(room, row.and_then(|row| LastMessage::of(row, settings)));
    }

    fn show_last(&mut self, room: &str, last: Option<LastMessage>) {
        let last = last.unwrap_or_default();
        self.persistence.save_last(room, &last);
        self.list_last(room, &last);
    }

    fn list_last(&self, room: &str, last: &LastMessage) {
        self.change_listed(room, |activity| set_if_new(&mut activity.last, last.clone()));
    }

    // ---- Inbox

    /// Loads the entries that arrived while this person was away (`push.md` 1).
    pub(super) fn load_inbox(&mut self) {
        let caller = self.caller.clone();
        spawn_local(async move {
            // Without an answer the counts of the first page stay; the presence socket delivers later events.
            if let Ok(inbox) = fetch::get::<Inbox>("/api/inbox").await {
                caller.run(|state| state.inbox_came(inbox));
            }
        });
    }

    fn inbox_came(&mut self, inbox: Inbox) {
        for item in inbox.items {
            self.inbox_has(&item.room_id);
            let last = item.last.and_then(|last| last.sender_id.zip(last.display_name));
            if let (Some(partner), Some((sender, name))) = (self.partner_of(&item.room_id), last)
                && partner == sender
            {
                self.know_person(&partner, &name, false);
            }
            let read_seq = self.room(&item.room_id).map(|open| open.read_seq);
            // The read position in the list of rooms decides how many of them are unread.
            if read_seq.is_some_and(|read_seq| read_seq >= Some(item.to_seq)) {
                self.ack_inbox(&item.room_id, item.to_seq);
            }
        }
    }

    /// Records that the server has inbox entries of this room until they are read.
    pub(super) fn inbox_has(&mut self, room: &str) {
        self.inbox.get_or_default(room.to_owned());
    }

    fn ack_inbox(&mut self, room: &str, seq: u64) {
        let Some(acked) = self.inbox.get_mut(room).filter(|acked| **acked < seq) else { return };
        *acked = seq;
        let (csrf, room, caller) = (self.csrf.clone(), room.to_owned(), self.caller.clone());
        spawn_local(async move {
            let body = AckRequest { items: vec![AckItem { room_id: room.clone(), seq }] };
            let answer: Result<EmptyObject, CallError> = fetch::post("/api/inbox/ack", &csrf, &body).await;
            caller.run(move |state| state.inbox_acked(&room, seq, answer.is_ok()));
        });
    }

    fn inbox_acked(&mut self, room: &str, seq: u64, is_done: bool) {
        let Some(acked) = self.inbox.get_mut(room).filter(|acked| **acked == seq) else { return };
        if is_done {
            self.inbox.remove(room);
        } else {
            // The next read row tries again, and the server deletes entries by itself after a while.
            *acked = 0;
        }
    }
}

/// Returns `true` for a conversation whose log is loaded.
fn is_loaded(conversation: &Conversation) -> bool {
    conversation.older.get_untracked() != OlderRows::Unknown
}

/// Returns `true` for an own row that was refused for good: nobody has got it, so it is not the last message.
fn is_refused(row: &Row) -> bool {
    matches!(row.state, RowState::Failed { .. }) && !row.state.is_held()
}

/// Returns `true` for a row that counts as unread until it is seen. A deleted message does not count.
fn counts(row: &Row) -> bool {
    !row.is_own && !row.is_deleted && row.kind.is_message()
}

/// Returns the `seq` before the last `unread` rows of others up to `through`.
fn seq_before_last(conversation: Conversation, unread: u32, through: u64) -> u64 {
    conversation.rows.with_untracked(|rows| {
        let mut left = unread;
        let newest_first = rows.iter().rev().map(|handle| handle.row.with_untracked(|row| (row.seq, counts(row))));
        let mut newest_first = newest_first.skip_while(|(seq, _)| seq.is_none_or(|seq| seq > through));
        let read = newest_first.find_map(|(seq, counts)| {
            if left == 0 {
                return seq;
            }
            left -= u32::from(counts);
            None
        });
        read.unwrap_or(0)
    })
}
