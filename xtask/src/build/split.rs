//! Splits the page's wasm where `app/src/view/lazy.rs` marks it: code that only the marked functions need goes into chunks, which the page
//! loads at the first call. `wasm_split_cli_support` does the work; `join_shared.mjs` joins the code that several chunks share.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::page::MODULE_NAME;
use crate::{files, paths, process, setup};

/// Script that loads the chunks; wasm-bindgen's script refers to it by this name.
pub const LOADER: &str = "__wasm_split.js";

/// Files of the split.
pub struct Parts {
    /// File that the page starts with, not yet bound to JavaScript.
    pub main: PathBuf,
    /// Chunks, in the folder of the page.
    pub later: Vec<PathBuf>,
}

/// Splits a program; its chunks and their loader go to `pkg`.
pub fn split(whole: &Path, pkg: &Path) -> Result<Parts> {
    process::run(setup::build_tool()?.arg("split").arg(whole).arg(pkg).arg(MODULE_NAME))?;
    let mut node = process::command(paths::npm_bin("node"));
    // The tool warns about every section of names that the split has written.
    process::run_unseen("Joining what parts share", node.arg("xtask/wasm/join_shared.mjs").arg(pkg))?;
    let main = pkg.join(format!("{MODULE_NAME}.wasm"));
    let is_later = |path: &PathBuf| *path != main && path.extension().is_some_and(|extension| extension == "wasm");
    let later = files::walk(pkg).into_iter().filter(is_later).collect();
    Ok(Parts { main, later })
}
