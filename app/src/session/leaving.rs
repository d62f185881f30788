//! Archive of the person's data, and deletion of the account (`leaving.md` 1).

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::{Value, json_text};
use protocol::words::event::Millis;

use super::ending::{deleted_path, forget_list};
use super::engine::State;
use crate::browser::{CallError, clock, device, fetch, timer};
use crate::store::leaving::{Archive, DeletionForm};
use crate::store::toasts::News;

const PATH: &str = "/api/export";
/// Pause before the state of an archive is requested again.
const POLL_MS: u32 = 2_000;
/// Time after the sign-in in which a page says that the account is restored.
const RESTORED_MS: Millis = 60_000;

impl State {
    /// Loads the state of the newest archive, repeatedly while one is being made and `place` exists.
    pub fn load_archive(&mut self, place: RwSignal<Archive>) {
        let caller = self.caller.clone();
        spawn_local(async move {
            loop {
                let found = fetch::get::<Archive>(PATH).await;
                let is_running = found.as_ref().is_ok_and(|archive| archive.is_running());
                let job = caller.clone();
                let is_shown = place.try_get_untracked().is_some();
                job.run(move |state| match found {
                    Ok(archive) => drop(place.try_set(archive)),
                    Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
                });
                if !is_running || !is_shown {
                    return;
                }
                timer::wait(POLL_MS).await;
            }
        });
    }

    /// Requests an archive.
    pub fn make_archive(&mut self, place: RwSignal<Archive>) {
        self.ask("POST", PATH, None, move |state, _| state.load_archive(place));
    }

    /// Says that the sign-in to this page took the deletion of the account back. A page that starts later says nothing.
    pub(super) fn say_restored(&mut self) {
        let restored_at = self.session.home.restored_at.get_value();
        if restored_at != 0 && clock::now_ms().abs_diff(restored_at) < RESTORED_MS {
            self.show_news(News::AccountRestored, None);
        }
    }

    /// Deletes the account, and leaves the page after that; `refused` gets a refusal.
    pub fn leave_for_good(&mut self, form: &DeletionForm, refused: RwSignal<Option<CallError>>) {
        refused.set(None);
        let messages = if form.keeps_words { "anonymise" } else { "remove" };
        let (password, token) = (json_text(&form.password), json_text(&form.token));
        let body = format!("{{\"messages\":\"{messages}\",\"password\":{password},\"token\":{token}}}");
        let (csrf, caller) = (self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let left = fetch::call("DELETE", "/api/me", &csrf, Some(body)).await;
            caller.run(move |state| match left {
                Ok(answer) => {
                    // Nobody finds this list again.
                    forget_list(&state.own_id);
                    let path = deleted_path(answer.get("deletesAt").and_then(Value::as_u64).unwrap_or_default());
                    state.leave(move || device::go_to(&path));
                }
                Err(error) => drop(refused.try_set(Some(error))),
            });
        });
    }
}
