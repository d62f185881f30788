//! Requests to and by a person's object about contacts, blocks and settings (`settings.md` 1).

use protocol::machines::presence::Card;
pub use protocol::people::contacts::ContactAct;
use protocol::people::contacts::{ContactIntent, Privacy, Relation, Settings, SettingsChange};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;

requests! { Person:
    /// Reads what a room has to know of the person.
    ReadPrivacy "privacy-of": PrivacyOfCall => Privacy;
    /// Reads what others are to the person: one [`ContactStanding`] each, in order.
    ReadStanding "standing": Vec<UserId> => Vec<ContactStanding>;
    /// Reads the settings after a change; one that is empty only reads them.
    ChangeSettings "settings": SettingsChange => Settings;
    /// Reads the name of the time zone that the person states, as the asker may know it; empty where none is stated.
    ReadClock "clock": ClockCall => String;
    BlockPerson "block": BlockCall => ();
    /// Lists the blocked people, with the time since when.
    ListBlocked "blocked": () => Vec<(String, Millis)>;
    /// Appears offline to somebody, or shows them the status again; answers with all people to whom the person appears offline.
    HideFrom "hide-from": HideFromCall => Vec<String>;
    ListHiddenFrom "hidden-from": () => Vec<String>;
    /// Exchanges halves of a pair with the other one; nothing comes back where nobody is there any more.
    ExchangeHalves "contact": ContactCall => Option<ContactAnswer>;
    ActOnContact "contact-act": ContactActCall => ContactActAnswer;
    ListContacts "contacts": () => Vec<ContactRow>;
}

/// A room that has to know what a person wishes.
#[derive(Debug, Serialize, Deserialize)]
pub struct PrivacyOfCall {
    /// Canonical id of the room that asks.
    pub room: String,
    /// Tell the room of every change from now on.
    #[serde(rename = "keep_told")]
    pub subscribes: bool,
}

/// New privacy settings of a person, for a room.
#[derive(Debug, Serialize, Deserialize)]
pub struct PrivacyCall {
    pub user: UserId,
    pub privacy: Privacy,
    /// Card of the person, where nobody sees it: wishes that show more must not show how the person looked before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Card>,
}

/// A word of somebody else about being contacts.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactCall {
    pub from: UserId,
    pub name: String,
    /// Half of the pair that they have said.
    pub half: ContactIntent,
    /// They have an account, although the id is that of a guest or a persona (`account.md` 10).
    #[serde(default)]
    pub is_account: bool,
}

/// Word of the person in turn.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactAnswer {
    pub name: String,
    /// Half of the pair that they have said.
    pub half: ContactIntent,
    #[serde(default)]
    pub is_account: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ContactActCall {
    pub other: UserId,
    pub act: ContactAct,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ContactActAnswer {
    /// Row of the contact as it is now; `None` when the two are nothing to each other.
    pub row: Option<ContactRow>,
    /// It was something else before.
    #[serde(rename = "is_news")]
    pub has_changed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactRow {
    pub user: String,
    /// Display name when they were last heard of.
    pub name: String,
    pub relation: Relation,
    /// The note of a request that waits, own or theirs.
    pub note: String,
    pub since: Millis,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct BlockCall {
    pub other: UserId,
    pub is_blocked: bool,
    #[serde(default)]
    pub trace: crate::kit::trace::Trace,
}

/// Begin or end of *Appear offline* to one person (`presence.md` 2.7).
#[derive(Debug, Serialize, Deserialize)]
pub struct HideFromCall {
    pub other: UserId,
    pub is_hidden: bool,
}

/// The time zone of a person: the person states one (an empty name ends that), or somebody asks.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClockCall {
    /// Person who asks; `None` for the person themselves.
    pub by: Option<UserId>,
    /// Time zone that the person states, if they state one.
    pub zone: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactStanding {
    pub is_contact: bool,
    /// The person has blocked them; nobody may ever be told.
    pub is_blocked: bool,
    /// They may open a direct conversation with the person and write in it.
    pub may_write: bool,
}
