//! Demo rooms (`demo.md`): a demonstration without an account, for presenters and visitors who scan their code.
//!
//! People and their leases, decisions of the presenter, progress of a scene: plain values, which the room stores with its events.
//! Changes that a demo room makes to its log are in `room::demo`.
//!
//! | File | Part |
//! |---|---|
//! | `code` | the six signs by which a room is found |
//! | `people` | people in the room: leases of characters and names |
//! | `stage` | characters of a scene, and its next steps |
//! | `seed` | earlier messages |

mod code;
mod people;
mod seed;
mod stage;
#[cfg(test)]
mod tests;

pub use code::Code;
pub use people::{JoinIdentity, Lease};
pub use seed::{SeedLine, room_name, seed_lines};
pub use stage::{CastAction, CastActionKind, PlayingScene, SceneAct, ScriptedPersona, actor_of, scripted_id};

use serde::{Deserialize, Serialize};

use crate::words::event::Millis;
use crate::words::ids::UserId;
use crate::words::limits::{DEMO_LIFE_MS, DEMO_PEOPLE_DEFAULT, DEMO_PEOPLE_MAX, DEMO_PEOPLE_MIN, DEMO_SLOW_MS_MAX};
use crate::words::refusal::Refusal;

/// The presenter's name in each language of scenes.
pub(super) const PRESENTERS: &[(&str, &str)] = &[("en", "Presenter"), ("de", "Moderation"), ("fr", "Présentation")];

/// All that makes a room a demo room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demo {
    /// Code under which the room is found, as it is shown.
    pub code: String,
    /// Language of the earlier messages and of the presenter's name: one that has scenes.
    pub language: String,
    /// User id of the presenter.
    pub presenter: UserId,
    /// People at most.
    pub cap: usize,
    /// `true` while nobody may join.
    pub is_locked: bool,
    /// Interval in which everybody but the presenter may send one message; 0: no limit.
    pub slow_ms: Millis,
    /// Time at which the room is removed.
    pub ends_at: Millis,
    /// Number of times the room began anew.
    pub resets: u64,
    /// Number of times its object woke with it.
    #[serde(default)]
    pub wakes: u64,
    /// People in the room.
    pub(super) people: Vec<Lease>,
    /// Characters whom a scene has brought.
    pub(super) scripted: Vec<ScriptedPersona>,
    /// Scene that is played.
    pub(super) playing: Option<PlayingScene>,
}

/// Changes by the presenter; absent members stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoChange {
    /// See [`Demo::cap`].
    pub cap: Option<u64>,
    /// See [`Demo::is_locked`].
    pub is_locked: Option<bool>,
    /// See [`Demo::slow_ms`].
    pub slow_ms: Option<Millis>,
}

impl Demo {
    /// A room that begins now, with its presenter in it.
    pub fn begin(code: &Code, language: &str, presenter: Lease, now: Millis) -> Self {
        Self {
            code: code.shown(),
            language: language.to_owned(),
            presenter: presenter.user.clone(),
            cap: DEMO_PEOPLE_DEFAULT,
            is_locked: false,
            slow_ms: 0,
            ends_at: now + DEMO_LIFE_MS,
            resets: 0,
            wakes: 0,
            people: vec![Lease { until: now + DEMO_LIFE_MS, ..presenter }],
            scripted: Vec::new(),
            playing: None,
        }
    }

    /// The presenter's name in a language of scenes.
    pub fn presenter_name(language: &str) -> &'static str {
        PRESENTERS.iter().find(|(known, _)| *known == language).unwrap_or(&PRESENTERS[0]).1
    }

    /// Refuses everybody but the presenter.
    ///
    /// # Errors
    /// `FORBIDDEN` to others in the room, `NOT_FOUND` to everybody else.
    pub fn check_presenter(&self, user: &UserId) -> Result<(), Refusal> {
        self.check_in(user)?;
        if *user == self.presenter { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// Changes what the presenter decides.
    ///
    /// # Errors
    /// `VALIDATION` on a member that is out of its bounds; nothing is changed then.
    pub fn change(&mut self, ways: &DemoChange) -> Result<(), Refusal> {
        let cap = ways.cap.map(|cap| usize::try_from(cap).unwrap_or(usize::MAX)).unwrap_or(self.cap);
        if !(DEMO_PEOPLE_MIN..=DEMO_PEOPLE_MAX).contains(&cap) {
            return Err(Refusal::validation("cap", "cap is 2 to 60 people."));
        }
        let slow_ms = ways.slow_ms.unwrap_or(self.slow_ms);
        if slow_ms > DEMO_SLOW_MS_MAX {
            return Err(Refusal::validation("slowMs", "slowMs is 0 to 30000 milliseconds."));
        }
        (self.cap, self.slow_ms) = (cap, slow_ms);
        self.is_locked = ways.is_locked.unwrap_or(self.is_locked);
        Ok(())
    }

    /// Returns `true` if the room's day is over.
    pub fn is_over(&self, now: Millis) -> bool {
        self.ends_at <= now
    }
}
