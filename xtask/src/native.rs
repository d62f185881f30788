//! Native tests: unit tests and quick laws of `protocol`, its proofs by many runs, the simulator, the server's half of the page, the tools.

use std::process::Command;

use anyhow::Result;

use crate::{process, tail};

/// `protocol` with all that its tests use.
pub const PROTOCOL: [&str; 4] = ["-p", "protocol", "--features", "protocol/doors"];

/// The simulator.
const SIMULATOR: [&str; 2] = ["-p", "simulator"];

/// The server's half of the page.
pub const APP: [&str; 4] = ["-p", "app", "--features", "ssr"];

/// The Worker: its tables, over SQLite in memory.
pub const SERVER: [&str; 2] = ["-p", "server"];

/// Runs everything that is native, with short fuzzing and few storms.
pub fn gate() -> Result<()> {
    tail::run(laws().args(SIMULATOR).args(["--test", "proofs", "--test", "simulation"]))?;
    // Each by itself: together Cargo would unify the features of `protocol`.
    tail::run(&mut runner(&APP))?;
    tail::run(&mut runner(&SERVER))
}

/// Unit tests and quick laws.
pub fn laws() -> Command {
    let mut cargo = runner(&PROTOCOL);
    cargo.args(["-p", "xtask", "-p", "bench", "--lib", "--bins", "--test", "laws"]);
    cargo
}

/// The fuzzer, optimised and with the checks of a debug build; filters choose among its tests.
pub fn fuzzer(filters: &[&str]) -> Command {
    let mut cargo = optimised(&PROTOCOL, "proofs");
    choose(&mut cargo, filters);
    cargo
}

/// The simulator, likewise.
pub fn simulator() -> Command {
    optimised(&SIMULATOR, "simulation")
}

fn optimised(package: &[&str], test: &str) -> Command {
    let mut cargo = runner(package);
    let profile = if has_nextest() { "--cargo-profile" } else { "--profile" };
    cargo.args(["--test", test, profile, "simulation"]);
    cargo
}

/// Chooses tests by parts of their names. Cargo itself takes one of them, the programs that it runs take several.
pub fn choose(cargo: &mut Command, filters: &[&str]) {
    if !filters.is_empty() && !has_nextest() {
        cargo.arg("--");
    }
    cargo.args(filters);
}

/// The test runner over packages, `cargo-nextest` where it is installed.
pub fn runner(packages: &[&str]) -> Command {
    // A line for each test that passed would bury what matters.
    let nextest = ["nextest", "run", "--no-fail-fast", "--failure-output", "immediate-final", "--status-level", "slow"];
    let runner: &[&str] = if has_nextest() { &nextest } else { &["test", "-q"] };
    let mut cargo = process::cargo();
    cargo.args(runner).arg("--locked").args(packages);
    // Snapshots that changed are failures, not files to be looked at later.
    cargo.env("INSTA_UPDATE", "no");
    cargo
}

fn has_nextest() -> bool {
    process::cargo().args(["nextest", "--version"]).output().is_ok_and(|asked| asked.status.success())
}
