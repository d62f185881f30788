//! The other end of a room: connect, resume, outbox (`messenger.md` 5.5).
//!
//! [`RoomClient`] is one open conversation, [`PresenceClient`] one device's presence socket. Both are machines: their owner feeds them
//! inputs with the time and carries out effects, in order. They own no socket, no timer and no storage; state that outlives a reload leaves
//! as effects and returns as [`Saved`].
//!
//! `now` is the device's clock in milliseconds since 1970. It should not go backwards; when it does by more than a second the
//! socket is replaced, because no deadline means anything any more.
//!
//! | File | Part |
//! |---|---|
//! | `effect` | everything that goes in and out of a room client |
//! | `room` | the room client |
//! | `presence` | the presence client |
//! | `choice` | choices of the own appearance, until the server has them |
//! | `link` | connecting, backoff, heartbeats: shared by both |
//! | `outbox` | own messages until the server has stored them |
//! | `pinned` | the pinned message, as a page shows it |
//! | `row`, `change` | a line of the conversation, and its changes |
//! | `reaction` | reactions to a line |
//! | `person` | a person in the participant list |
//! | `drafts` | drafts of one device, and of others |
//! | `departed` | deletion of a person's data in a page |
//! | `frames` | frames of the server, parsed without ever failing |
//! | `columns` | frames in columns, written out |
//! | `offset` | the server's clock as seen from here |
//! | `dice` | seeded jitter |

mod change;
mod choice;
mod columns;
mod departed;
mod dice;
mod drafts;
mod effect;
mod frames;
mod link;
mod offset;
mod outbox;
mod person;
mod pinned;
mod presence;
mod reaction;
mod room;
mod row;

pub use change::{MessageChange, MessageChangeKind};
pub use columns::frames_in;
pub use departed::{Departure, may_stay_cached};
pub use dice::Dice;
pub use drafts::Drafts;
pub use effect::{Effect, Input, Saved, SavedCursor, Show};
pub use frames::{EventFrame, PinFrame, ServerFrame, read_server_text};
pub use link::{ConnectionState, Link, LinkEffect};
pub use outbox::OutboxEntry;
pub use person::Person;
pub use pinned::PinnedRow;
pub use presence::{PresenceClient, PresenceEffect, PresenceInput, PresenceShow};
pub use reaction::Reaction;
pub use room::RoomClient;
pub use row::{Maker, Row, RowState};

pub use crate::content::font::Font;
pub use crate::content::kinds::{AttachedFile, ChatContent, RowKind, SystemContent, WinkContent};
