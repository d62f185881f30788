//! Requests to a person's object about the invites that they made (`people.md` 5).

use protocol::record;
use protocol::words::event::Millis;

use crate::kit::body::record_bodies;
use crate::kit::request::requests;

requests! { Person:
    /// Makes an invite.
    MakeInvite "invite-make": InviteCall => bool;
    /// Lists the invites in order of their making, as JSON text.
    ListInvites "invites": () => String;
    /// Withdraws an invite, and returns the hash of its code; `NOT_FOUND` where there is none.
    EndInvite "invite-end": InviteCall => String;
    /// Reads what everybody may see of an invite, as JSON text.
    ShowInvite "invite-look": InviteUseCall => String;
    /// Uses an invite.
    UseInvite "invite-use": InviteUseCall => InviteUseAnswer;
    /// Notes that the group or contact of a used invite is open.
    ConfirmInvite "invite-done": InviteUseCall => bool;
    /// Takes back a use that opened nothing: it costs none.
    ReleaseInvite "invite-back": InviteUseCall => bool;
}

record_bodies!(InviteCall, InviteUseCall, InviteUseAnswer);

/// An invite of a person, by its code's hash or its id. Members that a question does not need are empty.
#[derive(Debug, Default)]
pub struct InviteCall {
    /// SHA-256 of the code.
    pub hash: String,
    /// Name of the invite in lists.
    pub id: String,
    /// Group that it leads into.
    pub room: Option<String>,
    /// Guests may use it, too.
    pub takes_guests: bool,
    /// Number of people who may come.
    pub uses: u64,
    /// Time at which it ends.
    pub expires_at: Millis,
}

record!(InviteCall {
    hash = "hash",
    id = "id",
    room = "room",
    takes_guests = "takesGuests" or false,
    uses = "uses",
    expires_at = "expiresAt",
});

/// A use of an invite, or a look at it.
#[derive(Debug)]
pub struct InviteUseCall {
    /// SHA-256 of the code.
    pub hash: String,
    /// Person who comes or looks; empty for nobody who is known.
    pub by: String,
    /// They are a guest.
    pub is_guest: bool,
    /// Groups in which they are already.
    pub is_in: Vec<String>,
}

record!(InviteUseCall { hash = "hash", by = "by", is_guest = "isGuest" or false, is_in = "isIn" });

/// Contents of an invite that somebody came by.
#[derive(Debug)]
pub struct InviteUseAnswer {
    /// Group that it leads into.
    pub room: Option<String>,
    /// `true` where the group or contact is to be opened; else it is open already.
    pub is_open: bool,
    /// Name of its maker.
    pub name: String,
}

record!(InviteUseAnswer { room = "room", is_open = "isOpen", name = "name" });
