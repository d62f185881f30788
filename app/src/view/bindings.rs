//! Reactive bindings of views to signals, with one type for each kind of value: a type of closure for every text and attribute would
//! generate code for each, in every browser that loads the page.

use std::hash::Hash;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

pub use super::entries::Entry;
use super::erased::{ErasedView, IntoErased};
pub use super::events::{EventHandler, handler};
use super::{erased, list};

/// Binding of a text, or of the value of an attribute.
pub type TextBinding = Box<dyn FnMut() -> String + Send>;
/// Binding of an attribute that may be missing.
pub type WordBinding = Box<dyn FnMut() -> Option<&'static str> + Send>;
/// Binding of a boolean property.
pub type BoolBinding = Box<dyn FnMut() -> bool + Send>;

/// Makes the handler of a form that the page sends itself.
pub fn submit_handler(mut send: impl FnMut() + Send + 'static) -> EventHandler<SubmitEvent> {
    handler(move |event: SubmitEvent| {
        event.prevent_default();
        send();
    })
}

/// Returns a text that follows its signals.
pub fn text<T: Into<String>>(value: impl Fn() -> T + Send + 'static) -> TextBinding {
    Box::new(move || value().into())
}

/// Returns an attribute that is present or absent.
pub fn flag(is_there: impl Fn() -> bool + Send + 'static) -> WordBinding {
    Box::new(move || is_there().then_some(""))
}

/// Returns an attribute with one of a few words, or none.
pub fn word(value: impl Fn() -> Option<&'static str> + Send + 'static) -> WordBinding {
    Box::new(value)
}

/// Returns a boolean property.
pub fn switch(value: impl Fn() -> bool + Send + 'static) -> BoolBinding {
    Box::new(value)
}

/// Returns a boolean in words, for `aria` attributes.
pub fn aria_bool(value: impl Fn() -> bool + Send + 'static) -> WordBinding {
    Box::new(move || Some(if value() { "true" } else { "false" }))
}

/// Returns a view that is built again when its signals change. Plain text needs [`text`] or [`whole`] instead.
pub fn choice(view: impl Fn() -> ErasedView + Send + 'static) -> ErasedView {
    erased::choice(Box::new(view))
}

/// Wraps replaceable text in an element without a box, so that the nodes of a translator are removed with the text.
pub fn whole(words: Vec<ErasedView>) -> ErasedView {
    view! { <span class="whole">{words}</span> }.erase()
}

/// Returns a view that exists only while `is_there`.
pub fn when(
    is_there: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> ErasedView + Send + 'static,
) -> ErasedView {
    let is_there = Memo::new(move |_| is_there());
    choice(move || if is_there.get() { view() } else { ().erase() })
}

/// Returns a list whose entries keep their elements while they stay.
pub fn list(entries: impl Fn() -> Vec<Entry> + Send + Sync + 'static) -> ErasedView {
    list::list(Box::new(entries))
}

/// Returns a list with a row for each of these items. A row is built again when its item has changed.
pub fn list_of<T: Clone + Hash + Send + 'static>(
    items: impl Fn() -> Vec<T> + Send + Sync + 'static,
    row: impl Fn(T) -> ErasedView + Clone + Send + Sync + 'static,
) -> ErasedView {
    list(move || {
        let entry = |item: T| {
            let row = row.clone();
            Entry::of(item.clone(), move || row(item))
        };
        items().into_iter().map(entry).collect()
    })
}
