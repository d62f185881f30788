//! Cached boot state for a reload without a network or server: the service worker then shows the page without a session, and the browser
//! fills it from this cache. It is written at each start, and wiped when the session ends.

use protocol::codec::json;
use protocol::words::status::OFFLINE;

use crate::boot::{Boot, BootRoom};
use crate::browser::storage;
use crate::store::groups::is_group;

const BOOT_KEY: &str = "cfm-boot";

pub fn save(boot: &Boot) {
    storage::put(BOOT_KEY, &json::write(boot));
}

/// Stores the CSRF token of the next session, if the state is `person`'s.
pub fn go_on(person: &str, csrf: &str) {
    if let Some(mut boot) = load_of(person) {
        csrf.clone_into(&mut boot.csrf);
        save(&boot);
    }
}

/// Puts the groups of `person` into the stored state, which begins with the public rooms alone.
pub fn keep_groups(person: &str, groups: Vec<BootRoom>) {
    if let Some(mut boot) = load_of(person) {
        boot.rooms.retain(|room| !is_group(&room.id));
        boot.rooms.extend(groups);
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

/// Wipes the stored state of `person`. The state of another person stays.
pub fn forget_of(person: &str) {
    if load_of(person).is_some() {
        forget();
    }
}

/// Returns the boot state of the last page whose session has not ended. All people are offline in it, because their presence is unknown.
pub fn find() -> Option<Boot> {
    let mut boot = load()?;
    for person in &mut boot.people {
        OFFLINE.clone_into(&mut person.status);
    }
    Some(boot)
}

pub fn forget() {
    storage::remove(BOOT_KEY);
}
