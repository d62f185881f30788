//! The 65 built-in emoticons: typed keys and drawings (`ux.md` 4.9).
//!
//! This file has the table, and finds the key at one position of a text. `spans` decides where in a message keys count. The text on the wire
//! stays as it was typed.

crate::words! {
    /// Tab of the picker.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Group {
        /// Moods.
        Faces = "faces",
        /// Hands, arms and hearts.
        Gestures = "gestures",
        /// Objects.
        Things = "things",
        /// Sky, animals and the sign.
        World = "world",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoticon {
    /// Id of the drawing in `/assets/emoticons.svg`.
    pub symbol: &'static str,
    pub group: Group,
    /// Texts that people type, in any case; the picker writes the first.
    pub keys: &'static [&'static str],
}

impl Emoticon {
    /// Returns the key that the picker writes.
    pub fn key(&self) -> &'static str {
        self.keys.first().copied().unwrap_or_default()
    }

    /// Returns the key of its name in the texts of every language.
    pub fn name(&self) -> &'static str {
        self.symbol.trim_start_matches("em-")
    }
}

/// Returns the emoticon with the longest key at the beginning of `text`, and the key's length in bytes.
pub fn at_start(text: &str) -> Option<(&'static Emoticon, usize)> {
    let begins = |key: &str| text.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key));
    let all = EMOTICONS.iter().flat_map(|emoticon| emoticon.keys.iter().map(move |key| (emoticon, *key)));
    all.filter(|(_, key)| begins(key)).max_by_key(|(_, key)| key.len()).map(|(emoticon, key)| (emoticon, key.len()))
}

const fn row(symbol: &'static str, group: Group, keys: &'static [&'static str]) -> Emoticon {
    Emoticon { symbol, group, keys }
}

use Group::{Faces, Gestures, Things, World};

/// All emoticons, in the order of the picker.
#[rustfmt::skip]
pub const EMOTICONS: [Emoticon; 65] = [
    row("em-smile", Faces, &[":)", ":-)"]),
    row("em-grin", Faces, &[":D", ":-D", ":>"]),
    row("em-wink", Faces, &[";)", ";-)"]),
    row("em-surprised", Faces, &[":O", ":-O"]),
    row("em-tongue", Faces, &[":P", ":-P"]),
    row("em-cool", Faces, &["(H)"]),
    row("em-cross", Faces, &[":@"]),
    row("em-blush", Faces, &[":$"]),
    row("em-confused", Faces, &[":S"]),
    row("em-sad", Faces, &[":("]),
    row("em-cry", Faces, &[":'("]),
    row("em-blank", Faces, &[":|"]),
    row("em-devil", Faces, &["(6)"]),
    row("em-angel", Faces, &["(A)"]),
    row("em-sealed", Faces, &[":#", ":-#"]),
    row("em-growl", Faces, &["8o|"]),
    row("em-nerd", Faces, &["8-|"]),
    row("em-wry", Faces, &["^o)"]),
    row("em-whisper", Faces, &[":-*"]),
    row("em-queasy", Faces, &["+o("]),
    row("em-puzzled", Faces, &[":^)"]),
    row("em-pondering", Faces, &["*-)"]),
    row("em-party", Faces, &["<:o)"]),
    row("em-eyeroll", Faces, &["8-)"]),
    row("em-sleepy", Faces, &["|-)"]),
    row("em-inlove", Faces, &["(inlove)"]),
    row("em-facepalm", Faces, &["(palm)"]),
    row("em-lol", Faces, &["(lol)"]),
    row("em-thumbup", Gestures, &["(Y)"]),
    row("em-thumbdown", Gestures, &["(N)"]),
    row("em-highfive", Gestures, &["(h5)"]),
    row("em-crossed", Gestures, &["(yn)"]),
    row("em-clap", Gestures, &["(clap)"]),
    row("em-wave", Gestures, &["(wave)"]),
    row("em-hugleft", Gestures, &["({)"]),
    row("em-hugright", Gestures, &["(})"]),
    row("em-heart", Gestures, &["(L)", "<3"]),
    row("em-broken", Gestures, &["(U)", "</3"]),
    row("em-lips", Gestures, &["(K)"]),
    row("em-spark", Gestures, &["(spark)"]),
    row("em-rose", Things, &["(F)"]),
    row("em-wilted", Things, &["(W)"]),
    row("em-gift", Things, &["(G)"]),
    row("em-cake", Things, &["(^)"]),
    row("em-coffee", Things, &["(C)"]),
    row("em-beer", Things, &["(B)"]),
    row("em-cocktail", Things, &["(D)"]),
    row("em-pizza", Things, &["(pi)"]),
    row("em-plate", Things, &["(pl)"]),
    row("em-bulb", Things, &["(I)"]),
    row("em-clock", Things, &["(O)"]),
    row("em-phone", Things, &["(T)"]),
    row("em-camera", Things, &["(P)"]),
    row("em-envelope", Things, &["(E)"]),
    row("em-note", Things, &["(8)"]),
    row("em-film", Things, &["(~)"]),
    row("em-star", World, &["(*)"]),
    row("em-moon", World, &["(S)"]),
    row("em-sun", World, &["(#)"]),
    row("em-rainbow", World, &["(R)"]),
    row("em-cloud", World, &["(st)"]),
    row("em-umbrella", World, &["(um)"]),
    row("em-cat", World, &["(@)"]),
    row("em-dog", World, &["(&)"]),
    row("em-brb", World, &["(brb)"]),
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
    fn the_longest_key_wins() {
        assert_eq!(at_start("</3 ").map(|(found, length)| (found.name(), length)), Some(("broken", 3)));
        assert_eq!(at_start("(LOL)!").map(|(found, length)| (found.name(), length)), Some(("lol", 5)));
        assert_eq!(at_start("(l)").map(|(found, _)| found.name()), Some("heart"));
        assert_eq!(at_start("(ö)"), None);
    }
}
