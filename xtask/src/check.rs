//! `cargo xtask check`: format, tidy, weight, types of the tests, lints on the host and on wasm, size budgets of the release build.
//! Licences and known vulnerabilities are checked nightly and before a deploy, because that needs the network.

use std::time::Instant;

use anyhow::Result;

use crate::cli::Arguments;
use crate::paths::{self, WASM_TARGET};
use crate::{advisories, build, native, process, setup, size, tidy, weight};

/// Sets up, then runs every check and stops at the first failure. `--record` writes the sizes down. `--deploy` checks known vulnerabilities
/// as well, and fails if the lists are unreachable.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let (is_recording, is_deploying) = (arguments.flag("--record"), arguments.flag("--deploy"));
    arguments.finish()?;
    setup::run()?;
    // The tests use the types of the original clients.
    setup::clients()?;
    if is_deploying {
        timed("Known weaknesses, for a deploy", advisories::check_surely)?;
    }
    sources()?;
    sizes(is_recording)
}

/// Runs the checks that need only the sources, and prints the time of each.
pub fn sources() -> Result<()> {
    let nothing = || Arguments::new(std::iter::empty());
    timed("Format", || process::run(process::cargo().args(["fmt", "--all", "--check"])))?;
    timed("Tidy", || tidy::run(&mut nothing()))?;
    timed("Weight", || weight::run(&mut nothing()))?;
    timed("Types of the tests", || ["end2end", "end2end/worker"].into_iter().try_for_each(types))?;
    timed("Lints of protocol, simulator, xtask, bench and the example", || {
        let others =
            ["-p", "simulator", "-p", "xtask", "-p", "build-tools", "-p", "bench", "-p", "rust-bot", "--all-targets"];
        lint(&[&native::PROTOCOL[..], &others].concat())
    })?;
    timed("protocol without features on wasm", || {
        let mut cargo = process::cargo();
        process::run(cargo.args(["check", "-q", "-p", "protocol", "--no-default-features", "--target", WASM_TARGET]))
    })?;
    // The packages are linted one by one, because together Cargo would unify the features of `app`.
    timed("Lints of the page", || lint(&["-p", "frontend", "--target", WASM_TARGET]))?;
    timed("Lints of the Worker", || lint(&["-p", "server", "--target", WASM_TARGET]))
}

/// Checks the size budgets of the release build.
pub fn sizes(is_recording: bool) -> Result<()> {
    timed("Release build", build::release)?;
    timed("Size budgets", || size::check(is_recording))
}

fn lint(what: &[&str]) -> Result<()> {
    process::run(process::cargo().args(["clippy", "-q", "--locked"]).args(what).args(["--", "-D", "warnings"]))
}

fn types(project: &str) -> Result<()> {
    process::run(process::command(paths::npm_bin("tsc")).args(["--noEmit", "-p", project]))
}

fn timed(what: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
    process::announce(what);
    let started = Instant::now();
    check()?;
    println!("  done in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}
