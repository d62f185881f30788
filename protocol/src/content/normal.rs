//! Normal forms of Unicode, in which spellings of one text are compared.
//!
//! A native program has the tables of a crate. In wasm they would add 57 KB to the compressed Worker, while the runtime has them as well. So
//! a wasm shell provides its function once, before anything else ([`lend`]; decision 0014). Unicode promises that the forms of assigned
//! characters never change. ASCII text is in every form already.

use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Nfc,
    Nfd,
    /// Decomposed, with one spelling for characters that differ only in appearance (`ﬁ`, `Ｍ`, `①`).
    Nfkd,
    /// The same, composed.
    Nfkc,
}

impl Form {
    /// Returns its name in JavaScript's `normalize`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nfc => "NFC",
            Self::Nfd => "NFD",
            Self::Nfkd => "NFKD",
            Self::Nfkc => "NFKC",
        }
    }
}

pub fn normal(text: &str, form: Form) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(ask(text, form)) }
}

/// Returns the letters and digits of a code as a person typed it, at most one more than it may have. Dashes of any kind, blanks, invisible
/// characters and the width of letters do not matter (`text.md` 9).
pub fn typed_code(text: &str, chars_max: usize) -> String {
    normal(text, Form::Nfkc).chars().filter(|c| c.is_alphanumeric()).take(chars_max + 1).collect()
}

#[cfg(not(target_family = "wasm"))]
fn ask(text: &str, form: Form) -> String {
    use unicode_normalization::UnicodeNormalization;
    match form {
        Form::Nfc => text.nfc().collect(),
        Form::Nfd => text.nfd().collect(),
        Form::Nfkd => text.nfkd().collect(),
        Form::Nfkc => text.nfkc().collect(),
    }
}

#[cfg(target_family = "wasm")]
fn ask(text: &str, form: Form) -> String {
    LENT.get()(text, form)
}

#[cfg(target_family = "wasm")]
static LENT: lent::ShellNormalizer = lent::ShellNormalizer::nothing();

/// Sets the function that normalizes a text: `String.prototype.normalize`, wrapped by the shell. The first one stays.
#[cfg(target_family = "wasm")]
pub fn lend(by: fn(&str, Form) -> String) {
    LENT.set(by);
}

#[cfg(any(test, target_family = "wasm"))]
mod lent {
    use std::sync::OnceLock;

    use super::Form;

    /// Place for the function of the shell.
    pub struct ShellNormalizer(OnceLock<fn(&str, Form) -> String>);

    impl ShellNormalizer {
        pub const fn nothing() -> Self {
            Self(OnceLock::new())
        }

        pub fn set(&self, by: fn(&str, Form) -> String) {
            // A second function is the same one, from a program that begins twice.
            let _ = self.0.set(by);
        }

        /// A shell without the function is a mistake in the program: look-alike names would silently count as different.
        pub fn get(&self) -> fn(&str, Form) -> String {
            *self.0.get().expect("no shell has lent protocol::normal its normal forms")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_unicode() {
        let all = |text| [Form::Nfd, Form::Nfkd, Form::Nfkc].map(|form| normal(text, form).into_owned());
        assert_eq!(all("Ａé\u{301}ﬁ①"), ["Ａe\u{301}\u{301}ﬁ①", "Ae\u{301}\u{301}fi1", "Aé\u{301}fi1"]);
        assert_eq!(all("한"), ["\u{1112}\u{1161}\u{11ab}", "\u{1112}\u{1161}\u{11ab}", "한"]);
        assert_eq!((normal("e\u{301}ﬁ", Form::Nfc).as_ref(), Form::Nfc.name()), ("éﬁ", "NFC"));
        assert_eq!([Form::Nfd, Form::Nfkd, Form::Nfkc].map(Form::name), ["NFD", "NFKD", "NFKC"]);
    }

    #[test]
    fn plain_text_is_nobodys_work() {
        let plain: String = (0..128).map(char::from).collect();
        for form in [Form::Nfc, Form::Nfd, Form::Nfkd, Form::Nfkc] {
            assert!(matches!(normal(&plain, form), Cow::Borrowed(same) if same == plain));
            assert_eq!(ask(&plain, form), plain);
        }
    }

    #[test]
    fn what_was_lent_is_asked() {
        let lent = lent::ShellNormalizer::nothing();
        lent.set(|text, form| format!("{text} {}", form.name()));
        lent.set(|_, _| String::new());
        assert_eq!(lent.get()("é", Form::Nfkc), "é NFKC");
    }

    #[test]
    #[should_panic(expected = "no shell has lent")]
    fn nothing_lent_is_no_silent_difference() {
        lent::ShellNormalizer::nothing().get();
    }
}
