//! Views of people on each other: those who watch the person, those whom the person watches, and rooms with their counts.

pub mod notifications;
pub mod rooms;
pub mod strangers;
pub mod unread;
