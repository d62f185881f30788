//! Event handlers. The server compiles `events_ssr` instead, which drops them: the Worker contains no code that only an event could start.

/// Handler of an event.
pub type EventHandler<E> = Box<dyn FnMut(E) + Send>;

/// Makes the handler of an event.
pub fn handler<E>(action: impl FnMut(E) + Send + 'static) -> EventHandler<E> {
    Box::new(action)
}

/// Runs code that belongs in a browser only.
pub fn here(job: impl FnOnce()) {
    job();
}
