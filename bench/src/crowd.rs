//! People in rooms: opens their sockets, lets them write, and waits for conditions.
//!
//! Everything runs on one thread. Arriving frames are counted in the task that read them, with the time of the read.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::Notify;

use crate::clock::{self, MS, Nanos};
use crate::counters::DeliveryCounters;
use crate::net::{Listener, Socket};
use crate::process;
use crate::server::Server;

/// Number of sockets that are opened at the same time.
const OPENING_MAX: usize = 32;
/// Time without a frame after which a room is quiet: longer than any batch of presence changes is held back (`messenger.md` 5.4).
const QUIET: Nanos = 700 * MS;
/// Share of a core, and time, below which a server counts as idle. The work that joins leave behind (people's objects, the queue, sessions)
/// is measured by its own scenario.
const REST: Duration = Duration::from_millis(1_000);
/// Longest wait for an idle server: a full room leaves much to write into its index and into the tables.
const REST_PATIENCE: Nanos = 300 * clock::SECOND;
const RESTING_CORES_MAX: f64 = 0.04;

/// People, in one room or in several.
pub struct Crowd {
    server: Rc<Server>,
    /// Counters of received frames.
    pub counters: RefCell<DeliveryCounters>,
    members: RefCell<Vec<Option<Rc<Socket>>>>,
    joined: Cell<usize>,
    ended: Cell<usize>,
    /// Every own message that arrives is answered with a new one.
    is_pumping: Cell<bool>,
    is_typing_awaited: Cell<bool>,
    /// Time of the last typing frame at any member but the first.
    typing_received_at: Cell<Option<Nanos>>,
    last_frame_at: Cell<Nanos>,
    refusal: RefCell<Option<String>>,
    changed: Notify,
}

struct Member {
    crowd: Weak<Crowd>,
    index: usize,
    is_in: Cell<bool>,
}

/// Returns a new name for a room.
pub fn fresh_room() -> String {
    format!("bench-{}-{}", std::process::id(), next_number())
}

fn next_number() -> u32 {
    thread_local!(static NEXT: Cell<u32> = const { Cell::new(1) });
    NEXT.replace(NEXT.get() + 1)
}

impl Crowd {
    /// Makes a crowd that is not connected yet; `rooms` has one entry per person.
    pub fn new(server: &Rc<Server>, rooms: Vec<usize>) -> Rc<Self> {
        let members = vec![None; rooms.len()];
        Rc::new(Self {
            server: Rc::clone(server),
            counters: RefCell::new(DeliveryCounters::new(next_number() as u16, rooms)),
            members: RefCell::new(members),
            joined: Cell::new(0),
            ended: Cell::new(0),
            is_pumping: Cell::new(false),
            is_typing_awaited: Cell::new(false),
            typing_received_at: Cell::new(None),
            last_frame_at: Cell::new(0),
            refusal: RefCell::default(),
            changed: Notify::new(),
        })
    }

    /// Connects `count` people to one fresh room, and waits until their joins have settled.
    pub async fn gathered(server: &Rc<Server>, count: usize) -> Result<Rc<Self>> {
        let crowd = Self::new(server, vec![0; count]);
        let room = fresh_room();
        crowd.join((0..count).map(|index| (index, room.clone())).collect()).await?;
        crowd.settle().await?;
        Ok(crowd)
    }

    /// Connects people to their rooms, some at a time, and waits until all have joined.
    pub async fn join(self: &Rc<Self>, places: Vec<(usize, String)>) -> Result<()> {
        let target = self.joined.get() + places.len();
        let mut places = places.into_iter();
        let mut opening = tokio::task::JoinSet::new();
        loop {
            while opening.len() < OPENING_MAX
                && let Some((index, room)) = places.next()
            {
                let crowd = Rc::clone(self);
                opening.spawn_local(async move { crowd.open(index, &room).await });
            }
            let Some(opened) = opening.join_next().await else {
                break;
            };
            opened??;
        }
        self.wait("everybody is in", Duration::from_secs(60), |crowd| crowd.joined.get() >= target).await
    }

    async fn open(self: Rc<Self>, index: usize, room: &str) -> Result<()> {
        let server = &self.server;
        let member = Rc::new(Member { crowd: Rc::downgrade(&self), index, is_in: Cell::new(false) });
        let headers = server.socket_headers(index);
        let listener: Rc<dyn Listener> = Rc::clone(&member) as Rc<dyn Listener>;
        let socket = Socket::open(server.address(), &server.door().joining_path(room), &headers, listener).await?;
        self.members.borrow_mut()[index] = Some(socket);
        if server.door().joins_by_opening() {
            self.came_in(&member);
        }
        Ok(())
    }

    fn came_in(&self, member: &Member) {
        if !member.is_in.replace(true) {
            self.joined.set(self.joined.get() + 1);
        }
    }

    /// Sends a message of `sender` that was due at `due_at`.
    pub fn say(&self, sender: usize, due_at: Nanos) {
        self.speak(sender, 1, due_at);
    }

    /// Sends `count` messages of `sender` at once.
    pub fn speak(&self, sender: usize, count: u32, due_at: Nanos) {
        let members = self.members.borrow();
        let Some(Some(socket)) = members.get(sender) else {
            return;
        };
        let mut frame = String::with_capacity(256);
        for _ in 0..count {
            let marker = self.counters.borrow_mut().sent(sender, due_at);
            self.server.door().write_chat(&mut frame, marker);
            socket.queue(&frame);
        }
        socket.flush();
    }

    /// Sends a typing frame of `sender`, and returns the time until another person received it.
    pub async fn type_at(self: &Rc<Self>, sender: usize) -> Result<Nanos> {
        self.typing_received_at.set(None);
        self.is_typing_awaited.set(true);
        let sent_at = clock::now();
        let mut frame = String::new();
        self.server.door().write_typing(&mut frame, || self.counters.borrow_mut().sent(sender, sent_at));
        if let Some(Some(socket)) = self.members.borrow().get(sender) {
            socket.send(&frame);
        }
        self.wait("the typing frame arrives", Duration::from_secs(10), |crowd| {
            crowd.typing_received_at.get().is_some()
        })
        .await?;
        self.is_typing_awaited.set(false);
        let received_at = self.typing_received_at.get().context("the typing frame arrived")?;
        Ok(received_at.saturating_sub(sent_at))
    }

    /// Keeps `window` messages in flight for each of `senders` from now on.
    pub fn start_pumping(&self, senders: usize, window: u32) {
        self.is_pumping.set(true);
        let now = clock::now();
        for sender in 0..senders {
            self.speak(sender, window, now);
        }
    }

    /// Stops answering messages.
    pub fn stop_pumping(&self) {
        self.is_pumping.set(false);
    }

    /// Waits until all members have all messages. Returns false after `patience`.
    pub async fn drain(self: &Rc<Self>, patience: Duration) -> bool {
        let done = self.wait("everything has arrived", patience, |crowd| crowd.counters.borrow().is_complete()).await;
        done.is_ok()
    }

    /// Waits until the presence changes of all joins are sent, and the server is idle.
    pub async fn settle(self: &Rc<Self>) -> Result<()> {
        let deadline = clock::now() + REST_PATIENCE;
        self.wait_for_silence(deadline).await?;
        let server = self.server.runtime_pid()?;
        loop {
            let before_s = process::cpu_seconds(server);
            tokio::time::sleep(REST).await;
            if process::cpu_seconds(server) - before_s < REST.as_secs_f64() * RESTING_CORES_MAX {
                return Ok(());
            }
            if clock::now() >= deadline {
                bail!("the server does not come to rest");
            }
        }
    }

    async fn wait_for_silence(self: &Rc<Self>, deadline: Nanos) -> Result<()> {
        self.last_frame_at.set(clock::now());
        loop {
            let quiet_at = self.last_frame_at.get() + QUIET;
            let now = clock::now();
            if now >= quiet_at {
                return Ok(());
            }
            if now >= deadline {
                bail!("the room does not become quiet");
            }
            tokio::time::sleep(Duration::from_nanos(quiet_at - now)).await;
        }
    }

    /// Waits until `is_done`. Fails if a socket ends, the server refuses something, or `patience` is over.
    pub async fn wait(self: &Rc<Self>, what: &str, patience: Duration, is_done: impl Fn(&Self) -> bool) -> Result<()> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if is_done(self) {
                    return Ok(());
                }
                self.check()?;
                changed.await;
            }
        };
        let waited = tokio::time::timeout(patience, waiting).await;
        waited.with_context(|| format!("waited {patience:?} in vain until {what}"))?
    }

    /// Fails if a socket was closed or a message refused.
    pub fn check(&self) -> Result<()> {
        if let Some(refusal) = self.refusal.borrow().as_ref() {
            bail!("the server refused: {refusal}");
        }
        if self.ended.get() > 0 {
            let codes: Vec<u16> =
                self.members.borrow().iter().flatten().filter_map(|socket| socket.close_code()).collect();
            bail!("{} sockets ended, codes {codes:?}", self.ended.get());
        }
        Ok(())
    }

    /// Closes all sockets, and waits until the server has closed them.
    pub async fn leave(self: &Rc<Self>) {
        self.stop_pumping();
        let sockets: Vec<Rc<Socket>> = self.members.borrow_mut().drain(..).flatten().collect();
        let mut closing = tokio::task::JoinSet::new();
        for socket in sockets {
            closing.spawn_local(async move { socket.close().await });
        }
        while closing.join_next().await.is_some() {}
    }
}

impl Listener for Member {
    fn on_frame(&self, socket: &Rc<Socket>, frame: &[u8], at: Nanos) {
        let Some(crowd) = self.crowd.upgrade() else {
            return;
        };
        let door = crowd.server.door();
        crowd.last_frame_at.set(at);
        let mut counters = crowd.counters.borrow_mut();
        let arrived_before = counters.arrived();
        let own = counters.on_frame(self.index, frame, at);
        if own > 0 && door.acknowledges_by_delivery() {
            counters.acks += u64::from(own);
        }
        let has_no_message = counters.arrived() == arrived_before;
        // Only frames with own messages and frames without messages contain acknowledgements, so other frames are not searched.
        if own > 0 || has_no_message {
            door.each_ack(frame, |marker| counters.acknowledged(marker));
        }
        drop(counters);
        if self.index > 0 && crowd.is_typing_awaited.get() && door.is_typing(frame) {
            crowd.typing_received_at.set(Some(at));
        }
        if has_no_message {
            if let Some(answer) = door.answer(frame) {
                socket.send(answer);
            }
            if !self.is_in.get() && door.completes_join(frame) {
                crowd.came_in(self);
            }
            if door.is_refusal(frame) {
                crowd.refusal.replace(Some(String::from_utf8_lossy(frame).into_owned()));
            }
        }
        if own > 0 && crowd.is_pumping.get() {
            crowd.speak(self.index, own, at);
        }
        crowd.changed.notify_waiters();
    }

    fn ended(&self, _: &Rc<Socket>) {
        if let Some(crowd) = self.crowd.upgrade() {
            crowd.ended.set(crowd.ended.get() + 1);
            crowd.changed.notify_waiters();
        }
    }
}
