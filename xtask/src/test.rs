//! `cargo xtask test`: everything that proves the product, from the cheapest to the dearest: checks, native tests with
//! the simulator, budgets of the release build, suites inside workerd, sockets against the built Worker, people in a real browser, pictures
//! of the gallery.
//!
//! Names of suites after the command run those alone. A failing suite does not stop the next; the end says which
//! failed, and once more what they said last.

use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::build;
use crate::cli::Arguments;
use crate::{chaos, check, process, setup, tail};

type Suite = (&'static str, fn() -> Result<()>);

const SUITES: [Suite; 9] = [
    ("check", check::sources),
    ("native", native),
    ("sizes", || check::sizes(false)),
    ("worker", || npm_script("test:worker")),
    ("sockets", || npm_script("test:sockets")),
    ("dev", || npm_script("test:dev")),
    ("chaos", chaos::suite),
    ("stories", stories),
    ("pictures", || npm_script("test:pictures")),
];

/// Sets up and runs all suites, or those that are named.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let wanted = arguments.rest();
    if let Some(unknown) = wanted.iter().find(|name| !SUITES.iter().any(|(suite, _)| suite == name)) {
        bail!("there is no suite `{unknown}`: check, native, sizes, worker, sockets, dev, chaos, stories, pictures");
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if is_wanted("stories") || is_wanted("pictures") {
        setup::chromium()?;
    }
    setup::run()?;
    if is_wanted("sockets") {
        setup::clients()?;
    }
    if is_wanted("sizes") {
        // Half of a release build keeps one processor busy: it goes on beside the lints and the native tests. Should it fail, whoever needs it
        // builds again and says why.
        thread::spawn(build::release);
    }
    let mut failed = Vec::new();
    let mut lines = Vec::new();
    let mut tails = Vec::new();
    for (name, suite) in SUITES.iter().filter(|(name, _)| is_wanted(name)) {
        process::announce(&format!("Suite {name}"));
        let started = Instant::now();
        let outcome = suite();
        let seconds = started.elapsed().as_secs();
        if let Err(error) = &outcome {
            process::wait_if_stopping();
            eprintln!("error: {error:#}");
            failed.push(*name);
            tails.extend(error.downcast_ref::<tail::Failed>().map(|failed| (name, failed.tail.clone())));
        }
        lines.push(format!("  {name:<8} {:<6} {seconds:>5} s", if outcome.is_ok() { "passed" } else { "FAILED" }));
    }
    for (name, tail) in tails {
        process::announce(&format!("The end of suite {name} once more"));
        println!("{tail}");
    }
    println!("\n{}", lines.join("\n"));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// How long each decoder is fuzzed, in milliseconds.
const FUZZ_MS: &str = "2000";

fn native() -> Result<()> {
    let packages = ["-p", "protocol", "-p", "xtask", "-p", "bench"];
    let has_nextest =
        process::cargo().args(["nextest", "--version"]).output().is_ok_and(|asked| asked.status.success());
    let runner: &[&str] =
        if has_nextest { &["nextest", "run", "--failure-output", "immediate-final"] } else { &["test", "-q"] };
    // Snapshots that changed are failures, not files to be looked at later.
    let tests = |what: &[&str]| {
        let mut cargo = process::cargo();
        cargo.args(runner).arg("--locked").args(what).env("INSTA_UPDATE", "no").env("FUZZ_MS", FUZZ_MS);
        tail::run(&mut cargo)
    };
    tests(&packages)?;
    // By itself: together Cargo would unify the features of `protocol`, and this is the server's half of the page.
    tests(&["-p", "app", "--features", "ssr"])
}

/// What is looked at, and then what people do with each other, whatever the first half says.
fn stories() -> Result<()> {
    ["test:sights", "test:stories"].map(npm_script).into_iter().collect()
}

/// Every rule of axe on every pose in every theme, which `stories` does in part (`docs/decisions/0010-gallery.md`). Chromium is there.
pub fn themes() -> Result<()> {
    build::release()?;
    process::run(script("test:themes").env("AXE_RULES", "all"))
}

fn npm_script(name: &str) -> Result<()> {
    build::release()?;
    tail::run(&mut script(name))
}

/// A script of package.json against the release build, which is there; the harness starts servers on free ports.
pub fn script(name: &str) -> Command {
    let mut npm = process::command("npm");
    npm.args(["run", "--silent", name]).env("CFM_BUILT", "1");
    npm
}
