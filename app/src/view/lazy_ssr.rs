//! Lazy views are neither in the server's document nor in the Worker. The browser compiles `lazy` instead.

use std::convert::Infallible;

use super::erased::{ErasedView, IntoErased};

/// The server loads nothing.
pub type LoadError = Infallible;

/// Builds the view in its place.
pub type ViewBuilder = Box<dyn FnOnce() -> ErasedView>;

/// Declares a function that builds a view; the server never calls it.
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

/// Renders nothing.
pub fn load_view<F>(_load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    ().erase()
}

/// Renders nothing.
pub fn load_view_when<F>(_is_wanted: impl Fn() -> bool + 'static, _load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    ().erase()
}
