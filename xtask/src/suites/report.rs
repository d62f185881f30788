//! Final report of a run: a line for each suite with its time, the slowest tests, and the last lines of failures.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Ended, Flaky};
use crate::{files, paths, process, tail};

/// Number of slow tests in the report, for each suite.
const SLOWEST: usize = 3;

/// Outcomes of the suites of a run.
pub struct SuiteReport {
    /// Name of the table of budgets.
    run: &'static str,
    began: Instant,
    lines: Vec<String>,
    failed: Vec<String>,
    tails: Vec<(String, String)>,
}

impl SuiteReport {
    /// Starts the report of a run, whose budgets are a table of `xtask/times.toml`.
    pub fn new(run: &'static str) -> Self {
        Self { run, began: Instant::now(), lines: Vec::new(), failed: Vec::new(), tails: Vec::new() }
    }

    /// Adds a suite that has just ended.
    pub fn add(&mut self, name: &str, started: Instant, outcome: Result<Vec<Ended>>) {
        let seconds = started.elapsed().as_secs();
        let budget = budget(self.run, name);
        if let Err(error) = &outcome {
            process::wait_if_stopping();
            eprintln!("error: {error:#}");
            self.failed.push(name.to_owned());
            let tail = error.downcast_ref::<tail::Failed>().map(|failed| (name.to_owned(), failed.tail.clone()));
            self.tails.extend(tail);
        }
        let is_slow = budget.as_ref().is_ok_and(|budget| seconds > budget + budget / 2);
        let word = match (outcome.is_ok(), is_slow) {
            (false, _) => "FAILED",
            (true, true) => "SLOW",
            (true, false) => "passed",
        };
        let tests = outcome.unwrap_or_default();
        let count = if tests.is_empty() { String::new() } else { format!("{} tests", tests.len()) };
        let budget = budget.map_or_else(|_| String::new(), |budget| format!("budget {budget} s"));
        self.lines.push(format!("  {name:<8} {word:<6} {seconds:>5} s  {budget:<14} {count}"));
        self.lines.extend(slowest(tests).map(|test| {
            format!(
                "             {:>5.1} s  {} {}",
                Duration::from_millis(test.ms).as_secs_f32(),
                test.file,
                test.title
            )
        }));
    }

    /// Prints the report. Fails if a suite failed, or if there were too many flaky tests.
    pub fn conclude(&self, flaky: &Flaky) -> Result<()> {
        for (name, tail) in &self.tails {
            process::announce(&format!("The end of suite {name} once more"));
            println!("{tail}");
        }
        println!("\n{}\n  whole {:>14} s", self.lines.join("\n"), self.began.elapsed().as_secs());
        for line in flaky.lines() {
            println!("{line}");
        }
        flaky.judge()?;
        if !self.failed.is_empty() {
            bail!("failed: {}", self.failed.join(", "));
        }
        Ok(())
    }
}

fn slowest(mut tests: Vec<Ended>) -> impl Iterator<Item = Ended> {
    tests.sort_by_key(|test| Reverse(test.ms));
    tests.into_iter().take(SLOWEST)
}

/// Returns the seconds that a suite should take (`xtask/times.toml`). It is called slow at one and a half times as many.
fn budget(run: &str, name: &str) -> Result<u64> {
    let table: toml::Table = files::read_text(&paths::root().join("xtask/times.toml"))?.parse()?;
    let seconds = table.get(run).and_then(|run| run.get(name)).and_then(toml::Value::as_integer);
    Ok(u64::try_from(seconds.with_context(|| format!("no time for {name}"))?)?)
}
