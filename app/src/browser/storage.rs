//! Small texts of this device, in localStorage: they are available before the first paint, and shared by all people of the device. Those of
//! one tab are in sessionStorage.

use web_sys::Storage;

use super::device::window;

pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Stores `value` under `key`. A browser that refuses stores nothing.
pub fn put(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

pub fn tab_item(key: &str) -> Option<String> {
    of_tab()?.get_item(key).ok()?
}

/// Stores a text for this tab. A full storage drops it.
pub fn set_tab_item(key: &str, text: &str) {
    if let Some(storage) = of_tab() {
        let _ = storage.set_item(key, text);
    }
}

pub fn remove_tab_item(key: &str) {
    if let Some(storage) = of_tab() {
        let _ = storage.remove_item(key);
    }
}

fn of_tab() -> Option<Storage> {
    window()?.session_storage().ok()?
}
