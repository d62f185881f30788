//! Event handlers on the server, which has no events. The browser compiles `events` instead.

/// Handler of an event.
pub type EventHandler<E> = Box<dyn FnMut(E) + Send>;

/// Returns an empty handler; the action is dropped, and not compiled.
pub fn handler<E>(_action: impl FnMut(E) + Send + 'static) -> EventHandler<E> {
    Box::new(|_| ())
}

/// Does nothing; the job is not compiled.
pub fn here(_job: impl FnOnce()) {}
