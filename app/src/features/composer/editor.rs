//! Text of a composer while it is written: changes from other devices, Send, and the keys that leave the editor. The session stores the
//! draft. `commands` carries out what begins with a slash.

use protocol::content::room_commands;
use protocol::content::unseen::is_unseen;
use protocol::words::limits::CONTENT_UNITS_MAX;

use crate::browser::keys;
use crate::prelude::*;
use crate::store::conversation::{ComposerMode, Conversation, Row, RowKind, RowState, may_be_edited};

/// Text of one composer. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct Editor {
    session: Session,
    pub conversation: Conversation,
    room: StoredValue<String>,
    pub written: RwSignal<String>,
    pub units: Memo<usize>,
    /// The text is longer than a message may be.
    pub is_too_much: Memo<bool>,
    /// There is nothing to send, or a text waits for its attachments.
    pub is_blank: Memo<bool>,
    /// Number of refusals for the length.
    pub refused: RwSignal<u32>,
    pub is_focused: RwSignal<bool>,
    /// Number of texts with a slash that were to be sent.
    pub commanded: RwSignal<u32>,
    /// The last of these texts. `commands` carries it out, unless the text has changed until its code is loaded.
    pub command: StoredValue<String>,
    /// Id of the chosen entry of the open list of commands.
    pub chosen_entry: RwSignal<Option<String>>,
    /// Handler of a key while that list is open; it returns `true` for a key that it has used.
    pub list_keys: StoredValue<Option<Callback<String, bool>>>,
    /// Number of messages that were taken back.
    pub undone: RwSignal<u32>,
}

impl Editor {
    /// Makes the editor of a conversation. Its text begins with the draft, and follows changes from other devices.
    pub fn new(conversation: Conversation) -> Self {
        let written = RwSignal::new(draft_of(conversation));
        let units = Memo::new(move |_| written.with(|written| written.encode_utf16().count()));
        let is_too_much = Memo::new(move |_| units.get() > CONTENT_UNITS_MAX);
        let is_blank = Memo::new(move |_| {
            let has_none = written.with(|written| is_unseen(written)) && !conversation.has_attached.get();
            has_none || is_handed_over(conversation)
        });
        let (session, room) = (use_session(), StoredValue::new(conversation.room_id()));
        let command = StoredValue::new(String::new());
        let [refused, commanded, undone] = [0; 3].map(RwSignal::new);
        let (is_focused, chosen_entry, list_keys) = (RwSignal::new(false), RwSignal::new(None), StoredValue::new(None));
        let editor = Self {
            session,
            conversation,
            room,
            written,
            units,
            is_too_much,
            is_blank,
            refused,
            is_focused,
            commanded,
            command,
            chosen_entry,
            list_keys,
            undone,
        };
        editor.follow_draft();
        editor.follow_edit();
        editor.take_rescued();
        editor
    }

    fn follow_draft(self) {
        let Self { conversation, written, .. } = self;
        // A draft may be restored after the composer has rendered. A text that is being written wins.
        Effect::new(move |_| {
            conversation.draft.track();
            if written.with_untracked(String::is_empty) && !self.is_edit() {
                written.set(draft_of(conversation));
            }
        });
        // A draft of another device is shown while nothing is being written here.
        Effect::new(move |_| {
            if conversation.brought.get() > 0 && !self.is_edit() {
                written.set(draft_of(conversation));
            }
        });
    }

    /// Shows the text of the edited message, or the half-written edit. The draft returns after the edit, and after a text with attachments was
    /// sent or came back.
    fn follow_edit(self) {
        let Self { conversation, written, .. } = self;
        Effect::new(move |before: Option<(ComposerMode, bool)>| {
            let (writing, is_waiting) = (conversation.writing.get(), is_handed_over(conversation));
            if let ComposerMode::Edit(id) = &writing {
                let begun = conversation.edits.with_untracked(|edits| edits.get(id).cloned());
                let kind = conversation.find(id).map(|handle| handle.row.with_untracked(|row| row.kind.clone()));
                let stored = || kind.as_ref()?.chat().map(|chat| chat.content.clone());
                if let Some(content) = begun.or_else(stored) {
                    written.set(content);
                }
            } else if !is_waiting && matches!(before, Some((ComposerMode::Edit(_), _) | (_, true))) {
                written.set(draft_of(conversation));
            }
            (writing, is_waiting)
        });
    }

    /// Restores the text that was being written when the page broke.
    fn take_rescued(self) {
        Effect::new(move |_| {
            let own_id = self.session.me.with_untracked(|me| me.id.clone());
            let rescued = dom::rescued(&own_id, &self.room.get_value());
            // A half-written edit is stored as it is written, and comes back by itself.
            if let Some((content, _)) = rescued.filter(|(_, is_edit)| !is_edit && !self.is_edit()) {
                self.write(content);
            }
        });
    }

    fn is_edit(self) -> bool {
        self.conversation.edited().is_some()
    }

    pub fn write(self, content: String) {
        self.written.set(content.clone());
        self.session.run_for(&self.room.get_value(), move |state, room| state.edit_draft(room, content));
    }

    /// Sends the text, or hands it over to the tray with its attachments.
    pub fn send(self) {
        if self.is_too_much.get_untracked() {
            self.refused.update(|times| *times += 1);
        }
        if self.is_blank.get_untracked() || self.is_too_much.get_untracked() {
            return;
        }
        let content = self.written.get_untracked();
        if content.starts_with('/') && !self.is_edit() {
            // The text stays until the chunk of the commands is there.
            self.command.set_value(content);
            return self.commanded.update(|times| *times += 1);
        }
        self.submit(content);
    }

    /// Sends a text in the place of the written one.
    pub fn submit(self, content: String) {
        if self.conversation.has_attached.get_untracked() {
            return self.conversation.handed_over.set(Some(content));
        }
        self.written.set(String::new());
        self.session.run_for(&self.room.get_value(), move |state, room| state.say(room, &content, ""));
    }

    /// Returns the last own message while it may be taken back by a key (`ux.md` 2.9): one that was refused never went. Reactive.
    pub fn undoable(self) -> Option<Row> {
        let Conversation { just_sent, writing, .. } = self.conversation;
        let is_busy =
            writing.with(|writing| matches!(writing, ComposerMode::Edit(_))) || is_handed_over(self.conversation);
        let id = just_sent.get().filter(|_| !is_busy)?;
        let went = |row: &Row| matches!(row.state, RowState::Queued | RowState::Sent);
        self.conversation.last_own().filter(|row| row.id == id && !row.is_deleted && went(row))
    }

    /// Takes the last own message back: it is deleted for all, and its text is written again.
    pub fn undo(self) {
        let Some(Row { id, kind: RowKind::Chat(chat), .. }) = untrack(|| self.undoable()) else {
            return;
        };
        let (room, draft) = (self.room.get_value(), self.written.get_untracked());
        self.conversation.just_sent.set(None);
        self.session.run_for(&room, move |state, room| state.take_back(room, &id));
        // A text that was sent with a slash is no command when it is sent again.
        let content = self.conversation.commands.with_untracked(|of_bots| room_commands::typed(chat.content, of_bots));
        if let Some(message) = chat.reply_to {
            self.session.run_for(&room, move |state, room| state.turn_to(room, ComposerMode::Reply(message)));
        }
        self.write(if draft.is_empty() { content } else { format!("{content}\n{draft}") });
        self.undone.update(|times| *times += 1);
        dom::focus(".editor");
    }

    /// Offers a key to the open list of commands.
    fn is_taken(self, event: &ev::KeyboardEvent) -> bool {
        let is_plain = !(event.shift_key() || event.ctrl_key() || event.alt_key() || event.meta_key());
        if !is_plain || keys::is_composing(event) || self.chosen_entry.with_untracked(Option::is_none) {
            return false;
        }
        self.list_keys.get_value().is_some_and(|list_keys| list_keys.run(event.key()))
    }

    /// Handles Enter, which sends by the person's choice, and the keys that leave the editor.
    pub fn keydown(self, event: &ev::KeyboardEvent) {
        if self.is_taken(event) {
            return event.prevent_default();
        }
        let needs_modifier = self.session.settings.message_settings.with_untracked(|settings| settings.has_plain_enter);
        if keys::is_send(event, needs_modifier) {
            event.prevent_default();
            return self.send();
        }
        self.lead_out(event);
    }

    /// Handles Up, Escape, and Ctrl or Cmd with Z. Up in an empty editor edits the last own message if that is allowed, else it moves into
    /// the log. Z takes the message back that was just sent. Escape moves to the contacts.
    fn lead_out(self, event: &ev::KeyboardEvent) {
        let Self { conversation, written, .. } = self;
        if keys::is_composing(event) {
            return;
        }
        match event.key().as_str() {
            "ArrowUp" if written.with_untracked(String::is_empty) && !event.alt_key() => {
                event.prevent_default();
                match last_to_edit(self.session, conversation) {
                    Some(id) => self.session.run_for(&self.room.get_value(), move |state, room| {
                        state.turn_to(room, ComposerMode::Edit(id))
                    }),
                    None => conversation.jump_to.set(newest(conversation)),
                }
            }
            "z" | "Z"
                if is_undo(event)
                    && written.with_untracked(String::is_empty)
                    && untrack(|| self.undoable()).is_some() =>
            {
                event.prevent_default();
                self.undo();
            }
            "Escape" if conversation.writing.with_untracked(|writing| *writing != ComposerMode::New) => {
                event.prevent_default();
                self.session.run_for(&self.room.get_value(), move |state, room| state.turn_to(room, ComposerMode::New));
            }
            // A playing wink takes the key first.
            "Escape" if conversation.wink_playback.with_untracked(Option::is_none) => {
                event.prevent_default();
                dom::focus_list();
            }
            _ => {}
        }
    }
}

/// Returns `true` for the keys that take back what was done.
fn is_undo(event: &ev::KeyboardEvent) -> bool {
    (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key()
}

fn draft_of(conversation: Conversation) -> String {
    conversation.draft.with_untracked(|draft| draft.content.clone())
}

/// Returns `true` if the text waits for its attachments.
pub fn is_handed_over(conversation: Conversation) -> bool {
    conversation.handed_over.with(Option::is_some)
}

/// Returns the last own message if it may still be edited, and no other message is being answered or edited.
fn last_to_edit(session: Session, conversation: Conversation) -> Option<String> {
    if conversation.writing.with_untracked(|writing| *writing != ComposerMode::New) {
        return None;
    }
    let (limits, now) = (session.limits, clock::server_now_ms());
    conversation.rows.with_untracked(|rows| {
        rows.iter().rev().find_map(|handle| {
            let is_gone = untrack(|| conversation.is_gone(*handle));
            handle.row.with_untracked(|row| {
                let is_last = row.is_own && matches!(row.kind, RowKind::Chat { .. }) && !is_gone;
                is_last.then(|| may_be_edited(row, &limits, now).then(|| row.id.clone()))
            })
        })
    })?
}

fn newest(conversation: Conversation) -> Option<String> {
    conversation.rows.with_untracked(|rows| Some(rows.last()?.row.with_untracked(|row| row.id.clone())))
}
