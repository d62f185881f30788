//! Sign-in (`sign-in.md` 1): as a persona, as a guest or with an account.
//!
//! [`sign_in`] serves the REST call and the server function of the app alike (`core.md` 8, row 19a).

use protocol::content::text;
use protocol::people::names;
use protocol::people::session::guest_id;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use protocol::words::status::Status;
use protocol::words::{ids, personas};

use super::account;
use super::credentials::Credentials;
use super::new_session::{Newcomer, SignedIn, begin, status_of};
use super::sign_in_attempts::{SignInTarget, charge_address, log_sign_in, write_down_refusal};
use crate::auth::turnstile;
use crate::http::incoming::Incoming;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Form of a sign-in, from any route.
#[derive(Debug, Default)]
pub struct SignIn {
    /// Id of the persona.
    pub persona: Option<String>,
    /// Guest name.
    pub display_name: Option<String>,
    /// E-mail of an account.
    pub email: Option<String>,
    /// Password of the account.
    pub password: Option<String>,
    /// Code of the authenticator app, or a recovery code; for accounts with a second factor.
    pub code: Option<String>,
    /// Turnstile token.
    pub token: Option<String>,
    /// Initial status.
    pub status: Option<String>,
    /// Ends an idle session of the persona.
    pub takeover: bool,
    /// Remembers this browser; for accounts.
    pub remember: bool,
}

/// Signs a person in: form, limit per address, Turnstile, consent of a busy persona, session.
pub async fn sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    let result = try_sign_in(incoming, form).await;
    log_sign_in(incoming, &result, "form");
    result
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
        Way::Account(typed, status) => account::let_in(incoming, &typed, status, form.remember).await,
    }
}

/// The three forms of a sign-in, of which exactly one is used.
enum Way {
    /// A persona or a guest, whose data is complete.
    Name(Newcomer),
    /// Account with this address and password.
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
        Ok(Self {
            user: ids::UserId::parse(persona.id)?,
            kind: UserKind::Persona,
            name: persona.name.to_owned(),
            avatar: persona.avatar.to_owned(),
            message: persona.message_en.to_owned(),
            status,
            is_unproved: false,
            has_second_factor: false,
            room: None,
        })
    }

    fn guest(name: &str, status: Option<Status>) -> Result<Self, Refusal> {
        let name = text::guest_name(name)?;
        names::check_guest_name(&name)?;
        Ok(Self {
            user: ids::UserId::parse(&guest_id(runtime::random_bytes()))?,
            kind: UserKind::Guest,
            name,
            avatar: names::GUEST_AVATAR.to_owned(),
            message: String::new(),
            status,
            is_unproved: false,
            has_second_factor: false,
            room: None,
        })
    }
}
