//! Event to write, and the outcome (`core.md` 1.4).

use std::rc::Rc;

use crate::words::event::{Event, Kind};

/// Event to write, already checked for form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The writer's id for it.
    pub id: String,
    pub kind: Kind,
    /// Its members as JSON object text.
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOutcome {
    pub event: Rc<Event>,
    /// It was there before.
    pub duplicate: bool,
}
