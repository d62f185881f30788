//! A row of a conversation, made from a server's event or from an unsent message. It has content, but no markup and no translated texts.

use super::outbox::{OutboxEntry, is_held};
use super::reaction::Reaction;
use crate::codec::json::{Read, Value, Write, member, push_json_text, push_member};
use crate::content::kinds::RowKind;
use crate::words::event::Millis;

/// State of a row. Other people's rows are always [`RowState::Sent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Not stored by the server yet.
    Queued,
    /// Stored by the server.
    Sent,
    /// Refused; the person may send it again or discard it.
    Failed {
        /// Code of `messenger.md` 1.1, or `DROPPED` if a moderator has dropped it.
        code: String,
    },
}

impl RowState {
    /// Returns `true` for a message that is held for review (`moderation.md` 8.1).
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Failed { code } if is_held(code))
    }
}

crate::words! {
    /// Maker of a bot's message (`messenger.md` 7, `client`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Maker {
        /// A model.
        Model = "ai",
        /// Scripted lines.
        Script = "script",
        /// An external program, through an address of the group (`integrations.md` 4).
        Integration = "integration",
    }
}

crate::record! {
    /// Row of a conversation. Rows with a `seq` are in its order; rows without one follow them, in the order of writing.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Row {
        /// Id of the event, from its writer.
        pub id: String = "id",
        /// Position in the log; `None` until the server has stored it.
        pub seq: Option<u64> = "seq",
        /// User id of the writer; empty for the system.
        pub sender: String = "sender",
        /// Name of the writer at the time of writing.
        pub sender_name: String = "senderName",
        /// `true` if this person wrote it, on any device.
        pub is_own: bool = "isOwn",
        /// Maker of a bot's message; `None` for a person's.
        pub maker: Option<Maker> = "client" or None,
        /// Server time of the commit, or local time of writing while `seq` is `None`.
        pub at: Millis = "at",
        pub kind: RowKind = "kind",
        pub state: RowState = "state",
        /// `true` for a row from the history, without notification, sound or effect.
        pub is_replay: bool = "isReplay",
        pub edited_at: Option<Millis> = "editedAt",
        /// `true` if it was deleted for everyone, so that only its position is left.
        pub is_deleted: bool = "isDeleted" or false,
        /// Reactions in the order in which they appeared.
        pub reactions: Vec<Reaction> = "reactions" or Vec::new(),
        /// Position of the log up to which changes are applied.
        pub as_of: u64 = "asOf" or 0,
        /// Text before the first edit, if this device has seen it; the log has only the edits.
        pub first: Option<String> = "first" or None,
    }
}

impl Row {
    /// Returns the row of an own message that the server has not stored yet.
    pub fn of_entry(entry: &OutboxEntry, own_user: &str) -> Self {
        let state = match &entry.failed {
            Some(code) => RowState::Failed { code: code.clone() },
            None => RowState::Queued,
        };
        Self {
            id: entry.id.clone(),
            seq: None,
            sender: own_user.to_owned(),
            sender_name: entry.name.clone(),
            is_own: true,
            maker: None,
            at: entry.at,
            kind: RowKind::of_body(entry.kind, &entry.body),
            state,
            is_replay: false,
            edited_at: None,
            is_deleted: false,
            reactions: Vec::new(),
            as_of: 0,
            first: None,
        }
    }
}

/// Reads `queued`, `sent`, or a failure as `{"failed":CODE}`.
impl Read for RowState {
    fn read(value: &Value) -> Option<Self> {
        match value.as_str() {
            Some("queued") => Some(Self::Queued),
            Some("sent") => Some(Self::Sent),
            _ => Some(Self::Failed { code: member(value, "failed")? }),
        }
    }
}

impl Write for RowState {
    fn write(&self, out: &mut String) {
        match self {
            Self::Queued => push_json_text(out, "queued"),
            Self::Sent => push_json_text(out, "sent"),
            Self::Failed { code } => {
                out.push('{');
                push_member(out, "failed", code);
                out.push('}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{AttachedFile, ChatContent, Font, SystemContent, WinkContent};
    use crate::codec::json;
    use crate::content::own_emoticons::EmbeddedEmoticon;

    #[test]
    fn rows_read_back_as_they_were_kept() {
        let font = Some(Font { color: Some(3), face: None, style: Some(1) });
        let chat = |reply_to: Option<&str>, font| {
            RowKind::Chat(ChatContent {
                content: "\"hi\"\n".to_owned(),
                reply_to: reply_to.map(str::to_owned),
                font,
                files: Vec::new(),
                link: Value::parse("{\"url\":\"https://a.example\",\"title\":\"A\"}")
                    .filter(|_| reply_to.is_some())
                    .map(Box::new),
                emoticons: reply_to
                    .map(|_| EmbeddedEmoticon { code: "hi".to_owned(), file: "f".to_owned(), alt: "a".to_owned() })
                    .into_iter()
                    .collect(),
            })
        };
        let file = AttachedFile {
            id: "user_1.x.png-9-3x2".to_owned(),
            name: "a.png".to_owned(),
            media: "image/png".to_owned(),
            size: 9,
            width: Some(3),
            height: None,
            alt: Some("A".to_owned()),
        };
        let with_file = ChatContent { files: vec![file.clone(), file], ..ChatContent::default() };
        let kinds = [
            chat(None, None),
            chat(Some("x"), font),
            RowKind::Chat(with_file),
            RowKind::Nudge,
            RowKind::Wink(WinkContent { wink_id: "robot".to_owned() }),
            RowKind::System(SystemContent {
                code: "joined".to_owned(),
                subject: "Mia".to_owned(),
                role: "owner".to_owned(),
                user: "user_1".to_owned(),
            }),
        ];
        let states = [RowState::Queued, RowState::Sent, RowState::Failed { code: "GONE".to_owned() }];
        for (at, kind) in kinds.into_iter().enumerate() {
            let row = Row {
                id: "a".to_owned(),
                seq: (at > 0).then_some(at as u64),
                sender: "user_1".to_owned(),
                sender_name: "Mia".to_owned(),
                is_own: at == 2,
                maker: [None, Some(Maker::Model), Some(Maker::Script)][at % 3],
                at: 5,
                kind,
                state: states[at % 3].clone(),
                is_replay: at == 1,
                edited_at: (at == 2).then_some(9),
                is_deleted: at == 3,
                reactions: vec![Reaction { reaction: "like".to_owned(), count: 2, users: vec!["a".to_owned()] }],
                as_of: 4,
                first: (at == 0).then(|| "hi".to_owned()),
            };
            let text = json::write(&row);
            assert_eq!(json::read(&text), Some(row), "{text}");
        }
    }
}
