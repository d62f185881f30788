//! Request of a page, for whatever runs while it is made.

use std::ops::Deref;
use std::sync::Arc;

use worker::send::SendWrapper;

use crate::http::incoming::Incoming;

/// The request being answered, for whatever runs while its page is made.
#[derive(Clone)]
pub struct Shared(pub(super) Arc<SendWrapper<Incoming>>);

impl Deref for Shared {
    type Target = Incoming;

    fn deref(&self) -> &Incoming {
        &self.0.0
    }
}
