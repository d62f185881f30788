//! Large objects, with every order of members that has been expensive for some map: each parser finds the same as in a small one. `cargo
//! bench -p bench --bench readers` measures their times.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::codec::raw_json;
use protocol::machines::chain;
use protocol::machines::channel::{Frame, Members};
use protocol::machines::hub::{ClientOp, HubRefusal, RawFrame};
use protocol::wire::{hopeflow, livestore};
use protocol::words::limits::{HUB_BODY_BYTES_MAX, HUB_ENVELOPE_BYTES_MAX, HUB_FRAME_BYTES_MAX};

use super::fuzz;

/// Largest number of members around the wanted one.
const MEMBERS_MAX: usize = 4_000;

/// Returns names that no parser looks for, in some order.
fn names() -> impl Strategy<Value = Vec<String>> {
    let count = || 0..MEMBERS_MAX;
    let numbered = |at: usize| format!("k{at:06}");
    prop_oneof![
        count().prop_map(move |count| (0..count).map(numbered).collect()),
        count().prop_map(move |count| (0..count).rev().map(numbered).collect()),
        vec(any::<u32>(), count()).prop_map(|all| all.into_iter().map(|number| format!("k{number:x}")).collect()),
        count().prop_map(|count| vec!["k".to_owned(); count]),
        count().prop_map(|count| (0..count).map(|at| format!("\\u006b{at}\\ud800")).collect()),
        count().prop_map(|count| (1..=count).map(|at| "k".repeat(at % 200)).collect()),
    ]
}

/// Returns an object of these names, with `wanted` inserted at some position.
fn object(names: &[String], at: prop::sample::Index, wanted: &str) -> String {
    let mut members: Vec<String> =
        names.iter().enumerate().map(|(value, name)| format!("\"{name}\":\"{value}\"")).collect();
    members.insert(at.index(names.len() + 1), wanted.to_owned());
    format!("{{{}}}", members.join(","))
}

#[test]
fn large_objects() {
    fuzz((names(), any::<prop::sample::Index>()), |(names, at)| {
        let text = object(&names, at, "\"id\":\"x\"");
        // Of two equal names the last one counts; a name with half a surrogate pair is ignored.
        let pairs = names.iter().enumerate().filter(|(_, name)| !name.contains('\\'));
        let mut expected: BTreeMap<&str, String> =
            pairs.map(|(value, name)| (name.as_str(), format!("\"{value}\""))).collect();
        expected.insert("id", "\"x\"".to_owned());
        let all = raw_json::object(&text).expect("an object");
        let read: BTreeMap<&str, String> =
            all.iter().map(|(name, value)| (name.as_str(), value.get().to_owned())).collect();
        prop_assert_eq!(&read, &expected);
        let last = names.iter().rposition(|name| name == "k").map(|at| format!("\"{at}\""));
        let [id, k, none] = raw_json::members(&text, &["id", "k", "none"]).expect("an object");
        let found = [id, k, none].map(|value| value.map(|value| value.get().to_owned()));
        prop_assert_eq!(found, [Some("\"x\"".to_owned()), last.clone(), None]);
        let seen = Members::of(Some(&text));
        prop_assert_eq!(seen.get("k"), last.as_deref().map(|text| text.trim_matches('"')));

        let raw = RawFrame::Message { id: Some("x".to_owned()) };
        let raw = if text.len() > HUB_BODY_BYTES_MAX { RawFrame::TooLarge } else { raw };
        prop_assert_eq!(RawFrame::of_text(&text), raw);
        Ok(())
    });
}

#[test]
fn doors_find_what_they_want_among_many_members() {
    fuzz((names(), any::<prop::sample::Index>()), |(names, at)| {
        let op = object(&names, at, r#""op":"send","id":"a","body":"hi""#);
        let is_small = op.len() - "\"hi\"".len() <= HUB_ENVELOPE_BYTES_MAX;
        match ClientOp::read(&op) {
            Ok(ClientOp::Send(write)) => prop_assert!(is_small && write.id.as_deref() == Some("a")),
            Ok(other) => prop_assert!(false, "{other:?}"),
            Err(bad) => {
                // An object that is longer than any frame is refused before it is parsed.
                let id = (op.len() <= HUB_FRAME_BYTES_MAX).then_some("a");
                prop_assert!(!is_small && bad.refusal == HubRefusal::TooLarge && bad.id.as_deref() == id);
            }
        }
        let frame = object(&names, at, r#""type":"ack","envelopeId":"e","result":[1]"#);
        let ack = Frame::Ack { envelope_id: "e".to_owned(), result: "[1]".to_owned() };
        prop_assert_eq!(hopeflow::read_frame(&frame), ack);
        let publish = object(&names, at, r#""userId":"u","payload":{"a":1}"#);
        let read = hopeflow::read_publish("p", None, Some("application/json"), publish.as_bytes());
        prop_assert_eq!(
            read.map(|publish| (publish.user, publish.payload)),
            Ok(("u".into(), Some(r#"{"a":1}"#.into())))
        );
        let ping = object(&names, at, r#""_tag":"WSMessage.Ping","requestId":"r""#);
        prop_assert_eq!(livestore::read_frame(&ping), chain::Frame::Ping { request_id: "r".to_owned() });
        let client = object(&names, at, r#""clientId":"phone""#);
        prop_assert_eq!(livestore::client_id(Some(&client)), Some("phone".to_owned()));
        Ok(())
    });
}
