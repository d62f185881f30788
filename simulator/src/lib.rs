//! A whole room in a box: one object, several devices, a bad network and a clock, all driven by one seed (`core.md` 11).
//!
//! The real machines run here; only what lies between them is made up: sockets that are cut or go silent, an object that
//! sleeps and dies between any two steps, pages that are reloaded, devices that sleep. After the storm everything is left to
//! settle, and [`check`](self) compares what everybody sees with what is stored. The same seed is the same run, always.
//!
//! Not in the box are files and links, and people's own objects but for what is made up of them here: their tests are elsewhere.
//!
//! | File | Part |
//! |---|---|
//! | `world` | everything there is, and when something happens next |
//! | `storm` | events in time, chaos, the run |
//! | `net` | sockets: ordered and reliable until they are cut |
//! | `object` | the object as it is |
//! | `server` | its turns, commits, crashes |
//! | `lifetime` | the object over time: timers, sleep, death |
//! | `disk` | what survives a crash, and what a broken store would do |
//! | `group` | members who come and go |
//! | `roles` | who may do what in it, and its end |
//! | `users` | everybody who may ever be in it |
//! | `inbox`, `waiting` | what waits for those who were not here, until they have seen it |
//! | `privacy`, `known_privacy` | people who block, and people who appear offline |
//! | `settings`, `committed_privacy` | people who take less from others, and what the room knows of it |
//! | `leaving`, `leaver` | somebody who goes for good |
//! | `device`, `effects` | a page that runs a client and keeps what must survive a reload |
//! | `writer` | the person at the page |
//! | `view` | what the page shows |
//! | `replies`, `message_extras` | answers and fonts |
//! | `player`, `playing` | a persona whose players take turns |
//! | `library`, `packets` | a client of the packet door in the same room |
//! | `search` | people who search |
//! | `check` | what must be true at the end |
//! | `setup`, `broken`, `counters` | what a run is given, and what comes of it |
//! | `people` | contact requests, beside the room |
//! | `drafts` | what one person begins to write on several devices, beside the room |
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
