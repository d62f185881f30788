//! The words for being there, and what they look like from outside.

use serde::{Deserialize, Serialize};

use super::event::Millis;
use super::principal::UserKind;

/// Status that a person chose. Others never see [`Status::AppearOffline`]: they see `offline`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Online,
    /// Do not disturb.
    Busy,
    Away,
    BeRightBack,
    OnThePhone,
    OutToLunch,
    /// Here, but nobody shall know.
    AppearOffline,
}

impl Status {
    /// All statuses in the order people see them.
    pub const ALL: [Self; 7] = [
        Self::Online,
        Self::Busy,
        Self::BeRightBack,
        Self::Away,
        Self::OnThePhone,
        Self::OutToLunch,
        Self::AppearOffline,
    ];

    /// The wire form of what a person chose.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::BeRightBack => "be_right_back",
            Self::OnThePhone => "on_the_phone",
            Self::OutToLunch => "out_to_lunch",
            Self::AppearOffline => "appear_offline",
        }
    }

    /// Reads a status in any case, with `-` or blank for `_`, and the usual synonyms.
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        match word.as_str() {
            "brb" => Some(Self::BeRightBack),
            "phone" => Some(Self::OnThePhone),
            "lunch" => Some(Self::OutToLunch),
            "offline" | "invisible" => Some(Self::AppearOffline),
            _ => Self::ALL.into_iter().find(|status| status.as_str() == word),
        }
    }

    /// Returns what others see while the person is connected.
    pub fn seen(self) -> &'static str {
        if self == Self::AppearOffline { OFFLINE } else { self.as_str() }
    }

    /// Returns `true` if a nudge may shake the window (`messenger.md` 5.4).
    pub fn takes_shakes(self) -> bool {
        !matches!(self, Self::Busy | Self::OnThePhone | Self::AppearOffline)
    }
}

crate::words!(Status);

/// Status that others see of somebody who is not connected, or does not want to be seen.
pub const OFFLINE: &str = "offline";

/// Looks of a person to others. Two people who look alike are equal, byte for byte: Appear Offline and offline differ in nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Visible {
    pub id: String,
    pub display_name: String,
    /// One of the first six statuses, or `offline`.
    pub status: String,
    /// Personal message; empty when there is none.
    pub personal_message: String,
    pub avatar_id: String,
    /// Time at which the status began to be what it is.
    pub since: Millis,
    /// The person has an account, although the id is that of a guest or a persona (`account.md` 10).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_account: bool,
}

impl Visible {
    /// Returns the kind of the person, as the viewer knows it.
    pub fn kind(&self) -> UserKind {
        if self.is_account { UserKind::User } else { UserKind::of_id(&self.id) }
    }

    /// Returns what a viewer sees who may not see the presence: offline, since nobody knows when, and without a word.
    #[must_use]
    pub fn without_presence(self) -> Self {
        Self { status: OFFLINE.to_owned(), since: 0, personal_message: String::new(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_back_and_synonyms_are_taken() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        for (word, status) in [
            ("BRB", Status::BeRightBack),
            ("be-right back", Status::BeRightBack),
            ("Phone", Status::OnThePhone),
            ("out to lunch", Status::OutToLunch),
            ("INVISIBLE", Status::AppearOffline),
            ("offline", Status::AppearOffline),
        ] {
            assert_eq!(Status::parse(word), Some(status), "{word}");
        }
        assert_eq!(Status::parse("sleeping"), None);
    }
}
