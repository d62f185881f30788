//! Deliveries of a room to the objects of people: events for inboxes, what was read or deleted there, and the standing in a group.

pub mod inboxes;
pub mod notifications;
pub mod outbox;
