//! A note of the room: somebody joined or left a group, and the like. Nobody else writes one.

use super::content::Content;
use super::facts::{KindFacts, Nature};
use crate::codec::json::{Value, member, push_member};

pub(super) const FACTS: KindFacts = KindFacts {
    nature: Nature::Note,
    limit: None,
    notification: None,
    line: |_| None,
    members: &["type", "id", "rid"],
    schema: "code?: text, userId?: text, userName?: text, role?: Role, name?: text, topic?: text",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemContent {
    pub code: String,
    /// Subject of the event: a person's name, the group's new name or topic; empty if it is the sender.
    pub subject: String,
    /// The new role, if the event is about one.
    pub role: String,
    /// User id of the subject, if it is a person.
    pub user: String,
}

impl Content for SystemContent {
    fn push(&self, out: &mut String) {
        push_member(out, "code", &self.code);
        // The subject is written to the same member for every kind.
        push_member(out, "name", &self.subject);
        push_member(out, "role", &self.role);
        push_member(out, "userId", &self.user);
    }
}

impl SystemContent {
    /// Parses the content from the members of an event; `None` if a member is missing.
    pub(super) fn read(members: &Value) -> Option<Self> {
        let text = |name| member::<String>(members, name).unwrap_or_default();
        let subject = [text("userName"), text("name"), text("topic")].concat();
        let (role, user) = (text("role"), text("userId"));
        Some(Self { code: member(members, "code")?, subject, role, user })
    }

    /// Returns the content of a blocked person's message, of which the server sends only position and time.
    pub(super) fn blocked() -> Self {
        Self { code: "blocked".to_owned(), ..Self::default() }
    }

    /// Returns `true` for the message of a blocked person.
    pub(super) fn is_blocked(&self) -> bool {
        self.code == "blocked"
    }

    /// Returns `true` for a person who opened or left the page of a private group.
    pub(super) fn is_presence(&self) -> bool {
        matches!(self.code.as_str(), "joined" | "left")
    }
}

#[cfg(test)]
mod tests {
    use crate::content::kinds::RowKind;
    use crate::words::event::Kind;

    #[test]
    fn presence_is_coming_and_going_and_no_membership() {
        let is_presence = |code: &str| RowKind::of_body(Kind::System, &format!(r#"{{"code":"{code}"}}"#)).is_presence();
        assert!(is_presence("joined") && is_presence("left"));
        assert!(!["member_joined", "member_left", "created", "blocked", ""].into_iter().any(is_presence));
        assert!(!RowKind::Nudge.is_presence() && !RowKind::gone().is_presence());
    }
}
