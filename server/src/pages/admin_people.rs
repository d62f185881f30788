//! People on `/admin`: the present names and handles of the ids in stored rows (`moderation.md` 7.2), and the person whom an operator names
//! for a role (`moderation.md` 1).

use std::collections::BTreeSet;
use std::iter;

use app::pages::admin::content::{AdminPage, NamedPerson, People};
use protocol::codec::json::Value;
use protocol::people::email::Email;
use protocol::people::handle::{is_handle, typed_handle};
use protocol::people::session::shard_of;
use protocol::words::ids::UserId;
use protocol::words::limits::{ADMIN_NAMES_MS_MAX, ROLE_CHOICES_MAX};
use protocol::words::refusal::Fault;
use protocol::words::{bot_cast, personas};

use crate::calls::account::{FindAccount, FindAddressOwner};
use crate::calls::directory::{self, FindHandleOwner};
use crate::calls::moderation::ReadModeration;
use crate::calls::operator::OBJECT;
use crate::doors::messenger::profiles::{exists, profile_of};
use crate::http::incoming::Incoming;
use crate::kit::body::{Empty, Record};
use crate::kit::call::in_portions;
use crate::kit::directory::shard_of as handle_shard;
use crate::kit::request::Request;
use crate::platform::timeout::within;
use crate::projection::database;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Names the people of a page. A person who is not known, or whose object does not answer in time, is shown by the id alone.
pub async fn name_all(incoming: &Incoming, page: AdminPage) -> AdminPage {
    let ids = ids_of(&page);
    let asked = async {
        // The object of an unknown person must not be asked, because a call would create it.
        let known = directory::known(&incoming.env, ids.iter().map(String::as_str)).await;
        in_portions(known.iter().map(|id| find_name(incoming, id))).await
    };
    let found = within(ADMIN_NAMES_MS_MAX, asked).await.unwrap_or_else(|| {
        telemetry::fault("admin", &Fault(format!("names: no answer within {ADMIN_NAMES_MS_MAX} ms")));
        Vec::new()
    });
    AdminPage { people: People::new(found.into_iter().flatten()), ..page }
}

/// Returns the present name of a person; `None` if the person is not known, or does not answer in time.
pub async fn name_of(incoming: &Incoming, id: &UserId) -> Option<String> {
    let asked = async {
        let known = directory::known(&incoming.env, [id.as_str()]).await;
        find_name(incoming, known.first()?).await
    };
    within(ADMIN_NAMES_MS_MAX, asked).await??.name
}

/// Returns all ids of people in the sections of a page. The audit log also names other things.
fn ids_of(page: &AdminPage) -> BTreeSet<String> {
    let mut named: Vec<&str> = page.staff.roles.iter().map(|(user, _)| user.as_str()).collect();
    named.extend(page.role_form.choices.iter().chain([&page.role_form.typed]).map(String::as_str));
    named.extend(page.done.iter().map(|done| done.user.as_str()));
    named.extend(page.staff.objections.iter().map(|objection| objection.user.as_str()));
    let opened = page.reports.opened.iter().map(|opened| &opened.report);
    let reports = page.reports.rows.iter().chain(opened);
    named.extend(reports.flat_map(|report| [report.reporter.as_str(), report.user.as_str()]));
    for row in page.found.iter().flat_map(|(rows, _)| rows) {
        let texts = ["actor", "target"].into_iter().filter_map(move |member| row.get(member).and_then(Value::as_str));
        // The target of a report is a person, and after a space the place.
        named.extend(texts.filter_map(|text| text.split(' ').next()));
    }
    named.into_iter().filter(|id| UserId::parse(id).is_ok()).map(str::to_owned).collect()
}

pub enum Named {
    /// The text is the user id, the handle or the proved address of this person.
    One(String),
    /// Accounts with such a name or with an address that nobody proved, from which the operator chooses: neither decides anything. The list is
    /// empty if nobody was found.
    Choice(Vec<String>),
}

/// Finds the person whom an operator has typed: by user id, else by handle, else by e-mail address, else by name. The text has no blanks at
/// its ends.
pub async fn find(incoming: &Incoming, typed: &str) -> Result<Named, CallError> {
    if is_id(incoming, typed).await? {
        return Ok(Named::One(typed.to_owned()));
    }
    let by_handle = by_handle(incoming, typed).await?;
    if let Some(user) = by_handle.clone().filter(|_| typed.starts_with('@')) {
        return Ok(Named::One(user));
    }
    if let Some(named) = by_address(incoming, typed).await? {
        return Ok(named);
    }
    // A word without `@` may be the name of somebody else.
    let named = by_name(incoming, typed).await.into_iter().filter(|user| by_handle.as_ref() != Some(user));
    let mut choices: Vec<String> = by_handle.iter().cloned().chain(named).collect();
    match by_handle {
        Some(_) if choices.len() == 1 => Ok(Named::One(choices.remove(0))),
        _ => Ok(Named::Choice(choices)),
    }
}

/// Returns a typed text of the search in the audit log with the ids of the people whom it names: the rows have ids alone.
pub async fn sought(incoming: &Incoming, mut who: Vec<String>) -> Vec<String> {
    let Some(typed) = who.first().cloned() else { return who };
    who.extend(personas::PERSONAS.iter().filter(|persona| persona.name == typed).map(|persona| persona.id.to_owned()));
    match within(ADMIN_NAMES_MS_MAX, find(incoming, &typed)).await {
        Some(Ok(Named::One(user))) => who.push(user),
        Some(Ok(Named::Choice(users))) => who.extend(users),
        Some(Err(error)) => telemetry::call_failed("names", &error),
        None => telemetry::fault("admin", &Fault(format!("names: no answer within {ADMIN_NAMES_MS_MAX} ms"))),
    }
    who
}

/// Returns `true` if the text is the id of somebody who is known, or who has a role: that of an account that is gone can be taken.
async fn is_id(incoming: &Incoming, typed: &str) -> Result<bool, CallError> {
    let Ok(user) = UserId::parse(typed) else { return Ok(false) };
    if exists(incoming, &user).await {
        return Ok(true);
    }
    let Record(standing) = ReadModeration::ask(&incoming.env, OBJECT, &Empty).await?;
    Ok(standing.roles.iter().any(|row| row.user == typed))
}

async fn by_handle(incoming: &Incoming, typed: &str) -> Result<Option<String>, CallError> {
    let handle = typed_handle(typed);
    // The form of a handle has no blanks, but names have.
    if !is_handle(&handle) || typed.contains(char::is_whitespace) {
        return Ok(None);
    }
    let shard = handle_shard(&handle);
    let user = FindHandleOwner::ask(&incoming.env, &shard, &handle).await?;
    let Ok(id) = UserId::parse(&user) else { return Ok(None) };
    // The person's own object decides: the shard may not have heard yet that the handle was released.
    let is_theirs = profile_of(incoming, &id).await?.handle == Some(handle);
    Ok(is_theirs.then_some(user))
}

/// Returns whom an address names; `None` if it has no account. Anybody can register an address without proving it.
async fn by_address(incoming: &Incoming, typed: &str) -> Result<Option<Named>, CallError> {
    let Ok(email) = Email::parse(typed) else { return Ok(None) };
    let (mut owners, mut is_proved) = (Vec::new(), true);
    // An older account may have another spelling of the address.
    for email in iter::once(&email).chain(&email.older(typed)) {
        let hash = email.hash();
        let shard = shard_of(&hash).unwrap_or_default();
        let user = FindAddressOwner::ask(&incoming.env, shard, &email.as_str().to_owned()).await?;
        if !user.is_empty() {
            is_proved &= FindAccount::ask(&incoming.env, shard, &user).await?.verified_at.is_some();
            owners.push(user);
        }
    }
    Ok(match owners.len() {
        0 => None,
        1 if is_proved => owners.pop().map(Named::One),
        _ => Some(Named::Choice(owners)),
    })
}

/// Returns accounts with this name. Without the database nobody is found.
async fn by_name(incoming: &Incoming, typed: &str) -> Vec<String> {
    if typed.is_empty() {
        return Vec::new();
    }
    let asked = database::accounts_named(&incoming.env, typed, ROLE_CHOICES_MAX);
    let fault = match within(ADMIN_NAMES_MS_MAX, asked).await {
        Some(Ok(found)) => return found,
        Some(Err(fault)) => fault,
        None => Fault(format!("accounts: no answer within {ADMIN_NAMES_MS_MAX} ms")),
    };
    telemetry::fault("admin", &fault);
    Vec::new()
}

async fn find_name(incoming: &Incoming, id: &str) -> Option<NamedPerson> {
    let person = |name: String, handle| NamedPerson { id: id.to_owned(), name: Some(name), handle };
    // A bot is always the same, and must not have an object that everybody calls.
    if let Some(bot) = bot_cast::find(id) {
        return Some(person(bot.name.to_owned(), None));
    }
    match profile_of(incoming, &UserId::parse(id).ok()?).await {
        Ok(profile) if profile.exists => Some(person(profile.name, profile.handle)),
        // A character that nobody has played yet has the name of the cast.
        Ok(_) => personas::find(id).map(|persona| person(persona.name.to_owned(), None)),
        Err(error) => {
            telemetry::call_failed("profile", &error);
            None
        }
    }
}
