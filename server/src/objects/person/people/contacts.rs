//! A person's contacts (`people.md` 1): requesting, answering, removing, and notifications about it.
//!
//! The objects of both people store both halves (`protocol::people::contacts::Pair`). A new half is stored first and sent then. The alarm
//! repeats this until the other object has answered with its own half.

use std::cell::Cell;
use std::rc::Rc;

use protocol::machines::presence::{DeviceKey, PresenceDelta};
use protocol::machines::room::GONE_NAME;
use protocol::people::contacts::{ContactCounts, PairEvent, Relation};
use protocol::wire::messenger::{contact_json, full_sync_json, update_json};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::CONTACT_REQUESTS_SHOWN_MAX;
use protocol::words::principal::UserKind;
use protocol::words::rate::Rule;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::retry::retry_delay_ms;
use protocol::words::status::Visible;
use wasm_bindgen_futures::spawn_local;

use super::{asking, privacy};
use crate::calls::contacts::{
    ContactAct, ContactActAnswer, ContactActCall, ContactAnswer, ContactCall, ContactRow, ExchangeHalves,
};
use crate::kit::call;
use crate::kit::request::Request;
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::tables::PersonSql;
use crate::objects::person::tables::contact_tables::{Contact, UnsentHalf};
use crate::objects::person::tables::leaving_tables::is_leaving;
use crate::objects::person::watching::notifications;
use crate::objects::person::web_push;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

pub fn list_contacts(object: &PersonObject) -> Result<Vec<ContactRow>, CallError> {
    object.read_known(|memory| memory.sql.contacts())
}

// ---- what the person does

/// Sends a request, answers one, or ends a contact. Returns the relation of the two as the person may know it.
pub async fn act(object: &Rc<PersonObject>, call: ContactActCall) -> Result<ContactActAnswer, CallError> {
    if object.user()? == call.other {
        return Err(Refusal::validation("userId", "You can't add yourself as a contact.").into());
    }
    object.wake_known()?;
    let now = runtime::now_ms();
    let other = call.other.as_str();
    let before = object.with(|memory| memory.sql.relation(other))?;
    let rule = &object.config.rules.ask;
    let event = changing(object, other, now, |memory, contact| apply_act(memory, contact, &call, rule, now))?;
    let cause = if matches!(call.act, ContactAct::Decline) { Cause::Decline } else { Cause::Word };
    carry_out(object, other, event, cause)?;
    deliver(object).await?;
    privacy::send_to_rooms(object).await?;
    let row = object.with(|memory| memory.sql.contacts())?.into_iter().find(|row| row.user == other);
    let after = row.as_ref().map_or(Relation::Stranger, |row| row.relation);
    Ok(ContactActAnswer { row, has_changed: before != after })
}

fn apply_act(
    memory: &PersonMemory,
    contact: &mut Contact,
    call: &ContactActCall,
    rule: &Rule,
    now: Millis,
) -> Result<Result<(), Refusal>, Fault> {
    let (act, before) = (&call.act, contact.pair.relation());
    let mut done = act.apply(&mut contact.pair, fullness(memory)?);
    let is_new = before == Relation::Stranger && contact.pair.relation() == Relation::Requested;
    if is_new && matches!(act, ContactAct::Request { .. }) {
        done = asking::note(&memory.sql.0, call.other.as_str(), "", rule, now)?;
    }
    if let (Ok(()), ContactAct::Request { name, .. } | ContactAct::Come { name }) = (&done, act) {
        contact.name.clone_from(name);
    }
    Ok(done)
}

/// Returns the numbers of entries in the person's list. The contacts of a persona, who accepts every stranger, fill no list.
pub fn fullness(memory: &PersonMemory) -> Result<ContactCounts, Fault> {
    let count = |relation| memory.sql.count_related(relation);
    let is_persona = memory.person.record().kind == UserKind::Persona;
    let contacts = if is_persona { 0 } else { count(Relation::Contact)? };
    Ok(ContactCounts { requested: count(Relation::Requested)?, contacts })
}

/// Closes the requests of a persona's player. The next player finds the contacts, but no request that the last one sent or received.
pub fn close_requests(memory: &PersonMemory, now: Millis) -> Result<(), Fault> {
    for other in memory.sql.everybody_met()? {
        let mut contact = memory.sql.contact(&other)?;
        let before = contact.pair.clone();
        contact.pair.close_requests();
        if contact.pair != before {
            memory.sql.save_contact(&other, &contact, now)?;
        }
    }
    Ok(())
}

/// Ends all contacts of a person who is deleted. Returns `true` once all of them have been notified.
pub async fn end_all_contacts(object: &Rc<PersonObject>) -> Result<bool, Fault> {
    let now = runtime::now_ms();
    object.with(|memory| {
        for other in memory.sql.everybody_met()? {
            let mut contact = memory.sql.contact(&other)?;
            if contact.pair.part() {
                memory.sql.save_contact(&other, &contact, now)?;
            }
        }
        Ok(())
    })?;
    deliver(object).await?;
    Ok(object.with(|memory| memory.sql.next_social_send_at(0))?.is_none())
}

// ---- hearing and telling

/// Stores the half that another person sent. Personas and bots accept at once.
pub fn receive_half(object: &Rc<PersonObject>, call: &ContactCall) -> Result<Option<ContactAnswer>, CallError> {
    if !object.wake_if_known()? {
        return Ok(None);
    }
    let now = runtime::now_ms();
    let from = call.from.as_str();
    let is_by_invite = Cell::new(false);
    let event = changing(object, from, now, |memory, contact| {
        let is_blocked = memory.sql.hides()?.blocks(from);
        let record = memory.person.record();
        contact.name.clone_from(&call.name);
        contact.is_account = call.is_account;
        let accepts_all = matches!(record.kind, UserKind::Persona | UserKind::Bot);
        contact.pair.take(&call.half, is_blocked, accepts_all);
        if !is_blocked {
            is_by_invite.set(answer_by_invite(memory, from, contact, now)?);
        }
        Ok(Ok(()))
    })?;
    let is_blocked = object.with(|memory| {
        let is_blocked = memory.sql.hides()?.blocks(from);
        if is_blocked && event == Some(PairEvent::Removed) {
            // The person's devices receive nothing about it. The blocked person's watch ends, as it would without the block.
            notifications::end_contact_watch(memory, from)?;
        }
        Ok(is_blocked)
    })?;
    let cause = if is_by_invite.get() { Cause::Invite } else { Cause::Word };
    carry_out(object, from, event.filter(|_| !is_blocked), cause)?;
    if event == Some(PairEvent::Request) {
        decline_oldest_request(object, now)?;
    }
    if !call.half.wants {
        notifications::show_former_contact(object, from);
    }
    let (visible, half) = object.with(|memory| {
        let contact = memory.sql.contact(from)?;
        // This is the name that they may see: a changed name would reveal that this person is active.
        Ok((memory.views()?.to(from), contact.pair.mine))
    })?;
    spawn_sending(object);
    Ok(Some(ContactAnswer { name: visible.display_name, half, is_account: visible.is_account }))
}

/// Returns the person whose request has waited longest, if there are too many.
fn surplus_request(memory: &PersonMemory) -> Result<Option<String>, Fault> {
    let count = memory.sql.count_related(Relation::Request)?;
    if count > CONTACT_REQUESTS_SHOWN_MAX as u64 { memory.sql.oldest_request() } else { Ok(None) }
}

/// Declines the oldest request if there are too many, so that strangers cannot fill the list.
fn decline_oldest_request(object: &Rc<PersonObject>, now: Millis) -> Result<(), CallError> {
    let Some(other) = object.with(|memory| surplus_request(memory))? else { return Ok(()) };
    let declined = |_: &PersonMemory, contact: &mut Contact| {
        contact.pair.decline();
        Ok(Ok(()))
    };
    let event = changing(object, &other, now, declined)?;
    Ok(carry_out(object, &other, event, Cause::Decline)?)
}

/// Accepts a request that is open when its sender comes by an invite of this person.
pub async fn welcome(object: &Rc<PersonObject>, other: &str) -> Result<(), CallError> {
    let now = runtime::now_ms();
    let answered =
        |memory: &PersonMemory, contact: &mut Contact| answer_by_invite(memory, other, contact, now).map(|_| Ok(()));
    let event = changing(object, other, now, answered)?;
    carry_out(object, other, event, Cause::Invite)?;
    Ok(deliver(object).await?)
}

/// Accepts a person who came by an invite, without a question, and returns `true` if it did. If the list is full, the request waits as any
/// other does. If the owner of the list is about to leave, nothing is accepted any more.
fn answer_by_invite(memory: &PersonMemory, other: &str, contact: &mut Contact, now: Millis) -> Result<bool, Fault> {
    let is_accepted = contact.pair.is_wanted()
        && !fullness(memory)?.is_full()
        && !is_leaving(&memory.sql.0)?
        && memory.sql.takes_consent(other, now)?;
    Ok(is_accepted && contact.pair.want(""))
}

/// Cause of a change, as far as the person's own devices learn it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Word,
    Decline,
    /// The other person came by an invite of this one.
    Invite,
}

/// Changes one contact and everything that follows from it in one transaction.
fn changing(
    object: &Rc<PersonObject>,
    other: &str,
    now: Millis,
    change: impl Fn(&PersonMemory, &mut Contact) -> Result<Result<(), Refusal>, Fault>,
) -> Result<Option<PairEvent>, CallError> {
    let (event, changed) = object.step(|memory| {
        let mut contact = memory.sql.contact(other)?;
        let (before, pair) = (contact.pair.relation(), contact.pair.clone());
        change(memory, &mut contact)??;
        let after = contact.pair.relation();
        if after != before {
            contact.since = now;
        }
        if contact.pair != pair {
            memory.sql.save_contact(other, &contact, now)?;
        }
        if before == Relation::Contact && after != Relation::Contact {
            memory.sql.narrow_block(other)?;
        }
        let mut changed = PresenceDelta::default();
        if (before == Relation::Contact) != (after == Relation::Contact) {
            // Contacts may see more than others do.
            let has_new_view = memory.person.record().shown_to.prefer_contacts();
            changed = privacy::has_changed(memory, has_new_view)?;
        }
        let event = contact.pair.event_since(before);
        if event == Some(PairEvent::Request) && !memory.sql.hides()?.blocks(other) {
            web_push::note_request(memory, other, &contact.name, now)?;
        }
        Ok((event, changed))
    })?;
    object.apply(changed)?;
    if event == Some(PairEvent::Request) {
        web_push::send_soon(object);
    }
    Ok(event)
}

/// Notifies the person's own devices of a change. They also start to watch a new contact, and stop to watch a former one.
fn carry_out(object: &Rc<PersonObject>, other: &str, event: Option<PairEvent>, cause: Cause) -> Result<(), Fault> {
    // The other devices remove a request that was declined on one of them.
    let Some(event) = event.or_else(|| (cause == Cause::Decline).then_some(PairEvent::Removed)) else {
        return Ok(());
    };
    let (contact, devices) = object.with(|memory| {
        let contact = memory.sql.contact(other)?;
        match event {
            PairEvent::Accepted => {
                for device in memory.devices.values() {
                    memory.sql.add_wishes(&device.attachment.id, &[other.to_owned()], true)?;
                }
            }
            PairEvent::Removed => {
                memory.sql.forget_contact_wishes(other)?;
                notifications::end_contact_watch(memory, other)?;
            }
            PairEvent::Request => {}
        }
        Ok((contact, memory.devices.keys().copied().collect::<Vec<_>>()))
    })?;
    let note = if event == PairEvent::Request { contact.pair.theirs.note.as_str() } else { "" };
    let who = (other, contact.kind(other));
    let is_by_invite = event == PairEvent::Accepted && cause == Cause::Invite;
    object.send_to_all(&contact_json(event.as_str(), who, &contact.name, note, is_by_invite))?;
    if event == PairEvent::Accepted {
        for key in devices {
            show_people(object, key, vec![other.to_owned()]);
        }
    }
    Ok(())
}

/// Starts sending to people and rooms that are behind. The caller does not wait for it.
pub fn spawn_sending(object: &Rc<PersonObject>) {
    let object = Rc::clone(object);
    spawn_local(async move {
        let sent = match deliver(&object).await {
            Ok(()) => privacy::send_to_rooms(&object).await,
            Err(fault) => Err(fault),
        };
        telemetry::logged("contacts_telling", sent);
    });
}

/// Sends its half to each person who has not received it. Only one run is active at a time. The alarm repeats what failed.
pub async fn deliver(object: &Rc<PersonObject>) -> Result<(), Fault> {
    object.run_alone(&object.runs.is_sending_halves, deliver_all(object)).await
}

async fn deliver_all(object: &Rc<PersonObject>) -> Result<(), Fault> {
    loop {
        let (views, unsent) =
            object.with(|memory| Ok((memory.views()?, memory.sql.load_unsent_halves(runtime::now_ms())?)))?;
        if unsent.is_empty() {
            return Ok(());
        }
        let view_for = |user: &str| {
            let Visible { display_name, is_account, .. } = views.to(user);
            // A deleted person leaves no name behind.
            let name = if object.runs.is_leaving.get() { GONE_NAME.to_owned() } else { display_name };
            (name, is_account)
        };
        let sends = unsent.iter().map(|word| send_half(object, views.id(), view_for(&word.user), word));
        let answers = call::in_portions(sends).await;
        for (word, answer) in unsent.iter().zip(answers) {
            match answer {
                Ok(answer) => receive_answer(object, word, answer)?,
                Err(error) => {
                    telemetry::call_failed("contact", &error);
                    let due_at = runtime::now_ms() + retry_delay_ms(word.tries);
                    object.with(|memory| memory.sql.delay_contact(&word.user, due_at))?;
                }
            }
        }
    }
}

async fn send_half(
    object: &PersonObject,
    user: &str,
    (name, is_account): (String, bool),
    word: &UnsentHalf,
) -> Result<Option<ContactAnswer>, CallError> {
    let question = ContactCall { from: UserId::parse(user)?, name, half: word.half.clone(), is_account };
    ExchangeHalves::ask(&object.env, &word.user, &question).await
}

/// Stores the answer to a half that was sent: the other person's half. A person who does not exist any more is removed.
fn receive_answer(object: &Rc<PersonObject>, word: &UnsentHalf, answer: Option<ContactAnswer>) -> Result<(), Fault> {
    let other = word.user.as_str();
    let Some(answer) = answer else {
        let relation = object.with(|memory| memory.sql.relation(other))?;
        let event = (relation != Relation::Stranger).then_some(PairEvent::Removed);
        carry_out(object, other, event, Cause::Word)?;
        return object.with(|memory| memory.sql.forget_contact(other));
    };
    let now = runtime::now_ms();
    let changed = changing(object, other, now, |memory, contact| {
        let is_blocked = memory.sql.hides()?.blocks(other);
        contact.name.clone_from(&answer.name);
        contact.is_account = answer.is_account;
        contact.pair.receive(&answer.half, is_blocked);
        Ok(Ok(()))
    });
    let event = match changed {
        Ok(event) => event,
        Err(CallError::Busy(fault) | CallError::Broken(fault)) => return Err(fault),
        Err(CallError::Refused(refusal)) => return Err(Fault(refusal.to_string())),
    };
    object.with(|memory| memory.sql.mark_contact_sent(other, word.half.rev))?;
    carry_out(object, other, event, Cause::Word)?;
    if !word.half.wants {
        notifications::show_former_contact(object, other);
    }
    Ok(())
}

// ---- how contacts look

/// Returns the views of those of `users` who are watched already, and the ids of the others.
pub fn known_and_unknown(sql: &PersonSql, users: &[String]) -> Result<(Vec<Visible>, Vec<String>), Fault> {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for user in users {
        match sql.seen(user)? {
            Some(seen) => known.push(seen.visible),
            None => unknown.push(user.clone()),
        }
    }
    Ok((known, unknown))
}

/// Shows a new device the views of all contacts: at once, or when the objects of unknown ones have answered.
pub fn show_all(object: &Rc<PersonObject>, key: DeviceKey, mut known: Vec<Visible>, unknown: Vec<String>) {
    if unknown.is_empty() {
        object.send_frame(&[key], &full_sync_json(&known));
        return;
    }
    let show = move |object: &PersonObject, found| {
        known.extend(found);
        object.send_frame(&[key], &full_sync_json(&known));
    };
    load_views(object, unknown, Box::new(show));
}

pub fn show_people(object: &Rc<PersonObject>, key: DeviceKey, users: Vec<String>) {
    if users.is_empty() {
        return;
    }
    let show = move |object: &PersonObject, found: Vec<Visible>| {
        for visible in &found {
            object.send_frame(&[key], &update_json(visible));
        }
    };
    load_views(object, users, Box::new(show));
}

/// Callback for the views of the people who were found.
type Show = Box<dyn FnOnce(&PersonObject, Vec<Visible>)>;

fn load_views(object: &Rc<PersonObject>, users: Vec<String>, show: Show) {
    let object = Rc::clone(object);
    spawn_local(async move {
        let Ok(own) = object.with(|memory| Ok(memory.person.shown().clone())) else {
            return;
        };
        let found = call::in_portions(users.iter().map(|user| notifications::view_person(&object, user, &own))).await;
        show(&object, found.into_iter().flatten().collect());
        telemetry::logged("contacts_looking", object.arrange_alarm());
    });
}

#[cfg(test)]
#[path = "contacts_tests.rs"]
mod tests;
