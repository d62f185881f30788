//! Settings of a person: what they take from others, and from whom (`settings.md` 1).

use serde::{Deserialize, Serialize};

use super::Audiences;
use crate::words::principal::UserKind;
use crate::words::refusal::Refusal;

/// Group of people to whom a setting applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Own contacts only.
    Contacts,
    /// Everybody who is not blocked.
    Everyone,
    /// Nobody.
    Nobody,
}

impl Audience {
    /// Reads the wire form.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "contacts" => Some(Self::Contacts),
            "everyone" => Some(Self::Everyone),
            "nobody" => Some(Self::Nobody),
            _ => None,
        }
    }

    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Everyone => "everyone",
            Self::Nobody => "nobody",
        }
    }

    /// Returns `true` if somebody belongs to the audience; `is_contact`: that person is a contact.
    pub fn holds(self, is_contact: bool) -> bool {
        match self {
            Self::Contacts => is_contact,
            Self::Everyone => true,
            Self::Nobody => false,
        }
    }
}

crate::words!(Audience);

/// All settings of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Others learn what one has read, and one learns it of them.
    pub receipts: bool,
    /// Others see one typing, and one sees them.
    pub typing: bool,
    /// People whose nudges shake the window; those of others are lines.
    pub nudges: Audience,
    /// People whose winks are played; those of others are lines.
    pub winks: Audience,
    /// People who may open a direct conversation and write in it.
    pub who_can_write: Audience,
    /// People who may bring one into a group, or ask: nobody else's invitation is ever shown (`settings.md` 1).
    #[serde(default = "everyone")]
    pub who_can_add: Audience,
    /// Others are told since when one is offline.
    #[serde(default = "yes")]
    pub last_seen: bool,
    /// People who see one's status, since when, and the personal message; to everybody else one is offline.
    #[serde(default = "everyone")]
    pub who_sees_presence: Audience,
    /// People who see one's picture; everybody else sees that of a person who has none.
    #[serde(default = "everyone")]
    pub who_sees_picture: Audience,
}

fn everyone() -> Audience {
    Audience::Everyone
}

fn yes() -> bool {
    true
}

crate::record!(Settings {
    receipts = "receipts",
    typing = "typing",
    nudges = "nudges",
    winks = "winks",
    who_can_write = "whoCanWrite",
    who_can_add = "whoCanAdd" or Audience::Everyone,
    last_seen = "lastSeen" or true,
    who_sees_presence = "whoSeesPresence" or Audience::Everyone,
    who_sees_picture = "whoSeesPicture" or Audience::Everyone,
});

impl Settings {
    /// Returns the settings that hold until the person says otherwise.
    pub fn of_kind(kind: UserKind) -> Self {
        let audience = if kind == UserKind::User { Audience::Contacts } else { Audience::Everyone };
        Self {
            receipts: true,
            typing: true,
            nudges: audience,
            winks: audience,
            who_can_write: audience,
            // Whoever is no contact only asks (`people.md` 1).
            who_can_add: Audience::Everyone,
            last_seen: true,
            // Of those who may hear of the person at all (`presence.md` 3).
            who_sees_presence: Audience::Everyone,
            who_sees_picture: Audience::Everyone,
        }
    }

    /// Returns the audiences of the person's presence and picture.
    pub fn audiences(&self) -> Audiences {
        Audiences { presence: self.who_sees_presence, picture: self.who_sees_picture }
    }

    /// These settings with the given ones changed.
    pub fn with(self, change: &SettingsChange) -> Result<Self, Refusal> {
        if change.who_can_write == Some(Audience::Nobody) {
            return Err(Refusal::validation("whoCanWrite", "whoCanWrite is contacts or everyone."));
        }
        Ok(Self {
            receipts: change.receipts.unwrap_or(self.receipts),
            typing: change.typing.unwrap_or(self.typing),
            nudges: change.nudges.unwrap_or(self.nudges),
            winks: change.winks.unwrap_or(self.winks),
            who_can_write: change.who_can_write.unwrap_or(self.who_can_write),
            who_can_add: change.who_can_add.unwrap_or(self.who_can_add),
            last_seen: change.last_seen.unwrap_or(self.last_seen),
            who_sees_presence: change.who_sees_presence.unwrap_or(self.who_sees_presence),
            who_sees_picture: change.who_sees_picture.unwrap_or(self.who_sees_picture),
        })
    }
}

/// Settings that change; absent ones stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChange {
    /// See [`Settings::receipts`].
    pub receipts: Option<bool>,
    /// See [`Settings::typing`].
    pub typing: Option<bool>,
    /// See [`Settings::nudges`].
    pub nudges: Option<Audience>,
    /// See [`Settings::winks`].
    pub winks: Option<Audience>,
    /// See [`Settings::who_can_write`].
    pub who_can_write: Option<Audience>,
    /// See [`Settings::who_can_add`].
    #[serde(default)]
    pub who_can_add: Option<Audience>,
    /// See [`Settings::last_seen`].
    #[serde(default)]
    pub last_seen: Option<bool>,
    /// See [`Settings::who_sees_presence`].
    #[serde(default)]
    pub who_sees_presence: Option<Audience>,
    /// See [`Settings::who_sees_picture`].
    #[serde(default)]
    pub who_sees_picture: Option<Audience>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_begin_with_contacts_and_everybody_else_with_everyone() {
        assert_eq!(Settings::of_kind(UserKind::User).who_can_write, Audience::Contacts);
        for kind in [UserKind::Persona, UserKind::Guest, UserKind::Bot] {
            let settings = Settings::of_kind(kind);
            assert_eq!([settings.nudges, settings.winks, settings.who_can_write], [Audience::Everyone; 3]);
        }
    }

    #[test]
    fn only_what_is_named_changes_and_nobody_cannot_be_the_only_writer() {
        let before = Settings::of_kind(UserKind::User);
        let change = SettingsChange { nudges: Some(Audience::Nobody), ..SettingsChange::default() };
        assert_eq!(before.with(&change).unwrap(), Settings { nudges: Audience::Nobody, ..before });
        let change = SettingsChange { who_can_write: Some(Audience::Nobody), ..SettingsChange::default() };
        assert!(before.with(&change).is_err());
    }

    #[test]
    fn settings_of_before_there_were_all_of_them_are_read() {
        let old = r#"{"receipts":false,"typing":true,"nudges":"nobody","winks":"contacts","whoCanWrite":"contacts"}"#;
        let read: Settings = serde_json::from_str(old).unwrap();
        assert_eq!([read.who_can_add, read.nudges], [Audience::Everyone, Audience::Nobody]);
        assert!(read.last_seen && !read.receipts && !read.audiences().are_narrow());
        assert_eq!(crate::codec::json::read::<Settings>(old), Some(read));
    }

    #[test]
    fn audiences_read_back() {
        for audience in [Audience::Contacts, Audience::Everyone, Audience::Nobody] {
            assert_eq!(Audience::parse(audience.as_str()), Some(audience));
        }
        assert_eq!(Audience::parse("friends"), None);
    }
}
