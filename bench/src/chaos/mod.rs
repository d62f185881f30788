//! `bench chaos`: people write while the runtime is killed, sockets are cut and pages are reloaded. Every acknowledged message must be
//! once, at the acknowledged position, in the history and on every page (`core.md` 11).
//!
//! The clients are the product's own `protocol::client` machines over real sockets to the real Worker.

mod chat;
mod options;
mod storm;
mod verdict;

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::crowd;
use crate::marker::Marker;
use crate::server::{Kind, Launch, Server};
use chat::Chat;
use options::Options;
use storm::Storm;
use verdict::Verdict;

/// Number of people, who are all in all rooms.
const PEOPLE: usize = 20;
const ROOMS: usize = 5;
/// Time after the storm within which all pending messages must arrive.
const LANDING_PATIENCE: Duration = Duration::from_secs(90);

/// Open conversations of all people.
struct Cast {
    server: Rc<Server>,
    rooms: Vec<String>,
    /// Conversations by room, then by person.
    chats: Vec<Vec<Rc<Chat>>>,
}

/// Starts the product, runs the storm, and compares.
pub async fn run(arguments: impl Iterator<Item = String>) -> Result<()> {
    let options = Options::parse(arguments)?;
    let launch = Launch::new()?;
    let server = Rc::new(Server::start(Kind::Product, &launch).await?);
    let outcome = tokio::select! {
        outcome = rage(&server, &options) => outcome,
        interrupted = crate::interruption() => interrupted.and(Err(anyhow::anyhow!("interrupted"))),
    };
    if outcome.is_err() {
        eprintln!("{}", server.output_tail());
    }
    server.end().await;
    launch.clean_up();
    let verdict = outcome?;
    println!("{verdict}");
    if verdict.is_good() {
        Ok(())
    } else {
        bail!("promises were broken, or hardly anything was done that could break them")
    }
}

async fn rage(server: &Rc<Server>, options: &Options) -> Result<Verdict> {
    server.sign_in(PEOPLE).await?;
    let began = Instant::now();
    let cast = Cast::gather(server).await?;
    println!("{PEOPLE} people are in {ROOMS} rooms after {:.1} s", began.elapsed().as_secs_f32());
    let mut storm = Storm::default();
    storm.rage(&cast, options).await?;
    let over = Instant::now();
    cast.land().await?;
    println!("everything written has landed {:.1} s after the storm", over.elapsed().as_secs_f32());
    let mut verdict = Verdict::new(storm);
    for (room, name) in cast.rooms.iter().enumerate() {
        let history = server.history(name, run_of(room)).await?;
        cast.catch_up(room, history.len() as u64).await?;
        let pages: Vec<_> = cast.chats[room].iter().map(|chat| chat.page()).collect();
        verdict.add(name, &history, &pages);
    }
    println!("every page is complete {:.1} s after the storm", over.elapsed().as_secs_f32());
    Ok(verdict)
}

/// Returns the mark of a room's messages.
fn run_of(room: usize) -> u16 {
    room as u16 + 1
}

impl Cast {
    async fn gather(server: &Rc<Server>) -> Result<Self> {
        let rooms: Vec<String> = (0..ROOMS).map(|_| crowd::fresh_room()).collect();
        let chat = |room: usize, person: usize| {
            let marker = Marker { run: run_of(room), sender: person as u16, number: 0 };
            Chat::new(server, &rooms[room], person, marker)
        };
        let chats = (0..ROOMS).map(|room| (0..PEOPLE).map(|person| chat(room, person)).collect()).collect();
        let cast = Self { server: Rc::clone(server), rooms: rooms.clone(), chats };
        cast.all().for_each(|chat| chat.open());
        cast.until("everybody is in every room", |chat| chat.is_live()).await?;
        Ok(cast)
    }

    fn all(&self) -> impl Iterator<Item = &Rc<Chat>> {
        self.chats.iter().flatten()
    }

    /// Lets time pass for all conversations.
    async fn pass_time(&self) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.all().for_each(|chat| chat.pass_time());
    }

    /// Waits until all written messages are stored.
    async fn land(&self) -> Result<()> {
        self.until("every outbox is empty", |chat| chat.is_live() && chat.unsent() == 0).await
    }

    /// Waits until every page shows the whole log.
    async fn catch_up(&self, room: usize, head: u64) -> Result<()> {
        self.chats[room].iter().for_each(|chat| chat.wants_all_until(head));
        self.until("every page is complete", |chat| chat.has_all()).await
    }

    async fn until(&self, what: &str, holds: impl Fn(&Chat) -> bool) -> Result<()> {
        let waiting = async {
            while !self.all().all(|chat| holds(chat)) {
                self.pass_time().await;
            }
        };
        let waited = tokio::time::timeout(LANDING_PATIENCE, waiting).await;
        waited.with_context(|| {
            let late: Vec<String> = self.all().filter(|chat| !holds(chat)).map(|chat| chat.describe()).collect();
            format!("not within {LANDING_PATIENCE:?}: {what}; {}", late.join(", "))
        })
    }
}
