//! The settings dialog (`ux.md` 2.6): a search, tabs of its sections where there is space for them, and the sections. On a narrow page all
//! sections stand below each other.

use super::search::{FoundSettings, search_field};
use super::sections::{content, first_section, names_of, sections};
use crate::store::home::SettingsSection;
use crate::ui::prelude::*;

/// Selector of the sections, which scroll together.
const PANELS: &str = ".settings-panels";
/// Selector of the tabs, which are stops of the arrow keys.
const TABS: &str = ".settings-tabs > [role=tab]";

/// State of the open dialog; copied into every closure.
#[derive(Clone, Copy)]
struct OpenSettings {
    /// Section that is shown beside the tabs.
    shown: Memo<SettingsSection>,
    search: FoundSettings,
    /// The page has space for tabs.
    is_wide: RwSignal<bool>,
}

impl OpenSettings {
    fn new(all: &[SettingsSection]) -> Self {
        let session = use_session();
        let known = all.to_vec();
        let first = first_section(session);
        let shown = Memo::new(move |_| {
            session.home.settings_section.get().filter(|section| known.contains(section)).unwrap_or(first)
        });
        let is_wide = RwSignal::new(dom::has_space_for_tabs());
        let resized = window_event_listener(ev::resize, move |_| is_wide.set(dom::has_space_for_tabs()));
        on_cleanup(move || resized.remove());
        // Each section begins at its top. On a narrow page the sections are one page.
        Effect::new(move |before: Option<SettingsSection>| {
            let section = shown.get();
            if before.is_some_and(|before| before != section) && is_wide.get_untracked() {
                dom::to_top(PANELS);
            }
            section
        });
        Self { shown, search: FoundSettings::begin(), is_wide }
    }

    /// Returns `true` while one section is shown beside the tabs. A search lists what it found of all sections.
    fn is_parted(self) -> bool {
        self.is_wide.get() && !self.search.is_on()
    }
}

/// The dialog, while `is_open`, which is cleared when it closes.
#[component]
pub fn SettingsDialog(is_open: RwSignal<bool>) -> impl IntoView {
    when(move || is_open.get(), move || view! { <Open is_open /> }.client_only())
}

#[component]
fn Open(is_open: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let frame = DialogRef::new();
    let all = sections(session);
    let open = OpenSettings::new(&all);
    let panels: Vec<ErasedView> = all.iter().map(|section| panel(open, *section, frame)).collect();
    let tabs = tabs(open, &all);
    let body = view! {
        <div class="settings" data-kind=text(move || if open.is_wide.get() { "tabs" } else { "page" })>
            {search_field(open.search)}
            {tabs}
            <div class="dialog-body settings-panels">{panels}</div>
        </div>
        <div class="dialog-foot">
            {button_of("default", said!(settings.done), handler(move |_| dialog::close(frame)))}
        </div>
    };
    let title = said!(settings.title);
    let closed = handler(move |_| is_open.set(false));
    dialog::framed(frame, "settings-title", title, closed, body.client_only())
}

fn tabs(open: OpenSettings, all: &[SettingsSection]) -> ErasedView {
    let buttons: Vec<ErasedView> = all.iter().map(|section| tab(open, *section)).collect();
    view! {
        <div
            class="settings-tabs"
            role="tablist"
            aria-orientation="vertical"
            aria-label=said!(settings.title)
            hidden=switch(move || !open.is_wide.get())
            on:keydown=handler(|event| dom::walk(&event, TABS))
        >
            {buttons}
        </div>
    }
    .client_only()
}

fn tab(open: OpenSettings, section: SettingsSection) -> ErasedView {
    let session = use_session();
    let (id, title, _) = names_of(section);
    let is_shown = move || open.shown.get() == section;
    let show = move || session.home.settings_section.set(Some(section));
    let focused = move |_: ev::FocusEvent| {
        // During a search the focus passes over the tabs, and only a press ends the search.
        if !untrack(move || open.search.is_on()) {
            show();
        }
    };
    let pressed = move |_: ev::MouseEvent| {
        open.search.end();
        show();
    };
    view! {
        <button
            type="button"
            role="tab"
            tabindex=text(move || if is_shown() { "0" } else { "-1" })
            data-word=names_of(section).1
            aria-controls=id
            aria-selected=aria_bool(move || is_shown() && !open.search.is_on())
            on:focus=handler(focused)
            on:click=handler(pressed)
        >
            {title}
        </button>
    }
    .client_only()
}

fn panel(open: OpenSettings, section: SettingsSection, frame: DialogRef) -> ErasedView {
    let (id, title, also) = names_of(section);
    let is_away = move || open.is_parted() && open.shown.get() != section;
    view! {
        <section
            class="setting-part settings-panel"
            id=id
            role=word(move || open.is_parted().then_some("tabpanel"))
            aria-label=title
            data-also=also
            hidden=switch(is_away)
        >
            {content(section, frame)}
        </section>
    }
    .client_only()
}
