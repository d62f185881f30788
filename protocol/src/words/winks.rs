//! The catalogue of winks (`messenger.md` 5.3): ids and lengths. Titles are texts of the app.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wink {
    /// Id on the wire and name of its files.
    pub id: &'static str,
    pub duration_ms: u64,
    /// Time on its timeline at which its sound begins.
    pub cue_ms: u64,
}

impl Wink {
    /// The members of the event that sends it.
    pub fn body(&self) -> String {
        format!("{{\"winkId\":\"{}\"}}", self.id)
    }
}

/// All winks, in the order people see them.
pub const WINKS: &[Wink] = &[
    Wink { id: "postbox", duration_ms: 3_500, cue_ms: 890 },
    Wink { id: "cranes", duration_ms: 4_200, cue_ms: 350 },
    Wink { id: "storm", duration_ms: 4_400, cue_ms: 2_150 },
    Wink { id: "robot", duration_ms: 4_300, cue_ms: 1_200 },
    Wink { id: "mixtape", duration_ms: 4_200, cue_ms: 230 },
    Wink { id: "tabby", duration_ms: 4_100, cue_ms: 1_735 },
    Wink { id: "lighthouse", duration_ms: 4_500, cue_ms: 3_080 },
    Wink { id: "toast", duration_ms: 4_000, cue_ms: 600 },
    Wink { id: "snowglobe", duration_ms: 4_200, cue_ms: 660 },
];

pub fn find(id: &str) -> Option<&'static Wink> {
    WINKS.iter().find(|wink| wink.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sound_of_a_wink_begins_while_it_plays() {
        for wink in WINKS {
            assert!(wink.cue_ms < wink.duration_ms, "{}", wink.id);
        }
    }

    #[test]
    fn a_wink_that_was_sent_once_stays_as_it_is() {
        let sent = [
            ("postbox", 3_500),
            ("cranes", 4_200),
            ("storm", 4_400),
            ("robot", 4_300),
            ("mixtape", 4_200),
            ("tabby", 4_100),
            ("lighthouse", 4_500),
            ("toast", 4_000),
            ("snowglobe", 4_200),
        ];
        assert_eq!(sent.len(), WINKS.len(), "a wink of the catalogue is missing here");
        for (id, duration_ms) in sent {
            assert_eq!(find(id).map(|wink| wink.duration_ms), Some(duration_ms), "{id}");
        }
    }
}
