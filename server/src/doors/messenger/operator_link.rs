//! Link to a new password that an operator makes for the owner of an account (`account.md` 5.2). Only `/admin` calls this.

use std::iter;

use app::mail::AccountMail;
use protocol::people::account::link::LinkPurpose;
use protocol::people::email::Email;
use protocol::people::session::shard_of;
use protocol::words::refusal::Refusal;

use super::account_links;
use crate::calls::recovery::{AddOperatorLink, OperatorLinkCall};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Makes a link for the account of an address, and returns its address; `NOT_FOUND` where there is no account.
pub async fn make(incoming: &Incoming, operator: &str, typed: &str) -> Result<String, CallError> {
    let email = Email::parse(typed)?;
    // An older account may have another spelling of the address.
    for email in iter::once(&email).chain(&email.older(typed)) {
        match add(incoming, operator, email).await {
            Err(CallError::Refused(Refusal::NotFound)) => {}
            made => return made,
        }
    }
    Err(Refusal::NotFound.into())
}

async fn add(incoming: &Incoming, operator: &str, email: &Email) -> Result<String, CallError> {
    let (token, hash) = account_links::draw_link(email)?;
    let mail = account_links::told(incoming, email.as_str(), &AccountMail::OperatorLink);
    let (email_text, operator) = (email.as_str().to_owned(), operator.to_owned());
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    let question = OperatorLinkCall { email: email_text, hash, operator, mail, trace: incoming.trace() };
    AddOperatorLink::ask(&incoming.env, &shard, &question).await?;
    Ok(account_links::url(incoming, LinkPurpose::Reset, &token))
}
