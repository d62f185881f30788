//! Client of one store: it has one request on the way, like the published client, and counts the events that come back.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::rc::Rc;

use anyhow::{Result, bail};

use super::wire::{Meaning, Wire};
use crate::callback_listener::{Arrivals, CallbackListener};
use crate::clock::Nanos;
use crate::counters::Faults;
use crate::marker::Marker;
use crate::net::Socket;
use crate::server::Server;

/// Client of one store.
pub struct Client {
    wire: Wire,
    store: String,
    socket: Rc<Socket>,
    ear: Rc<CallbackListener>,
    inbox: Rc<Inbox>,
}

/// Events of a pull.
#[derive(Default)]
pub struct Pulled {
    /// Events by their markers.
    pub arrivals: Arrivals,
    /// Length of all frames.
    pub bytes: usize,
}

/// Request on the way and what the server's frames said.
#[derive(Default)]
struct Inbox {
    /// Number of the last request.
    number: Cell<u32>,
    is_done: Cell<bool>,
    pulled: RefCell<Pulled>,
    live: Arrivals,
    live_pages: Cell<u32>,
    refusal: RefCell<Option<String>>,
}

impl Inbox {
    fn take(&self, wire: Wire, socket: &Rc<Socket>, frame: &[u8], at: Nanos) {
        match wire.meaning(frame) {
            Meaning::Done => self.is_done.set(true),
            Meaning::Page { is_last } => {
                acknowledge(wire, socket, self.number.get());
                let mut pulled = self.pulled.borrow_mut();
                pulled.arrivals.on_frame(frame, at);
                pulled.bytes += frame.len();
                self.is_done.set(is_last);
            }
            Meaning::LivePage => {
                acknowledge(wire, socket, Wire::LIVE);
                self.live.on_frame(frame, at);
                self.live_pages.set(self.live_pages.get() + 1);
            }
            Meaning::Refused => drop(self.refusal.replace(Some(String::from_utf8_lossy(frame).into_owned()))),
            Meaning::Other => {}
        }
    }
}

fn acknowledge(wire: Wire, socket: &Rc<Socket>, number: u32) {
    if let Some(ack) = wire.ack(number) {
        socket.send(&ack);
    }
}

impl Client {
    /// Opens a socket of `store`.
    pub async fn open(server: &Server, store: &str, wire: Wire) -> Result<Self> {
        let inbox: Rc<Inbox> = Rc::default();
        let ear = {
            let inbox = Rc::clone(&inbox);
            CallbackListener::new(move |socket, frame, at| inbox.take(wire, socket, frame, at))
        };
        let socket = Socket::open(server.address(), &wire.path(store), &[], ear.listener()).await?;
        Ok(Self { wire, store: store.to_owned(), socket, ear, inbox })
    }

    /// Opens a socket that is told of every push, as a published client is while it pushes.
    pub async fn open_following(server: &Server, store: &str, wire: Wire) -> Result<Self> {
        let client = Self::open(server, store, wire).await?;
        if let Some(request) = wire.live_pull(store) {
            client.socket.send(&request);
            client.answered("first page of the live pull", || client.inbox.live_pages.get() > 0).await?;
        }
        Ok(client)
    }

    /// Pushes `count` events, `batch` at a time, each batch after the acknowledgement of the one before.
    pub async fn push_all(&self, count: u32, batch: u32) -> Result<()> {
        let mut from = 0;
        while from < count {
            let to = count.min(from + batch);
            self.push(from, to).await?;
            from = to;
        }
        Ok(())
    }

    /// Pushes the events `from + 1` to `to` and waits for the acknowledgement.
    async fn push(&self, from: u32, to: u32) -> Result<()> {
        let number = self.next_number();
        let frame = self.wire.push(number, &self.store, |frame| push_events(frame, from, to));
        self.socket.send(&frame);
        self.answered("acknowledgement", || self.inbox.is_done.get()).await
    }

    /// Pulls the whole log.
    pub async fn pull(&self) -> Result<Pulled> {
        let number = self.next_number();
        self.inbox.pulled.take();
        self.socket.send(&self.wire.pull(number, &self.store));
        self.answered("end of the pull", || self.inbox.is_done.get()).await?;
        Ok(self.inbox.pulled.take())
    }

    /// Waits until the live pull has brought `count` events, and returns its faults. A client without one has none.
    pub async fn followed(&self, count: u32) -> Result<Faults> {
        if self.inbox.live_pages.get() == 0 {
            return Ok(Faults::default());
        }
        self.answered("end of the log in the live pull", || self.inbox.live.count() >= count).await?;
        Ok(self.inbox.live.faults(count))
    }

    /// Closes the socket.
    pub async fn close(&self) {
        self.socket.close().await;
    }

    /// Returns the number of a request that begins now.
    fn next_number(&self) -> u32 {
        self.inbox.is_done.set(false);
        self.inbox.number.set(self.inbox.number.get() + 1);
        self.inbox.number.get()
    }

    async fn answered(&self, what: &str, holds: impl Fn() -> bool) -> Result<()> {
        self.ear.until(what, || holds() || self.inbox.refusal.borrow().is_some()).await?;
        match self.inbox.refusal.take() {
            Some(refusal) => bail!("the server refused: {refusal}"),
            None => Ok(()),
        }
    }
}

/// Writes the events `from + 1` to `to`.
fn push_events(frame: &mut String, from: u32, to: u32) {
    for parent in from..to {
        if parent > from {
            frame.push(',');
        }
        let _ = write!(frame, "{{\"name\":\"v1.Noted\",\"args\":{{\"id\":\"n{parent}\",\"text\":\"");
        Marker { run: 1, sender: 0, number: parent }.push_text(frame);
        let _ = write!(
            frame,
            "\"}},\"seqNum\":{},\"parentSeqNum\":{parent},\"clientId\":\"bench\",\"sessionId\":\"s\"}}",
            parent + 1
        );
    }
}
