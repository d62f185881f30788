//! Views that come in a file of their own when somebody first wants them: every browser pays for what is in the page from the
//! start. `xtask/src/build/split.rs` cuts the wasm where [`later_view`] says so. The server's twin is `later_on_server`.

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::reactive::owner::WeakOwner;
use leptos::task::spawn_local;

use super::part::{IntoPart, Part};
use super::timer;
use crate::components::live::Choice;

/// The file could not be loaded.
pub use leptos::wasm_split::SplitLoaderError as NotLoaded;

/// Pause before a file that could not be loaded is asked for again.
const LOAD_AGAIN_MS: u32 = 2_000;

/// A function that makes a part of the page, in the file that is named first. Calling it loads that file.
macro_rules! later_view {
    ($file:ident: $(#[$meta:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        // The cut is an import and an export by name, which the language counts as unsafe.
        #[allow(unsafe_code)]
        #[leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, fallible)]
        pub fn $name($($argument: $type),*) -> Result<$crate::browser::part::Part, $crate::browser::later::NotLoaded> {
            Ok($body)
        }
    };
}
pub(crate) use later_view;

/// Nothing, until `load` has made it.
pub fn loaded<F>(load: impl Fn() -> F + 'static) -> Part
where
    F: Future<Output = Result<Part, NotLoaded>> + 'static,
{
    later(|| true, load)
}

/// Nothing, until `is_wanted` was true once; from then on what `load` makes.
pub fn later<F>(is_wanted: impl Fn() -> bool + 'static, load: impl Fn() -> F + 'static) -> Part
where
    F: Future<Output = Result<Part, NotLoaded>> + 'static,
{
    let (is_there, is_asked) = (RwSignal::new(false), StoredValue::new(false));
    let made = StoredValue::new_local(None::<Part>);
    let load = StoredValue::new_local(load);
    // What is made finds its contexts here, and goes with this place; the effect's own things go whenever it runs again.
    let owner = Owner::current().map(|owner| owner.downgrade());
    Effect::new(move |_| {
        if !is_wanted() || is_asked.get_value() {
            return;
        }
        let Some(owner) = owner.as_ref().and_then(WeakOwner::upgrade) else { return };
        is_asked.set_value(true);
        let made_here = async move {
            while let Some(next) = load.try_with_value(|load| load()) {
                if let Ok(part) = next.await {
                    // The place may be gone by now.
                    let _ = (made.try_set_value(Some(part)), is_there.try_set(true));
                    return;
                }
                timer::wait(LOAD_AGAIN_MS).await;
            }
        };
        spawn_local(owner.with(|| ScopedFuture::new_untracked(made_here)));
    });
    let part = move || is_there.get().then(|| made.try_update_value(Option::take)).flatten().flatten();
    let view: Choice = Box::new(move || part().unwrap_or_else(|| ().part()));
    view.part()
}
