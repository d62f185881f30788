//! A text message.

use super::content::Content;
use super::facts::{KindFacts, Nature, NotificationKind};
use crate::codec::json::{Value, member, push_member};
use crate::content::files::keeps_card;
use crate::content::font::Font;
use crate::content::own_emoticons::{EmbeddedEmoticon, still_used};
use crate::words::rate::LimitRule;

pub(super) const FACTS: KindFacts = KindFacts {
    nature: Nature::Words,
    limit: Some(LimitRule::Chat),
    notification: Some(NotificationKind::Message),
    line: |_| None,
    members: &["type", "id", "content", "replyTo", "font", "files", "link", "emoticons"],
    schema: "content?: text, replyTo?: text, font?: Font, files?: [File], link?: Link, emoticons?: [EmoticonShown]",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatContent {
    /// The text as sent; [`crate::content::text`] has its rules.
    pub content: String,
    /// Id of the message that it answers.
    pub reply_to: Option<String>,
    pub font: Option<Font>,
    pub files: Vec<AttachedFile>,
    /// Preview of one of its links, as the writer sent it (`files.md` 1).
    pub link: Option<Box<Value>>,
    /// Emoticons of the writer in the text (`files.md` 4).
    pub emoticons: Vec<EmbeddedEmoticon>,
}

crate::record! {
    /// A file of a message (`files.md` 1).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AttachedFile {
        /// Id, by which it is downloaded.
        pub id: String = "id",
        pub name: String = "name",
        /// Media type.
        pub media: String = "type",
        /// Size in bytes.
        pub size: u64 = "size",
        pub width: Option<u32> = "width",
        pub height: Option<u32> = "height",
        /// Description of a picture.
        pub alt: Option<String> = "alt",
    }
}

impl Content for ChatContent {
    fn push(&self, out: &mut String) {
        push_member(out, "content", &self.content);
        push_member(out, "replyTo", &self.reply_to);
        push_member(out, "font", &self.font);
        if !self.files.is_empty() {
            push_member(out, "files", &self.files);
        }
        if let Some(link) = &self.link {
            push_member(out, "link", link.as_ref());
        }
        if !self.emoticons.is_empty() {
            push_member(out, "emoticons", &self.emoticons);
        }
    }

    fn words(&self) -> String {
        if !self.content.is_empty() {
            return self.content.clone();
        }
        let words = self.files.iter().map(|file| file.alt.as_ref().unwrap_or(&file.name).as_str());
        words.collect::<Vec<_>>().join(", ")
    }
}

impl ChatContent {
    /// Parses the content from the members of an event; `None` if a member is missing.
    pub(super) fn read(members: &Value) -> Option<Self> {
        Some(Self {
            content: member(members, "content")?,
            reply_to: member(members, "replyTo").flatten(),
            font: member(members, "font").flatten(),
            files: member(members, "files").unwrap_or_default(),
            link: member::<Value>(members, "link").map(Box::new),
            emoticons: member(members, "emoticons").unwrap_or_default(),
        })
    }

    /// Replaces the text, and removes everything that was derived from it, as the server does. Returns the old text.
    pub(super) fn reword(&mut self, text: &str) -> String {
        let before = std::mem::replace(&mut self.content, text.to_owned());
        let url = self.link.as_ref().and_then(|link| link.get("url")).and_then(Value::as_str);
        if url.is_some_and(|url| !keeps_card(url, &before, text)) {
            self.link = None;
        }
        self.emoticons = still_used(text, std::mem::take(&mut self.emoticons));
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::kinds::RowKind;
    use crate::words::event::Kind;

    #[test]
    fn an_edit_takes_what_was_made_of_the_old_words() {
        let body = r#"{"content":"https://a.example/x :cat:","link":{"url":"https://a.example/x","title":"A"},
            "emoticons":[{"code":":cat:","fileId":"f","alt":"a"}]}"#;
        for (words, card, emoticons) in [("https://a.example/x", true, 0), ("so :cat:", false, 1), ("none", false, 0)] {
            let mut kind = RowKind::of_body(Kind::Chat, body);
            assert_eq!(kind.reword(words).as_deref(), Some("https://a.example/x :cat:"));
            let RowKind::Chat(ChatContent { content, link, emoticons: left, .. }) = kind else { panic!("a chat") };
            assert_eq!((content.as_str(), link.is_some(), left.len()), (words, card, emoticons));
        }
        assert_eq!(RowKind::Nudge.reword("x"), None);
    }

    #[test]
    fn a_body_that_cannot_be_read_says_nothing() {
        for body in ["", "[]", "{}", "{\"content\":1}"] {
            let nothing = RowKind::gone();
            assert_eq!(RowKind::of_body(Kind::Chat, body), nothing, "{body}");
        }
        let said = RowKind::of_body(Kind::Chat, "{\"content\":\"a\",\"font\":{\"color\":400},\"replyTo\":7}");
        let content = ChatContent { content: "a".to_owned(), font: Some(Font::default()), ..ChatContent::default() };
        assert_eq!(said, RowKind::Chat(content));
    }
}
