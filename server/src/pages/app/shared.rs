//! Request of a page, for all code that runs during its rendering.

use std::ops::Deref;
use std::sync::Arc;

use worker::send::SendWrapper;

use crate::http::incoming::Incoming;

/// Request that is being answered, for all code that runs during the rendering of its page.
#[derive(Clone)]
pub struct Shared(pub(super) Arc<SendWrapper<Incoming>>);

impl Deref for Shared {
    type Target = Incoming;

    fn deref(&self) -> &Incoming {
        &self.0.0
    }
}
