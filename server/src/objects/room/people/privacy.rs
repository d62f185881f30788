//! Contacts, blocks and settings of people, as a room needs them: its rows, calls to people's own objects, and their notifications.
//!
//! Every rule is in `protocol::machines::room` (`privacy`). The object of a person is authoritative. It notifies the rooms that asked of
//! every change until they have accepted it.

use std::rc::Rc;

use protocol::machines::presence::Card;
use protocol::machines::room::{PeopleStore, Room};
use protocol::people::contacts::{Privacy, PrivacyRecord};
use protocol::words::bot_cast;
use protocol::words::ids::{RoomForm, RoomId, UserId, is_integration};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::{Fault, Refusal};

use crate::calls::contacts::{PrivacyCall, PrivacyOfCall, ReadPrivacy};
use crate::kit::gathering::Gathering;
use crate::kit::request::Request;
use crate::kit::sql::{exec, rows};
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::runtime::call_error::CallError;
use crate::telemetry;

impl PeopleStore for RoomSql {
    fn known(&self) -> Result<Vec<(String, PrivacyRecord)>, Fault> {
        let stored = rows(&self.sql, "SELECT user, known FROM people", &[], |row| Ok((row.text(0)?, row.text(1)?)))?;
        let read = |(user, text): (String, String)| {
            let known = serde_json::from_str(&text)?;
            Ok((user, known))
        };
        stored.into_iter().map(read).collect()
    }

    fn save_known(&mut self, user: &str, known: &PrivacyRecord) -> Result<(), Fault> {
        let text = serde_json::to_string(known).map_err(|error| Fault(error.to_string()))?;
        exec(&self.sql, "INSERT OR REPLACE INTO people VALUES (?, ?)", &[user.into(), text.as_str().into()])
    }

    fn forget_known(&mut self, user: &str) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM people WHERE user = ?", &[user.into()])
    }
}

/// Loads the settings that have to be known before `user` may be here: their own, if they have changed, and once those of the other person
/// of a direct conversation.
///
/// A person with blocks is not accepted while their object cannot be asked, because they would see what they blocked. Returns `true` if an
/// object was asked, as the room may have changed during that.
pub async fn learn(object: &Rc<RoomObject>, room: &RoomId, user: &UserId, card: &Card) -> Result<bool, CallError> {
    let known = object.with(|room, _| Ok(room.privacy_of(user.as_str()).map_or(0, |privacy| privacy.version)))?;
    let is_behind = known < card.privacy;
    if is_behind {
        ask(object, room, user).await.map_err(|error| not_now(&error))?;
    }
    Ok(learn_of_both(object, room).await? || is_behind)
}

/// Wakes a room for an action over REST. Loads the settings of the actor, and in a direct conversation those of both people.
pub async fn wake_for_actor(object: &Rc<RoomObject>, who: &Principal) -> Result<RoomId, CallError> {
    let id = object.id_for(who)?;
    if matches!(id.form(), RoomForm::Direct(..)) && !object.exists()? {
        // A room without a log has nothing to change, and the attempt must not create one.
        return Err(Refusal::NotFound.into());
    }
    object.wake_known(&id)?;
    learn_of_both(object, &id).await?;
    if !is_integration(who.user.as_str()) && !receives_changes(object, who.user.as_str())? {
        ask(object, &id, &who.user).await.map_err(|error| not_now(&error))?;
    }
    // The object may have slept during the call.
    object.wake_known(&id)?;
    Ok(id)
}

/// Wakes a room for a read over REST, and answers earlier arrivals. Returns the settings of the reader.
pub async fn wake_for_reader(
    object: &Rc<RoomObject>,
    id: &RoomId,
    who: &Principal,
) -> Result<Option<Privacy>, CallError> {
    object.wake_known(id)?;
    let privacy = of_reader(object, id, who).await?;
    // The object may have slept during the call.
    object.wake_known(id)?;
    object.end_turn();
    Ok(privacy)
}

/// Loads the settings of both people of a direct conversation, who may be away. The call is made once; later changes are sent.
pub async fn learn_of_both(object: &Rc<RoomObject>, room: &RoomId) -> Result<bool, CallError> {
    let RoomForm::Direct(a, b) = room.form() else {
        return Ok(false);
    };
    let mut has_asked = false;
    for user in [a, b] {
        if !object.with(|room, _| Ok(room.receives_changes_of(user.as_str())))? {
            ask(object, room, user).await.map_err(|error| not_now(&error))?;
            has_asked = true;
        }
    }
    Ok(has_asked)
}

fn not_now(error: &CallError) -> CallError {
    telemetry::call_failed("privacy", error);
    Refusal::Overloaded { retry_after_ms: 1_000 }.into()
}

async fn ask(object: &Rc<RoomObject>, room: &RoomId, user: &UserId) -> Result<(), CallError> {
    let privacy = request_privacy(object, room, user, true).await?;
    object.wake(Some(room))?;
    save_privacy(object, user.as_str(), &privacy)
}

async fn request_privacy(
    object: &RoomObject,
    room: &RoomId,
    user: &UserId,
    subscribes: bool,
) -> Result<Privacy, CallError> {
    // A bot has no settings that could change. Its object is not asked, because it would store a row for everybody who talks to it.
    if bot_cast::find(user.as_str()).is_some() {
        return Ok(Privacy::of_kind(UserKind::Bot));
    }
    let question = PrivacyOfCall { room: room.as_str().to_owned(), subscribes };
    ReadPrivacy::ask(&object.env, user.as_str(), &question).await
}

fn save_privacy(object: &Rc<RoomObject>, user: &str, privacy: &Privacy) -> Result<(), CallError> {
    Ok(object.turn(|room, store, now, out| Ok(room.set_privacy(store, now, user, privacy.clone(), out)?))?)
}

/// Returns the settings of a person who reads over REST.
pub async fn of_reader(
    object: &Rc<RoomObject>,
    room: &RoomId,
    principal: &Principal,
) -> Result<Option<Privacy>, CallError> {
    let user = principal.user.as_str();
    // A bot of the group has no settings and no object of its own.
    if is_integration(user) {
        return Ok(None);
    }
    if receives_changes(object, user)? {
        return Ok(object.with(|room, _| Ok(room.privacy_of(user).cloned()))?);
    }
    let subscribes = !matches!(room.form(), RoomForm::Public);
    let privacy = request_privacy(object, room, &principal.user, subscribes).await.map_err(|error| not_now(&error))?;
    object.wake(Some(room))?;
    if subscribes {
        save_privacy(object, user, &privacy)?;
    }
    Ok(Some(privacy))
}

/// Returns `true` if the room receives changes of a person's settings. A public room receives them only while the person is there.
fn receives_changes(object: &RoomObject, user: &str) -> Result<bool, CallError> {
    let is_public = |room: &Room| matches!(room.id().form(), RoomForm::Public);
    Ok(object.with(|room, _| Ok(if is_public(room) { room.is_here(user) } else { room.receives_changes_of(user) }))?)
}

/// Stores the new settings of a person. Returns `false` if this room need not be notified any more.
pub fn update_settings(object: &Rc<RoomObject>, call: &PrivacyCall) -> Result<bool, CallError> {
    if !object.wake(None)? {
        return Ok(false);
    }
    let user = call.user.as_str();
    // Settings are also stored for a person who is about to enter. A public room removes them again if the person does not (`sweep`).
    object.turn(|room, store, now, out| {
        if let Some(card) = &call.hidden {
            room.set_card(store, now, user, card, out)?;
        }
        Ok(room.set_privacy(store, now, user, call.privacy.clone(), out)?)
    })?;
    Ok(object.with(|room, _| {
        let is_public = matches!(room.id().form(), RoomForm::Public);
        Ok(!is_public || room.is_here(user))
    })?)
}

#[cfg(test)]
#[path = "privacy_tests.rs"]
mod tests;
