//! Calls to and by a person's object about contacts, blocks and settings (`settings.md` 1).

use protocol::machines::presence::Card;
pub use protocol::people::contacts::ContactAct;
use protocol::people::contacts::{Half, Privacy, Relation, SettingsChange};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use serde::{Deserialize, Serialize};

/// To a person (`/privacy-of`): what a room has to know of them. Answer: [`Privacy`].
#[derive(Debug, Serialize, Deserialize)]
pub struct PrivacyOfCall {
    /// The person.
    pub user: UserId,
    /// Canonical id of the room that asks.
    pub room: String,
    /// Tell the room of every change from now on.
    pub keep_told: bool,
}

/// New privacy settings of a person, for a room.
#[derive(Debug, Serialize, Deserialize)]
pub struct PrivacyCall {
    /// Canonical room id.
    pub room: String,
    /// The person.
    pub user: UserId,
    /// Their wishes.
    pub privacy: Privacy,
    /// Card of the person, where nobody sees it: wishes that show more must not show how the person looked before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Card>,
}

/// To a person (`/contact`): what somebody else has said about being contacts. Answer: [`ContactAnswer`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactCall {
    /// The person.
    pub user: UserId,
    /// Person who has said it.
    pub from: UserId,
    /// Their display name.
    pub name: String,
    /// Half of the pair that they have said.
    pub half: Half,
}

/// Answer to a [`ContactCall`]: what the person has said in turn. `None` when nobody is there any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactAnswer {
    /// Their display name.
    pub name: String,
    /// Half of the pair that they have said.
    pub half: Half,
}

/// To a person (`/contact-act`): they do something with a contact. Answer: [`ContactDone`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactActCall {
    /// The person.
    pub user: UserId,
    /// The other one.
    pub other: UserId,
    /// Act of the person.
    pub act: ContactAct,
}

/// Answer to a [`ContactActCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactDone {
    /// Row of the contact as it is now; `None` when the two are nothing to each other.
    pub row: Option<ContactRow>,
    /// It was something else before.
    pub is_news: bool,
}

/// One person in the contact list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactRow {
    /// The other one.
    pub user: String,
    /// Display name when they were last heard of.
    pub name: String,
    /// Relation of the two.
    pub relation: Relation,
    /// The note of a request that waits, own or theirs.
    pub note: String,
    /// When that began.
    pub since: Millis,
}

/// To a person (`/block`): block or unblock somebody.
#[derive(Debug, Serialize, Deserialize)]
pub struct BlockCall {
    /// The person.
    pub user: UserId,
    /// The other one.
    pub other: UserId,
    /// Block, or unblock.
    pub is_blocked: bool,
    /// Where the request came from.
    #[serde(default)]
    pub trace: crate::kit::trace::Trace,
}

/// To a person (`/clock`): the time zone that they tell of; they say which (nothing ends it), or somebody asks. Answer: its name, empty
/// where nothing is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClockCall {
    /// The person.
    pub user: UserId,
    /// Person who asks; `None` for the person themselves.
    pub by: Option<UserId>,
    /// Time zone that the person states, if they state one.
    pub zone: Option<String>,
}

/// To a person (`/settings`): their settings, changed where `change` says so. Answer: `protocol::people::contacts::Settings`.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettingsCall {
    /// The person.
    pub user: UserId,
    /// Change of the settings.
    pub change: SettingsChange,
}

/// To a person (`/standing`): what others are to them. Answer: one [`Standing`] each, in order.
#[derive(Debug, Serialize, Deserialize)]
pub struct StandingCall {
    /// The person.
    pub user: UserId,
    /// The others.
    pub others: Vec<UserId>,
}

/// Standing of somebody with a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// They are contacts.
    pub is_contact: bool,
    /// The person has blocked them; nobody may ever be told.
    pub is_blocked: bool,
    /// They may open a direct conversation with the person and write in it.
    pub may_write: bool,
}
