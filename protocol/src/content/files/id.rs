//! Ids of files: `<owner>.<uuid>.<kind>-<bytes>[-<width>x<height>]`. The page reserves space by them before it loads anything.

use std::fmt;

use crate::words::ids::{UserId, is_uuid};
use crate::words::limits::{FILE_BYTES_MAX, FILE_ID_BYTES_MAX, PICTURE_PIXELS_MAX};

/// Kind of a file, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Png,
    Jpeg,
    Webp,
    Gif,
    /// Any other file: never shown, only downloaded.
    Bin,
}

impl FileKind {
    const ALL: [(Self, &str, &str); 5] = [
        (Self::Png, "png", "image/png"),
        (Self::Jpeg, "jpeg", "image/jpeg"),
        (Self::Webp, "webp", "image/webp"),
        (Self::Gif, "gif", "image/gif"),
        (Self::Bin, "bin", "application/octet-stream"),
    ];

    fn row(self) -> (&'static str, &'static str) {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or(("bin", ""), |(_, word, media)| (word, media))
    }

    /// Returns the media type of answers.
    pub fn media_type(self) -> &'static str {
        self.row().1
    }

    /// Returns `true` for a file that may be shown in a page.
    pub fn is_picture(self) -> bool {
        self != Self::Bin
    }
}

/// Parsed id. Its text is the only spelling of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileId {
    pub owner: UserId,
    /// Distinguishes the owner's files.
    pub uuid: String,
    pub kind: FileKind,
    pub bytes: u64,
    /// Width and height of a picture as it is shown.
    pub size: Option<(u32, u32)>,
}

impl FileId {
    /// Parses an id; `None` for every other spelling and for invalid values.
    pub fn parse(text: &str) -> Option<Self> {
        let [owner, uuid, rest] = text.split('.').collect::<Vec<_>>().try_into().ok()?;
        let mut parts = rest.split('-');
        let word = parts.next()?;
        let kind = FileKind::ALL.iter().find(|(_, known, _)| *known == word)?.0;
        let bytes = parts.next()?.parse().ok().filter(|bytes| (1..=FILE_BYTES_MAX).contains(bytes))?;
        let size = match parts.next() {
            Some(size) => {
                let (width, height) = size.split_once('x')?;
                Some((width.parse().ok()?, height.parse().ok()?))
                    .filter(|(width, height)| may_be_shown(*width, *height))
            }
            None => None,
        };
        let id = Self { owner: UserId::parse(owner).ok()?, uuid: uuid.to_owned(), kind, bytes, size };
        let is_whole = is_uuid(uuid) && size.is_some() == kind.is_picture() && text.len() <= FILE_ID_BYTES_MAX;
        (is_whole && id.to_string() == text).then_some(id)
    }
}

/// Returns `true` if a picture of this size may be shown: a browser needs four bytes for each pixel.
pub(super) fn may_be_shown(width: u32, height: u32) -> bool {
    (1..=PICTURE_PIXELS_MAX).contains(&(u64::from(width) * u64::from(height)))
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, uuid, kind, bytes, size } = self;
        write!(f, "{owner}.{uuid}.{}-{bytes}", kind.row().0)?;
        size.map_or(Ok(()), |(width, height)| write!(f, "-{width}x{height}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "01980000-0001-7fff-bfff-ffffffffffff";

    #[test]
    fn an_id_has_one_spelling() {
        for rest in ["png-34567-1280x720", "jpeg-1-1x1", "webp-25000000-50000000x1", "gif-9-2x3", "bin-1"] {
            let text = format!("user_7.{UUID}.{rest}");
            assert_eq!(FileId::parse(&text).map(|id| id.to_string()), Some(text));
        }
        for rest in [
            "",
            "png",
            "png-1",
            "bin-1-1x1",
            "bin-0",
            "bin-01",
            "bin-+1",
            "bin-25000001",
            "svg-1-1x1",
            "PNG-1-1x1",
            "png-1-1x1-1x1",
            "png-1-0x1",
            "png-1-01x1",
            "png-1-1",
            "png-1-1x1x1",
            "png-1-50000001x1",
            "png-1-4294967296x1",
            "bin-1-",
            "bin-1.",
            "bin 1",
        ] {
            assert_eq!(FileId::parse(&format!("user_7.{UUID}.{rest}")), None, "{rest}");
        }
        for text in ["", "..", "user_7.x.bin-1", "User.01980000-0001-7fff-bfff-ffffffffffff.bin-1"] {
            assert_eq!(FileId::parse(text), None, "{text}");
        }
    }
}
