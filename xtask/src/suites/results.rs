//! Outcomes of single tests, as the runners of `end2end/run` note them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::files;

/// A test that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Path from the root of the repository.
    pub file: String,
    /// Full title; empty where the file itself failed.
    pub title: String,
    pub ms: u64,
    pub passed: bool,
}

/// Reads a file of outcomes; without one nothing ended.
pub fn read(path: &Path) -> Result<Vec<Ended>> {
    let text = if path.is_file() { files::read_text(path)? } else { String::new() };
    text.lines().map(ended).collect()
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

/// Copies the outcomes to where the next run on this machine looks for them.
pub fn keep(path: &Path, to: &Path) -> Result<()> {
    if path.is_file() {
        fs::create_dir_all(to.parent().context("results in no folder")?)?;
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
}
