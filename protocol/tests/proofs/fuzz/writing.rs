//! Texts of messages as the page reads them: styles of words, and commands.

use proptest::prelude::*;
use protocol::content::markup::{Part, styled, without_marks};
use protocol::content::slash::{self, Command, Slash};
use protocol::content::spans::spans;
use protocol::content::text::check_content;

use super::fuzz;

/// Marks, signs around them, and anything else.
const TEXTS: &str = "([*_~]|[ \n/(.!)\"@`>:]|[a-z0-9]|http://a\\.b/|\\PC){0,60}";

fn typed(parts: &[Part<'_>]) -> String {
    let part = |part: &Part<'_>| match part {
        Part::Span(span) => span.typed().to_owned(),
        Part::Styled(style, inside) => format!("{0}{1}{0}", style.mark(), typed(inside)),
    };
    parts.iter().map(part).collect()
}

#[test]
fn styles_of_words() {
    fuzz(TEXTS, |text| {
        prop_assert_eq!(&typed(&styled(&spans(&text))), &text);
        prop_assert!(without_marks(&text, &[]).len() <= text.len());
        Ok(())
    });
}

#[test]
fn commands() {
    fuzz("/{0,2}(me|nudge|away|np|color|roll|[a-z]{0,4})?[ \n]{0,2}([0-9]{1,4}d[0-9]{1,5}|\\PC{0,12})", |text| {
        match slash::read(&text) {
            // A text that could be sent before can be sent now.
            Slash::Say(content) => prop_assert!(check_content(&text).is_err() || check_content(&content).is_ok()),
            Slash::Roll(dice) => {
                let roll = dice.rolled(|| u64::MAX);
                prop_assert!(check_content(&roll).is_ok(), "{}", roll);
            }
            Slash::Unknown(word) => prop_assert_eq!(Command::parse(&word.to_ascii_lowercase()), None),
            _ => {}
        }
        prop_assert!(slash::completions(&text).iter().all(|command| command.typed().starts_with('/')));
        Ok(())
    });
}
