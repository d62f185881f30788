//! Micro-benchmarks of the steps of `protocol` for one message: parse the frame, append it, encode it, sort it by receivers.
//!
//! They find a step that became slow. The load client measures the total cost of a message.

use std::hint::black_box;
use std::rc::Rc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, bench};
use protocol::codec::checksum::crc32;
use protocol::log::{Log, LogStore, MemoryStore, Range};
use protocol::machines::room::{Notification, Outbound, Target, Wire};
use protocol::wire::livestore;
use protocol::wire::messenger::{EventView, deliveries, event_json, frame_json, history_json, read_batch, read_frame};
use protocol::wire::wasmchannel::{deflate, read_client_packet};
use protocol::words::event::{Draft, Event, Kind};

const TEXT: &str =
    "the quick brown fox jumps over the lazy dog and goes on to tell everybody in the room about it, twice";
const ROOM: &str = "general";

fn main() {
    divan::main();
}

fn id_of(number: u64) -> String {
    format!("00000001-0002-7000-8000-{number:012x}")
}

fn chat_frame(number: u64) -> String {
    format!("{{\"type\":\"chat\",\"id\":\"{}\",\"content\":\"{TEXT}\"}}", id_of(number))
}

fn draft(number: u64) -> Draft {
    Draft {
        id: id_of(number),
        actor: Some("g_0123456789abc".to_owned()),
        session: Some("0f5c2d7e9a1b3c4d".to_owned()),
        name: "Mia".to_owned(),
        kind: Kind::Chat,
        body: format!("{{\"content\":\"{TEXT}\"}}"),
    }
}

fn event(seq: u64) -> Event {
    draft(seq).at(seq, 1_795_000_000_000)
}

fn log_of(events: u64) -> (MemoryStore, Log) {
    let mut store = MemoryStore::default();
    let mut log = Log::open(&mut store, 1).expect("a store in memory opens");
    for number in 0..events {
        log.append(&mut store, 1, draft(number), |_| Ok(())).expect("a fresh id is appended");
    }
    (store, log)
}

/// Returns the outbound frames of a turn with this many messages: for each, the sender's acknowledgement and the event to all sockets.
fn turn_of(messages: u32) -> Outbound {
    let mut out = Outbound::default();
    for at in 0..messages {
        let seq = u64::from(at) + 1;
        out.one(at % 8, Notification::Ack { id: id_of(seq), seq, ts: 1_795_000_000_000, duplicate: false });
        out.everybody(Notification::Event { event: Rc::new(event(seq)), quiet: false });
    }
    out
}

fn targets(count: u32, wire: Wire) -> Vec<Target> {
    (0..count).map(|conn| Target { conn, wire, is_live: true }).collect()
}

#[bench]
fn read_frame_chat(bencher: Bencher<'_, '_>) {
    let frame = chat_frame(1);
    bencher.counter(BytesCount::of_str(&frame)).bench(|| read_frame(black_box(&frame)));
}

/// Returns a push of LiveStore with this many events like those of the load client.
fn push_frame(events: u32) -> String {
    let event = |parent: u32| {
        let seq = parent + 1;
        format!(
            "{{\"name\":\"v1.Noted\",\"args\":{{\"id\":\"n{parent}\",\"text\":\"{TEXT}\"}},\"seqNum\":{seq},\
             \"parentSeqNum\":{parent},\"clientId\":\"bench\",\"sessionId\":\"s\"}}"
        )
    };
    let batch = (0..events).map(event).collect::<Vec<String>>().join(",");
    format!("{{\"_tag\":\"WSMessage.PushReq\",\"requestId\":\"r00000000000000000001\",\"batch\":[{batch}]}}")
}

#[bench(args = [1, 14, 100])]
fn read_livestore_push(bencher: Bencher<'_, '_>, events: u32) {
    let frame = push_frame(events);
    bencher.counter(BytesCount::of_str(&frame)).bench(|| livestore::read_frame(black_box(&frame)));
}

/// Refuses the most expensive packets with a wrong length (`wasmchannel.md` 9: each in less than a millisecond). A field or a block claims
/// more bytes than there are, or the largest claim is found only by decompression.
#[bench(args = ["field", "block", "bomb"])]
fn refuse_a_length_that_lies(bencher: Bencher<'_, '_>, place: &str) {
    let frame = match place {
        "block" => vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, 0xff, 0xff, 0xff, 0x7f, b'a', b'b', b'c'],
        _ => deflate(&vec![0; 1 << 20]),
    };
    let length = |bytes: usize| [&[0xfd][..], &(bytes as u64).to_le_bytes()].concat();
    let sum = crc32(&frame).to_le_bytes();
    let packet = match place {
        "field" => [&[0, 1][..], &length(usize::MAX), b"m-1"].concat(),
        _ => [&[0, 1, 3][..], b"m-1", &[0, 0], &length(frame.len()), &frame, &[1, 0xfc], &sum].concat(),
    };
    assert!(read_client_packet(&packet).is_err());
    bencher.counter(BytesCount::new(packet.len())).bench(|| read_client_packet(black_box(&packet)).is_err());
}

#[bench]
fn read_frame_typing(bencher: Bencher<'_, '_>) {
    bencher.bench(|| read_frame(black_box("{\"type\":\"typing\",\"isTyping\":true}")));
}

#[bench]
fn read_batch_of_64(bencher: Bencher<'_, '_>) {
    let frames: Vec<String> = (0..64).map(chat_frame).collect();
    let batch = format!("[{}]", frames.join(","));
    bencher.counter(ItemsCount::new(64_usize)).bench(|| {
        read_batch(black_box(&batch)).map(|frames| frames.into_iter().map(read_frame).filter(Result::is_ok).count())
    });
}

#[bench]
fn event_json_chat(bencher: Bencher<'_, '_>) {
    let event = event(813);
    bencher.bench(|| event_json(ROOM, black_box(&event), EventView::Live));
}

#[bench]
fn history_page_of_100(bencher: Bencher<'_, '_>) {
    let (store, log) = log_of(100);
    let page = log.page(&store, Range::Newest, 100, 0).expect("a page is read");
    bencher.counter(ItemsCount::new(100_usize)).bench(|| history_json(ROOM, "9f31c0aa", black_box(&page), None, true));
}

/// Sends one message to many sockets.
#[bench(args = [30, 200, 1000])]
fn deliveries_of_one_message(bencher: Bencher<'_, '_>, sockets: u32) {
    let (out, targets) = (turn_of(1), targets(sockets, Wire::Batch));
    let encode = |notification: &Notification| frame_json(ROOM, notification);
    bencher.counter(ItemsCount::new(sockets)).bench_local(|| black_box(&out).deliveries(&targets, encode));
}

/// Sends a full turn of eight writers to 30 sockets, as in the saturated room of the load client.
#[bench(args = [16, 64, 256])]
fn deliveries_of_a_busy_turn(bencher: Bencher<'_, '_>, messages: u32) {
    let (out, targets) = (turn_of(messages), targets(30, Wire::Batch));
    let encode = |notification: &Notification| frame_json(ROOM, notification);
    bencher.counter(ItemsCount::new(messages)).bench_local(|| black_box(&out).deliveries(&targets, encode));
}

/// Sends the same turn with messages in columns.
#[bench(args = [16, 64, 256])]
fn deliveries_of_a_busy_turn_in_columns(bencher: Bencher<'_, '_>, messages: u32) {
    let (out, targets) = (turn_of(messages), targets(30, Wire::Columns));
    bencher.counter(ItemsCount::new(messages)).bench_local(|| deliveries(ROOM, black_box(&out), &targets));
}

/// Appends to a log of 10,000 events. The store is a map in memory, so this measures the machine without its database.
#[bench]
fn append_to_memory(bencher: Bencher<'_, '_>) {
    let (store, log) = log_of(10_000);
    let mut number = 10_000;
    bencher
        .with_inputs(|| {
            number += 1;
            draft(number)
        })
        .bench_local_values({
            let (mut store, mut log) = (store, log);
            move |draft| log.append(&mut store, 1, draft, |_| Ok(()))
        });
}

/// Appends a resent message, whose id is known.
#[bench]
fn append_a_duplicate(bencher: Bencher<'_, '_>) {
    let (mut store, mut log) = log_of(10_000);
    assert!(store.find(&id_of(5_000)).is_ok_and(|found| found.is_some()), "the id is there");
    bencher.with_inputs(|| draft(5_000)).bench_local_values(|draft| log.append(&mut store, 1, draft, |_| Ok(())));
}
