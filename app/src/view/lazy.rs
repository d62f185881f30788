//! Lazy views: they come in a file of their own when somebody first wants them, because every browser pays for what is in the page from the
//! start. `xtask/src/build/split.rs` cuts the wasm where [`lazy_view`] says so. The server compiles `lazy_ssr` instead.

use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bindings::ViewBinding;
use super::erased::{ErasedView, IntoErased};

/// The file could not be loaded.
pub use leptos::wasm_split::SplitLoaderError as LoadError;

/// Pause before a file that could not be loaded is asked for again.
const LOAD_AGAIN: Duration = Duration::from_secs(2);

/// Builds the view, in the place where it belongs.
pub type ViewBuilder = Box<dyn FnOnce() -> ErasedView>;

/// A function that builds a view, in the file that is named first. Calling it loads that file. The view is built only
/// where it is shown: the place, and what its contexts hold, may be gone when the file is there.
macro_rules! lazy_view {
    ($file:ident: $(#[$meta:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        // The cut is an import and an export by name, which the language counts as unsafe.
        #[allow(unsafe_code)]
        #[leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, fallible)]
        pub fn $name($($argument: $type),*) -> Result<$crate::view::lazy::ViewBuilder, $crate::view::lazy::LoadError> {
            Ok(Box::new(move || $body))
        }
    };
}
pub(crate) use lazy_view;

/// Nothing, until `load` has it.
pub fn load_view<F>(load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    load_view_when(|| true, load)
}

/// Nothing, until `is_wanted` was true once; from then on what `load` gives.
pub fn load_view_when<F>(is_wanted: impl Fn() -> bool + 'static, load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<ViewBuilder, LoadError>> + 'static,
{
    wanted(Box::new(is_wanted), Box::new(move || Box::pin(load())))
}

/// A file on its way.
type LoadFuture = Pin<Box<dyn Future<Output = Result<ViewBuilder, LoadError>>>>;

/// [`load_view_when`] with one type for every view: its code is in the page once.
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
    let view: ViewBinding = Box::new(move || make().map_or_else(|| ().erase(), untrack));
    view.erase()
}

/// Loads the file, and again after a pause as long as it could not be had.
fn load_until_there(
    load: StoredValue<Box<dyn Fn() -> LoadFuture>, LocalStorage>,
    builder: StoredValue<Option<ViewBuilder>, LocalStorage>,
    is_there: RwSignal<bool>,
) {
    // The place may be gone by now.
    let Some(loading) = load.try_with_value(|load| load()) else { return };
    spawn_local(async move {
        match loading.await {
            Ok(found) => drop((builder.try_set_value(Some(found)), is_there.try_set(true))),
            Err(_) => set_timeout(move || load_until_there(load, builder, is_there), LOAD_AGAIN),
        }
    });
}
