//! The 65 emoticons: keys that people type, drawings that they see (`ux.md` 4.9).
//!
//! Responsible for the table and for finding the key at one place of a text. Where in a message keys count at all is decided
//! in `spans`. The text on the wire always stays as it was typed.

/// Tab of the picker an emoticon is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Moods.
    Faces,
    /// Hands, arms and hearts.
    Gestures,
    /// Objects.
    Things,
    /// Sky, animals and the sign.
    World,
}

impl Group {
    /// All groups in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Faces, Self::Gestures, Self::Things, Self::World];

    /// Its word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Faces => "faces",
            Self::Gestures => "gestures",
            Self::Things => "things",
            Self::World => "world",
        }
    }
}

/// One emoticon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoticon {
    /// Id of the drawing in `/assets/emoticons.svg`.
    pub symbol: &'static str,
    /// Tab of the picker.
    pub group: Group,
    /// Texts that people type, in any case; the picker writes the first.
    pub keys: &'static [&'static str],
    /// English name.
    pub en: &'static str,
    /// German name.
    pub de: &'static str,
}

impl Emoticon {
    /// The key that the picker writes.
    pub fn key(&self) -> &'static str {
        self.keys.first().copied().unwrap_or_default()
    }

    /// Returns `true` when `part`, in small letters, stands in its name in either language or in one of its keys. `lower` makes letters
    /// small: the browser has its own tables for that.
    pub fn is_called(&self, part: &str, lower: impl Fn(&str) -> String) -> bool {
        let holds_name = self.en.contains(part) || lower(self.de).contains(part);
        holds_name || self.keys.iter().any(|key| lower(key).contains(part))
    }
}

/// The longest key that `text` begins with, and its length in bytes.
pub fn at_start(text: &str) -> Option<(&'static Emoticon, usize)> {
    let begins = |key: &str| text.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key));
    let all = EMOTICONS.iter().flat_map(|emoticon| emoticon.keys.iter().map(move |key| (emoticon, *key)));
    all.filter(|(_, key)| begins(key)).max_by_key(|(_, key)| key.len()).map(|(emoticon, key)| (emoticon, key.len()))
}

const fn row(
    symbol: &'static str,
    group: Group,
    keys: &'static [&'static str],
    en: &'static str,
    de: &'static str,
) -> Emoticon {
    Emoticon { symbol, group, keys, en, de }
}

use Group::{Faces, Gestures, Things, World};

/// All emoticons, in the order of the picker.
#[rustfmt::skip]
pub const EMOTICONS: [Emoticon; 65] = [
    row("em-smile", Faces, &[":)", ":-)"], "smile", "Lächeln"),
    row("em-grin", Faces, &[":D", ":-D", ":>"], "grin", "Grinsen"),
    row("em-wink", Faces, &[";)", ";-)"], "wink", "Zwinkern"),
    row("em-surprised", Faces, &[":O", ":-O"], "surprised", "überrascht"),
    row("em-tongue", Faces, &[":P", ":-P"], "tongue out", "Zunge raus"),
    row("em-cool", Faces, &["(H)"], "cool", "cool"),
    row("em-cross", Faces, &[":@"], "cross", "sauer"),
    row("em-blush", Faces, &[":$"], "blushing", "verlegen"),
    row("em-confused", Faces, &[":S"], "confused", "verwirrt"),
    row("em-sad", Faces, &[":("], "sad", "traurig"),
    row("em-cry", Faces, &[":'("], "crying", "weinend"),
    row("em-blank", Faces, &[":|"], "blank", "sprachlos"),
    row("em-devil", Faces, &["(6)"], "devil", "Teufel"),
    row("em-angel", Faces, &["(A)"], "angel", "Engel"),
    row("em-sealed", Faces, &[":#", ":-#"], "sealed lips", "verschwiegen"),
    row("em-growl", Faces, &["8o|"], "growling", "knurrend"),
    row("em-nerd", Faces, &["8-|"], "nerd", "Streber"),
    row("em-wry", Faces, &["^o)"], "wry", "skeptisch"),
    row("em-whisper", Faces, &[":-*"], "whispering", "flüsternd"),
    row("em-queasy", Faces, &["+o("], "queasy", "mulmig"),
    row("em-puzzled", Faces, &[":^)"], "puzzled", "ratlos"),
    row("em-pondering", Faces, &["*-)"], "pondering", "grübelnd"),
    row("em-party", Faces, &["<:o)"], "party", "Feier"),
    row("em-eyeroll", Faces, &["8-)"], "eye roll", "Augenrollen"),
    row("em-sleepy", Faces, &["|-)"], "sleepy", "müde"),
    row("em-inlove", Faces, &["(inlove)"], "love-struck", "verliebt"),
    row("em-facepalm", Faces, &["(palm)"], "facepalm", "Hand vors Gesicht"),
    row("em-lol", Faces, &["(lol)"], "laughing tears", "Lachtränen"),
    row("em-thumbup", Gestures, &["(Y)"], "thumb up", "Daumen hoch"),
    row("em-thumbdown", Gestures, &["(N)"], "thumb down", "Daumen runter"),
    row("em-highfive", Gestures, &["(h5)"], "high five", "Abklatschen"),
    row("em-crossed", Gestures, &["(yn)"], "fingers crossed", "Daumen gedrückt"),
    row("em-clap", Gestures, &["(clap)"], "clapping", "Applaus"),
    row("em-wave", Gestures, &["(wave)"], "waving", "Winken"),
    row("em-hugleft", Gestures, &["({)"], "hug from the left", "Umarmung links"),
    row("em-hugright", Gestures, &["(})"], "hug from the right", "Umarmung rechts"),
    row("em-heart", Gestures, &["(L)", "<3"], "heart", "Herz"),
    row("em-broken", Gestures, &["(U)", "</3"], "broken heart", "gebrochenes Herz"),
    row("em-lips", Gestures, &["(K)"], "lips", "Kussmund"),
    row("em-spark", Gestures, &["(spark)"], "spark", "Funke"),
    row("em-rose", Things, &["(F)"], "rose", "Rose"),
    row("em-wilted", Things, &["(W)"], "wilted rose", "welke Rose"),
    row("em-gift", Things, &["(G)"], "gift", "Geschenk"),
    row("em-cake", Things, &["(^)"], "cake", "Kuchen"),
    row("em-coffee", Things, &["(C)"], "coffee", "Kaffee"),
    row("em-beer", Things, &["(B)"], "beer", "Bier"),
    row("em-cocktail", Things, &["(D)"], "cocktail", "Cocktail"),
    row("em-pizza", Things, &["(pi)"], "pizza", "Pizza"),
    row("em-plate", Things, &["(pl)"], "plate", "Teller"),
    row("em-bulb", Things, &["(I)"], "light bulb", "Glühbirne"),
    row("em-clock", Things, &["(O)"], "clock", "Uhr"),
    row("em-phone", Things, &["(T)"], "phone", "Telefon"),
    row("em-camera", Things, &["(P)"], "camera", "Kamera"),
    row("em-envelope", Things, &["(E)"], "envelope", "Brief"),
    row("em-note", Things, &["(8)"], "music note", "Note"),
    row("em-film", Things, &["(~)"], "film", "Film"),
    row("em-star", World, &["(*)"], "star", "Stern"),
    row("em-moon", World, &["(S)"], "moon", "Mond"),
    row("em-sun", World, &["(#)"], "sun", "Sonne"),
    row("em-rainbow", World, &["(R)"], "rainbow", "Regenbogen"),
    row("em-cloud", World, &["(st)"], "cloud", "Wolke"),
    row("em-umbrella", World, &["(um)"], "umbrella", "Regenschirm"),
    row("em-cat", World, &["(@)"], "cat", "Katze"),
    row("em-dog", World, &["(&)"], "dog", "Hund"),
    row("em-brb", World, &["(brb)"], "be right back", "gleich zurück"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<String> =
            EMOTICONS.iter().flat_map(|emoticon| emoticon.keys.iter().map(|key| key.to_ascii_lowercase())).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn names_of_both_languages_and_keys_are_found() {
        let found = |part: &str| -> Vec<&str> {
            EMOTICONS
                .iter()
                .filter(|emoticon| emoticon.is_called(part, str::to_lowercase))
                .map(|emoticon| emoticon.en)
                .collect()
        };
        assert_eq!(found("kaffee"), ["coffee"]);
        assert_eq!(found("rose"), ["rose", "wilted rose"]);
        assert_eq!(found("lächeln"), ["smile"]);
        assert_eq!(found("(palm"), ["facepalm"]);
        assert!(found("x-ray").is_empty());
        assert_eq!(found("").len(), EMOTICONS.len());
    }

    #[test]
    fn names_are_in_the_letters_they_are_looked_for() {
        assert!(EMOTICONS.iter().all(|emoticon| emoticon.en == emoticon.en.to_lowercase()));
    }

    #[test]
    fn the_longest_key_wins() {
        assert_eq!(at_start("</3 ").map(|(found, length)| (found.en, length)), Some(("broken heart", 3)));
        assert_eq!(at_start("(LOL)!").map(|(found, length)| (found.en, length)), Some(("laughing tears", 5)));
        assert_eq!(at_start("(l)").map(|(found, _)| found.en), Some("heart"));
        assert_eq!(at_start("(ö)"), None);
    }
}
