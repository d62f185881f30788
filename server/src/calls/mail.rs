//! Requests to the shards of `auth` about mail (`account.md` 1).

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::body::Empty;
use crate::kit::request::requests;

/// Shard that has the development mailbox.
pub const MAILBOX: &str = "0";

requests! { Auth:
    /// Writes a mail into the outbox of the shard that is asked.
    AddMail "mail-add": Mail => ();
    /// Counts a mail for an address, whose shard is asked. The answer is `false` if the address has got enough, and the mail is not sent.
    CountMail "mail-count": MailCount => bool;
    /// Keeps a mail in the development mailbox; `NOT_FOUND` where there is none.
    KeepMail "mail-keep": KeptMail => ();
    /// Lists the mails of the development mailbox, newest first; `NOT_FOUND` where there is none.
    ListMail "mail-list": Empty => Vec<KeptMail>;
}

#[derive(Debug, Serialize, Deserialize)]
pub struct MailCount {
    pub to: String,
    /// It tells of something, and brings no link that somebody has asked for.
    pub is_note: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// HTML with the same words.
    pub html: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMail {
    /// Id of the mail, the same on every attempt.
    pub id: String,
    pub at: Millis,
    pub mail: Mail,
}
