//! Handlers of events. The server compiles `events_ssr` instead, which drops them: the Worker carries nothing that only an event could start.

/// Handler of an event.
pub type EventHandler<E> = Box<dyn FnMut(E) + Send>;

/// Makes the handler of an event.
pub fn handler<E>(action: impl FnMut(E) + Send + 'static) -> EventHandler<E> {
    Box::new(action)
}

/// Something that only a browser does.
pub fn here(job: impl FnOnce()) {
    job();
}
