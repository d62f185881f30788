//! Attachments of the next message of a conversation: files, and the preview of a link.
//!
//! A tray stays while other conversations are open, until the page is closed, because the files exist in the browser only. Trays are found
//! by room id and are no members of the conversation, because the page starts without their code.

use std::cell::RefCell;

use leptos::prelude::*;
use protocol::client::AttachedFile;
use protocol::codec::json::push_json_text;
use protocol::content::spans::{Span, spans};

use crate::browser::PickedFile;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayFile {
    pub chosen: PickedFile,
    /// Object URL of a picture; empty otherwise.
    pub address: String,
    /// Width and height of a picture.
    pub size: Option<(u32, u32)>,
    /// Description of a picture by the person.
    pub alt: String,
    pub stage: Sending,
}

/// Progress of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Waits until the person sends the message.
    Waits,
    /// Is sent up to this percentage.
    Goes(u32),
    /// Is stored by the server.
    Came(AttachedFile),
}

/// Reason why a file is not in the tray, or was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file is too large.
    TooBig(String),
    /// The file has no content.
    Empty(String),
    /// The file cannot be read: it is a folder.
    Unreadable(String),
    /// The file was changed or removed after it was added.
    Changed(String),
    /// The file has the media type of a picture, but is none.
    NoPicture(String),
    /// The message has the largest number of files.
    TooMany(String),
    /// The server refused the file. Another try is useful after these minutes, if they are known.
    Refused { name: String, code: String, minutes: Option<u64> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPreview {
    /// Link, as it stands in the text.
    pub url: String,
    /// Title from the server; without one nothing is shown.
    pub title: String,
    pub description: String,
    /// Picture of the preview, stored as a file of the person.
    pub image: Option<String>,
}

/// Returns `true` if the text contains exactly this link, not a longer one that begins with it.
pub fn has_link(words: &str, url: &str) -> bool {
    spans(words).into_iter().any(|span| span == Span::Link(url))
}

/// Tray. Copy it into every closure.
#[derive(Clone, Copy, Default)]
pub struct Tray {
    /// Added files that are not checked yet.
    pub coming: RwSignal<Vec<PickedFile>>,
    pub files: RwSignal<Vec<TrayFile>>,
    /// Faults since the last added or sent file.
    pub faults: RwSignal<Vec<Fault>>,
    pub is_sending: RwSignal<bool>,
    pub link: RwSignal<Option<LinkPreview>>,
    /// Links whose previews were removed, or already requested.
    pub known_links: RwSignal<Vec<String>>,
}

thread_local! {
    static TRAYS: RefCell<Vec<(String, Tray)>> = const { RefCell::new(Vec::new()) };
    static OWNER: RefCell<Option<Owner>> = const { RefCell::new(None) };
}

pub fn tray_of(room: &str) -> Tray {
    let known = TRAYS.with_borrow(|trays| trays.iter().find(|(other, _)| other == room).map(|(_, tray)| *tray));
    if let Some(tray) = known {
        return tray;
    }
    // The tray outlives every view, so it has no other owner.
    let owner = OWNER.with_borrow_mut(|owner| owner.get_or_insert_with(Owner::default).clone());
    let tray = owner.with(Tray::default);
    TRAYS.with_borrow_mut(|trays| trays.push((room.to_owned(), tray)));
    tray
}

impl Tray {
    /// Returns `true` if the tray is not empty.
    pub fn is_shown(self) -> bool {
        self.files.with(|files| !files.is_empty())
            || self.faults.with(|faults| !faults.is_empty())
            || self.link.with(Option::is_some)
    }

    /// Changes the file with this key, and notifies all views.
    pub fn change(self, key: u64, change: impl FnOnce(&mut TrayFile)) {
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.chosen.key == key) {
                change(file);
            }
        });
    }

    /// Returns what `see` reads of the file with this key.
    pub fn see<T>(self, key: u64, see: impl FnOnce(&TrayFile) -> T) -> Option<T> {
        self.files.with(|files| files.iter().find(|file| file.chosen.key == key).map(see))
    }

    /// Returns the members of the frame for the attachments of a message with this text; `None` while a file is not stored.
    pub fn members(self, content: &str) -> Option<String> {
        let mut members = String::new();
        self.files.with_untracked(|files| {
            for (at, file) in files.iter().enumerate() {
                let Sending::Came(shown) = &file.stage else { return None };
                members.push_str(if at == 0 { "\"files\":[" } else { "," });
                let alt = Some(file.alt.trim().to_owned()).filter(|alt| !alt.is_empty() && file.size.is_some());
                members.push_str(&protocol::codec::json::write(&AttachedFile { alt, ..shown.clone() }));
            }
            members.push_str(if files.is_empty() { "" } else { "]" });
            Some(())
        })?;
        let link = self.link.get_untracked().filter(|link| has_link(content, &link.url));
        if let Some(link) = link {
            members.push_str(if members.is_empty() { "\"link\":{" } else { ",\"link\":{" });
            let texts = [("url", Some(link.url)), ("title", Some(link.title)), ("description", Some(link.description))];
            let texts = texts.into_iter().chain([("imageFileId", link.image)]);
            let texts = texts.filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)));
            for (at, (name, text)) in texts.enumerate() {
                members.push_str(if at == 0 { "\"" } else { ",\"" });
                members.push_str(name);
                members.push_str("\":");
                push_json_text(&mut members, &text);
            }
            members.push('}');
        }
        Some(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_tray(key: u64, stage: Sending) -> TrayFile {
        let chosen = PickedFile { key, name: "a.png".to_owned(), media: "image/png".to_owned(), size: 9 };
        TrayFile { chosen, address: String::new(), size: Some((3, 2)), alt: " A cat ".to_owned(), stage }
    }

    #[test]
    fn a_message_names_its_files_once_all_have_come() {
        let shown = AttachedFile {
            id: "user_1.x.png-9-3x2".to_owned(),
            name: "a.png".to_owned(),
            media: "image/png".to_owned(),
            size: 9,
            width: Some(3),
            height: Some(2),
            alt: None,
        };
        let tray = tray_of("general");
        tray.files.set(vec![in_tray(1, Sending::Came(shown)), in_tray(2, Sending::Goes(7))]);
        assert_eq!(tray_of("general").members(""), None);
        tray.files.update(|files| files.truncate(1));
        let file = r#"{"id":"user_1.x.png-9-3x2","name":"a.png","type":"image/png","size":9,"width":3,"height":2,"alt":"A cat"}"#;
        assert_eq!(tray.members("").as_deref(), Some(format!("\"files\":[{file}]").as_str()));
        let url = "https://a.example/x".to_owned();
        let link = LinkPreview { url, title: "A \"b\"".to_owned(), description: String::new(), image: None };
        tray.link.set(Some(link));
        let link = r#""link":{"url":"https://a.example/x","title":"A \"b\""}"#;
        assert_eq!(tray.members("see https://a.example/x"), Some(format!("\"files\":[{file}],{link}")));
        tray.files.set(Vec::new());
        assert_eq!(tray.members("see https://a.example/x").as_deref(), Some(link));
        assert_eq!(tray.members("something else").as_deref(), Some(""), "the link is gone from the words");
        assert_eq!(tray.members("see https://a.example/xy").as_deref(), Some(""), "it has become another one");
    }
}
