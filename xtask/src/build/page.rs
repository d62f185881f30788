//! The page: wasm and its glue, styles, static files. Made in a folder aside and copied when complete, so that a reader
//! never sees half a page. A release build is shrunk and gets hashed names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Profile, likeness, order, shrink, split, unread};
use crate::files;
use crate::paths::{self, WASM_TARGET};
use crate::{process, styles};

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

/// For size. Flat code in fresh blocks, and nothing inlined that is called twice: 2 % below `-Oz` alone (brotli). Data stays as it lies: what was
/// wiped (`unread`) is a run of zeros and costs less than the head of the next piece would.
const WASM_OPTIMISATIONS: [&str; 13] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "-pii",
    "0",
    "-fimfs",
    "4",
    "-aimfs",
    "1",
    "-ocimfs",
    "1",
    "--skip-pass=memory-packing",
];

/// Streams between Rust and JavaScript: the framework brings them along, the page has none.
const UNUSED_EXPORTS: [&str; 3] = ["intounderlyingsource", "intounderlyingbytesource", "intounderlyingsink"];

/// Name of the page's module, without an ending.
pub const MODULE_NAME: &str = "app";

/// Addresses of the page's files, as the shell writes them.
pub struct Assets {
    js: String,
    wasm: String,
    main_css: String,
    sign_in_css: String,
    /// Names of what the script loads later.
    later: Vec<String>,
}

impl Assets {
    fn plain(later: Vec<String>) -> Self {
        let address = |name: &str| format!("/pkg/{name}");
        Self {
            js: address("app.js"),
            wasm: address("app.wasm"),
            main_css: address("main.css"),
            sign_in_css: address("sign-in.css"),
            later,
        }
    }

    /// One name for this set of files.
    fn version(&self) -> String {
        let names = [&self.js, &self.wasm, &self.main_css, &self.sign_in_css].map(String::as_str).join("\n");
        files::hash(names.as_bytes())[..HASH_DIGITS].to_owned()
    }

    /// The addresses as compile-time variables, read by `app/src/shell.rs`.
    pub fn tell(&self, command: &mut Command) {
        command.env("CFM_PKG_JS", &self.js).env("CFM_PKG_WASM", &self.wasm);
        command.env("CFM_PKG_CSS", &self.main_css).env("CFM_PKG_SIGN_IN_CSS", &self.sign_in_css);
        command.env("CFM_PKG_PARTS", self.later.join(" ")).env("CFM_VERSION", self.version());
    }
}

/// Builds the page into the folder of the assets.
pub fn build(profile: Profile, site: &Path) -> Result<Assets> {
    let whole = compile_page(profile)?;
    let made = paths::target().join("page");
    if made.exists() {
        fs::remove_dir_all(&made).context("cannot clear target/page")?;
    }
    let pkg = made.join("pkg");
    let mut program = files::read(&whole)?;
    if profile == Profile::Release {
        program = unread::wiped(&program, shrink::will_be_silent)?;
    }
    let parts = split::split(&program, whole.with_file_name(format!("{MODULE_NAME}.wasm")), &pkg)?;
    bind(&parts.main, &pkg)?;
    styles::bundle_all(&pkg)?;
    let assets = match profile {
        Profile::Dev => Assets::plain(names_of(&parts.later)),
        Profile::Release => shrink_and_name(&pkg, &parts.later)?,
    };
    static_files(&made)?;
    keep_hashed(&made)?;
    publish(&made, site)?;
    Ok(assets)
}

fn compile_page(profile: Profile) -> Result<PathBuf> {
    process::announce("Compiling the page");
    let mut cargo = process::cargo();
    cargo.args(["rustc", "--locked", "-p", "frontend", "--lib", "--target", WASM_TARGET]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            cargo.args(["--profile", "wasm-release"]);
            super::without_places(&mut cargo)?;
            "wasm-release"
        }
    };
    // Where it may be cut is known from its relocations.
    process::run(cargo.args(["--", "-C", "link-arg=--emit-relocs"]))?;
    Ok(paths::target().join(WASM_TARGET).join(folder).join("frontend.wasm"))
}

/// The JavaScript around the wasm. The shell asks for `app.wasm`, not for the tool's `app_bg.wasm`.
fn bind(wasm: &Path, pkg: &Path) -> Result<()> {
    let mut tool = process::command(paths::tool("wasm-bindgen"));
    tool.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", MODULE_NAME, "--out-dir"]);
    tool.arg(pkg).arg(wasm);
    process::run(&mut tool)?;
    fs::rename(pkg.join("app_bg.wasm"), pkg.join("app.wasm")).context("wasm-bindgen wrote no app_bg.wasm")
}

/// In a development build the loader is a file of its own.
fn names_of(later: &[PathBuf]) -> Vec<String> {
    let names = later.iter().filter_map(|part| part.file_name()?.to_str());
    names.chain([split::LOADER]).map(str::to_owned).collect()
}

fn shrink_and_name(pkg: &Path, later: &[PathBuf]) -> Result<Assets> {
    process::announce("Shrinking the page");
    let (wasm, js) = (pkg.join("app.wasm"), pkg.join("app.js"));
    let used = shrink::without_exports(&files::read(&wasm)?, &UNUSED_EXPORTS)?;
    write(&wasm, &shrink::silence_panics(&used)?)?;
    optimise(&wasm)?;
    let loader = pkg.join(split::LOADER);
    let mut loading = files::read_text(&loader)?;
    let mut names = Vec::new();
    for part in later {
        optimise(part)?;
        let name = part.file_name().and_then(|name| name.to_str()).context("a part without a name")?;
        let hashed = hashed(pkg, name)?;
        loading = loading.replace(&format!("./{name}"), &format!("./{hashed}"));
        names.push(hashed);
    }
    write(&loader, loading.as_bytes())?;
    let silent = shrink::forget_places(&files::read(&wasm)?)?;
    let script = shrink::without_repeated_modules(&files::read_text(&js)?);
    let (shrunk, script) = shrink::shorten_imports(&silent, &script, &format!("./{MODULE_NAME}_bg.js"))?;
    let (shrunk, script) = shrink::shorten_exports(&shrunk, &script)?;
    write(&wasm, &shrunk)?;
    write(&js, script.as_bytes())?;
    // Also takes the snippets of inline JavaScript into the one file.
    let mut esbuild = process::command(paths::npm_bin("esbuild"));
    esbuild.args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    process::run(esbuild.arg("--allow-overwrite").arg(format!("--outfile={}", js.display())).arg(&js))?;
    let snippets = pkg.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets).context("cannot clear the snippets")?;
    }
    fs::remove_file(&loader).context("cannot clear the loader")?;
    let named = |name: &str| Ok::<_, anyhow::Error>(format!("/pkg/{}", hashed(pkg, name)?));
    Ok(Assets {
        js: named("app.js")?,
        wasm: named("app.wasm")?,
        main_css: named("main.css")?,
        sign_in_css: named("sign-in.css")?,
        later: names,
    })
}

fn optimise(wasm: &Path) -> Result<()> {
    // wasm-opt warns about names that the cut left without a function.
    write(wasm, &shrink::without_names(&files::read(wasm)?)?)?;
    let mut opt = process::command(paths::npm_bin("wasm-opt"));
    process::run(opt.args(WASM_FEATURES).args(WASM_OPTIMISATIONS).arg(wasm).arg("-o").arg(wasm))?;
    write(wasm, &order::alike_together(&files::read(wasm)?, likeness::BROTLI)?)
}

/// Digits of a hash in a name.
const HASH_DIGITS: usize = 10;

/// Puts a hash of its content into the name of a file, and gives the new name.
fn hashed(pkg: &Path, name: &str) -> Result<String> {
    let (stem, extension) = name.split_once('.').with_context(|| format!("{name} has no extension"))?;
    let hash = files::hash(&files::read(&pkg.join(name))?);
    let hashed = format!("{stem}.{}.{extension}", &hash[..HASH_DIGITS]);
    fs::rename(pkg.join(name), pkg.join(&hashed)).with_context(|| format!("cannot rename {name}"))?;
    Ok(hashed)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// How the names of what is loaded later begin. There are more of these files than a deployment takes rules (100).
const LATER_NAMES: [&str; 2] = ["chunk_", "split_"];

/// Names with a hash of their content never change: browsers need not ask again.
fn keep_hashed(made: &Path) -> Result<()> {
    let path = made.join("_headers");
    let mut rules = files::read_text(&path)?;
    let mut places = BTreeSet::new();
    for file in files::walk(&made.join("pkg")) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.split('.').nth(1).is_some_and(|part| part.len() == HASH_DIGITS) {
            let later = LATER_NAMES.iter().find(|begin| name.starts_with(**begin));
            places.insert(later.map_or(name, |begin| format!("{begin}*")));
        }
    }
    for place in places {
        rules.push_str(&format!("\n/pkg/{place}\n  Cache-Control: public, max-age=31536000, immutable\n"));
    }
    write(&path, rules.as_bytes())
}

/// `public/` as it is, and the pages for alarms, which the owner's page leads to, as plain text.
fn static_files(made: &Path) -> Result<()> {
    for page in files::walk(&paths::root().join("docs/runbooks")) {
        let name = page.file_stem().context("docs/runbooks")?.to_string_lossy().into_owned();
        files::write_if_changed(&made.join(format!("assets/runbooks/{name}.txt")), &files::read(&page)?)?;
    }
    let public = paths::root().join("public");
    for file in files::walk(&public) {
        let name = file.strip_prefix(&public).context("public/")?;
        files::write_if_changed(&made.join(name), &files::read(&file)?)?;
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
