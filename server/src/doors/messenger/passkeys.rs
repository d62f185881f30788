//! Passkeys (`sign-in.md` 7): a second way to sign in with an account.
//!
//! A challenge is a row of the shard of its hash, and is removed before any other check. The passkeys of an account are rows of the shard of
//! its id's hash. The Worker verifies signatures. Every failure causes the same work and the same answer.

use app::appearance::Appearance;
use app::mail::AccountMail;
use protocol::codec::json::{json_text, write};
use protocol::content::text;
use protocol::people::account::sensitive::SensitiveAct;
use protocol::people::session::{hash_hex, shard_of_text, token};
use protocol::trust::passkey::{
    self, Assertion, ClientData, Key, Registration, SignedMessage, assertion, bytes_of, registration, text_of,
};
use protocol::words::limits::PASSKEYS_MAX;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use serde_json::Value;

use super::members::{self, Members};
use super::new_session::{self, SignedIn};
use super::proof::{Claim, Proved};
use super::sign_in_attempts::{self, SignInTarget};
use super::{account, account_links, own_account, refresh};
use crate::auth::{origin, session};
use crate::calls::account::LinkView;
use crate::calls::auth::{Purpose, ValidSession};
use crate::calls::gate;
use crate::calls::passkey::{
    AddChallenge, AddPasskey, ChallengeCall, FindPasskey, ListPasskeys, PasskeyCall, PasskeyMaker, PasskeyRow,
    RemovePasskey, RenamePasskey, TakeChallenge, UseCall, UsePasskey,
};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::appearance::{appearance_cookie, cookie_appearance};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Name of the site that browsers show for a passkey.
const PARTY_NAME: &str = "CF Messenger";
const PLAIN_NAME: &str = "Passkey";

// ---- a new one

/// `POST /api/auth/passkey/register/begin`.
pub async fn begin_registration(incoming: &Incoming) -> HandlerResult {
    let Proved { own: ValidSession { principal: who, .. }, email, .. } =
        proved(incoming, SensitiveAct::NewPasskey).await?;
    let (user, known) = (who.user.as_str(), all_of(incoming, who.user.as_str()).await?);
    if known.len() >= PASSKEYS_MAX {
        return Err(Refusal::Conflict.into());
    }
    let challenge = challenge(incoming, user).await?;
    let page = origin::page(incoming);
    let (party, id) = (json_text(passkey::relying_party(&page)), text_of(user.as_bytes()));
    let known: Vec<String> =
        known.iter().map(|own| format!("{{\"type\":\"public-key\",\"id\":\"{}\"}}", own.id)).collect();
    Ok(Reply::raw(format!(
        "{{\"challenge\":\"{challenge}\",\"rp\":{{\"id\":{party},\"name\":\"{PARTY_NAME}\"}},\
         \"user\":{{\"id\":\"{id}\",\"name\":{},\"displayName\":{}}},\"excludeCredentials\":[{}]}}",
        json_text(&email),
        json_text(&who.name),
        known.join(",")
    )))
}

/// `POST /api/auth/passkey/register/finish`.
pub async fn finish_registration(incoming: &Incoming) -> HandlerResult {
    let Proved { own: ValidSession { principal: who, began_at, .. }, email, .. } =
        proved(incoming, SensitiveAct::NewPasskey).await?;
    own_account::charge_change(incoming, &who).await?;
    let members = members::of(incoming, &["id", "clientDataJSON", "attestationObject", "name"]).await?;
    let client_bytes = needed_bytes(&members, "clientDataJSON")?;
    let attestation = needed_bytes(&members, "attestationObject")?;
    let name = text::passkey_name(members.text("name")?.unwrap_or(PLAIN_NAME))?;
    let refused = |field| Refusal::validation(field, "This was not made for this request, or cannot be used here.");
    let client = ClientData::read(&client_bytes);
    let is_answer = was_asked(incoming, client.as_ref(), who.user.as_str()).await?;
    let client = client.filter(|_| is_answer).ok_or_else(|| refused("clientDataJSON"))?;
    let made = registration(&client, &attestation, &|page| origin::is_allowed(incoming, page));
    let Registration { id, key, counter, .. } =
        made.and_then(Registration::of_a_person).map_err(|flaw| match flaw {
            passkey::Flaw::Kind | passkey::Flaw::Origin | passkey::Flaw::CrossOrigin => refused("clientDataJSON"),
            _ => refused("attestationObject"),
        })?;
    let id = text_of(&id);
    if members.needed_text("id")? != id {
        return Err(refused("id").into());
    }
    // A point that is not on the curve signs nothing. It is refused now instead of at the next sign-in.
    runtime::verify_es256(&key, &[0; 64], &[]).await.ok_or_else(|| refused("attestationObject"))?;
    let named = json_text(&name);
    let row = PasskeyRow { id: id.clone(), x: key.x, y: key.y, counter, name, ..PasskeyRow::default() };
    let maker = (began_at > 0).then(|| PasskeyMaker { session: who.session.clone(), began_at });
    let mail = account_links::told(incoming, &email, &AccountMail::PasskeyAdded);
    let question = PasskeyCall { maker, mail, ..question(incoming, who.user.as_str(), row.clone()) };
    let created_at = AddPasskey::ask(&incoming.env, &shard_of_text(&question.user), &question).await?;
    // An act that ends passkeys may have ended this session since it was asked, and does not know of the new one.
    if let Err(error) = session::require(incoming, Purpose::Inspect).await {
        ask::<RemovePasskey>(incoming, &who, row).await?;
        return Err(error);
    }
    let answer = format!("{{\"id\":\"{id}\",\"name\":{named},\"createdAt\":{created_at}}}");
    Ok(Reply::raw(answer).with_status(201))
}

/// Returns the owner of an account who may do this with its passkeys.
async fn proved(incoming: &Incoming, act: SensitiveAct) -> Result<Proved, CallError> {
    Claim::of(incoming, act).await?.prove(incoming, None).await
}

// ---- those there are

/// `GET /api/auth/passkey`.
pub async fn list_passkeys(incoming: &Incoming) -> HandlerResult {
    let who = owner(incoming).await?;
    let items: Vec<String> = all_of(incoming, who.user.as_str()).await?.iter().map(row_json).collect();
    Ok(Reply::raw(format!("{{\"items\":[{}]}}", items.join(","))))
}

fn row_json(row: &PasskeyRow) -> String {
    let PasskeyRow { id, name, created_at, used_at, is_stopped, .. } = row;
    let (name, used_at) = (json_text(name), write(used_at));
    let stopped = if *is_stopped { ",\"stopped\":true" } else { "" };
    format!("{{\"id\":\"{id}\",\"name\":{name},\"createdAt\":{created_at},\"lastUsedAt\":{used_at}{stopped}}}")
}

/// `PATCH /api/auth/passkey/:id`.
pub async fn rename_passkey(incoming: &Incoming, id: &str) -> HandlerResult {
    let who = proved(incoming, SensitiveAct::ChangedPasskey).await?.own.principal;
    let members = members::of(incoming, &["name"]).await?;
    let name = text::passkey_name(members.needed_text("name")?)?;
    let row = PasskeyRow { id: id.to_owned(), name, ..PasskeyRow::default() };
    ask::<RenamePasskey>(incoming, &who, row).await?;
    Ok(Reply::empty())
}

/// `DELETE /api/auth/passkey/:id`.
pub async fn remove_passkey(incoming: &Incoming, id: &str) -> HandlerResult {
    let who = proved(incoming, SensitiveAct::ChangedPasskey).await?.own.principal;
    let row = PasskeyRow { id: id.to_owned(), ..PasskeyRow::default() };
    ask::<RemovePasskey>(incoming, &who, row).await?;
    Ok(Reply::empty())
}

// ---- signing in

/// `POST /api/auth/passkey/login/begin`.
pub async fn begin_login(incoming: &Incoming) -> HandlerResult {
    // The sign-in page asks for a challenge as soon as it is open, which must not keep people out who share the address.
    let rule = &incoming.config.rules.rest;
    gate::charge::<gate::CountOffer>(&incoming.env, rule, &format!("offer {}", incoming.address())).await?;
    let challenge = challenge(incoming, "").await?;
    let page = origin::page(incoming);
    let (party, timeout) = (json_text(passkey::relying_party(&page)), incoming.config.limits.passkey_challenge_ms);
    Ok(Reply::raw(format!("{{\"challenge\":\"{challenge}\",\"rpId\":{party},\"timeout\":{timeout}}}")))
}

/// `POST /api/auth/passkey/login/finish`.
pub async fn finish_login(incoming: &Incoming) -> HandlerResult {
    let begun = sign_in_attempts::logged(incoming, "passkey", try_login(incoming)).await?;
    let is_page = refresh::wants_cookie(incoming);
    let appearance = Appearance { status: Some(begun.profile.choice), ..cookie_appearance(incoming) };
    let reply = refresh::answer_sign_in(incoming, begun).await?;
    // As after the sign-in form, the page offers a passkey next time.
    Ok(if is_page { reply.with_header("set-cookie", appearance_cookie(incoming, &appearance)) } else { reply })
}

async fn try_login(incoming: &Incoming) -> Result<SignedIn, CallError> {
    const KNOWN: [&str; 7] =
        ["id", "clientDataJSON", "authenticatorData", "signature", "userHandle", "remember", "status"];
    let members = members::of(incoming, &KNOWN).await?;
    let form = Form {
        id: members.needed_text("id")?,
        client: members.needed_text("clientDataJSON")?,
        authenticator: members.needed_text("authenticatorData")?,
        signature: members.needed_text("signature")?,
        handle: members.needed_text("userHandle")?,
    };
    let (remember, status) = (members.flag("remember")?, new_session::status_of(members.text("status")?)?);
    sign_in_attempts::charge_address(incoming).await?;
    let result = match verify_assertion(incoming, &form).await {
        Ok(user) => account::let_in_with_passkey(incoming, (user.as_str(), form.id), status, remember).await,
        Err(error) => Err(error),
    };
    sign_in_attempts::write_down_refusal(incoming, &result, false, &SignInTarget::Name("passkey".to_owned())).await;
    result
}

struct Form<'a> {
    id: &'a str,
    client: &'a str,
    authenticator: &'a str,
    signature: &'a str,
    handle: &'a str,
}

/// Returns the user whose passkey has signed the challenge. Every step runs whatever the result of the earlier ones, so that a refusal takes
/// as long as any other.
async fn verify_assertion(incoming: &Incoming, form: &Form<'_>) -> Result<String, CallError> {
    let bytes = |text: &str| bytes_of(text).unwrap_or_default();
    let client_bytes = bytes(form.client);
    let client = ClientData::read(&client_bytes);
    let is_answer = was_asked(incoming, client.as_ref(), "").await?;
    let assertion = client.filter(|_| is_answer).and_then(|client| {
        let (authenticator, signature) = (bytes(form.authenticator), bytes(form.signature));
        let is_allowed = |page: &str| origin::is_allowed(incoming, page);
        let said = assertion(&client, &client_bytes, &authenticator, &signature, &is_allowed);
        said.and_then(Assertion::of_a_person).ok()
    });
    let user = String::from_utf8(bytes(form.handle)).unwrap_or_default();
    let known = find_passkey(incoming, &user, form.id).await?;
    let key = known.as_ref().map(|known| Key { x: known.x.clone(), y: known.y.clone() });
    let nobody = || SignedMessage { message: vec![0; 69], signature: [1; 64] };
    let (counter, proof) =
        assertion.map_or_else(|| (None, nobody()), |Assertion { counter, proof, .. }| (Some(counter), proof));
    let is_signed = runtime::verify_es256(&key.unwrap_or_else(key_of_nobody), &proof.signature, &proof.message).await;
    let (known, counter) = match (known, counter, is_signed) {
        (Some(known), Some(counter), Some(true)) => (known, counter),
        // The browser need not offer it any more. Credential ids are random, so that this tells others nothing.
        (None, Some(_), _) => return Err(Refusal::NotFound.into()),
        _ => return Err(Refusal::BadCredentials.into()),
    };
    let question = UseCall { user: user.clone(), id: known.id, counter, trace: incoming.trace() };
    let is_good = UsePasskey::ask(&incoming.env, &shard_of_text(&user), &question).await?;
    if is_good { Ok(user) } else { Err(Refusal::BadCredentials.into()) }
}

/// Returns the curve's own base point. Its secret is one, as everybody knows, and no account has it.
fn key_of_nobody() -> Key {
    Key {
        x: "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY".to_owned(),
        y: "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU".to_owned(),
    }
}

// ---- what the shards know

/// Returns the account of the session: passkeys, like handles, are for accounts.
pub async fn owner(incoming: &Incoming) -> Result<Principal, CallError> {
    let principal = session::person(incoming).await?;
    check_account(&principal)?;
    Ok(principal)
}

/// Refuses a person without an account.
pub fn check_account(principal: &Principal) -> Result<(), Refusal> {
    if principal.kind == UserKind::User { Ok(()) } else { Err(Refusal::Forbidden) }
}

async fn challenge(incoming: &Incoming, user: &str) -> Result<String, CallError> {
    let challenge = token(runtime::random_bytes());
    let question = ChallengeCall { hash: hash_hex(&challenge), user: user.to_owned() };
    AddChallenge::ask(&incoming.env, &shard_of_text(&challenge), &question).await?;
    Ok(challenge)
}

/// Returns true if it answers a valid challenge for `user`. The challenge is used up by that.
async fn was_asked(incoming: &Incoming, client: Option<&ClientData>, user: &str) -> Result<bool, CallError> {
    let challenge = client.map_or("", |client| &client.challenge);
    let question = ChallengeCall { hash: hash_hex(challenge), user: user.to_owned() };
    TakeChallenge::ask(&incoming.env, &shard_of_text(challenge), &question).await
}

/// Returns the passkeys of the account of a link to a new password; `true` for those that stay without a choice.
pub async fn of_link(incoming: &Incoming, link: &LinkView) -> Result<Vec<(PasskeyRow, bool)>, CallError> {
    let proved_at = link.verified_at.unwrap_or(0);
    let known = all_of(incoming, &link.user).await?;
    let judged = |row: PasskeyRow| {
        let is_kept = row.created_at < proved_at;
        (row, is_kept)
    };
    Ok(known.into_iter().map(judged).collect())
}

/// Returns the passkeys that a form with a new password keeps; `None` if it says nothing about them.
pub fn kept(members: &Members) -> Result<Option<Vec<String>>, Refusal> {
    let refused = || Refusal::validation("passkeys", "passkeys is a list of ids.");
    let texts = |list: &Vec<Value>| {
        let texts: Option<Vec<String>> = list.iter().map(|id| id.as_str().map(str::to_owned)).collect();
        texts.filter(|texts| texts.len() <= PASSKEYS_MAX).ok_or_else(refused)
    };
    members.list("passkeys")?.map(texts).transpose()
}

async fn all_of(incoming: &Incoming, user: &str) -> Result<Vec<PasskeyRow>, CallError> {
    ListPasskeys::ask(&incoming.env, &shard_of_text(user), &user.to_owned()).await
}

pub async fn find_passkey(incoming: &Incoming, user: &str, id: &str) -> Result<Option<PasskeyRow>, CallError> {
    let row = PasskeyRow { id: id.to_owned(), ..PasskeyRow::default() };
    FindPasskey::ask(&incoming.env, &shard_of_text(user), &question(incoming, user, row)).await
}

async fn ask<R: Request<Question = PasskeyCall>>(
    incoming: &Incoming,
    who: &Principal,
    row: PasskeyRow,
) -> Result<R::Answer, CallError> {
    let user = who.user.as_str();
    R::ask(&incoming.env, &shard_of_text(user), &question(incoming, user, row)).await
}

/// Returns the question about a passkey that nobody makes and of which no mail tells.
fn question(incoming: &Incoming, user: &str, row: PasskeyRow) -> PasskeyCall {
    PasskeyCall { user: user.to_owned(), row, maker: None, mail: None, trace: incoming.trace() }
}

fn needed_bytes(members: &Members, name: &'static str) -> Result<Vec<u8>, Refusal> {
    let bytes = bytes_of(members.needed_text(name)?);
    bytes.ok_or(Refusal::validation(name, "This member is base64url without padding."))
}
