//! Files that the person adds: pick, paste, drop, measure, shrink and send.
//!
//! If an answer of the browser is incomplete, nothing is shown, and the code does not panic.

use std::cell::{Cell, RefCell};

use js_sys::{Array, Promise, Reflect, Uint8Array};
use leptos::leptos_dom::helpers::WindowListenerHandle;
use leptos::prelude::{on_cleanup, window_event_listener_untyped};
use protocol::codec::json::Value;
use protocol::content::files::{file_name, play_once};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, ClipboardEvent, DataTransfer, DragEvent, Event, File, FileList, FilePropertyBag,
    HtmlCanvasElement, HtmlImageElement, HtmlInputElement, ImageBitmap, ProgressEvent, Response, Url, XmlHttpRequest,
};

use super::device::{document, window};
use super::fetch::{enveloped, page_of};
use super::{CallError, Crop, PickedFile};

/// Picture or other file behind a key.
#[derive(Clone)]
enum Source {
    File(Blob),
    /// Drawing of this site. It is measured and drawn, never sent itself.
    Drawing(HtmlImageElement),
}

thread_local! {
    static NEXT_KEY: Cell<u64> = const { Cell::new(1) };
    static FILES: RefCell<Vec<(u64, Source)>> = const { RefCell::new(Vec::new()) };
    /// Pending uploads by the keys of their files.
    static REQUESTS: RefCell<Vec<(u64, XmlHttpRequest)>> = const { RefCell::new(Vec::new()) };
}

/// Lets the person pick files of the kinds in `accept`, or of all kinds if it is empty, and calls `then` with them.
pub fn pick(accept: &str, is_many: bool, then: impl Fn(Vec<PickedFile>) + 'static) {
    let Some(input) = made::<HtmlInputElement>("input") else { return };
    input.set_type("file");
    input.set_accept(accept);
    input.set_multiple(is_many);
    let picked = input.clone();
    let listener = Closure::<dyn FnMut(Event)>::new(move |_| then(register_all(picked.files())));
    // The closure lives as long as the input, because the person may never answer.
    input.set_onchange(Some(listener.into_js_value().unchecked_ref()));
    input.click();
}

/// Makes an element of this class by its tag.
fn made<E: JsCast>(tag: &str) -> Option<E> {
    Some(document()?.create_element(tag).ok()?.unchecked_into())
}

/// Listens to files that are pasted or dragged over the page, until the calling component is disposed. `over` reports whether files are
/// being dragged, `take` receives new files. Without the listener, the browser would open a dropped file in the place of the page.
pub fn watch_files(
    may_come: impl Fn() -> bool + Copy + 'static,
    over: impl Fn(bool) + Copy + 'static,
    take: impl Fn(Vec<PickedFile>) + Copy + 'static,
) {
    let is_ours = move |event: &Event| {
        let has_files = has_files(event);
        if has_files {
            event.prevent_default();
        }
        has_files && may_come()
    };
    let came = move |event: Event| {
        over(false);
        if is_ours(&event) {
            take(brought(&event));
        }
    };
    let listeners = [
        window_event_listener_untyped("paste", came),
        window_event_listener_untyped("drop", came),
        window_event_listener_untyped("dragover", move |event| over(is_ours(&event))),
        window_event_listener_untyped("dragleave", move |_| over(false)),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
}

/// Returns `true` if a paste or drag contains files. A copied table or page contains a picture as well, but is pasted as text.
fn has_files(event: &Event) -> bool {
    let Some(types) = transfer(event).map(|transfer| transfer.types()) else { return false };
    let has = |kind: &str| types.includes(&kind.into(), 0);
    has("Files") && !(event.type_() == "paste" && has("text/plain"))
}

/// Returns the files of a paste or drop.
fn brought(event: &Event) -> Vec<PickedFile> {
    register_all(transfer(event).and_then(|transfer| transfer.files()))
}

fn transfer(event: &Event) -> Option<DataTransfer> {
    match event.dyn_ref::<DragEvent>() {
        Some(drag) => drag.data_transfer(),
        None => event.dyn_ref::<ClipboardEvent>()?.clipboard_data(),
    }
}

fn register_all(files: Option<FileList>) -> Vec<PickedFile> {
    let Some(files) = files else { return Vec::new() };
    (0..files.length()).filter_map(|at| files.get(at)).map(|file| register(&file.name(), file.into())).collect()
}

fn register(name: &str, file: Blob) -> PickedFile {
    let (media, size) = (file.type_(), file.size() as u64);
    PickedFile { key: register_source(Source::File(file)), name: name.to_owned(), media, size }
}

fn register_source(source: Source) -> u64 {
    let key = NEXT_KEY.replace(NEXT_KEY.get() + 1);
    FILES.with_borrow_mut(|files| files.push((key, source)));
    key
}

/// Makes a file of a text, as if it had been picked.
pub fn of_text(name: &str, words: &str) -> Option<PickedFile> {
    window()?;
    let options = FilePropertyBag::new();
    options.set_type("text/plain");
    let file = File::new_with_str_sequence_and_options(&Array::of1(&words.into()), name, &options).ok()?;
    Some(register(name, file.into()))
}

fn source(key: u64) -> Option<Source> {
    FILES.with_borrow(|files| files.iter().find(|(other, _)| *other == key).map(|(_, source)| source.clone()))
}

fn file(key: u64) -> Option<Blob> {
    match source(key)? {
        Source::File(file) => Some(file),
        Source::Drawing(_) => None,
    }
}

/// Returns `true` if the browser can read the file: neither a folder, nor a file that was changed or removed after it was added.
pub async fn is_readable(key: u64) -> bool {
    let Some(first) = file(key).and_then(|file| file.slice_with_i32_and_i32(0, 1).ok()) else { return false };
    JsFuture::from(first.array_buffer()).await.is_ok()
}

/// Returns an object URL of the file, which is valid on this page until the file is forgotten.
pub fn address(key: u64) -> String {
    file(key).and_then(|file| Url::create_object_url_with_blob(&file).ok()).unwrap_or_default()
}

/// Forgets a file and revokes its object URL.
pub fn forget(key: u64, address: &str) {
    FILES.with_borrow_mut(|files| files.retain(|(other, _)| *other != key));
    release(address);
}

/// Loads a drawing of this site, as if it had been picked.
pub async fn drawing_at(address: &str) -> Option<PickedFile> {
    let image = made::<HtmlImageElement>("img")?;
    image.set_src(address);
    JsFuture::from(image.decode()).await.ok()?;
    let key = register_source(Source::Drawing(image));
    Some(PickedFile { key, name: String::new(), media: String::new(), size: 0 })
}

/// Returns the size of a picture; `None` if the browser cannot show it.
pub async fn measure(key: u64) -> Option<(u32, u32)> {
    let bitmap = bitmap(key).await?;
    let size = (bitmap.width(), bitmap.height());
    bitmap.close();
    Some(size)
}

/// Returns the same picture with at most this many pixels, as a JPEG on white.
pub async fn smaller(chosen: &PickedFile, pixels_max: u64) -> Option<PickedFile> {
    let bitmap = bitmap(chosen.key).await?;
    let pixels = u64::from(bitmap.width()) * u64::from(bitmap.height());
    let scale = (pixels_max as f64 / pixels.max(1) as f64).sqrt().min(1.0);
    let side = |length: u32| (f64::from(length) * scale).floor().max(1.0);
    let (width, height) = (side(bitmap.width()), side(bitmap.height()));
    let (canvas, context) = new_canvas(width as u32, height as u32)?;
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, width, height);
    context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width, height).ok()?;
    bitmap.close();
    let made = drawn(&canvas, "image/jpeg").await?;
    let name = chosen.name.rsplit_once('.').map_or(chosen.name.as_str(), |(name, _)| name);
    Some(register(&format!("{name}.jpg"), made))
}

/// Draws the cropped square of a picture on the canvas with this id.
pub async fn draw_square(key: u64, canvas_id: &str, crop: Crop) -> Option<()> {
    let bitmap = bitmap(key).await?;
    let (width, height) = (bitmap.width(), bitmap.height());
    let side = f64::from(width.min(height)) * 100.0 / f64::from(crop.zoom_percent.max(100));
    let left = (f64::from(width) - side) * f64::from(crop.across_percent) / 100.0;
    let top = (f64::from(height) - side) * f64::from(crop.down_percent) / 100.0;
    let canvas = canvas_with(canvas_id)?;
    let context = context_of(&canvas)?;
    // `web_sys` lacks this member. A browser that lacks it too draws with its own quality.
    let _ = Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into());
    let (across, down) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.clear_rect(0.0, 0.0, across, down);
    context
        .draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &bitmap, left, top, side, side, 0.0, 0.0, across, down,
        )
        .ok()?;
    bitmap.close();
    Some(())
}

/// Makes a file of the canvas with this id.
pub async fn drawing(canvas_id: &str) -> Option<PickedFile> {
    Some(register("", drawn(&canvas_with(canvas_id)?, "image/png").await?))
}

/// Loads a moving picture of this site that plays once, or its first frame if `is_still`. The page has it as a file until it is forgotten.
/// The `bool` says whether the picture can play again.
pub async fn animation(path: &str, is_still: bool) -> Option<(u64, bool)> {
    let response: Response = JsFuture::from(window()?.fetch_with_str(path)).await.ok()?.unchecked_into();
    if !response.ok() {
        return None;
    }
    let mut bytes = Uint8Array::new(&JsFuture::from(response.array_buffer().ok()?).await.ok()?).to_vec();
    let may_move = play_once(&mut bytes);
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
    let key = register("", Blob::new_with_u8_array_sequence(&parts).ok()?).key;
    match is_still && may_move {
        true => Some((still(key).await?, false)),
        false => Some((key, may_move)),
    }
}

/// Makes a file of the first frame.
async fn still(key: u64) -> Option<u64> {
    let first = bitmap(key).await;
    forget(key, "");
    let first = first?;
    let (canvas, context) = new_canvas(first.width(), first.height())?;
    context.draw_image_with_image_bitmap(&first, 0.0, 0.0).ok()?;
    first.close();
    Some(register("", drawn(&canvas, "image/png").await?).key)
}

/// Revokes an object URL.
pub fn release(address: &str) {
    if window().is_some() {
        let _ = Url::revoke_object_url(address);
    }
}

/// Sends a file and reports the progress in percent. `XMLHttpRequest` is the only browser API with such reports.
pub async fn send(
    path: &str,
    csrf: &str,
    chosen: &PickedFile,
    tell: impl Fn(u32) + 'static,
) -> Result<Value, CallError> {
    let failed = |_| CallError::network();
    let body = file(chosen.key).ok_or_else(CallError::network)?;
    let request = XmlHttpRequest::new().map_err(failed)?;
    request.open("PUT", path).map_err(failed)?;
    // The server would cut a long name, and refuses one of more than 255 bytes.
    let name: String = js_sys::encode_uri_component(&file_name(&chosen.name)).into();
    let media = if chosen.media.is_empty() { "application/octet-stream" } else { &chosen.media };
    let page_of = page_of()?;
    let page_of = page_of.iter().map(|(header, person)| (*header, person.as_str()));
    let headers = [("Content-Type", media), ("X-CSRF-Token", csrf), ("X-File-Name", &name)];
    for (header, value) in headers.into_iter().chain(page_of) {
        request.set_request_header(header, value).map_err(failed)?;
    }
    let listener = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        tell((event.loaded() * 100.0 / event.total().max(1.0)) as u32);
    });
    let upload = request.upload().map_err(failed)?;
    upload.set_onprogress(Some(listener.as_ref().unchecked_ref()));
    let ended = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
    request.send_with_opt_blob(Some(&body)).map_err(failed)?;
    REQUESTS.with_borrow_mut(|all| all.push((chosen.key, request.clone())));
    let _ = JsFuture::from(ended).await;
    REQUESTS.with_borrow_mut(|all| all.retain(|(key, _)| *key != chosen.key));
    upload.set_onprogress(None);
    if request.status().is_ok_and(|status| status != 0) {
        super::fetch::answered();
    }
    let answer = request.response_text().ok().flatten().and_then(|text| Value::parse(&text));
    enveloped(&answer.ok_or_else(CallError::network)?)
}

/// Cancels an upload; its caller gets an error.
pub fn cancel(key: u64) {
    let request = REQUESTS.with_borrow(|all| all.iter().find(|(other, _)| *other == key).map(|(_, it)| it.clone()));
    if let Some(request) = request {
        let _ = request.abort();
    }
}

/// Decodes a picture without the rotation of its metadata.
async fn bitmap(key: u64) -> Option<ImageBitmap> {
    let window = window()?;
    let made = match source(key)? {
        Source::File(file) => window.create_image_bitmap_with_blob(&file),
        Source::Drawing(image) => window.create_image_bitmap_with_html_image_element(&image),
    };
    Some(JsFuture::from(made.ok()?).await.ok()?.unchecked_into())
}

/// Makes a canvas of this size outside of the page, with its context.
fn new_canvas(width: u32, height: u32) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let canvas = made::<HtmlCanvasElement>("canvas")?;
    canvas.set_width(width);
    canvas.set_height(height);
    let context = context_of(&canvas)?;
    Some((canvas, context))
}

fn canvas_with(id: &str) -> Option<HtmlCanvasElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    Some(canvas.get_context("2d").ok()??.unchecked_into())
}

async fn drawn(canvas: &HtmlCanvasElement, media: &str) -> Option<Blob> {
    let made = Promise::new(&mut |resolve, _| {
        let _ = canvas.to_blob_with_type_and_encoder_options(&resolve, media, &0.9.into());
    });
    JsFuture::from(made).await.ok()?.dyn_into().ok()
}
