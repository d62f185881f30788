//! Calls to the server, and their order: of two changes of one thing that are on their way at once nobody knows which is the last. So changes
//! of one path are asked for one after the other; whatever is only looked up waits for nobody.

use std::pin::Pin;

use leptos::task::spawn_local;
use protocol::json::Value;

use super::engine::State;
use crate::api::ApiError;
use crate::browser::{CallError, fetch};

/// Callback for the data of an answer.
type Then = Box<dyn FnOnce(&mut State, Value)>;
/// The same, also where it was refused.
type Answered = Box<dyn FnOnce(&mut State, Result<Value, CallError>)>;

/// Makes a call with the CSRF token of that moment.
type Call = Box<dyn FnOnce(String) -> Pin<Box<dyn Future<Output = Result<Value, CallError>>>>>;

/// A call to the server.
struct Ask {
    path: String,
    is_change: bool,
    call: Call,
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

    /// Shows the refusal of a change. A look-up is made again some time; what the person did has to be answered.
    pub(super) fn show_refused(&mut self, method: &str, error: &CallError) {
        if method != "GET" {
            self.show_refusal(&error.code, error.retry_after_ms);
        }
    }

    /// Asks, once changes of the same path before it were answered; that it was refused is shown by `answered`, if at all.
    pub(super) fn ask_quietly(&self, method: &'static str, path: String, body: Option<String>, answered: Answered) {
        let asked = path.clone();
        let call: Call = Box::new(move |csrf| Box::pin(async move { fetch::call(method, &asked, &csrf, body).await }));
        self.ask_in_turn(Ask { path, is_change: method != "GET", call, answered });
    }

    /// Calls a server function in the same way; `path` is its own.
    pub(super) fn ask_function<F>(&self, path: &str, call: impl FnOnce(String) -> F + 'static, answered: Answered)
    where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        let call: Call = Box::new(move |csrf| {
            let answer = fetch::may_ask().map(|()| call(csrf));
            Box::pin(async move {
                let answer = answer?.await.map(|()| Value::Null).map_err(CallError::from);
                match &answer {
                    Ok(_) => fetch::answered(),
                    Err(error) => fetch::refused(error),
                }
                answer
            })
        });
        self.ask_in_turn(Ask { path: path.to_owned(), is_change: true, call, answered });
    }

    fn ask_in_turn(&self, ask: Ask) {
        let (path, is_change) = (ask.path.clone(), ask.is_change);
        let mut ask = Some(ask);
        if is_change {
            let mut changes = self.changes.borrow_mut();
            let waits = changes.iter().any(|before| before.path == path);
            changes.push(Change { path, waiting: if waits { ask.take() } else { None } });
        }
        self.send(ask);
    }

    fn send(&self, ask: Option<Ask>) {
        let Some(Ask { path, is_change, call, answered }) = ask else { return };
        let (caller, answer) = (self.caller.clone(), call(self.csrf.clone()));
        spawn_local(async move {
            let answer = answer.await;
            caller.run(move |state| {
                if is_change {
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
