//! Destination of an address, parsed by the browser and written in plain letters.

use web_sys::Url;

/// Address as the browser parses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host that the browser would contact, with any unusual port.
    pub host: String,
    /// Whole address.
    pub plain: String,
}

/// Parses a web address; `None` if the browser would not follow it.
pub fn read(address: &str) -> Option<Address> {
    let url = Url::new(address).ok().filter(|url| matches!(url.protocol().as_str(), "http:" | "https:"))?;
    Some(Address { host: url.host(), plain: url.href() })
}
