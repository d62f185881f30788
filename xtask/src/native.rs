//! Native tests: unit tests, laws and the simulator of `protocol`, the server's half of the page, the tools.

use std::process::Command;

use anyhow::Result;

use crate::{process, tail};

/// How long each decoder is fuzzed in the gate, in milliseconds.
const FUZZ_MS: &str = "200";
/// Runs of the simulator in the gate.
const SIMULATOR_RUNS: &str = "2000";

/// Runs everything that is native, with short fuzzing and few storms.
pub fn gate() -> Result<()> {
    let mut libraries = runner(&["-p", "protocol", "-p", "xtask", "-p", "bench"]);
    tail::run(&mut libraries)?;
    // By itself: together Cargo would unify the features of `protocol`, and this is the server's half of the page.
    tail::run(&mut runner(&["-p", "app", "--features", "ssr"]))
}

/// The test runner over packages, `cargo-nextest` where it is installed.
pub fn runner(packages: &[&str]) -> Command {
    let asked = process::cargo().args(["nextest", "--version"]).output();
    let has_nextest = asked.is_ok_and(|asked| asked.status.success());
    let runner: &[&str] =
        if has_nextest { &["nextest", "run", "--failure-output", "immediate-final"] } else { &["test", "-q"] };
    let mut cargo = process::cargo();
    cargo.args(runner).arg("--locked").args(packages);
    // Snapshots that changed are failures, not files to be looked at later.
    cargo.env("INSTA_UPDATE", "no").env("FUZZ_MS", FUZZ_MS).env("SIM_RUNS", SIMULATOR_RUNS);
    cargo
}
