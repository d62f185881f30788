//! Text in the composers: the draft of each conversation, and half-written edits. `drafts` has what other devices and tabs hear of it.

use leptos::prelude::*;
use protocol::client::Input;
use protocol::codec::json::json_text;
use protocol::content::unseen::is_unseen;
use protocol::people::draft::Draft;

use super::deferred_tasks::DraftEvent;
use super::engine::State;
use super::local_persistence::DRAFT_AFTER_MS;
use crate::browser::clock;
use crate::store::conversation::{ComposerMode, Conversation};

impl State {
    /// Shows the stored draft of an open conversation, or the half-written edit of a message that is there.
    pub(super) fn restore_draft(&mut self, room: &str) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        conversation.draft.set(self.persistence.draft(room));
        conversation.edits.set(self.persistence.edits(room));
        // Stored data that comes late does not end an edit that has begun.
        if conversation.edited().is_some() {
            return;
        }
        conversation.go_back_to_draft();
        let is_there =
            |id: &String| conversation.find(id).is_some_and(|handle| handle.row.with_untracked(|row| !row.is_deleted));
        let edited = conversation.edits.with_untracked(|edits| edits.keys().rev().find(|id| is_there(id)).cloned());
        edited.into_iter().for_each(|id| conversation.writing.set(ComposerMode::Edit(id)));
    }

    /// Turns the composer to an answer, to an edit, or back. Back from an edit discards it, and another one keeps it.
    pub fn turn_to(&mut self, room: &str, writing: ComposerMode) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let reply_to = match writing {
            ComposerMode::Edit(_) => return conversation.writing.set(writing),
            ComposerMode::Reply(message) => Some(message),
            ComposerMode::New => match conversation.edited() {
                Some(message) => {
                    self.keep_edit(room, &message, "");
                    return conversation.go_back_to_draft();
                }
                None => None,
            },
        };
        let content = conversation.draft.with_untracked(|draft| draft.content.clone());
        self.draft_changed(room, content, reply_to);
        conversation.go_back_to_draft();
    }

    /// Handles a change of the composer's text.
    pub fn edit_draft(&mut self, room: &str, content: String) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        // A late page of history must not move the view of a person who is writing.
        conversation.stop_jumping();
        if let Some(message) = conversation.edited() {
            // A text that is as it was is no edit.
            let is_same = conversation.find(&message).is_some_and(|handle| {
                handle.row.with_untracked(|row| row.kind.chat().is_some_and(|chat| chat.content == content))
            });
            return self.keep_edit(room, &message, if is_same { "" } else { &content });
        }
        self.room_input(room, Input::Typing(!is_unseen(&content)));
        let reply_to = conversation.draft.with_untracked(|draft| draft.reply_to.clone());
        self.draft_changed(room, content, reply_to);
    }

    fn draft_changed(&mut self, room: &str, content: String, reply_to: Option<String>) {
        let (now, is_empty) = (clock::now_ms(), content.is_empty());
        if let Some(open) = self.room_mut(room) {
            open.conversation.draft.set(Draft { room: room.to_owned(), content, reply_to, at: now });
            open.draft_due = Some(now + DRAFT_AFTER_MS);
        }
        self.dispatch_draft_event(DraftEvent::Written { room: room.to_owned(), is_empty, now });
    }

    /// Stores a half-written edit of a message, in the other tabs as well; an empty text removes it.
    pub(super) fn keep_edit(&mut self, room: &str, message: &str, content: &str) {
        self.store_edit(room, message, content);
        if let Some(channel) = &self.draft_channel {
            // A draft that names the edited message.
            let [room, message, content] = [room, message, content].map(json_text);
            channel.post(&format!("{{\"roomId\":{room},\"message\":{message},\"content\":{content},\"at\":0}}"));
        }
    }

    /// Stores a half-written edit in this tab.
    pub(super) fn store_edit(&mut self, room: &str, message: &str, content: &str) {
        if let Some(conversation) = self.room(room).map(|open| open.conversation) {
            conversation.edits.update(|edits| {
                if content.is_empty() {
                    edits.remove(message);
                } else {
                    edits.insert(message.to_owned(), content.to_owned());
                }
            });
        }
        self.persistence.save_edit(room, message, content);
    }

    /// Handles an edit that was refused: it is a half-written one again. A person who is writing something else finds it at the message.
    pub(super) fn edit_came_back(&mut self, room: &str, message: &str, content: String) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        self.keep_edit(room, message, &content);
        if conversation.find(message).is_none_or(|handle| handle.row.with_untracked(|row| row.is_deleted)) {
            return self.end_edit_of(room, message);
        }
        let is_free = conversation.writing.with_untracked(|writing| *writing == ComposerMode::New)
            && conversation.draft.with_untracked(Draft::is_empty);
        if is_free {
            conversation.writing.set(ComposerMode::Edit(message.to_owned()));
        }
    }

    /// Ends the edit of a message that is gone: its text is added to the draft of a new message.
    pub(super) fn end_edit_of(&mut self, room: &str, message: &str) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let edit = conversation.edits.with_untracked(|edits| edits.get(message).cloned());
        if conversation.edited().as_deref() == Some(message) {
            conversation.go_back_to_draft();
        }
        let Some(content) = edit else { return };
        self.keep_edit(room, message, "");
        let Draft { content: before, reply_to, .. } = conversation.draft.get_untracked();
        // Another tab, or device, may have added it before.
        if before.ends_with(&content) {
            return;
        }
        let content = if before.is_empty() { content } else { format!("{before}\n{content}") };
        self.draft_changed(room, content, reply_to);
        show_again(conversation);
    }
}

/// Has the composer show a draft that was not written in it.
pub(super) fn show_again(conversation: Conversation) {
    conversation.brought.update(|count| *count += 1);
}

#[cfg(test)]
mod tests {
    use protocol::client::{MessageChange, MessageChangeKind, OutboxEntry, Row, RowState, Show};

    use super::*;
    use crate::session::engine::on_page;

    const ROOM: &str = "general";

    fn row(id: &str) -> Row {
        let entry = OutboxEntry::chat(id, "as it was", None, "Mia", 0);
        Row { seq: Some(7), state: RowState::Sent, ..Row::of_entry(&entry, "user_1") }
    }

    /// Opens the conversation with a stored message.
    fn opened(state: &mut State) -> Conversation {
        state.open_conversation(ROOM);
        let conversation = state.room(ROOM).expect("it is open").conversation;
        conversation.put(vec![row("m")], clock::day_of);
        conversation
    }

    fn draft(conversation: Conversation) -> (String, Option<String>) {
        conversation.draft.with_untracked(|draft| (draft.content.clone(), draft.reply_to.clone()))
    }

    /// Closes the conversation and opens it again, as the next page does.
    fn reloaded(state: &mut State) -> Conversation {
        state.close_conversation(ROOM);
        state.open_conversation(ROOM);
        let conversation = state.room(ROOM).expect("it is open").conversation;
        conversation.put(vec![row("m")], clock::day_of);
        state.restore_draft(ROOM);
        conversation
    }

    #[test]
    fn an_answer_is_a_part_of_its_draft_after_an_edit_and_a_reload() {
        on_page(|state| {
            let conversation = opened(state);
            state.turn_to(ROOM, ComposerMode::Reply("m".to_owned()));
            state.edit_draft(ROOM, "half a thought".to_owned());
            state.turn_to(ROOM, ComposerMode::Edit("m".to_owned()));
            state.turn_to(ROOM, ComposerMode::New);
            assert_eq!(conversation.writing.get_untracked(), ComposerMode::Reply("m".to_owned()));
            let conversation = reloaded(state);
            assert_eq!(conversation.writing.get_untracked(), ComposerMode::Reply("m".to_owned()));
            assert_eq!(draft(conversation), ("half a thought".to_owned(), Some("m".to_owned())));
            state.turn_to(ROOM, ComposerMode::New);
            assert_eq!(draft(conversation), ("half a thought".to_owned(), None));
            state.say(ROOM, "half a thought", "\"files\":[]");
            assert_eq!(draft(reloaded(state)), (String::new(), None));
        });
    }

    #[test]
    fn files_that_were_handed_over_are_a_message_also_when_an_edit_has_begun_since() {
        on_page(|state| {
            let conversation = opened(state);
            conversation.handed_over.set(Some("a caption".to_owned()));
            state.turn_to(ROOM, ComposerMode::Edit("m".to_owned()));
            state.edit_draft(ROOM, "as it should be".to_owned());
            state.say(ROOM, "a caption", "\"files\":[]");
            conversation.handed_over.set(None);
            let words: Vec<String> = conversation.rows.with_untracked(|rows| {
                rows.iter().map(|handle| handle.row.with_untracked(|row| row.kind.words())).collect()
            });
            assert!(words.contains(&"a caption".to_owned()), "{words:?}");
            let edit = conversation.edits.with_untracked(|edits| edits.get("m").cloned());
            assert_eq!((conversation.edited().as_deref(), edit.as_deref()), (Some("m"), Some("as it should be")));
        });
    }

    #[test]
    fn a_half_written_edit_outlasts_a_reload_and_a_draft_beside_it() {
        on_page(|state| {
            opened(state);
            state.edit_draft(ROOM, "new words".to_owned());
            state.turn_to(ROOM, ComposerMode::Edit("m".to_owned()));
            state.edit_draft(ROOM, "as it should be".to_owned());
            let conversation = reloaded(state);
            assert_eq!(conversation.edited().as_deref(), Some("m"));
            assert_eq!(
                conversation.edits.with_untracked(|edits| edits.get("m").cloned()).as_deref(),
                Some("as it should be")
            );
            assert_eq!(draft(conversation).0, "new words");
            // Who leaves an edit discards it, and a text that is as it was is none.
            state.turn_to(ROOM, ComposerMode::New);
            assert_eq!(reloaded(state).edited(), None);
            state.turn_to(ROOM, ComposerMode::Edit("m".to_owned()));
            state.edit_draft(ROOM, "as it was".to_owned());
            assert_eq!(reloaded(state).edited(), None);
        });
    }

    #[test]
    fn an_edit_comes_back_when_it_is_refused() {
        on_page(|state| {
            let conversation = opened(state);
            state.turn_to(ROOM, ComposerMode::Edit("m".to_owned()));
            state.edit_draft(ROOM, "as it should be".to_owned());
            state.say(ROOM, "as it should be", "");
            assert_eq!((conversation.edited(), conversation.edits.with_untracked(|edits| edits.len())), (None, 0));
            let refused = Show::EditRefused { message: "m".to_owned(), content: "as it should be".to_owned() };
            state.show_in_room(ROOM, refused.clone());
            assert_eq!(conversation.edited().as_deref(), Some("m"));
            assert_eq!(reloaded(state).edited().as_deref(), Some("m"));
            // A person who is writing goes on, and finds it at the message.
            state.turn_to(ROOM, ComposerMode::New);
            state.edit_draft(ROOM, "new words".to_owned());
            state.show_in_room(ROOM, refused);
            let conversation = state.room(ROOM).expect("it is open").conversation;
            assert_eq!((conversation.edited(), draft(conversation).0), (None, "new words".to_owned()));
            assert!(conversation.edits.with_untracked(|edits| edits.contains_key("m")));
        });
    }

    #[test]
    fn an_edit_of_a_message_that_is_gone_is_the_draft_of_a_new_one() {
        for is_hidden in [true, false] {
            on_page(move |state| {
                let conversation = opened(state);
                state.edit_draft(ROOM, "new words".to_owned());
                state.turn_to(ROOM, ComposerMode::Edit("m".to_owned()));
                state.edit_draft(ROOM, "as it should be".to_owned());
                let gone = match is_hidden {
                    true => Show::Gone { id: "m".to_owned() },
                    false => Show::Changed(MessageChange {
                        message: "m".to_owned(),
                        seq: 8,
                        at: 8,
                        sender: "user_1".to_owned(),
                        what: MessageChangeKind::Deleted,
                    }),
                };
                state.show_in_room(ROOM, gone);
                assert_eq!(
                    (conversation.edited(), draft(conversation).0),
                    (None, "new words\nas it should be".to_owned())
                );
                assert_eq!(reloaded(state).edited(), None);
                // Another tab had the same edit, and has heard of the draft.
                state.keep_edit(ROOM, "m", "as it should be");
                state.end_edit_of(ROOM, "m");
                assert_eq!(draft(state.room(ROOM).expect("it is open").conversation).0, "new words\nas it should be");
            });
        }
    }
}
