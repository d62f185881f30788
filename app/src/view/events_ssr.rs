//! Handlers of events on the server, where no event comes. The browser compiles `events` instead.

/// Handler of an event.
pub type EventHandler<E> = Box<dyn FnMut(E) + Send>;

/// No event comes; what it would lead to is dropped, and not compiled.
pub fn handler<E>(_action: impl FnMut(E) + Send + 'static) -> EventHandler<E> {
    Box::new(|_| ())
}

/// Nothing; what would be done is not compiled.
pub fn here(_job: impl FnOnce()) {}
