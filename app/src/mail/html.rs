//! The HTML of a mail: a card in the look of the product. Programs for mail show no style sheet and load nothing, so the templates beside
//! this file have their styles in attributes, and colours of their own.

use super::Part;
use crate::i18n::Locale;
use crate::structure::escaped;

const CARD: &str = include_str!("card.html");
const PARAGRAPH: &str = include_str!("paragraph.html");
const LINK: &str = include_str!("link.html");

/// Writes the card. A place of a template is a comment, and no escaped text has one.
pub(super) fn card(language: Locale, subject: &str, parts: &[Part<'_>]) -> String {
    let body: String = parts.iter().map(part).collect();
    let head = CARD.replace("<!--language-->", language.as_str()).replace("<!--subject-->", &escaped(subject));
    head.replace("<!--body-->\n", &body)
}

fn part(part: &Part<'_>) -> String {
    match part {
        Part::Words(text) => PARAGRAPH.replace("<!--text-->", &escaped(text)),
        Part::Link(label, address) => {
            LINK.replace("<!--address-->", &escaped(address)).replace("<!--text-->", &escaped(label))
        }
    }
}
