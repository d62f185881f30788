//! Address of a conversation, or of a message in it (`ux.md` 2.1): a query of the messenger page. The browser shows it, links contain it, and
//! a person who has to sign in first is led back to it. So an address is written from what was parsed, and from nothing else.

use super::ids::{RoomForm, RoomId, RoomRules, UserId, is_room_id};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationAddress {
    pub room: String,
    pub seq: Option<u64>,
    /// Person whose page was at this address when the session ended; `None` for any link.
    pub of: Option<UserId>,
}

impl ConversationAddress {
    /// Parses a query, with or without its question mark. Returns `None` if it names no room; other parts are ignored.
    pub fn parse(query: &str) -> Option<Self> {
        let pairs = || query.trim_start_matches('?').split('&');
        let value = |name: &str| pairs().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let room = value("room").filter(|room| is_room_id(room))?;
        let seq = value("m").and_then(|seq| seq.parse().ok());
        Some(Self { room: room.to_owned(), seq, of: value("of").and_then(|of| UserId::parse(of).ok()) })
    }

    /// Returns the query, without a question mark. Ids have no character that must be encoded.
    pub fn query(&self) -> String {
        let Self { room, seq, of } = self;
        let seq = seq.map_or_else(String::new, |seq| format!("&m={seq}"));
        let of = of.as_ref().map_or_else(String::new, |of| format!("&of={of}"));
        format!("room={room}{seq}{of}")
    }

    /// Returns the path of this site, with the query. It names no person: the one who gets there is known.
    pub fn path(&self) -> String {
        let Self { room, seq, .. } = self.clone();
        format!("/app?{}", Self { room, seq, of: None }.query())
    }

    /// Returns `true` if a browser may lead this person to an address that it has kept. Somebody else may have left it there: the person whom
    /// it names, or one of the two people of a direct conversation.
    pub fn may_lead(&self, person: &UserId) -> bool {
        let room = RoomId::parse(&self.room, &RoomRules::default());
        let is_closed =
            room.is_ok_and(|room| matches!(room.form(), RoomForm::Direct(..)) && room.partner_of(person).is_none());
        !is_closed && self.of.as_ref().is_none_or(|of| of == person)
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
    fn an_address_that_a_browser_has_kept_leads_nobody_but_whose_it_is() {
        let own = UserId::parse("user_1").unwrap();
        for (query, may_lead) in [
            ("room=general", true),
            ("room=grp_0123456789abc&m=7", true),
            ("room=general&of=user_1", true),
            ("room=general&of=user_2", false),
            ("room=dm_user_1____user_2", true),
            ("room=dm_user_2____user_3", false),
            ("room=dm_user_1____user_2&of=user_2", false),
        ] {
            let address = ConversationAddress::parse(query).unwrap();
            assert_eq!((address.query().as_str(), address.may_lead(&own)), (query, may_lead));
            assert!(!address.path().contains("of="), "{query}");
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
            ["room=general&m=", "room=general&m=-1", "room=general&m=18446744073709551616", "a=//b&room=general&of=//b"]
        {
            assert_eq!(path(query), general, "{query}");
        }
        assert_eq!(path("room=general&room=music&m=1&m=2").as_deref(), Some("/app?room=general&m=1"));
    }
}
