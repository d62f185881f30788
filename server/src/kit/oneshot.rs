//! Response to a call that waits, which a later event sends once. A oneshot needs no promise of the runtime: promises cost calls between
//! wasm and JavaScript.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Channel for one response: one side sends the response, and the other side waits for it.
pub struct Oneshot<T>(Rc<RefCell<OneshotState<T>>>);

enum OneshotState<T> {
    /// Nothing was sent yet; the waker of the receiver, if it waits already.
    Open(Option<Waker>),
    /// This response was sent and not received yet; `None` where no response will come.
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
    /// Sends the response; `None` says that none will come. Only the first call counts.
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

    /// Waits for the response.
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
