//! Reactive bindings of views to signals, with one type for each kind of value: a closure of its own for every text and attribute
//! would make code of its own for every one of them, in every browser that loads the page.

use leptos::prelude::*;

pub use super::entries::Entry;
use super::erased::{ErasedView, IntoErased};
pub use super::events::{EventHandler, handler};
use super::list;

/// Binding of a text, or of the value of an attribute.
pub type TextBinding = Box<dyn FnMut() -> String + Send>;
/// Binding of an attribute that may be missing.
pub type WordBinding = Box<dyn FnMut() -> Option<&'static str> + Send>;
/// Binding of a yes or no of the element.
pub type BoolBinding = Box<dyn FnMut() -> bool + Send>;
/// Binding of a view that is replaced by another.
pub type ViewBinding = Box<dyn FnMut() -> ErasedView + Send>;

/// A text that follows its signals.
pub fn text<T: Into<String>>(value: impl Fn() -> T + Send + 'static) -> TextBinding {
    Box::new(move || value().into())
}

/// An attribute that is there or not.
pub fn flag(is_there: impl Fn() -> bool + Send + 'static) -> WordBinding {
    Box::new(move || is_there().then_some(""))
}

/// An attribute with one of a few words, or none.
pub fn word(value: impl Fn() -> Option<&'static str> + Send + 'static) -> WordBinding {
    Box::new(value)
}

/// A yes or no.
pub fn switch(value: impl Fn() -> bool + Send + 'static) -> BoolBinding {
    Box::new(value)
}

/// A yes or no in words, for `aria` attributes.
pub fn aria_bool(value: impl Fn() -> bool + Send + 'static) -> WordBinding {
    Box::new(move || Some(if value() { "true" } else { "false" }))
}

/// A view that is built anew when its signals change. Words alone are none: they are a [`text`], or [`whole`].
pub fn choice(view: impl Fn() -> ErasedView + Send + 'static) -> ViewBinding {
    Box::new(view)
}

/// Words that others come in the place of, in an element of their own: with it goes what a translator has put in their place. It has no box.
pub fn whole(words: Vec<ErasedView>) -> ErasedView {
    view! { <span class="whole">{words}</span> }.erase()
}

/// A view that is there only while `is_there`.
pub fn when(
    is_there: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> ErasedView + Send + 'static,
) -> ViewBinding {
    let is_there = Memo::new(move |_| is_there());
    Box::new(move || if is_there.get() { view() } else { ().erase() })
}

/// A list whose entries keep their elements while they stay.
pub fn list(entries: impl Fn() -> Vec<Entry> + Send + Sync + 'static) -> ErasedView {
    list::list(Box::new(entries))
}
