//! Builds the two halves: the page (`page.rs`), then the Worker (`worker.rs`) around its names, which a release build
//! hashes. They go where wrangler.toml expects them, or, for the edit loop, to a place of their own, so that tests of the
//! release build and `cargo xtask dev` do not overwrite each other.

mod likeness;
mod order;
mod page;
mod shrink;
mod split;
mod unread;
mod worker;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cli::Arguments;
use crate::files;
use crate::paths;
use crate::{dev, process, setup};

/// What is built: quickly, or small and fast.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The edit loop: plain names, no optimisation of the wasm.
    Dev,
    /// As deployed: hashed names that are cached for ever.
    Release,
}

/// Where the outputs go.
pub struct Place {
    /// Folder of the static assets.
    pub site: PathBuf,
    /// Folder of the bundled Worker.
    pub worker: PathBuf,
    /// What is built there.
    stamp: PathBuf,
}

impl Place {
    /// Where wrangler.toml expects them.
    pub fn deployed() -> Self {
        let stamp = paths::target().join("xtask-build.stamp");
        Self { site: paths::root().join("target/site"), worker: paths::root().join("server/build"), stamp }
    }

    /// The edit loop's own.
    pub fn dev() -> Self {
        let folder = paths::root().join("target/dev");
        Self { site: folder.join("site"), worker: folder.join("worker"), stamp: folder.join("build.stamp") }
    }

    /// A build that is there and is not to be made again (`CFM_BUILT=1`): the release build, or where the variables say.
    pub fn given() -> Option<Self> {
        std::env::var("CFM_BUILT").is_ok_and(|built| built == "1").then(|| {
            let folder = |variable: &str, usual: PathBuf| {
                std::env::var_os(variable).map_or(usual, |given| paths::root().join(given))
            };
            let Self { site, worker, stamp } = Self::deployed();
            Self { site: folder("CFM_SITE", site), worker: folder("CFM_WORKER", worker), stamp }
        })
    }

    fn is_complete(&self) -> bool {
        self.worker.join("index_bg.wasm").is_file() && self.site.join("_headers").is_file()
    }
}

/// Set for the wrangler that `cargo xtask dev` starts, so that its `[build]` command builds into the same place.
pub const DEV_PLACE_VARIABLE: &str = "CFM_DEV_PLACE";

/// Set as well: the state folder, whose database the `[build]` command brings up to date after a new migration.
pub const DEV_STATE_VARIABLE: &str = "CFM_DEV_STATE";

/// Everything a build depends on; the rest of the repository may change without one.
const INPUTS: [&str; 16] = [
    "protocol/Cargo.toml",
    "protocol/src",
    "app/Cargo.toml",
    "app/build.rs",
    "app/src",
    "app/locales",
    "frontend",
    "server/Cargo.toml",
    "server/src",
    "style",
    "public",
    "docs/runbooks",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

/// `cargo xtask build [--release]`, and `--for-wrangler` from the `[build]` command of wrangler.toml.
pub fn command(arguments: &mut Arguments) -> Result<()> {
    let release = arguments.flag("--release");
    let for_wrangler = arguments.flag("--for-wrangler");
    arguments.finish()?;
    setup::run()?;
    if for_wrangler && std::env::var_os(DEV_PLACE_VARIABLE).is_some() {
        for_edit_loop()?;
        return std::env::var_os(DEV_STATE_VARIABLE).map_or(Ok(()), |state| dev::migrate(Path::new(&state)));
    }
    let dev_of_wrangler = std::env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "dev");
    let profile = if release || (for_wrangler && !dev_of_wrangler) { Profile::Release } else { Profile::Dev };
    run(profile, &Place::deployed())
}

/// The build of the edit loop, unless one is given.
pub fn for_edit_loop() -> Result<()> {
    if Place::given().is_some() { Ok(()) } else { run(Profile::Dev, &Place::dev()) }
}

/// The release build where wrangler.toml expects it.
pub fn release() -> Result<()> {
    run(Profile::Release, &Place::deployed())
}

/// Builds, unless the outputs are already those of this profile and these sources. Two builds wait for each other.
pub fn run(profile: Profile, place: &Place) -> Result<()> {
    fs::create_dir_all(paths::target()).context("cannot make the target folder")?;
    let lock = fs::File::create(paths::target().join("xtask-build.lock")).context("cannot make the build lock")?;
    if lock.try_lock().is_err() {
        process::announce("Waiting for another build");
        lock.lock().context("cannot take the build lock")?;
    }
    let wanted = fingerprint(profile)?;
    if files::is_stamped(&place.stamp, &wanted) && place.is_complete() {
        return Ok(());
    }
    files::leave_stamp(&place.stamp, "building")?;
    let assets = page::build(profile, &place.site)?;
    worker::build(profile, &assets, &place.worker)?;
    if !place.is_complete() {
        bail!("worker-build left no index_bg.wasm in {}", place.worker.display());
    }
    files::leave_stamp(&place.stamp, &wanted)
}

/// What browsers load names no folder of the machine that compiled it, where it speaks of files: they are nobody's business, and the same
/// sources shall give the same bytes elsewhere. Cargo's variable takes the place of the flags in `.cargo/config.toml`, so these are told
/// again.
fn without_places(command: &mut Command) -> Result<()> {
    let config: toml::Table = files::read_text(&paths::root().join(".cargo/config.toml"))?.parse()?;
    let target = config.get("target").and_then(|target| target.get(paths::WASM_TARGET));
    let flags = target.and_then(|target| target.get("rustflags")).and_then(toml::Value::as_array);
    let mut flags: Vec<String> =
        flags.into_iter().flatten().filter_map(|flag| flag.as_str().map(str::to_owned)).collect();
    let registry = paths::cargo_home().join("registry/src");
    for (from, to) in [(paths::root(), "."), (registry, "crates")] {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    Ok(())
}

fn fingerprint(profile: Profile) -> Result<String> {
    let mut inputs: Vec<PathBuf> = INPUTS.iter().map(|input| paths::root().join(input)).collect();
    inputs.push(paths::root().join("package-lock.json"));
    inputs.push(paths::root().join("xtask/src/build"));
    let kind = if profile == Profile::Release { "release" } else { "dev" };
    Ok(format!("{kind} {}", files::hash_of_all(&inputs)?))
}
