//! Choices of which one is made, and the words that stand for them: one text of a language has them all.

use leptos::ev::Event;
use leptos::prelude::*;

use crate::view::bindings::{EventHandler, TextBinding, switch};
use crate::view::erased::{ErasedView, IntoErased};

/// A group of choices, one of which is made.
pub fn choices(kind: &'static str, label: TextBinding, count: u8, one: impl Fn(u8) -> ErasedView) -> ErasedView {
    let all: Vec<ErasedView> = (0..count).map(one).collect();
    view! { <div class="font-choices" data-kind=kind role="radiogroup" aria-label=label>{all}</div> }.client_only()
}

/// A choice of which one in its group is made.
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

/// One of several words that stand in one text.
pub fn nth(words: &str, at: usize) -> String {
    words.split(", ").nth(at).unwrap_or_default().to_owned()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Returns the number of words in one text of a language.
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
