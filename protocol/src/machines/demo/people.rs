//! People in a demo room: leases of characters and of names. A lease belongs to a session; it ends by itself, and so does that of a person
//! who has been away for long.

use serde::{Deserialize, Serialize};

use super::{Demo, PRESENTERS};
use crate::content::look_alikes::skeleton;
use crate::machines::scene::scenes;
use crate::words::event::Millis;
use crate::words::ids::UserId;
use crate::words::limits::{DEMO_AWAY_MS, DEMO_LEASE_MS, DEMO_STAGE_PEOPLE};
use crate::words::personas::{self, PERSONAS, Persona};
use crate::words::refusal::Refusal;

/// Person in a demo room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub user: UserId,
    /// Public id of the session that has nothing but this.
    pub session: String,
    pub name: String,
    pub avatar: String,
    /// The character that they are, if they are one.
    pub persona: Option<String>,
    pub until: Millis,
    pub seen_at: Millis,
}

/// Identity with which a person wants to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinIdentity {
    Persona(String),
    /// A name of their own, already checked for form.
    Name(String),
}

impl Demo {
    /// Returns the people in the room, in the order of coming; the presenter first.
    pub fn people(&self) -> &[Lease] {
        &self.people
    }

    pub fn lease_of(&self, user: &UserId) -> Option<&Lease> {
        self.people.iter().find(|lease| lease.user == *user)
    }

    /// Refuses a person who is not in the room, as if it did not exist.
    pub fn check_in(&self, user: &UserId) -> Result<(), Refusal> {
        self.lease_of(user).map(|_| ()).ok_or(Refusal::NotFound)
    }

    /// Returns free characters: no visitor has them, and no scene plays them.
    ///
    /// A character with a part in a scene of the room's language is not offered, because the scene could not be played. A person who asks
    /// for one gets it.
    pub fn free(&self) -> impl Iterator<Item = &'static Persona> + '_ {
        let of_room = || scenes().iter().filter(|scene| scene.language == self.language);
        let has_part = move |persona: &Persona| of_room().any(|scene| scene.cast.iter().any(|id| id == persona.id));
        PERSONAS.iter().filter(move |persona| self.is_free(persona.id) && !has_part(persona))
    }

    fn is_free(&self, persona: &str) -> bool {
        !self.is_somebody(persona) && !self.plays(persona)
    }

    /// Returns `true` if a visitor has this character.
    pub fn is_somebody(&self, persona: &str) -> bool {
        self.people.iter().any(|lease| lease.persona.as_deref() == Some(persona))
    }

    /// Checks that a person may join with this identity now. `brings`: the presenter adds them at the stage, so neither the lock nor the
    /// limit applies.
    /// Errors: `FORBIDDEN`: locked. `ROOM_FULL`. `PERSONA_TAKEN`: a visitor has that character, or a scene plays it. `VALIDATION`: there is
    /// no such character, or the name is taken.
    pub fn check_joins(&self, identity: &JoinIdentity, brings: bool) -> Result<(), Refusal> {
        if self.is_locked && !brings {
            return Err(Refusal::Forbidden);
        }
        if self.people.len() >= self.cap + if brings { DEMO_STAGE_PEOPLE } else { 0 } {
            return Err(Refusal::RoomFull);
        }
        match identity {
            JoinIdentity::Persona(id) if personas::find(id).is_none() => {
                Err(Refusal::validation("personaId", "This character doesn't exist."))
            }
            JoinIdentity::Persona(id) => self.is_free(id).then_some(()).ok_or(Refusal::PersonaTaken),
            JoinIdentity::Name(name) => {
                let wanted = skeleton(name);
                let presenters = PRESENTERS.iter().map(|(_, name)| *name);
                let mut names = self.people.iter().map(|lease| lease.name.as_str()).chain(presenters);
                let is_taken = names.any(|name| skeleton(name) == wanted);
                if is_taken { Err(Refusal::validation("displayName", "Someone here has this name.")) } else { Ok(()) }
            }
        }
    }

    /// Adds a person.
    /// Errors: Those of [`Demo::check_joins`].
    pub fn join(&mut self, identity: &JoinIdentity, lease: Lease, brings: bool, now: Millis) -> Result<(), Refusal> {
        self.check_joins(identity, brings)?;
        self.people.push(Lease { until: (now + DEMO_LEASE_MS).min(self.ends_at), seen_at: now, ..lease });
        Ok(())
    }

    /// Removes a person. The presenter stays.
    pub fn part_with(&mut self, user: &UserId) -> Option<Lease> {
        let at = self.people.iter().position(|lease| lease.user == *user && lease.user != self.presenter)?;
        Some(self.people.remove(at))
    }

    pub fn note_here(&mut self, now: Millis, is_here: impl Fn(&UserId) -> bool) {
        for lease in self.people.iter_mut().filter(|lease| is_here(&lease.user)) {
            lease.seen_at = now;
        }
    }

    /// Notes the people who are here. Removes and returns people whose lease has expired, or who have been away for long.
    pub fn look_around(&mut self, now: Millis, is_here: impl Fn(&UserId) -> bool) -> Vec<Lease> {
        self.note_here(now, is_here);
        let is_over = |lease: &Lease| lease.until <= now || lease.seen_at + DEMO_AWAY_MS <= now;
        let over: Vec<UserId> =
            self.people.iter().filter(|lease| is_over(lease)).map(|lease| lease.user.clone()).collect();
        over.iter().filter_map(|user| self.part_with(user)).collect()
    }

    /// Returns the time at which the next lease is over; the presenter's does not count.
    pub fn lease_over_at(&self) -> Option<Millis> {
        self.people.iter().filter(|lease| lease.user != self.presenter).map(|lease| lease.until).min()
    }
}
