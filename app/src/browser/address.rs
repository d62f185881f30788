//! Destination of an address, parsed and written in plain letters: by the browser, and on the server by a library that does it as browsers do.

/// Address as a browser parses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host that a browser would contact, with any unusual port.
    pub host: String,
    /// Whole address.
    pub plain: String,
}

/// Parses a web address; `None` if a browser would not follow it.
#[cfg(feature = "hydrate")]
pub fn read(address: &str) -> Option<Address> {
    let url = web_sys::Url::new(address).ok().filter(|url| matches!(url.protocol().as_str(), "http:" | "https:"))?;
    Some(Address { host: url.host(), plain: url.href() })
}

#[cfg(not(feature = "hydrate"))]
pub fn read(address: &str) -> Option<Address> {
    let url = url::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(Address { host: format!("{}{port}", url.host_str()?), plain: url.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_one_that_a_browser_goes_to() {
        for (url, host) in [
            ("https://a.example/x", "a.example"),
            ("https://bank.example@evil.example/?x", "evil.example"),
            ("https://evil.example\\@bank.example", "evil.example"),
            ("https:\\\\evil.example\\bank.example/", "evil.example"),
            ("https:/\u{9}/evil.example\n/bank.example", "evil.example"),
            ("https://evil.example%2f@bank.example", "bank.example"),
            ("https://ＥＶＩＬ。example", "evil.example"),
            ("https://bank.example\u{ad}\u{200b}evil.example", "bank.exampleevil.example"),
            ("https://0x7f.1/", "127.0.0.1"),
            ("https://bank.example:443@evil.example:444", "evil.example:444"),
            ("http://a.example?x#y", "a.example"),
            ("https://пример.рф/", "xn--e1afmkfd.xn--p1ai"),
            ("https://pаypal.example", "xn--pypal-4ve.example"),
        ] {
            assert_eq!(read(url).map(|address| address.host).as_deref(), Some(host), "{url}");
        }
        for nowhere in ["", "a.example", "javascript:alert(1)", "https://", "https://a b", "ftp://a.example"] {
            assert_eq!(read(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn all_of_it_is_said_in_plain_letters() {
        for (url, plain) in [
            ("https://пример.рф/путь", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"),
            ("https://a.example/\u{202e}gpj.exe", "https://a.example/%E2%80%AEgpj.exe"),
        ] {
            assert_eq!(read(url).map(|address| address.plain).as_deref(), Some(plain));
        }
    }
}
