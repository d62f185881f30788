//! Attachments of a message: pictures, other files with name and size, and the preview of a link. A picture reserves its space by the size
//! in its id, so that no row moves when it loads. Pictures of people who are no contacts load on a press only (`ux.md` 1.3).

use protocol::client::AttachedFile;
use protocol::codec::json::Value;
use protocol::people::contacts::Relation;

use super::brief::sender_name;
use super::link_preview::link_card;
use crate::browser::steps;
use crate::store::conversation::{Conversation, RowHandle};
use crate::ui::moving_picture;
use crate::ui::pictures::{fitted, styles};
use crate::ui::prelude::*;

/// Unit of shown sizes.
const KILOBYTE: u64 = 1_000;
const MEGABYTE: u64 = 1_000_000;
/// Size above which a PNG is not checked for motion and counts as moving.
const MOVING_PNG_BYTES_MAX: u64 = 2_000_000;
/// Largest space of a picture in the log.
const PICTURE_PX_MAX: (u32, u32) = (320, 240);

lazy_view! {
    files:
    /// Attachments of one message, which never change.
    pub fn attached(conversation: Conversation, handle: RowHandle, files: Vec<AttachedFile>, link: Option<Value>) {
        let is_known = is_known(conversation, handle);
        let (pictures, others): (Vec<AttachedFile>, Vec<AttachedFile>) =
            files.into_iter().partition(|file: &AttachedFile| file.width.is_some());
        let pictures: Vec<ErasedView> = pictures.into_iter().map(|file| shown(conversation, handle, file, is_known)).collect();
        let others: Vec<ErasedView> = others.into_iter().map(row).collect();
        let list = (!others.is_empty())
            .then(move || view! { <ul class="attached-files" aria-label=said!(talk.files)>{others}</ul> }.client_only());
        view! { {styles()} <div class="attached">{pictures} {list} {link.map(|link| link_card(link, is_known))}</div> }.client_only()
    }
}

/// Returns a memo that is `true` if pictures of this writer load at once: one's own, those of contacts, and of a partner to whom one has
/// written.
fn is_known(conversation: Conversation, handle: RowHandle) -> Memo<bool> {
    let relations = use_session().relations;
    let is_direct = conversation.partner().is_some();
    let is_own = |handle: &RowHandle| handle.row.with_untracked(|row| row.is_own);
    Memo::new(move |_| {
        is_own(&handle)
            || relations.relation(&handle.row.with_untracked(|row| row.sender.clone())) == Relation::Contact
            || is_direct && conversation.rows.with(|rows| rows.iter().any(is_own))
    })
}

/// Renders a picture, or its space with a button that loads it.
fn shown(conversation: Conversation, handle: RowHandle, file: AttachedFile, is_known: Memo<bool>) -> ErasedView {
    let id = file.id.clone();
    let is_wanted = Memo::new(move |_| is_known.get() || conversation.uncovered.with(|all| all.contains(&id)));
    let tries = RwSignal::new(0_u32);
    let view = choice(move || {
        tries.track();
        if is_wanted.get() { picture(file.clone(), tries) } else { covered(conversation, handle, &file) }
    });
    view.client_only()
}

fn covered(conversation: Conversation, handle: RowHandle, file: &AttachedFile) -> ErasedView {
    let (width, height) = fitted(file.width.unwrap_or(1), file.height.unwrap_or(1), PICTURE_PX_MAX);
    let (name, id) = (words(file), file.id.clone());
    let show = move |_| {
        conversation.uncovered.update(|all| all.push(id.clone()));
        // The focus moves to the picture that has replaced the button.
        let message = handle.row.with_untracked(|row| row.id.clone());
        dom::focus_soon(format!(".msg[data-id=\"{message}\"] .picture-open"));
    };
    view! {
        <div class="picture-covered">
            <svg viewBox=format!("0 0 {width} {height}") width=width.to_string() aria-hidden="true"></svg>
            <div>
                <span>{said!(files.covered, name = sender_name(handle))}</span>
                {row_button(
                    Some("small"),
                    said!(files.show),
                    said!(files.show_named, name = &name),
                    handler(show),
                )}
            </div>
        </div>
    }
    .client_only()
}

fn address(file: &AttachedFile) -> String {
    format!("/api/files/{}", file.id)
}

/// Returns the description of a picture, or else its name.
fn words(file: &AttachedFile) -> String {
    file.alt.clone().unwrap_or_else(|| file.name.clone())
}

/// Renders the picture. `tries` grows when it has to load again.
fn picture(file: AttachedFile, tries: RwSignal<u32>) -> ErasedView {
    let i18n = use_i18n();
    let (is_open, is_lost) = (RwSignal::new(false), RwSignal::new(false));
    let size = fitted(file.width.unwrap_or(1), file.height.unwrap_or(1), PICTURE_PX_MAX);
    let (name, lost_name) = (words(&file), words(&file));
    let (source, again) = source(&file, is_lost);
    let alt = words(&file);
    let shown = choice(move || {
        if is_lost.get() {
            let words = t_string!(i18n, files.lost, name = lost_name);
            let again = handler(move |_| tries.update(|tries| *tries += 1));
            return view! {
                <span class="picture-lost">
                    <span>{words}</span>
                    {button_of("small", said!(state.try_again), again)}
                </span>
            }
            .client_only();
        }
        let label = name.clone();
        view! {
            {image(source, alt.clone(), Some(size), is_lost)}
            <button
                class="picture-open"
                type="button"
                aria-haspopup="dialog"
                aria-label=said!(files.open, name = &label)
                on:click=handler(move |_| is_open.set(true))
                on:focus=handler(move |_| again.run(()))
            ></button>
        }
        .client_only()
    });
    steps::follow(is_open, false);
    // The viewer over the page is not announced as part of the log, and its keys do not reach the log.
    let stop = handler(move |event: leptos::ev::KeyboardEvent| event.stop_propagation());
    view! {
        <figure class="picture" on:mouseenter=handler(move |_| again.run(()))>{shown}</figure>
        <div aria-live="off" on:keydown=stop>{when(move || is_open.get(), move || large(&file, is_open))}</div>
    }
    .client_only()
}

/// Returns the address of the picture, and a callback that plays it again.
fn source(file: &AttachedFile, is_lost: RwSignal<bool>) -> (RwSignal<String>, Callback<()>) {
    let may_move = match file.media.as_str() {
        "image/gif" | "image/webp" => true,
        "image/png" => file.size <= MOVING_PNG_BYTES_MAX,
        _ => false,
    };
    moving_picture::source(address(file), may_move, is_lost)
}

/// Renders the picture itself; its space until it is loaded.
fn image(source: RwSignal<String>, alt: String, size: Option<(u32, u32)>, is_lost: RwSignal<bool>) -> ErasedView {
    let (width, height) = size.unzip();
    let (width, height) = (width.map(|px| px.to_string()), height.map(|px| px.to_string()));
    choice(move || {
        let source = source.get();
        if source.is_empty() {
            let (width, height) = (width.clone(), height.clone());
            return view! { <svg width=width height=height aria-hidden="true"></svg> }.client_only();
        }
        view! {
            <img
                src=source
                alt=alt.clone()
                width=width.clone()
                height=height.clone()
                decoding="async"
                on:error=handler(move |_| is_lost.set(true))
            />
        }
        .client_only()
    })
    .client_only()
}

/// Renders the picture in the size of the window.
fn large(file: &AttachedFile, is_open: RwSignal<bool>) -> ErasedView {
    let frame = DialogRef::new();
    let title = words(file);
    let is_lost = RwSignal::new(false);
    let (source, _) = source(file, is_lost);
    let body = view! {
        <div class="picture-large">{image(source, words(file), None, is_lost)}</div>
        <div class="dialog-foot">
            <a class="btn" href=address(file) download=file.name.clone()>{said!(files.download)}</a>
            {button_of("default", said!(settings.close), handler(move |_| dialog::close(frame)))}
        </div>
    };
    let closed = handler(move |_| is_open.set(false));
    dialog::framed(frame, "picture-title", text(move || title.clone()), closed, body.client_only())
}

/// Renders a file as a download.
fn row(file: AttachedFile) -> ErasedView {
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
    .client_only()
}

/// Returns the size of a file in words.
pub fn size_words(i18n: Texts, bytes: u64) -> String {
    if bytes < MEGABYTE {
        return t_string!(i18n, files.kilobytes, size = bytes.div_ceil(KILOBYTE));
    }
    t_string!(i18n, files.megabytes, size = bytes.div_ceil(MEGABYTE))
}
