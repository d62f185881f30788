//! Load client over real sockets: it compares the product with a few lines of JavaScript in the same runtime, in alternating rounds.
//!
//! `docs/performance.md` explains the comparison. The client has one thread, so that its own cost is easy to see.

mod callback_listener;
mod chaos;
mod clock;
mod counters;
mod crowd;
mod door;
mod goals;
mod livestore;
mod long_room;
mod marker;
mod measurement;
mod net;
mod options;
mod picture;
mod process;
mod report;
mod results;
mod scenario;
mod server;
mod socket_io;
mod stats;

use std::rc::Rc;

use anyhow::{Result, bail};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use options::Options;
use results::{Entry, Results};
use server::{Kind, Launch, Server};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq("picture").is_some() {
        return picture::run(arguments);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tasks = tokio::task::LocalSet::new();
    if arguments.next_if_eq("chaos").is_some() {
        return tasks.block_on(&runtime, chaos::run(arguments));
    }
    if arguments.next_if_eq("long-room").is_some() {
        return tasks.block_on(&runtime, long_room::run(arguments));
    }
    tasks.block_on(&runtime, run(Options::parse(arguments)?))
}

async fn run(options: Options) -> Result<()> {
    let launch = Launch::new()?.beside(options.before.clone());
    let mut servers = Vec::new();
    let measured = tokio::select! {
        measured = measure(&options, &launch, &mut servers) => measured,
        interrupted = interruption() => interrupted.and(Err(anyhow::anyhow!("interrupted"))),
    };
    for server in &servers {
        server.end().await;
    }
    launch.clean_up();
    let results = measured?;
    println!("{}", report::tables(&results));
    let about = json!({
        "scale": format!("{:?}", options.scale),
        "rounds": options.rounds,
        "cores": std::thread::available_parallelism()?.get(),
    });
    println!("{}", report::save(&results, launch.root(), about)?.display());
    match results.failures() {
        0 => Ok(()),
        failures => bail!("{failures} measurements failed or had faults"),
    }
}

/// Waits for Ctrl+C or SIGTERM.
async fn interruption() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
    }
}

async fn measure(options: &Options, launch: &Launch, servers: &mut Vec<Rc<Server>>) -> Result<Results> {
    for kind in &options.servers {
        let is_needed = options.scenarios.iter().any(|scenario| scenario.servers().contains(kind));
        if is_needed {
            println!("starting {}", kind.name());
            servers.push(Rc::new(Server::start(*kind, launch).await?));
        }
    }
    let mut results = Results::default();
    for round in 1..=options.rounds {
        for scenario in &options.scenarios {
            let mut kinds: Vec<Kind> = scenario.servers().to_vec();
            // The order rotates, because the first server runs while the machine is coolest.
            let first = (round - 1) % kinds.len();
            kinds.rotate_left(first);
            for kind in kinds {
                let Some(server) = servers.iter_mut().find(|server| server.kind() == kind) else {
                    continue;
                };
                let outcome = scenario.run(server, options.scale).await.map_err(|failure| format!("{failure:#}"));
                let entry = Entry { round, scenario: *scenario, server: kind, outcome };
                println!("{}", line(&entry));
                results.entries.push(entry);
                if scenario.is_a_storm() {
                    server.end().await;
                    *server = Rc::new(Server::start(kind, launch).await?);
                }
            }
        }
    }
    Ok(results)
}

/// Formats one measurement.
fn line(entry: &Entry) -> String {
    let head = format!("{} {:<12} {:<15}", entry.round, entry.scenario.name(), entry.server.name());
    match &entry.outcome {
        Ok(measurement) => {
            let figures = measurement.figures.iter().map(|(name, value)| format!("{name} {}", report::number(*value)));
            let noisy = if measurement.is_noisy() { " ~" } else { "" };
            let bound = if measurement.is_client_bound() { " !" } else { "" };
            format!("{head} {}{noisy}{bound}", figures.collect::<Vec<_>>().join("  "))
        }
        Err(failure) => format!("{head} failed: {failure}"),
    }
}
