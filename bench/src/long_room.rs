//! `bench long-room`: compares a room of a million messages with one of ten thousand. Joining, resuming, paging and searching may take at
//! most twice the time, and the runtime may not need more memory. Garbage of the writing does not count: the runtime is killed before the
//! measurement, and its memory after all operations is compared. The growth in the second half of the writing is checked as well: it must
//! stay below what that half of the log in memory would need.

use std::cell::Cell;
use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use memchr::memmem;
use tokio::sync::Notify;

use crate::clock::{self, Nanos};
use crate::crowd;
use crate::marker::Marker;
use crate::net::{self, Listener, Socket};
use crate::server::{Kind, Launch, Server};
use crate::stats::percentile;

const USAGE: &str = "usage: bench long-room [--messages N (1000000)]";
const SMALL: u64 = 10_000;
/// Number of frames that one text message of `cfm.v1.batch` may hold (`core.md` 5.1).
const BATCH: u64 = 64;
/// Number of batches in flight.
const WINDOW: u64 = 4;
/// Number of measurements of each operation in a round.
const SAMPLES: u64 = 60;
const RATIO_MAX: f64 = 2.0;
/// Allowed growth of the runtime's heap, which varies; the log itself would be a quarter of a gigabyte.
const GROWTH_MB_MAX: f64 = 64.0;
/// Allowed growth during the second half of the writing. What waits for the collector grows in the first half and hardly any more in the
/// second (45 MB of 283 on 2026-11-30); with the log in memory the second half would need 125 MB besides.
const WRITING_GROWTH_MB_MAX: f64 = 112.0;
/// Number of messages between two checks of the runtime's memory.
const LOOK_EVERY: u64 = 64 * BATCH;
/// Number of rounds of all timed operations, in both rooms by turns. The smallest median counts, because other load of the machine only
/// adds time.
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);
const INDEX_PATIENCE: Duration = Duration::from_secs(300);

/// Counts the replies on a socket.
#[derive(Default)]
struct ReplyCounter {
    acks: Cell<u64>,
    histories: Cell<u64>,
    is_closed: Cell<bool>,
    changed: Notify,
}

impl Listener for ReplyCounter {
    fn on_frame(&self, _: &Rc<Socket>, text: &[u8], _: Nanos) {
        self.acks.set(self.acks.get() + memmem::find_iter(text, b"\"type\":\"ack\"").count() as u64);
        self.histories.set(self.histories.get() + memmem::find_iter(text, b"\"type\":\"history\"").count() as u64);
        self.changed.notify_waiters();
    }

    fn ended(&self, _: &Rc<Socket>) {
        self.is_closed.set(true);
        self.changed.notify_waiters();
    }
}

impl ReplyCounter {
    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<()> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if holds(self) {
                    return Ok(());
                }
                if self.is_closed.get() {
                    bail!("the socket was closed while waiting for {what}");
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("no {what} in time"))?
    }
}

/// Smallest medians of the rounds in milliseconds, and the runtime's memory: the peak of the writing runtime, and the size of a new one
/// after a round.
struct Figures {
    messages: u64,
    times: Vec<(&'static str, f64)>,
    /// Memory of the writing runtime after half of the messages and after all of them.
    writer_mb: [f64; 2],
    memory_mb: f64,
}

/// Room, and the number of its messages.
struct Room {
    server: Rc<Server>,
    name: String,
    messages: u64,
    epoch: String,
    /// Peak memory of the runtime in the first half of the writing, and in all of it.
    most_mb: Cell<[f64; 2]>,
}

/// Fills the rooms, measures and compares.
pub async fn run(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let messages = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => 1_000_000,
        (Some("--messages"), Some(count)) => count.parse().context(USAGE)?,
        _ => bail!(USAGE),
    };
    let launch = Launch::new()?;
    let server = Rc::new(Server::start(Kind::Product, &launch).await?);
    let outcome = tokio::select! {
        outcome = measure(&server, messages) => outcome,
        interrupted = crate::interruption() => interrupted.and(Err(anyhow::anyhow!("interrupted"))),
    };
    server.end().await;
    launch.clean_up();
    let [small, large] = outcome?;
    judge(&small, &large)
}

async fn measure(server: &Rc<Server>, messages: u64) -> Result<[Figures; 2]> {
    server.sign_in(2).await?;
    let mut rooms = Vec::new();
    let mut all = Vec::new();
    for messages in [SMALL.min(messages), messages] {
        let mut room = Room::new(server, messages);
        room.fill().await?;
        all.push(room.held().await?);
        rooms.push(room);
    }
    // Both rooms are measured by turns, so that other load of the machine slows both.
    for _ in 0..ROUNDS {
        for (room, figures) in rooms.iter().zip(&mut all) {
            figures.take(room.round().await?);
        }
    }
    all.try_into().map_err(|_| anyhow::anyhow!("two rooms have two figures"))
}

impl Figures {
    /// Keeps the smallest of each time.
    fn take(&mut self, times: Vec<(&'static str, f64)>) {
        if self.times.is_empty() {
            self.times = times;
            return;
        }
        for (least, (_, again)) in self.times.iter_mut().zip(times) {
            least.1 = least.1.min(again);
        }
    }
}

impl Room {
    fn new(server: &Rc<Server>, messages: u64) -> Self {
        let (server, name) = (Rc::clone(server), crowd::fresh_room());
        Self { server, name, messages, epoch: String::new(), most_mb: Cell::new([0.0; 2]) }
    }

    fn path(&self, query: &str) -> String {
        format!("{}{query}", self.server.door().room_path(&self.name))
    }

    async fn open(&self, query: &str) -> Result<(Rc<Socket>, Rc<ReplyCounter>)> {
        let ear = Rc::new(ReplyCounter::default());
        let listener: Rc<dyn Listener> = Rc::clone(&ear) as Rc<dyn Listener>;
        let headers = self.server.socket_headers(0);
        let socket = Socket::open(self.server.address(), &self.path(query), &headers, listener).await?;
        Ok((socket, ear))
    }

    async fn page(&self, query: &str) -> Result<serde_json::Value> {
        let path = format!("/api/messages?roomId={}&limit=100{query}", self.name);
        let headers = self.server.socket_headers(0);
        net::request(self.server.address(), "GET", &path, &headers[..1], "").await?.json()
    }

    /// Writes all messages.
    async fn fill(&mut self) -> Result<()> {
        let began = Instant::now();
        let (socket, ear) = self.open("").await?;
        ear.until("join", |ear| ear.histories.get() > 0).await?;
        let mut sent = 0;
        while sent < self.messages {
            let count = BATCH.min(self.messages - sent);
            let frames: Vec<String> = (sent..sent + count).map(|number| frame(number as u32)).collect();
            socket.send(&format!("[{}]", frames.join(",")));
            sent += count;
            let wanted = sent.saturating_sub(WINDOW * BATCH);
            ear.until("acks", |ear| ear.acks.get() >= wanted).await?;
            if sent.is_multiple_of(LOOK_EVERY) {
                self.look(sent)?;
            }
        }
        ear.until("acks", |ear| ear.acks.get() >= self.messages).await?;
        socket.close().await;
        self.look(self.messages)?;
        println!("{} messages written in {:.0} s", self.messages, began.elapsed().as_secs_f32());
        let newest = self.page("").await?;
        self.epoch = newest.pointer("/data/epoch").and_then(|epoch| epoch.as_str()).unwrap_or_default().to_owned();
        Ok(())
    }

    /// Records the present memory of the runtime, after so many messages.
    fn look(&self, sent: u64) -> Result<()> {
        let ([half, whole], now) = (self.most_mb.get(), memory_mb(self.server.runtime_pid()?));
        let is_first_half = sent <= self.messages / 2;
        self.most_mb.set([if is_first_half { half.max(now) } else { half }, whole.max(now)]);
        Ok(())
    }

    /// Returns the texts of search results, newest first.
    async fn search(&self, words: &str) -> Result<Vec<String>> {
        let path = format!("/api/messages/search?roomId={}&limit=20&q={words}", self.name);
        let headers = self.server.socket_headers(0);
        let page = net::request(self.server.address(), "GET", &path, &headers[..1], "").await?.json()?;
        let items = page.pointer("/data/items").and_then(|items| items.as_array()).context("no list of finds")?;
        Ok(items.iter().filter_map(|item| item["content"].as_str()).map(str::to_owned).collect())
    }

    /// Waits until the newest message is found, because the index follows a moment later.
    async fn index(&self) -> Result<()> {
        let (began, newest) = (Instant::now(), word(self.messages as u32 - 1));
        while !self.search(&newest).await.is_ok_and(|found| found.len() == 1) {
            if began.elapsed() > INDEX_PATIENCE {
                bail!("the newest message is not found");
            }
        }
        println!("{} messages indexed, {:.1} s after the last", self.messages, began.elapsed().as_secs_f32());
        Ok(())
    }

    async fn searches(&self, words: impl Fn(u64) -> String, count: usize) -> Result<f64> {
        let mut times = Vec::new();
        for sample in 0..SAMPLES {
            let words = words(sample);
            let began = clock::now();
            let found = self.search(&words).await?;
            times.push(clock::now() - began);
            // Messages of the same millisecond stay together, so a page may have more than requested (`messenger.md` 3).
            if found.len() < count || !found.iter().all(|text| text.contains(&words)) {
                bail!("{} found for {words}", found.len());
            }
        }
        Ok(median_ms(times))
    }

    /// Returns the peak memory during the writing, and the memory of a new runtime after a round.
    async fn held(&self) -> Result<Figures> {
        self.index().await?;
        self.server.kill_runtime().await?;
        self.round().await?;
        let memory_mb = memory_mb(self.server.runtime_pid()?);
        Ok(Figures { messages: self.messages, times: Vec::new(), writer_mb: self.most_mb.get(), memory_mb })
    }

    async fn round(&self) -> Result<Vec<(&'static str, f64)>> {
        let messages = self.messages;
        let mut times = vec![
            ("join", self.joins(|_| String::new()).await?),
            ("since, 50 behind", self.joins(|_| format!("?since={}&epoch={}", messages - 50, self.epoch)).await?),
        ];
        let stride = (messages - 200) / SAMPLES;
        times.push(("page anywhere", self.pages(|sample| format!("&before={}", 200 + sample * stride)).await?));
        times.push(("since anywhere", self.pages(|sample| format!("&since={}", sample * stride)).await?));
        times.push(("newest page", self.pages(|_| String::new()).await?));
        times.push(("oldest page", self.pages(|_| "&since=0".to_owned()).await?));
        times.push(("search, one anywhere", self.searches(|sample| lone_word((sample * stride) as u32), 1).await?));
        times.push(("search, all have it", self.searches(|_| "quick".to_owned(), 20).await?));
        Ok(times)
    }

    async fn joins(&self, query: impl Fn(u64) -> String) -> Result<f64> {
        let mut times = Vec::new();
        for sample in 0..SAMPLES {
            let began = clock::now();
            let (socket, ear) = self.open(&query(sample)).await?;
            ear.until("history", |ear| ear.histories.get() > 0).await?;
            times.push(clock::now() - began);
            socket.close().await;
        }
        Ok(median_ms(times))
    }

    async fn pages(&self, query: impl Fn(u64) -> String) -> Result<f64> {
        let mut times = Vec::new();
        for sample in 0..SAMPLES {
            let began = clock::now();
            let page = self.page(&query(sample)).await?;
            times.push(clock::now() - began);
            let count = page.pointer("/data/messages").and_then(|messages| messages.as_array()).map_or(0, Vec::len);
            if count != 100 {
                bail!("a page of {count} for {}", query(sample));
            }
        }
        Ok(median_ms(times))
    }
}

/// Returns a word that only the message with this number has.
fn word(number: u32) -> String {
    let mut text = String::new();
    Marker { run: 1, sender: 0, number }.push_text(&mut text);
    let is_word = |c: char| c.is_ascii_alphanumeric();
    text.trim_start_matches(|c| !is_word(c)).chars().take_while(|c| is_word(*c)).collect()
}

/// Returns the word of this message or of the next one that no other word matches: `ae` is found as `a` too.
fn lone_word(number: u32) -> String {
    (number..).map(word).find(|word| !word.contains("ae")).unwrap_or_default()
}

fn frame(number: u32) -> String {
    let marker = Marker { run: 1, sender: 0, number };
    let (mut id, mut text) = Default::default();
    marker.push_id(&mut id);
    marker.push_text(&mut text);
    format!("{{\"type\":\"chat\",\"id\":\"{id}\",\"content\":\"{text}\"}}")
}

fn median_ms(mut times: Vec<Nanos>) -> f64 {
    times.sort_unstable();
    percentile(&times, 0.5) as f64 / 1e6
}

/// Returns the resident memory of a process.
fn memory_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1_000.0
}

fn judge(small: &Figures, large: &Figures) -> Result<()> {
    println!("{:<20}{:>14}{:>14}{:>9}", "median ms", small.messages, large.messages, "ratio");
    let mut worst: f64 = 0.0;
    for ((name, before), (_, after)) in small.times.iter().zip(&large.times) {
        let ratio = after / before;
        worst = worst.max(ratio);
        println!("{name:<20}{before:>14.2}{after:>14.2}{ratio:>9.2}");
    }
    let growth_mb = large.memory_mb - small.memory_mb;
    println!("{:<20}{:>14.0}{:>14.0}{:>+9.0}", "runtime's MB", small.memory_mb, large.memory_mb, growth_mb);
    let [half_mb, whole_mb] = large.writer_mb;
    let written_mb = whole_mb - half_mb;
    println!("{:<20}{half_mb:>14.0}{whole_mb:>14.0}{written_mb:>+9.0}", "half, whole, MB");
    if worst > RATIO_MAX {
        bail!("something takes {worst:.2} times as long as at {} messages", small.messages);
    }
    if growth_mb > GROWTH_MB_MAX {
        bail!("the runtime grew by {growth_mb:.0} MB");
    }
    if written_mb > WRITING_GROWTH_MB_MAX {
        bail!("the runtime grew by {written_mb:.0} MB in the second half of the writing");
    }
    Ok(())
}
