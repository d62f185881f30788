//! Names that look alike: the form in which they are compared so that nobody can pose as somebody else (`text.md`).
//!
//! Unicode's data says which letters look alike (UTS #39). The Worker and the page need only letters that look like a plain letter or digit.
//! `look_alikes.txt` has them, and a test derives it from the full data.

use super::normal::{Form, normal};
use super::unseen::draws_nothing;

/// Table of look-alikes: in each line a plain text, a blank, and all characters that look like it.
const TABLE: &str = include_str!("look_alikes.txt");

/// Returns `name` in a form that is equal for all names that look alike: without case and invisible characters, and with one letter for each
/// group of look-alikes.
pub fn skeleton(name: &str) -> String {
    let drawn = seen(&normal(&seen(name), Form::Nfkc));
    // Look-alikes of capitals differ from those of small letters.
    let small = plain(&drawn).to_lowercase();
    let letters = plain(&small).to_lowercase();
    letters.replace("rn", "m").chars().map(one_of_a_kind).collect()
}

fn seen(text: &str) -> String {
    text.chars().filter(|character| !draws_nothing(*character)).collect()
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match looked_like(character) {
            Some(plain) => out.push_str(plain),
            None => out.push(character),
        }
    }
    out
}

/// Returns the plain letters that `character` looks like.
fn looked_like(character: char) -> Option<&'static str> {
    let mut lines = TABLE.lines().filter(|_| !character.is_ascii()).filter_map(|line| line.split_once(' '));
    lines.find(|(_, alike)| alike.contains(character)).map(|(plain, _)| plain)
}

/// Returns one character for all plain ones that look alike; `i` is one of them because of its capital.
fn one_of_a_kind(letter: char) -> char {
    match letter {
        'i' | '1' | '|' => 'l',
        '0' => 'o',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unicode_security::confusable_detection::skeleton as unicode_skeleton;

    use super::*;

    /// Returns the expected content of `look_alikes.txt`.
    fn made_anew() -> String {
        let mut lines: BTreeMap<String, String> = BTreeMap::new();
        for character in ('\u{80}'..=char::MAX).filter(|character| !draws_nothing(*character)) {
            let text = character.to_string();
            let plain: String = unicode_skeleton(&text).collect();
            // A character that NFKC makes plain needs no line.
            if normal(&text, Form::Nfkc) == text && plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                lines.entry(plain).or_default().push(character);
            }
        }
        lines.into_iter().map(|(plain, alike)| format!("{plain} {alike}\n")).collect()
    }

    /// `LOOK_ALIKES=write` writes the file.
    #[test]
    fn the_table_is_what_unicode_says() {
        let made = made_anew();
        if std::env::var("LOOK_ALIKES").is_ok_and(|how| how == "write") {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/look_alikes.txt"), &made).unwrap();
        }
        assert!(made == TABLE, "src/look_alikes.txt is not what the data says");
    }

    #[test]
    fn names_that_look_alike_compare_equal() {
        for (name, others) in [
            (
                "Jonas",
                &[
                    "jonas",
                    "J o n a s",
                    "Jo\u{2063}nas",
                    "Jo\u{ffa0}nas",
                    "Ｊｏｎａｓ",
                    "Јоnаѕ",
                    "J0nas",
                    "Jο\u{2800}nas",
                ][..],
            ),
            ("Mia", &["Міа", "Μia", "MIA", "Mіa", "M1a"]),
            ("Sol", &["SoI", "Sо1", "ЅоІ", "Ѕοӏ"]),
            ("Emil", &["Ernil", "Εmil", "EMIL"]),
            ("Nova", &["Νονа", "Noνa", "n o v a"]),
            ("Presenter", &["Pre\u{2063}senter", "Рrеѕеntеr", "PRESENTER"]),
        ] {
            for other in others {
                assert_eq!(skeleton(other), skeleton(name), "{other:?}");
            }
        }
    }

    #[test]
    fn names_that_look_different_stay_apart() {
        for (one, other) in
            [("Mia", "Mira"), ("Theo", "Thea"), ("Jas", "Jonas"), ("Мира", "Mira"), ("Mía", "Mia"), ("Lea", "Leah")]
        {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }
}
