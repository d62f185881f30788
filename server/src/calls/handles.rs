//! Requests to a person's object about their handle (`people.md` 4).

use protocol::record;

use crate::kit::body::record_bodies;
use crate::kit::request::requests;

requests! { Person:
    /// Reads the handle, changed where the question says so, and when it can be changed: JSON text for the client.
    ChangeHandle "handle": HandleCall => String;
    /// Reads the look of the person for somebody who looks for them, as JSON text; nothing where that is not their handle, or nobody is to
    /// be found by it.
    FindByHandle "handle-shown": HandleShownCall => Option<String>;
}

record_bodies!(HandleCall, HandleShownCall);

/// A handle that a person chooses or gives up; else it is only asked for.
#[derive(Debug)]
pub struct HandleCall {
    /// The one that they want.
    pub wish: Option<String>,
    /// They want none.
    pub gives_up: bool,
}

record!(HandleCall { wish = "wish", gives_up = "givesUp" });

/// A person who is looked for by a handle.
#[derive(Debug)]
pub struct HandleShownCall {
    /// The handle by which they are looked for.
    pub handle: String,
    /// Person who looks.
    pub by: String,
}

record!(HandleShownCall { handle = "handle", by = "by" });
