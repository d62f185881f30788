//! Limits of demo rooms (`demo.md`).

/// Life of a demo room.
pub const DEMO_LIFE_MS: u64 = 86_400_000;
/// Longest time for which somebody keeps a character, or a name, of a demo room.
pub const DEMO_LEASE_MS: u64 = 7_200_000;
/// Time of absence after which a person makes place for others.
pub const DEMO_AWAY_MS: u64 = 600_000;
/// A scene that nobody sees for so long stands still: longer than a server that was killed, and everybody with it, takes to be back.
pub const DEMO_UNSEEN_MS: u64 = 180_000;
/// People of a demo room, unless the presenter says otherwise …
pub const DEMO_PEOPLE_DEFAULT: usize = 30;
/// … the fewest that can be chosen …
pub const DEMO_PEOPLE_MIN: usize = 2;
/// … and the most.
pub const DEMO_PEOPLE_MAX: usize = 60;
/// The slowest slow mode.
pub const DEMO_SLOW_MS_MAX: u64 = 30_000;
/// Time between two reports that somebody of a scene still writes.
pub const DEMO_TYPING_EVERY_MS: u64 = 2_000;
/// Longest time for the call that pulls the plug. Nobody waits longer: a server that heard it is dead by then.
pub const PLUG_MS_MAX: u64 = 3_000;
/// Bytes that are read of what the plug answers.
pub const PLUG_ANSWER_BYTES_MAX: usize = 1_024;

const _: () = assert!(DEMO_PEOPLE_MIN <= DEMO_PEOPLE_DEFAULT && DEMO_PEOPLE_DEFAULT <= DEMO_PEOPLE_MAX);
// The characters of a scene have places in the group as well.
const _: () = assert!(DEMO_PEOPLE_MAX + 20 <= crate::words::limits::GROUP_MEMBERS_MAX);
const _: () = assert!(DEMO_TYPING_EVERY_MS < crate::words::limits::TYPING_MS);
const _: () = assert!(DEMO_LEASE_MS < DEMO_LIFE_MS);
