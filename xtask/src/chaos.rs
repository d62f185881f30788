//! `cargo xtask chaos`: the product under SIGKILL, cut sockets and reloads, with everything counted
//! (`bench/src/chaos`).

use anyhow::Result;

use crate::cli::Arguments;
use crate::{build, native, paths, process, setup, tail};

/// Long enough for two kills.
const SECONDS_IN_TESTS: &str = "15";

/// Sets up, builds, and lets the storm rage; the words go to the load client.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    setup::run()?;
    rage(&arguments.rest())
}

/// The whole storm.
pub fn long() -> Result<()> {
    rage(&[])
}

/// The short storm of the test command, by a client that shares `protocol` with the native tests: those are built with it, so that Cargo
/// chooses the same features.
pub fn suite() -> Result<()> {
    build::release()?;
    let mut cargo = process::cargo();
    cargo.args(["build", "-q", "--locked", "-p", "bench", "--bin", "bench", "--test", "laws"]).args(native::PROTOCOL);
    tail::run(&mut cargo)?;
    let mut client = process::command(paths::target().join("debug/bench"));
    tail::run(client.args(["chaos", "--seconds", SECONDS_IN_TESTS]).env("CFM_BUILT", "1"))
}

fn rage(words: &[String]) -> Result<()> {
    build::release()?;
    let mut cargo = process::cargo();
    cargo.args(["run", "-q", "--locked", "--release", "-p", "bench", "--", "chaos"]).args(words);
    tail::run(cargo.env("CFM_BUILT", "1"))
}
