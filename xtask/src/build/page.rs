//! The browser's half: Cargo compiles it, `split.rs` cuts off the lazy chunks, wasm-bindgen binds it, and for a release binaryen and
//! esbuild shrink it.

use std::fs;
use std::path::{Path, PathBuf};
use std::{slice, thread};

use anyhow::{Context, Result, bail};

use super::half::{Half, compile_with};
use super::manifest::PageBundle;
use super::{Profile, split};
use crate::files;
use crate::paths::{self, WASM_TARGET};
use crate::{process, setup};

/// Name of the page's module, without an extension.
pub const MODULE_NAME: &str = "app";

/// Builds wasm, script and chunks into a folder, and lists them beside it.
pub fn build(profile: Profile, folder: &Path) -> Result<()> {
    let whole = compile(profile)?;
    let pkg = folder.join("pkg");
    fs::create_dir_all(&pkg).context("cannot make the folder of the page")?;
    let parts = split::split(&whole, &pkg)?;
    bind(profile, &parts.main, &pkg)?;
    let bundle = match profile {
        Profile::Dev => PageBundle {
            js: "app.js".to_owned(),
            wasm: "app.wasm".to_owned(),
            // In a development build the loader is a file of its own.
            later: parts.later.iter().map(|part| files::name_of(part)).chain([split::LOADER.to_owned()]).collect(),
        },
        Profile::Release => shrink(&pkg, &parts.later)?,
    };
    bundle.write(folder)
}

fn compile(profile: Profile) -> Result<PathBuf> {
    process::announce("Compiling the page");
    let mut cargo = process::cargo();
    cargo.args(["rustc", "--locked", "-p", "frontend", "--lib", "--target", WASM_TARGET]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    compile_with(&mut cargo, Half::Page, profile)?;
    // The split needs the relocations.
    process::run(cargo.args(["--", "-C", "link-arg=--emit-relocs"]))?;
    Ok(Half::Page.compiled(profile))
}

/// Makes the JavaScript around the wasm. The shell loads `app.wasm`, not the tool's `app_bg.wasm`.
fn bind(profile: Profile, wasm: &Path, pkg: &Path) -> Result<()> {
    process::run(setup::build_tool()?.args(["page", profile.name()]).arg(wasm).arg(pkg).arg(MODULE_NAME))?;
    fs::rename(pkg.join("app_bg.wasm"), pkg.join("app.wasm")).context("wasm-bindgen wrote no app_bg.wasm")
}

/// Optimises the wasm files in parallel, bundles the glue, its snippets and the loader into one script, and puts hashes into the names.
fn shrink(pkg: &Path, later: &[PathBuf]) -> Result<PageBundle> {
    process::announce("Optimising the page");
    let main = pkg.join("app.wasm");
    // The main file takes as long as all others together.
    let (first, others) = thread::scope(|scope| {
        let others = scope.spawn(|| optimise(later));
        (optimise(slice::from_ref(&main)), others.join())
    });
    first?;
    others.unwrap_or_else(|_| bail!("a worker broke off"))?;
    let loader = pkg.join(split::LOADER);
    let mut loading = files::read_text(&loader)?;
    let mut names = Vec::new();
    for part in later {
        let hashed = files::hashed(part)?;
        loading = loading.replace(&format!("./{}", files::name_of(part)), &format!("./{hashed}"));
        names.push(hashed);
    }
    fs::write(&loader, loading).context("cannot write the loader")?;
    let js = pkg.join("app.js");
    let mut esbuild = process::command(paths::npm_bin("esbuild"));
    esbuild.args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    // wasm-bindgen repeats a module of inline JavaScript for each of its functions.
    esbuild.arg("--log-override:duplicate-object-key=silent");
    process::run(esbuild.arg("--allow-overwrite").arg(format!("--outfile={}", js.display())).arg(&js))?;
    let snippets = pkg.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets).context("cannot clear the snippets")?;
    }
    fs::remove_file(&loader).context("cannot clear the loader")?;
    Ok(PageBundle { js: files::hashed(&js)?, wasm: files::hashed(&main)?, later: names })
}

fn optimise(modules: &[PathBuf]) -> Result<()> {
    let mut node = process::command(paths::npm_bin("node"));
    // The tool warns about every section of names that the split has written, which it removes.
    process::run_unseen("Optimising the page", node.arg("xtask/wasm/optimise.mjs").args(modules)).map(drop)
}
