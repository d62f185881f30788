//! Tests of the frames and requests of clients of version 0.4.

use super::*;
use crate::machines::chain::ChainEvent;

const NONE: &str = r#"{"_tag":"None"}"#;

fn request(tag: &str, payload: &str) -> String {
    format!(
        r#"{{"_tag":"Request","id":"0","tag":"{tag}","payload":{payload},"headers":[],"traceId":"t","spanId":"s","sampled":true}}"#
    )
}

fn pull(members: &str) -> RpcFrame {
    read_rpc_frame(&request("SyncWsRpc.Pull", &format!(r#"{{"storeId":"s",{members}}}"#)))
}

fn is_dead(frame: &RpcFrame) -> bool {
    matches!(frame, RpcFrame::Undecodable { request_id: Some(id), .. } if id == "0")
}

#[test]
fn pulls() {
    let expected = |cursor, is_live| RpcFrame::Pull { request_id: "0".into(), cursor, is_live };
    assert_eq!(pull(&format!(r#""live":true,"cursor":{NONE}"#)), expected(None, true));
    let cursor = r#"{"_tag":"Some","value":{"backendId":"b","eventSequenceNumber":120}}"#;
    let place = RpcCursor { backend_id: "b".into(), after: 120 };
    assert_eq!(pull(&format!(r#""payload":{{"a":1}},"cursor":{cursor},"live":false"#)), expected(Some(place), false));
    let http = request("SyncHttpRpc.Pull", &format!(r#"{{"storeId":"s","cursor":{NONE}}}"#));
    assert_eq!(read_rpc_body(&http), expected(None, false));
    for bad in [
        r#""live":true"#.to_owned(),
        format!(r#""cursor":{NONE}"#),
        format!(r#""live":1,"cursor":{NONE}"#),
        r#""live":true,"cursor":null"#.to_owned(),
        r#""live":true,"cursor":{"_tag":"Some"}"#.to_owned(),
        r#""live":true,"cursor":{"_tag":"Some","value":{"backendId":"b"}}"#.to_owned(),
        r#""live":true,"cursor":{"_tag":"Some","value":{"backendId":"b","eventSequenceNumber":"1"}}"#.to_owned(),
    ] {
        assert!(is_dead(&pull(&bad)), "{bad}");
    }
    let without_store = request("SyncWsRpc.Pull", &format!(r#"{{"live":true,"cursor":{NONE}}}"#));
    assert!(is_dead(&read_rpc_frame(&without_store)));
}

#[test]
fn pushes_keep_the_text_of_args() {
    let event = |args: &str| {
        format!(r#"{{"name":"n"{args},"seqNum":1,"parentSeqNum":0,"clientId":"c","sessionId":"s","later":5}}"#)
    };
    let push = |batch: &str, backend: &str| {
        read_rpc_frame(&request(
            "SyncWsRpc.Push",
            &format!(r#"{{"storeId":"s","batch":[{batch}],"backendId":{backend}}}"#),
        ))
    };
    for args in [None, Some("null"), Some(r#"{"z":1e21,"a":"\ud800"}"#)] {
        let member = args.map(|args| format!(",\"args\":{args}")).unwrap_or_default();
        let expected = ChainEvent {
            name: "n".into(),
            args: args.map(str::to_owned),
            seq: 1,
            parent: 0,
            client: "c".into(),
            session: "s".into(),
        };
        let backend_id = Some("b".to_owned());
        let request = RpcPush { request_id: "0".into(), batch: vec![expected], backend_id };
        assert_eq!(push(&event(&member), r#"{"_tag":"Some","value":"b"}"#), RpcFrame::Push(request));
    }
    let empty = RpcPush { request_id: "0".into(), batch: vec![], backend_id: None };
    assert_eq!(push("", NONE), RpcFrame::Push(empty));
    for (batch, backend) in [("5", NONE), ("", "null"), ("", "\"b\""), ("", r#"{"_tag":"Some","value":5}"#)] {
        assert!(is_dead(&push(batch, backend)), "{batch} {backend}");
    }
}

#[test]
fn small_frames() {
    assert_eq!(read_rpc_frame("{\"_tag\":\"Ping\"}\n"), RpcFrame::Ping);
    assert_eq!(read_rpc_frame(r#"{"_tag":"Eof"}"#), RpcFrame::Eof);
    let request_id = || "7".to_owned();
    assert_eq!(read_rpc_frame(r#"{"requestId":"7","_tag":"Ack"}"#), RpcFrame::Ack { request_id: request_id() });
    let interrupt = r#"{"_tag":"Interrupt","requestId":"7"}"#;
    assert_eq!(read_rpc_frame(interrupt), RpcFrame::Interrupt { request_id: request_id() });
    let probe = request("SyncHttpRpc.Ping", r#"{"storeId":"s"}"#);
    assert_eq!(read_rpc_body(&probe), RpcFrame::Probe { request_id: "0".into() });
}

#[test]
fn what_names_no_request_is_a_defect_and_what_does_ends_it() {
    let nobody = RpcFrame::Undecodable { request_id: None, reason: UNDECODABLE };
    for frame in [
        "",
        "x",
        "[]",
        "[{}]",
        "null",
        "{}",
        r#"{"_tag":"Ack"}"#,
        r#"{"_tag":"Ack","requestId":7}"#,
        r#"{"_tag":"Pong"}"#,
        r#"{"_tag":"Request","id":0,"tag":"SyncWsRpc.Pull","payload":{}}"#,
    ] {
        assert_eq!(read_rpc_frame(frame), nobody, "{frame}");
        assert_eq!(read_rpc_body(frame), nobody, "{frame}");
    }
    for frame in [r#"{"_tag":"Ping"}"#, r#"{"_tag":"Ack","requestId":"7"}"#] {
        assert_eq!(read_rpc_body(frame), nobody, "{frame}: only requests come by HTTP");
    }
    for tag in ["SyncHttpRpc.Pull", "SyncHttpRpc.Ping", "SyncWsRpc.Reset", ""] {
        assert!(is_dead(&read_rpc_frame(&request(tag, "{}"))), "{tag}");
    }
    assert!(is_dead(&read_rpc_body(&request("SyncWsRpc.Push", "{}"))));
    for tag in ["SyncWsRpc.Pull", "SyncWsRpc.Push"] {
        let bare = format!(r#"{{"_tag":"Request","id":"0","tag":"{tag}","headers":[]}}"#);
        assert!(is_dead(&read_rpc_frame(&bare)) && is_dead(&read_rpc_frame(&request(tag, "5"))), "{tag}");
    }
}

#[test]
fn a_frame_that_is_too_large_ends_the_request_that_it_names() {
    let fill = " ".repeat(CHAIN_FRAME_BYTES_MAX);
    let large = request("SyncWsRpc.Push", &format!("{{{fill}}}"));
    assert_eq!(read_rpc_frame(&large), undecodable(Some("0".into()), TOO_LARGE));
    assert_eq!(read_rpc_frame(&format!("{{{fill}")), RpcFrame::TooLarge);
    assert_eq!(read_rpc_frame(&format!("{{}}{fill}")), RpcFrame::TooLarge);
    assert!(TOO_LARGE.contains(&CHAIN_FRAME_BYTES_MAX.to_string()));
}
