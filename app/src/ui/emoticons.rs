//! Names of emoticons (`ux.md` 4.9). Accessible names are in the page's language; a search may use any language.

use protocol::content::emoticons::Emoticon;

use crate::i18n::{Locale, Texts, names};

/// Returns the accessible name of an emoticon.
pub fn emoticon_name(i18n: Texts, emoticon: &Emoticon) -> &'static str {
    name_in(i18n.locale(), emoticon)
}

/// Returns `true` if a name of the emoticon in any language, or one of its keys, contains `part`, which is in lower case. `lower` is the
/// browser's conversion to lower case.
pub fn is_called(emoticon: &Emoticon, part: &str, lower: impl Fn(&str) -> String) -> bool {
    let called = Locale::ALL.map(|locale| name_in(locale, emoticon));
    called.iter().chain(emoticon.keys).any(|name| lower(name).contains(part))
}

fn name_in(locale: Locale, emoticon: &Emoticon) -> &'static str {
    names::emoticon::find(emoticon.name()).map_or("", |name| locale.sought(name))
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;
    use protocol::codec::json::Value;
    use protocol::content::emoticons::EMOTICONS;

    use super::*;
    use crate::i18n::provide_i18n;

    #[test]
    fn every_emoticon_has_a_name_and_every_name_its_emoticon() {
        // All languages have the texts of the first one (`build.rs`).
        let texts = Value::parse(include_str!("../../locales/en.json")).unwrap();
        let texts = texts.get("emoticon").and_then(Value::as_object).unwrap();
        let mut named: Vec<&str> = texts.iter().map(|(name, _)| name.as_str()).collect();
        let mut drawn: Vec<&str> = EMOTICONS.iter().map(Emoticon::name).collect();
        named.sort_unstable();
        drawn.sort_unstable();
        assert_eq!(named, drawn);
        for locale in Locale::ALL {
            assert!(EMOTICONS.iter().all(|emoticon| !name_in(locale, emoticon).is_empty()), "{locale:?}");
        }
    }

    #[test]
    fn the_page_names_them_in_its_language() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::default());
        let coffee = EMOTICONS.iter().find(|emoticon| emoticon.key() == "(C)").unwrap();
        assert_eq!(emoticon_name(texts, coffee), "coffee");
        texts.set_locale(Locale::of("de"));
        assert_eq!(emoticon_name(texts, coffee), "Kaffee");
    }

    #[test]
    fn names_of_all_languages_and_keys_are_found() {
        let found = |part: &str| -> Vec<&str> {
            let found = EMOTICONS.iter().filter(|emoticon| is_called(emoticon, part, str::to_lowercase));
            found.map(Emoticon::name).collect()
        };
        assert_eq!(found("kaffee"), ["coffee"]);
        assert_eq!(found("rose"), ["rose", "wilted"]);
        assert_eq!(found("lächeln"), ["smile"]);
        assert_eq!(found("(palm"), ["facepalm"]);
        assert!(found("x-ray").is_empty());
        assert_eq!(found("").len(), EMOTICONS.len());
    }
}
