//! Suites of `end2end`: their commands, the two tiers, and the second run of failed tests.

mod flaky;
mod report;
mod results;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{native, paths, process, tail};

pub use flaky::Flaky;
pub use report::SuiteReport;
pub use results::Ended;
use results::Results;

/// Tests of every change, nightly tests, or both. The tag `@night` at the end of a title marks nightly ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    Gate,
    Night,
    All,
}

impl Tier {
    fn name(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Night => "night",
            Self::All => "all",
        }
    }
}

/// Folder of tests with its runner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// Inside workerd, by vitest.
    Worker,
    /// HTTP and sockets, by Node.
    Sockets,
    /// `cargo xtask dev`, by Node.
    Dev,
    /// People in Chromium, by Playwright.
    Stories,
    /// Stories of the gallery in Chromium, by Playwright.
    Pictures,
}

/// Selection of the tests of a suite: parts of names of files, and a pattern for titles.
#[derive(Clone, Default)]
pub struct Selection {
    pub files: Vec<String>,
    pub title: Option<String>,
}

impl Suite {
    pub fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Sockets => "sockets",
            Self::Dev => "dev",
            Self::Stories => "stories",
            Self::Pictures => "pictures",
        }
    }

    /// Returns the command that runs tests of the suite on an existing build.
    pub fn command(self, tier: Tier, selection: &Selection) -> Command {
        let mut command = match self {
            Self::Worker => self.vitest(tier, selection),
            Self::Sockets | Self::Dev => self.node(tier, selection),
            Self::Stories | Self::Pictures => self.playwright(tier, selection),
        };
        command.env("CFM_BUILT", "1").env("CFM_RESULTS", self.results());
        command
    }

    /// Builds the programs that tests of the suite start, beside the product.
    pub fn prepare(self) -> Result<()> {
        if self == Self::Sockets { native::rust_bot() } else { Ok(()) }
    }

    fn vitest(self, tier: Tier, selection: &Selection) -> Command {
        let mut vitest = process::command(paths::npm_bin("vitest"));
        vitest.args(["run", "--config", "end2end/worker/vitest.config.ts", "--reporter=default"]);
        vitest.arg("--reporter=./end2end/run/vitest_results.ts").args(&selection.files);
        let of_tier = match tier {
            Tier::Gate => Some("^(?!.*@night$)".to_owned()),
            Tier::Night => Some("@night$".to_owned()),
            Tier::All => None,
        };
        if let Some(pattern) = selection.title.clone().or(of_tier) {
            vitest.arg("-t").arg(pattern);
        }
        vitest
    }

    fn node(self, tier: Tier, selection: &Selection) -> Command {
        let mut node = process::command(paths::npm_bin("node"));
        node.args(["end2end/run/node.ts", self.name(), "--tier", tier.name()]);
        node.arg("--results").arg(self.results()).arg("--last").arg(self.last_results());
        if let Some(title) = &selection.title {
            node.arg("--title").arg(title);
        }
        node.args(&selection.files);
        node
    }

    fn playwright(self, tier: Tier, selection: &Selection) -> Command {
        let mut playwright = process::command(paths::npm_bin("playwright"));
        playwright.arg("test");
        match self {
            Self::Pictures => playwright.args(["-c", "end2end/pictures.config.ts", "--project", "compared"]),
            _ => playwright.args(["-c", "end2end"]),
        };
        let reporter = paths::root().join("end2end/run/playwright_results.ts");
        playwright.arg(format!("--reporter=list,{}", reporter.display()));
        match (&selection.title, tier) {
            // A folder of its own keeps what the run before left about a failed test.
            (Some(title), _) => playwright.args(["--output", "end2end/test-results/alone", "--grep", title]),
            (None, Tier::Gate) => playwright.args(["--grep-invert", "@night"]),
            (None, Tier::Night) => playwright.args(["--grep", "@night"]),
            (None, Tier::All) => &mut playwright,
        };
        playwright.args(&selection.files);
        playwright
    }

    /// Returns the file in which the runner writes the result of each test.
    fn results(self) -> PathBuf {
        paths::target().join("results").join(format!("{}.jsonl", self.name()))
    }

    /// Returns the same file of the last run.
    fn last_results(self) -> PathBuf {
        self.results().with_extension("last.jsonl")
    }

    /// Runs tests of the suite. A failed test runs once more, alone; if it passes then, it is flaky and does not fail the suite.
    pub fn run(self, tier: Tier, flaky: &mut Flaky) -> Result<Vec<Ended>> {
        self.prepare()?;
        let outcome = tail::run(&mut self.command(tier, &Selection::default()));
        let Results { ended, is_whole } = results::read(&self.results())?;
        results::save(&self.results(), &self.last_results())?;
        match outcome {
            // Tests that never started have not passed.
            Err(error) if !is_whole => return Err(error),
            Err(error) => flaky.again(self, &ended, error)?,
            Ok(()) => {}
        }
        Ok(ended)
    }
}
