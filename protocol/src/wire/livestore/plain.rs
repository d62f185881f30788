//! Fast path for pushes as published clients write them: each member once and of its type, so that one walk over the frame reads it. `read`
//! reads every other frame member by member, which takes several walks, and knows how to refuse it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::read::whole;
use crate::machines::chain::{ChainEvent, Frame};
use crate::words::limits::{CHAIN_FRAME_BYTES_MAX, CHAIN_REQUEST_ID_BYTES_MAX};

pub(super) const PUSH: &str = "WSMessage.PushReq";

/// Reads a frame that is a regular push; `None` for any other.
pub(super) fn plain_push(frame: &str) -> Option<Frame> {
    if frame.len() > CHAIN_FRAME_BYTES_MAX {
        return None;
    }
    let push: Object<PlainPush> = serde_json::from_str(frame).ok()?;
    let PlainPush { request_id, batch, .. } = push.0;
    (request_id.len() <= CHAIN_REQUEST_ID_BYTES_MAX).then(|| Frame::Push { request_id, batch: events(batch) })
}

/// Reads a batch of regular events.
pub(super) fn plain_batch(batch: &str) -> Option<Vec<ChainEvent>> {
    serde_json::from_str(batch).ok().map(events)
}

fn events(batch: Vec<Object<PlainEvent>>) -> Vec<ChainEvent> {
    batch.into_iter().map(|Object(event)| event.into()).collect()
}

#[derive(Deserialize)]
struct PlainPush {
    #[serde(deserialize_with = "read_tag")]
    _tag: (),
    #[serde(rename = "requestId")]
    request_id: String,
    batch: Vec<Object<PlainEvent>>,
}

#[derive(Deserialize)]
struct PlainEvent {
    name: String,
    #[serde(default, deserialize_with = "read_source")]
    args: Option<String>,
    #[serde(rename = "seqNum", deserialize_with = "read_whole")]
    seq: i64,
    #[serde(rename = "parentSeqNum", deserialize_with = "read_whole")]
    parent: i64,
    #[serde(rename = "clientId")]
    client: String,
    #[serde(rename = "sessionId")]
    session: String,
}

impl From<PlainEvent> for ChainEvent {
    fn from(event: PlainEvent) -> Self {
        let PlainEvent { name, args, seq, parent, client, session } = event;
        Self { name, args, seq, parent, client, session }
    }
}

/// Reads the tag of a push. Another tag, which is usually the first member, ends the reading early.
fn read_tag<'de, D: Deserializer<'de>>(tag: D) -> Result<(), D::Error> {
    if <&str>::deserialize(tag)? == PUSH { Ok(()) } else { Err(D::Error::custom("no push")) }
}

/// Reads the source text of a value, `null` included (`livestore.md` 3.1).
fn read_source<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    <&RawValue>::deserialize(value).map(|value| Some(value.get().to_owned()))
}

fn read_whole<'de, D: Deserializer<'de>>(number: D) -> Result<i64, D::Error> {
    whole(f64::deserialize(number)?).ok_or_else(|| D::Error::custom("no whole number"))
}

/// Record that is read from an object only. Serde's derived reader also accepts a list of its values.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::*;
    use crate::wire::livestore::read::{batch_of_members, frame_of_members};

    /// Members of a regular event.
    const EVENT: [&str; 6] = [
        r#""name":"v1.X""#,
        r#""args":{"z":1,"a":1e21}"#,
        r#""seqNum":1"#,
        r#""parentSeqNum":0"#,
        r#""clientId":"c""#,
        r#""sessionId":"s""#,
    ];
    /// Members that are unusual, wrong, repeated or unknown.
    const ODD: [&str; 18] = [
        r#""name":"\u00e9\n\ud83d\ude00""#,
        r#""name":"\ud800""#,
        r#""name":5"#,
        r#""args":null"#,
        r#""args":"\ud800""#,
        r#""args":[1, [2]]"#,
        r#""seqNum":1.0"#,
        r#""seqNum":1.5"#,
        r#""seqNum":-9007199254740991"#,
        r#""seqNum":9007199254740992"#,
        r#""seqNum":18446744073709551616"#,
        r#""seqNum":1e400"#,
        r#""seqNum":null"#,
        r#""parentSeqNum":-0"#,
        r#""parentSeqNum":-1e0"#,
        r#""clientId":"""#,
        r#""later":[{"name":"n"}]"#,
        r#""\ud800":1"#,
    ];
    const AROUND: [&str; 9] = [
        r#""_tag":"WSMessage.PushReq""#,
        r#""_tag":"WSMessage.\u0050ushReq""#,
        r#""_tag":"WSMessage.PullReq""#,
        r#""_tag":{"WSMessage.PushReq":null}"#,
        r#""_tag":null"#,
        r#""requestId":"\u0072""#,
        r#""requestId":5"#,
        r#""cursor":"1""#,
        r#""batch":5"#,
    ];

    fn event() -> impl Strategy<Value = String> {
        let members = (subsequence(EVENT.to_vec(), 4..=6), vec(select(ODD.to_vec()), 0..3));
        let object = members.prop_map(|(members, odd)| format!("{{{}}}", [members, odd].concat().join(",")));
        prop_oneof![9 => object, 1 => select(vec![r#"["v1.X",1,1,0,"c","s"]"#, "5", "null", "{"]).prop_map(str::to_owned)]
    }

    fn batch() -> impl Strategy<Value = String> {
        vec(event(), 0..4).prop_map(|events| format!("[{}]", events.join(", ")))
    }

    fn frame() -> impl Strategy<Value = String> {
        let parts = (batch(), vec(select(AROUND.to_vec()), 0..2), any::<bool>(), select(vec!["", " ", "x", "}"]));
        parts.prop_map(|(batch, odd, is_first, end)| {
            let batch = format!("\"batch\":{batch}");
            let members = vec![r#""_tag":"WSMessage.PushReq""#, r#""requestId":"r""#, batch.as_str()];
            let members = if is_first { [odd, members].concat() } else { [members, odd].concat() };
            format!("{{{}}}{end}", members.join(","))
        })
    }

    proptest! {
        /// The fast path agrees with the reader of single members, or reads nothing.
        #[test]
        fn a_plain_push_is_what_its_members_say(frame in frame()) {
            if let Some(read) = plain_push(&frame) {
                prop_assert_eq!(read, frame_of_members(&frame), "{}", frame);
            }
        }

        #[test]
        fn a_plain_batch_is_what_its_members_say(batch in batch()) {
            if let Some(read) = plain_batch(&batch) {
                prop_assert_eq!(Some(read), batch_of_members(&batch), "{}", batch);
            }
        }
    }

    #[test]
    fn pushes_of_published_clients_are_plain() {
        let without_args = [EVENT[0], EVENT[2], EVENT[3], EVENT[4], EVENT[5]].join(",");
        for event in [EVENT.join(","), without_args] {
            let frame = format!(r#"{{"_tag":"WSMessage.PushReq","requestId":"r","batch":[{{{event}}},{{{event}}}]}}"#);
            let read = plain_push(&frame);
            assert!(matches!(&read, Some(Frame::Push { request_id, batch }) if request_id == "r" && batch.len() == 2));
            assert_eq!(read, Some(frame_of_members(&frame)));
        }
        assert!(plain_push(r#"{"_tag":"WSMessage.PushReq","requestId":"r","batch":[]}"#).is_some());
    }

    #[test]
    fn lists_other_tags_and_long_ids_are_no_plain_pushes() {
        let long = "x".repeat(CHAIN_REQUEST_ID_BYTES_MAX + 1);
        for frame in [
            r#"["WSMessage.PushReq","r",[]]"#.to_owned(),
            r#"{"_tag":"WSMessage.PushReq","requestId":"r","batch":[["v1.X",1,1,0,"c","s"]]}"#.to_owned(),
            r#"{"_tag":{"WSMessage.PushReq":null},"requestId":"r","batch":[]}"#.to_owned(),
            r#"{"_tag":"WSMessage.PullReq","requestId":"r","batch":[]}"#.to_owned(),
            format!(r#"{{"_tag":"WSMessage.PushReq","requestId":"{long}","batch":[]}}"#),
        ] {
            assert_eq!(plain_push(&frame), None, "{frame}");
        }
    }
}
