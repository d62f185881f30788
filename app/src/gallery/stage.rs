//! Surroundings of a story: all stories on the left, the frame in the middle, the controls on the right. Every choice is a link, because
//! the address holds the whole state. With `pose=themes`, or at `/gallery/themes`, the theme lab is above the frame; with `pose=overview`,
//! thumbnails of all stories are in its place.

use leptos::attr::loading;
use protocol::words::language::tags;

use super::lab::Lab;
use super::pages::{self, PAGES};
use super::pseudo::PSEUDO;
use super::stories::{STORIES, find};
use super::{PATH, in_path, knob};
use crate::appearance::{Motion, Theme};
use crate::browser::tokens;
use crate::prelude::*;
use crate::store::arrangement::Density;

/// Style sheet of the stage. Its address has no hash, so the browser revalidates it.
const ADDRESS: &str = "/pkg/gallery.css";
/// Part of the page that scrolls.
const STAGE: &str = ".gallery-stage";
/// Name of the theme lab, which is no story.
const LAB: &str = "themes";
/// Name of the page of thumbnails, which is no story.
const OVERVIEW: &str = "overview";
/// Default story of the frame.
const FIRST: &str = "conversation";
/// Widths of the frame in pixels, from the smallest phone to a desktop.
const WIDTHS: [&str; 7] = ["320", "390", "600", "768", "960", "1280", "1440"];
const WIDTH_DEFAULT: &str = "960";
const TEXT_PERCENTS: [&str; 4] = ["90", "100", "150", "200"];

/// Returns all controls with their values; the first value is the default.
fn knobs() -> [(&'static str, Vec<&'static str>); 6] {
    [
        ("theme", Theme::ALL.map(Theme::as_str).into()),
        ("lang", tags().chain([PSEUDO]).collect()),
        ("density", [Density::Cosy, Density::Compact, Density::Large].map(Density::as_str).into()),
        ("motion", Motion::ALL.map(Motion::as_str).into()),
        ("text", vec!["100", TEXT_PERCENTS[0], TEXT_PERCENTS[2], TEXT_PERCENTS[3]]),
        ("width", WIDTHS.into()),
    ]
}

/// Returns the value of a control in the address, or its default.
fn turned(name: &str, values: &[&'static str]) -> &'static str {
    let default = if name == "width" { WIDTH_DEFAULT } else { values.first().copied().unwrap_or_default() };
    let asked = knob(name);
    values.iter().copied().find(|value| asked.as_deref() == Some(value)).unwrap_or(default)
}

/// Returns the query with one changed control.
fn query(changed: &str, value: &str) -> String {
    let word = |(name, values): (&'static str, Vec<&'static str>)| {
        let value = if name == changed { value } else { turned(name, &values) };
        format!("{name}={value}")
    };
    knobs().map(word).join("&")
}

/// Renders the tree, the frame and the controls.
pub fn stage() -> ErasedView {
    let asked = knob("pose").unwrap_or_else(in_path);
    let is_lab = asked == LAB;
    let page = pages::find(&asked).map(|(name, _)| name);
    let shown = find(&asked).map(|story| story.name).or(page).unwrap_or(FIRST);
    let here = [LAB, OVERVIEW].into_iter().find(|name| *name == asked).unwrap_or(shown);
    let wanted = RwSignal::new(String::new());
    let [theme, _, _, motion, _, width] = knobs().map(|(name, values)| turned(name, &values));
    let height = match (is_lab, width.len() > 3 || width >= "600") {
        // With the lab, the whole story fits without scrolling.
        (true, _) => "460",
        (false, true) => "720",
        (false, false) => "760",
    };
    let knob_lists = knobs().map(|(name, values)| {
        let now = turned(name, &values);
        let link = |value: &'static str| {
            let address = format!("{PATH}?pose={here}&{}", query(name, value));
            choice(value, &format!("{name} {value}"), &address, value == now, || false)
        };
        view! {
            <h2>{name}</h2>
            <ul>{values.into_iter().map(link).collect_view()}</ul>
        }
        .client_only()
    });
    let frame = || {
        view! {
            <iframe
                class="gallery-frame"
                title=shown
                src=format!("{PATH}/{shown}?{}", query("", ""))
                width=width
                height=height
                on:load=handler(move |_| framed(theme, motion))
            ></iframe>
        }
        .client_only()
    };
    // Stories of thumbnails scroll to their own content, and the browser takes this page along.
    let is_used = StoredValue::new(here != OVERVIEW);
    let stay = move || {
        if !is_used.get_value() {
            dom::to_top(STAGE);
        }
    };
    view! {
        <link rel="stylesheet" href=ADDRESS />
        <div
            class="gallery"
            on:wheel=handler(move |_| is_used.set_value(true))
            on:keydown=handler(move |_| is_used.set_value(true))
            on:pointerdown=handler(move |_| is_used.set_value(true))
        >
            <nav class="gallery-tree" aria-label="poses">{filter(wanted)} {no_hit(wanted)} {tree(here, wanted)}</nav>
            <main class="gallery-stage" id="main" aria-label="stage" on:scroll=handler(move |_| stay())>
                <h1>{here}</h1>
                {is_lab.then(|| view! { <Lab theme /> })}
                {if here == OVERVIEW { overview(wanted) } else { frame() }}
            </main>
            <nav class="gallery-knobs" aria-label="knobs">{Vec::from(knob_lists)}</nav>
        </div>
    }
    .client_only()
}

/// Applies the chosen theme and motion to a new document in the frame. A story gets them from its address, but a page of the server uses
/// those of this device.
fn framed(theme: &str, motion: &str) {
    tokens::dress("data-theme", theme);
    tokens::dress("data-motion", motion);
    tokens::put_again();
}

/// Field that leaves the poses whose names contain its text.
fn filter(wanted: RwSignal<String>) -> ErasedView {
    view! {
        <input
            class="field"
            type="search"
            aria-label="filter poses"
            placeholder="filter"
            dir="ltr"
            spellcheck="false"
            on:input=handler(move |event| wanted.set(event_target_value(&event).trim().to_lowercase()))
        />
    }
    .client_only()
}

/// Says that no name contains the text of the filter.
fn no_hit(wanted: RwSignal<String>) -> ErasedView {
    let names = || STORIES.iter().map(|story| story.name).chain(PAGES.map(|(name, _)| name)).chain([LAB, OVERVIEW]);
    let is_hit = move || wanted.with(|part| names().any(|name| name.contains(part.as_str())));
    view! { <p role="status">{text(move || if is_hit() { "" } else { "Nothing matches." })}</p> }.client_only()
}

/// Renders a thumbnail of each pose, with the values of the controls. The browser loads one when it comes into view.
fn overview(wanted: RwSignal<String>) -> ErasedView {
    let thumbnail = |name: &'static str| {
        view! {
            <li hidden=switch(move || !wanted.with(|part| name.contains(part.as_str())))>
                <div inert=true>
                    <iframe
                        title=name
                        src=format!("{PATH}/{name}?{}", query("", ""))
                        width="960"
                        height="720"
                        {loading("lazy")}
                    ></iframe>
                </div>
                <a href=format!("{PATH}?pose={name}&{}", query("", ""))>{name}</a>
            </li>
        }
        .client_only()
    };
    let names = STORIES.iter().map(|story| story.name).chain(PAGES.map(|(name, _)| name));
    view! { <ul class="gallery-overview">{names.map(thumbnail).collect_view()}</ul> }.client_only()
}

fn tree(here: &'static str, wanted: RwSignal<String>) -> Vec<ErasedView> {
    let abouts = STORIES.iter().map(|story| story.about);
    let mut groups: Vec<&'static str> = abouts.collect();
    groups.dedup();
    let link = move |name: &'static str| {
        let address = format!("{PATH}?pose={name}&{}", query("", ""));
        choice(name, name, &address, name == here, move || !wanted.with(|part| name.contains(part.as_str())))
    };
    let group = move |about: &'static str| {
        let links: Vec<ErasedView> =
            STORIES.iter().filter(|story| story.about == about).map(|story| link(story.name)).collect();
        view! { <h2>{about}</h2> <ul>{links}</ul> }.client_only()
    };
    let pages = PAGES.map(|(name, _)| link(name));
    let pages = view! { <h2>"pages"</h2> <ul>{Vec::from(pages)}</ul> }.client_only();
    let tools = view! { <h2>"tools"</h2> <ul>{link(LAB)} {link(OVERVIEW)}</ul> }.client_only();
    groups.into_iter().map(group).chain([pages, tools]).collect()
}

fn choice(
    word: &'static str,
    name: &str,
    address: &str,
    is_here: bool,
    is_left_out: impl Fn() -> bool + Send + 'static,
) -> ErasedView {
    view! {
        <li hidden=switch(is_left_out)>
            <a href=address.to_owned() aria-label=name.to_owned() aria-current=is_here.then_some("true")>{word}</a>
        </li>
    }
    .client_only()
}
