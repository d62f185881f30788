//! Window of a log that is in the document (`docs/decisions/0012-windowed-transcript.md`): its rows, and the way of the focus to rows
//! outside of it. `browser::scroll` reports the scroll position.

use crate::browser::dom::Step;
use crate::prelude::*;
use crate::store::conversation::{Conversation, RowHandle};
use crate::store::near::{MARGIN_ROWS, is_enough, rows_near};

/// Rows of the log that can take the focus.
const ITEMS: &str = ".log-list > [tabindex]";

/// Key that stands for the end of the log, including future rows.
const END: u64 = u64::MAX;

/// Times after an arrival at a row at which the row is brought into view again: a picture that has its size late moves it.
const LATE_PICTURES_MS: [u64; 2] = [300, 1_200];

/// Window of a log; copied into every closure.
#[derive(Clone, Copy)]
pub struct NearRows {
    conversation: Conversation,
    log: NodeRef<html::Div>,
    /// Keys of the first and the last visible row.
    view: RwSignal<(u64, u64)>,
    /// A printed page contains all rows.
    is_on_paper: RwSignal<bool>,
    /// Rows are being inserted and will be scrolled to: reports of visible rows are ignored until then.
    is_led: StoredValue<bool>,
    /// There are rows below the window.
    pub is_far: RwSignal<bool>,
    /// Rows in the document.
    shown: StoredValue<Vec<RowHandle>>,
}

impl NearRows {
    /// Makes a window at the end of the log.
    pub fn new(conversation: Conversation, log: NodeRef<html::Div>) -> Self {
        let is_on_paper = RwSignal::new(false);
        let listeners = [("beforeprint", true), ("afterprint", false)]
            .map(|(event, is_on)| window_event_listener_untyped(event, move |_| is_on_paper.set(is_on)));
        on_cleanup(move || listeners.into_iter().for_each(|listener| listener.remove()));
        let (is_led, shown) = (StoredValue::new(false), StoredValue::new(Vec::new()));
        let (view, is_far) = (RwSignal::new((END, END)), RwSignal::new(false));
        Self { conversation, log, view, is_on_paper, is_led, is_far, shown }
    }

    /// Returns the rows that belong in the document now.
    pub fn rows(self) -> Vec<RowHandle> {
        let ((first, last), is_on_paper) = (self.view.get(), self.is_on_paper.get());
        let mut near = self.conversation.rows.with(|rows| {
            let place = |key| rows.iter().position(|handle| u64::from(handle.key) == key);
            // A removed row is replaced by the next remaining one.
            let after = || {
                self.shown.with_value(|shown| {
                    let keys = shown.iter().map(|handle| u64::from(handle.key));
                    keys.skip_while(|key| *key != first).find_map(place)
                })
            };
            let first = place(first).or_else(after).unwrap_or(usize::MAX);
            let last = if last == END { usize::MAX } else { place(last).map_or(first, |at| at.max(first)) };
            let is_seen = |at: usize| !untrack(|| self.conversation.folds(rows[at]));
            let near = if is_on_paper { 0..rows.len() } else { rows_near(rows.len(), first, last, is_seen) };
            rows[near].to_vec()
        });
        near.retain(|handle| !self.conversation.hides(*handle));
        self.shown.set_value(near.clone());
        if self.is_far.get_untracked() != self.goes_on() {
            self.is_far.set(self.goes_on());
        }
        near
    }

    /// Returns `true` if the window begins with the first row of all.
    pub fn begins(self) -> bool {
        self.is_same(false)
    }

    /// Returns `true` if there are rows below the window.
    pub fn goes_on(self) -> bool {
        !self.is_same(true)
    }

    /// Compares the first or the last row of the window with that of all rows that are not hidden.
    fn is_same(self, is_last: bool) -> bool {
        let is_there = |handle: &&RowHandle| !untrack(|| self.conversation.hides(**handle));
        // The conversation may be closed by now.
        let same = self.conversation.rows.try_with_untracked(|rows| {
            let end = if is_last { rows.iter().rfind(is_there) } else { rows.iter().find(is_there) };
            self.shown.with_value(|shown| end == if is_last { shown.last() } else { shown.first() })
        });
        same.unwrap_or(true)
    }

    /// Handles a report of the visible rows, counted among the rows in the document that are not hidden.
    pub fn moved(self, first: usize, last: Option<usize>, is_held: bool) {
        if self.is_led.get_value() || self.is_on_paper.get_untracked() {
            return;
        }
        let old = self.view.get_untracked();
        let view = self.shown.with_value(|shown| {
            let is_seen = |handle: &&RowHandle| !untrack(|| self.conversation.folds(**handle));
            let keys: Vec<u64> = shown.iter().filter(is_seen).map(|handle| u64::from(handle.key)).collect();
            let below = last.map_or(0, |last| keys.len().saturating_sub(last + 1));
            let does = is_enough(first, self.begins()) && is_enough(below, !self.goes_on());
            if does && !is_held && (last.is_some() || old.1 == END) {
                return old;
            }
            // The place below the last row of the document is not the end of the log.
            let key = |at: usize| keys.get(at).or(keys.last()).copied().unwrap_or(END);
            // Selected rows stay in the document, because they may be copied.
            let first = if is_held { first.min(MARGIN_ROWS) } else { first };
            let last =
                last.map(|last| if is_held { last.max(keys.len().saturating_sub(MARGIN_ROWS + 1)) } else { last });
            (key(first), last.map_or(END, key))
        });
        if old != view {
            self.view.set(view);
        }
    }

    /// Moves the window to a key, and runs `then` when its rows are in the document.
    fn lead(self, key: u64, then: impl FnOnce() + 'static) {
        self.is_led.set_value(true);
        self.view.set((key, key));
        dom::after_paint(move || {
            // The conversation may be closed by now.
            if self.is_led.try_set_value(false).is_none() {
                then();
            }
        });
    }

    /// Moves to the newest row.
    pub fn lead_to_end(self, then: impl FnOnce() + 'static) {
        if self.goes_on() {
            self.lead(END, then);
        } else {
            then();
        }
    }

    /// Moves to a row and focuses it; the result of a search is shown, and the focus stays in the bar. An id without a message stands for
    /// the newest row.
    pub fn lead_to(self, handle: RowHandle, id: &str) {
        let row = format!(".msg[data-id=\"{id}\"]");
        let mark = self.conversation.search.with_untracked(|find| find.as_ref().and_then(|find| find.mark(id)));
        self.lead(u64::from(handle.key), move || {
            if mark == Some("here") {
                dom::reveal(&row);
            } else if !dom::focus_led(&row) {
                dom::focus_last(ITEMS);
            } else {
                for wait_ms in LATE_PICTURES_MS {
                    let row = row.clone();
                    dom::after(wait_ms, move || {
                        if dom::is_focus_in(&row) {
                            dom::show_soon(row);
                        }
                    });
                }
            }
        });
    }

    /// Arrow keys move through the messages, and Escape returns to the composer (`ux.md` 2.3).
    pub fn walk(self, event: &ev::KeyboardEvent) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
            return;
        }
        let is_in_row = dom::is_focus_in(ITEMS);
        let step = match event.key().as_str() {
            "ArrowUp" if is_in_row => Step::Along(-1),
            "ArrowDown" if is_in_row => Step::Along(1),
            "Home" => Step::First,
            "End" => Step::Last,
            "ArrowUp" => Step::Last,
            // A playing wink takes the key first.
            "Escape" if self.conversation.wink_playback.with_untracked(Option::is_none) => {
                event.prevent_default();
                dom::focus(".editor");
                return;
            }
            _ => return,
        };
        event.prevent_default();
        dom::stop_at_all();
        self.conversation.stop_jumping();
        let go = move || {
            if let Some(log) = self.log.get_untracked() {
                dom::step_focus(&log, ITEMS, step);
            }
        };
        let first = self.conversation.rows.with_untracked(|rows| rows.first().map(|handle| u64::from(handle.key)));
        match (step, first) {
            (Step::First, Some(first)) if !self.begins() => self.lead(first, go),
            (Step::Last, _) => self.lead_to_end(go),
            _ => go(),
        }
    }
}
