//! A row of a conversation, made from a server's event or from an unsent message. It has content, but no markup and no translated texts.

use super::font::Font;
use super::outbox::{OutboxEntry, is_held};
use super::reaction::Reaction;
use crate::codec::json::{Read, Value, Write, member, push_json_text, push_member};
use crate::content::files::keeps_card;
use crate::content::own_emoticons::{EmbeddedEmoticon, still_used};
use crate::words::event::{Kind, Millis};

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

/// Kind of a row, with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A text message.
    Chat {
        /// The text as sent; [`crate::content::text`] has its rules.
        content: String,
        /// Id of the message that it answers.
        reply_to: Option<String>,
        /// Font that the writer chose.
        font: Option<Font>,
        /// Attached files.
        files: Vec<AttachedFile>,
        /// Preview of one of its links, as the writer sent it (`files.md` 1).
        link: Option<Box<Value>>,
        /// Emoticons of the writer in the text (`files.md` 4).
        emoticons: Vec<EmbeddedEmoticon>,
    },
    /// Nudge, which may shake the window.
    Nudge,
    /// An animated greeting.
    Wink {
        /// Id in [`crate::words::winks`].
        wink_id: String,
    },
    /// Event of a group: `joined`, `left`, `member_added` and so on.
    System {
        /// Code of the event.
        code: String,
        /// Subject of the event: a person's name, the group's new name or topic; empty if it is the sender.
        subject: String,
        /// The new role, if the event is about one.
        role: String,
        /// User id of the subject, if it is a person.
        user: String,
    },
}

/// A file of a message (`files.md` 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedFile {
    /// Id, by which it is downloaded.
    pub id: String,
    /// Name of the file.
    pub name: String,
    /// Media type.
    pub media: String,
    /// Size in bytes.
    pub size: u64,
    /// Width of a picture.
    pub width: Option<u32>,
    /// Height of a picture.
    pub height: Option<u32>,
    /// Description of a picture.
    pub alt: Option<String>,
}

crate::record!(AttachedFile {
    id = "id",
    name = "name",
    media = "type",
    size = "size",
    width = "width",
    height = "height",
    alt = "alt",
});

/// Row of a conversation. Rows with a `seq` are in its order; rows without one follow them, in the order of writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Id of the event, from its writer.
    pub id: String,
    /// Position in the log; `None` until the server has stored it.
    pub seq: Option<u64>,
    /// User id of the writer; empty for the system.
    pub sender: String,
    /// Name of the writer at the time of writing.
    pub sender_name: String,
    /// `true` if this person wrote it, on any device.
    pub is_own: bool,
    /// Maker of a bot's message; `None` for a person's.
    pub maker: Option<Maker>,
    /// Server time of the commit, or local time of writing while `seq` is `None`.
    pub at: Millis,
    /// Kind and content.
    pub kind: RowKind,
    /// State of the message.
    pub state: RowState,
    /// `true` for a row from the history, without notification, sound or effect.
    pub is_replay: bool,
    /// Time of the last edit.
    pub edited_at: Option<Millis>,
    /// `true` if it was deleted for everyone, so that only its position is left.
    pub is_deleted: bool,
    /// Reactions in the order in which they appeared.
    pub reactions: Vec<Reaction>,
    /// Position of the log up to which changes are applied.
    pub as_of: u64,
    /// Text before the first edit, if this device has seen it; the log has only the edits.
    pub first: Option<String>,
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

crate::record!(Row {
    id = "id",
    seq = "seq",
    sender = "sender",
    sender_name = "senderName",
    is_own = "isOwn",
    maker = "client" or None,
    at = "at",
    kind = "kind",
    state = "state",
    is_replay = "isReplay",
    edited_at = "editedAt",
    is_deleted = "isDeleted" or false,
    reactions = "reactions" or Vec::new(),
    as_of = "asOf" or 0,
    first = "first" or None,
});

impl RowKind {
    /// Content of a message that was deleted for everyone.
    pub const GONE: Self = Self::Chat {
        content: String::new(),
        reply_to: None,
        font: None,
        files: Vec::new(),
        link: None,
        emoticons: Vec::new(),
    };

    /// Returns the content of a blocked person's message, of which the server sends only position and time.
    pub fn blocked() -> Self {
        Self::System { code: "blocked".to_owned(), subject: String::new(), role: String::new(), user: String::new() }
    }

    /// Returns `true` for the message of a blocked person.
    pub fn is_blocked(&self) -> bool {
        matches!(self, Self::System { code, .. } if code == "blocked")
    }

    /// Returns `true` for a person who opened or left the page of a private group. The log has such events, but the page does not show them.
    pub fn is_presence(&self) -> bool {
        matches!(self, Self::System { code, .. } if matches!(code.as_str(), "joined" | "left"))
    }

    /// Returns the kind of the event that the row shows.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Chat { .. } => Kind::Chat,
            Self::Nudge => Kind::Nudge,
            Self::Wink { .. } => Kind::Wink,
            Self::System { .. } => Kind::System,
        }
    }

    /// Returns `true` for a message of a person.
    pub fn is_message(&self) -> bool {
        self.kind().is_message()
    }

    /// Returns the text of the message, or the descriptions or names of its files.
    pub fn words(&self) -> String {
        let (content, files) = match self {
            Self::Chat { content, files, .. } => (content, files),
            Self::Nudge | Self::Wink { .. } | Self::System { .. } => return String::new(),
        };
        if !content.is_empty() {
            return content.clone();
        }
        let words = files.iter().map(|file| file.alt.as_ref().unwrap_or(&file.name).as_str());
        words.collect::<Vec<_>>().join(", ")
    }

    /// Replaces the text, and removes everything that was derived from it, as the server does. Returns the old text.
    pub(super) fn reword(&mut self, text: &str) -> Option<String> {
        let Self::Chat { content, link, emoticons, .. } = self else { return None };
        let before = std::mem::replace(content, text.to_owned());
        let url = link.as_ref().and_then(|link| link.get("url")).and_then(Value::as_str);
        if url.is_some_and(|url| !keeps_card(url, &before, text)) {
            *link = None;
        }
        *emoticons = still_used(text, std::mem::take(emoticons));
        Some(before)
    }

    /// Parses a body of `kind`; an invalid body is empty.
    pub fn of_body(kind: Kind, body: &str) -> Self {
        let body = Value::parse(body).unwrap_or(Value::Null);
        Self::of_members(kind, &body).unwrap_or_else(|| match kind {
            Kind::Chat => Self::GONE,
            Kind::Nudge => Self::Nudge,
            Kind::Wink => Self::Wink { wink_id: String::new() },
            // Changes have no row and no content.
            Kind::Edit | Kind::Delete | Kind::Reaction | Kind::System => {
                Self::System { code: String::new(), subject: String::new(), role: String::new(), user: String::new() }
            }
        })
    }

    /// Parses an event of `kind` from its members; `None` for a kind that is not shown, or if a member is missing.
    pub(super) fn of_members(kind: Kind, members: &Value) -> Option<Self> {
        Some(match kind {
            Kind::Chat => Self::Chat {
                content: member(members, "content")?,
                reply_to: member(members, "replyTo").flatten(),
                font: member(members, "font").flatten(),
                files: member(members, "files").unwrap_or_default(),
                link: member::<Value>(members, "link").map(Box::new),
                emoticons: member(members, "emoticons").unwrap_or_default(),
            },
            Kind::Nudge => Self::Nudge,
            Kind::Wink => Self::Wink { wink_id: member(members, "winkId")? },
            Kind::System => {
                let text = |name| member::<String>(members, name).unwrap_or_default();
                let subject = [text("userName"), text("name"), text("topic")].concat();
                Self::System { code: member(members, "code")?, subject, role: text("role"), user: text("userId") }
            }
            Kind::Edit | Kind::Delete | Kind::Reaction => return None,
        })
    }
}

/// Reads the wire form: the type, and the members of that type beside it.
impl Read for RowKind {
    fn read(value: &Value) -> Option<Self> {
        Self::of_members(member(value, "type")?, value)
    }
}

impl Write for RowKind {
    fn write(&self, out: &mut String) {
        out.push('{');
        let mut add = |name: &str, value: &dyn Write| push_member(out, name, value);
        add("type", &self.kind());
        match self {
            Self::Chat { content, reply_to, font, files, link, emoticons } => {
                add("content", content);
                add("replyTo", reply_to);
                add("font", font);
                if !files.is_empty() {
                    add("files", files);
                }
                if let Some(link) = link {
                    add("link", link.as_ref());
                }
                if !emoticons.is_empty() {
                    add("emoticons", emoticons);
                }
            }
            Self::Nudge => {}
            Self::Wink { wink_id } => add("winkId", wink_id),
            Self::System { code, subject, role, user } => {
                add("code", code);
                // The subject is written to the same member for every kind.
                add("name", subject);
                add("role", role);
                add("userId", user);
            }
        }
        out.push('}');
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
    use crate::codec::json;

    #[test]
    fn rows_read_back_as_they_were_kept() {
        let font = Some(Font { color: Some(3), face: None, style: Some(1) });
        let chat = |reply_to: Option<&str>, font| RowKind::Chat {
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
        let with_file = RowKind::Chat {
            content: String::new(),
            reply_to: None,
            font: None,
            files: vec![file.clone(), file],
            link: None,
            emoticons: Vec::new(),
        };
        let kinds = [
            chat(None, None),
            chat(Some("x"), font),
            with_file,
            RowKind::Nudge,
            RowKind::Wink { wink_id: "robot".to_owned() },
            RowKind::System {
                code: "joined".to_owned(),
                subject: "Mia".to_owned(),
                role: "owner".to_owned(),
                user: "user_1".to_owned(),
            },
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

    #[test]
    fn presence_is_coming_and_going_and_no_membership() {
        let is_presence = |code: &str| RowKind::of_body(Kind::System, &format!(r#"{{"code":"{code}"}}"#)).is_presence();
        assert!(is_presence("joined") && is_presence("left"));
        assert!(!["member_joined", "member_left", "created", "blocked", ""].into_iter().any(is_presence));
        assert!(!RowKind::Nudge.is_presence() && !RowKind::GONE.is_presence());
    }

    #[test]
    fn an_edit_takes_what_was_made_of_the_old_words() {
        let body = r#"{"content":"https://a.example/x :cat:","link":{"url":"https://a.example/x","title":"A"},
            "emoticons":[{"code":":cat:","fileId":"f","alt":"a"}]}"#;
        for (words, card, emoticons) in [("https://a.example/x", true, 0), ("so :cat:", false, 1), ("none", false, 0)] {
            let mut kind = RowKind::of_body(Kind::Chat, body);
            assert_eq!(kind.reword(words).as_deref(), Some("https://a.example/x :cat:"));
            let RowKind::Chat { content, link, emoticons: left, .. } = kind else { panic!("a chat") };
            assert_eq!((content.as_str(), link.is_some(), left.len()), (words, card, emoticons));
        }
        assert_eq!(RowKind::Nudge.reword("x"), None);
    }

    #[test]
    fn a_font_says_only_what_differs_from_the_page() {
        let font = Font::default().colored(3).faced(2).toggled(Font::BOLD).toggled(Font::STRUCK);
        assert_eq!(font, Font { color: Some(3), face: Some(2), style: Some(9) });
        assert!(font.has(Font::BOLD) && font.has(Font::STRUCK) && !font.has(Font::ITALIC));
        let plain = font.colored(0).faced(0).toggled(Font::STRUCK).toggled(Font::BOLD);
        assert_eq!(plain, Font::default());
    }

    #[test]
    fn a_body_that_cannot_be_read_says_nothing() {
        for body in ["", "[]", "{}", "{\"content\":1}"] {
            let nothing = RowKind::GONE;
            assert_eq!(RowKind::of_body(Kind::Chat, body), nothing, "{body}");
        }
        let said = RowKind::of_body(Kind::Chat, "{\"content\":\"a\",\"font\":{\"color\":400},\"replyTo\":7}");
        assert_eq!(
            said,
            RowKind::Chat {
                content: "a".to_owned(),
                reply_to: None,
                font: Some(Font::default()),
                files: vec![],
                link: None,
                emoticons: vec![],
            }
        );
    }
}
