//! Native tests: unit tests and quick laws of `protocol`, its longer proofs, the simulator, the server's half of the page, the tools.

use std::process::Command;

use anyhow::Result;

use crate::{process, tail};

/// `protocol` with all features of its tests.
pub const PROTOCOL: [&str; 4] = ["-p", "protocol", "--features", "protocol/doors"];

/// The simulator.
const SIMULATOR: [&str; 2] = ["-p", "simulator"];

/// Server's half of the page.
pub const APP: [&str; 4] = ["-p", "app", "--features", "ssr"];

/// Worker: its tables, over SQLite in memory.
pub const SERVER: [&str; 2] = ["-p", "server"];

/// Runs all native tests, with short fuzzing and few storms.
pub fn gate() -> Result<()> {
    tail::run(laws().args(SIMULATOR).args(["--test", "proofs", "--test", "simulation"]))?;
    // Each package is tested alone, because together Cargo would unify the features of `protocol`.
    tail::run(&mut runner(&APP))?;
    tail::run(&mut runner(&SERVER))
}

/// Returns the command for unit tests and quick laws.
pub fn laws() -> Command {
    let mut cargo = runner(&PROTOCOL);
    cargo.args(["-p", "xtask", "-p", "bench", "--lib", "--bins", "--test", "laws"]);
    cargo
}

/// Returns the command for the fuzzer, optimised and with debug assertions; filters choose among its tests.
pub fn fuzzer(filters: &[&str]) -> Command {
    let mut cargo = optimised(&PROTOCOL, "proofs");
    choose(&mut cargo, filters);
    cargo
}

/// Returns the command for the simulator, likewise.
pub fn simulator() -> Command {
    optimised(&SIMULATOR, "simulation")
}

fn optimised(package: &[&str], test: &str) -> Command {
    let mut cargo = runner(package);
    let profile = if has_nextest() { "--cargo-profile" } else { "--profile" };
    cargo.args(["--test", test, profile, "simulation"]);
    cargo
}

/// Chooses tests by parts of their names. Cargo takes one of them, the test programs take several.
pub fn choose(cargo: &mut Command, filters: &[&str]) {
    if !filters.is_empty() && !has_nextest() {
        cargo.arg("--");
    }
    cargo.args(filters);
}

/// Builds the example that a test of the sockets starts, together with the load client: so both have one `protocol`.
pub fn rust_bot() -> Result<()> {
    tail::run(process::cargo().args(["build", "-q", "--locked", "-p", "bench", "-p", "rust-bot"]))
}

/// Returns the command for tests of packages, with `cargo-nextest` if it is installed.
pub fn runner(packages: &[&str]) -> Command {
    // A line for each passed test would hide the important ones.
    let nextest = ["nextest", "run", "--no-fail-fast", "--failure-output", "immediate-final", "--status-level", "slow"];
    let runner: &[&str] = if has_nextest() { &nextest } else { &["test", "-q"] };
    let mut cargo = process::cargo();
    cargo.args(runner).arg("--locked").args(packages);
    // Changed snapshots are failures, not files for a later review.
    cargo.env("INSTA_UPDATE", "no");
    cargo
}

fn has_nextest() -> bool {
    process::cargo().args(["nextest", "--version"]).output().is_ok_and(|asked| asked.status.success())
}
