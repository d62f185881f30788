//! Results of single tests, as the runners of `end2end/run` write them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::files;

/// Test that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Path from the root of the repository.
    pub file: String,
    /// Full title; empty if the file itself failed.
    pub title: String,
    pub ms: u64,
    pub passed: bool,
}

/// File of results.
pub struct Results {
    pub ended: Vec<Ended>,
    /// The runner has completed.
    pub is_whole: bool,
}

/// Last line of a completed runner.
const END: &str = r#"{"end":true}"#;

/// Parses a file of results; a missing file has none.
pub fn read(path: &Path) -> Result<Results> {
    let text = if path.is_file() { files::read_text(path)? } else { String::new() };
    let ended = text.lines().filter(|line| *line != END).map(ended).collect::<Result<_>>()?;
    Ok(Results { ended, is_whole: text.lines().last() == Some(END) })
}

fn ended(line: &str) -> Result<Ended> {
    let value: Value = serde_json::from_str(line).context("a line of results")?;
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Ok(Ended {
        file: text("file"),
        title: text("title"),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of one test")]
        ms: value["ms"].as_f64().unwrap_or_default() as u64,
        passed: value["passed"] == true,
    })
}

/// Copies the results for the next run, which starts the longest files first.
pub fn save(path: &Path, to: &Path) -> Result<()> {
    if path.is_file() {
        fs::copy(path, to).context("cannot keep the results")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_ended_test() {
        let line = r#"{"file":"end2end/sockets/wink.test.ts","title":"a wink","ms":12.7,"passed":false}"#;
        let expected =
            Ended { file: "end2end/sockets/wink.test.ts".into(), title: "a wink".into(), ms: 12, passed: false };
        assert_eq!(ended(line).unwrap(), expected);
        assert!(ended("{").is_err());
    }

    #[test]
    fn a_run_is_whole_when_its_last_line_says_so() {
        let path = std::env::temp_dir().join(format!("cfm-results-{}", std::process::id()));
        let line = r#"{"file":"a","title":"b","ms":1,"passed":true}"#;
        for (text, is_whole) in [(format!("{line}\n{END}\n"), true), (format!("{line}\n"), false)] {
            fs::write(&path, text).unwrap();
            let results = read(&path).unwrap();
            assert_eq!((results.ended.len(), results.is_whole), (1, is_whole));
        }
        fs::remove_file(&path).unwrap();
        assert!(!read(&path).unwrap().is_whole);
    }
}
