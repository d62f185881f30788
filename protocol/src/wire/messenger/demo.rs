//! JSON of demo rooms (`demo.md`): the public view, the state for people in the room, and counters.

use serde_json::{Value, json};

use crate::machines::demo::{Demo, Lease, actor_of, scripted_id};
use crate::machines::room::Room;
use crate::words::event::Millis;
use crate::words::personas::Persona;

/// Counters since the object of the room was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DemoCounters {
    /// `true` if this request woke the object.
    pub was_asleep: bool,
    /// Sockets that existed when the object woke.
    pub sockets_woken: usize,
    /// Committed steps.
    pub turns: u64,
    pub events: u64,
}

/// Returns the public view, for a person who has not joined.
pub fn demo_json(demo: &Demo, room: &Room) -> String {
    shown(demo, room).to_string()
}

/// Returns the state for people in the room.
pub fn demo_state_json(demo: &Demo, room: &Room, now: Millis) -> String {
    let people = demo.people().iter().map(|lease| member(demo, room, lease));
    let group = room.group().into_iter().flat_map(|group| group.people());
    let personas = group.filter_map(|member| actor_of(member.user.as_str()));
    // The list has a persona that a person plays as that person, even if the persona spoke before.
    let personas = personas.filter(|persona| !demo.is_somebody(persona.id));
    let scripted = personas.map(|persona| persona_json(demo, persona));
    let members: Vec<Value> = people.chain(scripted).collect();
    let scene = demo.playing().map_or(Value::Null, |(playing, scene)| {
        json!({
            "id": scene.id, "atMs": playing.run.at_ms(now), "lengthMs": scene.length_ms,
            "speedPercent": playing.run.speed_percent(), "isPaused": playing.run.is_paused(),
            "isOver": playing.run.is_over(scene),
        })
    });
    let mut state = shown(demo, room);
    state["roomId"] = room.id().as_str().into();
    state["epoch"] = room.log().epoch().into();
    state["slowMs"] = demo.slow_ms.into();
    state["members"] = members.into();
    state["scene"] = scene;
    state.to_string()
}

pub fn demo_counters_json(demo: &Demo, room: &Room, since: &DemoCounters) -> String {
    json!({
        "wasAsleep": since.was_asleep, "sockets": room.sockets(), "socketsWoken": since.sockets_woken,
        "wakes": demo.wakes, "head": room.log().head(), "epoch": room.log().epoch(), "turns": since.turns,
        "events": since.events,
    })
    .to_string()
}

fn shown(demo: &Demo, room: &Room) -> Value {
    let free = demo.free().map(|persona| {
        json!({
            "id": persona.id, "displayName": persona.name, "avatarId": persona.avatar,
            "personalMessage": persona.message(&demo.language),
        })
    });
    let free: Vec<Value> = free.collect();
    let name = room.group().map(|group| group.record.name.as_str());
    json!({
        "code": demo.code, "language": demo.language, "name": name, "isLocked": demo.is_locked,
        "people": demo.people().len(), "cap": demo.cap, "expiresAt": demo.ends_at, "free": free,
    })
}

fn member(demo: &Demo, room: &Room, lease: &Lease) -> Value {
    let mut member = json!({
        "id": lease.user, "displayName": lease.name, "avatarId": lease.avatar,
        "isPresenter": lease.user == demo.presenter, "isScripted": false, "isHere": room.is_here(lease.user.as_str()),
    });
    if let Some(persona) = &lease.persona {
        member["personaId"] = persona.as_str().into();
    }
    member
}

fn persona_json(demo: &Demo, persona: &Persona) -> Value {
    let is_here = demo.scripted().iter().any(|one| one.persona == persona.id && one.away_until == 0);
    json!({
        "id": scripted_id(persona.id), "displayName": persona.name, "avatarId": persona.avatar,
        "personaId": persona.id, "isPresenter": false, "isScripted": true, "isHere": is_here,
    })
}
