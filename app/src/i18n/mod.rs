//! Texts of the page in its language: `t_string!(i18n, list.contacts)`, and with members `t_string!(i18n, list.unread, count = 3)`.
//!
//! `build.rs` generates the languages, their tables and the names of texts out of `locales`; a wrong name does not compile. All texts go
//! through the two functions of [`Texts`], because every use adds to the size of the page.
//!
//! The first language is part of the page; its lazy texts are in the chunk `home`. Every other language has its own chunk (`fetched`).

#[cfg(feature = "hydrate")]
mod fetched;
#[cfg(not(feature = "hydrate"))]
#[path = "fetched_ssr.rs"]
mod fetched;
mod tables;

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::OnceLock;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::words::language::{LANGUAGES, Language};

use self::fetched::fetched_language;
use self::tables::{
    DEMO, DEMO_FIRST, LAZY, LAZY_FIRST, PAGE, SERVER, SERVER_FIRST, SOUGHT, SOUGHT_FIRST, Table, Words,
};
use crate::appearance::Appearance;
use crate::view::bindings;

include!(concat!(env!("OUT_DIR"), "/i18n_languages.rs"));

/// Names of all texts.
#[allow(non_upper_case_globals)]
pub mod names {
    include!(concat!(env!("OUT_DIR"), "/i18n_names.rs"));
}

/// Makes the type of the page's languages out of the list, and a module for each language with a chunk.
macro_rules! locale {
    ($first:ident $first_name:literal; $($locale:ident $name:literal = $module:ident($page:ident, $lazy:ident);)*) => {
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum Locale {
            #[doc = $first_name]
            #[default]
            $first,
            $(#[doc = $name] $locale,)*
        }

        impl Locale {
            /// All languages, in the order in which people see them.
            pub const ALL: [Self; LANGUAGES.len()] = [Self::$first, $(Self::$locale),*];

            /// Returns the texts of the chunk; `None` until it is loaded. The first language has no chunk.
            fn fetched(self) -> Option<Words> {
                match self {
                    Self::$first => None,
                    $(Self::$locale => $module::here(),)*
                }
            }

            /// Loads the chunk.
            async fn load(self) {
                match self {
                    Self::$first => {}
                    $(Self::$locale => $module::fetch().await,)*
                }
            }
        }

        $(fetched_language!($module, $page, $lazy);)*
    };
}
with_languages!(locale);

impl Locale {
    /// Returns the locale of a language tag, or the first locale if the language has no texts.
    pub fn of(tag: &str) -> Self {
        Self::ALL.into_iter().find(|locale| locale.as_str() == tag).unwrap_or_default()
    }

    pub fn others(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |other| *other != self)
    }

    fn language(self) -> &'static Language {
        &LANGUAGES[self as usize]
    }

    /// Returns the language tag.
    pub fn as_str(self) -> &'static str {
        self.language().tag
    }

    /// Returns the tag in whose way dates and times are written.
    pub fn dates(self) -> &'static str {
        self.language().dates
    }

    /// Returns the language's own name.
    pub fn name(self) -> &'static str {
        self.language().name
    }

    /// Returns the texts, or those of the first language until the chunk is loaded.
    fn words(self) -> Words {
        let first = || Words { page: PAGE, lazy: LAZY_HERE.get().copied().unwrap_or(Table::EMPTY) };
        self.fetched().unwrap_or_else(first)
    }

    /// Returns the language of its [`Self::words`].
    fn spoken(self) -> Self {
        if self.is_here() { self } else { Self::default() }
    }

    /// Returns `true` if the texts of the language are loaded.
    pub fn is_here(self) -> bool {
        self == Self::default() || self.fetched().is_some()
    }

    /// Loads the chunk of the texts, if there is one that is not loaded.
    pub async fn fetch(self) {
        if !self.is_here() {
            self.load().await;
        }
    }

    /// Returns a name in this language for a search in all languages. Each chunk that shows such names has those of all languages.
    pub fn sought(self, Text(number): Text) -> &'static str {
        SOUGHT[self as usize].text(number.saturating_sub(SOUGHT_FIRST))
    }
}

impl Words {
    fn text(self, Text(number): Text) -> &'static str {
        match number.checked_sub(LAZY_FIRST) {
            Some(number) => self.lazy.text(number),
            None => self.page.text(number),
        }
    }
}

/// Lazy texts of the first language, once the chunk `home` is loaded.
static LAZY_HERE: OnceLock<Table> = OnceLock::new();

/// Texts with members.
pub trait Worded {
    /// Returns a text with its members.
    fn filled(self, text: Text, members: &[&dyn Display]) -> String;
    /// Returns the plural form of a text for `count`, with its members.
    fn counted(self, text: Text, count: &dyn Display, members: &[&dyn Display]) -> String;
}

/// Texts of the demo's pages, in the language of the page. Only the chunks of the demo have their table.
#[derive(Clone, Copy)]
pub struct DemoTexts(pub Texts);

impl DemoTexts {
    /// Returns a text without members.
    pub fn plain(self, Text(number): Text) -> &'static str {
        DEMO[self.0.locale() as usize].text(number.saturating_sub(DEMO_FIRST))
    }
}

impl Worded for DemoTexts {
    fn filled(self, text: Text, members: &[&dyn Display]) -> String {
        fill(self.plain(text), members)
    }

    fn counted(self, text: Text, count: &dyn Display, members: &[&dyn Display]) -> String {
        fill(form_of(self.plain(text), count, self.0.locale()), members)
    }
}

/// Texts of pages that the server renders alone. The browser compiles neither the texts nor this type.
#[derive(Clone, Copy)]
pub struct ServerTexts(pub Locale);

impl ServerTexts {
    /// Returns a text without members. Such a page may also say what the messenger says.
    pub fn plain(self, Text(number): Text) -> &'static str {
        match number.checked_sub(SERVER_FIRST) {
            Some(number) => SERVER[self.0 as usize].text(number),
            None => self.0.fetched().unwrap_or(Words { page: PAGE, lazy: LAZY }).text(Text(number)),
        }
    }
}

impl Worded for ServerTexts {
    fn filled(self, text: Text, members: &[&dyn Display]) -> String {
        fill(self.plain(text), members)
    }

    fn counted(self, text: Text, count: &dyn Display, members: &[&dyn Display]) -> String {
        fill(form_of(self.plain(text), count, self.0), members)
    }
}

/// Text by its number; `names` lists them.
#[derive(Clone, Copy)]
pub struct Text(u16);

/// Function that changes every text before it is shown, for trials.
static SHOWN_AS: OnceLock<fn(&'static str) -> &'static str> = OnceLock::new();

/// Changes all texts by `shown` from now on: the gallery tries longer ones.
pub fn show_texts_as(shown: fn(&'static str) -> &'static str) {
    // The function is set once, because the address decides it.
    let _ = SHOWN_AS.set(shown);
}

/// Texts of a page. A view that reads one follows the language.
#[derive(Clone, Copy)]
pub struct Texts {
    shown: RwSignal<Locale>,
    /// Language that was chosen last: its chunk may still be loading.
    wanted: StoredValue<Locale>,
}

impl Texts {
    pub fn locale(self) -> Locale {
        self.shown.get()
    }

    /// Changes the language of the page.
    pub fn set_locale(self, locale: Locale) {
        self.wanted.set_value(locale);
        if locale.is_here() {
            return self.show(locale);
        }
        spawn_local(async move {
            locale.fetch().await;
            // Without the chunk, the page keeps its language.
            if locale.is_here() && self.wanted.try_get_value() == Some(locale) {
                self.show(locale);
            }
        });
    }

    fn show(self, locale: Locale) {
        if self.shown.try_get_untracked().is_some_and(|shown| shown != locale) {
            self.shown.set(locale);
        }
    }

    /// Returns a text without members.
    #[inline(never)]
    pub fn plain(self, text: Text) -> &'static str {
        let words = self.written(text);
        SHOWN_AS.get().map_or(words, |shown| shown(words))
    }

    fn written(self, text: Text) -> &'static str {
        self.locale().words().text(text)
    }

    /// Renders the texts of other chunks again, which wait for the lazy texts in the chunk `home`.
    pub fn add_lazy_texts(self) {
        if LAZY_HERE.set(LAZY).is_ok() {
            self.shown.notify();
        }
    }
}

/// Returns a text without members in English, for answers to programs.
pub fn in_english(Text(number): Text) -> &'static str {
    PAGE.text(number)
}

impl Worded for Texts {
    #[inline(never)]
    fn filled(self, text: Text, members: &[&dyn Display]) -> String {
        fill(self.plain(text), members)
    }

    #[inline(never)]
    fn counted(self, text: Text, count: &dyn Display, members: &[&dyn Display]) -> String {
        fill(form_of(self.plain(text), count, self.locale().spoken()), members)
    }
}

fn form_of(text: &'static str, count: &dyn Display, locale: Locale) -> &'static str {
    // Counts are whole numbers: parsing any number would add 16 KB of tables and code.
    let number: u32 = count.to_string().parse().unwrap_or_default();
    let form = (locale.language().form)(number);
    text.split(BEFORE_FORM).nth(form + 1).unwrap_or_default()
}

/// Precedes each form of a text (`build.rs`).
pub(crate) const BEFORE_FORM: char = '\u{1}';

/// Replaces the numbered places of a text by the members.
fn fill(text: &str, members: &[&dyn Display]) -> String {
    let mut out = String::new();
    for piece in text.split('{') {
        let rest = match piece.split_once('}') {
            Some((number, rest)) => {
                if let Some(member) = number.parse::<usize>().ok().and_then(|number| members.get(number)) {
                    out.push_str(&isolated(&member.to_string()));
                }
                rest
            }
            None => piece,
        };
        out.push_str(rest);
    }
    out
}

/// Returns the words of people for a place inside of a sentence: words that are written from right to left do not turn it around. It is the
/// `bdi` of texts that are no elements (`text.md` 8).
pub fn isolated(words: &str) -> Cow<'_, str> {
    match words.contains(is_of_right_to_left) {
        true => Cow::Owned(format!("{FIRST_STRONG_ISOLATE}{words}{POP_ISOLATE}")),
        false => Cow::Borrowed(words),
    }
}

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// Returns `true` for a character of the blocks that Unicode keeps for scripts from right to left.
fn is_of_right_to_left(character: char) -> bool {
    matches!(character,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// Provides the texts to all components below, in an initial language.
pub fn provide_i18n(locale: Locale) -> Texts {
    let texts = Texts { shown: RwSignal::new(locale), wanted: StoredValue::new(locale) };
    provide_context(texts);
    texts
}

#[inline(never)]
pub fn use_i18n() -> Texts {
    use_context::<Texts>().unwrap_or_else(|| {
        let locale = Locale::default();
        Texts { shown: RwSignal::new(locale), wanted: StoredValue::new(locale) }
    })
}

/// Returns a binding to a text of the page; `said!` names it.
pub fn plain(text: Text) -> bindings::TextBinding {
    let i18n = use_i18n();
    Box::new(move || i18n.plain(text).to_owned())
}

impl Appearance {
    /// Returns the language of the page.
    pub fn locale(&self) -> Locale {
        self.language.as_deref().map_or(Locale::default(), Locale::of)
    }
}

/// Returns a text by its name: `&'static str` without members, `String` with members.
#[macro_export]
macro_rules! t_string {
    ($i18n:expr, $($name:ident).+) => { $i18n.plain($crate::i18n::names::$($name)::+) };
    ($i18n:expr, $($name:ident).+, $($member:ident = $value:expr),+ $(,)?) => {
        $crate::i18n::names::$($name)::+::With { $($member: &$value),+ }.text($i18n)
    };
}

/// Binds a text in a view: `said!(list.contacts)`, or with members `said!(list.unread, count = count.get())`, which it follows. All texts
/// without members share one type of closure with a number, because one type for each would be a sixth of the size of the views.
#[macro_export]
macro_rules! said {
    ($($name:ident).+) => { $crate::i18n::plain($crate::i18n::names::$($name)::+) };
    ($($name:ident).+, $($member:ident = $value:expr),+ $(,)?) => {{
        let i18n = $crate::i18n::use_i18n();
        $crate::view::bindings::text(move || $crate::t_string!(i18n, $($name).+, $($member = $value),+))
    }};
}

pub use crate::{said, t_string};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_and_filled_in_both_languages() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::En);
        assert_eq!(t_string!(texts, app.title), "CF Messenger");
        assert_eq!(t_string!(use_i18n(), list.unread, count = 3), "3 unread");
        assert_eq!(t_string!(texts, conversation.status_and_message, message = "b", status = "a"), "a – b");
        texts.set_locale(Locale::De);
        assert_eq!(t_string!(use_i18n(), list.unread, count = 3), "3 ungelesen");
    }

    #[test]
    fn every_language_has_a_variant_and_the_texts_of_the_page() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::default());
        for (locale, language) in Locale::ALL.into_iter().zip(LANGUAGES) {
            assert_eq!((locale.as_str(), Locale::of(language.tag)), (language.tag, locale));
            assert!(locale.others().all(|other| other != locale) && locale.others().count() + 1 == LANGUAGES.len());
            texts.set_locale(locale);
            assert!(locale.is_here() && !t_string!(texts, app.sign_in).is_empty(), "{locale:?}");
        }
        assert_eq!(Locale::of("tlh"), Locale::default());
    }

    #[test]
    fn texts_of_the_server_are_in_a_table_of_their_own() {
        assert_eq!(t_string!(ServerTexts(Locale::En), admin.alarms), "Alarms");
        assert_eq!(t_string!(ServerTexts(Locale::De), admin.what), "Aktion");
        let owner = Owner::new();
        owner.set();
        for locale in Locale::ALL {
            let texts = provide_i18n(locale);
            texts.add_lazy_texts();
            let [own, of_page] =
                [ServerTexts(locale).plain(names::sign_in::error::robot), texts.plain(names::sign_in::error::robot)];
            assert!(own == of_page && !own.is_empty(), "{own}");
        }
    }

    #[test]
    fn texts_of_the_demo_are_in_a_table_of_their_own() {
        let owner = Owner::new();
        owner.set();
        let texts = DemoTexts(provide_i18n(Locale::De));
        assert_eq!(t_string!(texts, demo.presenter), "Moderation");
        assert_eq!(t_string!(texts, demo.minutes, m = 7), "7 Min.");
    }

    #[test]
    fn one_is_no_plural() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::En);
        texts.add_lazy_texts();
        let room = |count: u32| t_string!(texts, dialogs.room_of, name = "Attic", count = count);
        assert_eq!([room(0), room(1), room(2)], ["Attic, 0 people", "Attic, 1 person", "Attic, 2 people"]);
        texts.set_locale(Locale::De);
        assert_eq!([room(1), room(21)], ["Attic, 1 Person", "Attic, 21 Personen"]);
    }

    #[test]
    fn a_name_from_right_to_left_does_not_turn_its_sentence_around() {
        let owner = Owner::new();
        owner.set();
        let room = |name: &str| t_string!(provide_i18n(Locale::En), conversation.says, name = name);
        assert_eq!(room("שרה"), "\u{2068}שרה\u{2069} says");
        assert_eq!(room("Mia 田中"), "Mia 田中 says");
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::of("tlh"));
        assert_eq!(t_string!(texts, list.unread, count = "{0}}"), "{0}} unread");
    }
}
