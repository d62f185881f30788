//! Requests to a person's object about their handle (`people.md` 4).

use serde::{Deserialize, Serialize};

use crate::kit::request::requests;

requests! { Person:
    /// Reads the handle, changed where the question says so, and when it can be changed: JSON text for the client.
    ChangeHandle "handle": HandleCall => String;
    /// Reads the look of the person for somebody who looks for them, as JSON text; nothing where that is not their handle, or nobody is to
    /// be found by it.
    FindByHandle "handle-shown": HandleShownCall => Option<String>;
}

/// A handle that a person chooses or gives up; else it is only asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandleCall {
    pub wish: Option<String>,
    pub gives_up: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct HandleShownCall {
    pub handle: String,
    pub by: String,
}
