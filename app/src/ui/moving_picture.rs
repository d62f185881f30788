//! A picture that may move: it does once as it comes, and again when it is looked at; where not everything is to move it stands still
//! (WCAG 2.2.2, `ux.md` 2.2).

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::appearance::Motion;
use crate::browser::{dom, files};
use crate::session::use_session;

/// An address stays so long when it is shown no more: a browser may still be loading what stands under it.
const LOADING_MS_MAX: u64 = 10_000;

/// Returns the address of a picture, and the callback that plays it again. One that may move has an address of its own, once its bytes are here.
pub fn source(address: String, may_move: bool, is_lost: RwSignal<bool>) -> (RwSignal<String>, Callback<()>) {
    if may_move {
        let source = RwSignal::new(String::new());
        return (source, move_once(address, source, is_lost));
    }
    (RwSignal::new(address), Callback::new(|()| ()))
}

/// Shows it by an address of its own: a new one plays from the beginning. Gives what plays it again.
fn move_once(address: String, source: RwSignal<String>, is_lost: RwSignal<bool>) -> Callback<()> {
    let is_still = use_session().settings.motion.get_untracked() != Motion::Full;
    let key = StoredValue::new(None::<(u64, bool)>);
    spawn_local(async move {
        match files::animation(&address, is_still).await {
            Some((own, moves)) if key.try_set_value(Some((own, moves))).is_none() => {
                drop(source.try_set(files::address(own)));
            }
            // The place is gone.
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
