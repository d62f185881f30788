//! Requests to a person's object about what their account arranges (`home.md`).

use protocol::people::home::HomeEntry;
use protocol::record;

use crate::kit::body::record_bodies;
use crate::kit::request::requests;

requests! { Person:
    /// Reads the words that were stored after a version; the answer is JSON text for the device.
    ReadHome "home": HomeReadCall => String;
    /// Stores words of a device; the answer is JSON text for the device.
    WriteHome "home-write": HomeWriteCall => String;
}

record_bodies!(HomeReadCall, HomeWriteCall);

/// A look-up of words.
#[derive(Debug)]
pub struct HomeReadCall {
    /// The person.
    pub user: String,
    /// Version that the device knows; 0 for none.
    pub since: u64,
}

record!(HomeReadCall { user = "user", since = "since" });

/// Words of a device.
#[derive(Debug)]
pub struct HomeWriteCall {
    /// The person.
    pub user: String,
    /// The words.
    pub fields: Vec<HomeEntry>,
}

record!(HomeWriteCall { user = "user", fields = "fields" });
