//! Actions on a message (`ux.md` 2.10): what each does, and when it is offered. The strip over the row shows a few of them as icons, and
//! `message_sheet` shows all of them in words.

use std::sync::Arc;

use super::kept_messages::keep_action;
use super::pinned_bar::pin_action;
use crate::prelude::*;
use crate::store::arrangement::ListDialog;
use crate::store::conversation::{
    ComposerMode, Conversation, MessageDialog, Row, RowHandle, RowKind, may_be_deleted, may_be_edited,
};

/// One action, for an icon or for a line in words.
pub struct Action {
    /// Icon of the sprite.
    pub drawing: &'static str,
    pub name: Box<dyn Fn() -> TextBinding>,
    /// State of an action that switches something on and off.
    pub is_on: Option<RwSignal<bool>>,
    pub press: Arc<dyn Fn() + Send + Sync>,
}

impl Action {
    /// Makes an action without a state.
    pub fn new(
        drawing: &'static str,
        name: impl Fn() -> TextBinding + 'static,
        press: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { drawing, name: Box::new(name), is_on: None, press: Arc::new(press) }
    }
}

/// Message of the actions. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Message {
    session: Session,
    conversation: Conversation,
    handle: RowHandle,
}

impl Message {
    pub fn new(conversation: Conversation, handle: RowHandle) -> Self {
        Self { session: use_session(), conversation, handle }
    }

    /// Finds a message of the open conversation that has actions: the server has stored it, and nobody has deleted it.
    pub fn find(id: &str) -> Option<Self> {
        let conversation = use_session().current.get_untracked()?;
        let handle = conversation.find(id)?;
        untrack(|| has_actions(conversation, handle)).then(|| Self::new(conversation, handle))
    }

    pub fn id(self) -> String {
        self.handle.row.with_untracked(|row| row.id.clone())
    }

    /// Returns `true` if the person has given this reaction.
    pub fn has_own(self, reaction: &str) -> bool {
        let own = self.session.me.with_untracked(|me| me.id.clone());
        self.handle.row.with_untracked(|row| row.has_reaction(reaction, &own))
    }

    /// Adds a reaction, or removes it again.
    pub fn react(self, reaction: &str) {
        let is_there = !self.has_own(reaction);
        let (room, id, reaction) = (self.conversation.room_id(), self.id(), reaction.to_owned());
        self.session.run_for(&room, move |state, room| state.react(room, &id, &reaction, is_there));
    }

    pub fn open(self, dialog: fn(String) -> MessageDialog) {
        self.session.list_dialog.set(ListDialog::Message(dialog(self.id())));
    }

    /// Returns the actions with an icon of their own: answer, and edit or copy.
    pub fn first(self) -> Vec<Action> {
        let second = self.edit().or_else(|| self.copy());
        std::iter::once(self.reply()).chain(second).collect()
    }

    /// Returns all actions but the reactions.
    pub fn all(self) -> Vec<Action> {
        let Self { conversation, handle, .. } = self;
        let copying = self.copy().into_iter().chain(self.copy_link()).chain(self.forward());
        let writing = std::iter::once(self.reply()).chain(self.edit()).chain(copying);
        let keeping =
            std::iter::once(keep_action(conversation.room_id(), handle)).chain(pin_action(conversation, handle));
        writing.chain(keeping).chain(self.reading()).chain(self.deleting()).chain(self.moderating()).collect()
    }

    fn reply(self) -> Action {
        Action::new("ic-reply", move || said!(talk.reply), move || self.write(ComposerMode::Reply))
    }

    /// Edit of an own message. Changes that the server would refuse by now are not offered.
    fn edit(self) -> Option<Action> {
        let edit =
            move || Action::new("ic-pencil", move || said!(talk.edit_it), move || self.write(ComposerMode::Edit));
        let (limits, now) = (self.session.limits, clock::server_now_ms());
        self.handle.row.with_untracked(|row| may_be_edited(row, &limits, now)).then(edit)
    }

    /// Copy of the text; a file without a text has none.
    fn copy(self) -> Option<Action> {
        let copy = move || dom::copy(&self.content());
        (!self.content().is_empty()).then(|| Action::new("ic-copy", move || said!(state.copy), copy))
    }

    /// Copy of the link to the message. A room of a demo has no address.
    fn copy_link(self) -> Option<Action> {
        let session = self.session;
        let copy = move || {
            let seq = self.handle.row.with_untracked(|row| row.seq);
            session.copy_link(&self.conversation.room_id(), seq);
        };
        (!session.is_of_demo()).then(|| Action::new("ic-link", move || said!(talk.copy_link), copy))
    }

    fn forward(self) -> Option<Action> {
        let session = self.session;
        let forward = move || session.list_dialog.set(ListDialog::Message(MessageDialog::Forward(self.content())));
        let may_forward = !self.content().is_empty() && !session.is_of_demo();
        may_forward.then(|| Action::new("ic-forward", move || said!(talk.forward), forward))
    }

    /// Actions on messages of other people: copy the emoticons, mark as unread, report.
    fn reading(self) -> Vec<Action> {
        let session = self.session;
        let is_account = session.is_account();
        let (is_own, has_emoticons) = self.handle.row.with_untracked(|row| {
            let has = row.kind.chat().is_some_and(|chat| !chat.emoticons.is_empty());
            (row.is_own, has)
        });
        if is_own {
            return Vec::new();
        }
        let emoticons = (is_account && has_emoticons).then(|| {
            let keep = move || self.open(MessageDialog::Emoticons);
            Action::new("ic-plus", move || said!(own_emoticons.keep), keep)
        });
        let unread = Action::new("ic-unread", move || said!(talk.unread), move || self.mark_unread());
        let report = (!session.is_of_demo())
            .then(|| Action::new("ic-warn", move || said!(dialogs.report), move || self.open(MessageDialog::Report)));
        emoticons.into_iter().chain([unread]).chain(report).collect()
    }

    fn deleting(self) -> Vec<Action> {
        let (limits, now) = (self.session.limits, clock::server_now_ms());
        let may_delete = self.handle.row.with_untracked(|row: &Row| may_be_deleted(row, &limits, now));
        let for_all =
            may_delete.then(|| Action::new("ic-bin", move || said!(talk.delete_it), move || self.delete(true)));
        let for_me = Action::new("ic-hide", move || said!(talk.delete_for_me), move || self.delete(false));
        for_all.into_iter().chain([for_me]).collect()
    }

    /// Removal by somebody who keeps order in public rooms (`ux.md` 2.14).
    fn moderating(self) -> Option<Action> {
        let is_of_other = self.handle.row.with_untracked(|row| !row.is_own && matches!(row.kind, RowKind::Chat { .. }));
        let is_offered = is_of_other && self.session.has_role() && self.conversation.is_public_room();
        let open = move || self.open(MessageDialog::Moderate);
        is_offered.then(|| Action::new("ic-bin", move || said!(moderate.message), open))
    }

    fn content(self) -> String {
        self.handle.row.with_untracked(|row| row.kind.chat().map(|chat| chat.content.clone()).unwrap_or_default())
    }

    fn write(self, writing: fn(String) -> ComposerMode) {
        let mode = writing(self.id());
        self.session.run_for(&self.conversation.room_id(), move |state, room| state.turn_to(room, mode));
        dom::focus(".editor");
    }

    fn mark_unread(self) {
        let Self { session, conversation, handle } = self;
        if let Some(seq) = handle.row.with_untracked(|row| row.seq) {
            dom::leave_to_list(|| {
                session.run_for(&conversation.room_id(), move |state, room| state.mark_unread(room, seq))
            });
        }
    }

    fn delete(self, for_all: bool) {
        let id = self.id();
        self.session.run_for(&self.conversation.room_id(), move |state, room| state.delete(room, &id, for_all));
    }
}

/// Returns `true` if the server has stored the message, and nobody has deleted it.
pub fn has_actions(conversation: Conversation, handle: RowHandle) -> bool {
    handle.row.with(|row| row.seq.is_some()) && !conversation.is_gone(handle)
}
