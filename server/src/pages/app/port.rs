//! The port of the app's server functions (`core.md` 8, row 19a): the same code as the REST routes, with the session in
//! a cookie.

use app::api::account::{ClientPage, PageLink, PagePasskey, RecoverForm, ResetForm};
use app::api::{Inviter, Port, PortFuture, ProfileForm, RegisterForm, SignInForm, TypedField};
use app::appearance::Appearance;
use app::boot::{Boot, BootPerson, BootRoom, BootUser, PageLimits};
use futures_util::future::try_join4;
use http::{HeaderName, HeaderValue, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use protocol::codec::json::Value;
use protocol::content::text;
use protocol::people::account::link::LinkPurpose;
use protocol::people::email::shown_address;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, UserId};
use protocol::words::own_words::public_name;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use worker::send::SendFuture;

use super::shared::Shared;
use crate::auth::session::Credential;
use crate::auth::{origin, session};
use crate::calls::auth::{Purpose, ValidSession};
use crate::calls::passkey::PasskeyRow;
use crate::calls::person::ChangePresence;
use crate::calls::{PresenceWire, flags, moderation};
use crate::config::Environment;
use crate::doors::messenger::account::{self, Registration};
use crate::doors::messenger::new_session::SignedIn;
use crate::doors::messenger::people::{self, PersonRow};
use crate::doors::messenger::profiles::profile_of;
use crate::doors::messenger::sign_in::{SignIn, sign_in};
use crate::doors::messenger::{
    account_links, addresses, auth, forgotten, invites, mails, passkeys, recovery, refresh, rooms, verification,
};
use crate::http::answer::CLEAR_LOADED;
use crate::http::appearance::{appearance_cookie, appearance_of, cookie_appearance};
use crate::http::cookie;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

pub struct PagePort(pub Shared);

impl Port for PagePort {
    fn boot(&self) -> PortFuture<'_, Boot> {
        self.answer(async { Ok(boot(&self.0).await?) })
    }

    fn inviter(&self) -> PortFuture<'_, Inviter> {
        // An invite that is over is no function that failed.
        Box::pin(SendFuture::new(async move {
            let code = cookie::read_invite(&self.0).ok_or(Refusal::NotFound)?;
            let shown = invites::load_invite(&self.0, &code, String::new()).await?;
            let shown = Value::parse(&shown).unwrap_or(Value::Null);
            let name = shown.get("from").and_then(|from| from.get("displayName")).and_then(Value::as_str);
            let takes_guests = cookie::invite_takes_guests(&self.0);
            Ok::<_, Refusal>(Inviter { name: name.unwrap_or_default().to_owned(), takes_guests })
        }))
    }

    fn sign_in(&self, form: SignInForm) -> PortFuture<'_, ()> {
        let headers = use_context::<ResponseOptions>();
        self.answer(async move {
            let form = sign_in_of(form);
            let begun = sign_in(&self.0, form).await.inspect_err(|error| note_ban(headers.as_ref(), &self.0, error))?;
            set_cookies(headers.as_ref(), &self.0, &begun).await
        })
    }

    fn register(&self, form: RegisterForm) -> PortFuture<'_, ()> {
        let headers = use_context::<ResponseOptions>();
        self.answer(async move {
            let RegisterForm { email, password, display_name, status, token, remember } = form;
            let (token, status) = (given(token), given(status));
            let form = Registration { email, password, display_name, token, status, remember, library: None };
            flags::check_writes(&self.0.env).await?;
            let begun = account::register(&self.0, form).await?;
            set_cookies(headers.as_ref(), &self.0, &begun).await
        })
    }

    fn sign_out(&self, csrf: String, page_of: String) -> PortFuture<'_, ()> {
        let headers = use_context::<ResponseOptions>();
        self.answer(async move {
            let credential = session::credential(&self.0);
            let csrf = credential.as_ref().and_then(|credential| form_csrf(&self.0, credential, csrf));
            auth::sign_out(&self.0, credential, csrf, given(page_of)).await?;
            forget_loaded(headers.as_ref());
            [cookie::SESSION.clear(&self.0), cookie::REFRESH.clear(&self.0), cookie::PLACE.clear(&self.0)]
                .iter()
                .try_for_each(|line| set_cookie(headers.as_ref(), line))
        })
    }

    fn sends_mail(&self) -> bool {
        mails::check_on(&self.0).is_ok()
    }

    fn read_link(&self, page: &'static str, token: String) -> PortFuture<'_, PageLink> {
        self.answer(async move {
            let link = account_links::read(&self.0, &token).await?;
            if link.purpose.path() != page {
                return Err(Refusal::validation("token", "This link is for another page."));
            }
            let mut shown = PageLink::default();
            match link.purpose {
                LinkPurpose::Verify | LinkPurpose::Change => {
                    shown.is_own = session::is_of(&self.0, &link.user).await?;
                }
                LinkPurpose::Reset => {
                    shown.asks_factor = link.second_factor.is_some();
                    shown.passkeys = passkeys::of_link(&self.0, &link).await?.into_iter().map(page_passkey).collect();
                }
                LinkPurpose::Undo => {}
            }
            Ok(PageLink { email: shown_address(&link.email), ..shown })
        })
    }

    fn client_page(&self, typed: &str) -> Option<ClientPage> {
        let page = origin::allowed_page(&self.0, typed)?;
        let mut own = account_links::page(&self.0, LinkPurpose::Verify).ok()?;
        own.query_pairs_mut().append_pair("callbackURL", page.as_str());
        Some(ClientPage { url: page.into(), query: format!("&{}", own.query().unwrap_or_default()) })
    }

    fn forgot(&self, email: String) -> PortFuture<'_, ()> {
        self.answer(async move { Ok(forgotten::forgot(&self.0, &email, None).await?) })
    }

    fn reset(&self, form: ResetForm) -> PortFuture<'_, ()> {
        let headers = use_context::<ResponseOptions>();
        self.answer(async move {
            let ResetForm { token, password, second_factor, keep, remember } = form;
            let (second_factor, keep) = (given(second_factor), Some(keep));
            let form = forgotten::NewPassword { token, password, second_factor, keep, remember, status: None };
            let begun = forgotten::reset(&self.0, form).await?;
            set_cookies(headers.as_ref(), &self.0, &begun).await
        })
    }

    fn recover(&self, form: RecoverForm) -> PortFuture<'_, ()> {
        let headers = use_context::<ResponseOptions>();
        self.answer(async move {
            let RecoverForm { email, code, password, second_factor, remember } = form;
            let second_factor = given(second_factor);
            let form =
                recovery::RecoverForm { email, code, password, second_factor, keep: None, remember, status: None };
            let begun = recovery::recover(&self.0, form).await?;
            set_cookies(headers.as_ref(), &self.0, &begun).await
        })
    }

    fn verify(&self, token: String) -> PortFuture<'_, ()> {
        self.answer(async move {
            verification::verify(&self.0, &token).await?;
            Ok(())
        })
    }

    fn undo(&self, token: String) -> PortFuture<'_, ()> {
        self.answer(async move {
            addresses::undo(&self.0, &token).await?;
            Ok(())
        })
    }

    fn save_profile(&self, csrf: String, page_of: String, change: ProfileForm) -> PortFuture<'_, ()> {
        self.answer(async move { Ok(save_profile(&self.0, csrf, page_of, change).await?) })
    }

    fn save_settings(&self, csrf: String, page_of: String, appearance: Appearance) -> PortFuture<'_, ()> {
        let headers = use_context::<ResponseOptions>();
        self.answer(async move {
            // Nothing of the session is read or changed, and a page without a session sets its appearance as well.
            match session_of_form(&self.0, csrf, page_of).await {
                Ok(_) | Err(CallError::Refused(Refusal::Unauthenticated)) => {}
                Err(error) => return Err(error.into()),
            }
            set_cookie(headers.as_ref(), &appearance_cookie(&self.0, &appearance))
        })
    }

    fn appearance(&self) -> Appearance {
        appearance_of(&self.0)
    }

    fn stored_appearance(&self) -> Appearance {
        cookie_appearance(&self.0)
    }

    fn store_appearance(&self, appearance: &Appearance) {
        // If the cookie cannot be set, the page still has the requested language.
        let _ = set_cookie(use_context::<ResponseOptions>().as_ref(), &appearance_cookie(&self.0, appearance));
    }

    fn is_navigation(&self) -> bool {
        self.0.header("sec-fetch-mode").is_none_or(|mode| mode == "navigate")
    }

    fn shows_session(&self) -> bool {
        cookie::SESSION.read(&self.0).is_some()
    }

    fn forget_loaded(&self) {
        forget_loaded(use_context::<ResponseOptions>().as_ref());
    }

    fn say_unavailable(&self) {
        if let Some(options) = use_context::<ResponseOptions>() {
            options.set_status(StatusCode::SERVICE_UNAVAILABLE);
        }
    }

    fn is_limited_by_address(&self) -> bool {
        self.0.facts.borrow().is_limited_by_address
    }

    fn keep_typed(&self, fields: &[TypedField]) {
        // A form that no cookie holds comes back empty, and not with what an earlier one had.
        let line = cookie::set_typed(&self.0, fields).unwrap_or_else(|| cookie::TYPED.clear(&self.0));
        let _ = set_cookie(use_context::<ResponseOptions>().as_ref(), &line);
    }

    fn typed(&self, field: &str) -> Option<String> {
        cookie::read_typed(&self.0, field)
    }

    fn redirect(&self, path: &str) {
        leptos_axum::redirect(path);
    }
}

impl PagePort {
    /// Wraps the work of a server function, and notes its result for the status of the answer.
    fn answer<'a, T>(&'a self, work: impl Future<Output = Result<T, Refusal>> + 'a) -> PortFuture<'a, T> {
        Box::pin(SendFuture::new(async move {
            let done = work.await;
            self.0.facts.borrow_mut().function = Some(done.as_ref().err().cloned());
            done
        }))
    }
}

fn page_passkey((row, is_kept): (PasskeyRow, bool)) -> PagePasskey {
    let PasskeyRow { id, name, created_at, .. } = row;
    PagePasskey { id, name, created_at, is_kept }
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

fn sign_in_of(form: SignInForm) -> SignIn {
    let SignInForm { persona, display_name, email, password, code, status, token, takeover, remember } = form;
    let (code, token, status) = (given(code), given(token), given(status));
    if let Some(email) = given(email) {
        let (email, password) = (Some(email), Some(password));
        return SignIn { email, password, code, token, status, remember, ..SignIn::default() };
    }
    let display_name = given(display_name);
    // A typed name wins over the chosen persona.
    let persona = if display_name.is_none() { given(persona) } else { None };
    SignIn { persona, display_name, token, status, takeover, ..SignIn::default() }
}

/// Sets the cookies of the session and, if requested, of the remembered browser. They replace those of an earlier person.
async fn set_cookies(headers: Option<&ResponseOptions>, incoming: &Incoming, begun: &SignedIn) -> Result<(), Refusal> {
    set_cookie(headers, &cookie::set_session(incoming, &begun.token, begun.checked.principal.expires_at))?;
    let displaced = refresh::displace(incoming, begun, true).await;
    let remembered = begun.refresh.as_ref().map(|refresh| cookie::set_refresh(incoming, refresh));
    let typed = cookie::TYPED.read(incoming).is_some().then(|| cookie::TYPED.clear(incoming));
    displaced.iter().chain(&remembered).chain(&typed).try_for_each(|line| set_cookie(headers, line))
}

/// Returns the CSRF token of a form. It only counts if the browser confirms that the request comes from our page.
fn form_csrf(incoming: &Incoming, credential: &Credential, csrf: String) -> Option<String> {
    credential.is_cookie.then(|| if origin::is_vouched_for(incoming) { csrf } else { String::new() })
}

fn set_cookie(headers: Option<&ResponseOptions>, line: &str) -> Result<(), Refusal> {
    let headers = headers.ok_or(Refusal::Internal)?;
    let value = HeaderValue::from_str(line).map_err(|_| Refusal::Internal)?;
    headers.append_header(header::SET_COOKIE, value);
    Ok(())
}

fn forget_loaded(headers: Option<&ResponseOptions>) {
    if let Some(headers) = headers {
        headers.insert_header(HeaderName::from_static(CLEAR_LOADED.0), HeaderValue::from_static(CLEAR_LOADED.1));
    }
}

/// Returns the session of a form, which must contain its CSRF token.
pub async fn session_of_form(incoming: &Incoming, csrf: String, page_of: String) -> Result<ValidSession, CallError> {
    let credential = session::credential(incoming).ok_or(Refusal::Unauthenticated)?;
    let csrf = form_csrf(incoming, &credential, csrf);
    session::check_form(incoming, &credential, csrf, given(page_of)).await
}

/// Has the browser of a banned person keep the id of the act, so that the page `/moderation` shows it (`moderation.md` 3).
fn note_ban(headers: Option<&ResponseOptions>, incoming: &Incoming, error: &CallError) {
    if let CallError::Refused(Refusal::Banned { act, .. }) = error {
        // Without the cookie the person is still told that there is a ban.
        let _ = set_cookie(headers, &cookie::ACT.set(incoming, act, cookie::ACT_S));
    }
}

async fn save_profile(incoming: &Incoming, csrf: String, page_of: String, form: ProfileForm) -> Result<(), CallError> {
    flags::check_writes(&incoming.env).await?;
    let checked = session_of_form(incoming, csrf, page_of).await?;
    session::check_may_write(incoming, &checked)?;
    let user = checked.principal.user;
    let ProfileForm { display_name, personal_message, avatar_id } = form;
    let change = PresenceWire {
        display_name: display_name.as_deref().map(text::display_name).transpose()?,
        personal_message: personal_message.as_deref().map(text::personal_message).transpose()?,
        avatar_id,
        ..PresenceWire::default()
    };
    ChangePresence::ask(&incoming.env, user.as_str(), &change).await
}

/// Part of the boot state that other objects than that of the session know.
struct Surroundings {
    user: Option<BootUser>,
    people: Vec<BootPerson>,
    is_alone: bool,
    notification_choices: String,
    restored_at: Millis,
}

/// Asks everything about a signed-in person at once, because no answer depends on another.
async fn surroundings_of(incoming: &Incoming, principal: &Principal) -> Result<Surroundings, CallError> {
    let standing = async { Ok::<_, CallError>(moderation::current(&incoming.env).await) };
    let (known, profile, unread, standing) = try_join4(
        people::visible_people(incoming, principal),
        profile_of(incoming, &principal.user),
        rooms::unread_of_directs(incoming, principal),
        standing,
    )
    .await?;
    let unread_with = |other: &str| {
        let room = UserId::parse(other).and_then(|other| RoomId::direct(principal.user.clone(), other));
        let count = room.ok().and_then(|room| unread.get(room.as_str()).copied());
        count.map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX))
    };
    let people = known.rows.into_iter().map(person);
    let people = people.map(|row| BootPerson { unread: unread_with(&row.id), ..row }).collect();
    let role = standing.role_in(principal, incoming.config.requires_second_factor);
    let user = BootUser {
        id: principal.user.as_str().to_owned(),
        kind: principal.kind,
        display_name: profile.name,
        avatar_id: profile.avatar,
        personal_message: profile.message,
        status: profile.choice,
        role: role.filter(|_| principal.kind == UserKind::User),
        muted_until: standing.muted_until(principal.user.as_str(), incoming.now),
    };
    let (notification_choices, restored_at) = (profile.notification_choices, profile.restored_at);
    Ok(Surroundings { user: Some(user), people, is_alone: !known.has_contacts, notification_choices, restored_at })
}

/// Returns the same for a visitor without a session.
async fn surroundings_of_nobody(incoming: &Incoming) -> Surroundings {
    let people = people::cast(incoming, None).await.into_iter().map(person).collect();
    Surroundings { user: None, people, is_alone: false, notification_choices: String::new(), restored_at: 0 }
}

async fn boot(incoming: &Incoming) -> Result<Boot, CallError> {
    let checked = current(incoming).await?;
    let Surroundings { user, people, is_alone, notification_choices, restored_at } = match &checked {
        Some(checked) => surroundings_of(incoming, &checked.principal).await?,
        None => surroundings_of_nobody(incoming).await,
    };
    let is_demo = checked.as_ref().is_some_and(|checked| checked.principal.user.is_demo());
    // Guests cannot use most invites. The cookie stays until they have an account.
    let is_guest = user.as_ref().is_some_and(|user| user.kind == UserKind::Guest);
    let comes_by = cookie::read_invite(incoming).filter(|_| !is_guest || cookie::invite_takes_guests(incoming));
    Ok(Boot {
        user,
        csrf: checked.as_ref().map(|checked| checked.csrf.clone()).unwrap_or_default(),
        expires_at: checked.map_or(0, |checked| checked.principal.expires_at),
        people,
        rooms: if is_demo { Vec::new() } else { incoming.config.rooms.public.iter().map(|id| room(id)).collect() },
        server_time: incoming.now,
        env_dev: incoming.config.environment == Environment::Dev,
        turnstile_site_key: incoming.config.turnstile.site_key.clone(),
        is_alone,
        is_remembered: cookie::REFRESH.read(incoming).is_some(),
        cookie_ms: incoming.config.limits.session_ttl_ms,
        limits: PageLimits::of(&incoming.config.limits, &incoming.config.rules),
        invite: comes_by.map(|code| format!("/i/{code}")).unwrap_or_default(),
        notification_choices,
        restored_at,
        appearance: appearance_of(incoming),
    })
}

/// Returns the session of the page; `None` for a page without one, which is no error.
async fn current(incoming: &Incoming) -> Result<Option<ValidSession>, CallError> {
    let Some(credential) = session::credential(incoming) else {
        return Ok(None);
    };
    match session::check(incoming, &credential, None, Purpose::Inspect).await {
        Ok(checked) => Ok(Some(checked)),
        // A credential that does not open a page is none there: the sign-in says what stands against a person.
        Err(CallError::Refused(Refusal::Unauthenticated | Refusal::Forbidden | Refusal::Banned { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

fn person(row: PersonRow) -> BootPerson {
    let PersonRow { id, display_name, avatar_id, personal_message, kind, status, since, .. } = row;
    BootPerson { id, kind, display_name, avatar_id, personal_message, status, since, unread: 0 }
}

fn room(id: &str) -> BootRoom {
    BootRoom { id: id.to_owned(), name: public_name(id), unread: 0 }
}
