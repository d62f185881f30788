//! One open conversation: its machine, its socket, and its rows. This file is the only writer of `store::conversation`.
//!
//! `attention` has the rule of reading, `effects` has motion and sounds.

use leptos::prelude::*;
use protocol::client::{
    ConnectionState, Effect, Input, MessageChange, MessageChangeKind, OutboxEntry, RoomClient, Row, RowState, Saved,
    Show, may_stay_cached,
};
use protocol::content::kinds::EffectKind;
use protocol::people::draft::Draft;
use protocol::words::event::{Kind, Millis};
use protocol::words::limits::{DELETION_UNDO_MS, MESSAGE_UNDO_MS};

use super::deferred_tasks::{DraftEvent, HomeEvent};
use super::engine::State;
use super::local_persistence::PAGE_AFTER_MS;
use super::open_room::{Jump, OpenRoom};
use super::seconds::seconds_left;
use crate::browser::socket::Socket;
use crate::browser::{SocketEvent, clock, dom, notify};
use crate::store::chat_preferences::ChatPreferences;
use crate::store::conversation::{Conversation, OlderRows, Typist};
use crate::store::groups::is_group;
use crate::store::roster::set_if_new;
use crate::store::shown_words::shown_words;

/// Number of pages that are searched for a message of unknown position.
const JUMP_PAGES_MAX: u32 = 10;

impl State {
    /// Returns the open conversation of a room.
    pub(super) fn room(&self, room: &str) -> Option<&OpenRoom> {
        self.rooms.iter().find(|open| open.id == room)
    }

    pub(super) fn room_mut(&mut self, room: &str) -> Option<&mut OpenRoom> {
        self.rooms.iter_mut().find(|open| open.id == room)
    }

    /// Opens a conversation with its stored data. `is_there`: the room is known to exist and is connected to.
    pub(super) fn begin_room(&mut self, id: &str, conversation: Conversation, is_there: bool) {
        let page = self.persistence.page(id);
        let outbox = self.persistence.unsent(id);
        let saved = Saved { cursor: page.as_ref().map(|page| page.cursor.clone()), outbox };
        let client = RoomClient::new(id, &self.own_id, saved, clock::random_seed());
        conversation.preferences.set(self.persistence.chat_preferences(id));
        conversation.known_name.set(self.persistence.name(id));
        let read_seq = self.persistence.read_seq(id);
        let unread_until = self.persistence.unread_until(id);
        self.rooms.push(OpenRoom { unread_until, ..OpenRoom::new(id, conversation, client, read_seq) });
        if let Some(page) = page {
            conversation.older.set(if page.cursor.has_older() { OlderRows::More } else { OlderRows::Start });
            put_rows(conversation, page.rows);
            if let Some(open) = self.room_mut(id) {
                open.cursor = Some(page.cursor);
            }
        }
        self.restore_draft(id);
        self.hold_muted(id);
        if let Some(row) = self.session.roster.room(id).filter(|_| is_group(id)) {
            self.note_name(id, &row.with_untracked(|row| row.name.clone()));
        }
        if is_there {
            self.room_input(id, Input::Open);
        }
    }

    /// Closes a conversation; unsent messages stay stored.
    pub(super) fn end_room(&mut self, id: &str) {
        self.finish_deletion(id);
        self.save_room(id);
        self.room_input(id, Input::Close);
        self.rooms.retain(|open| open.id != id);
    }

    /// Passes an input to the machine of a room and carries out its effects.
    pub(super) fn room_input(&mut self, room: &str, input: Input) {
        // Another person is signed in, so inputs of the page are dropped.
        if self.is_elsewhere && matches!(input, Input::Open | Input::Post(_) | Input::Retry { .. }) {
            return;
        }
        let Some(open) = self.room_mut(room) else { return };
        let effects = open.client.handle(clock::now_ms(), input);
        // A page of history has a hundred rows: they are added to the log at once.
        let mut rows = Vec::new();
        for effect in effects {
            match effect {
                Effect::Show(show) => match *show {
                    Show::Row(row) => rows.push(row),
                    show => {
                        self.show_rows(room, std::mem::take(&mut rows));
                        self.show_in_room(room, show);
                    }
                },
                other => {
                    self.show_rows(room, std::mem::take(&mut rows));
                    self.room_effect(room, other);
                }
            }
        }
        self.show_rows(room, rows);
    }

    fn room_effect(&mut self, room: &str, effect: Effect) {
        match effect {
            Effect::Connect { url_query } => self.connect_room(room, &url_query),
            Effect::Send(text) => {
                if let Some(socket) = self.room(room).and_then(|open| open.socket.as_ref()) {
                    socket.send(&text);
                }
            }
            Effect::Disconnect { code } => {
                if let Some(socket) = self.room_mut(room).and_then(|open| open.socket.take()) {
                    socket.close(code);
                }
            }
            Effect::Save(entry) => self.persistence.save_entry(room, &entry),
            Effect::Forget { id } => self.persistence.forget_entry(&id),
            Effect::SaveCursor(cursor) => {
                if let Some(open) = self.room_mut(room) {
                    open.cursor = Some(cursor);
                    open.page_due.get_or_insert(clock::now_ms() + PAGE_AFTER_MS);
                }
                self.go_on_jumping(room);
            }
            Effect::Show(show) => self.show_in_room(room, *show),
        }
    }

    fn connect_room(&mut self, room: &str, url_query: &str) {
        let caller = self.caller.clone();
        let Some(open) = self.room_mut(room) else { return };
        open.generation += 1;
        let generation = open.generation;
        let (id, notify) = (room.to_owned(), caller.clone());
        open.socket = Socket::open(&format!("/api/ws/room/{room}?{url_query}"), move |event| {
            let id = id.clone();
            notify.run(move |state| state.room_event(&id, generation, event));
        });
        if open.socket.is_none() {
            let (id, closed) = (room.to_owned(), SocketEvent::Closed { code: 1006, reason: String::new() });
            caller.run(move |state| state.room_event(&id, generation, closed));
        }
    }

    fn room_event(&mut self, room: &str, generation: u32, event: SocketEvent) {
        if self.room(room).is_none_or(|open| open.generation != generation) {
            return;
        }
        match event {
            SocketEvent::Opened => self.room_input(room, Input::SocketOpened),
            SocketEvent::Text(text) => self.room_input(room, Input::Text(text)),
            SocketEvent::Closed { code, reason } => {
                if let Some(open) = self.room_mut(room) {
                    open.socket = None;
                }
                self.room_input(room, Input::SocketClosed { code, reason });
            }
        }
    }

    /// Deletes the stored data of a conversation with a former contact that is not open. The person may be deleted, and no socket of the
    /// conversation reports that.
    pub(super) fn forget_unopened_with(&mut self, user: &str) {
        if let Some(room) = self.room_with(user).filter(|room| self.room(room).is_none()) {
            self.persistence.forget_page(&room);
        }
    }

    /// Deletes the same for all people who stopped being contacts while this page was closed, once the contacts are loaded.
    pub(super) fn forget_unopened_with_others(&mut self, is_contact: impl Fn(&str) -> bool) {
        for room in self.persistence.rooms_with_page() {
            if self.room(&room).is_none() && !may_stay_cached(&room, &self.own_id, &is_contact) {
                self.persistence.forget_page(&room);
            }
        }
    }

    // ---- Rows

    fn show_rows(&mut self, room: &str, rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let by_others = rows.iter().filter(|row| !row.is_own && conversation.find(&row.id).is_none());
        let (missed, arrived): (Vec<Row>, Vec<Row>) = by_others.cloned().partition(|row| row.is_replay);
        self.group_rows_came(room, &rows);
        rows.iter().for_each(|row| self.end_hold(room, row));
        let edited = conversation.edits.with_untracked(|edits| edits.keys().cloned().collect::<Vec<_>>());
        let is_gone = |id: &&String| rows.iter().any(|row| row.is_deleted && row.id == **id);
        let gone: Vec<String> = edited.iter().filter(is_gone).cloned().collect();
        put_rows(conversation, rows);
        gone.iter().for_each(|id| self.end_edit_of(room, id));
        self.rows_came(room, &missed, &arrived);
        self.page_changed(room);
    }

    /// Handles changed or deleted rows: deleted messages are no longer unread.
    pub(super) fn rows_changed(&mut self, room: &str) {
        self.recount(room);
        self.page_changed(room);
    }

    pub(super) fn show_in_room(&mut self, room: &str, show: Show) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        match show {
            Show::Row(row) => {
                self.end_hold(room, &row);
                self.show_rows(room, vec![row]);
            }
            Show::State { id, state } => {
                conversation.set_state(&id, state);
                self.page_changed(room);
            }
            Show::Gone { id } => {
                conversation.remove(&id, clock::day_of);
                self.rows_changed(room);
                self.end_edit_of(room, &id);
            }
            Show::Changed(changed) => self.message_changed(room, conversation, &changed),
            Show::EditRefused { message, content } => self.edit_came_back(room, &message, content),
            Show::Departed(departed) => {
                conversation.part_with(&departed);
                self.rows_changed(room);
            }
            Show::OwnRead { seq } => self.was_read(room, seq),
            Show::Reach { delivered, read } => conversation.reach.set((delivered, read)),
            Show::Older { rows, more } => {
                self.show_rows(room, rows);
                conversation.older.set(if more { OlderRows::More } else { OlderRows::Start });
                self.log_loaded(room);
                self.go_on_jumping(room);
            }
            Show::Reset => {
                conversation.clear_confirmed();
                self.persistence.forget_page(room);
            }
            Show::Pinned(pinned) => self.show_pinned(room, pinned.map(|it| *it)),
            Show::Typing { user, name, is_typing } => show_typing(conversation, user, name, is_typing),
            Show::Participants(all) => conversation.participants.set(all),
            Show::Here(here) => {
                conversation.people_here.set(here as usize);
                if let Some(row) = self.session.roster.room(room) {
                    row.maybe_update(|row| set_if_new(&mut row.here, Some(here)));
                }
            }
            Show::ParticipantsDelta { joined, left } => {
                conversation.participants.update(|all| {
                    all.retain(|one| !left.contains(&one.user) && !joined.iter().any(|other| other.user == one.user));
                    all.extend(joined);
                });
            }
            Show::Waiting(count) => conversation.waiting.set(count),
            Show::Commands(commands) => conversation.commands.set(commands),
            Show::GroupChanged => self.group_has_changed(room),
            Show::Nudge { id, user, shakes, .. } => self.play_nudge(room, &id, &user, shakes),
            Show::Wink { row, start_at_local_ms, .. } => self.play_wink(room, &row, start_at_local_ms),
            Show::SomebodyElse => self.somebody_else(),
            Show::Connection(ConnectionState::Ended(code)) => self.room_ended(room, code),
            Show::Connection(ConnectionState::Live) => {
                conversation.closed.set(None);
                self.room_mut(room).into_iter().for_each(|open| open.said_from = 0);
            }
            Show::Connection(_) => {}
            Show::Refused { code, retry_after_ms, what, .. } => self.room_refused(room, &code, retry_after_ms, what),
            Show::Session { expires_at } => self.session_slid(expires_at),
            Show::SessionEnding { expires_in_ms } => self.session_ending(expires_in_ms),
            Show::ClockOffset(ms) => clock::note_server_ahead(ms),
        }
    }

    /// Handles an edit, a deletion or a reaction.
    fn message_changed(&mut self, room: &str, conversation: Conversation, changed: &MessageChange) {
        let row = conversation.find(&changed.message).map(|handle| handle.row);
        if row.is_some_and(|row| row.with_untracked(|row| row.is_taken_back_by(changed))) {
            return self.show_in_room(room, Show::Gone { id: changed.message.clone() });
        }
        let before = self.words_of(conversation, &changed.message);
        conversation.change(changed);
        let now = self.words_of(conversation, &changed.message);
        if let Some((_, now)) = before.zip(now).filter(|(before, now)| before != now) {
            let seq = conversation.find(&changed.message).and_then(|handle| handle.row.with_untracked(|row| row.seq));
            notify::reword(room, &changed.message, seq, &now);
        }
        self.rows_changed(room);
        if changed.what == MessageChangeKind::Deleted {
            self.end_edit_of(room, &changed.message);
        }
    }

    /// Returns the text of a message, as notifications have it.
    fn words_of(&self, conversation: Conversation, message: &str) -> Option<String> {
        let kind = conversation.find(message)?.row.with_untracked(|row| (!row.is_deleted).then(|| row.kind.clone()))?;
        Some(shown_words(&kind, self.stored_settings.message_settings))
    }

    /// Handles a refusal in a room: a nudge or wink shows the time to wait, a chat message waits by itself.
    fn room_refused(&mut self, room: &str, code: &str, retry_after_ms: Option<Millis>, what: Option<Kind>) {
        if let (Some(open), Some(Kind::Delete)) = (self.room(room), what) {
            // Messages whose deletion may have been refused are shown again.
            let Conversation { just_deleted, deleting, .. } = open.conversation;
            deleting.set(just_deleted.get_untracked().into_iter().collect());
            self.log_changed(room);
        }
        let is_limited = matches!(code, "RATE_LIMITED" | "OVERLOADED");
        let has_words = what.is_some_and(Kind::has_words);
        // The bar over the log says what holds a message back. A nudge or a wink that is too fast has its own wait.
        if (!is_limited || has_words) && self.hold(room, code, retry_after_ms) {
            if !has_words {
                self.show_refusal(code, retry_after_ms);
            }
            return;
        }
        let free_at = retry_after_ms.map(|ms| clock::now_ms() + ms);
        if let (Some(open), Some(_)) = (self.room_mut(room), free_at) {
            match what.and_then(Kind::effect) {
                Some(EffectKind::Nudge) => open.nudge_free_at = free_at,
                Some(EffectKind::Wink) => open.wink_free_at = free_at,
                None => {}
            }
            return self.show_waits(room);
        }
        // The row of a failed chat message shows the error; other kinds have no row. A rule needs more words than a row has.
        let is_ruled = matches!(code, "REFUSED_BY_RULE" | "HELD");
        if (!has_words || is_ruled) && code != "NOT_SUPPORTED" {
            self.show_refusal(code, retry_after_ms);
        }
    }

    fn show_waits(&mut self, room: &str) {
        let now = clock::now_ms();
        let Some(open) = self.room_mut(room) else { return };
        open.nudge_free_at = open.nudge_free_at.filter(|at| *at > now);
        open.wink_free_at = open.wink_free_at.filter(|at| *at > now);
        open.conversation.nudge_wait_s.set(open.nudge_free_at.map_or(0, |at| seconds_left(now, at)));
        open.conversation.wink_wait_s.set(open.wink_free_at.map_or(0, |at| seconds_left(now, at)));
    }

    // ---- Time and storage

    /// Carries out the due work of all rooms.
    pub(super) fn rooms_time(&mut self, now: Millis) {
        let due = self.rooms.iter().filter(|open| open.wake_at().is_some_and(|at| at <= now));
        for room in due.map(|open| open.id.clone()).collect::<Vec<_>>() {
            self.room_input(&room, Input::Time);
        }
        for room in self.room_ids() {
            let Some(open) = self.room(&room) else { continue };
            let is_page_due = open.page_due.is_some_and(|at| at <= now);
            let is_draft_due = open.draft_due.is_some_and(|due_at| due_at <= now);
            let is_deletion_due = open.deletion_due.is_some_and(|due_at| due_at <= now);
            let is_waiting = open.nudge_free_at.is_some() || open.wink_free_at.is_some();
            if is_page_due || is_draft_due {
                self.save_room(&room);
            }
            if is_deletion_due {
                self.finish_deletion(&room);
            }
            if is_waiting {
                self.show_waits(&room);
            }
            if let Some(open) = self.room_mut(&room).filter(|open| open.hold_ends_at.is_some_and(|at| at <= now)) {
                open.hold(None);
            }
        }
    }

    /// Schedules the storage of the end of a log, if there is one.
    pub(super) fn page_changed(&mut self, room: &str) {
        self.log_changed(room);
        if let Some(open) = self.room_mut(room).filter(|open| open.cursor.is_some()) {
            open.page_due.get_or_insert(clock::now_ms() + PAGE_AFTER_MS);
        }
    }

    /// Stores the pending changes of a room now.
    pub(super) fn save_room(&mut self, room: &str) {
        let Some(open) = self.room_mut(room) else { return };
        let page = open.page_due.take().and_then(|_| open.cached_page());
        let draft = open.draft_due.take().map(|_| open.conversation.draft.get_untracked());
        if let Some(page) = page {
            self.persistence.save_page(room, &page);
        }
        if let Some(draft) = draft {
            self.persistence.save_draft(&draft);
            self.mark_draft(&draft);
        }
    }

    // ---- Commands

    /// Sends a message; its row is on the page before this returns.
    pub fn say(&mut self, room: &str, content: &str, attached: &str) {
        // A text that is sent after the page stopped stays in the composer.
        if self.is_elsewhere || attached.is_empty() && protocol::content::text::check_content(content).is_err() {
            return;
        }
        self.finish_deletion(room);
        let name = self.session.me.with_untracked(|me| me.display_name.clone());
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        // A message with files was handed over before an edit that has begun since.
        let is_handed_over = conversation.handed_over.with_untracked(Option::is_some);
        let edited = conversation.edited().filter(|_| !is_handed_over);
        let (id, now) = (clock::new_id(), clock::now_ms());
        let entry = match &edited {
            Some(message) => OutboxEntry::edit(&id, message, content, now),
            None => {
                let reply_to = conversation.draft.with_untracked(|draft| draft.reply_to.clone());
                let entry = OutboxEntry::chat(&id, content, reply_to.as_deref(), &name, now);
                self.in_own_emoticons(entry, content).with(attached)
            }
        };
        self.room_input(room, Input::Post(entry));
        if self.stored_settings.has_sent_sound {
            self.play_sound("message-sent");
        }
        // An edit is no new message: the draft of the new message stays.
        if let Some(message) = &edited {
            self.keep_edit(room, message, "");
            return conversation.go_back_to_draft();
        }
        self.said_in(room);
        let none = Draft { room: room.to_owned(), at: now, ..Draft::default() };
        if let Some(open) = self.room_mut(room) {
            open.draft_due = None;
        }
        conversation.draft.set(none.clone());
        if conversation.edited().is_none() {
            conversation.go_back_to_draft();
        }
        if attached.is_empty() {
            offer_undo(conversation, id);
        }
        // The draft is cleared with the message, not later: a page that closes now must not restore a sent text.
        self.persistence.save_draft(&none);
        self.mark_draft(&none);
        self.dispatch_draft_event(DraftEvent::Written { room: room.to_owned(), is_empty: true, now });
        self.dispatch_draft_event(DraftEvent::Send(room.to_owned()));
        self.read_by_writing(room);
    }

    /// Scrolls to the end after an own message.
    fn said_in(&self, room: &str) {
        if let Some(open) = self.room(room) {
            open.conversation.stop_jumping();
            open.conversation.said.update(|said| *said += 1);
        }
    }

    /// Forwards a message to a person or room. Its conversation was opened before. The mode of the composer stays.
    pub fn forward(&mut self, id: &str, is_person: bool, content: &str) {
        let room = if is_person { self.room_with(id) } else { Some(id.to_owned()) };
        let Some(room) = room else { return };
        let name = self.session.me.with_untracked(|me| me.display_name.clone());
        let entry = OutboxEntry::chat(&clock::new_id(), content, None, &name, clock::now_ms());
        let entry = self.in_own_emoticons(entry, content);
        self.room_input(&room, Input::Post(entry));
    }

    /// Adds the person's font to the message, and the own emoticons that its text contains.
    fn in_own_emoticons(&self, entry: OutboxEntry, content: &str) -> OutboxEntry {
        let own = self.session.emoticons;
        let member = own.member.get_value().map(|member| member(own, content)).unwrap_or_default();
        entry.in_font(self.stored_settings.message_settings.font).with(&member)
    }

    /// Sets the chat preferences of a conversation.
    pub fn set_chat_preferences(&mut self, room: &str, preferences: ChatPreferences) {
        if let Some(open) = self.room(room) {
            open.conversation.preferences.set(preferences);
        }
        self.persistence.save_chat_preferences(room, preferences);
        self.dispatch_home_event(HomeEvent::Changed);
    }

    pub fn react(&mut self, room: &str, message: &str, reaction: &str, is_there: bool) {
        let entry = OutboxEntry::react(&clock::new_id(), message, reaction, is_there, clock::now_ms());
        self.room_input(room, Input::Post(entry));
    }

    /// Deletes a message for this person, or for all. The page shows the deletion, and for a moment the person may take it back
    /// (`ux.md` 2.9).
    pub fn delete(&mut self, room: &str, message: &str, for_all: bool) {
        self.finish_deletion(room);
        let Some(open) = self.room_mut(room) else { return };
        let conversation = open.conversation;
        (open.deletion_due, open.deletes_for_all) = (Some(clock::now_ms() + DELETION_UNDO_MS), for_all);
        conversation.just_sent.set(None);
        conversation.deleting.update(|deleting| deleting.push(message.to_owned()));
        conversation.just_deleted.set(Some(message.to_owned()));
        self.log_changed(room);
    }

    fn send_deletion(&mut self, room: &str, message: &str, for_all: bool) {
        let entry = OutboxEntry::delete(&clock::new_id(), message, for_all, clock::now_ms());
        self.room_input(room, Input::Post(entry));
    }

    /// Shows the message again whose deletion was not sent yet, and does not send it.
    pub fn undo_deletion(&mut self, room: &str) {
        if let Some((conversation, message, _)) = self.take_deletion(room) {
            conversation.deleting.update(|deleting| deleting.retain(|id| *id != message));
            self.log_changed(room);
        }
    }

    /// Sends the deletion that may still be taken back. The message may be deleted by now, from another device or by a moderator.
    pub(super) fn finish_deletion(&mut self, room: &str) {
        let Some((conversation, message, for_all)) = self.take_deletion(room) else { return };
        let handle = conversation.find(&message);
        if handle.is_some_and(|handle| handle.row.with_untracked(|row| !row.is_deleted)) {
            self.send_deletion(room, &message, for_all);
        }
    }

    fn take_deletion(&mut self, room: &str) -> Option<(Conversation, String, bool)> {
        let open = self.room_mut(room)?;
        open.deletion_due.take()?;
        let (conversation, for_all) = (open.conversation, open.deletes_for_all);
        let message = conversation.just_deleted.get_untracked()?;
        conversation.just_deleted.set(None);
        Some((conversation, message, for_all))
    }

    /// Takes an own message back: one that was never sent is discarded, any other is deleted for all.
    pub fn take_back(&mut self, room: &str, message: &str) {
        if self.room(room).is_some_and(|open| open.client.is_unsent(message)) {
            self.discard(room, message);
        } else {
            self.send_deletion(room, message, true);
        }
    }

    /// Scrolls to a message, and loads its page if necessary. An empty id stands for the message at `seq`.
    pub fn jump(&mut self, room: &str, message: &str, seq: Option<u64>) {
        let Some(open) = self.room_mut(room) else { return };
        let conversation = open.conversation;
        conversation.jump_to.set(Some(message.to_owned()));
        open.jump = seq.map_or(Jump::Back(JUMP_PAGES_MAX), Jump::To);
        if let Some(seq) = seq.filter(|_| conversation.find(message).is_none()) {
            self.room_input(room, Input::LoadTo(seq));
        }
        self.go_on_jumping(room);
    }

    /// Continues the search for a message that is to be scrolled to: loads an earlier page, or reports that the message is missing.
    fn go_on_jumping(&mut self, room: &str) {
        let Some(open) = self.room_mut(room) else { return };
        let conversation = open.conversation;
        let wanted = conversation.jump_to.get_untracked();
        // An address names the position of a message, and no id.
        if let (Some(""), Jump::To(seq)) = (wanted.as_deref(), &open.jump)
            && let Some(id) = conversation.id_at(*seq)
        {
            return conversation.jump_to.set(Some(id));
        }
        if wanted.is_none_or(|id| conversation.find(&id).is_some()) {
            return;
        }
        let older = conversation.older.get_untracked();
        let is_over = match &mut open.jump {
            _ if conversation.closed.get_untracked().is_some() => true,
            _ if older == OlderRows::Unknown => false,
            // Events that are newer than the cursor arrive with the room's welcome.
            Jump::To(seq) => open
                .cursor
                .as_ref()
                .is_some_and(|cursor| cursor.seq >= *seq && (cursor.oldest <= *seq || older == OlderRows::Start)),
            _ if older == OlderRows::Start => true,
            Jump::Back(0) => true,
            Jump::Back(pages) => {
                *pages -= u32::from(older == OlderRows::More);
                self.load_older(room);
                false
            }
        };
        if is_over {
            conversation.stop_jumping();
            self.show_refusal("MESSAGE_GONE", None);
        }
    }

    pub fn nudge(&mut self, room: &str) {
        let name = self.session.me.with_untracked(|me| me.display_name.clone());
        let is_free = self.room(room).is_some_and(|open| open.nudge_free_at.is_none());
        if is_free {
            self.room_input(room, Input::Post(OutboxEntry::nudge(&clock::new_id(), &name, clock::now_ms())));
            self.said_in(room);
        }
    }

    pub fn wink(&mut self, room: &str, wink_id: &str) {
        let name = self.session.me.with_untracked(|me| me.display_name.clone());
        let is_free = self.room(room).is_some_and(|open| open.wink_free_at.is_none());
        if is_free && protocol::words::winks::find(wink_id).is_some() {
            self.room_input(room, Input::Post(OutboxEntry::wink(&clock::new_id(), wink_id, &name, clock::now_ms())));
            self.said_in(room);
        }
    }

    pub fn load_older(&mut self, room: &str) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let is_closed = conversation.closed.get_untracked().is_some();
        if conversation.older.get_untracked() == OlderRows::More && !is_closed {
            conversation.older.set(OlderRows::Loading);
            self.room_input(room, Input::LoadOlder);
        }
    }

    /// Loads more of the people who are here.
    pub fn load_people(&mut self, room: &str) {
        self.room_input(room, Input::LoadPeople);
    }

    /// Sends a failed row again.
    pub fn retry(&mut self, room: &str, id: &str) {
        self.room_input(room, Input::Retry { id: id.to_owned() });
    }

    /// Discards a failed row.
    pub fn discard(&mut self, room: &str, id: &str) {
        let conversation = self.room(room).map(|open| open.conversation);
        let state =
            conversation.and_then(|it| it.find(id)).map(|handle| handle.row.with_untracked(|row| row.state.clone()));
        let Some(state) = state.filter(|state| *state != RowState::Sent) else { return };
        self.room_input(room, Input::Discard { id: id.to_owned() });
        if state.is_held() {
            // A moderator could still publish it (`moderation.md` 8.1).
            self.send_deletion(room, id, true);
        }
    }

    /// Handles a held message that a moderator has dropped (`moderation.md` 8.2).
    pub(super) fn message_dropped(&mut self, room: &str, id: &str) {
        if self.room(room).is_some() {
            self.room_input(room, Input::Dropped { id: id.to_owned() });
        } else {
            let saved = self.persistence.unsent(room).into_iter().find(|entry| entry.id == id);
            if let Some(dropped) = saved.and_then(OutboxEntry::dropped) {
                self.persistence.save_entry(room, &dropped);
            }
        }
        self.show_refusal("TOLD_DROP", None);
    }
}

/// Lets the person take a sent message back for a moment.
fn offer_undo(conversation: Conversation, id: String) {
    conversation.just_sent.set(Some(id.clone()));
    dom::after(MESSAGE_UNDO_MS, move || {
        // The conversation may be closed by now, or another message sent.
        if conversation.just_sent.try_get_untracked().flatten() == Some(id) {
            conversation.just_sent.set(None);
        }
    });
}

/// Adds rows to the log. Coming and going of people is presence, and no line of a log (`ux.md` 1.3).
fn put_rows(conversation: Conversation, mut rows: Vec<Row>) {
    rows.retain(|row| !row.kind.is_presence());
    let last_by_others = rows.iter().filter(|row| !row.is_own && !row.kind.is_blocked()).map(|row| row.at).max();
    if last_by_others > conversation.last_message_at.get_untracked() {
        conversation.last_message_at.set(last_by_others);
    }
    conversation.put(rows, clock::day_of);
}

fn show_typing(conversation: Conversation, user: String, name: String, is_typing: bool) {
    let is_known = conversation.typing.with_untracked(|all| all.iter().any(|typist| typist.user == user));
    match (is_typing, is_known) {
        (true, false) => conversation.typing.update(|all| all.push(Typist { user, name })),
        (false, true) => conversation.typing.update(|all| all.retain(|typist| typist.user != user)),
        (true, true) | (false, false) => {}
    }
}

#[cfg(test)]
mod tests {
    use protocol::client::RowKind;
    use protocol::words::limits::MESSAGE_TAKEN_BACK_MS;

    use super::*;
    use crate::session::engine::on_page;
    use crate::store::roster::RosterRoom;

    fn row(seq: u64, kind: RowKind) -> Row {
        Row {
            id: format!("id-{seq}"),
            seq: Some(seq),
            sender: "user_2".to_owned(),
            sender_name: "Jonas".to_owned(),
            is_own: false,
            maker: None,
            at: seq,
            kind,
            state: RowState::Sent,
            is_replay: true,
            edited_at: None,
            is_deleted: false,
            reactions: Vec::new(),
            as_of: seq,
            first: None,
        }
    }

    fn chat(seq: u64) -> Row {
        row(seq, RowKind::of_body(Kind::Chat, r#"{"content":"hi"}"#))
    }

    fn presence(seq: u64) -> Row {
        let code = if seq.is_multiple_of(2) { "left" } else { "joined" };
        row(seq, RowKind::of_body(Kind::System, &format!(r#"{{"code":"{code}"}}"#)))
    }

    #[test]
    fn a_message_that_was_taken_back_leaves_no_row_and_a_later_deletion_a_tombstone() {
        on_page(|state| {
            state.open_conversation("general");
            let conversation = state.room("general").expect("it is open").conversation;
            state.show_in_room("general", Show::Older { rows: vec![chat(1), chat(2)], more: false });
            for (seq, at) in [(1, MESSAGE_TAKEN_BACK_MS + 1), (2, MESSAGE_TAKEN_BACK_MS + 3)] {
                let (message, sender) = (format!("id-{seq}"), "user_2".to_owned());
                let deletion = MessageChange { message, seq: seq + 10, at, sender, what: MessageChangeKind::Deleted };
                state.show_in_room("general", Show::Changed(deletion));
            }
            assert!(conversation.find("id-1").is_none());
            let late = conversation.find("id-2").map(|handle| handle.row.get_untracked().is_deleted);
            assert_eq!(late, Some(true));
        });
    }

    /// Deletes an own message for all on a page, and runs a test there.
    fn deleting(test: impl FnOnce(&mut State, Conversation) + 'static) {
        on_page(|state| {
            state.open_conversation("general");
            let conversation = state.room("general").expect("it is open").conversation;
            let own = |seq| Row { is_own: true, ..chat(seq) };
            state.show_in_room("general", Show::Older { rows: vec![own(1), own(2)], more: false });
            state.delete("general", "id-1", true);
            assert_eq!(conversation.deleting.get_untracked(), ["id-1"]);
            assert!(sent(state).is_empty());
            test(state, conversation);
        });
    }

    /// Returns the deletions for all that were given to the room.
    fn sent(state: &State) -> Vec<String> {
        let unsent = state.persistence.unsent("general");
        unsent.iter().filter_map(|entry| entry.deletes().map(str::to_owned)).collect()
    }

    #[test]
    fn a_deletion_that_is_taken_back_is_not_sent() {
        deleting(|state, conversation| {
            state.undo_deletion("general");
            state.rooms_time(DELETION_UNDO_MS);
            assert!(sent(state).is_empty());
            assert!(conversation.deleting.with_untracked(Vec::is_empty));
        });
    }

    #[test]
    fn a_deletion_is_sent_at_its_time_or_before_anything_that_ends_it() {
        let ends: [fn(&mut State); 4] = [
            |state| state.rooms_time(DELETION_UNDO_MS),
            |state| state.save_everything(),
            |state| state.end_room("general"),
            |state| state.delete("general", "id-2", true),
        ];
        for end in ends {
            deleting(move |state, conversation| {
                state.rooms_time(DELETION_UNDO_MS - 1);
                assert!(sent(state).is_empty());
                end(state);
                assert_eq!(sent(state), ["id-1"]);
                assert!(conversation.deleting.with_untracked(|ids| ids.contains(&"id-1".to_owned())));
            });
        }
    }

    #[test]
    fn a_deletion_for_oneself_waits_for_its_undo_as_one_for_all_does() {
        deleting(|state, conversation| {
            state.undo_deletion("general");
            state.delete("general", "id-2", false);
            state.undo_deletion("general");
            state.delete("general", "id-2", false);
            assert!(conversation.deleting.with_untracked(|ids| ids.contains(&"id-2".to_owned())));
            state.rooms_time(DELETION_UNDO_MS);
            let unsent = state.persistence.unsent("general");
            let hidden: Vec<&str> = unsent.iter().filter_map(|entry| entry.hides()).collect();
            assert_eq!((sent(state), hidden), (Vec::new(), vec!["id-2"]));
        });
    }

    #[test]
    fn a_message_whose_deletion_was_refused_is_shown_again() {
        deleting(|state, conversation| {
            state.rooms_time(DELETION_UNDO_MS);
            state.room_refused("general", "FORBIDDEN", None, Some(Kind::Delete));
            assert!(conversation.deleting.with_untracked(Vec::is_empty));
        });
    }

    #[test]
    fn the_list_shows_the_last_message_of_the_log_and_before_it_is_loaded_that_of_the_server() {
        on_page(|state| {
            let said = |seq| row(seq, RowKind::of_body(Kind::Chat, &format!(r#"{{"content":"words {seq}"}}"#)));
            let roster = state.session.roster;
            roster.put_room(RosterRoom::new("general".to_owned(), "General".to_owned()));
            let activity = || untrack(|| roster.member("general", None)).map(|member| member.activity());
            let shown = || activity().map(|activity| activity.with_untracked(|activity| activity.last.words.clone()));
            state.last_came("general", Some(&said(3)));
            assert_eq!(shown().as_deref(), Some("words 3"));
            state.open_conversation("general");
            state.last_came("general", Some(&said(5)));
            assert_eq!(shown().as_deref(), Some("words 5"));
            let rows = vec![said(5), said(6), presence(7)];
            state.show_in_room("general", Show::Older { rows, more: false });
            assert_eq!(shown().as_deref(), Some("words 6"));
            state.last_came("general", Some(&said(5)));
            assert_eq!(shown().as_deref(), Some("words 6"), "the log that is loaded is newer");
            state.delete("general", "id-6", false);
            assert_eq!(shown().as_deref(), Some("words 5"), "a deletion that waits for its undo is one");
            state.undo_deletion("general");
            assert_eq!(shown().as_deref(), Some("words 6"));
            state.show_in_room("general", Show::Gone { id: "id-6".to_owned() });
            assert_eq!(shown().as_deref(), Some("words 5"), "what is gone is not the last");
            let stored = state.persistence.last_messages();
            assert_eq!(
                stored.into_iter().map(|(room, last)| (room, last.at)).collect::<Vec<_>>(),
                [("general".to_owned(), 5)]
            );
            state.persistence.forget_page("general");
            assert_eq!(state.persistence.last_messages()[0].1.at, 0);
        });
    }

    #[test]
    fn a_position_leads_to_its_message_as_soon_as_that_is_there() {
        on_page(|state| {
            state.open_conversation("general");
            let conversation = state.room("general").expect("it is open").conversation;
            let wanted = || conversation.jump_to.get_untracked();
            state.show_in_room("general", Show::Older { rows: vec![chat(4)], more: true });
            state.jump("general", "", Some(4));
            assert_eq!(wanted().as_deref(), Some("id-4"));
            state.jump("general", "", Some(2));
            assert_eq!(wanted().as_deref(), Some(""));
            state.show_in_room("general", Show::Older { rows: vec![chat(2)], more: true });
            assert_eq!(wanted().as_deref(), Some("id-2"));
        });
    }

    #[test]
    fn a_page_of_presence_alone_shows_no_row_and_leaves_older_ones() {
        on_page(|state| {
            state.open_conversation("general");
            let conversation = state.room("general").expect("it is open").conversation;
            let rows = || conversation.rows.with_untracked(Vec::len);
            state.show_in_room("general", Show::Older { rows: (4..=9).map(presence).collect(), more: true });
            assert_eq!((conversation.older.get_untracked(), rows()), (OlderRows::More, 0));
            assert_eq!(conversation.last_message_at.get_untracked(), None);
            state.load_older("general");
            assert_eq!(conversation.older.get_untracked(), OlderRows::Loading);
            state.show_in_room("general", Show::Older { rows: vec![presence(1), chat(2), presence(3)], more: false });
            assert_eq!((conversation.older.get_untracked(), rows()), (OlderRows::Start, 1));
            assert_eq!(conversation.last_message_at.get_untracked(), Some(2));
            state.show_in_room("general", Show::Row(presence(10)));
            assert_eq!(rows(), 1, "a person who comes now is no row either");
        });
    }
}
