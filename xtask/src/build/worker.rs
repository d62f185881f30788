//! The Worker's half: Cargo compiles it, worker-build binds and bundles it. Only Cargo's output is shown.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Profile;
use super::half::{Half, compile_with};
use crate::files;
use crate::paths::{self, WASM_TARGET};
use crate::{process, setup};

/// Builds `index.js` and `index_bg.wasm` into a folder. Names of functions are two fifths of a release build, which every cold start would
/// load. They stay in `named.wasm` beside it, in which `wasm-function[123]` of a trace can be looked up.
pub fn build(profile: Profile, folder: &Path) -> Result<()> {
    bundle("server", "server", profile, folder)
}

/// Builds a package that is a Worker, with its sources in `place`.
pub fn bundle(package: &str, place: &str, profile: Profile, folder: &Path) -> Result<()> {
    process::announce("Compiling the Worker");
    let mut cargo = process::cargo();
    cargo.args(["build", "--locked", "-p", package, "--lib", "--target", WASM_TARGET]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    // Cargo and worker-build get the same flags, so that worker-build's own call of Cargo has nothing to do.
    compile_with(&mut cargo, Half::Worker, profile)?;
    process::run(cargo.env("WASM_BINDGEN_USE_JS_SYS", "1").env("RUST_BACKTRACE", "0"))?;

    let mut tool = process::command(setup::tool("worker-build")?);
    tool.current_dir(paths::root().join(place));
    // The tool would download these three otherwise.
    tool.env("WASM_BINDGEN_BIN", setup::tool("wasm-bindgen")?);
    tool.env("ESBUILD_BIN", paths::npm_bin("esbuild")).env("WASM_OPT_BIN", paths::npm_bin("wasm-opt"));
    // wasm-opt would take a minute of each build, and the Worker is far below the platform's limit of 64 MiB (docs/performance.md,
    // "Sizes").
    tool.arg(if profile == Profile::Release { "--release" } else { "--dev" })
        .arg("--no-opt")
        .arg("--out-dir")
        .arg(folder);
    compile_with(&mut tool, Half::Worker, profile)?;
    tool.env("WASM_BINDGEN_USE_JS_SYS", "1").env("RUST_BACKTRACE", "0");
    process::run_quietly("Bundling the Worker", &mut tool)?;

    let bundle = folder.join("index.js");
    let script = without_repeated_snippets(&files::read_text(&bundle)?)?;
    files::write_if_changed(&bundle, script.as_bytes())?;
    if profile == Profile::Dev {
        return Ok(());
    }
    let wasm = folder.join("index_bg.wasm");
    fs::copy(&wasm, folder.join("named.wasm")).context("cannot keep the names of functions")?;
    let mut node = process::command(paths::npm_bin("node"));
    process::run_unseen("Stripping the Worker", node.args(["xtask/wasm/optimise.mjs", "--strip-only"]).arg(&wasm))
        .map(drop)
}

/// Removes repeated modules of inline JavaScript: wasm-bindgen writes one per imported function, and every bundler warns about each.
fn without_repeated_snippets(script: &str) -> Result<String> {
    const BEGIN: &str = "\"./snippets/";
    let mut out = String::with_capacity(script.len());
    let mut seen: Vec<&str> = Vec::new();
    let mut rest = script;
    while let Some(at) = rest.find(BEGIN) {
        let (before, entry) = rest.split_at(at);
        let end = entry.find([',', '}']).context("the bundle ends within a list of snippets")?;
        let (entry, after) = entry.split_at(end);
        if seen.contains(&entry.trim_end()) {
            // One comma is removed too: the one behind the entry, or the one before the last entry.
            out.push_str(before.trim_end());
            rest = after.strip_prefix(',').unwrap_or(after);
            if rest.len() == after.len() && out.ends_with(',') {
                out.pop();
            }
            continue;
        }
        seen.push(entry.trim_end());
        out.push_str(before);
        out.push_str(entry);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::without_repeated_snippets;

    #[test]
    fn a_snippet_is_named_once() {
        let once = "{\"./a\":y,\"./snippets/s/r.js\":x,\"./b\":z}";
        let thrice = once.replace("r.js\":x,", "r.js\":x,\"./snippets/s/r.js\":x,\"./snippets/s/r.js\":x,");
        assert_eq!(without_repeated_snippets(&thrice).unwrap(), once);
        assert_eq!(without_repeated_snippets(once).unwrap(), once);
        let at_end = "{\"./snippets/s/r.js\":x,\"./snippets/s/r.js\":x}";
        assert_eq!(without_repeated_snippets(at_end).unwrap(), "{\"./snippets/s/r.js\":x}");
    }

    #[test]
    fn different_modules_stay() {
        let both = "{\"./snippets/s/r.js\": x,\n  \"./snippets/s/t.js\": y,\n  \"./snippets/s/r.js\": z,\n}";
        assert_eq!(without_repeated_snippets(both).unwrap(), both);
    }
}
