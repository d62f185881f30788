//! What the page started from, kept for a reload while there is no network or no server: the service worker then shows the
//! page of nobody, and the browser fills it with this. Written at each start, wiped when the session ends.

use protocol::json;
use protocol::presence::OFFLINE;

use crate::boot::Boot;
use crate::browser::storage;

const BOOT_KEY: &str = "cfm-boot";

/// Keeps what the page started from.
pub fn keep(boot: &Boot) {
    storage::put(BOOT_KEY, &json::write(boot));
}

/// The same person goes on in the session of this CSRF token.
pub fn go_on(csrf: &str) {
    let kept = storage::get(BOOT_KEY).and_then(|text| json::read::<Boot>(&text));
    if let Some(mut boot) = kept {
        csrf.clone_into(&mut boot.csrf);
        keep(&boot);
    }
}

/// What the last page of a session that has not ended started from. Who is there now is not known.
pub fn find() -> Option<Boot> {
    let mut boot: Boot = json::read(&storage::get(BOOT_KEY)?)?;
    for person in &mut boot.people {
        OFFLINE.clone_into(&mut person.status);
    }
    Some(boot)
}

/// Wipes it.
pub fn forget() {
    storage::remove(BOOT_KEY);
}
