//! Groups of people to whom a setting applies (`settings.md` 1.1).

use serde::{Deserialize, Serialize};

crate::words! {
    /// Group of people to whom a setting applies.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Audience {
        Contacts = "contacts",
        /// Everyone who is not blocked.
        Everyone = "everyone",
        Nobody = "nobody",
    }
}

impl Audience {
    /// Returns `true` if a person belongs to the audience; `is_contact`: that person is a contact.
    pub fn holds(self, is_contact: bool) -> bool {
        match self {
            Self::Contacts => is_contact,
            Self::Everyone => true,
            Self::Nobody => false,
        }
    }
}

/// Audience of a setting that cannot exclude everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Writers {
    Contacts,
    /// Everyone who is not blocked.
    Everyone,
}

impl Writers {
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Contacts, Self::Everyone].into_iter().find(|writers| writers.as_str() == word)
    }

    pub fn as_str(self) -> &'static str {
        Audience::from(self).as_str()
    }

    /// Returns `true` if a person belongs to the audience; `is_contact`: that person is a contact.
    pub fn holds(self, is_contact: bool) -> bool {
        Audience::from(self).holds(is_contact)
    }
}

impl From<Writers> for Audience {
    fn from(writers: Writers) -> Self {
        match writers {
            Writers::Contacts => Self::Contacts,
            Writers::Everyone => Self::Everyone,
        }
    }
}

crate::words!(Writers);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_read_back() {
        for audience in [Audience::Contacts, Audience::Everyone, Audience::Nobody] {
            assert_eq!(Audience::parse(audience.as_str()), Some(audience));
        }
        assert_eq!(Audience::parse("friends"), None);
    }

    #[test]
    fn nobody_cannot_be_the_only_writer() {
        for writers in [Writers::Contacts, Writers::Everyone] {
            assert_eq!(Writers::parse(writers.as_str()), Some(writers));
        }
        assert_eq!(Writers::parse(Audience::Nobody.as_str()), None);
    }
}
