//! Unread count that is visible outside of the page: in the tab's title and icon, and in the installed app's badge. The code that draws the
//! icon is in the chunk `home`.

use std::cell::RefCell;
use std::pin::Pin;

use js_sys::Promise;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::device::{document, method, root, unheard, window};
use super::fetch;
use crate::view::lazy::LoadError;

/// The page's own icon.
const ICON: &str = "/favicon.svg";
/// Above this the badge says "99+".
const COUNT_MAX: u32 = 99;

thread_local! {
    /// Shown count. The app may still have that of an earlier page.
    static SHOWN: RefCell<Option<u32>> = const { RefCell::new(None) };
    static DRAWING: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Shows `count` before the title and in the icon; 0 removes it.
pub fn show(count: u32) {
    let Some(document) = document() else { return };
    let shown = document.title();
    let title = without_count(&shown);
    let title = if count == 0 { title.to_owned() } else { format!("({}) {title}", words(count)) };
    if document.title() != title {
        document.set_title(&title);
    }
    let before = SHOWN.replace(Some(count));
    if before != Some(count) {
        show_on_app(count);
    }
    if before.unwrap_or_default() != count {
        spawn_local(async move {
            if let Ok(drawn) = in_icon(count).await {
                drawn.await;
            }
        });
    }
}

/// Sets the badge of the installed app, if there is one.
fn show_on_app(count: u32) {
    let Some(navigator) = window().map(|window| window.navigator()) else { return };
    // 0 removes the badge.
    let promise = method(&navigator, "setAppBadge")
        .and_then(|set| set.call1(&navigator, &count.into()).ok()?.dyn_into::<Promise>().ok());
    if let Some(promise) = promise {
        // A browser that refuses shows no badge.
        unheard(promise);
    }
}

/// Returns a title without the number that was put before it.
fn without_count(title: &str) -> &str {
    let number = title.strip_prefix('(').and_then(|rest| rest.split_once(") "));
    let is_count = |text: &str| text.trim_end_matches('+').bytes().all(|byte| byte.is_ascii_digit());
    number.filter(|(text, _)| is_count(text)).map_or(title, |(_, title)| title)
}

// `wasm_split` makes an import and an export by name, which Rust counts as unsafe.
#[allow(unsafe_code)]
#[leptos::wasm_split::wasm_split(home, wasm_split_path = ::leptos::wasm_split, fallible)]
fn in_icon(count: u32) -> Result<Pin<Box<dyn Future<Output = ()>>>, LoadError> {
    Ok(Box::pin(show_in_icon(count)))
}

async fn show_in_icon(count: u32) {
    let Some(link) = icon_link() else { return };
    if count == 0 {
        return refer(&link, ICON);
    }
    if DRAWING.with_borrow(Option::is_none) {
        let Some(drawing) = fetch::file(ICON).await else { return };
        DRAWING.set(Some(drawing));
    }
    // The count may have changed while the drawing was loading: only the newest number is drawn.
    if SHOWN.with_borrow(|shown| *shown) == Some(count)
        && let Some(drawing) = DRAWING.with_borrow(|drawing| drawing.as_deref().and_then(|it| with_badge(it, count)))
    {
        let encoded: String = js_sys::encode_uri_component(&drawing).into();
        refer(&link, &format!("data:image/svg+xml,{encoded}"));
    }
}

fn icon_link() -> Option<Element> {
    document()?.query_selector("link[rel~='icon']").ok()?
}

fn refer(link: &Element, address: &str) {
    // The attribute's name is a valid constant.
    let _ = link.set_attribute("href", address);
}

/// Returns the value of a token of the style sheet.
fn token(name: &str) -> Option<String> {
    let root = root()?;
    let style = window()?.get_computed_style(&root).ok()??;
    style.get_property_value(name).ok()
}

/// Adds a disc with the number to the lower right corner of the drawing, at any size.
fn with_badge(drawing: &str, count: u32) -> Option<String> {
    let inner = drawing.rsplit_once("</svg>")?.0;
    let badge = format!(
        "<svg x='44%' y='44%' width='56%' height='56%' viewBox='0 0 20 20'><circle cx='10' cy='10' r='10' fill='{}'/>\
         <text x='10' y='14' text-anchor='middle' font-family='sans-serif' font-weight='700' font-size='{}' fill='{}'>{}</text></svg>",
        token("--badge-bg")?,
        if count > 9 { 10 } else { 13 },
        token("--badge-ink")?,
        words(count),
    );
    Some(format!("{inner}{badge}</svg>"))
}

fn words(count: u32) -> String {
    if count > COUNT_MAX { format!("{COUNT_MAX}+") } else { count.to_string() }
}
