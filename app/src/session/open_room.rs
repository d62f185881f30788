//! An open conversation: its machine, its socket, and what is due in it. `room` moves it.

use leptos::prelude::*;
use protocol::client::{ConnectionState, RoomClient, Row, SavedCursor};
use protocol::words::event::Millis;

use super::local_persistence::CachedPage;
use super::seconds::next_second;
use crate::browser::clock;
use crate::browser::socket::Socket;
use crate::store::conversation::{Conversation, RowHandle};

/// An open conversation.
pub(super) struct OpenRoom {
    pub(super) id: String,
    pub(super) conversation: Conversation,
    pub(super) client: RoomClient,
    pub(super) socket: Option<Socket>,
    /// Tells the news of one socket from those of an earlier one.
    pub(super) generation: u32,
    /// The rows the machine has on the page; kept together with them.
    pub(super) cursor: Option<SavedCursor>,
    pub(super) page_due: Option<Millis>,
    /// Text that is being written, since when, and when it is to be kept.
    pub(super) draft: Option<(String, Millis, Millis)>,
    pub(super) nudge_free_at: Option<Millis>,
    pub(super) wink_free_at: Option<Millis>,
    /// The bottom of the log is in view, if the conversation is.
    pub(super) is_at_bottom: bool,
    /// `true` if the machine was told last that the room is looked at.
    pub(super) is_reported_read: bool,
    /// Everything up to here was read; `None` until the log was loaded once.
    pub(super) read_seq: Option<u64>,
    /// Nobody has read it here: `read_seq` follows from what the server counted when the log came.
    pub(super) is_read_by_count: bool,
    /// The person wants it to be unread up to here, until they open it again.
    pub(super) unread_until: Option<u64>,
    /// A wink that came while another one played.
    pub(super) next_wink: Option<Row>,
    /// Limit up to which a jump to a message that is not here is followed.
    pub(super) jump: Jump,
    /// The room is not there and was asked for already.
    pub(super) was_made: bool,
}

/// Where to look for a message that is to come into view.
pub(super) enum Jump {
    /// At this place.
    To(u64),
    /// In so many more pages.
    Back(u32),
}

impl OpenRoom {
    /// A conversation with what was kept of it, not connected yet.
    pub(super) fn new(id: &str, conversation: Conversation, client: RoomClient, read_seq: Option<u64>) -> Self {
        Self {
            id: id.to_owned(),
            conversation,
            client,
            socket: None,
            generation: 0,
            cursor: None,
            page_due: None,
            draft: None,
            nudge_free_at: None,
            wink_free_at: None,
            is_at_bottom: true,
            is_reported_read: false,
            read_seq,
            is_read_by_count: false,
            unread_until: None,
            next_wink: None,
            jump: Jump::Back(0),
            was_made: false,
        }
    }

    pub(super) fn connection(&self) -> ConnectionState {
        self.client.connection()
    }

    /// When anything of this room is due.
    pub(super) fn wake_at(&self) -> Option<Millis> {
        let draft = self.draft.as_ref().map(|(_, _, due_at)| *due_at);
        let now = clock::now_ms();
        let ticks = [self.nudge_free_at, self.wink_free_at].into_iter().flatten();
        let ticks = ticks.map(|at| next_second(now, at).unwrap_or(now));
        ticks.chain([self.client.wake_at(), self.page_due, draft].into_iter().flatten()).min()
    }

    /// The machine's copy of the log with the rows on the page.
    pub(super) fn cached_page(&self) -> Option<CachedPage> {
        let cursor = self.cursor.clone()?;
        let page =
            |rows: &Vec<RowHandle>| CachedPage::new(cursor, rows.iter().rev().map(|handle| handle.row.get_untracked()));
        Some(self.conversation.rows.with_untracked(page))
    }
}
