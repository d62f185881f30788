//! The emoticon picker: four tabs of drawings, and one of those that were picked last. Picking one writes its key: messages are sent
//! as they were typed.

use leptos::ev;
use leptos::prelude::*;
use protocol::emoticons::{EMOTICONS, Emoticon, Group};

use super::icon::{emoticon_url, icon};
use super::live::{act, choice, stated, text};
use super::popover::Popover;
use super::words::{Texts, emoticon_name};
use crate::browser::dom::{self, Step};
use crate::browser::later::{later_view, loaded};
use crate::browser::letters::lower;
use crate::browser::part::IntoPart;
use crate::browser::{keys, storage};
use crate::i18n::{said, t_string, use_i18n};

/// Key in localStorage: what was picked last, the newest first.
const RECENT_KEY: &str = "cfm-recent";
/// So many of them: two rows.
const RECENT_MAX: usize = 16;
/// What is seen of the picker below its tabs.
const PANEL: &str = "emoticon-panel";
/// The tab that is chosen: the one that the tabulator key leads to.
const TABS: &str = ".picker-tabs > [role=tab]";

/// Button and picker.
#[component]
pub fn EmoticonPicker(
    popover: Popover,
    /// Writes a key where the caret is.
    insert: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let label = said!(i18n, composer.emoticons);
    let sign = view! {
        <img class="em" src="/assets/emoticons.svg#em-smile" alt="" width="20" height="20" />
        {icon("ic-caret", "10")}
    };
    popover.at_button("fmt", label, sign.late_part(), move || loaded(move || emoticons(popover, insert)))
}

later_view! {
    talk:
    /// What opens at the button.
    pub fn emoticons(popover: Popover, insert: Callback<String>) {
        popover.focus_items();
        view! { <Picker popover insert /> }.late_part()
    }
}

#[component]
fn Picker(popover: Popover, insert: Callback<String>) -> impl IntoView {
    let i18n = use_i18n();
    // `None` has those that were picked last.
    let tab = RwSignal::new(Some(Group::Faces));
    let sought = RwSignal::new(String::new());
    let pointed = RwSignal::new(EMOTICONS.first().copied());
    let pick = Callback::new(move |emoticon: Emoticon| {
        popover.close();
        note_recent(emoticon);
        insert.run(emoticon.key().to_owned());
        dom::focus(".editor");
    });
    let tab_word =
        move |group: Option<Group>| group.map_or(t_string!(i18n, talk.recent), |group| group_word(i18n, group));
    let choose = move |group: Option<Group>| {
        sought.set(String::new());
        tab.set(group);
    };
    let tab_button = move |group: Option<Group>| {
        let place = move || if tab.get() == group { "0" } else { "-1" };
        view! {
            <button
                type="button"
                role="tab"
                tabindex=text(place)
                aria-controls=PANEL
                aria-selected=stated(move || tab.get() == group && sought.with(String::is_empty))
                on:focus=act(move |_| if sought.with_untracked(String::is_empty) { tab.set(group) })
                on:click=act(move |_| choose(group))
            >
                {text(move || tab_word(group))}
            </button>
        }
        .late_part()
    };
    // The arrows choose among the tabs; the cells have arrows of their own.
    let walk = act(move |event: ev::KeyboardEvent| {
        let Some(step) = Step::across(&event.key()) else { return };
        event.prevent_default();
        event.stop_propagation();
        dom::step_in_page(TABS, step);
    });
    let found = move || {
        let (tab, sought) = (tab.get(), sought.get());
        if sought.is_empty() && tab.is_none() {
            return recent();
        }
        let is_found = |emoticon: &&Emoticon| {
            if sought.is_empty() { Some(emoticon.group) == tab } else { emoticon.is_called(&sought, lower) }
        };
        EMOTICONS.iter().filter(is_found).copied().collect::<Vec<_>>()
    };
    let cells = move || {
        let cells = found().into_iter().map(|emoticon| view! { <Cell emoticon pointed pick /> }.late_part());
        let cells: Vec<_> = cells.collect();
        if cells.is_empty() {
            let why = move || match sought.with(String::is_empty) {
                true => t_string!(i18n, talk.none_recent),
                false => t_string!(i18n, talk.none_found),
            };
            return view! { <p class="picker-none">{text(why)}</p> }.late_part();
        }
        cells.part()
    };
    // Keys that move the caret are the box's own; Enter takes the first drawing instead of sending the message.
    let key = act(move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowLeft" | "ArrowRight" | "Home" | "End" => event.stop_propagation(),
        "Enter" => {
            event.prevent_default();
            if let Some(first) = untrack(found).first().filter(|_| !keys::is_composing(&event)) {
                pick.run(*first);
            }
        }
        _ => {}
    });
    view! {
        <div class="picker" role="dialog" aria-label=said!(i18n, composer.emoticons)>
            <input
                class="field picker-search"
                type="search"
                aria-label=said!(i18n, talk.find_emoticon)
                placeholder=said!(i18n, talk.find_emoticon)
                on:input=act(move |event| sought.set(lower(event_target_value(&event).trim())))
                on:keydown=key
            />
            <div class="picker-tabs" role="tablist" aria-label=said!(i18n, composer.emoticons) on:keydown=walk>
                {Vec::from(Group::ALL.map(|group| tab_button(Some(group))))} {tab_button(None)}
            </div>
            <div class="picker-grid" id=PANEL role="tabpanel" aria-label=text(move || tab_word(tab.get()))>
                {choice(cells)}
            </div>
            <div class="picker-foot" aria-hidden="true">
                <span>{text(move || pointed.get().map_or("", |emoticon| emoticon_name(i18n, &emoticon)))}</span>
                <span>{text(move || pointed.get().map(|emoticon| emoticon.keys.join("  ")).unwrap_or_default())}</span>
            </div>
        </div>
    }
}

/// What was picked last on this device, the newest first.
fn recent() -> Vec<Emoticon> {
    let kept = storage::get(RECENT_KEY).unwrap_or_default();
    let of_key = |key: &str| EMOTICONS.iter().find(|emoticon| emoticon.key() == key).copied();
    kept.split(' ').filter_map(of_key).collect()
}

fn note_recent(emoticon: Emoticon) {
    let before = recent().into_iter().filter(|one| *one != emoticon);
    let keys: Vec<&str> = [emoticon].into_iter().chain(before).take(RECENT_MAX).map(|one| one.key()).collect();
    storage::put(RECENT_KEY, &keys.join(" "));
}

#[component]
fn Cell(emoticon: Emoticon, pointed: RwSignal<Option<Emoticon>>, pick: Callback<Emoticon>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <button
            class="picker-cell"
            type="button"
            data-item=""
            aria-label=text(move || format!("{} {}", emoticon_name(i18n, &emoticon), emoticon.key()))
            on:pointerenter=act(move |_| pointed.set(Some(emoticon)))
            on:focus=act(move |_| pointed.set(Some(emoticon)))
            on:click=act(move |_| pick.run(emoticon))
        >
            <img class="em" src=emoticon_url(&emoticon) alt="" width="20" height="20" />
        </button>
    }
}

/// What a tab is called.
pub fn group_word(i18n: Texts, group: Group) -> &'static str {
    match group {
        Group::Faces => t_string!(i18n, talk.tab_faces),
        Group::Gestures => t_string!(i18n, talk.tab_gestures),
        Group::Things => t_string!(i18n, talk.tab_things),
        Group::World => t_string!(i18n, talk.tab_world),
    }
}
