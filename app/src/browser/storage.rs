//! Small texts of this device, in localStorage: they are available before the first paint, and shared by all people of the device.

use super::device::window;

/// Returns the text stored under `key`.
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Stores `value` under `key`. A browser that refuses stores nothing.
pub fn put(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Removes `key`.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

fn storage() -> Option<web_sys::Storage> {
    window()?.local_storage().ok()?
}
