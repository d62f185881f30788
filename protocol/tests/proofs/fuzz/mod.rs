//! Decoders with malformed texts: they never panic, and accepted values have the promised form.
//!
//! Each decoder gets a fifth of a second (`FUZZ_MS=200`), or a minute in the nightly run. A failure prints the shortest failing input.

mod answers;
mod codes;
mod doors;
mod files;
mod integrations;
mod objects;
mod passkeys;
mod push;
mod requests;
mod scenes;
mod sealing;
mod writing;

use std::cell::Cell;
use std::iter;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestError, TestRunner};
use protocol::client::{
    ChatContent, Input, PresenceClient, PresenceInput, RoomClient, RowKind, Saved, SavedCursor, ServerFrame, frames_in,
    read_server_text,
};
use protocol::codec::json::Value;
use protocol::content::search::{Query, SearchCursor, expression};
use protocol::content::{emoji, text};
use protocol::machines::room::{ChangeKind, ClientFrame, Connection};
use protocol::wire::messenger::{
    read_batch, read_deletion, read_edit, read_frame, read_page, read_presence, read_reaction, read_write,
};
use protocol::words::event::Kind;
use protocol::words::ids::{RoomForm, RoomId, RoomRules, UserId, is_uuid, is_write_id, uuid_v7};
use protocol::words::limits::{BATCH_FRAMES_MAX, CONTENT_UNITS_MAX, PAGE_EVENTS_MAX, SEQ_MAX, USER_ID_BYTES_MAX};
use protocol::words::principal::Principal;
use protocol::words::rate::{Counter, Rule};
use protocol::words::status::Status;

/// Time for which each decoder is fuzzed, in milliseconds.
const FUZZ_MS: u64 = 200;
/// Number of cases of one round.
const CASES: u32 = 200;

/// Runs `law` over cases of `strategy` until the time is up (`FUZZ_MS`) and the number of inputs is reached (`FUZZ_INPUTS`).
fn fuzz<S: Strategy>(strategy: S, law: impl Fn(S::Value) -> TestCaseResult) {
    let number =
        |name: &str, otherwise: u64| std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"));
    let (inputs, end) = (number("FUZZ_INPUTS", 0), Instant::now() + Duration::from_millis(number("FUZZ_MS", FUZZ_MS)));
    let seen = Cell::new(0_u64);
    let counted = |value| {
        seen.set(seen.get() + 1);
        law(value)
    };
    while Instant::now() < end || seen.get() < inputs {
        // A runner counts its cases over all its runs and ends after the first, so each round has a new runner with its own seed.
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(CASES) });
        let before = seen.get();
        match runner.run(&strategy, counted) {
            Ok(()) => assert!(seen.get() >= before + u64::from(CASES), "a round without inputs"),
            Err(TestError::Fail(reason, input)) => panic!("{reason}\ninput: {input:?}"),
            Err(TestError::Abort(reason)) => panic!("{reason}"),
        }
    }
    println!("{} inputs", seen.get());
}

// ---- Texts

/// Returns values that have broken parsers before.
fn odd_value() -> impl Strategy<Value = String> {
    let known = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e308",
        "1e-400",
        "-0",
        "9007199254740991",
        "9007199254740992",
        "18446744073709551615",
        "18446744073709551616",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00x\"",
        "[]",
        "{}",
        "[[[[]]]]",
        "\"\u{202e}\"",
        "\"0\"",
        "{\"a\":{\"b\":[1]}}",
    ];
    prop_oneof![
        3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => (1..300_usize).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))),
    ]
}

/// One change of a text.
#[derive(Clone, Debug)]
enum Edit {
    Delete(prop::sample::Index),
    Insert(prop::sample::Index, char),
    Cut(prop::sample::Index),
    Double(prop::sample::Index, prop::sample::Index),
    /// Replaces the value after some colon.
    Value(prop::sample::Index, String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => index().prop_map(Edit::Delete),
        1 => (index(), prop_oneof![prop::sample::select(vec!['{', '}', '[', ']', '"', ',', ':', '\\', '\0']), any::<char>()])
            .prop_map(|(at, c)| Edit::Insert(at, c)),
        1 => index().prop_map(Edit::Cut),
        1 => (index(), index()).prop_map(|(a, b)| Edit::Double(a, b)),
        6 => (index(), odd_value()).prop_map(|(at, value)| Edit::Value(at, value)),
    ]
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for edit in edits {
        if chars.is_empty() {
            break;
        }
        match edit {
            Edit::Delete(at) => drop(chars.remove(at.index(chars.len()))),
            Edit::Insert(at, c) => chars.insert(at.index(chars.len()), *c),
            Edit::Cut(at) => chars.truncate(at.index(chars.len())),
            Edit::Double(a, b) => {
                let (a, b) = (a.index(chars.len()), b.index(chars.len()));
                let piece: Vec<char> = chars[a.min(b)..a.max(b)].to_vec();
                chars.splice(a.max(b)..a.max(b), piece);
            }
            Edit::Value(at, value) => replace_value(&mut chars, *at, value),
        }
    }
    chars.into_iter().collect()
}

fn replace_value(chars: &mut Vec<char>, at: prop::sample::Index, value: &str) {
    let colons: Vec<usize> = chars.iter().enumerate().filter(|(_, c)| **c == ':').map(|(at, _)| at).collect();
    if !colons.is_empty() {
        let from = colons[at.index(colons.len())] + 1;
        let len = chars[from..].iter().position(|c| matches!(c, ',' | '}' | ']')).unwrap_or(0);
        chars.splice(from..from + len, value.chars());
    }
}

/// Returns one of the samples with a few changes, several of them in an array, or random text.
fn like(samples: &'static [&'static str]) -> impl Strategy<Value = String> {
    let changed =
        || (prop::sample::select(samples), vec(edit(), 0..5)).prop_map(|(sample, edits)| edited(sample, &edits));
    prop_oneof![
        8 => changed(),
        2 => vec(changed(), 0..4).prop_map(|frames| format!("[{}]", frames.join(","))),
        1 => any::<String>(),
        1 => vec(any::<u8>(), 0..64).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

const CLIENT_FRAMES: &[&str] = &[
    r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"hi","replyTo":"01980000-0001-7fff-bfff-fffffffffff0","font":{"color":3,"face":1,"style":2}}"#,
    r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"","files":[{"id":"user_7.01980000-0001-7fff-bfff-ffffffffffff.bin-9","alt":"x"}]}"#,
    r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"so (mia)","emoticons":[{"code":"(mia)","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.gif-900-48x48","alt":"Mia"}]}"#,
    r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"hi","link":{"url":"https://example.org/","title":"x","description":"y","imageFileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.png-9"}}"#,
    r#"{"type":"nudge","id":"01980000-0001-7fff-bfff-ffffffffffff"}"#,
    r#"{"type":"wink","id":"01980000-0001-7fff-bfff-ffffffffffff","winkId":"toast"}"#,
    r#"{"type":"typing","isTyping":true}"#,
    r#"{"type":"history","rid":"a1","before":813,"limit":50}"#,
    r#"{"type":"history","rid":"a1","since":3}"#,
    r#"{"type":"participants","rid":"p1","after":"user_7","limit":50}"#,
    r#"{"type":"ping","t":17}"#,
    r#"{"type":"cursor","seq":12}"#,
    r#"{"type":"presence","status":"busy","displayName":"Mia","personalMessage":"x","avatarId":"av_03","until":1795003600000}"#,
    r#"{"type":"watch","userIds":["user_1","user_9"]}"#,
    r#"{"type":"reaction","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0001-7fff-bfff-fffffffffff0","reaction":"heart","op":"add"}"#,
    r#"{"type":"edit","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0001-7fff-bfff-fffffffffff0","content":"hi"}"#,
    r#"{"type":"ack","upToSeq":12,"status":"read"}"#,
    r#"{"type":"delete","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0001-7fff-bfff-fffffffffff0","for":"all"}"#,
    r#"{"type":"ack","ackId":"01980000-0001-7fff-bfff-fffffffffff0","upToSeq":3,"status":"read"}"#,
];

const SERVER_FRAMES: &[&str] = &[
    r#"{"type":"welcome","protocol":"cfm.v1","roomId":"r","epoch":"9f31c0aa","head":2,"oldest":1,"timestamp":5,"heartbeatMs":30000,"session":{"expiresAt":9},"resumed":true}"#,
    r#"{"type":"welcome","timestamp":5,"heartbeatMs":15000,"self":{"status":"online"}}"#,
    r#"{"type":"history","messages":[{"type":"chat","seq":3,"id":"a","senderId":"me","content":"x","timestamp":1},{"type":"nudge","seq":4,"id":"b"}],"head":4,"next":4,"more":false,"epoch":"9f31c0aa"}"#,
    r#"{"type":"history","columns":{"roomId":"r","seq":3,"timestamp":1,"people":[["me","M"],["you","Y"]],"ids":["AZgAAAABf_-__________w","=b"],"by":[1,0],"texts":["x","y"],"seqs":[2],"times":[5],"more":[[1,{"replyTo":"a"}]],"others":[[1,{"type":"hidden","seq":4}]]},"head":5,"next":5,"more":false,"epoch":"9f31c0aa"}"#,
    r#"{"type":"columns","roomId":"r","seq":3,"timestamp":1,"people":[["you","Y"]],"ids":["AZgAAAABf_-__________w"],"texts":["x"]}"#,
    r#"{"type":"history","rid":"r1","messages":[],"head":9,"next":9,"more":true,"truncated":true,"oldest":7,"epoch":"9f31c0aa"}"#,
    r#"{"type":"chat","seq":3,"id":"c","senderId":"you","displayName":"Y","content":"x","timestamp":1,"font":{"color":3}}"#,
    r#"{"type":"wink","seq":4,"id":"d","senderId":"you","winkId":"toast","startAt":750,"durationMs":4000,"timestamp":1}"#,
    r#"{"type":"edit","seq":5,"id":"e","messageId":"c","senderId":"you","content":"y","editedAt":2,"timestamp":2}"#,
    r#"{"type":"delete","seq":6,"id":"f","messageId":"c","senderId":"you","timestamp":2}"#,
    r#"{"type":"reaction","seq":7,"id":"g","messageId":"c","senderId":"you","reaction":"heart","op":"add","count":1,"timestamp":2}"#,
    r#"{"type":"chat","seq":3,"id":"c","senderId":"you","displayName":"Y","timestamp":1,"deleted":true}"#,
    r#"{"type":"welcome","epoch":"9f31c0aa","head":2,"oldest":1,"timestamp":5,"resumed":true,"pin":{"messageId":"c","by":"you","at":3,"message":{"type":"chat","seq":2,"id":"c","senderId":"you","content":"x","timestamp":1}},"reviewed":{"d":"drop","e":"publish"}}"#,
    r#"{"type":"pin","roomId":"r","messageId":"c","by":"you","at":3}"#,
    r#"{"type":"pin","roomId":"r","messageId":null,"by":"","at":3}"#,
    r#"{"type":"chat","seq":3,"id":"c","senderId":"you","displayName":"Y","content":"(mia)","timestamp":1,"emoticons":[{"code":"(mia)","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.gif-900-48x48","alt":"Mia"}]}"#,
    r#"{"type":"waiting","roomId":"r","count":3}"#,
    r#"{"type":"hidden","seq":8}"#,
    r#"{"type":"hidden","seq":9,"blockedAt":1795000000000}"#,
    r#"{"type":"delivery_status","upToSeq":5,"status":"read","senderId":"you","timestamp":2}"#,
    r#"{"type":"hidden_for_me","roomId":"r","messageId":"c"}"#,
    r#"{"type":"home","version":1}"#,
    r#"{"type":"address","verified":true}"#,
    r#"{"type":"moderation","kind":"drop","roomId":"r","messageId":"c"}"#,
    r#"{"type":"unread","roomId":"r","unread":2,"lastReadSeq":5}"#,
    r#"{"type":"ack","id":"a","seq":3,"timestamp":1,"duplicate":false}"#,
    r#"{"type":"typing","senderId":"you","displayName":"Y","isTyping":true}"#,
    r#"{"type":"participants","participants":[{"id":"you","displayName":"Y","status":"away"}]}"#,
    r#"{"type":"participants","joined":[{"id":"you"}],"left":["me"]}"#,
    r#"{"type":"participants","participants":[{"id":"you","displayName":"Y","status":"away"}],"count":300}"#,
    r#"{"type":"participants_page","rid":"r1","items":[{"id":"you"}],"next":"you","more":true,"count":300}"#,
    r#"{"type":"group_changed","roomId":"r"}"#,
    r#"{"type":"pong","t":0,"timestamp":5}"#,
    r#"{"type":"session","expiresAt":5}"#,
    r#"{"type":"lag","head":9}"#,
    r#"{"type":"reset","epoch":"00000001","head":0}"#,
    r#"{"type":"error","code":"RATE_LIMITED","message":"","id":"a","retryAfterMs":5}"#,
    r#"{"type":"presence_full_sync","participants":[{"id":"you","status":"away","since":1}]}"#,
    r#"{"type":"presence_update","userId":"you","status":"away"}"#,
    r#"{"type":"message_notification","message":{"type":"chat","roomId":"r","seq":1,"id":"a","content":"x"},"unread":1}"#,
    r#"{"type":"room_added","room":{"id":"r"}}"#,
    r#"{"type":"room_removed","roomId":"r"}"#,
    r#"{"type":"draft","roomId":"r","content":"half a","replyTo":"c","at":5}"#,
    r#"{"type":"draft","roomId":"r","content":"","at":6}"#,
    r#"{"type":"error","code":"RATE_LIMITED","message":"","rid":"r1","retryAfterMs":5}"#,
    r#"{"type":"signed_out","reason":"remote"}"#,
    r#"{"type":"contact","event":"request","user":{"id":"you","displayName":"Y"},"note":"hi"}"#,
    r#"{"type":"contact","event":"accepted","user":{"id":"you","displayName":"Y"},"by":"invite"}"#,
    r#"{"type":"session","expiresInMs":60000}"#,
    r#"{"type":"nudge","seq":9,"id":"n","senderId":"you","displayName":"Y","timestamp":1,"effect":"line","replay":true}"#,
    r#"{"type":"system","seq":10,"code":"joined","senderId":"you","displayName":"Y","timestamp":1}"#,
];

// ---- The server's decoders

#[test]
fn client_frames() {
    fuzz(like(CLIENT_FRAMES), |text| {
        if let Ok(frames) = read_batch(&text) {
            prop_assert!(frames.len() <= BATCH_FRAMES_MAX);
        }
        match read_frame(&text) {
            Ok(ClientFrame::Write(write)) => {
                prop_assert!(is_uuid(&write.id));
                let is_object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&write.body).is_ok();
                prop_assert!(is_object, "{}", write.body);
                if let RowKind::Chat(ChatContent { content, .. }) = RowKind::of_body(write.kind, &write.body) {
                    let least = usize::from(protocol::content::files::file_ids(&write.body).is_empty());
                    prop_assert!((least..=CONTENT_UNITS_MAX).contains(&content.encode_utf16().count()));
                }
                prop_assert!(write.kind != Kind::System, "nobody writes for the system");
            }
            Ok(ClientFrame::Change(change)) => {
                prop_assert!(is_uuid(&change.id) && is_write_id(&change.message));
                match change.what {
                    ChangeKind::Edit { content } => {
                        prop_assert!((1..=CONTENT_UNITS_MAX).contains(&content.encode_utf16().count()));
                    }
                    ChangeKind::React { reaction, .. } => prop_assert!(emoji::is_reaction(&reaction)),
                    ChangeKind::Delete | ChangeKind::Hide => {}
                }
            }
            Ok(ClientFrame::History(ask)) => prop_assert!((1..=PAGE_EVENTS_MAX).contains(&ask.limit)),
            Ok(ClientFrame::Participants(ask)) => {
                prop_assert!((1..=PAGE_EVENTS_MAX).contains(&ask.limit) && ask.after.len() <= USER_ID_BYTES_MAX);
            }
            Ok(ClientFrame::Cursor { seq }) => prop_assert!(seq <= SEQ_MAX),
            Ok(_) => {}
            Err(bad) => prop_assert!(bad.refusal.status() < 500),
        }
        let bodies = [
            read_write(&text, "01980000-0001-7fff-bfff-ffffffffffff").err(),
            read_presence(&text).err(),
            read_edit(&text).err(),
            read_reaction(&text).err(),
            read_deletion(Some(&text)).err(),
        ];
        prop_assert!(bodies.into_iter().flatten().all(|refusal| refusal.status() < 500));
        Ok(())
    });
}

#[test]
fn page_queries() {
    let number = || proptest::option::of(prop_oneof!["[0-9]{1,24}", any::<String>()]);
    fuzz((number(), number(), number()), |(since, before, limit)| {
        if let Ok((_, limit)) = read_page(since.as_deref(), before.as_deref(), limit.as_deref()) {
            prop_assert!((1..=PAGE_EVENTS_MAX).contains(&limit));
        }
        Ok(())
    });
}

#[test]
fn room_and_user_ids() {
    let part = "[a-z0-9_]{0,12}|user_1|[A-Za-z_\u{e9} ]{0,5}";
    let room = prop_oneof![
        (part, "_{1,5}", part).prop_map(|(a, gap, b)| format!("dm_{a}{gap}{b}")),
        Just("general".to_owned()),
        "grp_[a-z0-9]{12,14}",
        "(system|admin)_[a-z]{0,4}",
        any::<String>(),
    ];
    let rules = RoomRules { public: vec!["general".into()], open: true };
    fuzz((room, part), move |(room, user)| {
        if let Ok(id) = RoomId::parse(&room, &rules) {
            prop_assert_eq!(RoomId::parse(id.as_str(), &rules), Ok(id.clone()), "canonical ids stay");
            if let RoomForm::Direct(a, b) = id.form() {
                prop_assert!(a < b && id.partner_of(a) == Some(b) && id.partner_of(b) == Some(a));
                prop_assert!(
                    [a, b]
                        .iter()
                        .all(|user| id.admits(&Principal::reader((*user).clone(), &id, String::new(), 0)).is_ok())
                );
            }
        }
        if let Ok(id) = UserId::parse(&user) {
            prop_assert!(!id.as_str().contains("__") && id.as_str().len() <= 64);
        }
        Ok(())
    });
}

#[test]
fn limits_names_and_statuses() {
    let rule = prop_oneof!["[0-9]{0,11}/[0-9]{0,11}(,[0-9]{1,3}/[0-9]{1,3}){0,3}", any::<String>()];
    fuzz((rule, any::<String>(), any::<[u8; 16]>(), any::<u64>()), |(rule, name, random, now)| {
        if let Some(rule) = Rule::parse(&rule) {
            prop_assert!(rule.0.iter().all(|window| window.count > 0 && window.ms > 0));
            let mut counter = Counter::default();
            for now in [0, 1, u64::from(u32::MAX), 5] {
                let _ = counter.charge(&rule, now);
            }
        }
        if let Ok(shown) = text::display_name(&name) {
            prop_assert_eq!(text::display_name(&shown), Ok(shown.clone()), "cleaning twice changes nothing");
        }
        let _ = (text::personal_message(&name), text::check_content(&name), text::comparable_name(&name));
        let _ = Status::parse(&name);
        prop_assert!(is_uuid(&uuid_v7(now, random)));
        Ok(())
    });
}

#[test]
fn attachments() {
    const ATTACHMENTS: &[&str] = &[
        r#"{"id":"c","principal":{"user":"user_1","kind":"persona","session":"0a","name":"N","avatar":"av","visible_from":0,"expires_at":9},"card":{"status":"busy","name":"N","avatar":"av","version":3},"wire":"Batch","floor":0,"cursor":5,"lagging":false,"joined_at":1,"typing_until":0}"#,
    ];
    assert!(serde_json::from_str::<Connection>(ATTACHMENTS[0]).is_ok(), "the sample itself must be good");
    fuzz(like(ATTACHMENTS), |text| {
        if let Ok(connection) = serde_json::from_str::<Connection>(&text) {
            let again = serde_json::to_string(&connection).unwrap();
            prop_assert_eq!(serde_json::from_str::<Connection>(&again).unwrap(), connection);
        }
        Ok(())
    });
}

// ---- The client's decoders, and the clients behind them

/// Columns are frames of `cfm.v1`, or nothing: what comes out is never a column again, and goes through the array form unchanged. A frame
/// that is nested as deeply as one may be has no array form.
#[test]
fn columns_of_messages() {
    const COLUMNS: &[&str] = &[
        r#"{"type":"columns","roomId":"r","seq":3,"timestamp":1,"people":[["me","M"],["you","Y"]],"ids":["AZgAAAABf_-__________w","=b","=c"],"by":[1,0,1],"texts":["x","y","z"],"seqs":[2,1],"times":[5,0],"more":[[1,{"replyTo":"a"}]],"others":[[1,{"type":"ack","id":"b","seq":4,"timestamp":1,"duplicate":false}]]}"#,
    ];
    assert_eq!(frames_in(COLUMNS[0]).len(), 4, "the sample itself must be good");
    fuzz(like(COLUMNS), |text| {
        let mut frames = frames_in(&text);
        for frame in &frames {
            prop_assert_eq!(Value::parse(&frame.to_string()), Some(frame.clone()));
        }
        frames.retain(|frame| Value::parse(&format!("[{frame}]")).is_some());
        let array = format!("[{}]", frames.iter().map(Value::to_string).collect::<Vec<_>>().join(","));
        prop_assert_eq!(frames_in(&array), frames);
        for frame in read_server_text(&text) {
            if let ServerFrame::Event(event) = frame {
                prop_assert!((1..=SEQ_MAX).contains(&event.seq));
            }
        }
        Ok(())
    });
}

#[test]
fn server_texts() {
    for sample in SERVER_FRAMES {
        assert_eq!(read_server_text(sample).len(), 1, "the sample itself must be good: {sample}");
    }
    fuzz(like(SERVER_FRAMES), |text| {
        for frame in read_server_text(&text) {
            if let ServerFrame::Event(event) = frame {
                prop_assert!((1..=SEQ_MAX).contains(&event.seq));
            }
        }
        Ok(())
    });
}

/// With any server, a client continues: it neither panics nor sends without end.
#[test]
fn a_client_before_a_mad_server() {
    let talk = vec((like(SERVER_FRAMES), 0..20_000_u64), 1..25);
    fuzz((talk, any::<bool>()), |(talk, has_copy)| {
        let cursor = SavedCursor { epoch: "9f31c0aa".into(), seq: 2, oldest: 1, first: 1 };
        let saved = Saved { cursor: has_copy.then_some(cursor), outbox: Vec::new() };
        let mut client = RoomClient::new("r", "me", saved, 1);
        let mut presence = PresenceClient::new("me", 1);
        let mut now = 0;
        let mut said = client.handle(now, Input::Open).len();
        presence.handle(now, PresenceInput::Open);
        for (text, wait_ms) in talk {
            said += client.handle(now, Input::SocketOpened).len();
            said += client.handle(now, Input::LoadOlder).len();
            said += client.handle(now, Input::Text(text.clone())).len();
            presence.handle(now, PresenceInput::SocketOpened);
            presence.handle(now, PresenceInput::Text(text));
            now += wait_ms;
            said += client.handle(now, Input::Time).len();
            presence.handle(now, PresenceInput::Time);
        }
        prop_assert!(said < 2_000, "{said} effects");
        Ok(())
    });
}

// ---- Search

#[test]
fn questions_of_a_search_box() {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "(from|in|before|has|FROM|von):?",
        "[\"“„” :*()^-]{1,3}",
        "NEAR|AND|OR|NOT",
        "2026-01-3[01]"
    ];
    let text = vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    fuzz((text, "\\PC{0,40}"), |(text, content)| {
        let Ok(query) = text.parse::<Query>() else { return Ok(()) };
        let expression = expression(&query.clauses());
        // Strings of an expression end where our code ended them, and only our own words stand between them.
        for (at, part) in expression.split('"').enumerate() {
            if at % 2 == 0 {
                prop_assert!(part.chars().all(|c| "() *ANDOR".contains(c)), "{part} in {expression}");
            } else {
                prop_assert!(part.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric()), "{part}");
            }
        }
        let units = content.encode_utf16().count() as u32;
        for spot in query.spots(&content).unwrap_or_default() {
            prop_assert!(spot.start < spot.end && spot.end <= units);
        }
        Ok(())
    });
}

#[test]
fn cursors_of_a_search() {
    let moment = prop_oneof![
        "[0-9]{0,24}",
        "[+-]?[0-9]{1,20}",
        "[ 0-9\u{664}\u{ff13}]{0,6}",
        any::<u64>().prop_map(|at| at.to_string())
    ];
    let room = prop_oneof!["[a-z0-9_.]{0,20}", "dm_user_1____user_2", any::<String>()];
    let place = (moment, room.clone()).prop_map(|(moment, room)| format!("{moment}.{room}"));
    let text = prop_oneof![
        3 => place.clone(),
        2 => vec(prop_oneof![4 => place, 1 => Just(String::new())], 1..5).prop_map(|places| places.join("~")),
        1 => any::<String>(),
    ];
    fuzz((text, any::<Option<u64>>(), room), |(text, before, room)| {
        if let Some(cursor) = SearchCursor::parse(&text) {
            let parts: Vec<&str> = text.split('~').collect();
            prop_assert_eq!(cursor.owed.len(), parts.len() - 1);
            let first = (cursor.before, cursor.room.clone());
            for (part, (before, room)) in parts.iter().zip(iter::once(first).chain(cursor.owed.clone())) {
                let (moment, rest) = part.split_once('.').unwrap_or_default();
                prop_assert_eq!(&room, rest);
                prop_assert!(moment.chars().all(|digit| digit.is_ascii_digit()), "{cursor:?}");
                prop_assert_eq!(before.is_none(), moment.is_empty());
            }
            prop_assert!(cursor.owed.iter().all(|(_, room)| !room.is_empty()));
            prop_assert!(!cursor.room.is_empty() || !cursor.owed.is_empty());
            prop_assert_eq!(SearchCursor::parse(&cursor.text()), Some(cursor), "the next page asks for the same");
        }
        // Every returned cursor is parsed again with the same meaning.
        let answered = SearchCursor { before, room: room.replace('~', ""), owed: Vec::new() };
        let read = SearchCursor::parse(&answered.text());
        prop_assert_eq!(read, Some(answered).filter(|cursor| !cursor.room.is_empty()));
        Ok(())
    });
}
