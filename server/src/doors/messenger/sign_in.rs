//! Sign-in (`sign-in.md` 1): as a persona, as a guest or with an account.
//!
//! [`sign_in`] serves the REST call and the server function of the app alike (`core.md` 8, row 19a).

use protocol::content::text;
use protocol::people::names;
use protocol::people::session::guest_id;
use protocol::words::ids::UserId;
use protocol::words::personas;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use protocol::words::status::Status;

use super::account;
use super::credentials::Credentials;
use super::new_session::{Newcomer, SignedIn, begin, status_of};
use super::sign_in_attempts::{SignInTarget, charge_address, logged, write_down_refusal};
use crate::auth::turnstile;
use crate::http::incoming::Incoming;
use crate::runtime;
use crate::runtime::call_error::CallError;

#[derive(Debug, Default)]
pub struct SignIn {
    pub persona: Option<String>,
    pub display_name: Option<String>,
    /// E-mail of an account.
    pub email: Option<String>,
    pub password: Option<String>,
    /// Code of the authenticator app, or a recovery code; for accounts with a second factor.
    pub code: Option<String>,
    pub token: Option<String>,
    pub status: Option<String>,
    /// Ends an idle session of the persona.
    pub takeover: bool,
    /// Remembers this browser; for accounts.
    pub remember: bool,
}

/// Signs a person in: form, limit per address, Turnstile, consent of a busy persona, session.
pub async fn sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    logged(incoming, "form", try_sign_in(incoming, form)).await
}

async fn try_sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    let way = Way::of(&form, incoming.config.has_personas)?;
    charge_address(incoming).await?;
    let target = way.target();
    let result = let_in(incoming, form, way).await;
    write_down_refusal(incoming, &result, false, &target).await;
    result
}

async fn let_in(incoming: &Incoming, form: SignIn, way: Way) -> Result<SignedIn, CallError> {
    turnstile::verify(incoming, form.token.as_deref()).await?;
    match way {
        Way::Name(newcomer) => begin(incoming, newcomer, form.takeover, false, None).await,
        Way::Account(typed, status) => account::let_in(incoming, &typed, status, form.remember, None).await,
    }
}

/// The three forms of a sign-in, of which exactly one is used.
enum Way {
    /// A persona or a guest, whose data is complete.
    Name(Newcomer),
    Account(Credentials, Option<Status>),
}

impl Way {
    fn of(form: &SignIn, has_personas: bool) -> Result<Self, Refusal> {
        let status = status_of(form.status.as_deref())?;
        match (&form.persona, &form.display_name, &form.email) {
            (Some(_), None, None) if !has_personas => {
                Err(Refusal::validation("userId", "There are no characters here."))
            }
            (Some(persona), None, None) => Ok(Self::Name(Newcomer::persona(persona, status)?)),
            (None, Some(name), None) => Ok(Self::Name(Newcomer::guest(name, status)?)),
            (None, None, Some(email)) => Ok(Self::Account(
                Credentials::of(email, form.password.as_deref())?.with_factor(form.code.as_deref()),
                status,
            )),
            _ => Err(Refusal::validation("userId", "Exactly one of userId, displayName and email is needed.")),
        }
    }

    fn target(&self) -> SignInTarget {
        match self {
            Self::Name(newcomer) if newcomer.kind == UserKind::Guest => SignInTarget::Name("guest".to_owned()),
            Self::Name(newcomer) => SignInTarget::Name(newcomer.user.as_str().to_owned()),
            Self::Account(typed, _) => typed.target(),
        }
    }
}

impl Newcomer {
    fn persona(id: &str, status: Option<Status>) -> Result<Self, Refusal> {
        let persona = personas::find(id).ok_or(Refusal::validation("userId", "This character doesn't exist."))?;
        let user = UserId::parse(persona.id)?;
        let message = persona.message_en.to_owned();
        Ok(Self { message, status, ..Self::new(user, UserKind::Persona, persona.name.to_owned(), persona.avatar) })
    }

    fn guest(name: &str, status: Option<Status>) -> Result<Self, Refusal> {
        let name = text::guest_name(name)?;
        names::check_guest_name(&name)?;
        let user = UserId::parse(&guest_id(runtime::random_bytes()))?;
        Ok(Self { status, ..Self::new(user, UserKind::Guest, name, names::GUEST_AVATAR) })
    }
}
