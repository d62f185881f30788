//! Keyboard shortcuts and the person's changes to them (`ux.md` 2.4, WCAG 2.1.4). Each shortcut can be changed or switched off, except the
//! keys that write, send and close.
//!
//! Pure. A key press has a name: `Ctrl+`, `Alt+`, `Shift+`, `Meta+` and a key. The device stores the words of [`OwnKeys::write`], and the
//! page holds the same words, so that people without changes need no more code.

use protocol::codec::json;

protocol::words! {
    /// Action of a key.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum KeyAction {
        /// Searches people, rooms and messages.
        FindAll = "find-all",
        /// Searches this conversation.
        Find = "find",
        /// Opens the card of the focused person.
        Card = "card",
        /// Switches to the next theme.
        Theme = "theme",
        /// Opens the previous conversation.
        Previous = "previous",
        /// Opens the next conversation.
        Next = "next",
        /// Opens the previous unread conversation.
        PreviousUnread = "previous-unread",
        /// Opens the next unread conversation.
        NextUnread = "next-unread",
        /// Moves to the next region of the page.
        Region = "region",
        /// Moves to the previous region.
        RegionBack = "region-back",
        /// Edits the last own message.
        Edit = "edit",
        /// Opens the emoticons.
        Emoticons = "emoticons",
        /// Sends a nudge.
        Nudge = "nudge",
        /// Opens the winks.
        Winks = "winks",
        /// Locks the page.
        Lock = "lock",
        /// Opens the sheet of keys.
        Keys = "keys",
    }
}

impl KeyAction {
    /// Returns the usual key. On a Mac, Option types characters, and Command belongs to the browser's own keys.
    pub fn usual(self, is_mac: bool) -> &'static str {
        let (elsewhere, on_mac) = match self {
            Self::FindAll => ("Ctrl+K", "Meta+K"),
            Self::Find => ("Ctrl+F", "Meta+F"),
            Self::Theme => ("Alt+Shift+T", "Ctrl+Shift+T"),
            Self::Emoticons => ("Alt+Shift+E", "Ctrl+Shift+E"),
            Self::Nudge => ("Alt+Shift+N", "Ctrl+Shift+N"),
            Self::Winks => ("Alt+Shift+W", "Ctrl+Shift+W"),
            Self::Lock => ("Ctrl+Shift+L", "Ctrl+Shift+L"),
            Self::Card => ("Alt+Enter", "Alt+Enter"),
            Self::Previous => ("Alt+ArrowUp", "Alt+ArrowUp"),
            Self::Next => ("Alt+ArrowDown", "Alt+ArrowDown"),
            Self::PreviousUnread => ("Alt+Shift+ArrowUp", "Alt+Shift+ArrowUp"),
            Self::NextUnread => ("Alt+Shift+ArrowDown", "Alt+Shift+ArrowDown"),
            Self::Region => ("F6", "F6"),
            Self::RegionBack => ("Shift+F6", "Shift+F6"),
            Self::Edit => ("ArrowUp", "ArrowUp"),
            Self::Keys => ("?", "?"),
        };
        if is_mac { on_mac } else { elsewhere }
    }
}

/// Key press as the browser reports it.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyPress<'a> {
    /// Control is held.
    pub has_ctrl: bool,
    /// Alt is held, or Option.
    pub has_alt: bool,
    /// Shift is held.
    pub has_shift: bool,
    /// Command is held, or the system's key.
    pub has_meta: bool,
    /// Character of the key, or its name.
    pub key: &'a str,
    /// Position on the keyboard.
    pub code: &'a str,
}

impl KeyPress<'_> {
    /// Returns the name of the press; `None` while only modifiers are held.
    pub fn name(self) -> Option<String> {
        if matches!(self.key, "Control" | "Alt" | "AltGraph" | "Shift" | "Meta" | "Dead" | "Process" | "Unidentified") {
            return None;
        }
        let is_letter = |key: &str| key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        // Modifiers may change the character, and other alphabets have their own, so the position counts.
        let place = self.code.strip_prefix("Key").or_else(|| self.code.strip_prefix("Digit"));
        let key = match place {
            _ if is_letter(self.key) => self.key.to_ascii_uppercase(),
            Some(place) if self.has_ctrl || self.has_alt || self.has_meta => place.to_owned(),
            _ if self.key == " " => "Space".to_owned(),
            _ => self.key.to_owned(),
        };
        // Some symbols need Shift.
        let is_sign = key.chars().count() == 1 && !is_letter(&key);
        let held = [
            (self.has_ctrl, "Ctrl+"),
            (self.has_alt, "Alt+"),
            (self.has_shift && !is_sign, "Shift+"),
            (self.has_meta, "Meta+"),
        ];
        let held: String = held.into_iter().filter(|(is_held, _)| *is_held).map(|(_, name)| name).collect();
        Some(held + &key)
    }
}

/// Meaning of a key press for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMeaning {
    /// Its usual meaning.
    Itself,
    /// No meaning on this page; the browser may have one.
    Nothing,
    /// The action is done.
    Done,
    /// Meaning of another usual key.
    Like {
        /// Key whose meaning is used.
        usual: &'static str,
        /// Selector of the element that gets the press, if it is not the focused one.
        place: Option<&'static str>,
    },
}

/// Reason why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The key has another action.
    Taken(KeyAction),
    /// The browser, the system or a field needs it.
    Reserved,
    /// The key has no modifier and types a character.
    Alone,
}

/// Keys that write, send or close, and those that pages do not receive.
const RESERVED: [&str; 40] = [
    "Ctrl+A",
    "Ctrl+C",
    "Ctrl+V",
    "Ctrl+X",
    "Ctrl+Y",
    "Ctrl+Z",
    "Ctrl+Shift+Z",
    "Ctrl+Shift+V",
    "Ctrl+N",
    "Ctrl+T",
    "Ctrl+W",
    "Ctrl+R",
    "Ctrl+L",
    "Ctrl+P",
    "Ctrl+S",
    "Ctrl+Q",
    "Ctrl+Shift+N",
    "Ctrl+Shift+T",
    "Ctrl+Shift+W",
    "Ctrl+Shift+R",
    "Ctrl+Enter",
    "Ctrl+Tab",
    "Ctrl+Shift+Tab",
    "Ctrl+Backspace",
    "Ctrl+Delete",
    "Ctrl+Home",
    "Ctrl+End",
    "Ctrl+ArrowLeft",
    "Ctrl+ArrowRight",
    "Ctrl+Shift+ArrowLeft",
    "Ctrl+Shift+ArrowRight",
    "Alt+Space",
    "Alt+Tab",
    "Alt+F4",
    "Alt+ArrowLeft",
    "Alt+ArrowRight",
    "Ctrl+Alt+T",
    "F5",
    "F11",
    "F12",
];

/// Returns `true` if the browser, the system or a field needs the key.
fn is_reserved(name: &str) -> bool {
    // Command on a Mac stands for Control elsewhere.
    let name = name.strip_prefix("Meta+").map_or_else(|| name.to_owned(), |rest| format!("Ctrl+{rest}"));
    let digit = name.strip_prefix("Ctrl+").is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit());
    // Many keyboards type symbols with Control and Alt.
    let is_sign = name.strip_prefix("Ctrl+Alt+").is_some_and(|rest| {
        let mut letters = rest.chars();
        letters.next().is_some_and(|letter| !letter.is_ascii_alphanumeric()) && letters.next().is_none()
    });
    digit || is_sign || RESERVED.contains(&name.as_str())
}

/// Returns `true` if the key types nothing: it has Control, Alt or Command, or is a function key.
fn is_apart(name: &str) -> bool {
    let last = name.rsplit('+').next().unwrap_or_default();
    let is_function = last.strip_prefix('F').is_some_and(|number| number.parse::<u8>().is_ok());
    is_function || ["Ctrl+", "Alt+", "Meta+"].iter().any(|held| name.contains(held))
}

/// The person's changes. An empty name is a key that was switched off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnKeys(Vec<OwnKey>);

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct OwnKey {
        action: String = "deed",
        key: String = "key",
    }
}

impl OwnKeys {
    /// Parses the stored words. Unreadable and refused changes are dropped.
    pub fn read(words: &str, is_mac: bool) -> Self {
        let stored = json::read::<Vec<OwnKey>>(words).unwrap_or_default();
        let mut all = Self::default();
        for OwnKey { action, key } in stored {
            let action = KeyAction::parse(&action);
            let may_be = key.is_empty() || is_apart(&key) && !is_reserved(&key);
            if let Some(action) = action.filter(|_| may_be) {
                all.put(action, key);
            }
        }
        // Keys may have been swapped, so duplicates are checked after all changes are read.
        let is_twice = |all: &Self, action: KeyAction| {
            let key = all.key_of(action, is_mac);
            key.is_some() && KeyAction::ALL.into_iter().any(|other| other != action && all.key_of(other, is_mac) == key)
        };
        while let Some(action) =
            KeyAction::ALL.into_iter().find(|action| all.is_own(*action) && is_twice(&all, *action))
        {
            all.forget(action);
        }
        all
    }

    /// Returns the words to store; empty without changes.
    pub fn write(&self) -> String {
        if self.0.is_empty() { String::new() } else { json::write(&self.0) }
    }

    /// Returns `true` if there are no changes.
    pub fn are_usual(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the key of an action; `None` if it is switched off.
    pub fn key_of(&self, action: KeyAction, is_mac: bool) -> Option<&str> {
        let own = self.0.iter().find(|own| own.action == action.as_str()).map(|own| own.key.as_str());
        Some(own.unwrap_or(action.usual(is_mac))).filter(|key| !key.is_empty())
    }

    /// Returns the action whose usual key on any system is `key`, although the action has another key or none.
    pub fn was_of(&self, key: &str) -> Option<KeyAction> {
        let is_usual = |action: &KeyAction| [false, true].into_iter().any(|is_mac| action.usual(is_mac) == key);
        KeyAction::ALL.into_iter().find(|action| self.is_own(*action) && is_usual(action))
    }

    /// Returns the action of a key.
    pub fn action_of(&self, key: &str, is_mac: bool) -> Option<KeyAction> {
        KeyAction::ALL.into_iter().find(|action| self.key_of(*action, is_mac) == Some(key))
    }

    /// Returns `true` if an action has a changed key, or none.
    pub fn is_own(&self, action: KeyAction) -> bool {
        self.0.iter().any(|own| own.action == action.as_str())
    }

    /// Sets the key of an action.
    pub fn choose(&mut self, action: KeyAction, key: &str, is_mac: bool) -> Result<(), KeyRefusal> {
        let is_usual = key == action.usual(is_mac);
        match self.action_of(key, is_mac) {
            Some(other) if other != action => return Err(KeyRefusal::Taken(other)),
            _ if !is_usual && !is_apart(key) => return Err(KeyRefusal::Alone),
            _ if !is_usual && is_reserved(key) => return Err(KeyRefusal::Reserved),
            _ => {}
        }
        if is_usual {
            self.forget(action);
        } else {
            self.put(action, key.to_owned());
        }
        Ok(())
    }

    /// Switches the keys of an action off.
    pub fn switch_off(&mut self, action: KeyAction) {
        self.put(action, String::new());
    }

    fn put(&mut self, action: KeyAction, key: String) {
        self.forget(action);
        self.0.push(OwnKey { action: action.as_str().to_owned(), key });
    }

    fn forget(&mut self, action: KeyAction) {
        self.0.retain(|own| own.action != action.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(held: &str, key: &str, code: &str) -> Option<String> {
        let [has_ctrl, has_alt, has_shift, has_meta] = ['c', 'a', 's', 'm'].map(|letter| held.contains(letter));
        KeyPress { has_ctrl, has_alt, has_shift, has_meta, key, code }.name()
    }

    #[test]
    fn a_press_has_the_name_of_what_is_held_and_of_the_key() {
        assert_eq!(name("as", "N", "KeyN").as_deref(), Some("Alt+Shift+N"));
        assert_eq!(name("c", "k", "KeyK").as_deref(), Some("Ctrl+K"));
        assert_eq!(name("s", "F6", "F6").as_deref(), Some("Shift+F6"));
        assert_eq!(name("s", "?", "Slash").as_deref(), Some("?"));
        assert_eq!(name("", " ", "Space").as_deref(), Some("Space"));
        // Option and other alphabets write other characters, so the position counts; a Latin keyboard with another layout means its own
        // letters.
        assert_eq!(name("as", "\u{2dc}", "KeyN").as_deref(), Some("Alt+Shift+N"));
        assert_eq!(name("c", "\u{43b}", "KeyK").as_deref(), Some("Ctrl+K"));
        assert_eq!(name("c", "z", "KeyY").as_deref(), Some("Ctrl+Z"));
        assert_eq!(name("as", "!", "Digit1").as_deref(), Some("Alt+Shift+1"));
        assert_eq!((name("c", "Control", "ControlLeft"), name("", "Dead", "Equal")), (None, None));
    }

    #[test]
    fn usual_keys_are_different_and_could_be_chosen() {
        for is_mac in [false, true] {
            for action in KeyAction::ALL {
                let key = action.usual(is_mac);
                assert_eq!(OwnKeys::default().action_of(key, is_mac), Some(action), "{key}");
                assert_eq!(OwnKeys::default().choose(action, key, is_mac), Ok(()), "{key}");
            }
        }
    }

    #[test]
    fn a_key_does_one_thing_and_never_what_writes() {
        let mut keys = OwnKeys::default();
        assert_eq!(keys.choose(KeyAction::Nudge, "Alt+Shift+W", false), Err(KeyRefusal::Taken(KeyAction::Winks)));
        for key in ["Q", "Shift+Q", "?", "Enter", "Shift+Enter", "Escape", "Tab", "ArrowDown", "Shift+\u{e9}"] {
            assert!(
                matches!(keys.choose(KeyAction::Nudge, key, false), Err(KeyRefusal::Alone | KeyRefusal::Taken(_))),
                "{key}"
            );
        }
        for key in ["Ctrl+C", "Meta+C", "Ctrl+W", "Ctrl+5", "Ctrl+Enter", "Ctrl+Alt+@", "Alt+F4", "F5"] {
            assert_eq!(keys.choose(KeyAction::Nudge, key, false), Err(KeyRefusal::Reserved), "{key}");
        }
        assert!(keys.are_usual());
        assert_eq!(keys.choose(KeyAction::Nudge, "Alt+Shift+Q", false), Ok(()));
        assert_eq!(keys.action_of("Alt+Shift+Q", false), Some(KeyAction::Nudge));
        assert_eq!(keys.action_of("Alt+Shift+N", false), None);
        // Its former key is free for other actions.
        assert_eq!(keys.choose(KeyAction::Winks, "Alt+Shift+N", false), Ok(()));
        assert_eq!(keys.choose(KeyAction::Nudge, "Alt+Shift+N", false), Err(KeyRefusal::Taken(KeyAction::Winks)));
        for key in ["F2", "Ctrl+Alt+Q", "Alt+Shift+\u{fc}", "Meta+J"] {
            assert_eq!(keys.choose(KeyAction::Theme, key, false), Ok(()), "{key}");
        }
    }

    #[test]
    fn what_is_stored_reads_back_in_any_order() {
        let mut keys = OwnKeys::default();
        keys.choose(KeyAction::Nudge, "Alt+Shift+Q", false).unwrap();
        keys.choose(KeyAction::Winks, "Alt+Shift+N", false).unwrap();
        keys.choose(KeyAction::Emoticons, "Alt+Shift+W", false).unwrap();
        keys.switch_off(KeyAction::Keys);
        let words = keys.write();
        let read = OwnKeys::read(&words, false);
        for action in KeyAction::ALL {
            assert_eq!(read.key_of(action, false), keys.key_of(action, false), "{action:?}");
        }
        assert_eq!(read.key_of(KeyAction::Keys, false), None);
        assert_eq!((read.was_of("Alt+Shift+N"), read.was_of("Ctrl+K")), (Some(KeyAction::Nudge), None));
        // Two keys are swapped by way of a third.
        let mut swapped = OwnKeys::default();
        swapped.choose(KeyAction::FindAll, "F2", false).unwrap();
        swapped.choose(KeyAction::Find, "Ctrl+K", false).unwrap();
        swapped.choose(KeyAction::FindAll, "Ctrl+F", false).unwrap();
        let swapped = OwnKeys::read(&swapped.write(), false);
        assert_eq!(
            (swapped.action_of("Ctrl+K", false), swapped.action_of("Ctrl+F", false)),
            (Some(KeyAction::Find), Some(KeyAction::FindAll))
        );
        // The usual key is restored, and not stored.
        keys.choose(KeyAction::Emoticons, "Alt+Shift+E", false).unwrap();
        keys.choose(KeyAction::Winks, "Alt+Shift+W", false).unwrap();
        keys.choose(KeyAction::Nudge, "Alt+Shift+N", false).unwrap();
        keys.choose(KeyAction::Keys, "?", false).unwrap();
        assert_eq!(keys.write(), "");
    }

    #[test]
    fn what_cannot_be_used_was_not_chosen() {
        let twice = "[{\"deed\":\"nudge\",\"key\":\"F2\"},{\"deed\":\"winks\",\"key\":\"F2\"}]";
        assert_eq!(OwnKeys::read(twice, false).action_of("F2", false), Some(KeyAction::Winks));
        for words in ["", "nonsense", "[{\"deed\":\"fly\",\"key\":\"F2\"}]", "[{\"deed\":\"nudge\",\"key\":\"N\"}]"] {
            assert!(OwnKeys::read(words, false).are_usual(), "{words}");
        }
    }
}
