//! Reactive bindings of views to signals, with one type for each kind of value: a type of closure for every text and attribute would
//! generate code for each, in every browser that loads the page.

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
