//! Hub room: one HTTP POST at a time on a persistent connection, and a socket that receives.

use std::rc::Rc;

use anyhow::{Result, ensure};

use super::Scale;
use crate::callback_listener::{Arrivals, CallbackListener};
use crate::clock::{self, Nanos};
use crate::crowd;
use crate::marker::Marker;
use crate::measurement::Measurement;
use crate::net::{Connection, Socket};
use crate::process::CpuMeter;
use crate::server::Server;
use crate::stats::percentile;

const WARM_UP: u32 = 50;

/// Measures the median times until the socket receives the message, and until the POST is answered.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let room = crowd::fresh_room();
    let arrivals = Rc::new(Arrivals::default());
    let ear = {
        let arrivals = Rc::clone(&arrivals);
        CallbackListener::new(move |_, frame, at| arrivals.on_frame(frame, at))
    };
    let socket = Socket::open(server.address(), &format!("/ws/{room}"), &[], ear.listener()).await?;
    let connection = Connection::new(server.address())?;
    let path = format!("/rooms/{room}/messages");
    let headers = [("Content-Type", "text/plain".to_owned())];
    let count = WARM_UP + scale.pick(200, 1_000);
    let (mut delivered, mut answered): (Vec<Nanos>, Vec<Nanos>) = Default::default();
    let mut meter = CpuMeter::start(server.runtime_pid()?);
    for number in 0..count {
        if number == WARM_UP {
            delivered.clear();
            answered.clear();
            meter = CpuMeter::start(server.runtime_pid()?);
        }
        let mut text = String::new();
        Marker { run: 1, sender: 0, number }.push_text(&mut text);
        let sent_at = clock::now();
        let answer = connection.post(&path, &headers, text.as_bytes()).await?;
        ensure!(answer.status == 202, "status {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        answered.push(clock::now() - sent_at);
        ear.until("message", || arrivals.count() > number).await?;
        delivered.push(arrivals.last_at().saturating_sub(sent_at));
    }
    let mut measurement = Measurement::with_cpu(meter.read_now());
    delivered.sort_unstable();
    answered.sort_unstable();
    measurement.set_latencies(&delivered).set("answer_p50_us", percentile(&answered, 0.5) as f64 / 1e3);
    measurement.faults = arrivals.faults(count);
    socket.close().await;
    Ok(measurement)
}
