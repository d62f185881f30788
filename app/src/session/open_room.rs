//! Open conversation: its machine, its socket, and its due work. `room` drives it.

use leptos::prelude::*;
use protocol::client::{ConnectionState, RoomClient, Row, SavedCursor};
use protocol::words::event::Millis;

use super::local_persistence::CachedPage;
use super::seconds::next_second;
use crate::browser::clock;
use crate::browser::socket::Socket;
use crate::store::conversation::{Conversation, RowHandle};
use crate::store::moderation::HoldReason;

/// Open conversation.
pub(super) struct OpenRoom {
    pub(super) id: String,
    pub(super) conversation: Conversation,
    pub(super) client: RoomClient,
    pub(super) socket: Option<Socket>,
    /// Number of the socket, by which events of earlier sockets are ignored.
    pub(super) generation: u32,
    /// Rows that the machine has on the page; stored together with them.
    pub(super) cursor: Option<SavedCursor>,
    pub(super) page_due: Option<Millis>,
    /// Time at which the draft is to be stored.
    pub(super) draft_due: Option<Millis>,
    pub(super) nudge_free_at: Option<Millis>,
    pub(super) wink_free_at: Option<Millis>,
    /// Time at which the deletion of `Conversation::just_deleted` is sent.
    pub(super) deletion_due: Option<Millis>,
    /// That deletion is for everybody, not for this person alone.
    pub(super) deletes_for_all: bool,
    /// Time at which the reason in `Conversation::hold` ends by itself.
    pub(super) hold_ends_at: Option<Millis>,
    /// The bottom of the log is visible, if the conversation is open.
    pub(super) is_at_bottom: bool,
    /// Read position; `None` until the log was loaded once.
    pub(super) read_seq: Option<u64>,
    /// `read_seq` follows from the server's unread count when the log was loaded, not from reading here.
    pub(super) is_read_by_count: bool,
    /// Position of the unread mark, until the conversation is opened again.
    pub(super) unread_until: Option<u64>,
    /// Wink that arrived while another one played.
    pub(super) next_wink: Option<Row>,
    /// Limit of the search for a message that is not loaded.
    pub(super) jump: Jump,
    /// Room of the conversation that was in view when this one was opened.
    pub(super) opened_from: Option<String>,
    /// The room did not exist and was already requested.
    pub(super) was_made: bool,
    /// Time from which a missing connection is said: once it was connected to, at once, and before that a while after its opening.
    pub(super) said_from: Millis,
}

/// Time in which a room that is being opened is not said to be without a connection.
const OPENING_MS: Millis = 10_000;

/// Search for a message that is to be scrolled to.
pub(super) enum Jump {
    /// At this position.
    To(u64),
    /// In this many earlier pages.
    Back(u32),
}

impl OpenRoom {
    /// Makes a conversation from stored data, without a connection.
    pub(super) fn new(id: &str, conversation: Conversation, client: RoomClient, read_seq: Option<u64>) -> Self {
        Self {
            id: id.to_owned(),
            conversation,
            client,
            socket: None,
            generation: 0,
            cursor: None,
            page_due: None,
            draft_due: None,
            nudge_free_at: None,
            wink_free_at: None,
            deletion_due: None,
            deletes_for_all: false,
            hold_ends_at: None,
            is_at_bottom: true,
            read_seq,
            is_read_by_count: false,
            unread_until: None,
            next_wink: None,
            jump: Jump::Back(0),
            opened_from: None,
            was_made: false,
            said_from: clock::now_ms() + OPENING_MS,
        }
    }

    pub(super) fn connection(&self) -> ConnectionState {
        self.client.connection()
    }

    /// Returns the time of the next due work of this room.
    pub(super) fn wake_at(&self) -> Option<Millis> {
        let now = clock::now_ms();
        let ticks = [self.nudge_free_at, self.wink_free_at].into_iter().flatten();
        let ticks = ticks.map(|at| next_second(now, at).unwrap_or(now));
        ticks
            .chain([self.client.wake_at(), self.page_due, self.draft_due].into_iter().flatten())
            .chain([self.deletion_due, self.hold_ends_at].into_iter().flatten())
            .chain(Some(self.said_from).filter(|at| *at > now))
            .min()
    }

    /// Shows why the server takes no message of the person, until that ends; `None` shows nothing.
    pub(super) fn hold(&mut self, reason: Option<HoldReason>) {
        self.hold_ends_at = reason.and_then(|reason| reason.ends_at(clock::now_ms()));
        if self.conversation.hold.get_untracked() != reason {
            self.conversation.hold.set(reason);
        }
    }

    /// Returns the cursor of the machine with the rows on the page.
    pub(super) fn cached_page(&self) -> Option<CachedPage> {
        let cursor = self.cursor.clone()?;
        let page =
            |rows: &Vec<RowHandle>| CachedPage::new(cursor, rows.iter().rev().map(|handle| handle.row.get_untracked()));
        Some(self.conversation.rows.with_untracked(page))
    }
}
