//! Animated picture: it plays once when it appears, and again on pointer or focus. With reduced motion it is still (WCAG 2.2.2, `ux.md`
//! 2.2).

use leptos::task::spawn_local;

use crate::appearance::Motion;
use crate::browser::files;
use crate::prelude::*;

/// Time for which an unused object URL stays valid, because a browser may still be loading it.
const LOADING_MS_MAX: u64 = 10_000;

/// Returns the address of a picture, and a callback that plays it again. An animated picture gets an object URL once its bytes are loaded.
pub fn source(address: String, may_move: bool, is_lost: RwSignal<bool>) -> (RwSignal<String>, Callback<()>) {
    if may_move {
        let source = RwSignal::new(String::new());
        return (source, move_once(address, source, is_lost));
    }
    (RwSignal::new(address), Callback::new(|()| ()))
}

/// Shows the picture by an object URL: a new one plays from the beginning. Returns the callback that plays it again.
fn move_once(address: String, source: RwSignal<String>, is_lost: RwSignal<bool>) -> Callback<()> {
    let is_still = use_session().settings.motion.get_untracked() != Motion::Full;
    let key = StoredValue::new(None::<(u64, bool)>);
    spawn_local(async move {
        match files::animation(&address, is_still).await {
            Some((own, moves)) if key.try_set_value(Some((own, moves))).is_none() => {
                drop(source.try_set(files::address(own)));
            }
            // The component is disposed.
            Some((own, _)) => files::forget(own, ""),
            None => drop(is_lost.try_set(true)),
        }
    });
    on_cleanup(move || {
        if let Some(Some((own, _))) = key.try_get_value() {
            let last = source.try_get_untracked().unwrap_or_default();
            dom::after(LOADING_MS_MAX, move || files::forget(own, &last));
        }
    });
    Callback::new(move |()| {
        if let Some(Some((own, true))) = key.try_get_value() {
            let before = source.get_untracked();
            source.set(files::address(own));
            dom::after(LOADING_MS_MAX, move || files::release(&before));
        }
    })
}
