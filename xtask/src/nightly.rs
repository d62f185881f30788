//! `cargo xtask nightly`: the runs that are too long for every change. Seeds that fail are printed and can be replayed.

use anyhow::Result;

use crate::cli::Arguments;
use crate::process;

const SIMULATOR_RUNS: &str = "1000000";

/// The simulator over a million seeds, optimised.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    arguments.finish()?;
    process::announce(&format!("The simulator over {SIMULATOR_RUNS} seeds"));
    let mut cargo = process::cargo();
    cargo.args(["test", "--release", "--locked", "-p", "protocol", "--test", "simulation", "--", "--nocapture"]);
    process::run(cargo.env("SIM_RUNS", SIMULATOR_RUNS))
}
