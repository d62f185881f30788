//! Lazy views: their chunk is loaded when they are first wanted, because every browser pays for the code of the page.
//! `xtask/src/build/split.rs` cuts the wasm at each [`lazy_view`]. The server compiles `lazy_ssr` instead.

use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bindings::choice;
use super::erased::{ErasedView, IntoErased};

/// The chunk could not be loaded.
pub use leptos::wasm_split::SplitLoaderError as LoadError;

/// Pause before a failed chunk is requested again.
const LOAD_AGAIN: Duration = Duration::from_secs(2);

/// Builds the view in its place.
pub type ViewBuilder = Box<dyn FnOnce() -> ErasedView>;

/// Declares a function that builds a view, in the chunk that is named first. A call loads that chunk. The view is built only in its place,
/// because the place and its contexts may be disposed when the chunk arrives.
macro_rules! lazy_view {
    ($file:ident: $(#[$meta:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        // `wasm_split` makes an import and an export by name, which Rust counts as unsafe.
        #[allow(unsafe_code)]
        #[leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, fallible)]
        pub fn $name($($argument: $type),*) -> Result<$crate::view::lazy::ViewBuilder, $crate::view::lazy::LoadError> {
            Ok(Box::new(move || $body))
        }
    };
}
pub(crate) use lazy_view;

/// Renders nothing until `load` has loaded the view.
pub fn load_view<F>(load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    load_view_when(|| true, load)
}

/// Renders nothing until `is_wanted` was true once; from then on the loaded view.
pub fn load_view_when<F>(is_wanted: impl Fn() -> bool + 'static, load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    wanted(Box::new(is_wanted), Box::new(move || Box::pin(load())))
}

/// Pending chunk.
type LoadFuture = Pin<Box<dyn Future<Output = Result<ViewBuilder, LoadError>>>>;

/// Implements [`load_view_when`] with one type for every view, so that the page contains its code once.
fn wanted(is_wanted: Box<dyn Fn() -> bool>, load: Box<dyn Fn() -> LoadFuture>) -> ErasedView {
    let (is_there, is_asked) = (RwSignal::new(false), StoredValue::new(false));
    let builder = StoredValue::new_local(None::<ViewBuilder>);
    let load = StoredValue::new_local(load);
    Effect::new(move |_| {
        if !is_wanted() || is_asked.get_value() {
            return;
        }
        is_asked.set_value(true);
        load_until_there(load, builder, is_there);
    });
    let make = move || is_there.get().then(|| builder.try_update_value(Option::take)).flatten().flatten();
    choice(move || make().map_or_else(|| ().erase(), untrack))
}

/// Loads the chunk, and repeats after a pause until it succeeds.
fn load_until_there(
    load: StoredValue<Box<dyn Fn() -> LoadFuture>, LocalStorage>,
    builder: StoredValue<Option<ViewBuilder>, LocalStorage>,
    is_there: RwSignal<bool>,
) {
    // The component may be disposed by now.
    let Some(loading) = load.try_with_value(|load| load()) else { return };
    spawn_local(async move {
        match loading.await {
            Ok(found) => drop((builder.try_set_value(Some(found)), is_there.try_set(true))),
            Err(_) => set_timeout(move || load_until_there(load, builder, is_there), LOAD_AGAIN),
        }
    });
}
