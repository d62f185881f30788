//! `/demo/stage` (`demo.md`): two devices side by side, their traffic, and figures. The server renders the whole page with its texts;
//! `browser::stage` adds the measured values and the behaviour of buttons. Simulated parts have the attribute `data-sim`.

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

use crate::appearance::Appearance;
use crate::i18n::{ServerTexts, t_string};
use crate::pages::document::{Document, render};
use crate::scripts::{BOOTSTRAP, SPRITE, broken, start_script, watching};
use crate::view::erased::{ErasedView, IntoErased};

/// Style sheet of the page, beside that of the pages without a script.
const SHEET: &str = "/pkg/stage.css";

pub fn stage(appearance: &Appearance, nonce: &str) -> String {
    let t = ServerTexts(appearance.locale());
    // The stage is a canvas of a fixed size, which the window scales.
    let appearance = Appearance { text_percent: None, ..appearance.clone() };
    render(|| {
        let head = head(t, nonce.to_owned());
        view! {
            <Document appearance title=t_string!(t, stage.title) sheet=SHEET head>
                <main class="stage" id="stage">
                    <Top t />
                    <Device t number=1 kind="laptop" words=t_string!(t, stage.laptop) />
                    <Device t number=2 kind="phone" words=t_string!(t, stage.phone) />
                    <JoinPanel t />
                    <SimulationPanel t />
                    <TheatrePanel t />
                    <EventsPanel t />
                    <EdgePanel t />
                    <Notices t />
                    <div id="words" hidden {..words(t)}></div>
                </main>
                <div inner_html=SPRITE></div>
            </Document>
        }
    })
}

/// Renders the scripts that run before the first paint, and the link to the browser's half.
fn head(t: ServerTexts, nonce: String) -> ErasedView {
    view! {
        <script nonce=nonce.clone()>{format!("{BOOTSTRAP};{}", watching())}</script>
        {broken(t)}
        <script type="module" nonce=nonce>
            {start_script()}
        </script>
    }
    .erase()
}

#[component]
fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="ic" width="28" height="28" aria-hidden="true">
            <use href=format!("#{name}") />
        </svg>
    }
}

#[component]
fn Top(t: ServerTexts) -> impl IntoView {
    view! {
        <header class="stage-top">
            <svg width="52" height="52" aria-hidden="true">
                <use href="#mark" />
            </svg>
            <h1>"CF Messenger"</h1>
            <p class="grow">
                {format!("{} · {} ", t_string!(t, stage.live), t_string!(t, stage.room))}
                <b id="code-top">"…"</b>
            </p>
            <p class="stage-pill" id="rehearsal" role="timer" aria-label=t_string!(t, stage.rehearsal) hidden>
                "0:00"
            </p>
            <p class="stage-pill">
                <Icon name="st-online" />
                <span id="people">"…"</span>
            </p>
            <p class="stage-pill">
                <Icon name="ic-lock" />
                <span id="door">"…"</span>
            </p>
            <button class="stage-pill" id="sound" aria-pressed="false">
                {t_string!(t, stage.sound)}
            </button>
            <button class="stage-pill" id="show-simulation" aria-expanded="false" aria-controls="simulation">
                {t_string!(t, stage.simulate)}
            </button>
            <button class="stage-pill" id="show-theatre" aria-expanded="false" aria-controls="theatre">
                {t_string!(t, stage.plug)}
            </button>
        </header>
    }
}

#[component]
fn Device(t: ServerTexts, number: u8, kind: &'static str, words: &'static str) -> impl IntoView {
    let name = format!("{} {number}", t_string!(t, stage.device));
    let title = format!("{name} ({words})");
    view! {
        <section class="device" data-kind=kind aria-label=name>
            <div class="device-screen">
                <iframe id=format!("device-{number}") title=title allow=""></iframe>
            </div>
            <p class="device-label">
                <b id=format!("name-{number}")>"…"</b>
                {format!(" · {words} ")}
                <span id=format!("simulated-{number}") data-sim hidden>
                    {t_string!(t, conversation.named, name = t_string!(t, stage.simulated), words = "")}
                    <span id=format!("simulated-words-{number}")></span>
                </span>
            </p>
        </section>
    }
}

#[component]
fn JoinPanel(t: ServerTexts) -> impl IntoView {
    view! {
        <section class="panel stage-join" id="join" aria-label=t_string!(t, stage.join)>
            <img id="qr" alt=t_string!(t, stage.qr) width="432" height="432" hidden />
            <p class="stage-code" id="code">
                "…"
            </p>
            <p class="stage-address" id="address"></p>
        </section>
    }
}

#[component]
fn SimulationPanel(t: ServerTexts) -> impl IntoView {
    view! {
        <section class="panel stage-side" id="simulation" aria-labelledby="simulation-title" hidden>
            <h2 class="panel-h" id="simulation-title">
                {t_string!(t, stage.simulate_title)}
            </h2>
            <p class="stage-hint">{t_string!(t, stage.simulate_hint)}</p>
            <DeviceSimulation t number=1 />
            <DeviceSimulation t number=2 />
        </section>
    }
}

#[component]
fn DeviceSimulation(t: ServerTexts, number: u8) -> impl IntoView {
    let id = |name: &str| format!("{name}-{number}");
    view! {
        <fieldset>
            <legend>{format!("{} {number}", t_string!(t, stage.device))}</legend>
            <label>
                {format!("{} ", t_string!(t, stage.latency))}
                <input type="range" id=id("delay") min="0" max="2000" step="50" value="0" />
                <output id=id("delay-out")>"0 ms"</output>
            </label>
            <label>
                {format!("{} ", t_string!(t, stage.loss))}
                <input type="range" id=id("loss") min="0" max="50" step="5" value="0" />
                <output id=id("loss-out")>"0 %"</output>
            </label>
            <p>
                <button class="btn" id=id("cut") aria-pressed="false">
                    {t_string!(t, stage.cut)}
                </button>
                <button class="btn" id=id("restart")>
                    {t_string!(t, stage.restart)}
                </button>
            </p>
        </fieldset>
    }
}

#[component]
fn TheatrePanel(t: ServerTexts) -> impl IntoView {
    view! {
        <section class="panel stage-side" id="theatre" aria-labelledby="theatre-title" hidden>
            <h2 class="panel-h" id="theatre-title">
                {t_string!(t, stage.plug)}
            </h2>
            <p class="stage-hint" id="plug-hint" hidden>
                {t_string!(t, stage.plug_hint)}
            </p>
            <p class="stage-hint" id="no-plug" hidden>
                {t_string!(t, stage.no_plug)}
            </p>
            <p class="stage-hint" id="plug-for-presenters" hidden>
                {t_string!(t, stage.plug_for_presenters)}
            </p>
            <p>
                <button class="btn" data-kind="default" id="pull" hidden>
                    {t_string!(t, stage.pull)}
                </button>
            </p>
            <p class="stage-progress" id="progress" role="status"></p>
            <Proof t />
        </section>
    }
}

/// Counts of the proof after the kill.
#[component]
fn Proof(t: ServerTexts) -> impl IntoView {
    let rows = [
        ("sent", t_string!(t, stage.sent)),
        ("received-1", t_string!(t, stage.received_1)),
        ("received-2", t_string!(t, stage.received_2)),
        ("duplicates", t_string!(t, stage.duplicates)),
        ("reorders", t_string!(t, stage.reorders)),
        ("recovery", t_string!(t, stage.recovery)),
    ];
    let rows = rows.map(|(id, words)| {
        let name = format!("{id}-name");
        view! {
            <div>
                <dt id=name.clone()>{words}</dt>
                <dd id=id aria-labelledby=name>
                    "–"
                </dd>
            </div>
        }
    });
    view! {
        <div id="proof" hidden>
            <dl class="stage-proof">{rows}</dl>
            <p class="stage-hint">{t_string!(t, stage.proof_hint)}</p>
        </div>
    }
}

#[component]
fn EventsPanel(t: ServerTexts) -> impl IntoView {
    view! {
        <section class="panel stage-events" aria-labelledby="events-title">
            <h2 class="panel-h" id="events-title">
                <Icon name="ic-bell" />
                {t_string!(t, stage.events)}
            </h2>
            <div class="ticker" id="ticker" role="log" aria-labelledby="events-title"></div>
        </section>
    }
}

#[component]
fn EdgePanel(t: ServerTexts) -> impl IntoView {
    let title = t_string!(t, stage.edge_title);
    view! {
        <section class="panel stage-edge" aria-label=title>
            <div class="lane" id="lane" role="img" aria-label=title>
                <span data-at="1">
                    <Icon name="st-online" />
                    <b id="lane-1">"1"</b>
                </span>
                <span data-at="edge">
                    <Icon name="ic-globe" />
                    <b>
                        {format!("{} ", t_string!(t, stage.edge))}
                        <span id="lane-colo"></span>
                    </b>
                </span>
                <span data-at="room">
                    <Icon name="st-room" />
                    <b>{t_string!(t, stage.room)}</b>
                </span>
                <span data-at="2">
                    <Icon name="st-away" />
                    <b id="lane-2">"2"</b>
                </span>
            </div>
            <Figures t />
        </section>
    }
}

#[component]
fn Figures(t: ServerTexts) -> impl IntoView {
    let figures = [
        ("rtt", t_string!(t, stage.rtt)),
        ("colo", t_string!(t, stage.colo)),
        ("work", t_string!(t, stage.work)),
        ("wake", t_string!(t, stage.wake)),
        ("sockets", t_string!(t, stage.sockets)),
        ("rate", t_string!(t, stage.rate)),
        ("writes", t_string!(t, stage.writes)),
    ];
    let figures = figures.map(|(id, words)| {
        view! {
            <div class="fig">
                <dt>{words}</dt>
                <dd id=format!("fig-{id}")>"–"</dd>
            </div>
        }
    });
    let (label, added) = (t_string!(t, stage.simulated), t_string!(t, stage.added));
    let simulated = t_string!(t, conversation.named, name = label, words = added);
    view! {
        <dl class="figs">
            {figures}
            <div class="fig" id="fig-sim" data-sim hidden>
                <dt>{simulated}</dt>
                <dd id="fig-added"></dd>
            </div>
        </dl>
    }
}

/// Layers over the whole page.
#[component]
fn Notices(t: ServerTexts) -> impl IntoView {
    view! {
        <p class="stage-banner" id="banner" role="alert" hidden>
            {t_string!(t, stage.killed)}
        </p>
        <p class="stage-problem" id="problem" role="alert"></p>
        <noscript>
            <p class="stage-problem">{t_string!(t, stage.needs_script)}</p>
        </noscript>
        <kbd class="stage-keys" id="keys" aria-hidden="true" hidden></kbd>
    }
}

/// Returns the texts that the browser's half combines with numbers and names; `%` stands for a number.
fn words(t: ServerTexts) -> Vec<AnyAttribute> {
    let words = [
        ("data-people", t_string!(t, stage.people)),
        ("data-open", t_string!(t, stage.open)),
        ("data-locked", t_string!(t, stage.locked)),
        ("data-local", t_string!(t, stage.local)),
        ("data-somebody", t_string!(t, stage.somebody)),
        ("data-wrote", t_string!(t, stage.wrote)),
        ("data-nudged", t_string!(t, stage.nudged)),
        ("data-winked", t_string!(t, stage.winked)),
        ("data-reacted", t_string!(t, stage.reacted)),
        ("data-changed", t_string!(t, stage.changed)),
        ("data-deleted", t_string!(t, stage.deleted)),
        ("data-joined", t_string!(t, stage.joined)),
        ("data-left", t_string!(t, stage.left)),
        ("data-status", t_string!(t, stage.status)),
        ("data-reset", t_string!(t, stage.reset)),
        ("data-woke", t_string!(t, stage.woke)),
        ("data-pulled", t_string!(t, stage.pulled)),
        ("data-back", t_string!(t, stage.back)),
        ("data-is-cut", t_string!(t, stage.is_cut)),
        ("data-line-cut", t_string!(t, stage.line_cut)),
        ("data-line-back", t_string!(t, stage.line_back)),
        ("data-restarted", t_string!(t, stage.restarted)),
        ("data-offline", t_string!(t, stage.offline)),
        ("data-ended", t_string!(t, stage.ended)),
        ("data-starting", t_string!(t, stage.starting)),
        ("data-killing", t_string!(t, stage.killing)),
        ("data-recovering", t_string!(t, stage.recovering)),
        ("data-counting", t_string!(t, stage.counting)),
        ("data-nothing-lost", t_string!(t, stage.nothing_lost)),
        ("data-not-whole", t_string!(t, stage.not_whole)),
        ("data-not-pulled", t_string!(t, stage.not_pulled)),
        ("data-refused-not_found", t_string!(t, stage.no_room)),
        ("data-refused-banned", t_string!(t, moderated.banned)),
        ("data-refused-forbidden", t_string!(t, demo_door.locked)),
        ("data-refused-room_full", t_string!(t, demo_door.full)),
        ("data-refused-rate_limited", t_string!(t, sign_in.error.too_fast)),
        ("data-refused-network", t_string!(t, demo_door.no_network)),
        ("data-refused-failed", t_string!(t, demo_door.failed)),
        ("data-cold", t_string!(t, stage.cold)),
        ("data-held", t_string!(t, stage.held)),
        ("data-second", t_string!(t, stage.second)),
    ];
    words.into_iter().map(|(name, text)| custom_attribute(name, text).into_any_attr()).collect()
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::appearance::Theme;

    #[test]
    fn the_page_is_in_the_language_and_appearance_of_the_device() {
        for language in tags() {
            let appearance =
                Appearance { language: Some(language.to_owned()), theme: Some(Theme::Glass), ..Appearance::default() };
            let html = stage(&appearance, "n");
            let held = t_string!(ServerTexts(appearance.locale()), stage.held);
            for part in [format!("<html lang=\"{language}\" data-theme=\"glass\">"), format!(" data-held=\"{held}\"")] {
                assert!(html.contains(&part), "{part}");
            }
            assert_eq!(html.matches("nonce=\"n\"").count(), html.matches("<script").count());
            assert!(!html.contains(" style="), "{html}");
        }
    }

    #[test]
    fn a_nonce_ends_where_the_framework_ends_it() {
        let html = stage(&Appearance::default(), "\"><i>");
        assert!(!html.contains("<i>") && html.contains("nonce=\"&quot;&gt;&lt;i&gt;\""), "{html}");
    }
}
