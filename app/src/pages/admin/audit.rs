//! The audit log on `/admin`: its search, a page of rows, and links to other rows.

use protocol::codec::json::Value;
use protocol::codec::percent::encoded;
use protocol::words::event::Millis;
use protocol::words::limits::AUDIT_WORD_BYTES_MAX;

use super::audit_actions::{ACTIONS, act_words};
use super::content::{AuditQuery, NamedPerson, NoRows, People};
use super::elements::{Table, Time, person};
use super::operator_name;
use super::reports::reason_words;
use crate::pages::document::Notice;
use crate::prelude::*;

/// Id of the list of actions that the search offers.
const ACTION_LIST: &str = "audit-actions";

/// Content of the section of the audit log.
#[component]
pub fn AuditLog(
    t: ServerTexts,
    now: Millis,
    sought: AuditQuery,
    found: Result<(Vec<Value>, Option<u64>), NoRows>,
    people: People,
) -> impl IntoView {
    let result = match found {
        Ok((rows, older)) => {
            let (same, is_first) = (address(&sought), sought.before.is_none());
            view! { <AuditRows t rows people same is_first older /> }.erase()
        }
        Err(NoRows::BadSearch) => view! { <Notice kind="error">{t_string!(t, admin.bad_search)}</Notice> }.erase(),
        Err(NoRows::Away) => view! { <Notice kind="error">{t_string!(t, admin.no_log)}</Notice> }.erase(),
    };
    let AuditQuery { who, what, from, until, .. } = sought;
    let option = |action: &'static str| view! { <option value=action>{act_words(t, action)}</option> };
    view! {
        <form class="admin-search" action="/admin#audit">
            // The time makes each address new: a browser does not request the shown address again if it ends in a fragment.
            <input type="hidden" name="at" value=now.to_string() />
            <SearchField label=t_string!(t, admin.sought) kind="text" name="who" value=who />
            <SearchField label=t_string!(t, admin.what) kind="text" name="what" value=what list=ACTION_LIST />
            <SearchField label=t_string!(t, admin.from) kind="date" name="from" value=from />
            <SearchField label=t_string!(t, admin.until) kind="date" name="until" value=until />
            <button class="btn">{t_string!(t, admin.search)}</button>
            <datalist id=ACTION_LIST>{ACTIONS.map(option).into_iter().collect::<Vec<_>>()}</datalist>
        </form>
        {result}
    }
}

#[component]
fn SearchField(
    label: &'static str,
    kind: &'static str,
    name: &'static str,
    value: String,
    /// Id of a list of values that the field offers.
    #[prop(optional)]
    list: Option<&'static str>,
) -> impl IntoView {
    let maxlength = AUDIT_WORD_BYTES_MAX.to_string();
    view! {
        <label>
            {format!("{label} ")}
            <input dir="auto" class="field" type=kind name=name value=value maxlength=maxlength list=list />
        </label>
    }
}

/// Returns the address of the first page of a search.
fn address(AuditQuery { who, what, from, until, .. }: &AuditQuery) -> String {
    let values = [("who", who), ("what", what), ("from", from), ("until", until)];
    format!("/admin?{}", values.map(|(name, value)| format!("{name}={}", encoded(value))).join("&"))
}

/// Rows of the audit log, with links to other rows.
#[component]
fn AuditRows(
    t: ServerTexts,
    rows: Vec<Value>,
    people: People,
    /// Address of the first page of the search.
    same: String,
    is_first: bool,
    older: Option<u64>,
) -> impl IntoView {
    let table = if rows.is_empty() {
        view! { <p>{t_string!(t, admin.nothing)}</p> }.erase()
    } else {
        view! { <AuditTable t rows people /> }.erase()
    };
    let newest = (!is_first).then(|| {
        view! { <a href=format!("{same}#audit")>{t_string!(t, admin.newest)}</a> }
    });
    let older = older.map(|older| {
        view! { <a href=format!("{same}&before={older}#audit")>{t_string!(t, admin.older)}</a> }
    });
    view! {
        {table}
        <p class="admin-pages">
            {newest}
            {older}
        </p>
    }
}

#[component]
fn AuditTable(t: ServerTexts, rows: Vec<Value>, people: People) -> impl IntoView {
    let (who, what) = (t_string!(t, admin.who), t_string!(t, admin.what));
    let heads = vec![t_string!(t, admin.time), who, what, t_string!(t, admin.network), t_string!(t, admin.result)];
    let row = |row: Value| view! { <AuditRow t row people=people.clone() /> };
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    view! { <Table heads>{rows}</Table> }
}

#[component]
fn AuditRow(t: ServerTexts, row: Value, people: People) -> impl IntoView {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let at = row.get("ts").and_then(Value::as_u64).unwrap_or(0);
    view! {
        <tr>
            <td>
                <Time at />
            </td>
            <td>{parties(t, &people, &text("actor"), &text("target"))}</td>
            <td>{acted(t, &text("action"))}</td>
            <td>{text("ip")}</td>
            <td>{ended(t, &text("action"), text("result"))}</td>
        </tr>
    }
}

/// Returns the words for an action with its stored name, by which it is searched.
fn acted(t: ServerTexts, action: &str) -> ErasedView {
    let words = act_words(t, action);
    if words == action {
        return action.to_owned().erase();
    }
    view! { {format!("{words} ")} <small>{action.to_owned()}</small> }.erase()
}

/// Returns the words for a result, with the stored one in small letters; results without words as they are.
fn ended(t: ServerTexts, action: &str, result: String) -> ErasedView {
    match result_words(t, action, &result) {
        Some(words) => view! { {format!("{words} ")} <small>{result}</small> }.erase(),
        None => result.erase(),
    }
}

/// Returns the words for a refused sign-in, or for what an action of moderation says by its result (`moderation.md`).
fn result_words(t: ServerTexts, action: &str, result: &str) -> Option<&'static str> {
    Some(match (action, result) {
        (_, "BAD_CREDENTIALS") => t_string!(t, admin.bad_credentials),
        ("report", "spam" | "abuse" | "other") => reason_words(t, result),
        ("report_answer", "acted") => t_string!(t, reports.acted),
        ("report_answer", "dismissed") => t_string!(t, reports.dismissed),
        ("moderation_answer", "lifted") => t_string!(t, reports.lifted),
        ("moderation_answer", "kept") => t_string!(t, reports.kept),
        ("role_give" | "role_take", "owner") => t_string!(t, moderation.owner),
        ("role_give" | "role_take", "moderator") => t_string!(t, moderation.moderator),
        ("writing_rule_set" | "writing_rule_remove", "allow") => t_string!(t, writing_rules.allow),
        ("writing_rule_set" | "writing_rule_remove", "hold") => t_string!(t, writing_rules.hold),
        ("writing_rule_set" | "writing_rule_remove", "refuse") => t_string!(t, writing_rules.refuse),
        _ => return None,
    })
}

/// Returns who acted, and the person or thing that it concerned.
fn parties(t: ServerTexts, people: &People, actor: &str, target: &str) -> ErasedView {
    let actor = operator_name(t, actor);
    let between = if actor.is_empty() || target.is_empty() { "" } else { " → " };
    let [by, concerned] = [actor, target].map(|text| named(people, text));
    if by.is_none() && concerned.is_none() {
        return format!("{actor}{between}{target}").erase();
    }
    let [actor, target] = [(actor, by), (target, concerned)].map(|(text, named)| match named {
        Some((found, rest)) => view! { {person(found)} {rest} }.erase(),
        None => text.to_owned().erase(),
    });
    view! { {actor} {between} {target} }.erase()
}

/// Returns the person with whom an actor or a target begins, and the rest: the target of a report also has the place.
fn named(people: &People, text: &str) -> Option<(NamedPerson, String)> {
    let (id, rest) = text.split_at(text.find(' ').unwrap_or(text.len()));
    Some((people.known(id)?, rest.to_owned()))
}
