//! Simulator of a whole room: one object, several devices, a bad network and a clock, all driven by one seed (`core.md` 11).
//!
//! The real machines run here, and only their surroundings are simulated: sockets that are cut or go silent, an object that sleeps and dies
//! between any two steps, pages that are reloaded, devices that sleep. After the storm everything settles, and [`check`](self) compares
//! what people see with what is stored. The same seed always gives the same run.
//!
//! Files, links and people's own objects are not simulated, except for the parts below: they have other tests.
//!
//! | File | Part |
//! |---|---|
//! | `world` | state of the simulation, and its schedule |
//! | `storm` | events in time, chaos, the run |
//! | `net` | sockets: ordered and reliable until they are cut |
//! | `object` | state of the object |
//! | `server` | turns, commits and crashes of the object |
//! | `lifetime` | the object over time: timers, sleep, death |
//! | `disk` | storage that survives a crash, and broken stores |
//! | `group` | members who come and go |
//! | `roles` | roles in a group, and its end |
//! | `users` | all people |
//! | `inbox`, `waiting` | entries for absent people, until they are seen |
//! | `privacy`, `known_privacy` | blocks, and people who appear offline |
//! | `settings`, `committed_privacy` | permits, and the room's knowledge of them |
//! | `leaving`, `leaver` | deletion of an account |
//! | `device`, `effects` | page with a client, and its storage |
//! | `writer` | the person at the page |
//! | `view` | rows that the page shows |
//! | `replies`, `message_extras` | answers and fonts |
//! | `player`, `playing` | persona whose players take turns |
//! | `library`, `packets` | a client of the packet door in the same room |
//! | `search` | searches |
//! | `check` | checks at the end |
//! | `setup`, `broken`, `counters` | input and results of a run |
//! | `people` | contact requests, beside the room |
//! | `drafts` | drafts of one person on several devices, beside the room |
//! | `browsers` | accounts: remembered browsers, sessions, thieves, beside the room |

mod broken;
mod browsers;
mod check;
mod committed_privacy;
mod counters;
mod device;
mod disk;
mod drafts;
mod effects;
mod group;
mod inbox;
mod known_privacy;
mod leaver;
mod leaving;
mod library;
mod lifetime;
mod message_extras;
mod net;
mod object;
mod packets;
mod people;
mod player;
mod playing;
mod privacy;
mod replies;
mod roles;
mod search;
mod server;
mod settings;
mod setup;
mod storm;
mod users;
mod view;
mod waiting;
mod world;
mod writer;

pub use broken::Broken;
pub use browsers::{BrowsersCounters, run_browsers};
pub use counters::RunCounters;
pub use disk::Mutant;
pub use drafts::{DraftsCounters, run_drafts};
pub use people::{PeopleCounters, run_people};
pub use setup::Setup;

/// Runs the world of `seed` to its end.
pub fn run(seed: u64, setup: Setup) -> Result<RunCounters, Broken> {
    world::World::new(seed, setup).run()
}
