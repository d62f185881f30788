//! One half of the build: its inputs, its fingerprint and its folder below `target/made`. A half with unchanged inputs is not built again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Profile, page, worker};
use crate::paths::{self, WASM_TARGET};
use crate::{files, process};

/// The two programs of a build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Wasm and script of the browser.
    Page,
    /// Wasm and script of the Worker.
    Worker,
}

/// Sources and settings of both halves.
const COMMON: [&str; 13] = [
    "protocol/Cargo.toml",
    "protocol/src",
    "app/Cargo.toml",
    "app/build.rs",
    "app/src",
    "app/locales",
    "scenes",
    "style/art",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/config.toml",
    "package-lock.json",
];

impl Half {
    /// Returns the name of the folders below `target`.
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Worker => "worker",
        }
    }

    /// Returns the inputs of this half only.
    fn own_inputs(self) -> &'static [&'static str] {
        match self {
            Self::Page => {
                &["frontend", "xtask/src/build/page.rs", "xtask/src/build/split.rs", "xtask/wasm/join_shared.mjs"]
            }
            Self::Worker => &[
                "server/Cargo.toml",
                "server/src",
                "server/migrations",
                "xtask/src/build/worker.rs",
                "xtask/wasm/worker.mjs",
            ],
        }
    }

    fn inputs(self) -> Vec<PathBuf> {
        let shared = COMMON.iter().chain(&[
            "xtask/wasm/optimise.mjs",
            "xtask/src/build/half.rs",
            "xtask/tools",
            "xtask/wasm/wasm_features.mjs",
        ]);
        paths_of(shared.chain(self.own_inputs()))
    }

    /// Returns Cargo's folder of this half, because two builds in one folder would wait for each other.
    pub fn cargo_folder(self) -> PathBuf {
        paths::target().join(self.name())
    }

    /// Returns the wasm file that Cargo makes.
    pub fn compiled(self, profile: Profile) -> PathBuf {
        let (folder, file) = (
            match profile {
                Profile::Dev => "debug",
                Profile::Release => "release",
            },
            match self {
                Self::Page => "frontend.wasm",
                Self::Worker => "server.wasm",
            },
        );
        self.cargo_folder().join(WASM_TARGET).join(folder).join(file)
    }
}

fn paths_of<'a>(inputs: impl Iterator<Item = &'a &'a str>) -> Vec<PathBuf> {
    inputs.map(|input| paths::root().join(input)).collect()
}

/// Stamp of a half that is being built.
const BUILDING: &str = "building";

/// Returns the file that names the half in this folder.
pub fn stamp_of(folder: &Path) -> PathBuf {
    folder.with_extension("stamp")
}

/// Returns the fingerprint of the half in this folder, a hash of its inputs, if its build was completed.
pub fn name_of(folder: &Path) -> Option<String> {
    files::read_text(&stamp_of(folder)).ok().filter(|stamp| stamp != BUILDING)
}

/// Returns the fingerprint of the inputs that only this half has.
pub fn own_name_of(folder: &Path) -> Option<String> {
    files::read_text(&folder.with_extension("own")).ok()
}

/// Returns the folder of a built half.
pub fn folder(half: Half, profile: Profile) -> PathBuf {
    paths::target().join("made").join(profile.name()).join(half.name())
}

/// Builds a half unless it exists; returns its folder.
pub fn build(half: Half, profile: Profile) -> Result<PathBuf> {
    let made = folder(half, profile);
    let stamp = stamp_of(&made);
    let wanted = files::hash_of_all(&half.inputs())?;
    if files::is_stamped(&stamp, &wanted) && made.is_dir() {
        return Ok(made);
    }
    let own = files::hash_of_all(&paths_of(half.own_inputs().iter()))?;
    files::leave_stamp(&stamp, BUILDING)?;
    if made.exists() {
        fs::remove_dir_all(&made).with_context(|| format!("cannot clear {}", made.display()))?;
    }
    fs::create_dir_all(&made).with_context(|| format!("cannot make {}", made.display()))?;
    match half {
        Half::Page => page::build(profile, &made)?,
        Half::Worker => worker::build(profile, &made)?,
    }
    files::leave_stamp(&made.with_extension("own"), &own)?;
    files::leave_stamp(&stamp, &wanted)?;
    Ok(made)
}

/// Sets the flags of the compilation. Released files contain no path of the machine, so that the same sources give the same bytes
/// elsewhere. The variable replaces the flags in `.cargo/config.toml`, so these are repeated. Sources of this repository are compiled by
/// relative paths already. A flag with the repository's path would keep other clones from using the compiled crates.
pub fn compile_with(command: &mut Command, half: Half, profile: Profile) -> Result<()> {
    process::forget_outer_cargo(command);
    command.env("CARGO_TARGET_DIR", half.cargo_folder());
    if profile == Profile::Dev {
        return Ok(());
    }
    let config: toml::Table = files::read_text(&paths::root().join(".cargo/config.toml"))?.parse()?;
    let target = config.get("target").and_then(|target| target.get(WASM_TARGET));
    let flags = target.and_then(|target| target.get("rustflags")).and_then(toml::Value::as_array);
    let mut flags: Vec<String> =
        flags.into_iter().flatten().filter_map(|flag| flag.as_str().map(str::to_owned)).collect();
    flags.push(remap(&paths::cargo_home().join("registry/src"), "crates"));
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    Ok(())
}

fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}
