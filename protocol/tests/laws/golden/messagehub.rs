//! Bytes of MessageHub's answers, frames, streams and calls (`messagehub.md` 1 to 7).

use protocol::machines::hub::{Body, HubNotification, HubPage, HubPosted, HubRefusal, Item, Movement, PresenceEntry};
use protocol::wire::messagehub::{
    delivery_id, delivery_json, email_json, log_json, page_json, presence_json, sse_heartbeat, sse_message, sse_reset,
    sse_start,
};

const TS: u64 = 1_795_000_000_000;
const EPOCH: u32 = 0x9f31_c0aa;

fn items() -> Vec<Item> {
    let item = |seq, sender: Option<&str>, content_type: &str, body| Item {
        seq,
        id: format!("0198-{seq}"),
        ts: TS,
        sender: sender.map(str::to_owned),
        content_type: content_type.to_owned(),
        body,
    };
    vec![
        item(42, Some("svc_1"), "text/plain", Body::Text("hi".into())),
        item(43, None, "application/octet-stream", Body::Bytes(vec![0, 1, 2])),
        item(44, Some("a \"b\""), "application/json", Body::Text("{\"a\":1}\n\u{2028}\0\u{1f600}".into())),
    ]
}

#[test]
fn frames_of_messagehub_v1() {
    let error = |id: Option<&str>, refusal| HubNotification::Error { id: id.map(str::to_owned), refusal };
    let moved = |movement, principal: Option<&str>| HubNotification::Moved {
        movement,
        connection: "c1".into(),
        principal: principal.map(str::to_owned),
        count: 3,
    };
    let mut notifications = vec![
        HubNotification::Hello { room: "r\"1".into(), epoch: EPOCH, head: 41, oldest: 1, connection: "c1".into() },
        HubNotification::Ack(HubPosted { id: "0198".into(), seq: 42, ts: TS, duplicate: false }),
        moved(Movement::Join, Some("u1")),
        moved(Movement::Leave, None),
        HubNotification::Status { principal: Some("u1".into()), status: "away" },
        HubNotification::Lag { head: 2_200 },
        HubNotification::Reset { epoch: EPOCH },
        HubNotification::Pong { t: Some("1".into()), ts: TS },
        HubNotification::Pong { t: None, ts: TS },
        error(Some("0198"), HubRefusal::RateLimited { retry_after_ms: 900 }),
        error(None, HubRefusal::BadFrame),
    ];
    notifications.extend(items().into_iter().map(HubNotification::Message));
    insta::assert_snapshot!(notifications.iter().map(HubNotification::json).collect::<Vec<String>>().join("\n"));
}

#[test]
fn pages_streams_and_presence() {
    let page = |items: Vec<Item>, is_reset, truncated_at| {
        page_json(&HubPage { items, head: 44, next: 44, more: false, epoch: EPOCH, is_reset, truncated_at })
    };
    let entry =
        |id: Option<&str>| PresenceEntry { id: id.map(str::to_owned), sockets: 2, status: "online".into(), since: TS };
    let streams: String = items().iter().map(|item| sse_message(EPOCH, item)).collect();
    let lines = [
        page(items(), false, None),
        page(Vec::new(), false, None),
        page(Vec::new(), true, Some(7)),
        sse_start(EPOCH, 41) + &streams + &sse_reset(EPOCH, 44) + sse_heartbeat(),
        presence_json("r1", 2, 1, &[entry(Some("u1")), entry(None)]),
        presence_json("empty", 0, 0, &[]),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn calls_mails_and_lines() {
    let of = |item: &Item| {
        [
            delivery_json("r1", EPOCH, item),
            email_json("hub@example.com", "a@example.com", "r\n1", item),
            log_json("r1", item),
        ]
    };
    let mut lines: Vec<String> = items().iter().flat_map(of).collect();
    lines.push(delivery_id(EPOCH, 42, "h-1"));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_refusal_of_the_hub() {
    let refusals = [
        HubRefusal::BodyRequired,
        HubRefusal::BadRoom,
        HubRefusal::BadCursor,
        HubRefusal::BadId,
        HubRefusal::BadFrame,
        HubRefusal::Unauthenticated,
        HubRefusal::Forbidden,
        HubRefusal::NotFound,
        HubRefusal::MethodNotAllowed,
        HubRefusal::TooLarge,
        HubRefusal::IdReused,
        HubRefusal::UpgradeRequired,
        HubRefusal::RateLimited { retry_after_ms: 1 },
        HubRefusal::Internal,
        HubRefusal::Overloaded { retry_after_ms: 5_000 },
    ];
    let line = |refusal: &HubRefusal| format!("{} {}", refusal.status(), refusal.json());
    insta::assert_snapshot!(refusals.iter().map(line).collect::<Vec<String>>().join("\n"));
}
