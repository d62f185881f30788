//! Emoticon of a person in a message (`files.md` 4). Its rules are in `own_emoticons`.

/// Emoticon of a person in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedEmoticon {
    /// Code that is typed for it.
    pub code: String,
    /// Its picture.
    pub file: String,
    /// Description of what it shows.
    pub alt: String,
}

crate::record!(EmbeddedEmoticon { code = "code", file = "fileId", alt = "alt" });
