//! Appearance of a page: theme, motion, language and text size. A cookie carries it, because the server needs it to render the page.

use std::convert::identity;

use protocol::words::status::Status;
use serde::{Deserialize, Serialize};

/// Calls a macro with the rows of all themes, in the order of the settings: variant, word, title among the texts, and traits. The word is
/// the value of `data-theme`, and names the sheet and the drawing of the theme (`style/README.md`, "A new theme").
macro_rules! themes {
    ($table:ident) => {
        $table! {
            /// The look of 2005.
            #[default]
            Azure, "azure", settings.theme_azure, Traits { has_bubbles: false, has_desk_art: true };
            /// Glass.
            Glass, "glass", settings.theme_glass, Traits { has_bubbles: false, has_desk_art: true };
            /// Modern, light.
            Modern, "modern", settings.theme_modern, Traits { has_bubbles: true, has_desk_art: true };
            /// Modern, dark.
            ModernDark, "modern-dark", settings.theme_modern_dark, Traits { has_bubbles: true, has_desk_art: true };
            /// Plum and amber, dark.
            Dusk, "dusk", settings.theme_dusk, Traits { has_bubbles: true, has_desk_art: true };
            /// High contrast.
            Contrast, "contrast", settings.theme_contrast, Traits { has_bubbles: false, has_desk_art: false };
        }
    };
}
// Titles are texts of a higher folder: the settings read these rows for them.
pub(crate) use themes;

macro_rules! declare_themes {
    ($($(#[$meta:meta])* $theme:ident, $word:literal, $group:ident.$title:ident, $traits:expr;)*) => {
        /// Theme of the page.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Theme {
            $($(#[$meta])* #[serde(rename = $word)] $theme,)*
        }

        impl Theme {
            /// All themes in the order people see them.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$theme),*];

            /// Value of `data-theme`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$theme => $word,)*
                }
            }

            fn traits(self) -> Traits {
                match self {
                    $(Self::$theme => $traits,)*
                }
            }
        }
    };
}
themes!(declare_themes);

/// Traits of a theme that code must know.
struct Traits {
    /// Messages stand in bubbles unless the person has chosen otherwise.
    has_bubbles: bool,
    /// The theme has its own drawing of the desk.
    has_desk_art: bool,
}

impl Theme {
    /// Themes that follow a preference of the system (`prefers-…`). The first preference that holds counts; without one, the default theme.
    pub const OF_SYSTEM: [(&'static str, Self); 2] =
        [("contrast: more", Self::Contrast), ("color-scheme: dark", Self::ModernDark)];

    /// Returns `true` if messages stand in bubbles unless the person has chosen otherwise.
    pub fn has_bubbles(self) -> bool {
        self.traits().has_bubbles
    }

    /// Returns the address of the theme's own drawing of the desk.
    pub fn desk_art(self) -> Option<String> {
        self.traits().has_desk_art.then(|| format!("/assets/desk/{}.svg", self.as_str()))
    }

    /// Parses the word of a theme.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }
}

protocol::words! {
    /// Amount of motion.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Motion {
        /// Everything.
        #[default]
        Full = "full",
        /// Pulses and still pictures.
        Calm = "calm",
        /// Nothing.
        None = "none",
    }
}

protocol::words!(Theme);

/// Smallest text size, in percent.
pub const TEXT_PERCENT_MIN: u16 = 90;
/// Largest text size, in percent.
pub const TEXT_PERCENT_MAX: u16 = 200;
/// Usual text size, in percent.
pub const TEXT_PERCENT_DEFAULT: u16 = 100;

/// Name of the cookie that tells the server the appearance of a page.
pub const APPEARANCE_COOKIE: &str = "cfm-look";

/// Word that a page sends to take a choice back: the theme or motion follows the system again.
pub const AS_SYSTEM: &str = "system";

macro_rules! declare {
    ($($(#[$doc:meta])* $field:ident: $type:ty as $member:literal = $read:expr, $word:expr;)*) => {
        // A member that cannot be read counts as not chosen.
        protocol::record! {
            /// Settings that the server must know to render a page as this device wants it. `None` = the person has not chosen.
            #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
            pub struct Appearance { $($(#[$doc])* pub $field: Option<$type> = $member or None),* }
        }

        impl Appearance {
            /// Number of words of [`APPEARANCE_COOKIE`].
            pub const WORDS: usize = [$($member),*].len();
            /// Names of the settings, in the order of their words.
            pub const MEMBERS: [&'static str; Self::WORDS] = [$($member),*];

            /// Applies the words of a request of the page: an empty word keeps the member, and [`AS_SYSTEM`] takes its choice back.
            pub fn with_words(self, [$($field),*]: [&str; Self::WORDS]) -> Self {
                Self { $($field: $read($field).or(self.$field.filter(|_| $field != AS_SYSTEM)),)* }
            }

            /// Returns the words of [`APPEARANCE_COOKIE`], empty where nothing was chosen.
            pub fn into_words(self) -> [String; Self::WORDS] {
                [$(self.$field.map(|chosen| $word(chosen).to_string()).unwrap_or_default()),*]
            }

            /// Parses the cookie. A word that cannot be read counts as not chosen, because a visitor can write any cookie.
            pub fn from_cookie(value: &str) -> Self {
                let mut words = value.split('.');
                Self { $($field: words.next().and_then($read),)* }
            }
        }
    };
}

// A row has a type, the name in the stored settings, and the functions that read and write the word of the cookie.
declare! {
    /// Theme.
    theme: Theme as "theme" = Theme::parse, Theme::as_str;
    /// Motion; without it the system's setting decides.
    motion: Motion as "motion" = Motion::parse, Motion::as_str;
    /// Language tag (`en`).
    language: String as "language" = language_in, identity;
    /// Text size, in percent.
    text_percent: u16 as "text_percent" = text_percent_in, identity;
    /// Status that was chosen last, which the sign-in page offers. Only the cookie has it.
    status: Status as "status" = status_in, Status::as_str;
}

impl Appearance {
    /// Returns the value of [`APPEARANCE_COOKIE`]: its words, separated by dots.
    pub fn to_cookie(&self) -> String {
        self.clone().into_words().join(".")
    }
}

fn language_in(word: &str) -> Option<String> {
    is_language(word).then(|| word.to_owned())
}

/// Parses a text size; `None` for one that no page has.
pub fn text_percent_in(word: &str) -> Option<u16> {
    word.parse().ok().filter(|percent| (TEXT_PERCENT_MIN..=TEXT_PERCENT_MAX).contains(percent))
}

fn status_in(word: &str) -> Option<Status> {
    Some(word).filter(|word| !word.is_empty()).and_then(Status::parse)
}

/// Returns `true` if `tag` has the form of a supported language tag: two lower-case letters.
pub fn is_language(tag: &str) -> bool {
    tag.len() == 2 && tag.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_has_one_word_and_the_first_is_the_default() {
        assert_eq!(Theme::ALL[0], Theme::default());
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str()), Some(theme));
            assert_eq!(serde_json::to_string(&theme).unwrap(), format!("\"{}\"", theme.as_str()));
        }
    }

    #[test]
    fn an_appearance_survives_its_cookie() {
        let appearance = Appearance {
            theme: Some(Theme::ModernDark),
            motion: Some(Motion::Calm),
            language: Some("de".to_owned()),
            text_percent: Some(120),
            status: Some(Status::AppearOffline),
        };
        assert_eq!(appearance.to_cookie(), "modern-dark.calm.de.120.appear_offline");
        assert_eq!(Appearance::from_cookie(&appearance.to_cookie()), appearance);
        assert_eq!(Appearance::from_cookie(&Appearance::default().to_cookie()), Appearance::default());
    }

    #[test]
    fn what_was_chosen_stays_until_another_is_told_or_the_system_decides_again() {
        let stored = Appearance {
            theme: Some(Theme::Glass),
            motion: Some(Motion::None),
            language: Some("de".to_owned()),
            text_percent: Some(150),
            status: Some(Status::Busy),
        };
        assert_eq!(stored.clone().with_words([""; 5]), stored);
        let dark = Appearance { theme: Some(Theme::ModernDark), ..stored.clone() };
        assert_eq!(stored.clone().with_words(["modern-dark", "", "", "", ""]), dark);
        assert_eq!(
            stored.clone().with_words([AS_SYSTEM, "", "", "", ""]),
            Appearance { theme: None, ..stored.clone() }
        );
        assert_eq!(stored.clone().with_words(["", AS_SYSTEM, "", "", ""]), Appearance { motion: None, ..stored });
    }

    #[test]
    fn a_foreign_cookie_is_no_choice() {
        for value in ["", "..", "red.loud.<script>.9999", "a.b.c.d.e.f", "....."] {
            assert_eq!(Appearance::from_cookie(value), Appearance::default(), "{value}");
        }
    }
}
