//! LiveStore: a client pushes events in batches, one in flight like the published client, and another one pulls a long log from its
//! beginning. The client is written by hand, so that all servers have the same one.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use memchr::memmem;

use super::Scale;
use crate::callback_listener::{Arrivals, CallbackListener};
use crate::clock::{self, SECOND};
use crate::crowd;
use crate::marker::Marker;
use crate::measurement::Measurement;
use crate::net::Socket;
use crate::process::CpuMeter;
use crate::server::Server;

/// Number of events of a push scenario.
const PUSHED: u32 = 1_000;
/// Number of events of the pulled log, and of each batch that fills it.
const PULLED: u32 = 100_000;
const FILL_BATCH: u32 = 100;
/// Time for which a missing event is looked for, because the original acknowledges before it stores.
const STORE_PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Client of one store.
struct Client {
    socket: Rc<Socket>,
    ear: Rc<CallbackListener>,
    acks: Rc<Cell<u32>>,
    /// State of the running pull.
    pulled: Rc<RefCell<Pulled>>,
    refusal: Rc<RefCell<Option<String>>>,
    requests: Cell<u32>,
}

#[derive(Default)]
struct Pulled {
    arrivals: Arrivals,
    bytes: usize,
    is_over: bool,
}

impl Client {
    async fn open(server: &Server, store: &str) -> Result<Self> {
        let (acks, pulled): (Rc<Cell<u32>>, Rc<RefCell<Pulled>>) = Default::default();
        let refusal: Rc<RefCell<Option<String>>> = Rc::default();
        let ear = {
            let (acks, pulled, refusal) = (Rc::clone(&acks), Rc::clone(&pulled), Rc::clone(&refusal));
            CallbackListener::new(move |_, frame, at| {
                let has = |needle: &[u8]| memmem::find(frame, needle).is_some();
                if has(b"\"WSMessage.PushAck\"") {
                    acks.set(acks.get() + 1);
                } else if has(b"\"WSMessage.Error\"") {
                    refusal.replace(Some(String::from_utf8_lossy(frame).into_owned()));
                } else if has(b"\"context\":\"pull\"") {
                    let mut pulled = pulled.borrow_mut();
                    pulled.arrivals.on_frame(frame, at);
                    pulled.bytes += frame.len();
                    pulled.is_over = has(b"\"remaining\":0}") || has(b"\"remaining\":0,");
                }
            })
        };
        let path = format!("/websocket?storeId={store}");
        let socket = Socket::open(server.address(), &path, &[], ear.listener()).await?;
        Ok(Self { socket, ear, acks, pulled, refusal, requests: Cell::new(0) })
    }

    fn request_id(&self) -> String {
        self.requests.set(self.requests.get() + 1);
        format!("r{:020}", self.requests.get())
    }

    /// Pushes the events `from + 1` to `to` and waits for the acknowledgement.
    async fn push(&self, from: u32, to: u32) -> Result<()> {
        let mut frame = format!("{{\"_tag\":\"WSMessage.PushReq\",\"requestId\":\"{}\",\"batch\":[", self.request_id());
        for parent in from..to {
            if parent > from {
                frame.push(',');
            }
            let _ = write!(frame, "{{\"name\":\"v1.Noted\",\"args\":{{\"id\":\"n{parent}\",\"text\":\"");
            Marker { run: 1, sender: 0, number: parent }.push_text(&mut frame);
            let _ = write!(
                frame,
                "\"}},\"seqNum\":{},\"parentSeqNum\":{parent},\"clientId\":\"bench\",\"sessionId\":\"s\"}}",
                parent + 1
            );
        }
        frame.push_str("]}");
        let before = self.acks.get();
        self.socket.send(&frame);
        self.answered("acknowledgement", || self.acks.get() > before).await
    }

    async fn push_all(&self, count: u32, batch: u32) -> Result<()> {
        let mut from = 0;
        while from < count {
            let to = count.min(from + batch);
            self.push(from, to).await?;
            from = to;
        }
        Ok(())
    }

    /// Pulls the whole log.
    async fn pull(&self) -> Result<Pulled> {
        self.pulled.take();
        self.socket.send(&format!("{{\"_tag\":\"WSMessage.PullReq\",\"requestId\":\"{}\"}}", self.request_id()));
        self.answered("end of the pull", || self.pulled.borrow().is_over).await?;
        Ok(self.pulled.take())
    }

    async fn answered(&self, what: &str, holds: impl Fn() -> bool) -> Result<()> {
        self.ear.until(what, || holds() || self.refusal.borrow().is_some()).await?;
        match self.refusal.take() {
            Some(refusal) => bail!("the server refused: {refusal}"),
            None => Ok(()),
        }
    }
}

/// Measures acknowledged events per second, in batches of `batch`.
pub async fn push(server: &Rc<Server>, scale: Scale, batch: u32) -> Result<Measurement> {
    // A brief run has as many requests with batches as without; a batch of 100 is then two.
    let count = scale.pick(PUSHED / 5, PUSHED);
    // The start of the runtime's code is not measured, so another store is used before.
    Client::open(server, &crowd::fresh_room()).await?.push_all(count / 4, batch).await?;
    let client = Client::open(server, &crowd::fresh_room()).await?;
    let meter = CpuMeter::start(server.runtime_pid()?);
    let began = clock::now();
    client.push_all(count, batch).await?;
    let seconds = (clock::now() - began) as f64 / SECOND as f64;
    let cpu = meter.read_now();
    let mut measurement = Measurement::with_cpu(cpu);
    measurement
        .set("events_per_s", f64::from(count) / seconds)
        .set("cpu_us_per_event", cpu.server_s * 1e6 / f64::from(count));
    let looked_from = std::time::Instant::now();
    let mut found = client.pull().await?;
    while found.arrivals.count() < count && looked_from.elapsed() < STORE_PATIENCE {
        tokio::time::sleep(LOOK_AGAIN).await;
        found = client.pull().await?;
    }
    measurement.faults = found.arrivals.faults(count);
    client.socket.close().await;
    Ok(measurement)
}

/// Measures the events per second that a second client pulls from an existing log.
pub async fn pull(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let (count, store) = (scale.pick(PULLED / 20, PULLED), crowd::fresh_room());
    let writer = Client::open(server, &store).await?;
    writer.push_all(count, FILL_BATCH).await?;
    writer.socket.close().await;
    let reader = Client::open(server, &store).await?;
    let looked_from = std::time::Instant::now();
    while reader.pull().await?.arrivals.count() < count && looked_from.elapsed() < STORE_PATIENCE {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let meter = CpuMeter::start(server.runtime_pid()?);
    let began = clock::now();
    let found = reader.pull().await?;
    let seconds = (clock::now() - began) as f64 / SECOND as f64;
    let cpu = meter.read_now();
    let mut measurement = Measurement::with_cpu(cpu);
    measurement
        .set("events_per_s", f64::from(count) / seconds)
        .set("mb_per_s", found.bytes as f64 / 1e6 / seconds)
        .set("cpu_us_per_event", cpu.server_s * 1e6 / f64::from(count));
    measurement.faults = found.arrivals.faults(count);
    reader.socket.close().await;
    Ok(measurement)
}
