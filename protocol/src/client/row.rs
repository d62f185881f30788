//! A line of a conversation as the page shows it, made from a server's event or from an own message still on its way.
//!
//! Says what is to be shown, not how: no markup, no words.

use serde::{Deserialize, Serialize};

use super::outbox::OutboxEntry;
use crate::event::{Kind, Millis};

/// How far a row has come. Other people's rows are always [`RowState::Sent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RowState {
    /// Kept here, not stored by the server yet.
    Queued,
    /// Stored by the server.
    Sent,
    /// Refused for good; the person may try again or discard it.
    Failed {
        /// Code of `messenger.md` 1.1.
        code: String,
    },
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RowKind {
    /// A text message.
    Chat {
        /// The text as sent; [`crate::text`] has its rules.
        content: String,
        /// Id of the message it answers.
        reply_to: Option<String>,
        /// How the writer wanted it to look.
        font: Option<Font>,
    },
    /// Somebody shook the window.
    Nudge,
    /// An animated greeting.
    Wink {
        /// Id in [`crate::winks`].
        wink_id: String,
    },
    /// Something happened in a group: `joined`, `left`, `member_added` and so on.
    System {
        /// What.
        code: String,
        /// Whom or what it concerns: a person's name, the group's new name or topic; empty when it is the sender.
        #[serde(default)]
        subject: String,
        /// The new role, where that is what happened.
        #[serde(default)]
        role: String,
    },
}

/// The look of a chat (`messenger.md` 5.3); every member may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Font {
    /// 0–15.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<u8>,
    /// 0–5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face: Option<u8>,
    /// Bits 0–15.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<u8>,
}

/// One line of a conversation. Rows with a `seq` stand in its order; rows without stand behind them, as they were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Id of the event, given by its writer.
    pub id: String,
    /// Place in the log; `None` until the server has stored it.
    pub seq: Option<u64>,
    /// User id of the writer; empty for the system.
    pub sender: String,
    /// Name of the writer when it was written.
    pub sender_name: String,
    /// Written by the person at this device, here or on another device.
    pub is_own: bool,
    /// Server time of the commit; local time of writing while `seq` is `None`.
    pub at: Millis,
    /// What it is.
    pub kind: RowKind,
    /// How far it has come.
    pub state: RowState,
    /// From the history: nothing is announced, sounded or played.
    pub is_replay: bool,
}

impl Row {
    /// The row of an own message that the server has not stored yet.
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
            at: entry.at,
            kind: RowKind::of_body(entry.kind, &entry.body),
            state,
            is_replay: false,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    content: String,
    reply_to: Option<String>,
    font: Option<Font>,
    wink_id: String,
    code: String,
    user_name: String,
    name: String,
    topic: String,
    role: String,
}

impl RowKind {
    /// What a body of `kind` says; a body that cannot be read says nothing.
    pub fn of_body(kind: Kind, body: &str) -> Self {
        let body: Body = serde_json::from_str(body).unwrap_or_default();
        match kind {
            Kind::Chat => Self::Chat { content: body.content, reply_to: body.reply_to, font: body.font },
            Kind::Nudge => Self::Nudge,
            Kind::Wink => Self::Wink { wink_id: body.wink_id },
            // Changes are no rows: of them nothing can be shown.
            _ => {
                let subject = [body.user_name, body.name, body.topic].concat();
                Self::System { code: body.code, subject, role: body.role }
            }
        }
    }
}
