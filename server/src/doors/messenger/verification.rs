//! Proof that an address belongs to the owner of its account (`account.md` 3).

use app::mail::AccountMail;
use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::email::{Email, shown_address};
use protocol::people::session::shard_of;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde_json::json;
use worker::Url;

use super::{account_links, addresses, mails, members, passkeys, sign_in_attempts};
use crate::auth::session;
use crate::calls::account::{LinkUse, LinkView, NewLink, SendLink, SendLinkCall, UseVerification, find_account};
use crate::calls::person::ConfirmAddress;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// `POST /api/auth/email/send`.
pub async fn request_mail(incoming: &Incoming) -> HandlerResult {
    let own = passkeys::owner(incoming).await?;
    send(incoming, &own).await?;
    Ok(Reply::empty().with_status(202))
}

/// `POST /api/auth/email/verify`.
pub async fn verify_address(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["token"]).await?;
    let email = verify(incoming, members.needed_text("token")?).await?;
    Reply::json(&json!({ "email": shown_address(&email) }))
}

/// Sends the mail with which the signed-in person proves the address of their account. A proved address needs none, and lets them write.
pub async fn send(incoming: &Incoming, own: &Principal) -> Result<(), CallError> {
    passkeys::check_account(own)?;
    mails::check_on(incoming)?;
    mails::charge(incoming).await?;
    let account = find_account(&incoming.env, own.user.as_str()).await?;
    let email = account.email.ok_or(Refusal::NotFound)?;
    if account.verified_at.is_some() {
        // The person may not know it yet, where the last call did not arrive.
        return tell_proof(incoming, own.user.as_str()).await;
    }
    send_link(incoming, &Email::kept(&email)?, Some(own), None).await
}

/// Sends the mail to an address that anybody may have typed, if it is that of an account and not proved yet. The caller does not learn it: the
/// answer and the work are the same for every address.
pub async fn send_to(incoming: &Incoming, typed: &str, page: Option<&Url>) -> Result<(), CallError> {
    mails::check_on(incoming)?;
    let email = Email::parse(typed)?;
    sign_in_attempts::charge_address(incoming).await?;
    mails::charge(incoming).await?;
    // An older account may have another spelling of the address.
    for address in std::iter::once(&email).chain(&email.older(typed)) {
        send_link(incoming, address, None, page).await?;
    }
    Ok(())
}

/// Sends a link that proves `address`. Without `owner`, the shard of the address finds the account.
pub async fn send_link(
    incoming: &Incoming,
    address: &Email,
    owner: Option<&Principal>,
    page: Option<&Url>,
) -> Result<(), CallError> {
    let NewLink { hash, life_ms, mail } = new_link(incoming, address, page)?;
    let (email, user) = (address.as_str().to_owned(), owner.map(|owner| owner.user.to_string()));
    let (purpose, data, trace) = (LinkPurpose::Verify, String::new(), incoming.trace());
    let question = SendLinkCall { hash, purpose, email, user, data, life_ms, mail, trace };
    SendLink::ask(&incoming.env, shard_of(&address.hash()).unwrap_or_default(), &question).await
}

/// Uses a link that proves an address, of an account or a new one. Returns the address. Without a session of the account, sessions, passkeys
/// and recovery codes from before end: whoever made the account need not be the owner of the address.
pub async fn verify(incoming: &Incoming, token: &str) -> Result<String, CallError> {
    let link = account_links::read(incoming, token).await?;
    let hash = account_links::hash_of(token)?;
    let is_elsewhere = !session::is_of(incoming, &link.user).await?;
    match link.purpose {
        LinkPurpose::Verify => {}
        LinkPurpose::Change => {
            let email = addresses::confirm(incoming, &link, &hash, is_elsewhere).await?;
            let_write(incoming, &link.user).await;
            return Ok(email);
        }
        LinkPurpose::Reset | LinkPurpose::Undo => return Err(unknown_token().into()),
    }
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    let question = LinkUse { hash, is_elsewhere, trace: incoming.trace() };
    let LinkView { email, user, .. } = UseVerification::ask(&incoming.env, &shard, &question).await?;
    let_write(incoming, &user).await;
    Ok(email)
}

/// Tells all sessions of the person that the address is proved. It is proved whatever becomes of the call, and the link works only once: a
/// sign-in, and the wish for another mail, tell it again.
async fn let_write(incoming: &Incoming, user: &str) {
    telemetry::logged("address-proved", tell_proof(incoming, user).await);
}

/// Tells the person's object that the address is proved, also where nothing depends on it today.
async fn tell_proof(incoming: &Incoming, user: &str) -> Result<(), CallError> {
    ConfirmAddress::ask(&incoming.env, user, &()).await
}

/// Returns the link that is written with a new account; `None` where no mail is sent.
pub fn first_link(incoming: &Incoming, email: &Email) -> Result<Option<NewLink>, Refusal> {
    mails::check_on(incoming).is_ok().then(|| new_link(incoming, email, None)).transpose()
}

fn new_link(incoming: &Incoming, email: &Email, page: Option<&Url>) -> Result<NewLink, Refusal> {
    let (token, hash) = account_links::draw_link(email)?;
    let link = account_links::url_at(incoming, LinkPurpose::Verify, &token, page);
    let mail = mails::compose(incoming, email.as_str(), &AccountMail::Verify { link: &link });
    Ok(NewLink { hash, life_ms: LinkPurpose::Verify.life_ms(), mail })
}
