//! Files that the person brings: picked, pasted or dropped, looked at, made smaller, sent.
//!
//! Only the part `files` asks for this, so browser APIs are called by their names (`named`). What an answer of the browser lacks is nothing to show, never a panic.

use std::cell::{Cell, RefCell};

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use leptos::leptos_dom::helpers::WindowListenerHandle;
use leptos::prelude::{on_cleanup, window_event_listener_untyped};
use protocol::files::play_once;
use protocol::json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Event;

use super::fetch::enveloped;
use super::named::{call, get, set};
use super::{CallError, Chosen, Crop};

thread_local! {
    static NEXT_KEY: Cell<u64> = const { Cell::new(1) };
    /// Files by their keys.
    static FILES: RefCell<Vec<(u64, JsValue)>> = const { RefCell::new(Vec::new()) };
    /// Requests on their way, by the keys of their files.
    static REQUESTS: RefCell<Vec<(u64, JsValue)>> = const { RefCell::new(Vec::new()) };
}

/// Lets the person pick files, of these kinds only if any are named, and calls `then` with them.
pub fn pick(accept: &str, is_many: bool, then: impl Fn(Vec<Chosen>) + 'static) {
    let document = get(&js_sys::global(), "document");
    let Ok(input) = call(&document, "createElement", &["input".into()]) else { return };
    set(&input, "type", &"file".into());
    set(&input, "accept", &accept.into());
    set(&input, "multiple", &is_many.into());
    let picked = input.clone();
    let heard = Closure::<dyn FnMut(Event)>::new(move |_| then(kept(&get(&picked, "files"))));
    // It lives as long as the input, which may be never answered.
    set(&input, "onchange", &heard.into_js_value());
    let _ = call(&input, "click", &[]);
}

/// Hears of files that are pasted, or dragged over the page, as long as the calling component is there: `over` whether some are held
/// over it, `take` which have come. One that is dropped beside the page's own places would otherwise take the page's place.
pub fn hear(
    may_come: impl Fn() -> bool + Copy + 'static,
    over: impl Fn(bool) + Copy + 'static,
    take: impl Fn(Vec<Chosen>) + Copy + 'static,
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

/// Whether files come with a paste or a drag. What is copied from a table or a page is pasted as words, although a picture of it lies
/// beside them.
fn has_files(event: &Event) -> bool {
    let types = get(&transfer(event), "types");
    let has = |kind: &str| call(&types, "includes", &[kind.into()]).is_ok_and(|has| has.is_truthy());
    has("Files") && !(event.type_() == "paste" && has("text/plain"))
}

/// The files that come with a paste or a drop.
fn brought(event: &Event) -> Vec<Chosen> {
    kept(&get(&transfer(event), "files"))
}

fn transfer(event: &Event) -> JsValue {
    let dropped = get(event, "dataTransfer");
    if dropped.is_object() { dropped } else { get(event, "clipboardData") }
}

fn kept(files: &JsValue) -> Vec<Chosen> {
    if !files.is_object() {
        return Vec::new();
    }
    let name_of = |file: &JsValue| get(file, "name").as_string().unwrap_or_default();
    Array::from(files).iter().map(|file| keep(&name_of(&file), file)).collect()
}

fn keep(name: &str, file: JsValue) -> Chosen {
    let key = NEXT_KEY.replace(NEXT_KEY.get() + 1);
    let chosen = Chosen {
        key,
        name: name.to_owned(),
        media: get(&file, "type").as_string().unwrap_or_default(),
        size: get(&file, "size").as_f64().unwrap_or_default() as u64,
    };
    FILES.with_borrow_mut(|files| files.push((key, file)));
    chosen
}

/// Words as a file, as if it had been picked.
pub fn of_text(name: &str, words: &str) -> Option<Chosen> {
    let class = get(&js_sys::global(), "File").dyn_into::<Function>().ok()?;
    let options: JsValue = js_sys::Object::new().into();
    set(&options, "type", &"text/plain".into());
    let parts = Array::of3(&Array::of1(&words.into()), &name.into(), &options);
    Some(keep(name, Reflect::construct(&class, &parts).ok()?))
}

fn file(key: u64) -> Option<JsValue> {
    FILES.with_borrow(|files| files.iter().find(|(other, _)| *other == key).map(|(_, file)| file.clone()))
}

/// An address under which this page alone has the file, until it is forgotten.
pub fn address(key: u64) -> String {
    let url = get(&js_sys::global(), "URL");
    let made = file(key).and_then(|file| call(&url, "createObjectURL", &[file]).ok());
    made.and_then(|made| made.as_string()).unwrap_or_default()
}

/// Nobody wants the file any more, nor what stands under its address.
pub fn forget(key: u64, address: &str) {
    FILES.with_borrow_mut(|files| files.retain(|(other, _)| *other != key));
    release(address);
}

/// A drawing of ours, as if it had been picked.
pub async fn drawing_at(address: &str) -> Option<Chosen> {
    let image = call(&get(&js_sys::global(), "document"), "createElement", &["img".into()]).ok()?;
    set(&image, "src", &address.into());
    let shown = call(&image, "decode", &[]).ok()?;
    JsFuture::from(shown.dyn_into::<Promise>().ok()?).await.ok()?;
    Some(keep("", image))
}

/// How large a picture is; `None` when the browser cannot show it as one.
pub async fn measure(key: u64) -> Option<(u32, u32)> {
    let bitmap = bitmap(key).await?;
    let size = size_of(&bitmap);
    let _ = call(&bitmap, "close", &[]);
    Some(size)
}

/// The same picture with no more pixels than these, as a JPEG on white.
pub async fn smaller(chosen: &Chosen, pixels_max: u64) -> Option<Chosen> {
    let bitmap = bitmap(chosen.key).await?;
    let (width, height) = size_of(&bitmap);
    let pixels = u64::from(width) * u64::from(height);
    let scale = (pixels_max as f64 / pixels.max(1) as f64).sqrt().min(1.0);
    let side = |length: u32| (f64::from(length) * scale).floor().max(1.0);
    let canvas = call(&get(&js_sys::global(), "document"), "createElement", &["canvas".into()]).ok()?;
    let (width, height) = (side(width), side(height));
    set(&canvas, "width", &width.into());
    set(&canvas, "height", &height.into());
    let context = call(&canvas, "getContext", &["2d".into()]).ok()?;
    set(&context, "fillStyle", &"white".into());
    call(&context, "fillRect", &[0.into(), 0.into(), width.into(), height.into()]).ok()?;
    call(&context, "drawImage", &[bitmap.clone(), 0.into(), 0.into(), width.into(), height.into()]).ok()?;
    let _ = call(&bitmap, "close", &[]);
    let made = drawn(&canvas, "image/jpeg").await?;
    let name = chosen.name.rsplit_once('.').map_or(chosen.name.as_str(), |(name, _)| name);
    Some(keep(&format!("{name}.jpg"), made))
}

/// Draws the part of a picture that is in the square on the canvas with this id.
pub async fn draw_square(key: u64, canvas_id: &str, crop: Crop) -> Option<()> {
    let bitmap = bitmap(key).await?;
    let (width, height) = size_of(&bitmap);
    let document = get(&js_sys::global(), "document");
    let canvas = call(&document, "getElementById", &[canvas_id.into()]).ok()?;
    let side = f64::from(width.min(height)) * 100.0 / f64::from(crop.zoom_percent.max(100));
    let left = (f64::from(width) - side) * f64::from(crop.across_percent) / 100.0;
    let top = (f64::from(height) - side) * f64::from(crop.down_percent) / 100.0;
    let context = call(&canvas, "getContext", &["2d".into()]).ok()?;
    set(&context, "imageSmoothingQuality", &"high".into());
    let (across, down) = (get(&canvas, "width"), get(&canvas, "height"));
    call(&context, "clearRect", &[0.into(), 0.into(), across.clone(), down.clone()]).ok()?;
    let places = [left.into(), top.into(), side.into(), side.into(), 0.into(), 0.into(), across, down];
    let arguments: Vec<JsValue> = [bitmap.clone()].into_iter().chain(places).collect();
    call(&context, "drawImage", &arguments).ok()?;
    let _ = call(&bitmap, "close", &[]);
    Some(())
}

/// What is drawn on the canvas with this id, as a file.
pub async fn drawing(canvas_id: &str) -> Option<Chosen> {
    let document = get(&js_sys::global(), "document");
    let canvas = call(&document, "getElementById", &[canvas_id.into()]).ok()?;
    Some(keep("", drawn(&canvas, "image/png").await?))
}

/// A picture of ours that moves once and then stands, or never moves; the page has it as a file until it is forgotten. And whether it
/// would move again.
pub async fn playing(path: &str, is_still: bool) -> Option<(u64, bool)> {
    let response = settled(call(&js_sys::global(), "fetch", &[path.into()]).ok()?).await?;
    if !get(&response, "ok").is_truthy() {
        return None;
    }
    let mut bytes = Uint8Array::new(&settled(call(&response, "arrayBuffer", &[]).ok()?).await?).to_vec();
    let may_move = play_once(&mut bytes);
    let class = get(&js_sys::global(), "Blob").dyn_into::<Function>().ok()?;
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
    let key = keep("", Reflect::construct(&class, &Array::of1(&parts)).ok()?).key;
    match is_still && may_move {
        true => Some((still(key).await?, false)),
        false => Some((key, may_move)),
    }
}

/// The first that is seen of it.
async fn still(key: u64) -> Option<u64> {
    let first = bitmap(key).await;
    forget(key, "");
    let first = first?;
    let (width, height) = size_of(&first);
    let canvas = call(&get(&js_sys::global(), "document"), "createElement", &["canvas".into()]).ok()?;
    set(&canvas, "width", &width.into());
    set(&canvas, "height", &height.into());
    let context = call(&canvas, "getContext", &["2d".into()]).ok()?;
    call(&context, "drawImage", &[first.clone(), 0.into(), 0.into()]).ok()?;
    let _ = call(&first, "close", &[]);
    Some(keep("", drawn(&canvas, "image/png").await?).key)
}

async fn settled(promise: JsValue) -> Option<JsValue> {
    JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()
}

/// Nothing stands under this address any more.
pub fn release(address: &str) {
    let _ = call(&get(&js_sys::global(), "URL"), "revokeObjectURL", &[address.into()]);
}

/// Sends a file, and tells how many percent are on their way. It is the only way of a browser that does.
pub async fn send(path: &str, csrf: &str, chosen: &Chosen, tell: impl Fn(u32) + 'static) -> Result<Value, CallError> {
    let failed = |_| CallError::network();
    let request = Reflect::get(&js_sys::global(), &"XMLHttpRequest".into())
        .and_then(|class| Reflect::construct(&class.dyn_into::<Function>()?, &Array::new()))
        .map_err(failed)?;
    let body = file(chosen.key).ok_or_else(CallError::network)?;
    call(&request, "open", &["PUT".into(), path.into()]).map_err(failed)?;
    let name: String = js_sys::encode_uri_component(&chosen.name).into();
    let media = if chosen.media.is_empty() { "application/octet-stream" } else { &chosen.media };
    for (header, value) in [("Content-Type", media), ("X-CSRF-Token", csrf), ("X-File-Name", &name)] {
        call(&request, "setRequestHeader", &[header.into(), value.into()]).map_err(failed)?;
    }
    let heard = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let part = get(&event, "loaded").as_f64().unwrap_or_default();
        let all = get(&event, "total").as_f64().unwrap_or_default();
        tell((part * 100.0 / all.max(1.0)) as u32);
    });
    set(&get(&request, "upload"), "onprogress", heard.as_ref());
    let ended = Promise::new(&mut |resolve, _| set(&request, "onloadend", &resolve));
    call(&request, "send", &[body]).map_err(failed)?;
    REQUESTS.with_borrow_mut(|all| all.push((chosen.key, request.clone())));
    let _ = JsFuture::from(ended).await;
    REQUESTS.with_borrow_mut(|all| all.retain(|(key, _)| *key != chosen.key));
    set(&get(&request, "upload"), "onprogress", &JsValue::NULL);
    let answer = get(&request, "responseText").as_string().and_then(|text| Value::parse(&text));
    enveloped(&answer.ok_or_else(CallError::network)?)
}

/// Ends the sending of a file; whoever waits for it hears that it did not arrive.
pub fn cancel(key: u64) {
    let request = REQUESTS.with_borrow(|all| all.iter().find(|(other, _)| *other == key).map(|(_, it)| it.clone()));
    if let Some(request) = request {
        let _ = call(&request, "abort", &[]);
    }
}

/// A picture as it lies, whatever its file says of how it is to be turned.
async fn bitmap(key: u64) -> Option<JsValue> {
    let made = call(&js_sys::global(), "createImageBitmap", &[file(key)?]).ok()?;
    JsFuture::from(made.dyn_into::<Promise>().ok()?).await.ok()
}

fn size_of(bitmap: &JsValue) -> (u32, u32) {
    let side = |name| get(bitmap, name).as_f64().unwrap_or_default() as u32;
    (side("width"), side("height"))
}

async fn drawn(canvas: &JsValue, media: &str) -> Option<JsValue> {
    let made = Promise::new(&mut |resolve, _| {
        let _ = call(canvas, "toBlob", &[resolve.into(), media.into(), 0.9.into()]);
    });
    JsFuture::from(made).await.ok().filter(JsValue::is_object)
}
