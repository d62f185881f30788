//! Calls to the server, and their order: of two changes of one thing that are on their way at once nobody knows which is the last. So changes
//! of one path are asked for one after the other; whatever is only looked up waits for nobody.

use leptos::task::spawn_local;
use protocol::json::Value;

use super::engine::State;
use crate::browser::{CallError, fetch};

/// What happens once a call was answered.
type Then = Box<dyn FnOnce(&mut State, Value)>;
/// The same, also where it was refused.
type Answered = Box<dyn FnOnce(&mut State, Result<Value, CallError>)>;

/// A call to the server.
struct Ask {
    method: &'static str,
    path: String,
    body: Option<String>,
    answered: Answered,
}

/// A change that was asked for and is not answered: it is on its way, or waits for those before it.
pub(super) struct Change {
    path: String,
    waiting: Option<Ask>,
}

impl State {
    pub(super) fn ask(&self, method: &'static str, path: String, body: Option<String>, then: Then) {
        let answered = move |state: &mut State, answer| match answer {
            Ok(data) => then(state, data),
            Err(error) => state.show_refused(method, &error),
        };
        self.ask_quietly(method, path, body, Box::new(answered));
    }

    /// What was only looked up is looked up again some time; what the person did has to be answered.
    pub(super) fn show_refused(&mut self, method: &str, error: &CallError) {
        if method != "GET" {
            self.show_refusal(&error.code, error.retry_after_ms);
        }
    }

    /// Asks, once changes of the same path before it were answered; that it was refused is shown by `answered`, if at all.
    pub(super) fn ask_quietly(&self, method: &'static str, path: String, body: Option<String>, answered: Answered) {
        let mut ask = Some(Ask { method, path: path.clone(), body, answered });
        if method != "GET" {
            let mut changes = self.changes.borrow_mut();
            let waits = changes.iter().any(|before| before.path == path);
            changes.push(Change { path, waiting: if waits { ask.take() } else { None } });
        }
        self.send(ask);
    }

    /// The body of a call to a server function, which takes the token among its arguments.
    pub(super) fn form(&self, arguments: &[(&str, &str)]) -> Option<String> {
        let arguments: Vec<_> = [("csrf", self.csrf.as_str())].into_iter().chain(arguments.iter().copied()).collect();
        Some(fetch::form_text(&arguments))
    }

    fn send(&self, ask: Option<Ask>) {
        let Some(Ask { method, path, body, answered }) = ask else { return };
        let (caller, csrf) = (self.caller.clone(), self.csrf.clone());
        spawn_local(async move {
            let answer: Result<Value, CallError> = fetch::call(method, &path, &csrf, body).await;
            caller.run(move |state| {
                if method != "GET" {
                    state.send(state.next_change(&path));
                }
                if answer.as_ref().is_err_and(|error| error.code == "UNAUTHENTICATED") {
                    state.session_lost();
                }
                answered(state, answer);
            });
        });
    }

    /// The change of this path that waits for the one that was answered now.
    fn next_change(&self, path: &str) -> Option<Ask> {
        let mut changes = self.changes.borrow_mut();
        let answered = changes.iter().position(|change| change.path == path)?;
        changes.remove(answered);
        changes.iter_mut().find(|change| change.path == path)?.waiting.take()
    }
}
