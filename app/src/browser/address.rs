//! Where an address leads: the browser decides, and says it in plain letters.

use web_sys::Url;

/// An address as the browser reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The host that it will go to, with the port if it is no usual one.
    pub host: String,
    /// All of it.
    pub plain: String,
}

/// Reads an address of the web; `None` when the browser would go nowhere.
pub fn read(address: &str) -> Option<Address> {
    let url = Url::new(address).ok().filter(|url| matches!(url.protocol().as_str(), "http:" | "https:"))?;
    Some(Address { host: url.host(), plain: url.href() })
}
