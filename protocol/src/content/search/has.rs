//! Properties of a message in a query, with their words: `has:link` (`ux.md` 1).

use super::fold::fold;

/// Makes the filters out of one row for each: comment, variant, its word, which is folded, and the other words that are read as it. A word
/// with a diacritic is there twice, because the page does not fold.
macro_rules! filters {
    ($($(#[$doc:meta])* $variant:ident = $word:literal $(| $other:literal)*;)+) => {
        /// Property of a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Has {
            $($(#[$doc])* $variant,)+
        }

        impl Has {
            /// All of them, in the order in which sentences name them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// Returns the word in a query.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Returns the filter of a word: the search box accepts English, German and French ones.
            pub fn of(word: &str) -> Option<Self> {
                match word.to_ascii_lowercase().as_str() {
                    $($word $(| $other)* => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

filters! {
    /// A web address.
    Link = "link" | "links" | "lien" | "liens";
    /// It replies to another one.
    Reply = "reply" | "antwort" | "reponse" | "réponse";
    /// It has a reaction.
    Reaction = "reaction" | "reaktion" | "réaction";
    /// It was edited.
    Edit = "edit" | "edited" | "anderung" | "änderung" | "Änderung" | "modification" | "modifie" | "modifié";
}

impl Has {
    /// Parses a word, however it is written.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::of(&fold(text))
    }

    /// Returns the words as a sentence names them: `link, reply or edit`.
    pub(super) fn listed() -> String {
        let words = Self::ALL.map(Self::as_str);
        match words.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
            _ => words.concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_by_its_word_however_it_is_written() {
        for has in Has::ALL {
            assert_eq!(fold(has.as_str()), has.as_str(), "no folded word is read");
            assert_eq!(Has::parse(&has.as_str().to_uppercase()), Some(has));
        }
        for (word, has) in
            [("Änderung", Has::Edit), ("LIEN", Has::Link), ("Réponse", Has::Reply), ("modifié", Has::Edit)]
        {
            assert_eq!((Has::parse(word), Has::parse(&fold(word))), (Some(has), Some(has)), "{word}");
        }
        assert_eq!(Has::of("Réponse"), Some(Has::Reply), "the page does not fold");
        assert_eq!(Has::listed(), "link, reply, reaction or edit");
    }
}
