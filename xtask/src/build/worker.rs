//! The Worker's half: Cargo compiles it, wasm-bindgen binds it, and esbuild bundles it with the classes of `xtask/wasm/worker.mjs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Profile;
use super::half::{Half, compile_with};
use crate::files;
use crate::paths::{self, WASM_TARGET};
use crate::{process, setup};

/// Name of the bound module, without an extension.
const MODULE_NAME: &str = "index";

/// Builds `index.js` and `index_bg.wasm` into a folder. Names of functions are two fifths of a release build, which every cold start would
/// load. They stay in `named.wasm` beside it, in which `wasm-function[123]` of a trace can be looked up.
pub fn build(profile: Profile, folder: &Path) -> Result<()> {
    build_package("server", profile, folder)
}

/// Builds a package that is a Worker.
pub fn build_package(package: &str, profile: Profile, folder: &Path) -> Result<()> {
    process::announce("Compiling the Worker");
    let mut cargo = process::cargo();
    cargo.args(["build", "--locked", "-p", package, "--lib", "--target", WASM_TARGET]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    compile_with(&mut cargo, Half::Worker, profile)?;
    process::run(cargo.env("WASM_BINDGEN_USE_JS_SYS", "1"))?;
    let compiled = Half::Worker.compiled(profile).with_file_name(format!("{}.wasm", package.replace('-', "_")));
    let mut tool = setup::build_tool()?;
    tool.args(["worker", profile.name()]).arg(compiled).arg(folder).arg(MODULE_NAME);
    process::run_quietly("Bundling the Worker", &mut tool)?;
    bundle(folder)?;
    if profile == Profile::Dev {
        return Ok(());
    }
    let wasm = folder.join("index_bg.wasm");
    fs::copy(&wasm, folder.join("named.wasm")).context("cannot keep the names of functions")?;
    let mut node = process::command(paths::npm_bin("node"));
    process::run_unseen("Stripping the Worker", node.args(["xtask/wasm/optimise.mjs", "--strip-only"]).arg(&wasm))
        .map(drop)
}

/// Makes one script of wasm-bindgen's, its snippets and the classes for the runtime.
fn bundle(folder: &Path) -> Result<()> {
    let (script, entry) = (folder.join("index.js"), folder.join("entry.js"));
    let bound = files::read_text(&script)?;
    let classes = paths::root().join("xtask/wasm/worker.mjs");
    fs::write(&entry, entry_of(&bound, &classes)).context("cannot write the entry of the Worker")?;
    fs::write(&script, for_bundlers(&bound)).context("cannot write the script of the Worker")?;
    let mut esbuild = process::command(paths::npm_bin("esbuild"));
    esbuild.current_dir(folder).args(["--bundle", "--minify", "--format=esm", "--log-level=warning"]);
    esbuild.args(["--external:./index_bg.wasm", "--external:cloudflare:*"]);
    process::run(esbuild.args(["./entry.js", "--outfile=index.js", "--allow-overwrite"]))?;
    fs::remove_file(&entry).context("cannot clear the entry of the Worker")?;
    let snippets = folder.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets).context("cannot clear the snippets")?;
    }
    Ok(())
}

/// Returns the module that exports what the runtime looks for. The classes of Durable Objects are those with a `fetch`.
fn entry_of(bound: &str, classes: &Path) -> String {
    let mut entry = format!(
        "import * as program from './index.js';\nimport {{ classesOf }} from '{}';\n\
         const {{ Entrypoint, objectOf }} = classesOf(program);\nexport default Entrypoint;\n",
        classes.display()
    );
    let exported = bound.split("\nexport class ").skip(1).filter_map(|class| class.split("\n}\n").next());
    for class in exported.filter(|class| class.contains("\n    fetch(")) {
        let name = class.split_whitespace().next().unwrap_or_default();
        entry.push_str(&format!("export const {name} = objectOf(program.{name});\n"));
    }
    entry
}

/// Returns wasm-bindgen's script as bundlers want it: wasm is imported as a module, because workerd knows no `import source`, and a snippet
/// is named once and not for each of its functions, about which every bundler would warn.
fn for_bundlers(bound: &str) -> String {
    let mut seen = BTreeSet::new();
    let is_first = |line: &&str| match line.trim_start().split_once("\": ") {
        Some((snippet, _)) if snippet.starts_with("\"./snippets/") => seen.insert(snippet.to_owned()),
        _ => true,
    };
    let lines: Vec<&str> = bound.lines().filter(is_first).collect();
    lines.join("\n").replace("import source ", "import ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_named_once_and_different_ones_stay() {
        let object = |rows: &str| format!("return {{\n{rows}    \"./b\": y,\n}}");
        let (first, again) = ("    \"./snippets/s/r.js\": x,\n", "    \"./snippets/s/r.js\": z,\n");
        let other = "    \"./snippets/s/t.js\": x,\n";
        assert_eq!(for_bundlers(&object(&[first, again, other, again].concat())), object(&[first, other].concat()));
    }

    #[test]
    fn classes_with_a_fetch_are_objects() {
        let class = |name: &str, method: &str| format!("export class {name} {{\n    {method}(a) {{\n    }}\n}}\n");
        let bound = format!("\n{}{}", class("Plain", "free"), class("Room", "fetch"));
        let entry = entry_of(&bound, Path::new("worker.mjs"));
        assert!(entry.contains("export const Room = objectOf(program.Room);") && !entry.contains("Plain"), "{entry}");
    }
}
