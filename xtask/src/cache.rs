//! Outputs that outlive a clone: build tools, npm packages and compiled crates of other people, in one folder of the machine's
//! (`CFM_CACHE`, else `cf-messenger` below `XDG_CACHE_HOME` or `~/.cache`). A fresh clone links them instead of making them again.
//!
//! Compiled crates are kept in sets, keyed by toolchain, lock file and profiles. Our own crates never go in: Cargo judges them by times of
//! files, which say nothing from one clone to another.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::{files, paths, process};

/// Sets of compiled crates that are kept; the one that was not used for the longest time goes first.
const SETS_MAX: usize = 3;

/// Folders below `target` in which Cargo compiles, relative: one for each command that would otherwise wait for another.
const CARGO_FOLDERS: [&str; 3] = ["", "page", "worker"];
/// Cargo's folders of one profile.
const PROFILES: [&str; 5] =
    ["debug", "release", "simulation", "wasm32-unknown-unknown/debug", "wasm32-unknown-unknown/release"];
/// What Cargo keeps for each crate, by the folder it is in.
const KEPT: [&str; 3] = ["deps", "build", ".fingerprint"];
/// Our own crates, as Cargo names their files.
const OWN: [&str; 6] = ["protocol", "app", "frontend", "server", "xtask", "bench"];

/// The folder of the machine.
pub fn root() -> PathBuf {
    let below = |variable: &str, name: &str| std::env::var_os(variable).map(|folder| PathBuf::from(folder).join(name));
    below("CFM_CACHE", "")
        .or_else(|| below("XDG_CACHE_HOME", "cf-messenger"))
        .or_else(|| below("HOME", ".cache/cf-messenger"))
        .unwrap_or_else(|| paths::target().join("cache"))
}

/// Links compiled crates into this clone, unless it has some already.
pub fn restore() -> Result<()> {
    let stamp = paths::target().join("crates-restored.stamp");
    if stamp.is_file() {
        return Ok(());
    }
    let set = root().join("crates").join(key()?);
    // Of another lock file or profile Cargo still takes what is the same.
    if let Some(from) = if set.is_dir() { Some(set) } else { newest_set() } {
        link_tree(&from, &paths::target())?;
        touch(&from);
    }
    files::leave_stamp(&stamp, "restored")
}

/// Keeps what this clone compiled for the next one.
pub fn store() -> Result<()> {
    let (set, own) = (root().join("crates").join(key()?), Own::read());
    for folder in CARGO_FOLDERS {
        for profile in PROFILES {
            let place = Path::new(folder).join(profile);
            for kind in KEPT {
                let from = paths::target().join(&place).join(kind);
                for entry in entries_of(&from) {
                    if !own.has(&entry) {
                        link_tree(&from.join(&entry), &set.join(&place).join(kind).join(&entry))?;
                    }
                }
            }
        }
    }
    touch(&set);
    forget_old_sets()
}

/// Toolchain, lock file and profiles.
fn key() -> Result<String> {
    let mut ask = process::command("rustc");
    let version = ask.arg("-vV").output().map_err(|error| process::cannot_start(&ask, &error))?.stdout;
    let mut all = version;
    for file in ["Cargo.lock", "Cargo.toml", ".cargo/config.toml"] {
        all.extend(files::read(&paths::root().join(file))?);
    }
    Ok(files::hash(&all))
}

/// Names of our own crates, their tests, examples and benches, as files of Cargo begin.
struct Own(HashSet<String>);

impl Own {
    fn read() -> Self {
        let folders = OWN.iter().flat_map(|name| ["tests", "benches", "examples"].map(|kind| format!("{name}/{kind}")));
        let files = folders.flat_map(|folder| entries_of(&paths::root().join(folder)));
        let programs = files.map(|file| file.split('.').next().unwrap_or_default().to_owned());
        Self(OWN.map(str::to_owned).into_iter().chain(programs).collect())
    }

    /// `libapp-0123.rlib`, `app-0123`, `app-0123.d` and `app.wasm` belong to `app`.
    fn has(&self, entry: &str) -> bool {
        let name = entry.split('.').next().unwrap_or_default();
        let is_hash = |end: &str| end.len() >= 16 && end.bytes().all(|byte| byte.is_ascii_hexdigit());
        let name = name.rsplit_once('-').filter(|(_, end)| is_hash(end)).map_or(name, |(name, _)| name);
        [name, name.strip_prefix("lib").unwrap_or(name)].iter().any(|name| self.0.contains(*name))
    }
}

fn entries_of(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Links files that are not there yet. Small ones are copied with their times: Cargo writes some of them anew in place.
fn link_tree(from: &Path, to: &Path) -> Result<()> {
    const COPIED_BYTES_MAX: u64 = 16_384;
    let files = if from.is_file() { vec![from.to_path_buf()] } else { files::walk(from) };
    for file in files {
        let target = if file == from { to.to_path_buf() } else { to.join(file.strip_prefix(from)?) };
        if target.exists() {
            continue;
        }
        fs::create_dir_all(target.parent().context("a file in no folder")?)?;
        let about = file.metadata()?;
        if about.len() > COPIED_BYTES_MAX && fs::hard_link(&file, &target).is_ok() {
            continue;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
        File::options().write(true).open(&target)?.set_modified(about.modified()?)?;
    }
    Ok(())
}

fn sets() -> Vec<(SystemTime, PathBuf)> {
    let folder = root().join("crates");
    let mut sets: Vec<_> = entries_of(&folder)
        .into_iter()
        .map(|name| folder.join(name))
        .filter_map(|set| Some((set.join("used").metadata().ok()?.modified().ok()?, set)))
        .collect();
    sets.sort();
    sets
}

fn newest_set() -> Option<PathBuf> {
    sets().pop().map(|(_, set)| set)
}

fn forget_old_sets() -> Result<()> {
    let sets = sets();
    for (_, set) in sets.iter().take(sets.len().saturating_sub(SETS_MAX)) {
        fs::remove_dir_all(set).with_context(|| format!("cannot remove {}", set.display()))?;
    }
    Ok(())
}

/// A set without this mark is not whole.
fn touch(set: &Path) {
    let _unwritable = fs::create_dir_all(set).and_then(|()| fs::write(set.join("used"), b""));
}

#[cfg(test)]
mod tests {
    use super::Own;

    #[test]
    fn our_own_crates_are_known_by_their_files() {
        let own = Own::read();
        let hash = "0123456789abcdef";
        for file in
            ["libapp-H.rlib", "app-H", "protocol-H.d", "libprotocol-H.rmeta", "xtask-H", "laws-H", "server.wasm"]
        {
            assert!(own.has(&file.replace('H', hash)), "{file}");
        }
        for file in ["libserde-H.rlib", "libapple-H.rlib", "app-extra-H", "wasm_bindgen-H"] {
            assert!(!own.has(&file.replace('H', hash)), "{file}");
        }
    }
}
