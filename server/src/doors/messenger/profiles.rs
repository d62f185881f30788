//! Profiles: one's own, and how somebody looks to a viewer (`messenger.md` 3, `presence.md`). Lists of people are in `people`.

use protocol::machines::demo::actor_of;
use protocol::machines::presence::Record;
use protocol::words::bot_cast;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use serde_json::{Value, json};

use crate::calls::directory;
use crate::calls::person::{
    PersonView, Profile, ReadPersonView, ReadProfile, ReadViewerPlaces, UserCall, ViewerPlaces, WatchCall,
};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// A person's own profile, asked from their object.
pub async fn profile_of(incoming: &Incoming, user: &UserId) -> Result<Profile, CallError> {
    let question = UserCall { user: user.clone() };
    ReadProfile::ask(&incoming.env, user.as_str(), &question).await
}

/// Person who asks how others are, with the rooms and groups that the asker is in. Presence is told only to those to whom it would be
/// pushed (`presence.md`).
#[derive(Clone, Debug)]
pub struct Viewer {
    user: UserId,
    places: ViewerPlaces,
}

impl Viewer {
    /// Somebody with all that their own object knows of where they are.
    pub async fn of(incoming: &Incoming, principal: &Principal) -> Result<Self, CallError> {
        let question = UserCall { user: principal.user.clone() };
        let places = ReadViewerPlaces::ask(&incoming.env, principal.user.as_str(), &question).await?;
        Ok(Self { user: principal.user.clone(), places })
    }

    /// Somebody of whom no more is known: for names and pictures, which do not hang on where they are.
    pub fn passing(user: &UserId) -> Self {
        Self { user: user.clone(), places: ViewerPlaces::default() }
    }
}

/// Returns how somebody looks to the viewer. This is the only way to others: [`profile_of`] is for oneself, and for lists that are the
/// same to many.
pub async fn view_person(
    incoming: &Incoming,
    viewer: &Viewer,
    user: &UserId,
    is_companion: bool,
) -> Result<PersonView, CallError> {
    // A program is always the same: there is no object that everybody would ask.
    if let Some(bot) = bot_cast::find(user.as_str()) {
        return Ok(PersonView { visible: bot.shown(), shows_presence: true, kind: UserKind::Bot, exists: true });
    }
    if let Some(persona) = actor_of(user.as_str()) {
        let visible = Record::new(user.as_str(), UserKind::Bot, persona.name, persona.avatar, persona.message_en).shown;
        return Ok(PersonView { visible, shows_presence: true, kind: UserKind::Bot, exists: true });
    }
    let Viewer { user: watcher, places: ViewerPlaces { rooms, groups } } = viewer.clone();
    let question = WatchCall { watched: user.clone(), watcher, rooms, groups, is_companion };
    ReadPersonView::ask(&incoming.env, user.as_str(), &question).await
}

/// Returns the name of somebody, as `viewer` may know it.
pub async fn name_of(incoming: &Incoming, viewer: &UserId, user: &UserId) -> Result<String, CallError> {
    Ok(view_person(incoming, &Viewer::passing(viewer), user, false).await?.visible.display_name)
}

/// Returns true if there is such a person. Nobody's object is asked: to be asked would make it.
pub async fn exists(incoming: &Incoming, user: &UserId) -> bool {
    !directory::known(&incoming.env, [user.as_str()]).await.is_empty()
}

/// The object `user` of one's own session.
pub fn own_user_json(principal: &Principal, profile: &Profile) -> Value {
    json!({
        "id": principal.user.as_str(),
        "displayName": profile.name,
        "avatarId": profile.avatar,
        "personalMessage": profile.message,
        "status": profile.choice.as_str(),
        "kind": principal.kind,
    })
}
