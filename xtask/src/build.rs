//! Builds the two halves: the page (wasm, glue, styles, static files), then the Worker around its names, which a
//! release build hashes. They go where wrangler.toml expects them, or, for the edit loop, to a place of their own, so
//! that tests of the release build and `cargo xtask dev` do not overwrite each other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cli::Arguments;
use crate::files;
use crate::paths::{self, WASM_TARGET};
use crate::{process, setup, styles};

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

    fn is_complete(&self) -> bool {
        self.worker.join("index_bg.wasm").is_file() && self.site.join("_headers").is_file()
    }
}

/// Set for the wrangler that `cargo xtask dev` starts, so that its `[build]` command builds into the same place.
pub const DEV_PLACE_VARIABLE: &str = "CFM_DEV_PLACE";

/// Features that browsers and workerd both have. `--all-features` makes a file that browsers refuse.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Everything a build depends on; the rest of the repository may change without one.
const INPUTS: [&str; 15] = [
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
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

/// Addresses of the page's files, as the shell writes them.
struct Assets {
    js: String,
    wasm: String,
    main_css: String,
    sign_in_css: String,
}

/// `cargo xtask build [--release]`, and `--for-wrangler` from the `[build]` command of wrangler.toml.
pub fn command(arguments: &mut Arguments) -> Result<()> {
    let release = arguments.flag("--release");
    let for_wrangler = arguments.flag("--for-wrangler");
    arguments.finish()?;
    setup::run()?;
    if for_wrangler && std::env::var_os(DEV_PLACE_VARIABLE).is_some() {
        return run(Profile::Dev, &Place::dev());
    }
    let dev_of_wrangler = std::env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "dev");
    let profile = if release || (for_wrangler && !dev_of_wrangler) { Profile::Release } else { Profile::Dev };
    run(profile, &Place::deployed())
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
    let assets = page(profile, &place.site)?;
    worker(profile, &assets, &place.worker)?;
    if !place.is_complete() {
        bail!("worker-build left no index_bg.wasm in {}", place.worker.display());
    }
    files::leave_stamp(&place.stamp, &wanted)
}

fn fingerprint(profile: Profile) -> Result<String> {
    let mut inputs: Vec<PathBuf> = INPUTS.iter().map(|input| paths::root().join(input)).collect();
    inputs.push(paths::root().join("package-lock.json"));
    inputs.push(paths::root().join("xtask/src/build.rs"));
    let kind = if profile == Profile::Release { "release" } else { "dev" };
    Ok(format!("{kind} {}", files::hash_of_all(&inputs)?))
}

fn page(profile: Profile, site: &Path) -> Result<Assets> {
    let wasm = compile_page(profile)?;
    // Everything is made in a folder aside and then copied: a reader never sees half a page.
    let made = paths::target().join("page");
    if made.exists() {
        fs::remove_dir_all(&made).context("cannot clear target/page")?;
    }
    let pkg = made.join("pkg");
    bind(&wasm, &pkg)?;
    styles::bundle_all(&pkg)?;
    let assets = match profile {
        Profile::Dev => Assets::plain(),
        Profile::Release => shrink_and_name(&pkg)?,
    };
    static_files(&made, &assets)?;
    publish(&made, site)?;
    Ok(assets)
}

fn compile_page(profile: Profile) -> Result<PathBuf> {
    process::announce("Compiling the page");
    let mut cargo = process::cargo();
    cargo.args(["build", "--locked", "-p", "frontend", "--target", WASM_TARGET]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            cargo.args(["--profile", "wasm-release"]);
            "wasm-release"
        }
    };
    process::run(&mut cargo)?;
    Ok(paths::target().join(WASM_TARGET).join(folder).join("frontend.wasm"))
}

/// The JavaScript around the wasm. The shell asks for `app.wasm`, not for the tool's `app_bg.wasm`.
fn bind(wasm: &Path, pkg: &Path) -> Result<()> {
    let mut tool = process::command(paths::tool("wasm-bindgen"));
    tool.args(["--target", "web", "--no-typescript", "--out-name", "app", "--out-dir"]).arg(pkg).arg(wasm);
    process::run(&mut tool)?;
    fs::rename(pkg.join("app_bg.wasm"), pkg.join("app.wasm")).context("wasm-bindgen wrote no app_bg.wasm")
}

fn shrink_and_name(pkg: &Path) -> Result<Assets> {
    process::announce("Shrinking the page");
    let wasm = pkg.join("app.wasm");
    let mut opt = process::command(paths::npm_bin("wasm-opt"));
    process::run(opt.arg("-Oz").args(WASM_FEATURES).arg(&wasm).arg("-o").arg(&wasm))?;
    // Also takes the snippets of inline JavaScript into the one file.
    let js = pkg.join("app.js");
    let mut esbuild = process::command(paths::npm_bin("esbuild"));
    esbuild.args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    process::run(esbuild.arg("--allow-overwrite").arg(format!("--outfile={}", js.display())).arg(&js))?;
    let snippets = pkg.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets).context("cannot clear the snippets")?;
    }
    let named = |name: &str| {
        let (stem, extension) = name.split_once('.').with_context(|| format!("{name} has no extension"))?;
        let hash = files::hash(&files::read(&pkg.join(name))?);
        let hashed = format!("{stem}.{}.{extension}", &hash[..10]);
        fs::rename(pkg.join(name), pkg.join(&hashed)).with_context(|| format!("cannot rename {name}"))?;
        Ok::<_, anyhow::Error>(format!("/pkg/{hashed}"))
    };
    Ok(Assets {
        js: named("app.js")?,
        wasm: named("app.wasm")?,
        main_css: named("main.css")?,
        sign_in_css: named("sign-in.css")?,
    })
}

impl Assets {
    fn plain() -> Self {
        let address = |name: &str| format!("/pkg/{name}");
        Self {
            js: address("app.js"),
            wasm: address("app.wasm"),
            main_css: address("main.css"),
            sign_in_css: address("sign-in.css"),
        }
    }

    /// One name for this set of files.
    fn version(&self) -> String {
        let names = [&self.js, &self.wasm, &self.main_css, &self.sign_in_css].map(String::as_str).join("\n");
        files::hash(names.as_bytes())[..10].to_owned()
    }

    /// The addresses as compile-time variables, read by `app/src/shell.rs`.
    fn tell(&self, command: &mut Command) {
        command.env("CFM_PKG_JS", &self.js).env("CFM_PKG_WASM", &self.wasm);
        command.env("CFM_PKG_CSS", &self.main_css).env("CFM_PKG_SIGN_IN_CSS", &self.sign_in_css);
        command.env("CFM_VERSION", self.version());
    }
}

/// `public/` as it is; only the service worker learns its version and its files.
fn static_files(made: &Path, assets: &Assets) -> Result<()> {
    let public = paths::root().join("public");
    for file in files::walk(&public) {
        let name = file.strip_prefix(&public).context("public/")?;
        let mut bytes = files::read(&file)?;
        if name == Path::new("sw.js") {
            let list = serde_json::to_string(&[&assets.js, &assets.wasm, &assets.main_css])?;
            let text = String::from_utf8(bytes).context("public/sw.js is not UTF-8")?;
            bytes = text.replace("__CFM_VERSION__", &assets.version()).replace("__CFM_ASSETS__", &list).into_bytes();
        }
        files::write_if_changed(&made.join(name), &bytes)?;
    }
    Ok(())
}

/// Makes one folder equal to another, touching only files that differ: `wrangler dev` reloads for each.
fn publish(from: &Path, to: &Path) -> Result<()> {
    for file in files::walk(from) {
        let name = file.strip_prefix(from).context("target/page")?;
        files::write_if_changed(&to.join(name), &files::read(&file)?)?;
    }
    for file in files::walk(to) {
        if !from.join(file.strip_prefix(to).context("target/site")?).exists() {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}

fn worker(profile: Profile, assets: &Assets, into: &Path) -> Result<()> {
    process::announce("Compiling the Worker");
    let mut tool = process::command(paths::tool("worker-build"));
    tool.current_dir(paths::root().join("server"));
    // It would download these three otherwise.
    tool.env("WASM_BINDGEN_BIN", paths::tool("wasm-bindgen"));
    tool.env("ESBUILD_BIN", paths::npm_bin("esbuild")).env("WASM_OPT_BIN", paths::npm_bin("wasm-opt"));
    tool.env("LEPTOS_OUTPUT_NAME", "app").env("RUST_BACKTRACE", "0");
    for inherited in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        tool.env_remove(inherited);
    }
    if profile == Profile::Release {
        assets.tell(&mut tool);
    }
    tool.arg(if profile == Profile::Release { "--release" } else { "--dev" }).arg("--out-dir").arg(into);
    process::run(&mut tool)
}
