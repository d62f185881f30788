//! Requests to a person's object about what their account arranges (`home.md`).

use protocol::people::home::HomeEntry;

use crate::kit::body::Record;
use crate::kit::request::requests;

requests! { Person:
    /// Reads the words that were stored after the version that the device knows, 0 for none; the answer is JSON text for the device.
    ReadHome "home": u64 => String;
    /// Stores words of a device; the answer is JSON text for the device.
    WriteHome "home-write": Record<Vec<HomeEntry>> => String;
}
