//! Files of the repository: listing, hashing, copying of changed files, and stamps of unchanged inputs.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

const WATCH_INTERVAL: Duration = Duration::from_millis(150);

/// Returns all files below a folder or the file itself, sorted. A path that does not exist has none.
pub fn walk(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_file() {
            found.push(path);
        } else if let Ok(entries) = fs::read_dir(&path) {
            open.extend(entries.flatten().map(|entry| entry.path()));
        }
    }
    found.sort();
    found
}

/// Returns the first half of the SHA-256 of some bytes, in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns one hash over names and contents of all files below the given paths. It is the same in every clone.
pub fn hash_of_all(inputs: &[PathBuf]) -> Result<String> {
    let mut digest = Sha256::new();
    for file in inputs.iter().flat_map(|path| walk(path)) {
        digest.update(file.strip_prefix(paths::root()).unwrap_or(&file).to_string_lossy().as_bytes());
        digest.update(read(&file)?);
    }
    Ok(digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

/// Reads a file, with its name in the error.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Reads a text file, with its name in the error.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file and its folders, unless the content is the same: watchers see real changes only.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Returns the last part of a path.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Number of digits of a hash in a name.
pub const HASH_DIGITS: usize = 10;

/// Puts a hash of its content into the name of a file, and returns the new name.
pub fn hashed(path: &Path) -> Result<String> {
    let name = name_of(path);
    let (stem, extension) = name.split_once('.').with_context(|| format!("{name} has no extension"))?;
    let hashed = format!("{stem}.{}.{extension}", &hash(&read(path)?)[..HASH_DIGITS]);
    fs::rename(path, path.with_file_name(&hashed)).with_context(|| format!("cannot rename {name}"))?;
    Ok(hashed)
}

/// Copies all files below one folder into another; equal files stay untouched.
pub fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for file in walk(from) {
        write_if_changed(&to.join(file.strip_prefix(from)?), &read(&file)?)?;
    }
    Ok(())
}

/// Makes one folder equal to another, touching only files that differ.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    copy_all(from, to)?;
    for file in walk(to) {
        if !from.join(file.strip_prefix(to)?).exists() {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}

/// Calls `on_change` after each change of a file in these folders. Never returns; an error is printed.
pub fn watch(inputs: &[PathBuf], mut on_change: impl FnMut() -> Result<()>) -> ! {
    let mut seen = times_of(inputs);
    loop {
        thread::sleep(WATCH_INTERVAL);
        let now = times_of(inputs);
        if now == seen {
            continue;
        }
        seen = now;
        if let Err(error) = on_change() {
            eprintln!("error: {error:#}");
        }
    }
}

fn times_of(inputs: &[PathBuf]) -> Vec<(PathBuf, Option<SystemTime>)> {
    let files = inputs.iter().flat_map(|input| walk(input));
    files.map(|file| (file.clone(), file.metadata().and_then(|meta| meta.modified()).ok())).collect()
}

/// Returns true if the stamp has exactly this text.
pub fn is_stamped(stamp: &Path, text: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|old| old == text)
}

/// Writes a stamp.
pub fn leave_stamp(stamp: &Path, text: &str) -> Result<()> {
    write_if_changed(stamp, text.as_bytes())
}
