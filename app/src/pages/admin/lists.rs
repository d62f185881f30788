//! Lists on `/admin` of what a deployment has rarely: exceptions of rooms (`messagehub.md` 8.2), and logs with dead letters
//! (`messagehub.md` 7.3). Without a row there is no list.

use super::content::{ExceptionValue, RoomException};
use super::elements::{Counts, Table};
use super::{OwnerForm, RUNBOOKS, switch_words};
use crate::pages::document::words_about;
use crate::prelude::*;

/// Exceptions of rooms, each with a button that ends it.
#[component]
pub fn RoomExceptions(t: ServerTexts, csrf: String, exceptions: Vec<RoomException>) -> impl IntoView {
    let heads = vec![t_string!(t, admin_lists.room), t_string!(t, admin.switch), t_string!(t, admin.state), ""];
    (!exceptions.is_empty()).then(|| {
        let row = |exception: RoomException| view! { <Exception t csrf=csrf.clone() exception /> };
        let rows: Vec<_> = exceptions.into_iter().map(row).collect();
        view! {
            <h3>{t_string!(t, admin_lists.exceptions)}</h3>
            <Table heads>{rows}</Table>
        }
    })
}

#[component]
fn Exception(t: ServerTexts, csrf: String, exception: RoomException) -> impl IntoView {
    let RoomException { room, name, value } = exception;
    let words = match name {
        "rate" => t_string!(t, admin_lists.rate),
        "retention_days" => t_string!(t, admin_lists.retention),
        switch => switch_words(t, switch),
    };
    let value = match value {
        ExceptionValue::Switch(true) => t_string!(t, admin.on).to_owned(),
        ExceptionValue::Switch(false) => t_string!(t, admin.off).to_owned(),
        ExceptionValue::Number(number) => number.to_string(),
    };
    let about = t_string!(t, conversation.named, name = &room, words = &words);
    view! {
        <tr>
            <th scope="row">{room.clone()}</th>
            <td>{words}</td>
            <td>{value}</td>
            <td>
                <OwnerForm action="end_exception" place="#switches" csrf>
                    <input type="hidden" name="room" value=room />
                    <input type="hidden" name="name" value=name />
                    <button class="btn" data-kind="small">{words_about(t_string!(t, admin_lists.end), &about)}</button>
                </OwnerForm>
            </td>
        </tr>
    }
}

/// Logs with dead letters, and where it is said how they are listed and retried.
#[component]
pub fn DeadLogs(t: ServerTexts, logs: Vec<(String, u64)>) -> impl IntoView {
    (!logs.is_empty()).then(|| {
        view! {
            <h3>{t_string!(t, admin_lists.dead_logs)}</h3>
            <p>
                {format!("{} ", t_string!(t, admin_lists.dead_hint))}
                <a href=format!("{RUNBOOKS}/dead-letters.txt") hreflang="en">
                    {t_string!(t, admin.runbook)}
                </a>
            </p>
            <Counts heads=[t_string!(t, admin.conversation), t_string!(t, admin.dead_letters)] counts=logs />
        }
    })
}
