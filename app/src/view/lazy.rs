//! Views that come in a file of their own when somebody first wants them: every browser pays for what is in the page from the
//! start. `xtask/src/build/split.rs` cuts the wasm where [`later_view`] says so. The server compiles `lazy_ssr` instead.

use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bindings::ViewBinding;
use super::erased::{ErasedView, IntoErased};

/// The file could not be loaded.
pub use leptos::wasm_split::SplitLoaderError as NotLoaded;

/// Pause before a file that could not be loaded is asked for again.
const LOAD_AGAIN: Duration = Duration::from_secs(2);

/// Makes the part, in the place where it belongs.
pub type Maker = Box<dyn FnOnce() -> ErasedView>;

/// A function that makes a part of the page, in the file that is named first. Calling it loads that file. The part is made only
/// where it is shown: the place, and what its contexts hold, may be gone when the file is there.
macro_rules! later_view {
    ($file:ident: $(#[$meta:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        // The cut is an import and an export by name, which the language counts as unsafe.
        #[allow(unsafe_code)]
        #[leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, fallible)]
        pub fn $name($($argument: $type),*) -> Result<$crate::view::lazy::Maker, $crate::view::lazy::NotLoaded> {
            Ok(Box::new(move || $body))
        }
    };
}
pub(crate) use later_view;

/// Nothing, until `load` has it.
pub fn loaded<F>(load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<Maker, NotLoaded>> + 'static,
{
    later(|| true, load)
}

/// Nothing, until `is_wanted` was true once; from then on what `load` gives.
pub fn later<F>(is_wanted: impl Fn() -> bool + 'static, load: impl Fn() -> F + 'static) -> ErasedView
where
    F: Future<Output = Result<Maker, NotLoaded>> + 'static,
{
    wanted(Box::new(is_wanted), Box::new(move || Box::pin(load())))
}

/// A file on its way.
type Loading = Pin<Box<dyn Future<Output = Result<Maker, NotLoaded>>>>;

/// [`later`] with one type for every view: its code is in the page once.
fn wanted(is_wanted: Box<dyn Fn() -> bool>, load: Box<dyn Fn() -> Loading>) -> ErasedView {
    let (is_there, is_asked) = (RwSignal::new(false), StoredValue::new(false));
    let maker = StoredValue::new_local(None::<Maker>);
    let load = StoredValue::new_local(load);
    Effect::new(move |_| {
        if !is_wanted() || is_asked.get_value() {
            return;
        }
        is_asked.set_value(true);
        load_until_there(load, maker, is_there);
    });
    let make = move || is_there.get().then(|| maker.try_update_value(Option::take)).flatten().flatten();
    let view: ViewBinding = Box::new(move || make().map_or_else(|| ().erase(), untrack));
    view.erase()
}

/// Loads the file, and again after a pause as long as it could not be had.
fn load_until_there(
    load: StoredValue<Box<dyn Fn() -> Loading>, LocalStorage>,
    maker: StoredValue<Option<Maker>, LocalStorage>,
    is_there: RwSignal<bool>,
) {
    // The place may be gone by now.
    let Some(loading) = load.try_with_value(|load| load()) else { return };
    spawn_local(async move {
        match loading.await {
            Ok(found) => drop((maker.try_set_value(Some(found)), is_there.try_set(true))),
            Err(_) => set_timeout(move || load_until_there(load, maker, is_there), LOAD_AGAIN),
        }
    });
}
