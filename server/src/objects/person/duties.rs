//! Duties of a person's object: the work of its one alarm, and the time of it. Each subject knows its own; this file has their order.

use std::rc::Rc;

use protocol::words::event::Millis;
use protocol::words::limits::{OUTBOX_RETRY_MS_MAX, PUSH_TTL_S, PUSH_WITHHELD_MS};
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;

use super::belongings::{drafts, files};
use super::leaving::{deletion, export};
use super::object::{PersonObject, Subjects};
use super::people::group_calls::GroupCall;
use super::people::{contacts, group_calls, handles, invites, listing, privacy};
use super::sessions::{devices, life};
use super::tables::{Fact, contact_tables, leaving_tables, push_tables};
use super::watching::notifications;
use super::web_push;
use crate::kit::alarm::Retries;
use crate::kit::jobs::Kind;
use crate::kit::namespace::Namespace;
use crate::projection::audit_log;
use crate::runtime;
use crate::telemetry;

/// Functions of the subjects for the object.
pub(super) const SUBJECTS: Subjects = Subjects { due_at, rest_due_at };

/// Tables of work that the object tries until it is done. A push service may ask for any wait within the life of a notification.
pub(super) const RETRIES: &[Retries] = &[
    Retries::of("listeners"),
    Retries { condition: contact_tables::IS_UNSENT, ..Retries::of("contacts") },
    Retries::of("privacy_rooms"),
    Retries { first_ms: PUSH_WITHHELD_MS, again_ms: Some(PUSH_TTL_S * 1_000), ..Retries::of("push_outbox") },
    Retries { first_ms: export::PACE_MS, condition: export::IS_RUNNING, ..Retries::of("exports") },
    Retries::of("leaving"),
];

/// Kinds of the object's jobs.
pub(super) const KINDS: &[Kind] = &[Kind::of::<GroupCall>()];

/// Does the work of the alarm. The cron requests it, too, if work waits.
pub(super) async fn ring(object: &Rc<PersonObject>) {
    object.base.alarm.clear();
    if let Err(fault) = do_due(object).await {
        telemetry::fault("person_alarm", &fault);
        object.base.ring_by(runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
    }
}

async fn do_due(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let now = runtime::now_ms();
    telemetry::logged("files", files::remove_due(object, now).await);
    let is_known = object.wake(None)?;
    telemetry::logged("audit", audit_log::maintain(&object.env, &object.base.state).await);
    export::carry_on(object, now).await?;
    let db = object.base.memory.borrow().as_ref().map(|memory| memory.sql.0.clone());
    let db = db.map_or_else(|| object.db(), Ok)?;
    db.sweep_some().await;
    if !is_known || deletion::carry_on(object, now).await? {
        return object.arrange_rest();
    }
    devices::give_up_silent(object, now)?;
    object.with(|memory| memory.sql.trim_inbox(now.saturating_sub(object.inbox_ms())))?;
    object.with(|memory| invites::forget_old(&memory.sql.0, now))?;
    object.with(|memory| drafts::forget_old(&memory.sql.0, now))?;
    if life::forget_guest_if_due(object, now).await? {
        // The person's messages stay, and so do the files in them.
        return object.arrange_rest();
    }
    listing::send_if_due(object, now).await?;
    notifications::notify_listeners(object).await?;
    contacts::deliver(object).await?;
    privacy::send_to_rooms(object).await?;
    group_calls::send_due(object).await?;
    handles::send_due(object, now, false).await?;
    // A notification that cannot be sent must not stop the other work.
    telemetry::logged("push", web_push::send_due(object).await);
    notifications::renew_watches(object, now).await?;
    life::report_living(object, now).await?;
    let name = Namespace::Person.object_name(object.user()?.as_str());
    db.report_unreadable(&object.env, name).await?;
    object.arrange_alarm()?;
    // A number that cannot be read must not put off other work.
    telemetry::logged("count", report_backlog(object, false).await);
    Ok(())
}

/// Reports to the directory the number of people and rooms for which the first attempt failed, and the ages of jobs.
pub(super) async fn report_backlog(object: &PersonObject, asks: bool) -> Result<(), Fault> {
    let is_known = object.base.memory.borrow().is_some();
    let depth = if is_known { object.with(|memory| memory.sql.count_backlog())? } else { 0 };
    let (name, db) = (Namespace::Person.object_name(object.user()?.as_str()), object.db()?);
    let ages = object.jobs.ages(&db)?;
    object.backlog.send(&object.env, name, depth, ages, asks).await;
    Ok(())
}

/// Returns the earliest time at which work of the person is due.
fn due_at(object: &PersonObject) -> Result<Option<Millis>, Fault> {
    let now = runtime::now_ms();
    // Work that is in progress must not make the alarm run again and again in the meantime.
    let soon = now + notifications::ALARM_AFTER_MS;
    object.with(|memory| {
        let (version, card_version) = (memory.person.record().version, memory.person.record().card_version);
        object.clock.bring_forward(&memory.sql.0, RETRIES, now)?;
        let left_at = memory.sql.fact(Fact::LeftAt)?;
        let is_guest = memory.person.record().kind == UserKind::Guest;
        let listing = listing::due_at(memory, now)?;
        let not_before = listing.unwrap_or_default().max(soon);
        let life_ms = life::guest_life_ms(&memory.person.record().user);
        let forgotten_at = (is_guest && left_at > 0).then_some((left_at + life_ms).max(not_before));
        let notify_at = memory.sql.next_listener_send_at(version, card_version)?;
        let notify_at = notify_at.map(|due_at| due_at.max(soon));
        let social = memory.sql.next_social_send_at(memory.person.record().privacy)?;
        let social = social.into_iter().chain(object.jobs.due_at(&memory.sql.0)?).min();
        let social = social.map(|due_at| due_at.max(soon));
        let renewal = memory.sql.oldest_renewal()?.map(|at| (at + notifications::RENEW_MS).max(soon));
        let audit = audit_log::due_at(&object.env, &memory.sql.0, now)?;
        let files = files::due_at(&memory.sql.0)?.map(|at| at.max(soon));
        // Work that the cron is doing now stays due until it is done, so its time is postponed here.
        let not_beside = |is_under_way: bool| if is_under_way { soon } else { now };
        let export = export::due_at(&memory.sql.0)?.map(|at| at.max(not_beside(object.runs.is_exporting.get())));
        let leaving = leaving_tables::due_at(&memory.sql.0)?.map(|at| at.max(not_beside(object.runs.is_leaving.get())));
        let handles = handles::due_at(&memory.sql.0, now)?;
        let invites = invites::due_at(&memory.sql.0)?;
        let drafts = drafts::due_at(&memory.sql.0)?;
        let push = push_tables::due_at(&memory.sql.0)?.map(|at| at.max(soon));
        let inbox = memory.sql.oldest_entry()?.map(|at| at + object.inbox_ms() + 1);
        let sealing = memory.sql.0.sweep_at(now);
        let own = [sealing, memory.person.wake_at(), forgotten_at, notify_at, social, renewal, listing, audit, files];
        let later = [export, leaving, handles, invites, drafts, push, inbox];
        let duties = own.into_iter().chain(later);
        Ok(duties.flatten().min().map(|at| at.max(now)))
    })
}

/// Returns the time at which work on the data is due that outlives a forgotten person.
fn rest_due_at(object: &PersonObject) -> Result<Option<Millis>, Fault> {
    let sql = object.db()?;
    object.clock.bring_forward(&sql, RETRIES, runtime::now_ms())?;
    let audit = audit_log::due_at(&object.env, &sql, runtime::now_ms())?;
    // The names of files outlive the person who uploaded them, and have to be sealed with a newer key like all other data.
    let sealing = if sql.has_words()? { sql.sweep_at(runtime::now_ms()) } else { None };
    let duties = [files::due_at(&sql)?, export::due_at(&sql)?, audit, sealing];
    Ok(duties.into_iter().flatten().min())
}
