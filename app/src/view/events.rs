//! Actions that events start. The server's twin drops them, so the Worker carries nothing that only an event could start.

use super::bindings::Act;

/// Wraps the action that an event starts.
pub fn act<E>(action: impl FnMut(E) + Send + 'static) -> Act<E> {
    Box::new(action)
}

/// Something that only a browser does.
pub fn here(job: impl FnOnce()) {
    job();
}
