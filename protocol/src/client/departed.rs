//! Deletion of a person (`leaving.md` 2): a page removes the person's data as the room does.
//!
//! There is no event for each row: only the event of the deletion arrives, live or in a replay.

use super::frames::EventFrame;
use super::row::Row;
use crate::content::kinds::{ChatContent, RowKind, SystemContent};
use crate::machines::room::GONE_CODE;
use crate::words::principal::UserKind;

/// Deletion of a person, and the rest of their messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    pub user: String,
    /// Name that replaces the person's.
    pub name: String,
    /// Position of the event, which concerns all rows before it.
    pub seq: u64,
    /// Position up to which rows belong to earlier players of a persona, and stay; 0 for everyone else.
    pub after: u64,
    /// `true` if their texts stay, without files.
    pub keeps_words: bool,
}

impl Departure {
    /// Returns the deletion of a person that the event reports, if any.
    pub(super) fn of(event: &EventFrame) -> Option<Self> {
        let is_said = event.kind.as_ref().is_some_and(RowKind::is_departure) && !event.sender.is_empty();
        let (user, name) = (event.sender.clone(), event.name.clone());
        let EventFrame { seq, gone_after: after, keeps_words, .. } = *event;
        is_said.then_some(Self { user, name, seq, after, keeps_words })
    }
}

/// Returns `true` if a page may keep its copy of a conversation that is not open. Without a socket the page learns only that the other
/// person is no contact any more, not that they were deleted. Conversations with bots stay, because bots cannot be deleted. So do those with
/// personas: few become accounts, and the page learns of a deletion when it opens the conversation.
pub fn may_stay_cached(room: &str, own_user: &str, is_contact: impl Fn(&str) -> bool) -> bool {
    let people = room.strip_prefix("dm_").and_then(|people| people.split_once("____"));
    let Some((one, other)) = people else { return true };
    let partner = if one == own_user { other } else { one };
    is_contact(partner) || matches!(UserKind::of_id(partner), UserKind::Persona | UserKind::Bot)
}

impl RowKind {
    /// Returns `true` if the event reports the deletion of its sender.
    pub fn is_departure(&self) -> bool {
        matches!(self, Self::System(SystemContent { code, .. }) if code == GONE_CODE)
    }
}

impl Row {
    /// Removes a deleted person's data from the row. Returns `false` if there was none.
    pub fn part_with(&mut self, departed: &Departure) -> bool {
        if self.seq.is_none_or(|seq| seq >= departed.seq) {
            return false;
        }
        let is_theirs = self.sender == departed.user && self.seq.is_some_and(|seq| seq > departed.after);
        if is_theirs {
            self.sender_name.clone_from(&departed.name);
            self.lose_words(departed.keeps_words);
        }
        let had_reacted = self.lose_reactions(&departed.user);
        if is_theirs || had_reacted {
            self.as_of = self.as_of.max(departed.seq);
        }
        is_theirs || had_reacted
    }

    fn lose_words(&mut self, keeps_words: bool) {
        match &mut self.kind {
            RowKind::Chat(ChatContent { files, emoticons, .. }) if keeps_words => {
                files.clear();
                emoticons.clear();
            }
            kind if !keeps_words && kind.is_message() => {
                *kind = RowKind::gone();
                (self.is_deleted, self.edited_at, self.first) = (true, None, None);
                self.reactions.clear();
            }
            _ => {}
        }
    }

    fn lose_reactions(&mut self, user: &str) -> bool {
        let mut had_reacted = false;
        for reaction in &mut self.reactions {
            let before = reaction.users.len();
            reaction.users.retain(|named| named != user);
            if reaction.users.len() < before {
                reaction.count = reaction.count.saturating_sub(1);
                had_reacted = true;
            }
        }
        self.reactions.retain(|reaction| reaction.count > 0);
        had_reacted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Reaction, ServerFrame, read_server_text};

    fn event(json: &str) -> EventFrame {
        let frames = read_server_text(json);
        let [ServerFrame::Event(event)] = &frames[..] else { panic!("{frames:?}") };
        event.clone()
    }

    fn row(seq: u64, sender: &str) -> Row {
        let json = format!(
            "{{\"type\":\"chat\",\"seq\":{seq},\"id\":\"m{seq}\",\"senderId\":\"{sender}\",\"displayName\":\"Jonas\",\
             \"timestamp\":1,\"content\":\"secret\",\"replyTo\":\"m0\",\"editedAt\":2,\"files\":[{{\"id\":\"f\",\"name\":\"a.png\",\
             \"type\":\"image/png\",\"size\":1}}],\"reactions\":[{{\"reaction\":\"like\",\"count\":1,\"users\":[\"user_2\"]}},\
             {{\"reaction\":\"heart\",\"count\":2,\"users\":[\"user_1\",\"user_2\"]}},\
             {{\"reaction\":\"sad\",\"count\":1,\"users\":[\"user_1\"]}}]}}"
        );
        let row = event(&json).row("me", seq).expect("a row");
        Row { first: Some("secret before".to_owned()), ..row }
    }

    fn gone(more: &str) -> Departure {
        let json = format!(
            "{{\"type\":\"system\",\"seq\":9,\"id\":\"n\",\"senderId\":\"user_1\",\"displayName\":\"Deleted account\",\
             \"timestamp\":9,\"code\":\"account_deleted\"{more}}}"
        );
        Departure::of(&event(&json)).expect("they are gone")
    }

    #[test]
    fn of_their_message_only_its_place_is_left() {
        let mut row = row(3, "user_1");
        assert!(row.part_with(&gone("")));
        assert!(!crate::codec::json::write(&row).contains("secret"), "neither what it said last nor first: {row:?}");
        assert_eq!((&row.kind, row.is_deleted, row.edited_at), (&RowKind::gone(), true, None));
        assert_eq!((row.sender_name.as_str(), row.seq, row.as_of), ("Deleted account", Some(3), 9));
        assert!(row.reactions.is_empty());
    }

    #[test]
    fn with_their_words_kept_name_and_files_go() {
        let mut row = row(3, "user_1");
        assert!(row.part_with(&gone(",\"words\":\"kept\"")));
        let RowKind::Chat(ChatContent { content, files, reply_to, .. }) = &row.kind else { panic!("{row:?}") };
        assert_eq!((content.as_str(), files.len(), reply_to.as_deref()), ("secret", 0, Some("m0")));
        assert_eq!((row.sender_name.as_str(), row.is_deleted, row.edited_at), ("Deleted account", false, Some(2)));
    }

    #[test]
    fn what_others_said_loses_their_reactions_and_nothing_else() {
        let mut row = row(3, "user_2");
        assert!(row.part_with(&gone("")));
        let left =
            |reaction: &str| Reaction { reaction: reaction.to_owned(), count: 1, users: vec!["user_2".to_owned()] };
        assert_eq!(row.reactions, [left("like"), left("heart")]);
        assert_eq!((row.kind.words().as_str(), row.sender_name.as_str()), ("secret", "Jonas"));
        assert!(!row.part_with(&gone("")), "a second time there is nothing");
    }

    #[test]
    fn what_has_no_place_before_the_note_stays() {
        for seq in [None, Some(9), Some(10)] {
            let mut row = Row { seq, ..row(3, "user_1") };
            assert!(!row.part_with(&gone("")) && row.kind.words() == "secret", "{row:?}");
        }
    }

    #[test]
    fn what_earlier_players_of_a_persona_said_stays() {
        for (seq, stays) in [(3, true), (4, false)] {
            let mut row = row(seq, "user_1");
            assert!(row.part_with(&gone(",\"after\":3")));
            assert_eq!((row.kind.words() == "secret", row.sender_name == "Jonas"), (stays, stays), "{row:?}");
        }
    }

    #[test]
    fn of_two_only_what_was_said_with_contacts_stays_kept_unopened() {
        let stays = |room: &str, own: &str| may_stay_cached(room, own, |user| user == "u_contact");
        assert!(stays("dm_u_contact____u_me", "u_me") && stays("dm_u_a____u_contact", "u_a"));
        assert!(!stays("dm_u_gone____u_me", "u_me") && !stays("dm_u_me____u_zoe", "u_me"));
        assert!(!stays("dm_g_guest____u_me", "u_me"), "a guest goes, too");
        assert!(!stays("dm_u_contact____u_gone", "u_contact"), "whose page it is does not count");
        assert!(stays("dm_u_me____user_7", "u_me") && stays("dm_bot_nova____u_me", "u_me"), "these cannot go");
        assert!(stays("general", "u_me") && stays("grp_0123456789abc", "u_me"), "their own log says it");
    }

    #[test]
    fn what_they_did_in_the_group_stays_without_their_name() {
        let joined = RowKind::System(SystemContent { code: "joined".to_owned(), ..SystemContent::default() });
        let mut row = Row { kind: joined.clone(), reactions: Vec::new(), ..row(3, "user_1") };
        assert!(row.part_with(&gone("")));
        assert_eq!((&row.kind, row.is_deleted, row.sender_name.as_str()), (&joined, false, "Deleted account"));
    }
}
