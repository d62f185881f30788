//! Settings of a person about other people (`settings.md` 1). They are the same on all devices of the person, and rooms receive them. Each
//! is one row, from which everything else is derived: storage, frames, changes, the description of the API, and the list in the settings
//! dialog. Settings of one device are `app::store::settings`.

use serde::{Deserialize, Serialize};

use super::Audiences;
use super::audience::{Audience, Writers};
use crate::words::principal::UserKind;

/// Gives the settings of a person to the macro `$rows`, in their order on the wire and in the settings dialog.
///
/// A row has a field, a type, the name of the member on the wire, and its default for accounts and for everyone else. The page shows it
/// under the text `privacy.<field>`.
#[macro_export]
macro_rules! person_settings {
    ($rows:ident) => {
        $rows! {
            /// People who may open a direct conversation and write in it.
            who_can_write: Writers as "whoCanWrite" = [Writers::Contacts, Writers::Everyone];
            /// People who may add the person to a group or invite them; invitations of others are never shown. Strangers can only invite
            /// (`people.md` 2).
            who_can_add: Audience as "whoCanAdd" = [Audience::Everyone, Audience::Everyone];
            /// People who see the person's status, its time, and the personal message, among those who may watch the person at all
            /// (`presence.md` 3). For everyone else the person is offline.
            who_sees_presence: Audience as "whoSeesPresence" = [Audience::Everyone, Audience::Everyone];
            /// People who see the person's picture; everyone else sees the default one.
            who_sees_picture: Audience as "whoSeesPicture" = [Audience::Everyone, Audience::Everyone];
            /// People whose nudges shake the window; nudges of others are lines.
            nudges: Audience as "nudges" = [Audience::Contacts, Audience::Everyone];
            /// People whose winks are played; winks of others are lines.
            winks: Audience as "winks" = [Audience::Contacts, Audience::Everyone];
            /// Others see the person's read receipts, and the person sees theirs.
            receipts: bool as "receipts" = [true, true];
            /// Others see the person typing, and the person sees them.
            typing: bool as "typing" = [true, true];
            /// Others see since when the person is offline.
            last_seen: bool as "lastSeen" = [true, true];
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $field:ident: $type:ident as $member:literal = [$of_accounts:expr, $of_others:expr];)*) => {
        crate::record! {
            /// All settings of one person. A member that is missing is newer than the stored text; it has the default of accounts.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase", default)]
            pub struct Settings { $($(#[$doc])* pub $field: $type = $member or OF_ACCOUNTS.$field),* }
        }

        const OF_ACCOUNTS: Settings = Settings { $($field: $of_accounts,)* };
        const OF_OTHERS: Settings = Settings { $($field: $of_others,)* };

        /// Settings that change; absent ones stay as they are.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct SettingsChange { $($(#[$doc])* pub $field: Option<$type>,)* }

        impl Settings {
            /// Names of the members on the wire.
            pub const MEMBERS: &'static [&'static str] = &[$($member),*];

            /// Returns these settings with the given ones changed.
            pub fn with(self, change: &SettingsChange) -> Self {
                Self { $($field: change.$field.unwrap_or(self.$field),)* }
            }
        }

        /// Settings as a list shows them.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            member: $member,
            audiences: <$type as SettingType>::AUDIENCES,
            value: |settings| settings.$field.into(),
        }),*];
    };
}

person_settings!(declare);

impl Default for Settings {
    fn default() -> Self {
        OF_ACCOUNTS
    }
}

impl Settings {
    pub fn of_kind(kind: UserKind) -> Self {
        if kind == UserKind::User { OF_ACCOUNTS } else { OF_OTHERS }
    }

    pub fn audiences(&self) -> Audiences {
        Audiences { presence: self.who_sees_presence, picture: self.who_sees_picture }
    }
}

/// One setting as a list shows it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name of the member on the wire.
    pub member: &'static str,
    /// Audiences among which a person chooses; a switch has none.
    pub audiences: &'static [Audience],
    pub value: fn(&Settings) -> Choice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Switch(bool),
    Audience(Audience),
}

impl From<bool> for Choice {
    fn from(is_on: bool) -> Self {
        Self::Switch(is_on)
    }
}

impl From<Audience> for Choice {
    fn from(audience: Audience) -> Self {
        Self::Audience(audience)
    }
}

impl From<Writers> for Choice {
    fn from(writers: Writers) -> Self {
        Self::Audience(writers.into())
    }
}

trait SettingType {
    /// See [`Setting::audiences`].
    const AUDIENCES: &'static [Audience];
}

impl SettingType for bool {
    const AUDIENCES: &'static [Audience] = &[];
}

impl SettingType for Audience {
    const AUDIENCES: &'static [Audience] = &[Audience::Everyone, Audience::Contacts, Audience::Nobody];
}

impl SettingType for Writers {
    const AUDIENCES: &'static [Audience] = &[Audience::Everyone, Audience::Contacts];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    #[test]
    fn accounts_begin_with_contacts_and_everybody_else_with_everyone() {
        assert_eq!(Settings::of_kind(UserKind::User).who_can_write, Writers::Contacts);
        for kind in [UserKind::Persona, UserKind::Guest, UserKind::Bot] {
            let settings = Settings::of_kind(kind);
            assert_eq!([settings.nudges, settings.winks, settings.who_can_write.into()], [Audience::Everyone; 3]);
        }
    }

    #[test]
    fn only_what_is_named_changes() {
        let before = Settings::of_kind(UserKind::User);
        let change = SettingsChange { nudges: Some(Audience::Nobody), ..SettingsChange::default() };
        assert_eq!(before.with(&change), Settings { nudges: Audience::Nobody, ..before });
        assert_eq!(before.with(&SettingsChange::default()), before);
    }

    #[test]
    fn settings_of_before_there_were_all_of_them_are_read() {
        let old = r#"{"receipts":false,"typing":true,"nudges":"nobody","winks":"contacts","whoCanWrite":"contacts"}"#;
        let read: Settings = serde_json::from_str(old).unwrap();
        assert_eq!([read.who_can_add, read.nudges], [Audience::Everyone, Audience::Nobody]);
        assert!(read.last_seen && !read.receipts && !read.audiences().are_narrow());
        assert_eq!(json::read::<Settings>(old), Some(read));
        let change: SettingsChange = serde_json::from_str(r#"{"receipts":false,"nudges":null}"#).unwrap();
        assert_eq!(change, SettingsChange { receipts: Some(false), ..SettingsChange::default() });
    }

    #[test]
    fn both_writers_name_the_members_of_the_rows_and_a_list_shows_their_values() {
        let settings = Settings { receipts: false, winks: Audience::Nobody, ..Settings::default() };
        let text = json::write(&settings);
        assert_eq!(text, serde_json::to_string(&settings).unwrap());
        let written: serde_json::Value = serde_json::from_str(&text).unwrap();
        let word = |setting: &Setting| match (setting.value)(&settings) {
            Choice::Switch(is_on) => serde_json::json!(is_on),
            Choice::Audience(audience) => serde_json::json!(audience),
        };
        assert!(SETTINGS.iter().map(|setting| setting.member).eq(Settings::MEMBERS.iter().copied()));
        assert!(SETTINGS.iter().all(|setting| written[setting.member] == word(setting)));
        assert_eq!(written.as_object().unwrap().len(), SETTINGS.len());
    }

    #[test]
    fn the_specification_has_a_row_for_each_and_shows_the_settings_of_an_account() {
        let text = include_str!("../../../../docs/spec/settings.md");
        let table = text.lines().skip_while(|line| !line.starts_with("| Member |")).skip(2);
        let members: Vec<&str> = table.map_while(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(members, Settings::MEMBERS);
        assert!(text.contains(&json::write(&Settings::of_kind(UserKind::User))));
    }
}
