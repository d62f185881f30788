//! Mails about accounts (`account.md` 1.2), in every language: subject, plain text, and HTML with the same words.
//!
//! `html` writes the card around the words. The shard of an account sends mails, and the doors decide when.

mod html;

use crate::i18n::{Locale, ServerTexts, t_string};

/// Name under the words of a mail.
const SIGNATURE: &str = "CF Messenger";

#[derive(Clone, Copy, Debug)]
pub enum AccountMail<'a> {
    /// Link that proves the address of an account.
    Verify { link: &'a str },
    /// Link that proves a new address and moves the account to it.
    ConfirmAddress { link: &'a str },
    /// Somebody wanted to move an account to this address, which has one.
    AddressTaken,
    /// The account has another address: to the old one.
    AddressChanged {
        new: &'a str,
        /// Address of the page that takes the change back; `None` for an old address that nobody has proved.
        undo: Option<&'a str>,
    },
    /// Link that leads to a new password.
    Reset { link: &'a str },
    /// The password is new.
    PasswordNew,
    /// A recovery code was used.
    RecoveryUsed,
    /// An operator has made a link that leads to a new password.
    OperatorLink,
    /// Somebody wants to move the account to another address: to the one of now.
    AddressWanted { new: &'a str },
    /// Recovery codes were made.
    CodesMade,
    /// The account has a second factor now.
    SecondFactorMade,
    /// The account has no second factor any more.
    SecondFactorEnded,
    /// The account has one more passkey.
    PasskeyAdded,
}

/// Words of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Clone, Debug)]
enum Part<'a> {
    /// Sentences.
    Words(String),
    /// Link, with the words on its button.
    Link(&'static str, &'a str),
}

/// Writes a mail in this language.
pub fn write(language: Locale, mail: &AccountMail<'_>) -> MailText {
    let (subject, parts) = contents(ServerTexts(language), mail);
    MailText { subject: subject.to_owned(), text: plain(&parts), html: html::card(language, subject, &parts) }
}

fn words(text: &str) -> Part<'static> {
    Part::Words(text.to_owned())
}

/// Returns subject and parts of a mail: the event, the link, its life, and advice for a stranger to the event.
fn contents<'a>(t: ServerTexts, mail: &AccountMail<'a>) -> (&'static str, Vec<Part<'a>>) {
    match *mail {
        AccountMail::Verify { link } => (
            t_string!(t, mail.verify.subject),
            vec![
                words(t_string!(t, mail.verify.event)),
                Part::Link(t_string!(t, mail.verify.press), link),
                words(t_string!(t, mail.verify.life)),
                words(t_string!(t, mail.verify.stranger)),
            ],
        ),
        AccountMail::ConfirmAddress { link } => (
            t_string!(t, mail.confirm.subject),
            vec![
                words(t_string!(t, mail.confirm.event)),
                Part::Link(t_string!(t, mail.confirm.press), link),
                words(t_string!(t, mail.confirm.life)),
                words(t_string!(t, mail.confirm.stranger)),
            ],
        ),
        AccountMail::AddressTaken => (
            t_string!(t, mail.taken.subject),
            vec![
                words(t_string!(t, mail.taken.event)),
                words(t_string!(t, mail.taken.advice)),
                words(t_string!(t, mail.taken.stranger)),
            ],
        ),
        AccountMail::AddressChanged { new, undo } => changed(t, new, undo),
        AccountMail::Reset { link } => (
            t_string!(t, mail.reset.subject),
            vec![
                words(t_string!(t, mail.reset.event)),
                Part::Link(t_string!(t, mail.reset.press), link),
                words(t_string!(t, mail.reset.life)),
                words(t_string!(t, mail.reset.stranger)),
            ],
        ),
        AccountMail::PasswordNew => (
            t_string!(t, mail.password.subject),
            vec![words(t_string!(t, mail.password.event)), words(t_string!(t, mail.password.stranger))],
        ),
        AccountMail::RecoveryUsed => (
            t_string!(t, mail.recovery.subject),
            vec![words(t_string!(t, mail.recovery.event)), words(t_string!(t, mail.recovery.stranger))],
        ),
        AccountMail::OperatorLink => (
            t_string!(t, mail.operator.subject),
            vec![words(t_string!(t, mail.operator.event)), words(t_string!(t, mail.operator.stranger))],
        ),
        AccountMail::AddressWanted { new } => wanted(t, new),
        AccountMail::CodesMade => (
            t_string!(t, mail.codes.subject),
            vec![words(t_string!(t, mail.codes.event)), words(t_string!(t, mail.codes.stranger))],
        ),
        AccountMail::SecondFactorMade => (
            t_string!(t, mail.factor.subject),
            vec![words(t_string!(t, mail.factor.event)), words(t_string!(t, mail.factor.stranger))],
        ),
        AccountMail::SecondFactorEnded => (
            t_string!(t, mail.factor_end.subject),
            vec![words(t_string!(t, mail.factor_end.event)), words(t_string!(t, mail.factor_end.stranger))],
        ),
        AccountMail::PasskeyAdded => (
            t_string!(t, mail.passkey.subject),
            vec![words(t_string!(t, mail.passkey.event)), words(t_string!(t, mail.passkey.stranger))],
        ),
    }
}

fn changed<'a>(t: ServerTexts, new: &str, undo: Option<&'a str>) -> (&'static str, Vec<Part<'a>>) {
    let event = Part::Words(t_string!(t, mail.changed.event, address = new));
    let parts = match undo {
        Some(undo) => vec![
            event,
            words(t_string!(t, mail.changed.stranger)),
            Part::Link(t_string!(t, mail.changed.press), undo),
            words(t_string!(t, mail.changed.life)),
        ],
        None => vec![event, words(t_string!(t, mail.changed.unproved))],
    };
    (t_string!(t, mail.changed.subject), parts)
}

fn wanted<'a>(t: ServerTexts, new: &str) -> (&'static str, Vec<Part<'a>>) {
    let parts = vec![
        Part::Words(t_string!(t, mail.wanted.event, address = new)),
        words(t_string!(t, mail.wanted.life)),
        words(t_string!(t, mail.wanted.stranger)),
    ];
    (t_string!(t, mail.wanted.subject), parts)
}

/// Writes the parts as plain text. No line is wrapped, so that every program finds the links.
fn plain(parts: &[Part<'_>]) -> String {
    let part = |part: &Part<'_>| match part {
        Part::Words(text) => text.clone(),
        Part::Link(label, address) => format!("{label}\n{address}"),
    };
    let paragraphs: Vec<String> = parts.iter().map(part).chain([SIGNATURE.to_owned()]).collect();
    format!("{}\n", paragraphs.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::escaped;

    const LINK: &str = "https://messenger.example/verify?token=abc_-1";

    fn mails() -> Vec<AccountMail<'static>> {
        let undo = "https://messenger.example/undo?token=abc_-1";
        vec![
            AccountMail::Verify { link: LINK },
            AccountMail::ConfirmAddress { link: LINK },
            AccountMail::AddressTaken,
            AccountMail::AddressChanged { new: "<b>&\"@example.org", undo: Some(undo) },
            AccountMail::Reset { link: LINK },
            AccountMail::PasswordNew,
            AccountMail::RecoveryUsed,
            AccountMail::OperatorLink,
            AccountMail::AddressWanted { new: "<b>&\"@example.org" },
            AccountMail::CodesMade,
            AccountMail::SecondFactorMade,
            AccountMail::SecondFactorEnded,
            AccountMail::PasskeyAdded,
        ]
    }

    fn link_of(mail: &AccountMail<'static>) -> Option<&'static str> {
        match *mail {
            AccountMail::Verify { link } | AccountMail::ConfirmAddress { link } | AccountMail::Reset { link } => {
                Some(link)
            }
            AccountMail::AddressChanged { undo, .. } => undo,
            _ => None,
        }
    }

    #[test]
    fn every_mail_in_every_language_has_its_words_and_its_link() {
        for language in Locale::ALL {
            let mut subjects = Vec::new();
            for mail in mails() {
                let MailText { subject, text, html } = write(language, &mail);
                assert!(!subject.is_empty() && !subject.contains('\n') && !subjects.contains(&subject), "{subject}");
                assert!(text.lines().all(|line| !line.contains('{')) && text.ends_with("\n\nCF Messenger\n"), "{text}");
                assert!(html.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{}\">", language.as_str())), "{html}");
                let link = link_of(&mail);
                let is_there = |link: &str| {
                    text.lines().any(|line| line == link) && html.matches(&format!("href=\"{link}\"")).count() == 2
                };
                assert!(link.is_none_or(is_there), "{text}{html}");
                assert_eq!(html.contains("href="), link.is_some(), "{html}");
                subjects.push(subject);
            }
        }
    }

    #[test]
    fn html_has_the_words_of_the_text_and_loads_nothing() {
        for language in Locale::ALL {
            for mail in mails() {
                let MailText { text, html, .. } = write(language, &mail);
                for line in text.lines().filter(|line| !line.is_empty()) {
                    assert!(html.contains(&escaped(line)), "{line} in {html}");
                }
                for absent in ["src=", "url(", "<link", "<script", "<img", "<table", "<!--"] {
                    assert!(!html.contains(absent), "{absent} in {html}");
                }
            }
        }
    }

    #[test]
    fn data_is_text_in_html_and_stays_as_it_is_in_plain_text() {
        let mail = AccountMail::AddressChanged { new: "<b>&\"@example.org", undo: Some("https://a.example/?a=\"><i>") };
        let MailText { text, html, .. } = write(Locale::default(), &mail);
        assert!(text.contains("<b>&\"@example.org"), "{text}");
        assert!(html.contains("&lt;b&gt;&amp;&quot;@example.org"), "{html}");
        assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
    }
}
