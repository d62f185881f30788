//! The messenger: identity and contacts on the left, the open conversations on the right; stacked on a phone.
//!
//! The server renders it with the data of the session, then the browser hydrates it and starts the session's engine.

use leptos::task::spawn_local;
use protocol::codec::json;

use super::frame::{Caption, Frame, redirect_navigation};
use super::notice::Unavailable;
use crate::api;
use crate::boot::{Boot, BootUser};
use crate::browser::{CallError, device, odd_events, steps};
use crate::features::alerts::connection_banner::ConnectionBanner;
use crate::features::alerts::toasts::Toasts;
use crate::features::conversation::pane::ConversationPane;
use crate::features::conversation::tabs::Tabs;
use crate::features::dialogs::all::dialogs;
use crate::features::list::contact_list::ContactList;
use crate::features::list::home;
use crate::features::profile::identity::Identity;
use crate::features::settings::lock_screen::lock_screen;
use crate::i18n::{Locale, provide_i18n};
use crate::session::{self, cached_boot, renewal};
use crate::store::conversation::Conversation;
use crate::ui::prelude::*;

/// Path of the one page that the server renders and the browser hydrates.
pub const TAKEN_OVER: &str = "/app";
/// Service worker, which caches the files for a reload without a network.
const SERVICE_WORKER: &str = "/sw.js";
/// Id of the element that holds the boot state.
const BOOT_ELEMENT: &str = "boot";

/// `/app` on the server. A visitor without a session goes to the sign-in page. A person who opened an invite and has signed in since
/// returns to it.
#[component]
pub fn MessengerPage() -> impl IntoView {
    let page = move || {
        Suspend::new(async move {
            let Ok(boot) = api::boot().await else { return view! { <Unavailable /> }.erase() };
            if boot.user.is_none() && !boot.is_remembered {
                redirect_navigation("/sign-in");
            } else if boot.user.is_some() && !boot.invite.is_empty() {
                redirect_navigation(&boot.invite);
            }
            let json = json::write(&boot).replace('<', "\\u003c");
            view! { <Frame appearance=boot.appearance.clone()>{started(boot, json)}</Frame> }.erase()
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// `/app` in the browser: hydrates the server's document. The router and its other pages stay on the server.
pub fn resume() -> impl IntoView {
    let boot = boot_text().and_then(|text| json::read::<Boot>(&text));
    boot.map(|boot| {
        provide_i18n(boot.appearance.locale());
        started(boot, String::new())
    })
}

/// Returns `true` if the document contains a boot state. Some pages below this path have none.
pub fn has_boot() -> bool {
    boot_text().is_some()
}

fn boot_text() -> Option<String> {
    dom::text_of(BOOT_ELEMENT)
}

/// Renders the page, followed by its boot state, from which the browser starts as well.
fn started(boot: Boot, json: String) -> impl IntoView {
    view! {
        <Somebody boot />
        <script type="application/json" id=BOOT_ELEMENT>{json}</script>
    }
}

#[component]
fn Somebody(boot: Boot) -> impl IntoView {
    match boot.user.clone() {
        Some(user) => view! { <Messenger boot user setup=None /> }.erase(),
        None => view! { <Nobody /> }.erase(),
    }
}

/// Page without a session. A remembered browser gets it, and starts a session from here (`sign-in.md` 2). The service worker caches it, and
/// shows it while the server is unreachable: then the cached boot state is used.
#[component]
fn Nobody() -> impl IntoView {
    let i18n = use_i18n();
    let found = RwSignal::new(None::<(Boot, BootUser)>);
    let is_lost = RwSignal::new(false);
    Effect::new(move |_| {
        spawn_local(async move {
            let boot = match boot_of_somebody().await {
                Ok((boot, was_refused)) => {
                    if was_refused {
                        session::forget_last().await;
                    }
                    // A browser that is still remembered was refused for another reason, and the invite would lead back here.
                    if !boot.invite.is_empty() && (boot.user.is_some() || !boot.is_remembered) {
                        return device::go_to(&boot.invite);
                    }
                    Some(boot)
                }
                Err(_) => cached_boot::find(),
            };
            match boot.map(|boot| (boot.user.clone(), boot)) {
                Some((Some(user), boot)) => found.set(Some((boot, user))),
                Some((None, _)) => device::go_to(&sign_in_path()),
                None => is_lost.set(true),
            }
        });
    });
    let state = move || if is_lost.get() { t_string!(i18n, refused.network) } else { t_string!(i18n, app.waking) };
    // A link would lead to the same server.
    let way = move || match is_lost.get() {
        true => button(said!(state.try_again), handler(move |_| device::reload())),
        false => view! { <a href="/sign-in" rel="external">{said!(app.sign_in)}</a> }.erase(),
    };
    let nothing = move || {
        view! {
            <div class="desk" aria-hidden="true"></div>
            <main class="centre">
                <div class="window nobody">
                    <Caption />
                    <div class="window-body">
                        <div class="state-empty"><b>{text(state)}</b> {choice(way)}</div>
                    </div>
                </div>
            </main>
        }
        .erase()
    };
    choice(move || match found.get() {
        Some((boot, user)) => view! { <Messenger boot user setup=None /> }.erase(),
        None => nothing(),
    })
}

/// Returns the path of the sign-in page, which leads back to the conversation that the address of this page names.
fn sign_in_path() -> String {
    steps::address().map_or_else(|| "/sign-in".to_owned(), |address| format!("/sign-in?{}", address.query()))
}

/// Loads the boot state, if necessary in the next session of a remembered browser. The `bool` is `true` if that session was refused,
/// because it was ended elsewhere while no page was open here.
async fn boot_of_somebody() -> Result<(Boot, bool), CallError> {
    let boot = boot_again().await?;
    if boot.user.is_some() || !boot.is_remembered {
        return Ok((boot, false));
    }
    // After a refusal, the browser is no longer remembered.
    let _ = renewal::ask(String::new()).await;
    let boot = boot_again().await?;
    let was_refused = boot.user.is_none() && !boot.is_remembered;
    Ok((boot, was_refused))
}

async fn boot_again() -> Result<Boot, CallError> {
    Ok(api::boot().await?)
}

/// Makes the conversation in view a part of the history and of the address. It is a layer where, and as soon as, it covers the list. Beside the
/// list it is a place, from which one step back leads to the conversation that was in view before and is still open.
fn follow_conversations(session: Session) {
    let resized = RwSignal::new(());
    let arrive = move || {
        let current = session.current.get_untracked().map(|current| current.room_id());
        match steps::address() {
            Some(address) if current.as_ref() != Some(&address.room) => {
                session.run(move |state| state.open_linked(address))
            }
            // Beside the list a conversation stays in view at an entry of the list.
            None if !device::is_stacked() => steps::settle(),
            _ => {}
        }
    };
    Effect::new(move |_| {
        device::on_resize(move || resized.notify());
        steps::on_arrival(arrive);
    });
    let covers_list = move || {
        resized.track();
        session.current.get().is_some() && device::is_stacked()
    };
    steps::layer(true, covers_list, move |opens| {
        // The address of the entry opens the conversation.
        if !opens && device::is_stacked() {
            dom::leave_to_list(|| session.run(State::show_list));
        }
    });
    Effect::new(move |before: Option<Option<Conversation>>| {
        let now = session.current.get();
        let is_open = |before: Conversation| session.open.with_untracked(|open| open.contains(&before));
        let is_new = now.is_some() && before.flatten().is_some_and(is_open) && !device::is_stacked();
        if now.is_some() || before.is_some() {
            steps::show_place(now.map(|now| now.room_id()), is_new);
        }
        now
    });
}

/// Leads a link to a part of the page, without an entry in the history.
fn skip_to(part: &'static str) -> EventHandler<ev::MouseEvent> {
    handler(move |event: ev::MouseEvent| {
        event.prevent_default();
        dom::focus(part);
    })
}

/// The messenger of a person, with an engine, or with stores that `setup` fills.
#[component]
pub(crate) fn Messenger(
    boot: Boot,
    user: BootUser,
    /// Fills the stores instead of an engine (`gallery`).
    setup: Option<fn(Session)>,
) -> impl IntoView {
    let session = Session::provide(&boot, &user);
    let i18n = use_i18n();
    Effect::new(move |_| {
        odd_events::block();
        if let Some(setup) = setup {
            setup(session);
            return device::catch_up();
        }
        cached_boot::save(&boot);
        device::register_worker(SERVICE_WORKER);
        session.start();
        session.restore_lock();
        // This comes before the address presses an element, because that press must not be repeated.
        device::catch_up();
        device::press_shortcut();
    });
    Effect::new(move |_| {
        i18n.set_locale(Locale::of(&session.settings.language.get()));
        session.roster.translate();
    });

    follow_conversations(session);
    let are_settings_open = RwSignal::new(false);
    let view_word = move || if session.current.get().is_some() { "conversation" } else { "list" };
    view! {
        <a class="skip-link" href="#main" on:click=skip_to("#main")>{said!(app.skip_to_conversation)}</a>
        <a class="skip-link" href="#contacts" on:click=skip_to("#contacts")>{said!(app.skip_to_contacts)}</a>
        <div class="app" data-view=text(view_word)>
            <div class="desk" aria-hidden="true"></div>
            <div class="window app-window">
                <div class="caption">
                    <svg class="ic caption-mark" data-size="18" aria-hidden="true">
                        <use href="#mark" />
                    </svg>
                    <span class="caption-title" aria-hidden="true">{said!(app.title)}</span>
                    {when(move || session.settings.sounds_wait.get(), sound_waits)}
                </div>
                <div class="window-body">
                    <ConnectionBanner />
                    <noscript>
                        <div class="bar" data-kind="error">{said!(app.needs_script)}</div>
                    </noscript>
                    <div class="docked" inert=switch(move || session.somebody_else.with(Option::is_some))>
                        <div class="docked-list">
                            <Identity on_settings=Callback::new(move |()| are_settings_open.set(true)) />
                            <ContactList />
                        </div>
                        <div class="docked-main">
                            <Tabs />
                            <ConversationPane />
                        </div>
                        <Toasts />
                        {home::around()}
                    </div>
                </div>
            </div>
        </div>
        {dialogs(are_settings_open)}
        {lock_screen()}
    }
    .erase()
}

/// Chip that says why sounds do not play yet.
fn sound_waits() -> ErasedView {
    let words = if dom::is_touch() { said!(connection.sound_waits_touch) } else { said!(connection.sound_waits) };
    view! { <span class="chip" role="status">{words}</span> }.client_only()
}
