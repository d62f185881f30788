//! Drafts on all devices (`settings.md` 3): changes here are sent to the server now and then, and drafts of other devices are shown where
//! nothing is being written. A guest's drafts stay in the browser. Other tabs of the browser hear of each change at once.
//!
//! All of this code is a deferred task (`deferred_tasks`).

use leptos::prelude::*;
use protocol::codec::json::{self, Read, Value, json_text};
use protocol::people::draft::Draft;
use protocol::words::event::Millis;
use protocol::words::principal::UserKind;

use super::contacts::items;
use super::deferred_tasks::{DeferredTask, DraftEvent};
use super::engine::State;
use super::writing::show_again;
use crate::browser::clock;
use crate::browser::tabs::Channel;
use crate::store::conversation::ComposerMode;

const PATH: &str = "/api/me/drafts";
/// Text of a tab that has just come. The others answer with their drafts ([`told_draft`]): what was written while it read the stored ones is
/// in neither.
const ARRIVAL: &str = "arrival";

/// Returns the draft in an answer to a tab that has just come. Unlike a change, it may be older than what that tab has.
fn told_draft(text: &str) -> Option<Draft> {
    Draft::read(Value::parse(text)?.get("told")?)
}

/// Returns the message of a half-written edit from another tab.
fn edited_message(text: &str) -> Option<String> {
    Some(Value::parse(text)?.get("message")?.as_str()?.to_owned())
}

impl State {
    pub(super) fn dispatch_draft_event(&mut self, event: DraftEvent) {
        self.run_or_defer(DeferredTask::Drafts(event));
    }

    pub(super) fn handle_draft_event(&mut self, event: DraftEvent) {
        match event {
            DraftEvent::Load => {
                if self.has_drafts() {
                    self.ask("GET", PATH, None, |state, data| state.drafts_came(&data));
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
        let all: Vec<Draft> = items(data).filter_map(Draft::read).collect();
        let now = clock::now_ms();
        for room in self.persistence.rooms_drafted() {
            let at = self.persistence.draft_at(&room);
            let is_newer = match all.iter().find(|other| other.room == room) {
                Some(other) => other.at < at,
                // A draft that was emptied here must be emptied on the server too.
                None => !self.persistence.draft(&room).content.is_empty(),
            };
            if is_newer {
                self.drafts.is_newer(&room, now);
            }
        }
        all.into_iter().for_each(|draft| self.receive_draft(draft));
        self.drafts.again(now);
    }

    /// Restores the times of drafts of an earlier page, and listens to the other tabs. Each tab of a demo has a person of its own.
    pub(super) fn restore_drafts(&mut self) {
        let rooms = self.persistence.rooms_drafted();
        self.restore_drafts_of(&rooms);
        if !self.session.is_of_demo() {
            let caller = self.caller.clone();
            self.draft_channel = Channel::open(&format!("cfm-drafts-{}", self.own_id), move |text| {
                let (draft, edited) = (json::read(&text), edited_message(&text));
                caller.run(move |state| match (draft, edited) {
                    (Some(draft), Some(message)) => state.receive_tab_edit(&message, draft),
                    (Some(draft), None) => state.receive_tab_draft(draft),
                    (None, _) if text == ARRIVAL => state.tell_drafts(),
                    (None, _) => {
                        if let Some(told) = told_draft(&text).filter(|_| !state.is_elsewhere) {
                            state.receive_draft(told);
                        }
                    }
                });
            });
            if let Some(channel) = &self.draft_channel {
                channel.post(ARRIVAL);
            }
        }
    }

    fn tell_drafts(&self) {
        if let Some(channel) = self.draft_channel.as_ref().filter(|_| !self.is_elsewhere) {
            for room in self.persistence.rooms_drafted() {
                channel.post(&format!("{{\"told\":{}}}", json::write(&self.draft_of(&room))));
            }
        }
    }

    fn receive_tab_edit(&mut self, message: &str, Draft { room, content, .. }: Draft) {
        if self.is_elsewhere {
            return;
        }
        self.store_edit(&room, message, &content);
        let conversation = self.room(&room).map(|open| open.conversation);
        if let Some(conversation) = conversation.filter(|it| it.edited().as_deref() == Some(message)) {
            if content.is_empty() {
                return conversation.go_back_to_draft();
            }
            // The composer shows what is stored whenever an edit begins.
            conversation.writing.set(ComposerMode::Edit(message.to_owned()));
        }
    }

    fn receive_tab_draft(&mut self, draft: Draft) {
        let is_shown = !self.is_elsewhere
            && !self.goes_on(&draft)
            && self.drafts.receive_from_tab(&draft.room, draft.content.is_empty(), draft.at);
        if is_shown {
            self.show_draft(draft);
        }
    }

    fn restore_drafts_of(&mut self, rooms: &[String]) {
        for room in rooms {
            let draft = self.persistence.draft(room);
            self.drafts.restore(room, !draft.content.is_empty(), draft.at);
        }
    }

    fn receive_draft(&mut self, draft: Draft) {
        if !self.goes_on(&draft) && self.drafts.receive(&draft.room, draft.content.is_empty(), draft.at) {
            self.show_draft(draft);
        }
    }

    /// Returns `true` if the draft continues the text that is being written here.
    fn goes_on(&mut self, draft: &Draft) -> bool {
        let here = self.persistence.draft(&draft.room).content;
        !here.is_empty() && draft.content.starts_with(&*here) && self.drafts.goes_on(&draft.room, draft.at)
    }

    fn show_draft(&mut self, mut draft: Draft) {
        let Some(open) = self.room_mut(&draft.room) else {
            self.persistence.save_draft(&draft);
            return self.mark_draft(&draft);
        };
        open.draft_due = None;
        let conversation = open.conversation;
        // A reply that was chosen here before any text was written is not from the other device.
        let before = conversation.draft.get_untracked();
        if draft.reply_to.is_none() && before.content.is_empty() {
            draft.reply_to = before.reply_to;
        }
        self.persistence.save_draft(&draft);
        self.mark_draft(&draft);
        conversation.draft.set(draft);
        if conversation.edited().is_none() {
            conversation.go_back_to_draft();
        }
        show_again(conversation);
    }

    /// Sets the time of a draft, which may be later than the clock's.
    fn draft_written(&mut self, room: &str, is_empty: bool, now: Millis) {
        let at = self.drafts.wrote(room, is_empty, now);
        let mut draft = self.draft_of(room);
        draft.at = at;
        if let Some(open) = self.room(room) {
            open.conversation.draft.update_untracked(|draft| draft.at = at);
        }
        if self.room(room).is_none_or(|open| open.draft_due.is_none()) {
            self.persistence.save_draft(&draft);
        }
        if let Some(channel) = &self.draft_channel {
            channel.post(&json::write(&draft));
        }
    }

    /// Returns the draft of a room, open or not.
    fn draft_of(&self, room: &str) -> Draft {
        let open = self.room(room).map(|open| open.conversation.draft.get_untracked());
        open.unwrap_or_else(|| self.persistence.draft(room))
    }

    fn put_drafts(&mut self, all: Vec<(String, Millis)>) {
        if !self.has_drafts() {
            return;
        }
        for (room, at) in all {
            let draft = self.draft_of(&room);
            if Draft::check(&draft.content).is_ok() {
                self.put_draft(room, &draft.content, draft.reply_to, at);
            }
        }
    }

    fn put_draft(&mut self, room: String, content: &str, reply_to: Option<String>, at: Millis) {
        self.drafts.begin_call(&room);
        let reply_to = reply_to.map(|id| format!(",\"replyTo\":{}", json_text(&id))).unwrap_or_default();
        let body = format!("{{\"content\":{}{reply_to},\"at\":{at}}}", json_text(content));
        self.ask_quietly("PUT", format!("{PATH}/{room}"), Some(body), move |state, answer| {
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
        if self.drafts.was_stale(room, at) && !self.persistence.draft(room).content.is_empty() {
            self.show_draft(Draft { room: room.to_owned(), at, ..Draft::default() });
            self.handle_draft_event(DraftEvent::Load);
        }
    }
}
