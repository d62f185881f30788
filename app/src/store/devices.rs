//! Devices on which a person is signed in, for the settings.

use protocol::words::event::Millis;

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct SignedInDevice {
        /// Public id of its session.
        pub id: String = "id",
        pub user_agent: String = "userAgent",
        pub last_seen_at: Millis = "lastSeenAt",
        /// `true` for this device.
        pub current: bool = "current",
    }
}

/// Browsers by a word of their user agents; browsers that imitate another one come first.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Operating systems, likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Returns browser and system of a device, as far as they are known; another program gets its own name.
pub fn names_of(user_agent: &str) -> (String, Option<&'static str>) {
    let known = |table: &'static [(&str, &str)]| {
        table.iter().find(|(word, _)| user_agent.contains(word)).map(|(_, name)| *name)
    };
    let own = || user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(40).collect();
    (known(&BROWSERS).map_or_else(own, str::to_owned), known(&SYSTEMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";
        let edge = format!("{} Edg/150.0", chrome.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64"));
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Mobile/15 Safari/604.1";
        let fox = "Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0";
        let seen = [chrome, &edge, phone, fox, "socket-suite/1", ""].map(names_of);
        let name = |name: &str, system| (name.to_owned(), system);
        assert_eq!(seen[0], name("Chrome", Some("Linux")));
        assert_eq!(seen[1], name("Edge", Some("Windows")));
        assert_eq!(seen[2], name("Safari", Some("iOS")));
        assert_eq!(seen[3], name("Firefox", Some("Android")));
        assert_eq!(seen[4], name("socket-suite", None));
        assert_eq!(seen[5], name("", None));
    }
}
