//! People of the demo: the persona of the visitor, and those who act by themselves.

use protocol::machines::presence::Card;
use protocol::machines::scene::{History, Scene};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::personas::{self, Persona};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use protocol::words::status::{OFFLINE, Status, Visible};

/// Id of the visitor's session, and prefix of the sessions of personas.
pub(super) const SESSION: &str = "0offline";
/// End of the session: not while the page is open.
pub(super) const NEVER: Millis = 1 << 52;

/// Persona that acts by itself.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    pub(super) user: UserId,
    /// Row of the persona in the product.
    pub(super) persona: &'static Persona,
    /// Personal message, in the language of the demo.
    message: &'static str,
    /// Status that the persona has chosen.
    pub(super) status: Status,
    /// The persona is online, with the page open.
    pub(super) is_here: bool,
    /// Time of the last change of `is_here`.
    since: Millis,
    /// Grows with each change of the card.
    version: u64,
}

impl Actor {
    fn new(persona: &'static Persona, language: &str, now: Millis) -> Result<Self, Refusal> {
        Ok(Self {
            user: UserId::parse(persona.id)?,
            persona,
            message: persona.message(language),
            status: persona.status,
            is_here: false,
            since: now,
            version: 1,
        })
    }

    /// Returns the presence that others see.
    pub(super) fn visible(&self) -> Visible {
        Visible {
            id: self.persona.id.to_owned(),
            display_name: self.persona.name.to_owned(),
            status: if self.is_here { self.status.seen() } else { OFFLINE }.to_owned(),
            personal_message: self.message.to_owned(),
            avatar_id: self.persona.avatar.to_owned(),
            since: self.since,
            is_account: false,
        }
    }

    pub(super) fn card(&self) -> Card {
        let (name, avatar) = (self.persona.name.to_owned(), self.persona.avatar.to_owned());
        Card { status: self.status, name, avatar, version: self.version, ..Card::default() }
    }

    pub(super) fn principal(&self) -> Principal {
        principal(&self.user, self.persona.name, self.persona.avatar)
    }

    /// Connects or disconnects the persona, or changes the status. Returns `true` if others see a change.
    pub(super) fn change(&mut self, now: Millis, is_here: bool, status: Status) -> bool {
        let before = self.visible().status;
        (self.is_here, self.status) = (is_here, status);
        self.version += 1;
        let is_new = self.visible().status != before;
        if is_new {
            self.since = now;
        }
        is_new
    }
}

pub(super) fn principal(user: &UserId, name: &str, avatar: &str) -> Principal {
    Principal {
        name: name.to_owned(),
        avatar: avatar.to_owned(),
        expires_at: NEVER,
        ..Principal::new(user.clone(), UserKind::Persona, format!("{SESSION}{user}"))
    }
}

/// Returns all personas of these scenes and of the earlier messages, each once, without the visitor.
pub(super) fn actors(scenes: &[Scene], past: &History, visitor: &str, now: Millis) -> Vec<Actor> {
    let mut all: Vec<Actor> = Vec::new();
    let ids = scenes.iter().flat_map(|scene| &scene.cast).chain(past.lines.iter().map(|line| &line.persona));
    for persona in ids.filter(|id| *id != visitor).filter_map(|id| personas::find(id)) {
        if all.iter().all(|actor| actor.persona != persona) {
            all.extend(Actor::new(persona, past.language, now));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use protocol::machines::scene::scenes;

    use super::super::lines::lines_in;
    use super::*;

    #[test]
    fn the_visitor_is_a_character_without_a_part_in_a_scene_of_the_language() {
        for scene in scenes() {
            let visitor = lines_in(scene.language).visitor;
            assert!(personas::find(visitor).is_some(), "{}", scene.language);
            assert!(scene.cast.iter().all(|id| id != visitor), "{}", scene.id);
        }
    }
}
