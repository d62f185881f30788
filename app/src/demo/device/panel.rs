//! Presenter's panel beside the messenger: the join code, participants, scenes, and the end of the room.

use leptos::prelude::*;
use protocol::codec::json::json_text;
use protocol::words::event::Millis;
use protocol::words::limits::{DEMO_PEOPLE_MAX, DEMO_PEOPLE_MIN, SCENE_SPEED_PERCENT_MAX, SCENE_SPEED_PERCENT_MIN};

use super::room::{Demo, DemoMember, RunningScene, Scene};
use crate::browser::{clock, device, dom};
use crate::features::keys::shortcuts::on_modified;
use crate::i18n::t_string;
use crate::ui::button::{bare_icon_button, button, button_of, row_button};
use crate::ui::icon::icon;
use crate::view::bindings::{TextBinding, aria_bool, choice, handler, list_of, switch, text, when};
use crate::view::erased::{ErasedView, IntoErased};

/// Longest time between the two presses of the keys that reset the room.
const TWICE_MS: Millis = 2_000;
/// Time in which slow mode allows one message.
const SLOW_MS: u64 = 3_000;
/// Bounds of the number of participants.
const CAP: (u64, u64) = (DEMO_PEOPLE_MIN as u64, DEMO_PEOPLE_MAX as u64);
/// Speeds at which a scene can be played, in percent.
const SPEEDS: [u64; 5] = [SCENE_SPEED_PERCENT_MIN, 100, 150, 200, SCENE_SPEED_PERCENT_MAX];

pub fn panel() -> ErasedView {
    let demo = expect_context::<Demo>();
    let t = demo.t;
    if demo.scenes.with_untracked(Vec::is_empty) {
        demo.load_scenes();
    }
    let pressed_at = StoredValue::new(0);
    on_modified("KeyR", move || {
        let now = clock::now_ms();
        if now.saturating_sub(pressed_at.get_value()) <= TWICE_MS {
            pressed_at.set_value(0);
            return demo.reset();
        }
        pressed_at.set_value(now);
        demo.said.set(t_string!(t, demo.reset_again).to_owned());
    });
    let close = handler(move |_| demo.is_panel_open.set(false));
    view! {
        <aside class="demo-panel" id="presenter" aria-labelledby="presenter-title">
            <div class="demo-panel-head">
                <h2 id="presenter-title">{text(move || t_string!(t, demo.presenter))}</h2>
                {bare_icon_button("ic-close", "14", text(move || t_string!(t, demo.close)), close)}
            </div>
            <p class="demo-said" role="status">{text(move || demo.said.get())}</p>
            {join_section(demo)} {scenes(demo)} {people(demo)} {room(demo)} {ends(demo)}
        </aside>
    }
    .client_only()
}

/// Renders a setting of the room that is on or off.
fn switch_row(label: TextBinding, is_on: Memo<bool>, turn: impl Fn() + Send + 'static) -> ErasedView {
    view! {
        <label class="demo-setting">
            <span>{label}</span>
            <button class="switch" type="button" role="switch" aria-checked=aria_bool(move || is_on.get()) on:click=handler(move |_| turn())></button>
        </label>
    }
    .client_only()
}

/// Renders the QR code, the code and the address.
fn join_section(demo: Demo) -> ErasedView {
    let t = demo.t;
    let code = demo.joined.with_value(|joined| joined.code.clone());
    let (path, stage) = (format!("/demo/join/{code}"), format!("/demo/stage?room={code}"));
    let url = format!("{}{path}", device::origin());
    let shown = url.split_once("://").map_or(url.clone(), |(_, rest)| rest.to_owned());
    view! {
        <section class="demo-part" aria-labelledby="demo-way-in">
            <h3 id="demo-way-in">{text(move || t_string!(t, demo.join_by))}</h3>
            <img class="demo-qr" src=format!("{path}/qr.svg") alt=text(move || t_string!(t, demo.qr, url = &url)) />
            <p class="demo-big">{code}</p>
            <p class="demo-url">{shown}</p>
            <p>
                // The presenter's session is stored with the tab. A browser copies it only to a page that knows its opener.
                <a class="btn" href=stage target="_blank" rel="opener">{text(move || t_string!(t, demo.stage))}</a>
            </p>
        </section>
    }
    .client_only()
}

/// Renders the scenes that can be played, and the running one.
fn scenes(demo: Demo) -> ErasedView {
    let t = demo.t;
    let running = Memo::new(move |_| demo.state.with(|state| state.as_ref().and_then(|state| state.scene.clone())));
    view! {
        <section class="demo-part" aria-labelledby="demo-scenes">
            <h3 id="demo-scenes">{text(move || t_string!(t, demo.scenes))}</h3>
            {when(move || running.with(Option::is_some), move || running_scene(demo, running))}
            <ul class="demo-rows">{list_of(move || demo.scenes.get(), move |scene| scene_row(demo, running, scene))}</ul>
        </section>
    }
    .client_only()
}

fn scene_row(demo: Demo, running: Memo<Option<RunningScene>>, scene: Scene) -> ErasedView {
    let t = demo.t;
    let Scene { id, title, language, length_ms, is_repeated, cast } = scene;
    let note = move || {
        let words = t_string!(t, demo.plays_with, length = clock_words(length_ms), count = cast.len());
        if is_repeated { format!("{words}, {}", t_string!(t, demo.repeats)) } else { words }
    };
    let name = title.clone();
    let is_on = {
        let id = id.clone();
        move || running.with(|running| running.as_ref().is_some_and(|running| running.id == id && !running.is_over))
    };
    let play = move |_| demo.direct(format!("{{\"action\":\"play\",\"id\":{}}}", json_text(&id)));
    view! {
        <li>
            <span class="demo-row-text">
                <b lang=language>{title}</b>
                <small>{text(note)}</small>
            </span>
            <button
                class="btn"
                type="button"
                data-kind="small"
                aria-label=text(move || t_string!(t, demo.play_name, title = &name))
                disabled=switch(is_on)
                on:click=handler(play)
            >
                {icon("ic-play", "12")} {text(move || t_string!(t, demo.play))}
            </button>
        </li>
    }
    .client_only()
}

/// Renders the running scene: its progress and its controls.
fn running_scene(demo: Demo, running: Memo<Option<RunningScene>>) -> ErasedView {
    let t = demo.t;
    let of = move |value: fn(&RunningScene) -> bool| running.with(|running| running.as_ref().is_some_and(value));
    let title = move || {
        let id = running.with(|running| running.as_ref().map(|running| running.id.clone())).unwrap_or_default();
        demo.scenes
            .with(|scenes| scenes.iter().find(|scene| scene.id == id).map(|scene| scene.title.clone()))
            .unwrap_or(id)
    };
    let progress = move || {
        let Some(running) = running.get() else { return String::new() };
        if running.is_over {
            return t_string!(t, demo.over).to_owned();
        }
        t_string!(t, demo.progress, at = clock_words(running.at_ms), length = clock_words(running.length_ms))
    };
    let is_paused = Memo::new(move |_| of(|running| running.is_paused));
    let simple = move |action: &str| demo.direct(format!("{{\"action\":\"{action}\"}}"));
    let pause_word = move || if is_paused.get() { t_string!(t, demo.go_on) } else { t_string!(t, demo.pause) };
    let pause = move |_| simple(if is_paused.get_untracked() { "goOn" } else { "pause" });
    let speed =
        Memo::new(move |_| running.with(|running| running.as_ref().map_or(100, |running| running.speed_percent)));
    let set_speed = move |event: leptos::ev::Event| {
        let percent = event_target_value(&event);
        if SPEEDS.iter().any(|known| known.to_string() == percent) {
            demo.direct(format!("{{\"action\":\"speed\",\"percent\":{percent}}}"));
        }
    };
    let speeds = SPEEDS.map(|percent| {
        view! { <option value=percent.to_string() selected=speed.get_untracked() == percent>{format!("{percent} %")}</option> }
    });
    let is_over = move || of(|running| running.is_over);
    view! {
        <div class="demo-playing" role="group" aria-label=text(title)>
            <p>
                <b>{text(title)}</b>
                " "
                <span class="chip">{text(move || t_string!(t, demo.scripted))}</span>
                " "
                <span class="demo-progress">{text(progress)}</span>
            </p>
            <div class="demo-buttons">
                <button class="btn" type="button" data-kind="small" disabled=switch(is_over) on:click=handler(pause)>
                    {text(pause_word)}
                </button>
                <button class="btn" type="button" data-kind="small" disabled=switch(is_over) on:click=handler(move |_| simple("step"))>
                    {text(move || t_string!(t, demo.step))}
                </button>
                {button_of("small", text(move || t_string!(t, demo.stop)), handler(move |_| simple("stop")))}
                <label class="demo-speed">
                    <span>{text(move || t_string!(t, demo.speed))}</span>
                    <select class="field" prop:value=text(move || speed.get().to_string()) on:change=handler(set_speed)>
                        {speeds.collect_view()}
                    </select>
                </label>
            </div>
        </div>
    }
    .client_only()
}

/// Renders the participants. All but the presenter and the personas of a scene can be removed.
fn people(demo: Demo) -> ErasedView {
    let t = demo.t;
    let members = Memo::new(move |_| {
        demo.state.with(|state| state.as_ref().map(|state| state.members.clone())).unwrap_or_default()
    });
    let count = move || {
        let (here, cap) = demo.state.with(|state| state.as_ref().map_or((0, 0), |state| (state.people, state.cap)));
        t_string!(t, demo.people_count, here = here, cap = cap)
    };
    view! {
        <section class="demo-part" aria-labelledby="demo-people">
            <h3 id="demo-people">
                {text(move || t_string!(t, demo.people))} " " <small>{text(count)}</small>
            </h3>
            <ul class="demo-rows">{list_of(move || members.get(), move |member| member_row(demo, member))}</ul>
        </section>
    }
    .client_only()
}

fn member_row(demo: Demo, member: DemoMember) -> ErasedView {
    let t = demo.t;
    let is_me = demo.joined.with_value(|joined| joined.user.id == member.id);
    let DemoMember { id, display_name, is_presenter, is_scripted, is_here } = member;
    let mark = match (is_me, is_scripted, is_here) {
        (true, ..) => Some(text(move || t_string!(t, demo.you))),
        (_, true, _) => Some(text(move || t_string!(t, demo.scripted))),
        (_, _, false) => Some(text(move || t_string!(t, demo.away))),
        _ => None,
    };
    let remove = (!is_me && !is_presenter && !is_scripted).then(|| {
        let (name, removed) = (display_name.clone(), display_name.clone());
        let remove = move |_| {
            let done = untrack(|| t_string!(t, demo.removed, name = &removed));
            demo.act("POST", "/kick", format!("{{\"userId\":{}}}", json_text(&id)), done);
        };
        row_button(
            Some("small"),
            text(move || t_string!(t, demo.remove)),
            text(move || t_string!(t, demo.remove_name, name = &name)),
            handler(remove),
        )
    });
    view! {
        <li>
            <span class="demo-row-text">
                <span class="clip"><bdi>{display_name}</bdi></span>
                {mark.map(|mark| view! { <span class="chip">{mark}</span> })}
            </span>
            {remove}
        </li>
    }
    .client_only()
}

/// Renders the settings of the room: the largest number of participants, the lock, and slow mode.
fn room(demo: Demo) -> ErasedView {
    let t = demo.t;
    let cap = Memo::new(move |_| demo.state.with(|state| state.as_ref().map_or(0, |state| state.cap)));
    let is_locked = Memo::new(move |_| demo.state.with(|state| state.as_ref().is_some_and(|state| state.is_locked)));
    let is_slow = Memo::new(move |_| demo.state.with(|state| state.as_ref().is_some_and(|state| state.slow_ms > 0)));
    let set_cap = move |event: leptos::ev::Event| {
        if let Ok(cap) = event_target_value(&event).parse::<u64>() {
            demo.change(format!("{{\"cap\":{}}}", cap.clamp(CAP.0, CAP.1)));
        }
    };
    let lock = move || demo.change(format!("{{\"isLocked\":{}}}", !is_locked.get_untracked()));
    let slow = move || demo.change(format!("{{\"slowMs\":{}}}", if is_slow.get_untracked() { 0 } else { SLOW_MS }));
    view! {
        <section class="demo-part" aria-labelledby="demo-room">
            <h3 id="demo-room">{text(move || t_string!(t, demo.room))}</h3>
            <label class="demo-setting">
                <span>{text(move || t_string!(t, demo.cap))}</span>
                <input
                    class="field"
                    type="number"
                    inputmode="numeric"
                    min=CAP.0.to_string()
                    max=CAP.1.to_string()
                    prop:value=text(move || cap.get().to_string())
                    on:change=handler(set_cap)
                />
            </label>
            {switch_row(text(move || t_string!(t, demo.locked)), is_locked, lock)}
            {switch_row(text(move || t_string!(t, demo.slow)), is_slow, slow)}
        </section>
    }
    .client_only()
}

/// Renders the buttons that reset the room and end it.
fn ends(demo: Demo) -> ErasedView {
    let t = demo.t;
    let is_ending = RwSignal::new(false);
    let keys = if dom::is_mac() { "Ctrl+⇧+R" } else { "Alt+⇧+R" };
    let end = move || button(text(move || t_string!(t, demo.end)), handler(move |_| is_ending.set(true))).client_only();
    let really = move || {
        dom::focus_soon("#demo-end-now");
        view! {
            <div class="demo-really" role="group" aria-labelledby="demo-really">
                <p id="demo-really">{text(move || t_string!(t, demo.end_really))}</p>
                <button
                    class="btn"
                    type="button"
                    id="demo-end-now"
                    on:click=handler(move |_| demo.act("DELETE", "", "{}".to_owned(), String::new()))
                >
                    {text(move || t_string!(t, demo.end_now))}
                </button>
                " "
                {button(text(move || t_string!(t, demo.end_not)), handler(move |_| is_ending.set(false)))}
            </div>
        }
        .client_only()
    };
    view! {
        <section class="demo-part demo-ends">
            {button_of("default", text(move || t_string!(t, demo.reset)), handler(move |_| demo.reset()))}
            <small>{text(move || t_string!(t, demo.reset_hint, keys = keys))}</small>
            {choice(move || if is_ending.get() { really() } else { end() })}
        </section>
    }
    .client_only()
}

/// Formats a time like a media player.
fn clock_words(ms: Millis) -> String {
    let seconds = ms / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_those_of_a_player() {
        assert_eq!([0, 59_999, 61_000].map(super::clock_words), ["0:00", "0:59", "1:01"]);
    }
}
