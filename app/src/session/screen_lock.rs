//! Lock of the page (`ux.md` 2.12): everything is hidden at once behind a screen without names and numbers, and stays hidden after a reload.
//! It hides, and does not encrypt: what is stored on the device stays as it is.

use leptos::prelude::*;
use protocol::codec::json::json_text;

use super::Session;
use crate::browser::{CallError, device, dom, storage};
use crate::store::arrangement::ListDialog;
use crate::store::renewal::Renewal;

/// Key in localStorage: the person whose page is locked. The bootstrap script reads it (`crate::scripts`).
pub(super) const KEY: &str = "cfm-locked";
/// Request that compares a password.
const UNLOCK: &str = "/api/me/unlock";
/// Attribute of the root that hides the page.
const HIDES: &str = "data-locked";

impl Session {
    /// Locks the page.
    pub fn lock(self) {
        if self.home.is_locked.get_untracked() {
            return;
        }
        // A page of the demo stores nothing.
        if !self.is_of_demo() {
            storage::put(KEY, &self.me.with_untracked(|me| me.id.clone()));
        }
        self.hide();
    }

    /// Locks a page whose person locked it before, and shows that of another person. Call it once.
    pub fn restore_lock(self) {
        let own = self.me.with_untracked(|me| me.id.clone());
        if !self.is_of_demo() && storage::get(KEY).is_some_and(|locked| locked == own) {
            self.hide();
        } else {
            device::remove_root_attribute(HIDES);
        }
    }

    fn hide(self) {
        device::set_root_attribute(HIDES, "");
        dom::close_dialogs();
        self.list_dialog.set(ListDialog::Closed);
        self.home.is_locked.set(true);
        self.lock_changed();
    }

    /// Shows the page again, after the password of an account. Others have none: their press is enough. `refused` gets the reason of a
    /// refusal.
    pub fn ask_to_unlock(self, password: &str, refused: RwSignal<Option<CallError>>) {
        if !self.is_account() {
            return self.unlock();
        }
        if self.renewal.get_untracked() == Renewal::Ended {
            // The question of the lost session may be below the lock. It is made again, above it.
            self.renewal.set(Renewal::Nothing);
            return dom::after_paint(move || self.renewal.set(Renewal::Ended));
        }
        refused.set(None);
        let body = format!("{{\"password\":{}}}", json_text(password));
        self.run(move |state| {
            state.ask_quietly("POST", UNLOCK, Some(body), move |state, answer| match answer {
                Ok(_) => state.session.unlock(),
                // The screen may be gone.
                Err(error) => drop(refused.try_set(Some(error))),
            });
        });
    }

    /// Shows the page again.
    pub(super) fn unlock(self) {
        if self.home.is_locked.get_untracked() {
            storage::remove(KEY);
            device::remove_root_attribute(HIDES);
            self.home.is_locked.set(false);
            self.lock_changed();
        }
    }

    /// Has the session handle a lock or its end after an empty job: nothing is read behind the lock, and the title follows.
    fn lock_changed(self) {
        self.run(|_| {});
    }
}
