//! What events lead to. The server's twin forgets it, and with it the Worker carries nothing that only an event could start.

use crate::components::live::Act;

/// What an event leads to.
pub fn act<E>(action: impl FnMut(E) + Send + 'static) -> Act<E> {
    Box::new(action)
}

/// Something that only a browser does.
pub fn here(job: impl FnOnce()) {
    job();
}
