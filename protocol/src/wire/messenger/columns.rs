//! Frames of `cfm.v1.columns`, in which the messages of a turn or page share their common members (`messenger.md` 5.6).
//!
//! The JSON text of a body is cut behind its `content`, not parsed. `client::frames_in` restores single frames.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use super::write::{frame_json, history_json, page_event_json, push_history_head, push_history_tail};
use crate::codec::json::json_text;
use crate::codec::short_id::short_id;
use crate::log::Page;
use crate::machines::room::{Delivery, Notification, Outbound, Target};
use crate::words::event::{Event, Kind};

/// Encodes a turn for the JSON sockets of a room: each notification once per form, and each frame once.
pub fn deliveries(room: &str, out: &Outbound, targets: &[Target]) -> Vec<Delivery> {
    let mut deliveries = out.deliveries(targets, |notification| frame_json(room, notification));
    let part = |notification| Part::of_notification(room, notification);
    let mut written = Written::default();
    deliveries.extend(
        out.column_deliveries(targets, part, Part::bytes_max, |parts| columns_frame(room, parts, &mut written)),
    );
    deliveries
}

/// Notification, or event of a page, as a part of a columns frame.
enum Part<'a> {
    Message(PlainMessage<'a>),
    /// Any other frame, unchanged.
    Frame(Rc<str>),
}

/// A message that columns can hold.
struct PlainMessage<'a> {
    event: &'a Event,
    sender: &'a str,
    /// The short form of the id as a JSON string.
    id: String,
    /// The content as a JSON string.
    content: &'a str,
    /// Further members as JSON, without the braces around them.
    more: &'a str,
}

impl<'a> Part<'a> {
    fn of_notification(room: &str, notification: &'a Notification) -> Self {
        let frame = match notification {
            Notification::Event { event, .. } => match PlainMessage::of(event) {
                Some(message) => return Self::Message(message),
                None => frame_json(room, notification),
            },
            Notification::History { epoch, page, rid } => history_columns_json(room, epoch, page, rid.as_deref()),
            _ => frame_json(room, notification),
        };
        Self::Frame(Rc::from(frame))
    }

    fn of_page(room: &str, page: &Page, event: &'a Event) -> Self {
        let is_hidden = page.hidden.binary_search(&event.seq).is_ok();
        match PlainMessage::of(event).filter(|_| !is_hidden) {
            Some(message) => Self::Message(message),
            None => Self::Frame(Rc::from(page_event_json(room, page, event))),
        }
    }

    fn message(&self) -> Option<&PlainMessage<'a>> {
        if let Self::Message(message) = self { Some(message) } else { None }
    }

    fn frame(&self) -> Option<&Rc<str>> {
        if let Self::Frame(frame) = self { Some(frame) } else { None }
    }

    /// Returns an upper bound of the bytes that the part adds to a frame.
    fn bytes_max(&self) -> usize {
        /// Bytes for indices, differences, commas, brackets and quotes.
        const SIGNS: usize = 128;
        /// Bytes of an escaped character.
        const ESCAPED: usize = 6;
        SIGNS
            + match self {
                Self::Message(PlainMessage { event, sender, id, .. }) => {
                    event.body.len() + id.len() + ESCAPED * (sender.len() + event.name.len())
                }
                Self::Frame(frame) => frame.len(),
            }
    }
}

impl<'a> PlainMessage<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        let sender = event.actor.as_deref().filter(|_| event.kind == Kind::Chat)?;
        let members = event.body.strip_prefix("{\"content\":")?.strip_suffix('}')?;
        let (content, more) = members.split_at_checked(string_end(members)?)?;
        let more = if more.is_empty() { more } else { more.strip_prefix(',')? };
        Some(Self { event, sender, id: json_text(&short_id(&event.id)), content, more })
    }
}

/// Returns the end of the JSON string with which `json` begins.
fn string_end(json: &str) -> Option<usize> {
    let mut bytes = json.bytes().enumerate();
    bytes.next().filter(|(_, byte)| *byte == b'"')?;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            // A backslash escapes the next byte.
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    None
}

/// Cache of the last columns. Senders get the same messages as everyone else, with their acknowledgements in between.
#[derive(Default)]
struct Written<'a> {
    events: Vec<&'a Event>,
    columns: String,
}

impl<'a> Written<'a> {
    fn columns(&mut self, room: &str, messages: &[&PlainMessage<'a>]) -> &str {
        let is_same = |(event, message): (&&Event, &&PlainMessage<'_>)| std::ptr::eq(*event, message.event);
        if self.events.len() != messages.len() || !self.events.iter().zip(messages).all(is_same) {
            self.events = messages.iter().map(|message| message.event).collect();
            self.columns.clear();
            push_columns(&mut self.columns, room, messages);
        }
        &self.columns
    }
}

/// Returns the frame of some parts: columns, or the array of `cfm.v1.batch` if there is no message.
fn columns_frame<'a>(room: &str, parts: &[&Part<'a>], written: &mut Written<'a>) -> Rc<str> {
    if let [Part::Frame(single)] = parts {
        return Rc::clone(single);
    }
    let messages: Vec<&PlainMessage<'a>> = parts.iter().filter_map(|part| part.message()).collect();
    let columns = if messages.is_empty() { "" } else { written.columns(room, &messages) };
    let others: usize = parts.iter().filter_map(|part| part.frame()).map(|frame| frame.len() + 16).sum();
    let mut out = String::with_capacity(columns.len() + others + 64);
    if messages.is_empty() {
        push_items(&mut out, parts.iter().filter_map(|part| part.frame()), |out, frame| out.push_str(frame));
    } else {
        out.push_str("{\"type\":\"columns\",");
        out.push_str(columns);
        push_others(&mut out, parts.iter().copied());
        out.push('}');
    }
    Rc::from(out)
}

/// Returns a `history` frame, with its messages in columns.
fn history_columns_json(room: &str, epoch: &str, page: &Page, rid: Option<&str>) -> String {
    let parts: Vec<Part<'_>> = page.events.iter().map(|event| Part::of_page(room, page, event)).collect();
    let messages: Vec<&PlainMessage<'_>> = parts.iter().filter_map(Part::message).collect();
    if messages.is_empty() {
        return history_json(room, epoch, page, rid, true);
    }
    let mut out = String::from("{");
    push_history_head(&mut out, rid);
    out.push_str("\"columns\":{");
    push_columns(&mut out, room, &messages);
    push_others(&mut out, parts.iter());
    out.push('}');
    push_history_tail(&mut out, epoch, page);
    out
}

fn push_columns(out: &mut String, room: &str, messages: &[&PlainMessage<'_>]) {
    let Some(PlainMessage { event: first, .. }) = messages.first() else { return };
    let (room, seq, ts) = (json_text(room), first.seq, first.ts);
    let _ = write!(out, "\"roomId\":{room},\"seq\":{seq},\"timestamp\":{ts}");
    push_people(out, messages);
    push_column(out, "ids", messages.iter(), |out, message| out.push_str(&message.id));
    push_column(out, "texts", messages.iter(), |out, message| out.push_str(message.content));
    push_differences(out, "seqs", 1, messages.iter().map(|message| message.event.seq));
    push_differences(out, "times", 0, messages.iter().map(|message| message.event.ts));
    let more = messages.iter().map(|message| message.more).enumerate().filter(|(_, more)| !more.is_empty());
    push_column(out, "more", more, |out, (at, more)| {
        let _ = write!(out, "[{at},{{{more}}}]");
    });
}

/// Appends the frames that are no messages, each with its index among all parts.
fn push_others<'p>(out: &mut String, parts: impl Iterator<Item = &'p Part<'p>>) {
    let others = parts.enumerate().filter_map(|(at, part)| Some((at, part.frame()?)));
    push_column(out, "others", others, |out, (at, frame)| {
        let _ = write!(out, "[{at},{frame}]");
    });
}

/// Appends the senders, and for each message the index of its sender. A sender with another name counts as another one.
fn push_people(out: &mut String, messages: &[&PlainMessage<'_>]) {
    let mut people: Vec<(&str, &str)> = Vec::new();
    let mut indices: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut by = Vec::with_capacity(messages.len());
    for message in messages {
        let person = (message.sender, message.event.name.as_str());
        let index = *indices.entry(person).or_insert(people.len());
        if index == people.len() {
            people.push(person);
        }
        by.push(index);
    }
    let is_one = people.len() == 1;
    push_column(out, "people", people.into_iter(), |out, (sender, name)| {
        let _ = write!(out, "[{},{}]", json_text(sender), json_text(name));
    });
    push_column(out, "by", by.into_iter().filter(|_| !is_one), |out, index| {
        let _ = write!(out, "{index}");
    });
}

/// Appends the differences of consecutive numbers, unless all are `usual`.
fn push_differences(out: &mut String, name: &str, usual: i64, numbers: impl Iterator<Item = u64> + Clone) {
    let differences = numbers.clone().skip(1).zip(numbers).map(|(next, last)| next.wrapping_sub(last).cast_signed());
    let differences: Vec<i64> = differences.collect();
    let is_usual = differences.iter().all(|difference| *difference == usual);
    push_column(out, name, differences.into_iter().filter(|_| !is_usual), |out, difference| {
        let _ = write!(out, "{difference}");
    });
}

fn push_column<T>(out: &mut String, name: &str, items: impl Iterator<Item = T>, push: impl Fn(&mut String, T)) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        let _ = write!(out, ",\"{name}\":");
        push_items(out, items, push);
    }
}

fn push_items<T>(out: &mut String, items: impl Iterator<Item = T>, push: impl Fn(&mut String, T)) {
    out.push('[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        push(out, item);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::client::frames_in;
    use crate::codec::json::Value;
    use crate::machines::room::Wire;
    use crate::words::limits::{BATCH_OUT_BYTES_MAX, SEQ_MAX};

    /// Returns the frames that a socket gets for these notifications in one turn.
    fn texts(wire: Wire, notifications: &[Notification]) -> Vec<Rc<str>> {
        let mut out = Outbound::default();
        notifications.iter().for_each(|notification| out.everybody(notification.clone()));
        let target = Target { conn: 1, wire, is_live: true };
        deliveries("general", &out, &[target]).into_iter().flat_map(|delivery| delivery.frames).collect()
    }

    fn frames(wire: Wire, notifications: &[Notification]) -> Vec<Value> {
        texts(wire, notifications).iter().flat_map(|text| frames_in(text)).collect()
    }

    fn member() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            "\\PC{0,6}".prop_map(|text| json_text(&text)),
            any::<i32>().prop_map(|number| number.to_string()),
            prop::sample::select(vec!["true", "null", "[1,[2]]", r#"{"content":"x","a":{}}"#]).prop_map(str::to_owned),
        ];
        let names = vec!["replyTo", "font", "later", "content", "seq", "type", "senderId", "bot"];
        (prop::sample::select(names), value).prop_map(|(name, value)| format!("\"{name}\":{value}"))
    }

    fn body() -> impl Strategy<Value = String> {
        let content = "[\\x00-\\x7f]{0,12}|\\PC{0,8}".prop_map(|text| format!("\"content\":{}", json_text(&text)));
        let members = |first: Vec<String>, more: Vec<String>| format!("{{{}}}", [first, more].concat().join(","));
        (vec(content, 0..2), vec(member(), 0..3)).prop_map(move |(first, more)| members(first, more))
    }

    fn event() -> impl Strategy<Value = Event> {
        let kind = prop_oneof![
            6 => Just(Kind::Chat),
            1 => prop::sample::select(vec![Kind::Nudge, Kind::System, Kind::Edit, Kind::Reaction]),
        ];
        let id = prop_oneof![
            3 => any::<[u8; 16]>().prop_map(|random| crate::words::ids::uuid_v7(1_795_000_000_000, random)),
            1 => "[0-9A-F]{8}-[0-9A-F]{4}-7000-8000-[0-9A-F]{12}|[A-Za-z0-9_-]{22}|\\PC{1,20}",
        ];
        let actor = prop_oneof![9 => "user_[1-3]".prop_map(Some), 1 => Just(None)];
        let seq = prop_oneof![5 => 1..9_u64, 1 => 1..=SEQ_MAX];
        (seq, id, 0..3_u64, actor, "Mia|\\PC{0,5}", kind, body()).prop_map(|(seq, id, ts, actor, name, kind, body)| {
            Event { seq, id, ts: 1_795_000_000_000 + ts, actor, session: None, name, kind, body }
        })
    }

    fn page() -> impl Strategy<Value = Page> {
        let hidden = vec(1..9_u64, 0..2);
        (vec(event(), 0..6), hidden, any::<bool>()).prop_map(|(events, hidden, is_blocked)| {
            let blocked = if is_blocked { hidden.iter().copied().take(1).collect() } else { Vec::new() };
            let hidden = hidden.into_iter().take(1).collect();
            Page { events, head: 9, next: 3, more: true, hidden, blocked, ..Page::default() }
        })
    }

    fn notification() -> impl Strategy<Value = Notification> {
        prop_oneof![
            8 => (event(), any::<bool>())
                .prop_map(|(event, quiet)| Notification::Event { event: Rc::new(event), quiet }),
            1 => page().prop_map(|page| Notification::History { epoch: "9f31c0aa".into(), page, rid: Some("r".into()) }),
            1 => (1..9_u64).prop_map(|seq| Notification::Hidden { seq, blocked_at: None }),
            1 => (1..9_u64).prop_map(|seq| Notification::Ack { id: "a".into(), seq, ts: 5, duplicate: false }),
        ]
    }

    proptest! {
        #[test]
        fn columns_are_an_array_of_the_same_frames(notifications in vec(notification(), 1..24)) {
            let columns = frames(Wire::Columns, &notifications);
            prop_assert_eq!(columns, frames(Wire::Batch, &notifications));
            let events = notifications.iter().filter_map(|notification| match notification {
                Notification::Event { event, .. } => PlainMessage::of(event),
                _ => None,
            });
            let has_columns = texts(Wire::Columns, &notifications).iter().any(|text| text.contains("\"type\":\"columns\""));
            prop_assert!(has_columns || events.count() == 0, "messages are in columns");
        }
    }

    /// Returns a message of 100 bytes from one of `people` senders.
    fn message(seq: u64, people: u64) -> Event {
        let writer = seq % people;
        Event {
            seq,
            id: crate::words::ids::uuid_v7(1_795_000_000_000 + seq, [seq as u8; 16]),
            ts: 1_795_000_000_000,
            actor: Some(format!("g_0123456789ab{writer}")),
            session: None,
            name: format!("Person {writer}"),
            kind: Kind::Chat,
            body: format!("{{\"content\":\"{}\"}}", "x".repeat(100)),
        }
    }

    fn messages(count: u64, people: u64) -> Vec<Event> {
        (1..=count).map(|seq| message(seq, people)).collect()
    }

    fn live(events: Vec<Event>) -> Vec<Notification> {
        events.into_iter().map(|event| Notification::Event { event: Rc::new(event), quiet: false }).collect()
    }

    /// Returns the bytes of all frames per byte of text.
    fn bytes_per_text(wire: Wire, notifications: &[Notification], messages: u64) -> f64 {
        texts(wire, notifications).iter().map(|text| text.len()).sum::<usize>() as f64 / (messages * 100) as f64
    }

    #[test]
    fn a_batch_costs_little_more_than_its_text() {
        let batch = live(messages(32, 8));
        let ratio = bytes_per_text(Wire::Columns, &batch, 32);
        assert!(ratio <= 1.6, "{ratio} bytes per byte of text (`messenger.md` 5.6)");
        let page = Page { events: messages(100, 8), head: 100, next: 1, ..Page::default() };
        let page = [Notification::History { epoch: "9f31c0aa".into(), page, rid: None }];
        let ratio = bytes_per_text(Wire::Columns, &page, 100);
        assert!(ratio <= bytes_per_text(Wire::Batch, &page, 100) / 2.0, "a page: {ratio}");
        let lone = live(messages(1, 1));
        assert!(bytes_per_text(Wire::Columns, &lone, 1) <= bytes_per_text(Wire::Batch, &lone, 1), "a lone message");
    }

    #[test]
    fn a_large_turn_has_several_frames_and_each_stands_alone() {
        let turn = live(messages(4_000, 300));
        let texts = texts(Wire::Columns, &turn);
        assert!(texts.len() > 1 && texts.iter().all(|text| text.len() <= BATCH_OUT_BYTES_MAX));
        let seqs: Vec<u64> = texts
            .iter()
            .flat_map(|text| frames_in(text))
            .filter_map(|frame| frame.get("seq").and_then(Value::as_u64))
            .collect();
        assert!(seqs.into_iter().eq(1..=4_000));
    }

    #[test]
    fn a_body_is_cut_behind_its_content() {
        let cut = |body: &str| {
            let event = Event { body: body.to_owned(), ..message(1, 1) };
            PlainMessage::of(&event).map(|message| (message.content.to_owned(), message.more.to_owned()))
        };
        let both = |content: &str, more: &str| Some((content.to_owned(), more.to_owned()));
        assert_eq!(cut(r#"{"content":"a\"}\\","bot":true}"#), both(r#""a\"}\\""#, r#""bot":true"#));
        assert_eq!(cut(r#"{"content":""}"#), both(r#""""#, ""));
        for body in ["{}", r#"{"deleted":true}"#, r#"{"content":7}"#, r#"{"content":"a"#, r#"{"content":"a\"}"#] {
            assert_eq!(cut(body), None, "{body}");
        }
    }
}
