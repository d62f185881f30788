//! Web push of a person (`push.md`): choices of devices, notifications that wait, and sending them.
//!
//! A notification is a row that is committed with its event, and deleted when the push service has accepted it. A crash in between causes a
//! repetition, which replaces the first on the device. `protocol::machines::push` decides if a notification is sent;
//! `crate::outbound::push` makes an attempt.

use std::rc::Rc;

use app::ui::words::notification_words;
use protocol::content::kinds::NotificationKind;
use protocol::content::mentions::mentions;
use protocol::content::own_emoticons::emoticons_in;
use protocol::machines::push::{
    Level, PushDecision, PushDisposition, PushNotification, RecipientState, after, check_keys, is_late, push_decision,
    topic, urgency,
};
use protocol::people::contacts::Relation;
use protocol::wire::messenger::{
    PushChoices, PushEvent, PushMessage, declarative_push_json, push_choices_json, push_event, push_level_json,
    push_message_json, push_results_json, push_state_json, read_push_choices,
};
use protocol::words::event::Millis;
use protocol::words::ids::is_integration;
use protocol::words::limits::PUSH_WITHHELD_MS;
use protocol::words::rate::Counter;
use protocol::words::refusal::{Fault, Refusal};
use wasm_bindgen_futures::spawn_local;

use super::object::{PersonMemory, PersonObject};
use super::tables::Fact;
use super::tables::push_tables::{self, NewNotification, PendingNotification, Subscription};
use crate::calls::push::PushCall;
use crate::calls::{InboxCall, InboxEvent};
use crate::kit::call;
use crate::kit::directory::MetricsReport;
use crate::kit::namespace::Namespace;
use crate::kit::sealed::Db;
use crate::kit::sql::Database;
use crate::outbound::push::{self, Attempt};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Number of notifications of one browser that are sent side by side.
const AT_ONCE: u64 = 10;
/// Topic of a test notification, which belongs to no conversation.
const TEST_TOPIC: &str = "test";

// ---- what is asked

fn awake(object: &PersonObject) -> Result<Db, CallError> {
    object.wake_known()?;
    Ok(object.with(|memory| Ok(memory.sql.0.clone()))?)
}

/// Returns the state without the deployment's key, as JSON text without the first brace.
pub(super) fn state(object: &PersonObject, call: &PushCall) -> Result<String, CallError> {
    let sql = awake(object)?;
    Ok(state_in(&sql, &call.session)?)
}

fn state_in(sql: &Database, session: &str) -> Result<String, Fault> {
    let (items, levels) = (push_tables::items(sql, session)?, push_tables::levels(sql, runtime::now_ms())?);
    let level = |(room, level, until): &(String, Level, Option<Millis>)| push_level_json(room, *level, *until);
    let levels: Vec<String> = levels.iter().map(level).collect();
    Ok(push_state_json(&items, &choices(sql)?, &levels))
}

/// Returns the state for the archive; empty if there is none.
pub(super) fn archived(sql: &Database) -> Result<String, Fault> {
    let is_anything = push_tables::count(sql)? > 0
        || push_tables::choices(sql)?.is_some()
        || !push_tables::levels(sql, runtime::now_ms())?.is_empty();
    Ok(if is_anything { format!("{{{}\n", state_in(sql, "")?) } else { String::new() })
}

fn choices(sql: &Database) -> Result<PushChoices, Fault> {
    Ok(push_tables::choices(sql)?.and_then(|text| read_push_choices(&text)).unwrap_or_default())
}

pub(super) fn add(object: &Rc<PersonObject>, call: &PushCall) -> Result<String, CallError> {
    let sql = awake(object)?;
    // The Worker checked the session a moment ago, but only this object knows if it has ended since.
    let is_here = object.with(|memory| Ok(memory.sql.sessions()?.iter().any(|(id, _)| *id == call.session)))?;
    if !is_here {
        return Err(Refusal::Unauthenticated.into());
    }
    let id = object.in_step(|| push_tables::add(&sql, call, runtime::now_ms()))?;
    update_push_state(object)?;
    Ok(id)
}

pub(super) fn remove(object: &Rc<PersonObject>, call: &PushCall) -> Result<String, CallError> {
    let sql = awake(object)?;
    if !push_tables::remove(&sql, &call.id)? {
        return Err(Refusal::NotFound.into());
    }
    update_push_state(object)?;
    Ok(String::new())
}

/// Ends the subscription at an address, which another person's page has handed over, or without an address that of a session, in whose
/// browser another person has signed in.
pub(super) fn end(object: &Rc<PersonObject>, call: &PushCall) -> Result<(), CallError> {
    let sql = awake(object)?;
    object.in_step(|| match call.endpoint.as_str() {
        "" => push_tables::end_of_session(&sql, &call.session),
        endpoint => push_tables::end_at(&sql, endpoint),
    })?;
    Ok(update_push_state(object)?)
}

/// Stores quiet hours and preview.
pub(super) fn choose(object: &PersonObject, call: &PushCall) -> Result<String, CallError> {
    let sql = awake(object)?;
    let quiet = call.quiet.as_deref().and_then(read_push_choices).map(|choices| choices.quiet);
    let chosen = push_choices_json(&choices(&sql)?.changed(quiet, call.preview));
    push_tables::save_choices(&sql, &format!("{{{chosen}}}"))?;
    Ok(chosen)
}

pub(super) fn set_level(object: &PersonObject, call: &PushCall) -> Result<String, CallError> {
    let sql = awake(object)?;
    let (level, now) = (Level::parse(&call.level).unwrap_or_default(), runtime::now_ms());
    push_tables::save_level(&sql, &call.room, level, call.until, now)?;
    Ok(push_level_json(&call.room, level, call.until.filter(|_| level != Level::All)))
}

/// Sends a test notification to every subscription. Returns the status of each service, 0 if it did not answer.
pub(super) async fn test(object: &Rc<PersonObject>) -> Result<String, CallError> {
    let sql = awake(object)?;
    let now = runtime::now_ms();
    let rule = &object.config.rules.push_test;
    let mut tests = Counter::restored(rule, &push_tables::tests(&sql)?);
    tests.charge(rule, now)?;
    push_tables::save_tests(&sql, &tests.text())?;
    let subscriptions = push_tables::all(&sql)?;
    let asked = subscriptions.iter().map(|subscription| async move {
        let message = PushMessage {
            to: &subscription.id,
            what: NotificationKind::Message,
            room: "",
            seq: 0,
            title: "CF Messenger",
            words: "",
            unread: 0,
            language: &subscription.language,
        };
        send(object, subscription, TEST_TOPIC, "high", (&message, true)).await
    });
    let answers = call::in_portions(asked).await;
    let mut results = Vec::new();
    for (subscription, (status, wait_ms)) in subscriptions.iter().zip(answers) {
        let follows = after(status, wait_ms, 0, 0);
        let is_taken = follows == PushDisposition::Done;
        match follows {
            PushDisposition::Gone => {
                push_tables::remove(&sql, &subscription.id)?;
            }
            _ => push_tables::note_attempt(&sql, &subscription.id, is_taken.then_some(runtime::now_ms()))?,
        }
        results.push((subscription.id.as_str(), status));
    }
    update_push_state(object)?;
    Ok(push_results_json(&results))
}

/// Updates the person's state after a change of subscriptions. Rooms send messages to a person with a subscription, even if one of their
/// devices is in the room.
pub(super) fn update_push_state(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let changed = object.with(|memory| {
        let has_subscription = push_tables::count(&memory.sql.0)? > 0;
        Ok(memory.person.has_push(runtime::now_ms(), has_subscription))
    })?;
    object.apply(changed)
}

// ---- adding notifications

/// Adds notifications of these events, in the transaction that stores the events. Returns `true` if a notification waits to be sent.
pub(super) fn note(memory: &PersonMemory, call: &InboxCall, now: Millis) -> Result<bool, Fault> {
    let sql = &memory.sql.0;
    // Public rooms cause no notifications.
    let is_direct = call.room.starts_with("dm_");
    if !(is_direct || call.room.starts_with("grp_")) || push_tables::count(sql)? == 0 {
        return Ok(false);
    }
    let (hides, mark) = (memory.sql.hides()?, push_tables::mark(sql, &call.room)?);
    let visible_from = memory.sql.fact(Fact::VisibleFrom)?;
    let is_unseen = |event: &&InboxEvent| {
        event.target.is_none() && event.seq > mark && event.ts > visible_from && !hides.covers(&event.sender, event.ts)
    };
    let events: Vec<&InboxEvent> = call.events.iter().filter(is_unseen).collect();
    let Some(last) = events.last() else {
        return Ok(false);
    };
    push_tables::save_mark(sql, &call.room, last.seq)?;
    let level = push_tables::level(sql, &call.room, now)?;
    let group = memory.sql.group_name(&call.room)?;
    let mut is_anything = false;
    for event in events {
        let Some(PushEvent { id, what, name, words }) = push_event(&event.json) else { continue };
        let is_called = is_called(memory, event, &words);
        let notification = PushNotification { what, is_private: true, is_called };
        let decision = decide_push(memory, notification, level, now)?;
        if decision == PushDecision::No {
            continue;
        }
        let title = group.as_ref().map_or_else(|| name.clone(), |group| format!("{name} – {group}"));
        let (about, message, sender) = (call.room.as_str(), id.as_str(), event.sender.as_str());
        let (seq, unread) = (event.seq, event.unread);
        let added =
            NewNotification { about, seq, message, sender, what, title: &title, words: &words, is_called, unread };
        push_tables::put(sql, &added, now, decision)?;
        is_anything = true;
    }
    Ok(is_anything)
}

/// Returns `true` if a message mentions the person, as pages mark it. A program outside mentions nobody (`integrations.md` 4).
fn is_called(memory: &PersonMemory, event: &InboxEvent, words: &str) -> bool {
    !is_integration(&event.sender) && mentions(words, &emoticons_in(&event.json), &[&memory.person.record().name])
}

/// Updates or removes the waiting notification of a message that was edited or deleted.
pub(super) fn note_change(memory: &PersonMemory, room: &str, seq: u64, event: &InboxEvent) -> Result<(), Fault> {
    match push_event(&event.json) {
        Some(PushEvent { words, .. }) => {
            push_tables::update_words(&memory.sql.0, room, seq, &words, is_called(memory, event, &words))
        }
        None => push_tables::was_read(&memory.sql.0, room, seq, seq),
    }
}

/// Adds the notification of a contact request. Returns `true` if it waits to be sent.
pub(super) fn note_request(memory: &PersonMemory, from: &str, name: &str, now: Millis) -> Result<bool, Fault> {
    let notification = PushNotification { what: NotificationKind::Request, is_private: false, is_called: false };
    if push_tables::count(&memory.sql.0)? == 0 {
        return Ok(false);
    }
    let decision = decide_push(memory, notification, Level::All, now)?;
    if decision == PushDecision::No {
        return Ok(false);
    }
    let (what, about, message, words) = (NotificationKind::Request, "", "", "");
    let added = NewNotification {
        about,
        seq: now,
        message,
        sender: from,
        what,
        title: name,
        words,
        is_called: false,
        unread: 1,
    };
    push_tables::put(&memory.sql.0, &added, now, decision)?;
    Ok(true)
}

fn decide_push(
    memory: &PersonMemory,
    notification: PushNotification,
    level: Level,
    now: Millis,
) -> Result<PushDecision, Fault> {
    let choices = choices(&memory.sql.0)?;
    let minute = choices.quiet.as_ref().and_then(|quiet| runtime::minute_of_day(&quiet.zone, now));
    let (status, is_seen) = (memory.person.record().choice, memory.person.is_looking());
    Ok(push_decision(notification, level, RecipientState { status, is_seen, quiet: choices.quiet.as_ref(), minute }))
}

// ---- notifications that are withheld while the person looks at a device

/// Removes withheld notifications when a device in view has sent a frame: the person has seen their events there.
pub(super) fn note_seen(memory: &PersonMemory, now: Millis) -> Result<(), Fault> {
    push_tables::remove_seen(&memory.sql.0, now)
}

/// Handles the end of a device that was in view, and that sent its last heartbeat at `last_frame_at`. Events since then may be unseen. So their
/// notifications are due at `due_at`, unless another device is in view.
pub(super) fn note_device_closed(memory: &PersonMemory, last_frame_at: Millis, due_at: Millis) -> Result<(), Fault> {
    push_tables::remove_seen(&memory.sql.0, last_frame_at)?;
    if memory.person.is_looking() { Ok(()) } else { push_tables::make_due(&memory.sql.0, due_at) }
}

// ---- sending

/// Sends waiting notifications now. The alarm repeats failed ones.
pub(super) fn send_soon(object: &Rc<PersonObject>) {
    let object = Rc::clone(object);
    spawn_local(async move {
        telemetry::logged("push", send_due(&object).await);
    });
}

/// Sends notifications that are due. Each browser has one run of its own, so that a silent service does not delay the others.
pub(super) async fn send_due(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let due = object.with(|memory| {
        let (sql, now) = (&memory.sql.0, runtime::now_ms());
        // A device that is still open after all this time was open when the notification was written.
        if memory.person.is_looking() {
            push_tables::remove_seen(sql, now.saturating_sub(PUSH_WITHHELD_MS))?;
        }
        push_tables::due_subscriptions(sql, now)
    })?;
    let sendings = call::in_portions(due.iter().map(|id| send_to(object, id))).await;
    sendings.into_iter().collect::<Result<(), Fault>>()?;
    object.arrange_alarm()
}

async fn send_to(object: &Rc<PersonObject>, id: &str) -> Result<(), Fault> {
    if object.runs.is_pushing.borrow().iter().any(|busy| busy == id) {
        return Ok(());
    }
    object.runs.is_pushing.borrow_mut().push(id.to_owned());
    let result = send_all(object, id).await;
    object.runs.is_pushing.borrow_mut().retain(|busy| busy != id);
    result
}

async fn send_all(object: &Rc<PersonObject>, id: &str) -> Result<(), Fault> {
    loop {
        let now = runtime::now_ms();
        let due = object.with(|memory| push_tables::due(&memory.sql.0, id, now, AT_ONCE))?;
        if due.is_empty() {
            return Ok(());
        }
        if object.config.vapid.is_none() {
            return object.with(|memory| push_tables::forget_waiting(&memory.sql.0));
        }
        let outcomes = call::in_portions(due.iter().map(|place| send_one(object, place))).await;
        let mut counters: Vec<(String, u64)> = Vec::new();
        for outcome in outcomes {
            let metric = format!("cfm_push_total{{outcome=\"{}\"}}", outcome?);
            match counters.iter_mut().find(|(known, _)| *known == metric) {
                Some((_, count)) => *count += 1,
                None => counters.push((metric, 1)),
            }
        }
        update_push_state(object)?;
        let name = object.with(|memory| Ok(Namespace::Person.object_name(&memory.person.record().user)))?;
        let counted = MetricsReport { name, counters, ..MetricsReport::default() };
        telemetry::logged("count", counted.send(&object.env).await);
    }
}

/// Returns `true` if a waiting notification is still wanted. Settings may have changed since then, so they are read again.
fn is_wanted(memory: &PersonMemory, waiting: &PendingNotification, now: Millis) -> Result<bool, Fault> {
    let PendingNotification { what, ref about, ref sender, is_called, .. } = *waiting;
    if is_late(now.saturating_sub(waiting.made_at)) || memory.sql.hides()?.blocks(sender) {
        return Ok(false);
    }
    if what == NotificationKind::Request && memory.sql.relation(sender)? != Relation::Request {
        return Ok(false);
    }
    let level = push_tables::level(&memory.sql.0, about, now)?;
    Ok(decide_push(memory, PushNotification { what, is_private: true, is_called }, level, now)? == PushDecision::Now)
}

/// Makes one attempt to send the notification at `place`, unless it is no longer wanted. Returns a word for the outcome.
async fn send_one(object: &Rc<PersonObject>, place: &push_tables::NotificationKey) -> Result<&'static str, Fault> {
    let now = runtime::now_ms();
    let found = object.with(|memory| {
        let sql = &memory.sql.0;
        let waiting = match push_tables::waiting(sql, place) {
            Ok(waiting) => waiting,
            // A notification that cannot be read must not block the others.
            Err(fault) => {
                telemetry::fault("push_row", &fault);
                None
            }
        };
        match waiting {
            Some(waiting) if is_wanted(memory, &waiting, now)? => Ok(Some((waiting, choices(sql)?))),
            _ => {
                push_tables::drop_at(sql, place)?;
                Ok(None)
            }
        }
    })?;
    let Some((waiting, choices)) = found else {
        return Ok("dropped");
    };
    let waiting = &waiting;
    let message = PushMessage {
        to: &waiting.subscription.id,
        what: waiting.what,
        room: &waiting.about,
        seq: waiting.seq,
        title: &waiting.title,
        words: &waiting.words,
        unread: waiting.unread,
        language: &waiting.subscription.language,
    };
    let urgency = urgency(waiting.what, waiting.about.starts_with("dm_"));
    let (status, wait_ms) =
        send(object, &waiting.subscription, &waiting.about, urgency, (&message, choices.preview)).await;
    let (now, id) = (runtime::now_ms(), waiting.subscription.id.as_str());
    let follows = after(status, wait_ms, waiting.tries, now.saturating_sub(waiting.made_at));
    telemetry::event("push", serde_json::json!({ "status": status, "tries": waiting.tries }));
    object.with(|memory| {
        let sql = &memory.sql.0;
        match follows {
            PushDisposition::Done => {
                push_tables::take(sql, waiting)?;
                push_tables::note_attempt(sql, id, Some(now))?;
                Ok("sent")
            }
            PushDisposition::Gone => {
                push_tables::remove(sql, id)?;
                Ok("gone")
            }
            PushDisposition::Again(wait_ms) => {
                push_tables::retry_later(sql, waiting, now + wait_ms)?;
                push_tables::note_attempt(sql, id, None)?;
                Ok("again")
            }
            PushDisposition::Dropped => {
                push_tables::take(sql, waiting)?;
                push_tables::note_attempt(sql, id, None)?;
                Ok("dropped")
            }
        }
    })
}

async fn send(
    object: &PersonObject,
    subscription: &Subscription,
    about: &str,
    urgency: &'static str,
    (message, preview): (&PushMessage<'_>, bool),
) -> (Option<u16>, Option<Millis>) {
    let Ok(keys) = check_keys(&subscription.p256dh, &subscription.auth) else {
        return (Some(400), None);
    };
    let (topic, data) = (topic(&keys.auth, about), push_message_json(message, preview));
    let Subscription { endpoint, language, origin, .. } = subscription;
    let is_declarative = !origin.is_empty() && push::takes_declarative(endpoint);
    let body = match is_declarative {
        true => declarative_push_json(message, &data, origin, notification_words(language, message.what)),
        false => data,
    };
    let attempt = Attempt { endpoint, keys: &keys, topic: &topic, urgency, body: &body, is_declarative };
    match push::attempt(object.config, &attempt).await {
        Ok((status, wait_ms)) => (Some(status), wait_ms),
        Err(error) => {
            telemetry::event("push_failed", serde_json::json!({ "error": error }));
            (None, None)
        }
    }
}

#[cfg(test)]
#[path = "web_push_tests.rs"]
mod tests;
