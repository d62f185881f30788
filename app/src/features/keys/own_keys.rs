//! The person's shortcuts (`crate::keys`): they are stored on this device, shown in the words of the keyboard, and translated before other
//! listeners get the key.

use crate::browser::{own_keys, storage};
use crate::keys::{KeyAction, KeyMeaning, KeyPress, OwnKeys};
use crate::prelude::*;
use crate::store::arrangement::ListDialog;

/// Key in localStorage.
const STORAGE_KEY: &str = "cfm-keys";
/// Field of the composer, and the same field while it is empty.
const EDITOR: &str = ".editor";
const EMPTY_EDITOR: &str = ".editor:placeholder-shown";
/// Rows that the arrow key in the field moves to, if it edits no message.
const ROWS: &str = ".log-list > [tabindex]";

/// Loads the stored keys, and stores every change from now on. Call it once.
pub fn persist_own_keys(session: Session) {
    let words = session.home.own_keys;
    words.set(storage::get(STORAGE_KEY).unwrap_or_default());
    Effect::new(move |_| {
        words.with(
            |words| if words.is_empty() { storage::remove(STORAGE_KEY) } else { storage::put(STORAGE_KEY, words) },
        );
    });
    let keys = Memo::new(move |_| own_keys_of(session));
    own_keys::translate(move |press| {
        // The session can end by a sign-out while the page lives on.
        keys.try_with_untracked(|keys| meaning(session, keys, press)).unwrap_or(KeyMeaning::Itself)
    });
}

/// Returns the keys of the person. Reactive.
pub fn own_keys_of(session: Session) -> OwnKeys {
    session.home.own_keys.with(|words| OwnKeys::read(words, dom::is_mac()))
}

fn meaning(session: Session, keys: &OwnKeys, press: KeyPress<'_>) -> KeyMeaning {
    let (Some(name), false) = (press.name(), keys.are_usual()) else { return KeyMeaning::Itself };
    let is_mac = dom::is_mac();
    let action = keys.action_of(&name, is_mac);
    match action.filter(|action| keys.is_own(*action)) {
        // The usual key types a character, so it works in the list and in logs only.
        Some(KeyAction::Keys) => {
            if !dom::is_dialog_open() {
                session.list_dialog.set(ListDialog::Keys);
            }
            return KeyMeaning::Done;
        }
        Some(action) => {
            return KeyMeaning::Like {
                usual: action.usual(is_mac),
                place: (action == KeyAction::Edit).then_some(EDITOR),
            };
        }
        None if action.is_some() => return KeyMeaning::Itself,
        None => {}
    }
    // Some keys are identified by their position on the keyboard.
    let by_place = KeyPress { key: "", ..press }.name();
    match keys.was_of(&name).or_else(|| keys.was_of(&by_place?)) {
        // In an empty field with nothing to edit, the arrow moves into the log.
        Some(KeyAction::Edit) if dom::is_focus_in(EMPTY_EDITOR) => {
            dom::focus_last(ROWS);
            KeyMeaning::Done
        }
        Some(KeyAction::Edit) | None => KeyMeaning::Itself,
        Some(_) => KeyMeaning::Nothing,
    }
}

/// Returns the name of a key on the person's keyboard.
pub fn key_words(i18n: Texts, key: &str) -> String {
    let signs = [("ArrowUp", "↑"), ("ArrowDown", "↓"), ("ArrowLeft", "←"), ("ArrowRight", "→"), ("Space", "␣")];
    let key = signs.iter().fold(key.to_owned(), |key, (name, sign)| key.replace(name, sign));
    let key = if dom::is_mac() { key.replace("Meta+", "⌘") } else { key };
    key.replace("Ctrl", t_string!(i18n, keys.control))
        .replace("Shift", t_string!(i18n, keys.shift))
        .replace("Enter", t_string!(i18n, keys.enter))
        .replace("Escape", t_string!(i18n, keys.escape))
}
