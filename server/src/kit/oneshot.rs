//! Response that a later event sends once to a waiting call. It needs no promise of the runtime, and so fewer calls between wasm and
//! JavaScript.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

pub struct Oneshot<T>(Rc<RefCell<OneshotState<T>>>);

enum OneshotState<T> {
    /// No response was sent yet; the waker of the waiting receiver, if it waits already.
    Open(Option<Waker>),
    /// The response was sent and not received yet; `None` if there will be none.
    Sent(Option<T>),
}

impl<T> Default for Oneshot<T> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(OneshotState::Open(None))))
    }
}

impl<T> Clone for Oneshot<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Oneshot<T> {
    /// Sends the response; `None` means that there will be none. Only the first call counts.
    pub fn send(&self, response: Option<T>) {
        let waker = match &mut *self.0.borrow_mut() {
            OneshotState::Sent(_) => return,
            OneshotState::Open(waker) => waker.take(),
        };
        *self.0.borrow_mut() = OneshotState::Sent(response);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub async fn receive(self) -> Option<T> {
        poll_fn(|context| match &mut *self.0.borrow_mut() {
            OneshotState::Sent(response) => Poll::Ready(response.take()),
            OneshotState::Open(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}
