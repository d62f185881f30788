//! Server functions around a lost password and the links of mails (`account.md` 3 to 6), for plain forms. A refusal redirects to the form
//! with its code and the token of its link. Nothing else that was typed is written into an address (`super::lead_back`).

use leptos::prelude::*;
use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::ApiError;

/// Page for a forgotten password.
pub const FORGOT: &str = "/forgot";
/// Page for a new password.
pub const RESET: &str = "/reset";
/// Page for a recovery code.
pub const RECOVER: &str = "/recover";
/// Page that confirms an address.
pub const VERIFY: &str = "/verify";
/// Page that takes back a change of address.
pub const UNDO: &str = "/undo";

/// Characters of a typed code, with room for blanks.
pub const CODE_CHARS_MAX: &str = "32";
/// Code of the refusal that asks for the second factor of an account (`account.md` 12).
pub const SECOND_FACTOR: &str = "SECOND_FACTOR";
/// Part of the address of a sign-in that lacks the second factor. It is the next step, and no mistake.
pub const ASKS_CODE: &str = "&step=code";

/// Characters of the longest text that can be a token.
const TOKEN_CHARS_MAX: usize = 64;

/// Fields of the form for a new password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetForm {
    pub token: String,
    pub password: String,
    /// Code of the authenticator app or a recovery code, for an account with a second factor; or empty.
    pub second_factor: String,
    /// Ids of the passkeys that stay.
    pub keep: Vec<String>,
    pub remember: bool,
}

/// Link of a mail as its page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageLink {
    /// Address that the link is for.
    pub email: String,
    /// The browser has a session of the account.
    pub is_own: bool,
    /// Passkeys of the account, for a link to a new password.
    pub passkeys: Vec<PagePasskey>,
    /// The link to a new password asks for the second factor of the account.
    pub asks_factor: bool,
}

/// Passkey that a new password may end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePasskey {
    pub id: String,
    pub name: String,
    pub created_at: Millis,
    /// It stays unless its owner decides otherwise.
    pub is_kept: bool,
}

/// Page of a client, to which our page leads on (`wasmchannel.md` 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPage {
    pub url: String,
    /// The address as a further part of a query.
    pub query: String,
}

/// Fields of the form for a recovery code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverForm {
    pub email: String,
    /// Recovery code as it was typed.
    pub code: String,
    pub password: String,
    /// Code of the authenticator app or another recovery code, for an account with a second factor; or empty.
    pub second_factor: String,
    pub remember: bool,
}

/// Sends a link for a new password, and says the same for every address.
#[server(name = ForgotPassword, prefix = "/sf", endpoint = "forgot")]
pub async fn forgot(#[server(default)] email: String) -> Result<(), ApiError> {
    let port = crate::api::port()?;
    let typed = [("email", email.clone())];
    match port.forgot(email).await {
        Ok(()) => port.redirect(&with_query(FORGOT, "sent=1")),
        Err(refusal) => crate::api::lead_back(&*port, &back_to(FORGOT, "", &refusal), &typed),
    }
    Ok(())
}

/// Sets the password of the link's account, signs in and redirects to the messenger.
#[server(name = ResetPassword, prefix = "/sf", endpoint = "reset")]
pub async fn reset(
    #[server(default)] token: String,
    #[server(default)] password: String,
    #[server(rename = "secondFactor")]
    #[server(default)]
    second_factor: String,
    #[server(default)] keep: Vec<String>,
    #[server(default)] remember: String,
) -> Result<(), ApiError> {
    let port = crate::api::port()?;
    let typed = [("keep", keep.join(" ")), ("remember", remember.clone())];
    let remember = crate::api::is_ticked(&remember);
    let form = ResetForm { token: token.clone(), password, second_factor, keep, remember };
    match port.reset(form).await {
        Ok(()) => port.redirect("/app"),
        Err(refusal) => crate::api::lead_back(&*port, &back_to(RESET, &token, &refusal), &typed),
    }
    Ok(())
}

/// Sets the password of the account whose recovery code is given, signs in and redirects to the messenger.
#[server(name = RecoverAccount, prefix = "/sf", endpoint = "recover")]
pub async fn recover(
    #[server(default)] email: String,
    #[server(default)] code: String,
    #[server(default)] password: String,
    #[server(rename = "secondFactor")]
    #[server(default)]
    second_factor: String,
    #[server(default)] remember: String,
) -> Result<(), ApiError> {
    let port = crate::api::port()?;
    let typed = [("email", email.clone()), ("remember", remember.clone())];
    let form = RecoverForm { email, code, password, second_factor, remember: crate::api::is_ticked(&remember) };
    match port.recover(form).await {
        Ok(()) => port.redirect("/app"),
        Err(refusal) => crate::api::lead_back(&*port, &back_to(RECOVER, "", &refusal), &typed),
    }
    Ok(())
}

/// Confirms the address of the link. The page that says so leads on to the client's page `next`.
#[server(name = VerifyAddress, prefix = "/sf", endpoint = "verify")]
pub async fn verify(#[server(default)] token: String, #[server(default)] next: String) -> Result<(), ApiError> {
    let port = crate::api::port()?;
    match port.verify(token.clone()).await {
        Ok(()) => {
            let query = port.client_page(&next).map(|page| page.query).unwrap_or_default();
            port.redirect(&with_query(VERIFY, &format!("done=1{query}")));
        }
        Err(refusal) => port.redirect(&back_to(VERIFY, &token, &refusal)),
    }
    Ok(())
}

/// Gives the account of the link its old address back.
#[server(name = UndoAddress, prefix = "/sf", endpoint = "undo")]
pub async fn undo(#[server(default)] token: String) -> Result<(), ApiError> {
    let port = crate::api::port()?;
    match port.undo(token.clone()).await {
        Ok(()) => port.redirect(&with_query(UNDO, "done=1")),
        Err(refusal) => port.redirect(&back_to(UNDO, &token, &refusal)),
    }
    Ok(())
}

/// Returns the address of a page with a query.
pub fn with_query(page: &str, query: &str) -> String {
    format!("{page}?{query}")
}

/// Returns the address of a form after a refusal: the token of its link, the code, the refused member and the wait.
pub fn back_to(page: &str, token: &str, refusal: &Refusal) -> String {
    let token = match known_token(token) {
        "" => String::new(),
        token => format!("token={token}&"),
    };
    super::refused_form(page, &token, refusal)
}

/// Returns the text if it can be a token, else nothing: no other text is written into an address.
pub fn known_token(token: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if token.len() <= TOKEN_CHARS_MAX && token.bytes().all(is_plain) { token } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_leads_back_with_the_token_and_without_any_other_text() {
        let weak = Refusal::validation("password", "weak");
        assert_eq!(back_to(RESET, "aB-_9", &weak), "/reset?token=aB-_9&error=VALIDATION&field=password");
        let busy = Refusal::RateLimited { retry_after_ms: 1_500 };
        assert_eq!(back_to(FORGOT, "", &busy), "/forgot?error=RATE_LIMITED&retry=2");
        for odd in ["a&b=c", "a\r\nset-cookie: b", "%41", "ä", &"a".repeat(TOKEN_CHARS_MAX + 1)] {
            assert_eq!(back_to(VERIFY, odd, &Refusal::EmailTaken), "/verify?error=EMAIL_TAKEN", "{odd}");
        }
    }
}
