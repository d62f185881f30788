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
//! | `world` | events in time, chaos, the run |
//! | `net` | sockets: ordered and reliable until they are cut |
//! | `server` | the object: turns, commits, crashes |
//! | `lifetime` | the object over time: timers, sleep, death |
//! | `disk` | what survives a crash, and what a broken store would do |
//! | `group` | members who come and go |
//! | `roles` | who may do what in it, and its end |
//! | `inbox` | what waits for those who were not here, until they have seen it |
//! | `wishes` | people who block, and people who appear offline |
//! | `settings` | people who take less from others, and what the room knows of it |
//! | `leaving` | somebody who goes for good |
//! | `device` | a page that runs a client and keeps what must survive a reload |
//! | `writer` | the person at the page |
//! | `view` | what the page shows |
//! | `replies` | answers and fonts |
//! | `player` | a persona whose players take turns |
//! | `library` | a client of the packet door in the same room |
//! | `search` | people who search |
//! | `check` | what must be true at the end |
//! | `people` | contact requests, beside the room |
//! | `drafts` | what one person begins to write on several devices, beside the room |
//! | `browsers` | accounts: remembered browsers, sessions, thieves, beside the room |

mod browsers;
mod check;
mod device;
mod disk;
mod drafts;
mod group;
mod inbox;
mod leaving;
mod library;
mod lifetime;
mod net;
mod people;
mod player;
mod replies;
mod roles;
mod search;
mod server;
mod settings;
mod view;
mod wishes;
mod world;
mod writer;

pub use browsers::{BrowsersTally, run_browsers};
pub use disk::Mutant;
pub use drafts::{DraftsTally, run_drafts};
pub use people::{PeopleTally, run_people};

use protocol::words::event::Millis;

/// Setup of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// A mistake built into the object, which the checkers must find.
    pub mutant: Mutant,
    /// Print what happens.
    pub is_verbose: bool,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When, in simulated time.
    pub at: Millis,
    /// The promise, and how it was broken.
    pub promise: String,
}

/// Counts of a run: proof that the storm was one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events in the log at the end.
    pub events: u64,
    /// Messages written by people.
    pub posted: u64,
    /// Of these, answers to another message.
    pub replies: u64,
    /// Messages written in packets.
    pub packets: u64,
    /// Edits, deletions and reactions by people.
    pub changes: u64,
    /// Sockets opened.
    pub sockets: u64,
    /// Sockets cut or gone silent.
    pub cuts: u64,
    /// Times the object died.
    pub crashes: u64,
    /// Times the object slept.
    pub sleeps: u64,
    /// Pages reloaded.
    pub reloads: u64,
    /// Messages refused for now.
    pub refusals: u64,
    /// Acks delivered.
    pub acks: u64,
    /// Times the log was made anew.
    pub wipes: u64,
    /// Blocks that began or ended in a room of two.
    pub blocks: u64,
    /// Times somebody took something else from others, or from other people.
    pub settings: u64,
    /// People who went for good.
    pub left: u64,
    /// Times somebody said that they have seen what waits for them.
    pub seen: u64,
    /// Changes of a group that were refused to somebody who may not make them.
    pub forbidden: u64,
    /// Groups that ended.
    pub ends: u64,
    /// Times somebody else began to play a persona.
    pub players: u64,
    /// Questions that were asked of the index.
    pub searches: u64,
    /// Sockets whose place a newer one of the same machine took.
    pub followed: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.posted += other.posted;
        self.replies += other.replies;
        self.packets += other.packets;
        self.changes += other.changes;
        self.sockets += other.sockets;
        self.cuts += other.cuts;
        self.crashes += other.crashes;
        self.sleeps += other.sleeps;
        self.reloads += other.reloads;
        self.refusals += other.refusals;
        self.acks += other.acks;
        self.wipes += other.wipes;
        self.blocks += other.blocks;
        self.settings += other.settings;
        self.left += other.left;
        self.seen += other.seen;
        self.forbidden += other.forbidden;
        self.ends += other.ends;
        self.players += other.players;
        self.searches += other.searches;
        self.followed += other.followed;
    }
}

/// Runs the world of `seed` to its end.
pub fn run(seed: u64, setup: Setup) -> Result<Tally, Broken> {
    world::World::new(seed, setup).run()
}
