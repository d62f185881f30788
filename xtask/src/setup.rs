//! First-run set-up: wasm target, npm packages, crates, and the build tools that Cargo installs. Results of another clone on this machine
//! are linked (`cache.rs`). Each part writes a stamp, so that a second start only reads a few files. The tools compile in the background,
//! beside the crates; `tool` waits for them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow, bail};

use crate::paths::{self, WASM_TARGET};
use crate::{cache, files, process};

/// Installs the missing parts, two at a time. The first failure ends the other one, because a missing program should not wait for minutes
/// of compilation.
pub fn run() -> Result<()> {
    let (sender, finished) = mpsc::channel();
    let parts: [fn() -> Result<()>; 2] = [npm_packages, toolchain];
    for part in parts {
        let sender = sender.clone();
        thread::spawn(move || sender.send(part()));
    }
    drop(sender);
    for _ in parts {
        if let Err(error) = finished.recv().unwrap_or_else(|_| Err(anyhow!("the set-up broke off"))) {
            process::give_up(&error);
        }
    }
    Ok(())
}

fn toolchain() -> Result<()> {
    wasm_target()?;
    crates()?;
    cache::restore()?;
    install_tools()
}

/// Installs the wasm target, which rustup does not do itself if automatic installation is off.
fn wasm_target() -> Result<()> {
    let mut ask = process::command("rustc");
    ask.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let answer = ask.output().map_err(|error| process::cannot_start(&ask, &error))?;
    let folder = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    if answer.status.success() && Path::new(&folder).is_dir() {
        return Ok(());
    }
    let mut add = process::command("rustup");
    add.args(["target", "add", WASM_TARGET]);
    process::run_quietly("Installing the wasm target", &mut add).map(drop)
}

fn npm_packages() -> Result<()> {
    npm_install(&paths::root(), &["ci"], "Installing the npm packages (wrangler, a newer Node, test tools)")
}

/// Installs the published clients of the doors and what reads QR codes, which only the tests need.
pub fn clients() -> Result<()> {
    // `npm ci` requires the binaries of all platforms, which not every registry has; `npm install` takes the locked versions.
    paths::CLIENTS.iter().try_for_each(|folder| {
        let announcement = format!("Installing the clients of the doors, for the tests ({folder})");
        npm_install(&paths::root().join(folder), &["install", "--no-save"], &announcement)
    })
}

/// Installs the server of Socket.IO, which only the bench needs, and only when it is asked for it.
pub fn socket_io() -> Result<()> {
    npm_install(&paths::root().join(paths::SOCKET_IO), &["ci"], "Installing the server of Socket.IO, for the bench")
}

fn npm_install(folder: &Path, how: &[&str], announcement: &str) -> Result<()> {
    let lock = files::read(&folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.cfm-stamp");
    let wanted = files::hash(&lock);
    if files::is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    let mut install = process::command("npm");
    install.current_dir(folder).args(how).args(["--no-audit", "--no-fund", "--loglevel=error"]);
    // By default, npm waits more than a minute for a missing network.
    install.args(["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]);
    process::run_quietly(announcement, &mut install)?;
    files::leave_stamp(&stamp, &wanted)
}

/// Fetches the crates apart from the build, because only captured output tells a missing network from a broken build.
fn crates() -> Result<()> {
    let wanted = files::hash(&files::read(&paths::root().join("Cargo.lock"))?);
    let stamp = paths::target().join("crates.stamp");
    if files::is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    process::run_quietly("Fetching the crates", process::cargo().args(["fetch", "--locked"]))?;
    files::leave_stamp(&stamp, &wanted)
}

/// Running installation of the tools.
static INSTALLATION: Mutex<Option<JoinHandle<Result<()>>>> = Mutex::new(None);

/// Starts the installation of the build tools, if one is missing.
fn install_tools() -> Result<()> {
    let lock: toml::Table = files::read_text(&paths::root().join("Cargo.lock"))?.parse().context("Cargo.lock")?;
    let tools = [
        // The CLI reads the library's output, and worker-build wraps the exports of `worker`, so the versions must be equal.
        Tool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version: locked_version(&lock, "wasm-bindgen")?,
            // The default features download drivers of browsers for the tool's own tests. This tool alone has no --locked: the lock file in
            // the package of 0.2.130 names a version of webpki-roots that not every registry has.
            flags: &["--no-default-features"],
        },
        Tool {
            package: "wasm_split_cli_support",
            program: "wasm-split-cli",
            version: WASM_SPLIT.to_owned(),
            flags: &["--features", "build-binary"],
        },
        Tool {
            package: "worker-build",
            program: "worker-build",
            version: locked_version(&lock, "worker")?,
            flags: &["--locked"],
        },
    ];
    let missing: Vec<Tool> = tools.into_iter().filter(|tool| !tool.is_linked()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // Cargo would report the missing compiler only after it has fetched crates and begun to compile.
    process::expect_program("cc")?;
    let installation = thread::spawn(move || missing.iter().try_for_each(Tool::install));
    *INSTALLATION.lock().unwrap_or_else(PoisonError::into_inner) = Some(installation);
    Ok(())
}

/// Returns a build tool, once it is installed.
pub fn tool(program: &str) -> Result<PathBuf> {
    let mut installation = INSTALLATION.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(going_on) = installation.take() {
        going_on.join().unwrap_or_else(|_| Err(anyhow!("the installation of the tools broke off")))?;
    }
    let path = paths::tool(program);
    if !path.exists() {
        bail!("{program} is missing: run `cargo xtask build` once, it installs what is missing");
    }
    Ok(path)
}

/// Version that reads the marks of `wasm_split_helpers`, a dependency of the framework.
const WASM_SPLIT: &str = "0.2.4";

/// Version for which the configuration `deny.toml` is written.
const CARGO_DENY: &str = "0.20.2";

/// Installs `cargo deny` for the nightly run only, because it needs hundreds of crates.
pub fn cargo_deny() -> Result<()> {
    let version = CARGO_DENY.to_owned();
    let tool = Tool { package: "cargo-deny", program: "cargo-deny", version, flags: &["--locked"] };
    if tool.is_linked() { Ok(()) } else { tool.install() }
}

/// Program that Cargo installs.
struct Tool {
    package: &'static str,
    program: &'static str,
    version: String,
    flags: &'static [&'static str],
}

impl Tool {
    /// Returns the path in the machine's folder, which all clones share.
    fn installed(&self) -> PathBuf {
        cache::root().join("tools").join(format!("{}-{}", self.package, self.version)).join("bin").join(self.program)
    }

    /// Returns true if this clone has the program at this version.
    fn is_linked(&self) -> bool {
        fs::read_link(paths::tool(self.program)).is_ok_and(|target| target == self.installed() && target.is_file())
    }

    fn install(&self) -> Result<()> {
        let installed = self.installed();
        if !installed.is_file() {
            self.compile()?;
        }
        let link = paths::tool(self.program);
        fs::create_dir_all(link.parent().context("a tool in no folder")?)?;
        if link.symlink_metadata().is_ok() {
            fs::remove_file(&link).with_context(|| format!("cannot replace {}", link.display()))?;
        }
        symlink(&installed, &link).with_context(|| format!("cannot link {}", self.program))
    }

    /// Compiles the program in another folder, so that no other clone finds an incomplete one.
    fn compile(&self) -> Result<()> {
        let place = cache::root().join("tools").join(format!("{}-{}", self.package, self.version));
        let aside = place.with_extension(format!("{}.partial", std::process::id()));
        let mut install = process::cargo();
        install.args(["install", self.package, "--bin", self.program, "--force", "--version"]);
        install.arg(format!("={}", self.version)).arg("--root").arg(&aside).args(self.flags);
        // The tools share crates, which are compiled once for all.
        install.arg("--target-dir").arg(paths::target().join("tools"));
        // The program runs for a second per build: optimising it would take minutes and save less.
        install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256");
        for reader in ["walrus", "wasmparser", "wasm-bindgen-cli-support", "wasm_split_cli_support"] {
            install.arg("--config").arg(format!("profile.release.package.{reader}.opt-level=1"));
        }
        let what = format!("Installing {} {} (once, a minute or two)", self.package, self.version);
        process::run_quietly(&what, &mut install)?;
        if place.exists() {
            fs::remove_dir_all(&aside).context("cannot remove what another clone has installed")?;
            return Ok(());
        }
        fs::rename(&aside, &place).with_context(|| format!("cannot install {}", self.program))
    }
}

/// Path of the font in which pictures are compared (`end2end/pictures`), of Debian's package `fonts-dejavu-core`.
const PICTURES_FONT: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

/// Finds the browser of the stories, named in `CFM_CHROMIUM` or Debian's, and the font of the pictures. Missing ones are installed if that
/// is allowed.
pub fn chromium() -> Result<()> {
    let program = std::env::var("CFM_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let missing = [(program.as_str(), "chromium"), (PICTURES_FONT, "fonts-dejavu-core")];
    let packages: Vec<&str> =
        missing.into_iter().filter(|(file, _)| !Path::new(file).exists()).map(|(_, package)| package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let mut update = process::command("apt-get");
    let mut install = process::command("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(&packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    process::run_quietly("Reading Debian's package lists", update.args(["update", "--quiet"]))
        .and_then(|_| process::run_quietly(&format!("Installing {}", packages.join(" and ")), &mut install))
        .with_context(|| {
            let packages = packages.join(" ");
            format!("missing: install it (Debian: `apt install {packages}`), or name a browser in CFM_CHROMIUM")
        })?;
    Ok(())
}

/// Returns the version of a package in Cargo.lock.
fn locked_version(lock: &toml::Table, package: &str) -> Result<String> {
    let packages = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock has no packages")?;
    packages
        .iter()
        .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .and_then(|entry| entry.get("version")?.as_str())
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock has no package `{package}`"))
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn the_version_of_a_tool_is_that_of_its_library() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        let lock = lock.parse().unwrap();
        assert_eq!(locked_version(&lock, "b").unwrap(), "2.0.0");
        assert!(locked_version(&lock, "c").is_err());
    }
}
