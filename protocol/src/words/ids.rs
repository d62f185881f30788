//! Names of things: parsed once at the edge, valid for ever after.
//!
//! Responsible for the *form* of user, room, log and event ids (`core.md` 1.1, `sign-in.md` 1, `messenger.md` 4). Not for
//! whether the thing exists, nor for who may use it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::limits::{USER_ID_BYTES_MAX, WRITE_ID_BYTES_MAX};
use super::principal::{Principal, UserKind};
use super::refusal::Refusal;

/// Id of a person, persona, guest or bot: `[a-z0-9]+(_[a-z0-9]+)*`, at most 64 bytes (`sign-in.md` 1).
///
/// The form has no double underscore, so the id of a direct room splits one way only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

impl UserId {
    /// Parses `text`; anything outside the form is refused with `VALIDATION` on field `userId`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let groups_are_valid = text
            .split('_')
            .all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        if text.len() > USER_ID_BYTES_MAX || !groups_are_valid {
            return Err(Refusal::validation("userId", "This is not a user id."));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` for the id of a guest, wherever no profile is at hand (`sign-in.md` 1). The guest may have become an account since.
    pub fn is_guest(&self) -> bool {
        is_guest_id(&self.0)
    }

    /// Returns `true` for a person who has nothing but a demo room (`demo.md`).
    pub fn is_demo(&self) -> bool {
        is_demo(&self.0)
    }

    /// Returns `true` for a user who exists in one demo room only: its people, and the characters that scenes move there.
    pub fn is_of_demo(&self) -> bool {
        is_demo(&self.0) || is_scripted(&self.0)
    }
}

pub fn is_guest_id(user: &str) -> bool {
    user.starts_with("g_")
}

/// Returns `true` for the id of a person who has nothing but a demo room (`demo.md`).
pub fn is_demo(user: &str) -> bool {
    user.starts_with("demo_")
}

/// Returns `true` for the id of a character that a scene moves: nobody signs in as one, and nothing waits for them.
pub fn is_scripted(user: &str) -> bool {
    user.starts_with("act_")
}

/// Returns `true` for the id of an integration: a program outside that writes in one group, and no account (`integrations.md` 4).
pub fn is_integration(user: &str) -> bool {
    user.starts_with("hook_")
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UserId {
    type Error = Refusal;
    fn try_from(text: String) -> Result<Self, Refusal> {
        Self::parse(&text)
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

/// Kind of a room, by the form of its id (`messenger.md` 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomForm {
    /// Anybody with a session may join.
    Public,
    /// Exactly these two people, in byte order.
    Direct(UserId, UserId),
    /// A group with a member list of its own.
    Group,
}

/// A room id in canonical form, together with what its form means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomId {
    text: String,
    form: RoomForm,
}

/// Rooms that exist by configuration (`PUBLIC_ROOMS`, `OPEN_ROOMS`).
#[derive(Clone, Debug, Default)]
pub struct RoomRules {
    /// Names that are public rooms.
    pub public: Vec<String>,
    /// Every `[a-z0-9-]{1,64}` is a public room on first join (dev and load tests only).
    pub open: bool,
}

impl RoomId {
    /// Parses a room id as it stands in a path or frame, resolving the aliases of direct rooms.
    ///
    /// Errors: `ROOM_RESERVED` for `system_*` and `admin_*`; `FORBIDDEN` for any direct id that does not name two
    /// different people (in the same words whatever is wrong with it); `NOT_FOUND` for everything that is no room.
    pub fn parse(text: &str, rules: &RoomRules) -> Result<Self, Refusal> {
        if text.starts_with("system_") || text.starts_with("admin_") {
            return Err(Refusal::RoomReserved);
        }
        if let Some(pair) = text.strip_prefix("dm_") {
            return Self::parse_direct(pair);
        }
        let is_open = rules.open
            && (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if is_open || rules.public.iter().any(|name| name == text) {
            return Ok(Self { text: text.to_owned(), form: RoomForm::Public });
        }
        if let Some(rest) = text.strip_prefix("grp_")
            && rest.len() == 13
            && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        {
            return Ok(Self { text: text.to_owned(), form: RoomForm::Group });
        }
        Err(Refusal::NotFound)
    }

    fn parse_direct(pair: &str) -> Result<Self, Refusal> {
        let halves = pair.split_once("____").or_else(|| pair.split_once("__"));
        let (left, right) = halves.ok_or(Refusal::Forbidden)?;
        let left = UserId::parse(left).map_err(|_| Refusal::Forbidden)?;
        let right = UserId::parse(right).map_err(|_| Refusal::Forbidden)?;
        Self::direct(left, right)
    }

    /// The direct room of two different people; the order of the arguments does not matter.
    pub fn direct(one: UserId, other: UserId) -> Result<Self, Refusal> {
        if one == other {
            return Err(Refusal::Forbidden);
        }
        let (a, b) = if one < other { (one, other) } else { (other, one) };
        Ok(Self { text: format!("dm_{a}____{b}"), form: RoomForm::Direct(a, b) })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn form(&self) -> &RoomForm {
        &self.form
    }

    /// The other person of a direct room, if `user` is one of the two.
    pub fn partner_of(&self, user: &UserId) -> Option<&UserId> {
        match &self.form {
            RoomForm::Direct(a, b) if a == user => Some(b),
            RoomForm::Direct(a, b) if b == user => Some(a),
            _ => None,
        }
    }

    /// Checks whether the form and the credential alone let `who` in. Groups answer yes here: their member list decides.
    ///
    /// A credential that opens one room opens no other. The refusal is that of a room that does not exist.
    pub fn admits(&self, who: &Principal) -> Result<(), Refusal> {
        let is_elsewhere = who.has_one_room() && who.room.as_deref() != Some(self.as_str());
        match &self.form {
            _ if is_elsewhere && who.kind == UserKind::Bot => Err(Refusal::Unauthenticated),
            RoomForm::Direct(a, b) if is_elsewhere || a.is_of_demo() || b.is_of_demo() => Err(Refusal::Forbidden),
            _ if is_elsewhere => Err(Refusal::NotFound),
            RoomForm::Group | RoomForm::Public => Ok(()),
            RoomForm::Direct(..) => self.partner_of(&who.user).map(|_| ()).ok_or(Refusal::Forbidden),
        }
    }

    /// Name of the Durable Object that owns the room's log (`core.md` 1.1).
    pub fn log_name(&self) -> String {
        format!("rm:{}", self.text)
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns `true` for a room id in its canonical form (`messenger.md` 4), whether or not there is such a room. Addresses and stored data may
/// contain any text, and ids become parts of paths.
pub fn is_room_id(text: &str) -> bool {
    let any_public = RoomRules { open: true, ..RoomRules::default() };
    RoomId::parse(text, &any_public).is_ok_and(|room| room.as_str() == text)
}

/// Checks that `id` is a UUID in its usual 36-character text form (`core.md` 3; the messenger requires it).
pub fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Checks the id of a write for doors that take any printable text (`core.md` 3).
pub fn is_write_id(id: &str) -> bool {
    (1..=WRITE_ID_BYTES_MAX).contains(&id.len()) && !id.chars().any(char::is_control)
}

/// Writes 16 random bytes as a UUIDv7 of the time `now_ms`.
pub fn uuid_v7(now_ms: u64, random: [u8; 16]) -> String {
    let mut bytes = random;
    bytes[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(HEX[usize::from(byte >> 4)]);
        text.push(HEX[usize::from(byte & 15)]);
    }
    text
}

/// Returns the time at which a UUIDv7 was made, as it says itself.
pub fn uuid_v7_at(text: &str) -> Option<u64> {
    let (high, low) = (text.get(..8)?, text.get(9..13)?);
    Some(u64::from_str_radix(high, 16).ok()? << 16 | u64::from_str_radix(low, 16).ok()?)
}

const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RoomRules {
        RoomRules { public: vec!["general".into()], open: false }
    }

    #[test]
    fn a_uuid_says_when_it_was_made() {
        assert_eq!(uuid_v7_at(&uuid_v7(1_795_000_000_123, [0xff; 16])), Some(1_795_000_000_123));
        assert_eq!(uuid_v7_at("0198"), None);
    }

    #[test]
    fn direct_aliases_reach_one_room() {
        let canonical = RoomId::parse("dm_a____b", &rules()).unwrap();
        for alias in ["dm_b____a", "dm_a__b", "dm_b__a"] {
            assert_eq!(RoomId::parse(alias, &rules()).unwrap(), canonical);
        }
    }

    #[test]
    fn direct_ids_that_name_no_pair_are_forbidden() {
        for id in ["dm_", "dm_a", "dm_a____a", "dm_a____", "dm_A____b", "dm_a___b", "dm_a____b____c"] {
            assert_eq!(RoomId::parse(id, &rules()), Err(Refusal::Forbidden), "{id}");
        }
    }

    #[test]
    fn rooms_do_not_appear_by_being_named() {
        assert_eq!(RoomId::parse("nowhere", &rules()), Err(Refusal::NotFound));
        assert_eq!(RoomId::parse("system_x", &rules()), Err(Refusal::RoomReserved));
        let open = RoomRules { open: true, ..rules() };
        assert!(RoomId::parse("nowhere", &open).is_ok());
        assert_eq!(RoomId::parse("No Where", &open), Err(Refusal::NotFound));
    }

    #[test]
    fn an_id_of_a_room_is_no_other_path_and_has_no_query() {
        for id in ["general", "dm_user_1____user_2", "grp_0123456789abc"] {
            assert!(is_room_id(id), "{id}");
        }
        for id in [
            "",
            "general?ticket=x",
            "a/../../blocks/user_9",
            "dm_user_1",
            "dm_user_2____user_1",
            "grp_x",
            "general#",
            "g%2F",
        ] {
            assert!(!is_room_id(id), "{id}");
        }
    }

    #[test]
    fn a_session_of_a_demo_room_opens_that_room_and_looks_like_nobody_elsewhere() {
        let visitor = |room: Option<&str>| Principal {
            room: room.map(str::to_owned),
            ..Principal::reader(UserId::parse("demo_0123456789abc").unwrap(), &own(), String::new(), 0)
        };
        fn own() -> RoomId {
            RoomId::parse("grp_0123456789abc", &rules()).unwrap()
        }
        assert_eq!(own().admits(&visitor(Some("grp_0123456789abc"))), Ok(()));
        // A session from before rooms were named opens none.
        for room in [Some("grp_0123456789abd"), Some("general"), None] {
            assert_eq!(own().admits(&visitor(room)), Err(Refusal::NotFound), "{room:?}");
        }
        for (id, refusal) in [
            ("grp_0123456789abd", Refusal::NotFound),
            ("general", Refusal::NotFound),
            ("dm_demo_0123456789abc____user_1", Refusal::Forbidden),
            ("dm_user_1____user_2", Refusal::Forbidden),
        ] {
            let elsewhere = RoomId::parse(id, &rules()).unwrap();
            assert_eq!(elsewhere.admits(&visitor(Some("grp_0123456789abc"))), Err(refusal), "{id}");
        }
    }

    #[test]
    fn the_token_of_a_bot_opens_its_group_and_is_no_token_elsewhere() {
        let [own, other] = ["grp_0123456789abc", "general"].map(|id| RoomId::parse(id, &rules()).unwrap());
        let bot = Principal::reader(UserId::parse("hook_0123456789abc").unwrap(), &own, String::new(), 0);
        assert_eq!((own.admits(&bot), other.admits(&bot)), (Ok(()), Err(Refusal::Unauthenticated)));
        assert_eq!(own.admits(&Principal { room: None, ..bot }), Err(Refusal::Unauthenticated));
    }

    #[test]
    fn uuids_carry_their_time_and_form() {
        let id = uuid_v7(0x0198_0000_0001, [0xff; 16]);
        assert_eq!(id, "01980000-0001-7fff-bfff-ffffffffffff");
        assert!(is_uuid(&id));
        assert!(!is_uuid(&id[1..]) && !is_uuid(&id.replace('-', "0")));
    }
}
