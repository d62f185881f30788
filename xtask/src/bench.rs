//! `cargo xtask bench`: builds for release and starts the load client of `bench/` with the remaining words.

use anyhow::Result;

use crate::build;
use crate::cli::Arguments;
use crate::{process, setup};

/// Sets up, builds and measures.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    setup::run()?;
    build::release()?;
    let mut cargo = process::cargo();
    let bench = cargo.args(["run", "--release", "-p", "bench", "--"]).args(arguments.rest());
    process::run(bench.env("CFM_BUILT", "1"))
}
