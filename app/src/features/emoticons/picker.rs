//! Emoticon picker: four tabs of drawings, one of recent choices, and one of the person's own. A choice writes its key, because messages
//! are sent as text.

use protocol::content::emoticons::{EMOTICONS, Emoticon, Group};
use protocol::content::own_emoticons::EmbeddedEmoticon;

use super::own_emoticon::own_emoticon;
use crate::browser::letters::lower;
use crate::browser::{keys, storage};
use crate::store::arrangement::ListDialog;
use crate::ui::emoticons::{emoticon_name, is_called};
use crate::ui::picker_tabs::{picker_tab, picker_tabs};
use crate::ui::prelude::*;

/// Key in localStorage of the recent choices, the newest first.
const RECENT_KEY: &str = "cfm-recent";
/// Largest number of recent choices: two rows.
const RECENT_MAX: usize = 16;
/// Id of the part of the picker below its tabs.
const PANEL: &str = "emoticon-panel";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Group(Group),
    Recent,
    /// Own emoticons of an account.
    Own,
}

#[component]
pub fn EmoticonPicker(popover: Popover, insert: Callback<String>) -> impl IntoView {
    let label = said!(composer.emoticons);
    let sign = view! {
        <img class="em" src="/assets/emoticons.svg#em-smile" alt="" width="20" height="20" />
        {icon("ic-caret", "10")}
    };
    popover.at_button("fmt", label, sign.client_only(), move || load_view(move || emoticons(popover, insert)))
}

lazy_view! {
    talk:
    pub fn emoticons(popover: Popover, insert: Callback<String>) {
        popover.focus_items();
        view! { <Picker popover insert /> }.client_only()
    }
}

/// State of the picker. Copy it into every closure.
#[derive(Clone, Copy)]
struct PickerState {
    session: Session,
    tab: RwSignal<Tab>,
    /// Text of the search, in lower case.
    sought: RwSignal<String>,
    pointed: RwSignal<Option<PointedEmoticon>>,
    /// Closes the picker and writes a key.
    write: Callback<String>,
}

impl PickerState {
    fn choose(self, tab: Tab) {
        self.sought.set(String::new());
        self.tab.set(tab);
    }

    fn pick(self, emoticon: Emoticon) {
        note_recent(emoticon);
        self.write.run(emoticon.key().to_owned());
    }

    /// Returns the drawings of the tab, or those that match the search.
    fn found(self) -> Vec<Emoticon> {
        let (tab, sought) = (self.tab.get(), self.sought.get());
        if sought.is_empty() && tab == Tab::Recent {
            return recent();
        }
        let is_found = |emoticon: &&Emoticon| {
            if sought.is_empty() { Tab::Group(emoticon.group) == tab } else { is_called(emoticon, &sought, lower) }
        };
        EMOTICONS.iter().filter(is_found).copied().collect()
    }

    /// Returns the same for the person's own emoticons.
    fn own(self) -> Vec<EmbeddedEmoticon> {
        let sought = self.sought.get();
        // The other tabs do not depend on this list: it may be loaded while one of their cells has the focus, and would render all of them
        // again.
        if sought.is_empty() && self.tab.get() != Tab::Own {
            return Vec::new();
        }
        let is_found = |one: &EmbeddedEmoticon| lower(&format!("{} {}", one.alt, one.code)).contains(&sought);
        self.session.emoticons.shown().into_iter().filter(is_found).collect()
    }

    /// Handles the keys of the search box. Caret keys stay in the box, and Enter chooses the first drawing instead of sending the message.
    fn search_key(self, event: &ev::KeyboardEvent) {
        match event.key().as_str() {
            "ArrowLeft" | "ArrowRight" | "Home" | "End" => event.stop_propagation(),
            "Enter" => {
                event.prevent_default();
                if keys::is_composing(event) {
                    return;
                }
                match (untrack(|| self.own()).first(), untrack(|| self.found()).first()) {
                    (Some(first), _) => self.write.run(first.code.clone()),
                    (None, Some(first)) => self.pick(*first),
                    (None, None) => {}
                }
            }
            _ => {}
        }
    }
}

#[component]
fn Picker(popover: Popover, insert: Callback<String>) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (tab, sought) = (RwSignal::new(Tab::Group(Group::Faces)), RwSignal::new(String::new()));
    let pointed = RwSignal::new(EMOTICONS.first().map(PointedEmoticon::Ours));
    let write = Callback::new(move |key: String| {
        popover.close();
        dom::focus(".editor");
        insert.run(key);
    });
    let state = PickerState { session, tab, sought, pointed, write };
    view! {
        <div class="picker" role="dialog" aria-label=said!(composer.emoticons)>
            <input
                class="field picker-search"
                type="search"
                dir="auto"
                aria-label=said!(talk.find_emoticon)
                placeholder=said!(talk.find_emoticon)
                on:input=handler(move |event| sought.set(lower(event_target_value(&event).trim())))
                on:keydown=handler(move |event| state.search_key(&event))
            />
            {tabs(state)}
            <div class="picker-grid" id=PANEL role="tabpanel" aria-label=text(move || tab_word(i18n, tab.get()))>
                {choice(move || cells(state))}
            </div>
            {when(move || tab.get() == Tab::Own, move || manage(popover))}
            <div class="picker-foot" aria-hidden="true">
                <span>{text(move || pointed.get().map(|pointed| pointed.name(i18n)).unwrap_or_default())}</span>
                <span>{text(move || pointed.get().map(|pointed| pointed.keys()).unwrap_or_default())}</span>
            </div>
        </div>
    }
}

fn tabs(state: PickerState) -> ErasedView {
    let groups = Group::ALL.into_iter().map(Tab::Group);
    let own = state.session.is_account().then_some(Tab::Own);
    let all = groups.chain([Tab::Recent]).chain(own).map(|tab| tab_button(state, tab));
    picker_tabs(said!(composer.emoticons), all.collect())
}

fn tab_button(state: PickerState, tab: Tab) -> ErasedView {
    let i18n = use_i18n();
    let is_chosen = move || state.tab.get() == tab;
    picker_tab(
        PANEL,
        text(move || tab_word(i18n, tab)),
        is_chosen,
        move || is_chosen() && state.sought.with(String::is_empty),
        handler(move |_| {
            if state.sought.with_untracked(String::is_empty) {
                state.tab.set(tab);
            }
        }),
        handler(move |_| state.choose(tab)),
    )
}

fn tab_word(i18n: Texts, tab: Tab) -> &'static str {
    match tab {
        Tab::Group(group) => group_word(i18n, group),
        Tab::Recent => t_string!(i18n, talk.recent),
        Tab::Own => t_string!(i18n, own_emoticons.tab),
    }
}

/// Renders the matching drawings, or the reason why there are none.
fn cells(state: PickerState) -> ErasedView {
    let i18n = use_i18n();
    let ours = state.found().into_iter().map(|emoticon| view! { <Cell state emoticon /> }.client_only());
    let cells: Vec<_> = state.own().into_iter().map(|one| own_cell(state, one)).chain(ours).collect();
    if cells.is_empty() {
        let why = move || match (state.sought.with(String::is_empty), state.tab.get()) {
            (true, Tab::Own) => t_string!(i18n, own_emoticons.none),
            (true, _) => t_string!(i18n, talk.none_recent),
            (false, _) => t_string!(i18n, talk.none_found),
        };
        return view! { <p class="picker-none">{text(why)}</p> }.client_only();
    }
    cells.erase()
}

/// Button that opens the person's own list.
fn manage(popover: Popover) -> ErasedView {
    let session = use_session();
    let open = handler(move |_| {
        popover.close();
        // The focus returns to its button first, so that the dialog later gives it back there.
        dom::after_paint(move || session.list_dialog.set(ListDialog::Emoticons));
    });
    view! {
        <div class="picker-more">
            <button class="btn" type="button" data-kind="small" data-item="" on:click=open>
                {said!(own_emoticons.manage)}
            </button>
        </div>
    }
    .client_only()
}

/// Emoticon under the pointer or the focus.
#[derive(Clone)]
enum PointedEmoticon {
    Ours(&'static Emoticon),
    Own(EmbeddedEmoticon),
}

impl PointedEmoticon {
    fn name(&self, i18n: Texts) -> String {
        match self {
            Self::Ours(emoticon) => emoticon_name(i18n, emoticon).to_owned(),
            Self::Own(one) => one.alt.clone(),
        }
    }

    fn keys(&self) -> String {
        match self {
            Self::Ours(emoticon) => emoticon.keys.join("  "),
            Self::Own(one) => one.code.clone(),
        }
    }
}

fn own_cell(state: PickerState, one: EmbeddedEmoticon) -> ErasedView {
    let PickerState { pointed, write, .. } = state;
    let (code, name) = (one.code.clone(), format!("{} {}", one.alt, one.code));
    let (shown, entered, focused) = (one.clone(), one.clone(), one);
    let is_viewed = RwSignal::new(false);
    view! {
        <button
            class="picker-cell"
            type="button"
            data-item=""
            aria-label=name
            on:pointerenter=handler(move |_| pointed.set(Some(PointedEmoticon::Own(entered.clone()))))
            on:focus=handler(move |_| {
                is_viewed.set(true);
                pointed.set(Some(PointedEmoticon::Own(focused.clone())));
            })
            on:blur=handler(move |_| is_viewed.set(false))
            on:click=handler(move |_| write.run(code.clone()))
        >
            {load_view(move || own_emoticon(shown.clone(), is_viewed))}
        </button>
    }
    .client_only()
}

/// Returns the recent choices of this device, the newest first.
fn recent() -> Vec<Emoticon> {
    let stored = storage::get(RECENT_KEY).unwrap_or_default();
    let of_key = |key: &str| EMOTICONS.iter().find(|emoticon| emoticon.key() == key).copied();
    stored.split(' ').filter_map(of_key).collect()
}

fn note_recent(emoticon: Emoticon) {
    let before = recent().into_iter().filter(|one| *one != emoticon);
    let keys: Vec<&str> = [emoticon].into_iter().chain(before).take(RECENT_MAX).map(|one| one.key()).collect();
    storage::put(RECENT_KEY, &keys.join(" "));
}

/// Returns the entry of the table for an emoticon.
fn of_table(emoticon: Emoticon) -> Option<PointedEmoticon> {
    EMOTICONS.iter().find(|one| **one == emoticon).map(PointedEmoticon::Ours)
}

#[component]
fn Cell(state: PickerState, emoticon: Emoticon) -> impl IntoView {
    let i18n = use_i18n();
    let pointed = state.pointed;
    view! {
        <button
            class="picker-cell"
            type="button"
            data-item=""
            aria-label=text(move || format!("{} {}", emoticon_name(i18n, &emoticon), emoticon.key()))
            on:pointerenter=handler(move |_| pointed.set(of_table(emoticon)))
            on:focus=handler(move |_| pointed.set(of_table(emoticon)))
            on:click=handler(move |_| state.pick(emoticon))
        >
            <img class="em" src=emoticon_url(&emoticon) alt="" width="20" height="20" />
        </button>
    }
}

pub fn group_word(i18n: Texts, group: Group) -> &'static str {
    match group {
        Group::Faces => t_string!(i18n, talk.tab_faces),
        Group::Gestures => t_string!(i18n, talk.tab_gestures),
        Group::Things => t_string!(i18n, talk.tab_things),
        Group::World => t_string!(i18n, talk.tab_world),
    }
}
