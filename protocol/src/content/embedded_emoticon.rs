//! Emoticon of a person in a message (`files.md` 4). Its rules are in `own_emoticons`.

crate::record! {
    /// Emoticon of a person in a message.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EmbeddedEmoticon {
        /// Code that is typed for it.
        pub code: String = "code",
        /// Its picture.
        pub file: String = "fileId",
        /// Description of what it shows.
        pub alt: String = "alt",
    }
}
