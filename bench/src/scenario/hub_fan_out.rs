//! Hub room with plain relays: one socket sends, with one message in flight, and all others receive.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use anyhow::Result;

use super::Scale;
use crate::callback_listener::{Arrivals, CallbackListener};
use crate::clock::{self, Nanos};
use crate::counters::Faults;
use crate::crowd;
use crate::marker::Marker;
use crate::measurement::Measurement;
use crate::net::Socket;
use crate::process::CpuMeter;
use crate::server::Server;

/// Number of receiving sockets.
pub const RECEIVERS: usize = 200;
const WARM_UP: u32 = 10;

/// Measures the median time until a message reaches one of the receivers.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let path = format!("/ws/{}", crowd::fresh_room());
    let sent_at: Rc<Cell<Nanos>> = Rc::default();
    let latencies: Rc<RefCell<Vec<Nanos>>> = Rc::default();
    let mut sockets = Vec::new();
    let mut receivers: Vec<(Rc<Arrivals>, Rc<CallbackListener>)> = Vec::new();
    for _ in 0..RECEIVERS {
        let arrivals = Rc::new(Arrivals::default());
        let (own, sent_at, latencies) = (Rc::clone(&arrivals), Rc::clone(&sent_at), Rc::clone(&latencies));
        let ear = CallbackListener::new(move |_, frame, at| {
            own.on_frame(frame, at);
            latencies.borrow_mut().push(at.saturating_sub(sent_at.get()));
        });
        sockets.push(Socket::open(server.address(), &path, &[], ear.listener()).await?);
        receivers.push((arrivals, ear));
    }
    let speaker = Socket::open(server.address(), &path, &[], CallbackListener::new(|_, _, _| ()).listener()).await?;
    let count = WARM_UP + scale.pick(30, 150);
    let mut meter = CpuMeter::start(server.runtime_pid()?);
    for number in 0..count {
        if number == WARM_UP {
            latencies.borrow_mut().clear();
            meter = CpuMeter::start(server.runtime_pid()?);
        }
        let mut text = String::new();
        Marker { run: 1, sender: 0, number }.push_text(&mut text);
        sent_at.set(clock::now());
        speaker.send(&text);
        for (arrivals, ear) in &receivers {
            ear.until("message", || arrivals.count() > number).await?;
        }
    }
    let cpu = meter.read_now();
    let mut measurement = Measurement::with_cpu(cpu);
    let mut latencies = latencies.take();
    latencies.sort_unstable();
    measurement.set_latencies(&latencies);
    measurement.set("cpu_us_per_delivery", cpu.server_s * 1e6 / latencies.len().max(1) as f64);
    let faults = receivers.iter().map(|(arrivals, _)| arrivals.faults(count));
    measurement.faults = faults.fold(Faults::default(), Faults::plus);
    speaker.close().await;
    for socket in sockets {
        socket.close().await;
    }
    Ok(measurement)
}
