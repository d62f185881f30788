//! First-run set-up: wasm target, npm packages, crates, and the build tools (`xtask/tools`). Packages and crates have stamps, so that a second
//! start only reads a few files. The tools compile in the background, beside page and Worker; `build_tool` waits for them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};

use crate::paths::{self, WASM_TARGET};
use crate::{files, process};

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
    compile_build_tools()
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

/// Running compilation of the build tools.
static COMPILATION: Mutex<Option<JoinHandle<Result<()>>>> = Mutex::new(None);

/// Starts to compile the build tools. Where nothing has changed, Cargo only says so.
fn compile_build_tools() -> Result<()> {
    // Cargo would report the missing compiler only after it has begun to compile.
    process::expect_program("cc")?;
    let compilation = thread::spawn(|| {
        let mut cargo = process::cargo();
        cargo.args(["build", "--locked", "--profile", "xtask", "-p", BUILD_TOOLS]);
        process::run_unseen("Compiling the build tools", &mut cargo).map(drop)
    });
    *COMPILATION.lock().unwrap_or_else(PoisonError::into_inner) = Some(compilation);
    Ok(())
}

/// Package and program of the build tools.
const BUILD_TOOLS: &str = "build-tools";

/// Returns the command of the build tools, once they are compiled.
pub fn build_tool() -> Result<Command> {
    let mut compilation = COMPILATION.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(going_on) = compilation.take() {
        going_on.join().unwrap_or_else(|_| Err(anyhow!("the compilation of the build tools broke off")))?;
    }
    Ok(process::command(paths::target().join("xtask").join(BUILD_TOOLS)))
}

/// Version for which the configuration `deny.toml` is written.
const CARGO_DENY: &str = "0.20.2";

/// Returns the folder into which Cargo installs `cargo deny`.
fn cargo_deny_folder() -> PathBuf {
    paths::target().join(format!("cargo-deny-{CARGO_DENY}"))
}

/// Returns the path of `cargo deny`, which may be missing.
pub fn cargo_deny() -> PathBuf {
    cargo_deny_folder().join("bin/cargo-deny")
}

/// Installs `cargo deny` for the nightly run and before a deploy only, because it needs hundreds of crates.
pub fn install_cargo_deny() -> Result<()> {
    if cargo_deny().is_file() {
        return Ok(());
    }
    let mut install = process::cargo();
    install.args(["install", "cargo-deny", "--locked", "--version", CARGO_DENY, "--root"]).arg(cargo_deny_folder());
    process::run_quietly("Installing cargo-deny (once, some minutes)", &mut install).map(drop)
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
