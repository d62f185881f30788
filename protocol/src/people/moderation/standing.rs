//! Roles, mutes, bans and room states in force (`moderation.md` 2.1), of which the Worker and rooms keep a copy for a few seconds.

use super::role::DeploymentRole;
use super::writing_rules::WritingRules;
use crate::words::event::Millis;
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::Refusal;

crate::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Mute {
        pub user: String = "user",
        pub until: Millis = "until",
        pub act: String = "act",
    }
}

crate::record! {
    /// Ban of a person, or of guests from a network.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Ban {
        /// User id, or a network as audit rows name it. No user id has a `/`, and every network has one.
        pub subject: String = "subject",
        /// End of the ban; 0 for a permanent one.
        pub until: Millis = "until",
        pub act: String = "act",
        /// Reason, which is shown to the person.
        pub reason: String = "reason",
    }
}

crate::record! {
    /// State of a public room.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct RoomRule {
        pub room: String = "room",
        /// Interval of slow mode; 0 for none.
        pub slow_s: u64 = "slowS",
        pub is_closed: bool = "isClosed",
    }
}

crate::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RoleRow {
        pub user: String = "user",
        pub role: DeploymentRole = "role",
    }
}

crate::record! {
    /// Everything in force. Expired rows may be among them.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Standing {
        pub roles: Vec<RoleRow> = "roles",
        /// Mutes, one for each person.
        pub mutes: Vec<Mute> = "mutes",
        /// Bans, one for each subject.
        pub bans: Vec<Ban> = "bans",
        /// Rooms that are slow or closed.
        pub rooms: Vec<RoomRule> = "rooms",
        pub writing: WritingRules = "writing" or WritingRules::default(),
    }
}

impl Standing {
    pub fn role_of(&self, user: &str) -> Option<DeploymentRole> {
        self.roles.iter().find(|row| row.user == user).map(|row| row.role)
    }

    /// Returns the role of a person in this session. Where roles require a second factor, only a session that began with two factors has it
    /// (`account.md` 12).
    pub fn role_in(&self, who: &Principal, requires_second_factor: bool) -> Option<DeploymentRole> {
        self.role_of(who.user.as_str()).filter(|_| who.has_second_factor || !requires_second_factor)
    }

    /// Returns the interval of slow mode in a public room; 0 for none.
    pub fn slow_ms(&self, room: &str) -> Millis {
        self.rule_of(room).map_or(0, |rule| rule.slow_s * 1_000)
    }

    /// Returns the end of a person's mute, if one is in force.
    pub fn muted_until(&self, user: &str, now: Millis) -> Option<Millis> {
        self.mutes.iter().find(|mute| mute.user == user && mute.until > now).map(|mute| mute.until)
    }

    /// Checks that a person may write in a public room.
    /// Errors: `MUTED` with the time that is left, or `ROOM_CLOSED`.
    pub fn check_write(&self, room: &str, user: &str, now: Millis) -> Result<(), Refusal> {
        if let Some(until) = self.muted_until(user, now) {
            return Err(Refusal::Muted { retry_after_ms: until - now });
        }
        if self.rule_of(room).is_some_and(|rule| rule.is_closed) { Err(Refusal::RoomClosed) } else { Ok(()) }
    }

    /// Checks that a person is not banned. `network` is that of a guest; empty for everyone else, and where it is unknown.
    /// Errors: `BANNED` with the reason.
    pub fn check_ban(&self, user: &str, network: &str, now: Millis) -> Result<(), Refusal> {
        let stands = |ban: &&Ban| {
            let is_meant = ban.subject == user || !network.is_empty() && ban.subject == network;
            is_meant && (ban.until == 0 || ban.until > now)
        };
        match self.bans.iter().find(stands) {
            Some(Ban { act, reason, .. }) => Err(Refusal::Banned { act: act.clone(), reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Checks the name of a guest, which is visible in public rooms even while the guest is muted (`moderation.md` 8).
    /// Errors: `VALIDATION` for a name that a rule refuses or holds.
    pub fn check_name(&self, kind: UserKind, name: &str) -> Result<(), Refusal> {
        if kind == UserKind::Guest && self.writing.judge(name).is_some() {
            return Err(Refusal::validation("displayName", "This name can't be used here."));
        }
        Ok(())
    }

    fn rule_of(&self, room: &str) -> Option<&RoomRule> {
        self.rooms.iter().find(|rule| rule.room == room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;
    use crate::people::moderation::writing_rules::{RuleEffect, RuleKind, WritingRule};

    fn standing() -> Standing {
        let text = str::to_owned;
        let ban = |subject: &str, until, act: &str| Ban {
            subject: text(subject),
            until,
            act: text(act),
            reason: text("Spam."),
        };
        let room = |room: &str, slow_s, is_closed| RoomRule { room: text(room), slow_s, is_closed };
        Standing {
            roles: vec![RoleRow { user: text("u_1"), role: DeploymentRole::Owner }],
            mutes: vec![Mute { user: text("u_2"), until: 100, act: text("a") }],
            bans: vec![ban("u_3", 0, "b"), ban("u_4", 100, "c"), ban("198.51.100.0/24", 100, "d")],
            rooms: vec![room("slow", 30, false), room("shut", 0, true)],
            writing: WritingRules { holds_first: true, ..WritingRules::default() },
        }
    }

    #[test]
    fn rules_for_words_hold_for_the_names_of_guests() {
        let rule = |kind, pattern: &str, effect| WritingRule { kind, pattern: pattern.to_owned(), effect };
        let rules = vec![rule(RuleKind::Word, "spam", RuleEffect::Hold), rule(RuleKind::Link, "*", RuleEffect::Refuse)];
        let standing = Standing { writing: WritingRules { rules, ..WritingRules::default() }, ..standing() };
        let is_taken = |kind, name: &str| standing.check_name(kind, name).is_ok();
        for name in ["buy Spam", "https://evil.example"] {
            assert!(!is_taken(UserKind::Guest, name) && is_taken(UserKind::User, name), "{name}");
        }
        assert!(is_taken(UserKind::Guest, "Mia"));
    }

    #[test]
    fn a_mute_holds_in_every_room_until_its_end_and_a_closed_room_holds_for_everybody() {
        let standing = standing();
        assert_eq!(standing.check_write("general", "u_2", 40), Err(Refusal::Muted { retry_after_ms: 60 }));
        assert_eq!(standing.check_write("slow", "u_2", 100), Ok(()));
        assert_eq!(standing.check_write("shut", "u_1", 40), Err(Refusal::RoomClosed));
        assert_eq!(standing.check_write("general", "u_1", 40), Ok(()));
        assert_eq!(["slow", "shut", "general"].map(|room| standing.slow_ms(room)), [30_000, 0, 0]);
    }

    #[test]
    fn a_ban_holds_until_its_end_and_one_of_a_network_for_those_who_come_from_it() {
        let standing = standing();
        let act = |user: &str, network: &str, now| {
            standing.check_ban(user, network, now).err().and_then(|refusal| refusal.act().map(str::to_owned))
        };
        assert_eq!(act("u_3", "", u64::MAX).as_deref(), Some("b"), "without end");
        assert_eq!([act("u_4", "", 99).as_deref(), act("u_4", "", 100).as_deref()], [Some("c"), None]);
        assert_eq!(act("guest_1", "198.51.100.0/24", 99).as_deref(), Some("d"));
        assert_eq!([act("guest_1", "", 99), act("guest_1", "203.0.113.0/24", 99)], [None, None]);
    }

    #[test]
    fn a_copy_reads_as_it_was_written() {
        let standing = standing();
        assert_eq!(json::read::<Standing>(&json::write(&standing)), Some(standing.clone()));
        assert_eq!((standing.role_of("u_1"), standing.role_of("u_2")), (Some(DeploymentRole::Owner), None));
    }
}
