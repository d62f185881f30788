//! The texts of the page in the language of the page: `t_string!(i18n, list.contacts)`, and with what they speak of,
//! `t_string!(i18n, list.unread, count = 3)`.
//!
//! `build.rs` makes the tables out of `locales`, and the names: a wrong one does not compile. All texts go through the
//! two functions of [`Texts`], because every browser that loads the page pays for each use.

use crate::look::Look;
use crate::view::live;
#[cfg(feature = "hydrate")]
mod german;
#[cfg(not(feature = "hydrate"))]
#[path = "german_on_server.rs"]
mod german;

use std::fmt::{Display, Write as _};
use std::sync::OnceLock;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock::plural;

include!(concat!(env!("OUT_DIR"), "/i18n_tables.rs"));

/// The names of all texts.
#[allow(missing_docs, non_upper_case_globals)]
pub mod names {
    include!(concat!(env!("OUT_DIR"), "/i18n_names.rs"));
}

/// A language of the page, in the order of `build.rs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English, and for whoever wants anything else.
    #[default]
    En,
    /// German.
    De,
}

impl Locale {
    /// The locale of a language tag.
    pub fn of(language: &str) -> Self {
        if language == "de" { Self::De } else { Self::En }
    }

    /// All its texts; `None` while their file is not there.
    fn texts(self) -> Option<&'static str> {
        match self {
            Self::En => Some(TEXTS_EN),
            Self::De => german::here(),
        }
    }

    /// Returns `true` if the texts of the language can be shown.
    pub fn is_here(self) -> bool {
        self.texts().is_some()
    }

    /// Fetches the file of its texts, should it have one and should it not be there.
    pub async fn fetch(self) {
        if self == Self::De && !self.is_here() {
            german::fetch().await;
        }
    }

    /// Its language tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

/// Number of the first text that comes with the part `home` (`build.rs`).
const LATER_FIRST: u16 = 0x8000;

/// Number of the first text that the server writes alone (`build.rs`).
const SERVER_FIRST: u16 = 0xC000;

/// Number of the first text that comes with parts of the demo (`build.rs`).
const DEMO_FIRST: u16 = 0xA000;

/// Texts that can be filled with what they speak of.
pub trait Worded {
    /// A text with what it speaks of.
    fn filled(self, text: Text, members: &[&dyn Display]) -> String;
    /// The form of a text that belongs to `count`, with what it speaks of.
    fn counted(self, text: Text, count: &dyn Display, members: &[&dyn Display]) -> String;
}

/// The texts of the demo's pages, in the language of the page. Only the parts that show them have their table.
#[derive(Clone, Copy)]
pub struct DemoTexts(pub Texts);

impl DemoTexts {
    /// A text that speaks of nothing but itself.
    pub fn plain(self, Text(number): Text) -> &'static str {
        let locale = self.0.locale();
        let (texts, number) = ([DEMO_TEXTS_EN, DEMO_TEXTS_DE][locale as usize], number.saturating_sub(DEMO_FIRST));
        let (starts, number) = (&DEMO_STARTS[locale as usize], usize::from(number));
        let bounds = starts.get(number).zip(starts.get(number + 1));
        bounds.and_then(|(from, to)| texts.get(usize::from(*from)..usize::from(*to))).unwrap_or_default()
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

/// The texts of pages that the server renders alone. A browser has neither them nor this.
#[derive(Clone, Copy)]
pub struct ServerTexts(pub Locale);

impl ServerTexts {
    /// A text; all of these speak of nothing but themselves.
    pub fn plain(self, Text(number): Text) -> &'static str {
        let texts = [SERVER_TEXTS_EN, SERVER_TEXTS_DE][self.0 as usize];
        let (starts, number) = (&SERVER_STARTS[self.0 as usize], usize::from(number.saturating_sub(SERVER_FIRST)));
        let bounds = starts.get(number).zip(starts.get(number + 1));
        bounds.and_then(|(from, to)| texts.get(usize::from(*from)..usize::from(*to))).unwrap_or_default()
    }
}

/// The texts of that part in all languages, once it is here, and where each begins.
static LATER: OnceLock<([&str; 2], [&[u16]; 2])> = OnceLock::new();

/// A text by its number; `names` has them.
#[derive(Clone, Copy)]
pub struct Text(u16);

/// Function that changes every text before it is shown, where texts are tried out.
static SHOWN_AS: OnceLock<fn(&'static str) -> &'static str> = OnceLock::new();

/// From now on texts are shown as `shown` makes them: the gallery tries longer ones.
pub fn show_texts_as(shown: fn(&'static str) -> &'static str) {
    // Once is for good: the address says so.
    let _ = SHOWN_AS.set(shown);
}

/// The texts of a page. Who reads one follows the language.
#[derive(Clone, Copy)]
pub struct Texts {
    shown: RwSignal<Locale>,
    /// Language that was asked for last: its file may still be on the way.
    wanted: StoredValue<Locale>,
}

impl Texts {
    /// The language now.
    pub fn locale(self) -> Locale {
        self.shown.get()
    }

    /// Shows the page in another language.
    pub fn set_locale(self, locale: Locale) {
        self.wanted.set_value(locale);
        if locale.is_here() {
            return self.show(locale);
        }
        spawn_local(async move {
            locale.fetch().await;
            // Without the file the page stays as it is.
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

    /// A text that speaks of nothing but itself.
    #[inline(never)]
    pub fn plain(self, text: Text) -> &'static str {
        let words = self.written(text);
        SHOWN_AS.get().map_or(words, |shown| shown(words))
    }

    fn written(self, Text(number): Text) -> &'static str {
        let locale = self.locale();
        if let Some(number) = number.checked_sub(LATER_FIRST) {
            let of = |(texts, starts): &([&'static str; 2], [&'static [u16]; 2])| {
                let (starts, number) = (starts[locale as usize], usize::from(number));
                texts[locale as usize].get(usize::from(*starts.get(number)?)..usize::from(*starts.get(number + 1)?))
            };
            return LATER.get().and_then(of).unwrap_or_default();
        }
        let (locale, texts) = locale.texts().map_or((Locale::En, TEXTS_EN), |texts| (locale, texts));
        let (starts, number) = (&STARTS[locale as usize], usize::from(number));
        texts.get(usize::from(starts[number])..usize::from(starts[number + 1])).unwrap_or_default()
    }

    /// The texts of the part `home` are here. What shows some of them already, of another part, has been waiting.
    pub fn take_later(self) {
        if LATER.set(([LATER_TEXTS_EN, LATER_TEXTS_DE], [&LATER_STARTS[0], &LATER_STARTS[1]])).is_ok() {
            self.shown.notify();
        }
    }
}

/// A text of the page in English, for answers to programs, which have no language. It speaks of nothing but itself.
pub fn in_english(Text(number): Text) -> &'static str {
    let (starts, number) = (&STARTS[Locale::En as usize], usize::from(number));
    let bounds = starts.get(number).zip(starts.get(number + 1));
    bounds.and_then(|(from, to)| TEXTS_EN.get(usize::from(*from)..usize::from(*to))).unwrap_or_default()
}

impl Worded for Texts {
    #[inline(never)]
    fn filled(self, text: Text, members: &[&dyn Display]) -> String {
        fill(self.plain(text), members)
    }

    #[inline(never)]
    fn counted(self, text: Text, count: &dyn Display, members: &[&dyn Display]) -> String {
        fill(form_of(self.plain(text), count, self.locale()), members)
    }
}

fn form_of(text: &'static str, count: &dyn Display, locale: Locale) -> &'static str {
    // Counts are whole: reading any number would bring 16 KB of tables and code.
    let number: u32 = count.to_string().parse().unwrap_or_default();
    // English and German have two forms, of which the second is for all the rest.
    let form = usize::from(plural(number, locale.as_str()) != "one");
    text.split(BETWEEN).nth(form).unwrap_or(text)
}

/// Stands between the forms of a text (`build.rs`).
pub(crate) const BETWEEN: char = '\u{1}';

/// Puts the members where the text has their numbers.
fn fill(text: &str, members: &[&dyn Display]) -> String {
    let mut out = String::new();
    for piece in text.split('{') {
        let rest = match piece.split_once('}') {
            Some((number, rest)) => {
                if let Some(member) = number.parse::<usize>().ok().and_then(|number| members.get(number)) {
                    // A string takes everything.
                    let _ = write!(out, "{member}");
                }
                rest
            }
            None => piece,
        };
        out.push_str(rest);
    }
    out
}

/// Gives the texts to everything below, in a language to begin with.
pub fn provide_i18n(locale: Locale) -> Texts {
    let texts = Texts { shown: RwSignal::new(locale), wanted: StoredValue::new(locale) };
    provide_context(texts);
    texts
}

/// The texts of the page.
#[inline(never)]
pub fn use_i18n() -> Texts {
    use_context::<Texts>().unwrap_or_else(|| {
        let locale = Locale::default();
        Texts { shown: RwSignal::new(locale), wanted: StoredValue::new(locale) }
    })
}

/// A text of the page's language; `said!` names it.
pub fn plain(i18n: Texts, text: Text) -> live::Text {
    Box::new(move || i18n.plain(text).to_owned())
}

impl Look {
    /// The language of the page.
    pub fn locale(&self) -> Locale {
        self.language.as_deref().map_or(Locale::default(), Locale::of)
    }
}

/// A text by its name, with what it speaks of: `&'static str` without, `String` with.
#[macro_export]
macro_rules! t_string {
    ($i18n:expr, $($name:ident).+) => { $i18n.plain($crate::i18n::names::$($name)::+) };
    ($i18n:expr, $($name:ident).+, $($member:ident = $value:expr),+ $(,)?) => {
        $crate::i18n::names::$($name)::+::With { $($member: &$value),+ }.text($i18n)
    };
}

/// A text of the page that speaks of nothing but itself, as a view shows it. All of them are one closure with a number: one of its own
/// for each text would be a sixth of what the views weigh.
#[macro_export]
macro_rules! said {
    ($i18n:expr, $($name:ident).+) => { $crate::i18n::plain($i18n, $crate::i18n::names::$($name)::+) };
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
    fn texts_of_the_server_are_in_a_table_of_their_own() {
        assert_eq!(t_string!(ServerTexts(Locale::En), admin.alarms), "Alarms");
        assert_eq!(t_string!(ServerTexts(Locale::De), admin.what), "Handlung");
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
        texts.take_later();
        let room = |count: u32| t_string!(texts, dialogs.room_of, name = "Attic", count = count);
        assert_eq!([room(0), room(1), room(2)], ["Attic, 0 people", "Attic, 1 person", "Attic, 2 people"]);
        texts.set_locale(Locale::De);
        assert_eq!([room(1), room(21)], ["Attic, 1 Person", "Attic, 21 Personen"]);
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::of("fr"));
        assert_eq!(t_string!(texts, list.unread, count = "{0}}"), "{0}} unread");
    }
}
