//! The emoticon picker: four tabs of drawings. Picking one writes its key: messages are sent as they were typed.

use leptos::prelude::*;
use protocol::emoticons::{EMOTICONS, Emoticon, Group};

use super::icon::{emoticon_url, icon};
use super::live::{act, choice, stated, text};
use super::popover::Popover;
use super::words::{Texts, emoticon_name};
use crate::browser::later::{later_view, loaded};
use crate::browser::part::IntoPart;
use crate::i18n::{t_string, use_i18n};

/// Button and picker.
#[component]
pub fn EmoticonPicker(
    popover: Popover,
    /// Writes a key where the caret is.
    insert: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let button = view! {
        <button
            class="fmt"
            type="button"
            aria-haspopup="dialog"
            aria-expanded=stated(move || popover.is_open.get())
            aria-label=text(move || t_string!(i18n, composer.emoticons))
            on:click=act(move |_| popover.toggle())
        >
            <img class="em" src="/assets/emoticons.svg#em-smile" alt="" width="20" height="20" />
            {icon("ic-caret", "10")}
        </button>
    };
    popover.anchored(button.late_part(), move || loaded(move || emoticons(popover, insert)))
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
    let tab = RwSignal::new(Group::Faces);
    let pointed = RwSignal::new(EMOTICONS.first().copied());
    let pick = Callback::new(move |emoticon: Emoticon| {
        popover.close();
        insert.run(emoticon.key().to_owned());
        crate::browser::dom::focus(".editor");
    });
    let tab_button = move |group: Group| {
        view! {
            <button
                type="button"
                role="tab"
                aria-selected=stated(move || tab.get() == group)
                on:click=act(move |_| tab.set(group))
            >
                {text(move || group_word(i18n, group))}
            </button>
        }
        .late_part()
    };
    let cells = move || {
        let of_tab = EMOTICONS.iter().filter(move |emoticon| emoticon.group == tab.get());
        of_tab.map(|emoticon| view! { <Cell emoticon=*emoticon pointed pick /> }.late_part()).collect_view().part()
    };
    view! {
        <div class="picker" role="dialog" aria-label=text(move || t_string!(i18n, composer.emoticons))>
            <div class="picker-tabs" role="tablist">
                {Vec::from(Group::ALL.map(tab_button))}
            </div>
            <div class="picker-grid">{choice(cells)}</div>
            <div class="picker-foot" aria-hidden="true">
                <span>{text(move || pointed.get().map_or("", |emoticon| emoticon_name(i18n, &emoticon)))}</span>
                <span>{text(move || pointed.get().map(|emoticon| emoticon.keys.join("  ")).unwrap_or_default())}</span>
            </div>
        </div>
    }
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

fn group_word(i18n: Texts, group: Group) -> &'static str {
    match group {
        Group::Faces => t_string!(i18n, composer.tab_faces),
        Group::Gestures => t_string!(i18n, composer.tab_gestures),
        Group::Things => t_string!(i18n, composer.tab_things),
        Group::World => t_string!(i18n, composer.tab_world),
    }
}
