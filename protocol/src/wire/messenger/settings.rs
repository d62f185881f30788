//! Body of `PUT /api/me/settings` (`settings.md` 1).

use super::Members;
use crate::people::contacts::{Audience, SettingsChange, Writers};
use crate::words::refusal::Refusal;

macro_rules! declare {
    ($($(#[$doc:meta])* $field:ident: $type:ident as $member:literal = $defaults:tt;)*) => {
        /// Reads a change of settings; absent members stay as they are.
        pub fn read_settings_change(members: &Members) -> Result<SettingsChange, Refusal> {
            Ok(SettingsChange { $($field: <$type as Member>::read(members, $member)?,)* })
        }
    };
}

crate::person_settings!(declare);

trait Member: Sized {
    fn read(members: &Members, name: &'static str) -> Result<Option<Self>, Refusal>;
}

impl Member for bool {
    fn read(members: &Members, name: &'static str) -> Result<Option<Self>, Refusal> {
        members.optional_flag(name)
    }
}

impl Member for Audience {
    fn read(members: &Members, name: &'static str) -> Result<Option<Self>, Refusal> {
        word(members, name, Self::parse, "This member is contacts, everyone or nobody.")
    }
}

impl Member for Writers {
    fn read(members: &Members, name: &'static str) -> Result<Option<Self>, Refusal> {
        word(members, name, Self::parse, "This member is contacts or everyone.")
    }
}

fn word<T>(
    members: &Members,
    name: &'static str,
    parse: fn(&str) -> Option<T>,
    expected: &'static str,
) -> Result<Option<T>, Refusal> {
    members.text(name)?.map(|word| parse(word).ok_or(Refusal::validation(name, expected))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::contacts::Settings;

    fn read(body: &str) -> Result<SettingsChange, Refusal> {
        read_settings_change(&Members::read(body.to_owned(), Settings::MEMBERS)?)
    }

    #[test]
    fn members_that_are_there_change_and_the_rest_stays() {
        let change = SettingsChange {
            nudges: Some(Audience::Nobody),
            who_can_write: Some(Writers::Contacts),
            typing: Some(false),
            ..SettingsChange::default()
        };
        assert_eq!(read(r#"{"nudges":"nobody","whoCanWrite":"contacts","typing":false,"later":1}"#).unwrap(), change);
        assert_eq!(read(r#"{"winks":null}"#).unwrap(), SettingsChange::default());
    }

    #[test]
    fn a_value_of_another_type_is_refused_with_the_name_of_its_member() {
        for (body, member) in [
            (r#"{"whoCanWrite":"nobody"}"#, "whoCanWrite"),
            (r#"{"whoCanAdd":"friends"}"#, "whoCanAdd"),
            (r#"{"receipts":"yes"}"#, "receipts"),
            (r#"{"typing":true,"winks":4}"#, "winks"),
        ] {
            let refused = read(body).unwrap_err();
            assert_eq!((refused.code(), refused.field()), ("VALIDATION", Some(member)), "{body}");
        }
    }
}
