//! Change of an account's address, and what takes it back (`account.md` 6.2 and 6.3).
//!
//! Nothing changes before a link is used. Then the shard of the new address takes the account in, and has the shard of the old one let it go.

use app::mail::AccountMail;
use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::email::{Email, shown_address};
use protocol::people::session::shard_of_text;
use protocol::words::refusal::Refusal;
use serde_json::json;
use worker::Url;

use super::passkeys::check_account;
use super::{account, account_links, mails, members, new_session, own_account};
use crate::auth::session;
use crate::calls::account::LinkView;
use crate::calls::address::{AddressMove, EnterAddress, MoveReadCall, OfferAddress, OfferCall, ReadAccountForMove};
use crate::calls::auth::{LibraryRecord, Purpose, ValidSession};
use crate::calls::mail::Mail;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::objects::find_account;
use crate::projection::database;
use crate::runtime::call_error::CallError;

/// `POST /api/me/email`.
pub async fn change_address(incoming: &Incoming) -> HandlerResult {
    let own = session::require(incoming, Purpose::Call).await?;
    let members = members::of(incoming, &["email", "password"]).await?;
    check_account(&own.principal)?;
    request_change(incoming, &own, members.needed_text("email")?, members.needed_text("password")?).await?;
    Ok(Reply::empty().with_status(202))
}

/// `POST /api/auth/email/undo`.
pub async fn undo_change(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["token"]).await?;
    let email = undo(incoming, members.needed_text("token")?).await?;
    Reply::json(&json!({ "email": shown_address(&email) }))
}

/// Sends a link to the new address, and tells the old one. The answer does not tell if another account has the address: its owner is told
/// by mail.
pub async fn request_change(
    incoming: &Incoming,
    own: &ValidSession,
    email: &str,
    password: &str,
) -> Result<(), CallError> {
    let wanted = wanted_address(incoming, own, email).await?;
    let digest = account::prove_own(incoming, &own.principal, password).await?.digest;
    offer(incoming, own, wanted, digest, None).await
}

/// Does the same without a password. The caller has checked that the sign-in is recent ([`Purpose::Fresh`]). The link may open another
/// page than ours.
pub async fn request_change_afresh(
    incoming: &Incoming,
    own: &ValidSession,
    email: &str,
    page: Option<&Url>,
) -> Result<(), CallError> {
    let wanted = wanted_address(incoming, own, email).await?;
    let question = MoveReadCall { email: wanted.old.clone(), user: own.principal.user.as_str().to_owned() };
    let digest = ReadAccountForMove::ask(&incoming.env, &shard_of_text(&wanted.old), &question).await?.account.digest();
    offer(incoming, own, wanted, digest, page).await
}

/// Address that the owner of an account wants, and the one that the account has.
struct WantedAddress {
    email: Email,
    old: String,
}

/// Checks that the account can get this address, and counts the mail.
async fn wanted_address(incoming: &Incoming, own: &ValidSession, email: &str) -> Result<WantedAddress, CallError> {
    mails::check_on(incoming)?;
    own_account::charge_change(incoming, &own.principal).await?;
    let (typed, email) = (email, Email::parse_new(email)?);
    let old = find_account(&incoming.env, own.principal.user.as_str()).await?.email.ok_or(Refusal::Forbidden)?;
    if old == email.as_str() || Email::parse(&old).is_ok_and(|old| old == email) {
        return Err(Refusal::validation("email", "The account has this address already.").into());
    }
    mails::charge(incoming).await?;
    // An account that is older than the one spelling of addresses has the address as well.
    let email = account::older_holder(incoming, &email, typed).await?.unwrap_or(email);
    Ok(WantedAddress { email, old })
}

/// Sends a link to the wanted address. `digest` is that of the password of today.
async fn offer(
    incoming: &Incoming,
    own: &ValidSession,
    WantedAddress { email, old }: WantedAddress,
    digest: String,
    page: Option<&Url>,
) -> Result<(), CallError> {
    let user = own.principal.user.as_str().to_owned();
    let (token, hash) = account_links::draw_link(&email)?;
    let link = account_links::url_at(incoming, LinkPurpose::Change, &token, page);
    let offer = mails::compose(incoming, email.as_str(), &AccountMail::ConfirmAddress { link: &link });
    let taken = mails::compose(incoming, email.as_str(), &AccountMail::AddressTaken);
    let wanted = mails::compose(incoming, &old, &AccountMail::AddressWanted { new: &email.shown() });
    let question = OfferCall { email: email.as_str().to_owned(), user, old, digest, hash, offer, wanted, taken };
    OfferAddress::ask(&incoming.env, &shard_of_text(email.as_str()), &question).await
}

/// Moves the account to the address of a link with the purpose `Change`, and returns the address. `hash` is that of the link's token.
pub async fn confirm(incoming: &Incoming, link: &LinkView, hash: &str) -> Result<String, CallError> {
    let old = address_of(incoming, link).await?;
    let (token, undo_hash) = new_session::draw(&shard_of_text(&old))?;
    let undo = account_links::url(incoming, LinkPurpose::Undo, &token);
    let told = AccountMail::AddressChanged { new: &shown_address(&link.email), undo: &undo };
    let mail = account_links::told(incoming, &old, &told);
    carry_over(incoming, link, hash, (old, Some(undo_hash), mail)).await
}

/// Moves the account back to its old address, and returns that. The account may have moved on since then.
pub async fn undo(incoming: &Incoming, token: &str) -> Result<String, CallError> {
    let link = account_links::read(incoming, token).await?;
    if link.purpose != LinkPurpose::Undo {
        return Err(unknown_token().into());
    }
    let old = address_of(incoming, &link).await?;
    carry_over(incoming, &link, &account_links::hash_of(token)?, (old, None, None)).await
}

/// Moves the account from its address `old` to the address of the link.
async fn carry_over(
    incoming: &Incoming,
    link: &LinkView,
    hash: &str,
    (old, undo_hash, mail): (String, Option<String>, Option<Mail>),
) -> Result<String, CallError> {
    let (user, new) = (link.user.clone(), link.email.clone());
    let question = MoveReadCall { email: old.clone(), user: user.clone() };
    let copied = ReadAccountForMove::ask(&incoming.env, &shard_of_text(&old), &question).await?;
    let name = copied.account.name.clone();
    let record = LibraryRecord {
        email: new.clone(),
        image: copied.account.image.clone(),
        account_created_at: copied.account.created_at,
        address: incoming.address(),
        is_short: false,
        // Only the owner of an address can have its link.
        email_verified: true,
    };
    let (id, trace) = (hash.to_owned(), incoming.trace());
    let question = AddressMove { id, user, old, new, copied, undo_hash, mail, trace };
    EnterAddress::ask(&incoming.env, &shard_of_text(&link.email), &question).await?;
    database::put_user(&incoming.env, &link.user, &name, &record).await;
    Ok(record.email)
}

/// Returns the address from which the account of a link moves.
async fn address_of(incoming: &Incoming, link: &LinkView) -> Result<String, CallError> {
    let email = find_account(&incoming.env, &link.user).await?.email;
    Ok(email.filter(|email| *email != link.email).ok_or_else(unknown_token)?)
}
