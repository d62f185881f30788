//! LiveStore's frames, compared with those that were captured from the published client and server (`livestore.md` 4).

use std::rc::Rc;

use protocol::machines::chain::{
    Chain, ChainEvent, ChainNotification, Effect, MemoryChainStore, Settings, StoredEvent,
};
use protocol::wire::livestore::{PING, PONG, frame_json, read_frame};

const T: u64 = 1_795_156_597_962;

/// Returns the answers of a server with one event to these frames in order.
fn talk(frames: &[&str]) -> Vec<String> {
    let mut store = MemoryChainStore::default();
    let settings =
        Settings { admin_secret: Some("admin-secret-1".into()), object_id: "21815aaf".into(), ..Settings::default() };
    let mut chain = Chain::new(settings);
    let conn = chain.connect(&store, T, "p", None).unwrap();
    let mut said = Vec::new();
    for frame in frames {
        let mut effects = Vec::new();
        chain.frame(&mut store, T, conn, read_frame(frame), &mut effects).unwrap();
        while chain.has_work() {
            chain.serve(&mut store, T, &mut effects).unwrap();
        }
        said.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Send { notification, .. } => Some(frame_json(notification)),
            _ => None,
        }));
    }
    said
}

#[test]
fn the_captured_conversation() {
    let event = r#"{"name":"v1.TodoCreated","args":{"id":"t1","text":"Milch"},"seqNum":1,"parentSeqNum":0,"clientId":"cliA","sessionId":"sesA"}"#;
    let item = format!(
        r#"{{"eventEncoded":{event},"metadata":{{"_tag":"Some","value":{{"createdAt":"2026-11-20T06:36:37.962Z"}}}}}}"#
    );
    let pull_res = |batch: &str, context: &str, id: &str| {
        format!(
            r#"{{"_tag":"WSMessage.PullRes","batch":[{batch}],"requestId":{{"context":"{context}","requestId":"{id}"}},"remaining":0}}"#
        )
    };
    let push = format!(r#"{{"_tag":"WSMessage.PushReq","requestId":"tjGq5IgzZ5o8vMwpKPPg0","batch":[{event}]}}"#);
    let stale = push.replace("tjGq5IgzZ5o8vMwpKPPg0", "X9dOhh1dTUVJTRR-qT879").replace("Milch", "Brot");
    let said = talk(&[
        r#"{"_tag":"WSMessage.PullReq","requestId":"QKUxjuUwBfKhdsKChSYnJ"}"#,
        &push,
        r#"{"_tag":"WSMessage.PullReq","requestId":"Sbd4h0rUrLyxiKcH02SSR","cursor":0}"#,
        &stale,
        PING,
    ]);
    let expected = [
        pull_res("", "pull", "QKUxjuUwBfKhdsKChSYnJ"),
        r#"{"_tag":"WSMessage.PushAck","requestId":"tjGq5IgzZ5o8vMwpKPPg0"}"#.to_owned(),
        pull_res(&item, "push", "tjGq5IgzZ5o8vMwpKPPg0"),
        pull_res(&item, "pull", "Sbd4h0rUrLyxiKcH02SSR"),
        r#"{"_tag":"WSMessage.Error","requestId":"X9dOhh1dTUVJTRR-qT879","message":"Invalid parent event number. Received e0 but expected e1"}"#.to_owned(),
        PONG.to_owned(),
    ];
    assert_eq!(said, expected);
}

#[test]
fn tools() {
    let said = talk(&[
        r#"{"_tag":"WSMessage.AdminInfoReq","requestId":"i1","adminSecret":"admin-secret-1"}"#,
        r#"{"_tag":"WSMessage.AdminResetRoomReq","requestId":"x1","adminSecret":"admin-secret-1"}"#,
        r#"{"_tag":"WSMessage.AdminInfoReq","requestId":"i2","adminSecret":""}"#,
    ]);
    let expected = [
        r#"{"_tag":"WSMessage.AdminInfoRes","requestId":"i1","info":{"durableObjectId":"21815aaf"}}"#,
        r#"{"_tag":"WSMessage.AdminResetRoomRes","requestId":"x1"}"#,
        r#"{"_tag":"WSMessage.Error","requestId":"i2","message":"Invalid admin secret"}"#,
    ];
    assert_eq!(said, expected);
}

#[test]
fn args_go_out_as_they_came_in() {
    let args = [None, Some("null"), Some(r#"{"z":1e21,"a":"\ud800","__proto__":0.30000000000000004}"#)];
    let event = |(seq, args): (i64, Option<&str>)| StoredEvent {
        event: ChainEvent {
            name: "v1.\"\u{e9}\"".into(),
            args: args.map(str::to_owned),
            seq,
            parent: seq - 1,
            client: String::new(),
            session: "s".into(),
        },
        created_at: T,
    };
    let events: Vec<StoredEvent> = (1..).zip(args).map(event).collect();
    let notification =
        ChainNotification::Events { events: Rc::new(events), request_id: "r".into(), is_push: false, remaining: 7 };
    insta::assert_snapshot!(frame_json(&notification).replace("},{\"eventEncoded", "},\n{\"eventEncoded"));
}
