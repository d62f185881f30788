//! Drafts on all devices (`settings.md` 3): changes here are sent to the server now and then, and drafts of other devices are shown where
//! nothing is being written. A guest's drafts stay in the browser.
//!
//! All of this code is a deferred task (`deferred_tasks`).

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::DraftFrame;
use protocol::codec::json::{Read, Value, json_text};
use protocol::people::draft::Draft;
use protocol::words::event::Millis;
use protocol::words::principal::UserKind;

use super::contacts::items;
use super::deferred_tasks::DeferredTask;
use super::draft_event::DraftEvent;
use super::engine::State;
use crate::browser::{clock, fetch};
use crate::store::conversation::{ComposerMode, Conversation};

const PATH: &str = "/api/me/drafts";

impl State {
    /// Handles an event about drafts.
    pub(super) fn dispatch_draft_event(&mut self, event: DraftEvent) {
        self.run_or_defer(DeferredTask::Drafts(event));
    }

    pub(super) fn handle_draft_event(&mut self, event: DraftEvent) {
        match event {
            DraftEvent::Load => {
                if self.has_drafts() {
                    self.ask("GET", PATH.to_owned(), None, Box::new(|state, data| state.drafts_came(&data)));
                }
            }
            DraftEvent::Restored(rooms) => self.restore_drafts_of(&rooms),
            DraftEvent::Written { room, is_empty, now } => self.draft_written(&room, is_empty, now),
            DraftEvent::Received(draft) => self.receive_draft(draft),
            DraftEvent::Due(now) => {
                let due = self.drafts.take_due(now);
                self.put_drafts(due);
            }
            DraftEvent::Send(room) => {
                let its = self.drafts.take(|other| other == room);
                self.put_drafts(its);
            }
            DraftEvent::Leave => {
                let all = self.drafts.take_all();
                self.put_drafts(all);
                self.drafts.leave();
            }
        }
    }

    fn has_drafts(&self) -> bool {
        self.session.me.with_untracked(|me| me.kind != UserKind::Guest)
    }

    fn drafts_came(&mut self, data: &Value) {
        let all: Vec<DraftFrame> = items(data).filter_map(DraftFrame::read).collect();
        let now = clock::now_ms();
        for room in self.persistence.rooms_drafted() {
            let at = self.persistence.draft_at(&room);
            let is_newer = match all.iter().find(|other| other.room == room) {
                Some(other) => other.at < at,
                // A draft that was emptied here must be emptied on the server too.
                None => !self.persistence.draft(&room).is_empty(),
            };
            if is_newer {
                self.drafts.is_newer(&room, now);
            }
        }
        all.into_iter().for_each(|draft| self.receive_draft(draft));
        self.drafts.again(now);
    }

    /// Restores the times of drafts of an earlier page.
    pub(super) fn restore_drafts(&mut self) {
        let rooms = self.persistence.rooms_drafted();
        self.restore_drafts_of(&rooms);
    }

    fn restore_drafts_of(&mut self, rooms: &[String]) {
        for room in rooms {
            self.drafts.restore(room, !self.persistence.draft(room).is_empty(), self.persistence.draft_at(room));
        }
    }

    fn receive_draft(&mut self, draft: DraftFrame) {
        let DraftFrame { room, content, reply_to, at } = draft;
        let here = self.persistence.draft(&room);
        if !here.is_empty() && content.starts_with(&*here) && self.drafts.goes_on(&room, at) {
            return;
        }
        if self.drafts.receive(&room, content.is_empty(), at) {
            self.show_draft(&room, &content, reply_to, at);
        }
    }

    fn show_draft(&mut self, room: &str, content: &str, reply_to: Option<String>, at: Millis) {
        self.persistence.save_draft(room, content, at);
        self.mark_draft(room, content);
        let Some(open) = self.room_mut(room) else { return };
        open.draft = None;
        let conversation = open.conversation;
        // A reply that was chosen here before any text was written is not from the other device.
        let is_theirs = reply_to.is_some() || conversation.draft.with_untracked(|before| !before.is_empty());
        conversation.draft.set(content.to_owned());
        if is_theirs && !matches!(conversation.writing.get_untracked(), ComposerMode::Edit(_)) {
            conversation.writing.set(reply_to.map_or(ComposerMode::New, ComposerMode::Reply));
        }
        conversation.brought.update(|count| *count += 1);
    }

    /// Sets the time of a draft, which may be later than the clock's.
    fn draft_written(&mut self, room: &str, is_empty: bool, now: Millis) {
        let at = self.drafts.wrote(room, is_empty, now);
        match self.room_mut(room).and_then(|open| open.draft.as_mut()) {
            Some((_, written_at, _)) => *written_at = at,
            None => {
                let stored = self.persistence.draft(room);
                self.persistence.save_draft(room, &stored, at);
            }
        }
    }

    fn put_drafts(&mut self, all: Vec<(String, Millis)>) {
        if !self.has_drafts() {
            return;
        }
        for (room, at) in all {
            let conversation = self.room(&room).map(|open| open.conversation);
            let content = conversation.map_or_else(|| self.persistence.draft(&room), |open| open.draft.get_untracked());
            if Draft::check(&content).is_ok() {
                self.put_draft(room, &content, conversation.and_then(answered), at);
            }
        }
    }

    fn put_draft(&mut self, room: String, content: &str, reply_to: Option<String>, at: Millis) {
        self.drafts.begin_call(&room);
        let reply_to = reply_to.map(|id| format!(",\"replyTo\":{}", json_text(&id))).unwrap_or_default();
        let body = format!("{{\"content\":{}{reply_to},\"at\":{at}}}", json_text(content));
        let (caller, csrf) = (self.caller.clone(), self.csrf.clone());
        spawn_local(async move {
            let answer = fetch::call("PUT", &format!("{PATH}/{room}"), &csrf, Some(body)).await;
            caller.run(move |state| {
                match answer {
                    Ok(data) => state.draft_answered(&room, at, &data),
                    // The draft stays stored here, and is sent with the next change or after a reconnection.
                    Err(error) => {
                        state.drafts.mark_unsent(&room);
                        if let Some(ms) = error.retry_after_ms {
                            state.drafts.again(clock::now_ms() + ms);
                        }
                    }
                }
                let waiting = state.drafts.end_call(&room);
                state.put_drafts(waiting);
            });
        });
    }

    fn draft_answered(&mut self, room: &str, at: Millis, data: &Value) {
        let counts = data.get("at").and_then(Value::as_u64).unwrap_or(at);
        let is_stale = data.get("stale").is_some();
        for (room, at) in self.drafts.answered(room, at, counts, is_stale) {
            self.persistence.date_draft(&room, at);
        }
        if is_stale {
            self.draft_was_stale(room, at);
        }
    }

    /// Handles a draft that another device has deleted or replaced; the list or a frame delivers the new one.
    fn draft_was_stale(&mut self, room: &str, at: Millis) {
        if self.drafts.was_stale(room, at) && !self.persistence.draft(room).is_empty() {
            self.show_draft(room, "", None, at);
            self.handle_draft_event(DraftEvent::Load);
        }
    }
}

fn answered(conversation: Conversation) -> Option<String> {
    match conversation.writing.get_untracked() {
        ComposerMode::Reply(id) => Some(id),
        _ => None,
    }
}
