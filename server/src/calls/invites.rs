//! Requests to a person's object about the invites that they made (`people.md` 5).

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;

requests! { Person:
    MakeInvite "invite-make": InviteCall => bool;
    /// Lists the invites in order of their making, as JSON text.
    ListInvites "invites": () => String;
    /// Withdraws an invite, and returns the hash of its code; `NOT_FOUND` where there is none.
    EndInvite "invite-end": InviteCall => String;
    /// Reads what everybody may see of an invite, as JSON text.
    ShowInvite "invite-look": InviteUseCall => String;
    UseInvite "invite-use": InviteUseCall => InviteUseAnswer;
    /// Notes that the group or contact of a used invite is open.
    ConfirmInvite "invite-done": InviteUseCall => bool;
    /// Takes back a use that opened nothing: it costs none.
    ReleaseInvite "invite-back": InviteUseCall => bool;
}

/// An invite of a person, by its code's hash or its id. Members that a question does not need are empty.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InviteCall {
    pub hash: String,
    pub id: String,
    pub room: Option<String>,
    pub takes_guests: bool,
    /// Number of people who may come.
    pub uses: u64,
    pub expires_at: Millis,
}

/// A use of an invite, or a look at it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteUseCall {
    pub hash: String,
    /// Person who comes or looks; empty for nobody who is known.
    pub by: String,
    #[serde(default)]
    pub is_guest: bool,
    /// Groups in which they are already.
    pub is_in: Vec<String>,
}

/// Contents of an invite that somebody came by.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteUseAnswer {
    pub room: Option<String>,
    /// `true` where the group or contact is to be opened; else it is open already.
    pub is_open: bool,
    pub name: String,
}
