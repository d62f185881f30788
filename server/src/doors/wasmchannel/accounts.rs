//! Session routes by which the owner of an account changes it (`wasmchannel.md` 4.1): password, name and picture, address, deletion. They do
//! what the messenger's routes do.

use protocol::codec::json::json_text;
use protocol::content::text;
use protocol::people::account::password::{PasswordInput, check_length};
use protocol::people::account::sensitive::SensitiveAct;
use protocol::people::session::shard_of_text;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde_json::Value;
use worker::Response;

use super::library::{
    DONE, LibraryError, LibraryRefusal, check_account, check_call, check_image, cleared_cookies, own_user_json,
    respond, shown_token,
};
use super::mail_links;
use crate::auth::session;
use crate::calls::PresenceWire;
use crate::calls::account::{SetImage, SetImageCall, find_account};
use crate::calls::auth::{LibraryRecord, Purpose};
use crate::calls::person::ChangePresence;
use crate::doors::messenger::members::{self, Members};
use crate::doors::messenger::proof::Claim;
use crate::doors::messenger::{addresses, leaving, mails, passkeys, passwords};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::projection::database;
use crate::runtime::call_error::CallError;

/// `POST /api/auth/change-password`.
/// Other sessions always end, so `revokeOtherSessions` only decides about the token in the answer.
pub async fn change_password(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let claim = Claim::of(incoming, SensitiveAct::NewPassword).await?;
        check_account(claim.principal())?;
        let members =
            members::of(incoming, &["newPassword", "currentPassword", "passkeys", "revokeOtherSessions"]).await?;
        let (next, current) = (members.needed_text("newPassword")?, members.needed_text("currentPassword")?);
        let wants_token = members.flag("revokeOtherSessions")?;
        check_length(&PasswordInput::of(next))?;
        // The account is read first: after the change nothing is left that could fail.
        let user = own_user_json(incoming, claim.principal()).await?;
        let keep = passkeys::kept(&members)?;
        passwords::change(incoming, claim, (current, next), keep)
            .await
            .map_err(|error| of_password(error, "current"))?;
        let token = shown_token(incoming).filter(|_| wants_token);
        let token = token.as_deref().map_or_else(|| "null".to_owned(), json_text);
        Ok((format!("{{\"token\":{token},\"user\":{user}}}"), Vec::new()))
    })
    .await
}

/// `POST /api/auth/update-user`.
pub async fn update_user(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let checked = session::require(incoming, Purpose::Call).await?;
        session::check_may_write(incoming, &checked)?;
        let own = checked.principal;
        check_account(&own)?;
        let members = members::of(incoming, &["name", "image"]).await?;
        if has_member(&members, "email")? {
            return Err(LibraryRefusal::EmailFixed.into());
        }
        let name = members.text("name")?.map(text::display_name).transpose()?;
        let image = members.text("image")?;
        check_image(image)?;
        // `null` removes the picture.
        let changes_image = member_of(&members, "image")?.is_some();
        if name.is_none() && !changes_image {
            return Err(Refusal::validation("name", "A name or an image is needed.").into());
        }
        if let Some(name) = name {
            let change = PresenceWire { display_name: Some(name), ..PresenceWire::default() };
            ChangePresence::ask(&incoming.env, own.user.as_str(), &change).await?;
        }
        if changes_image {
            save_image(incoming, &own, image).await?;
        }
        Ok((DONE.to_owned(), Vec::new()))
    })
    .await
}

/// `POST /api/auth/change-email`.
/// The library's form has no password, and a session alone must not move an account: `password` is a member of ours.
pub async fn change_email(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let claim = Claim::of(incoming, SensitiveAct::NewAddress).await?;
        check_account(claim.principal())?;
        let members = members::of(incoming, &["newEmail", "password", "callbackURL"]).await?;
        let page = mail_links::proof_link(incoming, members.text("callbackURL")?)?;
        let (email, password) = (members.needed_text("newEmail")?, members.text("password")?);
        mails::check_on(incoming).map_err(|_| LibraryRefusal::VerificationOff)?;
        let proved = claim.prove(incoming, password).await.map_err(|error| of_password(error, "password"))?;
        addresses::request_change(incoming, &proved, email, page.as_ref()).await?;
        Ok((DONE.to_owned(), Vec::new()))
    })
    .await
}

/// `POST /api/auth/delete-user`.
/// The password confirms the deletion. The library's way by mail is not offered, so `callbackURL` leads nowhere.
pub async fn delete_user(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let claim = Claim::of(incoming, SensitiveAct::Deletion).await?;
        check_account(claim.principal())?;
        let members = members::of_optional(incoming, &["password", "callbackURL"]).await?;
        let (password, _) = (members.text("password")?, members.text("callbackURL")?);
        if has_member(&members, "token")? {
            return Err(LibraryRefusal::DeletionToken.into());
        }
        let proved = claim.prove(incoming, password).await.map_err(|error| of_password(error, "password"))?;
        leaving::leave_account(incoming, &proved, false).await?;
        let cookies = cleared_cookies(incoming);
        Ok(("{\"success\":true,\"message\":\"User deleted\"}".to_owned(), cookies))
    })
    .await
}

/// Returns the refusal of a wrong password for an error that is about the member with the password of today.
fn of_password(error: CallError, member: &str) -> LibraryError {
    match error {
        CallError::Refused(Refusal::BadCredentials) => LibraryRefusal::WrongPassword.into(),
        CallError::Refused(Refusal::Validation { field, .. }) if field == member => {
            LibraryRefusal::WrongPassword.into()
        }
        error => error.into(),
    }
}

/// Returns a member of the body, also one that the route does not take, or that is `null`.
fn member_of(members: &Members, name: &str) -> Result<Option<Value>, Refusal> {
    let body: Value = serde_json::from_str(members.source()).map_err(|_| Refusal::BadJson)?;
    Ok(body.get(name).cloned())
}

/// Returns `true` if the body has this member, and not as `null`.
fn has_member(members: &Members, name: &str) -> Result<bool, Refusal> {
    Ok(member_of(members, name)?.is_some_and(|member| !member.is_null()))
}

/// Stores the address of the picture with the account, and in the table of accounts.
async fn save_image(incoming: &Incoming, own: &Principal, image: Option<&str>) -> Result<(), CallError> {
    let account = find_account(&incoming.env, own.user.as_str()).await?;
    let email = account.email.ok_or(Refusal::NotFound)?;
    let (user, image) = (own.user.to_string(), image.map(str::to_owned));
    let question = SetImageCall { email, user, image };
    SetImage::ask(&incoming.env, &shard_of_text(&question.email), &question).await?;
    let SetImageCall { email, image, .. } = question;
    let record = LibraryRecord { email, image, account_created_at: account.created_at, ..LibraryRecord::default() };
    database::put_user(&incoming.env, own.user.as_str(), &account.name, &record).await;
    Ok(())
}
