//! Views that come later are not in the server's document, and not in the Worker. The browser compiles `lazy` instead.

use std::convert::Infallible;

use super::erased::{ErasedView, IntoErased};

/// Nothing is loaded on the server.
pub type NotLoaded = Infallible;

/// Makes the part, in the place where it belongs.
pub type Maker = Box<dyn FnOnce() -> ErasedView>;

/// A function that makes a part of the page; never called here.
macro_rules! later_view {
    ($file:ident: $(#[$meta:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        pub async fn $name(
            $($argument: $type),*
        ) -> Result<$crate::view::lazy::Maker, $crate::view::lazy::NotLoaded> {
            Ok(Box::new(move || $body))
        }
    };
}
pub(crate) use later_view;

/// Nothing.
pub fn loaded<F>(_load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<Maker, NotLoaded>> + 'static,
{
    ().erase()
}

/// Nothing.
pub fn later<F>(_is_wanted: impl Fn() -> bool + 'static, _load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<Maker, NotLoaded>> + 'static,
{
    ().erase()
}
