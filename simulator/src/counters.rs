//! Counts of a run of the room: proof that the storm was one.

/// Counts of a run: proof that the storm was one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounters {
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
        self.followed += other.followed;
    }
}
