//! Cache across clones: build tools, npm packages, compiled third-party crates and release halves, in one folder of the machine
//! (`CFM_CACHE`, else `cf-messenger` below `XDG_CACHE_HOME` or `~/.cache`). A fresh clone takes them instead of building them again.
//!
//! Compiled crates are stored in sets, keyed by toolchain, lock file, manifests and profiles. A set comes from one clone and never changes:
//! a crate with a build script contains the path of its clone, and dependent crates accept no other. Our own crates are never stored,
//! because Cargo compares file times, which have no meaning across clones. Halves are keyed by the contents of all their inputs.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::{files, paths, process};

/// Number of stored sets; the least recently used one is removed first.
const SETS_MAX: usize = 3;

/// Number of stored builds of each half.
const HALVES_MAX: usize = 4;

/// Variable that is set if everything has to be built again (`reproducible.rs`).
pub const ANEW_VARIABLE: &str = "CFM_ANEW";

/// Folders below `target` in which Cargo compiles: one for each command that would otherwise wait for another.
const CARGO_FOLDERS: [&str; 3] = ["", "page", "worker"];
/// Cargo's folders of one profile.
const PROFILES: [&str; 5] =
    ["debug", "release", "simulation", "wasm32-unknown-unknown/debug", "wasm32-unknown-unknown/release"];
/// Size up to which files are copied instead of linked.
const COPIED_BYTES_MAX: u64 = 16_384;
/// Folders in which Cargo stores its files for each crate.
const CRATE_FOLDERS: [&str; 3] = ["deps", "build", ".fingerprint"];
/// Folders of our own crates. The last name of each is that of the crate.
const OWN: [&str; 8] = ["protocol", "simulator", "app", "frontend", "server", "xtask", "bench", "examples/rust-bot"];

/// Returns the folder of the machine.
pub fn root() -> PathBuf {
    let below = |variable: &str, name: &str| std::env::var_os(variable).map(|folder| PathBuf::from(folder).join(name));
    below("CFM_CACHE", "")
        .or_else(|| below("XDG_CACHE_HOME", "cf-messenger"))
        .or_else(|| below("HOME", ".cache/cf-messenger"))
        .unwrap_or_else(|| paths::target().join("cache"))
}

/// Returns the folder of the sets. The number is the version of the layout: other versions are ignored.
fn crates() -> PathBuf {
    root().join("crates-3")
}

/// Links compiled crates into this clone, unless it already has some. The lock keeps other clones from storing: a mix of two sets does not
/// compile.
pub fn restore() -> Result<()> {
    let stamp = paths::target().join("crates-restored.stamp");
    if stamp.is_file() {
        return Ok(());
    }
    let lock = lock()?;
    lock.lock_shared().context("cannot wait for the machine cache")?;
    let set = crates().join(key()?);
    // With another lock file or profile, Cargo still uses the unchanged crates.
    let from = if is_whole(&set) { Some(set) } else { marked(&crates()).pop() };
    if let Some(from) = from.filter(|set| is_past(set)) {
        link_tree(&from, &paths::target())?;
        touch(&from);
    }
    files::leave_stamp(&stamp, "restored")
}

/// Stores the compiled crates of this clone for the next one, unless another clone has done so. Nothing compiles in the meantime.
pub fn store() -> Result<()> {
    let lock = lock()?;
    lock.lock().context("cannot wait for the machine cache")?;
    let set = crates().join(key()?);
    if is_whole(&set) {
        touch(&set);
        return Ok(());
    }
    if set.exists() {
        fs::remove_dir_all(&set).with_context(|| format!("cannot remove {}", set.display()))?;
    }
    let own = Own::read();
    for folder in CARGO_FOLDERS {
        for profile in PROFILES {
            let place = Path::new(folder).join(profile);
            for kind in CRATE_FOLDERS {
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
    forget_old(&crates(), SETS_MAX)
}

/// Takes the lock of the sets.
fn lock() -> Result<File> {
    fs::create_dir_all(root()).context("cannot make the machine cache")?;
    File::create(root().join("crates.lock")).context("cannot make the lock of the machine cache")
}

/// Returns true if a set was stored completely.
fn is_whole(set: &Path) -> bool {
    set.join(MARK).is_file()
}

/// Returns true if a set was stored in the past. Cargo compares file times: beside crates from the future, new ones look old.
fn is_past(set: &Path) -> bool {
    set.join(MARK).metadata().and_then(|about| about.modified()).is_ok_and(|stored| stored <= SystemTime::now())
}

/// Copies a half that was built from the same inputs; returns false if there is none.
pub fn restore_half(name: &str, fingerprint: &str, to: &Path) -> Result<bool> {
    let from = root().join("halves").join(name).join(fingerprint);
    // The mark is stored last.
    if std::env::var_os(ANEW_VARIABLE).is_some() || !from.join(MARK).is_file() {
        return Ok(false);
    }
    files::copy_all(&from.join("made"), to)?;
    touch(&from);
    Ok(true)
}

/// Stores a half for other clones.
pub fn store_half(name: &str, fingerprint: &str, made: &Path) -> Result<()> {
    let halves = root().join("halves").join(name);
    let to = halves.join(fingerprint);
    files::mirror(made, &to.join("made"))?;
    touch(&to);
    forget_old(&halves, HALVES_MAX)
}

/// Returns the key: toolchain, lock file, manifests and profiles.
fn key() -> Result<String> {
    let mut ask = process::command("rustc");
    let version = ask.arg("-vV").output().map_err(|error| process::cannot_start(&ask, &error))?.stdout;
    let mut all = version;
    let manifests = OWN.map(|name| format!("{name}/Cargo.toml"));
    for file in
        ["Cargo.lock", "Cargo.toml", ".cargo/config.toml"].into_iter().chain(manifests.iter().map(String::as_str))
    {
        all.extend(files::read(&paths::root().join(file))?);
    }
    Ok(files::hash(&all))
}

/// Prefixes of Cargo's files for our own crates, tests, examples and benches.
struct Own(HashSet<String>);

impl Own {
    fn read() -> Self {
        let folders = OWN.iter().flat_map(|name| ["tests", "benches", "examples"].map(|kind| format!("{name}/{kind}")));
        let files = folders.flat_map(|folder| entries_of(&paths::root().join(folder)));
        let crates = files.map(|file| file.split('.').next().unwrap_or_default().to_owned());
        let names = OWN.iter().filter_map(|folder| folder.rsplit('/').next());
        // Cargo names folders after the package, and files after the crate.
        let own = names.flat_map(|name| [name.to_owned(), name.replace('-', "_")]);
        Self(own.chain(crates).collect())
    }

    /// Returns true for an own file: `libapp-0123.rlib`, `app-0123`, `app-0123.d` and `app.wasm` belong to `app`.
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

/// Links missing files. Small ones are copied with their times, because Cargo rewrites some of them in place.
fn link_tree(from: &Path, to: &Path) -> Result<()> {
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

/// Returns the folders with the mark, the most recently used one last.
fn marked(below: &Path) -> Vec<PathBuf> {
    let used = |folder: &Path| folder.join(MARK).metadata().ok()?.modified().ok();
    let folders = entries_of(below).into_iter().map(|name| below.join(name));
    let mut marked: Vec<(SystemTime, PathBuf)> = folders.filter_map(|folder| Some((used(&folder)?, folder))).collect();
    marked.sort();
    marked.into_iter().map(|(_, folder)| folder).collect()
}

fn forget_old(below: &Path, count: usize) -> Result<()> {
    let marked = marked(below);
    for folder in marked.iter().take(marked.len().saturating_sub(count)) {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// File whose time is the last use of a folder. A folder without it is incomplete.
const MARK: &str = "used";

fn touch(folder: &Path) {
    let _unwritable = fs::create_dir_all(folder).and_then(|()| fs::write(folder.join(MARK), b""));
}

#[cfg(test)]
mod tests {
    use super::Own;

    #[test]
    fn our_own_crates_are_known_by_their_files() {
        let own = Own::read();
        let hash = "0123456789abcdef";
        for file in [
            "libapp-H.rlib",
            "app-H",
            "protocol-H.d",
            "libprotocol-H.rmeta",
            "xtask-H",
            "laws-H",
            "server.wasm",
            "rust_bot-H.d",
            "rust-bot-H",
            "rust-bot",
        ] {
            assert!(own.has(&file.replace('H', hash)), "{file}");
        }
        for file in ["libserde-H.rlib", "libapple-H.rlib", "app-extra-H", "wasm_bindgen-H"] {
            assert!(!own.has(&file.replace('H', hash)), "{file}");
        }
    }
}
