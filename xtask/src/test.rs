//! `cargo xtask test`, the gate: everything that must pass before a change lands, from the cheapest to the most expensive. The release
//! build runs beside the lints and the native tests. Names after the command select suites. A failing suite does not stop the next; the end
//! prints a line for each suite, and repeats the last lines of failures.
//!
//! Nightly tests (`@night`) run in `cargo xtask nightly`.

use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow};

use crate::cli::Arguments;
use crate::suites::{Ended, Flaky, Suite, SuiteReport, Tier};
use crate::{build, chaos, check, native, process, setup, size};

/// Suites by name, in order.
const NAMES: [&str; 10] =
    ["set-up", "check", "native", "sizes", "worker", "sockets", "dev", "chaos", "stories", "pictures"];
/// Suites that need the release build.
const ON_THE_BUILD: [&str; 7] = ["sizes", "worker", "sockets", "dev", "chaos", "stories", "pictures"];

/// Sets up and runs all suites, or the named ones.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let wanted = arguments.names(&NAMES)?;
    let is_wanted = |name: &str| name == "set-up" || wanted.contains(&name);
    let is_build_wanted = ON_THE_BUILD.iter().any(|name| is_wanted(name));
    process::compile_once();
    let mut report = SuiteReport::new("gate");
    let mut flaky = Flaky::default();
    let mut building = None;
    for name in NAMES.into_iter().filter(|name| is_wanted(name)) {
        process::announce(&format!("Suite {name}"));
        let started = Instant::now();
        if ON_THE_BUILD.contains(&name) {
            // The first suite that needs the build waits for it, and reports why it failed.
            let built: Option<thread::JoinHandle<Result<()>>> = building.take();
            let built =
                built.map_or(Ok(()), |build| build.join().unwrap_or_else(|_| Err(anyhow!("the build broke off"))));
            if let Err(error) = built {
                report.add(name, started, Err(error));
                break;
            }
        }
        let outcome = suite(name, &is_wanted, &mut flaky);
        if name == "set-up" && is_build_wanted {
            building = Some(thread::spawn(build::release));
        }
        report.add(name, started, outcome);
    }
    report.conclude(&flaky)
}

fn suite(name: &str, is_wanted: &impl Fn(&str) -> bool, flaky: &mut Flaky) -> Result<Vec<Ended>> {
    let nothing = |outcome: Result<()>| outcome.map(|()| Vec::new());
    match name {
        "set-up" => nothing(set_up(is_wanted)),
        "check" => nothing(check::sources()),
        "native" => nothing(native::gate()),
        "sizes" => nothing(size::check(false)),
        "chaos" => nothing(chaos::suite()),
        "worker" => Suite::Worker.run(Tier::Gate, flaky),
        "sockets" => Suite::Sockets.run(Tier::Gate, flaky),
        "dev" => Suite::Dev.run(Tier::Gate, flaky),
        "stories" => Suite::Stories.run(Tier::Gate, flaky),
        _ => Suite::Pictures.run(Tier::Gate, flaky),
    }
}

fn set_up(is_wanted: &impl Fn(&str) -> bool) -> Result<()> {
    if is_wanted("stories") || is_wanted("pictures") {
        setup::chromium()?;
    }
    setup::run()?;
    if ["check", "sockets", "stories", "pictures"].into_iter().any(is_wanted) {
        setup::clients()?;
    }
    Ok(())
}
