//! The codec of packets alone. A Worker decodes and encodes one packet many times within one request: the product's codec as wasm, and one
//! in JavaScript, both in workerd.
//!
//! A Worker's clock stands still during its work, so the client's clock counts. The work takes a hundred times as long as the transfer.

use std::rc::Rc;

use anyhow::{Result, ensure};
use protocol::wire::wasmchannel::{Packet, PacketKind};
use protocol::words::limits::PACKET_PAYLOAD_BYTES_MAX;

use super::Scale;
use crate::clock::{self, SECOND};
use crate::marker::Marker;
use crate::measurement::Measurement;
use crate::net::Connection;
use crate::process::CpuMeter;
use crate::server::Server;

/// A line of chat, and the longest message. Both: number of lines, packets in one request, name of the figure.
const LINES: [(u32, u32, &str); 2] = [(1, 20_000, "short_per_s"), (9, 10_000, "long_per_s")];

/// Measures packets per second, short ones and long ones.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let connection = Connection::new(server.address())?;
    let meter = CpuMeter::start(server.runtime_pid()?);
    let mut measurement = Measurement::default();
    for (lines, rounds, figure) in LINES {
        let packet = sample(lines);
        let bytes = packet.encode();
        let path = format!("/turn?rounds={rounds}");
        let requests = scale.pick(2, 10);
        let mut began = clock::now();
        // The first request compiles and warms up.
        for request in 0..=requests {
            if request == 1 {
                began = clock::now();
            }
            let answer = connection.post(&path, &[], &bytes).await?;
            ensure!(answer.status == 200, "status {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
            let again = Packet::decode(&answer.body, PACKET_PAYLOAD_BYTES_MAX);
            ensure!(again.as_ref() == Ok(&packet), "another packet came back: {again:?}");
        }
        let seconds = (clock::now() - began) as f64 / SECOND as f64;
        measurement.set(figure, f64::from(rounds * requests) / seconds);
    }
    measurement.cpu = meter.read_now();
    Ok(measurement)
}

fn sample(lines: u32) -> Packet {
    let mut text = String::new();
    for number in 0..lines {
        Marker { run: 1, sender: 0, number }.push_text(&mut text);
    }
    Packet {
        message_id: Some("00000001-0002-7000-8000-000000000001".to_owned()),
        user_id: Some("g_0123456789abc".to_owned()),
        ..Packet::new(PacketKind::Message, text)
    }
}
