//! Builds the two halves side by side: the page (`page.rs`) and the Worker (`worker.rs`), each with its own fingerprint and Cargo folder,
//! and joins them (`site.rs`). A release goes to the folders of wrangler.toml, a development build to others, so that tests of the release
//! build and `cargo xtask dev` do not overwrite each other.

mod half;
mod icons;
mod manifest;
mod page;
mod site;
mod split;
mod words;
mod worker;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use self::manifest::PageBundle;
use crate::cli::Arguments;
use crate::{paths, process, setup};

pub use half::Half;

/// Profile of a build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The edit loop: plain names, no optimisation of the wasm.
    Dev,
    /// As deployed: hashed names that are cached for ever.
    Release,
}

impl Profile {
    /// Returns the name of the folders below `target`, which the build tools know as well.
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// Folders of a whole build.
pub struct Place {
    /// Folder of the static assets.
    pub site: PathBuf,
    /// Folder of the bundled Worker.
    pub worker: PathBuf,
}

impl Place {
    /// Returns the folders of wrangler.toml.
    pub fn deployed() -> Self {
        Self { site: paths::root().join("target/site"), worker: paths::root().join("server/build") }
    }

    /// Returns the folders of the edit loop.
    pub fn dev() -> Self {
        let folder = paths::root().join("target/dev");
        Self { site: folder.join("site"), worker: folder.join("worker") }
    }

    /// Returns an existing build that is not to be made again (`CFM_BUILT=1`): the release build, or the folders in the variables.
    pub fn given() -> Option<Self> {
        std::env::var("CFM_BUILT").is_ok_and(|built| built == "1").then(|| {
            let folder = |variable: &str, usual: PathBuf| {
                std::env::var_os(variable).map_or(usual, |given| paths::root().join(given))
            };
            let Self { site, worker } = Self::deployed();
            Self { site: folder("CFM_SITE", site), worker: folder("CFM_WORKER", worker) }
        })
    }
}

/// Runs `cargo xtask build [--release]`, and `--for-wrangler` from the `[build]` command of wrangler.toml.
pub fn command(arguments: &mut Arguments) -> Result<()> {
    let release = arguments.flag("--release");
    let for_wrangler = arguments.flag("--for-wrangler");
    arguments.finish()?;
    setup::run()?;
    let dev_of_wrangler = std::env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "dev");
    let profile = if release || (for_wrangler && !dev_of_wrangler) { Profile::Release } else { Profile::Dev };
    run(profile, &Place::deployed())
}

/// Builds for the edit loop, unless a build is given.
pub fn for_edit_loop() -> Result<()> {
    if Place::given().is_some() { Ok(()) } else { run(Profile::Dev, &Place::dev()) }
}

/// Builds the Worker for the edit loop. Any existing page is used, however old: tests of sockets load no page.
pub fn worker_for_edit_loop() -> Result<()> {
    let page = half::folder(Half::Page, Profile::Dev);
    // The output of an interrupted build cannot be used.
    if Place::given().is_some() || PageBundle::read(&page).is_err() {
        return for_edit_loop();
    }
    let _lock = lock()?;
    let worker = half::build(Half::Worker, Profile::Dev)?;
    site::put_together(Profile::Dev, &page, &worker, &Place::dev())
}

/// Fingerprints of the last builds for the edit loop. A half that is being built has none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Fingerprint of the page.
    pub page: Option<String>,
    /// Fingerprint of the Worker.
    pub worker: Option<String>,
    /// Fingerprint of the inputs that only the Worker has.
    pub worker_alone: Option<String>,
}

/// Returns the fingerprints of the present builds for the edit loop.
pub fn made_for_edit_loop() -> Made {
    let folder = |half| half::folder(half, Profile::Dev);
    Made {
        page: half::name_of(&folder(Half::Page)),
        worker: half::name_of(&folder(Half::Worker)),
        worker_alone: half::own_name_of(&folder(Half::Worker)),
    }
}

/// Returns the file that every build of the page for the edit loop writes.
pub fn page_stamp_of_edit_loop() -> PathBuf {
    half::stamp_of(&half::folder(Half::Page, Profile::Dev))
}

/// Returns the folder of the page's programs for the edit loop.
pub fn bundle_for_edit_loop() -> PathBuf {
    half::folder(Half::Page, Profile::Dev).join("pkg")
}

/// Builds the minimal Worker for the bench; returns its folder.
pub fn empty_worker() -> Result<PathBuf> {
    let folder = paths::target().join("bench/empty");
    let _lock = lock()?;
    fs::create_dir_all(&folder).context("cannot make the folder of the empty Worker")?;
    worker::build_package("empty-worker", Profile::Release, &folder)?;
    Ok(folder)
}

/// Builds for release into the folders of wrangler.toml.
pub fn release() -> Result<()> {
    run(Profile::Release, &Place::deployed())
}

/// Builds the halves that changed since the last build of this profile. Two builds wait for each other.
pub fn run(profile: Profile, place: &Place) -> Result<()> {
    let _lock = lock()?;
    let (page, worker) = std::thread::scope(|scope| {
        let page = scope.spawn(|| half::build(Half::Page, profile));
        let worker = half::build(Half::Worker, profile);
        (page.join(), worker)
    });
    let Ok(page) = page else { bail!("the build of the page broke off") };
    site::put_together(profile, &page?, &worker?, place)
}

/// Waits until no other build of this clone is running.
fn lock() -> Result<fs::File> {
    fs::create_dir_all(paths::target()).context("cannot make the target folder")?;
    let lock = fs::File::create(paths::target().join("xtask-build.lock")).context("cannot make the build lock")?;
    if lock.try_lock().is_err() {
        process::announce("Waiting for another build");
        lock.lock().context("cannot take the build lock")?;
    }
    Ok(lock)
}
