//! The page's copy of the log, the stage of joining, and requested pages.

use crate::client::effect::SavedCursor;
use crate::client::frames::EventFrame;
use crate::words::event::Millis;

/// Rows of a log in the page.
#[derive(Clone, Debug, Default)]
pub(super) struct LogCopy {
    pub(super) epoch: Option<String>,
    pub(super) seq: u64,
    /// Oldest row; one above `seq` if the log is empty; `None` while nothing is loaded.
    pub(super) oldest: Option<u64>,
    /// Oldest event that exists for this person, as far as known.
    pub(super) first: u64,
    /// Position before a gap for which a page was requested. The second answer is accepted.
    pub(super) hole_asked: Option<u64>,
}

/// Stage of joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// Joined, or not connected.
    Done,
    /// The welcome is expected.
    Expected { with_cursor: bool },
    /// The newest page is expected.
    Newest,
    /// Pages after the copy are expected.
    Since,
}

#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) rid: String,
    /// Time at which a temporarily refused request is repeated.
    pub(super) again_at: Option<Millis>,
}

/// Content of a `history` frame.
pub(super) struct HistoryPage {
    pub(super) events: Vec<EventFrame>,
    pub(super) head: u64,
    pub(super) next: u64,
    pub(super) more: bool,
    pub(super) truncated_to: Option<u64>,
}

impl LogCopy {
    pub(super) fn of_saved(saved: Option<&SavedCursor>) -> Self {
        let Some(saved) = saved else {
            return Self::default();
        };
        let SavedCursor { epoch, seq, oldest, first } = saved.clone();
        Self { epoch: Some(epoch), seq, oldest: Some(oldest), first, hole_asked: None }
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.oldest.is_some()
    }

    pub(super) fn saved(&self) -> Option<SavedCursor> {
        let (epoch, oldest) = self.epoch.clone().zip(self.oldest)?;
        Some(SavedCursor { epoch, seq: self.seq, oldest, first: self.first })
    }

    /// Returns the parameters of a resume.
    pub(super) fn query(&self) -> String {
        self.saved().map(|saved| format!("&since={}&epoch={}", saved.seq, saved.epoch)).unwrap_or_default()
    }

    /// Returns `true` if there are events before the oldest row.
    pub(super) fn has_older(&self) -> bool {
        self.oldest.is_some_and(|oldest| oldest > self.first)
    }

    pub(super) fn forget(&mut self) {
        self.seq = 0;
        self.oldest = None;
        self.hole_asked = None;
    }
}
