//! Address of a conversation, or of a message in it (`ux.md` 2.1): a query of the messenger page. The browser shows it, links contain it, and
//! a person who has to sign in first is led back to it. So an address is written from what was parsed, and from nothing else.

use super::ids::is_room_id;

/// Conversation that an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationAddress {
    /// Room id in its canonical form.
    pub room: String,
    /// Position of a message in the log of the room.
    pub seq: Option<u64>,
}

impl ConversationAddress {
    /// Parses a query, with or without its question mark. Returns `None` if it names no room; other parts are ignored.
    pub fn parse(query: &str) -> Option<Self> {
        let pairs = || query.trim_start_matches('?').split('&');
        let value = |name: &str| pairs().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let room = value("room").filter(|room| is_room_id(room))?;
        Some(Self { room: room.to_owned(), seq: value("m").and_then(|seq| seq.parse().ok()) })
    }

    /// Returns the query, without a question mark. Ids of rooms have no character that must be encoded.
    pub fn query(&self) -> String {
        let Self { room, seq } = self;
        seq.map_or_else(|| format!("room={room}"), |seq| format!("room={room}&m={seq}"))
    }

    /// Returns the path of this site, with the query.
    pub fn path(&self) -> String {
        format!("/app?{}", self.query())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(query: &str) -> Option<String> {
        ConversationAddress::parse(query).map(|address| address.path())
    }

    #[test]
    fn an_address_is_written_as_it_was_parsed() {
        for query in ["room=general", "room=dm_user_1____user_2&m=17", "room=grp_0123456789abc&m=18446744073709551615"]
        {
            for read in [query.to_owned(), format!("?{query}")] {
                assert_eq!(path(&read), Some(format!("/app?{query}")));
            }
        }
    }

    #[test]
    fn an_address_leads_to_a_conversation_and_nowhere_else() {
        for query in [
            "",
            "room",
            "room=",
            "with=user_2",
            "rooms=general",
            "room=//evil.example",
            "room=general%26m=1",
            "room=../api/me",
            "room=dm_user_2____user_1",
            "room=general\r\nset-cookie:a=b",
            "room=general?room=music",
        ] {
            assert_eq!(path(query), None, "{query}");
        }
        let general = Some("/app?room=general".to_owned());
        for query in
            ["room=general&m=", "room=general&m=-1", "room=general&m=18446744073709551616", "a=//b&room=general"]
        {
            assert_eq!(path(query), general, "{query}");
        }
        assert_eq!(path("room=general&room=music&m=1&m=2").as_deref(), Some("/app?room=general&m=1"));
    }
}
