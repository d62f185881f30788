//! `/demo/device` (`demo.md`): the messenger of one demo session, whose credential is stored in this tab. `?as=1` uses the credential of
//! the stage's first device.
//!
//! The page is the messenger with other credentials (`browser::demo_credentials`). A bar above it shows the remaining time, except on the
//! stage's phone, and presenters get a panel beside it. The code is in a chunk of its own, so that no other page loads it.

mod panel;
mod room;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json;

use super::device::panel::panel;
use super::device::room::Demo;
use crate::api;
use crate::appearance::Appearance;
use crate::boot::{Boot, BootUser};
use crate::browser::ask::DemoSession;
use crate::browser::demo_credentials::DemoCredentials;
use crate::browser::{clock, device, fetch, storage, timer};
use crate::i18n::{DemoTexts, Locale, provide_i18n, t_string};
use crate::pages::frame::{Frame, own_appearance, value_in};
use crate::pages::messenger::Messenger;
use crate::session::{Session, State};
use crate::ui::button::button_of;
use crate::ui::sheets::sheet;
use crate::view::bindings::{TextBinding, aria_bool, choice, flag, handler, text, when};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view};

const PATH: &str = "/demo/device";
/// Style sheet of the page. Its address has no hash, so the browser revalidates it.
pub const ADDRESS: &str = "/pkg/demo.css";
/// Key under which this tab stores a session; on the stage a number follows.
const KEY: &str = "cfm-demo";
/// Number of the stage's phone.
const PHONE: &str = "2";
/// Pause before the next request after a failure.
const AGAIN_MS: u32 = 2_000;
/// Pause between two updates of the time that is left.
const TICK_MS: u32 = 15_000;
/// Lifetime of a cookie that the demo does not have. The page renews a session after a quarter of it, and so never.
const COOKIE_MS: u64 = 1 << 50;
/// Close codes of a room's socket: the person was removed, or the room is gone.
const ENDS: [u16; 2] = [4403, 4404];

/// Renders the page on the server: a document without content.
#[component]
pub fn DemoDevicePage() -> impl IntoView {
    view! { <Frame appearance=own_appearance()>""</Frame> }
}

/// Returns `true` if the address is this page's.
pub fn is_device() -> bool {
    device::path() == PATH
}

/// Returns the page in the browser.
pub fn device() -> ErasedView {
    load_view(opened)
}

lazy_view! {
    demo:
    /// Renders the messenger of the stored session, or a notice that there is none.
    pub fn opened() {
        let language = device::root_attribute("lang").unwrap_or_default();
        let t = DemoTexts(provide_i18n(Locale::of(&language)));
        let number = value_in(device::query().trim_start_matches('?'), "as").map(str::to_owned);
        let has_bar = number.as_deref() != Some(PHONE);
        let key = number.map_or_else(|| KEY.to_owned(), |number| format!("{KEY}-{number}"));
        let joined = storage::tab_item(&key).and_then(|text| json::read::<DemoSession>(&text));
        match joined.filter(|joined| joined.expires_at > clock::now_ms()) {
            Some(joined) => begun(t, key, joined, language, has_bar),
            None => nobody(text(move || t_string!(t, demo.nobody)), t),
        }
    }
}

fn nobody(words: TextBinding, t: DemoTexts) -> ErasedView {
    view! {
        <main class="centre">
            <div class="state-empty">
                <b>{words}</b>
                <a href="/demo">{text(move || t_string!(t, demo.to_door))}</a>
            </div>
        </main>
    }
    .client_only()
}

/// Switches the page to the session's credentials, and loads the session's person.
fn begun(t: DemoTexts, key: String, joined: DemoSession, language: String, has_bar: bool) -> ErasedView {
    let code = joined.code.clone();
    let credentials = DemoCredentials::install(joined.session_id.clone(), move |is_wanted| {
        storage::remove_tab_item(&key);
        leave(code.clone(), is_wanted);
    });
    let demo = Demo::new(t, &joined, credentials.clone());
    provide_context(demo);
    let found = RwSignal::new(None::<(Boot, BootUser)>);
    spawn_local(async move {
        loop {
            match api::boot().await {
                Ok(boot) => match boot.user.clone() {
                    Some(user) => return found.set(Some((Boot { cookie_ms: COOKIE_MS, ..boot }, user))),
                    None => return credentials.end(false),
                },
                // The tab knows enough to begin; its sockets connect as soon as there is a network.
                Err(error) if error.code != "NETWORK" => return found.set(Some(offline_boot(&joined, &language))),
                Err(_) => timer::wait(AGAIN_MS).await,
            }
        }
    });
    let waiting = move || nobody(text(move || t_string!(t, demo.waking)), t);
    choice(move || match found.get() {
        Some((boot, user)) => view! { <Device boot user has_bar /> }.client_only(),
        None => waiting(),
    })
    .client_only()
}

/// Builds the state that a page starts from out of the answer to the join.
fn offline_boot(joined: &DemoSession, language: &str) -> (Boot, BootUser) {
    let boot = Boot {
        user: Some(joined.user.clone()),
        expires_at: joined.expires_at,
        server_time: clock::now_ms(),
        cookie_ms: COOKIE_MS,
        appearance: Appearance { language: Some(language.to_owned()), ..Appearance::default() },
        ..Boot::default()
    };
    (boot, joined.user.clone())
}

/// Navigates to the last page of the demo with the reason: the person left, was removed, or the room has ended.
fn leave(code: String, is_wanted: bool) {
    if is_wanted {
        return device::go_to("/demo/end?why=left");
    }
    spawn_local(async move {
        // The request carries no session, because the session has ended.
        let why = if fetch::file(&format!("/demo/rooms/{code}")).await.is_some() { "kicked" } else { "ended" };
        device::go_to(&format!("/demo/end?why={why}"));
    });
}

/// Starts the engine, and opens the room as soon as it is in the list.
fn begin(session: Session) {
    let demo = expect_context::<Demo>();
    session.start();
    device::press_shortcut();
    demo.session.set(Some(session));
    // The list of rooms contains its name.
    let room = demo.joined.with_value(|joined| joined.room_id.clone());
    Effect::new(move |was_opened: Option<bool>| {
        let is_there = was_opened == Some(true) || session.roster.room(&room).is_some();
        if is_there && was_opened != Some(true) {
            session.run_for(&room, State::open_conversation);
        }
        is_there
    });
}

#[component]
fn Device(boot: Boot, user: BootUser, has_bar: bool) -> impl IntoView {
    let demo = expect_context::<Demo>();
    let is_presenter = demo.joined.with_value(|joined| joined.is_presenter);
    // A removed person, or one whose room has ended, leaves once the session is known to be over, and does not wait long for that.
    Effect::new(move |_| {
        let session = demo.session.get();
        let closed = session.and_then(|session| session.current.get()).and_then(|current| current.closed.get());
        if closed.is_some_and(|code| ENDS.contains(&code)) {
            spawn_local(async move {
                timer::wait(AGAIN_MS).await;
                demo.leave();
            });
        }
    });
    demo.poll_state();
    let shows_panel = move || is_presenter && demo.is_panel_open.get();
    view! {
        <div class="demo-page" data-panel=flag(shows_panel)>
            {sheet(ADDRESS)}
            {has_bar.then(|| view! { <DemoBar is_presenter /> })}
            <Messenger boot user setup=Some(begin as fn(Session)) />
            {when(shows_panel, panel)}
        </div>
    }
}

/// Bar above the messenger.
#[component]
fn DemoBar(is_presenter: bool) -> impl IntoView {
    let demo = expect_context::<Demo>();
    let t = demo.t;
    let now = RwSignal::new(clock::now_ms());
    spawn_local(async move {
        loop {
            timer::wait(TICK_MS).await;
            if now.try_set(clock::now_ms()).is_some() {
                return;
            }
        }
    });
    let left = move || {
        let minutes = demo.ends_at().saturating_sub(now.get()).div_ceil(60_000);
        match (minutes / 60, minutes % 60) {
            (0, m) => t_string!(t, demo.minutes, m = m),
            (h, m) => t_string!(t, demo.hours, h = h, m = m),
        }
    };
    let panel = is_presenter.then(|| {
        view! {
            <button
                class="btn"
                type="button"
                data-kind="small"
                aria-expanded=aria_bool(move || demo.is_panel_open.get())
                aria-controls="presenter"
                on:click=handler(move |_| demo.is_panel_open.update(|is_open| *is_open = !*is_open))
            >
                {text(move || t_string!(t, demo.presenter))}
            </button>
        }
    });
    let code = demo.joined.with_value(|joined| joined.code.clone());
    let leave = move |_| {
        if let Some(session) = demo.session.get_untracked() {
            session.sign_out();
        }
    };
    view! {
        <div class="demo-line" role="region" aria-label=text(move || t_string!(t, demo.bar))>
            <span class="demo-words">{text(move || t_string!(t, demo.wiped, t = left()))}</span>
            // A narrow page has no space for the sentence, and shows these words instead.
            <span class="demo-words" data-kind="short">{text(move || t_string!(t, demo.wiped_short, t = left()))}</span>
            <span class="demo-here">{text(move || t_string!(t, demo.code, code = &code))}</span>
            {panel}
            {button_of("small", text(move || t_string!(t, demo.leave)), handler(leave))}
        </div>
    }
}
