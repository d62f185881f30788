//! Native tests: unit tests and quick laws of `protocol`, its proofs by many runs, the server's half of the page, the tools.

use std::process::Command;

use anyhow::Result;

use crate::{process, tail};

/// `protocol` with all that its tests use: the doors and the simulator.
pub const PROTOCOL: [&str; 4] = ["-p", "protocol", "--features", "protocol/doors,protocol/sim"];

/// The server's half of the page.
pub const APP: [&str; 4] = ["-p", "app", "--features", "ssr"];

/// Runs everything that is native, with short fuzzing and few storms.
pub fn gate() -> Result<()> {
    tail::run(laws().args(["--test", "proofs"]))?;
    // By itself: together Cargo would unify the features of `protocol`.
    tail::run(&mut runner(&APP))
}

/// Unit tests and quick laws.
pub fn laws() -> Command {
    let mut cargo = runner(&PROTOCOL);
    cargo.args(["-p", "xtask", "-p", "bench", "--lib", "--bins", "--test", "laws"]);
    cargo
}

/// The simulator and the fuzzer, optimised and with the checks of a debug build; filters choose among them.
pub fn proofs(filters: &[&str]) -> Command {
    let mut cargo = runner(&PROTOCOL);
    let profile = if has_nextest() { "--cargo-profile" } else { "--profile" };
    cargo.args(["--test", "proofs", profile, "simulation"]);
    choose(&mut cargo, filters);
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
