//! `cargo xtask chaos`: the product under SIGKILL, cut sockets and reloads, with all messages counted (`bench/src/chaos`).

use anyhow::Result;

use crate::build;
use crate::cli::Arguments;
use crate::{process, setup, tail};

/// Duration in seconds, long enough for two kills.
const SECONDS_IN_TESTS: &str = "15";

/// Sets up, builds, and runs the storm; the words go to the load client.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    setup::run()?;
    rage(&["--release"], &arguments.rest())
}

/// Runs the whole storm.
pub fn long() -> Result<()> {
    rage(&["--release"], &[])
}

/// Runs the short storm of the test command.
pub fn suite() -> Result<()> {
    rage(&[], &["--seconds", SECONDS_IN_TESTS].map(str::to_owned))
}

fn rage(profile: &[&str], words: &[String]) -> Result<()> {
    build::release()?;
    let mut cargo = process::cargo();
    cargo.args(["run", "-q", "--locked", "-p", "bench"]).args(profile).args(["--", "chaos"]).args(words);
    tail::run(cargo.env("CFM_BUILT", "1"))
}
