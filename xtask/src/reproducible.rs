//! `cargo xtask nightly`: the release build of the same sources in two folders must give the same bytes, so that everybody with the sources
//! can check a deployment. Differing files are named.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::build::{self, Place};
use crate::{files, paths, process};

/// Builds here and in a copy of the sources, which shares the npm packages alone, and compares.
pub fn check() -> Result<()> {
    process::announce("The release build, made in two folders");
    build::release()?;
    let copy = std::env::temp_dir().join(format!("cfm-again-{}", std::process::id()));
    let compared = copy_sources(&copy).and_then(|()| built(&copy)).and_then(|()| compared(&copy));
    fs::remove_dir_all(&copy).ok();
    compared
}

/// Copies the sources that Git knows, with their present contents.
pub fn copy_sources(copy: &Path) -> Result<()> {
    let mut git = process::command("git");
    git.current_dir(paths::root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = git.output().map_err(|error| process::cannot_start(&git, &error))?;
    if !listed.status.success() {
        bail!("git does not know the sources: {}", String::from_utf8_lossy(&listed.stderr).trim());
    }
    for name in String::from_utf8(listed.stdout)?.split('\0').filter(|name| !name.is_empty()) {
        let from = paths::root().join(name);
        // Git still lists a file whose removal is not committed.
        if from.is_file() {
            files::write_if_changed(&copy.join(name), &files::read(&from)?)?;
        }
    }
    Ok(())
}

fn built(copy: &Path) -> Result<()> {
    let packages = "node_modules";
    symlink(paths::root().join(packages), copy.join(packages)).with_context(|| format!("cannot link {packages}"))?;
    let mut cargo = process::cargo();
    process::forget_outer_cargo(&mut cargo);
    cargo.current_dir(copy).env_remove("CARGO_TARGET_DIR").args(["xtask", "build", "--release"]);
    process::run(&mut cargo)
}

fn compared(copy: &Path) -> Result<()> {
    let root = paths::root();
    let Place { site, worker, .. } = Place::deployed();
    let (mut count, mut names) = (0, Vec::new());
    for folder in [site, worker] {
        let other = copy.join(folder.strip_prefix(&root).context("a place outside of the repository")?);
        let (all, differing) = differing(&folder, &other)?;
        count += all;
        names.extend(differing);
    }
    if count == 0 {
        bail!("neither folder has a build");
    }
    if !names.is_empty() {
        bail!("the same sources gave other bytes in another folder: {}", names.join(", "));
    }
    println!("{count} files, the same bytes in both folders");
    Ok(())
}

/// Returns the number of files in either folder, and the names of the differing and missing ones.
fn differing(folder: &Path, other: &Path) -> Result<(usize, Vec<String>)> {
    let names: BTreeSet<PathBuf> = names_in(folder)?.union(&names_in(other)?).cloned().collect();
    let is_other = |name: &&PathBuf| fs::read(folder.join(name)).ok() != fs::read(other.join(name)).ok();
    Ok((names.len(), names.iter().filter(is_other).map(|name| name.display().to_string()).collect()))
}

fn names_in(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let name = |file: PathBuf| file.strip_prefix(folder).map(Path::to_path_buf).context("a file outside of its folder");
    files::walk(folder).into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_same_in_both_is_named() {
        let folder = std::env::temp_dir().join(format!("cfm-twice-{}", std::process::id()));
        let (one, other) = (folder.join("one"), folder.join("other"));
        for (path, text) in [("one/a", "1"), ("other/a", "1"), ("one/b/c", "1"), ("other/b/c", "2"), ("one/d", "1")] {
            files::write_if_changed(&folder.join(path), text.as_bytes()).unwrap();
        }
        let found = differing(&one, &other).unwrap();
        let same = differing(&one, &one).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, (3, vec!["b/c".to_owned(), "d".to_owned()]));
        assert_eq!(same, (3, Vec::new()));
    }

    #[test]
    fn the_copy_has_the_sources_and_nothing_that_was_built() {
        let copy = std::env::temp_dir().join(format!("cfm-copy-{}", std::process::id()));
        let copied = copy_sources(&copy);
        let has = |name: &str| copy.join(name).exists();
        let (sources, built) = (has("server/src/lib.rs") && has("Cargo.lock"), has("target") || has("server/build"));
        fs::remove_dir_all(&copy).unwrap();
        copied.unwrap();
        assert!(sources && !built);
    }
}
