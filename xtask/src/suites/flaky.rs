//! Flaky tests, which failed and then passed alone. They are printed, written into `target/flaky.json`, and tolerated twice in a run. A
//! flaky test is a defect of the test or of the product, and must be fixed.

use anyhow::{Error, Result, bail};
use serde_json::{Value, json};

use super::{Ended, Selection, Suite, Tier};
use crate::{files, paths, process, tail};

/// Number of flaky tests that a run tolerates.
const FORGIVEN_MAX: usize = 2;
/// Number of failed tests up to which a second run makes sense.
const AGAIN_MAX: usize = 6;

/// Flaky tests of a run.
#[derive(Default)]
pub struct Flaky(Vec<(Suite, Ended)>);

impl Flaky {
    /// Runs the failed tests of a suite once more, each alone. Returns the suite's error `first` if one fails again.
    pub fn again(&mut self, suite: Suite, ended: &[Ended], first: Error) -> Result<()> {
        let failed: Vec<&Ended> = ended.iter().filter(|test| !test.passed).collect();
        if failed.is_empty() || failed.len() > AGAIN_MAX {
            return Err(first);
        }
        for test in failed {
            process::announce(&format!("Once more, alone: {} {}", test.file, test.title));
            let title = (!test.title.is_empty()).then(|| format!("{}$", literal(&test.title)));
            let selection = Selection { files: vec![file_of(test)], title };
            tail::run(&mut suite.command(Tier::All, &selection))?;
            println!("FLAKY {} {}", test.file, test.title);
            self.0.push((suite, test.clone()));
        }
        Ok(())
    }

    /// Writes the flaky tests of the run down, and fails if there are too many.
    pub fn judge(&self) -> Result<()> {
        self.write()?;
        if self.0.len() > FORGIVEN_MAX {
            bail!("{} flaky tests, {FORGIVEN_MAX} are forgiven", self.0.len());
        }
        Ok(())
    }

    /// Returns a line for each.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(_, test)| format!("FLAKY {} {}", test.file, test.title))
    }

    fn write(&self) -> Result<()> {
        let test =
            |(suite, test): &(Suite, Ended)| json!({ "suite": suite.name(), "file": test.file, "title": test.title });
        let all: Vec<Value> = self.0.iter().map(test).collect();
        files::write_if_changed(&paths::target().join("flaky.json"), Value::from(all).to_string().as_bytes())
    }
}

/// Returns the part of a file's name that runners search.
fn file_of(test: &Ended) -> String {
    test.file.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Returns a pattern that matches exactly this text.
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if r"\^$.*+?()[]{}|/".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn a_title_is_a_pattern_of_itself() {
        assert_eq!(literal("what is 1.5 (or [2])?"), r"what is 1\.5 \(or \[2\]\)\?");
    }
}
