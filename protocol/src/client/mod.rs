//! The other end of a room: connect, resume, outbox (`messenger.md` 5.5).
//!
//! [`RoomClient`] is one open conversation, [`PresenceClient`] one device's presence socket. Both are machines: their owner passes inputs
//! with the time and carries out effects in order. They own no socket, timer or storage; state that outlives a reload leaves as effects and
//! returns as [`Saved`].
//!
//! `now` is the device's clock in milliseconds since 1970. If it goes backwards by more than a second, the socket is replaced, because
//! deadlines are then meaningless.
//!
//! | File | Part |
//! |---|---|
//! | `effect` | inputs and effects of a room client |
//! | `room` | the room client |
//! | `presence` | the presence client |
//! | `choice` | choices of the own appearance that the server does not have yet |
//! | `link` | connecting, backoff, heartbeats, for both clients |
//! | `outbox` | own messages until the server has stored them |
//! | `pinned` | the pinned message, as a page shows it |
//! | `row`, `change` | a line of the conversation, and its changes |
//! | `reaction` | reactions to a line |
//! | `person` | a person in the participant list |
//! | `drafts` | drafts of one device, and of others |
//! | `departed` | deletion of a person's data in a page |
//! | `frames` | frames of the server |
//! | `columns` | expansion of frames in columns |
//! | `offset` | offset of the server's clock |
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
mod presence_show;
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
pub use presence::{PresenceClient, PresenceEffect, PresenceInput};
pub use presence_show::PresenceShow;
pub use reaction::Reaction;
pub use room::RoomClient;
pub use row::{Maker, Row, RowState};

pub use crate::content::font::Font;
pub use crate::content::kinds::{AttachedFile, ChatContent, RowKind, SystemContent, WinkContent};
