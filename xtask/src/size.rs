//! Size budgets: what a browser has to fetch and what Cloudflare has to load, against the numbers in `budgets.toml`.
//! A size fails above its cap, and when it grew by more than 2 % since it was recorded (`cargo xtask check --record`).

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::build::Place;
use crate::{files, paths};

const GROWTH_PERCENT_MAX: u64 = 2;

/// What the page loads when it is first wanted: the name of the budget, and of the file.
const LATER: [(&str, &str); 11] = [
    ("later-demo-brotli", "demo"),
    ("later-dialogs-brotli", "dialogs"),
    ("later-files-brotli", "files"),
    ("later-gallery-brotli", "gallery"),
    ("later-german-brotli", "german"),
    ("later-home-brotli", "home"),
    ("later-list-brotli", "list"),
    ("later-offline-brotli", "offline"),
    ("later-stage-brotli", "stage"),
    ("later-talk-brotli", "talk"),
    ("later-toast-brotli", "toast"),
];

/// One measured thing.
#[derive(Debug, PartialEq, Eq)]
struct Size {
    name: &'static str,
    bytes: u64,
}

/// A line of the budget file.
#[derive(Debug, PartialEq, Eq)]
struct Budget {
    recorded: u64,
    cap: u64,
}

/// Measures the release build and compares; with `is_recording` the file learns the new numbers.
pub fn check(is_recording: bool) -> Result<()> {
    let path = paths::root().join("xtask/budgets.toml");
    let text = files::read_text(&path)?;
    let mut table: toml::Table = text.parse().context("xtask/budgets.toml")?;
    let mut broken = Vec::new();
    for size in measure()? {
        let budget = budget_of(&table, size.name)?;
        println!("  {:<22} {:>9} bytes (recorded {}, cap {})", size.name, size.bytes, budget.recorded, budget.cap);
        let verdict = judge(size.bytes, &budget, is_recording);
        broken.extend(verdict.map(|sentence| format!("{}: {sentence}", size.name)));
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

fn judge(bytes: u64, budget: &Budget, is_recording: bool) -> Option<String> {
    let allowed = budget.recorded + budget.recorded * GROWTH_PERCENT_MAX / 100;
    if bytes > budget.cap {
        return Some(format!("{bytes} bytes are above the cap of {}", budget.cap));
    }
    if !is_recording && bytes > allowed {
        return Some(format!(
            "{bytes} bytes, recorded were {}; if it must be, `cargo xtask check --record`",
            budget.recorded
        ));
    }
    None
}

fn budget_of(table: &toml::Table, name: &str) -> Result<Budget> {
    let number = |key: &str| {
        let value = table.get(name).and_then(|entry| entry.get(key)).and_then(toml::Value::as_integer);
        value.and_then(|number| u64::try_from(number).ok()).with_context(|| format!("budgets.toml lacks {name}.{key}"))
    };
    Ok(Budget { recorded: number("recorded")?, cap: number("cap")? })
}

fn measure() -> Result<Vec<Size>> {
    let Place { site, worker, .. } = Place::deployed();
    let pkg = site.join("pkg");
    let js = brotli(&one(&pkg, "app.", ".js")?)?;
    let wasm = brotli(&one(&pkg, "app.", ".wasm")?)?;
    let css = brotli(&one(&pkg, "main.", ".css")?)?;
    let sign_in = brotli(&one(&pkg, "sign-in.", ".css")?)?;
    let bundle = gzip(&worker.join("index.js"))? + gzip(&worker.join("index_bg.wasm"))?;
    let mut sizes = vec![
        Size { name: "messenger-page-brotli", bytes: js + wasm + css },
        Size {
            name: "page-css-gzip",
            bytes: gzip(&one(&pkg, "main.", ".css")?)? + gzip(&one(&pkg, "home.", ".css")?)?,
        },
        Size { name: "sign-in-css-brotli", bytes: sign_in },
        Size { name: "worker-gzip", bytes: bundle },
    ];
    for (name, part) in LATER {
        sizes.push(Size { name, bytes: brotli(&one(&pkg, &format!("split_{part}."), ".wasm")?)? });
    }
    // What two parts have in common is in a file of its own; no page fetches all of them.
    let is_shared = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "wasm")
            && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("chunk_"))
    };
    let shared = files::walk(&pkg).into_iter().filter(is_shared).map(|path| brotli(&path));
    sizes.push(Size { name: "later-shared-brotli", bytes: shared.sum::<Result<u64>>()? });
    Ok(sizes)
}

/// The file of a name with or without a hash in it.
fn one(folder: &Path, begin: &str, end: &str) -> Result<PathBuf> {
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.parent() == Some(folder) && name.starts_with(begin) && name.ends_with(end)
    };
    files::walk(folder).into_iter().find(is_it).with_context(|| format!("the build has no {begin}*{end}"))
}

fn brotli(path: &Path) -> Result<u64> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut files::read(path)?.as_slice(), &mut out, &parameters).context("brotli")?;
    Ok(u64::try_from(out.len())?)
}

fn gzip(path: &Path) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&files::read(path)?)?;
    Ok(u64::try_from(encoder.finish()?.len())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_and_caps_are_found() {
        let budget = Budget { recorded: 1_000, cap: 1_100 };
        assert_eq!(judge(1_020, &budget, false), None);
        assert!(judge(1_021, &budget, false).is_some());
        assert_eq!(judge(1_021, &budget, true), None);
        assert!(judge(1_101, &budget, true).is_some());
    }

    #[test]
    fn an_unknown_size_is_an_error() {
        let table = "[a]\nrecorded = 1\ncap = 2\n".parse().unwrap();
        assert_eq!(budget_of(&table, "a").unwrap(), Budget { recorded: 1, cap: 2 });
        assert!(budget_of(&table, "b").is_err());
    }
}
