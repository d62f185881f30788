//! `cargo xtask nightly`: the runs that are too long for every change. Seeds that fail are printed and can be replayed. `--supply` does
//! the part of the supply chain alone: licences, sources and known weaknesses; `--twice` the release build in two folders; `--themes` every rule of
//! axe in every theme.

use anyhow::Result;

use crate::cli::Arguments;
use crate::{advisories, bench, chaos, process, reproducible, setup, test};

const SIMULATOR_RUNS: &str = "100000";
/// As many inputs as `wasmchannel.md` 9 asks of the packet decoder.
const PACKETS: &str = "10000000";
/// Ten minutes per decoder, in milliseconds.
const FUZZ_MS: &str = "600000";

/// The simulator over many seeds, then every decoder for long, optimised, then the storm, the long room and the themes. What asks somebody over the
/// network is the last, but for the browser, which may have to be fetched: a list that is away, which fails, costs nothing of the rest.
/// `--runs N` and `--fuzz-ms N` change how long.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let runs = arguments.value("--runs")?.unwrap_or_else(|| SIMULATOR_RUNS.to_owned());
    let fuzz_ms = arguments.value("--fuzz-ms")?.unwrap_or_else(|| FUZZ_MS.to_owned());
    let is_supply_alone = arguments.flag("--supply");
    let is_twice_alone = arguments.flag("--twice");
    let is_themes_alone = arguments.flag("--themes");
    arguments.finish()?;
    if !is_twice_alone && !is_supply_alone {
        setup::chromium()?;
    }
    setup::run()?;
    if is_twice_alone {
        return reproducible::check();
    }
    if is_supply_alone {
        return supply();
    }
    if is_themes_alone {
        return themes();
    }
    process::announce(&format!("The simulator over {runs} seeds"));
    process::run(proof("simulation").env("SIM_RUNS", runs))?;
    process::announce(&format!("Every decoder for {fuzz_ms} ms"));
    process::run(proof("fuzz").env("FUZZ_MS", fuzz_ms))?;
    process::announce(&format!("Packets: {PACKETS} inputs"));
    process::run(
        proof("fuzz").args(["--exact", "doors::packets", "doors::frames_inside_packets"]).env("FUZZ_INPUTS", PACKETS),
    )?;
    process::announce("A minute of kills, cut sockets and reloads");
    chaos::long()?;
    process::announce("One room with a million messages");
    bench::long_room()?;
    themes()?;
    reproducible::check()?;
    supply()
}

fn themes() -> Result<()> {
    process::announce("Every rule of axe in every theme");
    test::themes()
}

/// Where what is deployed comes from.
fn supply() -> Result<()> {
    process::announce("Crates and packages: licences, sources, known weaknesses");
    advisories::thorough()
}

fn proof(name: &str) -> std::process::Command {
    let mut cargo = process::cargo();
    cargo.args(["test", "--release", "--locked", "-p", "protocol", "--test", name, "--", "--nocapture"]);
    cargo
}
