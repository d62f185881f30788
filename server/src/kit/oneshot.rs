//! Word for a call that waits: given once, in whichever event it comes, without a promise of the runtime and its ways in and out of
//! wasm.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Place where one side leaves the word, and the other waits for it.
pub struct Told<T>(Rc<RefCell<State<T>>>);

enum State<T> {
    /// Nothing came yet; the waker of the side that waits, if it does.
    Open(Option<Waker>),
    /// This came, or that nothing will come any more; until it is taken.
    Over(Option<T>),
}

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(State::Open(None))))
    }
}

impl<T> Clone for Told<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Told<T> {
    /// Leaves the word; `None` that there will be none. The first one counts.
    pub fn tell(&self, word: Option<T>) {
        let waker = match &mut *self.0.borrow_mut() {
            State::Over(_) => return,
            State::Open(waker) => waker.take(),
        };
        *self.0.borrow_mut() = State::Over(word);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for it.
    pub async fn heard(self) -> Option<T> {
        poll_fn(|context| match &mut *self.0.borrow_mut() {
            State::Over(word) => Poll::Ready(word.take()),
            State::Open(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}
