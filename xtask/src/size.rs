//! Size budgets: bytes that browsers load and that the platform loads, against the caps in `budgets.toml`. A cap stands well above the
//! recorded size (`cargo xtask check --record`), so that it finds mistakes and does not judge the style of code.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::Place;
use crate::{files, paths, process};

/// Chunks that a signed-in browser loads until a conversation is open and usable.
const CONVERSATION_PARTS: [&str; 3] = ["shared.", "split_home.", "split_talk."];

/// Measured size.
#[derive(Debug, PartialEq, Eq)]
struct Size {
    name: &'static str,
    bytes: u64,
}

/// Measures the release build and compares; with `is_recording` it updates the file.
pub fn check(is_recording: bool) -> Result<()> {
    let path = paths::root().join("xtask/budgets.toml");
    let text = files::read_text(&path)?;
    let mut table: toml::Table = text.parse().context("xtask/budgets.toml")?;
    let mut broken = Vec::new();
    for size in measure()? {
        let (recorded, cap) = (number(&table, size.name, "recorded")?, number(&table, size.name, "cap")?);
        println!("  {:<26} {:>10} bytes (recorded {recorded}, cap {cap})", size.name, size.bytes);
        broken.extend(judge(&size, cap));
        if is_recording && let Some(entry) = table.get_mut(size.name).and_then(toml::Value::as_table_mut) {
            entry.insert("recorded".to_owned(), toml::Value::Integer(i64::try_from(size.bytes)?));
        }
    }
    if is_recording {
        let head: String =
            text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        files::write_if_changed(&path, format!("{head}\n{}", toml::to_string(&table)?).as_bytes())?;
    }
    if !broken.is_empty() {
        bail!("size budget: {}", broken.join("; "));
    }
    Ok(())
}

fn judge(size: &Size, cap: u64) -> Option<String> {
    (size.bytes > cap).then(|| format!("{}: {} bytes are above the cap of {cap}", size.name, size.bytes))
}

fn number(table: &toml::Table, name: &str, key: &str) -> Result<u64> {
    let value = table.get(name).and_then(|entry| entry.get(key)).and_then(toml::Value::as_integer);
    value.and_then(|number| u64::try_from(number).ok()).with_context(|| format!("budgets.toml lacks {name}.{key}"))
}

fn measure() -> Result<Vec<Size>> {
    let Place { site, worker } = Place::deployed();
    let files = Pkg(files::walk(&site.join("pkg")));
    let (scripts, sheets) = (
        [files.one("app.", ".js")?, files.one("app.", ".wasm")?],
        [files.one("main.", ".css")?, files.one("home.", ".css")?],
    );
    let is_wanted = |name: &str| CONVERSATION_PARTS.iter().any(|part| name.starts_with(part));
    let parts = files.all(|name| name.ends_with(".wasm") && is_wanted(name));
    let later = files.all(|name| name.ends_with(".wasm") && !name.starts_with("app.") && !is_wanted(name));
    let conversation: Vec<PathBuf> = scripts.iter().chain(&sheets).chain(&parts).cloned().collect();
    let program = [worker.join("index.js"), worker.join("index_bg.wasm")];
    Ok(vec![
        Size { name: "conversation-brotli", bytes: packed("brotliCompressSync", &conversation)? },
        Size { name: "later-parts-brotli", bytes: packed("brotliCompressSync", &later)? },
        Size { name: "signed-in-css-gzip", bytes: packed("gzipSync", &sheets)? },
        Size { name: "sign-in-css-gzip", bytes: packed("gzipSync", &[files.one("sign-in.", ".css")?])? },
        Size { name: "worker-bytes", bytes: program.iter().map(|file| Ok(file.metadata()?.len())).sum::<Result<_>>()? },
    ])
}

/// Files below `/pkg/`.
struct Pkg(Vec<PathBuf>);

impl Pkg {
    fn all(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        self.0.iter().filter(|path| is_wanted(&files::name_of(path))).cloned().collect()
    }

    /// Returns the file of a name, with or without a hash in it.
    fn one(&self, begin: &str, end: &str) -> Result<PathBuf> {
        let found = self.all(|name| name.starts_with(begin) && name.ends_with(end));
        found.into_iter().next().with_context(|| format!("the build has no {begin}*{end}"))
    }
}

/// Returns the sum of the compressed sizes of files, each compressed alone by a function of Node's `zlib`.
fn packed(by: &str, files: &[PathBuf]) -> Result<u64> {
    let script = format!(
        "const {{ readFileSync }} = require('fs');\
         const sizes = process.argv.slice(1).map((file) => require('zlib').{by}(readFileSync(file)).length);\
         console.log(JSON.stringify(sizes.reduce((sum, size) => sum + size, 0)))"
    );
    let mut node = process::command(paths::npm_bin("node"));
    node.arg("-e").arg(script).args(files);
    let output = node.output().map_err(|error| process::cannot_start(&node, &error))?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sum: Value = serde_json::from_slice(&output.stdout).context("node says no number")?;
    sum.as_u64().context("node says no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_above_their_caps_are_found() {
        let size = Size { name: "a", bytes: 1_001 };
        assert_eq!(judge(&size, 1_001), None);
        assert!(judge(&size, 1_000).is_some());
    }

    #[test]
    fn an_unknown_size_is_an_error() {
        let table = "[a]\nrecorded = 1\ncap = 2\n".parse().unwrap();
        assert_eq!(number(&table, "a", "cap").unwrap(), 2);
        assert!(number(&table, "b", "cap").is_err());
    }
}
