//! LiveStore's frames of version 0.4, compared with those that were recorded between the published client and the published server
//! (`livestore-0.4.md` 2 to 7).

use protocol::machines::chain::{Chain, ChainStore, Effect, MemoryChainStore};
use protocol::wire::livestore::{RPC_PING, RPC_PONG, RpcWriter, read_rpc_frame};

const T: u64 = 1_795_870_188_821;

/// Returns the answers of an empty store to these frames in order.
fn talk(frames: &[&str]) -> Vec<String> {
    let (mut store, mut chain, mut writer) = (MemoryChainStore::default(), Chain::default(), RpcWriter::default());
    let conn = chain.connect_rpc(&store, T).unwrap();
    let mut said = Vec::new();
    for frame in frames {
        let mut effects = Vec::new();
        chain.rpc_frame(&mut store, T, conn, read_rpc_frame(frame), &mut effects).unwrap();
        while chain.has_work() {
            chain.serve(&mut store, T, &mut effects).unwrap();
        }
        said.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Rpc { notification, .. } => Some(writer.json(notification)),
            _ => None,
        }));
    }
    assert_eq!(store.backend_id(), "life-0");
    said
}

fn request(id: &str, tag: &str, members: &str) -> String {
    format!(
        r#"{{"_tag":"Request","id":"{id}","tag":"SyncWsRpc.{tag}","payload":{{"storeId":"cap-1","payload":{{"a":1}},{members}}},"headers":[],"traceId":"t","spanId":"s","sampled":true}}"#
    )
}

/// The end of a request that failed.
fn failed(id: &str, cause: &str) -> String {
    format!(r#"{{"_tag":"Exit","requestId":"{id}","exit":{{"_tag":"Failure","cause":{cause}}}}}"#)
}

fn fail(id: &str, error: &str) -> String {
    failed(id, &format!(r#"{{"_tag":"Fail","error":{error}}}"#))
}

const NONE: &str = r#"{"_tag":"None"}"#;
const EVENT: &str = r#"{"name":"v1.TodoCreated","args":{"text":"Milch","id":"t1"},"seqNum":1,"parentSeqNum":0,"clientId":"cliA","sessionId":"sesA"}"#;

#[test]
fn the_recorded_conversation() {
    let push = |id: &str, event: &str, backend: &str| {
        request(id, "Push", &format!(r#""batch":[{event}],"backendId":{backend}"#))
    };
    let known = r#"{"_tag":"Some","value":"life-0"}"#;
    let said = talk(&[
        RPC_PING,
        &request("0", "Pull", &format!(r#""live":true,"cursor":{NONE}"#)),
        r#"{"_tag":"Ack","requestId":"0"}"#,
        &push("1", EVENT, known),
        r#"{"_tag":"Ack","requestId":"0"}"#,
        r#"{"_tag":"Interrupt","requestId":"1"}"#,
        &push("2", &EVENT.replace("Milch", "Brot"), NONE),
        &request("3", "Pull", &format!(r#""live":false,"cursor":{NONE}"#)),
        r#"{"_tag":"Eof"}"#,
    ]);
    let chunk = |id: &str, batch: &str| {
        format!(
            r#"{{"_tag":"Chunk","requestId":"{id}","values":[{{"batch":[{batch}],"pageInfo":{{"_tag":"NoMore"}},"backendId":"life-0"}}]}}"#
        )
    };
    let item = format!(
        r#"{{"eventEncoded":{EVENT},"metadata":{{"_tag":"Some","value":{{"_tag":"SyncMessage.SyncMetadata","createdAt":"2026-11-28T12:49:48.821Z"}}}}}}"#
    );
    let expected = [
        RPC_PONG.to_owned(),
        chunk("0", ""),
        r#"{"_tag":"Exit","requestId":"1","exit":{"_tag":"Success","value":{}}}"#.to_owned(),
        chunk("0", &item),
        fail("2", r#"{"_tag":"ServerAheadError","minimumExpectedNum":1,"providedNum":0}"#),
        chunk("3", &item),
        r#"{"_tag":"Exit","requestId":"3","exit":{"_tag":"Success"}}"#.to_owned(),
    ];
    assert_eq!(said, expected);
}

#[test]
fn errors() {
    let foreign = r#"{"_tag":"Some","value":"other"}"#;
    let gap = EVENT.replace(r#""seqNum":1"#, r#""seqNum":2"#);
    let said = talk(&[
        &request("0", "Push", &format!(r#""batch":[{EVENT}],"backendId":{foreign}"#)),
        &request("1", "Push", &format!(r#""batch":[{gap}],"backendId":{NONE}"#)),
        &request("2", "Push", r#""batch":[]"#),
        &request("3", "Reset", r#""a":1"#),
        "[]",
    ]);
    let unknown =
        r#"{"_tag":"UnknownError","cause":{"name":"Error","message":"Invalid event sequence in batch at index 0"}}"#;
    let expected = [
        fail("0", r#"{"_tag":"BackendIdMismatchError","expected":"life-0","received":"other"}"#),
        fail("1", unknown),
        failed("2", r#"{"_tag":"Die","defect":"Invalid message"}"#),
        failed("3", r#"{"_tag":"Die","defect":"Unknown request tag"}"#),
        r#"{"_tag":"Defect","defect":"Invalid message"}"#.to_owned(),
    ];
    assert_eq!(said, expected);
}
