//! HopeFlow: a person's devices listen, and a publisher waits until all of them have answered.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Result, ensure};
use memchr::memmem;

use super::Scale;
use crate::callback_listener::CallbackListener;
use crate::clock::{self, Nanos};
use crate::crowd;
use crate::marker::Marker;
use crate::measurement::Measurement;
use crate::net::{Connection, Socket};
use crate::process::CpuMeter;
use crate::server::{JWT_SECRET, Server};

/// Devices of the person.
pub const DEVICES: usize = 10;
const WARM_UP: u32 = 30;
const ENVELOPE: &[u8] = b"\"envelopeId\":\"";

/// Measures the median time from the publish to its answer, which contains the answers of all devices.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let user = crowd::fresh_room();
    let bearer = |claims: &str| {
        [("Authorization", format!("Bearer {}", protocol::trust::jwt::sign(JWT_SECRET.as_bytes(), claims)))]
    };
    let listening = Rc::new(Cell::new(0_usize));
    let ear = {
        let listening = Rc::clone(&listening);
        CallbackListener::new(move |socket, frame, _| match envelope_in(frame) {
            Some(id) => socket.send(&format!("{{\"type\":\"ack\",\"envelopeId\":\"{id}\",\"result\":\"read\"}}")),
            None => listening.set(listening.get() + usize::from(frame == b"pong")),
        })
    };
    let mut devices = Vec::new();
    for _ in 0..DEVICES {
        let headers = bearer(&format!("{{\"userId\":\"{user}\"}}"));
        let device = Socket::open(server.address(), "/", &headers, ear.listener()).await?;
        device.queue("{\"type\":\"subscribe\",\"filters\":[{\"type\":\"note\"}]}");
        device.send("ping");
        devices.push(device);
    }
    ear.until("device listens", || listening.get() == DEVICES).await?;
    let connection = Connection::new(server.address())?;
    let [authorization] = bearer("{\"userId\":\"publisher\"}");
    let headers = [authorization, ("Content-Type", "application/json".to_owned())];
    let count = WARM_UP + scale.pick(150, 1_000);
    let mut latencies: Vec<Nanos> = Vec::new();
    let mut measurement = Measurement::default();
    let mut meter = CpuMeter::start(server.runtime_pid()?);
    for number in 0..count {
        if number == WARM_UP {
            latencies.clear();
            meter = CpuMeter::start(server.runtime_pid()?);
        }
        let mut body = format!("{{\"userId\":\"{user}\",\"type\":\"note\",\"payload\":{{\"text\":\"");
        Marker { run: 1, sender: 0, number }.push_text(&mut body);
        body.push_str("\"}}");
        let sent_at = clock::now();
        let answer = connection.post("/publish", &headers, body.as_bytes()).await?;
        latencies.push(clock::now() - sent_at);
        let text = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status == 200 && text.contains("\"clientCount\":10"), "status {}: {text}", answer.status);
        let answers = text.matches("\"read\"").count();
        measurement.faults.lost += DEVICES.saturating_sub(answers) as u64;
        measurement.faults.duplicated += answers.saturating_sub(DEVICES) as u64;
    }
    measurement.cpu = meter.read_now();
    latencies.sort_unstable();
    measurement.set_latencies(&latencies);
    for device in devices {
        device.close().await;
    }
    Ok(measurement)
}

fn envelope_in(frame: &[u8]) -> Option<&str> {
    let begin = memmem::find(frame, ENVELOPE)? + ENVELOPE.len();
    let rest = frame.get(begin..)?;
    std::str::from_utf8(rest.get(..memchr::memchr(b'"', rest)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::envelope_in;

    #[test]
    fn an_envelope_is_found_by_its_id() {
        assert_eq!(envelope_in(b"{\"envelopeId\":\"e-1\",\"type\":\"note\"}"), Some("e-1"));
        assert_eq!(envelope_in(b"pong"), None);
    }
}
