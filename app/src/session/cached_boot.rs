//! State that the page started from, cached for a reload while there is no network or no server: the service worker then shows the
//! page of nobody, and the browser fills it with this. Written at each start, wiped when the session ends.

use protocol::codec::json;
use protocol::words::status::OFFLINE;

use crate::boot::Boot;
use crate::browser::storage;

const BOOT_KEY: &str = "cfm-boot";

/// Saves what the page started from.
pub fn save(boot: &Boot) {
    storage::put(BOOT_KEY, &json::write(boot));
}

/// Goes on in the session of this CSRF token, where the saved state is `person`'s.
pub fn go_on(person: &str, csrf: &str) {
    if let Some(mut boot) = load_of(person) {
        csrf.clone_into(&mut boot.csrf);
        save(&boot);
    }
}

fn load() -> Option<Boot> {
    json::read(&storage::get(BOOT_KEY)?)
}

fn load_of(person: &str) -> Option<Boot> {
    let boot = load()?;
    boot.user.as_ref().is_some_and(|user| user.id == person).then_some(boot)
}

/// Wipes the saved state of `person`. What the page of somebody else started from stays.
pub fn forget_of(person: &str) {
    if load_of(person).is_some() {
        forget();
    }
}

/// Returns the state from which the last page of a session that has not ended started. Everybody is offline in it: who is there is not known.
pub fn find() -> Option<Boot> {
    let mut boot = load()?;
    for person in &mut boot.people {
        OFFLINE.clone_into(&mut person.status);
    }
    Some(boot)
}

/// Wipes it.
pub fn forget() {
    storage::remove(BOOT_KEY);
}
