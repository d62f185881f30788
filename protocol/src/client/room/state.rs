//! State of a room client, and its output.

use super::copy::{Ask, Join, LogCopy};
use super::people::PeopleList;
use super::receipts::ReceiptState;
use super::report::Report;
use super::typists::Typists;
use crate::client::change::MessageChange;
use crate::client::effect::{Effect, Saved, SavedCursor, Show};
use crate::client::link::{ConnectionState, Link};
use crate::client::offset::Offset;
use crate::client::outbox::Outbox;
use crate::client::pinned::PinnedRow;
use crate::client::row::Row;
use crate::codec::sorted::SortedMap;
use crate::content::room_commands::RoomCommand;
use crate::words::event::Millis;
use crate::words::limits::ROOM_HEARTBEAT_MS;

/// Open conversation on one device.
#[derive(Debug)]
pub struct RoomClient {
    pub(super) room: String,
    pub(super) own_user: String,
    pub(super) link: Link,
    pub(super) outbox: Outbox,
    pub(super) has_shown_outbox: bool,
    /// Results of reviews from the last welcome.
    pub(super) reviewed: Vec<(String, bool)>,
    /// Number of messages in the room that wait for review, for a person with a role.
    pub(super) waiting: u32,
    /// `true` if the server has sent that number on this socket.
    pub(super) is_waiting_sent: bool,
    pub(super) commands: Vec<RoomCommand>,
    pub(super) copy: LogCopy,
    pub(super) join: Join,
    /// Deletions in pages and events of this conversation, by their messages.
    pub(super) deletions: SortedMap<String, MessageChange>,
    /// Requested page after the copy, for missing events.
    pub(super) catch_up: Option<Ask>,
    /// Requested page before the copy.
    pub(super) older: Option<Ask>,
    pub(super) wants_older: bool,
    pub(super) next_rid: u64,
    pub(super) report: Report,
    pub(super) typing_sent_at: Option<Millis>,
    pub(super) typists: Typists,
    pub(super) seeing: ReceiptState,
    pub(super) people: PeopleList,
    pub(super) pinned: Option<PinnedRow>,
    pub(super) wants_to: Option<u64>,
    /// `true` if a direct conversation could not be made, until the next attempt.
    pub(super) is_not_made: bool,
    pub(super) offset: Offset,
    pub(super) last_now: Millis,
    pub(super) saved_cursor: Option<SavedCursor>,
    pub(super) shown_connection: Option<ConnectionState>,
    pub(super) effects: Vec<Effect>,
}

impl RoomClient {
    /// Returns a closed conversation with the saved state of an earlier client. `random_seed` seeds the jitter of retries.
    pub fn new(room: &str, own_user: &str, saved: Saved, random_seed: u64) -> Self {
        Self {
            room: room.to_owned(),
            own_user: own_user.to_owned(),
            link: Link::new(ROOM_HEARTBEAT_MS, random_seed),
            outbox: Outbox::new(saved.outbox),
            has_shown_outbox: false,
            reviewed: Vec::new(),
            waiting: 0,
            is_waiting_sent: false,
            commands: Vec::new(),
            copy: LogCopy::of_saved(saved.cursor.as_ref()),
            join: Join::Done,
            deletions: SortedMap::new(),
            catch_up: None,
            older: None,
            wants_older: false,
            next_rid: 0,
            report: Report::default(),
            typing_sent_at: None,
            typists: SortedMap::new(),
            // The saved rows count as delivered, even if the earlier client could not report that.
            seeing: ReceiptState::of_saved(saved.cursor.as_ref()),
            people: PeopleList::default(),
            pinned: None,
            wants_to: None,
            is_not_made: false,
            offset: Offset::default(),
            last_now: 0,
            saved_cursor: saved.cursor,
            shown_connection: None,
            effects: Vec::new(),
        }
    }

    /// Returns the room's id.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// Returns the state of the connection.
    pub fn connection(&self) -> ConnectionState {
        self.link.state()
    }

    /// Returns `true` for a waiting own message that was not sent yet.
    pub fn is_unsent(&self, id: &str) -> bool {
        self.outbox.is_unsent(id)
    }

    /// Returns `true` if the owner has reported that the conversation is being read ([`Input::Looking`](crate::client::effect::Input)).
    pub fn is_looked_at(&self) -> bool {
        self.seeing.is_looked_at
    }

    /// Returns the end of the copy of the log; 0 if nothing is loaded.
    pub fn seq(&self) -> u64 {
        self.copy.seq
    }

    pub(super) fn show(&mut self, show: Show) {
        if let Some(pinned) = &mut self.pinned
            && match &show {
                Show::Changed(changed) => pinned.apply(changed),
                Show::Departed(departed) => pinned.row.as_mut().is_some_and(|row| row.part_with(departed)),
                _ => false,
            }
        {
            let pinned = Some(Box::new(pinned.clone()));
            self.effects.push(Effect::Show(Box::new(Show::Pinned(pinned))));
        }
        self.effects.push(Effect::Show(Box::new(show)));
    }

    pub(super) fn show_row(&mut self, row: Row) {
        self.show(Show::Row(row));
    }

    pub(super) fn send(&mut self, text: String) {
        self.effects.push(Effect::Send(text));
    }
}
