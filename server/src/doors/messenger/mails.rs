//! Mails about accounts (`account.md` 1): words in the language of the request, and the two limits. The shard of the account sends them.

use app::mail::{AccountMail, MailText, write};
use protocol::words::refusal::Refusal;

use crate::calls::gate;
use crate::calls::mail::Mail;
use crate::http::appearance::appearance_of;
use crate::http::incoming::Incoming;
use crate::outbound::mail;
use crate::runtime::call_error::CallError;

/// Writes a mail in the language of the page or the request that asks for it.
pub fn compose(incoming: &Incoming, to: &str, mail: &AccountMail<'_>) -> Mail {
    let MailText { subject, text, html } = write(appearance_of(incoming).locale(), mail);
    Mail { to: to.to_owned(), subject, text, html }
}

/// Refuses with `MAIL_OFF` where the deployment sends no mail.
pub fn check_on(incoming: &Incoming) -> Result<(), Refusal> {
    if mail::is_on(&incoming.env, incoming.config) { Ok(()) } else { Err(Refusal::MailOff) }
}

/// Counts a mail that this address asks for.
pub async fn charge(incoming: &Incoming) -> Result<(), CallError> {
    gate::charge::<gate::CountMail>(&incoming.env, &incoming.config.rules.mail, &incoming.address()).await
}
