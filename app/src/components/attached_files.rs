//! What goes with a message: pictures, each in the space that its id promises, so that nothing moves when it is there; other files, each
//! with its name and how large it is; the preview of a link.

use leptos::prelude::*;
use protocol::client::FileShown;
use protocol::json::Value;

use super::dialog::{self, DialogRef};
use super::icon::icon;
use super::link_preview::link_card;
use super::live::{act, choice, text, when};
use super::talk_styles::sheet;
use super::words::Texts;
use crate::browser::later::later_view;
use crate::browser::part::{IntoPart, Part};
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::settings::Motion;

/// Sizes are told in these.
const KILOBYTE: u64 = 1_000;
const MEGABYTE: u64 = 1_000_000;
/// The space that a picture takes in the log, at most.
const PICTURE_PX_MAX: (u32, u32) = (320, 240);

later_view! {
    files:
    /// What goes with one message, which never changes.
    pub fn attached(files: Vec<FileShown>, link: Option<Value>) {
        let i18n = use_i18n();
        // One that moves would do so for ever: where nothing is to move it is a file to be opened.
        let is_still = use_session().settings.motion.get_untracked() == Motion::None;
        let is_shown = |file: &FileShown| file.width.is_some() && !(is_still && file.media == "image/gif");
        let (pictures, others): (Vec<FileShown>, Vec<FileShown>) = files.into_iter().partition(is_shown);
        let pictures: Vec<Part> = pictures.into_iter().map(picture).collect();
        let others: Vec<Part> = others.into_iter().map(row).collect();
        let list = (!others.is_empty())
            .then(move || view! { <ul class="attached-files" aria-label=said!(i18n, talk.files)>{others}</ul> }.late_part());
        view! { {styles()} <div class="attached">{pictures} {list} {link.map(link_card)}</div> }.late_part()
    }
}

/// The link to the style sheet of what this part shows.
pub fn styles() -> Part {
    sheet("/pkg/files.css")
}

fn address(file: &FileShown) -> String {
    format!("/api/files/{}", file.id)
}

/// What a picture shows, or at least how it is called.
fn words(file: &FileShown) -> String {
    file.alt.clone().unwrap_or_else(|| file.name.clone())
}

fn picture(file: FileShown) -> Part {
    let i18n = use_i18n();
    let (is_open, is_lost) = (RwSignal::new(false), RwSignal::new(false));
    let (width, height) = fitted(file.width.unwrap_or(1), file.height.unwrap_or(1));
    let (name, lost_name) = (words(&file), words(&file));
    let (src, alt) = (address(&file), words(&file));
    let shown = choice(move || {
        if is_lost.get() {
            let words = t_string!(i18n, files.lost, name = lost_name);
            let again = act(move |_| is_lost.set(false));
            return view! {
                <span class="picture-lost">
                    <span>{words}</span>
                    <button class="btn" type="button" data-kind="small" on:click=again>{said!(i18n, state.try_again)}</button>
                </span>
            }
            .late_part();
        }
        let label = name.clone();
        view! {
            <img
                src=src.clone()
                alt=alt.clone()
                width=width.to_string()
                height=height.to_string()
                decoding="async"
                on:error=act(move |_| is_lost.set(true))
            />
            <button
                class="picture-open"
                type="button"
                aria-haspopup="dialog"
                aria-label=text(move || t_string!(i18n, files.open, name = &label))
                on:click=act(move |_| is_open.set(true))
            ></button>
        }
        .late_part()
    });
    // What is opened over the page is no news of the log, and its keys are not the log's.
    let stop = act(move |event: leptos::ev::KeyboardEvent| event.stop_propagation());
    view! {
        <figure class="picture">{shown}</figure>
        <div aria-live="off" on:keydown=stop>{when(move || is_open.get(), move || large(&file, is_open))}</div>
    }
    .late_part()
}

/// The picture as large as the window.
fn large(file: &FileShown, is_open: RwSignal<bool>) -> Part {
    let i18n = use_i18n();
    let frame = DialogRef::new();
    let title = words(file);
    let body = view! {
        <div class="picture-large"><img src=address(file) alt=words(file) /></div>
        <div class="dialog-foot">
            <a class="btn" href=address(file) download=file.name.clone()>{said!(i18n, files.download)}</a>
            <button class="btn" type="button" data-kind="default" on:click=act(move |_| dialog::close(frame))>
                {said!(i18n, settings.close)}
            </button>
        </div>
    };
    let closed = act(move |_| is_open.set(false));
    dialog::framed(frame, "picture-title", text(move || title.clone()), closed, body.late_part())
}

/// A file that is written down by the browser.
fn row(file: FileShown) -> Part {
    let i18n = use_i18n();
    let (href, title) = (address(&file), file.alt);
    let (name, size) = (file.name.clone(), file.size);
    let words = move || t_string!(i18n, files.named, name = &name, size = size_words(i18n, size));
    view! {
        <li>
            {icon("ic-clip", "14")}
            <a href=href download=file.name title=title>{text(words)}</a>
        </li>
    }
    .late_part()
}

/// How large a file is.
pub fn size_words(i18n: Texts, bytes: u64) -> String {
    if bytes < MEGABYTE {
        return t_string!(i18n, files.kilobytes, size = bytes.div_ceil(KILOBYTE));
    }
    t_string!(i18n, files.megabytes, size = bytes.div_ceil(MEGABYTE))
}

/// The size of a picture in the log: as it is, or as much smaller as it must be.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let (across, down) = (u64::from(PICTURE_PX_MAX.0), u64::from(PICTURE_PX_MAX.1));
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (width, height) = match (width > across, height > down) {
        (false, false) => (width, height),
        _ if width * down > height * across => (across, height * across / width),
        _ => (width * down / height, down),
    };
    (width.max(1) as u32, height.max(1) as u32)
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn a_picture_keeps_its_form_and_is_never_made_larger() {
        for (size, shown) in [
            ((3, 2), (3, 2)),
            ((320, 240), (320, 240)),
            ((1_280, 720), (320, 180)),
            ((600, 1_200), (120, 240)),
            ((50_000_000, 1), (320, 1)),
            ((1, 50_000_000), (1, 240)),
            ((0, 0), (1, 1)),
        ] {
            assert_eq!(fitted(size.0, size.1), shown);
        }
    }
}
