//! `/__dev/mail`: the mails of a development server (`account.md` 1.3). The server renders it alone: no script and no hydration.

use super::document::{Document, PaperWindow, render};
use super::languages::other_languages;
use crate::appearance::Appearance;
use crate::prelude::*;

const PATH: &str = "/__dev/mail";
/// Permissions of the frame of a mail: its links open in another tab. It runs no script.
const SANDBOX: &str = "allow-popups allow-popups-to-escape-sandbox";
/// Precedes the HTML of a mail, so that its links leave the frame.
const IN_FRAME: &str = "<base target=\"_blank\">";

/// Mail, as the page shows it.
#[derive(Debug)]
pub struct ShownMail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Renders the page with these mails in their order.
pub fn mailbox(appearance: &Appearance, mails: Vec<ShownMail>) -> String {
    let locale = appearance.locale();
    let title = t_string!(ServerTexts(locale), mailbox.title);
    render(|| {
        let actions = other_languages(locale, PATH);
        let empty = mails.is_empty().then(|| view! { <p>{t_string!(ServerTexts(locale), mailbox.empty)}</p> });
        let mails: Vec<ErasedView> = mails.into_iter().map(|mail| view! { <MailView mail /> }.erase()).collect();
        view! {
            <Document appearance=appearance.clone() title>
                <PaperWindow id="mailbox" title actions>
                    {empty}
                    {mails}
                </PaperWindow>
            </Document>
        }
    })
}

#[component]
fn MailView(mail: ShownMail) -> impl IntoView {
    let ShownMail { to, subject, text, html } = mail;
    let paragraphs: Vec<ErasedView> = text.split("\n\n").map(paragraph).collect();
    view! {
        <section class="paper-card">
            <h2>{subject.clone()}</h2>
            <p>{to}</p>
            {paragraphs}
            <iframe title=subject sandbox=SANDBOX srcdoc=format!("{IN_FRAME}{html}") width="100%" height="440"></iframe>
        </section>
    }
}

/// Renders a paragraph of plain text. A line that is an address is a link.
fn paragraph(text: &str) -> ErasedView {
    let line = |line: &str| {
        let line = line.to_owned();
        match line.starts_with("http") {
            true => view! { <a href=line.clone()>{line.clone()}</a> }.erase(),
            false => view! { {line} <br /> }.erase(),
        }
    };
    let lines: Vec<ErasedView> = text.lines().map(line).collect();
    view! { <p>{lines}</p> }.erase()
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;

    fn page(language: &str, mails: Vec<ShownMail>) -> String {
        mailbox(&Appearance { language: Some(language.to_owned()), ..Appearance::default() }, mails)
    }

    #[test]
    fn a_mail_is_in_a_frame_and_its_links_are_links() {
        let [to, subject] = ["mia@example.org", "<b>Hello"].map(str::to_owned);
        let text = "Hello\n\nOpen\nhttp://127.0.0.1/verify?token=t".to_owned();
        let mail = ShownMail { to, subject, text, html: "<p style=\"margin:0\">\"Hello\"</p>".to_owned() };
        let html = page("en", vec![mail]);
        assert!(html.contains("<a href=\"http://127.0.0.1/verify?token=t\">"), "{html}");
        assert!(html.contains("sandbox=\"allow-popups") && !html.contains("<p style"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn an_empty_mailbox_says_so() {
        for language in tags() {
            let html = page(language, Vec::new());
            assert!(html.contains("<h1") && !html.contains("<iframe"), "{html}");
        }
    }
}
