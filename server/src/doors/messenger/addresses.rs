//! Change of an account's address, and what takes it back (`account.md` 6.2 and 6.3).
//!
//! Nothing changes before a link is used. Then the shard of the new address takes the account in, and has the shard of the old one let it go.

use app::mail::AccountMail;
use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::account::sensitive::SensitiveAct;
use protocol::people::email::{Email, shown_address};
use protocol::people::session::shard_of_text;
use protocol::words::refusal::Refusal;
use serde_json::json;
use worker::Url;

use super::proof::{Claim, Proved};
use super::{account_links, credentials, mails, members, new_session};
use crate::calls::account::{LinkView, find_account};
use crate::calls::address::{
    AddressMove, EnterAddress, MoveReadCall, MovingAccount, OfferAddress, OfferCall, ReadAccountForMove,
};
use crate::calls::auth::LibraryRecord;
use crate::calls::mail::Mail;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::projection::database;
use crate::runtime::call_error::CallError;

/// `POST /api/me/email`.
pub async fn change_address(incoming: &Incoming) -> HandlerResult {
    let claim = Claim::of(incoming, SensitiveAct::NewAddress).await?;
    let members = members::of(incoming, &["email", "password"]).await?;
    let (email, password) = (members.needed_text("email")?, members.needed_text("password")?);
    let proved = claim.prove(incoming, Some(password)).await?;
    request_change(incoming, &proved, email, None).await?;
    Ok(Reply::empty().with_status(202))
}

/// `POST /api/auth/email/undo`.
pub async fn undo_change(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["token"]).await?;
    let email = undo(incoming, members.needed_text("token")?).await?;
    Reply::json(&json!({ "email": shown_address(&email) }))
}

/// Sends a link to the new address, and tells the old one. The answer does not tell if another account has the address: its owner is told
/// by mail. The link may open another page than ours.
pub async fn request_change(
    incoming: &Incoming,
    proved: &Proved,
    email: &str,
    page: Option<&Url>,
) -> Result<(), CallError> {
    mails::check_on(incoming)?;
    let (typed, email) = (email, Email::parse_new(email)?);
    let (old, digest) = (proved.email.clone(), proved.digest.clone());
    if old == email.as_str() || Email::parse(&old).is_ok_and(|old| old == email) {
        return Err(Refusal::validation("email", "The account already has this address.").into());
    }
    mails::charge(incoming).await?;
    // An account that is older than the one spelling of addresses has the address as well.
    let email = credentials::older_holder(incoming, &email, typed).await?.unwrap_or(email);
    let user = proved.own.principal.user.as_str().to_owned();
    let (token, hash) = account_links::draw_link(&email)?;
    let link = account_links::url_at(incoming, LinkPurpose::Change, &token, page);
    let offer = mails::compose(incoming, email.as_str(), &AccountMail::ConfirmAddress { link: &link });
    let taken = mails::compose(incoming, email.as_str(), &AccountMail::AddressTaken);
    let wanted = mails::compose(incoming, &old, &AccountMail::AddressWanted { new: &email.shown() });
    let question = OfferCall { email: email.as_str().to_owned(), user, old, digest, hash, offer, wanted, taken };
    OfferAddress::ask(&incoming.env, &shard_of_text(email.as_str()), &question).await
}

/// Moves the account to the address of a link with the purpose `Change`, and returns the address. `hash` is that of the link's token.
/// `is_elsewhere`: whoever uses the link shows no session of the account.
pub async fn confirm(
    incoming: &Incoming,
    link: &LinkView,
    hash: &str,
    is_elsewhere: bool,
) -> Result<String, CallError> {
    let old = address_of(incoming, link).await?;
    let copied = read_for_move(incoming, link, &old).await?;
    let (token, undo_hash) = new_session::draw(&shard_of_text(&old))?;
    let undo = account_links::url(incoming, LinkPurpose::Undo, &token);
    // An address that nobody has proved may be anybody's: it is told, and takes nothing back.
    let undo = copied.account.verified_at.is_some().then_some(undo.as_str());
    let told = AccountMail::AddressChanged { new: &shown_address(&link.email), undo };
    let mail = account_links::told(incoming, &old, &told);
    carry_over(incoming, link, (copied, Some(undo_hash), mail, is_elsewhere), (hash, old)).await
}

/// Moves the account back to its old address, and returns that. The account may have moved on since then.
pub async fn undo(incoming: &Incoming, token: &str) -> Result<String, CallError> {
    let link = account_links::read(incoming, token).await?;
    if link.purpose != LinkPurpose::Undo {
        return Err(unknown_token().into());
    }
    let old = address_of(incoming, &link).await?;
    let copied = read_for_move(incoming, &link, &old).await?;
    carry_over(incoming, &link, (copied, None, None, false), (&account_links::hash_of(token)?, old)).await
}

/// Reads the account of a link at the address that it is to leave.
async fn read_for_move(incoming: &Incoming, link: &LinkView, old: &str) -> Result<MovingAccount, CallError> {
    let question = MoveReadCall { email: old.to_owned(), user: link.user.clone() };
    ReadAccountForMove::ask(&incoming.env, &shard_of_text(old), &question).await
}

/// Moves the account from its address `old` to the address of the link.
async fn carry_over(
    incoming: &Incoming,
    link: &LinkView,
    (copied, undo_hash, mail, is_elsewhere): (MovingAccount, Option<String>, Option<Mail>, bool),
    (hash, old): (&str, String),
) -> Result<String, CallError> {
    let (user, new) = (link.user.clone(), link.email.clone());
    let name = copied.account.name.clone();
    let record = LibraryRecord {
        email: new.clone(),
        image: copied.account.image.clone(),
        account_created_at: copied.account.created_at,
        // Only the owner of an address can have its link.
        email_verified: true,
        ..LibraryRecord::default()
    };
    let (id, trace) = (hash.to_owned(), incoming.trace());
    let question = AddressMove { id, user, old, new, copied, undo_hash, mail, is_elsewhere, trace };
    EnterAddress::ask(&incoming.env, &shard_of_text(&link.email), &question).await?;
    database::put_user(&incoming.env, &link.user, &name, &record).await;
    Ok(record.email)
}

async fn address_of(incoming: &Incoming, link: &LinkView) -> Result<String, CallError> {
    let email = find_account(&incoming.env, &link.user).await?.email;
    Ok(email.filter(|email| *email != link.email).ok_or_else(unknown_token)?)
}
