//! `cargo xtask nightly bare`: the time of the first command on a machine that has Rust and Node and nothing else. The sources, the home and
//! the caches of Cargo and npm are new folders. The time is printed and judges nothing (`docs/performance.md`, "The edit loop").

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{paths, process, reproducible};

/// After this time the command is ended: a server that never answers must not hold up the night.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Measures `cargo xtask dev` until it is ready.
pub fn measure() -> Result<()> {
    process::announce("The first command on a bare machine");
    let machine = env::temp_dir().join(format!("cfm-bare-{}", std::process::id()));
    let measured = reproducible::copy_sources(&machine.join("sources")).and_then(|()| first_command(&machine));
    fs::remove_dir_all(&machine).ok();
    measured
}

fn first_command(machine: &Path) -> Result<()> {
    // Not the tools of this clone: a bare machine has its own search path alone.
    let mut dev = Command::new("cargo");
    process::forget_outer_cargo(&mut dev);
    for inherited in ["CARGO_TARGET_DIR", "RUSTC_WRAPPER", "XDG_CACHE_HOME"] {
        dev.env_remove(inherited);
    }
    let home = PathBuf::from(env::var_os("HOME").context("HOME is not set")?);
    // The compiler and the address of a registry belong to the machine.
    dev.env("RUSTUP_HOME", env::var_os("RUSTUP_HOME").unwrap_or_else(|| home.join(".rustup").into()));
    dev.env("NPM_CONFIG_USERCONFIG", home.join(".npmrc"));
    let cargo_home = machine.join("cargo");
    fs::create_dir_all(&cargo_home).context("cannot make Cargo's folder")?;
    let settings = paths::cargo_home().join("config.toml");
    if settings.is_file() {
        fs::copy(&settings, cargo_home.join("config.toml")).context("cannot copy Cargo's settings")?;
    }
    dev.env("HOME", machine).env("CARGO_HOME", &cargo_home).env("NPM_CONFIG_CACHE", machine.join("npm"));
    dev.current_dir(machine.join("sources")).args(["xtask", "dev", "--port", "0"]);
    dev.stdin(Stdio::null()).stdout(Stdio::piped());
    let started = Instant::now();
    let (ready, waiting) = mpsc::channel::<()>();
    thread::spawn(move || {
        if waiting.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
            process::end_children();
        }
    });
    let mut child = dev.spawn().map_err(|error| process::cannot_start(&dev, &error))?;
    let output = child.stdout.take().context("the command has no standard output")?;
    let is_ready = BufReader::new(output).lines().map_while(Result::ok).any(|line| {
        println!("  {:>4} s  {line}", started.elapsed().as_secs());
        line.starts_with("Ready on ")
    });
    drop(ready);
    let seconds = started.elapsed().as_secs();
    process::end_children();
    child.wait().context("cannot wait for the command")?;
    if !is_ready {
        bail!("`cargo xtask dev` ended before it was ready");
    }
    println!("The first command on a bare machine: {seconds} s");
    Ok(())
}
