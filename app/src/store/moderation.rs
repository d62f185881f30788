//! Dialog of a moderator (`moderation.md` 2.3): its subject, the acts that it offers, what stands, and the outcome. Also the reason why the
//! server holds a message of the person back.

use protocol::client::Row;
use protocol::codec::json::json_text;
use protocol::people::moderation::{ActKind, DeploymentRole, RoleRow};
use protocol::words::event::Millis;
use protocol::words::principal::UserKind;

use super::relations::PersonRef;

/// Choices for the length of a mute, in minutes.
pub const MUTE_MINUTES: [u64; 4] = [10, 60, 1_440, 10_080];
/// Choices for the length of a ban, in minutes; 0 is without end.
pub const BAN_MINUTES: [u64; 4] = [1_440, 10_080, 43_200, 0];
/// Choices for the interval of slow mode, in seconds; 0 ends it.
pub const SLOW_S: [u64; 6] = [0, 5, 10, 30, 60, 300];
/// Choice of slow mode that the dialog begins with.
const SLOW_S_FIRST: u64 = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModerationSubject {
    /// Message of somebody else in a public room.
    Message { room: String, message: String, writer: PersonRef },
    /// Any person.
    Person(PersonRef),
    /// Public room.
    Room { room: String, name: String },
}

impl ModerationSubject {
    /// Returns the person concerned; `None` for a room.
    pub fn person(&self) -> Option<&PersonRef> {
        match self {
            Self::Message { writer: person, .. } | Self::Person(person) => Some(person),
            Self::Room { .. } => None,
        }
    }

    /// Returns the name in the title of the dialog.
    pub fn name(&self) -> &str {
        match self {
            Self::Message { writer: PersonRef { name, .. }, .. }
            | Self::Person(PersonRef { name, .. })
            | Self::Room { name, .. } => name,
        }
    }

    /// Returns the acts that the dialog offers, the most frequent first. The end of what does not stand is not offered.
    pub fn kinds(&self, standing: &Standing) -> Vec<ActKind> {
        match self {
            Self::Message { writer, .. } => {
                std::iter::once(ActKind::Remove).chain(standing.kinds_for(&writer.id)).collect()
            }
            Self::Person(person) => standing.kinds_for(&person.id),
            Self::Room { room, .. } => {
                let is_closed = standing.rule_of(room).is_some_and(|rule| rule.is_closed);
                vec![ActKind::Slow, if is_closed { ActKind::Open } else { ActKind::Close }]
            }
        }
    }

    /// Returns the choices for the minutes or seconds of an act; none for an act without.
    pub fn amounts(&self, kind: ActKind) -> &'static [u64] {
        let is_guest = self.person().is_some_and(|person| UserKind::of_id(&person.id) == UserKind::Guest);
        match kind {
            ActKind::Mute => &MUTE_MINUTES,
            // The ban of a guest has an end (`moderation.md` 2).
            ActKind::Ban if is_guest => &BAN_MINUTES[..3],
            ActKind::Ban => &BAN_MINUTES,
            ActKind::Slow => &SLOW_S,
            _ => &[],
        }
    }

    /// Returns the choice that an act begins with; 0 for an act without choices.
    pub fn first_amount(&self, kind: ActKind) -> u64 {
        match kind {
            ActKind::Slow => SLOW_S_FIRST,
            _ => self.amounts(kind).first().copied().unwrap_or_default(),
        }
    }

    /// Returns the body of the request for an act. `amount` is one of [`Self::amounts`].
    pub fn body(&self, kind: ActKind, amount: u64, reason: &str) -> String {
        let mut body = format!("{{\"kind\":\"{}\",\"reason\":{}", kind.as_str(), json_text(reason));
        match self {
            Self::Message { room, message, .. } if kind == ActKind::Remove => {
                body += &format!(",\"room\":{},\"message\":{}", json_text(room), json_text(message));
            }
            Self::Message { writer: person, .. } | Self::Person(person) => {
                body += &format!(",\"user\":{}", json_text(&person.id));
            }
            Self::Room { room, .. } => body += &format!(",\"room\":{}", json_text(room)),
        }
        match kind {
            ActKind::Mute => body += &format!(",\"minutes\":{amount}"),
            ActKind::Ban if amount > 0 => body += &format!(",\"minutes\":{amount}"),
            ActKind::Slow => body += &format!(",\"seconds\":{amount}"),
            _ => {}
        }
        body + "}"
    }
}

protocol::record! {
    /// Mute or ban that stands.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StandingTerm {
        /// User id of the person.
        pub user: String = "user",
        /// End; 0 without end.
        pub until: Millis = "until",
    }
}

protocol::record! {
    /// Room that is slow or closed.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StandingRule {
        pub room: String = "room",
        /// Interval of slow mode; 0 for none.
        pub slow_s: u64 = "slowS",
        pub is_closed: bool = "isClosed",
    }
}

protocol::record! {
    /// Mutes, bans and rules of rooms that stand, as a person with a role sees them (`moderation.md` 2). Empty until the server has told them.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Standing {
        pub mutes: Vec<StandingTerm> = "mutes",
        pub bans: Vec<StandingTerm> = "bans",
        pub rooms: Vec<StandingRule> = "rooms",
        /// Roles of accounts; only owners see them.
        pub roles: Vec<RoleRow> = "roles",
    }
}

impl Standing {
    /// Returns the end of a person's mute; 0 without end.
    pub fn muted_until(&self, user: &str) -> Option<Millis> {
        until_of(&self.mutes, user)
    }

    /// Returns the end of a person's ban; 0 without end.
    pub fn banned_until(&self, user: &str) -> Option<Millis> {
        until_of(&self.bans, user)
    }

    pub fn role_of(&self, user: &str) -> Option<DeploymentRole> {
        self.roles.iter().find(|row| row.user == user).map(|row| row.role)
    }

    pub fn rule_of(&self, room: &str) -> Option<&StandingRule> {
        self.rooms.iter().find(|rule| rule.room == room)
    }

    /// Returns the acts on a person. Nobody mutes a bot or bans a persona (`moderation.md` 2).
    fn kinds_for(&self, user: &str) -> Vec<ActKind> {
        let kind = UserKind::of_id(user);
        let offered = [
            (ActKind::Mute, kind != UserKind::Bot),
            (ActKind::Ban, matches!(kind, UserKind::Guest | UserKind::User)),
            (ActKind::Unmute, self.muted_until(user).is_some()),
            (ActKind::Unban, self.banned_until(user).is_some()),
        ];
        offered.into_iter().filter(|(_, is_offered)| *is_offered).map(|(kind, _)| kind).collect()
    }
}

fn until_of(terms: &[StandingTerm], user: &str) -> Option<Millis> {
    terms.iter().find(|term| term.user == user).map(|term| term.until)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActOutcome {
    /// There is no act yet, or it was refused.
    #[default]
    Nothing,
    /// The request is pending.
    Sent,
    Done,
}

/// Reason why the server takes no message of the person in a public room now (`moderation.md` 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldReason {
    /// A moderator has muted the person until then, by the clock of this device.
    Muted(Millis),
    Closed,
    /// The message waits and goes by itself after so many seconds: slow mode, or another limit.
    Slow(u32),
    /// The server takes no messages now: it is maintained, or has too much to do. The message goes by itself.
    Busy,
}

/// Shortest wait that is said. Shorter ones pass before they are read.
const WAIT_MS_MIN: Millis = 3_000;
/// Time for which the last refusal of a busy server is said. The message is tried again within it.
const BUSY_MS: Millis = 30_000;

impl HoldReason {
    /// Returns the reason in a refusal of a message; `None` for other refusals.
    pub fn of(code: &str, retry_after_ms: Option<Millis>, now: Millis) -> Option<Self> {
        match (code, retry_after_ms) {
            ("MUTED", Some(wait_ms)) => Some(Self::Muted(now + wait_ms)),
            ("ROOM_CLOSED", _) => Some(Self::Closed),
            ("OVERLOADED", _) => Some(Self::Busy),
            ("RATE_LIMITED", Some(wait_ms)) if wait_ms >= WAIT_MS_MIN => {
                Some(Self::Slow(u32::try_from(wait_ms.div_ceil(1_000)).unwrap_or(u32::MAX)))
            }
            _ => None,
        }
    }

    /// Returns the reason after an act on the person, with the end of a mute. The end of a mute ends no other reason.
    pub fn after_act(reason: Option<Self>, kind: &str, until: Option<Millis>) -> Option<Self> {
        match (kind, until, reason) {
            ("mute", Some(until), _) => Some(Self::Muted(until)),
            ("unmute", _, Some(Self::Muted(_))) => None,
            _ => reason,
        }
    }

    /// Returns `true` for the mute of a moderator.
    pub fn is_mute(self) -> bool {
        matches!(self, Self::Muted(_))
    }

    /// Returns `true` if a row shows that the reason is over: the server takes messages of the person again, or those of anybody in a room
    /// that was closed.
    pub fn ends_with(self, row: &Row) -> bool {
        let is_new = row.seq.is_some() && !row.is_replay;
        is_new && (row.is_own || self == Self::Closed && row.kind.is_message())
    }

    /// Returns the time at which the reason ends by itself, if it begins now. A room that is closed opens by an act.
    pub fn ends_at(self, now: Millis) -> Option<Millis> {
        match self {
            Self::Muted(until) => Some(until),
            Self::Closed => None,
            Self::Busy => Some(now + BUSY_MS),
            Self::Slow(seconds) => Some(now + Millis::from(seconds) * 1_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::client::OutboxEntry;
    use protocol::codec::json;
    use protocol::words::limits::{BAN_MINUTES_MAX, MODERATION_MINUTES_MIN, MUTE_MINUTES_MAX, SLOW_MODE_S_MAX};

    use super::*;

    fn person(id: &str) -> PersonRef {
        PersonRef { id: id.to_owned(), name: "Ann".to_owned() }
    }

    fn standing() -> Standing {
        let text = r#"{"role":"owner","mutes":[{"user":"g_1","until":9,"act":"a"}],"bans":[{"user":"u_1","until":0,"act":"b"}],
            "rooms":[{"room":"general","slowS":30,"isClosed":true}],
            "roles":[{"user":"u_2","role":"moderator"}]}"#;
        json::read(text).unwrap()
    }

    #[test]
    fn an_owner_sees_who_has_a_role() {
        let roles = ["u_1", "u_2"].map(|user| standing().role_of(user));
        assert_eq!(roles, [None, Some(DeploymentRole::Moderator)]);
    }

    #[test]
    fn what_stands_can_be_ended_and_nothing_else() {
        use ActKind::{Ban, Close, Mute, Open, Remove, Slow, Unban, Unmute};
        let kinds = |subject: &ModerationSubject| subject.kinds(&standing());
        assert_eq!(kinds(&ModerationSubject::Person(person("g_1"))), [Mute, Ban, Unmute]);
        assert_eq!(kinds(&ModerationSubject::Person(person("u_1"))), [Mute, Ban, Unban]);
        assert_eq!(kinds(&ModerationSubject::Person(person("user_1"))), [Mute], "nobody bans a persona");
        let (room, message) = ("general".to_owned(), "m".to_owned());
        let message = ModerationSubject::Message { room: room.clone(), message, writer: person("bot_nova") };
        assert_eq!(kinds(&message), [Remove]);
        let room = ModerationSubject::Room { room, name: String::new() };
        assert_eq!((kinds(&room), room.kinds(&Standing::default())), (vec![Slow, Open], vec![Slow, Close]));
    }

    #[test]
    fn every_choice_is_within_the_limits_and_the_ban_of_a_guest_has_an_end() {
        let within = |minutes: &[u64], most| minutes.iter().all(|one| (MODERATION_MINUTES_MIN..=most).contains(one));
        assert!(within(&MUTE_MINUTES, MUTE_MINUTES_MAX) && SLOW_S.iter().all(|seconds| *seconds <= SLOW_MODE_S_MAX));
        assert!(SLOW_S.contains(&SLOW_S_FIRST));
        let guest = ModerationSubject::Person(person("g_1"));
        assert!(within(guest.amounts(ActKind::Ban), BAN_MINUTES_MAX));
        assert_eq!(ModerationSubject::Person(person("u_1")).amounts(ActKind::Ban).last(), Some(&0));
        assert!(guest.amounts(ActKind::Unban).is_empty());
    }

    #[test]
    fn a_body_has_what_its_act_needs() {
        let (room, message) = ("general".to_owned(), "m".to_owned());
        let about = ModerationSubject::Message { room: room.clone(), message, writer: person("g_1") };
        let removal = r#"{"kind":"remove","reason":"\"Spam\"","room":"general","message":"m"}"#;
        assert_eq!(about.body(ActKind::Remove, 0, "\"Spam\""), removal);
        assert_eq!(about.body(ActKind::Mute, 10, "x"), r#"{"kind":"mute","reason":"x","user":"g_1","minutes":10}"#);
        assert_eq!(about.body(ActKind::Ban, 0, "x"), r#"{"kind":"ban","reason":"x","user":"g_1"}"#);
        let room = ModerationSubject::Room { room, name: String::new() };
        assert_eq!(room.body(ActKind::Slow, 0, "x"), r#"{"kind":"slow","reason":"x","room":"general","seconds":0}"#);
        assert_eq!(room.body(ActKind::Close, 0, "x"), r#"{"kind":"close","reason":"x","room":"general"}"#);
    }

    #[test]
    fn a_refusal_says_what_holds_a_message_back() {
        assert_eq!(HoldReason::of("MUTED", Some(5), 10), Some(HoldReason::Muted(15)));
        assert_eq!(HoldReason::of("ROOM_CLOSED", None, 10), Some(HoldReason::Closed));
        assert_eq!(HoldReason::of("RATE_LIMITED", Some(29_001), 10), Some(HoldReason::Slow(30)));
        assert_eq!(HoldReason::of("RATE_LIMITED", Some(400), 10), None);
        assert_eq!(HoldReason::of("OVERLOADED", Some(5_000), 10), Some(HoldReason::Busy));
        assert_eq!(HoldReason::of("TOO_LARGE", None, 10), None);
    }

    #[test]
    fn a_message_that_is_taken_ends_a_reason_and_that_of_another_only_a_closed_room() {
        let waiting = Row::of_entry(&OutboxEntry::chat("a", "hi", None, "Mia", 0), "user_1");
        let own = Row { seq: Some(1), ..waiting.clone() };
        let (replay, other) = (Row { is_replay: true, ..own.clone() }, Row { is_own: false, ..own.clone() });
        let all = [&waiting, &own, &replay, &other];
        assert_eq!(all.map(|row| HoldReason::Muted(9).ends_with(row)), [false, true, false, false]);
        assert_eq!(all.map(|row| HoldReason::Closed.ends_with(row)), [false, true, false, true]);
    }

    #[test]
    fn the_end_of_a_mute_ends_no_other_reason() {
        let (muted, closed) = (Some(HoldReason::Muted(7)), Some(HoldReason::Closed));
        assert_eq!(
            [muted, closed, None].map(|now| HoldReason::after_act(now, "mute", Some(9))),
            [Some(HoldReason::Muted(9)); 3]
        );
        assert_eq!([muted, closed, None].map(|now| HoldReason::after_act(now, "unmute", None)), [None, closed, None]);
        assert_eq!([muted, closed, None].map(|now| HoldReason::after_act(now, "remove", None)), [muted, closed, None]);
        let ends = [HoldReason::Muted(7), HoldReason::Closed, HoldReason::Slow(30)].map(|reason| reason.ends_at(5));
        assert_eq!(ends, [Some(7), None, Some(30_005)]);
    }
}
