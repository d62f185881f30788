//! Cuts the page's wasm where `app/src/browser/later.rs` marks it: what only the marked functions need goes into files of
//! their own, which the page loads when it first calls them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use super::page::MODULE_NAME;

/// The script that loads the parts; wasm-bindgen's script asks for it by this name.
pub const LOADER: &str = "later.js";

/// What was cut.
pub struct Parts {
    /// What the page starts with, not yet bound to JavaScript.
    pub main: PathBuf,
    /// Files for later, in the folder of the page.
    pub later: Vec<PathBuf>,
}

/// Cuts; the page goes to `main`, the parts for later and their loader to `pkg`.
pub fn split(wasm: &[u8], main: PathBuf, pkg: &Path) -> Result<Parts> {
    fs::create_dir_all(pkg).context("cannot make the folder of the page")?;
    let (loader, script) = (format!("./{LOADER}"), format!("./{MODULE_NAME}.js"));
    let mut options = Options::new(wasm);
    options.output_dir = pkg;
    options.main_out_path = &main;
    options.link_name = &loader;
    options.main_module = &script;
    let made = transform(options).map_err(|report| anyhow!("cannot split the page: {report:?}"))?;
    let later = made.split_modules;
    Ok(Parts { main, later })
}
