//! Sending of a tray: files are checked when they are added, then uploaded one by one, and then the message with their ids is sent.

use protocol::client::AttachedFile;
use protocol::codec::json::Read;
use protocol::words::limits::{FILE_BYTES_MAX, FILES_MAX, PICTURE_PIXELS_MAX};
use protocol::words::time::MINUTE_MS;

use crate::browser::{PickedFile, files};
use crate::prelude::*;
use crate::store::conversation::Conversation;
use crate::store::tray::{Fault, Sending, Tray, TrayFile};

/// Media types of the pictures that the server shows in a page.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
/// Number of pixels to which a large picture is shrunk: no screen shows more.
const PIXELS_MADE: u64 = 12_000_000;

/// Checks new files, and adds them to the tray.
pub async fn take(tray: Tray, coming: Vec<PickedFile>) {
    tray.faults.set(Vec::new());
    for chosen in coming {
        let (key, name) = (chosen.key, chosen.name.clone());
        let fault = match inspect(tray, chosen).await {
            // The tray may have filled during the check.
            Ok(file) if tray.files.with_untracked(Vec::len) < FILES_MAX => {
                tray.files.update(|files| files.push(file));
                continue;
            }
            Ok(file) => {
                files::forget(file.chosen.key, &file.address);
                Fault::TooMany as fn(String) -> Fault
            }
            Err(fault) => fault,
        };
        files::forget(key, "");
        tray.faults.update(|faults| faults.push(fault(name)));
    }
}

async fn inspect(tray: Tray, chosen: PickedFile) -> Result<TrayFile, fn(String) -> Fault> {
    if tray.files.with_untracked(Vec::len) >= FILES_MAX {
        return Err(Fault::TooMany);
    }
    if !files::is_readable(chosen.key).await {
        return Err(Fault::Unreadable);
    }
    if chosen.size == 0 {
        return Err(Fault::Empty);
    }
    let of = |chosen: PickedFile, size: Option<(u32, u32)>| {
        let address = if size.is_some() { files::address(chosen.key) } else { String::new() };
        TrayFile { chosen, address, size, alt: String::new(), stage: Sending::Waits }
    };
    if !PICTURES.contains(&chosen.media.as_str()) {
        return if chosen.size > FILE_BYTES_MAX { Err(Fault::TooBig) } else { Ok(of(chosen, None)) };
    }
    let (width, height) = files::measure(chosen.key).await.ok_or(Fault::NoPicture as fn(String) -> Fault)?;
    if chosen.size <= FILE_BYTES_MAX && u64::from(width) * u64::from(height) <= PICTURE_PIXELS_MAX {
        return Ok(of(chosen, Some((width, height))));
    }
    // A moving picture would lose its motion.
    let made = if chosen.media == "image/gif" { None } else { files::smaller(&chosen, PIXELS_MADE).await };
    files::forget(chosen.key, "");
    let made = made.filter(|made| made.size <= FILE_BYTES_MAX).ok_or(Fault::TooBig as fn(String) -> Fault)?;
    let size = files::measure(made.key).await;
    Ok(of(made, size))
}

pub fn remove(tray: Tray, key: u64) {
    tray.files.update(|files| {
        files.retain(|file| {
            let stays = file.chosen.key != key;
            if !stays {
                files::forget(key, &file.address);
            }
            stays
        });
    });
}

/// Removes all files from the tray. The text belongs to the composer.
pub fn empty(tray: Tray) {
    for file in tray.files.get_untracked() {
        files::forget(file.chosen.key, &file.address);
    }
    tray.faults.set(Vec::new());
    tray.link.set(None);
    tray.files.set(Vec::new());
}

pub fn cancel(tray: Tray) {
    tray.is_sending.set(false);
    for file in tray.files.get_untracked() {
        files::cancel(file.chosen.key);
    }
}

/// Uploads the files of the tray, then sends the message that names them.
pub async fn send(session: Session, conversation: Conversation, tray: Tray, content: String) {
    tray.faults.set(Vec::new());
    tray.is_sending.set(true);
    for file in tray.files.get_untracked() {
        if matches!(file.stage, Sending::Came(_)) {
            continue;
        }
        let key = file.chosen.key;
        tray.change(key, |file| file.stage = Sending::Goes(0));
        let report_progress = move |percent| tray.change(key, |file| file.stage = Sending::Goes(percent));
        let csrf = session.csrf.try_get_value().unwrap_or_default();
        let answer = files::send("/api/files", &csrf, &file.chosen, report_progress).await;
        let came = answer.map(|data| AttachedFile::read(&data));
        tray.change(key, |file| {
            file.stage = match &came {
                Ok(Some(shown)) => Sending::Came(shown.clone()),
                _ => Sending::Waits,
            }
        });
        // The sending was cancelled, the conversation was closed, or another person has signed in.
        let is_stopped = session.somebody_else.with_untracked(Option::is_some);
        let is_open = conversation.handed_over.try_get_untracked().is_some();
        let is_wanted = tray.is_sending.get_untracked() && is_open && !is_stopped;
        let (code, wait_ms) = match came {
            Ok(Some(_)) if is_wanted => continue,
            Err(error) if is_wanted => (error.code, error.retry_after_ms),
            Ok(None) if is_wanted => ("NETWORK".to_owned(), None),
            _ => return back(conversation, tray),
        };
        let (name, minutes) = (file.chosen.name, wait_ms.map(|wait_ms| wait_ms.div_ceil(MINUTE_MS)));
        // A browser reports a file that it cannot read any more like a lost connection.
        let fault = match files::is_readable(key).await {
            true => Fault::Refused { name, code, minutes },
            false => {
                remove(tray, key);
                Fault::Changed(name)
            }
        };
        tray.faults.set(vec![fault]);
        return back(conversation, tray);
    }
    if let Some(members) = tray.members(&content) {
        if let Some(room) = conversation.room.try_get_value() {
            session.run_for(&room, move |state, room| state.say(room, &content, &members));
        }
        empty(tray);
        // The next message may contain the same link.
        tray.known_links.set(Vec::new());
    }
    back(conversation, tray);
}

/// Returns the text to the composer; an empty one if it was sent.
fn back(conversation: Conversation, tray: Tray) {
    tray.is_sending.set(false);
    let _ = conversation.handed_over.try_set(None);
}
