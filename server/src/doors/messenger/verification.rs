//! Proof that an address belongs to the owner of its account (`account.md` 3).

use app::mail::AccountMail;
use protocol::people::account::email::Email;
use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::session::shard_of;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde_json::json;

use super::{account_links, addresses, mails, members, passkeys};
use crate::calls::account::{LinkUse, LinkView, NewLink, SendLink, SendLinkCall, UseVerification};
use crate::calls::auth::Purpose;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::objects::find_account;
use crate::runtime::call_error::CallError;

/// `POST /api/auth/email/send`.
pub async fn request_mail(incoming: &Incoming) -> HandlerResult {
    let own = passkeys::owner(incoming, Purpose::Call).await?;
    send(incoming, &own).await?;
    Ok(Reply::empty().with_status(202))
}

/// `POST /api/auth/email/verify`.
pub async fn verify_address(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["token"]).await?;
    let email = verify(incoming, members.needed_text("token")?).await?;
    Reply::json(&json!({ "email": email }))
}

/// Sends the mail with which the signed-in person proves the address of their account. A proved address needs none.
pub async fn send(incoming: &Incoming, own: &Principal) -> Result<(), CallError> {
    passkeys::check_account(own)?;
    mails::check_on(incoming)?;
    mails::charge(incoming).await?;
    let account = find_account(&incoming.env, own.user.as_str()).await?;
    let email = account.email.ok_or(Refusal::NotFound)?;
    if account.verified_at.is_some() {
        return Ok(());
    }
    let address = Email::kept(&email)?;
    let NewLink { hash, life_ms, mail } = new_link(incoming, &address)?;
    let (purpose, user, data, trace) =
        (LinkPurpose::Verify, Some(own.user.to_string()), String::new(), incoming.trace());
    let question = SendLinkCall { hash, purpose, email, user, data, life_ms, mail, trace };
    SendLink::ask(&incoming.env, shard_of(&address.hash()).unwrap_or_default(), &question).await
}

/// Uses a link that proves an address, of an account or a new one. Returns the address.
pub async fn verify(incoming: &Incoming, token: &str) -> Result<String, CallError> {
    let link = account_links::read(incoming, token).await?;
    let hash = account_links::hash_of(token)?;
    match link.purpose {
        LinkPurpose::Verify => {}
        LinkPurpose::Change => return addresses::confirm(incoming, &link, &hash).await,
        LinkPurpose::Reset | LinkPurpose::Undo => return Err(unknown_token().into()),
    }
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    let question = LinkUse { hash, trace: incoming.trace() };
    let LinkView { email, .. } = UseVerification::ask(&incoming.env, &shard, &question).await?;
    Ok(email)
}

/// Returns the link that is written with a new account; `None` where no mail is sent.
pub fn first_link(incoming: &Incoming, email: &Email) -> Result<Option<NewLink>, Refusal> {
    mails::check_on(incoming).is_ok().then(|| new_link(incoming, email)).transpose()
}

fn new_link(incoming: &Incoming, email: &Email) -> Result<NewLink, Refusal> {
    let (token, hash) = account_links::draw_link(email)?;
    let link = account_links::url(incoming, LinkPurpose::Verify, &token);
    let mail = mails::compose(incoming, email.as_str(), &AccountMail::Verify { link: &link });
    Ok(NewLink { hash, life_ms: LinkPurpose::Verify.life_ms(), mail })
}
