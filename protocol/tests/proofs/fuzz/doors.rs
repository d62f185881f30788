//! Decoders of the doors beside the messenger's, one test each.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::codec::checksum::crc32;
use protocol::codec::json;
use protocol::machines::chain::{self, Chain, Link, MemoryChainStore};
use protocol::machines::channel::{Filter, Frame, Listener, Members};
use protocol::machines::hub::{Body, ClientOp, HubConnection, HubNotification, HubWrite, Item, RawFrame};
use protocol::people::email::Email;
use protocol::trust::assertion::{Assertion, read_keys};
use protocol::trust::guard::{self, Host};
use protocol::trust::jwt::{self, Claims, Keys};
use protocol::wire::messagehub::{self, Flags, Scope};
use protocol::wire::wasmchannel::{
    ClientPacket, Packet, PacketKind, RawPacket, decode_line, deflate, encode_line, inflate, is_wrapped, packed,
    page_wanted, pointer_message, read_client_packet, read_cursor, read_limit, read_queue_entries, read_queue_message,
    read_queue_packet, read_queue_pointer, wrapped, wrapped_page,
};
use protocol::wire::{hopeflow, livestore};
use protocol::words::iso::{iso_utc, parse_iso_utc};
use protocol::words::limits::{
    CHAIN_FIELD_BYTES_MAX, EMAIL_BYTES_MAX, FILTER_VALUE_BYTES_MAX, HOOK_ID_BYTES_MAX, HUB_BODY_BYTES_MAX,
    MESSAGE_FILTERS_MAX, PACKET_CODEC_BYTES_MAX, PACKET_PAYLOAD_BYTES_MAX, SEQ_MAX, WRITE_ID_BYTES_MAX,
};
use serde_json::value::RawValue;

use super::{fuzz, like};

// ---- Tokens

#[test]
fn tokens() {
    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const CLAIMS: &[&str] = &[
        r#"{"userId":"u1","exp":1795000060,"nbf":5,"iat":5,"aud":["a"],"iss":"i","rooms":["a*"],"scope":"hub:read"}"#,
        r#"{"sub":"u1","aud":"a","pub":["*"],"rooms":["a","*"],"scope":"hub:read hub:write hub:admin","stores":["s*"]}"#,
    ];
    let keys = Keys { secret: SECRET, ..Keys::default() };
    let bound = Keys { audience: Some("a"), issuer: Some("i"), ..keys };
    fuzz((like(CLAIMS), vec(damage(), 0..3), any::<u64>()), |(claims, damage, now)| {
        let signed = jwt::sign(SECRET, &claims);
        if let Ok(claims) = keys.verify(&signed, now) {
            let _ = (claims.user_id(), claims.user_id_or_sub(), claims.list("rooms"));
            prop_assert!(claims.expires_at().is_none_or(|end| end > now || now >> 50 > 0));
            check_what_a_token_opens(&claims)?;
        }
        let _ = bound.verify(&signed, now);
        let token = String::from_utf8_lossy(&damaged(signed.clone().into_bytes(), &damage)).into_owned();
        prop_assert!(token == signed || keys.verify(&token, now).is_err());
        Ok(())
    });
    fuzz(any::<String>(), |text| {
        prop_assert!(keys.verify(&text, 5).is_err());
        Ok(())
    });
}

/// A token gives exactly the permissions that its claims name, room by room, whatever the other claims are.
fn check_what_a_token_opens(claims: &Claims) -> Result<(), TestCaseError> {
    let (rooms, scope) = (claims.list("rooms"), claims.get("scope"));
    let names = |room: &str| rooms.as_ref().is_none_or(|rooms| rooms.iter().any(|pattern| jwt::covers(pattern, room)));
    let says = |word: &str| {
        let words = scope.and_then(serde_json::Value::as_str).unwrap_or_default();
        words.split_ascii_whitespace().any(|said| said == word)
    };
    for is_shared in [false, true] {
        let is_open = !is_shared || (rooms.is_some() && scope.is_some());
        let Ok(access) = messagehub::Access::of_token(claims, is_shared) else {
            prop_assert!(!is_open || claims.user_id_or_sub().is_err());
            continue;
        };
        prop_assert!(is_open && access.principal.as_deref() == claims.user_id_or_sub().ok());
        for room in ["a", "ab", "b", "", "*", "\u{e9}"] {
            for (asked, word) in [(Scope::Read, "hub:read"), (Scope::Write, "hub:write"), (Scope::Admin, "hub:admin")] {
                let may = names(room) && (says(word) || (scope.is_none() && asked != Scope::Admin));
                prop_assert_eq!(access.check(asked, room).is_ok(), may, "{} {}", word, room);
            }
        }
    }
    let stores = claims.list("stores").unwrap_or_default();
    prop_assert!(!livestore::may_open(claims, "s") || stores.iter().any(|pattern| jwt::covers(pattern, "s")));
    Ok(())
}

#[test]
fn assertions_and_the_keys_of_a_team() {
    const CLAIMS: &[&str] = &[
        r#"{"aud":["a"],"iss":"https://t.cloudflareaccess.com","exp":1795000060,"iat":5,"sub":"u1"}"#,
        r#"{"aud":"a","iss":"https://t.cloudflareaccess.com","exp":1795000060}"#,
    ];
    const KEYS: &[&str] = &[
        r#"{"keys":[{"kid":"k","kty":"RSA","alg":"RS256","use":"sig","e":"AQAB","n":"AAAA"}],"public_certs":[]}"#,
        r#"{"alg":"RS256","kid":"k","typ":"JWT"}"#,
    ];
    let encoded = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    fuzz((like(KEYS), like(CLAIMS), any::<Vec<u8>>(), any::<u64>()), |(header, claims, signature, now)| {
        let token = format!("{}.{}.{}", encoded(&header), encoded(&claims), BASE64_URL_SAFE_NO_PAD.encode(&signature));
        if let Some(assertion) = Assertion::read(&token) {
            prop_assert!(!assertion.key_id.is_empty() && assertion.signature == signature);
            prop_assert!(token.starts_with(&assertion.signed));
            prop_assert!(!assertion.holds("https://t.cloudflareaccess.com", "b", now));
            let _ = assertion.holds("https://t.cloudflareaccess.com", "a", now);
        }
        prop_assert!(read_keys(&header).iter().all(|key| key.modulus.len() > 300));
        let _ = (Assertion::read(&header), Assertion::read(&claims));
        Ok(())
    });
}

/// A valid address or time has the one spelling under which it is found again.
#[test]
fn addresses_of_people_and_times() {
    fuzz(("[ A-Za-z0-9.@+_-]{0,40}", any::<String>()), |(likely, anything)| {
        for text in [&likely, &anything] {
            let Ok(email) = Email::parse(text) else { continue };
            let text = email.as_str();
            prop_assert!(text.len() <= EMAIL_BYTES_MAX && text.contains('@') && text.trim() == text);
            prop_assert_eq!(Email::parse(text).unwrap(), email.clone());
        }
        Ok(())
    });
    const TIMES: &[&str] = &["2026-11-20T06:00:00.000Z", "2024-02-29", "1970-01-01T00:00Z", "99999-12-31T23:59:59.9Z"];
    fuzz((like(TIMES), 0..(1_u64 << 53)), |(text, at)| {
        if let Some(at) = parse_iso_utc(&text) {
            prop_assert_eq!(parse_iso_utc(&iso_utc(at)), Some(at), "{}", text);
        }
        // Years beyond four digits are written and not parsed.
        prop_assert!(parse_iso_utc(&iso_utc(at)).is_none_or(|read| read == at));
        Ok(())
    });
}

/// Attachments of sockets come from us, perhaps from an older version.
#[test]
fn what_sockets_of_the_doors_carry() {
    const ATTACHMENTS: &[&str] = &[
        r#"{"id":"c","principal":"u","payer":"p:u","wire":"raw","mayWrite":true,"expiresAt":9,"joinedAt":1,"heardAt":2,"status":"online","cursor":3,"lagging":false,"told":4}"#,
        r#"{"id":"c","payer":"a:0","wire":"batch","mayWrite":false,"joinedAt":1,"status":"away"}"#,
        r#"{"place":"10.0.0.1","head_at_connect":5,"has_pulled":true,"has_got":false,"client":"c","held_until":7}"#,
        r#"{"id":"c","is_v2":true,"device":"d","resume":null,"expires_at":9,"filters":[]}"#,
    ];
    let is_hub = |text: &&&str| json::read::<HubConnection>(text).is_some();
    assert_eq!(ATTACHMENTS.iter().filter(is_hub).count(), 2, "the samples themselves must be good");
    assert!(
        serde_json::from_str::<Link>(ATTACHMENTS[2]).is_ok()
            && serde_json::from_str::<Listener>(ATTACHMENTS[3]).is_ok()
    );
    fuzz(like(ATTACHMENTS), |text| {
        if let Some(connection) = json::read::<HubConnection>(&text) {
            prop_assert_eq!(json::read::<HubConnection>(&json::write(&connection)), Some(connection));
        }
        if let Ok(link) = serde_json::from_str::<Link>(&text) {
            let again = serde_json::to_string(&link).unwrap();
            prop_assert_eq!(serde_json::from_str::<Link>(&again).unwrap(), link);
        }
        if let Ok(listener) = serde_json::from_str::<Listener>(&text) {
            let again = serde_json::to_string(&listener).unwrap();
            prop_assert_eq!(serde_json::from_str::<Listener>(&again).unwrap(), listener);
        }
        Ok(())
    });
}

// ---- Packets

/// One change of bytes.
#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    /// A wrong length.
    Lie(prop::sample::Index, u64),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        1 => index().prop_map(Damage::Cut),
        1 => (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        1 => (index(), any::<u64>()).prop_map(|(at, length)| Damage::Lie(at, length)),
    ]
}

fn damaged(mut bytes: Vec<u8>, all: &[Damage]) -> Vec<u8> {
    for damage in all {
        if bytes.is_empty() {
            break;
        }
        match damage {
            Damage::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
            Damage::Lie(at, length) => {
                let at = at.index(bytes.len());
                let lie = [&[0xfd], length.to_le_bytes().as_slice()].concat();
                bytes.splice(at..at + 1, lie);
            }
        }
    }
    bytes
}

fn packet() -> impl Strategy<Value = Packet> {
    let id = || proptest::option::of("[a-z\u{e9}-]{0,12}");
    let reaction =
        proptest::option::of((0..5_u32).prop_map(|n| protocol::wire::wasmchannel::ReactionKind::of_number(n).unwrap()));
    let payload =
        prop_oneof![vec(any::<u8>(), 0..40), (any::<u8>(), 0..3_000_usize).prop_map(|(byte, n)| vec![byte; n])];
    let kind = (0..6_u32).prop_map(|number| PacketKind::of_number(number).unwrap());
    (kind, id(), id(), reaction, payload).prop_map(|(kind, message_id, user_id, reaction, payload)| Packet {
        kind,
        message_id,
        user_id,
        reaction,
        payload,
    })
}

/// Checks that an accepted packet is stable: it encodes to a packet that decodes to the same.
fn check_packet(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(raw) = RawPacket::parse(bytes)
        && let Ok(payload) = raw.payload(PACKET_PAYLOAD_BYTES_MAX)
    {
        prop_assert!(payload.len() <= PACKET_PAYLOAD_BYTES_MAX);
    }
    if let Ok(packet) = Packet::decode(bytes, PACKET_CODEC_BYTES_MAX) {
        prop_assert_eq!(Packet::decode(&packet.encode(), PACKET_CODEC_BYTES_MAX), Ok(packet));
    }
    match read_client_packet(bytes) {
        Ok(ClientPacket::Message { id, text, .. }) => {
            prop_assert!((1..=WRITE_ID_BYTES_MAX).contains(&id.len()) && text.len() <= PACKET_PAYLOAD_BYTES_MAX);
        }
        Ok(ClientPacket::Reaction { target, .. }) => prop_assert!((1..=WRITE_ID_BYTES_MAX).contains(&target.len())),
        Ok(ClientPacket::Typing { payload, .. }) => prop_assert!(payload.len() <= PACKET_PAYLOAD_BYTES_MAX),
        Err(error) => prop_assert!(!error.to_string().is_empty()),
    }
    Ok(())
}

#[test]
fn packets() {
    fuzz((packet(), vec(damage(), 0..4)), |(packet, damage)| check_packet(&damaged(packet.encode(), &damage)));
    fuzz(vec(any::<u8>(), 0..120), |bytes| check_packet(&bytes));
}

/// The checksum is right and the frame is not, as only an attacker would send it.
#[test]
fn frames_inside_packets() {
    let frame = packet().prop_map(|packet| deflate(&packet.payload));
    fuzz((frame, vec(damage(), 0..5), 0..4_000_usize), |(frame, damage, cap)| {
        let frame = damaged(frame, &damage);
        if let Ok(payload) = inflate(&frame, cap) {
            prop_assert!(payload.len() <= cap && payload.capacity() <= cap + 64 * 1024);
        }
        let (length, crc) = ((frame.len() as u16).to_le_bytes(), crc32(&frame).to_le_bytes());
        let before = [0, 1, 1, b'm', 0, 0, 0xfb, length[0], length[1]];
        let bytes = [before.as_slice(), &frame, &[1, 0xfc], &crc].concat();
        prop_assert!(RawPacket::parse(&bytes).is_ok());
        check_packet(&bytes)
    });
}

/// Messages of the queue and cursors of the packet door.
#[test]
fn what_the_packet_door_reads_beside_packets() {
    fuzz(any::<String>(), |text| {
        let _ = (read_queue_message(&text), read_queue_pointer(&text), read_queue_entries(&text));
        let _ = (read_cursor(Some(&text)), read_limit(Some(&text)));
        Ok(())
    });
    let member = "(log|seq|kind|id|actor|ts|body|target|reactions|name)";
    let value = "(\"rm:x\"|\"chat\"|\"edit\"|-?[0-9]{1,20}|\\{\"content\":\"x\"\\}|null|\\[\\])";
    fuzz(vec((member, value), 0..9), |members| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let text = format!("{{{}}}", members.join(","));
        // A pack says what its entries say, and the first that is not ours ends it.
        let pack = packed(&[text.clone(), text.clone()]).concat();
        prop_assert_eq!(
            read_queue_entries(&pack),
            read_queue_entries(&text).map(|entry| [entry.clone(), entry].concat())
        );
        // A pointer to an event contains nothing else, so no message is parsed as both.
        prop_assert!(read_queue_message(&text).is_none() || read_queue_pointer(&text).is_none());
        Ok(())
    });
    let is_deep = |text: &str| text.matches(['[', '{']).count() > 100;
    const CALLS: &[&str] = &[
        r#"{"roomId":"general","cursor":"812","limit":20}"#,
        r#"{"json":{"roomId":"general","cursor":"m-0001","limit":20},"meta":[[3,"a",0]]}"#,
    ];
    assert!(CALLS.iter().all(|sample| page_wanted(Some((*sample).to_owned())).is_ok()), "the samples must be good");
    fuzz(like(CALLS), |text| {
        // A plain request equals the wrapped one, unless the wrapper is one level too deep.
        if let (Ok(plain), false) = (page_wanted(Some(text.clone())), is_deep(&text) || is_wrapped(&text)) {
            let wrapped = wrapped(&text);
            prop_assert!(is_wrapped(&wrapped));
            prop_assert_eq!(page_wanted(Some(wrapped)), Ok(plain), "{}", text);
        }
        Ok(())
    });
    const PAGES: &[&str] =
        &[r#"{"messages":[{"createdAt":"2026-11-20T06:00:00.000Z","deletedAt":null}],"more":false}"#];
    fuzz(like(PAGES), |text| {
        if let (Ok(page), false) = (serde_json::from_str::<serde_json::Value>(&text), is_deep(&text)) {
            let answer: serde_json::Value = serde_json::from_str(&wrapped_page(&text)).unwrap();
            prop_assert_eq!(&answer["json"], &page);
            for date in answer["meta"].as_array().into_iter().flatten() {
                let place = date[2].as_u64().unwrap() as usize;
                prop_assert!(page["messages"][place][date[3].as_str().unwrap()].is_string());
            }
        }
        Ok(())
    });
    const POINTERS: &[&str] = &[r#"{"v":1,"log":"rm:general","seq":7}"#];
    assert!(POINTERS.iter().all(|sample| read_queue_pointer(sample).is_some()), "the sample itself must be good");
    fuzz(like(POINTERS), |text| {
        if let Some(pointer) = read_queue_pointer(&text) {
            prop_assert_eq!(
                read_queue_pointer(&pointer_message(&format!("rm:{}", pointer.room), pointer.seq)),
                Some(pointer)
            );
        }
        Ok(())
    });
    fuzz((packet(), vec(damage(), 0..4)), |(packet, damage)| {
        let _ = read_queue_packet(&damaged(packet.encode(), &damage), "room", 1);
        Ok(())
    });
}

#[test]
fn packet_lines() {
    const LINES: &[&str] = &[
        r#"{"ok":true,"kind":0,"message_id":"m-0001","user_id":null,"reaction_kind":null,"payload_hex":"6869"}"#,
        r#"{"ok":true,"kind":3,"message_id":"m","user_id":"u","reaction_kind":3,"payload_hex":""}"#,
    ];
    for line in LINES {
        assert_eq!(decode_line(&encode_line(line)), *line, "the sample itself must be good");
    }
    fuzz(like(LINES), |text| {
        let hex = encode_line(&text);
        if !hex.is_empty() {
            prop_assert_eq!(encode_line(&decode_line(&hex)), hex);
        }
        let _ = decode_line(&text);
        Ok(())
    });
}

// ---- HopeFlow

#[test]
fn channel_frames_and_publishes() {
    const TEXTS: &[&str] = &[
        r#"{"type":"subscribe","filters":[{"type":"a","k":"v"},{"type":"b"}],"since":12}"#,
        r#"{"type":"unsubscribe","filters":[{"type":"a","__proto__":"v"}]}"#,
        r#"{"type":"ack","envelopeId":"e","result":{"a":[1,"x"]}}"#,
        r#"{"userId":"u","type":"t","payload":{"k":"v","n":1},"durable":true,"ttlSeconds":60}"#,
        r#"{"userId":"u","payload":["a",null,"b"]}"#,
    ];
    fuzz(like(TEXTS), |text| {
        match hopeflow::read_frame(&text) {
            Frame::Subscribe { filters, since } => {
                prop_assert!(filters.len() <= MESSAGE_FILTERS_MAX && since.is_none_or(|since| since <= SEQ_MAX));
                let stored = serde_json::to_string(&filters).unwrap();
                prop_assert_eq!(serde_json::from_str::<Vec<Filter>>(&stored).unwrap(), filters);
            }
            Frame::Ack { result, .. } => prop_assert!(serde_json::from_str::<&RawValue>(&result).is_ok()),
            _ => {}
        }
        match hopeflow::read_publish("p", None, Some("application/json"), text.as_bytes()) {
            Ok(publish) => {
                prop_assert!(!publish.user.trim().is_empty() && !publish.kind.is_empty());
                prop_assert!(publish.payload.as_deref().is_none_or(|payload| text.contains(payload)));
                let members = Members::of(publish.payload.as_deref());
                let matching = Filter::new(&publish.kind, [("k".to_owned(), "v".to_owned())].into());
                let matches = matching.is_some_and(|filter| filter.matches(&publish.kind, &members));
                prop_assert_eq!(matches, members.get("k") == Some("v") && publish.kind.len() <= FILTER_VALUE_BYTES_MAX);
            }
            Err(refusal) => prop_assert!((400..500).contains(&refusal.status())),
        }
        let _ = (hopeflow::read_resume(Some(&text), Some(&text)), hopeflow::read_key(Some(&text)));
        let _ = hopeflow::token_of(Some(&text), None);
        Ok(())
    });
}

// ---- LiveStore

#[test]
fn chain_frames_and_handshakes() {
    const FRAMES: &[&str] = &[
        r#"{"_tag":"WSMessage.PullReq","requestId":"QKUxjuUwBfKhdsKChSYnJ","cursor":1}"#,
        r#"{"_tag":"WSMessage.PushReq","requestId":"r","batch":[{"name":"v1.X","args":{"z":1,"a":1e21},"seqNum":1,"parentSeqNum":0,"clientId":"c","sessionId":"s"},{"name":"v1.Y","seqNum":2,"parentSeqNum":1,"clientId":"c","sessionId":"s"}]}"#,
        r#"{"_tag":"WSMessage.Ping","requestId":"ping"}"#,
        r#"{"_tag":"WSMessage.AdminInfoReq","requestId":"i","adminSecret":"s"}"#,
        r#"{"_tag":"WSMessage.AdminResetRoomReq","requestId":"x","adminSecret":"s"}"#,
    ];
    fuzz(like(FRAMES), |text| {
        let frame = livestore::read_frame(&text);
        if let chain::Frame::Push { batch, .. } = &frame {
            let is_copied = |event: &chain::ChainEvent| event.args.as_deref().is_none_or(|args| text.contains(args));
            prop_assert!(batch.iter().all(is_copied));
        }
        let mut store = MemoryChainStore::default();
        let mut chain = Chain::default();
        let conn = chain.connect(&store, 5, "p", Some("c")).unwrap();
        let mut effects = Vec::new();
        chain.frame(&mut store, 5, conn, frame, &mut effects).unwrap();
        while chain.has_work() {
            chain.serve(&mut store, 5, &mut effects).unwrap();
        }
        for effect in effects {
            if let chain::Effect::Send { notification, .. } = effect {
                let json = livestore::frame_json(&notification);
                prop_assert!(serde_json::from_str::<&RawValue>(&json).is_ok(), "{}", json);
            }
        }
        Ok(())
    });
    let query = "(storeId=[a-z%+0-9]{0,5}&?|payload=[a-z%+0-9{}\"]{0,9}&?|[&=%]){0,4}";
    fuzz(prop_oneof![query.prop_map(|text| text), any::<String>()], |query| {
        if let Ok(handshake) = livestore::read_query(&query) {
            prop_assert!((1..=256).contains(&handshake.store_id.len()));
            let _ = livestore::auth_token(handshake.payload.as_deref());
        }
        Ok(())
    });
    fuzz(prop_oneof![query.prop_map(|text| text + "&transport=ws"), any::<String>()], |query| {
        if livestore::read_rpc_query(&query).is_some() {
            prop_assert!(livestore::is_rpc_query(&query));
        }
        Ok(())
    });
    const PAYLOADS: &[&str] =
        &[r#"{"clientId":"phone","authToken":"t"}"#, r#"{"n":[1,{"clientId":"x"}],"clientId":"\u00e9"}"#];
    let long = format!("{{\"clientId\":\"{}\"}}", "x".repeat(CHAIN_FIELD_BYTES_MAX + 1));
    assert_eq!([livestore::client_id(Some(&long)), livestore::client_id(None)], [None, None]);
    fuzz(like(PAYLOADS), |payload| {
        // The client's name is an explicit member at the top level, and fits into a row.
        let answer = livestore::client_id(Some(&payload));
        if let Some(client) = &answer {
            prop_assert!((1..=CHAIN_FIELD_BYTES_MAX).contains(&client.len()));
            // Another parser may find a name that this one refuses.
            if let Ok(object) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&payload) {
                prop_assert_eq!(object.get("clientId").and_then(serde_json::Value::as_str), Some(client.as_str()));
            }
        }
        Ok(())
    });
}

#[test]
fn chain_frames_of_version_0_4() {
    const FRAMES: &[&str] = &[
        r#"{"_tag":"Request","id":"0","tag":"SyncWsRpc.Pull","payload":{"storeId":"s","live":true,"cursor":{"_tag":"Some","value":{"backendId":"life-0","eventSequenceNumber":0}}},"headers":[],"traceId":"t","spanId":"s","sampled":true}"#,
        r#"{"_tag":"Request","id":"1","tag":"SyncWsRpc.Push","payload":{"storeId":"s","payload":{"a":1},"batch":[{"name":"v1.X","args":{"z":1,"a":1e21},"seqNum":1,"parentSeqNum":0,"clientId":"c","sessionId":"s"}],"backendId":{"_tag":"None"}},"headers":[]}"#,
        r#"{"_tag":"Request","id":"2","tag":"SyncHttpRpc.Pull","payload":{"storeId":"s","cursor":{"_tag":"None"}},"headers":[]}"#,
        r#"{"_tag":"Request","id":"3","tag":"SyncHttpRpc.Ping","payload":{"storeId":"s"},"headers":[]}"#,
        r#"{"_tag":"Ack","requestId":"0"}"#,
        r#"{"_tag":"Interrupt","requestId":"0"}"#,
        r#"{"_tag":"Ping"}"#,
        r#"{"_tag":"Eof"}"#,
    ];
    fuzz(like(FRAMES), |text| {
        let frame = livestore::read_rpc_frame(&text);
        if let chain::RpcFrame::Push(push) = &frame {
            let is_copied = |event: &chain::ChainEvent| event.args.as_deref().is_none_or(|args| text.contains(args));
            prop_assert!(push.batch.iter().all(is_copied));
        }
        let body = livestore::read_rpc_body(&text);
        let names_no_request = matches!(body, chain::RpcFrame::Undecodable { request_id: None, .. });
        prop_assert!(body.begins().is_some() || names_no_request);
        let mut store = MemoryChainStore::default();
        let mut chain = Chain::default();
        let conn = chain.connect_rpc(&store, 5).unwrap();
        let mut effects = Vec::new();
        for frame in [frame, body] {
            chain.rpc_frame(&mut store, 5, conn, frame, &mut effects).unwrap();
            while chain.has_work() {
                chain.serve(&mut store, 5, &mut effects).unwrap();
            }
        }
        let mut writer = livestore::RpcWriter::default();
        for effect in effects {
            if let chain::Effect::Rpc { notification, .. } = effect {
                let json = writer.json(&notification);
                prop_assert!(serde_json::from_str::<&RawValue>(&json).is_ok(), "{}", json);
                prop_assert_eq!(json, livestore::rpc_json(&notification));
            }
        }
        Ok(())
    });
}

// ---- MessageHub

#[test]
fn hub_frames_and_requests() {
    const FRAMES: &[&str] = &[
        r#"{"op":"send","id":"0198","body":"hi","contentType":"text/plain"}"#,
        r#"{"op":"send","id":"a","b64":"AAEC","contentType":"application/octet-stream"}"#,
        r#"{"op":"cursor","seq":41}"#,
        r#"{"op":"status","status":"away"}"#,
        r#"{"op":"ping","t":1}"#,
        r#"{"id":"x","a":[1]}"#,
        r#"{"url":"https://a.com/h","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","types":["message"],"active":true}"#,
        r#"{"sse":false,"longpoll":true,"maintenance":null}"#,
        r#"[{"room":"*","id":"a","url":"https://a.com/h","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","ordered":false}]"#,
    ];
    fuzz(like(FRAMES), |frame| {
        if let RawFrame::Message { id: Some(id) } = RawFrame::of_text(&frame) {
            prop_assert!((1..=WRITE_ID_BYTES_MAX).contains(&id.len()));
        }
        for frame in ClientOp::frames_in(&frame).unwrap_or_default() {
            let notification = match ClientOp::read(frame) {
                Ok(ClientOp::Send(HubWrite { id, content_type, body })) => {
                    prop_assert!((1..=HUB_BODY_BYTES_MAX).contains(&body.bytes().len()));
                    let id = id.unwrap_or_default();
                    let item = Item { seq: 1, id, ts: 5, sender: None, content_type, body };
                    let sse = messagehub::sse_message(1, &item);
                    prop_assert_eq!(sse.matches('\n').count(), 4, "one line of data");
                    HubNotification::Message(item)
                }
                Ok(ClientOp::Ping { t }) => HubNotification::Pong { t, ts: 5 },
                Ok(_) => continue,
                Err(bad) => HubNotification::Error { id: bad.id, refusal: bad.refusal },
            };
            let json = notification.json();
            prop_assert!(serde_json::from_str::<&RawValue>(&json).is_ok(), "{}", json);
        }
        let _ = messagehub::read_hook("h", &frame, guard::UrlPolicy::default());
        for (_, hook) in messagehub::read_static_hooks(&frame, guard::UrlPolicy::default()).unwrap_or_default() {
            prop_assert!(guard::check_url(&hook.url, guard::UrlPolicy::default()).is_ok());
            prop_assert!((1..=HOOK_ID_BYTES_MAX).contains(&hook.id.len()));
        }
        let mut flags = Flags::of_stored(&frame);
        let _ = flags.apply(&frame);
        prop_assert_eq!(&Flags::of_stored(&flags.json()).json(), &flags.json());
        prop_assert!(serde_json::from_str::<&RawValue>(&flags.json()).is_ok());
        Ok(())
    });
    fuzz((any::<String>(), "[0-9a-f.]{0,12}", vec(any::<u8>(), 0..20)), |(text, cursor, bytes)| {
        if let Ok(room) = messagehub::read_room(&text) {
            prop_assert!((1..=256).contains(&room.len()) && !room.contains('\0'));
        }
        let _ = messagehub::read_stream_start(Some(&cursor), Some(&text), None);
        let _ =
            (messagehub::read_page(Some(&cursor), Some(&text), None, Some(&cursor)), messagehub::read_key(Some(&text)));
        let body = Body::of_request(Some(&text), bytes.clone());
        prop_assert_eq!(body.bytes(), bytes.as_slice());
        Ok(())
    });
}

/// Binary frames are opaque: they are no ping and have no id, and only their size counts.
#[test]
fn binary_hub_frames() {
    const FRAMES: &[&str] = &["ping", r#"{"id":"x","a":[1]}"#, r#"[{"op":"send","id":"a","body":"hi"}]"#];
    let most = HUB_BODY_BYTES_MAX;
    let bytes = prop_oneof![
        4 => vec(any::<u8>(), 0..64),
        2 => (like(FRAMES), vec(damage(), 0..3)).prop_map(|(frame, damage)| damaged(frame.into_bytes(), &damage)),
        1 => (most - 2..most + 3, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
    ];
    fuzz(bytes, |frame| {
        let read = RawFrame::of_bytes(&frame);
        let expected = match frame.len() {
            0 => RawFrame::Empty,
            length if length <= HUB_BODY_BYTES_MAX => RawFrame::Message { id: None },
            _ => RawFrame::TooLarge,
        };
        prop_assert_eq!(&read, &expected);
        // The same bytes as a text may have a meaning, but have the same size.
        if let Ok(text) = std::str::from_utf8(&frame) {
            let is_bare = |frame: &RawFrame| matches!(frame, RawFrame::Empty | RawFrame::TooLarge);
            let as_text = RawFrame::of_text(text);
            prop_assert!(!(is_bare(&read) || is_bare(&as_text)) || read == as_text, "{read:?}, as text {as_text:?}");
        }
        Ok(())
    });
}

/// Data of other servers and queues: headers, and stored messages.
#[test]
fn what_comes_back_to_us() {
    const TRACES: &[&str] = &[
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more",
    ];
    const WAITS: &[&str] = &["120", "Fri, 20 Nov 2026 06:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"];
    const CONNECTORS: &[&str] = &[r#"[{"room":"*","kind":"log"},{"room":"orders","kind":"email","to":"a@b.example"}]"#];
    const LETTERS: &[&str] =
        &[r#"[{"at":5,"json":"{\"v\":1}"},{"at":6,"text":"t"},{"at":7,"b64":"AP8H"}]"#, r#"[{"at":0}]"#];
    fuzz((like(TRACES), like(WAITS), like(LETTERS), like(CONNECTORS), any::<u64>()), |parts| {
        let (trace, wait, letters, connectors, now) = parts;
        if let Some(trace) = protocol::operation::telemetry::continued(&trace, now.to_be_bytes()) {
            prop_assert!(trace.len() == 55 && trace.starts_with("00-") && trace.is_ascii(), "{}", trace);
            prop_assert!(protocol::operation::telemetry::continued(&trace, [0; 8]).is_some(), "the next one reads it");
        }
        let _ = protocol::machines::webhook::retry_after_ms(Some(&wait), now);
        for (_, address) in messagehub::read_connectors(&connectors).unwrap_or_default() {
            prop_assert!(address == "log:" || address.starts_with("mailto:"), "{}", address);
        }
        if let Some(read) = protocol::codec::json::read::<Vec<protocol::operation::queue::Letter>>(&letters) {
            prop_assert_eq!(protocol::codec::json::read(&protocol::codec::json::write(&read)), Some(read.clone()));
            for letter in read {
                let _ = letter.bytes();
            }
        }
        prop_assert!(protocol::operation::queue::retry_in_s(now) <= 43_200, "the platform's longest wait");
        Ok(())
    });
}

/// Every accepted address is a name with a dot or a public address.
#[test]
fn addresses_to_call() {
    let host = prop_oneof![
        "[0-9a-fx.]{1,14}",
        "[\\[\\]0-9a-f:.]{1,20}",
        "[a-z0-9.-]{1,12}(localhost|local|internal|com)?\\.?",
        any::<[u8; 4]>().prop_map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
        any::<[u8; 16]>().prop_map(|octets| format!("[{}]", std::net::Ipv6Addr::from(octets))),
        any::<String>(),
    ];
    fuzz((host, "(:[0-9]{0,6})?", "[/?#@\\\\a-z]{0,4}"), |(host, port, rest)| {
        match guard::check_url(&format!("https://{host}{port}{rest}"), guard::UrlPolicy::default()) {
            Ok(target) => {
                prop_assert!(target.port == 443 || target.port >= 1_024);
                match target.host {
                    Host::Address(address) => prop_assert!(guard::is_public(address)),
                    Host::Name(name) => {
                        prop_assert!(name.contains('.') && !name.ends_with('.'), "{}", name);
                        prop_assert!(name.parse::<std::net::IpAddr>().is_err());
                    }
                }
            }
            Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
        }
        Ok(())
    });
}
