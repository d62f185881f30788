//! Radio groups, lists, switches, checkboxes, and labels that share one text of a language.

use leptos::ev::{Event, MouseEvent};

use crate::prelude::*;

pub fn choices(kind: &'static str, label: TextBinding, count: u8, one: impl Fn(u8) -> ErasedView) -> ErasedView {
    let all: Vec<ErasedView> = (0..count).map(one).collect();
    view! { <div class="font-choices" data-kind=kind role="radiogroup" aria-label=label>{all}</div> }.client_only()
}

pub fn radio(
    name: &'static str,
    word: TextBinding,
    is_it: Box<dyn Fn() -> bool + Send>,
    chosen: EventHandler<Event>,
) -> ErasedView {
    view! {
        <label class="check">
            <input type="radio" name=name prop:checked=switch(is_it) on:change=chosen />
            {word}
        </label>
    }
    .client_only()
}

/// Renders a group of radio buttons under its name.
pub fn radio_group(name: &dyn Fn() -> TextBinding, choices: ErasedView) -> ErasedView {
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=name()>
            <legend>{name()}</legend>
            <div class="choices">{choices}</div>
        </fieldset>
    }
    .erase()
}

/// Renders a row with a choice from a list, whose options mark the chosen one themselves.
pub fn select_row(
    id: &'static str,
    label: TextBinding,
    options: Vec<ErasedView>,
    chosen: EventHandler<Event>,
) -> ErasedView {
    view! {
        <div class="setting-row">
            <label class="label" for=id>{label}</label>
            <span class="select">
                <select class="field" id=id on:change=chosen>{options}</select>
            </span>
        </div>
    }
    .client_only()
}

/// Renders a row with a switch.
pub fn switch_row(
    id: &'static str,
    label: TextBinding,
    is_on: impl Fn() -> bool + Send + 'static,
    press: EventHandler<MouseEvent>,
) -> ErasedView {
    view! {
        <div class="setting-row">
            <span class="label" id=id>{label}</span>
            <button
                class="switch"
                type="button"
                role="switch"
                aria-checked=aria_bool(is_on)
                aria-labelledby=id
                on:click=press
            ></button>
        </div>
    }
    .client_only()
}

/// Renders a switch with its label.
pub fn setting_switch(
    label: TextBinding,
    is_on: Box<dyn Fn() -> bool + Send + Sync>,
    set: Box<dyn Fn(bool) + Send>,
) -> ErasedView {
    labelled_switch(view! { <span class="label">{label}</span> }.erase(), None, is_on, set)
}

/// Renders a switch with its label, as an item of a popover.
pub fn item_switch(
    label: TextBinding,
    is_on: Box<dyn Fn() -> bool + Send + Sync>,
    set: Box<dyn Fn(bool) + Send>,
) -> ErasedView {
    labelled_switch(view! { <span>{label}</span> }.erase(), Some(""), is_on, set)
}

fn labelled_switch(
    label: ErasedView,
    item: Option<&'static str>,
    is_on: Box<dyn Fn() -> bool + Send + Sync>,
    set: Box<dyn Fn(bool) + Send>,
) -> ErasedView {
    let is_on = Memo::new(move |_| is_on());
    view! {
        <label class="setting-row">
            {label}
            <button
                class="switch"
                type="button"
                role="switch"
                data-item=item
                aria-checked=aria_bool(move || is_on.get())
                on:click=handler(move |_| set(!is_on.get_untracked()))
            ></button>
        </label>
    }
    .erase()
}

pub fn check(state: RwSignal<bool>, words: TextBinding) -> ErasedView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=switch(move || state.get())
                on:change=handler(move |event: Event| state.set(event_target_checked(&event)))
            />
            {words}
        </label>
    }
    .client_only()
}

/// Returns one of several labels in one text.
pub fn nth(words: &str, at: usize) -> String {
    words.split(", ").nth(at).unwrap_or_default().to_owned()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Returns the number of labels in one text of a language.
    pub fn words_in(language: &str, group: &str, name: &str) -> usize {
        let path = format!("{}/locales/{language}.json", env!("CARGO_MANIFEST_DIR"));
        let texts = protocol::codec::json::Value::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        texts.get(group).unwrap().get(name).unwrap().as_str().unwrap().split(", ").count()
    }

    #[test]
    fn a_word_that_is_not_there_is_none() {
        assert_eq!((nth("a, b c", 1).as_str(), nth("a", 7).as_str()), ("b c", ""));
    }
}
