//! The catalogue of winks (`messenger.md` 5.3): ids and lengths. Titles are texts of the app.

/// One wink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wink {
    /// Id on the wire and name of its files.
    pub id: &'static str,
    /// Length of its timeline.
    pub duration_ms: u64,
    /// English title, for programs that list the catalogue.
    pub title: &'static str,
}

impl Wink {
    /// The members of the event that sends it.
    pub fn body(&self) -> String {
        format!("{{\"winkId\":\"{}\"}}", self.id)
    }
}

/// All winks, in the order people see them.
pub const WINKS: [Wink; 8] = [
    Wink { id: "postbox", duration_ms: 3_500, title: "Postbox Party" },
    Wink { id: "cranes", duration_ms: 4_200, title: "Crane Flock" },
    Wink { id: "storm", duration_ms: 4_400, title: "Small Storm" },
    Wink { id: "robot", duration_ms: 4_300, title: "Tin Robot" },
    Wink { id: "mixtape", duration_ms: 4_200, title: "Mixtape" },
    Wink { id: "tabby", duration_ms: 4_100, title: "Tabby Walk" },
    Wink { id: "lighthouse", duration_ms: 4_500, title: "Lighthouse" },
    Wink { id: "toast", duration_ms: 4_000, title: "Toast Pop" },
];

/// The wink with this id.
pub fn find(id: &str) -> Option<&'static Wink> {
    WINKS.iter().find(|wink| wink.id == id)
}
