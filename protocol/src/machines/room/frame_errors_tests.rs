//! Answers to unusable frames (`messenger.md` 1.1 and 5.2): for every member of every client frame, one refusal with its code and no other
//! effect. Each new member of `own_members` needs its form here.

use super::change_store::ChangeStore;
use super::tests::RoomFixture;
use super::{Outbound, RoomStore};
use crate::wire::messenger::own_members;

const ID: &str = "\"00000000-0000-7000-8000-000000000009\"";
/// Id of an existing message.
const MESSAGE: &str = "\"00000000-0000-7000-8000-000000000001\"";

/// Form of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    /// A position, or a number of positions.
    Cursor,
    Flag,
    Time,
    Font,
    /// List of texts.
    Ids,
    /// List of records, which are parsed separately.
    List,
    /// Record, which is parsed separately.
    Record,
    /// Any value, which is returned unchanged.
    Free,
}

/// Members of one frame: name, a valid value, its form, and the answer to its absence.
type Members = &'static [(&'static str, &'static str, Form, Option<&'static str>)];

const FRAMES: &[(&str, Members)] = &[
    (
        "chat",
        &[
            ("id", ID, Form::Text, Some("VALIDATION id")),
            ("content", "\"hi\"", Form::Text, Some("VALIDATION content")),
            ("replyTo", MESSAGE, Form::Text, None),
            ("font", "{\"color\":1}", Form::Font, None),
            ("files", "null", Form::List, None),
            ("link", "null", Form::Record, None),
            ("emoticons", "[]", Form::List, None),
        ],
    ),
    ("nudge", &[("id", ID, Form::Text, Some("VALIDATION id"))]),
    (
        "wink",
        &[
            ("id", ID, Form::Text, Some("VALIDATION id")),
            ("winkId", "\"toast\"", Form::Text, Some("VALIDATION winkId")),
        ],
    ),
    ("typing", &[("isTyping", "true", Form::Flag, Some("VALIDATION isTyping"))]),
    (
        "history",
        &[("rid", "\"r\"", Form::Text, None), ("since", "0", Form::Cursor, None), ("limit", "5", Form::Cursor, None)],
    ),
    ("history", &[("rid", "\"r\"", Form::Text, None), ("before", "9", Form::Cursor, None)]),
    // A direct conversation has no list, but parses the request for a page of it.
    (
        "participants",
        &[
            ("rid", "\"r\"", Form::Text, None),
            ("after", "\"user_1\"", Form::Text, None),
            ("limit", "5", Form::Cursor, None),
        ],
    ),
    ("ping", &[("t", "7", Form::Free, None)]),
    ("cursor", &[("seq", "1", Form::Cursor, Some("BAD_CURSOR"))]),
    (
        "presence",
        &[
            ("status", "\"busy\"", Form::Text, None),
            ("displayName", "\"Mia\"", Form::Text, None),
            ("personalMessage", "\"hi\"", Form::Text, None),
            ("avatarId", "\"av_01\"", Form::Text, None),
            ("until", "5", Form::Time, None),
            ("statusText", "\"hi\"", Form::Text, None),
            ("idle", "true", Form::Flag, None),
            ("visible", "true", Form::Flag, None),
        ],
    ),
    // This is a frame of a device's socket. A conversation does not know it, but parses it in the same way.
    ("watch", &[("userIds", "[\"user_1\"]", Form::Ids, Some("VALIDATION userIds"))]),
    (
        "reaction",
        &[
            ("id", ID, Form::Text, Some("VALIDATION id")),
            ("messageId", MESSAGE, Form::Text, Some("VALIDATION messageId")),
            ("reaction", "\"heart\"", Form::Text, Some("VALIDATION reaction")),
            ("op", "\"add\"", Form::Text, Some("VALIDATION op")),
        ],
    ),
    (
        "edit",
        &[
            ("id", ID, Form::Text, Some("VALIDATION id")),
            ("messageId", MESSAGE, Form::Text, Some("VALIDATION messageId")),
            ("content", "\"hi\"", Form::Text, Some("VALIDATION content")),
        ],
    ),
    (
        "delete",
        &[
            ("id", ID, Form::Text, Some("VALIDATION id")),
            ("messageId", MESSAGE, Form::Text, Some("VALIDATION messageId")),
            ("for", "\"all\"", Form::Text, Some("VALIDATION for")),
        ],
    ),
    (
        "ack",
        &[
            ("upToSeq", "1", Form::Cursor, Some("VALIDATION upToSeq")),
            ("status", "\"read\"", Form::Text, Some("VALIDATION status")),
        ],
    ),
    (
        "ack",
        &[
            ("ackId", MESSAGE, Form::Text, Some("VALIDATION upToSeq")),
            ("status", "\"read\"", Form::Text, Some("VALIDATION status")),
        ],
    ),
];

const HALF: &str = r#""a\ud800b""#;

/// Returns invalid values of a member, with their answers.
fn wrong(form: Form, name: &str) -> Vec<(&'static str, String)> {
    let (values, answer): (&[&'static str], String) = match form {
        Form::Text => (&["5", "true", "[]", "{}", "[\"x\"]"], format!("VALIDATION {name}")),
        Form::Cursor => (&["\"1\"", "true", "[]", "{}", "-1", "1.5", "1e3", "9007199254740993"], "BAD_CURSOR".into()),
        Form::Flag => (&["1", "\"true\"", "[]", "{}"], format!("VALIDATION {name}")),
        Form::Time => (&["\"1\"", "true", "[]", "{}", "-1", "1.5"], format!("VALIDATION {name}")),
        Form::Font => {
            let values =
                &["5", "\"x\"", "true", "[]", "[1,1,1]", "{\"color\":\"1\"}", "{\"face\":-1}", "{\"style\":16}"];
            (values, format!("VALIDATION {name}"))
        }
        Form::Ids => (&["5", "\"x\"", "{}", "[5]", "[null]", "[[\"x\"]]"], format!("VALIDATION {name}")),
        Form::List => (&["5", "\"x\"", "true", "{}", "[5]", "[{}]"], format!("VALIDATION {name}")),
        Form::Record => (&["5", "\"x\"", "true", "[]", "{}"], format!("VALIDATION {name}")),
        Form::Free => (&[], String::new()),
    };
    let limit_only: &[&'static str] = if name == "limit" { &["0"] } else { &[] };
    // A limit above the largest means the largest (`messenger.md` 3).
    let values = values.iter().filter(|value| name != "limit" || !value.starts_with("90"));
    values.chain(limit_only).map(|value| (*value, answer.clone())).collect()
}

/// Returns the answer to half of a surrogate pair in this member.
fn of_half(form: Form, name: &str) -> Option<String> {
    match form {
        // The value is returned unchanged.
        Form::Free => None,
        // Only digits are accepted.
        Form::Cursor => Some("BAD_CURSOR".into()),
        Form::List | Form::Record => Some(format!("VALIDATION {name}")),
        Form::Text | Form::Flag | Form::Time | Form::Font | Form::Ids => Some("INVALID_TEXT".into()),
    }
}

struct Bench {
    stage: RoomFixture,
    frames: usize,
}

impl Bench {
    fn new() -> Self {
        let mut stage = RoomFixture::new("dm_user_1____user_2");
        for rule in ["CHAT", "NUDGE", "WINK", "TYPING", "MUTATE", "HISTORY"] {
            *stage.room.settings.rules.named(rule).unwrap() = crate::words::rate::Rule::default();
        }
        let one = stage.join("user_1");
        stage.chat(one);
        stage.room.leave(stage.now, one, &mut Outbound::default());
        Self { stage, frames: 0 }
    }

    /// Sends the frame and returns its refusal as code and field, if there is one. Checks that a refused frame has no other effect.
    fn answer(&mut self, frame: &str) -> Option<String> {
        self.frames += 1;
        // Each check has its own sockets, because the tenth unusable frame would close one.
        let (one, two) = (self.stage.join("user_1"), self.stage.join("user_2"));
        let rows = |stage: &RoomFixture| {
            (stage.room.log().head(), stage.store.receipts().unwrap(), stage.store.outbox().unwrap())
        };
        let before = rows(&self.stage);
        let out = self.stage.frame(one, frame);
        let got = self.stage.got(&out, one);
        let refusal = got.iter().find(|text| text.starts_with("{\"type\":\"error\"")).map(|text| {
            let error: serde_json::Value = serde_json::from_str(text).unwrap();
            let field = error["field"].as_str().map(|field| format!(" {field}")).unwrap_or_default();
            assert_eq!(error["fatal"], false, "{frame}");
            format!("{}{field}", error["code"].as_str().unwrap())
        });
        if refusal.is_some() {
            assert_eq!(got.len(), 1, "one answer to {frame}: {got:?}");
            assert!(self.stage.got(&out, two).is_empty(), "nobody else hears of {frame}");
            assert!(out.closes.is_empty() && out.presence.is_empty(), "{frame}");
            assert_eq!(rows(&self.stage), before, "nothing is stored of {frame}");
        }
        for conn in [one, two] {
            self.stage.room.leave(self.stage.now, conn, &mut Outbound::default());
        }
        refusal
    }
}

/// Returns a frame of these members, with `name` as `value`, or without it for `None`.
fn frame(kind: &str, members: Members, name: &str, value: Option<&str>) -> String {
    let mut text = format!("{{\"type\":\"{kind}\"");
    for (member, good, ..) in members {
        match value {
            Some(value) if *member == name => text.push_str(&format!(",\"{member}\":{value}")),
            None if *member == name => {}
            _ => text.push_str(&format!(",\"{member}\":{good}")),
        }
    }
    text.push('}');
    text
}

#[test]
fn the_table_knows_every_member_of_every_frame() {
    for (kind, _) in FRAMES {
        let documented = FRAMES.iter().filter(|(known, _)| known == kind).flat_map(|(_, members)| members.iter());
        let mut documented: Vec<&str> = documented.map(|(name, ..)| *name).chain(["type"]).collect();
        let mut own = own_members(Some(kind)).to_vec();
        for names in [&mut documented, &mut own] {
            names.sort_unstable();
            names.dedup();
        }
        assert_eq!(documented, own, "{kind}");
    }
}

#[test]
fn a_member_of_the_wrong_form_missing_twice_or_with_half_a_pair_has_its_code() {
    let mut bench = Bench::new();
    for (kind, members) in FRAMES {
        // A valid value is accepted, or the rest of the frame says nothing. A conversation does not know the frame of a device.
        let good = match *kind {
            "watch" => Some("UNKNOWN_TYPE".to_owned()),
            "participants" => Some("NOT_SUPPORTED".to_owned()),
            _ => None,
        };
        for (name, value, form, missing) in *members {
            let documented = |answer: Option<String>| answer.or_else(|| good.clone());
            let check = |text: &str, expected: Option<String>| {
                let mut bench = Bench::new();
                assert_eq!(bench.answer(text), expected, "{text}");
            };
            check(&frame(kind, members, name, Some(value)), good.clone());
            check(&frame(kind, members, name, None), documented(missing.map(str::to_owned)));
            check(&frame(kind, members, name, Some("null")), documented(missing.map(str::to_owned)));
            for (value, expected) in wrong(*form, name) {
                check(&frame(kind, members, name, Some(value)), Some(expected));
            }
            check(&frame(kind, members, name, Some(&format!("{value},\"{name}\":{value}"))), Some("BAD_JSON".into()));
            let halves = match form {
                Form::Font => vec![format!("{{\"color\":{HALF}}}")],
                Form::Ids => vec![format!("[{HALF}]")],
                Form::List => vec![format!("[{{\"id\":{HALF}}}]"), format!("[{{\"code\":{HALF}}}]")],
                Form::Record => vec![format!("{{\"url\":{HALF},\"title\":\"x\"}}")],
                _ => vec![HALF.to_owned()],
            };
            for half in halves {
                check(&frame(kind, members, name, Some(&half)), documented(of_half(*form, name)));
            }
        }
        let rest = frame(kind, members, "", None);
        let rest = rest.split_once(',').map_or("}", |(_, rest)| rest);
        for (first, expected) in [
            ("5", "VALIDATION type"),
            ("[]", "VALIDATION type"),
            ("null", "VALIDATION type"),
            ("\"none\"", "UNKNOWN_TYPE"),
            (HALF, "INVALID_TEXT"),
        ] {
            assert_eq!(
                bench.answer(&format!("{{\"type\":{first},{rest}")).as_deref(),
                Some(expected),
                "{kind} {first}"
            );
        }
        assert_eq!(bench.answer(&format!("{{{rest}")).as_deref(), Some("VALIDATION type"), "{kind}");
        let twice = format!("{{\"type\":\"{kind}\",\"type\":\"{kind}\",{rest}");
        assert_eq!(bench.answer(&twice).as_deref(), Some("BAD_JSON"), "{kind}");
    }
    assert!(bench.frames > 80);
}

#[test]
fn what_is_no_object_is_bad_json_whatever_stands_in_it() {
    let mut bench = Bench::new();
    // An array with as many values as frames have members is no object either.
    let nulls = |count: usize| format!("[\"ping\"{}]", ",null".repeat(count));
    for count in 0..60 {
        assert_eq!(bench.answer(&nulls(count)).as_deref(), Some("BAD_JSON"), "{count}");
    }
    for text in
        ["", "5", "null", "\"x\"", "[]", "{", "{\"type\"}", "{} {}", "[{\"type\":\"ping\"}]", "{\"type\":\"ping\"}x"]
    {
        assert_eq!(bench.answer(text).as_deref(), Some("BAD_JSON"), "{text}");
    }
}

#[test]
fn of_members_of_other_frames_only_a_second_one_and_half_a_pair_are_refused() {
    let mut bench = Bench::new();
    for (kind, own) in [("typing", "\"isTyping\":true"), ("cursor", "\"seq\":1")] {
        for foreign in ["content", "winkId", "displayName", "userIds", "font", "until", "isTyping", "whoever"] {
            if own.contains(foreign) {
                continue;
            }
            for value in ["5", "[{}]", "\"x\"", "null"] {
                let text = format!("{{\"type\":\"{kind}\",{own},\"{foreign}\":{value}}}");
                assert_eq!(bench.answer(&text), None, "{text}");
            }
        }
        let twice = format!("{{\"type\":\"{kind}\",{own},\"content\":\"a\",\"content\":\"b\"}}");
        assert_eq!(bench.answer(&twice).as_deref(), Some("BAD_JSON"));
        let half = format!("{{\"type\":\"{kind}\",{own},\"content\":{HALF}}}");
        assert_eq!(bench.answer(&half).as_deref(), Some("INVALID_TEXT"));
    }
}
