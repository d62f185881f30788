//! `/gallery`: the messenger in all of its states without a server, for designers and tests. The address holds the whole state:
//! `/gallery/conversation?theme=glass&lang=de&density=large&text=150&motion=none` is a story alone.
//! `/gallery?pose=conversation&width=390&…` is the same story in a frame, with all stories and controls beside it (`stage`).
//!
//! Stories show the page's own views: the code fills the stores, and no engine runs. The gallery is a lazy view, so people who chat do not
//! load it (decision 0010). The labels around a story are the words of the address, which are not translated.

mod contrast;
mod group_programs;
mod lab;
mod pages;
mod pseudo;
mod stage;
mod stories;

use protocol::codec::json;

use crate::api;
use crate::appearance::{Motion, Theme};
use crate::boot::Boot;
use crate::browser::{device, storage};
use crate::i18n::{Locale, provide_i18n, show_texts_as};
use crate::pages::frame::{Frame, own_appearance, value_in};
use crate::pages::messenger::Messenger;
use crate::prelude::*;
use crate::session::{KEEPS_PLACE, list_key};
use crate::store::arrangement::{Density, SectionKind};
pub use pages::asked as story_page;
use pseudo::{PSEUDO, longer};

const PATH: &str = "/gallery";
/// Boot state of the gallery: the person and the others.
const PEOPLE: &str = include_str!("people.json");

/// The page on the server: a document without content, or a story of a page that the server renders alone. `route` decides whether the path
/// exists.
#[component]
pub fn GalleryPage() -> impl IntoView {
    let story = story_page();
    let page = move || {
        Suspend::new(async move {
            let boot = if story.is_some() { api::boot().await.ok() } else { None };
            let appearance = if story.is_some() { pages::appearance() } else { own_appearance() };
            view! { <Frame appearance>{story.map(|page| pages::written(page, boot))}</Frame> }
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// Returns `true` if the address is one of the gallery's.
pub fn is_gallery() -> bool {
    device::path().starts_with(PATH)
}

pub fn gallery() -> ErasedView {
    load_view(opened)
}

lazy_view! {
    gallery:
    /// Renders the stage, or a story alone.
    pub fn opened() {
        let language = language().unwrap_or_default();
        if language == PSEUDO {
            show_texts_as(longer);
        }
        provide_i18n(Locale::of(&language));
        if story_in_path().is_none() {
            show_theme();
            return stage::stage();
        }
        let boot = json::read::<Boot>(PEOPLE);
        match boot.and_then(|boot| Some((boot.user.clone()?, boot))) {
            Some((user, boot)) => view! { <Messenger boot user setup=Some(fill_stores as fn(Session)) /> }.client_only(),
            None => ().erase(),
        }
    }
}

/// Returns the story in the path of the address.
fn story_in_path() -> Option<&'static stories::Story> {
    stories::find(&in_path())
}

/// Returns the name in the path of the address.
fn in_path() -> String {
    device::path().strip_prefix(PATH).unwrap_or_default().trim_start_matches('/').to_owned()
}

/// Returns the language in the query of the address.
pub(super) fn language() -> Option<String> {
    knob("lang")
}

/// Returns a value of the address's query.
fn knob(name: &str) -> Option<String> {
    value_in(device::query().trim_start_matches('?'), name).map(str::to_owned)
}

/// Fills the stores of the page from the address.
fn fill_stores(session: Session) {
    let Some(story) = story_in_path() else { return };
    untrack(|| {
        // The page would restore the list that an earlier story has stored on this device.
        storage::remove(&list_key(&session.me.with(|me| me.id.clone())));
        device::remove_root_attribute(KEEPS_PLACE);
        session.is_live.set(true);
        turn_knobs(session);
        story.fill_stores(session);
    });
}

/// Sets the theme of the address on the root, and returns it.
fn show_theme() -> Option<Theme> {
    let theme = knob("theme").and_then(|word| Theme::parse(&word))?;
    device::set_root_attribute("data-theme", theme.as_str());
    Some(theme)
}

fn turn_knobs(session: Session) {
    let settings = session.settings;
    if let Some(theme) = show_theme() {
        settings.theme.set(theme);
    }
    if let Some(motion) = knob("motion").and_then(|word| Motion::parse(&word)) {
        settings.motion.set(motion);
        device::set_root_attribute("data-motion", motion.as_str());
    }
    // The pseudo-language is based on English.
    let language = knob("lang").map_or(Locale::En, |language| Locale::of(&language)).as_str();
    device::set_root_attribute("lang", language);
    settings.language.set(language.to_owned());
    // People who are offline are shown, because that is a state of a row.
    session.arrangement.update(|arrangement| arrangement.fold(&SectionKind::Offline, false));
    if let Some(density) = knob("density").and_then(|word| Density::parse(&word)) {
        session.arrangement.update(|arrangement| arrangement.density = density);
    }
    if let Some(percent) = knob("text").and_then(|word| word.parse().ok()) {
        settings.text_percent.set(percent);
        device::set_text_percent(percent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_there_can_be_read() {
        assert!(json::read::<Boot>(PEOPLE).is_some_and(|boot| boot.user.is_some()));
    }
}
