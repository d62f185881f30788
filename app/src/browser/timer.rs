//! Timer that can be set again and again; the session has a single one for everything that is due.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::device::window;

/// A timer; dropping it stops it.
#[derive(Default)]
pub struct Timer {
    /// The browser's number of the timeout, and its callback.
    timeout: Option<(i32, Closure<dyn FnMut()>)>,
}

const WAIT_MS_MAX: u64 = i32::MAX as u64;

impl Timer {
    /// Calls `on_time` after `wait_ms`, and cancels any earlier setting.
    pub fn set(&mut self, wait_ms: u64, on_time: impl FnOnce() + 'static) {
        self.clear();
        let Some(window) = window() else { return };
        let callback = Closure::once(on_time);
        let wait_ms = wait_ms.min(WAIT_MS_MAX) as i32;
        let function = callback.as_ref().unchecked_ref();
        if let Ok(number) = window.set_timeout_with_callback_and_timeout_and_arguments_0(function, wait_ms) {
            self.timeout = Some((number, callback));
        }
    }

    pub fn clear(&mut self) {
        if let (Some((number, _)), Some(window)) = (self.timeout.take(), window()) {
            window.clear_timeout_with_handle(number);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.clear();
    }
}

pub async fn wait(wait_ms: u32) {
    let Some(window) = window() else { return };
    let waited = Promise::new(&mut |resolve, _| {
        // Without a timeout the wait would never end; a window always has one.
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, wait_ms as i32);
    });
    let _ = JsFuture::from(waited).await;
}

/// Waits until the changes of this turn are painted, and deferred work of this turn is done.
pub async fn paint() {
    let Some(window) = window() else { return };
    let painted = Promise::new(&mut |resolve, _| {
        // As in `wait`.
        let _ = window.request_animation_frame(&resolve);
    });
    let _ = JsFuture::from(painted).await;
}
