//! What server and browser both know when a page is drawn for the first time.
//!
//! The server fills it once (`api::boot`), the browser finds it in the document: both render the same, nothing flickers.

use protocol::event::Millis;
use protocol::presence::Status;
use protocol::principal::UserKind;
use serde::{Deserialize, Serialize};

use crate::store::settings::Look;

/// The person the session belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BootUser {
    /// User id.
    pub id: String,
    /// Persona or guest.
    pub kind: UserKind,
    /// Display name.
    pub display_name: String,
    /// Picture.
    pub avatar_id: String,
    /// Personal message; empty when there is none.
    pub personal_message: String,
    /// The status the person chose.
    pub status: Status,
}

/// Somebody of the contact list, or of the sign-in page's personas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BootPerson {
    /// User id.
    pub id: String,
    /// Persona, guest or bot.
    pub kind: UserKind,
    /// Display name.
    pub display_name: String,
    /// Picture.
    pub avatar_id: String,
    /// Personal message; empty when there is none.
    pub personal_message: String,
    /// Wire status as others see it: the first six, or `offline`.
    pub status: String,
    /// When the status began; 0 if unknown.
    pub since: Millis,
    /// Messages of theirs that wait in the inbox.
    #[serde(default)]
    pub unread: u32,
}

/// A room of the contact list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BootRoom {
    /// Room id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Messages that wait.
    #[serde(default)]
    pub unread: u32,
}

/// Everything a page starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    /// Who is signed in; `None` = nobody, the messenger page sends people to `/sign-in`.
    pub user: Option<BootUser>,
    /// The session's CSRF token; empty without a session.
    pub csrf: String,
    /// When the session ends unless it slides; 0 without a session.
    pub expires_at: Millis,
    /// Personas with their presence as of now, then other people the session may see (partners of kept conversations).
    pub people: Vec<BootPerson>,
    /// Public rooms.
    pub rooms: Vec<BootRoom>,
    /// The server's clock.
    pub server_time: Millis,
    /// `ENV=dev`: without a site key the sign-in form sends the token `dev`.
    pub env_dev: bool,
    /// `TURNSTILE_SITE_KEY`.
    pub turnstile_site_key: Option<String>,
    /// The browser is remembered: without a session it can begin a new one by itself.
    #[serde(default)]
    pub is_remembered: bool,
    /// How long the browser keeps the session's cookie.
    #[serde(default)]
    pub cookie_ms: Millis,
    /// How this device wants pages to look (cookie `cfm-look`).
    pub look: Look,
}

impl Boot {
    /// The name under which a room is shown: its id with a capital letter.
    pub fn room_name(id: &str) -> String {
        let mut letters = id.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}
