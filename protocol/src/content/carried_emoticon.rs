//! An emoticon of a person's own, as a message carries it (`files.md` 4). What one may be is decided in `own_emoticons`.

/// One of them, as messages carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnEmoticon {
    /// Code that is typed for it.
    pub code: String,
    /// Its picture.
    pub file: String,
    /// Description of what it shows.
    pub alt: String,
}

crate::record!(OwnEmoticon { code = "code", file = "fileId", alt = "alt" });
