//! `/admin` (`core.md` 8 row 19): permission to see it, its content, and the actions of its forms. `app::pages::admin` renders it.
//!
//! A member of the team has an assertion of Access. An operator with the service token types it once, and gets a cookie that other sites
//! cannot send. A form's `csrf` is made from either credential.
//!
//! The cookie is signed with the token. So a forged one is recognized without a call, and a new token ends all of them. A row in the
//! operator's object says that an operator has signed out.

use std::convert::identity;

use app::appearance::Appearance;
use app::pages::admin::content::{
    AdminPage, AuditQuery, DoneAct, ExceptionValue, NoRows, OpenObjection, People, Point, RaisedAlarm, RecoveryLink,
    ReportQueue, RoleForm, RoomException, Staff, WritingRow, WritingSection,
};
use app::pages::admin::{AccessRefusal, admin, door, role_form_path, sought_actions};
use futures_util::future::{join, join3};
use protocol::codec::json::Value;
use protocol::operation::alarms::Alarm;
use protocol::operation::metrics::commits;
use protocol::people::session::{hash_hex, token as random_token};
use protocol::wire::messagehub::{Exception, FLAGS, Flags};
use protocol::wire::wasmchannel::{read_signed, signed};
use protocol::words::ids::UserId;
use protocol::words::language;
use protocol::words::limits::{
    ADMIN_AUDIT_MS_MAX, ADMIN_AUDIT_ROWS, ADMIN_ROOMS_MAX, ADMIN_SESSION_MS, REST_BODY_BYTES_MAX, SEQ_MAX,
};
use protocol::words::refusal::{Fault, Refusal};
use subtle::ConstantTimeEq;
use worker::Response;

use super::admin_people::{self, Named};
use super::admin_reports::{self, Answered};
use super::admin_rules;
use crate::auth::{access as team, origin};
use crate::calls::directory::ListOpenLogs;
use crate::calls::flags;
use crate::calls::moderation::{
    AnswerCall, ListObjections, OpenObjection as OpenRow, ReadModeration, answer_objection,
};
use crate::calls::operator::{self, EndSession, FindSession, NoteSignIn, OpenSession, OwnerSession};
use crate::calls::watch::{ActiveAlarm, ReadWatch, Reading};
use crate::doors::messagehub::{access, operation};
use crate::doors::messenger::{moderation, operator_link, sign_in_attempts};
use crate::http::appearance::{appearance_cookie, appearance_of};
use crate::http::form::Form;
use crate::http::html::{fresh_nonce, html_response, policy};
use crate::http::incoming::Incoming;
use crate::http::{answer, cookie};
use crate::kit::body::{Empty, Record};
use crate::kit::request::{Request, ask_shards};
use crate::operation::{alarms, metrics};
use crate::platform::timeout::within;
use crate::projection::audit::{self, Search};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Prefix of the signed text, so that nothing else that was signed with the token is valid as a cookie.
const SIGNED: &str = "admin-";

/// Operator of the deployment.
struct Owner {
    name: String,
    /// Credential of the operator, which no page of another site knows.
    credential: String,
    /// Hash of the session if the credential is the cookie.
    session: Option<String>,
}

/// `GET` and `POST /admin`. A deployment without an operator has no such page.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    answer_owner(incoming).await.or_else(|error| answer::failed(incoming, error))
}

async fn answer_owner(incoming: &Incoming) -> Result<Response, CallError> {
    // The session of the page may end while a form is on its way.
    incoming.hold_body(REST_BODY_BYTES_MAX).await;
    let known = access::owner(incoming).await?.ok_or(Refusal::NotFound)?;
    let owner = match known {
        // The credential is the cookie of a browser, or a program's own header, which pages of other sites cannot send.
        Some(name) => {
            let credential = incoming.header(team::HEADER).or_else(|| incoming.header("authorization"));
            Some(Owner { name, credential: credential.unwrap_or_default(), session: None })
        }
        None => by_cookie(incoming).await?,
    };
    if incoming.method == "POST" {
        return post(incoming, owner).await;
    }
    let appearance = page_appearance(incoming);
    let page = match owner {
        Some(owner) => return page_with(incoming, owner, identity).await,
        // There is no form for the token if only members of the team have access.
        None if incoming.config.admin_token.is_none() => return Err(Refusal::Unauthenticated.into()),
        None => door(&appearance, AccessRefusal::No, named_for_role(incoming).as_deref()),
    };
    Ok(html(incoming, &appearance, page, None)?)
}

/// Reads the operator from the cookie. The token is the key of its signature, so a forged cookie counts as a guess of the token.
async fn by_cookie(incoming: &Incoming) -> Result<Option<Owner>, CallError> {
    let known = cookie::ADMIN.read(incoming).zip(incoming.config.admin_token.as_deref());
    let Some((cookie, token)) = known else { return Ok(None) };
    let until = cookie.strip_prefix(SIGNED).and_then(|rest| rest.split_once('.')?.0.parse::<u64>().ok());
    // Browsers may send an expired cookie, which does not count. Nor does one that cannot have been issued.
    if !until.is_some_and(|until| (incoming.now + 1..=incoming.now + ADMIN_SESSION_MS).contains(&until)) {
        return Ok(None);
    }
    let said = read_signed(&cookie, token);
    access::note_guess(incoming, said.is_some()).await?;
    let Some(session) = said.map(|said| hash_hex(&said)) else { return Ok(None) };
    let question = OwnerSession { hash: session.clone(), until_ms: 0 };
    let is_open = FindSession::ask(&incoming.env, operator::OBJECT, &question).await?;
    let name = access::OWNER.to_owned();
    Ok(is_open.then_some(Owner { name, credential: cookie, session: Some(session) }))
}

fn csrf(owner: &Owner) -> String {
    hash_hex(&format!("form of /admin {}", owner.credential))
}

// ---- forms

async fn post(incoming: &Incoming, owner: Option<Owner>) -> Result<Response, CallError> {
    if !origin::is_vouched_for(incoming) {
        return Err(Refusal::OriginForbidden.into());
    }
    let form = Form::read(incoming).await?;
    let field = |name: &str| form.field(name);
    if field("do") == "enter" {
        return enter(incoming, &field("token")).await;
    }
    let owner = owner.ok_or(Refusal::Unauthenticated)?;
    if !bool::from(field("csrf").as_bytes().ct_eq(csrf(&owner).as_bytes())) {
        return Err(Refusal::Csrf.into());
    }
    match field("do").as_str() {
        "leave" => {
            if let Some(session) = owner.session {
                let act = operation::act(incoming, owner.name, session);
                EndSession::ask(&incoming.env, operator::OBJECT, &act).await?;
            }
            back(incoming, Some(cookie::ADMIN.clear(incoming)))
        }
        "turn" => {
            let (flag, to) = (field("flag"), field("to"));
            if !FLAGS.iter().any(|(_, known, _)| *known == flag) || !["true", "false"].contains(&to.as_str()) {
                return Err(Refusal::validation("flag", "This flag is not known.").into());
            }
            operation::turn(incoming, owner.name, format!("{{\"{flag}\":{to}}}")).await?;
            back(incoming, None)
        }
        "end_exception" => {
            operation::turn(incoming, owner.name, Flags::end_of_exception(&field("room"), &field("name"))).await?;
            back(incoming, None)
        }
        "recovery" => answer_recovery(incoming, owner, field("email").trim()).await,
        "role" => answer_role(incoming, owner, &form).await,
        "report" => answer_report(incoming, owner, &form).await,
        action if admin_rules::ACTIONS.contains(&action) => answer_rules(incoming, owner, &form).await,
        answered @ ("lift" | "keep") => {
            let by = operation::act(incoming, owner.name, field("act"));
            let call = AnswerCall { by, is_lifted: answered == "lift" };
            match answer_objection(&incoming.env, &call).await {
                Ok(()) => back_after(incoming, answered, &field("user")),
                // Another operator has answered it since the page was shown.
                Err(CallError::Refused(Refusal::NotFound)) => back(incoming, None),
                Err(error) => Err(error),
            }
        }
        _ => Err(Refusal::validation("do", "This is not known.").into()),
    }
}

/// Makes a link to a new password (`account.md` 5.2). The answer is the page with the link, which no other answer shows again.
async fn answer_recovery(incoming: &Incoming, owner: Owner, email: &str) -> Result<Response, CallError> {
    let made = operator_link::make(incoming, &owner.name, email).await;
    let email = email.to_owned();
    let recovery = match made {
        Ok(url) => RecoveryLink::Made { email, url },
        Err(CallError::Refused(Refusal::NotFound | Refusal::Validation { .. })) => RecoveryLink::Unknown { email },
        Err(error) => return Err(error),
    };
    page_with(incoming, owner, |page| AdminPage { recovery: Some(recovery), ..page }).await
}

/// Gives or takes a role (`moderation.md` 1). The page offers the people of a name, and says that a text names no account.
async fn answer_role(incoming: &Incoming, owner: Owner, form: &Form) -> Result<Response, CallError> {
    let (typed, role) = (form.field("user").trim().to_owned(), form.field("role"));
    let choices = match admin_people::find(incoming, &typed).await? {
        Named::One(user) => match moderation::set_role(incoming, &owner.name, &user, &role).await {
            Ok(()) => return back_after(incoming, role_act(&role), &user),
            Err(CallError::Refused(Refusal::NotFound | Refusal::Validation { .. })) => Vec::new(),
            Err(error) => return Err(error),
        },
        Named::Choice(choices) => choices,
    };
    let role_form = RoleForm { is_unknown: choices.is_empty(), typed, role, choices };
    page_with(incoming, owner, |page| AdminPage { role_form, ..page }).await
}

/// Changes the rules for what people write (`moderation.md` 8). A pattern that cannot be used is said on the page.
async fn answer_rules(incoming: &Incoming, owner: Owner, form: &Form) -> Result<Response, CallError> {
    match admin_rules::act(incoming, &owner.name, form).await {
        Ok(()) => back(incoming, None),
        Err(CallError::Refused(Refusal::Validation { .. })) => {
            let [kind, pattern, effect] = ["kind", "pattern", "effect"].map(|name| form.field(name));
            let unusable = Some(WritingRow { kind, pattern, effect });
            page_with(incoming, owner, |page| {
                let writing = WritingSection { unusable, ..page.writing };
                AdminPage { writing, ..page }
            })
            .await
        }
        Err(error) => Err(error),
    }
}

/// Answers a report (`moderation.md` 7.2). An answer that is not possible is said on the page.
async fn answer_report(incoming: &Incoming, owner: Owner, form: &Form) -> Result<Response, CallError> {
    let refusal = match admin_reports::answer(incoming, &owner.name, form).await? {
        Answered::Now => return back_after(incoming, &form.field("answer"), &form.field("user")),
        Answered::Before => return back(incoming, None),
        Answered::Refused(refusal) => refusal,
    };
    let typed = form.field("reason");
    let refused = |reports: ReportQueue| ReportQueue { refusal: Some(refusal), typed, ..reports };
    page_with(incoming, owner, |page| AdminPage { reports: refused(page.reports), ..page }).await
}

/// Returns the page, with what it says of an action.
async fn page_with(
    incoming: &Incoming,
    owner: Owner,
    say: impl FnOnce(AdminPage) -> AdminPage,
) -> Result<Response, CallError> {
    let (appearance, page) = (page_appearance(incoming), gather_page(incoming, owner).await?);
    let page = admin_people::name_all(incoming, say(page)).await;
    Ok(html(incoming, &appearance, admin(&appearance, page), None)?)
}

/// Reads the roles, the objections that nobody has answered, and the rules for what people write.
async fn gather_moderation(incoming: &Incoming) -> Result<(Staff, WritingSection), CallError> {
    let (env, at) = (&incoming.env, operator::OBJECT);
    let (standing, open) = join(ReadModeration::ask(env, at, &Empty), ListObjections::ask(env, at, &Empty)).await;
    let (Record(standing), open) = (standing?, open?);
    let objection = |open: OpenRow| {
        let OpenRow { at, text, user, act } = open;
        OpenObjection { at, act: act.id, user, kind: act.kind, reason: act.reason, text }
    };
    let roles = standing.roles.into_iter().map(|row| (row.user, row.role.as_str())).collect();
    let staff = Staff { roles, objections: open.into_iter().map(objection).collect() };
    Ok((staff, admin_rules::section(standing.writing)))
}

/// Checks a typed token. It has the same limit as signing in, and the audit log has a row for every result.
async fn enter(incoming: &Incoming, token: &str) -> Result<Response, CallError> {
    let secret = incoming.config.admin_token.as_deref().ok_or(Refusal::NotFound)?;
    let refused = match sign_in_attempts::charge_address(incoming).await {
        Ok(()) if access::is_service_token(incoming.config, token) => None,
        Ok(()) => Some((AccessRefusal::Wrong, Refusal::BadCredentials)),
        Err(CallError::Refused(refusal)) => Some((AccessRefusal::TooFast, refusal)),
        Err(error) => return Err(error),
    };
    let Some((said, refusal)) = refused else {
        note(incoming, access::OWNER, "ok").await?;
        let until_ms = incoming.now + ADMIN_SESSION_MS;
        let said = format!("{SIGNED}{until_ms}.{}", random_token(runtime::random_bytes()));
        let session = OwnerSession { hash: hash_hex(&said), until_ms };
        OpenSession::ask(&incoming.env, operator::OBJECT, &session).await?;
        let cookie = cookie::ADMIN.set(incoming, &signed(&said, secret), ADMIN_SESSION_MS / 1_000);
        let place = named_for_role(incoming).map_or_else(|| "/admin".to_owned(), |user| role_form_path(&user));
        return Ok(answer::lead(incoming, &place, Some(cookie))?);
    };
    if said == AccessRefusal::Wrong {
        note(incoming, "", refusal.code()).await?;
    }
    let appearance = page_appearance(incoming);
    let asked = door(&appearance, said, named_for_role(incoming).as_deref());
    let page = html(incoming, &appearance, asked, None)?;
    for (name, value) in answer::retry_after(&refusal) {
        page.headers().set(name, &value)?;
    }
    Ok(page.with_status(refusal.status()))
}

async fn note(incoming: &Incoming, owner: &str, result: &str) -> Result<(), CallError> {
    let act = operation::act(incoming, owner.to_owned(), result.to_owned());
    NoteSignIn::ask(&incoming.env, operator::OBJECT, &act).await.map(|_| ())
}

/// Returns the user id of the person whom the address names for a role (`moderation.md` 1).
fn named_for_role(incoming: &Incoming) -> Option<String> {
    incoming.query("role").filter(|user| UserId::parse(user).is_ok())
}

/// Redirects to the page, so that a reload does not repeat the action.
fn back(incoming: &Incoming, cookie: Option<String>) -> Result<Response, CallError> {
    Ok(answer::lead(incoming, "/admin", cookie)?)
}

/// Redirects to the page, which says the act and names the person.
fn back_after(incoming: &Incoming, act: &str, user: &str) -> Result<Response, CallError> {
    if UserId::parse(user).is_err() {
        return back(incoming, None);
    }
    Ok(answer::lead(incoming, &format!("/admin?done={act}&done_to={user}"), None)?)
}

/// Returns the word for an act that gives a role, or takes it (`app::pages::admin::done`).
fn role_act(role: &str) -> &'static str {
    match role {
        "moderator" => "role-moderator",
        "owner" => "role-owner",
        _ => "role-none",
    }
}

/// Returns the act that [`back_after`] has put into the address.
fn done_of(incoming: &Incoming) -> Option<DoneAct> {
    let (act, user) = (incoming.query("done")?, incoming.query("done_to")?);
    UserId::parse(&user).is_ok().then_some(DoneAct { act, user })
}

// ---- the page

/// Returns the appearance with the language of `?lang=`, which the browser stores.
pub fn page_appearance(incoming: &Incoming) -> Appearance {
    let appearance = appearance_of(incoming);
    Appearance { language: wanted_language(incoming).or(appearance.language.clone()), ..appearance }
}

fn wanted_language(incoming: &Incoming) -> Option<String> {
    incoming.query("lang").filter(|tag| language::find(tag).is_some())
}

/// Returns a page that the server rendered, with an optional `cookie`.
pub fn html(
    incoming: &Incoming,
    appearance: &Appearance,
    page: String,
    cookie: Option<String>,
) -> worker::Result<Response> {
    let stored = wanted_language(incoming).map(|_| appearance_cookie(incoming, appearance));
    let cookies: Vec<_> = stored.into_iter().chain(cookie).map(|line| ("set-cookie", line)).collect();
    html_response(incoming, &policy(incoming, &fresh_nonce()), page, &cookies)
}

async fn gather_page(incoming: &Incoming, owner: Owner) -> Result<AdminPage, CallError> {
    let env = &incoming.env;
    let watched = ReadWatch::ask(env, operator::OBJECT, &Empty);
    let (numbers, records) = join(
        join3(metrics::sums_of_all(env), ask_shards::<ListOpenLogs>(env, &()), metrics::dead_logs(env)),
        join3(watched, alarms::read_ledger(env), flags::show(env)),
    )
    .await;
    let (((sums, _), shards, dead_logs), (watched, ledger, shown)) = (numbers, records);
    let (watched, shown) = (watched?, Flags::of_stored(&shown?));
    // The rest of the page is needed even more if the ledger fails.
    let ledger = ledger.inspect_err(|fault| telemetry::fault("admin", fault)).ok();
    let of = |metric: &str| sums.get(metric).copied().unwrap_or(0);
    let known = |kind: &str| of(&format!("cfm_names{{kind=\"{kind}\"}}"));
    let (live, busiest) = live(shards);
    let sockets = sums.iter().filter_map(|(metric, value)| {
        let door = metric.strip_prefix("cfm_sockets{door=\"")?.strip_suffix("\"}")?;
        Some((door.to_owned(), *value))
    });
    let (sought, found) = find_rows(incoming).await;
    let (moderated, reports) = join(gather_moderation(incoming), admin_reports::gather(incoming, &owner.name)).await;
    let (staff, writing) = moderated?;
    Ok(AdminPage {
        now: incoming.now,
        csrf: csrf(&owner),
        owner: owner.name,
        can_leave: owner.session.is_some(),
        alarms: watched.alarms.iter().filter_map(raised_alarm).collect(),
        unsent: incoming.config.alert_url.as_ref().map(|_| watched.unsent),
        live,
        busiest,
        sockets: sockets.collect(),
        known: [known("account"), known("guest"), known("room") + known("hub")],
        outbox: of("cfm_outbox_depth"),
        dead_letters: of("cfm_dead_letters") + of("cfm_bot_dead_letters"),
        dead_logs,
        unreadable: of("cfm_sealed_unreadable"),
        quota: ledger.map(|ledger| (ledger.used, ledger.limit)),
        points: watched.readings.into_iter().map(point).collect(),
        commits: commits(&sums),
        flags: FLAGS.iter().map(|(flag, name, _)| (*name, shown.is_on(*flag))).collect(),
        exceptions: exceptions_of(&shown),
        recovery: None,
        staff,
        role_form: RoleForm { typed: named_for_role(incoming).unwrap_or_default(), ..RoleForm::default() },
        done: done_of(incoming),
        people: People::default(),
        writing,
        reports: reports?,
        sought,
        found,
    })
}

/// Returns an alarm for the page; `None` if only another version has it.
fn raised_alarm(active: &ActiveAlarm) -> Option<RaisedAlarm> {
    Some(RaisedAlarm { alarm: Alarm::parse(&active.alarm)?, since: active.since, value: active.value })
}

fn exceptions_of(flags: &Flags) -> Vec<RoomException> {
    let exception = |(room, name, value): (&str, &'static str, Exception)| {
        let value = match value {
            Exception::Switch(is_on) => ExceptionValue::Switch(is_on),
            Exception::Number(number) => ExceptionValue::Number(number),
        };
        RoomException { room: room.to_owned(), name, value }
    };
    flags.exceptions().map(exception).collect()
}

fn point(reading: Reading) -> Point {
    let Reading { at, sockets, messages, refused, series } = reading;
    Point { at, sockets, messages, refused, series }
}

/// Returns the number of logs that have sockets, and those with most. Direct conversations are private: only their number is shown.
fn live(shards: Vec<Result<Vec<(String, u64)>, CallError>>) -> (u64, Vec<(String, u64)>) {
    let (mut live, mut busiest) = (0, Vec::new());
    for (name, value) in shards.into_iter().flatten().flatten() {
        if name.is_empty() {
            live += value;
        } else if name.starts_with("hub:") || name.starts_with("rm:") && !name.starts_with("rm:dm_") {
            busiest.push((name, value));
        }
    }
    busiest.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    busiest.truncate(ADMIN_ROOMS_MAX as usize);
    (live, busiest)
}

/// Returns a page of the audit log, newest first. The rest of the page does not wait long for a database that does not answer.
async fn find_rows(incoming: &Incoming) -> (AuditQuery, Result<(Vec<Value>, Option<u64>), NoRows>) {
    let typed = |name: &str| incoming.query(name).unwrap_or_default();
    let search = operation::search(incoming, ADMIN_AUDIT_ROWS);
    let before = search.as_ref().ok().and_then(|search| search.before);
    let sought =
        AuditQuery { who: typed("who"), what: typed("what"), from: typed("from"), until: typed("until"), before };
    let Ok(search) = search else {
        return (sought, Err(NoRows::BadSearch));
    };
    let locale = page_appearance(incoming).locale();
    let what = search.what.iter().flat_map(|typed| sought_actions(locale, typed)).collect();
    let who = admin_people::sought(incoming, search.who).await;
    let search = Search { before: search.before.or(Some(SEQ_MAX)), who, what, ..search };
    let fault = match within(ADMIN_AUDIT_MS_MAX, audit::page(&incoming.env, &search)).await {
        Some(Ok(page)) => return (sought, Ok(rows_of(&page))),
        Some(Err(fault)) => fault,
        None => Fault(format!("audit: no answer within {ADMIN_AUDIT_MS_MAX} ms")),
    };
    telemetry::fault("admin", &fault);
    (sought, Err(NoRows::Away))
}

/// Parses the rows of a page, and the position before which older ones are.
fn rows_of(page: &str) -> (Vec<Value>, Option<u64>) {
    let page = Value::parse(page).unwrap_or(Value::Null);
    let rows = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let more = page.get("more").and_then(Value::as_bool) == Some(true);
    let older = page.get("next").and_then(Value::as_u64).filter(|_| more);
    (rows, older)
}
