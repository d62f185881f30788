//! Surroundings of the contact list, in the chunk `home`: contact card, menu of a row, panels, and the edge that sets the width of the list.
//! The chunk is needed as soon as the page has started (`features/parts.rs`), because it stores events, the arrangement of the list and the
//! idle state. No first view waits for it.

use leptos::task::spawn_local;
use protocol::codec::percent::decoded;
use protocol::words::limits::{PERSONAL_MESSAGE_BYTES_MAX, PERSONAL_MESSAGE_GRAPHEMES_MAX};

use super::bottom_bar::{ChatsPanel, MorePanel};
use super::page_keys::page_keys;
use crate::appearance::Theme;
use crate::browser::{anchor, device, push, steps};
use crate::features::alerts::events_panel::{EventsPanel, persist_events};
use crate::features::alerts::quiet::watch_quiet_hours;
use crate::features::contacts::contact_card::ContactCard;
use crate::features::contacts::row_menu::RowMenu;
use crate::features::keys::own_keys::{key_words, own_keys_of, persist_own_keys};
use crate::features::keys::shortcuts::{on_lock, on_modified, page_shortcuts};
use crate::features::search::filter_chips;
use crate::keys::KeyAction;
use crate::prelude::*;
use crate::store::arrangement::ListDialog;
use crate::store::conversation::MessageDialog;
use crate::store::home::Panel;
use crate::ui::sheets::{sheet, sheet_for};
use crate::ui::splitter::{LIST, splitter};

/// Returns the text that another app of the device shares with this one (`share_target` of the manifests): title, text and address, a line
/// each.
fn shared_text() -> Option<String> {
    let text = ["title", "text", "url"].into_iter().filter_map(query_value).collect::<Vec<String>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// Returns a value of the page's query.
fn query_value(name: &str) -> Option<String> {
    let query = device::path().starts_with("/app").then(device::query)?;
    let coded = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    decoded(coded?, true).filter(|text| !text.trim().is_empty())
}

/// Style sheet of the chunk. Its address has no hash, so the browser revalidates it.
pub const ADDRESS: &str = "/pkg/home.css";

/// Renders all parts that lie over the page.
pub fn around() -> ErasedView {
    let session = use_session();
    load_view_when(move || session.is_live.get(), all_around)
}

/// Renders the edge of the list, which belongs to the list's element.
pub fn edge() -> ErasedView {
    let session = use_session();
    load_view_when(move || session.is_live.get(), list_edge)
}

/// Id of the key in the search box.
pub const SEARCH_KEY: &str = "search-key";

/// Renders the parts of the search box beside its field.
pub fn search_parts() -> ErasedView {
    let session = use_session();
    load_view_when(move || session.is_live.get(), filters_and_key)
}

lazy_view! {
    home:
    /// Filters of the search, and the key that leads to its field, as a drawing.
    pub fn filters_and_key() {
        let (session, i18n) = (use_session(), use_i18n());
        i18n.add_lazy_texts();
        let keys = Memo::new(move |_| own_keys_of(session));
        let key = move || keys.with(|keys| keys.key_of(KeyAction::FindAll, dom::is_mac()).unwrap_or_default().to_owned());
        view! {
            {filter_chips()}
            <kbd class="key-hint" id=SEARCH_KEY aria-hidden="true" hidden=switch(move || key().is_empty() || session.search.is_on())>
                {text(move || key_words(i18n, &key()).replace('+', " "))}
            </kbd>
        }
        .client_only()
    }
}

/// Makes the search of a stacked page a step of the history, so that one step back ends it (`ux.md` 2.1).
fn follow_search(session: Session) {
    let search = session.search;
    let shown = move || {
        let (text, filters) = (search.text.get(), search.filters.get());
        let is_on = !text.is_empty() || !filters.is_empty();
        (is_on && device::is_stacked()).then_some((text, filters))
    };
    steps::follow_shown(shown, move |wanted| match wanted {
        Some((text, filters)) => {
            search.filters.set(filters);
            search.type_text(&text, false);
        }
        None => search.clear(),
    });
}

lazy_view! {
    home:
    /// The edge itself.
    pub fn list_edge() {
        use_i18n().add_lazy_texts();
        splitter(&LIST)
    }
}

lazy_view! {
    home:
    /// Card and panels.
    pub fn all_around() {
        use_i18n().add_lazy_texts();
        let session = use_session();
        session.persist_arrangement();
        session.run_deferred_tasks();
        session.check_address();
        session.watch_idle();
        session.follow_system();
        steps::follow(session.home.panel, Panel::Closed);
        push::on_press(move |room| session.run_for(&room, State::open_conversation));
        // This also runs when the presence connection opens again: the session may be another one, and so may the browser's subscription.
        Effect::new(move |_| {
            session.presence_openings.track();
            let language = session.settings.language.get();
            // Web push is of the person in the cookie, and a page of the demo is not theirs.
            if !session.is_of_demo() {
                let user = session.me.with_untracked(|me| me.id.clone());
                spawn_local(async move { push::say_here(&user, &language).await });
            }
        });
        if let Some(text) = shared_text() {
            // The text is offered once: a reload must not offer it again.
            device::forget_query();
            session.list_dialog.set(ListDialog::Message(MessageDialog::Forward(text)));
        }
        persist_own_keys(session);
        session.follow_zone();
        watch_quiet_hours(session);
        page_keys(session);
        follow_search(session);
        page_shortcuts(session);
        anchor::hold_field(".identity-msg", PERSONAL_MESSAGE_GRAPHEMES_MAX, PERSONAL_MESSAGE_BYTES_MAX);
        persist_events(session);
        on_lock(move || session.lock());
        // The key switches to the next theme.
        on_modified("KeyT", move || {
            let at = Theme::ALL.iter().position(|theme| *theme == session.settings.theme.get_untracked());
            session.run(move |state| state.set_theme(Theme::ALL[at.map_or(0, |at| at + 1) % Theme::ALL.len()]));
        });
        view! {
            {sheet(ADDRESS)}
            {sheet_for("/pkg/printed.css", "print")}
            <ContactCard />
            <RowMenu />
            <EventsPanel />
            <ChatsPanel />
            <MorePanel />
        }
        .client_only()
    }
}
