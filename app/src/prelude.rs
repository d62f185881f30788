//! Names with which all views are written: Leptos, bindings to signals, texts, the session, and the two parts of the browser that most views
//! use. Components, stores and words of `protocol` are imported by name.

pub use leptos::prelude::*;
pub use leptos::{ev, html};

pub use crate::browser::{clock, dom};
pub use crate::i18n::{ServerTexts, Texts, use_i18n};
pub(crate) use crate::i18n::{said, t_string};
pub use crate::session::{Session, State, use_session};
pub use crate::view::bindings::{
    BoolBinding, Entry, EventHandler, TextBinding, WordBinding, aria_bool, choice, flag, handler, list, list_of,
    submit_handler, switch, text, when, whole, word,
};
pub use crate::view::erased::{ErasedView, IntoErased};
pub(crate) use crate::view::lazy::lazy_view;
pub use crate::view::lazy::{load_view, load_view_when};
