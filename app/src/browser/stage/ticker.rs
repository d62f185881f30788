//! Events in words and on the lane. A line names the person and the kind, never the text; people with names of their own stay unnamed. A
//! dot on the lane is a real event of the log, on its way from its sender to both devices.

use std::rc::Rc;

use protocol::codec::json::Value;
use protocol::content::kinds::{ChangeEvent, EffectKind, Nature};
use protocol::words::event::Kind;
use web_sys::Event;

use super::page;
use super::state::Stage;
use crate::browser::ask::{number, text};
use crate::browser::clock;
use crate::browser::device::{capture, document};

const LINES_MAX: u32 = 30;
/// Largest number of moving dots; in a burst a few dots stand for all events.
const DOTS_MAX: u32 = 12;

pub fn event(stage: &Rc<Stage>, event: &Value) {
    let sender = text(event, "senderId");
    let Some(kind) = event.get("type").and_then(Value::as_str).and_then(Kind::parse) else { return };
    let (icon, words) = match kind.nature() {
        Nature::Words => ("ic-check", page::worded("wrote", number(event, "seq"))),
        Nature::Effect(EffectKind::Nudge) => ("ic-nudge", page::word("nudged")),
        Nature::Effect(EffectKind::Wink) => ("ic-spark", page::word("winked")),
        Nature::Change(ChangeEvent::Reaction) => ("ic-smile", page::word("reacted")),
        Nature::Change(ChangeEvent::Edit) => ("ic-pencil", page::word("changed")),
        Nature::Change(ChangeEvent::Delete) => ("ic-bin", page::word("deleted")),
        Nature::Note => match event.get("code").and_then(Value::as_str).unwrap_or_default() {
            "joined" => ("ic-people", page::word("joined")),
            "left" => ("tb-leave", page::word("left")),
            _ => return,
        },
    };
    line(icon, Some(&name_of(stage, event, &sender)), &words, false);
    let from = stage.devices.iter().position(|device| device.user.id == sender);
    dot(from.map_or("room", |at| if at == 0 { "1" } else { "2" }));
}

pub fn status(stage: &Stage, person: &Value) {
    line("ic-people", Some(&name_of(stage, person, &text(person, "id"))), &page::word("status"), false);
}

/// Shows an event without a person.
pub fn plain(icon: &str, words: &str) {
    line(icon, None, words, false);
}

pub fn simulated(icon: &str, words: &str) {
    line(icon, None, words, true);
}

fn name_of(stage: &Stage, event: &Value, sender: &str) -> String {
    if let Some(device) = stage.devices.iter().find(|device| device.user.id == sender) {
        return device.user.display_name.clone();
    }
    let is_named = stage.named.borrow().iter().any(|id| id == sender) || sender.starts_with("act_");
    let name = text(event, "displayName");
    if is_named && !name.is_empty() { name } else { page::word("somebody") }
}

fn line(icon: &str, name: Option<&str>, words: &str, is_simulated: bool) {
    let (Some(document), Some(list)) = (document(), page::element("ticker")) else { return };
    let made = || {
        let line = document.create_element("p").ok()?;
        if is_simulated {
            line.set_attribute("data-sim", "").ok()?;
        }
        let time = document.create_element("time").ok()?;
        time.set_text_content(Some(&clock::time_text(clock::now_ms(), &page::language())));
        let drawn = document.create_element("span").ok()?;
        // The names of drawings are constants.
        drawn.set_inner_html(&format!(
            "<svg class=\"ic\" width=\"26\" height=\"26\" aria-hidden=\"true\"><use href=\"#{icon}\"/></svg>"
        ));
        let said = document.create_element("span").ok()?;
        if let Some(name) = name {
            let bold = document.create_element("b").ok()?;
            bold.set_text_content(Some(name));
            said.append_child(&bold).ok()?;
            said.append_with_str_1(" ").ok()?;
        }
        said.append_with_str_1(words).ok()?;
        for part in [&time, &drawn, &said] {
            line.append_child(part).ok()?;
        }
        list.append_child(&line).ok()
    };
    if made().is_some()
        && list.child_element_count() > LINES_MAX
        && let Some(first) = list.first_element_child()
    {
        first.remove();
    }
}

fn dot(from: &str) {
    let (Some(document), Some(lane)) = (document(), page::element("lane")) else { return };
    if !page::is_moving() || !page::is_seen() || lane.child_element_count() > DOTS_MAX {
        return;
    }
    let Ok(dot) = document.create_element("i") else { return };
    let ended = dot.clone();
    // A dot is removed at its end.
    capture(&dot, "animationend", move |_: Event| ended.remove());
    if dot.set_attribute("data-from", from).is_ok() {
        // A dot that cannot be added is not shown.
        let _ = lane.append_child(&dot);
    }
}
