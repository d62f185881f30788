//! Lazy views are not in the server's document, and not in the Worker. The browser compiles `lazy` instead.

use std::convert::Infallible;

use super::erased::{ErasedView, IntoErased};

/// Nothing is loaded on the server.
pub type LoadError = Infallible;

/// Builds the view, in the place where it belongs.
pub type ViewBuilder = Box<dyn FnOnce() -> ErasedView>;

/// A function that builds a view; never called here.
macro_rules! lazy_view {
    ($file:ident: $(#[$meta:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        pub async fn $name(
            $($argument: $type),*
        ) -> Result<$crate::view::lazy::ViewBuilder, $crate::view::lazy::LoadError> {
            Ok(Box::new(move || $body))
        }
    };
}
pub(crate) use lazy_view;

/// Nothing.
pub fn load_view<F>(_load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    ().erase()
}

/// Nothing.
pub fn load_view_when<F>(_is_wanted: impl Fn() -> bool + 'static, _load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    ().erase()
}
