//! Requests to the server and their order. If two changes of one thing were pending at once, the last one would be unknown. So changes of
//! one path are sent one after the other. Look-ups do not wait: their answers may overtake each other, and an answer that is older than the
//! known state is ignored.

use std::pin::Pin;

use leptos::prelude::RwSignal;
use leptos::task::spawn_local;
use protocol::codec::json::Value;

use super::Session;
use super::engine::State;
use crate::api::ApiError;
use crate::browser::{CallError, fetch};

protocol::record! {
    /// Empty body, or an answer without content.
    pub(super) struct EmptyObject {}
}

/// Callback for any answer, including a refusal.
type ResultCallback = Box<dyn FnOnce(&mut State, Result<Value, CallError>)>;

/// Function that sends a request with the CSRF token of that moment.
type RequestCall = Box<dyn FnOnce(String) -> Pin<Box<dyn Future<Output = Result<Value, CallError>>>>>;

struct Request {
    path: String,
    is_change: bool,
    call: RequestCall,
    answered: ResultCallback,
}

impl Request {
    fn new(method: &'static str, path: String, body: Option<String>, answered: ResultCallback) -> Self {
        let asked = path.clone();
        let call: RequestCall =
            Box::new(move |csrf| Box::pin(async move { fetch::call(method, &asked, &csrf, body).await }));
        Self { path, is_change: method != "GET", call, answered }
    }
}

/// Change without an answer: it is pending, or waits for earlier ones.
pub(super) struct PendingChange {
    path: String,
    waiting: Option<Request>,
}

/// Order of look-ups of things that are requested again and again. They are numbered in order.
#[derive(Default)]
pub(super) struct QueryOrder {
    count: u32,
    things: Vec<QueryEntry>,
}

/// Thing that is looked up.
struct QueryEntry {
    name: String,
    /// Number of the last look-up.
    asked: u32,
    /// Number up to which answers contain nothing new.
    known: u32,
}

impl QueryOrder {
    /// Counts a look-up of a thing, and returns its number.
    pub(super) fn ask(&mut self, name: &str) -> u32 {
        self.count += 1;
        let number = self.count;
        self.thing(name).asked = number;
        number
    }

    /// Returns `true` if no look-up of the thing was started since.
    pub(super) fn is_last(&self, name: &str, number: u32) -> bool {
        self.things.iter().any(|thing| thing.name == name && thing.asked == number)
    }

    /// Returns `true` if the answer to a look-up is newer than the known state.
    pub(super) fn is_newer(&self, name: &str, number: u32) -> bool {
        !self.things.iter().any(|thing| thing.name == name && thing.known >= number)
    }

    /// Records that a new answer to a look-up is known.
    pub(super) fn answered(&mut self, name: &str, number: u32) {
        self.thing(name).known = number;
    }

    /// Records that a change returned the state of the thing: answers to earlier look-ups may be older.
    pub(super) fn changed(&mut self, name: &str) {
        let count = self.count;
        self.thing(name).known = count;
    }

    fn thing(&mut self, name: &str) -> &mut QueryEntry {
        let known = self.things.iter().position(|thing| thing.name == name);
        let at = known.unwrap_or_else(|| {
            self.things.push(QueryEntry { name: name.to_owned(), asked: 0, known: 0 });
            self.things.len() - 1
        });
        &mut self.things[at]
    }
}

impl Session {
    /// Requests a path, and passes a successful answer to `then`.
    pub fn query(self, path: String, then: impl FnOnce(Value) + 'static) {
        self.ask_for("GET", path, None, then);
    }

    /// Sends a change of the person, and passes a successful answer to `then`.
    pub fn ask_for(self, method: &'static str, path: String, body: Option<String>, then: impl FnOnce(Value) + 'static) {
        self.run(move |state| state.ask(method, path, body, move |_, data| then(data)));
    }

    /// Sends a change of the person, and calls `then` in any case.
    pub fn ask_and(self, method: &'static str, path: String, body: Option<String>, then: impl FnOnce() + 'static) {
        self.run(move |state| {
            state.ask_quietly(method, path, body, move |state, answer| {
                if let Err(error) = answer {
                    state.show_refused(method, &error);
                }
                then();
            });
        });
    }
}

impl State {
    /// Sends a request. `then` gets the data of the answer; a refused change is shown.
    pub(super) fn ask(
        &self,
        method: &'static str,
        path: impl Into<String>,
        body: Option<String>,
        then: impl FnOnce(&mut Self, Value) + 'static,
    ) {
        self.ask_quietly(method, path, body, move |state, answer| match answer {
            Ok(data) => then(state, data),
            Err(error) => state.show_refused(method, &error),
        });
    }

    /// Sends the change of a form. The form shows a refusal of this member at `place` ([`State::show_refusal_in`]).
    pub(super) fn ask_in_form(
        &self,
        (method, path, body): (&'static str, String, String),
        (place, member): (RwSignal<Option<CallError>>, &'static str),
        then: impl FnOnce(&mut Self, Value) + 'static,
    ) {
        self.ask_quietly(method, path, Some(body), move |state, answer| match answer {
            Ok(data) => then(state, data),
            Err(error) => state.show_refusal_in(place, member, &error),
        });
    }

    /// Shows the refusal of a change. A failed look-up is repeated later, but an action of the person needs an answer.
    pub(super) fn show_refused(&mut self, method: &str, error: &CallError) {
        if method != "GET" {
            self.show_refusal(&error.code, error.retry_after_ms);
        }
    }

    /// Sends a change after earlier changes of the same path were answered. `answered` decides whether a refusal is shown.
    pub(super) fn ask_quietly(
        &self,
        method: &'static str,
        path: impl Into<String>,
        body: Option<String>,
        answered: impl FnOnce(&mut Self, Result<Value, CallError>) + 'static,
    ) {
        self.ask_in_turn(Request::new(method, path.into(), body, Box::new(answered)));
    }

    /// Looks a thing up; `then` gets a new answer. A failed look-up is repeated later.
    pub(super) fn query(
        &mut self,
        thing: &str,
        path: impl Into<String>,
        then: impl FnOnce(&mut Self, Value) + 'static,
    ) {
        self.query_again(thing, path, move |state, answer| {
            if let Ok(data) = answer {
                then(state, data);
            }
        });
    }

    /// Looks up a thing that may be looked up again before the answer arrives. `answered` gets no answer that is older than the known
    /// state.
    pub(super) fn query_again(
        &mut self,
        thing: &str,
        path: impl Into<String>,
        answered: impl FnOnce(&mut Self, Result<Value, CallError>) + 'static,
    ) {
        let (thing, number) = (thing.to_owned(), self.questions.ask(thing));
        self.ask_quietly("GET", path, None, move |state, answer| {
            if !state.questions.is_newer(&thing, number) {
                return;
            }
            // A failed look-up says nothing, but an older one may still answer.
            if answer.is_ok() {
                state.questions.answered(&thing, number);
            }
            answered(state, answer);
        });
    }

    /// Calls a server function in the same way; `path` is its own.
    pub(super) fn ask_function<F>(
        &self,
        path: &str,
        call: impl FnOnce(String) -> F + 'static,
        answered: impl FnOnce(&mut Self, Result<Value, CallError>) + 'static,
    ) where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        let call: RequestCall = Box::new(move |csrf| {
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
        self.ask_in_turn(Request { path: path.to_owned(), is_change: true, call, answered: Box::new(answered) });
    }

    fn ask_in_turn(&self, ask: Request) {
        let (path, is_change) = (ask.path.clone(), ask.is_change);
        let mut ask = Some(ask);
        if is_change {
            let mut changes = self.changes.borrow_mut();
            let waits = changes.iter().any(|before| before.path == path);
            changes.push(PendingChange { path, waiting: if waits { ask.take() } else { None } });
        }
        self.send(ask);
    }

    fn send(&self, ask: Option<Request>) {
        let Some(Request { path, is_change, call, answered }) = ask else { return };
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

    /// Returns the waiting change of a path whose earlier change was answered now.
    fn next_change(&self, path: &str) -> Option<Request> {
        let mut changes = self.changes.borrow_mut();
        let answered = changes.iter().position(|change| change.path == path)?;
        changes.remove(answered);
        changes.iter_mut().find(|change| change.path == path)?.waiting.take()
    }
}

#[cfg(test)]
mod tests {
    use super::QueryOrder;

    const THING: &str = "/api/thing";

    /// Handles an arriving answer, and returns `true` if it is shown.
    fn comes(questions: &mut QueryOrder, number: u32) -> bool {
        let is_newer = questions.is_newer(THING, number);
        if is_newer {
            questions.answered(THING, number);
        }
        is_newer
    }

    #[test]
    fn whatever_the_order_of_answers_the_last_question_is_shown_at_the_end() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut questions = QueryOrder::default();
            let asked = [(); 3].map(|()| questions.ask(THING));
            let shown: Vec<usize> = order.into_iter().filter(|at| comes(&mut questions, asked[*at])).collect();
            assert_eq!(shown.last(), Some(&2), "{order:?}");
        }
    }

    #[test]
    fn an_earlier_answer_is_shown_as_long_as_no_later_one_came() {
        let mut questions = QueryOrder::default();
        let (first, second) = (questions.ask(THING), questions.ask(THING));
        // The second one may fail.
        assert!(comes(&mut questions, first) && comes(&mut questions, second));
        assert!(!questions.is_last(THING, first) && questions.is_last(THING, second));
    }

    #[test]
    fn what_was_asked_before_a_change_was_answered_does_not_count_and_what_is_asked_then_does() {
        let mut questions = QueryOrder::default();
        let before = questions.ask(THING);
        questions.changed(THING);
        let after = questions.ask(THING);
        assert!(!comes(&mut questions, before));
        assert!(comes(&mut questions, after));
    }

    #[test]
    fn each_thing_has_an_order_of_its_own() {
        let mut questions = QueryOrder::default();
        let other = questions.ask("/api/other");
        let number = questions.ask(THING);
        assert!(comes(&mut questions, number));
        questions.changed(THING);
        assert!(questions.is_newer("/api/other", other) && questions.is_last("/api/other", other));
        assert!(questions.is_newer("/api/never-asked", 1) && !questions.is_last("/api/never-asked", 1));
    }
}
