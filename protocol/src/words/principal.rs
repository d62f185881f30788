//! Principals (`core.md` 4): the acting user as a door learns it once from a credential and every object trusts it afterwards.

use serde::{Deserialize, Serialize};

use super::event::Millis;
use super::ids::{RoomId, UserId, is_integration};

crate::words! {
    /// Sort of a user; the wire's `kind` in user objects (`sign-in.md` 1).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum UserKind {
        /// One of our invented characters, playable by anybody.
        Persona = "persona",
        /// A name without an account, gone a day after its last use.
        Guest = "guest",
        /// A registered account.
        User = "user",
        Bot = "bot",
    }
}

impl UserKind {
    /// Returns the sort of the user with this id, wherever no profile is at hand (`sign-in.md` 1). A guest or a persona may have become an
    /// account since (`account.md` 10), which only their record, card or view says.
    pub fn of_id(id: &str) -> Self {
        match id.split_once('_') {
            Some(("g" | "demo", _)) => Self::Guest,
            Some(("bot" | "act" | "hook", _)) => Self::Bot,
            _ if crate::words::personas::is_persona(id) => Self::Persona,
            _ => Self::User,
        }
    }
}

/// An authenticated user in one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    pub user: UserId,
    pub kind: UserKind,
    /// Public id of the session (not the token). Its first character names the `auth` shard in hex.
    pub session: String,
    /// Display name when the credential was checked.
    pub name: String,
    /// Picture when the credential was checked.
    pub avatar: String,
    /// Events up to this time are closed to the session: an earlier player of the persona saw them (`sign-in.md` 1). An account that was
    /// a persona has it in all sessions (`account.md` 10). 0 for everybody else.
    pub visible_from: Millis,
    /// Public id of the session that became the account, for an account that was a persona: what other sessions of the persona wrote is
    /// closed. Empty where no living session became it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player_session: Option<String>,
    /// Id of the only room that the credential opens: a session of a demo room (`demo.md` 3.2), the token of a bot (`integrations.md` 7.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The session began with two factors: a passkey, or a password with the code of an app (`account.md` 12).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_second_factor: bool,
    /// Time at which the session ends unless it slides.
    pub expires_at: Millis,
}

impl Principal {
    /// Returns a principal without a profile, to whom every event and every room is open, as of a session that has ended.
    pub fn new(user: UserId, kind: UserKind, session: String) -> Self {
        Self {
            user,
            kind,
            session,
            name: String::new(),
            avatar: String::new(),
            visible_from: 0,
            player_session: None,
            room: None,
            has_second_factor: false,
            expires_at: 0,
        }
    }

    /// Returns `user` as a reader of `room`, with what decides there which events they may read.
    pub fn reader(user: UserId, room: &RoomId, session: String, visible_from: Millis) -> Self {
        let (kind, room) = (UserKind::of_id(user.as_str()), Some(room.as_str().to_owned()));
        Self { visible_from, room, ..Self::new(user, kind, session) }
    }

    /// Returns `true` if the credential opens one room alone. A session of a demo room from before rooms were named opens none.
    pub fn has_one_room(&self) -> bool {
        self.room.is_some() || self.user.is_demo() || is_integration(self.user.as_str())
    }

    /// Returns the session whose events are the person's own, where those of other sessions may be of earlier players.
    pub fn player(&self) -> &str {
        self.player_session.as_deref().unwrap_or(&self.session)
    }

    /// Returns `true` for an account that was a persona with earlier players (`account.md` 10).
    pub fn is_former_persona(&self) -> bool {
        self.kind == UserKind::User && self.visible_from > 0
    }
}
