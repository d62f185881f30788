//! Laws of changed messages (`core.md` 1.2): pages and search results are the fold of the events, for every reader, and however often the
//! room slept in between.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use protocol::content::search::Query;
use protocol::log::Range;
use protocol::machines::room::{RoomSettings, Wire};
use protocol::wire::messenger::history_json;
use protocol::words::rate::Rule;
use serde_json::{Value, json};

use crate::stage::{LawFixture, chat, id, principal};

const USERS: [&str; 3] = ["user_1", "user_2", "user_3"];
const WORDS: [&str; 4] = ["apple", "pear", "Grüße", "plum"];
const REACTIONS: [&str; 3] = ["like", "heart", "star"];

#[derive(Clone, Debug)]
enum Step {
    Say { who: usize, word: usize },
    Edit { who: usize, message: usize, word: usize },
    Delete { who: usize, message: usize },
    React { who: usize, message: usize, reaction: usize, op: &'static str },
    Wait { ms: u64 },
    Sleep,
}

fn step() -> impl Strategy<Value = Step> {
    let (who, message, word) = (0..3_usize, 0..12_usize, 0..4_usize);
    prop_oneof![
        4 => (who.clone(), word.clone()).prop_map(|(who, word)| Step::Say { who, word }),
        4 => (who.clone(), message.clone(), word).prop_map(|(who, message, word)| Step::Edit { who, message, word }),
        1 => (who.clone(), message.clone()).prop_map(|(who, message)| Step::Delete { who, message }),
        4 => (who, message, 0..3_usize, prop_oneof![Just("add"), Just("remove")])
            .prop_map(|(who, message, reaction, op)| Step::React { who, message, reaction, op }),
        1 => (1..60_000_u64).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Sleep),
    ]
}

/// One message as the events define it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Folded {
    content: Option<String>,
    edited_at: Option<u64>,
    is_deleted: bool,
    /// People and their reactions, in order.
    reacted: Vec<(String, String)>,
}

/// Folds the live frames in order.
fn fold(frames: &[Value]) -> BTreeMap<String, Folded> {
    let mut messages: BTreeMap<String, Folded> = BTreeMap::new();
    for frame in frames {
        let text = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
        if frame["type"] == "chat" {
            messages.insert(text("id"), Folded { content: Some(text("content")), ..Folded::default() });
            continue;
        }
        let Some(message) = messages.get_mut(&text("messageId")) else { continue };
        match frame["type"].as_str().unwrap() {
            "edit" => {
                message.content = Some(text("content"));
                message.edited_at = frame["editedAt"].as_u64();
            }
            "delete" => *message = Folded { is_deleted: true, ..Folded::default() },
            "reaction" => {
                let own = (text("senderId"), text("reaction"));
                match frame["op"].as_str().unwrap() {
                    "add" if !message.reacted.contains(&own) => message.reacted.push(own),
                    "remove" => message.reacted.retain(|known| *known != own),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    messages
}

/// Returns the messages that readers get.
fn read(stage: &LawFixture) -> BTreeMap<String, Value> {
    let page = stage.room.page(&stage.store, &principal("user_1"), None, Range::Since(0), 200).unwrap();
    let page: Value = serde_json::from_str(&history_json("general", "9f31c0aa", &page, None, false)).unwrap();
    let messages = page["messages"].as_array().unwrap().iter().filter(|message| message["type"] == "chat");
    messages.map(|message| (message["id"].as_str().unwrap().to_owned(), message.clone())).collect()
}

fn reactions_json(reacted: &[(String, String)]) -> Value {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for (user, reaction) in reacted {
        match kinds.iter_mut().find(|(known, _)| known == reaction) {
            Some((_, users)) => users.push(user.clone()),
            None => kinds.push((reaction.clone(), vec![user.clone()])),
        }
    }
    let rows =
        kinds.into_iter().map(|(reaction, users)| json!({"reaction": reaction, "count": users.len(), "users": users}));
    rows.collect()
}

fn unlimited() -> LawFixture {
    let mut settings = RoomSettings::default();
    for rule in ["CHAT", "FRAME", "MUTATE", "HISTORY"] {
        *settings.rules.named(rule).unwrap() = Rule::default();
    }
    LawFixture::with("general", settings)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(128) })]

    #[test]
    fn what_is_read_and_found_is_the_fold_of_the_events(steps in vec(step(), 1..60)) {
        let mut stage = unlimited();
        let watcher = stage.join("user_9", Wire::Single, None);
        let sockets = USERS.map(|user| stage.join(user, Wire::Single, None));
        let (mut written, mut messages) = (0, Vec::new());
        for step in steps {
            written += 1;
            let target = |message: usize| messages.get(message).cloned().unwrap_or_else(|| id(999_999));
            let change = |what: &str, message: usize, rest: &str| {
                format!("{{\"type\":\"{what}\",\"id\":\"{}\",\"messageId\":\"{}\"{rest}}}", id(written), target(message))
            };
            let (who, text) = match step {
                Step::Say { who, word } => (who, chat(written, WORDS[word])),
                Step::Edit { who, message, word } => {
                    (who, change("edit", message, &format!(",\"content\":\"{}\"", WORDS[word])))
                }
                Step::Delete { who, message } => (who, change("delete", message, ",\"for\":\"all\"")),
                Step::React { who, message, reaction, op } => {
                    let rest = format!(",\"reaction\":\"{}\",\"op\":\"{op}\"", REACTIONS[reaction]);
                    (who, change("reaction", message, &rest))
                }
                Step::Wait { ms } => {
                    stage.now += ms;
                    continue;
                }
                Step::Sleep => {
                    stage.sleep();
                    continue;
                }
            };
            if text.contains("\"chat\"") {
                messages.push(id(written));
            }
            stage.send(sockets[who], &text);
        }
        let frames: Vec<Value> = stage.got[&watcher].iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        let folded = fold(&frames);
        let read = read(&stage);
        prop_assert_eq!(folded.keys().collect::<Vec<_>>(), read.keys().collect::<Vec<_>>());
        for (name, wanted) in &folded {
            let message = &read[name];
            prop_assert_eq!(message["content"].as_str(), wanted.content.as_deref());
            prop_assert_eq!(message["editedAt"].as_u64(), wanted.edited_at);
            prop_assert_eq!(message["deleted"].as_bool().unwrap_or(false), wanted.is_deleted);
            let reactions = message.get("reactions").cloned().unwrap_or_else(|| json!([]));
            prop_assert_eq!(reactions, reactions_json(&wanted.reacted));
        }
        while stage.room.index_some(&mut stage.store, 3).unwrap() {}
        for word in WORDS {
            let query: Query = word.parse().unwrap();
            let finds = stage.room.search(&stage.store, &principal("user_1"), None, &query, None, 200).unwrap();
            let mut found: Vec<String> = finds.found.into_iter().map(|(_, found)| found.event.id).collect();
            found.sort_unstable();
            let wanted: Vec<String> =
                folded.iter().filter(|(_, one)| one.content.as_deref() == Some(word)).map(|(name, _)| name.clone()).collect();
            prop_assert_eq!(found, wanted, "{}", word);
        }
    }
}
