//! Read positions and unread counts, and what the rows of the list say of conversations. A conversation counts as read only while the page
//! is visible and focused, the conversation is open, and the bottom of its log is visible (`ux.md` 2.1). A device on the stage needs no
//! focus. List, tab, title and icon show the same number.

use leptos::prelude::*;
use protocol::client::{Input, Row, RowState};
use protocol::people::draft::Draft;

use super::engine::State;
use super::open_room::OpenRoom;
use crate::browser::{clock, device, notify};
use crate::store::connection::Banner;
use crate::store::conversation::{Conversation, OlderRows};
use crate::store::roster::{Activity, LINE_CHARS_MAX, LastMessage, set_if_new};

impl State {
    /// Returns `true` if a conversation is the open one.
    pub(super) fn is_current(&self, room: &str) -> bool {
        let current = self.session.current.get_untracked();
        current.is_some_and(|current| current.room.with_value(|id| id == room))
    }

    /// Handles new rows of other people: `missed` ones from the history, and live ones that `arrived`.
    pub(super) fn rows_came(&mut self, room: &str, missed: &[Row], arrived: &[Row]) {
        let Some(open) = self.room(room) else { return };
        let (read_seq, is_looked_at) = (open.read_seq, open.client.is_looked_at());
        let is_unread = |row: &&Row| read_seq.is_some() && row.seq > read_seq;
        let new = missed.iter().filter(is_unread).filter(|row| counts(row)).count();
        if new > 0 && self.session.banner.get_untracked() != Banner::Hidden {
            self.session.new_since_lost.update(|all| *all += new);
        }
        // Missed messages get the rule "new" even if they are read at once; messages that arrive while visible do not.
        if !is_looked_at || missed.iter().any(|row| is_unread(&row)) {
            self.recount(room);
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
            open.is_read_by_count = !open.client.is_looked_at();
        }
        self.recount(room);
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

    /// Handles a read position of this or another device.
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
    }

    /// Marks a conversation as read when the person answers in it.
    pub(super) fn read_by_writing(&mut self, room: &str) {
        if self.is_current(room) && device::has_attention() {
            self.look(room, true);
        }
    }

    /// Tells the machines which conversation is being read, after every job. The machine reports to the room how far (`messenger.md` 8), and
    /// says it here ([`State::was_read`]).
    pub(super) fn report_viewed_room(&mut self) {
        for room in self.rooms.iter().map(|open| open.id.clone()).collect::<Vec<_>>() {
            self.look(&room, self.is_being_read(&room));
        }
    }

    fn look(&mut self, room: &str, is_looked_at: bool) {
        let Some(open) = self.room_mut(room).filter(|open| open.client.is_looked_at() != is_looked_at) else { return };
        open.is_read_by_count &= !is_looked_at;
        self.room_input(room, Input::Looking(is_looked_at));
    }

    fn is_being_read(&self, room: &str) -> bool {
        let is_at_bottom = self.room(room).is_some_and(|open| open.is_at_bottom);
        let is_locked = self.session.home.is_locked.get_untracked();
        is_at_bottom && self.is_current(room) && device::is_reading() && !is_locked
    }

    /// Counts the unread rows of a conversation again. The first unread row gets the rule "new".
    pub(super) fn recount(&mut self, room: &str) {
        let Some(open) = self.room(room) else { return };
        let (conversation, Some(read_seq)) = (open.conversation, open.read_seq) else { return };
        let unread: Vec<u64> = conversation.rows.with_untracked(|rows| {
            let newest_first = rows.iter().rev().map(|handle| handle.row.with_untracked(|row| (row.seq, counts(row))));
            let unread = newest_first.take_while(|(seq, _)| seq.is_none_or(|seq| seq > read_seq));
            unread.filter(|(_, counts)| *counts).filter_map(|(seq, _)| seq).collect()
        });
        let before = conversation.unread.get_untracked();
        if let (0, Some(first)) = (before, unread.last()) {
            // Own messages after the read position stay above the rule.
            conversation.new_after.set(Some(first - 1));
            conversation.set_places(clock::day_of);
        }
        let unread = unread.len() as u32;
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

#[cfg(test)]
mod tests {
    use protocol::client::{RoomClient, Saved, SavedCursor};

    use super::*;
    use crate::session::engine::on_page;

    const ROOM: &str = "general";

    fn said(seq: u64, by: &str) -> String {
        format!(
            r#"{{"type":"chat","roomId":"{ROOM}","seq":{seq},"id":"m{seq}","senderId":"{by}","displayName":"N","timestamp":{seq},"content":"c"}}"#
        )
    }

    fn comes(state: &mut State, frame: String) {
        state.room_input(ROOM, Input::Text(frame));
    }

    /// Connects the open room to a log with three messages of another person.
    fn connected(state: &mut State, rest: &str) {
        state.room_input(ROOM, Input::Open);
        state.room_input(ROOM, Input::SocketOpened);
        comes(state, format!(r#"{{"type":"welcome","epoch":"e","head":3,"oldest":1,"timestamp":0,{rest}}}"#));
    }

    /// Opens the room, in which the first of the three messages was read.
    fn begun(state: &mut State) {
        state.open_conversation(ROOM);
        connected(state, r#""resumed":false,"receipts":{"user_1":{"deliveredSeq":3,"readSeq":1}}"#);
        let messages = [1, 2, 3].map(|seq| said(seq, "user_2")).join(",");
        let page = r#""head":3,"next":3,"more":false,"epoch":"e""#;
        comes(state, format!(r#"{{"type":"history","messages":[{messages}],{page}}}"#));
    }

    /// Returns the number of unread messages, the position of the rule above them, and the stored read position.
    fn seen(state: &State) -> (u32, Option<u64>, Option<u64>) {
        let conversation = state.room(ROOM).expect("it is open").conversation;
        (conversation.unread.get_untracked(), conversation.new_after.get_untracked(), state.persistence.read_seq(ROOM))
    }

    #[test]
    fn a_conversation_is_read_by_a_look_and_while_it_is_looked_at() {
        on_page(|state| {
            begun(state);
            assert_eq!(seen(state), (2, Some(1), Some(1)));
            state.look(ROOM, true);
            assert_eq!(seen(state), (0, Some(1), Some(3)));
            comes(state, said(4, "user_2"));
            assert_eq!(seen(state), (0, Some(1), Some(4)), "without a rule");
            state.look(ROOM, false);
            comes(state, said(5, "user_1"));
            comes(state, said(6, "user_2"));
            assert_eq!(seen(state), (1, Some(5), Some(4)), "the rule is below the own message");
        });
    }

    #[test]
    fn a_mark_as_unread_stays_until_the_conversation_is_opened_again() {
        on_page(|state| {
            begun(state);
            state.look(ROOM, true);
            state.mark_unread(ROOM, 2);
            state.look(ROOM, false);
            comes(state, r#"{"type":"delivery_status","senderId":"user_1","upToSeq":3,"status":"read"}"#.to_owned());
            assert_eq!(seen(state), (2, Some(1), Some(1)));
            state.open_conversation(ROOM);
            state.look(ROOM, true);
            assert_eq!(seen(state), (0, Some(1), Some(3)));
        });
    }

    #[test]
    fn what_another_device_has_read_is_read_here() {
        on_page(|state| {
            begun(state);
            comes(state, r#"{"type":"delivery_status","senderId":"user_1","upToSeq":3,"status":"read"}"#.to_owned());
            assert_eq!(seen(state), (0, Some(1), Some(3)));
        });
    }

    #[test]
    fn a_live_message_is_announced_although_it_is_not_known_how_far_was_read() {
        on_page(|state| {
            state.open_conversation(ROOM);
            state.show_list();
            let cursor = Some(SavedCursor { epoch: "e".to_owned(), seq: 3, oldest: 1, first: 1 });
            let client = RoomClient::new(ROOM, "user_1", Saved { cursor, outbox: Vec::new() }, 0);
            state.room_mut(ROOM).expect("it is open").client = client;
            connected(state, r#""resumed":true"#);
            comes(state, said(4, "user_2"));
            assert_eq!(state.room(ROOM).map(|open| open.read_seq), Some(None));
            let announced = state.session.toasts.pending.get_untracked();
            assert_eq!(announced.into_iter().map(|event| event.message).collect::<Vec<_>>(), ["m4"]);
        });
    }
}
