//! Cuts the page's wasm where `app/src/browser/later.rs` marks it: what only the marked functions need goes into files of
//! their own, which the page loads when it first calls them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use super::page::MODULE_NAME;
use crate::files;

/// The script that loads the parts; wasm-bindgen's script asks for it by this name.
pub const LOADER: &str = "later.js";

/// What was cut.
pub struct Parts {
    /// What the page starts with, not yet bound to JavaScript.
    pub main: PathBuf,
    /// Files for later, in the folder of the page.
    pub later: Vec<PathBuf>,
}

/// Cuts; the parts for later and their loader go to `pkg`.
pub fn split(wasm: &Path, pkg: &Path) -> Result<Parts> {
    fs::create_dir_all(pkg).context("cannot make the folder of the page")?;
    let input = files::read(wasm)?;
    let main = wasm.with_file_name(format!("{MODULE_NAME}.wasm"));
    let (loader, script) = (format!("./{LOADER}"), format!("./{MODULE_NAME}.js"));
    let mut options = Options::new(&input);
    options.output_dir = pkg;
    options.main_out_path = &main;
    options.link_name = &loader;
    options.main_module = &script;
    let made = transform(options).map_err(|report| anyhow!("cannot split the page: {report:?}"))?;
    Ok(Parts { main: main.clone(), later: made.split_modules })
}
