//! `/demo/stage` (`docs/protocol/demo.md`): two devices side by side, what passes between them, and figures. The server writes all of it, words
//! included; `browser::stage` fills in what is measured and makes the buttons do something. What is simulated carries `data-sim`.

use std::fmt::Write as _;

use crate::i18n::{Locale, ServerTexts, t_string};
use crate::page_files::page_files;
use crate::shell::{BOOTSTRAP, SPRITE, start_script};

/// The page's own sheet, beside that of the pages without a script.
const SHEET: &str = "/pkg/stage.css";

/// The page.
pub fn stage(locale: Locale, theme: Option<&str>, nonce: &str) -> String {
    let t = ServerTexts(locale);
    let lang = locale.as_str();
    let theme = theme.map(|theme| format!(" data-theme=\"{theme}\"")).unwrap_or_default();
    let title = t_string!(t, stage.title);
    let (start, sign_in_css) = (start_script(), &page_files().sign_in_css);
    let mut out = format!(
        "<!DOCTYPE html><html lang=\"{lang}\"{theme}><head><meta charset=\"utf-8\"><title>{title} – CF Messenger</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <link rel=\"stylesheet\" href=\"{sign_in_css}\"><link rel=\"stylesheet\" href=\"{SHEET}\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"><script nonce=\"{nonce}\">{BOOTSTRAP}</script>\
         <script type=\"module\" nonce=\"{nonce}\">{start}</script></head><body class=\"page\"><main class=\"stage\" id=\"stage\">"
    );
    write_top(t, &mut out);
    write_device(t, 1, "laptop", &mut out);
    write_device(t, 2, "phone", &mut out);
    write_join(t, &mut out);
    write_simulation(t, &mut out);
    write_theatre(t, &mut out);
    write_events(t, &mut out);
    write_edge(t, &mut out);
    let (killed, noscript) = (t_string!(t, stage.killed), t_string!(t, stage.needs_script));
    let _ = write!(
        out,
        "<p class=\"stage-banner\" id=\"banner\" role=\"alert\" hidden>{killed}</p>\
         <p class=\"stage-problem\" id=\"problem\" role=\"alert\"></p><noscript><p class=\"stage-problem\">{noscript}</p></noscript>\
         <kbd class=\"stage-keys\" id=\"keys\" aria-hidden=\"true\" hidden></kbd>"
    );
    write_words(t, &mut out);
    let _ = write!(out, "</main><div>{SPRITE}</div></body></html>");
    out
}

fn icon(name: &str, size: u32) -> String {
    format!("<svg class=\"ic\" width=\"{size}\" height=\"{size}\" aria-hidden=\"true\"><use href=\"#{name}\"/></svg>")
}

fn write_top(t: ServerTexts, out: &mut String) {
    let (live, room, sound) = (t_string!(t, stage.live), t_string!(t, stage.room), t_string!(t, stage.sound));
    let (simulate, plug, timer) =
        (t_string!(t, stage.simulate), t_string!(t, stage.plug), t_string!(t, stage.rehearsal));
    let _ = write!(
        out,
        "<header class=\"stage-top\"><svg width=\"52\" height=\"52\" aria-hidden=\"true\"><use href=\"#mark\"/></svg><h1>CF Messenger</h1>\
         <p class=\"grow\">{live} · {room} <b id=\"code-top\">…</b></p>\
         <p class=\"stage-pill\" id=\"rehearsal\" role=\"timer\" aria-label=\"{timer}\" hidden>0:00</p>\
         <p class=\"stage-pill\">{}<span id=\"people\">…</span></p><p class=\"stage-pill\">{}<span id=\"door\">…</span></p>\
         <button class=\"stage-pill\" id=\"sound\" aria-pressed=\"false\">{sound}</button>\
         <button class=\"stage-pill\" id=\"show-simulation\" aria-expanded=\"false\" aria-controls=\"simulation\">{simulate}</button>\
         <button class=\"stage-pill\" id=\"show-theatre\" aria-expanded=\"false\" aria-controls=\"theatre\">{plug}</button></header>",
        icon("st-online", 28),
        icon("ic-lock", 28),
    );
}

fn write_device(t: ServerTexts, number: u8, kind: &str, out: &mut String) {
    let kind_word = if number == 1 { t_string!(t, stage.laptop) } else { t_string!(t, stage.phone) };
    let (simulated, device) = (t_string!(t, stage.simulated), t_string!(t, stage.device));
    let _ = write!(
        out,
        "<section class=\"device\" data-kind=\"{kind}\" aria-label=\"{device} {number}\"><div class=\"device-screen\">\
         <iframe id=\"device-{number}\" title=\"{device} {number} ({kind_word})\" allow=\"\"></iframe></div>\
         <p class=\"device-label\"><b id=\"name-{number}\">…</b> · {kind_word} <span id=\"simulated-{number}\" data-sim hidden>{simulated}: \
         <span id=\"simulated-words-{number}\"></span></span></p></section>"
    );
}

fn write_join(t: ServerTexts, out: &mut String) {
    let (join, qr) = (t_string!(t, stage.join), t_string!(t, stage.qr));
    let _ = write!(
        out,
        "<section class=\"panel stage-join\" id=\"join\" aria-label=\"{join}\"><img id=\"qr\" alt=\"{qr}\" width=\"432\" height=\"432\" hidden>\
         <p class=\"stage-code\" id=\"code\">…</p><p class=\"stage-address\" id=\"address\"></p></section>"
    );
}

fn write_simulation(t: ServerTexts, out: &mut String) {
    let (title, hint) = (t_string!(t, stage.simulate_title), t_string!(t, stage.simulate_hint));
    let _ = write!(
        out,
        "<section class=\"panel stage-side\" id=\"simulation\" aria-labelledby=\"simulation-title\" hidden>\
         <h2 class=\"panel-h\" id=\"simulation-title\">{title}</h2><p class=\"stage-hint\">{hint}</p>"
    );
    for number in [1, 2] {
        let device = t_string!(t, stage.device);
        let (latency, loss, cut, restart) = (
            t_string!(t, stage.latency),
            t_string!(t, stage.loss),
            t_string!(t, stage.cut),
            t_string!(t, stage.restart),
        );
        let _ = write!(
            out,
            "<fieldset><legend>{device} {number}</legend>\
             <label>{latency} <input type=\"range\" id=\"delay-{number}\" min=\"0\" max=\"2000\" step=\"50\" value=\"0\"><output id=\"delay-out-{number}\">0 ms</output></label>\
             <label>{loss} <input type=\"range\" id=\"loss-{number}\" min=\"0\" max=\"50\" step=\"5\" value=\"0\"><output id=\"loss-out-{number}\">0 %</output></label>\
             <p><button class=\"btn\" id=\"cut-{number}\" aria-pressed=\"false\">{cut}</button>\
             <button class=\"btn\" id=\"restart-{number}\">{restart}</button></p></fieldset>"
        );
    }
    out.push_str("</section>");
}

fn write_theatre(t: ServerTexts, out: &mut String) {
    let (title, hint, pull, none) = (
        t_string!(t, stage.plug),
        t_string!(t, stage.plug_hint),
        t_string!(t, stage.pull),
        t_string!(t, stage.no_plug),
    );
    let watcher = t_string!(t, stage.plug_for_presenters);
    let _ = write!(
        out,
        "<section class=\"panel stage-side\" id=\"theatre\" aria-labelledby=\"theatre-title\" hidden>\
         <h2 class=\"panel-h\" id=\"theatre-title\">{title}</h2><p class=\"stage-hint\" id=\"plug-hint\" hidden>{hint}</p>\
         <p class=\"stage-hint\" id=\"no-plug\" hidden>{none}</p><p class=\"stage-hint\" id=\"plug-for-presenters\" hidden>{watcher}</p>\
         <p><button class=\"btn\" data-kind=\"default\" id=\"pull\" hidden>{pull}</button></p>\
         <p class=\"stage-progress\" id=\"progress\" role=\"status\"></p><div id=\"proof\" hidden><dl class=\"stage-proof\">"
    );
    let rows = [
        ("sent", t_string!(t, stage.sent)),
        ("received-1", t_string!(t, stage.received_1)),
        ("received-2", t_string!(t, stage.received_2)),
        ("duplicates", t_string!(t, stage.duplicates)),
        ("reorders", t_string!(t, stage.reorders)),
        ("recovery", t_string!(t, stage.recovery)),
    ];
    for (id, words) in rows {
        let _ = write!(
            out,
            "<div><dt id=\"{id}-name\">{words}</dt><dd id=\"{id}\" aria-labelledby=\"{id}-name\">–</dd></div>"
        );
    }
    let how = t_string!(t, stage.proof_hint);
    let _ = write!(out, "</dl><p class=\"stage-hint\">{how}</p></div></section>");
}

fn write_events(t: ServerTexts, out: &mut String) {
    let events = t_string!(t, stage.events);
    let _ = write!(
        out,
        "<section class=\"panel stage-events\" aria-labelledby=\"events-title\"><h2 class=\"panel-h\" id=\"events-title\">{}{events}</h2>\
         <div class=\"ticker\" id=\"ticker\" role=\"log\" aria-labelledby=\"events-title\"></div></section>",
        icon("ic-bell", 28),
    );
}

fn write_edge(t: ServerTexts, out: &mut String) {
    let (title, edge, room) = (t_string!(t, stage.edge_title), t_string!(t, stage.edge), t_string!(t, stage.room));
    let _ = write!(
        out,
        "<section class=\"panel stage-edge\" aria-label=\"{title}\"><div class=\"lane\" id=\"lane\" role=\"img\" aria-label=\"{title}\">\
         <span data-at=\"1\">{}<b id=\"lane-1\">1</b></span><span data-at=\"edge\">{}<b>{edge} <span id=\"lane-colo\"></span></b></span>\
         <span data-at=\"room\">{}<b>{room}</b></span><span data-at=\"2\">{}<b id=\"lane-2\">2</b></span></div><dl class=\"figs\">",
        icon("st-online", 28),
        icon("ic-globe", 28),
        icon("st-room", 28),
        icon("st-away", 28),
    );
    let figures = [
        ("rtt", t_string!(t, stage.rtt)),
        ("colo", t_string!(t, stage.colo)),
        ("work", t_string!(t, stage.work)),
        ("wake", t_string!(t, stage.wake)),
        ("sockets", t_string!(t, stage.sockets)),
        ("rate", t_string!(t, stage.rate)),
        ("writes", t_string!(t, stage.writes)),
    ];
    for (id, words) in figures {
        let _ = write!(out, "<div class=\"fig\"><dt>{words}</dt><dd id=\"fig-{id}\">–</dd></div>");
    }
    let (added, simulated) = (t_string!(t, stage.added), t_string!(t, stage.simulated));
    let _ = write!(
        out,
        "<div class=\"fig\" id=\"fig-sim\" data-sim hidden><dt>{simulated}: {added}</dt><dd id=\"fig-added\"></dd></div></dl></section>"
    );
}

/// Words that the browser's half puts together with numbers and names; `%` stands for a number.
fn write_words(t: ServerTexts, out: &mut String) {
    let words = [
        ("people", t_string!(t, stage.people)),
        ("open", t_string!(t, stage.open)),
        ("locked", t_string!(t, stage.locked)),
        ("local", t_string!(t, stage.local)),
        ("somebody", t_string!(t, stage.somebody)),
        ("wrote", t_string!(t, stage.wrote)),
        ("nudged", t_string!(t, stage.nudged)),
        ("winked", t_string!(t, stage.winked)),
        ("reacted", t_string!(t, stage.reacted)),
        ("changed", t_string!(t, stage.changed)),
        ("deleted", t_string!(t, stage.deleted)),
        ("joined", t_string!(t, stage.joined)),
        ("left", t_string!(t, stage.left)),
        ("status", t_string!(t, stage.status)),
        ("reset", t_string!(t, stage.reset)),
        ("woke", t_string!(t, stage.woke)),
        ("pulled", t_string!(t, stage.pulled)),
        ("back", t_string!(t, stage.back)),
        ("line-cut", t_string!(t, stage.line_cut)),
        ("line-back", t_string!(t, stage.line_back)),
        ("restarted", t_string!(t, stage.restarted)),
        ("offline", t_string!(t, stage.offline)),
        ("starting", t_string!(t, stage.starting)),
        ("killing", t_string!(t, stage.killing)),
        ("recovering", t_string!(t, stage.recovering)),
        ("counting", t_string!(t, stage.counting)),
        ("nothing-lost", t_string!(t, stage.nothing_lost)),
        ("not-whole", t_string!(t, stage.not_whole)),
        ("not-pulled", t_string!(t, stage.not_pulled)),
        ("no-room", t_string!(t, stage.no_room)),
        ("cold", t_string!(t, stage.cold)),
        ("held", t_string!(t, stage.held)),
        ("second", t_string!(t, stage.second)),
    ];
    out.push_str("<div id=\"words\" hidden");
    for (name, text) in words {
        let _ = write!(out, " data-{name}=\"{text}\"");
    }
    out.push_str("></div>");
}
