//! `cargo xtask nightly`: tests that are too long for every change, at most 90 minutes. Names after the command select steps. Failing seeds
//! are printed and can be replayed.

use std::time::Instant;

use anyhow::Result;

use crate::cli::Arguments;
use crate::suites::{Ended, Flaky, Suite, SuiteReport, Tier};
use crate::{advisories, bare, bench, build, chaos, native, process, reproducible, setup, tail};

/// Steps by name, in order. The steps that need the network are the last.
const NAMES: [&str; 13] = [
    "properties",
    "simulator",
    "fuzz",
    "packets",
    "worker",
    "sockets",
    "stories",
    "pictures",
    "chaos",
    "long-room",
    "twice",
    "supply",
    "bare",
];

/// Number of cases of each property; the gate runs fewer.
const PROPERTY_CASES: &str = "400";
const SIMULATOR_RUNS: &str = "100000";
/// Number of inputs that `wasmchannel.md` 9 requires for the packet decoder.
const PACKETS: &str = "10000000";
/// Time for each decoder, in milliseconds.
const FUZZ_MS: &str = "60000";

/// Sets up and runs all steps, or the named ones. `--runs N` and `--fuzz-ms N` change their length.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let runs = arguments.value("--runs")?.unwrap_or_else(|| SIMULATOR_RUNS.to_owned());
    let fuzz_ms = arguments.value("--fuzz-ms")?.unwrap_or_else(|| FUZZ_MS.to_owned());
    let wanted = arguments.names(&NAMES)?;
    setup::chromium()?;
    setup::run()?;
    setup::clients()?;
    process::compile_once();
    let (mut report, mut flaky) = (SuiteReport::new("night"), Flaky::default());
    for name in wanted {
        process::announce(&format!("Step {name}"));
        let started = Instant::now();
        let outcome = match name {
            "properties" => nothing(tail::run(native::laws().env("PROPTEST_CASES", PROPERTY_CASES))),
            // Seeds that catch the deliberate mistakes are searched again.
            "simulator" => {
                let variables = [("SIM_RUNS", runs.as_str()), ("SIM_SEARCH", "1")];
                nothing(tail::run(native::simulator().envs(variables)))
            }
            "fuzz" => fuzz(&["fuzz::"], &[("FUZZ_MS", &fuzz_ms)]),
            "packets" => {
                fuzz(&["fuzz::doors::packets", "fuzz::doors::frames_inside_packets"], &[("FUZZ_INPUTS", PACKETS)])
            }
            "worker" => on_build(Suite::Worker, &mut flaky),
            "sockets" => on_build(Suite::Sockets, &mut flaky),
            "stories" => on_build(Suite::Stories, &mut flaky),
            "pictures" => on_build(Suite::Pictures, &mut flaky),
            "chaos" => nothing(chaos::long()),
            "long-room" => nothing(bench::long_room()),
            "twice" => nothing(reproducible::check()),
            "supply" => nothing(advisories::thorough()),
            _ => nothing(bare::measure()),
        };
        report.add(name, started, outcome);
    }
    report.conclude(&flaky)
}

fn nothing(outcome: Result<()>) -> Result<Vec<Ended>> {
    outcome.map(|()| Vec::new())
}

fn on_build(suite: Suite, flaky: &mut Flaky) -> Result<Vec<Ended>> {
    build::release()?;
    suite.run(Tier::Night, flaky)
}

/// Runs the fuzzer, with variables for its length.
fn fuzz(filters: &[&str], variables: &[(&str, &str)]) -> Result<Vec<Ended>> {
    nothing(tail::run(native::fuzzer(filters).envs(variables.iter().copied())))
}
