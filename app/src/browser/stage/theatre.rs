//! Failure theatre: five personas talk, the server is killed for real, and the messages are counted. The proof assumes nothing: sent
//! messages are counted in the room's log over HTTP, received messages by two readers over their sockets.

use std::rc::Rc;

use leptos::task::spawn_local;
use protocol::codec::json::{Value, json_text};
use protocol::words::limits::PAGE_EVENTS_MAX;

use super::reader::StageReader;
use super::state::Stage;
use super::{meter, page, ticker};
use crate::browser::ask::{is, number, text};
use crate::browser::{ask, timer};
use crate::proof;

/// Number of messages that pass before the kill, and after it.
const PASSED_MIN: u64 = 8;
/// Longest wait for them.
const TALK_MS_MAX: f64 = 20_000.0;
/// Longest time until both readers are welcomed again.
const AWAY_MS_MAX: f64 = 60_000.0;
/// Longest time until the readers have received the whole log.
const CATCH_UP_MS_MAX: f64 = 10_000.0;
/// Longest time until a restarted server answers.
const BACK_MS_MAX: f64 = 15_000.0;
/// Pause between two checks.
const POLL_MS: u32 = 100;
/// Time within which the last messages of a paused scene arrive.
const SETTLE_MS: u32 = 800;

/// Shows the button, and waits for a press.
pub async fn begin(stage: &Rc<Stage>) {
    let plug = ask::get("/demo/plug", "").await;
    let is_there = plug.is_ok_and(|plug| is(&plug, "isThere"));
    page::show("plug-hint", is_there);
    page::show("no-plug", !is_there);
    page::show("plug-for-presenters", is_there && stage.presenter.is_none());
    page::show("pull", is_there && stage.presenter.is_some());
    let stage = Rc::clone(stage);
    page::on("pull", "click", move || {
        if stage.is_on.replace(true) {
            return;
        }
        let stage = Rc::clone(&stage);
        page::set("pull", "disabled", "");
        spawn_local(async move {
            if play(&stage).await.is_none() {
                page::say("progress", &page::word("not-pulled"));
            }
            page::show("banner", false);
            page::free("pull");
            stage.is_on.set(false);
        });
    });
}

/// Plays the whole act; `None` if it stopped half-way.
async fn play(stage: &Rc<Stage>) -> Option<()> {
    page::show("proof", false);
    page::say("progress", &page::word("starting"));
    let began_scene = begin_scene(stage).await?;
    let head = number(&meter::numbers(stage).await?, "head");
    let caught_up =
        |through: u64| move |reader: &Rc<StageReader>| reader.counters(|counters| counters.last()) >= Some(through);
    until(CATCH_UP_MS_MAX, || readers(stage).iter().all(caught_up(head))).await?;
    let lasts: Vec<Option<u64>> =
        readers(stage).iter().map(|reader| reader.counters(|counters| counters.last())).collect();
    let from = proof::beginning(&lasts)?;
    readers(stage).iter().for_each(|reader| reader.counters(|counters| counters.begin(from)));
    // The server is killed even if people have written little.
    let _ = until(TALK_MS_MAX, || received_count(stage) >= PASSED_MIN).await;

    page::say("progress", &page::word("killing"));
    let killed_at = page::now();
    // Sockets of a killed process end at once, but not all at the same moment: each reader has to reconnect by itself.
    let welcomes: Vec<u32> = readers(stage).iter().map(|reader| reader.welcomes()).collect();
    kill(stage).await?;
    ticker::plain("ic-warn", &page::word("pulled"));
    page::show("banner", true);
    let back = until(AWAY_MS_MAX, || {
        page::say("progress", &page::worded("recovering", (page::now() - killed_at) as u64));
        readers(stage).iter().zip(&welcomes).all(|(reader, before)| reader.welcomes() > *before)
    });
    back.await?;
    let away_ms = (page::now() - killed_at) as u64;
    page::show("banner", false);
    ticker::plain("ic-check", &page::worded("back", away_ms));
    page::say("progress", &page::word("counting"));
    let before = received_count(stage);
    let _ = until(TALK_MS_MAX, || received_count(stage) >= before + PASSED_MIN).await;
    if began_scene {
        // No message is added while they are counted.
        answered(|| scene(stage, "{\"action\":\"pause\"}")).await?;
        timer::wait(SETTLE_MS).await;
    }
    let through = number(&answered(|| meter::numbers(stage)).await?, "head");
    let _ = until(CATCH_UP_MS_MAX, || readers(stage).iter().all(caught_up(through))).await;
    let sent = answered(|| sent(stage, from, through)).await?;
    show_proof(stage, sent, (from, through), away_ms);
    Some(())
}

/// Returns the readers, which stay for the life of the page.
fn readers(stage: &Stage) -> Vec<Rc<StageReader>> {
    stage.readers.borrow().clone()
}

/// Counts the events that the first reader has received since counting began.
fn received_count(stage: &Stage) -> u64 {
    readers(stage).first().map_or(0, |reader| reader.counters(|counters| counters.received(u64::MAX)))
}

/// Waits until `is_so` holds, for at most this time.
async fn until(ms_max: f64, is_so: impl Fn() -> bool) -> Option<()> {
    let began = page::now();
    while !is_so() {
        if page::now() - began > ms_max {
            return None;
        }
        timer::wait(POLL_MS).await;
    }
    Some(())
}

/// Repeats a request until it is answered, for at most the time that a killed server needs to restart.
async fn answered<T, Asked: Future<Output = Option<T>>>(ask: impl Fn() -> Asked) -> Option<T> {
    let began = page::now();
    loop {
        let answer = ask().await;
        if answer.is_some() || page::now() - began > BACK_MS_MAX {
            return answer;
        }
        timer::wait(POLL_MS).await;
    }
}

/// Starts a scene of five personas, unless one is running. Returns `true` if it started one.
async fn begin_scene(stage: &Stage) -> Option<bool> {
    let state = meter::state(stage).await?;
    let is_played = state
        .get("scene")
        .is_some_and(|scene| scene.as_object().is_some() && !is(scene, "isOver") && !is(scene, "isPaused"));
    if is_played {
        return Some(false);
    }
    let scenes = ask::get("/demo/scenes", "").await.ok()?;
    let scenes = scenes.as_array()?;
    let of_language = |scene: &&Value| text(scene, "language") == stage.language;
    let found = scenes.iter().filter(of_language).find(|scene| is(scene, "repeats"));
    let id = text(found.or_else(|| scenes.iter().find(|scene| is(scene, "repeats")))?, "id");
    scene(stage, &format!("{{\"action\":\"play\",\"id\":{}}}", json_text(&id))).await?;
    Some(true)
}

async fn scene(stage: &Stage, body: &str) -> Option<Value> {
    let presenter = stage.presenter.as_ref()?;
    ask::post(&format!("/demo/rooms/{}/scene", stage.code()), &presenter.session_id, body).await.ok()
}

/// Kills the server. A missing answer is a success, because the killed process would have to give it.
async fn kill(stage: &Stage) -> Option<()> {
    let presenter = stage.presenter.as_ref()?;
    let answer = ask::post(&format!("/demo/rooms/{}/plug", stage.code()), &presenter.session_id, "{}").await;
    match answer {
        Err(error) if error.code != "NETWORK" => None,
        _ => Some(()),
    }
}

/// Counts the events between two positions of the log, over HTTP.
async fn sent(stage: &Stage, from: u64, through: u64) -> Option<u64> {
    let asker = stage.asker();
    let (mut since, mut count) = (from, 0);
    loop {
        let path = format!("/api/messages?roomId={}&since={since}&limit={PAGE_EVENTS_MAX}", asker.room_id);
        let answer = ask::get(&path, &asker.session_id).await.ok()?;
        let events = answer.get("messages").and_then(Value::as_array)?;
        count += events.iter().filter(|event| number(event, "seq") <= through).count() as u64;
        let next = number(&answer, "next");
        if !is(&answer, "more") || next <= since || next >= through {
            return Some(count);
        }
        since = next;
    }
}

fn show_proof(stage: &Stage, sent: u64, (from, through): (u64, u64), away_ms: u64) {
    // These attributes name the part of the log, so that a reader of the log can count the same.
    page::set("proof", "data-from", &from.to_string());
    page::set("proof", "data-through", &through.to_string());
    let counted: Vec<[u64; 3]> = readers(stage)
        .iter()
        .map(|reader| reader.counters(|counters| [counters.received(through), counters.duplicates, counters.reorders]))
        .collect();
    let sum = |at: usize| counted.iter().map(|counts| counts[at]).sum::<u64>();
    let (duplicates, reorders) = (sum(1), sum(2));
    page::say("sent", &sent.to_string());
    for (at, counts) in counted.iter().enumerate() {
        page::say(&format!("received-{}", at + 1), &counts[0].to_string());
    }
    page::say("duplicates", &duplicates.to_string());
    page::say("reorders", &reorders.to_string());
    page::say("recovery", &format!("{away_ms} ms"));
    let is_whole = sent > 0 && duplicates == 0 && reorders == 0 && counted.iter().all(|counts| counts[0] == sent);
    page::set("proof", "data-whole", if is_whole { "true" } else { "false" });
    page::show("proof", true);
    page::say("progress", &page::word(if is_whole { "nothing-lost" } else { "not-whole" }));
}
