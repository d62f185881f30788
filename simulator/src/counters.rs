//! Counters of a run of the room, which show that the storm was one.

use protocol::content::search::Has;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounters {
    /// Events in the log at the end.
    pub events: u64,
    /// Messages of people.
    pub posted: u64,
    /// Answers among them.
    pub replies: u64,
    /// Messages in packets.
    pub packets: u64,
    /// Edits, deletions and reactions.
    pub changes: u64,
    pub sockets: u64,
    /// Sockets that were cut or went silent.
    pub cuts: u64,
    /// Deaths of the object.
    pub crashes: u64,
    /// Sleeps of the object.
    pub sleeps: u64,
    pub reloads: u64,
    /// Messages with a temporary refusal.
    pub refusals: u64,
    pub acks: u64,
    /// Lost logs.
    pub wipes: u64,
    /// Blocks that began or ended in a direct room.
    pub blocks: u64,
    /// Changes of permits.
    pub settings: u64,
    /// Deleted people.
    pub left: u64,
    /// Times that a person marked entries as seen.
    pub seen: u64,
    /// Refused changes of a group.
    pub forbidden: u64,
    /// Deleted groups.
    pub ends: u64,
    /// Changes of a persona's player.
    pub players: u64,
    pub searches: u64,
    /// Queries that found something, for each filter of [`Has::ALL`].
    pub found_by: [u64; Has::ALL.len()],
    /// Sockets that a newer one of the same machine replaced.
    pub followed: u64,
}

impl std::ops::AddAssign for RunCounters {
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
        for (count, more) in self.found_by.iter_mut().zip(other.found_by) {
            *count += more;
        }
        self.followed += other.followed;
    }
}
