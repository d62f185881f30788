//! Actions that events start, on the server, where no event comes. The browser's twin is `events`.

use super::bindings::Act;

/// No event comes; what it would lead to is dropped, and not compiled.
pub fn act<E>(_action: impl FnMut(E) + Send + 'static) -> Act<E> {
    Box::new(|_| ())
}

/// Nothing; what would be done is not compiled.
pub fn here(_job: impl FnOnce()) {}
