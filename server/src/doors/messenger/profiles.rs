//! Profiles: the person's own, and the views of others for a viewer (`messenger.md` 3, `presence.md`). Lists of people are in `people`.

use protocol::machines::demo::actor_of;
use protocol::machines::presence::Record;
use protocol::words::bot_cast;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use serde_json::{Value, json};

use crate::calls::directory;
use crate::calls::person::{
    PersonView, Profile, ReadPersonView, ReadProfile, ReadViewerPlaces, ViewerPlaces, WatchCall,
};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Returns a person's own profile from their object.
pub async fn profile_of(incoming: &Incoming, user: &UserId) -> Result<Profile, CallError> {
    ReadProfile::ask(&incoming.env, user.as_str(), &()).await
}

/// Person who requests the views of others, with the rooms and groups that they are in. The answer contains the presence only if the person
/// may watch it (`presence.md`).
#[derive(Clone, Debug)]
pub struct Viewer {
    user: UserId,
    places: ViewerPlaces,
}

impl Viewer {
    /// Loads a viewer with their rooms and groups.
    pub async fn of(incoming: &Incoming, principal: &Principal) -> Result<Self, CallError> {
        let places = ReadViewerPlaces::ask(&incoming.env, principal.user.as_str(), &()).await?;
        Ok(Self { user: principal.user.clone(), places })
    }

    /// Returns a viewer without rooms and groups: for names and pictures, which do not depend on them.
    pub fn passing(user: &UserId) -> Self {
        Self { user: user.clone(), places: ViewerPlaces::default() }
    }
}

/// Returns the view of another person for the viewer. There is no other way: [`profile_of`] is for the person themselves, and for lists that
/// are the same for many.
pub async fn view_person(
    incoming: &Incoming,
    viewer: &Viewer,
    user: &UserId,
    is_companion: bool,
) -> Result<PersonView, CallError> {
    // A bot is always the same, and must not have an object that everybody calls.
    if let Some(bot) = bot_cast::find(user.as_str()) {
        return Ok(PersonView { visible: bot.shown(), shows_presence: true, kind: UserKind::Bot, exists: true });
    }
    if let Some(persona) = actor_of(user.as_str()) {
        let visible = Record::new(user.as_str(), UserKind::Bot, persona.name, persona.avatar, persona.message_en).shown;
        return Ok(PersonView { visible, shows_presence: true, kind: UserKind::Bot, exists: true });
    }
    let Viewer { user: watcher, places: ViewerPlaces { rooms, groups } } = viewer.clone();
    let question = WatchCall { watcher, rooms, groups, is_companion };
    ReadPersonView::ask(&incoming.env, user.as_str(), &question).await
}

pub async fn name_of(incoming: &Incoming, viewer: &UserId, user: &UserId) -> Result<String, CallError> {
    Ok(view_person(incoming, &Viewer::passing(viewer), user, false).await?.visible.display_name)
}

/// Returns true if the person exists. Their object is not called, because a call would create it.
pub async fn exists(incoming: &Incoming, user: &UserId) -> bool {
    !directory::known(&incoming.env, [user.as_str()]).await.is_empty()
}

/// Returns the object `user` of the caller's session.
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
