//! `/demo/offline` (`demo.md`): the messenger with a server in the page (`offline`), so that a presenter needs no network. It is a lazy
//! view, like the gallery; the document lists the files that the service worker caches.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use protocol::codec::json::json_text;
use protocol::words::winks::WINKS;

use super::offline::{GROUP, OfflineWorld, SPEEDS, ShowState};
use crate::appearance::{Appearance, Theme, text_percent_in};
use crate::browser::local::{self, Local};
use crate::browser::{clock, device, dom};
use crate::features::list::home;
use crate::i18n::{Locale, Texts, provide_i18n, said, t_string, use_i18n};
use crate::page_files::page_files;
use crate::pages::frame::{Frame, own_appearance};
use crate::pages::messenger::Messenger;
use crate::session::{SETTINGS_KEY, Session, State, chosen_appearance};
use crate::ui::button::button;
use crate::view::bindings::{handler, text, when};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view};

const PATH: &str = "/demo/offline";
/// Style sheet of the page. Its address has no hash, so the browser revalidates it.
const ADDRESS: &str = "/pkg/offline.css";
/// Id of the element that lists the files of the page.
const FILES_ELEMENT: &str = "offline-files";
/// Markup around the list in the document.
const LIST: [&str; 2] = ["id=\"offline-files\">", "</script>"];
const SERVICE_WORKER: &str = "/sw.js";
/// Files without a hash that the page loads.
const FILES: [&str; 10] = [
    home::ADDRESS,
    ADDRESS,
    "/pkg/files.css",
    "/pkg/printed.css",
    "/assets/emoticons.svg",
    "/assets/portraits.svg",
    "/assets/sounds.json",
    "/assets/tiles.svg",
    "/favicon.svg",
    "/manifest.webmanifest",
];

/// Renders the document on the server: the list of its files, and nothing else.
#[component]
pub fn OfflinePage() -> impl IntoView {
    view! {
        <Frame appearance=own_appearance()>
            <Written />
        </Frame>
    }
}

#[component]
fn Written() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Title text=t_string!(i18n, offline.title) />
        <noscript>
            <main class="centre">{t_string!(i18n, app.needs_script)}</main>
        </noscript>
        <script type="application/json" id=FILES_ELEMENT>{files_json()}</script>
    }
}

/// Returns the list of all files that the page may load, because there is no network later.
fn files_json() -> String {
    let files = page_files();
    let winks = WINKS.iter().flat_map(|wink| ["svg", "css"].map(|end| format!("/assets/winks/{}.{end}", wink.id)));
    let desks = Theme::ALL.into_iter().filter_map(Theme::desk_art);
    let fixed = [files.js.as_str(), &files.wasm, &files.main_css].into_iter().chain(FILES).map(str::to_owned);
    let all = fixed.chain(files.later.iter().cloned()).chain(desks).chain(winks);
    let all: Vec<String> = all.map(|file| json_text(&file)).collect();
    format!("[{}]", all.join(","))
}

/// Returns `true` if the document is this page. Without a network, the service worker shows it under the demo's own address, too.
pub fn is_offline() -> bool {
    dom::text_of(FILES_ELEMENT).is_some()
}

pub fn offline() -> ErasedView {
    load_view(opened)
}

lazy_view! {
    offline:
    /// Renders the messenger, with a bar that controls the scene and marks the demo as offline.
    pub fn opened() {
        let appearance = chosen_appearance();
        let language = appearance.language.clone().or_else(|| device::root_attribute("lang")).unwrap_or_default();
        // The document has the size of the cookie, if this device has not stored one.
        let shown = device::root_attribute("data-text").and_then(|word| text_percent_in(&word));
        let text_percent = appearance.text_percent.or(shown);
        let i18n = provide_i18n(Locale::of(&language));
        local::lend_normal_forms();
        match OfflineWorld::new(&language, clock::now_ms()) {
            Some(world) => begun(i18n, world, Appearance { language: Some(language), text_percent, ..appearance }),
            None => ().erase(),
        }
    }
}

#[derive(Clone, Copy)]
struct Bar {
    local: StoredValue<Local<OfflineWorld>, LocalStorage>,
    shown: RwSignal<ShowState>,
    is_cached: RwSignal<bool>,
}

impl Bar {
    fn with(self, job: impl FnOnce(&mut OfflineWorld, u64)) {
        let shown = self.shown;
        self.local.with_value(|local| {
            local.with(|world, now| {
                job(world, now);
                let new = world.shown();
                if shown.try_with_untracked(|old| *old != new) == Some(true) {
                    shown.set(new);
                }
            });
        });
    }
}

fn begun(i18n: Texts, world: OfflineWorld, appearance: Appearance) -> ErasedView {
    let (boot, shown, titles) = (world.boot(clock::now_ms(), appearance), world.shown(), world.titles());
    let local = Local::install(world, &[SETTINGS_KEY]);
    let bar = Bar {
        local: StoredValue::new_local(local.clone()),
        shown: RwSignal::new(shown),
        is_cached: RwSignal::new(false),
    };
    local.on_change(move || bar.with(|_, _| ()));
    // The texts of the demo are in the chunk `home`; until they are loaded, the document's own title stays.
    Effect::new(move |_| {
        let title = t_string!(i18n, offline.title);
        if !title.is_empty() {
            local::name_page(title);
        }
    });
    spawn_local(async move {
        if local::cache_page(PATH, LIST[0], LIST[1]).await {
            let _ = bar.is_cached.try_set(true);
        }
    });
    let page = boot.user.clone().map(|user| view! { <Messenger boot user setup=Some(start as fn(Session)) /> });
    view! {
        <link rel="stylesheet" href=ADDRESS />
        <div class="offline">
            {controls(i18n, bar, &titles)}
            {page}
            <div class="offline-mark" aria-hidden="true">{said!(offline.mark)}</div>
        </div>
    }
    .client_only()
}

/// Starts the session in the conversation of the scene.
fn start(session: Session) {
    device::register_worker(SERVICE_WORKER);
    session.start();
    session.run_for(GROUP, State::open_conversation);
}

fn controls(i18n: Texts, bar: Bar, titles: &[String]) -> ErasedView {
    let is_still = move || bar.shown.with(|shown| shown.is_paused || shown.is_over);
    let pause = move || if is_still() { t_string!(i18n, offline.go_on) } else { t_string!(i18n, offline.pause) };
    let number = |event: &leptos::ev::Event| event_target_value(event).parse::<u64>().unwrap_or_default();
    let scenes: Vec<ErasedView> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| view! { <option value=at.to_string()>{title.clone()}</option> }.client_only())
        .collect();
    let speeds: Vec<ErasedView> = SPEEDS
        .into_iter()
        .map(|percent| view! { <option value=percent.to_string()>{format!("{percent} %")}</option> }.client_only())
        .collect();
    let cached = move || view! { <span class="offline-kept" role="status">{said!(offline.kept)}</span> }.client_only();
    view! {
        <section class="offline-bar" aria-label=said!(offline.mark)>
            <strong class="offline-name">{said!(offline.mark)}</strong>
            <span class="offline-badge">{said!(offline.scripted)}</span>
            <select
                class="field"
                aria-label=said!(offline.scene)
                prop:value=text(move || bar.shown.with(|shown| shown.scene.to_string()))
                on:change=handler(move |event| {
                    let at = number(&event) as usize;
                    bar.with(|world, now| world.play(now, at));
                })
            >
                {scenes}
            </select>
            {button(text(pause), handler(move |_| bar.with(OfflineWorld::pause_or_go_on)))}
            {button(said!(offline.step), handler(move |_| bar.with(OfflineWorld::step)))}
            {button(said!(offline.restart), handler(move |_| bar.with(OfflineWorld::restart)))}
            <select
                class="field"
                aria-label=said!(offline.speed)
                prop:value=text(move || bar.shown.with(|shown| shown.speed_percent.to_string()))
                on:change=handler(move |event| {
                    let percent = number(&event);
                    bar.with(|world, now| world.set_speed(now, percent));
                })
            >
                {speeds}
            </select>
            {when(move || bar.is_cached.get(), cached)}
        </section>
    }
    .client_only()
}

#[cfg(test)]
mod tests {
    use protocol::codec::json::Value;

    use super::*;

    #[test]
    fn the_list_names_what_is_in_the_repository() {
        let list = Value::parse(&files_json()).unwrap();
        let files: Vec<&str> = list.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let public = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../public");
        for file in files.iter().filter(|file| !file.starts_with("/pkg/")) {
            assert!(public.join(&file[1..]).exists(), "{file}");
        }
        assert!(files.contains(&ADDRESS) && files.contains(&"/assets/winks/tabby.svg"));
        assert!(files.contains(&"/assets/desk/azure.svg") && !files.contains(&"/assets/desk/contrast.svg"));
    }
}
