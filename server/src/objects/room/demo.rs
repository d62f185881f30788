//! A demo room (`demo.md`): its row, calls about it, and its timed events. Rules are in `protocol::machines::demo`, changes of the log in
//! `protocol::machines::room`.

use std::rc::Rc;

use protocol::codec::json::json_text;
use protocol::machines::demo::{self, CastAction, Code, Demo, Lease, seed_lines};
use protocol::machines::room::{Actor, GroupStore, Outbound, Room, SlowMode};
use protocol::wire::messenger::{DemoCounters, demo_counters_json, demo_json, demo_state_json};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, UserId};
use protocol::words::limits::{DEMO_AWAY_MS, OUTBOX_RETRY_MS};
use protocol::words::personas;
use protocol::words::refusal::{Denied, Fault, Refusal};
use wasm_bindgen_futures::spawn_local;

use super::deliveries::notifications;
use super::object::RoomObject;
use super::tables::RoomSql;
use crate::calls::demo::{DemoCall, DemoWhat, MakeDemoCall, end_session};
use crate::kit::counters;
use crate::kit::sql::{exec, rows};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

pub const STEP: &[&str] = &["CREATE TABLE demo (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL) STRICT"];

/// Pause for which a timer in memory is used; before a longer one the room may sleep.
const SHORT_MS: Millis = 8_000;

fn read(store: &RoomSql) -> Result<Option<Demo>, Fault> {
    if store.is_demo { stored(store) } else { Ok(None) }
}

fn stored(store: &RoomSql) -> Result<Option<Demo>, Fault> {
    let text = rows(&store.sql, "SELECT state FROM demo", &[], |row| row.text(0))?.pop();
    text.map(|text| {
        serde_json::from_str(&text).map_err(|error| Fault(format!("the row of a demo room: {}", Fault::from(error))))
    })
    .transpose()
}

fn save(store: &mut RoomSql, demo: &Demo) -> Result<(), Fault> {
    store.is_demo = true;
    let text = serde_json::to_string(demo).map_err(|error| Fault(error.to_string()))?;
    exec(&store.sql, "INSERT OR REPLACE INTO demo VALUES (1, ?)", &[text.as_str().into()])
}

fn needed(store: &RoomSql) -> Result<Demo, Denied> {
    Ok(read(store)?.ok_or(Refusal::NotFound)?)
}

/// Returns the demo room if `by` presents it.
fn presented_by(store: &RoomSql, by: &UserId) -> Result<Demo, Denied> {
    let demo = needed(store)?;
    demo.check_presenter(by)?;
    Ok(demo)
}

/// Restores the demo room after a sleep: characters of a scene are present, and removed people stay out.
pub fn wake(room: &mut Room, store: &mut RoomSql) -> Result<(), Fault> {
    // Only groups are demo rooms, so all other rooms wake without a query.
    let stored = if *room.id().form() == RoomForm::Group { stored(store)? } else { None };
    let Some(mut demo) = stored else { return Ok(()) };
    for one in demo.scripted().iter().filter(|one| one.away_until == 0) {
        if let Some(persona) = personas::find(&one.persona) {
            room.restore_scripted(persona, one.status);
        }
    }
    room.set_slow(slow_of(&demo));
    demo.wakes += 1;
    save(store, &demo)
}

fn slow_of(demo: &Demo) -> SlowMode {
    SlowMode { ms: demo.slow_ms, presenter: demo.presenter.as_str().to_owned() }
}

fn actor(lease: &Lease) -> Actor {
    Actor { user: lease.user.clone(), name: lease.name.clone() }
}

fn presenter(demo: &Demo) -> Result<Actor, Denied> {
    Ok(demo.lease_of(&demo.presenter).map(actor).ok_or(Refusal::NotFound)?)
}

// ---- what is asked

pub async fn make(object: &Rc<RoomObject>, call: &MakeDemoCall) -> Result<(), CallError> {
    let id = object.id()?;
    let code = Code::read(&call.code).ok_or(Refusal::NotFound)?;
    if object.exists()? {
        return Err(Refusal::Conflict.into());
    }
    object.wake(Some(&id))?;
    object.turn(|room, store, now, out| {
        let demo = Demo::begin(&code, &call.language, call.presenter.clone(), now);
        let seed = seed_lines(&demo.language, &run_id(&demo, room, &room.log().epoch()), now);
        let name = demo::room_name(&demo.language);
        room.make_demo(store, now, &actor(&call.presenter), &name, &seed, out)?;
        room.set_slow(slow_of(&demo));
        Ok(save(store, &demo)?)
    })?;
    notifications::send_to(object, &call.presenter.user).await;
    arrange(object);
    Ok(())
}

/// Returns the prefix of ids of seeded and played messages, for this room in this epoch.
fn run_id(demo: &Demo, room: &Room, epoch: &str) -> String {
    format!("{} {epoch} {}", room.id(), demo.resets)
}

pub async fn answer(object: &Rc<RoomObject>, call: &DemoCall) -> Result<String, CallError> {
    let was_asleep = object.base.memory.borrow().is_none();
    object.wake_existing()?.ok_or(Refusal::NotFound)?;
    if object.with(|_, store| Ok(read(store)?.is_none_or(|demo| demo.is_over(runtime::now_ms()))))? {
        ring(object).await;
        return Err(Refusal::NotFound.into());
    }
    let by = || call.by.as_ref().ok_or(Refusal::Unauthenticated);
    match &call.what {
        DemoWhat::Inspect => Ok(object.with(|room, store| Ok(demo_json(&needed(store)?, room)))?),
        DemoWhat::May(wish) => {
            make_place(object)?;
            let demo = object.with(|_, store| {
                let demo = needed(store)?;
                demo.check_joins(wish, brings(&demo, call))?;
                Ok(demo)
            })?;
            Ok(json_text(&demo.language))
        }
        DemoWhat::Join(wish, lease) => {
            object.turn(|room, store, now, out| {
                let mut demo = needed(store)?;
                let is_brought = brings(&demo, call);
                demo.join(wish, lease.clone(), is_brought, now)?;
                room.let_into_demo(store, now, &actor(lease), out)?;
                Ok(save(store, &demo)?)
            })?;
            notifications::send_to(object, &lease.user).await;
            Ok("null".to_owned())
        }
        DemoWhat::State => {
            make_place(object)?;
            state(object, by()?)
        }
        DemoWhat::Change(ways) => decide(object, by()?, |demo, room, _| {
            demo.change(ways)?;
            room.set_slow(slow_of(demo));
            Ok(Vec::new())
        }),
        DemoWhat::Kick(user) => kick(object, by()?, user).await,
        DemoWhat::Reset => reset(object, by()?),
        DemoWhat::Scene(act) => decide(object, by()?, |demo, room, now| {
            let run = format!("{} {now}", run_id(demo, room, &room.log().epoch()));
            Ok(demo.direct(act, &run, now)?)
        }),
        DemoWhat::End => end_demo(object, by()?).await,
        DemoWhat::Numbers => numbers(object, by()?, was_asleep),
        DemoWhat::Presents => {
            object.with(|_, store| presented_by(store, by()?))?;
            Ok("null".to_owned())
        }
    }
}

/// Returns `true` if the presenter places a visitor.
fn brings(demo: &Demo, call: &DemoCall) -> bool {
    call.by.as_ref() == Some(&demo.presenter)
}

/// Carries out a decision of the presenter, and the actions of characters that follow from it, in one step.
fn decide(
    object: &Rc<RoomObject>,
    by: &UserId,
    mut work: impl FnMut(&mut Demo, &mut Room, Millis) -> Result<Vec<CastAction>, Denied>,
) -> Result<String, CallError> {
    object.turn(|room, store, now, out| {
        let mut demo = presented_by(store, by)?;
        let deeds = work(&mut demo, room, now)?;
        save(store, &demo)?;
        Ok(room.perform(store, now, &deeds, out)?)
    })?;
    arrange(object);
    state(object, by)
}

async fn kick(object: &Rc<RoomObject>, by: &UserId, user: &UserId) -> Result<String, CallError> {
    let removed = object.turn(|room, store, now, out| {
        let mut demo = presented_by(store, by)?;
        let removed = demo.part_with(user).ok_or(Refusal::NotFound)?;
        save(store, &demo)?;
        room.part_from_demo(store, now, user, Some(&presenter(&demo)?), out)?;
        Ok(removed)
    })?;
    end_session(&object.env, &removed, "removed").await;
    state(object, by)
}

fn reset(object: &Rc<RoomObject>, by: &UserId) -> Result<String, CallError> {
    let fresh_epoch = u32::from_be_bytes(runtime::random_bytes());
    object.turn(|room, store, now, out| {
        let mut demo = presented_by(store, by)?;
        let off = demo.clear_stage();
        demo.resets += 1;
        room.perform(store, now, &off, out)?;
        let seed = seed_lines(&demo.language, &run_id(&demo, room, &format!("{fresh_epoch:08x}")), now);
        room.reset_demo(store, now, fresh_epoch, (&presenter(&demo)?, &seed), out)?;
        Ok(save(store, &demo)?)
    })?;
    state(object, by)
}

async fn end_demo(object: &Rc<RoomObject>, by: &UserId) -> Result<String, CallError> {
    object.with(|_, store| presented_by(store, by))?;
    wipe(object).await?;
    Ok("{}".to_owned())
}

// ---- what is told

fn state(object: &RoomObject, by: &UserId) -> Result<String, CallError> {
    let now = runtime::now_ms();
    Ok(object.with(|room, store| {
        let demo = needed(store)?;
        demo.check_in(by)?;
        Ok(demo_state_json(&demo, room, now))
    })?)
}

fn numbers(object: &RoomObject, by: &UserId, was_asleep: bool) -> Result<String, CallError> {
    Ok(object.with(|room, store| {
        let demo = needed(store)?;
        demo.check_in(by)?;
        let woke = object.runs.wake_state.get();
        let since = DemoCounters {
            was_asleep,
            sockets_woken: woke.sockets,
            turns: woke.turns,
            events: room.log().head().saturating_sub(woke.head),
        };
        Ok(demo_counters_json(&demo, room, &since))
    })?)
}

// ---- time

/// Removes people whose lease has expired, after a socket closed, a session ended or time passed.
fn make_place(object: &Rc<RoomObject>) -> Result<(), CallError> {
    let is_due = object.with(|room, store| {
        let Some(mut demo) = read(store)? else { return Ok(false) };
        let before = demo.clone();
        demo.look_around(runtime::now_ms(), |user| room.is_here(user.as_str()));
        Ok(before.people().len() != demo.people().len())
    })?;
    if !is_due {
        return Ok(());
    }
    let removed = object.turn(|room, store, now, out| {
        let mut demo = needed(store)?;
        let removed = demo.look_around(now, |user| room.is_here(user.as_str()));
        save(store, &demo)?;
        for lease in &removed {
            room.part_from_demo(store, now, &lease.user, None, out)?;
        }
        Ok(removed)
    })?;
    let object = Rc::clone(object);
    spawn_local(async move {
        for lease in &removed {
            end_session(&object.env, lease, "lease over").await;
        }
    });
    Ok(())
}

/// Frees the lease of a session that had only this room, and has ended.
pub fn session_ended(
    room: &mut Room,
    store: &mut RoomSql,
    now: Millis,
    session: &str,
    out: &mut Outbound,
) -> Result<(), Denied> {
    let Some(mut demo) = read(store)? else { return Ok(()) };
    let user = demo.people().iter().find(|lease| lease.session == session).map(|lease| lease.user.clone());
    if let Some(lease) = user.and_then(|user| demo.part_with(&user)) {
        save(store, &demo)?;
        room.part_from_demo(store, now, &lease.user, None, out)?;
    }
    Ok(())
}

/// Carries out the timed events that are due: the scene, leases, and the end of the day.
pub async fn ring(object: &Rc<RoomObject>) {
    let known = object.with(|_, store| Ok(read(store)?));
    let Ok(Some(demo)) = known else { return };
    let now = runtime::now_ms();
    let done = if demo.is_over(now) { wipe(object).await } else { check_presence(object) };
    if let Err(error) = done {
        telemetry::call_failed("demo", &error);
        object.base.ring_by(now + OUTBOX_RETRY_MS);
    }
}

fn check_presence(object: &Rc<RoomObject>) -> Result<(), CallError> {
    object.duty(|room, store, now, _| {
        let mut demo = needed(store)?;
        let before = demo.clone();
        demo.note_here(now, |user| room.is_here(user.as_str()));
        if demo == before { Ok(()) } else { Ok(save(store, &demo)?) }
    })?;
    make_place(object)?;
    play(object);
    Ok(())
}

/// Plays the part of the scene that is due.
pub fn play(object: &Rc<RoomObject>) {
    let is_due = object.with(|_, store| {
        let now = runtime::now_ms();
        Ok(read(store)?.is_some_and(|demo| demo.due_at(now).is_some_and(|at| at <= now) || demo.is_typing()))
    });
    if is_due.unwrap_or(false) {
        let _ = object.turn(|room, store, now, out| {
            let mut demo = needed(store)?;
            demo.note_here(now, |user| room.is_here(user.as_str()));
            demo.rest(now);
            let deeds = demo.due(now);
            save(store, &demo)?;
            Ok(room.perform(store, now, &deeds, out)?)
        });
    }
    arrange(object);
}

/// Sets the timer for events that are soon, and the alarm for all of them, as the object may stop or sleep in between.
pub fn arrange(object: &Rc<RoomObject>) {
    let now = runtime::now_ms();
    let next = object.with(|_, store| Ok(read(store)?.and_then(|demo| demo.due_at(now)))).ok().flatten();
    if let Some(at) = next {
        if at <= now + SHORT_MS {
            object.scenes.arrange(now, at);
        }
        object.base.ring_by(at.max(now + 1));
    }
}

/// Returns the time at which a demo room needs the alarm for other reasons.
pub fn due_at(store: &RoomSql, now: Millis) -> Result<Option<Millis>, Fault> {
    let Some(demo) = read(store)? else { return Ok(None) };
    let check_at = (demo.people().len() > 1).then_some(now + DEMO_AWAY_MS / 2);
    let next = [Some(demo.ends_at), demo.lease_over_at(), demo.due_at(now), check_at];
    Ok(next.into_iter().flatten().min())
}

/// Ends the room: all people are removed and notified, their sessions end, and nothing is stored any more.
async fn wipe(object: &Rc<RoomObject>) -> Result<(), CallError> {
    let people = object.turn(|room, store, now, out| {
        let demo = needed(store)?;
        room.end_demo(store, now, out)?;
        Ok(demo.people().to_vec())
    })?;
    for lease in &people {
        end_session(&object.env, lease, "demo over").await;
    }
    for lease in &people {
        notifications::send_to(object, &lease.user).await;
    }
    if object.with(|_, store| Ok(store.notifications()?.is_empty()))? {
        // The last report: the metrics, and that nobody is in the room.
        telemetry::logged("room_duty", counters::report(object.as_ref()).await);
        counters::report_gauges(object.as_ref()).await;
        object.forget_everything().await?;
    } else {
        object.base.ring_by(runtime::now_ms() + OUTBOX_RETRY_MS);
    }
    Ok(())
}
