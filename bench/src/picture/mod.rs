//! `bench picture`: draws the ratios of the last run as one SVG for the README. Nothing is measured.

mod drawing;
mod ratios;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::report;
use crate::server;
use ratios::Run;

/// Path of the picture, from the root of the repository.
const PICTURE: &str = "docs/performance.svg";

/// Reads the results of the last run, and writes the picture.
pub fn run(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    if let Some(unknown) = arguments.next() {
        bail!("unknown argument {unknown}\nusage: cargo xtask bench --picture");
    }
    let root = server::repository()?;
    let saved = fs::read_to_string(root.join(report::LATEST))
        .with_context(|| format!("{} cannot be read: run `cargo xtask bench` first", report::LATEST))?;
    let run = Run::read(&saved).with_context(|| format!("{} has nothing to draw", report::LATEST))?;
    fs::write(root.join(PICTURE), drawing::svg(&run)).with_context(|| format!("{PICTURE} cannot be written"))?;
    println!("{PICTURE}");
    Ok(())
}
