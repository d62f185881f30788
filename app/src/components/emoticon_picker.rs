//! The emoticon picker: four tabs of drawings. Picking one writes its key: messages are sent as they were typed.

use leptos::prelude::*;
use protocol::emoticons::{EMOTICONS, Emoticon, Group};

use super::icon::{emoticon_url, icon};
use super::part::IntoPart;
use super::popover::Popover;
use super::words::{Texts, emoticon_name};
use crate::i18n::{t_string, use_i18n};

/// Button and picker.
#[component]
pub fn EmoticonPicker(
    popover: Popover,
    /// Writes a key where the caret is.
    insert: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div
            class="anchor"
            node_ref=popover.anchor
            on:keydown=move |event| popover.keydown(event)
            on:focusout=move |event| popover.focusout(event)
        >
            <button
                class="fmt"
                type="button"
                aria-haspopup="dialog"
                aria-expanded=move || popover.is_open.get().to_string()
                aria-label=move || t_string!(i18n, composer.emoticons)
                on:click=move |_| popover.toggle()
            >
                <img class="em" src="/assets/emoticons.svg#em-smile" alt="" width="20" height="20" />
                {icon("ic-caret", "10")}
            </button>
            <Show when=move || popover.is_open.get()>
                <Picker popover insert />
            </Show>
        </div>
    }
    .part()
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
    let cells = move || {
        let of_tab = EMOTICONS.iter().filter(move |emoticon| emoticon.group == tab.get());
        of_tab.map(|emoticon| view! { <Cell emoticon=*emoticon pointed pick /> }).collect_view()
    };
    view! {
        <div class="picker" role="dialog" aria-label=move || t_string!(i18n, composer.emoticons)>
            <div class="picker-tabs" role="tablist">
                {Group::ALL.map(|group| view! {
                    <button
                        type="button"
                        role="tab"
                        aria-selected=move || (tab.get() == group).to_string()
                        on:click=move |_| tab.set(group)
                    >
                        {move || group_word(i18n, group)}
                    </button>
                }).collect_view()}
            </div>
            <div class="picker-grid">{cells}</div>
            <div class="picker-foot" aria-hidden="true">
                <span>{move || pointed.get().map(|emoticon| emoticon_name(i18n, &emoticon))}</span>
                <span>{move || pointed.get().map(|emoticon| emoticon.keys.join("  "))}</span>
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
            aria-label=move || format!("{} {}", emoticon_name(i18n, &emoticon), emoticon.key())
            on:pointerenter=move |_| pointed.set(Some(emoticon))
            on:focus=move |_| pointed.set(Some(emoticon))
            on:click=move |_| pick.run(emoticon)
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
